package store_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

// later is an instant by which everything in a test is due.
func later(t *testing.T, b bundle) time.Time {
	t.Helper()
	now, err := b.Now(t.Context())
	require.NoError(t, err)
	return now.Add(24 * time.Hour)
}

func unsent(t *testing.T, b bundle, silent time.Duration) []string {
	t.Helper()
	rows, err := b.Unsent(t.Context(), later(t, b), silent, 100)
	require.NoError(t, err)
	var out []string
	for _, r := range rows {
		out = append(out, r.State)
	}
	return out
}

func webhook(i *testkit.Item) string { return disclosure.EffectKey(i.ID, i.Case.Version, "webhook") }

func dueNow(t *testing.T, b bundle) *testkit.Item {
	t.Helper()
	return testkit.Armed(t, b.Stored, b.Bureau, testkit.Channels("portal", "webhook"), testkit.ReleaseIn(0))
}

func TestF3_OneOfManyClaimsIsGranted(t *testing.T) {
	t.Parallel()

	b := setup(t)
	second := testkit.On(t, b.DSNs, b.Vault)
	i := dueNow(t, b)
	var wg sync.WaitGroup
	var won atomic.Int64
	for n := range 64 {
		s := b.Store
		if n%2 == 1 {
			s = second.Store
		}
		wg.Go(func() {
			mine, err := s.Claim(t.Context(), webhook(i))
			if err != nil {
				t.Error(err)
			}
			won.Add(int64(len(mine)))
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, won.Load())
	require.Equal(t, 1, cell[int](t, b, `SELECT attempts FROM effects WHERE key = $1`, webhook(i)))

	require.NoError(t, b.Sent(t.Context(), store.Outcome{Key: webhook(i), State: "sent", URL: "https://example.invalid/1"}))
	mine, err := b.Claim(t.Context(), webhook(i))
	require.NoError(t, err)
	require.Empty(t, mine, "what was sent is not sent again")
	require.NoError(t, b.Confirmed(t.Context(), webhook(i), "https://example.invalid/1"))
	require.NoError(t, b.Sent(t.Context(), store.Outcome{Key: webhook(i), State: "pending"}))
	require.Equal(t, "confirmed", cell[string](t, b, `SELECT state FROM effects WHERE key = $1`, webhook(i)), "a late sender changes nothing")
}

func TestF8_ClaimedAndNotSentIsFoundAgain(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := dueNow(t, b)
	require.Equal(t, []string{"pending"}, unsent(t, b, time.Minute))
	mine, err := b.Claim(t.Context(), webhook(i))
	require.NoError(t, err)
	require.NotEmpty(t, mine)
	require.Empty(t, unsent(t, b, time.Minute), "its sender may still be at work")

	// kill -9 here. A minute later:
	b.surgery(t, `UPDATE effects SET claimed_at = claimed_at - interval '61 seconds'`)
	require.Equal(t, []string{"sending"}, unsent(t, b, time.Minute))
	mine, err = b.Claim(t.Context(), webhook(i))
	require.NoError(t, err)
	require.Empty(t, mine, "it may be out: it is read back, and never blindly sent again")

	require.NoError(t, b.Sent(t.Context(), store.Outcome{Key: webhook(i), State: "pending"})) // the read-back: surely not there
	require.Equal(t, []string{"pending"}, unsent(t, b, time.Minute))
	mine, err = b.Claim(t.Context(), webhook(i))
	require.NoError(t, err)
	require.NotEmpty(t, mine)
	require.NoError(t, b.Sent(t.Context(), store.Outcome{Key: webhook(i), State: "unknown", URL: "", Cause: "unknown_sent"}))
	require.Equal(t, []string{"unknown"}, unsent(t, b, time.Minute), "nobody knows, so somebody looks")
	require.NoError(t, b.Confirmed(t.Context(), webhook(i), "https://example.invalid/1"))
	require.Empty(t, unsent(t, b, 0))
}

func TestF2_WhatBelongsToAnOldGenerationIsANoOp(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.Armed(t, b.Stored, b.Bureau, testkit.Channels("portal", "webhook"))
	old := i.Case
	stale, err := i.Transition(t.Context(), disclosure.Act{Type: disclosure.Due})
	require.NoError(t, err)
	v, wait, err := b.Judge(t.Context(), i.ID, old.Generation)
	require.NoError(t, err)
	require.Equal(t, store.VerdictWait, v)
	require.Greater(t, wait, 50*time.Minute)

	a := act(t, i, disclosure.Reschedule, b.Officer)
	a.ReleaseAt = old.ReleaseAt.Add(time.Hour)
	i.Must(t, a)

	v, _, err = b.Judge(t.Context(), i.ID, old.Generation)
	require.NoError(t, err)
	require.Equal(t, store.VerdictOld, v, "the old timer")
	_, err = b.Record(t.Context(), stale)
	require.ErrorIs(t, err, store.ErrFenced, "the old workflow task")
	require.Empty(t, unsent(t, b, 0), "the old sender finds nothing")
	b.surgery(t, `UPDATE grants SET release_at = now() - interval '1 hour', not_before = now() - interval '1 day', armed_at = now()`)
	mine, err := b.Claim(t.Context(), webhook(i))
	require.NoError(t, err)
	require.Empty(t, mine, "nor may it send, though the new instant has come and it is armed")

	// Armed anew, the same effect is of the new generation.
	b.surgery(t, `UPDATE grants SET armed_at = NULL`)
	i.Must(t, disclosure.Act{Type: disclosure.Arm})
	require.Equal(t, []string{"pending"}, unsent(t, b, 0))
	require.Equal(t, 2, cell[int](t, b, `SELECT count(*) FROM effects`), "and still one a channel")
}

func TestAWithdrawalBeforeTheInstantWinsAndAfterItLoses(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.Armed(t, b.Stored, b.Bureau)
	i.Must(t, act(t, i, disclosure.Withdraw, b.Drafter))
	b.surgery(t, `UPDATE grants SET release_at = now() - interval '1 minute', not_before = now() - interval '1 hour'`)
	_, err := b.PublicItem(t.Context(), i.Number)
	code(t, disclosure.NotFound, err)

	// The rules' clock is behind the one that rules: the database says that it is out.
	i = dueNow(t, b)
	a := act(t, i, disclosure.Withdraw, b.Drafter)
	a.At = i.Case.ReleaseAt.Add(-time.Second)
	code(t, disclosure.ReleaseTooLate, i.Take(t.Context(), a))
	a = act(t, i, disclosure.Reschedule, b.Drafter)
	a.At, a.ReleaseAt = i.Case.ReleaseAt.Add(-time.Second), i.Case.Latest
	code(t, disclosure.ReleaseTooLate, i.Take(t.Context(), a))
	_, err = b.PublicItem(t.Context(), i.Number)
	require.NoError(t, err)
}

// F20: from its instant on an item can be recalled, also when nothing but the
// predicate has noticed that it is out.
func TestF20_RecallTakesItOffAtOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)
	for _, until := range [][]disclosure.ActType{{}, {disclosure.Due}, {disclosure.Due, disclosure.Fail}, {disclosure.Due, disclosure.Confirm}} {
		i := dueNow(t, b)
		for _, a := range until {
			i.Must(t, disclosure.Act{Type: a})
		}
		_, err := b.PublicItem(t.Context(), i.Number)
		require.NoError(t, err)
		i.Must(t, act(t, i, disclosure.Recall, b.Officer))
		_, err = b.PublicItem(t.Context(), i.Number)
		code(t, disclosure.NotFound, err)
		incident, err := b.Incident(t.Context(), i.ID)
		require.NoError(t, err)
		require.Equal(t, "recall", incident.Type)
		require.InDelta(t, 24, incident.DueAt.Sub(incident.OpenedAt).Hours(), 0.01)
		mine, err := b.Claim(t.Context(), webhook(i))
		require.NoError(t, err)
		require.Empty(t, mine)
	}
}

func TestTheVerdictOnAGeneration(t *testing.T) {
	t.Parallel()

	b := setup(t)
	verdict := func(i *testkit.Item) store.Verdict {
		v, _, err := b.Judge(t.Context(), i.ID, i.Case.Generation)
		require.NoError(t, err)
		return v
	}
	require.Equal(t, store.VerdictPublic, verdict(dueNow(t, b)))
	require.Equal(t, store.VerdictMissed, verdict(testkit.Approved(t, b.Stored, b.Bureau, testkit.ReleaseIn(0))), "not armed")
	alone := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0), testkit.Late(disclosure.LateHold))
	require.Equal(t, store.VerdictMissed, verdict(alone), "nobody was there")
	run, err := b.Beat(t.Context(), newID())
	require.NoError(t, err)
	again, err := b.Beat(t.Context(), run)
	require.NoError(t, err)
	require.Equal(t, run, again)
	attended := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0), testkit.Late(disclosure.LateHold))
	require.Equal(t, store.VerdictPublic, verdict(attended))
	require.Equal(t, store.VerdictMissed, verdict(alone), "being there later does not help")
	b.surgery(t, `UPDATE uptime SET last_beat = last_beat - interval '6 seconds'`)
	anew, err := b.Beat(t.Context(), run)
	require.NoError(t, err)
	require.NotEqual(t, run, anew, "a beat that comes too late begins a new run")

	freeze := newID()
	require.NoError(t, b.AddFreeze(t.Context(), freeze, b.Officer, "channel", "portal", "原因"))
	require.Equal(t, store.VerdictFrozen, verdict(dueNow(t, b)), "one channel holds the item on all of them")
	elsewhere := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0), testkit.Channels("webhook"))
	require.Equal(t, store.VerdictPublic, verdict(elsewhere), "which does not go there")
	require.Equal(t, store.VerdictFrozen, verdict(testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0))))
	code(t, disclosure.NotFound, b.LiftFreeze(t.Context(), freeze, testkit.AddBureau(t, b.Stored, "BB").Officer))
	require.NoError(t, b.LiftFreeze(t.Context(), freeze, b.Officer))
	require.Equal(t, store.VerdictPublic, verdict(testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0))))
	require.Equal(t, store.VerdictOld, verdict(testkit.Submitted(t, b.Stored, b.Bureau)), "no grant, no verdict")
}

// F5: what should have happened by the database clock and did not is on a list.
func TestF5_TheOverdueAreFound(t *testing.T) {
	t.Parallel()

	b := setup(t)
	overdue := func() []string {
		rows, err := b.Overdue(t.Context(), 30*time.Second)
		require.NoError(t, err)
		var out []string
		for _, r := range rows {
			out = append(out, r.State)
		}
		return out
	}
	testkit.Armed(t, b.Stored, b.Bureau) // in an hour
	held := testkit.Approved(t, b.Stored, b.Bureau)
	i := dueNow(t, b)
	require.Empty(t, overdue(), "half a minute is not late yet")
	b.surgery(t, `UPDATE disclosures SET release_at = now() - interval '31 seconds', updated_at = now() - interval '31 seconds' WHERE id = $1`, i.ID)
	require.Equal(t, []string{"armed"}, overdue())

	crowd := newID()
	b.surgery(t, `INSERT INTO grants (id, disclosure_id, version, manifest_hash, unit_id, kind, channels, not_before, latest, late, release_at, generation)
		SELECT gen_random_uuid(), gen_random_uuid(), 1, $2, 'crowd', g.kind, g.channels, d.release_at, d.release_at, g.late, d.release_at, 1
		  FROM grants g JOIN disclosures d ON d.id = g.disclosure_id, generate_series(1, 300) WHERE d.id = $1`, i.ID, crowd)
	require.Empty(t, overdue(), "three hundred others have the same instant, and each has its turn")
	b.surgery(t, `DELETE FROM grants WHERE manifest_hash = $1`, crowd)

	freeze := newID()
	require.NoError(t, b.AddFreeze(t.Context(), freeze, b.Officer, "all", "", "原因"))
	held.Must(t, disclosure.Act{Type: disclosure.Missed, Cause: "frozen"})
	require.Equal(t, []string{"armed"}, overdue())
	require.NoError(t, b.LiftFreeze(t.Context(), freeze, b.Officer))
	require.ElementsMatch(t, []string{"armed", "held"}, overdue(), "the freeze that held it is gone")
}

// Who shares an instant is counted, and the first of them to be armed opens its sender.
func TestTheFirstOfACrowdOpensItsInstant(t *testing.T) {
	t.Parallel()

	b := setup(t)
	at := time.Now().Add(time.Hour).Truncate(time.Second)
	approved := func(channels ...string) *testkit.Item {
		i := testkit.Approved(t, b.Stored, b.Bureau, testkit.Channels(channels...), testkit.ReleaseIn(0), testkit.Window(2*time.Hour), testkit.Late(disclosure.LateNow))
		move := act(t, i, disclosure.Reschedule, b.Officer)
		move.ReleaseAt = at
		i.Must(t, move)
		return i
	}
	arm := func(i *testkit.Item) store.Recorded {
		tr, err := i.Transition(t.Context(), disclosure.Act{Type: disclosure.Arm})
		require.NoError(t, err)
		got, err := b.Record(t.Context(), tr)
		require.NoError(t, err)
		again, err := b.Record(t.Context(), tr)
		require.NoError(t, err)
		require.Equal(t, []any{got.Crowd, got.Opens}, []any{again.Crowd, again.Opens}, "the same after a crash")
		return got
	}
	quiet, first, second := approved("portal"), approved("portal", "webhook"), approved("webhook")
	require.Equal(t, 3, arm(quiet).Crowd)
	got := arm(first)
	require.True(t, got.Opens, "nobody before it sends anything")
	require.Equal(t, 3, got.Crowd)
	require.False(t, arm(second).Opens)
}
