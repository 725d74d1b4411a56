package calendar_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/calendar"
)

// year2027 is invented: the State Council had not published it.
const year2027 = `{
  "year": 2027,
  "source": "示例通知〔2026〕1号",
  "off": [
    {"from": "2027-01-01", "to": "2027-01-03", "zh": "元旦", "en": "New Year"},
    {"from": "2027-02-05", "to": "2027-02-11", "zh": "春节", "en": "Spring Festival"},
    {"from": "2027-04-03", "to": "2027-04-05", "zh": "清明节", "en": "Qingming"},
    {"from": "2027-05-01", "to": "2027-05-05", "zh": "劳动节", "en": "Labour Day"},
    {"from": "2027-06-09", "to": "2027-06-09", "zh": "端午节", "en": "Dragon Boat"},
    {"from": "2027-09-15", "to": "2027-09-15", "zh": "中秋节", "en": "Mid-Autumn"},
    {"from": "2027-10-01", "to": "2027-10-07", "zh": "国庆节", "en": "National Day"}
  ],
  "working": ["2027-02-14", "2027-05-08", "2027-09-26", "2027-10-09"]
}`

func TestAPublishedYearEndsWhatWasProvisional(t *testing.T) {
	t.Parallel()

	own := open(t)
	y, err := calendar.ParseYear([]byte(year2027))
	require.NoError(t, err)
	next, err := own.With(y)
	require.NoError(t, err)

	before, x := own.AddWorkingDays(date(t, "2027-02-01"), 7)
	require.Equal(t, "2027-02-10", before.String())
	require.True(t, x.Provisional)
	after, x := next.AddWorkingDays(date(t, "2027-02-01"), 7)
	require.Equal(t, "2027-02-16", after.String())
	require.False(t, x.Provisional)
	require.Equal(t, next.Version(), x.Calendar)
	require.NotEqual(t, own.Version(), next.Version())
	require.True(t, strings.HasPrefix(next.Version(), "2024-2027."))

	_, x = next.AddWorkingDays(date(t, "2027-12-25"), 20)
	require.True(t, x.Provisional, "2028 is not published")
	free, law := next.Balance(y)
	require.Equal(t, []int{13, 13}, []int{free, law})

	changes := own.Changes(next, 2027)
	require.Equal(t, calendar.DayChange{
		Date: date(t, "2027-01-02"), From: calendar.Day{Date: date(t, "2027-01-02"), Why: calendar.Weekend},
		To: calendar.Day{Date: date(t, "2027-01-02"), Why: calendar.Holiday, Name: calendar.Name{Zh: "元旦", En: "New Year"}},
	}, changes[0])
	require.Equal(t, calendar.WorkingWeekend, changes[len(changes)-1].To.Why)
}

func TestEveryPublishedYearMakesAsManyDaysFreeAsTheLaw(t *testing.T) {
	t.Parallel()

	for _, y := range open(t).Years() {
		free, law := open(t).Balance(y)
		require.Equal(t, law, free, y.Year)
	}
}

func TestAnotherVersionOfAYearTakesItsPlaceAndAnOlderOneDoesNot(t *testing.T) {
	t.Parallel()

	own := open(t)
	y := own.Years()[2]
	y.Version, y.Working = 2, append([]calendar.Date{date(t, "2026-11-28")}, y.Working...)
	next, err := own.With(y)
	require.NoError(t, err)
	worked, _ := next.IsWorkingDay(date(t, "2026-11-28"))
	require.True(t, worked)
	worked, _ = own.IsWorkingDay(date(t, "2026-11-28"))
	require.False(t, worked, "a calendar never changes")

	again, err := next.With(own.Years()[2])
	require.NoError(t, err)
	require.Equal(t, next.Version(), again.Version())
}

func TestAYearThatDoesNotStandIsRefusedAtItsPlace(t *testing.T) {
	t.Parallel()

	for _, c := range []struct{ name, old, new, field, says string }{
		{"no JSON", `"off": [`, `"off": `, "year", "line 6"},
		{"something after the end", `"2027-10-09"]` + "\n}", `"2027-10-09"]}{}`, "year", "after the end"},
		{"an unknown field", `"working"`, `"worked"`, "year", "worked"},
		{"no such day", "2027-02-11", "2027-02-30", "year", "2027-02-30"},
		{"not published", `"source"`, `"status": "assumed", "source"`, "status", "published"},
		{"no source", "示例通知〔2026〕1号", "", "source", "not named"},
		{"no year", `2027,`, `27,`, "year", "no year"},
		{"days of another year", `2027,`, `2028,`, "off[0].from", "not in 2028"},
		{"no holidays", year2027[strings.Index(year2027, "    {"):strings.Index(year2027, "  ],")], "", "off", "no holidays"},
		{"a holiday of last year", "2027-01-01", "2026-01-01", "off[0].from", "not in 2027"},
		{"a holiday of next year", "2027-10-07", "2028-10-07", "off[6].to", "not in 2027"},
		{"a holiday that ends before it begins", "2027-02-11", "2027-02-01", "off[1].to", "before it begins"},
		{"holidays that overlap", "2027-04-03", "2027-02-10", "off[2]", "2027-02-10 is off already, for 春节"},
		{"a holiday that another year has", "2027-01-01", "2026-12-31", "", ""},
		{"a nameless holiday", `"zh": "清明节", `, ``, "off[2]", "no name"},
		{"a working day in the week", "2027-05-08", "2027-05-07", "working[1]", "not a weekend"},
		{"a working day that is off", "2027-02-14", "2027-02-07", "working[0]", "is off for 春节"},
		{"a working day twice", "2027-09-26", "2027-05-08", "working[2]", "twice"},
		{"a working day of another year", "2027-10-09", "2028-10-08", "working[3]", "not in 2027"},
		{"Labour Day forgotten", `    {"from": "2027-05-01", "to": "2027-05-05", "zh": "劳动节", "en": "Labour Day"},` + "\n", "", "off", "2027-05-01"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			require.Contains(t, year2027, c.old)
			y, err := calendar.ParseYear([]byte(strings.Replace(year2027, c.old, c.new, 1)))
			if err == nil {
				_, err = open(t).With(y)
			}
			if c.field == "" {
				require.NoError(t, err)
				return
			}
			var f *calendar.Fault
			require.ErrorAs(t, err, &f)
			require.Equal(t, c.field, f.Field, f.En)
			require.Contains(t, f.En, c.says)
			require.NotEmpty(t, f.Zh)
		})
	}
}

func TestAYearBehindAGapIsRefused(t *testing.T) {
	t.Parallel()

	later, err := calendar.ParseYear([]byte(strings.ReplaceAll(year2027, "2027", "2028")))
	require.NoError(t, err)
	later.Working = nil
	_, err = open(t).With(later)
	var f *calendar.Fault
	require.ErrorAs(t, err, &f)
	require.Equal(t, "year", f.Field)
	require.Contains(t, f.En, "2027")
	first, last := open(t).Span()
	require.Equal(t, "2024 2026", fmt.Sprint(first, last))
}

func TestAHolderHandsOutWhatIsInForceAndKeepsItWhenTheNextContradicts(t *testing.T) {
	t.Parallel()

	h := calendar.Hold(open(t))
	y, err := calendar.ParseYear([]byte(year2027))
	require.NoError(t, err)
	require.NoError(t, h.Take([]calendar.Year{y}))
	in := h.Get()
	require.NotEqual(t, h.Own(), in)

	bad := y
	bad.Working = []calendar.Date{date(t, "2027-05-03")}
	require.Error(t, h.Take([]calendar.Year{bad}))
	require.Same(t, in, h.Get())
	require.NoError(t, h.Take(nil))
	require.Same(t, h.Own(), h.Get())
}
