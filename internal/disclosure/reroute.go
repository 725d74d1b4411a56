package disclosure

import "slices"

// Reroute puts an item in review on a longer route, or back on the one it was submitted on.
const Reroute ActType = "reroute" // 改线

// Covers says whether whoever walks r has passed every step of old, in its order: with the
// same seats, at least as many of them filled, no condition more, and essential where it was.
func (r Route) Covers(old Route) bool {
	last := -1
	for _, o := range old.own() {
		i := r.index(o.ID)
		if i <= last {
			return false
		}
		n := r.Steps[i]
		if !slices.Equal(n.Seats, o.Seats) || n.Quorum() < o.Quorum() || o.Essential && !n.Essential || !sameCondition(n.When, o.When) {
			return false
		}
		last = i
	}
	return true
}

// own are the steps without what deciders added to them.
func (r Route) own() []Step {
	var steps []Step
	for _, s := range r.Steps {
		s.Seats = slices.DeleteFunc(slices.Clone(s.Seats), func(x Seat) bool { return x.AddedBy != "" })
		if len(s.Seats) > 0 {
			steps = append(steps, s)
		}
	}
	return steps
}

func sameCondition(a, b *Condition) bool {
	if a == nil || b == nil {
		return a == b
	}
	return slices.Equal(a.Kinds, b.Kinds) && slices.Equal(a.Units, b.Units) && slices.Equal(a.Channels, b.Channels) && slices.Equal(a.Flags, b.Flags)
}

// Rerouted is the case on another route. Decisions on steps that both have stand, whom
// deciders added stays, and it goes on at the first step that is still to be passed.
func (c Case) Rerouted(to Route) Case {
	from := c.Route
	c.Route = to.with(from)
	switch {
	case to.Ref() == c.Origin:
		c.Origin = RouteRef{}
	case c.Origin == RouteRef{}:
		c.Origin = from.Ref()
	}
	c.Decisions = slices.DeleteFunc(slices.Clone(c.Decisions), func(d Decision) bool { return d.Step != BypassStep && c.Route.index(d.Step) < 0 })
	c.Step = 0
	c.skip()
	return c
}

// with is the route with the signers that deciders added to another, where they were: at the
// same step, or before the step that they were before.
func (r Route) with(old Route) Route {
	r.Steps = slices.Clone(r.Steps)
	for i, s := range old.Steps {
		added := slices.DeleteFunc(slices.Clone(s.Seats), func(x Seat) bool { return x.AddedBy == "" })
		if len(added) == 0 {
			continue
		}
		if at := r.index(s.ID); at >= 0 {
			r.Steps[at].Seats = append(slices.Clone(r.Steps[at].Seats), added...)
			continue
		}
		at := len(r.Steps)
		for _, next := range old.Steps[i+1:] {
			if k := r.index(next.ID); k >= 0 {
				at = k
				break
			}
		}
		s.Seats = added
		r.Steps = slices.Insert(r.Steps, at, s)
	}
	return r
}

// checkReroute lets whoever could decide now, may release or keeps the routes put the item on
// a route that asks for more, or take that back while something is left to be decided.
func (c Case) checkReroute(a Act) error {
	if a.By.Unit != c.Unit || slices.Contains(c.Contributors, a.By.ID) {
		return Refuse(Forbidden, "")
	}
	if _, err := c.mayTake(a.By, ""); err != nil && !a.By.May(MayRelease) && !a.By.May(MayRoute) {
		return err
	}
	switch {
	case a.Route == nil:
		return Refuse(Required, "route")
	case a.Route.Ref() == c.Route.Ref():
		return Refuse(RerouteSame, "route")
	case a.Route.Ref() != c.Origin && !a.Route.Covers(c.Route):
		return Refuse(RerouteShorter, "route")
	case a.Opinion == "":
		return Refuse(ReasonRequired, "reason")
	}
	if next := c.Rerouted(*a.Route); next.Step >= len(next.Route.Steps) {
		return Refuse(RerouteNothingLeft, "route")
	}
	return nil
}
