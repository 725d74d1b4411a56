package webhook_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"shenfa/internal/channel"
	"shenfa/internal/channel/channeltest"
	"shenfa/internal/channel/webhook"
	"shenfa/internal/disclosure"
	wire "shenfa/webhook"
)

var secret = wire.Secret("a secret of the test")

func open(t *testing.T, url string, client *http.Client, secrets ...wire.Secret) *webhook.Webhook {
	t.Helper()
	w, err := webhook.New(webhook.Config{URL: url, Secrets: secrets, Portal: "https://portal.test/", Client: client, Now: channeltest.Now})
	require.NoError(t, err)
	return w
}

func setup(t *testing.T) (*receiver, *webhook.Webhook, channel.Item) {
	t.Helper()
	r := newReceiver(channeltest.Now, secret)
	web := channeltest.NewSite(t, r)
	return r, open(t, web.URL+"/in", web.Client(), secret), channeltest.Item(t, webhook.Name)
}

func TestWebhookIsAChannel(t *testing.T) {
	t.Parallel()

	channeltest.Run(t, channeltest.Subject{
		Faults: channeltest.HTTPFaults(),
		Open: func(t *testing.T) channeltest.Far {
			r := newReceiver(channeltest.Now, secret)
			web := channeltest.NewSite(t, r)
			return channeltest.Far{
				Channel: open(t, web.URL+"/in", web.Client(), secret),
				Online:  r.seen, Effects: r.count, Put: r.put, Fail: web.Fail, Led: web.Led,
			}
		},
	})
}

func TestWhatAnAnswerMeans(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct {
		status int
		body   string
		want   error // nil: surely not there, to be tried again
	}{
		{http.StatusTooManyRequests, "", nil},
		{http.StatusRequestTimeout, "", nil},
		{http.StatusInternalServerError, "", channel.ErrUnknown},
		{http.StatusServiceUnavailable, "", channel.ErrUnknown},
		{http.StatusForbidden, "", channel.ErrRefused},
		{http.StatusGone, "", channel.ErrRefused},
		{http.StatusUnprocessableEntity, "", channel.ErrRefused},
		{http.StatusMovedPermanently, "", channel.ErrRefused},
		{http.StatusOK, `[]`, channel.ErrUnknown},
		{http.StatusOK, `{"url": 1}`, channel.ErrUnknown},
		{http.StatusOK, `{"body_sha256": "` + strings.Repeat("0", 64) + `"}`, channel.ErrUnknown},
	} {
		t.Run(http.StatusText(tc.status)+tc.body, func(t *testing.T) {
			t.Parallel()
			_, _, item := setup(t)
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte(tc.body))
			}))
			t.Cleanup(s.Close)
			_, err := open(t, s.URL, s.Client(), secret).Publish(t.Context(), item)
			require.Error(t, err)
			require.Equal(t, tc.want == channel.ErrUnknown, errors.Is(err, channel.ErrUnknown))
			require.Equal(t, tc.want == channel.ErrRefused, errors.Is(err, channel.ErrRefused))
		})
	}
	t.Run("NobodyThereToTakeIt", func(t *testing.T) {
		t.Parallel()
		_, _, item := setup(t)
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, l.Close())
		_, err = open(t, "http://"+l.Addr().String(), http.DefaultClient, secret).Publish(t.Context(), item)
		require.Error(t, err)
		require.NotErrorIs(t, err, channel.ErrUnknown, "it surely did not arrive")
		require.NotErrorIs(t, err, channel.ErrRefused)
	})
	t.Run("ReadBackWithoutAHashIsNoAnswer", func(t *testing.T) {
		t.Parallel()
		_, _, item := setup(t)
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"ok": true}`)) }))
		t.Cleanup(s.Close)
		_, err := open(t, s.URL, s.Client(), secret).ReadBack(t.Context(), item)
		require.Error(t, err)
	})
}

func TestBrokenConnectionIsNotSentAgainBehindOurBack(t *testing.T) {
	t.Parallel()

	var posts atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posts.Add(1)
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(s.Close)
	c := open(t, s.URL, s.Client(), secret)
	require.NoError(t, c.Ready(t.Context())) // a connection to be used again
	_, err := c.Publish(t.Context(), channeltest.Item(t, webhook.Name))
	require.ErrorIs(t, err, channel.ErrUnknown)
	require.EqualValues(t, 1, posts.Load())
}

func TestEventsKeepTheSchema(t *testing.T) {
	t.Parallel()

	schema := compile(t)
	r, c, item := setup(t)
	next := channeltest.Correction(t, item, webhook.Name)
	for _, i := range []channel.Item{item, next} {
		_, err := c.Publish(t.Context(), i)
		require.NoError(t, err)
	}
	next.Withdrawal = &channel.Withdrawal{Type: "error", Reason: "有误", At: channeltest.Now().Add(time.Hour)}
	require.NoError(t, c.Withdraw(t.Context(), next))
	require.NoError(t, c.Withdraw(t.Context(), item))

	events := r.all()
	require.Len(t, events, 4)
	var types, ids []string
	for _, raw := range events {
		instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		require.NoError(t, err)
		require.NoError(t, schema.Validate(instance))
		var e wire.Event
		require.NoError(t, json.Unmarshal(raw, &e))
		types, ids = append(types, strings.TrimPrefix(e.Type, "cn.shenfa.disclosure.")), append(ids, e.ID)
		require.Equal(t, "https://portal.test", e.Source)
		require.Equal(t, "https://portal.test"+wire.SchemaPath, e.DataSchema)
		require.Equal(t, item.Number, e.Subject)
		if e.Type != wire.Withdrawn {
			require.Equal(t, e.Data.ManifestHash, string(disclosure.HashOf(e.Data.Manifest)), "what the signers signed can be checked")
			for _, a := range e.Data.Attachments {
				require.Equal(t, disclosure.Sum("", a.Bytes).SHA256, a.SHA256)
			}
		}
	}
	require.Equal(t, []string{"released", "corrected", "withdrawn", "withdrawn"}, types)
	require.Equal(t, []string{item.Key + ":released", next.Key + ":released", next.Key + ":withdrawn", item.Key + ":withdrawn"}, ids)

	for name, spoil := range map[string]func(event, data map[string]any){
		"no id":                       func(e, _ map[string]any) { delete(e, "id") },
		"unknown type":                func(e, _ map[string]any) { e["type"] = "cn.shenfa.disclosure.renamed" },
		"other version":               func(e, _ map[string]any) { e["specversion"] = "0.3" },
		"unknown field":               func(_, d map[string]any) { d["draft"] = true },
		"no body":                     func(_, d map[string]any) { delete(d, "html") },
		"a first edition as second":   func(_, d map[string]any) { d["edition"] = 2 },
		"a release that replaces":     func(_, d map[string]any) { d["replaces"] = []any{"k"} },
		"a hash that is none":         func(_, d map[string]any) { d["body_sha256"] = "00" },
		"an attachment without bytes": func(_, d map[string]any) { delete(d["attachments"].([]any)[0].(map[string]any), "bytes") },
		"a withdrawal with a body":    func(e, _ map[string]any) { e["type"] = wire.Withdrawn },
	} {
		var e map[string]any
		require.NoError(t, json.Unmarshal(events[0], &e))
		require.NoError(t, schema.Validate(e), name)
		spoil(e, e["data"].(map[string]any))
		require.Error(t, schema.Validate(e), name)
	}
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(wire.Schema()))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	require.NoError(t, c.AddResource("webhook.schema.json", doc))
	schema, err := c.Compile("webhook.schema.json")
	require.NoError(t, err)
	return schema
}

func TestLargeAttachmentsAreFetchedFromThePortal(t *testing.T) {
	t.Parallel()

	r, c, item := setup(t)
	large := bytes.Repeat([]byte{7}, 4<<20)
	item.Attachments = []channel.Attachment{
		channeltest.Attachment("小.txt", []byte("1"), nil), channeltest.Attachment("大/件?.bin", large, nil), channeltest.Attachment("小2.txt", []byte("2"), nil),
	}
	item = channeltest.Sealed(t, item)
	_, err := c.Publish(t.Context(), item)
	require.NoError(t, err)
	var e wire.Event
	require.NoError(t, json.Unmarshal(r.all()[0], &e))
	sent := e.Data.Attachments
	require.Equal(t, "1", string(sent[0].Bytes))
	require.Equal(t, "2", string(sent[2].Bytes))
	require.Nil(t, sent[1].Bytes)
	require.Equal(t, "https://portal.test/items/TB-2026-0001/files/%E5%A4%A7%2F%E4%BB%B6%3F.bin", sent[1].URL)
	require.Equal(t, item.Attachments[1].SHA256, sent[1].SHA256)
	require.Equal(t, int64(len(large)), sent[1].Length)

	item.Key, item.Manifest.Channels = item.Key+"2", []string{webhook.Name}
	_, err = c.Publish(t.Context(), item)
	require.ErrorIs(t, err, channel.ErrRefused, "nobody could fetch it")
	require.Len(t, r.all(), 1)
}

func TestSecretsChangeWithoutAGap(t *testing.T) {
	t.Parallel()

	before, after := secret, wire.Secret("the next secret of the test")
	for name, tc := range map[string]struct {
		sender, receiver []wire.Secret
		want             bool
	}{
		"before":              {[]wire.Secret{before}, []wire.Secret{before}, true},
		"sender begins":       {[]wire.Secret{before, after}, []wire.Secret{before}, true},
		"both have both":      {[]wire.Secret{before, after}, []wire.Secret{before, after}, true},
		"receiver ends first": {[]wire.Secret{before, after}, []wire.Secret{after}, true},
		"after":               {[]wire.Secret{after}, []wire.Secret{after}, true},
		"never told":          {[]wire.Secret{after}, []wire.Secret{before}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(channeltest.Now, tc.receiver...)
			web := channeltest.NewSite(t, r)
			c, item := open(t, web.URL, web.Client(), tc.sender...), channeltest.Item(t, webhook.Name)
			_, err := c.Publish(t.Context(), item)
			if !tc.want {
				require.ErrorIs(t, err, channel.ErrRefused)
				require.ErrorIs(t, c.Ready(t.Context()), channel.ErrRefused)
				require.Zero(t, r.count())
				return
			}
			require.NoError(t, err)
			require.NoError(t, c.Ready(t.Context()))
		})
	}
}

func TestSecretFile(t *testing.T) {
	t.Parallel()

	two, err := webhook.Secrets([]byte("whsec_MDEyMzQ1Njc4OWFiY2RlZg==\r\n\n  a secret of the test \n"))
	require.NoError(t, err)
	require.Equal(t, []wire.Secret{wire.Secret("0123456789abcdef"), secret}, two)
	for _, bad := range []string{"short", "whsec_!!!!", "whsec_MTIz"} {
		_, err := webhook.Secrets([]byte(bad))
		require.Error(t, err, bad)
		require.NotContains(t, err.Error(), bad, "a secret is not told")
	}
}

func TestConfigMustReachAReceiverThatTrustsUs(t *testing.T) {
	t.Parallel()

	good := webhook.Config{URL: "https://site.test/in", Portal: "https://portal.test", Secrets: []wire.Secret{secret}, Client: http.DefaultClient, Now: channeltest.Now}
	_, err := webhook.New(good)
	require.NoError(t, err)
	for _, bad := range []string{"", "/in", "ftp://site.test/in", "https://", "https://site.test/in?key=1", "https://site.test/in#x", ":"} {
		c := good
		c.URL = bad
		_, err := webhook.New(c)
		require.Error(t, err, bad)
		c = good
		c.Portal = bad
		_, err = webhook.New(c)
		require.Error(t, err, bad)
	}
	for _, bad := range [][]wire.Secret{nil, {wire.Secret("short")}, {secret, nil}, {secret, secret, secret}} {
		c := good
		c.Secrets = bad
		_, err := webhook.New(c)
		require.Error(t, err)
	}
}
