package pdf

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// view decides what of a page stays.
type view struct {
	t      *treatment
	s      *scene
	words  uint64
	page   *treated
	glyphs []glyph
	crop   Box
	masked map[int]bool     // by the place of the character in PDFium's page
	of     map[uint64][]int // glyphs of a text object
	covers []*shape         // what hides what is under it
}

// mark finds the masks on the page, and takes down what it says without them.
func (v *view) mark() {
	v.masked = map[int]bool{}
	v.covers = v.s.covers()
	v.of = map[uint64][]int{}
	for i, g := range v.glyphs {
		if g.obj != 0 && !g.blank() {
			v.of[g.obj] = append(v.of[g.obj], i)
		}
	}
	if len(v.t.masks) > 0 {
		shown := v.s.rows(v.glyphs, func(g glyph) bool { return g.veil == seen })
		v.search(shown)
		var drawn row
		for i, g := range v.glyphs {
			if !g.blank() {
				drawn.glyphs = append(drawn.glyphs, i)
			}
		}
		v.search([]row{drawn})
	}
	turn := number(v.s.m.call("FPDFPage_GetRotation", v.s.page))
	for _, g := range v.glyphs {
		if g.veil == sameColour || g.veil == tiny {
			v.page.dim = append(v.page.dim, v.s.upright(g.box, turn, v.crop))
		}
		if v.masked[g.index] && v.visible(g) {
			v.block(g.box)
		}
	}
	for i := range v.page.masks {
		p := &v.page.masks[i]
		p.shown = v.s.upright(p.at, turn, v.crop)
	}
	keep := v.s.lines(v.glyphs, func(g glyph) bool { return g.veil == seen && !v.masked[g.index] })
	for _, p := range v.page.masks {
		keep = append(keep, Line{Text: p.with})
	}
	v.page.says = said(keep)
}

// search marks the characters of all masks in rows that follow each other.
func (v *view) search(rows []row) {
	var text strings.Builder
	var at []int // glyph by byte
	for _, r := range rows {
		for _, g := range r.glyphs {
			c := string(v.glyphs[g].r)
			text.WriteString(c)
			for range len(c) {
				at = append(at, g)
			}
		}
	}
	all := text.String()
	for k, mask := range v.t.masks {
		excerpt := squeeze(mask.Excerpt)
		if excerpt == "" {
			continue
		}
		for from := 0; ; {
			n := strings.Index(all[from:], excerpt)
			if n < 0 {
				break
			}
			v.t.found[k] = true
			first := true
			for _, g := range at[from+n : from+n+len(excerpt)] {
				if !v.masked[v.glyphs[g].index] && v.visible(v.glyphs[g]) && first {
					v.page.masks = append(v.page.masks, patch{at: v.glyphs[g].box, with: v.with(mask)})
					first = false
				}
				v.masked[v.glyphs[g].index] = true
			}
			_, size := utf8.DecodeRuneInString(all[from+n:])
			from += n + size
		}
	}
}

// visible says whether there is a place on the page for a box over a character.
func (v *view) visible(g glyph) bool {
	return g.veil == seen && g.box.width() > 0 && g.box.height() > 0 && v.crop.has(g.box.centre())
}

// with is what is written in place of a mask, if it can be.
func (v *view) with(m Mask) string {
	plain := strings.IndexFunc(m.With, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
	if !plain || v.t.holds(m.With) {
		return ""
	}
	return m.With
}

// block lets the patch nearest before take in the box of one more character, or
// begins a new one.
func (v *view) block(b Box) {
	for i := range v.page.masks {
		if p := &v.page.masks[i]; p.at == b || p.grows(b) {
			p.at = p.at.join(b)
			return
		}
	}
	v.page.masks = append(v.page.masks, patch{at: b})
}

// fate decides about one object.
func (v *view) fate(it item) (fate, error) {
	switch it.kind {
	case kindText:
		return v.text(it), nil
	case kindImage:
		return v.image(it)
	case kindPath, kindShading:
		b := it.at.box(v.s.bounds(it.obj)).meet(it.clip).meet(v.crop)
		gone := b.width() < 0 || b.height() < 0 || v.buried(b, it.z)
		return fate{drop: gone}, nil
	}
	return fate{}, nil
}

func (v *view) text(it item) fate {
	members := v.of[it.obj]
	if len(members) == 0 { // nothing, spaces, or text that is there twice
		b := it.at.box(v.s.bounds(it.obj))
		if b.width() <= 0 || b.height() <= 0 {
			return fate{}
		}
		if f, ok := v.twin(it, b); ok {
			return f
		}
		why, _ := v.s.look(&glyph{box: b, text: v.s.texts[it.obj]}, v.crop, v.covers, nil)
		inMask := slices.ContainsFunc(v.page.masks, func(p patch) bool {
			in := p.at.meet(b)
			return in.width() > 0 && in.height() > 0
		})
		return fate{drop: why != seen || inMask}
	}
	gone := 0
	for _, g := range members {
		if v.gone(g) {
			gone++
		}
	}
	if gone == 0 {
		return fate{}
	}
	return fate{drop: gone == len(members), letters: v.letters(it.obj, members)}
}

// twin is the fate of text that PDFium leaves out because it is drawn a second
// time in nearly the same place, to look bold.
func (v *view) twin(it item, b Box) (fate, bool) {
	near := b.height() / 4
	for _, other := range v.s.items {
		if other.kind != kindText || other.obj == it.obj || len(v.of[other.obj]) == 0 {
			continue
		}
		o := other.at.box(v.s.bounds(other.obj))
		dx, dy := b.Left-o.Left, b.Bottom-o.Bottom
		if math.Abs(dx) > near || math.Abs(dy) > near || math.Abs(b.width()-o.width()) > 0.1 || math.Abs(b.height()-o.height()) > 0.1 {
			continue
		}
		f := v.text(other)
		for i := range f.letters {
			f.letters[i].from.x += dx
			f.letters[i].from.y += dy
		}
		return f, true
	}
	return fate{}, false
}

func (v *view) gone(g int) bool { return v.masked[v.glyphs[g].index] || v.glyphs[g].veil != seen }

// letters lists the characters of a text object as it draws them, spaces too.
func (v *view) letters(obj uint64, members []int) []letter {
	m := v.s.m
	byIndex := map[int]bool{}
	for _, g := range members {
		byIndex[v.glyphs[g].index] = v.gone(g)
	}
	first, last := v.glyphs[members[0]].index, v.glyphs[members[len(members)-1]].index
	own := func(i int) bool {
		return i >= 0 && m.err == nil && m.call("FPDFText_GetTextObject", v.words, uint64(i)) == obj
	}
	for own(first - 1) {
		first--
	}
	for own(last + 1) {
		last++
	}
	var all []letter
	known := []bool{}
	for i := first; i <= last && m.err == nil; i++ {
		if !own(i) || number(m.call("FPDFText_IsGenerated", v.words, uint64(i))) == 1 {
			continue
		}
		m.call("FPDFText_GetCharOrigin", v.words, uint64(i), m.out(0), m.out(1))
		l := letter{from: point{m.double(0), m.double(1)}}
		p := m.out(0)
		if truth(m.call("FPDFText_GetLooseCharBox", v.words, uint64(i), p)) {
			b := around(point{m.float(p), m.float(p + 4)}, point{m.float(p + 8), m.float(p + 12)})
			l.width, l.height = b.width(), b.height()
		}
		gone, sure := byIndex[i]
		l.gone = gone
		if n := len(all); n > 0 && all[n-1].from == l.from { // one code, several characters
			all[n-1].gone = all[n-1].gone || gone
			known[n-1] = known[n-1] || sure
			continue
		}
		all, known = append(all, l), append(known, sure)
	}
	for i := range all { // spaces go with what is before them
		if !known[i] {
			all[i].gone = i > 0 && all[i-1].gone
		}
	}
	return all
}

// covers are the shapes that hide what is under them.
func (s *scene) covers() []*shape {
	var all []*shape
	for i := range s.shapes {
		if s.shapes[i].covers {
			all = append(all, &s.shapes[i])
		}
	}
	return all
}

// buried says whether later shapes hide all of a box.
func (v *view) buried(b Box, z int) bool {
	const grid, most = 8, 5e7 // comparisons on one page
	if len(v.covers)*len(v.s.items) > most {
		return false
	}
	var over []*shape
	for _, x := range v.covers {
		if x.z > z && x.box.meet(b).width() >= 0 && x.box.meet(b).height() >= 0 {
			over = append(over, x)
		}
	}
	if len(over) == 0 {
		return false
	}
	for i := range (grid + 1) * (grid + 1) {
		p := point{b.Left + b.width()*float64(i%(grid+1))/grid, b.Bottom + b.height()*float64(i/(grid+1))/grid}
		if !slices.ContainsFunc(over, func(x *shape) bool { return x.has(p) }) {
			return false
		}
	}
	return true
}

// bleed is how far, in points, an image may reach beyond what is shown of it.
const bleed = 3

// image decides about an image. One that is seen in part holds more than is
// seen.
func (v *view) image(it item) (fate, error) {
	frame := v.s.matrix(it.obj).then(it.at).box(Box{0, 0, 1, 1})
	in := frame.meet(it.clip).meet(v.crop)
	if in.width() <= 0 || in.height() <= 0 || v.buried(in, it.z) {
		return fate{drop: true}, nil
	}
	if in.Left-frame.Left > bleed || frame.Right-in.Right > bleed || in.Bottom-frame.Bottom > bleed || frame.Top-in.Top > bleed {
		return fate{}, fmt.Errorf("%w: image that is cut off", errUncertain)
	}
	for _, x := range v.covers {
		if both := x.box.meet(in); x.z > it.z && both.width() > thinnest && both.height() > thinnest && math.Min(both.width(), both.height()) > bleed {
			return fate{}, fmt.Errorf("%w: image that is covered in part", errUncertain)
		}
	}
	return fate{}, nil
}

// patch stands in the place of a text that was taken out.
type patch struct {
	at    Box // in the page's own coordinates
	shown Box // on the page as it is shown
	with  string
}

// grows says whether the box of a character continues the patch.
func (p patch) grows(b Box) bool {
	size := max(p.at.height(), b.height())
	return !apart(p.at, b) && b.Left <= p.at.Right+size && b.Right >= p.at.Left-size && level(p.at, b)
}

// patches draws boxes, with what is written in them.
func patches(c *copier, n *names, all []patch) string {
	var b strings.Builder
	for _, p := range all {
		const pad = 0.75
		at := Box{p.at.Left - pad, p.at.Bottom - pad, p.at.Right + pad, p.at.Top + pad}
		if p.with == "" {
			fmt.Fprintf(&b, "q 0 g %.2f %.2f %.2f %.2f re f Q\n", at.Left, at.Bottom, at.width(), at.height())
			continue
		}
		font := n.add("Font", c.object("<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>"))
		const wide, high = 0.6, 0.8 // of a character of Courier, by its size
		size := max(min(at.width()/(wide*float64(len(p.with))), at.height()/high), 2)
		fmt.Fprintf(&b, "q 0.9 g %.2f %.2f %.2f %.2f re f 0 g BT /%s %.2f Tf %.2f %.2f Td <%X> Tj ET Q\n",
			at.Left, at.Bottom, at.width(), at.height(), font, size,
			at.Left+(at.width()-wide*size*float64(len(p.with)))/2, at.Bottom+(at.height()-0.6*size)/2, p.with)
	}
	return b.String()
}
