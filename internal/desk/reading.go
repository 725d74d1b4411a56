package desk

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"shenfa/internal/check"
	"shenfa/internal/disclosure"
)

// FormFile is what findings in the fields of the form name as their file.
const FormFile = "form"

// Reading is one file of a version as the check saw it, with its findings in their
// places. It says everything, masked nowhere: whoever may see the item works on it
// or reviews it.
type Reading struct {
	Version  int              `json:"version"`
	File     string           `json:"file"`    // "body", "form" or an attachment's name
	Name     string           `json:"name"`    // of the file itself; empty for the form
	Opened   bool             `json:"opened"`  // false: only what the findings quote can be shown
	Changed  bool             `json:"changed"` // the draft says something else by now
	Page     string           `json:"page"`    // its visible body as sanitised HTML; empty if it has none, and for workbooks
	Parts    []ReadingPart    `json:"parts"`
	Findings []ReadingFinding `json:"findings"` // of the whole version, in reading order
}

// ReadingPart is one part of a file. Its segments joined are its text: lines end in
// \n; in a grid they are rows, with tabs between the columns.
type ReadingPart struct {
	Name     string    `json:"name"` // as package document calls it; of the form: a field
	Hidden   bool      `json:"hidden"`
	Unread   string    `json:"unread"` // why what is behind it could not be read
	Grid     bool      `json:"grid"`
	Quoted   bool      `json:"quoted"`   // not the part itself: lines around findings whose place is lost
	Findings []string  `json:"findings"` // ids of those about all of it
	Segments []Segment `json:"segments"`
}

// Segment is a stretch of text with the same findings; most have none.
type Segment struct {
	Text     string   `json:"text"`
	Findings []string `json:"findings"`
}

// ReadingFinding is a finding with what has become of it since.
type ReadingFinding struct {
	Finding
	Gone bool `json:"gone"` // a new look at the draft does not find it any more
}

// Reading opens a file again as the check did: of a version, or of the draft if
// version is 0, which has no findings. file is "body" for what was uploaded as the
// text, "form", or an attachment's name. Who reads what is not public is written
// down.
func (d *Desk) Reading(ctx context.Context, who Actor, id string, version int, file string) (Reading, error) {
	row, err := d.row(ctx, who, id, "read_file")
	if err != nil {
		return Reading{}, err
	}
	if row.Case.State == disclosure.InQuarantine {
		return Reading{}, disclosure.Refuse(disclosure.NotFound, "name")
	}
	draft := row.Draft
	if version > 0 {
		v, err := d.store.Version(ctx, id, version)
		if err != nil {
			return Reading{}, err
		}
		draft = v.Draft
	}
	found, err := d.findings(ctx, id, version)
	if err != nil {
		return Reading{}, err
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return Reading{}, err
	}
	checker, err := check.For(ctx, d.store, who.Unit, now)
	if err != nil {
		return Reading{}, err
	}
	reader := reader{desk: d, checker: checker.Through(d.open), id: id}
	doc, err := reader.open(ctx, draft, file)
	if err != nil {
		return Reading{}, err
	}
	out := Reading{Version: version, File: file, Name: doc.name, Page: doc.page, Opened: len(doc.parts) > 0, Findings: make([]ReadingFinding, len(found))}
	var here []Finding
	for i, f := range found {
		out.Findings[i].Finding = f
		if f.File == file {
			here = append(here, f)
		}
	}
	out.Parts = arrange(doc, here)
	if version == row.Version && row.Case.State.Editable() {
		if err := reader.compare(ctx, draft, row.Draft, &out); err != nil {
			return Reading{}, err
		}
	}
	d.note(ctx, who, "read_file", id, "ok", map[string]string{"version": strconv.Itoa(version)})
	return out, nil
}

// reader opens the files of one disclosure.
type reader struct {
	desk    *Desk
	checker check.Checker
	id      string
}

// opened is a file taken apart. It has no parts if it could not be read.
type opened struct {
	name  string
	page  string // its visible body as HTML
	grid  bool   // its parts are grids where they have tabs
	parts []part
	signs map[sign]bool // what is found in it on the rules in force now
}

// part is one stretch of its text.
type part struct {
	Name   string
	Hidden bool
	Text   string
	Unread string
}

// sign is what makes a finding the same in another state of its file.
type sign struct{ rule, part, excerpt string }

// open takes a file apart and looks through it on the rules in force now.
func (r reader) open(ctx context.Context, draft disclosure.Draft, file string) (opened, error) {
	if file == FormFile {
		return r.form(draft), nil
	}
	f := fileOf(draft, file)
	if f == nil {
		return opened{}, disclosure.Refuse(disclosure.NotFound, "name")
	}
	data, err := r.desk.store.Blob(ctx, r.id, f.Blob)
	if err != nil {
		return opened{}, err
	}
	doc, found, err := r.checker.File(ctx, f.Name, data, draft.Kind)
	if err != nil {
		return opened{}, err
	}
	o := opened{name: f.Name, grid: doc.Kind == "xlsx", signs: map[sign]bool{}}
	for _, p := range doc.Parts {
		o.parts = append(o.parts, part(p))
	}
	for _, f := range found {
		o.signs[sign{f.Rule, f.Part, f.Excerpt}] = true
	}
	if !o.grid {
		o.page = doc.HTML()
	}
	return o, nil
}

// form lists the fields that the check looks at, in its order.
func (r reader) form(d disclosure.Draft) opened {
	o := opened{signs: map[sign]bool{}}
	for _, field := range d.Texts() {
		if field.Text == "" {
			continue
		}
		o.parts = append(o.parts, part{Name: field.Name, Text: field.Text})
		for _, f := range r.checker.Text(field.Name, field.Text, d.Kind) {
			o.signs[sign{f.Rule, f.Part, f.Excerpt}] = true
		}
	}
	return o
}

// fileOf finds what a finding calls its file.
func fileOf(d disclosure.Draft, file string) *disclosure.File {
	if file == "body" {
		return d.Source
	}
	if i := slices.IndexFunc(d.Attachments, func(f disclosure.File) bool { return f.Name == file }); i >= 0 {
		return &d.Attachments[i]
	}
	return nil
}

// compare says which findings a new look at the draft does not make any more. Files
// that are the same bytes are not opened again.
func (r reader) compare(ctx context.Context, was, is disclosure.Draft, out *Reading) error {
	still := map[string]map[sign]bool{} // by file; those that are as they were are missing
	files := []string{"body", FormFile}
	for _, f := range slices.Concat(was.Attachments, is.Attachments) {
		files = append(files, f.Name)
	}
	for _, file := range files {
		if still[file] != nil || !r.differs(was, is, file) {
			continue
		}
		out.Changed, still[file] = true, map[sign]bool{}
		wanted := slices.ContainsFunc(out.Findings, func(f ReadingFinding) bool { return f.File == file })
		if !wanted || file != FormFile && fileOf(is, file) == nil {
			continue
		}
		o, err := r.open(ctx, is, file)
		if err != nil {
			return err
		}
		still[file] = o.signs
	}
	for i := range out.Findings {
		f := &out.Findings[i]
		signs := still[f.File]
		f.Gone = signs != nil && !signs[sign{f.Rule, f.Part, f.Excerpt}]
	}
	return nil
}

func (r reader) differs(was, is disclosure.Draft, file string) bool {
	if file == FormFile {
		return !slices.Equal(r.form(was).parts, r.form(is).parts)
	}
	a, b := fileOf(was, file), fileOf(is, file)
	return a == nil || b == nil || a.SHA256 != b.SHA256
}

// span is where a finding stands: bytes of one part.
type span struct {
	part, from, to int
	id             string
}

// arrange puts findings into the parts of their file: by their offsets, or where
// their words stand nearest to them. Those that stand nowhere any more are quoted
// at the end, with the lines the check kept.
func arrange(o opened, found []Finding) []ReadingPart {
	out := make([]ReadingPart, len(o.parts))
	rulers := map[int]*ruler{}
	named := map[string][]int{}
	for i, p := range o.parts {
		out[i] = ReadingPart{Name: p.Name, Hidden: p.Hidden, Unread: p.Unread, Grid: o.grid && strings.Contains(p.Text, "\t")}
		named[p.Name] = append(named[p.Name], i)
	}
	spans := make([][]span, len(o.parts))
	var lost []Finding
	for _, f := range found {
		at, ok := locate(o.parts, named[f.Part], rulers, f)
		if !ok {
			lost = append(lost, f)
			continue
		}
		p := &out[at.part]
		if at.from == 0 && at.to == len(o.parts[at.part].Text) && (p.Hidden || p.Unread != "") && f.Treatment != "mask" {
			p.Findings = append(p.Findings, f.ID) // about the part, not about words in it
			continue
		}
		spans[at.part] = append(spans[at.part], at)
	}
	for i := range out {
		out[i].Segments = cut(o.parts[i].Text, spans[i])
	}
	return append(out, quote(lost)...)
}

func locate(parts []part, among []int, rulers map[int]*ruler, f Finding) (span, bool) {
	if f.Excerpt == "" {
		return span{}, false
	}
	best, off := span{id: f.ID}, -1
	for _, i := range among {
		if rulers[i] == nil {
			rulers[i] = newRuler(parts[i].Text)
		}
		text, from := parts[i].Text, rulers[i].bytes(f.Start)
		if strings.HasPrefix(text[from:], f.Excerpt) {
			return span{i, from, from + len(f.Excerpt), f.ID}, true
		}
		for _, at := range []int{strings.LastIndex(text[:from], f.Excerpt), from + strings.Index(text[from:], f.Excerpt)} {
			if at < 0 || !strings.HasPrefix(text[at:], f.Excerpt) {
				continue
			}
			if away := max(at-from, from-at); off < 0 || away < off {
				best.part, best.from, best.to, off = i, at, at+len(f.Excerpt), away
			}
		}
	}
	return best, off >= 0
}

// ruler finds the byte at which a character stands.
type ruler struct {
	text  string
	marks []int // byte of every 512th character
}

const rulerStep = 512

func newRuler(text string) *ruler {
	r := &ruler{text: text}
	n := 0
	for i := range text {
		if n%rulerStep == 0 {
			r.marks = append(r.marks, i)
		}
		n++
	}
	return r
}

// bytes is the byte of character n, or the end of the text.
func (r *ruler) bytes(n int) int {
	if n < 0 || n/rulerStep >= len(r.marks) {
		return len(r.text)
	}
	at := r.marks[n/rulerStep]
	left := n % rulerStep
	for i := range r.text[at:] {
		if left == 0 {
			return at + i
		}
		left--
	}
	return len(r.text)
}

// cut divides a text where findings begin and end.
func cut(text string, spans []span) []Segment {
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Or(a.from-b.from, b.to-a.to) })
	var out []Segment
	var over []span // that we are in
	at := 0
	emit := func(to int) {
		if to == at {
			return
		}
		s := Segment{Text: text[at:to]}
		for _, o := range over {
			s.Findings = append(s.Findings, o.id)
		}
		out, at = append(out, s), to
	}
	// leave ends what ends before a place, the earliest first.
	leave := func(before int) {
		for len(over) > 0 {
			end := slices.MinFunc(over, func(a, b span) int { return a.to - b.to }).to
			if end > before {
				return
			}
			emit(end)
			over = slices.DeleteFunc(over, func(o span) bool { return o.to == end })
		}
	}
	for _, s := range spans {
		leave(s.from)
		emit(s.from)
		over = append(over, s)
	}
	leave(len(text))
	emit(len(text))
	return out
}

// quote makes parts of what was kept with findings: one line for all that stand in
// the same one.
func quote(lost []Finding) []ReadingPart {
	var out []ReadingPart
	for i := 0; i < len(lost); {
		same := i + 1
		for same < len(lost) && lost[same].Part == lost[i].Part && lost[same].Context == lost[i].Context {
			same++
		}
		if n := len(out); n == 0 || out[n-1].Name != lost[i].Part {
			out = append(out, ReadingPart{Name: lost[i].Part, Hidden: lost[i].Hidden, Quoted: true})
		} else {
			out[n-1].Segments = append(out[n-1].Segments, Segment{Text: "\n"})
		}
		part := &out[len(out)-1]
		line := lost[i].Context
		var spans []span
		for _, f := range lost[i:same] {
			from := strings.Index(line, f.Excerpt)
			if used := slices.IndexFunc(spans, func(s span) bool { return s.from == from }); used >= 0 && from >= 0 {
				if next := strings.Index(line[spans[used].to:], f.Excerpt); next >= 0 {
					from = spans[used].to + next
				}
			}
			if from < 0 || f.Excerpt == "" { // it runs over more lines than were kept
				part.Findings = append(part.Findings, f.ID)
				continue
			}
			spans = append(spans, span{from: from, to: from + len(f.Excerpt), id: f.ID})
		}
		part.Segments = append(part.Segments, cut(line, spans)...)
		i = same
	}
	return out
}
