package e2e

import (
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/engine"
	"shenfa/internal/vault"
)

// bureau is the house in three processes, engine, API and worker, so that the
// baselines can use its Temporal without sharing anything else with it.
type bureau struct {
	*server // the API
	engine  *process
	worker  *process
	hook    *hook
	owner   string // URL of the database
	db      *sql.DB
	client  client.Client
	watch   *watch
	text    []byte

	clickedAgain atomic.Int64 // decisions that came before the workflow knew of their task
}

func newBureau(t *testing.T) *bureau {
	t.Helper()
	b := &bureau{hook: newHook(t)}
	dir := dataDir(t)
	b.engine = spawn(t, "serve", "--data", dir, "--engine-only", "--demo")
	connect := filepath.Join(dir, "client", "connect.json")
	require.Eventually(t, func() bool {
		_, err := os.Stat(connect)
		return err == nil
	}, 90*time.Second, 100*time.Millisecond)
	raw, err := os.ReadFile(connect)
	require.NoError(t, err)
	var c struct {
		DatabaseURL string        `json:"database_url"`
		OwnerURL    string        `json:"owner_url"`
		Keys        string        `json:"keys"`
		Temporal    engine.Remote `json:"temporal"`
	}
	require.NoError(t, json.Unmarshal(raw, &c))
	common := append([]string{
		"--database-url", c.DatabaseURL, "--keys", c.Keys, "--temporal", c.Temporal.HostPort, "--temporal-cert", c.Temporal.CertFile,
		"--temporal-key", c.Temporal.KeyFile, "--temporal-ca", c.Temporal.CAFile, "--temporal-server-name", c.Temporal.ServerName,
	}, b.hook.flags()...)
	addr := freePort(t)
	b.server = &server{
		process: spawn(t, append([]string{"api", "--listen", addr}, common...)...), dir: dir, base: "http://" + addr, accounts: readAccounts(t, dir),
	}
	b.worker = spawn(t, append([]string{"worker", "--portal-url", b.base}, common...)...)
	b.awaitReady(60 * time.Second)

	v, err := vault.Open(c.Keys)
	require.NoError(t, err)
	b.client, err = engine.DialRemote(t.Context(), c.Temporal, v, io.Discard)
	require.NoError(t, err)
	t.Cleanup(b.client.Close)
	b.owner = c.OwnerURL
	b.db, err = sql.Open("postgres", c.OwnerURL)
	require.NoError(t, err)
	b.db.SetMaxOpenConns(4)
	t.Cleanup(func() { _ = b.db.Close() })
	b.watch = newWatch(t, b.db)
	b.text, _ = origin(t)
	return b
}

// item is the founding document, to be released at an instant, or on approval.
func (b *bureau) item(title string, at time.Time, channels ...string) item {
	return item{title: title, fileName: "origin.txt", body: b.text, at: at, channels: channels}
}

// toReview creates i, submits it and sees it through the check.
func (b *bureau) toReview(i item) desk.Disclosure {
	p := b.as("zhouheng")
	d := p.draft(i)
	decode[desk.Disclosure](b.t, p.submit(d))
	b.watch.await(d.ID, disclosure.InReview)
	return p.get(d.ID)
}

// signed decides every step.
func (b *bureau) signed(d desk.Disclosure) desk.Disclosure {
	for _, s := range signers {
		d = b.decided(d, s.login, s.step)
	}
	return d
}

// decided decides one step. The database shows a task a moment before the workflow
// believes it; who is quicker than that is refused and clicks again.
func (b *bureau) decided(d desk.Disclosure, login, step string) desk.Disclosure {
	r := b.as(login).decide(d, step, disclosure.Disclose)
	for r.code() == disclosure.WrongState {
		b.clickedAgain.Add(1)
		time.Sleep(watchEvery)
		r = b.as(login).decide(d, step, disclosure.Disclose)
	}
	return decode[desk.Disclosure](b.t, r)
}

// as is somebody who asks again when the house is too busy: under load that is measured, not
// failed for.
func (b *bureau) as(login string) *person {
	p := b.server.as(login)
	p.patient = true
	return p
}

// life is everything from the first click to the release on approval.
func (b *bureau) life(title string) string {
	d := b.signed(b.toReview(b.item(title, time.Time{})))
	b.watch.await(d.ID, disclosure.Released)
	return d.ID
}

// watch tells when disclosures reach a state. It asks the database for all of them
// at once, so that waiting costs the house next to nothing.
type watch struct {
	db      *sql.DB
	mu      sync.Mutex
	waiting map[string]wish
}

type wish struct {
	state disclosure.State
	there chan struct{}
}

const watchEvery = 20 * time.Millisecond

func newWatch(t testing.TB, db *sql.DB) *watch {
	w := &watch{db: db, waiting: map[string]wish{}}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			w.look(ctx)
			time.Sleep(watchEvery)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	return w
}

// await blocks until the disclosure is in that state.
func (w *watch) await(id string, state disclosure.State) {
	x := wish{state, make(chan struct{})}
	w.mu.Lock()
	w.waiting[id] = x
	w.mu.Unlock()
	<-x.there
}

// look answers whoever has waited long enough. An error is a look in vain.
func (w *watch) look(ctx context.Context) {
	w.mu.Lock()
	ids := make([]string, 0, len(w.waiting))
	for id := range w.waiting {
		ids = append(ids, id)
	}
	w.mu.Unlock()
	if len(ids) == 0 {
		return
	}
	rows, err := w.db.QueryContext(ctx, `SELECT id, state FROM disclosures WHERE id = ANY ($1)`, pq.Array(ids))
	if err != nil {
		return
	}
	defer rows.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	for rows.Next() {
		var id string
		var state disclosure.State
		if rows.Scan(&id, &state) == nil && w.waiting[id].state == state {
			close(w.waiting[id].there)
			delete(w.waiting, id)
		}
	}
}

// together does work 0…n-1, at most so many at once, and returns how long each took
// and all of them.
func together(n, atOnce int, work func(i int)) (each []time.Duration, all time.Duration) {
	each = make([]time.Duration, n)
	next := make(chan int)
	var wg sync.WaitGroup
	begin := time.Now()
	for range min(n, atOnce) {
		wg.Go(func() {
			for i := range next {
				at := time.Now()
				work(i)
				each[i] = time.Since(at)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	return each, time.Since(begin)
}
