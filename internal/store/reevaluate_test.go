package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

// withheld is an item that the confidentiality reviewer kept from the public some time ago.
func withheld(t *testing.T, b bundle, ago string) *testkit.Item {
	t.Helper()
	i := testkit.InReview(t, b.Stored, b.Bureau)
	i.Must(t, i.Decision(t, i.For(i.Case.Tasks()[0]), disclosure.Disclose))
	i.Must(t, i.Decision(t, b.Confidentiality, disclosure.DoNotDisclose))
	require.Equal(t, disclosure.NotReleased, i.Case.State)
	b.surgery(t, `UPDATE disclosures SET updated_at = now() - $2::interval WHERE id = $1`, i.ID, ago)
	return i
}

func (b bundle) askAgain(t *testing.T) int {
	t.Helper()
	cal, err := calendar.Default()
	require.NoError(t, err)
	n, err := b.OpenReevaluations(t.Context(), cal, 100)
	require.NoError(t, err)
	return n
}

// TestWhatWasKeptFromThePublicIsLookedAtAgainEveryYear asks the disclosure office once a year,
// until the item takes the road anew.
func TestWhatWasKeptFromThePublicIsLookedAtAgainEveryYear(t *testing.T) {
	t.Parallel()

	b := setup(t)
	withheld(t, b, "11 months")
	i := withheld(t, b, "366 days")
	testkit.Approved(t, b.Stored, b.Bureau)
	require.Equal(t, 1, b.askAgain(t))
	require.Zero(t, b.askAgain(t), "asked once")
	waits := func(p disclosure.Person) bool {
		rows, err := b.Inbox(t.Context(), p, time.Time{}, 0, 10)
		require.NoError(t, err)
		return slices.ContainsFunc(rows, func(x store.Task) bool { return x.TaskStep == disclosure.ReevaluateStep && x.Row.ID == i.ID })
	}
	require.True(t, waits(b.Officer))
	require.Greater(t, cell[float64](t, b, `SELECT extract(epoch FROM due_at - opened_at) / 86400 FROM reevaluations WHERE disclosure_id = $1`, i.ID), 26.0, "twenty working days")
	require.Equal(t, 1, cell[int](t, b, `SELECT count(*) FROM notices WHERE person_id = $1 AND step = 'reevaluate' AND kind = 'task'`, b.Officer.ID))

	judge := func(act string, by disclosure.Person, outcome disclosure.ReevaluateOutcome) error {
		return b.Reevaluate(t.Context(), i.ID, act, by, outcome, i.Words(t, act, "情势未变"))
	}
	code(t, disclosure.ReevaluateOwn, judge("own", b.Drafter, disclosure.StaysClosed))
	code(t, disclosure.Forbidden, judge("leader", b.Principal, disclosure.StaysClosed))
	require.NoError(t, judge("a", b.Officer, disclosure.StaysClosed))
	require.NoError(t, judge("a", b.Officer, disclosure.StaysClosed), "the same again is the same")
	require.False(t, waits(b.Officer))
	require.Zero(t, b.askAgain(t), "for a year")
	b.surgery(t, `UPDATE reevaluations SET at = at - interval '2 years' WHERE disclosure_id = $1`, i.ID)
	require.Equal(t, 1, b.askAgain(t))

	require.NoError(t, judge("b", b.Officer, disclosure.MayBeOpen))
	require.NoError(t, judge("b", b.Officer, disclosure.MayBeOpen))
	rows, err := b.Reevaluations(t.Context(), i.ID)
	require.NoError(t, err)
	require.Len(t, rows, 2)
	last := rows[0]
	require.Equal(t, []any{disclosure.MayBeOpen, b.Officer.ID, "情势未变"}, []any{*last.Outcome, *last.By, last.Words})

	next, err := b.Disclosure(t.Context(), b.Drafter, *last.Successor)
	require.NoError(t, err)
	was, err := b.Version(t.Context(), i.ID, i.Case.Version)
	require.NoError(t, err)
	require.Equal(t, []any{disclosure.Drafting, b.Drafter.ID, was.Draft.Title, *last.Number}, []any{next.Case.State, next.Case.Drafter, next.Draft.Title, next.Number})
	require.NotEqual(t, i.Number, next.Number)
	body, err := b.Blob(t.Context(), i.ID, was.Draft.Body.Blob)
	require.NoError(t, err)
	copied, err := b.Blob(t.Context(), next.ID, next.Draft.Body.Blob)
	require.NoError(t, err)
	require.Equal(t, body, copied)
	require.False(t, cell[bool](t, b, `SELECT EXISTS (SELECT FROM contributors WHERE disclosure_id = $1 AND person_id = $2)`, next.ID, b.Officer.ID), "the office wrote nothing of it")
	require.Equal(t, 1, cell[int](t, b, `SELECT count(*) FROM notices WHERE person_id = $1 AND kind = 'reopened' AND disclosure_id = $2`, b.Drafter.ID, next.ID))
	require.Equal(t, b.Officer.ID, cell[string](t, b, `SELECT actor FROM audit WHERE object = $1 AND action = 'create'`, next.ID))

	closed := func() bool {
		is, err := b.KeptClosed(t.Context(), i.ID)
		require.NoError(t, err)
		return is
	}
	require.False(t, closed(), "it is on its way")
	code(t, disclosure.NotReevaluated, judge("c", b.Officer, disclosure.StaysClosed))
	b.surgery(t, `UPDATE reevaluations SET at = at - interval '2 years' WHERE disclosure_id = $1`, i.ID)
	require.Zero(t, b.askAgain(t))
	b.surgery(t, `UPDATE disclosures SET state = 'withdrawn' WHERE id = $1`, next.ID)
	require.True(t, closed(), "whoever drops the draft does not end the asking")
	require.Equal(t, 1, b.askAgain(t))

	both(t, b, "by who wrote it", "reevaluations_own", `UPDATE reevaluations SET outcome = 'stays', person_id = '`+b.Drafter.ID+`', opinion_id = (SELECT opinion_id FROM reevaluations WHERE opinion_id IS NOT NULL LIMIT 1), at = now()
		WHERE disclosure_id = $1 AND outcome IS NULL`, i.ID)
	both(t, b, "a second conclusion", "reevaluations_once", `UPDATE reevaluations SET outcome = 'stays' WHERE disclosure_id = $1 AND outcome IS NOT NULL`, i.ID)
	both(t, b, "of what is public", "reevaluations_of_closed", `INSERT INTO reevaluations (id, disclosure_id, version, due_at) SELECT 'x', id, version, now() FROM disclosures WHERE state = 'approved' AND $1 <> ''`, i.ID)
	require.Equal(t, "denied", try(t, b.app, `DELETE FROM reevaluations WHERE disclosure_id = $1`, i.ID))
}

// TestARealMarkAndACorrectionAreNotLookedAtAgain leaves what was destroyed to those who declassify.
func TestARealMarkAndACorrectionAreNotLookedAtAgain(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := withheld(t, b, "2 years")
	b.surgery(t, `UPDATE acts SET type = 'uphold' WHERE disclosure_id = $1 AND type = 'decide'`, i.ID)
	require.Zero(t, b.askAgain(t))
	of, correction := testkit.Approved(t, b.Stored, b.Bureau), withheld(t, b, "2 years")
	b.surgery(t, `UPDATE disclosures SET corrects = $2 WHERE id = $1`, correction.ID, of.ID)
	require.Zero(t, b.askAgain(t), "what a correction would have corrected is public still")
	b.surgery(t, `UPDATE disclosures SET corrects = NULL WHERE id = $1`, correction.ID)
	require.Equal(t, 1, b.askAgain(t))
}
