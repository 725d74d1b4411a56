package disclosure

import (
	"slices"
	"strconv"
	"strings"
)

// Acts on the case's own copy of its route.
const (
	AddSigner  ActType = "add_signer"  // 加签
	DropSigner ActType = "drop_signer" // 撤销加签
)

// Where a signer is added, seen from the step that waits.
const (
	SignBefore = "before"
	SignBeside = "beside"
	SignAfter  = "after"
)

// addedStep begins the id of every step that a decider added.
const addedStep = "added-"

// Signer is a named person whom a decider added to the route of one item.
type Signer struct {
	Step   string
	Seat   int
	Person string
	By     string
	// Essential: no bypass goes past it, for it sits on a step that none goes past.
	Essential bool
}

// Signers lists whom deciders added to the route, in its order.
func (r Route) Signers() []Signer {
	var all []Signer
	for _, s := range r.Steps {
		for i, seat := range s.Seats {
			if seat.AddedBy != "" {
				all = append(all, Signer{Step: s.ID, Seat: i, Person: seat.Person, By: seat.AddedBy, Essential: s.Essential})
			}
		}
	}
	return all
}

// ownQuorum is how many of the seats that the route itself gives a step it needs.
func (s Step) ownQuorum() int {
	s.Seats = slices.DeleteFunc(slices.Clone(s.Seats), func(seat Seat) bool { return seat.AddedBy != "" })
	if len(s.Seats) == 0 {
		return 0
	}
	return s.Quorum()
}

// checkAddSigner lets whoever could decide now, or has decided at this step, ask for the
// signature of a named person. Nothing is taken away from the route by it.
func (c Case) checkAddSigner(a Act) error {
	step := c.current()
	if a.Step != step.ID {
		return Refuse(WrongStep, "step", "current", step.ID, "step", a.Step)
	}
	decided := slices.ContainsFunc(c.Decisions, func(d Decision) bool { return d.Step == step.ID && d.Person == a.By.ID })
	if !decided {
		if _, err := c.mayTake(a.By, ""); err != nil {
			return err
		}
	}
	switch {
	case !slices.Contains([]string{SignBefore, SignBeside, SignAfter}, a.Where):
		return badValue("where", a.Where, SignBefore, SignBeside, SignAfter)
	case a.Target == nil:
		return Refuse(Required, "person")
	case a.Opinion == "":
		return Refuse(ReasonRequired, "reason")
	case a.Target.ID == a.By.ID || slices.ContainsFunc(c.Route.Signers(), func(s Signer) bool { return s.Person == a.Target.ID }):
		return Refuse(NotEligible, "person")
	}
	return c.mayNot(*a.Target)
}

func (c *Case) addSigner(a Act) {
	step := c.current()
	role := a.Target.RoleFor(MayDecide)
	seat := Seat{Role: role, Person: a.Target.ID, AddedBy: a.By.ID}
	c.Route.Steps = slices.Clone(c.Route.Steps)
	if a.Where == SignBeside {
		seats := &c.Route.Steps[c.Step].Seats
		*seats = append(slices.Clone(*seats), seat)
		return
	}
	at := c.Step
	if a.Where == SignAfter {
		at++
	}
	c.Route.Steps = slices.Insert(c.Route.Steps, at, Step{
		ID: c.Route.nextAdded(), Zh: "加签", En: "Added signature", Rule: AllOf, Seats: []Seat{seat}, Limit: step.Limit,
		Outcomes: []Outcome{Disclose, DoNotDisclose, ReturnToEarlier},
	})
}

func (r Route) nextAdded() string {
	n := 0
	for _, s := range r.Steps {
		if k, err := strconv.Atoi(strings.TrimPrefix(s.ID, addedStep)); err == nil && strings.HasPrefix(s.ID, addedStep) {
			n = max(n, k)
		}
	}
	return addedStep + strconv.Itoa(n+1)
}

// checkDropSigner lets only who added a signer take that back, and only before their step
// opens. A step of the route itself was added by nobody.
func (c Case) checkDropSigner(a Act) error {
	i := c.Route.index(a.Step)
	switch {
	case i < 0 || !strings.HasPrefix(a.Step, addedStep) || c.Route.Steps[i].Seats[0].AddedBy != a.By.ID:
		return Refuse(SignerFixed, "step")
	case i <= c.Step:
		return Refuse(SignerFixed, "step")
	case a.Opinion == "":
		return Refuse(ReasonRequired, "reason")
	}
	return nil
}

// dropContributors takes those off the route who were added to it and have a part in the
// text since: they may not decide, and nobody else can in their seat.
func (c *Case) dropContributors() {
	if !slices.ContainsFunc(c.Route.Signers(), func(s Signer) bool { return slices.Contains(c.Contributors, s.Person) }) {
		return
	}
	out := func(s Seat) bool { return s.AddedBy != "" && slices.Contains(c.Contributors, s.Person) }
	c.Route.Steps = slices.Clone(c.Route.Steps)
	for i, s := range c.Route.Steps {
		c.Route.Steps[i].Seats = slices.DeleteFunc(slices.Clone(s.Seats), out)
	}
	c.Route.Steps = slices.DeleteFunc(c.Route.Steps, func(s Step) bool { return len(s.Seats) == 0 })
}

func (c *Case) dropSigner(a Act) {
	i := c.Route.index(a.Step)
	c.Route.Steps = slices.Delete(slices.Clone(c.Route.Steps), i, i+1)
}
