package desk

import (
	"context"
	"time"

	"shenfa/internal/disclosure"
)

// Planned is one release of a calendar, without its words.
type Planned struct {
	ID     string
	State  disclosure.State
	At     time.Time
	Frozen bool
}

// Agenda lists what was or is to be released between two instants, by time. It is for
// counting: nothing sealed is opened.
func (d *Desk) Agenda(ctx context.Context, who Actor, from, to time.Time) ([]Planned, error) {
	if err := d.needs(ctx, who, disclosure.MayRead, "releases", ""); err != nil {
		return nil, err
	}
	rows, err := d.store.Agenda(ctx, who.Person, from, to)
	if err != nil {
		return nil, err
	}
	out := make([]Planned, len(rows))
	for i, r := range rows {
		s := disclosure.State(r.State)
		out[i] = Planned{ID: r.ID, State: s, At: r.At, Frozen: r.Frozen && !isPublic(s)}
	}
	return out, nil
}

// DaysOff are the days between two instants that are not worked, as 2006-01-02.
func (d *Desk) DaysOff(from, to time.Time) map[string]bool {
	off := map[string]bool{}
	for day := d.calendar.Get().DateOf(from); d.calendar.Get().End(day.AddDays(-1)).Before(to.Add(-time.Microsecond)); day = day.AddDays(1) {
		if worked, _ := d.calendar.Get().IsWorkingDay(day); !worked {
			off[day.String()] = true
		}
	}
	return off
}

// MayMove says why an item may not be moved to an instant, before anybody has given a
// reason for it; nil if it may. The act itself is asked again.
func (d *Desk) MayMove(ctx context.Context, who Actor, id string, at time.Time) error {
	row, err := d.row(ctx, who, id, string(disclosure.Reschedule))
	if err != nil {
		return err
	}
	t, err := d.terms(ctx, row.Unit, row.Case.Channels)
	if err != nil {
		return err
	}
	a := disclosure.Act{Type: disclosure.Reschedule, By: who.Person, At: t.Now, ReleaseAt: at, Opinion: "-"}
	if err := row.Case.Check(a); err != nil {
		return err
	}
	return t.Admit(row.Case.Kind, row.Case.Channels, at, "at", disclosure.DefaultZone)
}
