package disclosure

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Route is versioned data: what must be decided, by whom, in which order. A
// disclosure keeps the route it was submitted on.
type Route struct {
	ID            string `json:"id"`
	Version       int    `json:"version"`
	Zh            string `json:"zh"`
	En            string `json:"en"`
	EffectiveFrom string `json:"effective_from"` // YYYY-MM-DD
	Basis         string `json:"basis"`
	Steps         []Step `json:"steps"`
}

// Step is one station of a route. Its seats are filled side by side.
type Step struct {
	ID       string    `json:"id"`
	Zh       string    `json:"zh"`
	En       string    `json:"en"`
	Rule     Rule      `json:"rule"`
	Seats    []Seat    `json:"seats"`
	Limit    Limit     `json:"limit"`
	Outcomes []Outcome `json:"outcomes"`
	// Essential steps are never shortened, also not in an emergency: review comes
	// before publication, 《保守国家秘密法》 art. 35.
	Essential bool `json:"essential,omitempty"`
}

// Rule says how many seats must be filled.
type Rule string

const (
	AllOf Rule = "all" // 会签: every seat
	AnyOf Rule = "any" // 或签: one of them
)

// Seat is a place that one person fills.
type Seat struct {
	Role        Role `json:"role"`
	SameSection bool `json:"same_section,omitempty"` // only from the drafter's section

	Person  string `json:"person,omitempty"`   // only this one
	AddedBy string `json:"added_by,omitempty"` // who asked for this seat on one item; empty: the route itself
}

// Limit is the time a step has. Unit is "working_day", "hour" or "minute".
type Limit struct {
	N    int    `json:"n"`
	Unit string `json:"unit"`
}

// Outcome is what a decision concludes (domain vocabulary of 保密审查).
type Outcome string

const (
	Disclose        Outcome = "disclose"   // 公开
	DisclosePart    Outcome = "partial"    // 部分公开: back to the drafter for treatment, then decided again
	DiscloseOnAsk   Outcome = "on_request" // 依申请公开
	DoNotDisclose   Outcome = "withhold"   // 不予公开, with its article
	ReturnToEarlier Outcome = "return"     // 退回, to the drafter or an earlier step
	ReportUp        Outcome = "report_up"  // 需报审
)

// OutcomeInfo names an outcome and what it needs.
type OutcomeInfo struct {
	ID          Outcome `json:"id"`
	Zh          string  `json:"zh"`
	En          string  `json:"en"`
	NeedsReason bool    `json:"needs_reason"`
	NeedsBasis  bool    `json:"needs_basis"`
}

var (
	outcomes = mustLoad[[]OutcomeInfo]("data/outcomes.json")
	routes   = mustLoadRoutes()
)

// Outcomes returns every outcome.
func Outcomes() []OutcomeInfo { return slices.Clone(outcomes) }

// OutcomeByID finds an outcome.
func OutcomeByID(id Outcome) (OutcomeInfo, bool) {
	i := slices.IndexFunc(outcomes, func(o OutcomeInfo) bool { return o.ID == id })
	if i < 0 {
		return OutcomeInfo{}, false
	}
	return outcomes[i], true
}

func mustLoadRoutes() []Route {
	all := mustLoad[[]Route]("data/routes.json")
	for _, r := range all {
		if err := r.Validate(); err != nil {
			panic(err)
		}
	}
	return all
}

// Routes returns every version of every route.
func Routes() []Route { return slices.Clone(routes) }

// RouteFor chooses the route in force on the day of now for a draft. An important
// item adds the principal leader, whatever its kind; only a warning keeps its
// fast lane.
func RouteFor(d Draft, now time.Time) (Route, error) {
	kind, ok := KindByID(d.Kind)
	if !ok {
		return Route{}, Refuse(NoRoute, "kind", "kind", d.Kind)
	}
	id := kind.Route
	if d.Important && id != "fast" {
		id = "important"
	}
	zone, err := time.LoadLocation(DefaultZone)
	if err != nil {
		return Route{}, err
	}
	today := now.In(zone).Format(time.DateOnly)
	var best Route
	for _, r := range routes {
		if r.ID == id && r.EffectiveFrom <= today && r.Version > best.Version {
			best = r
		}
	}
	if best.ID == "" {
		return Route{}, Refuse(NoRoute, "kind", "kind", d.Kind)
	}
	return best, nil
}

// Validate checks that a route can be walked: every step has seats that may
// decide, a limit, and a way on and a way back.
func (r Route) Validate() error {
	if r.ID == "" || r.Version < 1 || len(r.Steps) == 0 {
		return fmt.Errorf("route %q version %d has no steps", r.ID, r.Version)
	}
	for i, s := range r.Steps {
		switch {
		case s.ID == "" || slices.Contains([]string{DrafterStep, ReportStep, BypassStep}, s.ID) || r.index(s.ID) != i:
			return fmt.Errorf("route %s: step %d has the id %q", r.ID, i, s.ID)
		case len(s.Seats) == 0 || s.Rule != AllOf && s.Rule != AnyOf:
			return fmt.Errorf("route %s: step %s has no seats or no rule", r.ID, s.ID)
		case s.Limit.N <= 0 || !slices.Contains([]string{"working_day", "hour", "minute"}, s.Limit.Unit):
			return fmt.Errorf("route %s: step %s has no limit", r.ID, s.ID)
		case !slices.Contains(s.Outcomes, Disclose) || !slices.Contains(s.Outcomes, ReturnToEarlier):
			return fmt.Errorf("route %s: step %s cannot pass or cannot return", r.ID, s.ID)
		}
		for _, seat := range s.Seats {
			if info, ok := RoleByID(seat.Role); !ok || !slices.Contains(info.May, MayDecide) {
				return fmt.Errorf("route %s: step %s: role %q may not decide", r.ID, s.ID, seat.Role)
			}
			if seat.Role == Confidentiality && !s.Essential {
				return fmt.Errorf("route %s: step %s: the confidentiality review is essential", r.ID, s.ID)
			}
		}
	}
	if !slices.ContainsFunc(r.Steps, func(s Step) bool { return s.Essential }) {
		return fmt.Errorf("route %s has no essential step", r.ID)
	}
	return nil
}

func (r Route) index(step string) int {
	return slices.IndexFunc(r.Steps, func(s Step) bool { return s.ID == step })
}

// Quorum is how many different people must pass the step.
func (s Step) Quorum() int {
	if s.Rule == AnyOf {
		return 1
	}
	return len(s.Seats)
}

// who names the roles of a step for a sentence.
func (s Step) who() string {
	var names []string
	for _, seat := range s.Seats {
		info, _ := RoleByID(seat.Role)
		names = append(names, info.Zh)
	}
	return strings.Join(names, "、")
}

func (s Step) outcomeList() string {
	names := make([]string, len(s.Outcomes))
	for i, o := range s.Outcomes {
		names[i] = string(o)
	}
	return strings.Join(names, ", ")
}

// fits says whether p may sit on seat for a disclosure of that unit and section.
func (seat Seat) fits(p Person, unit, section string) bool {
	if seat.Person != "" {
		return p.ID == seat.Person && p.Unit == unit
	}
	return p.Unit == unit && p.Has(seat.Role) && (!seat.SameSection || p.Section == section)
}
