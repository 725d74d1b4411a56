package calendar

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Hours are when a unit publishes on a working day, as clocks in Zone show it. The unit
// "*" is every one without hours of its own.
type Hours struct {
	Unit   string `json:"unit"`
	Open   string `json:"open"`  // "09:00"
	Close  string `json:"close"` // the first moment after the window
	From   Date   `json:"effective_from"`
	Source string `json:"source"`
}

func (c *Calendar) addHours(raw string) error {
	var file struct {
		Version int     `json:"version"`
		Hours   []Hours `json:"hours"`
	}
	if err := decode(raw, &file); err != nil {
		return err
	}
	for i, h := range file.Hours {
		open, err := time.Parse("15:04", h.Open)
		if err != nil {
			return fmt.Errorf("opening of %s: %w", h.Unit, err)
		}
		shut, err := time.Parse("15:04", h.Close)
		switch {
		case err != nil:
			return fmt.Errorf("closing of %s: %w", h.Unit, err)
		case !open.Before(shut):
			return fmt.Errorf("unit %s closes before it opens", h.Unit)
		case h.Unit == "" || h.Source == "" || h.From == Date{}:
			return fmt.Errorf("hours of %q have no unit, source or first day", h.Unit)
		case slices.ContainsFunc(file.Hours[:i], func(o Hours) bool { return o.Unit == h.Unit && o.From == h.From }):
			return fmt.Errorf("hours of %s are listed twice", h.Unit)
		}
	}
	if file.Version < 1 {
		return errors.New("no version")
	}
	c.hours = file.Hours
	return nil
}

// HoursOf returns when a unit publishes on a day, if that is laid down.
func (c *Calendar) HoursOf(unit string, on Date) (Hours, bool) {
	for _, wanted := range []string{unit, "*"} {
		var best Hours
		for _, h := range c.hours {
			if h.Unit == wanted && h.From.Compare(on) <= 0 && (best == Hours{} || best.From.Compare(h.From) < 0) {
				best = h
			}
		}
		if (best != Hours{}) {
			return best, true
		}
	}
	return Hours{}, false
}

// Opening is a publishing window: From is in it, Until is not.
type Opening struct{ From, Until time.Time }

// Openings lists at most n publishing windows of a unit's working days that have not ended
// at from and begin until until, the one that is open cut short to what is left of it.
func (c *Calendar) Openings(unit string, from, until time.Time, n int) []Opening {
	var all []Opening
	for d := c.DateOf(from); len(all) < n && !d.midnight(c.zone).After(until); d = d.AddDays(1) {
		h, ok := c.HoursOf(unit, d)
		if worked, _ := c.IsWorkingDay(d); !ok || !worked {
			continue
		}
		o := Opening{From: c.clock(d, h.Open), Until: c.clock(d, h.Close)}
		if o.From.Before(from) {
			o.From = from
		}
		if o.From.Before(o.Until) && !o.From.After(until) {
			all = append(all, o)
		}
	}
	return all
}

// clock is when a clock in Zone shows hhmm, which was read before, on d.
func (c *Calendar) clock(d Date, hhmm string) time.Time {
	t, err := time.Parse("15:04", hhmm)
	if err != nil {
		return time.Time{}
	}
	return time.Date(d.Year, d.Month, d.Day, t.Hour(), t.Minute(), 0, 0, c.zone)
}
