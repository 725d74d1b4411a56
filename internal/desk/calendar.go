package desk

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// CalendarYear is a version of a year of the working-day calendar with who answers for it.
// Status is proposed, refused, in_force or replaced.
type CalendarYear struct {
	Year       calendar.Year  `json:"year"`
	Status     string         `json:"status"`
	Reason     string         `json:"reason"`
	ProposedBy Ref            `json:"proposed_by"` // empty: shipped with the program
	ProposedAt *time.Time     `json:"proposed_at"`
	SettledBy  Ref            `json:"settled_by"`
	SettledAt  *time.Time     `json:"settled_at"`
	Free       int            `json:"free"`    // weekdays off less weekends worked
	Law        int            `json:"law"`     // as many as the law makes free
	Changes    []CalendarDay  `json:"changes"` // of a proposed one: days that are something else than now
	Moves      []DeadlineMove `json:"moves"`   // of a proposed one: deadlines that it counts otherwise
	Can        []string       `json:"can"`     // confirm, refuse: what I may do
}

// CalendarDay is a day that a proposed year makes something else: weekday, weekend, holiday
// or working_weekend.
type CalendarDay struct {
	Date   string        `json:"date"`
	Before string        `json:"before"`
	After  string        `json:"after"`
	Name   calendar.Name `json:"name,omitzero"` // of the holiday that it is or was
}

// Kinds of deadlines that a calendar moves.
const (
	MoveTask     = "task"
	MoveQuestion = "question" // stands until a person decides: others were told
	MoveLimit    = "limit"    // of the law, for a release
	MoveRelease  = "release"  // an approved instant on a day that is not worked: it stands
)

// DeadlineMove is a deadline that another calendar counts otherwise. Number is empty for a
// viewer who does not see the unit's planned releases.
type DeadlineMove struct {
	Kind       string    `json:"kind"`
	Disclosure string    `json:"disclosure,omitempty"`
	Number     string    `json:"number,omitempty"`
	Step       string    `json:"step,omitempty"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
	Stands     bool      `json:"stands"` // it does not move by itself
}

// CalendarInput proposes a year.
type CalendarInput struct {
	Year   calendar.Year `json:"year"` // its version is given by the system
	Reason string        `json:"reason"`
}

// CalendarYears lists every version of every year, the newest first, without what a proposed
// one would move.
func (d *Desk) CalendarYears(ctx context.Context, who Actor) ([]CalendarYear, error) {
	if err := d.administers(ctx, who, "calendar", "", disclosure.MayRead, disclosure.MayCalendar, disclosure.MayAudit); err != nil {
		return nil, err
	}
	rows, err := d.store.CalendarYears(ctx)
	if err != nil {
		return nil, err
	}
	force := map[int]int{}
	own := d.calendar.Own().Years()
	for _, y := range own {
		force[y.Year] = y.Version
	}
	for _, r := range rows {
		if r.Confirmed != nil && *r.Confirmed && r.Version >= force[r.Number] {
			force[r.Number] = r.Version
		}
	}
	var out []CalendarYear
	for _, r := range rows {
		at := r.ProposedAt
		v := CalendarYear{
			Year: r.Year, Status: "replaced", Reason: r.Reason, ProposedBy: Ref{ID: r.ProposedBy, Name: r.ProposedName}, ProposedAt: &at,
			SettledBy: Ref{ID: deref(r.SettledBy), Name: deref(r.SettledName)}, SettledAt: r.SettledAt, Can: []string{},
		}
		switch {
		case r.Confirmed == nil:
			v.Status = "proposed"
			if who.May(disclosure.MayCalendar) {
				v.Can = append(v.Can, "refuse")
				if who.ID != r.ProposedBy {
					v.Can = append(v.Can, "confirm")
				}
			}
		case !*r.Confirmed:
			v.Status = "refused"
		case force[r.Number] == r.Version:
			v.Status = "in_force"
		}
		out = append(out, v)
	}
	for _, y := range own {
		if slices.ContainsFunc(rows, func(r store.CalendarYear) bool { return r.Number == y.Year && r.Version == y.Version }) {
			continue
		}
		v := CalendarYear{Year: y, Status: "replaced", Can: []string{}}
		if force[y.Year] == y.Version {
			v.Status = "in_force"
		}
		out = append(out, v)
	}
	for i := range out {
		out[i].Free, out[i].Law = d.calendar.Get().Balance(out[i].Year)
		out[i].Changes, out[i].Moves = []CalendarDay{}, []DeadlineMove{}
	}
	slices.SortStableFunc(out, func(a, b CalendarYear) int {
		return (b.Year.Year-a.Year.Year)*1000 + b.Year.Version - a.Year.Version
	})
	return out, nil
}

// CalendarYear is one version of a year; of a proposed one with the days and the deadlines
// that it changes.
func (d *Desk) CalendarYear(ctx context.Context, who Actor, year, version int) (CalendarYear, error) {
	all, err := d.CalendarYears(ctx, who)
	if err != nil {
		return CalendarYear{}, err
	}
	i := slices.IndexFunc(all, func(v CalendarYear) bool { return v.Year.Year == year && v.Year.Version == version })
	if i < 0 {
		return CalendarYear{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	v := all[i]
	if v.Status != "proposed" {
		return v, nil
	}
	now, next, err := d.calendars(ctx, v.Year)
	if err != nil {
		return CalendarYear{}, err
	}
	v.Changes = daysOf(now, next, year)
	v.Moves, err = d.moves(ctx, who, now, next)
	return v, err
}

// calendars returns the calendar in force, as the database has it, and with another year.
func (d *Desk) calendars(ctx context.Context, y calendar.Year) (now, next *calendar.Calendar, err error) {
	years, err := d.store.ConfirmedYears(ctx)
	if err != nil {
		return nil, nil, err
	}
	if now, err = d.calendar.Own().With(years...); err != nil {
		return nil, nil, err
	}
	next, err = now.With(y)
	return now, next, faulty(err)
}

func daysOf(now, next *calendar.Calendar, year int) []CalendarDay {
	out := []CalendarDay{}
	for _, c := range now.Changes(next, year) {
		day := CalendarDay{Date: c.Date.String(), Before: string(c.From.Why), After: string(c.To.Why), Name: c.To.Name}
		if day.Name == (calendar.Name{}) {
			day.Name = c.From.Name
		}
		out = append(out, day)
	}
	return out
}

// faulty turns the fault of a year into a refusal that names its place.
func faulty(err error) error {
	if f := (*calendar.Fault)(nil); errors.As(err, &f) {
		return disclosure.Refuse(disclosure.CalendarBad, f.Field, "why_zh", f.Zh, "why_en", f.En)
	}
	return err
}

// moves lists the open deadlines of the viewer's unit that next counts otherwise than now.
func (d *Desk) moves(ctx context.Context, who Actor, now, next *calendar.Calendar) ([]DeadlineMove, error) {
	out := []DeadlineMove{}
	add := func(m DeadlineMove) {
		if !who.May(disclosure.MayRelease) {
			m.Disclosure, m.Number = "", ""
		}
		if !m.From.Equal(m.To) {
			m.From, m.To = m.From.UTC(), m.To.UTC()
			out = append(out, m)
		}
	}
	tasks, err := d.store.CountedTasks(ctx, who.Unit)
	if err != nil {
		return nil, err
	}
	for _, t := range tasks {
		due, counted, err := t.Due(next)
		if err != nil {
			return nil, err
		}
		if counted {
			add(DeadlineMove{Kind: MoveTask, Disclosure: t.Disclosure, Number: t.Number, Step: t.Step, From: t.DueAt, To: due})
		}
	}
	questions, err := d.store.AwaitedQuestions(ctx, who.Unit)
	if err != nil {
		return nil, err
	}
	for _, q := range questions {
		terms, _ := disclosure.TermsOn(q.Kind, q.Terms)
		due, _, err := next.Deadline(q.ReceivedOn, calendar.Limit{N: terms.Limit.N, Unit: calendar.Unit(terms.Limit.Unit)})
		if err != nil {
			return nil, err
		}
		add(DeadlineMove{Kind: MoveQuestion, Disclosure: q.Disclosure, Number: q.Number, From: q.DueAt, To: due, Stands: true})
	}
	items, err := d.store.Unreleased(ctx, who.Unit)
	if err != nil {
		return nil, err
	}
	for _, i := range items {
		if formed, err := calendar.ParseDate(i.Draft.FormedOn); err == nil {
			before, _ := now.Statutory(i.Draft.Kind, formed)
			if after, ok := next.Statutory(i.Draft.Kind, formed); ok {
				add(DeadlineMove{Kind: MoveLimit, Disclosure: i.ID, Number: i.Number, From: before.At, To: after.At})
			}
		}
		if i.ReleaseAt == nil {
			continue
		}
		at := *i.ReleaseAt
		was, _ := now.IsWorkingDay(now.DateOf(at))
		if will, _ := next.IsWorkingDay(next.DateOf(at)); !was || will {
			continue
		}
		if windows := next.Openings(i.Unit, at, at.AddDate(1, 0, 0), 1); len(windows) > 0 {
			add(DeadlineMove{Kind: MoveRelease, Disclosure: i.ID, Number: i.Number, From: at, To: windows[0].From, Stands: true})
		}
	}
	return out, nil
}

// ProposeCalendarYear proposes a year as the State Council published it, or another version
// of one. Nothing is counted with it before another person has confirmed it.
func (d *Desk) ProposeCalendarYear(ctx context.Context, who Actor, in CalendarInput) (CalendarYear, error) {
	if err := d.needs(ctx, who, disclosure.MayCalendar, "calendar_propose", ""); err != nil {
		return CalendarYear{}, err
	}
	if err := reasoned(&in.Reason); err != nil {
		return CalendarYear{}, err
	}
	all, err := d.CalendarYears(ctx, who)
	if err != nil {
		return CalendarYear{}, err
	}
	version := 1
	for _, v := range all {
		if v.Year.Year == in.Year.Year {
			version = max(version, v.Year.Version+1)
		}
		if v.Status == "proposed" {
			return CalendarYear{}, disclosure.Refuse(disclosure.CalendarOpen, "")
		}
	}
	y, err := in.Year.Published(version)
	if err != nil {
		return CalendarYear{}, faulty(err)
	}
	now, next, err := d.calendars(ctx, y)
	if err != nil {
		return CalendarYear{}, err
	}
	_, last := now.Span()
	if y.Year <= last && len(now.Changes(next, y.Year)) == 0 {
		return CalendarYear{}, disclosure.Refuse(disclosure.CalendarSame, "")
	}
	if err := d.store.ProposeCalendarYear(ctx, who.Person, y, in.Reason); err != nil {
		return CalendarYear{}, err
	}
	return d.CalendarYear(ctx, who, y.Year, y.Version)
}

// SettleCalendarYear confirms or refuses a proposed year. Who proposed it may take it back,
// but not confirm it. What is confirmed is in force at once, here and in every process: the
// time of open tasks is counted anew, and what others were told stands until a person decides.
func (d *Desk) SettleCalendarYear(ctx context.Context, who Actor, year, version int, confirm bool) (CalendarYear, error) {
	object := strconv.Itoa(year) + "/" + strconv.Itoa(version)
	if err := d.needs(ctx, who, disclosure.MayCalendar, "calendar_settle", object); err != nil {
		return CalendarYear{}, err
	}
	v, err := d.CalendarYear(ctx, who, year, version)
	switch {
	case err != nil:
		return CalendarYear{}, err
	case v.Status != "proposed":
		return CalendarYear{}, disclosure.Refuse(disclosure.CalendarSettled, "")
	case confirm && v.ProposedBy.ID == who.ID:
		d.Denied(ctx, who, "calendar_settle", object, disclosure.CalendarSecondPerson)
		return CalendarYear{}, disclosure.Refuse(disclosure.CalendarSecondPerson, "")
	}
	days, err := json.Marshal(v.Changes)
	if err != nil {
		return CalendarYear{}, err
	}
	detail := map[string]string{"days": string(days), "deadlines": strconv.Itoa(len(v.Moves))}
	if err := d.proven(ctx, who, func(who Actor) error {
		return d.store.SettleCalendarYear(ctx, who.Person, year, version, confirm, detail)
	}); err != nil {
		return CalendarYear{}, err
	}
	if confirm {
		years, err := d.store.ConfirmedYears(ctx)
		if err != nil {
			return CalendarYear{}, err
		}
		if err := d.calendar.Take(years); err != nil {
			return CalendarYear{}, err
		}
	}
	return d.CalendarYear(ctx, who, year, version)
}
