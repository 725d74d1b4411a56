package disclosure

import (
	"slices"
	"strings"
	"time"
)

// Point is one point of the list that is looked through before a submission. An error
// keeps a draft from being submitted, a warning does not.
type Point struct {
	ID    string `json:"id"`
	Field string `json:"field"`
	Error bool   `json:"error"`
	Done  bool   `json:"done"`
	Code  Code   `json:"code"` // of the refusal, if it is an error and not done
	Zh    string `json:"zh"`   // of a warning
	En    string `json:"en"`
}

// Around is what a draft alone does not tell.
type Around struct {
	Now          time.Time
	Correction   bool      // it corrects what is public
	Limit        time.Time // of the law; zero if none
	Near         time.Time // from when the limit is near
	Interpreted  bool      // another item explains it
	OpenComments int
	DeadLinks    []string // in its text, that nobody outside can open
}

var warnings = mustLoad[[]Point]("data/checklist.json")

// Checklist lists the errors first, and of the warnings only those that hold.
func (d Draft) Checklist(a Around) []Point {
	out := d.errors(a)
	_, companion := CompanionLawFor(d.Kind, a.Now)
	holds := map[string]bool{
		"summary": strings.TrimSpace(d.Summary) == "", "index_number": strings.TrimSpace(d.IndexNumber) == "", "topic": strings.TrimSpace(d.Topic) == "",
		"document_number": strings.TrimSpace(d.DocumentNumber) == "", "basis": strings.TrimSpace(d.Basis) == "",
		"untreated":         slices.ContainsFunc(d.Attachments, func(f File) bool { return f.Untreated != "" }),
		"near_limit":        !a.Limit.IsZero() && !a.Now.Before(a.Near) && !a.Now.After(a.Limit),
		"past_limit":        !a.Limit.IsZero() && a.Now.After(a.Limit),
		"no_interpretation": companion && !a.Interpreted && strings.TrimSpace(d.NoInterpretation) == "",
		"comments":          a.OpenComments > 0,
		"links":             len(a.DeadLinks) > 0,
	}
	for _, w := range warnings {
		if holds[w.ID] {
			out = append(out, w)
		}
	}
	return out
}

// errors asks the rules about each field by itself: a draft that lacks nothing gets that
// one field of d.
func (d Draft) errors(a Around) []Point {
	var out []Point
	for _, f := range []struct {
		name string
		put  func(*Draft)
	}{
		{"title", func(x *Draft) { x.Title = d.Title }},
		{"kind", func(x *Draft) { x.Kind = d.Kind }},
		{"formed_on", func(x *Draft) { x.FormedOn = d.FormedOn }},
		{"body", func(x *Draft) { x.Body = d.Body }},
		{"attribute", func(x *Draft) { x.Attribute = d.Attribute }},
		{"channels", func(x *Draft) { x.Channels = d.Channels }},
		{"release.at", func(x *Draft) {
			x.Release.At, x.Release.OnApproval, x.Release.NextWindow = d.Release.At, d.Release.OnApproval, d.Release.NextWindow
		}},
		{"release.late", func(x *Draft) { x.Release.Late = d.Release.Late }},
	} {
		whole := Draft{
			Metadata:  Metadata{Title: "-", Kind: "other", FormedOn: "2025-01-01"},
			Attribute: Proactive, Body: &File{}, Channels: []string{"-"},
			Release: Plan{OnApproval: true, Zone: DefaultZone, Late: LateHold},
		}
		f.put(&whole)
		code := CodeOf(whole.Complete(a.Now))
		out = append(out, Point{ID: f.name, Field: f.name, Error: true, Done: code == "", Code: code})
	}
	if a.Correction {
		p := Point{ID: "correction", Field: "correction", Error: true, Done: strings.TrimSpace(d.Correction) != ""}
		if !p.Done {
			p.Code = Required
		}
		out = append(out, p)
	}
	return out
}
