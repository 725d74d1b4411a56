package console

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// Moving is what the calendar asks of the desk besides the releases of a week.
type Moving interface {
	MayMove(ctx context.Context, who desk.Actor, id string, at time.Time) error
	DaysOff(from, to time.Time) map[string]bool
}

// Views of the calendar.
const (
	viewWeek  = "week"
	viewMonth = "month"
	viewList  = "list"
)

const (
	cardsADay  = 3 // where more are, the list has them
	listedDays = 31
)

// period is what a view shows: from is in it, until is not.
type period struct {
	View         string
	On           time.Time // the day that was asked for
	From, Until  time.Time
	Before, Next string // days of the periods beside it
}

func (c *Console) periodOf(v *visit) period {
	p := period{View: v.QueryParam("view"), On: c.dayOf(v.QueryParam("on"))}
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, c.zone) }
	switch y, m, d := p.On.Date(); p.View {
	case viewMonth:
		p.From, p.Until = day(y, m, 1), day(y, m+1, 1)
		p.Before, p.Next = day(y, m-1, 1).Format(time.DateOnly), p.Until.Format(time.DateOnly)
	case viewList:
		p.From, p.Until = p.On, day(y, m, d+listedDays)
		p.Before, p.Next = day(y, m, d-listedDays).Format(time.DateOnly), p.Until.Format(time.DateOnly)
	default:
		p.View = viewWeek
		p.From = monday(p.On)
		y, m, d = p.From.Date()
		p.Until = day(y, m, d+7)
		p.Before, p.Next = day(y, m, d-7).Format(time.DateOnly), p.Until.Format(time.DateOnly)
	}
	return p
}

// Last is the last day that is shown.
func (p period) Last() time.Time { return p.Until.Add(-time.Second) }

// Day is the day that was asked for, as an address has it.
func (p period) Day() string { return p.On.Format(time.DateOnly) }

// dayOf is the beginning of a day that was asked for, or of today.
func (c *Console) dayOf(asked string) time.Time {
	at, err := time.ParseInLocation(time.DateOnly, asked, c.zone)
	if err != nil || at.Year() < 2000 || at.Year() > 2200 {
		at = c.options.Now().In(c.zone)
	}
	return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, c.zone)
}

// monday is the first day of the week of a day.
func monday(at time.Time) time.Time {
	return at.AddDate(0, 0, -(int(at.Weekday())+6)%7)
}

// square is one day of a month.
type square struct {
	At     time.Time
	Here   bool // of the month that is shown
	Today  bool
	Off    bool // not worked
	Counts []slot
}

// Day is the day as an address has it.
func (s square) Day() string { return s.At.Format(time.DateOnly) }

// month counts the releases of each day by how they stand.
func (c *Console) month(v *visit, page *calendarPage) error {
	p := page.Period
	first, last := monday(p.From), monday(p.Until.AddDate(0, 0, -1)).AddDate(0, 0, 7)
	planned, err := c.desk.Agenda(v.ctx(), v.who, first, last)
	if err != nil {
		return err
	}
	off := c.desk.DaysOff(first, last)
	at := 0
	for day := first; day.Before(last); day = day.AddDate(0, 0, 1) {
		s := square{At: day, Here: day.Month() == p.From.Month(), Today: page.today(day), Off: off[day.Format(time.DateOnly)]}
		for end := day.AddDate(0, 0, 1); at < len(planned) && planned[at].At.Before(end); at++ {
			style := c.styleOf(planned[at].State, planned[at].Frozen, planned[at].At)
			i := slices.IndexFunc(s.Counts, func(o slot) bool { return o.Style == style })
			if i < 0 {
				s.Counts, i = append(s.Counts, slot{Style: style, Icon: iconOf(style)}), len(s.Counts)
			}
			s.Counts[i].N++
		}
		if day.Weekday() == time.Monday {
			page.Weeks = append(page.Weeks, nil)
		}
		page.Weeks[len(page.Weeks)-1] = append(page.Weeks[len(page.Weeks)-1], s)
	}
	return nil
}

// list shows the releases of a month from a day on, a page at a time.
func (c *Console) list(v *visit, page *calendarPage, planned []release) {
	from, err := strconv.Atoi(v.QueryParam("after"))
	if err != nil || from < 0 || from > len(planned) {
		from = 0
	}
	page.List = planned[from:min(from+listed, len(planned))]
	if from+listed < len(planned) {
		page.More = "/console/calendar?" + url.Values{"view": {viewList}, "on": {page.Period.Day()}, "after": {strconv.Itoa(from + listed)}}.Encode()
	}
}

// Views are the ways to look at it.
func (calendarPage) Views() []string { return []string{viewMonth, viewWeek, viewList} }

// Count is how many releases a day has.
func (d releaseDay) Count() int { return len(d.Releases) + d.Hidden }

// Weekday names the day of the week of t.
func (f Frame) Weekday(t time.Time) string { return f.T("weekday." + f.local(t).Format("Mon")) }

// DayOfMonth writes the number of a day.
func (f Frame) DayOfMonth(t time.Time) template.HTML { return f.format("layout.dayofmonth", t) }

// movable says whether somebody can try to move a release. The rules say more when they do.
func (f Frame) movable(r desk.ReleaseView) bool {
	s := r.Disclosure.State
	return (s == disclosure.Approved || s == disclosure.Armed || s == disclosure.Held) && (f.May(disclosure.MayRelease) || r.Disclosure.Drafter.ID == f.Me.ID)
}

// movePage asks for the new instant of a release, and why.
type movePage struct {
	Frame
	D     desk.Disclosure
	Typed struct{ At, Reason string }
}

// Subject names what is moved: never the title of what nobody may see.
func (p movePage) Subject() string { return p.D.Number }

// moveForm shows the form, with the instant that was dragged to, and says at once if that
// will not do.
func (c *Console) moveForm(v *visit) error {
	at := v.QueryParam("at")
	if at == "" {
		return c.showMove(v, http.StatusOK, "", "", nil)
	}
	to, err := c.instant(at)
	if err == nil {
		err = c.desk.MayMove(v.ctx(), v.who, v.Param("id"), to)
	}
	return c.showMove(v, status(disclosure.CodeOf(err)), at, "", err)
}

// move reschedules a release and goes back to the week it is in now.
func (c *Console) move(v *visit) error {
	at, reason := v.typed("at"), v.typed("reason")
	to, err := c.instant(at)
	if err == nil {
		_, err = c.desk.Reschedule(v.ctx(), v.who, v.Param("id"), v.key, to, reason)
	}
	if err != nil {
		return c.showMove(v, status(disclosure.CodeOf(err)), at, reason, err)
	}
	return v.Redirect(http.StatusSeeOther, base+"/calendar?on="+to.In(c.zone).Format(time.DateOnly)+"&done=reschedule")
}

// instant reads what a clock on the wall showed.
func (c *Console) instant(typed string) (time.Time, error) {
	if typed == "" {
		return time.Time{}, disclosure.Refuse(disclosure.Required, "at")
	}
	at, err := time.ParseInLocation(wallClock, typed, c.zone)
	if err != nil {
		return at, disclosure.Refuse(disclosure.WrongType, "at", "why", "YYYY-MM-DD HH:MM")
	}
	return at.UTC(), nil
}

func (c *Console) showMove(v *visit, code int, at, reason string, refusal error) error {
	page := movePage{}
	var err error
	if page.Frame, err = c.frame(v, "reschedule.title", "calendar"); err != nil {
		return err
	}
	if page.D, err = c.desk.Get(v.ctx(), v.who, v.Param("id")); err != nil {
		return err
	}
	page.Here = base + "/calendar/move/" + page.D.ID
	page.Typed.At, page.Typed.Reason = at, reason
	if refusal == nil {
		code = http.StatusOK
	} else if !page.put("move", refusal) {
		return refusal
	}
	return c.show(v, code, "move", page)
}
