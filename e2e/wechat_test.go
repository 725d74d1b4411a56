package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/channel/wechat/wechattest"
	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// An account at WeChat whose callbacks are encrypted.
const (
	wechatSecret = "synthetic AppSecret of a test"
	wechatToken  = "synthetictoken"
	wechatAES    = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
)

func wechatFlags(t *testing.T, base string) []string {
	t.Helper()
	flags := []string{"--wechat-appid", "wxtest", "--wechat-base", base, "--public-url", "https://portal.example.gov.cn"}
	for flag, secret := range map[string]string{"secret": wechatSecret, "token": wechatToken, "aes-key": wechatAES} {
		name := filepath.Join(t.TempDir(), flag)
		require.NoError(t, os.WriteFile(name, []byte(secret+"\n"), 0o600))
		flags = append(flags, "--wechat-"+flag+"-file", name)
	}
	return flags
}

// TestWeChat releases on a WeChat that loses an answer, kills the process two seconds
// before the instant, corrects one item and recalls another: each was public once.
func TestWeChat(t *testing.T) {
	far := wechattest.New(wechattest.Config{
		AppID: "wxtest", Secret: wechatSecret, Token: wechatToken, AESKey: wechatAES, Now: time.Now, Delay: time.Second,
	})
	site := httptest.NewServer(far)
	t.Cleanup(site.Close)
	s := serve(t, wechatFlags(t, site.URL)...)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	go func() { // WeChat calls back, and again when nobody is there
		for ctx.Err() == nil {
			_ = far.Deliver(ctx, site.Client(), s.base+"/wechat/callback")
			time.Sleep(300 * time.Millisecond)
		}
	}()

	p := s.as("zhouheng")
	release := func(n int, at time.Time) desk.Disclosure {
		i := notice(fmt.Sprintf("微信 %d", n), plain+strings.Repeat("，", n))
		i.at, i.channels = at, []string{"portal", "wechat"}
		return s.approve(p.submitted(p.draft(i)))
	}
	at := time.Now().Add(20 * time.Second)
	items := []desk.Disclosure{release(0, at), release(1, at), release(2, at)}
	require.Eventually(t, func() bool { return len(far.Drafts()) == len(items) }, time.Until(at), 50*time.Millisecond, "staged before the instant")
	time.Sleep(time.Until(at) - 2*time.Second)
	s.kill()
	far.Inject(wechattest.Fault{API: "freepublish/submit", Times: 1, After: true, Break: true})
	require.Empty(t, far.Articles())
	s.run()
	s.awaitReady(60 * time.Second)

	for _, d := range items {
		d = p.await(d.ID, 90*time.Second, func(d desk.Disclosure) bool { return d.State == disclosure.Released })
		require.True(t, s.online(d))
	}
	once := func(most int) {
		t.Helper()
		effects := far.Effects()
		require.Len(t, effects, most)
		for source, n := range effects {
			require.Equal(t, 1, n, source)
		}
	}
	once(3)
	require.Empty(t, far.Drafts(), "the drafts made before the crash were the ones that went out")

	c := decode[desk.Disclosure](t, p.do(http.MethodPost, "/api/v1/disclosures/"+items[0].ID+"/corrections", map[string]any{}))
	c = decode[desk.Disclosure](t, p.do(http.MethodPatch, "/api/v1/disclosures/"+c.ID, map[string]any{
		"correction": "更正一处日期。", "release": map[string]any{"on_approval": true, "zone": disclosure.DefaultZone, "late": "now"},
	}, "If-Match", etag(c)))
	c = s.approve(p.submitted(c))
	p.await(c.ID, 60*time.Second, func(d desk.Disclosure) bool { return d.State == disclosure.Released })
	once(4)
	require.Len(t, far.Articles(), 3, "the correction took the place of the first")

	decode[desk.Disclosure](t, s.as("hezhou").do(http.MethodPost, "/api/v1/disclosures/"+items[1].ID+"/recall", map[string]any{"reason": "召回推送"}))
	require.Eventually(t, func() bool { return len(far.Articles()) == 2 }, 20*time.Second, 100*time.Millisecond)
	once(4)
	for _, secret := range []string{wechatSecret, wechatToken, wechatAES, "token-", "access_token"} {
		require.NotContains(t, s.logged(), secret)
	}
	require.NoError(t, s.interrupt())
}
