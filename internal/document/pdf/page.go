package pdf

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
)

// veil is why a reader does not see a character.
type veil int

// The veils, from the gravest.
const (
	seen veil = iota
	underBox
	underImage
	underNote
	invisible
	outside
	offLayer
	sameColour
	tiny
)

// tiniest is the size of a font, in points, below which text cannot be read.
const tiniest = 1.5

// flat is the height, in points, below which the outline of a character says
// nothing, as that of 一 or of a font that is not in the file; the box of the
// font stands in for it.
const flat = 1

// glyph is one character on a page.
type glyph struct {
	r     rune
	box   Box // in the page's own coordinates; empty for spaces
	text  *text
	veil  veil
	layer string
	index int    // among the characters of PDFium's page
	obj   uint64 // the text object it is of; 0 for spaces
}

func (g glyph) blank() bool { return unicode.IsSpace(g.r) || g.r == 0 }

// pages reads all pages within the limits.
func (o *opening) pages() {
	m := o.m
	n := number(m.call("FPDF_GetPageCount", m.document))
	if n <= 0 && m.err == nil {
		o.unread("pages", "the file shows no page", "damaged")
	}
	lost := 0 // pages in a row that could not be read
	for i := range min(n, o.limits.Pages) {
		if o.limits.Progress != nil {
			o.limits.Progress(i+1, n)
		}
		if m.err == nil && o.page(i) {
			o.lost(i-lost, i, "damaged")
			lost = 0
			continue
		}
		if m.err != nil {
			o.lost(i-lost, i, "damaged")
			o.lost(i, n, reason(m.failure()))
			return
		}
		lost++
	}
	last := min(n, o.limits.Pages)
	o.lost(last-lost, last, "damaged")
	o.lost(last, n, "too_large")
}

// lost marks pages as unread, counted from 0, without the last.
func (o *opening) lost(from, to int, reason string) {
	switch {
	case to-from == 1:
		o.unread(fmt.Sprintf("page %d", from+1), "page", reason)
	case to > from:
		o.unread(fmt.Sprintf("pages %d to %d", from+1, to), "pages", reason)
	}
}

// page reads page i, from 0. It answers false for a page that cannot be read.
func (o *opening) page(i int) bool {
	m := o.m
	page := m.call("FPDF_LoadPage", m.document, uint64(i))
	if page == 0 {
		return false
	}
	defer func() { m.call("FPDF_ClosePage", page) }()
	s := o.scene(page)
	words := m.call("FPDFText_LoadPage", page)
	if words == 0 {
		return false
	}
	glyphs := s.glyphs(words)
	m.call("FPDFText_ClosePage", words)
	notes := o.notes(s, i+1, glyphs)
	o.noted = append(o.noted, notes.noted)
	s.judge(glyphs)
	shown := s.lines(glyphs, func(g glyph) bool { return g.veil == seen })
	o.doc.Pages = append(o.doc.Pages, Page{Number: i + 1, Lines: shown})
	o.part(fmt.Sprintf("page %d", i+1), false, joined(shown))
	o.veiled(s, i+1, glyphs)
	o.doc.Parts = append(o.doc.Parts, notes.parts...)
	if text := strings.Join(s.instead, "\n"); squeeze(text) != "" && !strings.Contains(squeeze(joined(shown)), squeeze(text)) {
		o.part(fmt.Sprintf("text given out instead of what page %d shows", i+1), true, text)
	}
	o.remember(s.lines(glyphs, func(glyph) bool { return true }))
	blank := len(shown) == 0
	if blank && len(s.images)+s.paths > 0 {
		o.doc.Parts = append(o.doc.Parts, Part{
			Name: fmt.Sprintf("page %d", i+1), Text: fmt.Sprintf("page %d is an image", i+1), Unread: "image",
		})
	}
	if !o.noImages && (len(s.images) > 0 || blank && s.paths > 0) {
		o.images(s, i+1, blank)
	}
	if notes.drawn && m.err == nil {
		o.flattened(&page, i)
	}
	return m.err == nil
}

// remember keeps the lines of the newest revision.
func (o *opening) remember(lines []Line) {
	for _, l := range lines {
		o.shown[squeeze(l.Text)] = true
	}
}

// squeeze drops all space.
func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

// glyphs lists the characters of a page in the order of PDFium, which follows
// the content but keeps lines together.
func (s *scene) glyphs(words uint64) []glyph {
	m := s.m
	n := number(m.call("FPDFText_CountChars", words))
	all := make([]glyph, 0, max(n, 0))
	for i := 0; i < n && m.err == nil; i++ {
		g := glyph{r: rune(uint32(m.call("FPDFText_GetUnicode", words, uint64(i)))), index: i}
		switch { // PDFium hands out characters beyond the first plane in halves
		case g.r >= 0xDC00 && g.r < 0xE000 && len(all) > 0 && all[len(all)-1].r >= 0xD800 && all[len(all)-1].r < 0xDC00:
			last := &all[len(all)-1]
			last.r = (last.r-0xD800)<<10 + g.r - 0xDC00 + 0x10000
			continue
		case g.r == 2: // a hyphen at the end of a line
			g.r = '-'
		}
		if !g.blank() {
			if truth(m.call("FPDFText_GetCharBox", words, uint64(i), m.out(0), m.out(1), m.out(2), m.out(3))) {
				g.box = Box{Left: m.double(0), Right: m.double(1), Bottom: m.double(2), Top: m.double(3)}
			}
			if p := m.out(0); g.box.height() < flat && truth(m.call("FPDFText_GetLooseCharBox", words, uint64(i), p)) {
				g.box = around(point{m.float(p), m.float(p + 4)}, point{m.float(p + 8), m.float(p + 12)})
			}
			g.obj = m.call("FPDFText_GetTextObject", words, uint64(i))
			g.text = s.texts[g.obj]
		}
		all = append(all, g)
	}
	return all
}

// judge decides for every character whether it is seen. Cover counts only for
// two characters in a row: a box that ends in the middle of a line overlaps
// its neighbours.
func (s *scene) judge(glyphs []glyph) {
	var covers, grounds []*shape
	for i := range s.shapes {
		x := &s.shapes[i]
		if x.covers {
			covers = append(covers, x)
		}
		if !x.note {
			grounds = append(grounds, x)
		}
	}
	crop := s.crop()
	for i := range glyphs {
		g := &glyphs[i]
		if g.blank() || g.veil != seen || g.box.width() <= 0 && g.box.height() <= 0 {
			continue
		}
		g.veil, g.layer = s.look(g, crop, covers, grounds)
	}
	for i := 0; i < len(glyphs); {
		j, n := i, 0
		for ; j < len(glyphs) && (glyphs[j].blank() || glyphs[j].veil == glyphs[i].veil); j++ {
			if !glyphs[j].blank() {
				n++
			}
		}
		if v := glyphs[i].veil; n < 2 && (v == underBox || v == underImage || v == underNote) {
			glyphs[i].veil = seen
		}
		i = max(j, i+1)
	}
}

func (s *scene) look(g *glyph, crop Box, covers, grounds []*shape) (veil, string) {
	c, t := g.box.centre(), g.text
	if !crop.has(c) {
		return outside, ""
	}
	if t == nil {
		return seen, ""
	}
	switch {
	case t.hidden:
		return offLayer, t.layer
	case !t.clip.has(c):
		return outside, ""
	case t.mode == 3 || t.mode == 7 || t.alpha <= 255-solid:
		return invisible, ""
	}
	if by := covered(g.box, t.z, covers); by != nil {
		switch {
		case by.note:
			return underNote, ""
		case by.image != 0:
			return underImage, ""
		}
		return underBox, ""
	}
	if t.scale > 0 && t.scale < tiniest {
		return tiny, ""
	}
	if t.fill != nil {
		ground := &white
		for _, x := range grounds {
			if x.z < t.z && x.box.has(c) && (x.alpha != nil || x.has(c)) {
				ground = x.paint
			}
		}
		if ground != nil && t.fill.near(*ground) {
			return sameColour, ""
		}
	}
	return seen, ""
}

// covered returns the last shape over a character, if the shapes that are
// painted after it hide at least four fifths of it.
func covered(b Box, z int, covers []*shape) *shape {
	const grid = 5
	var over []*shape
	for _, x := range covers {
		if in := x.box.meet(b); x.z > z && in.width() >= 0 && in.height() >= 0 {
			over = append(over, x)
		}
	}
	if len(over) == 0 {
		return nil
	}
	hidden := 0
	for i := range grid * grid {
		p := point{
			b.Left + b.width()*(float64(i%grid)+0.5)/grid,
			b.Bottom + b.height()*(float64(i/grid)+0.5)/grid,
		}
		if slices.ContainsFunc(over, func(x *shape) bool { return x.has(p) }) {
			hidden++
		}
	}
	if hidden*5 < grid*grid*4 {
		return nil
	}
	return over[len(over)-1]
}

// crop is the part of the page that is shown.
func (s *scene) crop() Box {
	p := s.m.out(0)
	if !truth(s.m.call("FPDF_GetPageBoundingBox", s.page, p)) {
		return everywhere
	}
	return Box{Left: s.m.float(p), Top: s.m.float(p + 4), Right: s.m.float(p + 8), Bottom: s.m.float(p + 12)}
}

// veiled makes a part of every kind of text that is not seen.
func (o *opening) veiled(s *scene, page int, glyphs []glyph) {
	names := map[veil]string{
		underBox: "text under a box on page %d", underImage: "text under an image on page %d",
		underNote: "text under an annotation on page %d", invisible: "invisible text on page %d",
		outside: "text outside page %d", sameColour: "text in the colour of its background on page %d",
		tiny: "tiny text on page %d",
	}
	if s.scanned() {
		names[invisible] = "text layer of the scanned page %d"
		names[underImage] = "text behind the scanned page %d"
	}
	for v := underBox; v <= tiny; v++ {
		if v == offLayer {
			o.offLayers(s, page, glyphs)
			continue
		}
		if lines := s.lines(glyphs, func(g glyph) bool { return g.veil == v }); len(lines) > 0 {
			o.part(fmt.Sprintf(names[v], page), true, joined(lines))
		}
	}
}

func (o *opening) offLayers(s *scene, page int, glyphs []glyph) {
	var names []string
	for _, g := range glyphs {
		if g.veil == offLayer && !slices.Contains(names, g.layer) {
			names = append(names, g.layer)
		}
	}
	for _, name := range names {
		lines := s.lines(glyphs, func(g glyph) bool { return g.veil == offLayer && g.layer == name })
		o.part(strings.TrimSpace(fmt.Sprintf("text on page %d in a layer that is off %s", page, clip(name))), true, joined(lines))
	}
}

// scanned says whether one image fills most of the page.
func (s *scene) scanned() bool {
	crop := s.crop()
	return slices.ContainsFunc(s.shapes, func(x shape) bool {
		b := x.box.meet(crop)
		return x.image != 0 && b.width() > 0 && b.height() > 0 && b.width()*b.height() >= 0.8*crop.width()*crop.height()
	})
}

func joined(lines []Line) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.Text)
		b.WriteByte('\n')
	}
	return b.String()
}

// upright turns a box of the page into one of the page as it is shown.
func (s *scene) upright(b Box, turn int, crop Box) Box {
	if math.IsInf(crop.Left, 0) {
		return b
	}
	b = Box{b.Left - crop.Left, b.Bottom - crop.Bottom, b.Right - crop.Left, b.Top - crop.Bottom}
	w, h := crop.width(), crop.height()
	switch turn {
	case 1:
		return Box{b.Bottom, w - b.Right, b.Top, w - b.Left}
	case 2:
		return Box{w - b.Right, h - b.Top, w - b.Left, h - b.Bottom}
	case 3:
		return Box{h - b.Top, b.Left, h - b.Bottom, b.Right}
	}
	return b
}
