package desk

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"shenfa/internal/compare"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// Why a version is what another is compared with.
const (
	SinceApproved = "approved" // the last that anybody approved
	SinceDecided  = "decided"  // nobody did: the last that anybody decided on
	SinceBefore   = "before"   // nobody decided: the one before
	SincePublic   = "public"   // what it corrects, as it is public
	SinceChosen   = "chosen"
)

// CompareQuery asks what changed. From 0 is what the viewer most likely knows, To 0 the
// version that is current; Files compares the texts of attachments too.
type CompareQuery struct {
	From, To int
	Files    bool
}

// Comparison is what changed from one version to another. Values that were to be masked
// are.
type Comparison struct {
	From      int           `json:"from"` // 0: another edition, which is public
	To        int           `json:"to"`
	Why       string        `json:"why"`
	By        *Ref          `json:"by"` // who approved or decided on From
	Fields    []FieldChange `json:"fields"`
	Files     []FileChange  `json:"files"`     // the text first
	Unchanged []string      `json:"unchanged"` // fields and files that are as they were
}

// FieldChange is one field of the form before and after. Spans say the same word by word,
// where the field is a text.
type FieldChange struct {
	Field  string         `json:"field"`
	Before string         `json:"before"`
	After  string         `json:"after"`
	Spans  []compare.Span `json:"spans"`
}

// What became of a file.
const (
	FileAdded   = "added"
	FileRemoved = "removed"
	FileRenamed = "renamed"
	FileChanged = "changed"
)

// FileChange is one file that is not as it was. Name is "body" for the text.
type FileChange struct {
	Name       string              `json:"name"`
	Was        string              `json:"was"` // its name before, if it has another
	What       string              `json:"what"`
	Before     int64               `json:"before"` // bytes
	After      int64               `json:"after"`
	Paragraphs []compare.Paragraph `json:"paragraphs"` // those that changed
	Same       int                 `json:"same"`       // how many did not
	Unread     bool                `json:"unread"`     // its text could not be had: only that it changed is known
}

// side is one of the two that are compared. Of what is corrected the item is another.
type side struct {
	item    string
	version int
	draft   disclosure.Draft
	signed  disclosure.Manifest
}

// facets are what is signed besides the files, with what the system adds.
func (s side) facets() []disclosure.Field {
	route := ""
	if s.signed.Route != "" {
		route = s.signed.Route + " " + strconv.Itoa(s.signed.RouteNo)
	}
	return append(s.draft.Facets(), disclosure.Field{Name: "route", Text: route}, disclosure.Field{Name: "rule_set", Text: s.signed.RuleSet})
}

// Compare tells what changed from one version to another. Who reads what is not public is
// written down.
func (d *Desk) Compare(ctx context.Context, who Actor, id string, q CompareQuery) (Comparison, error) {
	row, err := d.row(ctx, who, id, "read_comparison")
	if err != nil {
		return Comparison{}, err
	}
	if row.Case.State == disclosure.InQuarantine || row.Version == 0 {
		return Comparison{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	out := Comparison{To: cmp.Or(q.To, row.Version), From: q.From, Why: SinceChosen, Fields: []FieldChange{}, Files: []FileChange{}, Unchanged: []string{}}
	if q.From == 0 {
		if err := d.baseline(ctx, row, &out); err != nil {
			return Comparison{}, err
		}
	}
	if out.From == 0 && out.Why != SincePublic { // the first: there is nothing before it
		return out, nil
	}
	before, after := side{item: id, version: out.From}, side{item: id, version: out.To}
	if out.Why == SincePublic {
		of, err := d.store.Corrected(ctx, id)
		if err != nil {
			return Comparison{}, err
		}
		before = side{item: of.ID, draft: of.Draft}
	}
	for _, s := range []*side{&before, &after} {
		if s.version == 0 {
			continue
		}
		v, err := d.store.Version(ctx, id, s.version)
		if err != nil {
			return Comparison{}, err
		}
		s.draft, s.signed = v.Draft, v.Manifest
	}
	if before.version == 0 { // on what road it came is not known here, and does not matter
		before.signed.Route, before.signed.RouteNo, before.signed.RuleSet = after.signed.Route, after.signed.RouteNo, after.signed.RuleSet
	}
	over, err := d.hidden(ctx, before, after)
	if err != nil {
		return Comparison{}, err
	}
	out.compareFields(before, after, over)
	if err := d.compareFiles(ctx, who, before, after, q.Files, over, &out); err != nil {
		return Comparison{}, err
	}
	d.note(ctx, who, "read_comparison", id, "ok", map[string]string{"from": strconv.Itoa(out.From), "to": strconv.Itoa(out.To)})
	return out, nil
}

// baseline finds what a reader of version To is to be told the changes from.
func (d *Desk) baseline(ctx context.Context, row store.Row, out *Comparison) error {
	events, err := d.store.Events(ctx, row.ID)
	if err != nil {
		return err
	}
	for _, e := range slices.Backward(events) {
		decided := e.Type == string(disclosure.Decide) || e.Type == string(disclosure.Bypass)
		if !decided || e.Version >= out.To {
			continue
		}
		by := &Ref{ID: deref(e.Actor), Name: deref(e.ActorName)}
		if e.Type == string(disclosure.Bypass) || disclosure.Outcome(e.Outcome) == disclosure.Disclose {
			out.From, out.Why, out.By = e.Version, SinceApproved, by
			return nil
		}
		if out.From == 0 {
			out.From, out.Why, out.By = e.Version, SinceDecided, by
		}
	}
	switch {
	case out.From > 0:
	case row.Corrects != nil:
		out.Why = SincePublic
	default:
		out.From, out.Why = out.To-1, SinceBefore
	}
	return nil
}

// hidden covers the values of both sides' findings, except where somebody said that the
// value may be read.
func (d *Desk) hidden(ctx context.Context, sides ...side) (veil, error) {
	var covered []Finding
	for _, s := range sides {
		found, err := d.findings(ctx, s.item, s.version)
		if err != nil {
			return veil{}, err
		}
		for _, f := range found {
			if f.Disposition != disclosure.LawfulHere && f.Disposition != disclosure.FalseAlarm {
				covered = append(covered, f)
			}
		}
	}
	return newVeil(covered), nil
}

func (out *Comparison) compareFields(before, after side, over veil) {
	texts := map[string]bool{}
	for _, f := range after.draft.Texts() {
		texts[f.Name] = true
	}
	was := before.facets()
	for i, is := range after.facets() {
		if was[i].Text == is.Text {
			if is.Text != "" {
				out.Unchanged = append(out.Unchanged, is.Name)
			}
			continue
		}
		f := FieldChange{Field: is.Name, Before: over.hide(was[i].Text), After: over.hide(is.Text), Spans: []compare.Span{}}
		if texts[is.Name] {
			f.Spans = over.liftSpans(compare.Words(over.lower(was[i].Text), over.lower(is.Text)))
		}
		out.Fields = append(out.Fields, f)
	}
}

// compareFiles compares the text, and the attachments by their names and bytes.
func (d *Desk) compareFiles(ctx context.Context, who Actor, before, after side, read bool, over veil, out *Comparison) error {
	tell := func(f FileChange, was, is string) {
		f.Paragraphs = []compare.Paragraph{}
		for _, p := range over.lift(compare.Texts(over.lower(was), over.lower(is))) {
			if p.Kind == compare.Same {
				f.Same++
				continue
			}
			f.Paragraphs = append(f.Paragraphs, p)
		}
		out.Files = append(out.Files, f)
	}
	if was, is := size(before.draft.Body), size(after.draft.Body); was.SHA256 == is.SHA256 {
		out.Unchanged = append(out.Unchanged, "body")
	} else {
		old, err := d.bodyText(ctx, before.item, before.draft.Body)
		if err != nil {
			return err
		}
		fresh, err := d.bodyText(ctx, after.item, after.draft.Body)
		if err != nil {
			return err
		}
		tell(FileChange{Name: "body", What: FileChanged, Before: was.Length, After: is.Length}, old, fresh)
	}

	gone := slices.Clone(before.draft.Attachments)
	take := func(is func(disclosure.File) bool) *disclosure.File {
		i := slices.IndexFunc(gone, is)
		if i < 0 {
			return nil
		}
		f := gone[i]
		gone = slices.Delete(gone, i, i+1)
		return &f
	}
	var fresh []disclosure.File
	for _, f := range after.draft.Attachments {
		was := take(func(o disclosure.File) bool { return o.Name == f.Name })
		switch {
		case was == nil:
			fresh = append(fresh, f)
		case was.SHA256 == f.SHA256:
			out.Unchanged = append(out.Unchanged, f.Name)
		default:
			change := FileChange{Name: f.Name, What: FileChanged, Before: was.Length, After: f.Length, Paragraphs: []compare.Paragraph{}}
			if !read {
				out.Files = append(out.Files, change)
				continue
			}
			old, whole, err := d.attachmentText(ctx, who, before, was.Name)
			if err != nil {
				return err
			}
			now, all, err := d.attachmentText(ctx, who, after, f.Name)
			if err != nil {
				return err
			}
			change.Unread = !whole || !all
			tell(change, old, now)
		}
	}
	for _, f := range fresh {
		if was := take(func(o disclosure.File) bool { return o.SHA256 == f.SHA256 }); was != nil {
			out.Files = append(out.Files, FileChange{Name: f.Name, Was: was.Name, What: FileRenamed, Before: f.Length, After: f.Length, Paragraphs: []compare.Paragraph{}})
			continue
		}
		out.Files = append(out.Files, FileChange{Name: f.Name, What: FileAdded, After: f.Length, Paragraphs: []compare.Paragraph{}})
	}
	for _, f := range gone {
		out.Files = append(out.Files, FileChange{Name: f.Name, What: FileRemoved, Before: f.Length, Paragraphs: []compare.Paragraph{}})
	}
	return nil
}

func size(f *disclosure.File) disclosure.Content {
	if f == nil {
		return disclosure.Content{}
	}
	return f.Content
}

// attachmentText is what stands in an attachment as it would be public, a line for each
// line of each part. whole is false if some of it could not be read.
func (d *Desk) attachmentText(ctx context.Context, who Actor, s side, name string) (text string, whole bool, err error) {
	files, err := d.texts(ctx, who, s.item, s.draft)
	if err != nil {
		return "", false, err
	}
	doc, err := files.reader.open(ctx, s.draft, name)
	if err != nil {
		return "", false, err
	}
	var lines strings.Builder
	whole = len(doc.parts) > 0
	for i, p := range doc.parts {
		whole = whole && p.Unread == ""
		if i < len(doc.parts)-1 { // the last is the file's name
			lines.WriteString(strings.ReplaceAll(p.Text, "\t", "　"))
			lines.WriteByte('\n')
		}
	}
	return lines.String(), whole, nil
}
