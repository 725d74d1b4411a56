//go:build linux

package store_test

import (
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

// batched are n approved items of one batch, an hour before their instant.
func batched(t *testing.T, b bundle, n int) (id string, at time.Time, items []*testkit.Item) {
	t.Helper()
	now, err := b.Now(t.Context())
	require.NoError(t, err)
	id, at = newID(), now.Add(time.Hour).UTC()
	require.NoError(t, b.AddBatch(t.Context(), id, b.Officer, "同批", at))
	for range n {
		items = append(items, testkit.InReview(t, b.Stored, b.Bureau, testkit.Batch(id, at), testkit.Channels("portal", "webhook")))
	}
	for _, i := range items {
		i.Approve(t)
	}
	return id, at, items
}

func TestABatchIsClosedOnceOneOfItIsApproved(t *testing.T) {
	t.Parallel()

	b := setup(t)
	id, at, items := batched(t, b, 2)
	for _, i := range items {
		got, err := b.BatchOf(t.Context(), i.ID)
		require.NoError(t, err)
		require.Equal(t, id, got)
	}
	late := testkit.Draft(t, b.Stored, b.Bureau)
	join := func(batch string) error {
		return b.EditDraft(t.Context(), late.ID, late.DraftRevision(t), b.Drafter, "edit", func(d *disclosure.Draft, _ func([]byte) (string, error)) error {
			d.Batch = batch
			return nil
		})
	}
	code(t, disclosure.BatchClosed, join(id))
	code(t, disclosure.BatchUnknown, join(newID()))
	code(t, disclosure.BatchUnknown, join("x"))
	other := newID()
	require.NoError(t, b.AddBatch(t.Context(), other, b.Officer, "另一批", at))
	require.NoError(t, join(other))
	require.NoError(t, join(""), "nobody of it is approved")
	got, err := b.BatchOf(t.Context(), late.ID)
	require.NoError(t, err)
	require.Empty(t, got)

	require.NoError(t, b.LeaveBatch(t.Context(), id, items[0].ID, b.Officer, ""))
	code(t, disclosure.NotFound, b.LeaveBatch(t.Context(), id, items[0].ID, b.Officer, ""))
	b.surgery(t, `UPDATE grants SET release_at = now() - interval '1 second', not_before = now() - interval '1 hour', armed_at = now() - interval '1 minute'`)
	require.Equal(t, []bool{false, true}, []bool{
		cell[bool](t, b, `SELECT is_public(g) FROM grants g WHERE disclosure_id = $1`, items[0].ID),
		cell[bool](t, b, `SELECT is_public(g) FROM grants g WHERE disclosure_id = $1`, items[1].ID),
	}, "who left needs new approvals, and nobody waits for it")
}

func TestABatchIsHeldBackByEachOfItsItems(t *testing.T) {
	t.Parallel()

	b := setup(t)
	_, _, items := batched(t, b, 3)
	whole := `UPDATE grants SET release_at = now() - interval '1 minute', not_before = now() - interval '1 hour', armed_at = now() - interval '2 minutes', revoked_at = NULL, late = 'now'`
	for name, c := range map[string]struct {
		change string // of the first
		public int
		judged store.Verdict
	}{
		"all in force":              {"", 3, store.VerdictPublic},
		"one not armed":             {`armed_at = NULL`, 0, store.VerdictParted},
		"one for another instant":   {`release_at = now() - interval '59 seconds'`, 0, store.VerdictParted},
		"one withdrawn before":      {`revoked_at = now() - interval '70 seconds'`, 0, store.VerdictParted},
		"one recalled afterwards":   {`revoked_at = now() - interval '10 seconds'`, 2, store.VerdictPublic},
		"one whose instant is lost": {`late = 'hold'`, 0, store.VerdictParted},
		"one armed last":            {`armed_at = now() - interval '1 second'`, 3, store.VerdictPublic},
	} {
		b.surgery(t, whole)
		if c.change != "" {
			b.surgery(t, `UPDATE grants SET `+c.change+` WHERE disclosure_id = $1`, items[0].ID)
		}
		require.Equal(t, c.public, cell[int](t, b, `SELECT count(*) FROM grants g WHERE is_public(g)`), name)
		v, _, err := b.Judge(t.Context(), items[1].ID, items[1].Case.Generation)
		require.NoError(t, err)
		require.Equal(t, c.judged, v, name)
		if c.public == 0 {
			b.surgery(t, `DELETE FROM effects`)
			b.surgery(t, `INSERT INTO effects (key, disclosure_id, version, channel, generation, state, due_at) VALUES ('k', $1, 1, 'webhook', $2, 'pending', now())`,
				items[1].ID, items[1].Case.Generation)
			mine, err := b.Claim(t.Context(), "k")
			require.NoError(t, err)
			require.Empty(t, mine, "%s: no channel gets it either", name)
		}
	}
}

// TestABatchIsNeverSeenInPart lets people and machines do their worst around the
// instant, while a reader looks all the time. SHENFA_SOAK=1 tries a thousand times.
func TestABatchIsNeverSeenInPart(t *testing.T) {
	t.Parallel()

	b := setup(t)
	_, _, items := batched(t, b, 3)
	tries := 40
	if os.Getenv("SHENFA_SOAK") != "" {
		tries = 1000
	}
	whole := 0
	for n := range tries {
		r := rand.New(rand.NewPCG(7, uint64(n)))
		b.surgery(t, `UPDATE freezes SET lifted_at = at WHERE lifted_at IS NULL`)
		b.surgery(t, `UPDATE grants SET not_before = now() - interval '1 hour', armed_at = NULL, revoked_at = NULL, late = 'now',
			generation = generation + 1, release_at = clock_timestamp() + interval '50 milliseconds'`)
		b.surgery(t, `UPDATE grants SET release_at = (SELECT max(release_at) FROM grants)`)
		start := time.Now()
		var wg sync.WaitGroup
		at := func(ms int, f func()) {
			wait := time.Duration(ms)*time.Millisecond - time.Since(start)
			wg.Go(func() {
				time.Sleep(wait)
				f()
			})
		}
		for _, i := range items {
			at(r.IntN(70), func() {
				_ = run(t.Context(), b, `UPDATE grants SET armed_at = clock_timestamp() WHERE disclosure_id = $1 AND revoked_at IS NULL`, i.ID)
			})
		}
		victim := items[r.IntN(len(items))].ID
		switch r.IntN(4) {
		case 0:
			at(30+r.IntN(30), func() {
				_ = run(t.Context(), b, `UPDATE grants SET revoked_at = clock_timestamp() WHERE disclosure_id = $1 AND revoked_at IS NULL
					AND (armed_at IS NULL OR release_at > clock_timestamp())`, victim)
			})
		case 1:
			at(30+r.IntN(30), func() { _ = b.AddFreeze(t.Context(), newID(), b.Officer, "all", "", "演练") })
		case 2:
			at(30+r.IntN(30), func() {
				_ = run(t.Context(), b, `UPDATE grants SET armed_at = NULL, generation = generation + 1, release_at = release_at + interval '1 second'
					WHERE disclosure_id = $1 AND (armed_at IS NULL OR release_at > clock_timestamp())`, victim)
			})
		}
		seen := 0
		for time.Since(start) < 110*time.Millisecond {
			seen = cell[int](t, b, `SELECT count(*) FROM grants g WHERE is_public(g)`)
			require.Contains(t, []int{0, len(items)}, seen, "try %d", n)
		}
		wg.Wait()
		if seen == len(items) {
			whole++
		}
	}
	require.Positive(t, whole, "some came out")
	require.Less(t, whole, tries, "some were kept back")
}
