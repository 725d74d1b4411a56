package disclosure

import (
	"slices"
	"strings"
)

// ReevaluateStep is where what was not made public waits to be judged again (动态调整).
const ReevaluateStep = "reevaluate"

// ReevaluateOutcome is what a re-evaluation concludes.
type ReevaluateOutcome string

// Outcomes of a re-evaluation.
const (
	StaysClosed ReevaluateOutcome = "stays"    // 维持
	MayBeOpen   ReevaluateOutcome = "disclose" // 情势变化，可以公开: a new draft takes the road from its beginning
)

// ReevaluateTerms are how often what was not made public is judged again, by whom, and in what
// time.
type ReevaluateTerms struct {
	EveryYears    int    `json:"every_years"`
	Limit         Limit  `json:"limit"`
	Roles         []Role `json:"roles"`
	EffectiveFrom string `json:"effective_from"` // YYYY-MM-DD
	Basis         string `json:"basis"`
}

var reevaluateTerms = mustLoad[ReevaluateTerms]("data/reevaluation.json")

// Reevaluation returns the terms in force: 政府信息公开条例第十八条.
func Reevaluation() ReevaluateTerms {
	t := reevaluateTerms
	t.Roles = slices.Clone(t.Roles)
	return t
}

// ReevaluateTasks are the seats that wait for a re-evaluation.
func ReevaluateTasks() []Task {
	var tasks []Task
	for i, role := range reevaluateTerms.Roles {
		tasks = append(tasks, Task{Step: ReevaluateStep, Seat: i, Role: role, Limit: reevaluateTerms.Limit})
	}
	return tasks
}

// CheckReevaluation refuses whoever may not judge again what the unit did not make public: who
// contributed to it, and who does not hold the role.
func CheckReevaluation(by Person, unit string, contributors []string, outcome ReevaluateOutcome, opinion string) error {
	switch {
	case by.Unit != unit || !slices.ContainsFunc(reevaluateTerms.Roles, by.Has):
		return Refuse(Forbidden, "")
	case slices.Contains(contributors, by.ID):
		return Refuse(ReevaluateOwn, "")
	case outcome != StaysClosed && outcome != MayBeOpen:
		return badValue("outcome", string(outcome), string(StaysClosed), string(MayBeOpen))
	case strings.TrimSpace(opinion) == "":
		return Refuse(ReasonRequired, "reason")
	}
	return nil
}
