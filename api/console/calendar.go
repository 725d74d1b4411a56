package console

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

type calendarPage struct {
	Frame
	Period   period
	Days     []releaseDay // of a week
	Weeks    [][]square   // of a month
	List     []release
	More     string        // address of the next page of the list
	Frozen   []desk.Freeze // in force
	Late     []desk.ReleaseView
	Drift    []desk.Sighting // for who may release
	Kinds    []disclosure.Kind
	Channels []string
	Typed    freezeForm
}

type releaseDay struct {
	At       time.Time
	Today    bool
	Off      bool // not worked
	Releases []release
	Hidden   int // more than there is room for
}

// Day is the day as an address has it.
func (d releaseDay) Day() string { return d.At.Format(time.DateOnly) }

type release struct {
	desk.ReleaseView
	Style   string // out, armed, frozen, late, block, plan
	Movable bool
	Time    string // of the day, as a form has it
}

type freezeForm struct{ Scope, Channel, Kind, Reason, Until, lift string }

// Lift names the form that lifts a freeze.
func (p calendarPage) Lift(id string) string { return "lift-" + id }

func (c *Console) calendar(v *visit) error {
	return c.showCalendar(v, http.StatusOK, freezeForm{}, nil)
}

func (c *Console) showCalendar(v *visit, code int, t freezeForm, refusal error) error {
	frame, err := c.frame(v, "calendar.title", "calendar")
	if err != nil {
		return err
	}
	frame.Here = base + "/calendar"
	if refusal != nil && !frame.put(cmp.Or(t.lift, "freeze"), refusal) {
		return refusal
	}
	page := calendarPage{Frame: frame, Kinds: disclosure.Kinds(), Channels: c.desk.Channels(), Typed: t, Period: c.periodOf(v)}
	if v.who.May(disclosure.MayRelease) {
		if page.Drift, err = c.desk.Drift(v.ctx(), v.who); err != nil {
			return err
		}
	}
	freezes, err := c.desk.Freezes(v.ctx(), v.who)
	if err != nil {
		return err
	}
	for _, f := range freezes {
		if f.LiftedAt == nil {
			page.Frozen = append(page.Frozen, f)
		}
	}
	if page.Period.View == viewMonth {
		err = c.month(v, &page)
	} else {
		err = c.releases(v, &page)
	}
	if err != nil {
		return err
	}
	v.Response().Header().Set("Content-Security-Policy", scriptPolicy+"; connect-src 'self'")
	return c.show(v, code, "calendar", page)
}

// releases shows those of a week or of a list, and names those that are late.
func (c *Console) releases(v *visit, page *calendarPage) error {
	p := page.Period
	planned, err := c.desk.Releases(v.ctx(), v.who, p.From, p.Until)
	if err != nil {
		return err
	}
	slices.SortStableFunc(planned, func(a, b desk.ReleaseView) int { return a.At.Compare(b.At) })
	all := make([]release, len(planned))
	for i, r := range planned {
		all[i] = release{r, c.style(r), page.movable(r), r.At.In(c.zone).Format("15:04")}
		if all[i].Style == "late" && len(page.Late) < cardsADay {
			page.Late = append(page.Late, r)
		}
	}
	if p.View == viewList {
		c.list(v, page, all)
		return nil
	}
	off := c.desk.DaysOff(p.From, p.Until)
	for at := p.From; at.Before(p.Until); at = at.AddDate(0, 0, 1) {
		one := releaseDay{At: at, Today: page.today(at), Off: off[at.Format(time.DateOnly)]}
		for len(all) > 0 && all[0].At.Before(at.AddDate(0, 0, 1)) {
			if len(one.Releases) < cardsADay {
				one.Releases = append(one.Releases, all[0])
			} else {
				one.Hidden++
			}
			all = all[1:]
		}
		page.Days = append(page.Days, one)
	}
	return nil
}

func (c *Console) style(r desk.ReleaseView) string {
	return c.styleOf(r.Disclosure.State, r.Frozen, r.At)
}

// styleOf says how a release stands, the worst first.
func (c *Console) styleOf(s disclosure.State, frozen bool, at time.Time) string {
	switch {
	case s == disclosure.Released:
		return "out"
	case s == disclosure.Recalled:
		return "block"
	case s == disclosure.Failed, s == disclosure.Held:
		return "late"
	case frozen:
		return "frozen"
	case s == disclosure.Armed, s == disclosure.Releasing:
		return "armed"
	case s == disclosure.Approved && at.Before(c.options.Now()):
		return "late"
	}
	return "plan"
}

// Icon is the shape that goes with the style.
func (r release) Icon() string { return iconOf(r.Style) }

func iconOf(style string) string {
	if style == "plan" {
		return "nx"
	}
	return style
}

// freeze stops everything in scope. Sent twice, it stops it once.
func (c *Console) freeze(v *visit) error {
	t := freezeForm{Scope: v.typed("scope"), Channel: v.typed("channel"), Kind: v.typed("kind"), Reason: v.typed("reason"), Until: v.typed("until")}
	in := desk.FreezeInput{Scope: t.Scope, Reason: t.Reason}
	switch t.Scope {
	case "channel":
		in.Value = t.Channel
	case "kind":
		in.Value = t.Kind
	case "":
		return c.showCalendar(v, http.StatusUnprocessableEntity, t, disclosure.Refuse(disclosure.Required, "scope"))
	}
	if t.Until != "" {
		end, err := time.ParseInLocation(wallClock, t.Until, c.zone)
		if err != nil {
			return c.showCalendar(v, http.StatusUnprocessableEntity, t, disclosure.Refuse(disclosure.WrongType, "until", "why", t.Until))
		}
		in.Until = end
	}
	if _, err := c.desk.Freeze(v.ctx(), v.who, v.key, in); err != nil {
		return c.showCalendar(v, status(disclosure.CodeOf(err)), t, err)
	}
	return v.Redirect(http.StatusSeeOther, base+"/calendar?done=freeze")
}

// unfreeze lifts a freeze. One that is lifted already is as it should be.
func (c *Console) unfreeze(v *visit) error {
	id := v.Param("id")
	if err := c.desk.Unfreeze(v.ctx(), v.who, id); err != nil {
		freezes, broken := c.desk.Freezes(v.ctx(), v.who)
		if broken != nil {
			return broken
		}
		lifted := false
		for _, f := range freezes {
			lifted = lifted || f.ID == id && f.LiftedAt != nil
		}
		if !lifted {
			return c.showCalendar(v, status(disclosure.CodeOf(err)), freezeForm{lift: calendarPage{}.Lift(id)}, err)
		}
	}
	return v.Redirect(http.StatusSeeOther, base+"/calendar?done=unfreeze")
}
