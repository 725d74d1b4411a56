package calendar

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Office are the hours that a unit works on a working day, as clocks in Zone show them.
// The unit "*" is every one without hours of its own. They say how much time is left for a
// piece of work; no deadline is counted in them, but too little time is shared by them.
type Office struct {
	Unit   string `json:"unit"`
	Spans  []Span `json:"spans"`         // in order
	Least  int    `json:"least_minutes"` // of work, that a step gets however little time is left
	From   Date   `json:"effective_from"`
	Source string `json:"source"`
}

// Span is from Open until Close on one day: "08:30".
type Span struct {
	Open  string `json:"open"`
	Close string `json:"close"`
}

func (c *Calendar) addOffice(raw string) error {
	var file struct {
		Version int      `json:"version"`
		Office  []Office `json:"office"`
	}
	if err := decode(raw, &file); err != nil {
		return err
	}
	if file.Version < 1 {
		return errors.New("no version")
	}
	for i, o := range file.Office {
		if o.Unit == "" || o.Source == "" || o.From == (Date{}) || len(o.Spans) == 0 {
			return fmt.Errorf("office hours of %q have no unit, spans, source or first day", o.Unit)
		}
		if o.Least < 1 || o.Least > 24*60 {
			return fmt.Errorf("office hours of %s: least time of %d minutes", o.Unit, o.Least)
		}
		if slices.ContainsFunc(file.Office[:i], func(p Office) bool { return p.Unit == o.Unit && p.From == o.From }) {
			return fmt.Errorf("office hours of %s are listed twice", o.Unit)
		}
		last := ""
		for _, s := range o.Spans {
			for _, at := range []string{s.Open, s.Close} {
				if _, err := time.Parse("15:04", at); err != nil || len(at) != len("15:04") {
					return fmt.Errorf("office hours of %s: %q is no time of day", o.Unit, at)
				}
				if at <= last {
					return fmt.Errorf("office hours of %s: %s is not after %s", o.Unit, at, last)
				}
				last = at
			}
		}
	}
	c.office = file.Office
	return nil
}

// OfficeOf returns the hours that a unit works on a day, whether it is worked or not.
func (c *Calendar) OfficeOf(unit string, on Date) (Office, bool) {
	for _, wanted := range []string{unit, "*"} {
		var best Office
		for _, o := range c.office {
			if o.Unit == wanted && o.From.Compare(on) <= 0 && (best.Unit == "" || best.From.Compare(o.From) < 0) {
				best = o
			}
		}
		if best.Unit != "" {
			return best, true
		}
	}
	return Office{}, false
}

// FullDay is how long a unit works on a working day; zero if that is not laid down.
func (c *Calendar) FullDay(unit string, on Date) time.Duration {
	o, _ := c.OfficeOf(unit, on)
	var sum time.Duration
	for _, s := range o.Spans {
		sum += c.clock(on, s.Close).Sub(c.clock(on, s.Open))
	}
	return sum
}

// Worked is the working time of a unit between two instants; nothing if until is not after
// from.
func (c *Calendar) Worked(unit string, from, until time.Time) time.Duration {
	var sum time.Duration
	for d := c.DateOf(from); from.Before(until) && d.midnight(c.zone).Before(until); d = d.AddDays(1) {
		if worked, _ := c.IsWorkingDay(d); !worked {
			continue
		}
		o, _ := c.OfficeOf(unit, d)
		for _, s := range o.Spans {
			open, shut := c.clock(d, s.Open), c.clock(d, s.Close)
			if open.Before(from) {
				open = from
			}
			if shut.After(until) {
				shut = until
			}
			if open.Before(shut) {
				sum += shut.Sub(open)
			}
		}
	}
	return sum
}

// Gauge tells working times within a period, each at the same cost however long it is.
type Gauge struct {
	c     *Calendar
	unit  string
	first Date
	sums  []time.Duration // worked from the first day until the beginning of each
}

// Gauge counts a unit's working time from from to until once.
func (c *Calendar) Gauge(unit string, from, until time.Time) Gauge {
	g := Gauge{c: c, unit: unit, first: c.DateOf(from), sums: []time.Duration{0}}
	for d := g.first; d.midnight(c.zone).Before(until); d = d.AddDays(1) {
		sum := g.sums[len(g.sums)-1]
		if worked, _ := c.IsWorkingDay(d); worked {
			sum += c.FullDay(unit, d)
		}
		g.sums = append(g.sums, sum)
	}
	return g
}

// Between is the working time between two instants. What lies outside the period is not
// counted.
func (g Gauge) Between(from, until time.Time) time.Duration {
	return max(0, g.until(until)-g.until(from))
}

func (g Gauge) until(t time.Time) time.Duration {
	d := g.c.DateOf(t)
	n := int(d.midnight(time.UTC).Sub(g.first.midnight(time.UTC)) / (24 * time.Hour))
	switch {
	case n < 0:
		return 0
	case n >= len(g.sums)-1:
		return g.sums[len(g.sums)-1]
	}
	return g.sums[n] + g.c.Worked(g.unit, d.midnight(g.c.zone), t)
}
