package wechat_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/channel/wechat"
	"shenfa/internal/channel/wechat/wechattest"
)

// sealed lets the account encrypt its messages.
func sealed(far *wechattest.Config, _ *wechat.Config) { far.AESKey = aesKey }

// receiver is the address of callbacks of the bundle's account.
func (b *bundle) receiver(t *testing.T, key string) *wechat.Receiver {
	t.Helper()
	r, err := wechat.NewReceiver(wechat.ReceiverConfig{Token: token, AESKey: key, AppID: appID, Memory: b.memory, Now: b.Now})
	require.NoError(t, err)
	return r
}

func post(r http.Handler, method string, c wechattest.Callback) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(method, "/wechat/callback?"+c.Query.Encode(), bytes.NewReader(c.Body)))
	return w
}

func TestCallbacks(t *testing.T) {
	t.Parallel()

	for name, tc := range map[string]struct {
		options []option
		key     string
	}{
		"InClear":   {[]option{slow(time.Second)}, ""},
		"Encrypted": {[]option{slow(time.Second), sealed}, aesKey},
	} {
		t.Run(name+"/TellsAtOnceAndSparesTheQuota", func(t *testing.T) {
			t.Parallel()
			b, i := setup(t, tc.options...), item("wechat")
			r := b.receiver(t, tc.key)
			_, err := b.Publish(t.Context(), i)
			require.NoError(t, err)
			_, err = b.ReadBack(t.Context(), i)
			require.ErrorContains(t, err, "again at")
			b.pass(time.Second)
			for _, c := range b.far.Callbacks() {
				w := post(r, http.MethodPost, c)
				require.Equal(t, http.StatusOK, w.Code)
				require.Equal(t, "success", w.Body.String())
			}
			seen, err := b.ReadBack(t.Context(), i)
			require.NoError(t, err)
			require.True(t, seen.Equals(i.Manifest))
			require.Zero(t, b.far.Calls("freepublish/get"))
			require.Equal(t, 1, b.far.Calls("freepublish/getarticle"))
		})
		t.Run(name+"/SaysThatTheAddressIsOurs", func(t *testing.T) {
			t.Parallel()
			b := setup(t, tc.options...)
			r := b.receiver(t, tc.key)
			hello := wechattest.Callback{Query: b.far.Hello("4711")}
			w := post(r, http.MethodGet, hello)
			require.Equal(t, http.StatusOK, w.Code)
			require.Equal(t, "4711", w.Body.String())
			require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
			require.Equal(t, http.StatusMethodNotAllowed, post(r, http.MethodDelete, hello).Code)
			hello.Query.Set("signature", strings.Repeat("0", 40))
			w = post(r, http.MethodGet, hello)
			require.Equal(t, http.StatusForbidden, w.Code)
			require.Empty(t, w.Body.String())
		})
		t.Run(name+"/ForgedIsRefused", func(t *testing.T) {
			t.Parallel()
			for how, forge := range map[string]func(*wechattest.Callback){
				"NoSignature": func(c *wechattest.Callback) { c.Query = url.Values{} },
				"OtherNonce":  func(c *wechattest.Callback) { c.Query.Set("nonce", "1") },
				"OtherToken": func(c *wechattest.Callback) {
					c.Query.Set("signature", wechattest.Sign("another token", c.Query.Get("timestamp"), c.Query.Get("nonce")))
				},
				"Stale": func(c *wechattest.Callback) {
					at := strconv.FormatInt(instant.Add(-time.Hour).Unix(), 10)
					c.Query.Set("timestamp", at)
					c.Query.Set("signature", wechattest.Sign(token, at, c.Query.Get("nonce")))
				},
				"NoXML":  func(c *wechattest.Callback) { c.Body = []byte("<xml") },
				"TooBig": func(c *wechattest.Callback) { c.Body = append(c.Body, bytes.Repeat([]byte{' '}, 1<<17)...) },
			} {
				b, i := setup(t, tc.options...), item("wechat")
				r := b.receiver(t, tc.key)
				_, err := b.Publish(t.Context(), i)
				require.NoError(t, err)
				b.pass(time.Second)
				c := b.far.Callbacks()[0]
				forge(&c)
				code := post(r, http.MethodPost, c).Code
				require.True(t, code == http.StatusForbidden || code == http.StatusBadRequest, "%s: %d", how, code)
				_, err = b.ReadBack(t.Context(), i)
				require.ErrorContains(t, err, "again at", how)
			}
		})
	}
	t.Run("OneInClearIsForgedWhereAKeyWasAgreed", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat") // the account speaks in clear
		_, err := b.Publish(t.Context(), i)
		require.NoError(t, err)
		require.Equal(t, http.StatusForbidden, post(b.receiver(t, aesKey), http.MethodPost, b.far.Callbacks()[0]).Code)
	})
	t.Run("AnotherAccountsMessageIsForged", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t, sealed), item("wechat")
		_, err := b.Publish(t.Context(), i)
		require.NoError(t, err)
		r, err := wechat.NewReceiver(wechat.ReceiverConfig{Token: token, AESKey: aesKey, AppID: "wxother", Memory: b.memory, Now: b.Now})
		require.NoError(t, err)
		require.Equal(t, http.StatusForbidden, post(r, http.MethodPost, b.far.Callbacks()[0]).Code)
	})
	t.Run("SignedLiesAreNotBelieved", func(t *testing.T) {
		t.Parallel()
		// In clear, the signature does not cover the body: whoever saw one can say anything.
		for name, change := range map[string]func(body string, other string) string{
			"AnotherArticle": func(body, other string) string { return replaceArticle(body, other) },
			"NoSuchArticle":  func(body, _ string) string { return replaceArticle(body, "article-0_x") },
			"Refused": func(body, _ string) string {
				return strings.Replace(body, "<publish_status>0", "<publish_status>4", 1)
			},
			"Banned": func(body, _ string) string {
				return strings.Replace(body, "<publish_status>0", "<publish_status>6", 1)
			},
		} {
			b, i := setup(t), item("wechat")
			r := b.receiver(t, "")
			b.publish(t, item("other"))
			other := b.far.Articles()[0].ID
			_, err := b.Publish(t.Context(), i)
			require.NoError(t, err)
			all := b.far.Callbacks()
			lie := all[len(all)-1]
			lie.Body = []byte(change(string(lie.Body), other))
			require.Equal(t, http.StatusOK, post(r, http.MethodPost, lie).Code)
			seen, err := b.ReadBack(t.Context(), i)
			require.NoError(t, err, name)
			require.True(t, seen.Equals(i.Manifest), name)
		}
	})
	t.Run("RepeatedReorderedAndLateOnesCostOneQuestion", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		r := b.receiver(t, "")
		b.publish(t, i)
		b.far.Remove(b.far.Articles()[0].ID, 6)
		all := b.far.Callbacks() // first: public; then: banned
		require.Len(t, all, 2)
		for range 5 {
			require.Equal(t, http.StatusOK, post(r, http.MethodPost, all[1]).Code)
		}
		for range 5 {
			require.Equal(t, http.StatusOK, post(r, http.MethodPost, all[0]).Code)
		}
		asked := b.far.Calls("freepublish/get")
		for range 10 {
			seen, err := b.ReadBack(t.Context(), i)
			require.NoError(t, err)
			require.False(t, seen.There)
		}
		require.LessOrEqual(t, b.far.Calls("freepublish/get"), asked+1)
	})
	t.Run("OfNoConcernIsTakenAndForgotten", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		r := b.receiver(t, "")
		for _, body := range []string{
			"<xml><MsgType>text</MsgType><Content>你好</Content></xml>",
			"<xml><Event>PUBLISHJOBFINISH</Event><PublishEventInfo><publish_id>../1</publish_id><publish_status>0</publish_status></PublishEventInfo></xml>",
		} {
			b.memory.Before = func(key string) error { t.Error(key); return nil }
			require.Equal(t, http.StatusOK, post(r, http.MethodPost, wechattest.Callback{Query: b.far.Hello(""), Body: []byte(body)}).Code)
		}
	})
	t.Run("FloodsAreHeldBack", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		r := b.receiver(t, "")
		forged := wechattest.Callback{Query: url.Values{"timestamp": {strconv.FormatInt(instant.Unix(), 10)}}}
		for range 500 {
			require.Equal(t, http.StatusForbidden, post(r, http.MethodGet, forged).Code)
		}
		last := 0
		for range 500 {
			last = post(r, http.MethodGet, wechattest.Callback{Query: b.far.Hello("x")}).Code
		}
		require.Equal(t, http.StatusTooManyRequests, last)
		b.pass(time.Second)
		require.Equal(t, http.StatusOK, post(r, http.MethodGet, wechattest.Callback{Query: b.far.Hello("x")}).Code)
	})
	t.Run("WhatCannotBeNotedIsAskedForAgain", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		r := b.receiver(t, "")
		_, err := b.Publish(t.Context(), i)
		require.NoError(t, err)
		b.memory.Before = func(string) error { return errDead }
		require.Equal(t, http.StatusInternalServerError, post(r, http.MethodPost, b.far.Callbacks()[0]).Code)
	})
	t.Run("ConfigurationIsChecked", func(t *testing.T) {
		t.Parallel()
		for _, bad := range []wechat.ReceiverConfig{{}, {Token: token, AESKey: "short"}, {Token: token, AESKey: strings.Repeat("!", 43)}} {
			_, err := wechat.NewReceiver(bad)
			require.Error(t, err)
		}
	})
}

func replaceArticle(body, id string) string {
	before, rest, _ := strings.Cut(body, "<article_id><![CDATA[")
	_, after, _ := strings.Cut(rest, "]]>")
	return before + "<article_id><![CDATA[" + id + "]]>" + after
}

func FuzzReceiver(f *testing.F) {
	far := wechattest.New(wechattest.Config{AppID: appID, Token: token, AESKey: aesKey, Now: func() time.Time { return instant }})
	r, err := wechat.NewReceiver(wechat.ReceiverConfig{Token: token, AESKey: aesKey, AppID: appID, Memory: &wechattest.Memory{}, Now: func() time.Time { return instant }})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("AAAA")
	f.Add(strings.Repeat("A", 64))
	f.Add("\x00")
	f.Fuzz(func(t *testing.T, encrypt string) {
		q := far.Hello("")
		q.Set("msg_signature", wechattest.Sign(token, q.Get("timestamp"), q.Get("nonce"), encrypt))
		w := post(r, http.MethodPost, wechattest.Callback{Query: q, Body: []byte("<xml><Encrypt><![CDATA[" + encrypt + "]]></Encrypt></xml>")})
		if w.Code != http.StatusForbidden && w.Code != http.StatusTooManyRequests {
			t.Fatalf("a message nobody sealed: %d", w.Code)
		}
	})
}
