package console

import (
	"html/template"
	"slices"
	"time"

	"shenfa/internal/disclosure"
)

// signal is a class of findings with the words beside its shape.
type signal struct{ Style, Words string }

// Signal names a class, with how many there are unless n is 0.
func (f Frame) Signal(style string, n int) signal {
	words := f.T("class." + style)
	if n > 0 {
		words = f.T("class.count", "class", words, "n", n)
	}
	return signal{style, words}
}

// Date writes a day of the week with its number.
func (f Frame) Date(t time.Time) template.HTML { return f.format("layout.date", t) }

// Moment writes an instant that may be missing.
func (f Frame) Moment(t *time.Time) template.HTML {
	if t == nil {
		return ""
	}
	return f.When(*t)
}

// Entry names a place in the ledger.
func (f Frame) Entry(seq *int64) string { return f.T("trail.seq", "n", *seq) }

// row is a finding on its page.
type row struct {
	P itemPage
	F findingRow
}

// Row is a finding on its page.
func (p itemPage) Row(f findingRow) row { return row{p, f} }

// shownFindings is how many findings have room beside all else on an item's page. The
// others are on the page where they are worked through.
const shownFindings = 4

// FirstFindings are the first, and one whose form was refused.
func (p itemPage) FirstFindings() []findingRow {
	first := slices.Clone(p.Findings[:min(len(p.Findings), shownFindings)])
	for _, f := range p.Findings[len(first):] {
		if f.Typed.form != "" {
			first = append(first, f)
		}
	}
	return first
}

// MoreFindings is how many are not shown.
func (p itemPage) MoreFindings() int { return len(p.Findings) - len(p.FirstFindings()) }

// Dispositions are the choices for a finding.
func (p itemPage) Dispositions() []string {
	return []string{string(disclosure.FalseAlarm), string(disclosure.LawfulHere)}
}

// Chosen says whether an outcome was chosen before the form came back.
func (p itemPage) Chosen(o disclosure.Outcome) bool {
	return string(o) == p.TypedIn("decide").Outcome
}

// Place counts attachments as people do.
func (p itemPage) Place(i int) int { return i + 1 }

// Subject is what a confirmation names.
func (p itemPage) Subject() string {
	if p.D.Title == "" {
		return p.D.Number
	}
	return p.D.Title
}

// ask confirms an act that cannot be undone: it names the object and what follows.
type ask struct {
	P                  itemPage
	Act, Title, Button string
	Icon, What         string
}

// NeedsProof says whether the act takes showing anew who one is.
func (a ask) NeedsProof() bool { return disclosure.ActType(a.Act).NeedsProof() }

// Ask is the confirmation of an act that needs a reason.
func (p itemPage) Ask(act string) ask {
	channels := ""
	for i, c := range p.D.Draft.Channels {
		if i > 0 {
			channels += p.T("comma")
		}
		channels += p.Name("channel", c)
	}
	a := ask{P: p, Act: act, Icon: "back", Title: act + ".title", Button: act + ".button"}
	a.What = p.T(act+".what", "name", p.Subject(), "channels", channels)
	return a
}

// Treated says what an attachment is, beside the file that was uploaded.
func (f Frame) Treated(file disclosure.File) string {
	switch {
	case file.Untreated != "":
		return f.T("file.untreated")
	case file.Original == nil:
		return ""
	case len(file.Original.Removed) > 0:
		return f.T("file.cleaned", "n", len(file.Original.Removed))
	}
	return f.T("file.treated")
}
