package disclosure

import (
	"cmp"
	"slices"
)

// Flag is something about an item that a route can depend on.
type Flag string

const (
	FlagImportant   Flag = "important"        // 重大敏感
	FlagAttachments Flag = "attachments"      // 有附件
	FlagMinor       Flag = "minor_correction" // 文字更正
)

// FlagInfo names a flag. Rules are those of the check whose findings raise it; without
// any, the draft itself does.
type FlagInfo struct {
	ID    Flag     `json:"id"`
	Zh    string   `json:"zh"`
	En    string   `json:"en"`
	Rules []string `json:"rules,omitempty"`
}

var flags = mustLoad[[]FlagInfo]("data/flags.json")

// Flags returns every flag in the order a form shows them.
func Flags() []FlagInfo { return slices.Clone(flags) }

// FlagByID finds a flag.
func FlagByID(id Flag) (FlagInfo, bool) {
	i := slices.IndexFunc(flags, func(f FlagInfo) bool { return f.ID == id })
	if i < 0 {
		return FlagInfo{}, false
	}
	return flags[i], true
}

// FlagsFound returns the flags that findings by those rules raise, sorted.
func FlagsFound(rules []string) []Flag {
	var found []Flag
	for _, f := range flags {
		if slices.ContainsFunc(f.Rules, func(r string) bool { return slices.Contains(rules, r) }) {
			found = append(found, f.ID)
		}
	}
	slices.Sort(found)
	return found
}

// Facts is what the choice of a route and the conditions of its steps look at.
type Facts struct {
	Kind     string   `json:"kind"`
	Unit     string   `json:"unit"`
	Channels []string `json:"channels"`
	Flags    []Flag   `json:"flags"`
}

// Facts of the draft in that unit, before any check.
func (d Draft) Facts(unit string) Facts {
	f := Facts{Kind: d.Kind, Unit: unit, Channels: d.Channels}
	if len(d.Attachments) > 0 {
		f.Flags = append(f.Flags, FlagAttachments)
	}
	if d.Important {
		f.Flags = append(f.Flags, FlagImportant)
	}
	if d.CorrectionType == MinorCorrection {
		f.Flags = append(f.Flags, FlagMinor)
	}
	return f
}

// Condition holds when each list that it gives has something in common with the facts.
// One that gives none always holds.
type Condition struct {
	Kinds    []string `json:"kinds,omitempty"`
	Units    []string `json:"units,omitempty"`
	Channels []string `json:"channels,omitempty"`
	Flags    []Flag   `json:"flags,omitempty"`
}

// Holds says whether the condition holds for f.
func (c Condition) Holds(f Facts) bool {
	return common(c.Kinds, []string{f.Kind}) && common(c.Units, []string{f.Unit}) && common(c.Channels, f.Channels) && common(c.Flags, f.Flags)
}

func common[T comparable](wanted, have []T) bool {
	return len(wanted) == 0 || slices.ContainsFunc(wanted, func(w T) bool { return slices.Contains(have, w) })
}

// weight orders conditions from general to specific: by how many lists they give, and
// then flags before units before channels before kinds.
func (c Condition) weight() int {
	w := 0
	for i, n := range []int{len(c.Kinds), len(c.Channels), len(c.Units), len(c.Flags)} {
		if n > 0 {
			w += 16 + 1<<i
		}
	}
	return w
}

// mostSpecific finds the condition that says most about f, or nil if none holds.
func mostSpecific(all []Condition, f Facts) *Condition {
	var best *Condition
	for i, c := range all {
		if c.Holds(f) && (best == nil || c.weight() > best.weight()) {
			best = &all[i]
		}
	}
	return best
}

// validate refuses a condition on what does not exist. Only a step can wait for what
// the check finds: a route is chosen before it.
func (c Condition) validate(field string, step bool) error {
	for i, k := range c.Kinds {
		if _, ok := KindByID(k); !ok {
			return badValue(at(field+".kinds", i), k, ids(kinds, func(k Kind) string { return k.ID })...)
		}
	}
	for i, f := range c.Flags {
		info, ok := FlagByID(f)
		if !ok || !step && len(info.Rules) > 0 {
			open := slices.DeleteFunc(Flags(), func(f FlagInfo) bool { return !step && len(f.Rules) > 0 })
			return badValue(at(field+".flags", i), string(f), ids(open, func(f FlagInfo) string { return string(f.ID) })...)
		}
	}
	for _, list := range []struct {
		name  string
		texts []string
	}{{"units", c.Units}, {"channels", c.Channels}} {
		if slices.Contains(list.texts, "") {
			return Refuse(Required, field+"."+list.name)
		}
	}
	return nil
}

func ids[T any](all []T, id func(T) string) []string {
	names := make([]string, len(all))
	for i, v := range all {
		names[i] = id(v)
	}
	return names
}

// Choice is the route that is taken, and why.
type Choice struct {
	Route Route      `json:"route"`
	Rule  Condition  `json:"rule"` // of the route: the one that says most about the item
	Also  []RouteRef `json:"also"` // other routes that fit, less specifically
}

// RouteRef names a version of a route.
type RouteRef struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
}

// Book holds versions of routes.
type Book []Route

// Find returns one version of a route.
func (b Book) Find(ref RouteRef) (Route, bool) {
	i := slices.IndexFunc(b, func(r Route) bool { return r.ID == ref.ID && r.Version == ref.Version })
	if i < 0 {
		return Route{}, false
	}
	return b[i], true
}

// InForce returns the version of each route that is in force on day (YYYY-MM-DD), by id.
func (b Book) InForce(day string) Book {
	var now Book
	for _, r := range b {
		if r.EffectiveFrom > day {
			continue
		}
		if i := slices.IndexFunc(now, func(o Route) bool { return o.ID == r.ID }); i < 0 {
			now = append(now, r)
		} else if now[i].Version < r.Version {
			now[i] = r
		}
	}
	slices.SortFunc(now, func(x, y Route) int { return cmp.Compare(x.ID, y.ID) })
	return now
}

// Choose takes the route whose rule says most about f on day (YYYY-MM-DD); of two that say
// as much, the longer one.
func (b Book) Choose(f Facts, day string) (Choice, error) {
	type match struct {
		route Route
		rule  Condition
	}
	var fitting []match
	for _, r := range b.InForce(day) {
		if rule := mostSpecific(r.For, f); rule != nil {
			fitting = append(fitting, match{r, *rule})
		}
	}
	if _, known := KindByID(f.Kind); !known || len(fitting) == 0 {
		return Choice{}, Refuse(NoRoute, "kind", "kind", f.Kind)
	}
	slices.SortStableFunc(fitting, func(x, y match) int {
		return cmp.Or(cmp.Compare(y.rule.weight(), x.rule.weight()), cmp.Compare(len(y.route.Steps), len(x.route.Steps)))
	})
	chosen := Choice{Route: fitting[0].route, Rule: fitting[0].rule, Also: []RouteRef{}}
	for _, m := range fitting[1:] {
		chosen.Also = append(chosen.Also, m.route.Ref())
	}
	return chosen, nil
}
