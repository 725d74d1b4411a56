package document

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// ooxml is an Office Open XML package: a zip whose parts have types and
// relationships (ECMA-376 part 2).
type ooxml struct {
	*pack
	p        parts
	types    map[string]string // content type by part name, lower case
	byEnding map[string]string
	main     string
	seen     map[string]bool // entries accounted for
}

const (
	mediaDOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	mediaXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	mediaPPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
)

// openPackage opens a word document, workbook or presentation, as its main part
// says, and accounts for every other entry.
func openPackage(k *pack) (Document, error) {
	c := &ooxml{pack: k, types: map[string]string{}, byEnding: map[string]string{}, seen: map[string]bool{}}
	if err := c.contentTypes(); err != nil {
		return Document{}, err
	}
	if err := c.findMain(); err != nil {
		return Document{}, err
	}
	var d Document
	var err error
	c.seen[c.main] = true
	switch main := c.typeOf(c.main); {
	case c.main == "":
		return Document{}, unreadable("unsupported_type", "a package without a main part")
	case path.Ext(c.main) == ".bin":
		return Document{}, unreadable("unsupported_type", "a binary workbook")
	case strings.Contains(main, "wordprocessingml") || strings.Contains(main, "ms-word"):
		d, err = openDOCX(c)
	case strings.Contains(main, "spreadsheetml") || strings.Contains(main, "ms-excel"):
		d, err = openXLSX(c)
	case strings.Contains(main, "presentationml") || strings.Contains(main, "ms-powerpoint"):
		d, err = openPPTX(c)
	default:
		return Document{}, unreadable("unsupported_type", "a package of another program")
	}
	if err == nil {
		err = c.rest()
	}
	if err != nil {
		return Document{}, err
	}
	d.Parts = c.p.all
	return d, nil
}

func (c *ooxml) contentTypes() error {
	name := c.find("[Content_Types].xml")
	c.seen[name] = true
	return c.xml(name, func(e *event) {
		if e.kind != opens {
			return
		}
		switch e.name {
		case "Default":
			c.byEnding["."+strings.ToLower(e.attr("Extension"))] = e.attr("ContentType")
		case "Override":
			c.types[strings.ToLower(strings.TrimPrefix(e.attr("PartName"), "/"))] = e.attr("ContentType")
		}
	})
}

// typeOf is the content type of an entry; a package that says none is read by
// its folders.
func (c *ooxml) typeOf(name string) string {
	if t := c.types[strings.ToLower(name)]; t != "" {
		return t
	}
	if t := c.byEnding[strings.ToLower(path.Ext(name))]; t != "" && t != "application/xml" {
		return t
	}
	folder, rest, _ := strings.Cut(strings.ToLower(name), "/")
	stem := strings.TrimRight(strings.TrimSuffix(path.Base(rest), ".xml"), "0123456789")
	return map[string]string{"word": "wordprocessingml.", "xl": "spreadsheetml.", "ppt": "presentationml."}[folder] + stem + "+xml"
}

func (c *ooxml) findMain() error {
	target := ""
	for _, r := range c.relations("") {
		if r.kind == "officeDocument" {
			target = c.find(r.target)
		}
	}
	for _, usual := range []string{"word/document.xml", "xl/workbook.xml", "ppt/presentation.xml"} {
		if target == "" {
			target = c.find(usual)
		}
	}
	c.main = target
	return c.o.check()
}

// relation is one line of a relationships file.
type relation struct {
	id, kind, target string
	external         bool
}

// relations lists what an entry points at, targets as names of entries. A list
// that cannot be read is found again, and reported, by [ooxml.rest].
func (c *ooxml) relations(of string) []relation {
	var all []relation
	_ = c.xml(relsName(of), func(e *event) {
		if e.kind != opens || e.name != "Relationship" {
			return
		}
		r := relation{id: e.attr("Id"), kind: path.Base(e.attr("Type")), target: e.attr("Target")}
		if r.external = strings.EqualFold(e.attr("TargetMode"), "External"); !r.external {
			if !strings.HasPrefix(r.target, "/") {
				r.target = path.Join(path.Dir(of), r.target)
			}
			r.target = strings.TrimPrefix(path.Clean(r.target), "/")
			if found := c.find(r.target); found != "" {
				r.target = found
			}
		}
		all = append(all, r)
	})
	return all
}

func relsName(of string) string {
	return strings.TrimPrefix(path.Join(path.Dir(of), "_rels", path.Base(of)+".rels"), "/")
}

// byID indexes relations.
func byID(all []relation) map[string]relation {
	out := make(map[string]relation, len(all))
	for _, r := range all {
		out[r.id] = r
	}
	return out
}

// try reads one entry; if it cannot be read, a part named label says so.
func (c *ooxml) try(label string, hidden bool, name string, read func() error) error {
	c.seen[name] = true
	return c.o.skip(&c.p, label, hidden, name, read())
}

// rest accounts for every entry that the document's own reader did not.
func (c *ooxml) rest() error {
	for _, name := range c.names {
		if c.seen[name] {
			continue
		}
		label, hidden, read := c.plain(name)
		if read == nil {
			read = func() error { return c.embedded(label, hidden, name) }
		}
		if err := c.try(label, hidden, name, read); err != nil {
			return err
		}
	}
	return nil
}

// plain says what an entry is called and how it is read; without a reader it is
// opened as the file it is.
func (c *ooxml) plain(name string) (label string, hidden bool, read func() error) {
	base, lower, kind := path.Base(name), strings.ToLower(name), c.typeOf(name)
	ending := path.Ext(lower)
	switch {
	case ending == ".rels":
		return "links of " + base, true, func() error { return c.links(name) }
	case strings.HasPrefix(lower, "docprops/") && ending == ".xml":
		return "property list " + base, true, func() error { return c.properties(name) }
	case strings.Contains(lower, "vbaproject") && ending == ".bin" || strings.HasPrefix(strings.ToLower(base), "vbaproject"):
		return "macro " + base, true, func() error { return c.macro(name) }
	case strings.Contains(lower, "thumbnail"):
		return "property thumbnail", true, nil
	case strings.Contains(lower, "/media/"):
		return "image " + base, false, nil
	case strings.Contains(lower, "printersettings"):
		return "property printer settings", true, func() error { return c.strings("property printer settings "+base, name) }
	case ending == ".odttf" || ending == ".fntdata":
		return "font " + base, true, func() error { c.p.add("font "+base, true, name); return nil }
	case strings.Contains(kind, "vmlDrawing") || ending == ".vml":
		return "drawing " + base, false, func() error { return c.vml(name) }
	case strings.Contains(lower, "/charts/") && ending == ".xml":
		return "chart " + base, false, func() error { return c.other("chart "+base, false, name) }
	case strings.Contains(lower, "/diagrams/") && ending == ".xml":
		return "diagram " + base, false, func() error { return c.other("diagram "+base, false, name) }
	case strings.Contains(lower, "/drawings/") && ending == ".xml":
		return "drawing " + base, false, func() error { return c.drawing("drawing "+base, name) }
	case strings.HasPrefix(lower, "customxml/") && ending == ".xml":
		return "custom data " + base, true, func() error { return c.custom("custom data "+base, name) }
	case strings.Contains(lower, "glossary/") && ending == ".xml":
		return "glossary " + base, true, func() error { return c.other("glossary "+base, true, name) }
	case strings.Contains(lower, "/theme"):
		return "style " + base, true, func() error { return c.other("style "+base, true, name) }
	case ending == ".xml" && (strings.Contains(kind, "xml") || strings.Contains(kind, "+xml")):
		return "other part " + base, true, func() error { return c.other("other part "+base, true, name) }
	}
	return "embedded object " + base, !strings.Contains(lower, "afchunk"), nil
}

// embedded opens an entry as the file it is.
func (c *ooxml) embedded(label string, hidden bool, name string) error {
	data, err := c.read(name)
	if err != nil {
		return err
	}
	c.o.files++ // the directory has counted it
	return c.o.enter(&c.p, label, hidden, name, data)
}

// links lists what a relationships file points at outside the package, each
// target once.
func (c *ooxml) links(name string) error {
	var links []string
	seen := map[string]bool{}
	err := c.xml(name, func(e *event) {
		target := e.attr("Target")
		switch {
		case e.kind == remark:
			c.p.add("xml comment", true, string(e.text))
		case e.kind != opens || e.name != "Relationship" || !strings.EqualFold(e.attr("TargetMode"), "External") || seen[target]:
		case path.Base(e.attr("Type")) == "hyperlink":
			seen[target] = true
			links = append(links, target)
		default: // a remote template or picture is fetched when the file is opened
			c.p.add("external "+path.Base(e.attr("Type")), true, target)
		}
	})
	c.p.add("link target", true, strings.Join(links, "\n"))
	return err
}

// properties lists document properties by name: authors, company, template.
func (c *ooxml) properties(file string) error {
	var names []string
	var value strings.Builder
	custom := ""
	return c.xml(file, func(e *event) {
		switch e.kind {
		case opens:
			names = append(names, e.name)
			if e.name == "property" {
				custom = e.attr("name")
				c.p.add("property name", true, custom)
			}
			value.Reset()
		case chars:
			value.Write(e.text)
		case shuts:
			name := names[len(names)-1]
			if names = names[:len(names)-1]; custom != "" {
				name = custom
			}
			c.p.add("property "+clip(name), true, value.String())
			if value.Reset(); e.name == "property" {
				custom = ""
			}
		case remark:
			c.p.add("xml comment", true, string(e.text))
		}
	})
}

// strings lists the readable strings of a binary entry.
func (c *ooxml) strings(label, name string) error {
	data, err := c.read(name)
	if err == nil {
		c.p.add(label, true, strings.Join(loose(data), "\n"))
	}
	return err
}

// other accounts for XML of no known form: its text, and what its attributes
// say in words.
func (c *ooxml) other(label string, hidden bool, name string) error {
	var h harvest
	err := c.xml(name, h.take)
	if err == nil {
		c.p.add(label, hidden, h.text.String())
		h.asides(" in "+path.Base(name), &c.p)
	}
	return err
}

// harvest collects text and telling attributes of XML of no known form.
type harvest struct {
	text    strings.Builder
	attrs   []string
	remarks []string
	begins  []int // where the text of each open element begins
}

func (h *harvest) take(e *event) {
	switch e.kind {
	case chars:
		if len(strings.TrimSpace(string(e.text))) > 0 {
			h.text.Write(e.text)
		}
	case opens:
		h.attrs = append(h.attrs, telling(e)...)
		h.begins = append(h.begins, h.text.Len())
	case shuts:
		began := 0
		if n := len(h.begins); n > 0 {
			began, h.begins = h.begins[n-1], h.begins[:n-1]
		}
		// Text split over runs is one text; anything else with text in it, or
		// a break, ends a line.
		if s := h.text.String(); s != "" && s[len(s)-1] != '\n' && (began < len(s) || e.name == "br") && !slices.Contains([]string{"t", "r", "span", "tspan"}, e.name) {
			h.text.WriteByte('\n')
		}
	case remark:
		h.remarks = append(h.remarks, string(e.text))
	}
}

func (h *harvest) asides(where string, p *parts) {
	p.add("attribute"+where, true, strings.Join(h.attrs, "\n"))
	p.add("xml comment"+where, true, strings.Join(h.remarks, "\n"))
}

// telling returns the attribute values of an element that a person may have
// written: words in Chinese, or long enough to hold a number or an address.
// What every file of the format says is left out.
func telling(e *event) []string {
	var all []string
	for _, a := range e.attrs {
		wide := slices.ContainsFunc(a.raw, func(b byte) bool { return b >= 0x80 || b == '&' })
		// A value of Latin letters alone is a word of the format.
		word := !slices.ContainsFunc(a.raw, func(b byte) bool { return b|0x20 < 'a' || b|0x20 > 'z' })
		if !wide && len(a.raw) < 10 || word || strings.HasPrefix(string(a.name), "xmlns") || noise[string(a.name)] {
			continue
		}
		if v := e.value(a); !strings.HasPrefix(v, "http://schemas.") && !strings.HasPrefix(v, "{") {
			all = append(all, v)
		}
	}
	return all
}

// noise are attributes whose values no person writes.
var noise = map[string]bool{
	"rsid": true, "rsidR": true, "rsidRDefault": true, "rsidRPr": true, "rsidP": true, "paraId": true, "textId": true,
	"uri": true, "Ignorable": true, "panose": true, "typeface": true, "ascii": true, "hAnsi": true, "eastAsia": true, "cs": true,
	"schemaLocation": true, "usb0": true, "csb0": true, "path": true, "style": true, "coordsize": true, "eqn": true,
	"formatCode": true, "sqref": true, "ref": true, "uid": true, "themeColor": true, "styleId": true,
}

// count names the parts of one kind by number.
func count(n map[string]int, kind string) string {
	n[kind]++
	return fmt.Sprintf("%s %d", kind, n[kind])
}
