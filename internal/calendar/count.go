package calendar

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Unit is what a limit is counted in.
type Unit string

// Units of limits.
const (
	WorkingDay Unit = "working_day"
	NaturalDay Unit = "natural_day"
	Month      Unit = "month"
	YearLong   Unit = "year"
	Hour       Unit = "hour"
	Minute     Unit = "minute"
)

// Why says what a day is.
type Why string

// Kinds of days.
const (
	Weekday        Why = "weekday"
	WorkingWeekend Why = "working_weekend" // 调休上班
	Weekend        Why = "weekend"
	Holiday        Why = "holiday"
)

// Worked tells whether such a day is a working day.
func (w Why) Worked() bool { return w == Weekday || w == WorkingWeekend }

// Day is one day of a count. Name is set for holidays, Stopped on days on which the clock
// stood still: the basis of that.
type Day struct {
	Date    Date   `json:"date"`
	Counted bool   `json:"counted"`
	Why     Why    `json:"why"`
	Name    Name   `json:"name,omitzero"`
	Stopped string `json:"stopped,omitempty"`
}

// Explanation shows how a deadline came about, day by day, so that a person can
// follow it and an auditor repeat it. Hours and minutes have no days.
type Explanation struct {
	Start       Date   `json:"start"` // not counted itself
	N           int    `json:"n"`
	Extended    int    `json:"extended,omitempty"` // of N, by extension
	Unit        Unit   `json:"unit"`
	Due         Date   `json:"due"`
	Days        []Day  `json:"days,omitempty"`
	Provisional bool   `json:"provisional"` // a year in it is not published yet
	Calendar    string `json:"calendar"`
}

// AddWorkingDays counts n working days from the day after start, backwards if n
// is negative; 0 is start itself, worked or not. 民事诉讼法 85 by analogy: the day
// of the event does not count.
func (c *Calendar) AddWorkingDays(start Date, n int) (Date, Explanation) {
	x := Explanation{Start: start, N: n, Unit: WorkingDay, Due: start, Calendar: c.version}
	step, left := 1, n
	if n < 0 {
		step, left = -1, -n
	}
	for left > 0 {
		if c.walk(&x, step, false) {
			left--
		}
	}
	return x.Due, x
}

// AddNaturalDays counts n days from the day after start. If the last one is not
// worked, the period ends with the first working day after it (民事诉讼法 85); a
// negative n is counted back and never rolled, 0 is start itself.
func (c *Calendar) AddNaturalDays(start Date, n int) (Date, Explanation) {
	x := Explanation{Start: start, N: n, Unit: NaturalDay, Due: start, Calendar: c.version}
	if n < 0 {
		for range -n {
			c.walk(&x, -1, true)
		}
		return x.Due, x
	}
	worked := true
	for range n {
		worked = c.walk(&x, 1, true)
	}
	for !worked {
		worked = c.walk(&x, 1, false)
	}
	return x.Due, x
}

// AddMonths counts n calendar months: the period ends on the same day of the last one, or on
// its last day if it has no such day, and rolls like AddNaturalDays (民法典 202, 民事诉讼法 85).
func (c *Calendar) AddMonths(start Date, n int) (Date, Explanation) {
	x := Explanation{Start: start, N: n, Unit: Month, Due: start, Calendar: c.version}
	last := Date{start.Year, start.Month + time.Month(n), 1}.AddDays(0)
	end := Date{last.Year, last.Month + 1, 1}.AddDays(-1)
	last.Day = min(start.Day, end.Day)
	worked := true
	for x.Due.Compare(last) < 0 {
		worked = c.walk(&x, 1, true)
	}
	for !worked {
		worked = c.walk(&x, 1, false)
	}
	return x.Due, x
}

// walk takes one day into the count and tells whether it is worked.
func (c *Calendar) walk(x *Explanation, step int, natural bool) bool {
	x.Due = x.Due.AddDays(step)
	day := c.look(x.Due)
	worked := day.Why.Worked()
	day.Counted = natural || (worked && x.Unit == WorkingDay)
	x.Days = append(x.Days, day)
	x.Provisional = x.Provisional || c.years[x.Due.Year].Status != confirmed
	return worked
}

// maxLimit keeps a count within what a Duration can hold, in hours too.
const maxLimit = 100_000

// Deadline returns the last instant within a limit from start on, of which only
// N and Unit matter: for days the end of the last day in Zone, for hours and
// minutes the very instant. It refuses a unit it does not know and an N below 1
// or above 100,000.
func (c *Calendar) Deadline(start time.Time, limit Limit) (time.Time, Explanation, error) {
	n, unit := limit.N, limit.Unit
	if n < 1 || n > maxLimit {
		return time.Time{}, Explanation{}, fmt.Errorf("limit of %d %s", n, unit)
	}
	day := c.DateOf(start)
	var x Explanation
	switch unit {
	case WorkingDay:
		_, x = c.AddWorkingDays(day, n)
	case NaturalDay:
		_, x = c.AddNaturalDays(day, n)
	case Month:
		_, x = c.AddMonths(day, n)
	case YearLong:
		_, x = c.AddMonths(day, 12*n)
		x.N, x.Unit = n, YearLong
	case Hour, Minute:
		length := time.Hour
		if unit == Minute {
			length = time.Minute
		}
		at := start.Add(time.Duration(n) * length)
		return at, Explanation{Start: day, N: n, Unit: unit, Due: c.DateOf(at), Calendar: c.version}, nil
	default:
		return time.Time{}, Explanation{}, fmt.Errorf("unknown unit %q", unit)
	}
	return c.End(x.Due), x, nil
}

// NextWindow returns the first opening at or after an instant: openAt, "09:00",
// in Zone on a working day.
func (c *Calendar) NextWindow(after time.Time, openAt string) (time.Time, error) {
	clock, err := time.Parse("15:04", openAt)
	if err != nil {
		return time.Time{}, fmt.Errorf("opening: %w", err)
	}
	for d := c.DateOf(after); ; d = d.AddDays(1) {
		open := time.Date(d.Year, d.Month, d.Day, clock.Hour(), clock.Minute(), 0, 0, c.zone)
		if worked, _ := c.IsWorkingDay(d); worked && !open.Before(after) {
			return open, nil
		}
	}
}

// Text says the explanation in one sentence, in lang "en" or anything else for
// Chinese.
func (x Explanation) Text(lang string) string {
	s := explainZh()
	if lang == "en" {
		s = explainEn()
	}
	var names []string
	weekends, holidays, exchanged, stopped := 0, 0, 0, 0
	for _, d := range x.Days {
		switch {
		case d.Stopped != "":
			stopped++
		case d.Why == WorkingWeekend && d.Counted && x.Unit == WorkingDay:
			exchanged++
		case d.Counted:
		case d.Why == Weekend:
			weekends++
		case d.Why == Holiday:
			holidays++
			if name := s.name(d.Name); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, s.span, x.Start, x.N, s.units[x.Unit], x.Due)
	if weekends > 0 {
		fmt.Fprintf(&b, s.weekends, weekends)
	}
	if holidays > 0 {
		fmt.Fprintf(&b, s.holidays, holidays, strings.Join(names, s.comma))
	}
	if exchanged > 0 {
		fmt.Fprintf(&b, s.exchanged, exchanged)
	}
	if stopped > 0 {
		fmt.Fprintf(&b, s.stopped, stopped)
	}
	if x.Extended > 0 {
		fmt.Fprintf(&b, s.extended, x.Extended, s.units[x.Unit])
	}
	if x.Provisional {
		b.WriteString(s.provisional)
	}
	fmt.Fprintf(&b, s.calendar, x.Calendar)
	return b.String()
}

// explanationWords are formats, but for comma, provisional and units.
type explanationWords struct {
	span, weekends, holidays, exchanged, stopped, extended, calendar string
	comma, provisional                                               string
	units                                                            map[Unit]string
	name                                                             func(Name) string
}

func explainZh() explanationWords {
	return explanationWords{
		span:        "自 %s 次日起 %d %s，至 %s",
		weekends:    "；不计周末 %d 天",
		holidays:    "；不计放假 %d 天（%s）",
		exchanged:   "；计入调休上班 %d 天",
		stopped:     "；停止计算 %d 天",
		extended:    "；其中延长 %d %s",
		calendar:    "；日历 %s",
		comma:       "、",
		provisional: "；跨入放假安排尚未公布的年份，为暂定",
		units:       map[Unit]string{WorkingDay: "个工作日", NaturalDay: "日", Month: "个月", YearLong: "年", Hour: "小时", Minute: "分钟"},
		name:        func(n Name) string { return n.Zh },
	}
}

func explainEn() explanationWords {
	return explanationWords{
		span:        "counted from the day after %s: %d %s, until %s",
		weekends:    "; weekend days not counted: %d",
		holidays:    "; holidays not counted: %d (%s)",
		exchanged:   "; weekend days worked in exchange: %d",
		stopped:     "; days on which the clock stood still: %d",
		extended:    "; of which by extension: %d %s",
		calendar:    "; calendar %s",
		comma:       ", ",
		provisional: "; provisional, the holidays of a year in it are not published yet",
		units:       map[Unit]string{WorkingDay: "working days", NaturalDay: "days", Month: "months", YearLong: "years", Hour: "hours", Minute: "minutes"},
		name:        func(n Name) string { return n.En },
	}
}
