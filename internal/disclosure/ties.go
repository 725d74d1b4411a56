package disclosure

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// CompanionLaw asks that an item of a kind goes with one of another: a policy with its
// interpretation (解读).
type CompanionLaw struct {
	Kind          string `json:"kind"`
	Companion     string `json:"companion"`      // the kind of what goes with it
	EffectiveFrom string `json:"effective_from"` // YYYY-MM-DD
	WaivedBy      []Role `json:"waived_by"`      // of whom one has to agree that it needs none
	Limit         Limit  `json:"limit"`          // how long after the one the other may come
	Settle        Limit  `json:"settle"`         // how long what lost its other half may stay as it is
	Basis         string `json:"basis"`
	Zh            string `json:"zh"`
	En            string `json:"en"`
}

var companionLaws = mustLoad[[]CompanionLaw]("data/companions.json")

// CompanionLaws returns all laws of what goes together.
func CompanionLaws() []CompanionLaw { return slices.Clone(companionLaws) }

// CompanionLawFor is the law in force at at for what has to go with an item of kind.
func CompanionLawFor(kind string, at time.Time) (law CompanionLaw, ok bool) {
	day := at.In(time.FixedZone(DefaultZone, 8*60*60)).Format(time.DateOnly)
	for _, l := range companionLaws {
		if l.Kind == kind && l.EffectiveFrom <= day && l.EffectiveFrom > law.EffectiveFrom {
			law, ok = l, true
		}
	}
	return law, ok
}

// GoesAlone says whether the version says why it needs no companion.
func (m Manifest) GoesAlone() bool { return strings.TrimSpace(m.NoInterpretation) != "" }

// Interpretable lists the kinds of which an item of kind may be the interpretation.
func Interpretable(kind string) []string {
	var kinds []string
	for _, l := range companionLaws {
		if l.Companion == kind && !slices.Contains(kinds, l.Kind) {
			kinds = append(kinds, l.Kind)
		}
	}
	return kinds
}

// Continuation says which earlier warning (预警) an item continues, and how.
type Continuation struct {
	Number string `json:"number"`
	As     string `json:"as"` // a ChainStep
}

// ChainStep is a way to continue a warning. One that ends the chain is the last of it.
type ChainStep struct {
	ID     string `json:"id"`
	Zh     string `json:"zh"`
	En     string `json:"en"`
	Mark   string `json:"mark"` // what the public reads on the earlier one
	MarkEn string `json:"mark_en"`
	Ends   bool   `json:"ends"`
}

var chains = mustLoad[struct {
	Kinds []string    `json:"kinds"`
	Basis string      `json:"basis"` // a changed danger is told at once, and so is its end
	Steps []ChainStep `json:"steps"`
}]("data/chains.json")

// ChainSteps returns all ways in the order a form shows them.
func ChainSteps() []ChainStep { return slices.Clone(chains.Steps) }

// ChainStepByID finds a way to continue a warning.
func ChainStepByID(id string) (ChainStep, bool) {
	i := slices.IndexFunc(chains.Steps, func(s ChainStep) bool { return s.ID == id })
	if i < 0 {
		return ChainStep{}, false
	}
	return chains.Steps[i], true
}

// Chained says whether items of kind continue one another.
func Chained(kind string) bool { return slices.Contains(chains.Kinds, kind) }

// CompanionStep is where an item waits whose other half is gone.
const CompanionStep = "companion"

// CompanionTask asks the disclosure office to decide what becomes of an item whose
// policy or interpretation is no longer there.
func CompanionTask(kind string, at time.Time) Task {
	law, ok := CompanionLawFor(kind, at)
	for i := 0; !ok && i < len(companionLaws); i++ {
		if companionLaws[i].Companion == kind {
			law, ok = CompanionLawFor(companionLaws[i].Kind, at)
		}
	}
	if !ok {
		law.Settle = Limit{N: 1, Unit: "working_day"}
	}
	return Task{Step: CompanionStep, Role: DisclosureOfficer, Limit: law.Settle}
}

// validateTies checks what d says about other items, as far as it can be known from d.
func (d Draft) validateTies() error {
	for _, f := range []struct{ name, value string }{
		{"interprets", d.Interprets},
		{"continues.number", d.Continues.Number},
		{"no_interpretation", d.NoInterpretation},
	} {
		if limit := map[bool]int{true: MaxReason, false: MaxShortText}[f.name == "no_interpretation"]; utf8.RuneCountInString(f.value) > limit {
			return Refuse(TooLong, f.name, "max", strconv.Itoa(limit))
		}
		if !PlainText(f.value) {
			return Refuse(WrongType, f.name, "why", "U+0000–U+001F")
		}
	}
	switch _, known := ChainStepByID(d.Continues.As); {
	case d.Continues.As != "" && !known:
		ids := make([]string, len(chains.Steps))
		for i, s := range chains.Steps {
			ids[i] = s.ID
		}
		return badValue("continues.as", d.Continues.As, ids...)
	case d.Continues.Number != "" && d.Continues.As == "":
		return Refuse(Required, "continues.as")
	case d.Continues.Number == "" && d.Continues.As != "":
		return Refuse(Required, "continues.number")
	}
	return nil
}

// completeTies checks that what d says about other items goes with its kind.
func (d Draft) completeTies() error {
	kind, _ := KindByID(d.Kind)
	for _, f := range []struct {
		name    string
		said    bool
		allowed bool
	}{
		{"interprets", d.Interprets != "", len(Interpretable(d.Kind)) > 0},
		{"continues", d.Continues != Continuation{}, Chained(d.Kind)},
		{"no_interpretation", strings.TrimSpace(d.NoInterpretation) != "", slices.ContainsFunc(companionLaws, func(l CompanionLaw) bool { return l.Kind == d.Kind })},
	} {
		if f.said && !f.allowed {
			return Refuse(NotOfThisKind, f.name, "kind", kind.Zh, "kind_en", kind.En)
		}
	}
	return nil
}
