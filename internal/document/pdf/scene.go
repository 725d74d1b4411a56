package pdf

import (
	"math"

	"github.com/tetratelabs/wazero/api"
)

// Kinds of page objects, as PDFium numbers them.
const (
	kindText    = 1
	kindPath    = 2
	kindImage   = 3
	kindShading = 4
	kindForm    = 5
)

type point struct{ x, y float64 }

// matrix maps x, y to a·x + c·y + e, b·x + d·y + f.
type matrix struct{ a, b, c, d, e, f float64 }

var identity = matrix{a: 1, d: 1}

func (m matrix) at(p point) point { return point{m.a*p.x + m.c*p.y + m.e, m.b*p.x + m.d*p.y + m.f} }

// then is m followed by n.
func (m matrix) then(n matrix) matrix {
	return matrix{
		m.a*n.a + m.b*n.c, m.a*n.b + m.b*n.d, m.c*n.a + m.d*n.c, m.c*n.b + m.d*n.d,
		m.e*n.a + m.f*n.c + n.e, m.e*n.b + m.f*n.d + n.f,
	}
}

func (m matrix) box(b Box) Box {
	return around(m.at(point{b.Left, b.Bottom}), m.at(point{b.Right, b.Bottom}), m.at(point{b.Left, b.Top}), m.at(point{b.Right, b.Top}))
}

var everywhere = Box{math.Inf(-1), math.Inf(-1), math.Inf(1), math.Inf(1)}

func around(points ...point) Box {
	b := Box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, p := range points {
		b = Box{min(b.Left, p.x), min(b.Bottom, p.y), max(b.Right, p.x), max(b.Top, p.y)}
	}
	return b
}

func (b Box) width() float64  { return b.Right - b.Left }
func (b Box) height() float64 { return b.Top - b.Bottom }

func (b Box) meet(c Box) Box {
	return Box{max(b.Left, c.Left), max(b.Bottom, c.Bottom), min(b.Right, c.Right), min(b.Top, c.Top)}
}

func (b Box) join(c Box) Box {
	return Box{min(b.Left, c.Left), min(b.Bottom, c.Bottom), max(b.Right, c.Right), max(b.Top, c.Top)}
}

func (b Box) has(p point) bool {
	return p.x >= b.Left && p.x <= b.Right && p.y >= b.Bottom && p.y <= b.Top
}

func (b Box) centre() point { return point{(b.Left + b.Right) / 2, (b.Bottom + b.Top) / 2} }

type colour struct{ r, g, b int }

var white = colour{255, 255, 255}

// near says whether nobody tells one from the other.
func (c colour) near(d colour) bool {
	const step = 12
	diff := func(x, y int) bool { return x-y <= step && y-x <= step }
	return diff(c.r, d.r) && diff(c.g, d.g) && diff(c.b, d.b)
}

// dark says whether text shines through when c is laid over it: it does not.
func (c colour) dark() bool { return 3*c.r+6*c.g+c.b < 10*96 }

// text is a text object.
type text struct {
	z      int
	mode   int     // text rendering mode (ISO 32000-1, table 106)
	fill   *colour // nil if it cannot be known
	alpha  int
	clip   Box
	scale  float64 // of its font, in points
	layer  string  // name of the layer it is in, if that is off
	hidden bool    // by its layer
}

// shape is something painted that may lie over text or under it.
type shape struct {
	z       int
	box     Box
	frame   Box          // of the whole image, also where it is clipped
	outline []point      // the polygon, nil for the box itself
	paint   *colour      // nil if not one colour
	image   uint64       // the image object, 0 for others
	alpha   func() *mask // of an image
	covers  bool         // hides what lies under it
	note    bool         // is an annotation
}

func (s *shape) has(p point) bool {
	if !s.box.has(p) {
		return false
	}
	if s.alpha != nil {
		return s.alpha().opaque(s.frame, p)
	}
	if s.outline == nil {
		return true
	}
	inside := false // even-odd
	for i, j := 0, len(s.outline)-1; i < len(s.outline); j, i = i, i+1 {
		a, b := s.outline[i], s.outline[j]
		if (a.y > p.y) != (b.y > p.y) && p.x < (b.x-a.x)*(p.y-a.y)/(b.y-a.y)+a.x {
			inside = !inside
		}
	}
	return inside
}

// scene is what a page paints, in the order in which it paints it.
type scene struct {
	m      *machine
	layers layers
	page   uint64
	z      int
	texts  map[uint64]*text
	shapes []shape
	images []uint64
	paths  int
	items  []item // all objects in the order in which they are painted
	// instead are the texts that were to be read instead of those shown.
	instead []string
}

// item is an object of a page, with what the forms it is in do to it.
type item struct {
	kind int
	obj  uint64
	z    int
	at   matrix
	clip Box
}

// deepest is how many forms within forms are followed.
const deepest = 16

func (o *opening) scene(page uint64) *scene {
	s := &scene{m: o.m, layers: o.layers, page: page, texts: map[uint64]*text{}}
	n := number(s.m.call("FPDFPage_CountObjects", page))
	for i := 0; i < n && s.m.err == nil; i++ {
		s.object(s.m.call("FPDFPage_GetObject", page, uint64(i)), identity, everywhere, nil, 0)
	}
	return s
}

// object takes in one object, and what a form is made of.
func (s *scene) object(obj uint64, at matrix, clip Box, outer *text, depth int) {
	if obj == 0 || s.m.err != nil {
		return
	}
	s.z++
	clip = clip.meet(s.clip(obj, at))
	kind := number(s.m.call("FPDFPageObj_GetType", obj))
	s.items = append(s.items, item{kind, obj, s.z, at, clip})
	switch kind {
	case kindText:
		s.texts[obj] = s.text(obj, at, clip, outer)
	case kindPath:
		s.paths++
		s.path(obj, at, clip)
	case kindImage:
		s.images = append(s.images, obj)
		s.image(obj, at, clip)
	case kindShading:
		s.add(shape{box: at.box(s.bounds(obj))}, clip)
	case kindForm:
		if depth >= deepest {
			return
		}
		in := &text{}
		in.layer, in.hidden = s.off(obj)
		if outer != nil && outer.hidden {
			in = outer
		}
		at = s.matrix(obj).then(at)
		n := number(s.m.call("FPDFFormObj_CountObjects", obj))
		for i := 0; i < n && s.m.err == nil; i++ {
			s.object(s.m.call("FPDFFormObj_GetObject", obj, uint64(i)), at, clip, in, depth+1)
		}
	}
}

func (s *scene) add(x shape, clip Box) {
	x.z, x.box = s.z, x.box.meet(clip)
	if x.box.width() > 0 && x.box.height() > 0 {
		s.shapes = append(s.shapes, x)
	}
}

func (s *scene) text(obj uint64, at matrix, clip Box, outer *text) *text {
	t := &text{z: s.z, clip: clip, mode: number(s.m.call("FPDFTextObj_GetTextRenderMode", obj))}
	s.widen(obj)
	s.unmask(obj)
	painter := "FPDFPageObj_GetFillColor"
	if t.mode == 1 || t.mode == 5 {
		painter = "FPDFPageObj_GetStrokeColor"
	}
	t.fill, t.alpha = s.colour(painter, obj)
	if t.mode == 2 || t.mode == 6 {
		if stroke, alpha := s.colour("FPDFPageObj_GetStrokeColor", obj); stroke == nil || t.fill == nil || !stroke.near(*t.fill) {
			t.fill, t.alpha = nil, max(alpha, t.alpha)
		}
	}
	k := s.matrix(obj).then(at)
	if truth(s.m.call("FPDFTextObj_GetFontSize", obj, s.m.out(0))) {
		t.scale = math.Abs(s.m.float(s.m.out(0))) * math.Hypot(k.c, k.d)
	}
	if t.layer, t.hidden = s.off(obj); !t.hidden && outer != nil {
		t.layer, t.hidden = outer.layer, outer.hidden
	}
	return t
}

// widen leans an upright text over a little, and gives a single character an
// outline. PDFium passes over text without width, and without its font in the
// file, neither has any.
func (s *scene) widen(obj uint64) {
	const thin, lean, outlined = 0.05, 0.02, 2
	b := s.bounds(obj)
	if b.width() >= thin {
		return
	}
	by := lean
	if b.height() < thin {
		by = 0
		s.m.call("FPDFTextObj_SetTextRenderMode", obj, outlined)
		s.m.call("FPDFPageObj_SetStrokeWidth", obj, uint64(api.EncodeF32(1)))
	}
	f := api.EncodeF64
	s.m.call("FPDFPageObj_Transform", obj, f(1), f(0), f(by), f(1), f(-by*b.Bottom), f(0))
}

// unmask takes away the text that the file wants read instead of what it shows,
// for PDFium would read that. It is kept to be told.
func (s *scene) unmask(obj uint64) {
	n := min(number(s.m.call("FPDFPageObj_CountMarks", obj)), 64)
	for i := n - 1; i >= 0; i-- {
		mark := s.m.call("FPDFPageObj_GetMark", obj, uint64(i))
		text := decoded(s.m.mark("FPDFPageObjMark_GetParamBlobValue", mark, s.m.key("ActualText")))
		if text == "" {
			continue
		}
		if len(s.instead) == 0 || s.instead[len(s.instead)-1] != text {
			s.instead = append(s.instead, text)
		}
		s.m.call("FPDFPageObj_RemoveMark", obj, mark)
	}
}

// off tells the layer of an object, if it is one that is not shown.
func (s *scene) off(obj uint64) (string, bool) {
	if len(s.layers.off) == 0 {
		return "", false
	}
	n := number(s.m.call("FPDFPageObj_CountMarks", obj))
	for i := range min(n, 64) {
		mark := s.m.call("FPDFPageObj_GetMark", obj, uint64(i))
		if utf16le(s.m.mark("FPDFPageObjMark_GetName", mark)) != "OC" {
			continue
		}
		name := decoded(s.m.mark("FPDFPageObjMark_GetParamBlobValue", mark, s.m.key("Name")))
		if name == "" || s.layers.off[name] { // without a name it is a rule over layers
			return name, true
		}
	}
	return "", false
}

// mark reads what a function says of a mark, in bytes.
func (m *machine) mark(name string, args ...uint64) []byte {
	if !truth(m.call(name, append(args, m.buffer, bufferSize, m.out(0))...)) {
		return nil
	}
	return m.bytes(m.buffer, int(min(m.uint32(0), bufferSize)))
}

func (s *scene) colour(name string, obj uint64) (*colour, int) {
	m := s.m
	if !truth(m.call(name, obj, m.out(0), m.out(1), m.out(2), m.out(3))) {
		return nil, 255
	}
	return &colour{int(m.uint32(0)), int(m.uint32(1)), int(m.uint32(2))}, int(m.uint32(3))
}

func (s *scene) matrix(obj uint64) matrix {
	p := s.m.out(0)
	if !truth(s.m.call("FPDFPageObj_GetMatrix", obj, p)) {
		return identity
	}
	f := func(i uint64) float64 { return s.m.float(p + 4*i) }
	return matrix{f(0), f(1), f(2), f(3), f(4), f(5)}
}

func (s *scene) bounds(obj uint64) Box {
	m := s.m
	if !truth(m.call("FPDFPageObj_GetBounds", obj, m.out(0), m.out(1), m.out(2), m.out(3))) {
		return Box{}
	}
	return Box{m.float(m.out(0)), m.float(m.out(1)), m.float(m.out(2)), m.float(m.out(3))}
}

// clip is the rectangle around what an object's clipping leaves.
func (s *scene) clip(obj uint64, at matrix) Box {
	b := everywhere
	path := s.m.call("FPDFPageObj_GetClipPath", obj)
	if path == 0 {
		return b
	}
	n := number(s.m.call("FPDFClipPath_CountPaths", path))
	for i := range min(n, 64) {
		count := number(s.m.call("FPDFClipPath_CountPathSegments", path, uint64(i)))
		points := make([]point, 0, max(0, min(count, 64)))
		for j := 0; j < count && s.m.err == nil; j++ {
			points = append(points, at.at(s.point(s.m.call("FPDFClipPath_GetPathSegment", path, uint64(i), uint64(j)))))
		}
		if len(points) > 0 {
			b = b.meet(around(points...))
		}
	}
	return b
}

func (s *scene) point(segment uint64) point {
	m := s.m
	if !truth(m.call("FPDFPathSegment_GetPoint", segment, m.out(0), m.out(1))) {
		return point{}
	}
	return point{m.float(m.out(0)), m.float(m.out(1))}
}

// Bounds of what counts as a shape over text.
const (
	thinnest    = 2.0  // points; anything thinner is a line between text
	mostCorners = 2000 // of an outline that is looked at
	solid       = 240  // of 255, from which on a paint hides
)

// path takes in a filled path, polygon by polygon, and a straight thick stroke.
func (s *scene) path(obj uint64, at matrix, clip Box) {
	m := s.m
	at = s.matrix(obj).then(at)
	if !truth(m.call("FPDFPath_GetDrawMode", obj, m.out(0), m.out(1))) {
		return
	}
	filled, stroked := m.uint32(0) != 0, m.uint32(1) != 0
	n := number(m.call("FPDFPath_CountSegments", obj))
	if !filled && (!stroked || n != 2) || n > mostCorners {
		return
	}
	if b := s.bounds(obj); filled && (b.width() < thinnest || b.height() < thinnest) && at.near(identity) {
		return
	}
	painter := "FPDFPageObj_GetFillColor"
	if !filled {
		painter = "FPDFPageObj_GetStrokeColor"
	}
	paint, alpha := s.colour(painter, obj)
	blended := truth(m.call("FPDFPageObj_HasTransparency", obj))
	add := func(outline []point) {
		x := shape{box: around(outline...), paint: paint}
		x.covers = paint != nil && alpha >= solid && (!blended || paint.dark())
		if alpha < solid {
			x.paint = nil
		}
		if !rectangle(outline, x.box) {
			x.outline = outline
		}
		s.add(x, clip)
	}
	var outline []point
	for i := 0; i < n && m.err == nil; i++ {
		segment := m.call("FPDFPath_GetPathSegment", obj, uint64(i))
		p := at.at(s.point(segment))
		const moveTo = 2
		if number(m.call("FPDFPathSegment_GetType", segment)) == moveTo && filled && len(outline) > 0 {
			add(outline)
			outline = nil
		}
		outline = append(outline, p)
	}
	switch {
	case filled && len(outline) > 2:
		add(outline)
	case !filled && len(outline) == 2 && truth(m.call("FPDFPageObj_GetStrokeWidth", obj, m.out(0))):
		a, b, half := outline[0], outline[1], m.float(m.out(0))*math.Hypot(at.a, at.b)/2
		switch {
		case half < thinnest:
		case math.Abs(a.y-b.y) < 1:
			add([]point{{a.x, a.y - half}, {b.x, a.y - half}, {b.x, a.y + half}, {a.x, a.y + half}})
		case math.Abs(a.x-b.x) < 1:
			add([]point{{a.x - half, a.y}, {a.x + half, a.y}, {a.x + half, b.y}, {a.x - half, b.y}})
		}
	}
}

func (m matrix) near(n matrix) bool {
	return math.Abs(m.a-n.a)+math.Abs(m.b-n.b)+math.Abs(m.c-n.c)+math.Abs(m.d-n.d) < 1e-3
}

// rectangle says whether an outline is its box.
func rectangle(outline []point, b Box) bool {
	if len(outline) < 4 || len(outline) > 6 {
		return false
	}
	corners := map[[2]bool]bool{}
	for _, p := range outline {
		left, right := math.Abs(p.x-b.Left) < 0.1, math.Abs(p.x-b.Right) < 0.1
		low, high := math.Abs(p.y-b.Bottom) < 0.1, math.Abs(p.y-b.Top) < 0.1
		if !left && !right || !low && !high {
			return false
		}
		corners[[2]bool{right, high}] = true
	}
	return len(corners) == 4
}
