package document

import "strings"

// anchor is where a drawing stands, in English metric units.
type anchor struct {
	x, y, w, h   int64
	pageX, pageY bool // counted from the edge of the page
	vertical     bool // the offset that comes next
	hidden       bool
}

// place reads where the drawing we are in stands.
func (r *reader) place(e *event) {
	if e.name == "anchor" || e.name == "inline" {
		r.anchors = append(r.anchors, anchor{})
		return
	}
	n := len(r.anchors)
	if n == 0 {
		return
	}
	switch a := &r.anchors[n-1]; e.name {
	case "positionH":
		a.vertical, a.pageX = false, e.attr("relativeFrom") == "page"
	case "positionV":
		a.vertical, a.pageY = true, e.attr("relativeFrom") == "page"
	case "extent":
		a.w, a.h = number(e.attr("cx")), number(e.attr("cy"))
	}
}

func (r *reader) offset(s string) {
	n := len(r.anchors)
	if n == 0 {
		return
	}
	if a := &r.anchors[n-1]; a.vertical {
		a.y = number(strings.TrimSpace(s))
	} else {
		a.x = number(strings.TrimSpace(s))
	}
}

// conceal reads what a drawing says of itself.
func (r *reader) conceal(e *event) {
	switch e.name {
	case "docPr", "cNvPr":
		if n := len(r.anchors); n > 0 && (e.attr("hidden") == "1" || e.attr("hidden") == "true") {
			r.anchors[n-1].hidden = true
		}
	case "shape", "rect", "roundrect":
		css := strings.ToLower(strings.Join(strings.Fields(e.attr("style")), ""))
		r.unseen = append(r.unseen, strings.Contains(css, "visibility:hidden") || strings.Contains(css, "mso-hide:all"))
	}
}

// concealed says whether the innermost shape is one that nobody sees: it is
// hidden, or stands wholly off any page Word can make.
func (r *reader) concealed() bool {
	const page = 20116800 // 22 inches
	if n := len(r.unseen); n > 0 && r.unseen[n-1] {
		return true
	}
	n := len(r.anchors)
	if n == 0 {
		return false
	}
	a := r.anchors[n-1]
	off := func(at, size int64, fromPage bool) bool {
		if fromPage {
			return at+size <= 0 || at >= page
		}
		return at+size <= -page || at >= page
	}
	return a.hidden || off(a.x, a.w, a.pageX) || off(a.y, a.h, a.pageY)
}
