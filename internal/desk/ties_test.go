package desk

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

func TestADraftNamesWhatItCanBelongTo(t *testing.T) {
	t.Parallel()

	s := testkit.Store(t)
	b := testkit.AddBureau(t, s, "AA")
	cal, err := calendar.Default()
	require.NoError(t, err)
	d := &Desk{store: s.Store, calendar: calendar.Hold(cal)}
	who := Actor{Person: b.Drafter}
	policy := testkit.Approved(t, s, b, testkit.Kind("policy"))
	planned := testkit.Draft(t, s, b, testkit.Kind("policy"))
	at := policy.Case.ReleaseAt
	due := cal.End(cal.DateOf(at).AddDays(0))
	for range 3 {
		for due = due.AddDate(0, 0, 1); ; due = due.AddDate(0, 0, 1) {
			if worked, _ := cal.IsWorkingDay(cal.DateOf(due)); worked {
				break
			}
		}
	}
	id := store.Derive("batch")
	require.NoError(t, s.AddBatch(t.Context(), id, b.Officer, "办法和解读", at))
	joined := testkit.InReview(t, s, b, testkit.Kind("policy"), testkit.Batch(id, at))
	other := testkit.AddBureau(t, s, "BB")
	foreign := testkit.Draft(t, s, other, testkit.Kind("policy"))

	for name, c := range map[string]struct {
		of, batch string
		at        time.Time
		code      disclosure.Code
		field     string
	}{
		"after its policy":              {policy.Number, "", at.Add(time.Second), "", ""},
		"with it, alone":                {policy.Number, "", at, disclosure.CompanionEarly, "release.at"},
		"before it":                     {policy.Number, "", at.Add(-time.Hour), disclosure.CompanionEarly, "release.at"},
		"at the last moment":            {policy.Number, "", due, "", ""},
		"a moment later":                {policy.Number, "", due.Add(time.Second), disclosure.CompanionLate, "release.at"},
		"on approval":                   {policy.Number, "", time.Time{}, "", ""},
		"of a policy that has no plan":  {planned.Number, "", at, "", ""},
		"in the batch of its policy":    {joined.Number, id, at, "", ""},
		"in a batch without its policy": {policy.Number, id, at, disclosure.CompanionBatch, "batch"},
		"of nothing":                    {"AA-1999-000001", "", at, disclosure.TieUnknown, "interprets"},
		"of another bureau's policy":    {foreign.Number, "", at, disclosure.TieUnknown, "interprets"},
		"of itself":                     {"", "", at, disclosure.TieUnknown, "interprets"},
	} {
		i := testkit.Draft(t, s, b, testkit.Kind("interpretation"))
		draft := i.Draft
		draft.Interprets, draft.Batch, draft.Release.At, draft.Release.OnApproval = c.of, c.batch, c.at, c.at.IsZero()
		if c.of == "" {
			draft.Interprets = i.Number
		}
		err := d.fitsTies(t.Context(), who, i.ID, i.Number, draft)
		require.Equal(t, c.code, disclosure.CodeOf(err), "%s: %v", name, err)
		if c.code != "" {
			var r *disclosure.Refusal
			require.ErrorAs(t, err, &r)
			require.Equal(t, c.field, r.Field, name)
			require.NotContains(t, r.Sentence("zh")+r.Sentence("en"), "…", name)
		} else {
			require.NoError(t, err, name)
		}
	}

	warning := testkit.Armed(t, s, b, testkit.Kind("warning"), testkit.ReleaseIn(0))
	next := testkit.Armed(t, s, b, testkit.Continues(warning.Number, "upgrade"), testkit.ReleaseIn(0))
	late := testkit.Draft(t, s, b, testkit.Continues(warning.Number, "cancel"))
	err = d.fitsTies(t.Context(), who, late.ID, late.Number, late.Draft)
	require.Equal(t, disclosure.ChainTaken, disclosure.CodeOf(err))
	item, err := d.PublicItem(t.Context(), warning.Number)
	require.NoError(t, err)
	require.Equal(t, []string{next.Number, "upgrade"}, []string{item.Successor.Number, item.Successor.Step.ID})
	list, _, err := d.PublicList(t.Context(), PublicQuery{Limit: 10})
	require.NoError(t, err)
	require.Equal(t, []string{next.Number, warning.Number}, []string{list[0].Number, list[1].Number})
	require.Nil(t, list[0].Successor)
	require.Equal(t, item.Successor, list[1].Successor)
}
