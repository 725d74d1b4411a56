package wechat_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/channel"
	"shenfa/internal/channel/wechat"
	"shenfa/internal/channel/wechat/wechattest"
	"shenfa/internal/disclosure"
)

const (
	appID   = "wx0123456789abcdef"
	secret  = "the AppSecret of the test"
	token   = "callbacktoken"
	aesKey  = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	portal  = "https://portal.test"
	callers = 10
)

var instant = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

// clock is the time of a test: that of the account and of the channel.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// bundle is an account, with a channel to it.
type bundle struct {
	*clock
	far    *wechattest.Server
	site   *httptest.Server
	memory *wechattest.Memory
	Config wechat.Config
	*wechat.Channel
}

type option func(*wechattest.Config, *wechat.Config)

// slow lets a submission take so long.
func slow(d time.Duration) option {
	return func(far *wechattest.Config, _ *wechat.Config) { far.Delay = d }
}

// quota sets what the account has of a call, and what we think it has.
func quota(api string, real, told int) option {
	return func(far *wechattest.Config, near *wechat.Config) {
		far.Quotas, near.Quotas = map[string]int{api: real}, map[string]int{api: told}
	}
}

func setup(t *testing.T, options ...option) *bundle {
	t.Helper()
	b := &bundle{clock: &clock{now: instant}, memory: &wechattest.Memory{}}
	far := wechattest.Config{AppID: appID, Secret: secret, Token: token, Now: b.Now}
	near := wechat.Config{AppID: appID, Secret: secret, Portal: portal, Author: "测试局", Memory: b.memory, Now: b.Now}
	for _, o := range options {
		o(&far, &near)
	}
	b.far = wechattest.New(far)
	b.site = httptest.NewServer(b.far)
	t.Cleanup(b.site.Close)
	near.Base, near.Client = b.site.URL, b.site.Client()
	b.Config, b.Channel = near, b.another(t, near)
	return b
}

// another is a channel of another process.
func (b *bundle) another(t *testing.T, cfg wechat.Config) *wechat.Channel {
	t.Helper()
	c, err := wechat.New(cfg)
	require.NoError(t, err)
	return c
}

// item is an invented disclosure with one attachment.
func item(name string) channel.Item {
	i := channel.Item{Key: "6f1c7d1e-0000-4000-8000-000000000001/1/" + name, Number: "TB-2026-0001", At: instant}
	return with(i, `<h2>一、依据</h2><p>正文 &amp; 附件，见<a href="https://gov.test/rules">规定</a>。</p><table><tr><td colspan="2">甲  乙</td></tr></table>`)
}

func with(i channel.Item, body string) channel.Item {
	i.Body = []byte(body)
	i.Manifest.Number, i.Manifest.Body = i.Number, disclosure.Sum("text/html; charset=utf-8", i.Body)
	i.Manifest.Metadata = disclosure.Metadata{Title: "关于<测试>的公告", DocumentNumber: "临测〔2026〕1号", Summary: "试一试"}
	i.Attachments = []channel.Attachment{attachment("附件1.pdf", []byte("%PDF-1.4"))}
	return i
}

func attachment(name string, data []byte) channel.Attachment {
	return channel.Attachment{
		Named: disclosure.Named{Name: name, Content: disclosure.Sum("application/octet-stream", data)},
		Open:  func(context.Context) ([]byte, error) { return data, nil },
	}
}

func correction(i channel.Item) channel.Item {
	c := with(channel.Item{Key: strings.Replace(i.Key, "0001/", "0002/", 1), Number: i.Number, At: i.At, Replaces: []string{i.Key}}, `<p>更正后的正文</p>`)
	c.Manifest.Edition, c.Manifest.Correction = 2, "更正一处日期。"
	return c
}

// publish brings an item to its end: it must be there and equal.
func (b *bundle) publish(t *testing.T, i channel.Item) channel.Observed {
	t.Helper()
	_, err := b.Publish(t.Context(), i)
	require.NoError(t, err)
	b.pass(6 * time.Second)
	seen, err := b.ReadBack(t.Context(), i)
	require.NoError(t, err)
	require.True(t, seen.Equals(i.Manifest))
	return seen
}

// once asserts that each item became public once and no more.
func (b *bundle) once(t *testing.T, items int) {
	t.Helper()
	effects := b.far.Effects()
	require.Len(t, effects, items)
	for source, n := range effects {
		require.Equal(t, 1, n, source)
	}
}

// errDead is what a process sees that died.
var errDead = errors.New("the process is dead")

// mortal is a process that dies after so many uses of the network or of its memory. The
// last one is carried out if it may be, and its answer is lost.
type mortal struct {
	mu        sync.Mutex
	left      int
	last      bool // the last request is carried out
	transport http.RoundTripper
}

func (m *mortal) spend() (alive, final bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left--
	return m.left > 0, m.left == 0
}

func (m *mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	alive, final := m.spend()
	if alive || final && m.last {
		res, err := m.transport.RoundTrip(r)
		if err != nil || alive {
			return res, err
		}
		return nil, errors.Join(errDead, res.Body.Close())
	}
	return nil, errDead
}

// mortalMemory is the memory as that process sees it.
type mortalMemory struct {
	*mortal
	wechat.Memory
}

func (m mortalMemory) Get(ctx context.Context, key string) ([]byte, int64, error) {
	if alive, _ := m.spend(); !alive {
		return nil, 0, errDead
	}
	return m.Memory.Get(ctx, key)
}

func (m mortalMemory) Put(ctx context.Context, key string, v []byte, revision int64) (bool, error) {
	alive, final := m.spend()
	if alive || final && m.last {
		ok, err := m.Memory.Put(ctx, key, v, revision)
		if err != nil || alive {
			return ok, err
		}
	}
	return false, errDead
}
