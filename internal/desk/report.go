package desk

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// Report is how a unit did in a period, in numbers that say nothing of any item's content.
type Report struct {
	From, Until time.Time
	FullDay     time.Duration // working time of a day
	Backlog     []Backlog     // now, whatever the period
	Steps       []StepTime
	Outcomes    []StepOutcome
	Classes     []ClassFound
	Rules       []RuleFound // those that found most
	Channels    map[string]int
	Limits      map[string]int
	Bypasses    []Bypassed
}

// Backlog is what a section has in hand now.
type Backlog struct {
	Section Ref
	N       int
	Overdue int
	Ages    [len(AgeDays) + 1]int // by working days since the first submission: up to AgeDays, and more
	Oldest  time.Duration         // working time
}

// AgeDays divide a backlog by working days.
var AgeDays = [...]int{3, 7, 20}

// StepTime is how long people took at a step, in working time.
type StepTime struct {
	Step, Zh, En   string
	N, Late        int
	Median, Ninety time.Duration // half, and nine of ten, took no longer
}

// StepOutcome counts decisions.
type StepOutcome struct {
	Step, Zh, En string
	Outcome      disclosure.Outcome
	N            int
}

// ClassFound counts findings of a class by what became of them.
type ClassFound struct {
	Class                        string
	N, Open, FalseAlarms, Lawful int
	Changed                      int // masked, removed or written anew: a later version took the place of theirs
}

// RuleFound counts findings of a rule.
type RuleFound struct {
	Rule, Class    string
	N, FalseAlarms int
}

// Bypassed is a sign-off that a leader shortened.
type Bypassed struct {
	ID, Number, By string
	At             time.Time
	Judged         string // afterwards: waiting, overdue, ratified or objected; empty if it came to no approval
}

const (
	maxPeriod  = 400 * 24 * time.Hour
	topRules   = 8
	mostBypass = 50
	maxAge     = 5 * 366 * 24 * time.Hour // older ones count as that old
)

// Punctuality and Limits are the lines of a report, in order.
var (
	Punctuality = [...]string{"1s", "10s", "60s", "later", "never"}
	Limits      = [...]string{"met", "missed", "waiting", "none"}
)

// Report counts how the viewer's unit did. It is for who leads: who sees all planned
// releases.
func (d *Desk) Report(ctx context.Context, who Actor, from, until time.Time) (Report, error) {
	if err := d.needs(ctx, who, disclosure.MayRelease, "report", ""); err != nil {
		return Report{}, err
	}
	switch {
	case !until.After(from):
		return Report{}, disclosure.Refuse(disclosure.WrongType, "until", "why", "until > from")
	case until.Sub(from) > maxPeriod:
		return Report{}, disclosure.Refuse(disclosure.WrongType, "until", "why", "≤ "+strconv.Itoa(int(maxPeriod/(24*time.Hour)))+" d")
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return Report{}, err
	}
	out := Report{From: from, Until: until, FullDay: d.calendar.Get().FullDay(who.Unit, d.calendar.Get().DateOf(now))}
	p := store.Period{From: from, Until: until}
	for _, part := range []func(context.Context, string, store.Period, time.Time, *Report) error{
		d.backlog, d.stepTimes, d.outcomes, d.found, d.kept,
	} {
		if err := part(ctx, who.Unit, p, now, &out); err != nil {
			return Report{}, err
		}
	}
	return out, nil
}

func (d *Desk) backlog(ctx context.Context, unit string, _ store.Period, now time.Time, out *Report) error {
	rows, err := d.store.InHand(ctx, unit)
	if err != nil {
		return err
	}
	first := now
	for _, r := range rows {
		if r.Since.Before(first) {
			first = r.Since
		}
	}
	if now.Sub(first) > maxAge {
		first = now.Add(-maxAge)
	}
	worked := d.calendar.Get().Gauge(unit, first, now)
	for _, r := range rows {
		n := len(out.Backlog)
		if n == 0 || out.Backlog[n-1].Section.ID != r.Section {
			out.Backlog = append(out.Backlog, Backlog{Section: Ref{ID: r.Section, Name: r.Name}})
			n++
		}
		b := &out.Backlog[n-1]
		age := worked.Between(r.Since, now)
		b.N, b.Oldest = b.N+1, max(b.Oldest, age)
		if r.Overdue {
			b.Overdue++
		}
		i := 0
		for i < len(AgeDays) && age > time.Duration(AgeDays[i])*out.FullDay {
			i++
		}
		b.Ages[i]++
	}
	return nil
}

func (d *Desk) stepTimes(ctx context.Context, unit string, p store.Period, _ time.Time, out *Report) error {
	rows, err := d.store.Seated(ctx, unit, p)
	if err != nil || len(rows) == 0 {
		return err
	}
	first := slices.MinFunc(rows, func(a, b store.Seated) int { return a.Opened.Compare(b.Opened) }).Opened
	if p.Until.Sub(first) > maxAge {
		first = p.Until.Add(-maxAge)
	}
	worked := d.calendar.Get().Gauge(unit, first, p.Until)
	took, late := map[string][]time.Duration{}, map[string]int{}
	for _, r := range rows {
		took[r.Step] = append(took[r.Step], worked.Between(r.Opened, r.Closed))
		if r.Closed.After(r.Due) {
			late[r.Step]++
		}
	}
	for _, step := range byRoute(slices.Collect(maps.Keys(took))) {
		all := took[step]
		slices.Sort(all)
		s := StepTime{Step: step, N: len(all), Late: late[step], Median: all[(len(all)-1)/2], Ninety: all[(len(all)*9+9)/10-1]}
		s.Zh, s.En = routeStep(step)
		out.Steps = append(out.Steps, s)
	}
	return nil
}

func (d *Desk) outcomes(ctx context.Context, unit string, p store.Period, _ time.Time, out *Report) error {
	rows, err := d.store.Outcomes(ctx, unit, p)
	if err != nil {
		return err
	}
	for _, r := range rows {
		o := StepOutcome{Step: r.A, Outcome: disclosure.Outcome(r.B), N: r.N}
		o.Zh, o.En = routeStep(r.A)
		out.Outcomes = append(out.Outcomes, o)
	}
	order := byRoute(nil)
	slices.SortStableFunc(out.Outcomes, func(a, b StepOutcome) int {
		return cmp.Or(slices.Index(order, a.Step)-slices.Index(order, b.Step), b.N-a.N)
	})
	return nil
}

func (d *Desk) found(ctx context.Context, unit string, p store.Period, _ time.Time, out *Report) error {
	rows, err := d.store.FoundBy(ctx, unit, p)
	if err != nil {
		return err
	}
	for _, class := range []string{"BLOCK", "HOLD", "WARN", "INFO"} {
		out.Classes = append(out.Classes, ClassFound{Class: class})
	}
	for _, r := range rows {
		if i := slices.IndexFunc(out.Classes, func(c ClassFound) bool { return c.Class == r.A }); i >= 0 {
			c := &out.Classes[i]
			c.N += r.N
			switch r.C {
			case string(disclosure.FalseAlarm):
				c.FalseAlarms += r.N
			case string(disclosure.LawfulHere):
				c.Lawful += r.N
			case store.Replaced:
				c.Changed += r.N
			default:
				c.Open += r.N
			}
		}
		i := slices.IndexFunc(out.Rules, func(x RuleFound) bool { return x.Rule == r.B && x.Class == r.A })
		if i < 0 {
			out.Rules, i = append(out.Rules, RuleFound{Rule: r.B, Class: r.A}), len(out.Rules)
		}
		out.Rules[i].N += r.N
		if disclosure.Disposition(r.C) == disclosure.FalseAlarm {
			out.Rules[i].FalseAlarms += r.N
		}
	}
	slices.SortStableFunc(out.Rules, func(a, b RuleFound) int { return cmp.Or(b.N-a.N, cmp.Compare(a.Rule, b.Rule)) })
	out.Rules = out.Rules[:min(len(out.Rules), topRules)]
	return nil
}

// kept counts what kept its instant and the law, and what went past people.
func (d *Desk) kept(ctx context.Context, unit string, p store.Period, _ time.Time, out *Report) error {
	channels, err := d.store.Punctual(ctx, unit, p)
	if err != nil {
		return err
	}
	limits, err := d.store.Lawful(ctx, unit, p)
	if err != nil {
		return err
	}
	out.Channels, out.Limits = byName(channels), byName(limits)
	shortened, err := d.store.Shortened(ctx, unit, p, mostBypass)
	for _, b := range shortened {
		out.Bypasses = append(out.Bypasses, Bypassed(b))
	}
	return err
}

func byName(rows []store.Counted) map[string]int {
	out := map[string]int{}
	for _, r := range rows {
		out[r.A] += r.N
	}
	return out
}

// byRoute puts steps in the order in which routes have them, those of no route last. With
// none it lists all that routes have.
func byRoute(steps []string) []string {
	var order []string
	for _, r := range disclosure.Routes() {
		for _, s := range r.Steps {
			if !slices.Contains(order, s.ID) {
				order = append(order, s.ID)
			}
		}
	}
	if steps == nil {
		return order
	}
	place := func(id string) int {
		if i := slices.Index(order, id); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortFunc(steps, func(a, b string) int { return cmp.Or(place(a)-place(b), cmp.Compare(a, b)) })
	return steps
}

// routeStep names a step as any route has it.
func routeStep(id string) (zh, en string) {
	for _, r := range disclosure.Routes() {
		for _, s := range r.Steps {
			if s.ID == id {
				return s.Zh, s.En
			}
		}
	}
	return stepName(disclosure.Case{}, id)
}

// ExportedReport enters in the ledger that a report left.
func (d *Desk) ExportedReport(ctx context.Context, who Actor) {
	d.note(ctx, who, "export", "report", "ok", nil)
}
