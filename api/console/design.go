package console

import (
	"maps"
	"net/http"
	"slices"

	"shenfa/internal/disclosure"
)

// designPage shows every component in every state, drawn by what draws the other pages.
type designPage struct {
	Frame
	Icons    []string
	Signals  []designed
	States   []statePiece
	Marks    []designed
	Steps    []stepMark
	Cards    []designed
	Outcomes []disclosure.OutcomeInfo
}

// designed is one state of a component: its class, its icon and its words.
type designed struct{ Style, Icon, Words string }

// statePiece is what the signal of a state needs.
type statePiece struct {
	Frame
	D struct {
		State    disclosure.State
		Bypassed bool
	}
}

func (c *Console) design(v *visit) error {
	f, err := c.frame(v, "design.title", "design")
	if err != nil {
		return err
	}
	f.Problem = Problem{Form: "design", Field: "reason", Text: f.T("design.wrong")}
	p := designPage{Frame: f, Icons: slices.Sorted(maps.Keys(icons)), Outcomes: disclosure.Outcomes()[:2]}
	p.Problem.Link = ""
	named := func(style, icon string) designed {
		return designed{style, icon, f.T("design.is." + style)}
	}
	p.Signals = []designed{
		named("block", "block"), named("hold", "hold"), named("warn", "warn"), named("ok", "ok"), named("late", "late"),
		named("frozen", "frozen"), named("armed", "armed"), named("out", "out"),
		{"", "nx", f.T("design.is.plain")},
	}
	for _, class := range []string{"block", "hold", "warn", "info"} {
		p.Marks = append(p.Marks, designed{class, class, f.T("class." + class)})
	}
	for _, style := range []string{"out", "late", "armed", "frozen"} {
		p.Cards = append(p.Cards, named(style, style))
	}
	p.Cards = append(p.Cards, designed{"plan", "nx", f.T("design.is.plain")})
	for _, s := range disclosure.States() {
		piece := statePiece{Frame: f}
		piece.D.State, piece.D.Bypassed = s.ID, s.ID == disclosure.Approved
		p.States = append(p.States, piece)
	}
	for _, s := range disclosure.Routes()[0].Steps {
		p.Steps = append(p.Steps, stepMark{Name: f.Pick(s.Zh, s.En)})
	}
	return c.show(v, http.StatusOK, "design", p)
}
