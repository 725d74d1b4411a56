package treatment

import (
	"slices"
	"strings"
)

// flowing are the elements that do not part the text in them from the text around
// them. Any other that holds text does.
var flowing = set("t r span tspan delText instrText delInstrText ins del moveTo moveFrom hyperlink smartTag sdt sdtContent fldSimple fld ruby rubyBase customXml dir bdo " +
	"TextCode TextObject b i u s em strong font sub sup")

// framed are the elements whose text is no part of the text around them.
var framed = set("txbxContent footnote endnote comment Fallback rPh rt")

func set(words string) map[string]bool {
	all := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		all[w] = true
	}
	return all
}

// The views of a text: a reader's excerpt is from one of them.
type view int

const (
	seen   view = iota // without what nobody sees
	unseen             // nothing else
	whole
)

// concealed are the elements whose text nobody sees, whatever its form.
var concealed = set("delText instrText delInstrText")

// streams joins the text of a file as the reader does.
func (t *tape) streams(v view, veiled map[int]string, skip func(i int) bool) []*stream {
	frames := []*stream{{}}
	all := frames
	var stack []int // open elements
	deleted, element := 0, -1
	numbers := []int{}
	line := ""
	parent := func() string {
		if len(stack) == 0 {
			return ""
		}
		return t.name(stack[len(stack)-1])
	}
	marks := []int{} // how much text there was when each opened
	for i := range t.tokens {
		top := frames[len(frames)-1]
		switch t.tokens[i].kind {
		case opens, single:
			element++
			name := t.name(i)
			if glyph := soft(name, parent()); glyph != "" && (v == whole || (v == unseen) == (deleted > 0)) {
				top.add(i, glyph, false)
			}
			if name == "TextObject" {
				f := strings.Fields(t.attr(i, "Boundary"))
				if len(f) < 4 || f[1] != line {
					top.part()
				}
				if line = ""; len(f) >= 4 {
					line = f[1]
				}
			}
			if t.tokens[i].kind == single {
				continue
			}
			if name == "del" || name == "moveFrom" {
				deleted++
			}
			if framed[name] {
				top = &stream{}
				frames, all = append(frames, top), append(all, top)
			}
			stack, numbers, marks = append(stack, i), append(numbers, element), append(marks, top.Len())
		case shuts:
			name, n := t.name(i), len(stack)-1
			if name == "del" || name == "moveFrom" {
				deleted--
			}
			if !flowing[name] && top.Len() > marks[n] {
				top.part()
			}
			if framed[name] {
				frames = frames[:len(frames)-1]
			}
			stack, numbers, marks = stack[:n], numbers[:n], marks[:n]
		case chars, cdata:
			if len(stack) == 0 || t.gone(i) || skip(i) {
				continue
			}
			_, hides := veiled[numbers[len(numbers)-1]]
			hides = hides || deleted > 0 || concealed[parent()]
			if v == whole || (v == unseen) == hides {
				top.add(i, t.text(i), true)
			}
		}
	}
	return all
}

// soft is the space or hyphen that an element of a run stands for.
func soft(name, parent string) string {
	if parent != "r" && parent != "p" {
		return ""
	}
	switch name {
	case "br", "cr":
		return "\n"
	case "tab", "ptab":
		if parent == "r" {
			return "\t"
		}
	case "noBreakHyphen":
		return "-"
	}
	return ""
}

// mask replaces excerpts in the text of a file, then in the values of its
// attributes. It says whether it changed anything.
func (t *tape) mask(m *masks, veiled map[int]string, skip func(i int) bool) bool {
	before := len(t.edits)
	for _, v := range []view{seen, unseen, whole} {
		for _, s := range t.streams(v, veiled, skip) {
			s.mask(m, t.setText, t.drop)
		}
	}
	for i := range t.tokens {
		if t.element(i) && !t.gone(i) && m.may(t.raw(i)) {
			t.change(i, func(a attribute) (string, bool) { return t.maskAttribute(i, a, m), true })
		}
	}
	return len(t.edits) > before
}

// setText writes character data anew; space at its ends is kept.
func (t *tape) setText(i int, text string) {
	t.put(i, escape(text))
	at := int(t.tokens[i].mate)
	if t.name(at) != "t" || strings.TrimSpace(text) == text {
		return
	}
	all := t.attributes(at)
	if !slices.ContainsFunc(all, func(a attribute) bool { return a.full == "xml:space" }) {
		t.setAttributes(at, append(all, attribute{"xml:space", "preserve"}))
	}
}

// structural are the attributes by which parts of a package find each other.
var structural = set("Id id Type ContentType PartName Extension TargetMode styleId embed link pict relid dm lo qs cs uri Ignorable typeface ascii hAnsi eastAsia cs panose path ref r sqref")

// telling are the attributes that hold what a person wrote, however short.
var telling = set("descr title alt name author initials displayText value tooltip prompt promptTitle error errorTitle instr comment description string caption displayName v val Target lastModifiedBy Name Remark Creator")

func (t *tape) maskAttribute(i int, a attribute, m *masks) string {
	name := local(a.full)
	switch element := t.name(i); {
	case strings.HasPrefix(a.full, "xmlns") || structural[name]:
		return a.value
	case name == "val" && (strings.HasSuffix(element, "Style") || element == "basedOn" || element == "next" || element == "link"):
		return a.value
	case element == "Relationship" && (name != "Target" || !strings.EqualFold(t.attr(i, "TargetMode"), "External")):
		return a.value
	case !telling[name] && len(a.value) < 10 && !strings.ContainsFunc(a.value, func(r rune) bool { return r >= 0x80 }):
		return a.value
	case element == "sheet" && name == "name":
		return sheetName(a.value, m)
	}
	out, _ := m.replace(a.value)
	return out
}

// sheetName masks the name of a sheet, with what such a name may hold.
func sheetName(name string, m *masks) string {
	out, changed := m.replace(name)
	if !changed {
		return name
	}
	if out = lawfulName.Replace(out); out == "" {
		out = "＊"
	}
	if r := []rune(out); len(r) > 31 {
		out = string(r[:31])
	}
	return out
}

// lawfulName writes the characters that the name of a sheet may not hold as
// others that look alike.
var lawfulName = strings.NewReplacer("*", "＊", "/", "／", `\`, "＼", "?", "？", ":", "：", "[", "［", "]", "］", "'", "’")
