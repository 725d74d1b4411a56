//go:build linux

package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

// grants moves the grant of an item: columns that are not named stay.
func (b bundle) regrant(t *testing.T, i *testkit.Item, change string) {
	t.Helper()
	b.surgery(t, `UPDATE grants SET `+change+` WHERE disclosure_id = $1`, i.ID)
}

func (b bundle) public(t *testing.T, i *testkit.Item) bool {
	t.Helper()
	return cell[bool](t, b, `SELECT coalesce(bool_or(is_public(g)), false) FROM grants g WHERE disclosure_id = $1`, i.ID)
}

// The interpretation has had its instant and is armed in all cases; what differs is its
// policy.
func TestAnInterpretationIsNeverPublicBeforeItsPolicy(t *testing.T) {
	t.Parallel()

	b := setup(t)
	policy := testkit.Approved(t, b.Stored, b.Bureau, testkit.Kind("policy"))
	explains := testkit.Approved(t, b.Stored, b.Bureau, testkit.Interprets(policy.Number), testkit.Channels("portal", "webhook"))
	b.regrant(t, explains, `release_at = now() - interval '10 minutes', not_before = now() - interval '1 hour', armed_at = now() - interval '20 minutes'`)
	for name, c := range map[string]struct {
		policy string
		public bool
	}{
		"not armed":              {`release_at = now() - interval '1 hour', armed_at = NULL`, false},
		"still to come":          {`release_at = now() + interval '1 hour'`, false},
		"out before":             {`release_at = now() - interval '1 hour'`, true},
		"out afterwards":         {`release_at = now() - interval '1 minute'`, false},
		"the same instant alone": {`release_at = (SELECT release_at FROM grants WHERE disclosure_id = '` + explains.ID + `')`, false},
		"armed too late":         {`release_at = now() - interval '1 hour', armed_at = now() - interval '1 minute'`, false},
		"withdrawn":              {`release_at = now() - interval '1 hour', revoked_at = now() - interval '65 minutes'`, false},
		"recalled before":        {`release_at = now() - interval '1 hour', revoked_at = now() - interval '30 minutes'`, false},
		"recalled since":         {`release_at = now() - interval '1 hour', revoked_at = now() - interval '1 minute'`, true},
		"nobody was there":       {`release_at = now() - interval '1 hour', late = 'hold'`, false},
		"not on the portal":      {`release_at = now() - interval '1 hour', channels = '{webhook}'`, false},
	} {
		b.regrant(t, policy, `not_before = now() - interval '2 hours', armed_at = now() - interval '70 minutes', revoked_at = NULL, late = 'now', channels = '{portal}'`)
		b.regrant(t, policy, c.policy)
		require.Equal(t, c.public, b.public(t, explains), name)
		v, _, err := b.Judge(t.Context(), explains.ID, explains.Case.Generation)
		require.NoError(t, err)
		require.Equal(t, map[bool]store.Verdict{true: store.VerdictPublic, false: store.VerdictParted}[c.public], v, name)
		b.surgery(t, `DELETE FROM effects`)
		b.surgery(t, `INSERT INTO effects (key, disclosure_id, version, channel, generation, state, due_at) VALUES ('k', $1, 1, 'webhook', $2, 'pending', now())`,
			explains.ID, explains.Case.Generation)
		mine, err := b.Claim(t.Context(), "k")
		require.NoError(t, err)
		require.Equal(t, c.public, len(mine) == 1, "%s: the other channels too", name)
	}
}

// Two batches at one instant, each with the policy that an item of the other explains,
// and two that explain each other: nothing is public, and nothing goes round for ever.
func TestCirclesOfTiesArePublicNeverAndEndAlways(t *testing.T) {
	t.Parallel()

	b := setup(t)
	now, err := b.Now(t.Context())
	require.NoError(t, err)
	at := now.Add(time.Hour).UTC()
	one, two := newID(), newID()
	require.NoError(t, b.AddBatch(t.Context(), one, b.Officer, "甲", at))
	require.NoError(t, b.AddBatch(t.Context(), two, b.Officer, "乙", at))
	p1 := testkit.InReview(t, b.Stored, b.Bureau, testkit.Kind("policy"), testkit.Batch(one, at))
	p2 := testkit.InReview(t, b.Stored, b.Bureau, testkit.Kind("policy"), testkit.Batch(two, at))
	i1 := testkit.InReview(t, b.Stored, b.Bureau, testkit.Interprets(p1.Number), testkit.Batch(two, at))
	i2 := testkit.InReview(t, b.Stored, b.Bureau, testkit.Interprets(p2.Number), testkit.Batch(one, at))
	whole := testkit.InReview(t, b.Stored, b.Bureau, testkit.Kind("policy"))
	for _, i := range []*testkit.Item{p1, p2, i1, i2, whole} {
		i.Approve(t)
	}
	b.surgery(t, `UPDATE grants SET release_at = now() - interval '1 minute', not_before = now() - interval '1 hour', armed_at = now() - interval '2 minutes'`)
	require.Equal(t, 1, cell[int](t, b, `SELECT count(*) FROM grants g WHERE is_public(g)`), "what is in no circle")
	b.surgery(t, `INSERT INTO ties (disclosure_id, policy) VALUES ($1, $2)`, p1.ID, i1.Number)
	b.surgery(t, `DELETE FROM batch_members`)
	require.Equal(t, 2, cell[int](t, b, `SELECT count(*) FROM grants g WHERE is_public(g)`), "and the policy that explains nothing")
}

func TestABatchOfPolicyAndInterpretationComesOutAtOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)
	now, err := b.Now(t.Context())
	require.NoError(t, err)
	id, at := newID(), now.Add(time.Hour).UTC()
	require.NoError(t, b.AddBatch(t.Context(), id, b.Officer, "办法和解读", at))
	policy := testkit.InReview(t, b.Stored, b.Bureau, testkit.Kind("policy"), testkit.Batch(id, at))
	explains := testkit.InReview(t, b.Stored, b.Bureau, testkit.Interprets(policy.Number), testkit.Batch(id, at))
	policy.Approve(t)
	ready, err := b.Interpreted(t.Context(), policy.Number, at)
	require.NoError(t, err)
	require.False(t, ready, "in review is not approved")
	explains.Approve(t)
	ready, err = b.Interpreted(t.Context(), policy.Number, at)
	require.NoError(t, err)
	require.True(t, ready)
	ready, err = b.Interpreted(t.Context(), policy.Number, at.Add(-time.Second))
	require.NoError(t, err)
	require.False(t, ready, "not by then")
	ready, err = b.Preceded(t.Context(), explains.ID)
	require.NoError(t, err)
	require.True(t, ready)

	b.surgery(t, `UPDATE grants SET release_at = now() - interval '1 minute', not_before = now() - interval '1 hour', armed_at = now() - interval '2 minutes'`)
	require.Equal(t, []bool{true, true}, []bool{b.public(t, policy), b.public(t, explains)})
	b.regrant(t, policy, `armed_at = NULL`)
	require.Equal(t, []bool{false, false}, []bool{b.public(t, policy), b.public(t, explains)})
}

func TestWhatLosesItsOtherHalfIsATaskForTheDisclosureOffice(t *testing.T) {
	t.Parallel()

	b := setup(t)
	waiting := func(i *testkit.Item) int {
		return cell[int](t, b, `SELECT count(*) FROM tasks WHERE disclosure_id = $1 AND step = 'companion' AND closed_at IS NULL`, i.ID)
	}
	pair := func() (policy, explains *testkit.Item) {
		policy = testkit.Armed(t, b.Stored, b.Bureau, testkit.Kind("policy"), testkit.ReleaseIn(0))
		explains = testkit.Armed(t, b.Stored, b.Bureau, testkit.Interprets(policy.Number), testkit.ReleaseIn(0))
		return policy, explains
	}
	policy, explains := pair()
	require.Equal(t, []bool{true, true}, []bool{b.public(t, policy), b.public(t, explains)})
	policy.Must(t, act(t, policy, disclosure.Recall, b.Officer))
	require.Equal(t, []int{0, 1}, []int{waiting(policy), waiting(explains)})
	require.True(t, b.public(t, explains), "a person decides")
	inbox, err := b.Inbox(t.Context(), b.Officer, time.Time{}, 0, 10)
	require.NoError(t, err)
	require.Contains(t, steps(inbox), disclosure.CompanionStep+" "+explains.ID)
	require.NoError(t, b.SettleCompanion(t.Context(), explains.ID, b.Officer, ""))
	require.NoError(t, b.SettleCompanion(t.Context(), explains.ID, b.Officer, ""), "twice is once")
	require.Zero(t, waiting(explains))

	policy, explains = pair()
	explains.Must(t, act(t, explains, disclosure.Recall, b.Officer))
	require.Equal(t, []int{1, 0}, []int{waiting(policy), waiting(explains)})
	policy.Must(t, act(t, policy, disclosure.Recall, b.Officer))
	require.Equal(t, []int{0, 0}, []int{waiting(policy), waiting(explains)}, "nothing is left to decide")

	policy = testkit.Armed(t, b.Stored, b.Bureau, testkit.Kind("policy"))
	explains = testkit.Approved(t, b.Stored, b.Bureau, testkit.Interprets(policy.Number), testkit.ReleaseIn(2*time.Hour))
	explains.Must(t, disclosure.Act{Type: disclosure.NotReady, Cause: "bytes_changed"})
	require.Equal(t, 1, waiting(policy), "armed, it comes out alone")

	// Whoever acts on the one waits for who acts on the other before any row is locked, so
	// that neither stands in the other's way.
	policy, explains = pair()
	tx, err := b.root.BeginTxx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.Exec(`SELECT pg_advisory_xact_lock(hashtextextended('companion/' || $1, 0))`, policy.Number)
	require.NoError(t, err)
	done := make(chan error, 2)
	for _, i := range []*testkit.Item{policy, explains} {
		a := act(t, i, disclosure.Recall, b.Officer)
		go func() { done <- i.Take(t.Context(), a) }()
	}
	require.Eventually(t, func() bool {
		return cell[int](t, b, `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`) == 2
	}, 10*time.Second, 10*time.Millisecond)
	_, err = tx.Exec(`SELECT FROM disclosures WHERE id IN ($1, $2) FOR UPDATE NOWAIT`, policy.ID, explains.ID)
	require.NoError(t, err)
	require.NoError(t, tx.Rollback())
	require.NoError(t, <-done)
	require.NoError(t, <-done)
	require.Equal(t, []int{0, 0}, []int{waiting(policy), waiting(explains)})
}

func steps(tasks []store.Task) (out []string) {
	for _, t := range tasks {
		out = append(out, t.TaskStep+" "+t.ID)
	}
	return out
}

func TestF9_AnApprovedItemKeepsItsTies(t *testing.T) {
	t.Parallel()

	b := setup(t)
	policy := testkit.Approved(t, b.Stored, b.Bureau, testkit.Kind("policy"))
	explains := testkit.Approved(t, b.Stored, b.Bureau, testkit.Interprets(policy.Number))
	for _, q := range []string{`UPDATE ties SET policy = 'AA-2026-000999' WHERE disclosure_id = $1`, `DELETE FROM ties WHERE disclosure_id = $1`} {
		require.Equal(t, "ties_fixed", try(t, b.app, q, explains.ID))
	}
	require.Equal(t, "ties_fixed", try(t, b.app, `INSERT INTO ties (disclosure_id, policy) VALUES ($1, 'AA-2026-000999')`, policy.ID))
	explains.Must(t, act(t, explains, disclosure.Withdraw, b.Drafter))
	explains.Edit(t, b.Drafter, func(d *disclosure.Draft, _ func([]byte) (string, error)) error {
		d.Interprets = ""
		return nil
	})
	require.Zero(t, cell[int](t, b, `SELECT count(*) FROM ties`))
}

func TestWarningsContinueOneAnotherOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)
	warning := func(options ...testkit.Option) *testkit.Item {
		return testkit.Armed(t, b.Stored, b.Bureau, append([]testkit.Option{testkit.Kind("warning"), testkit.ReleaseIn(0)}, options...)...)
	}
	fault := func(number, as string, options ...testkit.Option) disclosure.Code {
		i := testkit.Draft(t, b.Stored, b.Bureau, append([]testkit.Option{testkit.Continues(number, as)}, options...)...)
		return disclosure.CodeOf(b.ChainFault(t.Context(), i.ID, number))
	}
	blue := warning()
	plain := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0))
	later := testkit.Armed(t, b.Stored, b.Bureau, testkit.Kind("warning"))
	for name, number := range map[string]string{"no such number": "AA-1999-000001", "not out yet": later.Number, "of another kind": plain.Number} {
		require.Equal(t, disclosure.TieUnknown, fault(number, "update"), name)
	}
	require.Empty(t, fault(blue.Number, "update"))

	// Two at once: both were submitted when neither knew of the other.
	yellow := testkit.InReview(t, b.Stored, b.Bureau, testkit.Continues(blue.Number, "upgrade"), testkit.ReleaseIn(0))
	rival := testkit.InReview(t, b.Stored, b.Bureau, testkit.Continues(blue.Number, "cancel"), testkit.ReleaseIn(0))
	require.Equal(t, disclosure.ChainTaken, fault(blue.Number, "update"), "another is on its road")
	yellow.Approve(t)
	var last error
	for last == nil && rival.Case.State == disclosure.InReview {
		last = rival.Take(t.Context(), rival.Decision(t, rival.For(rival.Case.Tasks()[0]), disclosure.Disclose))
	}
	code(t, disclosure.ChainTaken, last)
	yellow.Must(t, disclosure.Act{Type: disclosure.Arm})

	cancelled := warning(testkit.Continues(yellow.Number, "cancel"))
	require.Equal(t, disclosure.ChainEnded, fault(cancelled.Number, "update"))
	require.Equal(t, disclosure.ChainTaken, fault(yellow.Number, "update"), "and what it cancelled is taken")

	next, err := b.Successors(t.Context(), blue.Number, yellow.Number, cancelled.Number)
	require.NoError(t, err)
	require.Len(t, next, 2)
	require.Equal(t, []string{yellow.Number, "upgrade", cancelled.Number, "cancel"},
		[]string{next[blue.Number].Number, next[blue.Number].As, next[yellow.Number].Number, next[yellow.Number].As})
	for _, i := range []*testkit.Item{blue, yellow, cancelled} {
		require.True(t, b.public(t, i), "all stay to be read")
	}
	list, err := b.PublicItems(t.Context(), time.Time{}, "", 10)
	require.NoError(t, err)
	var order []string
	for _, p := range list {
		if p.Number != plain.Number {
			order = append(order, p.Number)
		}
	}
	require.Equal(t, []string{cancelled.Number, yellow.Number, blue.Number}, order, "the newest first")

	// A correction of the first that would continue the last closes a circle.
	correction := newID()
	require.NoError(t, b.Correct(t.Context(), correction, blue.ID, b.Drafter))
	b.surgery(t, `INSERT INTO ties (disclosure_id, continues, how) VALUES ($1, $2, 'update')`, correction, cancelled.Number)
	code(t, disclosure.ChainCycle, b.ChainFault(t.Context(), correction, cancelled.Number))

	cancelled.Must(t, act(t, cancelled, disclosure.Recall, b.Officer))
	next, err = b.Successors(t.Context(), yellow.Number)
	require.NoError(t, err)
	require.Equal(t, "cancel", next[yellow.Number].As, "what was cancelled does not come back by itself")
}

func TestTiesAreShownFromBothSides(t *testing.T) {
	t.Parallel()

	b := setup(t)
	policy := testkit.Approved(t, b.Stored, b.Bureau, testkit.Kind("policy"))
	explains := testkit.Draft(t, b.Stored, b.Bureau, testkit.Interprets(policy.Number))
	first := testkit.Armed(t, b.Stored, b.Bureau, testkit.Kind("warning"), testkit.ReleaseIn(0))
	second := testkit.Draft(t, b.Stored, b.Bureau, testkit.Continues(first.Number, "downgrade"))
	for _, c := range []struct {
		of, to       *testkit.Item
		relation, as string
		out          bool
	}{
		{policy, explains, store.TieInterpretation, "", false},
		{explains, policy, store.TiePolicy, "", false},
		{first, second, store.TieLater, "downgrade", false},
		{second, first, store.TieEarlier, "downgrade", true},
	} {
		rows, err := b.Ties(t.Context(), c.of.ID)
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.Equal(t, []any{c.relation, c.as, c.to.Number, c.to.ID, c.out}, []any{rows[0].Relation, rows[0].As, rows[0].Number, rows[0].ID, rows[0].Out})
	}
	found, err := b.Explained(t.Context(), policy.Unit, policy.Number, disclosure.Interpretable("interpretation"))
	require.NoError(t, err)
	require.Equal(t, policy.ID, found.ID)
	found, err = b.Explained(t.Context(), policy.Unit, first.Number, disclosure.Interpretable("interpretation"))
	require.NoError(t, err)
	require.Nil(t, found, "a warning is not interpreted")
}
