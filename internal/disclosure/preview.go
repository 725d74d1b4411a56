package disclosure

import (
	"slices"
	"strconv"
)

// PreviewRules bound who reads a version before it is public, and for how long.
type PreviewRules struct {
	EffectiveFrom   string `json:"effective_from"`
	Source          string `json:"source"`
	LinkHours       int    `json:"link_hours"` // for which a link is good if nobody says
	MaxLinkHours    int    `json:"max_link_hours"`
	EmbargoHours    int    `json:"embargo_hours"` // before the release, from which an embargo list may read
	MaxEmbargoHours int    `json:"max_embargo_hours"`
}

var previews = mustLoad[PreviewRules]("data/previews.json")

// Previewing returns the rules for reading ahead.
func Previewing() PreviewRules { return previews }

// Hours says for how long a preview is good, or with embargo from how long before the release.
// Asked for 0 it is the default. It refuses bad_value.
func (r PreviewRules) Hours(asked int, embargo bool) (int, error) {
	usual, most := r.LinkHours, r.MaxLinkHours
	if embargo {
		usual, most = r.EmbargoHours, r.MaxEmbargoHours
	}
	if asked == 0 {
		return usual, nil
	}
	if asked < 1 || asked > most {
		return 0, Refuse(BadValue, "hours", "value", strconv.Itoa(asked), "allowed", "1–"+strconv.Itoa(most))
	}
	return asked, nil
}

// AnswersFor says whether p is one of those who answer for the item: its drafter, the head
// of its section, the disclosure office.
func (c Case) AnswersFor(p Person) bool {
	return p.Unit == c.Unit && (p.ID == c.Drafter || p.Has(SectionHead) && p.Section == c.Section || p.Has(DisclosureOfficer))
}

// Previewable refuses a version that nobody may be shown ahead: one whose check has not passed
// with all findings disposed of, or one that is not on its way to its release.
func (c Case) Previewable() error {
	if !slices.Contains([]State{InReview, Reported, Approved, Armed, Releasing, Held, Failed}, c.State) {
		state, _ := StateByID(c.State)
		return Refuse(WrongState, "", "state", state.Zh, "state_en", state.En, "act", "给人预览", "act_en", "show ahead")
	}
	if c.OpenFindings > 0 {
		return Refuse(FindingsOpen, "", "open", strconv.Itoa(c.OpenFindings))
	}
	return nil
}
