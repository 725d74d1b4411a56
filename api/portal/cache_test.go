//go:build linux

package portal

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"shenfa/internal/channel"
	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

// cache stands in front of the portal and keeps what it may for as long as it may.
type cache struct {
	origin http.Handler
	now    func() time.Time
	mu     sync.Mutex
	kept   map[string]copied
}

type copied struct {
	body  string
	code  int
	until time.Time
}

var keepFor = regexp.MustCompile(`^public, max-age=(\d+)$`)

func (c *cache) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := r.URL.RequestURI()
	if r.Method == "PURGE" {
		delete(c.kept, key)
		return
	}
	if k, ok := c.kept[key]; ok && c.now().Before(k.until) {
		w.WriteHeader(k.code)
		_, _ = w.Write([]byte(k.body))
		return
	}
	got := httptest.NewRecorder()
	c.origin.ServeHTTP(got, r)
	if m := keepFor.FindStringSubmatch(got.Header().Get("Cache-Control")); m != nil {
		seconds, _ := strconv.Atoi(m[1])
		c.kept[key] = copied{got.Body.String(), got.Code, c.now().Add(time.Duration(seconds) * time.Second)}
	}
	w.WriteHeader(got.Code)
	_, _ = w.Write(got.Body.Bytes())
}

// F18: a cache that follows our headers shows nothing old: not beyond the next instant, not
// once it was told to forget, and where nobody tells it for a minute at most. What was not
// there is asked for anew each time.
func TestF18_ACacheShowsNoOldPage(t *testing.T) {
	t.Parallel()

	const title, slo = "缓存里不留旧页", time.Minute
	s := testkit.Store(t)
	b := testkit.AddBureau(t, s, "AA")
	e := echo.New()
	New(desk.New(desk.Config{Store: s.Store, Channels: []string{channel.PortalName}, Log: slog.New(slog.DiscardHandler)}), Options{}).Register(e)
	var ahead time.Duration // of the cache's clock: nobody waits a minute
	front := &cache{origin: e, kept: map[string]copied{}, now: func() time.Time { return time.Now().Add(ahead) }}
	server := httptest.NewServer(front)
	defer server.Close()
	get := func(path string) (int, string) {
		w := httptest.NewRecorder()
		front.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return w.Code, w.Body.String()
	}
	purger, err := channel.NewPurger(server.URL, &http.Client{})
	require.NoError(t, err)
	item := func(i *testkit.Item) (channel.Item, []string) {
		x := channel.Item{Number: i.Number, Attachments: []channel.Attachment{{Named: disclosure.Named{Name: "名单.txt"}}}}
		return x, channel.PortalPaths(x)
	}
	recall := func(i *testkit.Item) {
		id := "recall" + i.ID
		i.Must(t, disclosure.Act{ID: id, Type: disclosure.Recall, By: b.Officer, Opinion: i.Words(t, id, "误发")})
	}

	coming := testkit.Armed(t, s, b, testkit.ReleaseIn(4*time.Second), testkit.Title(title), testkit.Attach("名单.txt", title))
	_, paths := item(coming)
	for _, path := range paths {
		_, body := get(path)
		require.NotContains(t, body, title, path)
	}
	for _, k := range front.kept {
		require.False(t, k.until.After(coming.Case.ReleaseAt), "nothing is kept beyond the instant")
	}
	require.Eventually(t, func() bool { code, _ := get(paths[0]); return code == http.StatusOK }, 15*time.Second, 20*time.Millisecond, "though it was asked for before")
	require.Less(t, time.Since(coming.Case.ReleaseAt), 2*time.Second)

	told := testkit.Armed(t, s, b, testkit.ReleaseIn(0), testkit.Title(title+"二"), testkit.Attach("名单.txt", title+"二"))
	of, paths := item(told)
	for _, path := range paths {
		get(path)
	}
	require.Contains(t, front.kept, paths[0])
	recall(told)
	_, body := get(paths[0])
	require.Contains(t, body, title, "the cache does not know yet")
	require.NoError(t, purger.Purge(context.WithoutCancel(t.Context()), of))
	for _, path := range paths {
		_, body := get(path)
		require.NotContains(t, body, title+"二", "%s: it was told", path)
	}

	untold := testkit.Armed(t, s, b, testkit.ReleaseIn(0), testkit.Title(title+"三"), testkit.Attach("名单.txt", title+"三"))
	_, paths = item(untold)
	paths = append(paths, "/?kind=notice", "/?q="+untold.Number, paths[0]+"?lang=en")
	for _, path := range paths {
		get(path)
	}
	recall(untold)
	ahead = slo
	for _, path := range paths {
		_, body := get(path)
		require.NotContains(t, body, title+"三", "%s: a minute later it asks itself", path)
	}
	_, never := get("/items/AA-1999-000001")
	code, gone := get(paths[0])
	require.Equal(t, http.StatusNotFound, code)
	require.Equal(t, never, gone)
}
