package pdf

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// absent adds text in fonts that are not in the file. PDFium has no font to put
// in their place and passes over an object of text whose characters take no
// room: a page written one character at a time would seem empty.
func (o *opening) absent(x *objects) {
	read := map[string]bool{}
	for i, obj := range x.all {
		d := obj.dict()
		if d == nil || x.latest[obj.num] != i || x.ctx.Err() != nil {
			continue
		}
		var content []byte
		switch {
		case d["Type"] == name("Page"):
			content = x.contents(d["Contents"])
		case obj.stream && d["Subtype"] == name("Form"):
			content, _ = x.unpack(obj) // what cannot be unpacked is said elsewhere
		default:
			continue
		}
		fonts := x.absentFonts(d)
		if len(fonts) == 0 {
			continue
		}
		t := typist{x: x, fonts: fonts}
		t.read(content)
		for _, l := range t.lines {
			if key := squeeze(l); key != "" && !o.known(key) {
				read[l] = true
			}
		}
		if t.unknown {
			o.unread("text in a font that is not in the file", fmt.Sprintf("object %d", obj.num), "unsupported_type")
		}
	}
	lines := make([]string, 0, len(read))
	for l := range read {
		lines = append(lines, l)
	}
	slices.Sort(lines)
	o.part("text in fonts that are not in the file", false, strings.Join(lines, "\n"))
}

// known says whether the pages gave that text.
func (o *opening) known(key string) bool {
	if o.shown[key] {
		return true
	}
	for line := range o.shown {
		if strings.Contains(line, key) {
			return true
		}
	}
	return false
}

// contents is what draws a page.
func (x *objects) contents(v any) []byte {
	streams := x.list(v)
	if streams == nil {
		streams = []any{v}
	}
	var all []byte
	for _, s := range streams {
		r, _ := s.(ref)
		if i, ok := x.latest[int(r)]; ok && x.all[i].stream {
			b, _ := x.unpack(x.all[i])
			all = append(append(all, b...), '\n')
		}
	}
	return all
}

// script is how the strings of a font are written.
type script int

const (
	unknownScript script = iota
	utf16Script
	gbScript
)

// absentFonts are the composite fonts of a page or form, by the names it has for
// them, that are not in the file.
func (x *objects) absentFonts(d dict) map[string]script {
	var listed dict
	for range 32 { // resources may be those of a page's parents
		if listed = x.dict(x.dict(d["Resources"])["Font"]); listed != nil || d["Parent"] == nil {
			break
		}
		d = x.dict(d["Parent"])
	}
	fonts := map[string]script{}
	for key, v := range listed {
		f := x.dict(v)
		kids := x.list(f["DescendantFonts"])
		if len(kids) == 0 {
			continue
		}
		descriptor := x.dict(x.dict(kids[0])["FontDescriptor"])
		if descriptor["FontFile"] != nil || descriptor["FontFile2"] != nil || descriptor["FontFile3"] != nil {
			continue
		}
		encoding, _ := x.resolve(f["Encoding"]).(name)
		switch e := string(encoding); {
		case strings.HasPrefix(e, "Uni") && (strings.Contains(e, "UCS2") || strings.Contains(e, "UTF16")):
			fonts[key] = utf16Script
		case strings.HasPrefix(e, "GB"):
			fonts[key] = gbScript
		default:
			fonts[key] = unknownScript
		}
	}
	return fonts
}

// typist reads the strings a page draws in absent fonts, line by line.
type typist struct {
	x       *objects
	fonts   map[string]script
	font    string
	saved   []string
	line    strings.Builder
	lines   []string
	unknown bool // single characters were drawn in a script that is not known
	at      [2]float64
	rotated bool
}

func (t *typist) flush() {
	if s := strings.TrimSpace(t.line.String()); s != "" {
		t.lines = append(t.lines, s)
	}
	t.line.Reset()
}

// move takes the pen to a new place; another height is another line.
func (t *typist) move(x, y float64) {
	across := math.Abs(y - t.at[1])
	if t.rotated {
		across = math.Abs(x - t.at[0])
	}
	if across > 2 {
		t.flush()
	}
	t.at = [2]float64{x, y}
}

// read follows the operators that write text (ISO 32000-1, 9.4).
func (t *typist) read(content []byte) {
	p := parser{data: content, work: &t.x.work}
	var args []any
	for p.space(); p.at < len(p.data) && *p.work > 0; p.space() {
		v := p.value(0)
		op, ok := v.(keyword)
		if !ok {
			if args = append(args, v); len(args) > 64 {
				args = args[1:]
			}
			continue
		}
		t.operator(op, args, &p)
		args = args[:0]
	}
	t.flush()
}

func (t *typist) operator(op keyword, args []any, p *parser) {
	num := func(back int) float64 {
		if len(args) < back {
			return 0
		}
		f, _ := args[len(args)-back].(float64)
		return f
	}
	switch op {
	case "Tf":
		if len(args) > 1 {
			f, _ := args[len(args)-2].(name)
			t.font = string(f)
		}
	case "q":
		t.saved = append(t.saved, t.font)
	case "Q":
		if n := len(t.saved); n > 0 {
			t.font, t.saved = t.saved[n-1], t.saved[:n-1]
		}
	case "Tm":
		t.rotated = len(args) > 5 && math.Abs(num(6)) < math.Abs(num(5))
		t.move(num(2), num(1))
	case "Td", "TD":
		t.move(t.at[0]+num(2), t.at[1]+num(1))
	case "T*":
		t.flush()
	case "BT":
		t.rotated = false
	case "Tj", "'", "\"", "TJ":
		if op == "'" || op == "\"" {
			t.flush()
		}
		if len(args) > 0 {
			t.write(args[len(args)-1])
		}
	case "ID": // a picture in line: bytes up to EI
		if n := strings.Index(string(p.data[p.at:]), "EI"); n >= 0 {
			p.at += n + 2
		} else {
			p.at = len(p.data)
		}
	}
}

func (t *typist) write(v any) {
	s, absent := t.fonts[t.font]
	if !absent {
		return
	}
	if list, ok := v.([]any); ok {
		for _, e := range list {
			t.write(e)
		}
		return
	}
	b, ok := v.(str)
	switch {
	case !ok:
	case s == utf16Script:
		t.line.WriteString(utf16be(b))
	case s == gbScript:
		text, _ := simplifiedchinese.GB18030.NewDecoder().Bytes(b) // what it cannot read becomes U+FFFD
		t.line.Write(text)
	case len(b) == 2 && strings.Trim(string(b), "\x00\x01\x03 ") != "": // no space, nor nothing
		t.unknown = true
	}
}
