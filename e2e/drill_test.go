package e2e

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/channel/wechat/wechattest"
	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

var drillItems = flag.Int("drill", 0, "how many items the drill releases at one second; 0: no drill")

// TestDrill is the drill of docs/operations.md: items for one second on every channel,
// each of which fails in its own way: the webhook loses every first post, WeChat an answer,
// the directory its disk. The process is killed a second before; a batch
// is recalled; and in the end everything is compared with what was approved.
func TestDrill(t *testing.T) {
	if *drillItems == 0 {
		t.Skip("a drill takes minutes: make drill")
	}
	h := newHook(t)
	far := wechattest.New(wechattest.Config{AppID: "wxtest", Secret: wechatSecret, Token: wechatToken, AESKey: wechatAES, Now: time.Now, Delay: time.Second})
	site := httptest.NewServer(far)
	t.Cleanup(site.Close)
	tree := filepath.Join(dataDir(t), "tree")
	require.NoError(t, os.MkdirAll(tree, 0o755))
	s := serve(t, append(append(h.flags(), wechatFlags(t, site.URL)...), "--directory", tree)...)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	go func() {
		for ctx.Err() == nil {
			_ = far.Deliver(ctx, site.Client(), s.base+"/wechat/callback")
			time.Sleep(300 * time.Millisecond)
		}
	}()

	p, office := s.as("zhouheng"), s.as("hezhou")
	at := time.Now().Add(40*time.Second + time.Duration(*drillItems)*400*time.Millisecond).Truncate(time.Second)
	b := decode[desk.Batch](t, p.do(http.MethodPost, "/api/v1/batches", map[string]any{"title": "演练的一批", "at": at.Format(time.RFC3339)}))
	items := make([]desk.Disclosure, *drillItems)
	var wg sync.WaitGroup
	slots := make(chan struct{}, 8)
	for n := range items {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			i := notice(fmt.Sprintf("演练第 %d 件", n), fmt.Sprintf("%s第 %d 件。\n", plain, n))
			i.at, i.latest, i.late = at, at.Add(24*time.Hour), "now"
			i.channels = []string{"portal", "webhook", "directory"}
			if n < 3 {
				i.channels = append(i.channels, "wechat")
			}
			patch := i.patch()
			if n >= 1 && n <= 2 {
				patch["batch"] = b.ID
			}
			d := decode[desk.Disclosure](t, p.do(http.MethodPost, "/api/v1/disclosures", patch))
			items[n] = p.submitted(p.putBody(d, i.fileName, i.body))
		})
	}
	wg.Wait()
	for n := range items { // a batch is closed with its first approval: all are in it by now
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			items[n] = s.approve(items[n])
		})
	}
	wg.Wait()
	require.True(t, time.Now().Before(at.Add(-2*time.Second)), "getting ready took too long: give it longer")
	say("%d 件获批，%s 同一秒发布；其中 2 件同批，3 件另发微信", len(items), at.Format("15:04:05"))

	h.answer = func(_ string, try int) int { // every first post is lost, or refused for the moment
		return map[bool]int{true: 0, false: http.StatusOK}[try == 1]
	}
	far.Inject(wechattest.Fault{API: "freepublish/submit", Times: 1, After: true, Break: true})
	time.Sleep(time.Until(at.Add(-time.Second)))
	for _, d := range items {
		require.False(t, s.online(d), "before its time")
	}
	s.kill()
	s.run()
	say("T−1 s 杀掉进程，重新启动用了 %.1f 秒", s.awaitReady(60*time.Second).Seconds())
	require.NoError(t, os.Rename(tree, tree+".away")) // the disk of the directory is gone for a while
	time.Sleep(3 * time.Second)
	require.NoError(t, os.Rename(tree+".away", tree))

	for n, d := range items {
		items[n] = p.await(d.ID, 4*time.Minute, func(d desk.Disclosure) bool { return d.State == disclosure.Released })
	}
	for _, d := range items {
		require.True(t, s.online(d))
		require.True(t, h.has(disclosure.EffectKey(d.ID, d.Version, "webhook")))
		raw, err := os.ReadFile(filepath.Join(tree, "current", "items", d.Number, "body.html"))
		require.NoError(t, err)
		require.Equal(t, d.Manifest.Body.SHA256, disclosure.Sum("", raw).SHA256)
		for _, e := range d.Effects {
			require.Equal(t, "confirmed", e.State, "%s on %s", d.Number, e.Channel)
			require.False(t, e.SentAt.Before(at), "%s on %s before its time", d.Number, e.Channel)
		}
	}
	for source, n := range far.Effects() {
		require.Equal(t, 1, n, source)
	}
	say("全部 %d 件在各渠道与批准的一致，没有一件提前，微信没有重复", len(items))

	for _, o := range decode[desk.Page[desk.BatchOutcome]](t, office.do(http.MethodPost, "/api/v1/batches/"+b.ID+"/recall", map[string]any{"reason": "演练：整批召回。"})).Items {
		require.Empty(t, o.Code, o.Message)
	}
	require.Eventually(t, func() bool {
		for _, d := range items[1:3] {
			_, err := os.Stat(filepath.Join(tree, "current", "items", d.Number, "body.html"))
			if s.online(d) || h.has(disclosure.EffectKey(d.ID, d.Version, "webhook")) || err == nil {
				return false
			}
		}
		return len(far.Articles()) == 1
	}, time.Minute, 200*time.Millisecond, "the batch is off every channel")
	say("整批召回：四个渠道都已撤下")
	require.Empty(t, decode[desk.Page[desk.Sighting]](t, office.do(http.MethodGet, "/api/v1/drift", nil)).Items)
	verify(t, s)
	require.NoError(t, s.interrupt())
}
