package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"shenfa/internal/calendar"
	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// Years is what the pages of the working-day calendar ask of the desk.
type Years interface {
	CalendarYears(ctx context.Context, who desk.Actor) ([]desk.CalendarYear, error)
	CalendarYear(ctx context.Context, who desk.Actor, year, version int) (desk.CalendarYear, error)
	ProposeCalendarYear(ctx context.Context, who desk.Actor, in desk.CalendarInput) (desk.CalendarYear, error)
	SettleCalendarYear(ctx context.Context, who desk.Actor, year, version int, confirm bool) (desk.CalendarYear, error)
}

const yearsPath = base + "/calendar-years"

// yearsPage is every version of every year, with the form for another.
type yearsPage struct {
	Frame
	All   []desk.CalendarYear
	Typed yearForm
}

// yearForm is a year as it is typed: a stretch or a day in each line.
type yearForm struct{ Year, Source, Off, Working, Reason string }

// yearPage is one version of a year; of a proposed one with what it changes.
type yearPage struct {
	Frame
	Y desk.CalendarYear
}

// Can says whether one may do that with the version.
func (p yearPage) Can(act string) bool { return slices.Contains(p.Y.Can, act) }

func (c *Console) years(v *visit) error { return c.showYears(v, http.StatusOK, yearForm{}, nil) }

func (c *Console) showYears(v *visit, code int, t yearForm, refused error) error {
	frame, err := c.frame(v, "years.title", "years")
	if err != nil {
		return err
	}
	frame.Here = yearsPath
	if refused != nil {
		if !frame.put("year", refused) {
			return refused
		}
		if f := frame.Problem.Field; f != "" && !slices.Contains([]string{"year", "source", "off", "working", "reason"}, f) {
			frame.Problem.Field, frame.Problem.Link = "year", "#year-year"
		}
	}
	p := yearsPage{Frame: frame, Typed: t}
	if p.All, err = c.desk.CalendarYears(v.ctx(), v.who); err != nil {
		return err
	}
	return c.show(v, code, "years", p)
}

func (c *Console) year(v *visit) error { return c.showYear(v, http.StatusOK, "", nil) }

func (c *Console) showYear(v *visit, code int, form string, refused error) error {
	year, version := yearRef(v)
	frame, err := c.frame(v, "years.title", "years")
	if err != nil {
		return err
	}
	frame.Here = yearPath(year, version)
	if refused != nil && !frame.put(form, refused) {
		return refused
	}
	p := yearPage{Frame: frame}
	if p.Y, err = c.desk.CalendarYear(v.ctx(), v.who, year, version); err != nil {
		return err
	}
	return c.show(v, code, "year", p)
}

func yearRef(v *visit) (year, version int) {
	year, _ = strconv.Atoi(v.Param("year")) // what is no number is no year
	version, _ = strconv.Atoi(v.Param("version"))
	return year, version
}

func yearPath(year, version int) string { return fmt.Sprintf("%s/%d/%d", yearsPath, year, version) }

// proposeYear proposes a year. What was typed stays when it is refused.
func (c *Console) proposeYear(v *visit) error {
	t := yearForm{Year: v.typed("year"), Source: v.typed("source"), Off: v.typed("off"), Working: v.typed("working"), Reason: v.typed("reason")}
	y, err := t.read()
	if err != nil {
		return c.showYears(v, http.StatusUnprocessableEntity, t, err)
	}
	made, err := c.desk.ProposeCalendarYear(v.ctx(), v.who, desk.CalendarInput{Year: y, Reason: t.Reason})
	if err != nil {
		return c.showYears(v, status(disclosure.CodeOf(err)), t, err)
	}
	return v.Redirect(http.StatusSeeOther, yearPath(made.Year.Year, made.Year.Version)+"?done=yeared")
}

// read makes a year of what was typed. It refuses a line that is none, by its number.
func (t yearForm) read() (calendar.Year, error) {
	y := calendar.Year{Source: strings.TrimSpace(t.Source), Off: []calendar.Break{}, Working: []calendar.Date{}}
	var err error
	if y.Year, err = strconv.Atoi(strings.TrimSpace(t.Year)); err != nil {
		return y, disclosure.Refuse(disclosure.WrongType, "year", "why", "YYYY")
	}
	bad := func(field string, line int, form string) error {
		return disclosure.Refuse(disclosure.WrongType, field, "why", fmt.Sprintf("%d: %s", line+1, form))
	}
	for i, line := range strings.Split(t.Off, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if len(words) < 4 {
			return y, bad("off", i, "YYYY-MM-DD YYYY-MM-DD 元旦 New Year")
		}
		from, err1 := calendar.ParseDate(words[0])
		to, err2 := calendar.ParseDate(words[1])
		if err1 != nil || err2 != nil {
			return y, bad("off", i, "YYYY-MM-DD YYYY-MM-DD 元旦 New Year")
		}
		y.Off = append(y.Off, calendar.Break{From: from, To: to, Zh: words[2], En: strings.Join(words[3:], " ")})
	}
	for i, line := range strings.Split(t.Working, "\n") {
		for _, word := range strings.Fields(line) {
			day, err := calendar.ParseDate(word)
			if err != nil {
				return y, bad("working", i, "YYYY-MM-DD")
			}
			y.Working = append(y.Working, day)
		}
	}
	return y, nil
}

func (c *Console) confirmYear(v *visit) error { return c.settleYear(v, true, "confirm", "yearok") }

func (c *Console) refuseYear(v *visit) error { return c.settleYear(v, false, "refuse", "yearno") }

func (c *Console) settleYear(v *visit, confirm bool, form, done string) error {
	year, version := yearRef(v)
	if _, err := c.desk.SettleCalendarYear(v.ctx(), v.who, year, version, confirm); err != nil {
		return c.showYear(v, status(disclosure.CodeOf(err)), form, err)
	}
	return v.Redirect(http.StatusSeeOther, yearPath(year, version)+"?done="+done)
}
