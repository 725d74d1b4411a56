package disclosure

import (
	"slices"
	"time"
)

// Delegation is a mandate to decide in another's place (代理), for a time and a scope; for
// one item it is 委派. It gives the seat of the giver and nothing more: whatever keeps the
// giver from deciding keeps the delegate from it too.
type Delegation struct {
	ID       string    `json:"id"`
	Giver    string    `json:"giver"`
	Delegate string    `json:"delegate"`
	Kinds    []string  `json:"kinds,omitempty"` // empty: all
	Steps    []string  `json:"steps,omitempty"` // empty: all
	Item     string    `json:"item,omitempty"`  // only this one
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"` // the first instant after it
}

// Mandate is what a delegate decides on: the delegation, and who gave it as they stood.
type Mandate struct {
	Delegation
	Of Person `json:"of"`
}

// Covers says whether d is good for a step of c at an instant.
func (d Delegation) Covers(c Case, step string, at time.Time) bool {
	return !at.Before(d.From) && at.Before(d.Until) && (d.Item == "" || d.Item == c.ID) &&
		(len(d.Kinds) == 0 || slices.Contains(d.Kinds, c.Kind)) && (len(d.Steps) == 0 || slices.Contains(d.Steps, step))
}

func (d Delegation) meets(o Delegation) bool { return d.From.Before(o.Until) && o.From.Before(d.Until) }

// overlaps says whether a task could fall under both.
func (d Delegation) overlaps(o Delegation) bool {
	share := func(a, b []string) bool {
		return len(a) == 0 || len(b) == 0 || slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
	}
	return d.meets(o) && share(d.Kinds, o.Kinds) && share(d.Steps, o.Steps) && (d.Item == "" || o.Item == "" || d.Item == o.Item)
}

// CheckDelegation says whether by may order d at now beside those that stand: a giver gives
// their own, the security administrator anybody's of the unit.
func CheckDelegation(d Delegation, giver, delegate, by Person, standing []Delegation, now time.Time) error {
	switch {
	case by.ID != giver.ID && !by.Has(SecurityAdmin) || by.Unit != giver.Unit:
		return Refuse(Forbidden, "")
	case d.Giver != giver.ID || d.Delegate != delegate.ID || giver.ID == delegate.ID:
		return Refuse(DelegationSelf, "delegate")
	case !giver.May(MayDecide):
		return Refuse(NotEligible, "giver")
	case !delegate.May(MayDecide) || delegate.Unit != giver.Unit:
		return Refuse(NotEligible, "delegate")
	case d.From.Before(now):
		return Refuse(DelegationPast, "from", "at", ShowInstant(now, DefaultZone))
	case !d.Until.After(d.From) || d.Until.Sub(d.From) > maxDelegation:
		return Refuse(DelegationPeriod, "until")
	}
	for _, o := range standing {
		switch {
		case o.ID == d.ID || !d.meets(o):
		case o.Giver == d.Delegate || o.Delegate == d.Giver:
			return Refuse(DelegationChain, "delegate")
		case o.Giver == d.Giver && d.overlaps(o):
			return Refuse(DelegationOverlaps, "from")
		}
	}
	return nil
}

// maxDelegation bounds a delegation: a mistyped year must not give a seat away for good.
const maxDelegation = 366 * 24 * time.Hour

// SeatOf is whose seat an act of deciding fills.
func (a Act) SeatOf() Person {
	if a.Mandate != nil {
		return a.Mandate.Of
	}
	return a.By
}

// OnBehalf names in whose place it was decided, or "".
func (a Act) OnBehalf() string {
	if a.Mandate == nil {
		return ""
	}
	return a.Mandate.Giver
}

// DelegationID names the delegation it was decided on, or "".
func (a Act) DelegationID() string {
	if a.Mandate == nil {
		return ""
	}
	return a.Mandate.ID
}

// TargetID names the person meant, or "".
func (a Act) TargetID() string {
	if a.Target == nil {
		return ""
	}
	return a.Target.ID
}

// parties are who takes part in a decision: both count where deciders are to be different
// people with no part in the text.
func (a Act) parties() []Person {
	if a.Mandate != nil {
		return []Person{a.By, a.Mandate.Of}
	}
	return []Person{a.By}
}

// checkMandate refuses to decide in a name without the right to.
func (c Case) checkMandate(a Act) error {
	if m := a.Mandate; m != nil && (m.Delegate != a.By.ID || m.Giver != m.Of.ID || a.By.ID == m.Of.ID || !a.By.May(MayDecide) ||
		a.By.Unit != c.Unit || !m.Covers(c, a.Step, a.At)) {
		return Refuse(NoMandate, "on_behalf")
	}
	return nil
}
