package desk

import (
	"context"
	"time"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// Clock is a deadline that explains itself: from when, how much of what, by which law or
// step, on which calendar, and for each day whether it counted.
type Clock struct {
	Law         string     `json:"law,omitempty"`  // of a limit of the law
	Step        string     `json:"step,omitempty"` // of the time a step has
	From        time.Time  `json:"from"`
	Due         time.Time  `json:"due"` // as it stands
	N           int        `json:"n"`
	Unit        string     `json:"unit"`
	Days        []ClockDay `json:"days"` // none for hours and minutes
	Calendar    string     `json:"calendar"`
	Provisional bool       `json:"provisional"`
	Zh          string     `json:"zh"` // all of it in a sentence
	En          string     `json:"en"`
	// Consumed is what has run of N, in whole units; a day is consumed when it has ended.
	Consumed     int        `json:"consumed"`
	RunningSince *time.Time `json:"running_since,omitempty"`
	// Extension is what a step was given, Extendable the most that the viewer may give it.
	Extension  *Extension `json:"extension,omitempty"`
	Extendable int        `json:"extendable,omitempty"`
	// Stopped is why it stands still now.
	Stopped string `json:"stopped,omitempty"`
	// Full is where the step's own limit leads to, if the steps share what is left until the
	// limit of the law.
	Full *time.Time `json:"full,omitempty"`
	// Counted is what the calendar of today leads to, if that is not what stands: a date
	// that people were told is never moved silently.
	Counted *time.Time `json:"counted,omitempty"`
}

// Extension is more time for a step, in its unit.
type Extension struct {
	N      int       `json:"n"`
	By     Ref       `json:"by"`
	Reason string    `json:"reason"`
	Was    time.Time `json:"was"`
	At     time.Time `json:"at"`
}

// ClockDay is one day of a count.
type ClockDay struct {
	Date    string `json:"date"`
	Counted bool   `json:"counted"`
	Why     string `json:"why"`
	Stopped string `json:"stopped,omitempty"` // the basis on which the clock stood still
	Zh      string `json:"zh,omitempty"`      // name of a holiday
	En      string `json:"en,omitempty"`
}

// Clocks explains every deadline of an item: the limit of the law for its release, the
// steps that wait, and the answers that are waited for.
func (d *Desk) Clocks(ctx context.Context, who Actor, id string) ([]Clock, error) {
	row, err := d.row(ctx, who, id, "clocks")
	if err != nil {
		return nil, err
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return nil, err
	}
	out := []Clock{}
	if formed, err := calendar.ParseDate(row.Draft.FormedOn); err == nil {
		if due, ok := d.calendar.Get().Statutory(row.Draft.Kind, formed); ok {
			c := clockOf(due.Explanation, due.At, due.At)
			c.Law, c.From = due.Limit.Law, d.calendar.Get().End(formed.AddDays(-1)).Add(time.Microsecond)
			if err := d.run(&c, now); err != nil {
				return nil, err
			}
			out = append(out, c)
		}
	}
	tasks, err := d.store.OpenTasks(ctx, id)
	if err != nil {
		return nil, err
	}
	given, err := d.extensions(ctx, row)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, t := range tasks {
		limit, ok := limitOf(row.Case.Route, t)
		if !ok || seen[t.TaskStep] {
			continue
		}
		seen[t.TaskStep] = true
		p, err := store.StepDue(d.calendar.Get(), row.Case, disclosure.Task{Step: t.TaskStep, Limit: limit, Extended: given[t.TaskStep].N}, t.OpenedAt)
		if err != nil {
			return nil, err
		}
		c := clockOf(p.Explanation, t.DueAt, p.Due)
		c.Step, c.From = t.TaskStep, t.OpenedAt
		if p.Shortened() {
			c.Full = &p.Full
		}
		x := disclosure.Extension{Step: t.TaskStep, N: 1, Opinion: "-", Due: t.DueAt, At: now}
		if e, ok := given[t.TaskStep]; ok {
			c.Extension, x.Before = &e, 1
		}
		if row.Case.CheckExtension(who.Person, x) == nil {
			c.Extendable = limit.N
		}
		if err := d.run(&c, now, p.Stops...); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return d.questionClocks(row.Case, now, out)
}

// run adds how much of a clock has run at now.
func (d *Desk) run(c *Clock, now time.Time, stops ...calendar.Stop) error {
	r, err := d.calendar.Get().Read(calendar.Clock{Limit: calendar.Limit{N: c.N, Unit: calendar.Unit(c.Unit)}, From: c.From, Stops: stops}, now)
	if err != nil {
		return err
	}
	c.Consumed, c.RunningSince, c.Stopped = r.Consumed, instant(r.Since), r.Stopped
	return nil
}

func limitOf(r disclosure.Route, t store.Task) (disclosure.Limit, bool) {
	for _, s := range r.Steps {
		if s.ID == t.TaskStep {
			return s.Limit, true
		}
	}
	return disclosure.Limit{}, false
}

// sameInstant is how far what stands and what is counted anew may lie apart: the seat was
// opened a moment after its time was worked out.
const sameInstant = 5 * time.Second

func clockOf(x calendar.Explanation, stands, counted time.Time) Clock {
	c := Clock{
		Due: stands, N: x.N, Unit: string(x.Unit), Days: []ClockDay{}, Calendar: x.Calendar, Provisional: x.Provisional, Zh: x.Text("zh"), En: x.Text("en"),
	}
	for _, day := range x.Days {
		c.Days = append(c.Days, ClockDay{Date: day.Date.String(), Counted: day.Counted, Why: string(day.Why), Stopped: day.Stopped, Zh: day.Name.Zh, En: day.Name.En})
	}
	if counted.Sub(stands).Abs() > sameInstant {
		c.Counted = &counted
	}
	return c
}
