package desk

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

// newYear is an invented arrangement: five days off from New Year's Day on.
const newYear = `{"year": 2027, "source": "示例通知〔2026〕1号", "off": [{"from": "2027-01-01", "to": "2027-01-05", "zh": "元旦", "en": "New Year"},
	{"from": "2027-05-01", "to": "2027-05-05", "zh": "劳动节", "en": "Labour Day"}, {"from": "2027-10-01", "to": "2027-10-07", "zh": "国庆节", "en": "National Day"}],
	"working": ["2027-01-09", "2027-05-08", "2027-10-09"]}`

func yearOf(t *testing.T, text string) calendar.Year {
	t.Helper()
	y, err := calendar.ParseYear([]byte(text))
	require.NoError(t, err)
	return y
}

func TestAYearThatIsConfirmedMovesOpenTasksAndTellsWhoseTheyAre(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	own := p.calendar.Own()
	i := testkit.InReview(t, p.Stored, p.Bureau)
	opened, err := time.Parse(time.RFC3339, "2026-12-31T10:00:00+08:00")
	require.NoError(t, err)
	before := own.End(own.DateOf(opened).AddDays(4)) // 2027-01-04, a Monday as far as is known
	after := own.End(own.DateOf(opened).AddDays(6))
	testkit.Exec(t, p.Stored, `UPDATE tasks SET opened_at = $2, due_at = $3, remind_at = 'infinity' WHERE disclosure_id = $1`, i.ID, opened, before)
	due := func() time.Time {
		tasks, err := p.store.OpenTasks(t.Context(), i.ID)
		require.NoError(t, err)
		return tasks[0].DueAt.UTC()
	}
	recount := func() {
		t.Helper()
		_, err := p.store.Recount(t.Context(), own, 100)
		require.NoError(t, err)
	}
	recount()
	require.Equal(t, before.UTC(), due(), "on the same calendar nothing moves")

	in := CalendarInput{Year: yearOf(t, newYear), Reason: "国务院办公厅通知"}
	v, err := p.ProposeCalendarYear(t.Context(), p.as(p.Officer), in)
	require.NoError(t, err)
	require.Equal(t, []string{"proposed", "refuse"}, []string{v.Status, strings.Join(v.Can, " ")})
	require.Equal(t, CalendarDay{Date: "2027-01-02", Before: "weekend", After: "holiday", Name: calendar.Name{Zh: "元旦", En: "New Year"}}, v.Changes[0])
	require.Contains(t, v.Moves, DeadlineMove{Kind: MoveTask, Disclosure: i.ID, Number: i.Number, Step: "section", From: before.UTC(), To: after.UTC()})
	recount()
	require.Equal(t, before.UTC(), due(), "what is only proposed moves nothing")

	seen, err := p.CalendarYear(t.Context(), p.as(p.SecurityAdmin), 2027, 1)
	require.NoError(t, err)
	require.Equal(t, []string{"refuse", "confirm"}, seen.Can)
	require.Empty(t, seen.Moves[0].Number, "an administrator sees no items")
	_, err = p.SettleCalendarYear(t.Context(), p.as(p.Officer), 2027, 1, true)
	require.Equal(t, disclosure.CalendarSecondPerson, disclosure.CodeOf(err))
	_, err = p.SettleCalendarYear(t.Context(), p.as(p.Head), 2027, 1, true)
	require.Equal(t, disclosure.Forbidden, disclosure.CodeOf(err))
	v, err = p.SettleCalendarYear(t.Context(), p.as(p.Principal), 2027, 1, true)
	require.NoError(t, err)
	require.Equal(t, "in_force", v.Status)
	worked, provisional := p.calendar.Get().IsWorkingDay(own.DateOf(before))
	require.Equal(t, []bool{false, false}, []bool{worked, provisional})

	recount()
	recount()
	require.Equal(t, after.UTC(), due())
	notices, err := p.Notices(t.Context(), p.as(p.Head), false, "")
	require.NoError(t, err)
	told := notices.Items[0]
	require.Equal(t, []any{NoticeKind("clock"), i.Number, before.UTC(), after.UTC()}, []any{told.Kind, told.Number, told.Was.UTC(), told.Due.UTC()})
	require.Len(t, notices.Items, 2, "the task, and once that it moved")
	var audited, climb int
	root := testkit.Open(t, p.Superuser)
	require.NoError(t, root.GetContext(t.Context(), &audited, `SELECT count(*) FROM audit WHERE action = 'recount' AND object = $1`, i.ID))
	require.NoError(t, root.GetContext(t.Context(), &climb, `SELECT count(*) FROM tasks WHERE disclosure_id = $1 AND remind_at IS NULL`, i.ID))
	require.Equal(t, []int{1, 1}, []int{audited, climb})
}

func TestWhatIsRefusedAboutAYear(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	for _, c := range []struct {
		name  string
		who   disclosure.Person
		in    CalendarInput
		code  disclosure.Code
		field string
	}{
		{"by a drafter", p.Drafter, CalendarInput{Year: yearOf(t, newYear), Reason: "x"}, disclosure.Forbidden, ""},
		{"without a reason", p.Officer, CalendarInput{Year: yearOf(t, newYear)}, disclosure.ReasonRequired, "reason"},
		{"no source", p.Officer, CalendarInput{Year: yearOf(t, strings.Replace(newYear, "示例通知〔2026〕1号", "", 1)), Reason: "x"}, disclosure.CalendarBad, "source"},
		{"behind a gap", p.Officer, CalendarInput{Year: yearOf(t, strings.ReplaceAll(strings.Replace(newYear, `"2027-01-09", "2027-05-08", "2027-10-09"`, "", 1), "2027", "2028")), Reason: "x"}, disclosure.CalendarBad, "year"},
		{"a working day in the week", p.Officer, CalendarInput{Year: yearOf(t, strings.Replace(newYear, "2027-01-09", "2027-01-08", 1)), Reason: "x"}, disclosure.CalendarBad, "working[0]"},
		{"of the days in force", p.Officer, CalendarInput{Year: p.calendar.Own().Years()[2], Reason: "x"}, disclosure.CalendarSame, ""},
	} {
		_, err := p.ProposeCalendarYear(t.Context(), p.as(c.who), c.in)
		var r *disclosure.Refusal
		require.ErrorAs(t, err, &r, c.name)
		require.Equal(t, []string{string(c.code), c.field}, []string{string(r.Code), r.Field}, c.name)
	}
	_, err := p.ProposeCalendarYear(t.Context(), p.as(p.Officer), CalendarInput{Year: yearOf(t, newYear), Reason: "x"})
	require.NoError(t, err)
	_, err = p.ProposeCalendarYear(t.Context(), p.as(p.SecurityAdmin), CalendarInput{Year: yearOf(t, newYear), Reason: "x"})
	require.Equal(t, disclosure.CalendarOpen, disclosure.CodeOf(err))
	_, err = p.SettleCalendarYear(t.Context(), p.as(p.Officer), 2027, 1, false)
	require.NoError(t, err, "one may take back what one proposed")
	_, err = p.SettleCalendarYear(t.Context(), p.as(p.Principal), 2027, 1, true)
	require.Equal(t, disclosure.CalendarSettled, disclosure.CodeOf(err))
}

func TestStepsThatShareWhatTheLawLeavesGoOnSharingIt(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	own := p.calendar.Own()
	i := testkit.InReview(t, p.Stored, p.Bureau)
	opened, err := time.Parse(time.RFC3339, "2026-12-28T08:30:00+08:00") // a Monday
	require.NoError(t, err)
	lawful := own.End(own.DateOf(opened).AddDays(1))
	testkit.Exec(t, p.Stored, `UPDATE disclosures SET state_of_case = jsonb_set(state_of_case, '{lawful}', to_jsonb($2::text)) WHERE id = $1`, i.ID, lawful.UTC().Format(time.RFC3339))
	c, err := p.store.Case(t.Context(), i.ID)
	require.NoError(t, err)
	paced, err := store.StepDue(own, c, c.Tasks()[0], opened)
	require.NoError(t, err)
	require.True(t, paced.Shortened())
	testkit.Exec(t, p.Stored, `UPDATE tasks SET opened_at = $2, due_at = $3 WHERE disclosure_id = $1`, i.ID, opened, paced.Due)

	looked, err := p.store.Recount(t.Context(), own, 100)
	require.NoError(t, err)
	require.Equal(t, 1, looked)
	tasks, err := p.store.OpenTasks(t.Context(), i.ID)
	require.NoError(t, err)
	require.Equal(t, paced.Due.UTC(), tasks[0].DueAt.UTC(), "counting anew on the same calendar gives no step more time than its share")
}
