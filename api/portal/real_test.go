//go:build linux

package portal

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var full = flag.Bool("site.full", false, "200 readers, 1,000 items at one instant, 10,000 that are public already")

// real is the portal on a real desk, store and database.
type real struct {
	testkit.Stored
	testkit.Bureau
	echo   *echo.Echo
	portal *Portal
	log    *bytes.Buffer
}

// connections are as many as the program has.
const connections = 24

func open(t *testing.T, s testkit.Stored, dsn string) real {
	t.Helper()
	own, err := store.Open(t.Context(), dsn, s.Vault, connections)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, own.Close()) })
	r := real{Stored: s, echo: echo.New(), log: &bytes.Buffer{}}
	r.portal = New(desk.New(desk.Config{Store: own}), Options{Logger: slog.New(slog.NewTextHandler(r.log, nil)), BaseURL: "https://www.example"})
	r.portal.Register(r.echo)
	return r
}

func (r real) get(target string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	r.echo.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, target, nil))
	return rec
}

// wire passes what a program and its database say to each other and counts the
// statements that are executed.
func wire(t *testing.T, dsn string) (through string, executed *atomic.Int64) {
	t.Helper()
	directory := t.TempDir()
	var database string
	fields := strings.Fields(dsn)
	for i, f := range fields {
		if host, ok := strings.CutPrefix(f, "host="); ok {
			database, fields[i] = host, "host="+directory
		}
	}
	const socket = ".s.PGSQL.5432"
	l, err := net.Listen("unix", filepath.Join(directory, socket))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	executed = &atomic.Int64{}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer client.Close()
				server, err := net.Dial("unix", filepath.Join(database, socket))
				if err != nil {
					return
				}
				defer server.Close()
				go io.Copy(client, server) //nolint:errcheck // ends with either side
				for first := true; ; first = false {
					head := make([]byte, 5) // kind and length; the first message has no kind
					if first {
						head = head[:4]
					}
					if _, err := io.ReadFull(client, head); err != nil {
						return
					}
					if !first && (head[0] == 'E' || head[0] == 'Q') {
						executed.Add(1)
					}
					if _, err := server.Write(head); err != nil {
						return
					}
					if _, err := io.CopyN(server, client, int64(binary.BigEndian.Uint32(head[len(head)-4:]))-4); err != nil {
						return
					}
				}
			}()
		}
	}()
	return strings.Join(fields, " "), executed
}

func TestAPageCostsOneQuery(t *testing.T) {
	t.Parallel()

	s := testkit.Store(t)
	bureau := testkit.AddBureau(t, s, "AA")
	dsn, executed := wire(t, s.App)
	r := open(t, s, dsn)
	item := testkit.Armed(t, s, bureau, testkit.ReleaseIn(0), testkit.Attach("附件.txt", "附件内容"))
	hidden := testkit.Armed(t, s, bureau)
	testkit.Crowd(t, s, bureau, "CC", 60, func(k int) time.Time { return item.Case.NotBefore.Add(-time.Duration(k+100) * time.Second) })
	_, err := s.Observe(t.Context(), &store.Observation{}, true)
	require.NoError(t, err)
	now := time.Now()
	r.portal.options.Now = func() time.Time { return now } // stands still: the next release is known for the moment
	page := "/items/" + item.Number
	executed.Store(0)
	require.Equal(t, http.StatusOK, r.get(page).Code)
	require.LessOrEqual(t, executed.Load(), int64(2), "and one for the next release")
	older := r.get("/").Body.String()
	older = older[strings.Index(older, `rel="next" href="`)+len(`rel="next" href="`):]
	older, _, _ = strings.Cut(older, `"`)
	for address, most := range map[string]int64{
		page: 1, page + "/print": 1, page + "/body": 1, "/": 1, older: 1, "/kinds/notice": 1, "/catalogue": 1, "/topics": 1, "/topics/" + url.PathEscape("安全生产"): 1,
		"/search?q=" + url.QueryEscape("检查"): 1, "/feed.json?before=" + strings.TrimPrefix(older, "/?before="): 1, "/guide": 0, stylesheet(): 0,
		page + "/files/" + url.PathEscape("附件.txt"): 2, "/feed.atom": 2, "/feed.json": 2, "/sitemap.xml": 2, "/sitemaps/1.xml": 1,
		"/items/" + hidden.Number: 2, "/items/AA-1999-000001": 2, // one asks whether a notice stays
		"/items/" + hidden.Number + "/files/a": 1,
	} {
		want := http.StatusOK
		if strings.Contains(address, hidden.Number) || strings.Contains(address, "1999") {
			want = http.StatusNotFound
		}
		executed.Store(0)
		require.Equal(t, want, r.get(address).Code, address)
		require.Equal(t, most, executed.Load(), address)
	}
	require.Contains(t, r.get(older).Body.String(), "/items/CC-000060")
}

// guesses are addresses at which number would be, if it were public.
func guesses(number string) []string {
	item := "/items/" + number
	return []string{item, item + "/body", item + "/print", item + "/files/" + url.PathEscape("附件.txt"), item + "?lang=en"}
}

// Whoever guesses the address of what is not yet public, or no longer, gets the bytes,
// the headers and the time of what never was; and the guessing is noticed.
func TestS3_TenThousandGuessesTellNothing(t *testing.T) {
	s := testkit.Store(t)
	bureau := testkit.AddBureau(t, s, "AA")
	r := open(t, s, s.App)
	recipe := func(o ...testkit.Option) []testkit.Option {
		return append(o, testkit.Attach("附件.txt", "附件内容"), testkit.Title("栖岭河水位异动"), func(r *testkit.Recipe) { r.Draft.Topic = "秘而不宣" })
	}
	unreleased := testkit.Armed(t, s, bureau, recipe(testkit.ReleaseIn(time.Hour))...)
	recalled := testkit.Armed(t, s, bureau, recipe(testkit.ReleaseIn(0))...)
	drafted := testkit.Draft(t, s, bureau, recipe()...)
	webhook := testkit.Armed(t, s, bureau, recipe(testkit.ReleaseIn(0), testkit.Channels("webhook"))...)
	testkit.Crowd(t, s, bureau, "CC", 500, func(k int) time.Time { return recalled.Case.NotBefore.Add(-time.Duration(k+100) * time.Second) })
	_, err := s.Observe(t.Context(), &store.Observation{}, true)
	require.NoError(t, err)
	lists := []string{
		"/", "/kinds/notice", "/topics", "/catalogue", "/catalogue.csv", "/feed.atom", "/feed.json", "/sitemap.xml",
		"/search?q=" + url.QueryEscape("栖岭河水位异动"), "/topics/" + url.PathEscape("秘而不宣"),
	}
	for _, address := range append(lists, guesses(recalled.Number)...) {
		require.Equal(t, http.StatusOK, r.get(address).Code, "public for now: %s", address)
	}
	act := disclosure.Act{Type: disclosure.Recall, By: bureau.Officer, ID: "recall", Opinion: recalled.Words(t, "recall", "原因")}
	recalled.Must(t, act)

	hidden := []string{unreleased.Number, recalled.Number, drafted.Number, webhook.Number}
	for _, address := range lists {
		rec := r.get(address)
		for _, secret := range append(hidden, "栖岭河", "秘而不宣") {
			if strings.Contains(address, "search") && secret == "栖岭河" {
				continue // what the reader asked is shown to the reader
			}
			require.NotContains(t, rec.Body.String(), secret, address)
		}
	}
	found := r.get("/search?q=" + url.QueryEscape("栖岭河水位异动"))
	never := r.get("/search?q=" + url.QueryEscape("从来没有这件"))
	escaped := strings.NewReplacer("栖岭河水位异动", "从来没有这件", url.QueryEscape("栖岭河水位异动"), url.QueryEscape("从来没有这件"))
	require.Equal(t, never.Body.String(), escaped.Replace(found.Body.String()))
	require.Equal(t, r.get("/topics/none").Body.String(), r.get("/topics/"+url.PathEscape("秘而不宣")).Body.String())

	none := fmt.Sprintf("AA-%d-999999", time.Now().Year())
	times := map[string][]time.Duration{}
	asked := 0
	for round := 0; asked < 10_000; round++ {
		for n, address := range guesses(none) {
			var want *httptest.ResponseRecorder
			for _, number := range append([]string{none}, hidden...) {
				start := time.Now()
				got := r.get(guesses(number)[n])
				if round > 20 { // warm
					times[number] = append(times[number], time.Since(start))
				}
				if asked++; want == nil {
					want = got
					require.Equal(t, http.StatusNotFound, want.Code)
					continue
				}
				require.Equal(t, want.Code, got.Code, address)
				require.Equal(t, want.Header(), got.Header(), address)
				require.Equal(t, want.Body.Bytes(), got.Body.Bytes(), address)
			}
		}
	}
	median := func(number string) time.Duration {
		slices.Sort(times[number])
		return times[number][len(times[number])/2]
	}
	base := median(none)
	for _, number := range hidden {
		difference := (median(number) - base).Abs()
		t.Logf("median %s, of what never was %s", median(number), base)
		require.Less(t, difference, base/5+20*time.Microsecond, "the time tells")
	}
	require.Contains(t, r.log.String(), "asks for many missing things")
	for _, number := range hidden {
		require.NotContains(t, r.log.String(), number)
	}
	require.Positive(t, r.portal.probing.alerts)
	t.Logf("%d guesses", asked)
}

// read is one answer as a reader saw it.
type read struct {
	address  string
	from, to time.Time
	status   int
	early    bool // it showed something of the crowd that flips
}

// Readers read while many items become public at one instant. None is seen before it,
// none is missing after it, and reading stays as quick as it was.
func TestReadersWhileItemsFlip(t *testing.T) {
	readers, flipping, public, window := 40, 200, 1000, 3*time.Second
	if *full {
		readers, flipping, public, window = 200, 1000, 10_000, 15*time.Second
	}
	s := testkit.Store(t)
	bureau := testkit.AddBureau(t, s, "AA")
	r := open(t, s, s.App)
	now, err := s.Now(t.Context())
	require.NoError(t, err)
	testkit.Crowd(t, s, bureau, "OLD", public, func(k int) time.Time { return now.Add(-time.Duration(k+100) * time.Second) })
	_, err = s.Observe(t.Context(), &store.Observation{}, true)
	require.NoError(t, err)
	now, err = s.Now(t.Context())
	require.NoError(t, err)
	instant := now.Add(2*time.Second + window).Truncate(time.Microsecond)
	if *full {
		instant = instant.Add(2 * time.Second)
	}
	crowd := testkit.Crowd(t, s, bureau, "NEW", flipping, func(int) time.Time { return instant })

	// The observer looks as the keeper has it look.
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		var o store.Observation
		for ctx.Err() == nil {
			if _, err := s.Observe(ctx, &o, false); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(250 * time.Millisecond):
			}
		}
	})
	var mu sync.Mutex
	var all []read
	one := func(address string) {
		x := read{address: address, from: time.Now()}
		rec := r.get(address)
		x.to, x.status = time.Now(), rec.Code
		x.early = bytes.Contains(rec.Body.Bytes(), []byte("/items/NEW-"))
		mu.Lock()
		all = append(all, x)
		mu.Unlock()
	}
	for n := range readers {
		wg.Go(func() {
			chance := rand.New(rand.NewPCG(1, uint64(n)))
			for ctx.Err() == nil {
				some := crowd[chance.IntN(len(crowd))].Number
				known := fmt.Sprintf("OLD-%06d", 1+chance.IntN(public))
				switch k := chance.IntN(20); {
				case k < 6:
					one("/")
				case k < 12:
					one("/items/" + some)
				case k < 17:
					one("/items/" + known)
				case k == 17:
					one("/feed.atom")
				case k == 18:
					one("/kinds/notice")
				default:
					one("/search?q=" + some)
				}
				select {
				case <-ctx.Done():
				case <-time.After(time.Duration(500+chance.IntN(1000)) * time.Millisecond):
				}
			}
		})
	}
	reads := func() int { mu.Lock(); defer mu.Unlock(); return len(all) }
	time.Sleep(time.Until(instant))
	some := reads()
	time.Sleep(window)
	for end := time.Now().Add(time.Minute); reads() < some+2*readers && time.Now().Before(end); { // on a busy machine
		time.Sleep(100 * time.Millisecond)
	}
	stop()
	wg.Wait()

	start := instant.Add(-window)
	var idle, busy []time.Duration
	for _, x := range all {
		if x.to.Before(instant) {
			require.False(t, x.early, "%s showed %s before its time", x.address, instant.Sub(x.to))
		}
		item := strings.HasPrefix(x.address, "/items/NEW-")
		switch {
		case item && x.to.Before(instant):
			require.Equal(t, http.StatusNotFound, x.status)
		case item && x.from.After(instant):
			require.Equal(t, http.StatusOK, x.status, "%s after its time", x.from.Sub(instant))
		case !item:
			require.Equal(t, http.StatusOK, x.status, x.address)
		}
		switch {
		case x.from.Before(start): // plans and pages are warmed up
		case x.to.Before(instant):
			idle = append(idle, x.to.Sub(x.from))
		default:
			busy = append(busy, x.to.Sub(x.from))
		}
	}
	require.NotEmpty(t, idle)
	require.GreaterOrEqual(t, len(busy), readers)
	rank := func(d []time.Duration, of float64) time.Duration { slices.Sort(d); return d[int(float64(len(d)-1)*of)] }
	t.Logf("%d readers, %d items at one instant, %d public before", readers, flipping, public)
	t.Logf("before: %d reads, p50 %s, p99 %s; from the instant on: %d reads, p50 %s, p99 %s",
		len(idle), rank(idle, 0.5), rank(idle, 0.99), len(busy), rank(busy, 0.5), rank(busy, 0.99))
	if *full { // a short run on a shared machine says nothing of the slowest hundredth
		require.LessOrEqual(t, rank(busy, 0.99), 2*rank(idle, 0.99))
	}
	if n, err := s.PublicFind(t.Context(), store.PublicQuery{Words: crowd[0].Number, Limit: 1}); errors.Join(err) != nil || len(n) != 1 {
		t.Errorf("what became public is not found: %v", err)
	}
}
