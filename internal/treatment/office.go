package treatment

import (
	"context"
	"encoding/xml"
	"fmt"
	"path"
	"slices"
	"strings"

	"shenfa/internal/document"
)

// office builds a new package from an old one: it follows the relationships that
// a document needs to look the same, cleans each part it carries over, and leaves
// everything else behind.
type office struct {
	ctx     context.Context //nolint:containedctx // the life of one call
	in      *archive
	places  map[string]map[int]string
	from    string // the main part
	main    string // its role
	roles   map[string]role
	carried map[string]string
	counts  map[string]int
	out     []member
	types   []string // overrides
	endings map[string]bool
	removed []Removed
	fewer   map[string]int // parts that are visible to the reader of documents and went, by role
	book    *book
	deck    *deck
}

// role is what a part is to the one that points at it.
type role struct {
	place string // "word/header#.xml"; # counts
	kind  string // content type
	clean func(*office, *part) error
}

// part is one XML part while it is cleaned.
type part struct {
	*tape
	entry  string
	rels   map[string]relation
	links  []string // lines of the new relationships file
	linked map[string]string
	role   string
	notes  map[string]bool // the notes that a story refers to

	relinked bool
}

const (
	typeOffice = "application/vnd.openxmlformats-officedocument."
	typeMain   = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
)

func (b *office) gone(part, what string) {
	if r := (Removed{part, what}); !slices.Contains(b.removed, r) {
		b.removed = append(b.removed, r)
	}
}

// carry takes a part over and returns its new name.
func (b *office) carry(old, as string) (string, error) {
	if name, ok := b.carried[old]; ok {
		return name, nil
	}
	if err := b.ctx.Err(); err != nil {
		return "", cannot("too_slow", "")
	}
	if as == "image" {
		return b.picture(old)
	}
	r := b.roles[as]
	folder := path.Dir(b.roles[b.main].place)
	stem := strings.Replace(r.place, "@", folder, 1)
	if as == "styles" {
		r.kind = typeOffice + map[string]string{"word": "wordprocessingml", "xl": "spreadsheetml"}[folder] + ".styles+xml"
	}
	if strings.Contains(stem, "#") {
		b.counts[stem]++
		stem = strings.Replace(stem, "#", fmt.Sprint(b.counts[stem]), 1)
	}
	b.carried[old] = stem
	slot := len(b.out) // parts stand before what they point at
	b.out = append(b.out, member{name: stem}, member{})
	b.types = append(b.types, `<Override PartName="/`+stem+`" ContentType="`+r.kind+`"/>`)
	p, err := b.part(old, as)
	if err != nil {
		return "", err
	}
	p.scrub(b)
	if err := r.clean(b, p); err != nil {
		return "", err
	}
	if !p.relinked {
		if err := b.relink(p); err != nil {
			return "", err
		}
	}
	p.hollow()
	b.out[slot].data = p.bytes()
	if len(p.links) > 0 {
		b.out[slot+1] = member{relsOf(stem), []byte(relsHead + strings.Join(p.links, "") + "</Relationships>")}
	}
	return stem, nil
}

const relsHead = xml.Header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`

func relsOf(name string) string { return path.Join(path.Dir(name), "_rels", path.Base(name)+".rels") }

func (b *office) part(old, as string) (*part, error) {
	t, err := b.in.tape(old)
	if err != nil {
		return nil, err
	}
	all, err := b.in.relations(old)
	if err != nil {
		return nil, err
	}
	p := &part{tape: t, entry: old, role: as, rels: map[string]relation{}, linked: map[string]string{}}
	for _, r := range all {
		p.rels[r.id] = r
	}
	return p, nil
}

// picture takes a picture over.
func (b *office) picture(old string) (string, error) {
	data, err := b.in.read(old)
	if err != nil {
		return "", err
	}
	clean, ending, err := cleanPicture(data)
	if err != nil {
		return "", err
	}
	b.counts["media"]++
	name := fmt.Sprintf("%s/media/image%d%s", path.Dir(b.carried[b.from]), b.counts["media"], ending)
	b.carried[old], b.endings[ending] = name, true
	b.out = append(b.out, member{name, clean})
	if len(clean) < len(data) {
		b.gone(old, "metadata")
	}
	return name, nil
}

// link returns the id under which a part points at another, or empty if what it
// points at is left behind.
func (b *office) link(p *part, id string) (string, error) {
	if to, ok := p.linked[id]; ok {
		return to, nil
	}
	r, ok := p.rels[id]
	if !ok {
		return "", nil
	}
	target, mode := r.target, ""
	switch {
	case r.external && r.kind == "hyperlink" && plainLink(r.target):
		mode = ` TargetMode="External"`
	case r.external:
		b.gone(p.entry, map[bool]string{true: "link", false: "external"}[r.kind == "hyperlink"])
		p.linked[id] = ""
		return "", nil
	case !slices.Contains(follows[p.role], r.kind) || b.in.files[r.target] == nil || b.deck.unused(p, r):
		p.linked[id] = ""
		return "", nil
	default:
		name, err := b.carry(r.target, r.kind)
		if err != nil {
			return "", err
		}
		target = "/" + name
	}
	to := fmt.Sprintf("rId%d", len(p.links)+1)
	p.links = append(p.links, `<Relationship Id="`+to+`" Type="`+relationType(r.kind)+`" Target="`+escape(target)+`"`+mode+`/>`)
	p.linked[id] = to
	return to, nil
}

// relationType is the type of a relationship of one kind.
func relationType(kind string) string {
	if kind == "diagramDrawing" {
		return "http://schemas.microsoft.com/office/2007/relationships/diagramDrawing"
	}
	return typeMain + kind
}

// plainLink says whether a link target is an ordinary address.
func plainLink(target string) bool {
	lower := strings.ToLower(target)
	return strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "mailto:")
}

// relink gives every reference of a part its new id. An element whose reference
// is left behind goes: a link leaves its text, a picture its place.
func (b *office) relink(p *part) error {
	prefixes := p.relationPrefixes()
	for i := range p.tokens {
		if !p.element(i) || p.gone(i) || !strings.Contains(string(p.now(i)), ":") && p.name(i) != "dataModelExt" {
			continue
		}
		lost := false
		var failed error
		p.change(i, func(a attribute) (string, bool) {
			prefix, name, qualified := strings.Cut(a.full, ":")
			if !(qualified && prefixes[prefix]) && (!qualified || name != "relid") && a.full != "relId" {
				return a.value, true
			}
			to, err := b.link(p, a.value)
			if err != nil {
				failed = err
			}
			lost = lost || to == "" && name != "link" && a.value != ""
			return to, to != ""
		})
		if failed != nil {
			return failed
		}
		if lost {
			b.unlinked(p, i)
		}
	}
	return nil
}

// relationPrefixes are the prefixes that a part uses for references.
func (p *part) relationPrefixes() map[string]bool {
	all := map[string]bool{"r": true}
	for i := range p.tokens {
		if p.element(i) && strings.Contains(string(p.raw(i)), "officeDocument/2006/relationships") || p.element(i) && strings.Contains(string(p.raw(i)), "officeDocument/relationships") {
			for _, a := range p.attributes(i) {
				if name, ok := strings.CutPrefix(a.full, "xmlns:"); ok && strings.HasSuffix(a.value, "/relationships") {
					all[name] = true
				}
			}
		}
	}
	return all
}

// unlinked takes out an element that points at nothing any more.
func (b *office) unlinked(p *part, i int) {
	switch p.name(i) {
	case "hyperlink":
		if p.role == "worksheet" {
			p.drop(i)
		} else {
			p.unwrap(i)
		}
	case "imagedata", "blip", "fill", "stroke", "pageSetup": // stays, without what it referred to
	default:
		p.drop(i)
	}
}

// write finishes the package.
func (b *office) write() ([]byte, error) {
	types := xml.Header + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>`
	for _, ending := range []string{".png", ".jpeg", ".gif", ".webp", ".tiff", ".emf", ".bmp"} {
		if b.endings[ending] {
			types += `<Default Extension="` + ending[1:] + `" ContentType="image/` + map[string]string{".emf": "x-emf"}[ending] + map[bool]string{true: ending[1:]}[ending != ".emf"] + `"/>`
		}
	}
	all := []member{
		{"[Content_Types].xml", []byte(types + strings.Join(b.types, "") + "</Types>")},
		{"_rels/.rels", []byte(relsHead + `<Relationship Id="rId1" Type="` + typeMain + `officeDocument" Target="` + b.carried[b.from] + `"/></Relationships>`)},
	}
	for _, m := range b.out {
		if m.name != "" && m.data != nil {
			all = append(all, m)
		}
	}
	return writeArchive(all)
}

// left lists the parts that are not carried over.
func (b *office) left() {
	for _, name := range b.in.names {
		lower := strings.ToLower(name)
		if _, ok := b.carried[name]; ok || strings.HasSuffix(lower, ".rels") || lower == "[content_types].xml" || lower == strings.ToLower(b.from) {
			continue
		}
		what := "foreign"
		for _, known := range leftovers {
			if strings.Contains(lower, known[0]) {
				what = known[1]
				break
			}
		}
		b.gone(name, what)
		for _, role := range []string{"header", "footer", "footnote", "endnote", "chart", "diagram", "drawing", "image"} {
			if strings.Contains(lower, role) || role == "image" && strings.Contains(lower, "/media/") || role == "diagram" && strings.Contains(lower, "/diagrams/") || role == "drawing" && strings.HasSuffix(lower, ".vml") {
				b.fewer[role]++
			}
		}
	}
}

// leftovers tell from a name what was left behind.
var leftovers = [][2]string{
	{"docprops/thumbnail", "thumbnail"},
	{"docprops/", "metadata"},
	{"comment", "comments"},
	{"people", "comments"},
	{"persons/", "comments"},
	{"vba", "macros"},
	{"macrosheet", "macros"},
	{"dialogsheet", "macros"},
	{"embeddings/", "embedded_object"},
	{"activex", "embedded_object"},
	{"ctrlprops", "form"},
	{"customxml/", "custom_data"},
	{"printersettings", "printer"},
	{"pivot", "cached_data"},
	{"externallink", "external"},
	{"connections", "external"},
	{"querytable", "external"},
	{"slicer", "cached_data"},
	{"revisions", "tracked_changes"},
	{"calcchain", "formulas"},
	{"notesslide", "notes"},
	{"notesmaster", "notes"},
	{"handoutmaster", "notes"},
	{"glossary/", "unused"},
	{"worksheets/", "hidden_sheet"},
	{"slides/", "hidden_slide"},
	{"fonttable", "metadata"},
	{"websettings", "metadata"},
	{"presprops", "metadata"},
	{"viewprops", "metadata"},
	{"/media/", "unused"},
	{"header", "unused"},
	{"footer", "unused"},
	{"notes.xml", "unused"},
	{"slidelayout", "unused"},
	{"slidemaster", "unused"},
	{"theme", "unused"},
	{"charts/", "unused"},
	{"drawing", "unused"},
	{"diagram", "unused"},
	{"thumbnail", "thumbnail"},
	{"fonts/", "metadata"},
	{"tags/", "custom_data"},
}

// sanitiseOffice makes the derivative of an office document.
func sanitiseOffice(ctx context.Context, d document.Document, data []byte, places map[string]map[int]string, limits document.Limits) ([]byte, *office, error) {
	in, err := readArchive(data, limits)
	if err != nil {
		return nil, nil, err
	}
	b := &office{
		ctx: ctx, in: in, places: places, carried: map[string]string{}, counts: map[string]int{},
		endings: map[string]bool{}, fewer: map[string]int{}, roles: rolesOf(), book: &book{strings: map[int]bool{}, sheets: map[string]bool{}},
		deck: &deck{layouts: map[string]bool{}, masters: map[string]bool{}},
	}
	all, err := in.relations("")
	if err != nil {
		return nil, nil, err
	}
	for _, r := range all {
		if r.kind == "officeDocument" && in.files[r.target] != nil {
			b.from = r.target
		}
	}
	main := map[document.Kind]string{document.DOCX: "word/document.xml", document.XLSX: "xl/workbook.xml", document.PPTX: "ppt/presentation.xml"}[d.Kind]
	if b.from == "" {
		b.from = in.find(main)
	}
	b.main = map[document.Kind]string{document.DOCX: "document", document.XLSX: "workbook", document.PPTX: "presentation"}[d.Kind]
	if _, err := b.carry(b.from, b.main); err != nil {
		return nil, nil, err
	}
	b.left()
	out, err := b.write()
	return out, b, err
}
