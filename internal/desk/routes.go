package desk

import (
	"context"
	"slices"
	"strconv"
	"time"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
)

// RouteVersion is a version of a route with who answers for it. Status is proposed, refused,
// planned, in_force or replaced.
type RouteVersion struct {
	Route      disclosure.Route         `json:"route"`
	Status     string                   `json:"status"`
	Reason     string                   `json:"reason"`
	ProposedBy Ref                      `json:"proposed_by"` // empty: shipped with the program
	ProposedAt time.Time                `json:"proposed_at"`
	SettledBy  Ref                      `json:"settled_by"`
	SettledAt  *time.Time               `json:"settled_at"`
	Changes    []disclosure.RouteChange `json:"changes"`   // from the version before
	InFlight   int                      `json:"in_flight"` // items on this version that keep it
	Can        []string                 `json:"can"`       // confirm, refuse: what I may do
}

// RouteInput proposes the next version of a route.
type RouteInput struct {
	Route  disclosure.Route `json:"route"` // its version is given by the system
	Reason string           `json:"reason"`
}

// Routes lists every version of every route, by id and with the newest first.
func (d *Desk) Routes(ctx context.Context, who Actor) ([]RouteVersion, error) {
	if err := d.administers(ctx, who, "routes", "", disclosure.MayRead, disclosure.MayRoute, disclosure.MayAudit); err != nil {
		return nil, err
	}
	today, err := d.today(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := d.store.RouteVersions(ctx)
	if err != nil {
		return nil, err
	}
	var book disclosure.Book
	for _, r := range rows {
		if r.Confirmed != nil && *r.Confirmed {
			book = append(book, r.Route)
		}
	}
	standing := book.InForce(today)
	out := make([]RouteVersion, len(rows))
	for i, r := range rows {
		v := RouteVersion{
			Route: r.Route, Reason: r.Reason, ProposedBy: Ref{ID: deref(r.ProposedBy), Name: deref(r.ProposedName)}, ProposedAt: r.ProposedAt,
			SettledBy: Ref{ID: deref(r.SettledBy), Name: deref(r.SettledName)}, SettledAt: r.SettledAt, InFlight: r.InFlight, Can: []string{},
		}
		earlier := slices.DeleteFunc(slices.Clone(book), func(o disclosure.Route) bool { return o.ID == r.ID && o.Version >= r.Version })
		before, _ := earlier.Next(r.ID)
		v.Changes = r.Route.ChangesFrom(before)
		_, inForce := standing.Find(r.Route.Ref())
		switch {
		case r.Confirmed == nil:
			v.Status = "proposed"
			if who.May(disclosure.MayRoute) {
				v.Can = append(v.Can, "refuse")
				if who.ID != v.ProposedBy.ID {
					v.Can = append(v.Can, "confirm")
				}
			}
		case !*r.Confirmed:
			v.Status = "refused"
		case inForce:
			v.Status = "in_force"
		case r.Route.EffectiveFrom > today:
			v.Status = "planned"
		default:
			v.Status = "replaced"
		}
		out[i] = v
	}
	return out, nil
}

func (d *Desk) today(ctx context.Context) (string, error) {
	now, err := d.store.Now(ctx)
	if err != nil {
		return "", err
	}
	return disclosure.LocalDay(now)
}

// Route is one version of a route.
func (d *Desk) Route(ctx context.Context, who Actor, ref disclosure.RouteRef) (RouteVersion, error) {
	all, err := d.Routes(ctx, who)
	if err != nil {
		return RouteVersion{}, err
	}
	i := slices.IndexFunc(all, func(v RouteVersion) bool { return v.Route.Ref() == ref })
	if i < 0 {
		return RouteVersion{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	return all[i], nil
}

// ProposeRoute proposes the next version of a route, or a new route. It is in force for
// nothing before another person has confirmed it, and for no item that is on its road.
func (d *Desk) ProposeRoute(ctx context.Context, who Actor, in RouteInput) (RouteVersion, error) {
	if err := d.needs(ctx, who, disclosure.MayRoute, "route_propose", ""); err != nil {
		return RouteVersion{}, err
	}
	if err := reasoned(&in.Reason); err != nil {
		return RouteVersion{}, err
	}
	all, err := d.store.RouteVersions(ctx)
	if err != nil {
		return RouteVersion{}, err
	}
	var known, confirmed disclosure.Book
	for _, v := range all {
		known = append(known, v.Route)
		if v.Confirmed != nil && *v.Confirmed {
			confirmed = append(confirmed, v.Route)
		}
	}
	r := in.Route
	_, r.Version = known.Next(r.ID)
	if err := r.Validate(); err != nil {
		return RouteVersion{}, err
	}
	if err := d.routeFits(ctx, r); err != nil {
		return RouteVersion{}, err
	}
	before, _ := confirmed.Next(r.ID)
	changes := r.ChangesFrom(before)
	if len(changes) == 0 {
		return RouteVersion{}, disclosure.Refuse(disclosure.RouteSame, "")
	}
	if err := d.store.ProposeRoute(ctx, who.Person, r, in.Reason, changes); err != nil {
		return RouteVersion{}, err
	}
	return d.Route(ctx, who, r.Ref())
}

// routeFits refuses a version for the past, and conditions on channels or units there are not.
func (d *Desk) routeFits(ctx context.Context, r disclosure.Route) error {
	today, err := d.today(ctx)
	if err != nil {
		return err
	}
	if r.EffectiveFrom < today {
		return disclosure.Refuse(disclosure.RouteBad, "effective_from", "why_zh", "不得早于今天", "why_en", "it begins today or later")
	}
	check := func(field string, c disclosure.Condition) error {
		for i, name := range c.Channels {
			if !slices.Contains(d.channels, name) {
				return disclosure.Refuse(disclosure.RouteBad, field+".channels["+strconv.Itoa(i)+"]", "why_zh", "没有这个渠道", "why_en", "there is no such channel")
			}
		}
		return nil
	}
	for i, c := range r.For {
		if err := check("for["+strconv.Itoa(i)+"]", c); err != nil {
			return err
		}
	}
	for i, s := range r.Steps {
		if s.When != nil {
			if err := check("steps["+strconv.Itoa(i)+"].when", *s.When); err != nil {
				return err
			}
		}
	}
	return nil
}

// SettleRoute confirms or refuses a proposed version. Who proposed it may take it back, but
// not confirm it.
func (d *Desk) SettleRoute(ctx context.Context, who Actor, ref disclosure.RouteRef, confirm bool) (RouteVersion, error) {
	object := ref.ID + "/" + strconv.Itoa(ref.Version)
	if err := d.needs(ctx, who, disclosure.MayRoute, "route_settle", object); err != nil {
		return RouteVersion{}, err
	}
	v, err := d.Route(ctx, who, ref)
	switch {
	case err != nil:
		return RouteVersion{}, err
	case v.Status != "proposed":
		return RouteVersion{}, disclosure.Refuse(disclosure.RouteSettled, "")
	case confirm && v.ProposedBy.ID == who.ID:
		d.Denied(ctx, who, "route_settle", object, disclosure.RouteSecondPerson)
		return RouteVersion{}, disclosure.Refuse(disclosure.RouteSecondPerson, "")
	}
	if today, err := d.today(ctx); err != nil {
		return RouteVersion{}, err
	} else if confirm && v.Route.EffectiveFrom < today {
		return RouteVersion{}, disclosure.Refuse(disclosure.RouteBad, "effective_from", "why_zh", "不得早于今天，请重新提出", "why_en", "it begins today or later: propose it again")
	}
	if err := d.proven(ctx, who, func(who Actor) error { return d.store.SettleRoute(ctx, who.Person, ref, confirm, v.Changes) }); err != nil {
		return RouteVersion{}, err
	}
	return d.Route(ctx, who, ref)
}

// SimulationInput asks who would have to decide: about an item, or about one of that kind.
type SimulationInput struct {
	Disclosure string            `json:"disclosure"` // its id; then the rest is taken from it
	Kind       string            `json:"kind"`
	Section    string            `json:"section"` // of the drafter; empty: mine
	Channels   []string          `json:"channels"`
	Flags      []disclosure.Flag `json:"flags"`
	From       time.Time         `json:"from,omitzero"` // when it is submitted; zero: now
}

// Simulation is who would have to decide, and by when.
type Simulation struct {
	Route   disclosure.RouteRef   `json:"route"`
	Zh      string                `json:"zh"`
	En      string                `json:"en"`
	Rule    disclosure.Condition  `json:"rule"` // for which the route was taken
	Also    []disclosure.RouteRef `json:"also"` // that fit too, less specifically
	From    time.Time             `json:"from"`
	Steps   []SimulatedStep       `json:"steps"`
	Nobody  bool                  `json:"nobody"` // somewhere nobody is left to decide
	Ongoing bool                  `json:"ongoing"`
}

// SimulatedStep is a step with who could decide there.
type SimulatedStep struct {
	Step  disclosure.Step `json:"step"`
	Asked bool            `json:"asked"`
	Done  bool            `json:"done"`
	Due   *time.Time      `json:"due"`    // if every step before takes all its time
	Seats [][]Ref         `json:"people"` // for each seat
	Short int             `json:"short"`  // how many deciders are lacking
}

// Simulate says who would have to decide on an item and by when. It changes nothing.
func (d *Desk) Simulate(ctx context.Context, who Actor, in SimulationInput) (Simulation, error) {
	if err := d.administers(ctx, who, "route_simulate", object(in.Disclosure), disclosure.MayRead, disclosure.MayRoute); err != nil {
		return Simulation{}, err
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return Simulation{}, err
	}
	if in.From.IsZero() {
		in.From = now
	}
	c, facts, err := d.imagined(ctx, who, in)
	if err != nil {
		return Simulation{}, err
	}
	out := Simulation{From: in.From, Also: []disclosure.RouteRef{}, Steps: []SimulatedStep{}, Ongoing: c.State == disclosure.InReview}
	if !out.Ongoing {
		book, err := d.store.Routes(ctx)
		if err != nil {
			return Simulation{}, err
		}
		chosen, err := book.For(facts, in.From)
		if err != nil {
			return Simulation{}, err
		}
		out.Rule, out.Also = chosen.Rule, chosen.Also
		c.Route, c.Step, c.Decisions = chosen.Route, 0, nil
		c.Kind, c.Channels, c.Flags = facts.Kind, facts.Channels, facts.Flags
	}
	out.Route, out.Zh, out.En = c.Route.Ref(), c.Route.Zh, c.Route.En
	return out, d.seat(ctx, c, &out)
}

// imagined is the case that is asked about, and its facts.
func (d *Desk) imagined(ctx context.Context, who Actor, in SimulationInput) (disclosure.Case, disclosure.Facts, error) {
	if in.Disclosure == "" {
		if _, ok := disclosure.KindByID(in.Kind); !ok {
			return disclosure.Case{}, disclosure.Facts{}, disclosure.Refuse(disclosure.NoRoute, "kind", "kind", in.Kind)
		}
		section := in.Section
		if section == "" {
			section = who.Section
		}
		return disclosure.NewCase("", who.Unit, section, ""), disclosure.Facts{Kind: in.Kind, Unit: who.Unit, Channels: in.Channels, Flags: in.Flags}, nil
	}
	row, err := d.row(ctx, who, in.Disclosure, "route_simulate")
	if err != nil {
		return disclosure.Case{}, disclosure.Facts{}, err
	}
	c := row.Case
	people, err := d.store.Contributors(ctx, row.ID)
	if err != nil {
		return disclosure.Case{}, disclosure.Facts{}, err
	}
	c.Contributors = slices.Clone(c.Contributors)
	for _, p := range people {
		c.Contributors = append(c.Contributors, p.ID)
	}
	facts := row.Draft.Facts(c.Unit)
	facts.Flags = append(facts.Flags, in.Flags...)
	return c, facts, nil
}

// seat fills in who could sit where, and by when.
func (d *Desk) seat(ctx context.Context, c disclosure.Case, out *Simulation) error {
	accounts, err := d.store.Deciders(ctx, c.Unit)
	if err != nil {
		return err
	}
	names := map[string]string{}
	people := make([]disclosure.Person, len(accounts))
	for i, a := range accounts {
		people[i], names[a.ID] = a.Person(), a.Name
	}
	at := out.From
	for _, s := range c.Stations(people) {
		step := SimulatedStep{Step: s.Step, Asked: s.Asked, Done: s.Done, Short: s.Short, Seats: [][]Ref{}}
		for _, fit := range s.Seats {
			refs := []Ref{}
			for _, id := range fit {
				refs = append(refs, Ref{ID: id, Name: names[id]})
			}
			step.Seats = append(step.Seats, refs)
		}
		if s.Asked && !s.Done {
			if at, _, err = d.calendar.Get().Deadline(at, calendar.Limit{N: s.Step.Limit.N, Unit: calendar.Unit(s.Step.Limit.Unit)}); err != nil {
				return err
			}
			due := at
			step.Due = &due
		}
		out.Nobody = out.Nobody || s.Short > 0
		out.Steps = append(out.Steps, step)
	}
	return nil
}
