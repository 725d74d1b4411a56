package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// errUncertain says that what a page draws cannot be taken apart with
// certainty. Such a page becomes a picture.
var errUncertain = errors.New("uncertain content")

// fate is what becomes of one object on a page.
type fate struct {
	drop bool
	// letters are the characters of a text object in the order of its codes;
	// nil if nothing of it goes, or if drop is all that is known.
	letters []letter
}

// letter is one character of a text object, in the page's own coordinates.
type letter struct {
	from          point // where the pen stands before it
	width, height float64
	gone          bool
}

// state is the part of the graphics state that decides where things are.
type state struct {
	at          matrix
	clip        Box
	font, wrote typeface
	spacing     float64 // between characters
	stretch     float64 // of characters, 1 for none
}

// typeface is a font in a size.
type typeface struct {
	key   string // what the resources call it
	value any
	size  float64
}

func (t typeface) same(u typeface) bool {
	return t.key == u.key && t.size == u.size && (t.value == nil) == (u.value == nil)
}

// editor writes the content of pages anew, operator by operator, without what
// is to go. It follows PDFium's list of objects: where the two do not agree the
// content is uncertain.
type editor struct {
	copier *copier
	items  []item
	next   int
	fate   func(item) (fate, error) // nil for content that PDFium does not take apart
	layers func(any) (bool, error)  // whether a layer is off
	crop   Box
	budget *int // bytes of content that may still be read, over all uses of a form
	depth  int  // of content that PDFium does not take apart
}

// page is the content of a page and its resources, ready to be written.
func (e *editor) page(content []byte, resources dict) (string, *names, error) {
	w := e.walk(resources, state{at: identity, clip: e.crop, stretch: 1}, 0)
	if err := w.run(content); err != nil {
		return "", nil, err
	}
	for e.next < len(e.items) {
		if e.items[e.next].kind != kindPath {
			return "", nil, fmt.Errorf("%w: fewer objects than shown", errUncertain)
		}
		e.next++
	}
	return w.out.String(), w.names, nil
}

// walk is a walk through one content stream.
func (e *editor) walk(resources dict, s state, depth int) *walk {
	return &walk{e: e, resources: resources, names: &names{}, state: s, depth: depth}
}

type walk struct {
	e         *editor
	resources dict
	names     *names
	state     state
	stack     []state
	depth     int
	out       bytes.Buffer
	args      []any
	glyphs    bool // the stream draws one character of a font
	painted   bool // at least one thing was written that can be seen

	path   []string // operators of the path that is being made
	points []point
	clips  string // W or W*, if the path clips

	text   matrix  // text matrix without its place
	moved  float64 // how far what was dropped moved the pen, in text space
	adrift bool    // what was dropped moved the pen nobody knows how far
	marks  []bool  // of the open marked content: is it in a layer that is off
	off    int     // how many of those are
}

// run goes through a stream.
func (w *walk) run(content []byte) error {
	if *w.e.budget -= len(content) + 64; *w.e.budget < 0 || w.e.depth > deepest/2 {
		return fmt.Errorf("%w: too much content", errUncertain)
	}
	work := 4*len(content) + 1024
	p := parser{data: content, work: &work}
	for {
		p.space()
		if p.at >= len(content) {
			break
		}
		v := p.value(0)
		if p.broken || work < 0 {
			return fmt.Errorf("%w: broken content", errUncertain)
		}
		op, ok := v.(keyword)
		if !ok {
			if w.args = append(w.args, v); len(w.args) > 64 {
				return fmt.Errorf("%w: too many operands", errUncertain)
			}
			continue
		}
		if op == "BI" {
			if err := w.inline(&p); err != nil {
				return err
			}
		} else if err := w.operator(string(op)); err != nil {
			return err
		}
		w.args = w.args[:0]
	}
	for range w.stack {
		w.out.WriteString("Q\n")
	}
	return nil
}

func (w *walk) num(i int) float64 {
	if i < 0 || i >= len(w.args) {
		return 0
	}
	f, _ := w.args[i].(float64)
	return f
}

func (w *walk) last() any {
	if len(w.args) == 0 {
		return nil
	}
	return w.args[len(w.args)-1]
}

// emit writes an operator with operands.
func (w *walk) emit(op string, args ...any) {
	for _, a := range args {
		w.e.copier.put(&w.out, a, 0)
		w.out.WriteByte(' ')
	}
	w.out.WriteString(op)
	w.out.WriteByte('\n')
}

func (w *walk) operator(op string) error {
	switch op {
	case "q":
		if len(w.stack) > 256 {
			return fmt.Errorf("%w: states within states", errUncertain)
		}
		w.stack = append(w.stack, w.state)
		w.emit(op)
	case "Q":
		if n := len(w.stack); n > 0 {
			w.state, w.stack = w.stack[n-1], w.stack[:n-1]
			w.emit(op)
		}
	case "cm":
		w.state.at = w.matrix().then(w.state.at)
		w.emit(op, w.args...)
	case "w", "J", "j", "M", "d", "ri", "i", "G", "g", "RG", "rg", "K", "k", "SC", "sc", "Ts", "TL":
		w.emit(op, w.args...)
	case "d0", "d1":
		if !w.glyphs {
			return fmt.Errorf("%w: %s", errUncertain, op)
		}
		w.emit(op, w.args...)
	case "gs", "cs", "CS", "scn", "SCN":
		return w.named(op)
	case "m", "l", "c", "v", "y", "h", "re":
		w.trace(op)
	case "W", "W*":
		w.clips = op
	case "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "n":
		return w.paint(op)
	case "sh":
		return w.shade()
	case "Do":
		return w.do()
	case "BMC", "BDC", "EMC", "MP", "DP":
		return w.mark(op)
	case "BX", "EX":
	case "BT", "ET", "Tc", "Tw", "Tz", "Tr", "Td", "TD", "Tm", "T*", "Tf", "Tj", "TJ", "'", "\"":
		return w.texts(op)
	default:
		return fmt.Errorf("%w: operator %q", errUncertain, clip(op))
	}
	return nil
}

func (w *walk) matrix() matrix {
	return matrix{w.num(0), w.num(1), w.num(2), w.num(3), w.num(4), w.num(5)}
}

// resource is what the resources call by a name.
func (w *walk) resource(category string, key any) any {
	n, _ := key.(name)
	return w.e.copier.x.dict(w.resources[category])[string(n)]
}

// named writes an operator whose operand may be the name of a resource.
func (w *walk) named(op string) error {
	key, ok := w.last().(name)
	if !ok {
		if op == "gs" || op == "cs" || op == "CS" {
			return nil
		}
		w.emit(op, w.args...)
		return nil
	}
	var category, value string
	var err error
	switch op {
	case "gs":
		category = "ExtGState"
		value, err = w.e.copier.graphics(w.e, w.resource(category, key))
	case "cs", "CS":
		category = "ColorSpace"
		if v := w.resource(category, key); v != nil {
			value = w.e.copier.resource(v)
		} else if slices.Contains([]name{"DeviceGray", "DeviceRGB", "DeviceCMYK", "Pattern"}, key) {
			w.emit(op, key)
			return nil
		}
	default:
		category = "Pattern"
		value, err = w.e.copier.pattern(w.e, w.resource(category, key), w.resources)
	}
	if err != nil {
		return err
	}
	if value == "" {
		return fmt.Errorf("%w: no %s of that name", errUncertain, category)
	}
	args := slices.Clone(w.args)
	args[len(args)-1] = name(w.names.add(category, value))
	w.emit(op, args...)
	return nil
}

// trace takes in one piece of a path.
func (w *walk) trace(op string) {
	var b bytes.Buffer
	for _, a := range w.args {
		w.e.copier.put(&b, a, 0)
		b.WriteByte(' ')
	}
	w.path = append(w.path, b.String()+op)
	if op == "re" {
		x, y := w.num(0), w.num(1)
		for _, p := range []point{{x, y}, {x + w.num(2), y + w.num(3)}, {x + w.num(2), y}, {x, y + w.num(3)}} {
			w.points = append(w.points, w.state.at.at(p))
		}
		return
	}
	for i := 0; i+1 < len(w.args); i += 2 {
		w.points = append(w.points, w.state.at.at(point{w.num(i), w.num(i + 1)}))
	}
}

// paint ends a path: it is written if it can be seen or cuts off what follows.
func (w *walk) paint(op string) error {
	var drop bool
	if op != "n" {
		drop = w.off > 0
		if it, ok := w.e.take(kindPath); ok && !drop {
			f, err := w.e.fate(it)
			if err != nil {
				return err
			}
			drop = f.drop
		}
	}
	if op != "n" && !drop {
		w.painted = true
	}
	if drop {
		op = "n"
	}
	if w.clips != "" || op != "n" {
		for _, piece := range w.path {
			w.out.WriteString(piece + "\n")
		}
		if w.clips != "" {
			w.emit(w.clips)
			if len(w.points) > 0 {
				w.state.clip = w.state.clip.meet(around(w.points...))
			}
		}
		w.emit(op)
	}
	w.path, w.points, w.clips = w.path[:0], w.points[:0], ""
	return nil
}

// take is the next object of PDFium's list; its kind must be the one wanted.
// Paths are taken as they come: PDFium leaves out some that draw nothing.
func (e *editor) take(kind int) (item, bool) {
	if e.fate == nil {
		return item{}, false
	}
	for kind != kindPath && e.next < len(e.items) && e.items[e.next].kind == kindPath {
		e.next++
	}
	if e.next >= len(e.items) || e.items[e.next].kind != kind {
		return item{}, false
	}
	e.next++
	return e.items[e.next-1], true
}

// decide is the fate of the next object, which must be of a kind.
func (w *walk) decide(kind int) (fate, error) {
	if w.e.fate == nil {
		return fate{}, nil
	}
	it, ok := w.e.take(kind)
	if !ok {
		return fate{}, fmt.Errorf("%w: more objects than shown", errUncertain)
	}
	return w.e.fate(it)
}

func (w *walk) shade() error {
	f, err := w.decide(kindShading)
	if err != nil || f.drop || w.off > 0 {
		return err
	}
	v := w.resource("Shading", w.last())
	if v == nil {
		return nil
	}
	w.painted = true
	w.emit("sh", name(w.names.add("Shading", w.e.copier.resource(v))))
	return nil
}

// do draws an image, or goes through a form.
func (w *walk) do() error {
	c := w.e.copier
	r, ok := w.resource("XObject", w.last()).(ref)
	i, known := c.x.latest[int(r)]
	if !ok || !known || !c.x.all[i].stream {
		return nil // nobody draws it
	}
	obj := c.x.all[i]
	d := obj.dict()
	off, err := w.e.layers(d["OC"])
	if err != nil {
		return err
	}
	switch c.x.resolve(d["Subtype"]) {
	case name("Image"):
		f, err := w.decide(kindImage)
		if err != nil || f.drop || off || w.off > 0 {
			return err
		}
		n, err := c.image(obj)
		if err != nil {
			return err
		}
		w.painted = true
		w.emit("Do", name(w.names.add("XObject", n)))
	case name("Form"):
		if _, err := w.decide(kindForm); err != nil {
			return err
		}
		n, err := w.form(obj, off)
		if err != nil || n == "" || off || w.off > 0 {
			return err
		}
		w.painted = true
		w.emit("Do", name(w.names.add("XObject", n)))
	}
	return nil
}

// form is a form without what is to go, as a new object; "" if nothing is left.
func (w *walk) form(obj object, off bool) (string, error) {
	c := w.e.copier
	if w.depth >= deepest {
		return "", fmt.Errorf("%w: forms within forms", errUncertain)
	}
	d := obj.dict()
	body, err := c.x.unpack(obj)
	if err != nil {
		return "", fmt.Errorf("%w: form: %w", errUncertain, err)
	}
	inner := w.state
	inner.wrote = typeface{}
	inner.font.key = "\x00" + inner.font.key // of other resources
	inner.at = c.matrix(d["Matrix"]).then(w.state.at)
	if b, ok := c.box(d["BBox"]); ok {
		inner.clip = inner.clip.meet(inner.at.box(b))
	}
	resources := c.x.dict(d["Resources"])
	if resources == nil {
		resources = w.resources
	}
	in := w.e.walk(resources, inner, w.depth+1)
	if off {
		in.off = 1
	}
	in.off += w.off
	if err := in.run(body); err != nil {
		return "", err
	}
	if !in.painted {
		return "", nil
	}
	return c.form(d, in.out.String(), in.names), nil
}

// mark drops marked content (ISO 32000-1, 14.6): it says what things are, not
// what they look like. Only whether a layer is shown matters.
func (w *walk) mark(op string) error {
	switch op {
	case "BMC", "BDC":
		off := false
		if op == "BDC" && len(w.args) == 2 && w.args[0] == name("OC") {
			var err error
			if off, err = w.e.layers(w.resource("Properties", w.args[1])); err != nil {
				return err
			}
		}
		w.marks = append(w.marks, off)
		if off {
			w.off++
		}
	case "EMC":
		n := len(w.marks)
		if n == 0 {
			return nil
		}
		if w.marks[n-1] {
			w.off--
		}
		w.marks = w.marks[:n-1]
	}
	return nil
}
