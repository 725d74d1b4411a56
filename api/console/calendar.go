package console

import (
	"net/http"
	"slices"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

type calendarPage struct {
	Frame
	From, To     time.Time // first and last day shown
	Before, Next string    // the weeks beside it
	Days         []releaseDay
	Frozen       []desk.Freeze // in force
	Late         []desk.ReleaseView
	Drift        []desk.Sighting // for who may release
	Kinds        []disclosure.Kind
	Channels     []string
	Typed        freezeForm
}

type releaseDay struct {
	At       time.Time
	Today    bool
	Weekend  bool
	Releases []release
}

type release struct {
	desk.ReleaseView
	Style string // out, armed, frozen, late, block, plan
}

type freezeForm struct{ Scope, Channel, Kind, Reason, Until string }

func (c *Console) calendar(v *visit) error {
	return c.showCalendar(v, http.StatusOK, freezeForm{}, nil)
}

func (c *Console) showCalendar(v *visit, code int, t freezeForm, refusal error) error {
	frame, err := c.frame(v, "calendar.title", "calendar")
	if err != nil {
		return err
	}
	frame.Here = base + "/calendar"
	if refusal != nil && !frame.put("freeze", refusal) {
		return refusal
	}
	page := calendarPage{Frame: frame, Kinds: disclosure.Kinds(), Channels: c.desk.Channels(), Typed: t}
	monday := c.monday(v.QueryParam("week"))
	page.From, page.To = monday, monday.AddDate(0, 0, 6)
	page.Before, page.Next = monday.AddDate(0, 0, -7).Format(time.DateOnly), monday.AddDate(0, 0, 7).Format(time.DateOnly)

	planned, err := c.desk.Releases(v.ctx(), v.who, monday, monday.AddDate(0, 0, 7))
	if err != nil {
		return err
	}
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
	slices.SortStableFunc(planned, func(a, b desk.ReleaseView) int { return a.At.Compare(b.At) })
	for i := range 7 {
		at := monday.AddDate(0, 0, i)
		one := releaseDay{At: at, Today: page.today(at), Weekend: i > 4}
		for _, r := range planned {
			if !r.At.Before(at) && r.At.Before(at.AddDate(0, 0, 1)) {
				one.Releases = append(one.Releases, release{r, c.style(r)})
			}
		}
		page.Days = append(page.Days, one)
	}
	for _, r := range planned {
		if c.style(r) == "late" {
			page.Late = append(page.Late, r)
		}
	}
	return c.show(v, code, "calendar", page)
}

// monday is the first day of a week that was asked for, or of this one.
func (c *Console) monday(asked string) time.Time {
	at, err := time.ParseInLocation(time.DateOnly, asked, c.zone)
	if err != nil || at.Year() < 2000 || at.Year() > 2200 {
		at = c.options.Now().In(c.zone)
	}
	back := (int(at.Weekday()) + 6) % 7
	return time.Date(at.Year(), at.Month(), at.Day()-back, 0, 0, 0, 0, c.zone)
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
			return err
		}
	}
	return v.Redirect(http.StatusSeeOther, base+"/calendar?done=unfreeze")
}
