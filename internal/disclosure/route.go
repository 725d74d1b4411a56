package disclosure

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
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
	// For says for what it is taken: for whatever one of the conditions says most about.
	For   []Condition `json:"for,omitempty"`
	Steps []Step      `json:"steps"`
}

// Ref names this version.
func (r Route) Ref() RouteRef { return RouteRef{ID: r.ID, Version: r.Version} }

// Step is one station of a route. Its seats are filled side by side.
type Step struct {
	ID       string    `json:"id"`
	Zh       string    `json:"zh"`
	En       string    `json:"en"`
	Rule     Rule      `json:"rule"`
	Need     int       `json:"need,omitempty"` // how many seats SomeOf asks for
	Seats    []Seat    `json:"seats"`
	Limit    Limit     `json:"limit"`
	Outcomes []Outcome `json:"outcomes"`
	// Essential steps are never shortened, also not in an emergency: review comes
	// before publication, 《保守国家秘密法》 art. 35.
	Essential bool `json:"essential,omitempty"`
	// When is the condition on which the step is asked for; nil: always. It is settled
	// when the check is done. What is essential has none.
	When *Condition `json:"when,omitempty"`
}

// Rule says how many seats must be filled.
type Rule string

const (
	AllOf  Rule = "all"  // 会签: every seat
	AnyOf  Rule = "any"  // 或签: one of them
	SomeOf Rule = "some" // as many of them as Need says
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

// Void says whether a decision has no effect any more: an approval that does not count, or what
// sent an item back that has come again. What kept it from the public, or reported it up, did so
// without ever counting as an approval.
func Void(o Outcome, counts bool) bool {
	return !counts && o != DoNotDisclose && o != DiscloseOnAsk && o != ReportUp
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

func mustLoadRoutes() Book {
	all := mustLoad[Book]("data/routes.json")
	for _, r := range all {
		if err := r.Validate(); err != nil {
			panic(err)
		}
	}
	return all
}

// Routes returns every version of every route that is shipped.
func Routes() Book { return slices.Clone(routes) }

// LocalDay is the day of t where the bureaus are, YYYY-MM-DD.
func LocalDay(t time.Time) (string, error) {
	zone, err := time.LoadLocation(DefaultZone)
	if err != nil {
		return "", fmt.Errorf("local day: %w", err)
	}
	return t.In(zone).Format(time.DateOnly), nil
}

// For chooses the route of an item with those facts at now.
func (b Book) For(f Facts, now time.Time) (Choice, error) {
	day, err := LocalDay(now)
	if err != nil {
		return Choice{}, err
	}
	return b.Choose(f, day)
}

// Limits on a route, so that every station of it can be shown and kept.
const (
	maxSteps = 12
	maxSeats = 8
)

// Validate refuses a route that cannot be walked, naming the field: every step has seats
// that may decide, a limit, a way on and a way back, and something is always looked at.
func (r Route) Validate() error {
	switch {
	case !routeID.MatchString(r.ID):
		return Refuse(RouteBad, "id", "why_zh", "编号须为小写字母、数字和下划线", "why_en", "an id is lower-case letters, digits and underscores")
	case r.Version < 1:
		return Refuse(RouteBad, "version", "why_zh", "版本从 1 起", "why_en", "versions begin at 1")
	case strings.TrimSpace(r.Zh) == "" || strings.TrimSpace(r.En) == "":
		return Refuse(RouteBad, "zh", "why_zh", "须有中英文名称", "why_en", "it needs a name in both languages")
	case strings.TrimSpace(r.Basis) == "":
		return Refuse(Required, "basis")
	case len(r.Steps) == 0 || len(r.Steps) > maxSteps:
		return Refuse(RouteBad, "steps", "why_zh", "须有 1 至 12 个环节", "why_en", "a route has 1 to 12 steps")
	case !slices.ContainsFunc(r.Steps, func(s Step) bool { return s.Essential }):
		return Refuse(RouteBad, "steps", "why_zh", "须有不可省略的环节", "why_en", "something must be essential")
	}
	if _, err := time.Parse(time.DateOnly, r.EffectiveFrom); err != nil {
		return Refuse(WrongType, "effective_from", "why", "YYYY-MM-DD")
	}
	for i, c := range r.For {
		if err := c.validate(at("for", i), false); err != nil {
			return err
		}
	}
	for i, s := range r.Steps {
		if r.index(s.ID) != i {
			return Refuse(RouteBad, at("steps", i)+".id", "why_zh", "环节编号重复", "why_en", "two steps have one id")
		}
		if err := s.validate(at("steps", i)); err != nil {
			return err
		}
	}
	return nil
}

// routeID is how the ids of routes and steps are written.
var routeID = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

func at(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }

func (s Step) validate(field string) error {
	bad := func(name, zh, en string) error { return Refuse(RouteBad, field+"."+name, "why_zh", zh, "why_en", en) }
	switch {
	case !routeID.MatchString(s.ID) || slices.Contains([]string{DrafterStep, ReportStep, BypassStep, IncidentStep, HeldStep, RehearsalStep, ReReviewStep, RatifyStep, ReevaluateStep}, s.ID):
		return bad("id", "环节编号须为小写字母、数字和下划线，且不得占用系统环节", "a step's id is lower-case letters, digits and underscores, and none of the system's own")
	case strings.TrimSpace(s.Zh) == "" || strings.TrimSpace(s.En) == "":
		return bad("zh", "须有中英文名称", "it needs a name in both languages")
	case len(s.Seats) == 0 || len(s.Seats) > maxSeats:
		return bad("seats", "须有 1 至 8 个席位", "a step has 1 to 8 seats")
	case s.Rule != AllOf && s.Rule != AnyOf && s.Rule != SomeOf:
		return badValue(field+".rule", string(s.Rule), string(AllOf), string(AnyOf), string(SomeOf))
	case s.Rule == SomeOf && (s.Need < 1 || s.Need > len(s.Seats)) || s.Rule != SomeOf && s.Need != 0:
		return bad("need", "须为 1 至席位数，且只用于 some", "it is between 1 and the number of seats, and only for some")
	case s.Limit.N <= 0 || !slices.Contains([]string{"working_day", "hour", "minute"}, s.Limit.Unit):
		return bad("limit", "须有正数时限，单位为 working_day、hour 或 minute", "a limit is a positive number of working_day, hour or minute")
	case !slices.Contains(s.Outcomes, Disclose) || !slices.Contains(s.Outcomes, ReturnToEarlier):
		return bad("outcomes", "须能通过，也须能退回", "it must be able to pass and to return")
	case s.Essential && s.When != nil:
		return bad("when", "不可省略的环节不得附条件", "what is essential has no condition")
	}
	for i, o := range s.Outcomes {
		if _, ok := OutcomeByID(o); !ok {
			return badValue(field+"."+at("outcomes", i), string(o), ids(outcomes, func(o OutcomeInfo) string { return string(o.ID) })...)
		}
	}
	for i, seat := range s.Seats {
		if info, ok := RoleByID(seat.Role); !ok || !slices.Contains(info.May, MayDecide) {
			return badValue(field+"."+at("seats", i)+".role", string(seat.Role), deciding()...)
		}
		if seat.Role == Confidentiality && !s.Essential {
			return bad("essential", "保密审查不可省略", "the confidentiality review is essential")
		}
	}
	if s.When != nil {
		return s.When.validate(field+".when", true)
	}
	return nil
}

// deciding lists the roles that may sit on a seat.
func deciding() []string {
	var may []string
	for _, r := range roles {
		if slices.Contains(r.May, MayDecide) {
			may = append(may, string(r.ID))
		}
	}
	return may
}

func (r Route) index(step string) int {
	return slices.IndexFunc(r.Steps, func(s Step) bool { return s.ID == step })
}

// Quorum is how many different people must pass the step.
func (s Step) Quorum() int {
	switch s.Rule {
	case AnyOf:
		return 1
	case SomeOf:
		return s.Need
	}
	return len(s.Seats)
}

// asked says whether the step is asked for with those facts.
func (s Step) asked(f Facts) bool { return s.When == nil || s.When.Holds(f) }

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
