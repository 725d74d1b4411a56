package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

func quiet(t *testing.T, b bundle, from, until time.Duration) disclosure.Blackout {
	t.Helper()
	now, err := b.Now(t.Context())
	require.NoError(t, err)
	return disclosure.Blackout{
		ID: uuid.NewString(), Window: disclosure.Window{From: now.Add(from), Until: now.Add(until)},
		Kinds: []string{"notice"}, Channels: []string{}, Exempt: []string{"warning"},
	}
}

func TestABlackoutIsKeptAsItWasOrderedUntilItIsLifted(t *testing.T) {
	t.Parallel()

	b := setup(t)
	order := quiet(t, b, time.Hour, 2*time.Hour)
	for range 2 { // the same order twice is one
		require.NoError(t, b.AddBlackout(t.Context(), b.Officer, order, "会议期间"))
	}
	all, err := b.Blackouts(t.Context(), b.Unit)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, "会议期间", all[0].Reason)
	require.Equal(t, b.Officer.ID, all[0].By)
	require.Equal(t, 1, cell[int](t, b, `SELECT count(*) FROM shenfa.audit WHERE action = 'blackout'`))
	require.Zero(t, cell[int](t, b, `SELECT count(*) FROM shenfa.blackouts WHERE encode(sealed_reason, 'escape') LIKE '%会议%'`), "reasons are sealed")

	terms, err := b.Terms(t.Context(), b.Unit)
	require.NoError(t, err)
	got := terms.Blackouts[0]
	require.True(t, got.From.Equal(order.From.Truncate(time.Microsecond)))
	require.Equal(t, []any{order.ID, order.Kinds, order.Channels, order.Exempt}, []any{got.ID, got.Kinds, got.Channels, got.Exempt})
	other, err := b.Terms(t.Context(), "XX")
	require.NoError(t, err)
	require.Empty(t, other.Blackouts, "another unit's")

	for _, change := range []string{
		`UPDATE shenfa.blackouts SET ends_at = ends_at + interval '1 day'`,
		`UPDATE shenfa.blackouts SET exempt = '{}'`,
		`DELETE FROM shenfa.blackouts`,
	} {
		_, err := b.owner.Exec(change)
		require.Error(t, err, change)
		_, err = b.app.Exec(change)
		require.Error(t, err, change)
	}
	foreign := b.Officer
	foreign.Unit = "XX"
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(b.LiftBlackout(t.Context(), order.ID, foreign)))
	require.NoError(t, b.LiftBlackout(t.Context(), order.ID, b.Officer))
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(b.LiftBlackout(t.Context(), order.ID, b.Officer)), "only once")
	all, err = b.Blackouts(t.Context(), b.Unit)
	require.NoError(t, err)
	require.Empty(t, all)

	over := quiet(t, b, -2*time.Hour, -time.Hour)
	require.NoError(t, b.AddBlackout(t.Context(), b.Officer, over, "过去"))
	all, err = b.Blackouts(t.Context(), b.Unit)
	require.NoError(t, err)
	require.Empty(t, all, "one that is over keeps nothing back")
}

func TestWhatIsPlannedInATimeIsFound(t *testing.T) {
	t.Parallel()

	b := setup(t)
	approved := testkit.Approved(t, b.Stored, b.Bureau, testkit.ReleaseIn(90*time.Minute))
	armed := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(100*time.Minute))
	testkit.Approved(t, b.Stored, b.Bureau, testkit.ReleaseIn(30*time.Minute))
	testkit.InReview(t, b.Stored, b.Bureau, testkit.ReleaseIn(90*time.Minute))
	found, err := b.Planned(t.Context(), b.Unit, quiet(t, b, time.Hour, 2*time.Hour).Window)
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Equal(t, []string{approved.ID, armed.ID}, []string{found[0].ID, found[1].ID})
}

// A hold of the system that comes too late changes nothing of what is out.
func TestWhatIsOutIsNotHeld(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(time.Hour))
	now, err := b.Now(t.Context())
	require.NoError(t, err)
	hold := disclosure.Act{ID: uuid.NewString(), Type: disclosure.NotReady, Cause: disclosure.CauseBlackout, At: now}
	after, err := i.Case.Take(hold)
	require.NoError(t, err)
	// Meanwhile, by the clock that rules, its instant has come.
	b.surgery(t, `UPDATE shenfa.grants SET release_at = clock_timestamp() - interval '1 second', not_before = not_before - interval '1 day' WHERE disclosure_id = $1`, i.ID)
	_, err = b.Record(t.Context(), store.Transition{ID: i.ID, Revision: i.Case.Revision, Act: hold, After: after.Digest()})
	require.Equal(t, disclosure.ReleaseTooLate, disclosure.CodeOf(err))
	require.True(t, cell[bool](t, b, `SELECT armed_at IS NOT NULL FROM shenfa.grants WHERE disclosure_id = $1`, i.ID))
}

// The session of the database, the process and the person who typed may each be in a zone
// of their own: the instant is the same, and before it nothing is public.
func TestF1_ZonesOfDatabaseProcessAndPersonDoNotMatter(t *testing.T) {
	t.Parallel()

	b := setup(t)
	now, err := b.Now(t.Context())
	require.NoError(t, err)
	at := now.Add(time.Hour).Truncate(time.Microsecond)
	for _, database := range []string{"UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"} {
		dsns := b.DSNs
		dsns.App += " timezone='" + database + "'"
		s := testkit.On(t, dsns, b.Vault)
		for _, person := range []string{"UTC", "Asia/Kathmandu", "Europe/London"} {
			loc, err := time.LoadLocation(person)
			require.NoError(t, err)
			i := testkit.Armed(t, s, b.Bureau, func(r *testkit.Recipe) { r.At, r.Draft.Release.Zone = at.In(loc), person })
			require.True(t, i.Case.ReleaseAt.Equal(at), "%s, %s", database, person)
			require.True(t, cell[time.Time](t, b, `SELECT release_at FROM shenfa.grants WHERE disclosure_id = $1`, i.ID).Equal(at), "%s, %s", database, person)
			verdict, wait, err := s.Judge(t.Context(), i.ID, i.Case.Generation)
			require.NoError(t, err)
			require.Equal(t, store.VerdictWait, verdict)
			require.InDelta(t, time.Until(at).Seconds(), wait.Seconds(), 60)
			_, err = s.PublicItem(t.Context(), i.Number)
			require.Equal(t, disclosure.NotFound, disclosure.CodeOf(err), "not before its instant")
		}
	}
}
