package document

import (
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
)

// story is the text of one WordprocessingML file, sorted by who sees it. Text
// split over runs is joined again by paragraph.
type story struct {
	main     strings.Builder
	html     strings.Builder
	notes    []note
	boxes    []string
	backups  []string // fallback forms of boxes, mostly the same text
	hidden   strings.Builder
	deleted  map[string]*strings.Builder // by author
	authors  []string                    // of deletions, in order
	changes  []string                    // who inserted or reformatted, and when
	fields   strings.Builder
	alts     []string
	rubies   []string    // small text over other text
	sections []reference // headers and footers its sections name
	choices  []string    // what a form offers or says, shown only when it is filled in
	attrs    []string    // other attributes in words
	remarks  []string    // xml comments
}

type note struct{ id, author, text string }

// reference is what a section says about a header or footer.
type reference struct {
	id, which string // which is default, first or even
	first     bool   // the section has a first page of its own
}

// runProps are the properties of a run that decide whether it is seen. Each may
// be unsaid: then what the run stands in decides.
type runProps struct {
	vanish, tiny  tri
	web           tri    // vanishes where a page is shown as a web page
	color         string // RRGGBB in upper case, AUTO, or unsaid
	fill, marking string // of shading and of highlighting
}

type tri int8

const (
	unsaid tri = iota
	no
	yes
)

func said(b bool) tri {
	if b {
		return yes
	}
	return no
}

func (p *runProps) read(e *event) {
	val := e.attr("val")
	switch e.name {
	case "vanish", "specVanish":
		p.vanish = said(on(val))
	case "webHidden":
		p.web = said(on(val))
	case "w": // per cent of its width
		if n, err := strconv.Atoi(strings.TrimSuffix(val, "%")); err == nil && n <= 5 {
			p.tiny = yes
		}
	case "sz": // half points
		n, err := strconv.Atoi(val)
		p.tiny = said(err == nil && n <= 4)
	case "color":
		p.color = hexColor(val)
		if theme := e.attr("themeColor"); (theme == "background1" || theme == "light1") && e.attr("themeShade") == "" && e.attr("themeTint") == "" {
			p.color = "FFFFFF"
		}
	case "shd":
		p.fill = hexColor(e.attr("fill"))
	case "highlight":
		p.marking = hexColor(val)
	}
}

func on(val string) bool { return !slices.Contains([]string{"0", "false", "off", "none"}, val) }

// under returns what inner says, completed by p.
func (p runProps) under(inner runProps) runProps {
	if inner.vanish == unsaid {
		inner.vanish = p.vanish
	}
	if inner.tiny == unsaid {
		inner.tiny = p.tiny
	}
	if inner.web == unsaid {
		inner.web = p.web
	}
	if inner.color == "" {
		inner.color = p.color
	}
	if inner.fill == "" {
		inner.fill = p.fill
	}
	if inner.marking == "" {
		inner.marking = p.marking
	}
	return inner
}

// hidden says whether nobody sees the text: it is switched off, too small, or
// of the colour it stands on. Text of no colour of its own turns white on dark
// shading, but stays black under a black highlight.
func (p runProps) hidden() bool {
	color, ground := p.color, p.fill
	if p.marking != "" && p.marking != "NONE" {
		ground = p.marking
		if color == "" || color == "AUTO" {
			color = "000000"
		}
	}
	if ground == "" || ground == "AUTO" || ground == "NONE" {
		ground = "FFFFFF"
	}
	return p.vanish == yes || p.tiny == yes || color == ground || isWhite(color) && isWhite(ground)
}

// hexColor writes the colours that have a name as numbers.
func hexColor(s string) string {
	s = strings.ToUpper(strings.TrimPrefix(s, "#"))
	switch s {
	case "WHITE":
		return "FFFFFF"
	case "BLACK":
		return "000000"
	}
	return s
}

// isWhite says whether a colour RRGGBB cannot be told from paper.
func isWhite(color string) bool {
	n, err := strconv.ParseUint(color, 16, 32)
	return err == nil && len(color) == 6 && n>>16 >= 0xF5 && n>>8&0xFF >= 0xF5 && n&0xFF >= 0xF5
}

// frame is what a nested piece of text (the file, a box, a note) keeps to itself.
type frame struct {
	text     strings.Builder
	html     strings.Builder // finished blocks
	line     strings.Builder // the current paragraph, as HTML
	inList   bool
	run      runProps // of the run around this frame
	heading  int      // of the current paragraph
	list     bool
	props    runProps // of the current paragraph and its style
	fallback bool
	unseen   bool // it is hidden, whatever its text says
	note     note
}

// reader walks a WordprocessingML file.
type reader struct {
	story
	styles  map[string]style
	stack   []string
	frames  []*frame
	run     runProps
	deleter []string           // authors of the deletions we are in
	touched []*strings.Builder // deletions of the current paragraph
	cells   []string           // the shading of each open cell
	tables  []runProps         // what the style of each open table hides
	anchors []anchor           // of the drawings we are in
	unseen  []bool             // whether each open shape of the old kind is hidden
	refs    []reference        // of the section we are in
	first   bool               // it has a first page of its own
	// the paragraph is a line of contents, whose number is kept from web pages
	contents bool
	veil     func(at int)
	at       int // the element that is being read
}

// story reads one entry as a WordprocessingML file.
func (c *ooxml) story(name string, styles map[string]style) (*story, error) {
	r := &reader{styles: styles, frames: []*frame{{}}, veil: c.o.veil}
	r.deleted = map[string]*strings.Builder{}
	err := c.xml(name, func(e *event) {
		r.at = e.at
		switch e.kind {
		case opens:
			r.start(e)
			r.stack = append(r.stack, e.name)
		case shuts:
			r.stack = r.stack[:len(r.stack)-1]
			r.end(e.name)
		case chars:
			r.chars(string(e.text))
		case remark:
			r.remarks = append(r.remarks, string(e.text))
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

func (r *reader) start(e *event) {
	f := r.top()
	switch name := e.name; name {
	case "p":
		f.heading, f.list, f.props = 0, false, runProps{}
	case "r":
		r.run = runProps{}
	case "pStyle", "rStyle":
		if n := len(r.stack); n < 2 || r.stack[n-2] != "p" && r.stack[n-2] != "r" {
			return // what a tracked change replaced
		}
		s := r.styles[e.attr("val")]
		if name == "rStyle" {
			r.run = s.run.under(r.run)
			return
		}
		f.props = s.run
		f.heading = headingLevel(e.attr("val"), s.name)
	case "outlineLvl":
		if n, err := strconv.Atoi(e.attr("val")); err == nil && n < 6 && f.heading == 0 {
			f.heading = n + 1
		}
	case "numPr":
		f.list = true
	case "vanish", "webHidden", "specVanish", "sz", "w", "color", "shd", "highlight":
		r.property(e, f)
	case "noFill":
		if r.parent() == "textFill" {
			r.run.vanish = yes
		}
	case "headerReference", "footerReference":
		r.refs = append(r.refs, reference{id: e.attr("id"), which: e.attr("type")})
	case "titlePg":
		r.first = r.first || on(e.attr("val"))
	case "anchor", "inline", "positionH", "positionV", "extent":
		r.place(e)
	case "tblStyle":
		if n := len(r.tables); n > 0 {
			s := r.styles[e.attr("val")].run
			r.tables[n-1] = runProps{vanish: s.vanish, tiny: s.tiny}
		}
	case "del", "moveFrom":
		r.deleter = append(r.deleter, e.attr("author"))
	case "ins", "moveTo", "rPrChange", "pPrChange", "sectPrChange", "tblPrChange", "trPrChange", "tcPrChange", "tblGridChange",
		"tblPrExChange", "numberingChange", "cellIns", "cellDel", "cellMerge":
		r.changes = append(r.changes, tidy(e.attr("author")+" "+e.attr("date")))
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
		f.line.WriteString("<sup>[" + html.EscapeString(e.attr("id")) + "]</sup>")
	case "txbxContent", "footnote", "endnote", "comment", "Fallback", "rt":
		r.frames = append(r.frames, &frame{
			run: r.run, fallback: f.fallback || name == "Fallback", unseen: f.unseen || name == "txbxContent" && r.concealed(),
			note: note{id: e.attr("id"), author: e.attr("author")},
		})
	case "tbl":
		r.tables = append(r.tables, runProps{})
		f.block("<table>\n", false)
	case "tr":
		f.block("<tr>", false)
	case "tc":
		r.cells = append(r.cells, "")
		f.block("<td>", false)
	case "docPr", "cNvPr", "shape", "rect", "roundrect", "textbox", "imagedata":
		r.conceal(e)
		for _, key := range []string{"descr", "title", "alt"} {
			if alt := e.attr(key); alt != "" {
				r.alts = append(r.alts, alt)
			}
		}
	case "fldSimple":
		r.fields.WriteString(e.attr("instr") + "\n")
	case "listItem", "listEntry", "default", "helpText", "statusText", "result", "alias", "tag", "attr", "bookmarkStart":
		for _, key := range []string{"displayText", "value", "val", "name"} {
			if v := e.attr(key); v != "" && !strings.HasPrefix(v, "_") {
				r.choices = append(r.choices, v)
			}
		}
	case "textpath": // of WordArt
		r.boxes = append(r.boxes, e.attr("string"))
	default:
		r.attrs = append(r.attrs, telling(e)...)
	}
}

// property applies a run's, paragraph's or cell's property.
func (r *reader) property(e *event, f *frame) {
	switch r.parent() {
	case "tcPr":
		if e.name == "shd" && len(r.cells) > 0 {
			r.cells[len(r.cells)-1] = hexColor(e.attr("fill"))
		}
	case "pPr":
		if e.name == "shd" {
			f.props.read(e)
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
		r.contents = r.contents || strings.Contains(s, "PAGEREF")
		r.fields.WriteString(s)
	case "posOffset":
		r.offset(s)
	}
}

// write puts text where its reader finds it.
func (r *reader) write(s string) {
	f := r.top()
	run := f.props.under(r.run)
	if n := len(r.tables); n > 0 {
		run = r.tables[n-1].under(run)
	}
	if (run.fill == "" || run.fill == "AUTO") && len(r.cells) > 0 {
		run.fill = r.cells[len(r.cells)-1]
	}
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
		if n := len(r.touched); n == 0 || r.touched[n-1] != r.deleted[author] {
			r.touched = append(r.touched, r.deleted[author])
		}
	case f.unseen || run.hidden() || run.web == yes && !r.contents:
		r.veil(r.at)
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
		r.tables = r.tables[:len(r.tables)-1]
		f.block("</table>\n", false)
	case "tr":
		f.block("</tr>\n", false)
	case "tc":
		r.cells = r.cells[:len(r.cells)-1]
		f.block("</td>", false)
	case "anchor", "inline":
		r.anchors = r.anchors[:len(r.anchors)-1]
	case "shape", "rect", "roundrect":
		r.unseen = r.unseen[:len(r.unseen)-1]
	case "sectPr":
		for _, ref := range r.refs {
			ref.first = r.first
			r.sections = append(r.sections, ref)
		}
		r.refs, r.first = nil, false
	case "txbxContent", "footnote", "endnote", "comment", "Fallback", "rt":
		r.frames = r.frames[:len(r.frames)-1]
		r.run = f.run
		text := tidy(f.text.String())
		switch {
		case name == "footnote" || name == "endnote" || name == "comment":
			f.note.text = text
			r.notes = append(r.notes, f.note)
		case name == "rt":
			r.rubies = append(r.rubies, text)
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
	for _, b := range append([]*strings.Builder{&r.hidden, &r.fields}, r.touched...) {
		if s := b.String(); s != "" && s[len(s)-1] != '\n' {
			b.WriteByte('\n')
		}
	}
	r.touched, r.contents = r.touched[:0], false
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

// different returns the backups that say something else than boxes or body.
func (s *story) different() []string {
	known := map[string]bool{"": true}
	for _, b := range s.boxes {
		known[b] = true
	}
	for line := range strings.Lines(s.main.String()) {
		known[tidy(line)] = true
	}
	return slices.DeleteFunc(slices.Clone(s.backups), func(b string) bool { return known[b] })
}

// asides adds everything of a story but its main text and notes.
func (s *story) asides(where string, p *parts) {
	for i, b := range s.boxes {
		p.add(fmt.Sprintf("text box %d%s", i+1, where), false, b)
	}
	p.add("fallback text"+where, true, strings.Join(s.different(), "\n"))
	for _, a := range s.authors {
		p.add("tracked deletion ("+a+")"+where, true, s.deleted[a].String())
	}
	p.add("tracked change"+where, true, strings.Join(s.changes, "\n"))
	p.add("hidden text"+where, true, s.hidden.String())
	p.add("text over text"+where, false, strings.Join(s.rubies, "\n"))
	p.add("field code"+where, true, s.fields.String())
	p.add("attribute alt"+where, true, strings.Join(s.alts, "\n"))
	p.add("attribute of form"+where, true, strings.Join(s.choices, "\n"))
	p.add("attribute"+where, true, strings.Join(s.attrs, "\n"))
	p.add("xml comment"+where, true, strings.Join(s.remarks, "\n"))
}
