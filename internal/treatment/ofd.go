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

// ofdBuilder builds a new OFD (GB/T 33190-2016) from what the pages of an old one
// need: their content, templates, resources and the looks of annotations.
type ofdBuilder struct {
	ctx     context.Context //nolint:containedctx // the life of one call
	in      *archive
	places  map[string]map[int]string
	folder  string // of the document that is being built
	carried map[string]string
	counts  map[string]int
	out     []member
	removed []Removed
}

const nsOFD = `xmlns:ofd="http://www.ofdspec.org/2016"`

// sanitiseOFD makes the derivative of an OFD. One with a seal is not treated: the
// seal would no longer be valid.
func sanitiseOFD(ctx context.Context, data []byte, places map[string]map[int]string, limits document.Limits) ([]byte, []Removed, error) {
	in, err := readArchive(data, limits)
	if err != nil {
		return nil, nil, err
	}
	b := &ofdBuilder{ctx: ctx, in: in, places: places, carried: map[string]string{}, counts: map[string]int{}}
	root := in.find("OFD.xml")
	t, err := in.tape(root)
	if err != nil {
		return nil, nil, err
	}
	index := xml.Header + `<ofd:OFD ` + nsOFD + ` Version="1.0" DocType="OFD">`
	n := 0
	for i := range t.tokens {
		if !t.element(i) {
			continue
		}
		switch t.name(i) {
		case "Signatures":
			return nil, nil, cannot("unsupported", "a sealed ofd")
		case "DocRoot":
			b.folder = fmt.Sprintf("Doc_%d", n)
			n++
			if err := b.document(b.resolve(root, t.inner(i))); err != nil {
				return nil, nil, err
			}
			index += `<ofd:DocBody><ofd:DocInfo><ofd:DocID>` + strings.Repeat("0", 32) + `</ofd:DocID></ofd:DocInfo><ofd:DocRoot>` + b.folder + `/Document.xml</ofd:DocRoot></ofd:DocBody>`
		}
	}
	b.removed = append(b.removed, Removed{root, "metadata"})
	for _, name := range in.names {
		if _, ok := b.carried[name]; !ok && name != root {
			b.removed = append(b.removed, Removed{name, ofdReason(name)})
		}
	}
	slices.SortStableFunc(b.out, func(x, y member) int { return strings.Compare(x.name, y.name) })
	out, err := writeArchive(append([]member{{"OFD.xml", []byte(index + `</ofd:OFD>`)}}, b.out...))
	return out, b.removed, err
}

func ofdReason(name string) string {
	lower := strings.ToLower(name)
	for _, known := range [][2]string{{"attach", "embedded_object"}, {"tag", "custom_data"}, {"annot", "comments"}, {"pages/", "unused"}, {"res", "unused"}} {
		if strings.Contains(lower, known[0]) {
			return known[1]
		}
	}
	return "foreign"
}

// resolve finds the entry a place names, as the reader of documents does.
func (b *ofdBuilder) resolve(from, loc string) string {
	loc = strings.ReplaceAll(strings.TrimSpace(loc), `\`, "/")
	if strings.HasPrefix(loc, "/") {
		return b.in.find(strings.TrimPrefix(path.Clean(loc), "/"))
	}
	for _, name := range []string{path.Join(path.Dir(from), loc), path.Clean(loc), path.Join(path.Dir(path.Dir(from)), loc)} {
		if found := b.in.find(name); found != "" {
			return found
		}
	}
	return ""
}

// keptDocument are the elements of a document that its pages need.
var keptDocument = set("CommonData Pages Annotations")

// document takes a document over.
func (b *ofdBuilder) document(name string) error {
	return b.xml(name, b.folder+"/Document.xml", func(t *tape) error {
		root := -1
		for i := range t.tokens {
			if !t.element(i) || t.gone(i) {
				continue
			}
			element := t.name(i)
			switch {
			case root < 0:
				root = i
			case t.up(i) == root && !keptDocument[element]:
				t.drop(i)
			case element == "Page" || element == "TemplatePage":
				if err := b.located(t, i, name, map[bool]string{true: "Tpls/tpl_#.xml", false: "Pages/page_#.xml"}[element == "TemplatePage"], b.page); err != nil {
					return err
				}
				t.change(i, func(a attribute) (string, bool) { return a.value, a.full != "Name" })
			case element == "PublicRes" || element == "DocumentRes":
				if err := b.told(t, i, name, "Res/#_res.xml", b.resources); err != nil {
					return err
				}
			case element == "Annotations":
				if err := b.told(t, i, name, "Annots/annotations_#.xml", b.annotations); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// located carries over what an attribute names, and writes where it stands now.
func (b *ofdBuilder) located(t *tape, i int, from, place string, clean func(string, *tape) error) error {
	to, err := b.carry(b.resolve(from, t.attr(i, "BaseLoc")), place, clean)
	if err != nil {
		return err
	}
	t.change(i, func(a attribute) (string, bool) {
		if a.full == "BaseLoc" {
			return "/" + to, true
		}
		return a.value, true
	})
	return nil
}

// told carries over what the text of an element names. With nothing there the
// element goes.
func (b *ofdBuilder) told(t *tape, i int, from, place string, clean func(string, *tape) error) error {
	old := b.resolve(from, t.inner(i))
	if old == "" {
		t.drop(i)
		return nil
	}
	to, err := b.carry(old, place, clean)
	if err != nil {
		return err
	}
	t.empty(i)
	t.put(i, string(t.now(i))+"/"+to)
	return nil
}

func (b *ofdBuilder) carry(old, place string, clean func(string, *tape) error) (string, error) {
	if old == "" {
		return "", cannot("damaged", "ofd")
	}
	if to, ok := b.carried[old]; ok {
		return to, nil
	}
	if b.ctx.Err() != nil {
		return "", cannot("too_slow", "")
	}
	b.counts[b.folder+place]++
	to := b.folder + "/" + strings.Replace(place, "#", fmt.Sprintf("%04d", b.counts[b.folder+place]), 1)
	return to, b.xml(old, to, func(t *tape) error { return clean(old, t) })
}

// xml cleans an entry that is XML and writes it under its new name.
func (b *ofdBuilder) xml(old, to string, clean func(t *tape) error) error {
	if old == "" {
		return cannot("damaged", "ofd")
	}
	b.carried[old] = to
	t, err := b.in.tape(old)
	if err != nil {
		return err
	}
	veiled, element := b.places[old], -1
	for i := range t.tokens {
		switch {
		case t.tokens[i].kind == aside && i > 0:
			t.drop(i)
		case t.element(i):
			element++
			if text, ok := veiled[element]; ok && text == "" || t.attr(i, "Visible") == "false" || t.attr(i, "Visible") == "0" {
				t.drop(i)
				b.removed = append(b.removed, Removed{old, "hidden_text"})
			}
			if name := t.name(i); name == "Actions" || name == "CustomDatas" || name == "Extension" {
				t.drop(i)
			}
		}
	}
	if err := clean(t); err != nil {
		return err
	}
	b.out = append(b.out, member{to, t.bytes()})
	return nil
}

// page carries over the resources of a page.
func (b *ofdBuilder) page(old string, t *tape) error {
	for i := range t.tokens {
		if t.element(i) && !t.gone(i) && t.name(i) == "PageRes" {
			if err := b.told(t, i, old, "Res/#_res.xml", b.resources); err != nil {
				return err
			}
		}
	}
	return nil
}

// resources carries over pictures and fonts.
func (b *ofdBuilder) resources(old string, t *tape) error {
	base := ""
	for i := range t.tokens {
		if !t.element(i) || t.gone(i) {
			continue
		}
		switch name := t.name(i); name {
		case "Res":
			base = t.attr(i, "BaseLoc")
			t.change(i, func(a attribute) (string, bool) { return a.value, a.full != "BaseLoc" })
		case "MediaFile", "FontFile":
			from := b.resolve(old, path.Join(base, t.inner(i)))
			if from == "" {
				from = b.resolve(old, t.inner(i))
			}
			to, err := b.media(from, name == "FontFile")
			if err != nil {
				return err
			}
			t.empty(i)
			t.put(i, string(t.now(i))+"/"+to)
		}
	}
	return nil
}

// media carries over a picture, cleaned, or a font, which every page needs to
// look the same.
func (b *ofdBuilder) media(old string, font bool) (string, error) {
	if to, ok := b.carried[old]; ok {
		return to, nil
	}
	if old == "" {
		return "", cannot("damaged", "ofd")
	}
	data, err := b.in.read(old)
	if err != nil {
		return "", err
	}
	stem, format := "image", strings.ToLower(path.Ext(old))
	switch {
	case font && slices.Contains([]string{".ttf", ".otf", ".ttc"}, format):
		stem = "font"
	case font:
		return "", cannot("unsupported", "font")
	case format == ".jb2":
	default:
		if data, format, err = cleanPicture(data); err != nil {
			return "", err
		}
	}
	b.counts[b.folder+stem]++
	to := fmt.Sprintf("%s/Res/%s_%d%s", b.folder, stem, b.counts[b.folder+stem], format)
	b.carried[old] = to
	b.out = append(b.out, member{to, data})
	return to, nil
}

// annotations keeps what annotations look like, not who made them or why.
func (b *ofdBuilder) annotations(old string, t *tape) error {
	for i := range t.tokens {
		if t.element(i) && !t.gone(i) && t.name(i) == "FileLoc" {
			err := b.told(t, i, old, "Annots/page_#.xml", func(_ string, t *tape) error {
				for i := range t.tokens {
					if !t.element(i) || t.gone(i) {
						continue
					}
					switch t.name(i) {
					case "Remark", "Parameters":
						t.drop(i)
					case "Annot":
						t.change(i, func(a attribute) (string, bool) {
							return a.value, a.full != "Creator" && a.full != "LastModDate" && a.full != "Subtype"
						})
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
