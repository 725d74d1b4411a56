package calendar

import "time"

// Paced is when a piece of work is due that others follow, all before one end.
type Paced struct {
	Due         time.Time
	Full        time.Time // where its own limit leads to; Due is never later
	Explanation Explanation
}

// Shortened says whether there was too little time for all.
func (p Paced) Shortened() bool { return p.Due.Before(p.Full) }

// Pace tells when the first of several limits is due that run one after the other from from
// and must all be done by end. Where they do not fit, the first gets its share of the unit's
// working time that is left, though never less than the office hours lay down as the least,
// and never more than its own limit. A limit in hours or minutes stands as it is, as does
// every one if end is zero.
func (c *Calendar) Pace(unit string, from, end time.Time, first Limit, then ...Limit) (Paced, error) {
	full, x, err := c.Deadline(from, first)
	p := Paced{Due: full, Full: full, Explanation: x}
	if err != nil || end.IsZero() {
		return p, err
	}
	own := c.Worked(unit, from, full)
	last, all := full, own
	for _, l := range then {
		next, _, err := c.Deadline(last, l)
		if err != nil {
			return p, err
		}
		all += c.Worked(unit, last, next)
		last = next
	}
	if !last.After(end) || own == 0 || first.Unit == Hour || first.Unit == Minute {
		return p, nil
	}
	share := time.Duration(float64(c.Worked(unit, from, end)) * (float64(own) / float64(all)))
	if o, ok := c.OfficeOf(unit, x.Start); ok {
		share = max(share, time.Duration(o.Least)*time.Minute)
	}
	if at := c.afterWork(unit, from, full, share); at.Before(full) {
		p.Due = at
	}
	return p, nil
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
