package desk

import (
	"context"
	"slices"

	"shenfa/internal/check"
	"shenfa/internal/disclosure"
)

// RuleSet is one dated version of the rules of the check, with what it changes in the one
// before.
type RuleSet struct {
	Version string   `json:"version"`
	From    string   `json:"effective_from"` // YYYY-MM-DD
	Note    string   `json:"note"`
	InForce bool     `json:"in_force"`
	Rules   []Rule   `json:"rules"`
	Removed []string `json:"removed"` // ids
}

// Rule is one rule as people are told of it. The words it looks for are not public.
type Rule struct {
	ID         string `json:"id"`
	Class      string `json:"class"`
	Reason     string `json:"reason"`
	ReasonEn   string `json:"reason_en"`
	Basis      string `json:"basis"`
	Treatment  string `json:"treatment"`
	Quarantine bool   `json:"quarantine"`
	Change     string `json:"change"` // added, changed, or "" if it is as it was
}

// RuleSets lists the versions of the rules, the newest first.
func (d *Desk) RuleSets(ctx context.Context, who Actor) ([]RuleSet, error) {
	if err := d.administers(ctx, who, "rule_sets", "", disclosure.MayRead, disclosure.MayAudit, disclosure.MayCurate); err != nil {
		return nil, err
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return nil, err
	}
	all, err := check.RuleSets()
	if err != nil {
		return nil, err
	}
	today := d.calendar.Get().DateOf(now).String()
	var out []RuleSet
	before := map[string]Rule{}
	for i, set := range all {
		v := RuleSet{Version: set.Version, From: set.EffectiveFrom, Note: set.Note, Rules: []Rule{}, Removed: []string{}}
		v.InForce = set.EffectiveFrom <= today && (i == len(all)-1 || all[i+1].EffectiveFrom > today)
		here := map[string]Rule{}
		for _, r := range set.Rules {
			rule := Rule{
				ID: r.ID, Class: string(r.Class), Reason: r.Reason.ZH, ReasonEn: r.Reason.EN, Basis: r.Basis, Treatment: r.Treatment, Quarantine: r.Quarantine,
			}
			here[r.ID] = rule
			if was, known := before[r.ID]; i > 0 && !known {
				rule.Change = "added"
			} else if i > 0 && was != rule {
				rule.Change = "changed"
			}
			v.Rules = append(v.Rules, rule)
		}
		for id := range before {
			if _, still := here[id]; !still {
				v.Removed = append(v.Removed, id)
			}
		}
		slices.Sort(v.Removed)
		before = here
		out = append(out, v)
	}
	slices.Reverse(out)
	return out, nil
}
