package store_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

// What stands still when a freeze is ordered: every unit, one, or a part of one; and
// for how long.
func TestAFreezeHoldsWhatIsInItsScopeWhileItStands(t *testing.T) {
	t.Parallel()

	b := setup(t)
	other := testkit.AddBureau(t, b.Stored, "BB")
	armed := map[string]*testkit.Item{}
	verdicts := func(because string, frozen ...string) {
		t.Helper()
		for name, recipe := range map[string]struct {
			bureau  testkit.Bureau
			options []testkit.Option
		}{
			"notice": {b.Bureau, nil},
			"pushed": {b.Bureau, []testkit.Option{testkit.Channels("portal", "webhook")}},
			"kind":   {b.Bureau, []testkit.Option{testkit.Kind("penalty")}},
			"other":  {other, nil},
		} {
			i := testkit.Armed(t, b.Stored, recipe.bureau, append(recipe.options, testkit.ReleaseIn(0))...)
			armed[name] = i
			v, _, err := b.Judge(t.Context(), i.ID, i.Case.Generation)
			require.NoError(t, err)
			require.Equal(t, slices.Contains(frozen, name), v == store.VerdictFrozen, "%s: %s is %s", because, name, v)
			require.Equal(t, v == store.VerdictPublic, cell[bool](t, b, `SELECT is_public(g) FROM grants g WHERE disclosure_id = $1`, i.ID), "%s: %s", because, name)
		}
	}
	for _, tc := range []struct {
		scope, value string
		by           disclosure.Person
		frozen       []string
	}{
		{store.FreezeAll, "", b.Principal, []string{"notice", "pushed", "kind", "other"}},
		{store.FreezeUnit, "", b.Officer, []string{"notice", "pushed", "kind"}},
		{store.FreezeUnit, "", other.Officer, []string{"other"}},
		{store.FreezeChannel, "webhook", b.Officer, []string{"pushed"}},
		{store.FreezeChannel, "webhook", other.Officer, nil},
		{store.FreezeKind, "penalty", b.Officer, []string{"kind"}},
	} {
		id := newID()
		require.NoError(t, b.AddFreeze(t.Context(), id, tc.by, tc.scope, tc.value, "原因"))
		verdicts(tc.scope+" by "+tc.by.Unit, tc.frozen...)
		seen, err := b.Freezes(t.Context(), other.Officer.Unit)
		require.NoError(t, err)
		stands := slices.ContainsFunc(seen, func(f store.Freeze) bool { return f.ID == id && f.Stands && f.Reason == "原因" })
		require.Equal(t, tc.scope == store.FreezeAll || tc.by.Unit == other.Officer.Unit, stands, "who is under it sees it")
		require.NoError(t, b.LiftFreeze(t.Context(), id, tc.by))
		verdicts("lifted")
		code(t, disclosure.NotFound, b.LiftFreeze(t.Context(), id, tc.by))
	}

	all := newID()
	require.NoError(t, b.AddFreeze(t.Context(), all, b.Principal, store.FreezeAll, "", "原因"))
	code(t, disclosure.NotFound, b.LiftFreeze(t.Context(), all, other.Principal))
	require.NoError(t, b.LiftFreeze(t.Context(), all, b.Principal))

	now, err := b.Now(t.Context())
	require.NoError(t, err)
	code(t, disclosure.BadValue, b.FreezeUntil(t.Context(), newID(), b.Officer, store.FreezeUnit, "", "原因", now.Add(-time.Second)))
	short := newID()
	require.NoError(t, b.FreezeUntil(t.Context(), short, b.Officer, store.FreezeUnit, "", "原因", now.Add(time.Hour)))
	verdicts("an hour", "notice", "pushed", "kind")
	held := armed["notice"]
	frozen, err := b.FrozenNow(t.Context(), []string{held.ID})
	require.NoError(t, err)
	require.True(t, frozen[held.ID])
	held.Must(t, disclosure.Act{Type: disclosure.Missed, Cause: "frozen"})
	b.surgery(t, `UPDATE freezes SET at = at - interval '2 hours', ends_at = clock_timestamp() - interval '1 second' WHERE id = $1`, short)
	verdicts("it has ended by itself")
	late, err := b.Overdue(t.Context(), time.Minute)
	require.NoError(t, err)
	require.Equal(t, held.Case.Late != disclosure.LateHold, slices.ContainsFunc(late, func(o store.Overdue) bool { return o.ID == held.ID }),
		"what it held goes on without a person")
	seen, err := b.Freezes(t.Context(), b.Officer.Unit)
	require.NoError(t, err)
	require.False(t, slices.ContainsFunc(seen, func(f store.Freeze) bool { return f.Stands }))
	require.NotEmpty(t, seen, "what has ended is still told")
}

// The last second: a hundred freezes are ordered within a few hundredths of a second
// of the instant, while a reader looks and a sender claims all the time. What was
// acknowledged before the instant holds; there is no third way between public and not.
func TestAFreezeAcknowledgedBeforeTheInstantHolds(t *testing.T) {
	t.Parallel()

	const tries, apart = 100, 25 * time.Millisecond
	b := setup(t)
	now, err := b.Now(t.Context())
	require.NoError(t, err)
	first := now.Add(time.Second)
	// Each has a kind of its own, so that each has a freeze of its own.
	b.surgery(t, `INSERT INTO grants (id, disclosure_id, version, manifest_hash, unit_id, kind, channels, not_before, latest, late, release_at, generation, armed_at)
		SELECT gen_random_uuid(), gen_random_uuid(), 1, 'm' || n, $1, 'k' || n, '{portal,webhook}', t, t, 'now', t, 1, clock_timestamp()
		  FROM generate_series(0, $2 - 1) n, LATERAL (SELECT $3::timestamptz + n * $4::float8 * interval '1 second' AS t) x`,
		b.Officer.Unit, tries, first, apart.Seconds())
	b.surgery(t, `INSERT INTO effects (key, disclosure_id, version, channel, generation, state, due_at)
		SELECT kind, disclosure_id, 1, 'webhook', 1, 'pending', release_at FROM grants WHERE manifest_hash LIKE 'm%'`)

	ctx, cancel := context.WithCancel(t.Context())
	public, sent := map[string]bool{}, map[string]bool{}
	errs := make(chan error, 2)
	go func() { // the reader
		for ctx.Err() == nil {
			var kinds []string
			if err := b.app.SelectContext(t.Context(), &kinds, `SELECT kind FROM grants g WHERE is_public(g)`); err != nil {
				errs <- err
				return
			}
			for _, k := range kinds {
				public[k] = true
			}
		}
		errs <- nil
	}()
	go func() { // the sender
		for ctx.Err() == nil {
			var keys []string
			err := b.app.SelectContext(t.Context(), &keys, `SELECT key FROM effects WHERE state = 'pending' AND due_at < clock_timestamp() + interval '50 milliseconds'
				AND due_at > clock_timestamp() - interval '500 milliseconds' ORDER BY due_at`)
			if err == nil {
				keys, err = b.Claim(t.Context(), keys...)
			}
			if err != nil {
				errs <- err
				return
			}
			for _, k := range keys {
				sent[k] = true
			}
		}
		errs <- nil
	}()

	inTime := map[string]bool{}
	for n := range tries {
		kind, instant := fmt.Sprintf("k%d", n), first.Add(time.Duration(n)*apart)
		for order := instant.Add(-time.Duration(rand.IntN(20)) * time.Millisecond); ; time.Sleep(time.Millisecond) {
			if now, err = b.Now(t.Context()); err != nil || !now.Before(order) {
				break
			}
		}
		require.NoError(t, err)
		require.NoError(t, b.AddFreeze(t.Context(), newID(), b.Officer, store.FreezeKind, kind, "原因"))
		acknowledged, err := b.Now(t.Context())
		require.NoError(t, err)
		if acknowledged.Before(instant) {
			inTime[kind] = true
		}
	}
	time.Sleep(4 * apart) // the last has had its instant
	cancel()
	require.NoError(t, <-errs)
	require.NoError(t, <-errs)
	t.Logf("of %d freezes %d were in time; %d were public, %d sent", tries, len(inTime), len(public), len(sent))
	require.Greater(t, len(inTime), tries/10)
	require.NotEmpty(t, public, "the reader looks")
	require.NotEmpty(t, sent, "the sender sends")
	for kind := range inTime {
		require.NotContains(t, slices.Collect(maps.Keys(public)), kind, "public after the freeze was acknowledged")
		require.NotContains(t, slices.Collect(maps.Keys(sent)), kind, "sent after the freeze was acknowledged")
	}
}
