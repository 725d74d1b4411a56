package document

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"path"
	"slices"
	"strings"
)

const docxMedia = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// container is an unpacked file of files.
type container struct {
	names []string // sorted
	files map[string][]byte
}

// unpack reads every entry of a zip within limits. Sizes are counted as they
// are read: what the directory says is the sender's word.
func unpack(data []byte, limits Limits) (container, parts, error) {
	var c container
	var p parts
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return c, p, unreadable("truncated", "no readable zip directory")
	}
	if len(z.File) > limits.Parts {
		return c, p, unreadable("too_many_parts", "%d", len(z.File))
	}
	p.add("zip comment", true, z.Comment)
	c.files = make(map[string][]byte, len(z.File))
	left := min(limits.Unpacked, max(limits.Ratio*len(data), 1<<20)) // a tiny file proves nothing
	for _, f := range z.File {
		p.add("zip comment", true, f.Comment)
		if f.Flags&1 != 0 {
			return c, p, unreadable("encrypted", "zip entry")
		}
		if strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 == 0 {
			continue
		}
		if _, twice := c.files[f.Name]; twice {
			return c, p, unreadable("damaged", "two zip entries of one name")
		}
		content, err := readEntry(f, left)
		if err != nil {
			return c, p, err
		}
		left -= len(content)
		c.files[f.Name] = content
		c.names = append(c.names, f.Name)
	}
	slices.Sort(c.names)
	return c, p, nil
}

func readEntry(f *zip.File, left int) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, unreadable("damaged", "zip entry")
	}
	content, err := io.ReadAll(io.LimitReader(r, int64(left)+1))
	if err = errors.Join(err, r.Close()); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, unreadable("truncated", "zip entry")
		}
		return nil, unreadable("damaged", "zip entry")
	}
	if len(content) > left {
		return nil, unreadable("too_large", "unpacked")
	}
	return content, nil
}

// openDOCX opens a word document: every entry of the package becomes parts.
func openDOCX(data []byte, limits Limits) (Document, error) {
	c, p, err := unpack(data, limits)
	if err != nil {
		return Document{}, err
	}
	main := c.mainPart()
	if main == "" {
		return Document{}, unreadable("unsupported_type", "a zip, but not a word document")
	}
	styles, err := readStyles(c.files[path.Join(path.Dir(main), "styles.xml")], limits.Depth)
	if err != nil {
		return Document{}, err
	}
	body, err := readStory(c.files[main], styles, limits.Depth)
	if err != nil {
		return Document{}, err
	}
	extra := p
	p = parts{all: []Part{{Name: "body", Text: tidy(body.main.String())}}}
	body.asides("", &p)

	notes := ""
	counts := map[string]int{}
	for _, name := range c.names {
		base := path.Base(name)
		stem := strings.TrimRight(strings.TrimSuffix(base, ".xml"), "0123456789")
		switch {
		case name == main || base == "[Content_Types].xml":
		case strings.HasSuffix(name, ".rels"):
			err = c.links(name, limits.Depth, &p)
		case path.Ext(name) == ".xml" && slices.Contains([]string{"header", "footer", "footnotes", "endnotes", "comments"}, stem):
			var s *story
			if s, err = readStory(c.files[name], styles, limits.Depth); err == nil {
				counts[stem]++
				notes += s.file(stem, counts[stem], &p)
			}
		case strings.HasPrefix(name, "docProps/") && path.Ext(name) == ".xml":
			err = properties(c.files[name], limits.Depth, &p)
		case strings.HasPrefix(strings.ToLower(base), "vba"):
			p.unread("macro "+base, true, name, "unsupported_type")
		case strings.HasPrefix(name, "docProps/thumbnail"):
			p.unread("thumbnail", true, name, "image")
		case strings.Contains(name, "/media/"):
			p.unread("image "+base, false, name, "image")
		case path.Ext(name) == ".odttf" || path.Ext(name) == ".fntdata":
			p.add("font "+base, true, name)
		case path.Ext(name) == ".xml":
			err = c.other(name, base, limits.Depth, &p)
		default:
			p.unread("embedded object "+base, true, name, "unsupported_type")
		}
		if err != nil {
			return Document{}, err
		}
	}
	p.all = append(p.all, extra.all...)
	return Document{Kind: DOCX, MediaType: docxMedia, Parts: p.all, html: body.html.String() + notes}, nil
}

// mainPart is the package's main document, if it is a word document.
func (c container) mainPart() string {
	target := ""
	_ = eachElement(c.files["_rels/.rels"], 20, func(e xml.StartElement) {
		if e.Name.Local == "Relationship" && strings.HasSuffix(attr(e, "Type"), "/officeDocument") {
			target = strings.TrimPrefix(path.Clean(attr(e, "Target")), "/")
		}
	})
	if _, ok := c.files[target]; ok && strings.HasPrefix(target, "word/") {
		return target
	}
	if _, ok := c.files["word/document.xml"]; ok && target == "" {
		return "word/document.xml"
	}
	return ""
}

// links lists what a relationships file points at outside the package.
func (c container) links(name string, depth int, p *parts) error {
	return eachElement(c.files[name], depth, func(e xml.StartElement) {
		if e.Name.Local == "Relationship" && strings.EqualFold(attr(e, "TargetMode"), "External") {
			kind := path.Base(attr(e, "Type"))
			if kind == "hyperlink" {
				p.add("link target", true, attr(e, "Target"))
				return
			}
			// A remote template or picture is fetched when the file is opened.
			p.add("external "+kind, true, attr(e, "Target"))
		}
	})
}

// properties lists document properties by name.
func properties(data []byte, depth int, p *parts) error {
	var names []string
	var value strings.Builder
	custom := ""
	return tokens(data, depth, func(t xml.Token) {
		switch t := t.(type) {
		case xml.StartElement:
			names = append(names, t.Name.Local)
			if t.Name.Local == "property" {
				custom = attr(t, "name")
				p.add("property name", true, custom)
			}
			value.Reset()
		case xml.CharData:
			value.Write(t)
		case xml.EndElement:
			name := names[len(names)-1]
			if names = names[:len(names)-1]; custom != "" {
				name = custom
			}
			p.add("property "+name, true, value.String())
			if value.Reset(); t.Name.Local == "property" {
				custom = ""
			}
		case xml.Comment:
			p.add("xml comment", true, string(t))
		}
	})
}

// other accounts for package files that are not stories: text in charts and
// diagrams is seen, text anywhere else is not. Variables of a document are
// kept in attributes.
func (c container) other(name, base string, depth int, p *parts) error {
	var text strings.Builder
	err := tokens(c.files[name], depth, func(t xml.Token) {
		switch t := t.(type) {
		case xml.CharData:
			if s := strings.TrimSpace(string(t)); s != "" {
				text.WriteString(s + "\n")
			}
		case xml.Comment:
			p.add("xml comment", true, string(t))
		case xml.StartElement:
			if t.Name.Local == "docVar" {
				p.add("document variable", true, attr(t, "name")+"\n"+attr(t, "val"))
			}
		}
	})
	if err != nil {
		return err
	}
	switch {
	case strings.Contains(name, "/charts/"):
		p.add("chart "+base, false, text.String())
	case strings.Contains(name, "/diagrams/"):
		p.add("diagram "+base, false, text.String())
	case base == "document.xml" || strings.Contains(name, "glossary/"):
		p.add("glossary", true, text.String())
	case strings.HasPrefix(base, "theme"):
	default:
		p.add("other part "+base, true, text.String())
	}
	return nil
}

// readStyles maps style ids to what matters here.
func readStyles(data []byte, depth int) (map[string]style, error) {
	all := map[string]style{}
	id := ""
	var run runProps
	err := tokens(data, depth, func(t xml.Token) {
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "style":
				id, run = attr(t, "styleId"), runProps{}
			case "name":
				all[id] = style{name: strings.ToLower(attr(t, "val"))}
			default:
				run.read(t)
			}
		case xml.EndElement:
			if t.Name.Local == "style" {
				s := all[id]
				s.hidden = run.hidden()
				all[id] = s
			}
		}
	})
	return all, err
}

type style struct {
	name   string
	hidden bool
}

func eachElement(data []byte, depth int, visit func(xml.StartElement)) error {
	return tokens(data, depth, func(t xml.Token) {
		if e, ok := t.(xml.StartElement); ok {
			visit(e)
		}
	})
}

// tokens visits the tokens of an XML file. Office files declare no document
// type and no entities; one that does is an attack.
func tokens(data []byte, depth int, visit func(xml.Token)) error {
	if len(data) == 0 {
		return nil
	}
	text, err := decode(data)
	if err != nil {
		return err
	}
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for level := 0; ; {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			if strings.Contains(text[:min(len(text), 4096)], "<!DOCTYPE") {
				return unreadable("xml_bomb", "")
			}
			return unreadable("damaged", "xml")
		}
		switch t.(type) {
		case xml.Directive:
			return unreadable("xml_bomb", "")
		case xml.StartElement:
			if level++; level > depth {
				return unreadable("too_deep", "xml")
			}
		case xml.EndElement:
			level--
		}
		visit(t)
	}
}

// attr is an attribute by local name; a prefix is the writer's choice.
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// file adds the parts of a header, footer or notes file and returns what is
// shown of it below the body.
func (s *story) file(stem string, n int, p *parts) string {
	one := strings.TrimSuffix(stem, "s")
	switch stem {
	case "header", "footer":
		p.add(fmt.Sprintf("%s %d", one, n), false, s.main.String())
		s.asides(fmt.Sprintf(" in %s %d", one, n), p)
		return ""
	}
	var shown strings.Builder
	for _, note := range s.notes {
		label := one + " " + note.id
		if stem == "comments" {
			label += " (" + note.author + ")"
		}
		p.add(label, stem == "comments", note.text)
		if stem != "comments" && tidy(note.text) != "" {
			shown.WriteString("<p>[" + html.EscapeString(note.id) + "] " + html.EscapeString(tidy(note.text)) + "</p>\n")
		}
	}
	s.asides(" in "+stem, p)
	return shown.String()
}
