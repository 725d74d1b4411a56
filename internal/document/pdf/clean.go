package pdf

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Removed is something that was in a file and is not in its derivative.
type Removed struct {
	Part string // as [Part.Name], or the page
	// Code never changes: annotation, attachment, bookmark, covered, form_field,
	// image_metadata, invisible, layer, link, media, metadata, other, outside,
	// pixels, revision, script, stray.
	Code string
}

// codes of what is removed, by what the names of parts begin with. The first
// that fits counts.
var removedCodes = []struct{ prefix, code string }{
	{"text of earlier revision", "revision"},
	{"text of pages that are no longer shown", "revision"},
	{"earlier revision", "revision"},
	{"objects of earlier revisions", "revision"},
	{"text under", "covered"},
	{"text behind", "covered"},
	{"text layer", "invisible"},
	{"invisible text", "invisible"},
	{"text in the colour", "invisible"},
	{"tiny text", "invisible"},
	{"text given out", "invisible"},
	{"alternative text", "invisible"},
	{"text outside", "outside"},
	{"text on page", "layer"},
	{"names of layers", "layer"},
	{"drawing in a layer", "layer"},
	{"metadata", "metadata"},
	{"document information", "metadata"},
	{"property", "metadata"},
	{"bookmarks", "bookmark"},
	{"JavaScript", "script"},
	{"launch action", "script"},
	{"link target", "link"},
	{"attachment", "attachment"},
	{"description of attachment", "attachment"},
	{"form field", "form_field"},
	{"hidden form field", "form_field"},
	{"XFA form", "form_field"},
	{"multimedia", "media"},
	{"bytes", "stray"},
}

func removedCode(part string) string {
	for _, c := range removedCodes {
		if strings.HasPrefix(part, c.prefix) {
			return c.code
		}
	}
	if strings.Contains(part, " on page ") || strings.HasPrefix(part, "annotation") {
		return "annotation"
	}
	return "other"
}

// Clean makes a file that looks the same page by page and holds nothing else:
// of what a page draws only what is seen, and of the rest of the file nothing.
// Annotations and fields that are seen become part of the page; notes and links
// are dropped. A page that cannot be taken apart with certainty becomes a
// picture of itself, which the list says. That the new file looks the same, says
// the same and hides nothing is proved before it is handed out. It returns an
// [Unreadable] where that cannot be done.
func (r *Reader) Clean(ctx context.Context, data []byte, limits Limits) ([]byte, []Removed, error) {
	t, err := r.treat(ctx, data, nil, limits)
	if err != nil {
		return nil, nil, err
	}
	return t.out, t.removed, nil
}

// Mask is a text that is to go, and what is shown in its place.
type Mask struct {
	Excerpt string
	// With is written into a box in its place if it is printable ASCII; if not,
	// the box is black.
	With string
}

// Mask is [Reader.Clean] that also takes the texts out wherever they stand,
// also with spaces in between or over the end of a line. It returns the masks
// whose text is nowhere in the file, as that of a picture.
func (r *Reader) Mask(ctx context.Context, data []byte, masks []Mask, limits Limits) ([]byte, []Mask, error) {
	t, err := r.treat(ctx, data, masks, limits)
	if err != nil {
		return nil, nil, err
	}
	var missing []Mask
	for i, m := range masks {
		if !t.found[i] {
			missing = append(missing, m)
		}
	}
	return t.out, missing, nil
}

// treatment is one file being treated.
type treatment struct {
	m       *machine
	limits  Limits
	masks   []Mask
	found   []bool
	data    []byte  // the file
	noted   []noted // by page
	flat    []byte  // the file with its annotations as part of its pages
	copier  *copier
	pages   []*treated
	removed []Removed
	out     []byte
}

// treated is one page of the new file.
type treated struct {
	object string // its page object
	pixels bool
	says   string // its visible text, in the order of characters
	masks  []patch
	dim    []Box // of text that is hardly seen and gone, on the page as it is shown
	proved bool
	// reference is how the page is to look.
	reference reference
}

func (r *Reader) treat(ctx context.Context, data []byte, masks []Mask, limits Limits) (*treatment, error) {
	t := &treatment{limits: limits, masks: masks, found: make([]bool, len(masks))}
	err := r.with(ctx, data, limits, func(m *machine, begin int) error {
		t.m = m
		if begin > 0 {
			t.removed = append(t.removed, Removed{"bytes before the beginning", "stray"})
		}
		return t.run(data[begin:])
	})
	return t, err
}

func (t *treatment) run(data []byte) error {
	o := newOpening(t.m, t.limits)
	o.noImages = true
	if err := o.open(data); err != nil {
		return err
	}
	if err := t.look(o.doc); err != nil {
		return err
	}
	t.data, t.noted = data, o.noted
	var err error
	if t.flat, err = t.m.flattened(data, o.noted); err != nil {
		return err
	}
	if err := t.takeApart(t.flat); err != nil {
		return err
	}
	if len(t.pages) != len(o.doc.Pages) {
		return unreadable("damaged", "%d pages of %d", len(t.pages), len(o.doc.Pages))
	}
	const rounds = 4
	for range rounds {
		if err := t.compare(); err != nil {
			return err
		}
		again, err := t.prove()
		if err != nil {
			return err
		}
		if !again {
			t.account()
			return nil
		}
	}
	return unreadable("damaged", "its derivative is not clean")
}

// look takes down what there is to be removed, and refuses a file with pages
// that nobody could read.
func (t *treatment) look(d Document) error {
	for _, p := range d.Parts {
		if p.Unread == "" {
			t.find(p.Text)
		}
		if code := removedCode(p.Name); code == "form_field" || code == "attachment" {
			t.find(p.Name) // names a thing by what the file calls it
		}
		if p.Unread != "" && p.Unread != "image" &&
			(strings.HasPrefix(p.Name, "page") || strings.HasPrefix(p.Name, "annotations of page")) {
			return unreadable(p.Unread, "%s", p.Name)
		}
		if p.Hidden {
			// That text is seen and stays; only the mark goes.
			name := strings.Replace(p.Name, "text marked for redaction but not removed", "redaction mark", 1)
			t.removed = append(t.removed, Removed{name, removedCode(name)})
		}
	}
	for _, f := range d.Files {
		t.find(f.Name)
		t.find(string(f.Data))
		code, part := "attachment", "attachment "+clip(f.Name)
		if strings.HasPrefix(f.Name, "bytes ") {
			code, part = "stray", f.Name
		}
		t.removed = append(t.removed, Removed{part, code})
	}
	return nil
}

// find notes which masks have something to mask in a text.
func (t *treatment) find(text string) {
	if len(t.masks) == 0 {
		return
	}
	text = squeeze(text)
	for i, m := range t.masks {
		if e := squeeze(m.Excerpt); e != "" && strings.Contains(text, e) {
			t.found[i] = true
		}
	}
}

// account completes the list of what was removed.
func (t *treatment) account() {
	for i, p := range t.pages {
		if p.pixels {
			t.removed = append(t.removed, Removed{fmt.Sprintf("page %d", i+1), "pixels"})
		}
	}
	if t.copier.images > 0 {
		t.removed = append(t.removed, Removed{fmt.Sprintf("metadata of %d images", t.copier.images), "image_metadata"})
	}
	for i, r := range slices.Backward(t.removed) {
		if slices.Contains(t.removed[:i], r) {
			t.removed = slices.Delete(t.removed, i, i+1)
		}
	}
}

// takeApart writes the pages of a file anew.
func (t *treatment) takeApart(data []byte) error {
	if err := t.m.load(data); err != nil {
		return err
	}
	x := sweep(t.m.ctx, data, t.limits)
	if x.full {
		return unreadable("too_large", "objects")
	}
	t.copier = newCopier(x)
	o := newOpening(t.m, t.limits)
	o.layers = x.layers()
	sheets := x.sheets(t.limits.Pages)
	n := number(t.m.call("FPDF_GetPageCount", t.m.document))
	if n != len(sheets) {
		return unreadable("damaged", "%d pages of %d", len(sheets), n)
	}
	budget := max(t.limits.Unpacked, 1)
	for i, sheet := range sheets {
		p, err := t.page(o, i, sheet, &budget)
		if err != nil {
			return err
		}
		t.pages = append(t.pages, p)
	}
	t.copier.drain()
	return t.m.failed()
}

// failed is the failure of a machine that stopped.
func (m *machine) failed() error {
	if m.err == nil {
		return nil
	}
	return m.failure()
}

// page takes one page apart. If that cannot be done it is to become a picture.
func (t *treatment) page(o *opening, i int, sheet sheet, budget *int) (*treated, error) {
	m, p := t.m, &treated{}
	page := m.call("FPDF_LoadPage", m.document, uint64(i))
	s := o.scene(page) // changes how some text is read
	words := m.call("FPDFText_LoadPage", page)
	if page == 0 || words == 0 {
		if err := m.failed(); err != nil {
			return nil, err
		}
		return nil, unreadable("damaged", "page %d", i+1)
	}
	defer func() {
		m.call("FPDFText_ClosePage", words)
		m.call("FPDF_ClosePage", page)
	}()
	v := &view{t: t, s: s, words: words, page: p, glyphs: s.glyphs(words), crop: s.crop()}
	s.judge(v.glyphs)
	v.mark()
	content, err := t.copier.content(sheet["Contents"])
	var body string
	var n *names
	if err == nil {
		e := &editor{copier: t.copier, items: s.items, fate: v.fate, layers: t.copier.x.switchedOff(o.layers), crop: v.crop, budget: budget}
		body, n, err = e.page(content, t.copier.x.dict(sheet["Resources"]))
	}
	switch {
	case m.err != nil:
		return nil, m.failure()
	case errors.Is(err, errUncertain):
		p.pixels = true
		return p, nil
	case err != nil:
		return nil, err
	}
	d := dict(sheet)
	if d["UserUnit"] != nil { // no reader agrees with another
		p.pixels = true
		return p, nil
	}
	if len(p.masks) > 0 {
		body = "q\n" + body + "Q\n" + patches(t.copier, n, p.masks)
	}
	entries := t.copier.some(d, "MediaBox", "CropBox", "Rotate")
	if d["MediaBox"] == nil {
		entries += "/MediaBox[0 0 612 792]"
	}
	p.object = t.copier.unique(fmt.Sprintf("<</Type/Page/Parent %s%s%s/Resources%s/Contents %s>>",
		treeMark, entries, t.copier.group(d), n, t.copier.packed("", []byte(body))))
	return p, nil
}

var pageNumber = regexp.MustCompile(`\bpage (\d+)`)

// prove opens the new file as anybody would. It answers true if a page did not
// stand the proof and is to become a picture.
func (t *treatment) prove() (bool, error) {
	o := newOpening(t.m, t.limits)
	o.noImages = true
	if err := o.open(t.out); err != nil {
		return false, fmt.Errorf("open derivative: %w", err)
	}
	if len(o.doc.Files) > 0 || len(o.doc.Pages) != len(t.pages) {
		return false, unreadable("damaged", "its derivative is not clean")
	}
	again := false
	fail := func(i int, what string) error {
		if i < 0 || i >= len(t.pages) || t.pages[i].pixels {
			return unreadable("damaged", "its derivative has %s", what)
		}
		*t.pages[i] = treated{pixels: true, masks: t.pages[i].masks}
		again = true
		return nil
	}
	for _, p := range o.doc.Parts {
		masked := p.Unread == "" && t.holds(p.Text)
		if !p.Hidden && !masked {
			continue
		}
		i := -1
		if n := pageNumber.FindStringSubmatch(p.Name); n != nil {
			i, _ = strconv.Atoi(n[1])
			i--
		}
		if err := fail(i, removedCode(p.Name)); err != nil {
			return false, err
		}
	}
	for i, p := range t.pages {
		if !p.pixels && said(o.doc.Pages[i].Lines) != p.says {
			if err := fail(i, "another text"); err != nil {
				return false, err
			}
		}
	}
	return again, nil
}

// holds says whether a text has something in it that was to be masked.
func (t *treatment) holds(text string) bool {
	text = squeeze(text)
	for _, m := range t.masks {
		if e := squeeze(m.Excerpt); e != "" && strings.Contains(text, e) {
			return true
		}
	}
	return false
}

// said is the text of lines as characters in their own order: what stays the
// same however lines are put together.
func said(lines []Line) string {
	var all []rune
	for _, l := range lines {
		all = append(all, []rune(squeeze(l.Text))...)
	}
	slices.Sort(all)
	return string(all)
}
