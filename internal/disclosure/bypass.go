package disclosure

import "slices"

// checkBypass lets a leader shorten the sign-off in an emergency, with a reason: from
// then on only the essential steps are left. Whoever does it decides nowhere else.
func (c Case) checkBypass(a Act) error {
	switch {
	case a.Manifest != c.Manifest:
		return Refuse(ManifestChanged, "manifest_hash", "seen", a.Manifest.Short(), "current", c.Manifest.Short())
	case slices.Contains(c.Contributors, a.By.ID):
		return Refuse(ContributorDecides, "")
	case !a.By.May(MayBypass) || a.By.Unit != c.Unit:
		return Refuse(Forbidden, "")
	case a.Opinion == "":
		return Refuse(ReasonRequired, "reason")
	}
	if err := c.checkDistinct(a.By); err != nil {
		return err
	}
	if c.Bypassed() || !slices.ContainsFunc(c.Route.Steps[c.Step:], func(s Step) bool { return !s.Essential && c.asked(s) }) {
		return Refuse(NothingToBypass, "")
	}
	return c.checkApproval(a.At)
}

// Bypassed says whether the sign-off was shortened.
func (c Case) Bypassed() bool {
	return slices.ContainsFunc(c.Decisions, func(d Decision) bool { return d.Step == BypassStep })
}
