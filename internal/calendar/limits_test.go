package calendar_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/calendar"
)

// The due dates are counted by hand from Monday, 2 March 2026, 09:00; of the days in
// question, 4 to 6 April and 1 to 5 May are holidays.
func TestTheCatalogueOfLimits(t *testing.T) {
	t.Parallel()

	type row struct {
		shape calendar.Shape
		n     int
		unit  calendar.Unit
		due   string // or the day of every year
		after calendar.Expiry
		more  int // by extension
		by    string
	}
	want := map[string]row{
		"T-PUB20":         {calendar.Within, 20, calendar.WorkingDay, "2026-03-30", calendar.Overdue, 0, ""},
		"T-DUAL7":         {calendar.Within, 7, calendar.WorkingDay, "2026-03-11", calendar.Overdue, 0, ""},
		"T-SAFE7":         {calendar.Within, 7, calendar.WorkingDay, "2026-03-11", calendar.Overdue, 0, ""},
		"T-ENF20":         {calendar.Within, 20, calendar.WorkingDay, "2026-03-30", calendar.Overdue, 0, ""},
		"T-WDRAW3":        {calendar.Within, 3, calendar.WorkingDay, "2026-03-05", calendar.Overdue, 0, ""},
		"T-ENFYR":         {calendar.Yearly, 0, "", "01-31", calendar.Overdue, 0, ""},
		"T-FOI-CORR":      {calendar.Within, 7, calendar.WorkingDay, "2026-03-11", calendar.Overdue, 0, ""},
		"T-FOI-CORRAPP":   {calendar.Set, 0, "", "", calendar.Abandoned, 0, ""},
		"T-FOI-REPLY":     {calendar.Within, 20, calendar.WorkingDay, "2026-03-30", calendar.Overdue, 20, "disclosure_officer"},
		"T-FOI-EXT":       {calendar.Within, 20, calendar.WorkingDay, "2026-03-30", calendar.Overdue, 0, ""},
		"T-FOI-3P":        {calendar.Within, 15, calendar.WorkingDay, "2026-03-23", calendar.AgencyDecides, 0, ""},
		"T-FOI-JOINT":     {calendar.Within, 15, calendar.WorkingDay, "2026-03-23", calendar.Consented, 0, ""},
		"T-FOI-EXCESS":    {calendar.Set, 0, "", "", calendar.AgencyDecides, 0, ""},
		"T-FEE-PAY":       {calendar.Within, 20, calendar.WorkingDay, "2026-03-30", calendar.Abandoned, 0, ""},
		"T-RECON":         {calendar.Within, 60, calendar.NaturalDay, "2026-05-06", calendar.Lapsed, 0, ""},
		"T-RECON-DEC":     {calendar.Within, 60, calendar.NaturalDay, "2026-05-06", calendar.Overdue, 30, "principal_leader"},
		"T-RECON-SUM":     {calendar.Within, 30, calendar.NaturalDay, "2026-04-01", calendar.Overdue, 0, ""},
		"T-SUE":           {calendar.Within, 6, calendar.Month, "2026-09-02", calendar.Lapsed, 0, ""},
		"T-SECRET-ASK":    {calendar.Within, 10, calendar.WorkingDay, "2026-03-16", calendar.Overdue, 0, ""},
		"T-SECRET-DEC":    {calendar.Within, 10, calendar.WorkingDay, "2026-03-16", calendar.Overdue, 0, ""},
		"T-LEAK24":        {calendar.Within, 24, calendar.Hour, "2026-03-03", calendar.Overdue, 0, ""},
		"T-SECRET-YEARLY": {calendar.Within, 1, calendar.YearLong, "2027-03-02", calendar.Overdue, 0, ""},
		"T-REVAL":         {calendar.Within, 1, calendar.YearLong, "2027-03-02", calendar.Overdue, 0, ""},
		"T-ANN":           {calendar.Yearly, 0, "", "01-31", calendar.Overdue, 0, ""},
		"T-BUDGET20":      {calendar.Within, 20, calendar.NaturalDay, "2026-03-23", calendar.Overdue, 0, ""},
		"T-PROC-RES":      {calendar.Within, 2, calendar.WorkingDay, "2026-03-04", calendar.Overdue, 0, ""},
		"T-PROC-CON":      {calendar.Within, 2, calendar.WorkingDay, "2026-03-04", calendar.Overdue, 0, ""},
		"T-PROC-INT":      {calendar.Least, 30, calendar.NaturalDay, "2026-04-01", calendar.Nothing, 0, ""},
		"T-DEC-CONSULT":   {calendar.Least, 30, calendar.NaturalDay, "2026-04-01", calendar.Nothing, 0, ""},
		"T-DEC-HEAR":      {calendar.Least, 7, calendar.NaturalDay, "2026-03-09", calendar.Nothing, 0, ""},
		"T-DEC-LEGAL":     {calendar.Least, 7, calendar.WorkingDay, "2026-03-11", calendar.Nothing, 0, ""},
		"T-INTERP":        {calendar.Within, 3, calendar.WorkingDay, "2026-03-05", calendar.Overdue, 0, ""},
		"T-OPINION5":      {calendar.Within, 5, calendar.Hour, "2026-03-02", calendar.Overdue, 0, ""},
		"T-OPINION24":     {calendar.Within, 24, calendar.Hour, "2026-03-03", calendar.Overdue, 0, ""},
		"T-OPINION48":     {calendar.Within, 48, calendar.Hour, "2026-03-04", calendar.Overdue, 0, ""},
		"T-ACC-REPORT":    {calendar.Within, 60, calendar.NaturalDay, "2026-05-06", calendar.Overdue, 60, "principal_leader"},
		"T-ACC-REPLY":     {calendar.Within, 15, calendar.NaturalDay, "2026-03-17", calendar.Overdue, 0, ""},
		"T-ACC-REPLY-MAX": {calendar.Within, 30, calendar.NaturalDay, "2026-04-01", calendar.Overdue, 30, "principal_leader"},
		"T-ACC-EVAL":      {calendar.Within, 1, calendar.YearLong, "2027-03-02", calendar.Overdue, 0, ""},
		"T-PLAN-FILE":     {calendar.Within, 20, calendar.WorkingDay, "2026-03-30", calendar.Overdue, 0, ""},
		"T-FOI-REG1":      {calendar.Within, 1, calendar.WorkingDay, "2026-03-03", calendar.Overdue, 0, ""},
		"T-REVIEW":        {calendar.Set, 0, "", "", calendar.Overdue, 0, ""},
	}
	c := open(t)
	start := at(t, "2026-03-02T09:00:00+08:00")
	got := map[string]row{}
	for _, l := range c.Limits() {
		r := row{shape: l.Shape, n: l.N, unit: l.Unit, due: l.Day, after: l.OnExpiry}
		if l.N > 0 {
			due, x, err := c.Deadline(start, l)
			require.NoError(t, err, l.ID)
			r.due = c.DateOf(due).String()
			require.True(t, strings.Contains(x.Text("zh"), r.due) && strings.Contains(x.Text("en"), r.due), l.ID)
		}
		if l.Extension != nil {
			r.more, r.by = l.Extension.N, l.Extension.Approver
			require.Equal(t, 1, l.Extension.Times, l.ID)
		}
		got[l.ID] = r
	}
	require.Equal(t, want, got)

	reply, ok := c.Limit("T-FOI-REPLY", date(t, "2026-03-02"))
	require.True(t, ok)
	require.Equal(t, []string{"third_party", "originator"}, reply.Pauses)
	require.Equal(t, []string{"request_corrected", "fee_paid"}, reply.Restarts)
	release, ok := c.Limit("T-PUB20", date(t, "2026-03-02"))
	require.True(t, ok)
	require.Empty(t, release.Pauses, "only the time to answer a request stands still (条例 33)")
	require.Nil(t, release.Extension)
}
