package document

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// box is a rectangle on a page of an OFD, in millimetres from its upper left.
type box struct{ x, y, w, h float64 }

// boundary reads "x y w h".
func boundary(s string) (box, bool) {
	var b box
	n, err := fmt.Sscan(s, &b.x, &b.y, &b.w, &b.h)
	return b, err == nil && n == 4
}

// off says whether b stands wholly outside paper of a known size.
func (b box) off(paper box) bool {
	return paper.w > 0 && paper.h > 0 && (b.x >= paper.x+paper.w || b.y >= paper.y+paper.h || b.x+b.w <= paper.x || b.y+b.h <= paper.y)
}

// holds says whether o stands within b, but for a millimetre.
func (b box) holds(o box) bool {
	const slack = 1
	return o.x >= b.x-slack && o.y >= b.y-slack && o.x+o.w <= b.x+b.w+slack && o.y+o.h <= b.y+b.h+slack
}

// glyph is one object of text.
type glyph struct {
	text   string
	at     box
	placed bool
	unseen bool
	nth    int // the element it is
}

// cover is a path that may be filled.
type cover struct {
	at            box
	filled, white bool
}

// object begins an object of text or a path, or reads its colour.
func (g *glyphs) object(e *event) {
	at, placed := boundary(e.attr("Boundary"))
	switch e.name {
	case "TextObject":
		g.objects = append(g.objects, glyph{at: at, placed: placed, nth: e.at, unseen: g.hidden > 0 || e.attr("Alpha") == "0" ||
			e.attr("Fill") == "false" && e.attr("Stroke") != "true" || small(e.attr("Size"))})
	case "PathObject":
		g.form = cover{at: at, filled: placed && e.attr("Fill") == "true" && g.hidden == 0 && e.attr("Alpha") == ""}
	case "FillColor":
		if e.attr("Alpha") != "" && e.attr("Alpha") != "255" {
			g.form.filled = false
		}
		if n := len(g.stack); n > 1 && g.stack[n-2] == "TextObject" && len(g.objects) > 0 {
			o := &g.objects[len(g.objects)-1]
			light := paperWhite(e.attr("Value")) && !slices.ContainsFunc(g.grounds, func(b box) bool { return o.placed && b.holds(o.at) })
			o.unseen = o.unseen || e.attr("Alpha") == "0" || light
		} else {
			g.form.white = paperWhite(e.attr("Value"))
		}
	}
}

// paperWhite says whether a colour, in figures or hexadecimal, cannot be told
// from paper (GB/T 33190, 8.3.2).
func paperWhite(value string) bool {
	f := strings.Fields(value)
	if len(f) != 3 {
		return false
	}
	for _, s := range f {
		hex, isHex := strings.CutPrefix(s, "#")
		base := 10
		if isHex {
			base = 16
		}
		if n, err := strconv.ParseUint(hex, base, 16); err != nil || n < 0xF5 {
			return false
		}
	}
	return true
}

// coverUp ends a path: what was written under it is not seen.
func (g *glyphs) coverUp() {
	for i := range g.objects {
		if o := &g.objects[i]; g.form.filled && o.placed && g.form.at.holds(o.at) {
			o.unseen = true
		}
	}
	if g.form.filled && !g.form.white {
		g.grounds = append(g.grounds, g.form.at)
	}
	g.form = cover{}
}

// arrange sorts the objects read by who sees them, once. Those on one line are
// joined.
func (g *glyphs) arrange() {
	if at, ok := boundary(g.area.String()); ok {
		g.paper = at
	}
	var before glyph
	for _, o := range g.objects {
		out := &g.seen
		if o.unseen || o.placed && o.at.off(g.paper) {
			out = &g.unseen
			g.veil(o.nth)
		}
		if out.Len() > 0 && (!o.placed || !before.placed || o.at.y != before.at.y) {
			out.WriteByte('\n')
		}
		out.WriteString(o.text)
		before = o
	}
	g.objects = nil
}

// small says whether a size in millimetres is 2 points or less.
func small(size string) bool {
	var mm float64
	_, err := fmt.Sscanf(size, "%g", &mm)
	return err == nil && mm <= 0.7
}
