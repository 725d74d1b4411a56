package document

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// ofdReader reads an OFD, the national format of documents (GB/T 33190-2016).
// Elements are known by local name: writers disagree about namespaces.
type ofdReader struct {
	*pack
	p     parts
	seen  map[string]bool
	html  strings.Builder
	pages int
	paper box // of pages that name none of their own
}

// openOFD reads every document and version in an OFD: pages and their
// templates, annotations, attachments, tags, seals.
func openOFD(k *pack) (Document, error) {
	o := &ofdReader{pack: k, seen: map[string]bool{}}
	root := k.find("OFD.xml")
	roots, err := o.index(root)
	if err != nil {
		return Document{}, err
	}
	if len(roots) == 0 {
		return Document{}, unreadable("damaged", "an OFD without documents")
	}
	for i, name := range roots {
		where := ""
		if i > 0 {
			where = fmt.Sprintf(" of document %d", i+1)
		}
		if err := o.document(name, where); err != nil {
			return Document{}, err
		}
	}
	if err := o.rest(); err != nil {
		return Document{}, err
	}
	return Document{Kind: OFD, MediaType: "application/ofd", Parts: o.p.all, html: o.html.String()}, nil
}

// resolve finds the entry a place names: from the root, or from the file that
// says so; in its own case, or another.
func (o *ofdReader) resolve(from, loc string) string {
	loc = strings.ReplaceAll(strings.TrimSpace(loc), `\`, "/")
	for _, name := range []string{
		path.Join(path.Dir(from), loc), strings.TrimPrefix(path.Clean(loc), "/"), path.Join(path.Dir(path.Dir(from)), loc),
	} {
		if strings.HasPrefix(loc, "/") && name == path.Join(path.Dir(from), loc) {
			continue
		}
		if found := o.find(name); found != "" {
			return found
		}
	}
	return ""
}

// index reads what the file says of itself, and where its documents are.
func (o *ofdReader) index(name string) ([]string, error) {
	var roots []string
	var stack []string
	custom := ""
	var text strings.Builder
	o.seen[name] = true
	err := o.xml(name, func(e *event) {
		switch e.kind {
		case opens:
			stack = append(stack, e.name)
			text.Reset()
			if e.name == "CustomData" {
				custom = e.attr("Name")
			}
			if loc := e.attr("BaseLoc"); loc != "" && e.name == "Version" {
				o.p.add("property version", true, e.attr("ID")+" "+e.attr("Index"))
			}
		case chars:
			text.Write(e.text)
		case shuts:
			stack = stack[:len(stack)-1]
			switch value := tidy(text.String()); {
			case e.name == "DocRoot":
				if at := o.resolve(name, value); at != "" && !slices.Contains(roots, at) {
					roots = append(roots, at)
				} else if at == "" {
					o.p.unread("document", false, value, "damaged")
				}
			case e.name == "CustomData":
				o.p.add("property "+clip(custom), true, value)
			case slices.Contains(stack, "DocInfo"):
				o.p.add("property "+e.name, true, value)
			}
			text.Reset()
		case remark:
			o.p.add("xml comment", true, string(e.text))
		}
	})
	return roots, err
}

// document reads one document: pages in their order, then what stands beside.
func (o *ofdReader) document(name, where string) error {
	var pages []string
	templates := map[string]string{}
	beside := map[string]string{} // entry by kind
	var text strings.Builder
	var h harvest
	o.seen[name] = true
	err := o.xml(name, func(e *event) {
		switch e.kind {
		case opens:
			text.Reset()
			switch loc := e.attr("BaseLoc"); {
			case e.name == "Page" && loc != "":
				if at := o.resolve(name, loc); at != "" {
					pages = append(pages, at)
				} else {
					o.p.unread("page"+where, false, loc, "damaged")
				}
			case e.name == "TemplatePage":
				templates[e.attr("ID")] = o.resolve(name, loc)
			default:
				h.take(e)
			}
		case chars:
			text.Write(e.text)
		case shuts:
			switch e.name {
			case "PhysicalBox":
				o.paper, _ = boundary(text.String())
			case "Annotations", "Attachments", "CustomTags", "Extensions":
				beside[e.name] = o.resolve(name, text.String())
			}
			text.Reset()
		case remark:
			h.take(e)
		}
	})
	if err != nil {
		return err
	}
	h.asides(" of document"+where, &o.p)
	if err := o.readPages(pages, templates, where); err != nil {
		return err
	}
	if err := o.annotations(beside["Annotations"], where); err != nil {
		return err
	}
	return o.attachments(beside["Attachments"], where)
}

// readPages reads pages, and each template once.
func (o *ofdReader) readPages(pages []string, templates map[string]string, where string) error {
	for i, name := range pages {
		if o.seen[name] {
			continue
		}
		label := fmt.Sprintf("page %d%s", i+1, where)
		if err := o.page(label, name, true); err != nil {
			return err
		}
	}
	ids := make([]string, 0, len(templates))
	for id := range templates {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		if name := templates[id]; name == "" {
			o.p.unread("template "+clip(id)+where, false, id, "damaged")
		} else if !o.seen[name] {
			if err := o.page("template "+clip(id)+where, name, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// page reads the objects of a page, a template or an annotation.
func (o *ofdReader) page(label, name string, shown bool) error {
	g := glyphs{paper: o.paper, veil: o.o.veil}
	o.seen[name] = true
	err := o.xml(name, g.take)
	if err := o.o.skip(&o.p, label, false, name, err); err != nil {
		return err
	}
	g.addTo(&o.p, label)
	if shown && err == nil {
		o.pages++
		fmt.Fprintf(&o.html, "<h2>%d</h2>\n%s", o.pages, paragraphs(g.seen.String()))
	}
	return nil
}

// glyphs collects the text of a page. A writer puts each stretch, often each
// word, into an object of its own, so objects on one line are joined.
type glyphs struct {
	seen, unseen strings.Builder
	harvest
	hidden  int // depth of elements in one that is not visible
	stack   []string
	objects []glyph
	paper   box             // empty where it is not known
	area    strings.Builder // the paper a page names itself
	form    cover           // the path we are in
	grounds []box           // what was filled with a colour so far
	veil    func(at int)
}

func (g *glyphs) take(e *event) {
	switch e.kind {
	case opens:
		g.stack = append(g.stack, e.name)
		if g.hidden > 0 || e.attr("Visible") == "false" || e.attr("Visible") == "0" {
			g.hidden++
		}
		switch e.name {
		case "TextObject", "PathObject", "FillColor":
			g.object(e)
		case "TextCode", "CGTransform", "Glyphs", "AbbreviatedData", "ImageObject", "Area", "Layer", "CTM":
		default:
			g.attrs = append(g.attrs, telling(e)...)
		}
	case chars:
		switch n := len(g.stack); {
		case g.stack[n-1] == "TextCode" && len(g.objects) > 0:
			g.objects[len(g.objects)-1].text += string(e.text)
		case g.stack[n-1] == "PhysicalBox":
			g.area.Write(e.text)
		case slices.Contains([]string{"Glyphs", "AbbreviatedData", "PhysicalBox", "ApplicationBox", "ContentBox", "BleedBox", "CropBox"}, g.stack[n-1]):
		default:
			if len(strings.TrimSpace(string(e.text))) > 0 {
				g.text.WriteString(string(e.text) + "\n")
			}
		}
	case shuts:
		g.stack = g.stack[:len(g.stack)-1]
		if e.name == "PathObject" {
			g.coverUp()
		}
		if g.hidden > 0 {
			g.hidden--
		}
	case remark:
		g.harvest.take(e)
	}
}

func (g *glyphs) addTo(p *parts, label string) {
	g.arrange()
	p.add(label, false, g.seen.String())
	p.add("hidden text on "+label, true, g.unseen.String())
	p.add("attribute text of "+label, true, g.text.String())
	g.asides(" of "+label, p)
}

// annotations reads the list of annotations and every page of them: notes,
// watermarks, stamps, links, each with who made it.
func (o *ofdReader) annotations(name, where string) error {
	if name == "" || o.seen[name] {
		return nil
	}
	o.seen[name] = true
	var files []string
	var text strings.Builder
	err := o.xml(name, func(e *event) {
		switch e.kind {
		case opens:
			text.Reset()
		case chars:
			text.Write(e.text)
		case shuts:
			if at := o.resolve(name, text.String()); e.name == "FileLoc" && at != "" {
				files = append(files, at)
			}
		}
	})
	if err := o.o.skip(&o.p, "annotations"+where, true, name, err); err != nil {
		return err
	}
	for i, file := range files {
		if o.seen[file] {
			continue
		}
		o.seen[file] = true
		label := fmt.Sprintf("annotations %d%s", i+1, where)
		g := glyphs{veil: o.o.veil}
		var kinds []string
		err := o.xml(file, func(e *event) {
			if e.kind == opens && e.name == "Annot" {
				kinds = append(kinds, tidy(e.attr("Type")+" "+e.attr("Creator")+" "+e.attr("LastModDate")+" "+e.attr("Remark")))
			}
			g.take(e)
		})
		if err := o.o.skip(&o.p, label, true, file, err); err != nil {
			return err
		}
		o.p.add("property of "+label, true, strings.Join(kinds, "\n"))
		g.addTo(&o.p, label)
	}
	return nil
}

// attachments opens the files attached to a document.
func (o *ofdReader) attachments(name, where string) error {
	if name == "" || o.seen[name] {
		return nil
	}
	o.seen[name] = true
	type attached struct {
		title, entry string
		hidden       bool
	}
	var all []attached
	var text strings.Builder
	err := o.xml(name, func(e *event) {
		switch {
		case e.kind == opens && e.name == "Attachment":
			title := e.attr("Name")
			if f := e.attr("Format"); f != "" && !strings.HasSuffix(title, "."+f) {
				title += "." + f
			}
			all = append(all, attached{title: title, hidden: e.attr("Visible") == "false"})
			o.p.add("property of attachment", true, title+" "+e.attr("Usage")+" "+e.attr("CreationDate"))
		case e.kind == opens:
			text.Reset()
		case e.kind == chars:
			text.Write(e.text)
		case e.kind == shuts && e.name == "FileLoc" && len(all) > 0:
			all[len(all)-1].entry = o.resolve(name, text.String())
		}
	})
	if err := o.o.skip(&o.p, "attachments"+where, false, name, err); err != nil {
		return err
	}
	for _, a := range all {
		if a.entry == "" {
			o.p.unread("attachment "+clip(a.title), a.hidden, a.title, "damaged")
			continue
		}
		if err := o.enterEntry("attachment "+clip(a.title), a.hidden, a.entry); err != nil {
			return err
		}
	}
	return nil
}

// enterEntry opens an entry as the file it is.
func (o *ofdReader) enterEntry(label string, hidden bool, name string) error {
	o.seen[name] = true
	content, err := o.read(name)
	if err == nil {
		o.o.files++ // the directory has counted it
		err = o.o.enter(&o.p, label, hidden, name, content)
	}
	return o.o.skip(&o.p, label, hidden, name, err)
}

// rest accounts for every entry that no document names.
func (o *ofdReader) rest() error {
	for _, name := range o.names {
		if o.seen[name] {
			continue
		}
		lower, b := strings.ToLower(name), base(name)
		ending := path.Ext(lower)
		var err error
		switch {
		case strings.Contains(lower, "/signs/") || strings.Contains(lower, "signature"):
			err = o.seal(name, b, ending)
		case ending == ".xml":
			err = o.plain("other part "+b, name)
		case ending == ".ttf" || ending == ".otf" || ending == ".ttc":
			o.p.add("font "+b, true, name)
		case slices.Contains([]string{".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".jb2"}, ending):
			err = o.enterEntry("image "+b, false, name)
		default:
			err = o.enterEntry("embedded object "+b, true, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// plain reads XML of no known role: tags, resources, versions.
func (o *ofdReader) plain(label, name string) error {
	g := glyphs{veil: o.o.veil}
	if err := o.o.skip(&o.p, label, true, name, o.xml(name, g.take)); err != nil {
		return err
	}
	if g.arrange(); g.seen.Len() > 0 {
		o.p.add("page outside the document "+base(name), true, g.seen.String())
	}
	o.p.add("hidden text in "+label, true, g.unseen.String())
	// Resources name files, versions and tags refer to objects by number.
	numbers := strings.Trim(g.text.String(), "0123456789 \n") == ""
	switch lower := strings.ToLower(label); {
	case numbers || strings.Contains(lower, "res.xml") || strings.Contains(lower, "version"):
		o.p.add("property of "+label, true, g.text.String())
	default:
		o.p.add(label, true, g.text.String())
	}
	g.asides(" of "+label, &o.p)
	return nil
}

// seal lists what a signature says: the seal and who made it. Its values are
// numbers.
func (o *ofdReader) seal(name, b, ending string) error {
	if ending == ".xml" {
		return o.plain("property signature "+b, name)
	}
	content, err := o.read(name)
	if err == nil {
		o.p.add("property seal "+b, true, strings.Join(loose(content), "\n"))
	}
	return o.o.skip(&o.p, "property seal "+b, true, name, err)
}
