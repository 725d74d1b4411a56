package document

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// shape is a piece of DrawingML with text of its own.
type shape struct {
	text        strings.Builder
	hidden      bool
	placeholder bool // text of a layout that no slide shows
	page        bool // the number of the page
	x, y, w, h  int64
	placed      bool
	at          int   // the element it is
	texts       []int // its elements of text
	grouped     bool
	filled      bool // it hides what lies under it
	whites      []white
}

// drawingReader reads the shapes of a drawing or slide.
type drawingReader struct {
	harvest // attributes that are not text of shapes, and remarks
	shapes  []*shape
	open    []*shape // from the outermost group in
	stack   []string
	tiny    bool // the current run is too small, or of no colour
	white   bool
	tinies  strings.Builder
	alts    []string
	groups  []bool // whether each open group is hidden
	small   []int  // elements of tiny text
	at      int    // the element that is being read
	// the slide has a ground of its own
	coloured bool
}

var shapeNames = map[string]bool{"sp": true, "graphicFrame": true, "cxnSp": true, "pic": true}

func (d *drawingReader) top() *shape {
	if len(d.open) == 0 {
		d.open = append(d.open, &shape{})
		d.shapes = append(d.shapes, d.open[0])
	}
	return d.open[len(d.open)-1]
}

func (d *drawingReader) take(e *event) {
	d.at = e.at
	switch e.kind {
	case opens:
		d.start(e)
		d.stack = append(d.stack, e.name)
	case shuts:
		d.stack = d.stack[:len(d.stack)-1]
		d.end(e.name)
	case chars:
		if n := len(d.stack); n > 0 && (d.stack[n-1] == "t" || d.stack[n-1] == "v") {
			d.write(string(e.text))
		} else if strings.TrimSpace(string(e.text)) != "" {
			d.harvest.text.WriteString(string(e.text) + "\n")
		}
	case remark:
		d.remarks = append(d.remarks, string(e.text))
	}
}

func (d *drawingReader) write(s string) {
	if d.tiny {
		d.tinies.WriteString(s)
		d.small = append(d.small, d.at)
		return
	}
	top := d.top()
	if d.white {
		top.whites = append(top.whites, white{top.text.Len(), top.text.Len() + len(s), d.at})
	}
	top.text.WriteString(s)
	top.texts = append(top.texts, d.at)
}

func (d *drawingReader) start(e *event) {
	d.tint(e)
	d.ground(e)
	switch e.name {
	case "sp", "graphicFrame", "cxnSp", "pic":
		s := &shape{at: e.at, hidden: len(d.groups) > 0 && d.groups[len(d.groups)-1], grouped: len(d.groups) > 0, filled: e.name == "pic" || e.name == "graphicFrame"}
		d.shapes = append(d.shapes, s)
		d.open = append(d.open, s)
	case "grpSp":
		d.groups = append(d.groups, len(d.groups) > 0 && d.groups[len(d.groups)-1])
	case "cNvPr", "docPr":
		if on := e.attr("hidden"); on == "1" || on == "true" {
			if n := len(d.stack); n > 0 && d.stack[n-1] == "nvGrpSpPr" && len(d.groups) > 0 {
				d.groups[len(d.groups)-1] = true
			} else {
				d.top().hidden = true
			}
		}
		for _, key := range []string{"descr", "title"} {
			if v := e.attr(key); v != "" {
				d.alts = append(d.alts, v)
			}
		}
		if v := e.attr("name"); strings.ContainsFunc(v, func(r rune) bool { return r >= 0x80 }) {
			d.attrs = append(d.attrs, v)
		}
	case "hlinkClick", "hlinkHover":
		if v := e.attr("tooltip"); v != "" {
			d.alts = append(d.alts, v)
		}
	case "ph":
		d.top().placeholder, d.top().page = true, e.attr("type") == "sldNum"
	case "off":
		if s := d.top(); !s.placed && d.ownPlace() {
			s.x, s.y = number(e.attr("x")), number(e.attr("y"))
		}
	case "ext":
		if s := d.top(); !s.placed && d.ownPlace() && e.attr("cx") != "" {
			s.w, s.h, s.placed = number(e.attr("cx")), number(e.attr("cy")), true
		}
	case "rPr":
		size, err := strconv.Atoi(e.attr("sz")) // hundredths of a point
		d.tiny = err == nil && size <= 200
	case "br":
		d.write("\n")
	case "tab":
		d.write("\t")
	default:
		d.attrs = append(d.attrs, telling(e)...)
	}
}

func (d *drawingReader) end(name string) {
	switch {
	case shapeNames[name]:
		d.open = d.open[:len(d.open)-1]
	case name == "grpSp":
		d.groups = d.groups[:len(d.groups)-1]
	case name == "tc":
		d.top().text.WriteByte('\t')
	case name == "p" || name == "tr" || name == "v":
		if d.tinies.Len() > 0 {
			d.tinies.WriteByte('\n')
		}
		d.top().text.WriteByte('\n')
	case name == "r" || name == "fld":
		d.tiny, d.white = false, false
	}
}

// ownPlace says whether a position is that of a shape on the slide, not of a
// group or of something inside one.
func (d *drawingReader) ownPlace() bool {
	n := len(d.stack)
	return len(d.groups) == 0 && n > 1 && d.stack[n-2] != "grpSpPr"
}

func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// outside says whether a shape stands wholly beside a slide of that size.
func (s *shape) outside(width, height int64) bool {
	return s.placed && width > 0 && (s.x >= width || s.y >= height || s.x+s.w <= 0 || s.y+s.h <= 0)
}

// sorted returns what is seen, what is hidden, what stands off a slide of that
// size, and the prompts of placeholders.
func (d *drawingReader) sorted(width, height int64) (seen, hidden, off, prompts string) {
	var b [4]strings.Builder
	for _, s := range d.shapes {
		i := 0
		switch {
		case s.hidden:
			i = 1
		case s.outside(width, height):
			i = 2
		case s.placeholder:
			i = 3
		}
		if t := tidy(s.text.String()); t != "" && !(s.page && len(t) < 4) {
			b[i].WriteString(t + "\n")
		}
	}
	return b[0].String(), b[1].String(), b[2].String(), b[3].String()
}

// veil reports the shapes nobody sees, and of the others the text nobody sees.
func (d *drawingReader) veil(o *opening, width, height int64, layout bool) {
	for _, s := range d.shapes {
		switch {
		case s.hidden || s.outside(width, height):
			o.veil(s.at)
		case layout && s.placeholder:
			for _, at := range s.texts {
				o.veil(at)
			}
		}
	}
	for _, at := range d.small {
		o.veil(at)
	}
}

// asides adds what a drawing says beside its shapes' text.
func (d *drawingReader) asides(where string, p *parts) {
	p.add("hidden text"+where, true, d.tinies.String())
	p.add("attribute alt"+where, true, strings.Join(d.alts, "\n"))
	p.add("attribute text"+where, true, d.harvest.text.String())
	d.harvest.asides(where, p)
}

// drawing reads the shapes over a sheet.
func (c *ooxml) drawing(label, name string) error {
	var d drawingReader
	if err := c.xml(name, d.take); err != nil {
		return err
	}
	d.veil(c.o, 0, 0, false)
	seen, hidden, _, prompts := d.sorted(0, 0)
	c.p.add(label, false, seen+prompts)
	c.p.add("hidden text in "+label, true, hidden)
	d.asides(" in "+label, &c.p)
	return nil
}

// vml reads a drawing of the old kind. It is often no well-formed XML, so it is
// read as a browser would.
func (c *ooxml) vml(name string) error {
	data, err := c.read(name)
	if err != nil {
		return err
	}
	source, err := decode(data)
	if err != nil {
		return err
	}
	var text, rest strings.Builder
	z := html.NewTokenizer(strings.NewReader(source))
	z.SetMaxBuf(1 << 20)
	box := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			c.p.add("drawing "+base(name), false, text.String())
			c.p.add("attribute of drawing "+base(name), true, rest.String())
			return nil
		case html.TextToken:
			if t := strings.TrimSpace(string(z.Text())); t != "" && box > 0 {
				text.WriteString(t + "\n")
			} else if t != "" {
				rest.WriteString(t + "\n")
			}
		case html.CommentToken:
			rest.WriteString(string(z.Text()) + "\n")
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			if t.Data == "v:textbox" && t.Type == html.StartTagToken {
				box++
			}
			for _, a := range t.Attr {
				if a.Key == "alt" || a.Key == "title" || a.Key == "o:title" || a.Key == "string" || a.Key == "href" {
					rest.WriteString(a.Val + "\n")
				}
			}
		case html.EndTagToken:
			if t := z.Token(); t.Data == "v:textbox" {
				box--
			}
		}
	}
}

func base(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// custom reads custom data; the queries of a workbook are a zip in it, in
// base64 ([MS-QDEFF]).
func (c *ooxml) custom(label, name string) error {
	var h harvest
	mashup := false
	err := c.xml(name, func(e *event) {
		mashup = mashup || e.kind == opens && e.name == "DataMashup"
		h.take(e)
	})
	if err != nil {
		return err
	}
	h.asides(" in "+label, &c.p)
	if !mashup {
		c.p.add(label, true, h.text.String())
		return nil
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(h.text.String()), ""))
	if err != nil || len(raw) < 8 {
		return unreadable("damaged", "query")
	}
	size := binary.LittleEndian.Uint32(raw[4:])
	if uint64(size) > uint64(len(raw)-8) {
		return unreadable("truncated", "query")
	}
	if err := c.queries(label, raw[8:8+size]); err != nil {
		return err
	}
	c.p.add(fmt.Sprintf("property strings in %s", label), true, strings.Join(loose(raw[8+size:]), "\n"))
	return nil
}

// queries opens the package inside a mashup: formulas that name their sources.
func (c *ooxml) queries(label string, data []byte) error {
	k, err := c.o.unzip(data, &c.p)
	if err != nil {
		return err
	}
	for _, name := range k.names {
		text, err := k.read(name)
		if err != nil {
			return err
		}
		if strings.HasSuffix(name, ".m") {
			c.p.add("query "+base(name)+" in "+label, true, string(text))
		}
	}
	return nil
}
