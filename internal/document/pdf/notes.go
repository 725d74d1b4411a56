package pdf

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Kinds of annotations, as PDFium numbers them.
const (
	noteText      = 1
	noteLink      = 2
	noteFree      = 3
	noteLine      = 4
	noteSquare    = 5
	noteCircle    = 6
	notePolygon   = 7
	noteHighlight = 9
	noteStamp     = 13
	noteInk       = 15
	notePopup     = 16
	noteFile      = 17
	noteSound     = 18
	noteMovie     = 19
	noteWidget    = 20
	noteScreen    = 21
	notePrinter   = 22
	noteTrap      = 23
	noteWatermark = 24
	note3D        = 25
	noteMedia     = 26
	noteRedact    = 28
)

var noteNames = map[int]string{
	noteText: "note", noteFree: "text box", noteLine: "line", noteSquare: "rectangle", noteCircle: "ellipse", notePolygon: "polygon",
	noteHighlight: "highlight", noteStamp: "stamp", noteInk: "drawing", noteWidget: "form field", noteWatermark: "watermark",
	noteRedact: "redaction mark",
}

// Flags of annotations (ISO 32000-1, table 165).
const (
	flagHidden = 1 << 1
	flagNoView = 1 << 5
)

// mostNotes is how many annotations of a page are read.
const mostNotes = 10_000

// notes is what the annotations of a page say.
type notes struct {
	parts []Part
	noted noted
	drawn bool // at least one paints something on the page
}

// noted is what must be known of the annotations of a page to make them part of it.
type noted struct {
	any    bool
	shown  Box   // of the page, in its own coordinates
	fields []Box // on the page as it is shown
}

// notes reads the annotations of a page. One that hides text joins the shapes
// of the scene; text that somebody marked for redaction and left in the file is
// a part of its own, seen or not.
func (o *opening) notes(s *scene, page int, glyphs []glyph) notes {
	m := o.m
	var out notes
	n := number(m.call("FPDFPage_GetAnnotCount", s.page))
	out.noted = noted{any: n > 0, shown: s.crop()}
	if n > mostNotes {
		out.parts = append(out.parts, Part{
			Name: fmt.Sprintf("annotations of page %d", page), Hidden: true,
			Text: fmt.Sprintf("%d annotations", n), Unread: "too_many_parts",
		})
	}
	for i := 0; i < min(n, mostNotes) && m.err == nil; i++ {
		note := m.call("FPDFPage_GetAnnot", s.page, uint64(i))
		if note == 0 {
			continue
		}
		o.note(s, &out, note, page, glyphs)
		m.call("FPDFPage_CloseAnnot", note)
	}
	return out
}

func (o *opening) note(s *scene, out *notes, note uint64, page int, glyphs []glyph) {
	m := o.m
	kind, flags := number(m.call("FPDFAnnot_GetSubtype", note)), number(m.call("FPDFAnnot_GetFlags", note))
	unseen := flags&(flagHidden|flagNoView) != 0
	name := noteNames[kind]
	if name == "" {
		name = "annotation"
	}
	if unseen {
		name = "hidden " + name
	}
	var said []string
	for _, key := range []string{"Contents", "T", "Subj", "RC", "OverlayText", "NM"} {
		if key == "T" && kind == noteWidget || key == "NM" && kind != noteRedact {
			continue // names for machines
		}
		text := m.wide("FPDFAnnot_GetStringValue", note, m.key(key))
		if key == "RC" {
			text = untagged([]byte(text))
		}
		if text = tidy(text); text != "" && !slices.Contains(said, text) {
			said = append(said, text)
			o.said[squeeze(text)] = true
		}
	}
	if text := strings.Join(said, "\n"); text != "" {
		out.parts = append(out.parts, Part{Name: fmt.Sprintf("%s on page %d", name, page), Hidden: unseen || kind != noteFree, Text: text})
	}
	if kind != noteLink && kind != notePopup && !unseen {
		out.drawn = true
	}
	places := s.places(note, kind)
	if kind == noteWidget && !unseen {
		turn := number(m.call("FPDFPage_GetRotation", s.page))
		for _, b := range places {
			out.noted.fields = append(out.noted.fields, s.upright(b, turn, out.noted.shown))
		}
	}
	if kind == noteRedact {
		marked := slices.Clone(glyphs)
		lines := s.lines(marked, func(g glyph) bool {
			return slices.ContainsFunc(places, func(b Box) bool { return b.has(g.box.centre()) })
		})
		if text := tidy(joined(lines)); text != "" {
			out.parts = append(out.parts, Part{
				Name: fmt.Sprintf("text marked for redaction but not removed on page %d", page), Hidden: true, Text: text,
			})
		}
	}
	if !unseen && s.hides(note, kind) {
		for _, b := range places {
			s.shapes = append(s.shapes, shape{z: math.MaxInt, box: b, covers: true, note: true})
		}
	}
}

// places are the rectangles an annotation is about.
func (s *scene) places(note uint64, kind int) []Box {
	m, p := s.m, s.m.out(0)
	var all []Box
	if kind == noteHighlight || kind == noteRedact {
		for i := range min(number(m.call("FPDFAnnot_CountAttachmentPoints", note)), mostNotes) {
			if !truth(m.call("FPDFAnnot_GetAttachmentPoints", note, uint64(i), p)) {
				continue
			}
			corner := func(k uint64) point { return point{m.float(p + 8*k), m.float(p + 8*k + 4)} }
			all = append(all, around(corner(0), corner(1), corner(2), corner(3)))
		}
	}
	if len(all) == 0 && truth(m.call("FPDFAnnot_GetRect", note, p)) {
		all = append(all, around(point{m.float(p), m.float(p + 4)}, point{m.float(p + 8), m.float(p + 12)}))
	}
	return all
}

// hides says whether an annotation paints over what is below it.
func (s *scene) hides(note uint64, kind int) bool {
	const own, interior = 0, 1
	switch kind {
	case noteHighlight:
		if c, alpha := s.noteColour(note, own); c != nil {
			return c.dark() && alpha >= solid
		}
	case noteSquare, notePolygon, noteCircle, noteFree, noteStamp, noteRedact:
		if c, alpha := s.noteColour(note, interior); c != nil && s.m.has(note, "IC") {
			return alpha >= solid
		}
	default:
		return false
	}
	n := number(s.m.call("FPDFAnnot_GetObjectCount", note))
	for i := range min(n, mostNotes) {
		obj := s.m.call("FPDFAnnot_GetObject", note, uint64(i))
		if obj == 0 || number(s.m.call("FPDFPageObj_GetType", obj)) != kindPath ||
			!truth(s.m.call("FPDFPath_GetDrawMode", obj, s.m.out(0), s.m.out(1))) || s.m.uint32(0) == 0 {
			continue
		}
		c, alpha := s.colour("FPDFPageObj_GetFillColor", obj)
		blended := kind == noteHighlight || truth(s.m.call("FPDFPageObj_HasTransparency", obj))
		if c != nil && alpha >= solid && (!blended || c.dark()) {
			return true
		}
	}
	return false
}

// has says whether an annotation has a key; without one PDFium answers with a
// default.
func (m *machine) has(note uint64, key string) bool {
	return truth(m.call("FPDFAnnot_HasKey", note, m.key(key)))
}

func (s *scene) noteColour(note uint64, which int) (*colour, int) {
	m := s.m
	if !truth(m.call("FPDFAnnot_GetColor", note, uint64(which), m.out(0), m.out(1), m.out(2), m.out(3))) {
		return nil, 0
	}
	return &colour{int(m.uint32(0)), int(m.uint32(1)), int(m.uint32(2))}, int(m.uint32(3))
}

// flattened prints the annotations into the page and reads what that adds: the
// text that fields, stamps and text boxes show.
func (o *opening) flattened(page *uint64, i int) {
	m := o.m
	const display, done = 0, 1
	if m.call("FPDFPage_Flatten", *page, display) != done {
		return
	}
	m.call("FPDF_ClosePage", *page)
	if *page = m.call("FPDF_LoadPage", m.document, uint64(i)); *page == 0 {
		return
	}
	s := o.scene(*page)
	words := m.call("FPDFText_LoadPage", *page)
	if words == 0 {
		return
	}
	glyphs := s.glyphs(words)
	m.call("FPDFText_ClosePage", words)
	var added []string
	all := s.lines(glyphs, func(glyph) bool { return true })
	for _, l := range all {
		if !o.shown[squeeze(l.Text)] {
			added = append(added, l.Text)
		}
	}
	o.remember(all)
	o.part(fmt.Sprintf("text of annotations on page %d", i+1), false, strings.Join(added, "\n"))
}
