package disclosure

import (
	"slices"
	"strconv"
	"time"
)

// ExtensionTerms are who may give a step more time, and how often. It never gets more than
// once its own limit again, and the limit of the law stays where it is.
type ExtensionTerms struct {
	Times         int    `json:"times"`
	Roles         []Role `json:"roles"`
	EffectiveFrom string `json:"effective_from"` // YYYY-MM-DD
	Basis         string `json:"basis"`
}

var extensionTerms = mustLoad[ExtensionTerms]("data/extensions.json")

// Extensions returns the terms in force.
func Extensions() ExtensionTerms {
	t := extensionTerms
	t.Roles = slices.Clone(t.Roles)
	return t
}

// Extension is more time for a step that waits.
type Extension struct {
	Step    string
	N       int       // in the unit of the step's limit
	Before  int       // how often it has been extended
	Opinion string    // id of the sealed reason
	Due     time.Time // when it is due as it stands
	At      time.Time
}

// CheckExtension refuses to give a step more time: to whom the step itself waits for, more
// often or for longer than the terms allow, and once the time has run out.
func (c Case) CheckExtension(by Person, x Extension) error {
	if by.Unit != c.Unit || !slices.ContainsFunc(extensionTerms.Roles, by.Has) {
		return Refuse(Forbidden, "")
	}
	tasks := slices.DeleteFunc(c.Tasks(), func(t Task) bool { return t.Step != x.Step })
	i := slices.IndexFunc(c.Route.Steps, func(s Step) bool { return s.ID == x.Step })
	switch {
	case len(tasks) == 0 || i < 0:
		return Refuse(NothingToExtend, "step", "step", x.Step)
	case slices.ContainsFunc(tasks, func(t Task) bool {
		return by.ID == t.Person || by.ID == t.Holder || t.Person == "" && by.Has(t.Role)
	}):
		return Refuse(ExtensionByHolder, "")
	case x.Before >= extensionTerms.Times:
		return Refuse(ExtendedAlready, "", "times", strconv.Itoa(extensionTerms.Times))
	case x.N < 1 || x.N > c.Route.Steps[i].Limit.N:
		return Refuse(ExtensionTooLong, "n", "max", strconv.Itoa(c.Route.Steps[i].Limit.N))
	case x.Opinion == "":
		return Refuse(ReasonRequired, "reason")
	case x.At.After(x.Due):
		return Refuse(ExtensionExpired, "", "at", ShowInstant(x.Due, DefaultZone))
	}
	return nil
}
