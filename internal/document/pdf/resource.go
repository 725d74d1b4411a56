package pdf

import (
	"bytes"
	"fmt"
	"strings"
)

// form writes a form with new content.
func (c *copier) form(d dict, content string, n *names) string {
	return c.packed("/Type/XObject/Subtype/Form"+c.some(d, "BBox", "Matrix")+c.group(d)+"/Resources"+n.String(), []byte(content))
}

// group is the transparency group of a page or form (ISO 32000-1, 11.6.6).
func (c *copier) group(d dict) string {
	g := c.x.dict(d["Group"])
	if g == nil {
		return ""
	}
	return "/Group<<" + c.some(g, "S", "CS", "I", "K") + ">>"
}

// font copies a font. The characters of a Type 3 font are content.
func (c *copier) font(e *editor, v any) (string, error) {
	d := c.x.dict(v)
	if c.x.resolve(d["Subtype"]) != name("Type3") {
		if _, ok := v.(ref); !ok {
			return c.object(c.resource(v)), nil
		}
		return c.resource(v), nil
	}
	r, isRef := v.(ref)
	if s, ok := c.known[r]; ok && isRef {
		return s, nil
	}
	all := &names{}
	var procs strings.Builder
	glyphs := c.x.dict(d["CharProcs"])
	for _, key := range sorted(glyphs) {
		g, ok := glyphs[key].(ref)
		i, known := c.x.latest[int(g)]
		if !ok || !known {
			continue
		}
		body, err := c.x.unpack(c.x.all[i])
		if err != nil {
			return "", fmt.Errorf("%w: font: %w", errUncertain, err)
		}
		w := e.blind(c.x.dict(d["Resources"]), 0)
		w.glyphs, w.names = true, all
		if err := w.run(body); err != nil {
			return "", err
		}
		var b bytes.Buffer
		c.put(&b, name(key), 0)
		fmt.Fprintf(&procs, "%s %s", b.String(), c.packed("", w.out.Bytes()))
	}
	s := c.object(fmt.Sprintf("<</Type/Font/Subtype/Type3%s/CharProcs<<%s>>/Resources%s>>",
		c.some(d, "FontBBox", "FontMatrix", "Encoding", "FirstChar", "LastChar", "Widths", "FontDescriptor", "ToUnicode"), procs.String(), all))
	if isRef {
		c.known[r] = s
	}
	return s, nil
}

// blind is a walk through content that PDFium does not take apart. There must
// be no text in it.
func (e *editor) blind(resources dict, depth int) *walk {
	in := &editor{copier: e.copier, layers: e.layers, crop: everywhere, budget: e.budget, depth: e.depth + 1}
	return in.walk(resources, state{at: identity, clip: everywhere, stretch: 1}, depth)
}

// graphics copies a set of graphics state parameters (ISO 32000-1, 8.4.5).
func (c *copier) graphics(e *editor, v any) (string, error) {
	d := c.x.dict(v)
	if d == nil {
		return "", nil
	}
	r, isRef := v.(ref)
	if s, ok := c.drawn[r]; ok && isRef {
		return s, nil
	}
	if d["Font"] != nil {
		return "", fmt.Errorf("%w: font in a graphics state", errUncertain)
	}
	var b bytes.Buffer
	b.WriteString("<<")
	c.entries(&b, d, 0)
	switch m := c.x.resolve(d["SMask"]).(type) {
	case name:
		b.WriteString("/SMask/None")
	case dict:
		g0, _ := m["G"].(ref)
		i, ok := c.x.latest[int(g0)]
		if !ok || !c.x.all[i].stream {
			return "", fmt.Errorf("%w: mask", errUncertain)
		}
		w := e.blind(nil, deepest/2)
		g, err := w.form(c.x.all[i], false)
		if err != nil {
			return "", err
		}
		if g == "" { // nothing is drawn, which masks too
			g = c.form(c.x.all[i].dict(), "", &names{})
		}
		b.WriteString("/SMask<</Type/Mask" + c.some(m, "S", "BC", "TR") + "/G " + g + ">>")
	}
	b.WriteString(">>")
	s := c.object(b.String())
	if isRef {
		c.drawn[r] = s
	}
	return s, nil
}

// pattern copies a pattern; what a tile draws is content.
func (c *copier) pattern(e *editor, v any, outer dict) (string, error) {
	r, _ := v.(ref)
	i, ok := c.x.latest[int(r)]
	if !ok || !c.x.all[i].stream {
		if c.x.dict(v) == nil {
			return "", nil
		}
		return c.resource(v), nil
	}
	if s, ok := c.drawn[r]; ok {
		return s, nil
	}
	d := c.x.all[i].dict()
	body, err := c.x.unpack(c.x.all[i])
	if err != nil {
		return "", fmt.Errorf("%w: pattern: %w", errUncertain, err)
	}
	resources := c.x.dict(d["Resources"])
	if resources == nil {
		resources = outer
	}
	w := e.blind(resources, deepest/2)
	if err := w.run(body); err != nil {
		return "", err
	}
	s := c.packed("/Type/Pattern"+c.some(d, "PatternType", "PaintType", "TilingType", "BBox", "XStep", "YStep", "Matrix")+
		"/Resources"+w.names.String(), w.out.Bytes())
	c.drawn[r] = s
	return s, nil
}
