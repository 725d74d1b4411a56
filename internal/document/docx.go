package document

import (
	"errors"
	"fmt"
	"html"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// openDOCX reads a word document: its body, and every part that is a story of
// its own.
func openDOCX(c *ooxml) (Document, error) {
	c.p.all = []Part{{Name: "body"}} // the first part, whatever else is found on the way
	styles := map[string]style{}
	if name := c.related("styles"); name != "" {
		err := c.try("style list", true, name, func() (err error) {
			styles, err = readStyles(c, name)
			return err
		})
		if err != nil {
			return Document{}, err
		}
	}
	body, err := c.story(c.main, styles)
	if err != nil {
		return Document{}, err
	}
	c.p.all[0].Text = tidy(body.main.String())
	body.asides("", &c.p)
	notes := ""
	unused, err := c.unused(body.sections)
	if err != nil {
		return Document{}, err
	}
	counts := map[string]int{}
	for _, name := range c.names {
		role := c.storyRole(name)
		if role == "" || c.seen[name] {
			continue
		}
		label := count(counts, role)
		err := c.try(label, role == "comments", name, func() error {
			s, err := c.story(name, styles)
			if err == nil {
				notes += s.file(role, label, unused[name], &c.p)
			}
			return err
		})
		if err != nil {
			return Document{}, err
		}
	}
	for _, kind := range []string{"settings", "numbering"} {
		if name := c.related(kind); name != "" {
			if err := c.try(kind, true, name, func() error { return c.settings(name) }); err != nil {
				return Document{}, err
			}
		}
	}
	return Document{Kind: DOCX, MediaType: mediaDOCX, html: body.html.String() + notes}, nil
}

// unused are the headers and footers that no page shows, by entry: of the first
// page where it is like the others, of even pages where they are like the odd.
// A document whose sections name none shows them all.
func (c *ooxml) unused(named []reference) (map[string]bool, error) {
	if len(named) == 0 {
		return nil, nil
	}
	even := false
	err := c.xml(c.related("settings"), func(e *event) {
		even = even || e.kind == opens && e.name == "evenAndOddHeaders" && on(e.attr("val"))
	})
	if bad := (*Unreadable)(nil); err != nil && !errors.As(err, &bad) { // its own reader says so
		return nil, err
	}
	out, rels := map[string]bool{}, byID(c.relations(c.main))
	for _, r := range rels {
		if r.kind == "header" || r.kind == "footer" {
			out[r.target] = true
		}
	}
	for _, n := range named {
		if n.which == "" || n.which == "default" || n.which == "first" && n.first || n.which == "even" && even {
			delete(out, rels[n.id].target)
		}
	}
	return out, c.o.check()
}

// related is the entry that the main part names as its styles, settings or the
// like, or the one that stands where it usually does.
func (c *ooxml) related(kind string) string {
	for _, r := range c.relations(c.main) {
		if r.kind == kind && c.has(r.target) {
			return r.target
		}
	}
	return c.find(path.Join(path.Dir(c.main), kind+".xml"))
}

// storyRole is header, footer, footnotes, endnotes or comments, or empty.
func (c *ooxml) storyRole(name string) string {
	kind := c.typeOf(name)
	if path.Ext(name) != ".xml" || !strings.Contains(kind, "wordprocessingml.") {
		return ""
	}
	role, _, _ := strings.Cut(kind[strings.LastIndexByte(kind, '.')+1:], "+")
	switch role {
	case "header", "footer", "footnotes", "endnotes", "comments":
		return role
	}
	return ""
}

// settings reads what a document keeps beside its text: variables, the source
// of a mail merge, and the texts of numbered lists, which a reader sees.
func (c *ooxml) settings(name string) error {
	return c.xml(name, func(e *event) {
		switch {
		case e.kind == remark:
			c.p.add("xml comment", true, string(e.text))
		case e.kind != opens:
		case e.name == "docVar":
			c.p.add("document variable", true, e.attr("name")+"\n"+e.attr("val"))
		case e.name == "connectString" || e.name == "query" || e.name == "mailSubject" || e.name == "addressFieldName":
			c.p.add("mail merge", true, e.attr("val"))
		case e.name == "lvlText":
			if v := e.attr("val"); strings.ContainsFunc(v, func(r rune) bool { return r >= 0x4E00 && r < 0xA000 }) {
				c.p.add("list label", false, v)
			}
		default:
			c.p.add("attribute in "+base(name), true, strings.Join(telling(e), "\n"))
		}
	})
}

// readStyles maps style ids to what matters here, what they are based on
// included.
func readStyles(c *ooxml, name string) (map[string]style, error) {
	all := map[string]style{}
	id, s, part := "", style{}, false
	err := c.xml(name, func(e *event) {
		switch {
		case e.kind == opens && e.name == "style":
			id, s = e.attr("styleId"), style{}
		case e.kind == opens && e.name == "name":
			s.name = strings.ToLower(e.attr("val"))
		case e.kind == opens && e.name == "basedOn":
			s.base = e.attr("val")
		case e.name == "tblStylePr": // of the first row, the last column and so on
			part = e.kind == opens
		case e.kind == opens && !part:
			s.run.read(e)
		case e.kind == shuts && e.name == "style":
			all[id] = s
		}
	})
	const most = 20 // a chain any longer goes round
	for id, s := range all {
		for n, up := 0, s.base; n < most && up != ""; n++ {
			s.run = all[up].run.under(s.run)
			up = all[up].base
		}
		all[id] = s
	}
	return all, err
}

type style struct {
	name, base string
	run        runProps
}

// file adds the parts of a header, footer or notes file and returns what is
// shown of it below the body.
func (s *story) file(role, label string, unused bool, p *parts) string {
	one := strings.TrimSuffix(role, "s")
	switch role {
	case "header", "footer":
		text := s.main.String()
		p.add(label, unused && strings.ContainsFunc(text, unicode.IsLetter), text)
		s.asides(" in "+label, p)
		return ""
	}
	var shown strings.Builder
	var authors []string
	for _, note := range s.notes {
		if note.author != "" && !slices.Contains(authors, note.author) {
			authors = append(authors, note.author)
		}
		name := one + " " + note.id
		if role == "comments" {
			name += " (" + clip(note.author) + ")"
		}
		p.add(name, role == "comments", note.text)
		if role != "comments" && tidy(note.text) != "" {
			fmt.Fprintf(&shown, "<p>[%s] %s</p>\n", html.EscapeString(note.id), html.EscapeString(tidy(note.text)))
		}
	}
	p.add("property "+one+" authors", true, strings.Join(authors, "\n"))
	s.asides(" in "+role, p)
	return shown.String()
}

var headingID = regexp.MustCompile(`^heading ?([1-6])$`)

// headingLevel reads a style's id or name; 0 is no heading.
func headingLevel(id, name string) int {
	for _, s := range []string{name, strings.ToLower(id)} {
		if m := headingID.FindStringSubmatch(s); m != nil {
			return int(m[1][0] - '0')
		}
		if s == "title" {
			return 1
		}
	}
	return 0
}
