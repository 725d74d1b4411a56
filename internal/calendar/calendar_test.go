package calendar_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"shenfa/internal/calendar"
)

func open(t testing.TB) *calendar.Calendar {
	t.Helper()
	c, err := calendar.Default()
	require.NoError(t, err)
	return c
}

func date(t testing.TB, s string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(s)
	require.NoError(t, err)
	return d
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339Nano, s)
	require.NoError(t, err)
	return v
}

func TestDeadlinesInWorkingDays(t *testing.T) {
	t.Parallel()

	c := open(t)
	for _, v := range []struct {
		start string
		n     int
		due   string
		why   string
	}{
		{"2024-01-25", 7, "2024-02-04", "due on a worked Sunday"},
		{"2024-02-01", 20, "2024-03-05", "New Year's Eve 02-09 counts, as do the Sundays 02-04 and 02-18"},
		{"2024-04-28", 7, "2024-05-10", "start on a worked Sunday"},
		{"2024-09-13", 20, "2024-10-17", "09-14, 09-29 and 10-12 are worked"},
		{"2024-12-20", 20, "2025-01-20", "crosses the year"},
		{"2025-01-20", 7, "2025-02-05", "Spring Festival"},
		{"2025-01-22", 20, "2025-02-25", "01-26 and 02-08 are worked"},
		{"2025-01-24", 7, "2025-02-10", "Spring Festival"},
		{"2025-03-15", 20, "2025-04-14", "start on a day off"},
		{"2025-04-25", 7, "2025-05-08", "04-27 is worked"},
		{"2025-05-20", 20, "2025-06-18", "the origin document's own 20 days"},
		{"2025-09-26", 7, "2025-10-13", "holiday of 8 days"},
		{"2025-09-26", 20, "2025-10-30", "holiday of 8 days"},
		{"2025-12-26", 7, "2026-01-07", "Sunday 01-04 is worked"},
		{"2025-12-26", 20, "2026-01-26", "Sunday 01-04 is worked"},
		{"2026-02-10", 20, "2026-03-16", "Spring Festival of 9 days"},
		{"2026-02-13", 7, "2026-03-02", "Saturdays 02-14 and 02-28 are worked"},
		{"2026-09-18", 7, "2026-09-29", "two holidays"},
		{"2026-09-18", 15, "2026-10-15", "two holidays"},
		{"2026-09-18", 20, "2026-10-22", "two holidays"},
		{"2026-09-18", 0, "2026-09-18", "nothing to count"},
		{"2026-03-02", -7, "2026-02-13", "reminder: counted back"},
	} {
		due, x := c.AddWorkingDays(date(t, v.start), v.n)
		require.Equal(t, v.due, due.String(), "%s + %d: %s", v.start, v.n, v.why)
		require.Equal(t, due, x.Due)
		require.False(t, x.Provisional)
		require.Equal(t, c.Version(), x.Calendar)
	}
}

func TestWorkingDaysOfEachYearAndMonth(t *testing.T) {
	t.Parallel()

	c := open(t)
	for year, months := range map[int][12]int{
		2024: {22, 18, 21, 22, 21, 19, 23, 22, 21, 19, 21, 22},
		2025: {19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23},
		2026: {21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23},
	} {
		var got [12]int
		for d := (calendar.Date{Year: year, Month: 1, Day: 1}); d.Year == year; d = d.AddDays(1) {
			working, provisional := c.IsWorkingDay(d)
			require.False(t, provisional)
			if working {
				got[d.Month-1]++
			}
		}
		require.Equal(t, months, got, year)
	}
}

func TestYearNotPublishedIsProvisional(t *testing.T) {
	t.Parallel()

	c := open(t)
	for day, want := range map[string]bool{
		"2027-01-01": false, "2027-01-04": true, "2027-05-01": false, "2027-05-03": true,
		"2027-10-01": false, "2027-10-04": true, "2027-02-06": false,
		"2023-05-02": true, // a holiday only from 2025 on
		"2028-05-02": false,
	} {
		working, provisional := c.IsWorkingDay(date(t, day))
		require.Equal(t, want, working, day)
		require.True(t, provisional, day)
	}
	due, x := c.AddWorkingDays(date(t, "2026-12-25"), 7)
	require.Equal(t, "2027-01-06", due.String())
	require.True(t, x.Provisional)
	require.Contains(t, x.Text("zh"), "暂定")
}

func TestNaturalDaysRollPastDaysOff(t *testing.T) {
	t.Parallel()

	c := open(t)
	for _, v := range []struct {
		start string
		n     int
		due   string
	}{
		{"2026-01-26", 20, "2026-02-24"}, // 02-15 is the first day of Spring Festival
		{"2026-02-08", 20, "2026-02-28"}, // a Saturday that is worked
		{"2026-03-01", 20, "2026-03-23"}, // 03-21 is a Saturday
		{"2026-03-02", 1, "2026-03-03"},
		{"2026-03-07", 0, "2026-03-07"},
		{"2026-03-09", -2, "2026-03-07"},
	} {
		due, x := c.AddNaturalDays(date(t, v.start), v.n)
		require.Equal(t, v.due, due.String(), "%s + %d", v.start, v.n)
		counted := 0
		for _, d := range x.Days {
			if d.Counted {
				counted++
			}
		}
		require.Equal(t, max(v.n, -v.n), counted)
	}
}

func TestDeadlineEndsWithItsLastDayInBeijing(t *testing.T) {
	t.Parallel()

	c := open(t)
	for _, v := range []struct {
		start string
		limit calendar.Limit
		want  string
	}{
		{"2026-02-13T10:00:00+08:00", calendar.Limit{N: 7, Unit: calendar.WorkingDay}, "2026-03-02T23:59:59.999999+08:00"},
		{"2026-02-12T16:00:00Z", calendar.Limit{N: 7, Unit: calendar.WorkingDay}, "2026-03-02T23:59:59.999999+08:00"}, // already the 13th here
		{"2026-02-12T15:59:59Z", calendar.Limit{N: 7, Unit: calendar.WorkingDay}, "2026-02-28T23:59:59.999999+08:00"},
		{"2026-01-26T09:00:00+08:00", calendar.Limit{N: 20, Unit: calendar.NaturalDay}, "2026-02-24T23:59:59.999999+08:00"},
		{"2026-02-16T22:30:00+08:00", calendar.Limit{N: 24, Unit: calendar.Hour}, "2026-02-17T22:30:00+08:00"},
		{"2026-02-16T22:30:00+08:00", calendar.Limit{N: 15, Unit: calendar.Minute}, "2026-02-16T22:45:00+08:00"},
	} {
		got, x, err := c.Deadline(at(t, v.start), v.limit)
		require.NoError(t, err)
		require.WithinDuration(t, at(t, v.want), got, 0, "%s + %d %s", v.start, v.limit.N, v.limit.Unit)
		require.Equal(t, c.DateOf(got), x.Due)
	}
	for _, bad := range []calendar.Limit{{N: 7}, {N: 1, Unit: "week"}, {Unit: calendar.Hour}, {N: -1, Unit: calendar.Hour}, {N: 1 << 40, Unit: calendar.Hour}} {
		_, _, err := c.Deadline(at(t, "2026-02-13T10:00:00Z"), bad)
		require.Error(t, err, bad)
	}
}

func TestExplanationNamesEveryDay(t *testing.T) {
	t.Parallel()

	c := open(t)
	_, x := c.AddWorkingDays(date(t, "2026-02-13"), 7)
	require.Len(t, x.Days, 17)
	require.Equal(t, calendar.Day{Date: date(t, "2026-02-14"), Counted: true, Why: calendar.WorkingWeekend}, x.Days[0])
	require.Equal(t, calendar.Day{Date: date(t, "2026-02-15"), Why: calendar.Holiday, Name: calendar.Name{Zh: "春节", En: "Spring Festival"}}, x.Days[1])
	require.Equal(t, "自 2026-02-13 次日起 7 个工作日，至 2026-03-02；不计周末 1 天；不计放假 9 天（春节）；计入调休上班 2 天；日历 "+c.Version(), x.Text("zh"))
	require.Equal(t, "counted from the day after 2026-02-13: 7 working days, until 2026-03-02; weekend days not counted: 1; holidays not counted: 9 (Spring Festival); weekend days worked in exchange: 2; calendar "+c.Version(), x.Text("en"))

	raw, err := json.Marshal(x)
	require.NoError(t, err)
	var back calendar.Explanation
	require.NoError(t, json.Unmarshal(raw, &back))
	require.Equal(t, x, back)
}

func TestNextWindowOpensOnAWorkingMorning(t *testing.T) {
	t.Parallel()

	c := open(t)
	for after, want := range map[string]string{
		"2026-03-02T08:59:59+08:00": "2026-03-02T09:00:00+08:00",
		"2026-03-02T09:00:00+08:00": "2026-03-02T09:00:00+08:00",
		"2026-03-02T09:00:01+08:00": "2026-03-03T09:00:00+08:00",
		"2026-03-01T23:30:00Z":      "2026-03-02T09:00:00+08:00",
		"2026-02-13T18:00:00+08:00": "2026-02-14T09:00:00+08:00", // a worked Saturday
		"2026-02-14T18:00:00+08:00": "2026-02-24T09:00:00+08:00",
	} {
		got, err := c.NextWindow(at(t, after), "09:00")
		require.NoError(t, err)
		require.WithinDuration(t, at(t, want), got, 0, after)
	}
	for _, bad := range []string{"", "9", "25:00", "09:60"} {
		_, err := c.NextWindow(at(t, "2026-03-02T08:00:00Z"), bad)
		require.Error(t, err, bad)
	}
}

func TestStatutoryLimitOfAKind(t *testing.T) {
	t.Parallel()

	c := open(t)
	for _, v := range []struct{ kind, formed, id, latest string }{
		{"policy", "2026-02-10", "T-PUB20", "2026-03-16"},
		{"penalty", "2026-02-13", "T-DUAL7", "2026-03-02"},
		{"licence", "2026-02-13", "T-DUAL7", "2026-03-02"},
		{"safety_penalty", "2026-02-13", "T-SAFE7", "2026-03-02"},
		{"safety_penalty", "2020-03-02", "T-PUB20", "2020-03-30"}, // before the law of 2021
		{"penalty_withdrawal", "2026-02-13", "T-WDRAW3", "2026-02-25"},
		{"budget", "2026-01-26", "T-BUDGET20", "2026-02-24"},
	} {
		due, ok := c.Statutory(v.kind, date(t, v.formed))
		require.True(t, ok)
		require.Equal(t, v.id, due.Limit.ID, v.kind)
		require.Equal(t, c.End(date(t, v.latest)), due.At, v.kind)
		require.NotEmpty(t, due.Limit.Law)
	}
	_, ok := c.Statutory("policy", date(t, "2019-05-14"))
	require.False(t, ok, "the regulation was not in force")

	leak, ok := c.Limit("T-LEAK24", date(t, "2026-01-01"))
	require.True(t, ok)
	require.Equal(t, 24, leak.N)
	require.Equal(t, calendar.Hour, leak.Unit)
	_, ok = c.Limit("T-LEAK24", date(t, "2024-08-31"))
	require.False(t, ok)
	_, ok = c.Limit("T-NONE", date(t, "2026-01-01"))
	require.False(t, ok)
}

func TestCountingThereAndBackAgain(t *testing.T) {
	t.Parallel()

	c := open(t)
	rapid.Check(t, func(t *rapid.T) {
		start := calendar.Date{Year: 2024, Month: 1, Day: 1}.AddDays(rapid.IntRange(0, 1095).Draw(t, "start"))
		n := rapid.IntRange(1, 300).Draw(t, "n")
		due, x := c.AddWorkingDays(start, n)
		working, _ := c.IsWorkingDay(due)
		require.True(t, working)
		require.Equal(t, due, start.AddDays(len(x.Days)))
		longer, _ := c.AddWorkingDays(start, n+1)
		require.Positive(t, longer.Compare(due))
		if first, _ := c.AddWorkingDays(due, -(n - 1)); n > 1 {
			again, _ := c.AddWorkingDays(start, 1)
			require.Equal(t, again, first)
		}
	})
}

func TestContradictoryDataIsRefused(t *testing.T) {
	t.Parallel()

	good := func() fstest.MapFS {
		out := fstest.MapFS{}
		files, err := fs.Glob(os.DirFS("data"), "*.json")
		require.NoError(t, err)
		for _, name := range files {
			raw, err := os.ReadFile("data/" + name)
			require.NoError(t, err)
			out[name] = &fstest.MapFile{Data: raw}
		}
		return out
	}
	c, err := calendar.Load(good())
	require.NoError(t, err)
	require.Equal(t, open(t).Version(), c.Version())

	replace := func(name, old, new string) func(*testing.T, fstest.MapFS) {
		return func(t *testing.T, data fstest.MapFS) {
			raw := string(data[name].Data)
			require.Contains(t, raw, old)
			data[name] = &fstest.MapFile{Data: []byte(strings.Replace(raw, old, new, 1))}
		}
	}
	remove := func(name string) func(*testing.T, fstest.MapFS) {
		return func(_ *testing.T, data fstest.MapFS) { delete(data, name) }
	}
	for name, spoil := range map[string]func(*testing.T, fstest.MapFS){
		"year missing between":      remove("2025.json"),
		"no fixed days":             remove("fixed.json"),
		"no limits":                 remove("limits.json"),
		"day off twice":             replace("2026.json", `"from": "2026-10-01"`, `"from": "2026-09-27"`),
		"working day on a weekday":  replace("2026.json", `"2026-02-14"`, `"2026-02-13"`),
		"working day listed twice":  replace("2026.json", `"2026-02-14"`, `"2026-02-28"`),
		"working day that is off":   replace("2026.json", `"2026-02-14"`, `"2026-02-15"`),
		"working day of other year": replace("2026.json", `"2026-02-14"`, `"2025-02-15"`),
		"holiday ends before start": replace("2026.json", `"to": "2026-02-23"`, `"to": "2026-02-14"`),
		"holiday in another year":   replace("2026.json", `"to": "2026-02-23"`, `"to": "2027-02-23"`),
		"holiday without a name":    replace("2026.json", `"春节"`, `""`),
		"no such day":               replace("2026.json", `2026-02-23`, `2026-02-30`),
		"file of another year":      replace("2026.json", `"year": 2026`, `"year": 2027`),
		"unknown status":            replace("2026.json", `confirmed`, `sure`),
		"no source":                 replace("2026.json", `https://www.gov.cn/zhengce/zhengceku/202511/content_7047091.htm`, ``),
		"unknown field":             replace("2026.json", `"working"`, `"worked"`),
		"fixed day out of range":    replace("fixed.json", `10-03`, `13-03`),
		"limit of nothing":          replace("limits.json", `"n": 20`, `"n": 0`),
		"limit in an unknown unit":  replace("limits.json", `working_day`, `week`),
		"limit without a law":       replace("limits.json", `政府信息公开条例第二十六条`, ``),
		"limit listed twice":        replace("limits.json", `T-SECRET-DEC`, `T-SECRET-ASK`),
		"limit that nothing starts": replace("limits.json", `"收到申请"`, `""`),
		"limit of unknown shape":    replace("limits.json", `"least"`, `"most"`),
		"limit with unknown end":    replace("limits.json", `"overdue"`, `"late"`),
		"limit of unknown standing": replace("limits.json", `"verified"`, `"sure"`),
		"no such day of the year":   replace("limits.json", `"01-31"`, `"02-30"`),
		"extended beyond itself":    replace("limits.json", `{"n": 20, "times": 1`, `{"n": 21, "times": 1`),
		"extended by nobody":        replace("limits.json", `"approver": "disclosure_officer"`, `"approver": ""`),
		"months that stand still":   replace("limits.json", `"n": 6, "unit": "month"`, `"n": 6, "unit": "month", "pauses": ["x"]`),
		"a number for none":         replace("limits.json", `"shape": "set"`, `"shape": "set", "n": 7, "unit": "hour"`),
		"release limited in hours":  replace("limits.json", `"unit": "hour"`, `"unit": "hour", "kinds": ["leak"]`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := good()
			spoil(t, data)
			_, err := calendar.Load(data)
			require.Error(t, err)
		})
	}

	t.Run("version follows the data", func(t *testing.T) {
		t.Parallel()
		data := good()
		replace("2026.json", `"version": 1`, `"version": 2`)(t, data)
		changed, err := calendar.Load(data)
		require.NoError(t, err)
		require.NotEqual(t, c.Version(), changed.Version())
	})
	t.Run("earliest of several limits binds", func(t *testing.T) {
		t.Parallel()
		data := good()
		replace("limits.json", `"procurement_result"`, `"penalty"`)(t, data)
		stricter, err := calendar.Load(data)
		require.NoError(t, err)
		due, ok := stricter.Statutory("penalty", date(t, "2026-03-02"))
		require.True(t, ok)
		require.Equal(t, "T-PROC-RES", due.Limit.ID)
	})
	t.Run("assumed year is provisional", func(t *testing.T) {
		t.Parallel()
		data := good()
		replace("2026.json", `confirmed`, `assumed`)(t, data)
		assumed, err := calendar.Load(data)
		require.NoError(t, err)
		_, provisional := assumed.IsWorkingDay(date(t, "2026-03-02"))
		require.True(t, provisional)
	})
}
