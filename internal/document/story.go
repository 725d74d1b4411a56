package document

import (
	"encoding/xml"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
)

// story is the text of one WordprocessingML file, sorted by who sees it. Text
// split over runs is joined again by paragraph.
type story struct {
	main    strings.Builder
	html    strings.Builder
	notes   []note
	boxes   []string
	backups []string // fallback forms of boxes, mostly the same text
	hidden  strings.Builder
	deleted map[string]*strings.Builder // by author
	authors []string                    // of deletions, in order
	changes []string                    // who inserted or reformatted, and when
	fields  strings.Builder
	alts    []string
	remarks []string // xml comments
}

type note struct{ id, author, text string }

// runProps are the properties of a run that decide whether it is seen.
type runProps struct {
	vanish, tiny, white, shaded bool
}

func (p *runProps) read(e xml.StartElement) {
	val := attr(e, "val")
	on := val != "0" && val != "false" && val != "off" && val != "none"
	switch e.Name.Local {
	case "vanish", "webHidden", "specVanish":
		p.vanish = on
	case "sz": // half points
		n, err := strconv.Atoi(val)
		p.tiny = err == nil && n <= 2
	case "color":
		p.white = strings.EqualFold(val, "FFFFFF") || strings.EqualFold(val, "white")
	case "shd", "highlight":
		p.shaded = isShade(e)
	}
}

// isShade says whether white text would show on a shading.
func isShade(e xml.StartElement) bool {
	fill := strings.ToUpper(attr(e, "fill"))
	if e.Name.Local == "highlight" {
		return attr(e, "val") != "none" && attr(e, "val") != "white"
	}
	return fill != "" && fill != "AUTO" && fill != "FFFFFF"
}

func (p runProps) hidden() bool { return p.vanish || p.tiny || p.white && !p.shaded }

// frame is what a nested piece of text (the file, a box, a note) keeps to itself.
type frame struct {
	text     strings.Builder
	html     strings.Builder // finished blocks
	line     strings.Builder // the current paragraph, as HTML
	inList   bool
	run      runProps // of the run around this frame
	heading  int      // of the current paragraph
	list     bool
	style    bool // its style hides
	shaded   bool
	fallback bool
	note     note
}

// reader walks a WordprocessingML file.
type reader struct {
	story
	styles  map[string]style
	stack   []string
	frames  []*frame
	run     runProps
	deleter []string // authors of the deletions we are in
	cells   []bool   // whether each open cell is shaded
}

func readStory(data []byte, styles map[string]style, depth int) (*story, error) {
	r := &reader{styles: styles, frames: []*frame{{}}}
	r.deleted = map[string]*strings.Builder{}
	err := tokens(data, depth, func(t xml.Token) {
		switch t := t.(type) {
		case xml.StartElement:
			r.start(t)
			r.stack = append(r.stack, t.Name.Local)
		case xml.EndElement:
			r.stack = r.stack[:len(r.stack)-1]
			r.end(t.Name.Local)
		case xml.CharData:
			r.chars(string(t))
		case xml.Comment:
			r.remarks = append(r.remarks, string(t))
		}
	})
	if err != nil {
		return nil, err
	}
	r.frames[0].block("", false)
	r.main.WriteString(r.frames[0].text.String())
	r.html.WriteString(r.frames[0].html.String())
	return &r.story, nil
}

func (r *reader) top() *frame { return r.frames[len(r.frames)-1] }

func (r *reader) parent() string {
	if len(r.stack) == 0 {
		return ""
	}
	return r.stack[len(r.stack)-1]
}

func (r *reader) start(e xml.StartElement) {
	f := r.top()
	switch name := e.Name.Local; name {
	case "p":
		f.heading, f.list, f.style, f.shaded = 0, false, false, false
	case "r":
		r.run = runProps{}
	case "pStyle", "rStyle":
		if n := len(r.stack); n < 2 || r.stack[n-2] != "p" && r.stack[n-2] != "r" {
			return // what a tracked change replaced
		}
		s := r.styles[attr(e, "val")]
		if name == "rStyle" {
			r.run.vanish = r.run.vanish || s.hidden
			return
		}
		f.style = s.hidden
		f.heading = headingLevel(attr(e, "val"), s.name)
	case "outlineLvl":
		if n, err := strconv.Atoi(attr(e, "val")); err == nil && n < 6 && f.heading == 0 {
			f.heading = n + 1
		}
	case "numPr":
		f.list = true
	case "vanish", "webHidden", "specVanish", "sz", "color", "shd", "highlight":
		r.property(e, f)
	case "del", "moveFrom":
		r.deleter = append(r.deleter, attr(e, "author"))
	case "ins", "moveTo", "rPrChange", "pPrChange":
		r.changes = append(r.changes, tidy(attr(e, "author")+" "+attr(e, "date")))
	case "tab", "ptab":
		if r.parent() == "r" {
			r.write("\t")
		}
	case "br", "cr":
		r.write("\n")
	case "noBreakHyphen":
		r.write("-")
	case "sym":
		r.write("\uFFFD")
	case "footnoteReference", "endnoteReference":
		f.line.WriteString("<sup>[" + html.EscapeString(attr(e, "id")) + "]</sup>")
	case "txbxContent", "footnote", "endnote", "comment", "Fallback":
		r.frames = append(r.frames, &frame{
			run: r.run, fallback: f.fallback || name == "Fallback",
			note: note{id: attr(e, "id"), author: attr(e, "author")},
		})
	case "tbl":
		f.block("<table>\n", false)
	case "tr":
		f.block("<tr>", false)
	case "tc":
		r.cells = append(r.cells, false)
		f.block("<td>", false)
	case "docPr", "cNvPr", "shape", "textbox", "imagedata":
		for _, key := range []string{"descr", "title", "alt"} {
			if alt := attr(e, key); alt != "" {
				r.alts = append(r.alts, alt)
			}
		}
	case "fldSimple":
		r.fields.WriteString(attr(e, "instr") + "\n")
	}
}

// property applies a run's, paragraph's or cell's property.
func (r *reader) property(e xml.StartElement, f *frame) {
	switch r.parent() {
	case "tcPr":
		if e.Name.Local == "shd" && len(r.cells) > 0 {
			r.cells[len(r.cells)-1] = isShade(e)
		}
	case "pPr":
		if e.Name.Local == "shd" {
			f.shaded = isShade(e)
		}
	case "rPr":
		// A paragraph mark's properties (pPr/rPr) and the old ones of a tracked
		// change say nothing about text.
		if n := len(r.stack); n > 1 && r.stack[n-2] == "r" {
			r.run.read(e)
		}
	}
}

func (r *reader) chars(s string) {
	switch r.parent() {
	case "t", "delText":
		r.write(s)
	case "instrText", "delInstrText":
		r.fields.WriteString(s)
	}
}

// write puts text where its reader finds it.
func (r *reader) write(s string) {
	f := r.top()
	run := r.run
	run.shaded = run.shaded || f.shaded || len(r.cells) > 0 && r.cells[len(r.cells)-1]
	switch {
	case len(r.deleter) > 0 || r.parent() == "delText":
		author := ""
		if n := len(r.deleter); n > 0 {
			author = r.deleter[n-1]
		}
		if r.deleted[author] == nil {
			r.deleted[author] = &strings.Builder{}
			r.authors = append(r.authors, author)
		}
		r.deleted[author].WriteString(s)
	case run.hidden() || f.style:
		r.hidden.WriteString(s)
	default:
		f.text.WriteString(s)
		f.line.WriteString(strings.ReplaceAll(html.EscapeString(s), "\n", "<br>"))
	}
}

func (r *reader) end(name string) {
	f := r.top()
	switch name {
	case "p":
		r.paragraph(f)
	case "r":
		r.run = runProps{}
	case "del", "moveFrom":
		r.deleter = r.deleter[:len(r.deleter)-1]
	case "tbl":
		f.block("</table>\n", false)
	case "tr":
		f.block("</tr>\n", false)
	case "tc":
		r.cells = r.cells[:len(r.cells)-1]
		f.block("</td>", false)
	case "txbxContent", "footnote", "endnote", "comment", "Fallback":
		r.frames = r.frames[:len(r.frames)-1]
		r.run = f.run
		text := tidy(f.text.String())
		switch {
		case name == "footnote" || name == "endnote" || name == "comment":
			f.note.text = text
			r.notes = append(r.notes, f.note)
		case f.fallback:
			r.backups = append(r.backups, text)
		default:
			r.boxes = append(r.boxes, text)
			f.block("", false)
			r.top().block(f.html.String(), false)
		}
	}
}

// paragraph ends a paragraph: a line of text and an element of HTML.
func (r *reader) paragraph(f *frame) {
	f.text.WriteByte('\n')
	for _, b := range append([]*strings.Builder{&r.hidden, &r.fields}, r.deletions()...) {
		if s := b.String(); s != "" && s[len(s)-1] != '\n' {
			b.WriteByte('\n')
		}
	}
	line := f.line.String()
	f.line.Reset()
	switch {
	case strings.TrimSpace(line) == "":
	case f.heading > 0:
		f.block(fmt.Sprintf("<h%d>%s</h%d>\n", f.heading, line, f.heading), false)
	case f.list:
		f.block("<li>"+line+"</li>\n", true)
	default:
		f.block("<p>"+line+"</p>\n", false)
	}
}

// block writes finished HTML, opening and closing the list around items.
func (f *frame) block(s string, item bool) {
	if item != f.inList {
		f.html.WriteString(map[bool]string{true: "<ul>\n", false: "</ul>\n"}[item])
		f.inList = item
	}
	f.html.WriteString(s)
}

func (r *reader) deletions() []*strings.Builder {
	all := make([]*strings.Builder, 0, len(r.authors))
	for _, a := range r.authors {
		all = append(all, r.deleted[a])
	}
	return all
}

var headingID = regexp.MustCompile(`^heading ?([1-6])$`)

// headingLevel reads a style's id or name; 0 is no heading.
func headingLevel(id, name string) int {
	for _, s := range []string{name, strings.ToLower(id)} {
		if m := headingID.FindStringSubmatch(s); m != nil {
			return int(m[1][0] - '0')
		}
		if s == "title" {
			return 1
		}
	}
	return 0
}

// asides adds everything of a story but its main text and notes.
func (s *story) asides(where string, p *parts) {
	for i, b := range s.boxes {
		p.add(fmt.Sprintf("text box %d%s", i+1, where), false, b)
	}
	for _, b := range s.backups {
		if !strings.Contains(strings.Join(s.boxes, "\n")+"\n"+s.main.String(), b) {
			p.add("fallback text"+where, true, b)
		}
	}
	for _, a := range s.authors {
		p.add("tracked deletion ("+a+")"+where, true, s.deleted[a].String())
	}
	p.add("tracked change"+where, true, strings.Join(s.changes, "\n"))
	p.add("hidden text"+where, true, s.hidden.String())
	p.add("field code"+where, true, s.fields.String())
	p.add("attribute alt"+where, true, strings.Join(s.alts, "\n"))
	p.add("xml comment"+where, true, strings.Join(s.remarks, "\n"))
}
