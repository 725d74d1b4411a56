package calendar

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Clock is what happened to one limit: what started it, what stopped it, what made it longer.
// Its due date follows from these and is never kept by itself.
type Clock struct {
	Limit    Limit
	From     time.Time   // what triggered it
	Restarts []time.Time // it is counted anew from the last of them
	Stops    []Stop      // may overlap
	Extended []Extended
}

// Stop is a stretch in which a clock stands still. Like a period it does not hold the day on
// which it begins, but that on which it ends. A zero To is open.
type Stop struct {
	From  time.Time
	To    time.Time
	Basis string
}

// Extended is an extension that was granted: N in the unit of the limit.
type Extended struct {
	N  int
	At time.Time
}

// Reading is a clock as it is read at an instant.
type Reading struct {
	Budget      int         // in the unit of the limit, extensions in it
	Consumed    int         // whole units; a day is consumed when it has ended
	Since       time.Time   // it has been running without a stop; zero while it stands still
	Stopped     string      // basis of the stop it stands still for
	Due         time.Time   // while it stands still: if it ran on now
	Explanation Explanation // counted days are the budget
}

// Left is what is not consumed.
func (r Reading) Left() int { return r.Budget - r.Consumed }

// Why an extension is refused.
var (
	ErrNotExtendable = errors.New("the limit has no extension")
	ErrExtendedAgain = errors.New("the limit was extended as often as it may be")
	ErrExtendedFar   = errors.New("the extension is longer than it may be, or nothing")
	ErrExpired       = errors.New("the limit has run out")
)

// Read works out where a clock stands at now. It refuses a limit that is not a number of
// days, hours or minutes, and a stop that ends before it begins.
func (c *Calendar) Read(k Clock, now time.Time) (Reading, error) {
	start := k.From
	for _, at := range k.Restarts {
		if at.After(start) {
			start = at
		}
	}
	r := Reading{Budget: k.Limit.N, Since: start}
	for _, e := range k.Extended {
		r.Budget += e.N
	}
	if k.Limit.N < 1 || r.Budget > maxLimit {
		return Reading{}, fmt.Errorf("limit of %d %s", r.Budget, k.Limit.Unit)
	}
	var stops []Stop
	for _, s := range k.Stops {
		if !s.To.IsZero() && s.To.Before(s.From) {
			return Reading{}, fmt.Errorf("stop from %s until %s", s.From, s.To)
		}
		if s.From.After(now) {
			continue
		}
		if s.To.IsZero() || s.To.After(now) {
			r.Stopped = s.Basis
			s.To = now
		}
		stops = append(stops, s)
	}
	slices.SortFunc(stops, func(a, b Stop) int { return a.From.Compare(b.From) })
	for _, s := range stops {
		if s.To.After(r.Since) {
			r.Since = s.To
		}
	}
	if r.Stopped != "" {
		r.Since = time.Time{}
	}
	switch k.Limit.Unit {
	case WorkingDay, NaturalDay:
		c.readDays(&r, k.Limit.Unit, start, stops, now)
	case Hour, Minute:
		c.readHours(&r, k.Limit.Unit, start, stops, now)
	default:
		return Reading{}, fmt.Errorf("a clock does not run in %q", k.Limit.Unit)
	}
	r.Explanation.Extended = r.Budget - k.Limit.N
	return r, nil
}

func (c *Calendar) readDays(r *Reading, unit Unit, start time.Time, stops []Stop, now time.Time) {
	day, today := c.DateOf(start), c.DateOf(now)
	x := Explanation{Start: day, N: r.Budget, Unit: unit, Due: day, Calendar: c.version}
	for counted, worked := 0, false; counted < r.Budget || unit == NaturalDay && !worked; {
		worked = c.walk(&x, 1, unit == NaturalDay)
		d := &x.Days[len(x.Days)-1]
		if i := slices.IndexFunc(stops, func(s Stop) bool {
			return c.DateOf(s.From).Compare(d.Date) < 0 && d.Date.Compare(c.DateOf(s.To)) <= 0
		}); i >= 0 {
			d.Counted, d.Stopped, worked = false, stops[i].Basis, false
		}
		d.Counted = d.Counted && counted < r.Budget // the days that it rolls on
		if d.Counted {
			counted++
			if d.Date.Compare(today) < 0 {
				r.Consumed++
			}
		}
	}
	r.Due, r.Explanation = c.End(x.Due), x
}

func (c *Calendar) readHours(r *Reading, unit Unit, start time.Time, stops []Stop, now time.Time) {
	length := time.Hour
	if unit == Minute {
		length = time.Minute
	}
	due, ran, stood := start.Add(time.Duration(r.Budget)*length), now.Sub(start), start
	for _, s := range stops { // in order; stood is until when stops are taken out already
		from := s.From
		if from.Before(stood) {
			from = stood
		}
		if !s.To.After(from) || !from.Before(due) {
			continue
		}
		due, ran, stood = due.Add(s.To.Sub(from)), ran-s.To.Sub(from), s.To
	}
	r.Consumed = min(r.Budget, int(max(0, ran)/length))
	r.Due = due
	r.Explanation = Explanation{Start: c.DateOf(start), N: r.Budget, Unit: unit, Due: c.DateOf(due), Calendar: c.version}
}

// Extend makes a clock longer by n of its unit. It is refused with one of the errors above:
// where the law knows none, as often as it may be, beyond its bound, and once it has run out
// (政府信息公开条例 33: before the time to answer ends).
func (c *Calendar) Extend(k Clock, n int, at time.Time) (Clock, error) {
	x := k.Limit.Extension
	switch {
	case x == nil:
		return k, ErrNotExtendable
	case len(k.Extended) >= x.Times:
		return k, ErrExtendedAgain
	case n < 1 || n > x.N:
		return k, ErrExtendedFar
	}
	r, err := c.Read(k, at)
	if err != nil {
		return k, err
	}
	if at.After(r.Due) {
		return k, ErrExpired
	}
	k.Extended = append(slices.Clone(k.Extended), Extended{N: n, At: at})
	return k, nil
}
