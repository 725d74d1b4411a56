package document

import (
	"fmt"
	"html"
	"path"
	"strings"
)

// deck is a presentation: the order of its slides and their size.
type deck struct {
	*ooxml
	width, height int64
	authors       map[string]string
	white         bool // slides are white unless they say otherwise
	html          strings.Builder
}

// openPPTX reads a presentation: slides in their order with what hides on and
// beside them, notes, comments, and the layouts under them.
func openPPTX(c *ooxml) (Document, error) {
	d := &deck{ooxml: c, authors: map[string]string{}}
	rels := c.relations(c.main)
	order, err := d.order(byID(rels))
	if err != nil {
		return Document{}, err
	}
	for _, r := range rels {
		if (r.kind == "commentAuthors" || r.kind == "authors") && !r.external {
			if err := c.try("property comment authors", true, r.target, func() error { return d.people(r.target) }); err != nil {
				return Document{}, err
			}
		}
	}
	if d.white, err = d.whitePaper(); err != nil {
		return Document{}, err
	}
	for i, name := range order {
		if !c.seen[name] {
			if err := d.slide(i+1, name); err != nil {
				return Document{}, err
			}
		}
	}
	return Document{Kind: PPTX, MediaType: mediaPPTX, html: d.html.String()}, d.beneath()
}

// order reads the presentation itself and returns the slides' entries.
func (d *deck) order(rels map[string]relation) ([]string, error) {
	var all []string
	var h harvest
	err := d.xml(d.main, func(e *event) {
		switch {
		case e.kind == opens && e.name == "sldId":
			// Both id and r:id have this local name; the relation is the one that is known.
			for _, a := range e.attrs {
				if r, ok := rels[string(a.raw)]; ok && string(a.name) == "id" {
					all = append(all, r.target)
				}
			}
		case e.kind == opens && e.name == "sldSz":
			d.width, d.height = number(e.attr("cx")), number(e.attr("cy"))
		default:
			h.take(e)
		}
	})
	h.asides(" of presentation", &d.p)
	return all, err
}

// people reads who may comment.
func (d *deck) people(name string) error {
	var names []string
	err := d.xml(name, func(e *event) {
		if e.kind == opens && (e.name == "cmAuthor" || e.name == "author") {
			d.authors[e.attr("id")] = e.attr("name")
			names = append(names, e.attr("name")+" "+e.attr("userId"))
		}
	})
	d.p.add("property comment authors", true, strings.Join(names, "\n"))
	return err
}

// slide reads one slide with its notes and comments.
func (d *deck) slide(n int, name string) error {
	label := fmt.Sprintf("slide %d", n)
	var r drawingReader
	secret := false
	err := d.try(label, false, name, func() error {
		return d.xml(name, func(e *event) {
			if e.kind == opens && e.name == "sld" {
				secret = e.attr("show") == "0" || e.attr("show") == "false"
			}
			r.take(e)
		})
	})
	if err != nil {
		return err
	}
	if secret {
		label = "hidden " + label
	}
	d.shapes(&r, label, secret, false)
	for _, rel := range d.relations(name) {
		if rel.external || d.seen[rel.target] {
			continue
		}
		switch rel.kind {
		case "notesSlide":
			err = d.notes("notes of "+label, rel.target)
		case "comments":
			err = d.try("comments of "+label, true, rel.target, func() error { return d.comments(rel.target, label) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// shapes adds the text of a slide's shapes by who sees it.
func (d *deck) shapes(r *drawingReader, label string, secret, layout bool) {
	if d.white && !layout {
		r.bleach()
	}
	r.veil(d.o, d.width, d.height, layout)
	seen, concealed, off, held := r.sorted(d.width, d.height)
	if layout {
		d.p.add("style prompt of "+label, true, held)
	} else {
		seen = r.inOrder(d.width, d.height)
	}
	d.p.add(label, secret, seen)
	d.p.add("hidden shapes of "+label, true, concealed)
	d.p.add("text beside "+label, true, off)
	r.asides(" of "+label, &d.p)
	if !secret && !layout {
		fmt.Fprintf(&d.html, "<h2>%s</h2>\n%s", html.EscapeString(strings.TrimPrefix(label, "slide ")), paragraphs(seen))
	}
}

// notes reads what a speaker notes. The picture of the slide and the page
// number stand there too.
func (d *deck) notes(label, name string) error {
	var r drawingReader
	return d.try(label, true, name, func() error {
		err := d.xml(name, r.take)
		d.p.add(label, true, r.inOrder(0, 0))
		_, concealed, _, _ := r.sorted(0, 0)
		d.p.add("hidden shapes of "+label, true, concealed)
		r.asides(" of "+label, &d.p)
		return err
	})
}

// comments reads comments of either kind.
func (d *deck) comments(name, label string) error {
	var text strings.Builder
	author, n, depth := "", 0, 0
	return d.xml(name, func(e *event) {
		switch {
		case e.kind == opens && (e.name == "cm" || e.name == "reply"):
			if depth++; depth > 1 {
				text.WriteByte('\n')
			}
			author += " " + d.authors[e.attr("authorId")]
		case e.kind == shuts && (e.name == "cm" || e.name == "reply"):
			if depth--; depth == 0 {
				n++
				d.p.add(fmt.Sprintf("comment %d (%s) on %s", n, clip(strings.TrimSpace(author)), label), true, text.String())
				text.Reset()
				author = ""
			}
		case e.kind == chars && depth > 0:
			text.Write(e.text)
		case e.kind == remark:
			d.p.add("xml comment", true, string(e.text))
		}
	})
}

// beneath reads layouts and masters. What their placeholders prompt is on no
// slide; other text of theirs is on every one.
func (d *deck) beneath() error {
	n := map[string]int{}
	for _, name := range d.names {
		kind := ""
		switch folder := path.Base(path.Dir(name)); folder {
		case "slideLayouts":
			kind = "layout"
		case "slideMasters":
			kind = "master"
		case "notesMasters", "handoutMasters":
			kind = "notes master"
		case "slides":
			kind = "slide outside the presentation"
		case "notesSlides":
			kind = "notes outside the presentation"
		}
		if kind == "" || d.seen[name] || path.Ext(name) != ".xml" {
			continue
		}
		label := count(n, kind)
		var r drawingReader
		err := d.try(label, false, name, func() error { return d.xml(name, r.take) })
		if err != nil {
			return err
		}
		orphan := strings.Contains(kind, "outside")
		if d.shapes(&r, label, orphan, !orphan); orphan {
			continue
		}
	}
	return nil
}

// inOrder is the text of the shapes that are seen, placeholders included, as
// they stand in the file.
func (d *drawingReader) inOrder(width, height int64) string {
	var b strings.Builder
	for _, s := range d.shapes {
		if t := tidy(s.text.String()); t != "" && !s.hidden && !s.outside(width, height) && !(s.page && len(t) < 4) {
			b.WriteString(t + "\n")
		}
	}
	return b.String()
}
