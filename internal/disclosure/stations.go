package disclosure

import (
	"encoding/json"
	"maps"
	"slices"
)

// Station is a step of a route with who could decide there.
type Station struct {
	Step  Step
	Asked bool       // its condition holds; false also where only the check can tell
	Done  bool       // decided already, or past
	Seats [][]string // for each seat, ids of those who fit and have no part in the item
	Short int        // how many deciders are lacking, if nobody decides twice
}

// Stations says who of people could decide at each step from where the case stands. Nobody
// sits twice: where too few are left, the later step is short.
func (c Case) Stations(people []Person) []Station {
	free := slices.DeleteFunc(slices.Clone(people), func(p Person) bool {
		return slices.Contains(c.Contributors, p.ID) || c.checkDistinct(p) != nil
	})
	seated := seating{}
	var all []Station
	for i, s := range c.Route.Steps {
		st := Station{Step: s, Asked: c.asked(s), Done: i < c.Step}
		var chairs [][]string // those that lack a person
		for n, seat := range s.Seats {
			fit := []string{}
			for _, p := range free {
				if seat.fits(p, c.Unit, c.Section) {
					fit = append(fit, p.ID)
				}
			}
			st.Seats = append(st.Seats, fit)
			if !c.filled(s.ID, n) {
				chairs = append(chairs, fit)
			}
		}
		if st.Asked && !st.Done && (s.Essential || !c.Bypassed()) {
			need := s.Quorum() - (len(s.Seats) - len(chairs))
			for _, fit := range chairs {
				if need > 0 && seated.sit(fit, map[string]bool{}) {
					need--
				}
			}
			st.Short = max(need, 0)
		}
		all = append(all, st)
	}
	return all
}

// seating maps whoever sits to all who fit on the same chair.
type seating map[string][]string

// sit finds a person for a chair, and lets others move to make room.
func (s seating) sit(fit []string, asked map[string]bool) bool {
	for _, p := range fit {
		if asked[p] {
			continue
		}
		asked[p] = true
		if others, taken := s[p]; !taken || s.sit(others, asked) {
			s[p] = fit
			return true
		}
	}
	return false
}

// RouteChange is one thing that differs between two versions of a route. Before or After
// is empty where there is nothing.
type RouteChange struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// ChangesFrom lists what is different from old, by field and by the id of the step.
func (r Route) ChangesFrom(old Route) []RouteChange {
	before, after := old.fields(), r.fields()
	names := maps.Clone(before)
	maps.Copy(names, after)
	changes := []RouteChange{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if before[name] != after[name] {
			changes = append(changes, RouteChange{name, before[name], after[name]})
		}
	}
	return changes
}

// fields writes every field as JSON, that of a step under its id.
func (r Route) fields() map[string]string {
	show := func(v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			return "" // a route is all strings, numbers and lists
		}
		return string(raw)
	}
	f := map[string]string{}
	if r.ID == "" {
		return f
	}
	order := []string{}
	for _, s := range r.Steps {
		order = append(order, s.ID)
		name := func(field string) string { return "steps." + s.ID + "." + field }
		f[name("name")], f[name("rule")], f[name("essential")] = show([]string{s.Zh, s.En}), show([]any{s.Rule, s.Need}), show(s.Essential)
		f[name("seats")], f[name("limit")], f[name("outcomes")] = show(s.Seats), show(s.Limit), show(s.Outcomes)
		if s.When != nil {
			f[name("when")] = show(s.When)
		}
	}
	f["steps"], f["name"], f["basis"], f["for"] = show(order), show([]string{r.Zh, r.En}), show(r.Basis), show(r.For)
	f["effective_from"] = show(r.EffectiveFrom)
	return f
}

// Next is the newest version of the route with that id, and the number of the one to come.
func (b Book) Next(id string) (newest Route, version int) {
	for _, r := range b {
		if r.ID == id && r.Version > newest.Version {
			newest = r
		}
	}
	return newest, newest.Version + 1
}
