package disclosure

import "slices"

// RatifyStep is where a shortened sign-off that led to an approval waits to be judged by
// somebody who had no part in it (追认).
const RatifyStep = "ratify"

// RatifyOutcome is what somebody with no part in it says of a bypass afterwards.
type RatifyOutcome string

// Outcomes of a ratification.
const (
	Ratified RatifyOutcome = "ratified" // 追认
	Objected RatifyOutcome = "objected" // 提出异议
)

// RatifyTerms are who ratifies, and in what time after the approval.
type RatifyTerms struct {
	Limit         Limit  `json:"limit"`
	Roles         []Role `json:"roles"`
	EffectiveFrom string `json:"effective_from"` // YYYY-MM-DD
	Basis         string `json:"basis"`
}

var ratifyTerms = mustLoad[RatifyTerms]("data/ratification.json")

// Ratification returns the terms in force.
func Ratification() RatifyTerms {
	t := ratifyTerms
	t.Roles = slices.Clone(t.Roles)
	return t
}

// RatifyTasks are the seats that wait after a bypass: one for each role, and the first of
// them to judge ends all.
func RatifyTasks() []Task {
	var tasks []Task
	for i, role := range ratifyTerms.Roles {
		tasks = append(tasks, Task{Step: RatifyStep, Seat: i, Role: role, Limit: ratifyTerms.Limit})
	}
	return tasks
}

// CheckRatification refuses whoever may not judge a bypass of the unit. Parties are all who
// contributed to the item, decided on the version, shortened its sign-off or moved its release.
// The opinion is asked for either way: it is the only look that the steps left out get.
func CheckRatification(by Person, unit string, parties []string, outcome RatifyOutcome, opinion string) error {
	switch {
	case by.Unit != unit || !slices.ContainsFunc(ratifyTerms.Roles, by.Has):
		return Refuse(Forbidden, "")
	case slices.Contains(parties, by.ID):
		return Refuse(RatifyByParty, "")
	case outcome != Ratified && outcome != Objected:
		return badValue("outcome", string(outcome), string(Ratified), string(Objected))
	case opinion == "":
		return Refuse(ReasonRequired, "reason")
	}
	return nil
}
