package disclosure

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func shanghai(t *testing.T, wall string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation(DefaultZone)
	require.NoError(t, err)
	at, err := time.ParseInLocation("2006-01-02 15:04", wall, zone)
	require.NoError(t, err)
	return at
}

func TestAPublicityPeriodEndsWithItsLastDay(t *testing.T) {
	t.Parallel()

	until := shanghai(t, "2026-12-01 12:00")
	for _, c := range []struct {
		released string
		days     int
		want     time.Time
	}{
		{"2026-11-23 09:00", 7, shanghai(t, "2026-12-01 00:00")}, // the day of release is not counted
		{"2026-11-23 00:00", 1, shanghai(t, "2026-11-25 00:00")},
		{"2026-11-23 23:59", 1, shanghai(t, "2026-11-25 00:00")},
		{"2026-02-27 09:00", 3, shanghai(t, "2026-03-03 00:00")},
		{"2026-11-23 09:00", 0, until},
	} {
		require.WithinDuration(t, c.want, EndOfPeriod(shanghai(t, c.released), until, c.days), 0, "%s + %d", c.released, c.days)
	}
	require.True(t, EndOfPeriod(until, time.Time{}, 0).IsZero(), "without a period it stays public")
}

func TestAPeriodMakesSense(t *testing.T) {
	t.Parallel()

	at := shanghai(t, "2026-12-01 09:00")
	for name, c := range map[string]struct {
		plan Plan
		code Code
	}{
		"none":             {Plan{At: at}, ""},
		"days":             {Plan{At: at, PublicDays: 30}, ""},
		"an end":           {Plan{At: at, Until: at.AddDate(0, 1, 0)}, ""},
		"both":             {Plan{At: at, PublicDays: 30, Until: at.AddDate(0, 1, 0)}, ReleaseBadPeriod},
		"before it begins": {Plan{At: at, Until: at}, ReleaseBadPeriod},
		"before latest":    {Plan{At: at, Latest: at.AddDate(0, 0, 7), Until: at.AddDate(0, 0, 6)}, ReleaseBadPeriod},
		"negative":         {Plan{At: at, PublicDays: -1}, BadValue},
		"for ever":         {Plan{At: at, PublicDays: MaxPublicDays + 1}, BadValue},
	} {
		require.Equal(t, c.code, CodeOf(c.plan.validate()), name)
	}
}

func TestTakingDownNeedsWhatItsTypeAndTheLawAskFor(t *testing.T) {
	t.Parallel()

	out := take(t, pass(t, pass(t, pass(t, inReview(t, "ordinary"), head), reviewer), deputy), Act{Type: Arm}, Act{Type: Due}, Act{Type: Confirm})
	out.Kind = "notice"
	report, penalty := out, out
	report.Kind, penalty.Kind = "accident_report", "penalty"
	down := func(typ string, change ...func(*Act)) Act {
		a := Act{Type: TakeDown, By: officer, At: plannedA, Opinion: "words", Withdrawal: typ}
		for _, f := range change {
			f(&a)
		}
		return a
	}
	into := func(a *Act) { a.Successor = "SF-2026-000002" }
	approved := func(a *Act) { a.Document = "sealed" }
	silent := func(a *Act) { a.Opinion = "" }
	drafter := func(a *Act) { a.By = author }
	for name, c := range map[string]struct {
		of    Case
		act   Act
		code  Code
		field string
		after State
	}{
		"an error":                       {out, down("error"), "", "", TakenDown},
		"out of force":                   {out, down("out_of_force"), "", "", OutOfForce},
		"into another":                   {out, down("consolidated", into), "", "", TakenDown},
		"into nothing":                   {out, down("consolidated"), Required, "successor", ""},
		"an error into another":          {out, down("error", into), BadValue, "successor", ""},
		"unknown":                        {out, down("whim"), BadValue, "type", ""},
		"without a reason":               {out, down("error", silent), ReasonRequired, "reason", ""},
		"by the drafter":                 {out, down("error", drafter), Forbidden, "", ""},
		"a penalty that was set aside":   {penalty, down("legal_change"), "", "", TakenDown},
		"an accident report":             {report, down("error"), ApprovalRequired, "document", ""},
		"an accident report, approved":   {report, down("error", approved), "", "", TakenDown},
		"an accident report, to be read": {report, down("out_of_force"), ApprovalRequired, "document", ""},
	} {
		after, err := c.of.Take(c.act)
		require.Equal(t, c.code, CodeOf(err), name)
		if err == nil {
			require.Equal(t, []string{string(c.after), c.act.Withdrawal}, []string{string(after.State), after.Withdrawal}, name)
			continue
		}
		var r *Refusal
		require.ErrorAs(t, err, &r, name)
		require.Equal(t, c.field, r.Field, name)
		presentable(t, err)
	}
	ceased := take(t, out, down("out_of_force"))
	require.Equal(t, WrongState, CodeOf(ceased.Check(down("out_of_force"))), "it is already")
	require.Empty(t, take(t, ceased, Act{Type: Restore, By: officer, Opinion: "words"}).Withdrawal)

	before := shanghai(t, "2021-07-14 12:00")
	_, bound := WithdrawalLawFor("penalty", "legal_change", before)
	require.False(t, bound, "not in force yet")
	law, bound := WithdrawalLawFor("penalty", "legal_change", before.AddDate(0, 0, 1))
	require.True(t, bound)
	require.Equal(t, Limit{N: 3, Unit: "working_day"}, law.Limit)
}
