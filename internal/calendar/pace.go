package calendar

import "time"

// Paced is when a piece of work is due that others follow, all before one end.
type Paced struct {
	Due         time.Time
	Full        time.Time // where its own limit leads to; Due is never later
	Explanation Explanation
	Stops       []Stop // of the clock
}

// Shortened says whether there was too little time for all.
func (p Paced) Shortened() bool { return p.Due.Before(p.Full) }

// Pace tells when the first of several limits is due that run one after the other and must
// all be done by end. Where they do not fit, the first gets its share of the unit's working
// time that is left since it runs, though never less than the office hours lay down as the
// least, and never more than its own limit. A limit in hours or minutes stands as it is, as
// does every one if end is zero. Every stop of first has an end, be it one to come.
func (c *Calendar) Pace(unit string, first Clock, end time.Time, then ...Limit) (Paced, error) {
	p, since, err := c.foreseen(first)
	if err != nil || end.IsZero() {
		return p, err
	}
	own := c.Worked(unit, since, p.Full)
	last, all := p.Full, own
	for _, l := range then {
		next, _, err := c.Deadline(last, l)
		if err != nil {
			return p, err
		}
		all += c.Worked(unit, last, next)
		last = next
	}
	if !last.After(end) || own == 0 || first.Limit.Unit == Hour || first.Limit.Unit == Minute {
		return p, nil
	}
	share := time.Duration(float64(c.Worked(unit, since, end)) * (float64(own) / float64(all)))
	if o, ok := c.OfficeOf(unit, p.Explanation.Start); ok {
		share = max(share, time.Duration(o.Least)*time.Minute)
	}
	if at := c.afterWork(unit, since, p.Full, share); at.Before(p.Full) {
		p.Due = at
	}
	return p, nil
}

// foreseen is where a clock leads to by its own limit, and since when it runs or will run.
func (c *Calendar) foreseen(k Clock) (Paced, time.Time, error) {
	if len(k.Stops) == 0 && len(k.Extended) == 0 {
		full, x, err := c.Deadline(k.From, k.Limit)
		return Paced{Due: full, Full: full, Explanation: x}, k.From, err
	}
	at := k.From
	for _, s := range k.Stops {
		if s.To.After(at) {
			at = s.To
		}
	}
	r, err := c.Read(k, at)
	return Paced{Due: r.Due, Full: r.Due, Explanation: r.Explanation, Stops: k.Stops}, at, err
}

// afterWork is the instant at which a unit has worked that long since from, to the minute; full if
// that is not before it.
func (c *Calendar) afterWork(unit string, from, full time.Time, work time.Duration) time.Time {
	for d := c.DateOf(from); d.midnight(c.zone).Before(full); d = d.AddDays(1) {
		if worked, _ := c.IsWorkingDay(d); !worked {
			continue
		}
		o, _ := c.OfficeOf(unit, d)
		for _, s := range o.Spans {
			open, shut := c.clock(d, s.Open), c.clock(d, s.Close)
			if open.Before(from) {
				open = from
			}
			if !open.Before(shut) {
				continue
			}
			if work <= shut.Sub(open) {
				return open.Add(work).Truncate(time.Minute)
			}
			work -= shut.Sub(open)
		}
	}
	return full
}
