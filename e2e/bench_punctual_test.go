package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

const (
	singles       = 10 // items with a second of their own
	singleSpacing = time.Second
	sampled       = 20               // items whose page is asked for over HTTP
	patience      = 10 * time.Minute // after the last instant; what is not out by then is counted
)

// benchPunctual is P2, and P6 on the way: its items have to be approved anyway.
// rate is how many lives a second the house manages.
func benchPunctual(t *testing.T, r *report, b *bureau, plain *bare, rate float64) {
	n := *benchItems

	first := time.Now().Add(time.Minute + time.Duration(2*singles/rate)*time.Second).Truncate(time.Second)
	alone := make([]desk.Disclosure, singles)
	at := make([]time.Time, singles)
	together(singles, 8, func(i int) {
		at[i] = first.Add(time.Duration(i) * singleSpacing)
		alone[i] = b.signed(b.toReview(b.item(fmt.Sprintf("单独的第%d件", i+1), at[i], "portal", "webhook")))
	})
	one := b.release(t, alone, at)
	r.add(row{code: "P2", what: "lateness at the portal, 1 item in a second", ours: one.portal.outOf(singles), goal: "never early", met: met(true)})
	r.add(row{code: "P2", what: "lateness at a webhook, 1 item in a second", ours: one.webhook.outOf(singles), goal: "never early", met: met(true)})
	single := spreadOf(plain.timers(singles, 5*time.Second, singleSpacing))

	armed := 5*time.Minute + store.Spread(n) // before the instant the first rehearse and are armed: the decisions are to be taken by then
	prepare := time.Duration(1.5*float64(n)/rate*float64(time.Second)) + armed
	instant := time.Now().Add(prepare).Truncate(time.Second)
	items, times := make([]desk.Disclosure, n), make([]time.Time, n)
	begin := time.Now()
	together(n, 32, func(i int) {
		times[i] = instant
		items[i] = b.toReview(b.item(fmt.Sprintf("同一秒的第%d件", i+1), instant, "portal", "webhook"))
	})
	benchDecisions(t, r, b, plain, items)
	r.note("Preparing %d items over HTTP, up to their approval, took %s; %s were left until their instant.", n, show(time.Since(begin)), show(time.Until(instant)))
	many := b.release(t, items, times)
	r.note("Of %d items with one instant, %d were armed %s before it.", n, many.armed, show(armedLook))
	r.add(row{
		code: "P2", what: fmt.Sprintf("lateness at the portal, %d items in one second, by its predicate", n),
		ours: many.portal.outOf(n), goal: "p99 ≤ 250 ms, never early", met: many.portal.within(250*time.Millisecond, n),
	})
	r.add(row{
		code: "P2", what: fmt.Sprintf("the same over HTTP, a sample of %d, asked in turn", many.asked), ours: many.pages.outOf(many.asked),
		goal: "p99 ≤ 250 ms, never early", met: many.pages.within(250*time.Millisecond, many.asked),
	})
	r.add(row{
		code: "P2", what: fmt.Sprintf("lateness at a webhook, %d items in one second", n),
		ours: many.webhook.outOf(n), goal: "p99 ≤ 2 s, never early", met: many.webhook.within(2*time.Second, n),
	})

	crowd := spreadOf(plain.timers(n, 10*time.Second+time.Duration(n)*30*time.Millisecond, 0))
	r.baseline("P2", "one Temporal timer an item, then an activity: 1 in a second", single)
	r.baseline("P2", fmt.Sprintf("one Temporal timer an item, then an activity: %d in one second", n), crowd)
	for _, count := range []int{1, n} {
		jobs, spacing := count, time.Duration(0)
		if count == 1 {
			jobs, spacing = singles, singleSpacing
		}
		what := fmt.Sprintf("River's scheduled jobs, its defaults, 100 workers: %d in one second", count)
		late, err := river(t.Context(), b.owner, jobs, spacing)
		if err != nil {
			t.Log(err)
			r.note("%s: not measured, it could not be built or run.", what)
			continue
		}
		r.baseline("P2", what, spreadOf(late))
	}
}

// baseline adds a line that holds nothing of ours.
func (r *report) baseline(code, what string, s spread) {
	r.add(row{code: code, what: "baseline: " + what, ours: "–", baseline: s.String()})
}

// punctuality is how late items were at each place.
type punctuality struct {
	portal, webhook, pages spread
	asked                  int // items whose page was asked for
	armed                  int // in time
}

// outOf tells the lateness at a place, and of how many it is not known.
func (s spread) outOf(n int) string {
	if missing := n - len(s); missing > 0 {
		return fmt.Sprintf("%s; %d of %d not there after %s", s, missing, n, patience)
	}
	return s.String()
}

func (s spread) within(limit time.Duration, n int) *bool {
	return met(len(s) == n && s.at(0.99) <= limit)
}

const armedLook = 3 * time.Second

// release watches approved items come out at their instants, and fails if one of
// them is early anywhere. One that is late beyond patience is left out.
func (b *bureau) release(t *testing.T, items []desk.Disclosure, at []time.Time) (p punctuality) {
	t.Helper()
	ctx, cancel := context.WithDeadline(t.Context(), at[len(at)-1].Add(patience))
	defer cancel()
	due, ids := map[string]time.Time{}, make([]string, len(items))
	for i, d := range items {
		require.NotEmpty(t, d.ID, "an item could not be prepared")
		due[d.ID], ids[i] = at[i], d.ID
	}
	time.Sleep(time.Until(at[0].Add(-armedLook)))
	require.NoError(t, b.db.QueryRowContext(ctx, `SELECT count(*) FROM grants WHERE disclosure_id = ANY ($1) AND revoked_at IS NULL AND armed_at IS NOT NULL`,
		pq.Array(ids)).Scan(&p.armed))
	time.Sleep(time.Until(at[0].Add(-500 * time.Millisecond)))
	p.asked = min(sampled, len(items))
	var wg sync.WaitGroup
	wg.Go(func() { p.portal = spreadOf(b.watchPredicate(ctx, t, ids, due)) })
	wg.Go(func() { p.pages = spreadOf(b.watchPages(ctx, t, items, at)) })
	wg.Wait()
	b.quiet(ctx, ids)

	var webhook []time.Duration
	for i, d := range items {
		posts := b.hook.sent(disclosure.EffectKey(d.ID, d.Version, "webhook"))
		require.LessOrEqual(t, len(posts), 1, "twice at the webhook")
		for _, arrived := range posts {
			require.False(t, arrived.Before(at[i]), "early at the webhook")
			webhook = append(webhook, arrived.Sub(at[i]))
		}
	}
	p.webhook = spreadOf(webhook)
	return p
}

// quiet waits until all are released, for the next measurement wants a house with
// nothing to do.
func (b *bureau) quiet(ctx context.Context, ids []string) {
	for left := 1; left > 0 && ctx.Err() == nil; time.Sleep(100 * time.Millisecond) {
		_ = b.db.QueryRowContext(ctx, `SELECT count(*) FROM disclosures WHERE id = ANY ($1) AND state <> 'released'`, pq.Array(ids)).Scan(&left)
	}
}

// step is the pause before asking again: fine at the instant, and coarser the later
// it is, so that asking does not cause the lateness.
func step(instant time.Time) time.Duration {
	return max(5*time.Millisecond, time.Since(instant)/50)
}

// watchPredicate asks the predicate behind everything public when each item first
// shows.
func (b *bureau) watchPredicate(ctx context.Context, t testing.TB, ids []string, due map[string]time.Time) (late []time.Duration) {
	seen := map[string]bool{}
	for len(seen) < len(ids) {
		var got []string
		err := b.db.QueryRowContext(ctx, `SELECT coalesce(array_agg(g.disclosure_id::text), '{}') FROM grants g WHERE g.disclosure_id = ANY ($1) AND is_public(g)`,
			pq.Array(ids)).Scan(pq.Array(&got))
		now := time.Now()
		if ctx.Err() != nil {
			return late
		}
		require.NoError(t, err)
		for _, id := range got {
			if !seen[id] {
				seen[id] = true
				require.False(t, now.Before(due[id]), "early at the portal")
				late = append(late, now.Sub(due[id]))
			}
		}
		time.Sleep(step(due[ids[len(ids)-1]]))
	}
	return late
}

// watchPages asks for the pages of a few items in turn, as readers who reload.
func (b *bureau) watchPages(ctx context.Context, t testing.TB, items []desk.Disclosure, at []time.Time) (late []time.Duration) {
	waiting := rand.Perm(len(items))[:min(sampled, len(items))]
	for len(waiting) > 0 && ctx.Err() == nil {
		left := waiting[:0]
		for _, i := range waiting {
			status := b.public("/items/" + items[i].Number).status
			now := time.Now()
			if status != http.StatusOK {
				left = append(left, i)
				continue
			}
			require.False(t, now.Before(at[i]), "early on a page")
			late = append(late, now.Sub(at[i]))
		}
		waiting = left
		time.Sleep(step(at[len(at)-1]))
	}
	return late
}

// river runs the baseline that is a module of its own.
func river(ctx context.Context, url string, n int, spacing time.Duration) ([]time.Duration, error) {
	cmd := exec.CommandContext(ctx, "go", "run", ".", url, fmt.Sprint(n), spacing.String(), "15s")
	cmd.Dir = "testdata/river"
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("river: %w", err)
	}
	var late []time.Duration
	return late, json.Unmarshal(out, &late)
}
