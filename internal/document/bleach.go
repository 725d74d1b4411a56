package document

import (
	"path"
	"slices"
	"strings"
)

// white is a stretch of a shape's text that is white, and its element.
type white struct{ from, to, at int }

// tint reads the fill of a run of DrawingML: white, or nothing anybody sees.
func (d *drawingReader) tint(e *event) {
	n := len(d.stack)
	if n < 2 {
		return
	}
	parent, above := d.stack[n-1], d.stack[n-2]
	switch {
	case e.name == "noFill" && parent == "rPr", e.name == "alpha" && n > 3 && d.stack[n-3] == "rPr" && (e.attr("val") == "0" || e.attr("val") == "0%"):
		d.tiny = true
	case parent == "solidFill" && above == "rPr" && (e.name == "srgbClr" || e.name == "schemeClr"):
		d.white = lightest(e)
	}
}

// lightest says whether a colour is white, or the one a theme has for paper.
func lightest(e *event) bool {
	v := e.attr("val")
	return e.name == "srgbClr" && isWhite(strings.ToUpper(v)) || e.name == "schemeClr" && (v == "bg1" || v == "lt1")
}

// ground notes what may make white text on or under it visible.
func (d *drawingReader) ground(e *event) {
	n := len(d.stack)
	switch e.name {
	case "bg":
		d.coloured = true
	case "tbl", "pic":
		d.top().filled = true
	case "solidFill", "gradFill", "blipFill", "pattFill", "grpFill":
		if n > 0 && (d.stack[n-1] == "spPr" || d.stack[n-1] == "grpSpPr") {
			d.top().filled = true
		}
	case "fillRef":
		if idx := e.attr("idx"); idx != "0" && idx != "" {
			d.top().filled = true
		}
	}
}

// bleach takes white text that nothing lies under out of the shapes of a slide
// of white paper. Where that cannot be told, text counts as seen.
func (d *drawingReader) bleach() {
	if d.coloured {
		return
	}
	for i, s := range d.shapes {
		if len(s.whites) == 0 || !s.placed || s.filled || s.grouped {
			continue
		}
		if slices.ContainsFunc(d.shapes, func(o *shape) bool { return o != s && o.filled && (!o.placed || o.grouped || o.meets(s)) }) {
			continue
		}
		text, at := s.text.String(), 0
		var kept strings.Builder
		for _, w := range s.whites {
			kept.WriteString(text[at:w.from])
			d.tinies.WriteString(text[w.from:w.to])
			d.small = append(d.small, w.at)
			at = w.to
		}
		d.tinies.WriteByte('\n')
		kept.WriteString(text[at:])
		d.shapes[i].text.Reset()
		d.shapes[i].text.WriteString(kept.String())
	}
}

// meets says whether two shapes have a place in common.
func (s *shape) meets(o *shape) bool {
	return s.x < o.x+o.w && o.x < s.x+s.w && s.y < o.y+o.h && o.y < s.y+s.h
}

// whitePaper says whether slides are surely white: no layout, master or theme
// puts a colour or a picture under them.
func (d *deck) whitePaper() (bool, error) {
	white := true
	for _, name := range d.names {
		folder := path.Base(path.Dir(name))
		if path.Ext(name) != ".xml" || folder != "slideMasters" && folder != "slideLayouts" && folder != "theme" {
			continue
		}
		var stack []string
		err := d.xml(name, func(e *event) {
			switch e.kind {
			case shuts:
				stack = stack[:len(stack)-1]
			case opens:
				parent := ""
				if n := len(stack); n > 0 {
					parent = stack[n-1]
				}
				white = white && !darkens(e, parent, stack, folder)
				stack = append(stack, e.name)
			}
		})
		if err != nil {
			return false, d.o.check() // its own reader says what is wrong with it
		}
	}
	return white, nil
}

// darkens says whether an element of what lies under slides may colour them.
func darkens(e *event, parent string, stack []string, folder string) bool {
	switch {
	case folder == "theme":
		return parent == "lt1" && e.name == "srgbClr" && !isWhite(strings.ToUpper(e.attr("val")))
	case e.name == "clrMap":
		return e.attr("bg1") != "lt1"
	case e.name == "pic":
		return true
	case slices.Contains(stack, "bg"):
		return slices.Contains([]string{"blipFill", "gradFill", "pattFill"}, e.name) || (e.name == "srgbClr" || e.name == "schemeClr") && !lightest(e)
	case parent == "spPr":
		return slices.Contains([]string{"solidFill", "blipFill", "gradFill", "pattFill"}, e.name)
	}
	return false
}
