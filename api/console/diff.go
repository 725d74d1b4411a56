package console

import (
	"net/http"
	"strconv"
	"strings"

	"shenfa/internal/compare"
	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// diffView is a comparison as a page shows it.
type diffView struct {
	Frame
	desk.Comparison
	ID   string // of the item
	Side bool   // old and new beside each other
	Full bool   // on the page of its own
}

// diffPage compares any two versions of an item.
type diffPage struct {
	Frame
	Number   string
	Versions []desk.Version
	Diff     diffView
}

// gatherDiff compares with what the viewer knows: after a refusal because the item has
// changed, with what they had before them.
func (c *Console) gatherDiff(v *visit, p *itemPage) error {
	if p.D.Version == 0 {
		return nil
	}
	q := desk.CompareQuery{}
	if p.Problem.Stale && p.Typed.seen != "" {
		versions, err := c.desk.Versions(v.ctx(), v.who, p.D.ID)
		if err != nil {
			return err
		}
		for _, one := range versions {
			if one.ManifestHash == p.Typed.seen && one.N != p.D.Version {
				q.From = one.N
			}
		}
	}
	d, err := c.desk.Compare(v.ctx(), v.who, p.D.ID, q)
	if disclosure.CodeOf(err) == disclosure.NotFound { // its content was destroyed
		return nil
	}
	p.Diff = &diffView{Frame: p.Frame, Comparison: d, ID: p.D.ID}
	return err
}

func (c *Console) diff(v *visit) error {
	frame, err := c.frame(v, "diff.title", "")
	if err != nil {
		return err
	}
	id := v.Param("id")
	number := func(name string) int {
		n, _ := strconv.Atoi(v.QueryParam(name)) // what is no number is not asked for
		return max(n, 0)
	}
	q := desk.CompareQuery{From: number("from"), To: number("to"), Files: true}
	page := diffPage{Frame: frame, Diff: diffView{Frame: frame, ID: id, Side: v.QueryParam("view") == "side", Full: true}}
	if page.Diff.Comparison, err = c.desk.Compare(v.ctx(), v.who, id, q); err != nil {
		return err
	}
	if page.Versions, err = c.desk.Versions(v.ctx(), v.who, id); err != nil {
		return err
	}
	for _, one := range page.Versions {
		if one.Manifest != nil {
			page.Number = one.Manifest.Number
		}
	}
	page.Frame.Here = page.Diff.Address(page.Diff.Side)
	return c.show(v, http.StatusOK, "diff", page)
}

// First says that there is nothing before the version.
func (d diffView) First() bool { return d.From == 0 && d.Why != desk.SincePublic }

// Nothing says that nothing changed.
func (d diffView) Nothing() bool { return len(d.Fields)+len(d.Files) == 0 }

// Against says what is compared with what, and why.
func (d diffView) Against() string {
	who := ""
	if d.By != nil {
		who = d.By.Name
	}
	return d.T("since."+d.Why, "n", d.To, "m", d.From, "who", who)
}

// Address is the page of the same comparison, side by side or not.
func (d diffView) Address(side bool) string {
	to := itemPath(d.ID) + "/diff?to=" + strconv.Itoa(d.To)
	if d.Why == desk.SinceChosen {
		to += "&from=" + strconv.Itoa(d.From)
	}
	if side {
		to += "&view=side"
	}
	return to
}

// Value says what a field holds, as the form calls it.
func (d diffView) Value(field, value string) string {
	switch {
	case value == "":
		return ""
	case value == disclosure.FacetYes:
		return d.T("yes")
	case value == disclosure.FacetOnApproval, value == disclosure.FacetNextWindow:
		return d.T("release." + value)
	}
	switch field {
	case "kind":
		return d.Kind(value)
	case "attribute":
		return d.Name("attribute", value)
	case "correction_type":
		return d.Name("correction", value)
	case "release.late":
		return d.Name("late", value)
	case "channels":
		var names []string
		for one := range strings.SplitSeq(value, "\n") {
			names = append(names, d.Name("channel", one))
		}
		return strings.Join(names, d.T("comma"))
	}
	return strings.ReplaceAll(value, "\n", d.T("comma"))
}

// FieldName says what a field is called.
func (d diffView) FieldName(field string) string {
	if field == "route" || field == "rule_set" {
		return d.Name("changed", field)
	}
	return d.Name("field", field)
}

// KeptNames lists what did not change: the text and the files by name, of the fields how many.
func (d diffView) KeptNames() string {
	var names []string
	fields := 0
	for _, name := range d.Unchanged {
		_, field := catalogues[chinese]["field."+name]
		switch {
		case name == "body":
			names = append(names, d.T("field.body"))
		case field || name == "rule_set":
			fields++
		default:
			names = append(names, name)
		}
	}
	if fields > 0 {
		names = append(names, d.T("diff.fields", "n", fields))
	}
	return strings.Join(names, d.T("comma"))
}

// Place says where a paragraph stands.
func (d diffView) Place(p compare.Paragraph) string {
	switch p.Kind {
	case compare.Removed:
		return d.T("diff.was", "n", p.Old)
	case compare.Moved:
		return d.T("diff.moved", "n", p.Old, "m", p.New)
	}
	return d.T("diff.at", "n", p.New)
}

// shownHere is how many changes of a file the sign-off page has room for.
const shownHere = 7

// Shown are the paragraphs that there is room for.
func (d diffView) Shown(f desk.FileChange) []compare.Paragraph {
	if d.Full || len(f.Paragraphs) <= shownHere {
		return f.Paragraphs
	}
	return f.Paragraphs[:shownHere]
}

// Hidden is how many there is no room for.
func (d diffView) Hidden(f desk.FileChange) int { return len(f.Paragraphs) - len(d.Shown(f)) }

// Half are the spans of one side of a paragraph.
func (d diffView) Half(p compare.Paragraph, old bool) (out []compare.Span) {
	not := compare.Removed
	if old {
		not = compare.Added
	}
	for _, s := range p.Spans {
		if s.Kind != not {
			out = append(out, s)
		}
	}
	return out
}

// Bytes says how a file's size changed.
func (d diffView) Bytes(f desk.FileChange) string {
	switch f.What {
	case desk.FileAdded:
		return size(f.After)
	case desk.FileRemoved:
		return size(f.Before)
	}
	return size(f.Before) + " → " + size(f.After)
}
