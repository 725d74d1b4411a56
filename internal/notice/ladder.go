package notice

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
)

// Ladder is when people are reminded of what is due, and who besides.
type Ladder struct {
	Version int    `json:"version"`
	At      string `json:"at"` // time of day of the rungs that are counted in working days
	Rungs   []Rung `json:"rungs"`
}

// Rung is one step of the ladder: so many working days before the day something is due, or
// with Past after it; zero days past is the due instant itself.
type Rung struct {
	ID   string   `json:"id"`
	Days int      `json:"days"`
	Past bool     `json:"past,omitempty"`
	Kind Kind     `json:"kind"`
	To   []string `json:"to"` // "holder" or a role
}

func (l Ladder) check(r *Rules) error {
	if _, err := clock(l.At); err != nil {
		return fmt.Errorf("ladder: %w", err)
	}
	if l.Version < 1 || len(l.Rungs) == 0 {
		return errors.New("ladder: no version or rungs")
	}
	for i, x := range l.Rungs {
		_, known := r.Info(x.Kind)
		switch {
		case x.ID == "" || !known || len(x.To) == 0:
			return fmt.Errorf("ladder: rung %d has no id, kind or audience", i)
		case x.Past != (x.Kind == Overdue) || x.Past && x.Days < 0 || !x.Past && x.Days > 0:
			return fmt.Errorf("ladder: rung %s is on the wrong side", x.ID)
		case i > 0 && (x.Days < l.Rungs[i-1].Days || l.Rungs[i-1].Past && !x.Past):
			return fmt.Errorf("ladder: rung %s is out of order", x.ID)
		case slices.ContainsFunc(l.Rungs[:i], func(o Rung) bool { return o.ID == x.ID }):
			return fmt.Errorf("ladder: rung %s is there twice", x.ID)
		}
		for _, part := range x.To {
			if _, role := disclosure.RoleByID(disclosure.Role(part)); !role && part != holderPart {
				return fmt.Errorf("ladder: rung %s is for nobody known: %q", x.ID, part)
			}
		}
	}
	return nil
}

// Audience is who is told of a rung. Section is the item's.
func (x Rung) Audience(holder Audience, section string) []Audience {
	out := make([]Audience, len(x.To))
	for i, part := range x.To {
		out[i] = audience(part, "", section, holder)
	}
	return out
}

// Climbed are the rungs between the beginning of something and now, in order, and the
// instant of the next; zero if there is none. What lies before the beginning is no rung of
// it: a step of one day has no reminder five days before.
func (l Ladder) Climbed(c *calendar.Calendar, began, due, now time.Time) (climbed []Rung, next time.Time) {
	for _, x := range l.Rungs {
		at := l.instant(c, x, due)
		switch {
		case !at.After(began):
		case at.After(now):
			return climbed, at
		default:
			climbed = append(climbed, x)
		}
	}
	return climbed, time.Time{}
}

func (l Ladder) instant(c *calendar.Calendar, x Rung, due time.Time) time.Time {
	if x.Past && x.Days == 0 {
		return due
	}
	of, _ := clock(l.At)
	day, _ := c.AddWorkingDays(c.DateOf(due), x.Days)
	at := c.End(day.AddDays(-1)).Add(time.Microsecond + of)
	if !x.Past && at.After(due) { // due in the small hours
		return due
	}
	return at
}
