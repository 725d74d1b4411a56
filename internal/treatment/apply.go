package treatment

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"shenfa/internal/document"
)

// Apply replaces excerpts in the file itself, wherever they stand, and leaves all
// else as it is. It opens the result again: missed are the masks whose excerpt it
// found nowhere, or that is still there, as in the pixels of a picture. The name
// of the file is the caller's to change.
func Apply(ctx context.Context, tools Tools, name string, data []byte, all []Mask, limits document.Limits) (out []byte, missed []Mask, err error) {
	ctx, cancel := context.WithTimeout(ctx, limits.Time)
	defer cancel()
	w := masker{ctx: ctx, tools: tools, limits: limits, masks: newMasks(all)}
	before, out, err := w.file(name, data)
	if err != nil {
		return nil, nil, because(err)
	}
	after, err := document.OpenWith(ctx, tools.Tools, name, out, limits)
	if err != nil {
		return nil, nil, cannot("not_proved", "the masked file cannot be read")
	}
	if part := w.elsewhere(before, after); part != "" {
		return nil, nil, cannot("not_proved", "another part changed")
	}
	for _, p := range after.Parts[:len(after.Parts)-1] {
		for i, words := range w.masks.cut {
			if w.masks.seen[i] && (holds(p.Text, words) || holds(p.Name, words)) {
				w.masks.seen[i] = false
			}
		}
	}
	for i, found := range w.masks.seen {
		if !found && !slices.Contains(w.missing, all[i]) {
			missed = append(missed, all[i])
		}
	}
	return out, append(missed, w.missing...), nil
}

func holds(s string, words []string) bool {
	if len(words) == 0 {
		return false
	}
	for at := 0; ; {
		n := strings.Index(s[at:], words[0])
		if n < 0 {
			return false
		}
		if match(s, at+n, words) > 0 {
			return true
		}
		at += n + 1
	}
}

// masker masks one file with everything inside it.
type masker struct {
	ctx     context.Context //nolint:containedctx // the life of one call
	tools   Tools
	limits  document.Limits
	masks   *masks
	nested  int
	missing []Mask // said by others to be nowhere
}

// elsewhere is a part that no excerpt stood in and that is not there any more as
// it was, or empty.
func (w *masker) elsewhere(before, after document.Document) string {
	left := map[string]int{}
	for _, p := range after.Parts {
		left[p.Text]++
	}
	for _, p := range before.Parts {
		touched := slices.ContainsFunc(w.masks.cut, func(words []string) bool { return holds(p.Text, words) || holds(p.Name, words) })
		source := before.Kind == document.XML || strings.Contains(p.Text, `\u`) // what it says is spelled otherwise
		formula := strings.HasPrefix(p.Name, "formulas of ") || strings.HasPrefix(p.Name, "other part calcChain") || strings.Contains(p.Name, "defined names")
		if left[p.Text]--; left[p.Text] < 0 && !touched && !formula && !source && p.Unread == "" {
			return p.Name
		}
	}
	return ""
}

// file masks a file by what its bytes say.
func (w *masker) file(name string, data []byte) (document.Document, []byte, error) {
	places := map[string]map[int]string{}
	d, err := document.OpenPlaces(w.ctx, w.tools.Tools, name, data, w.limits, func(p document.Place) {
		if places[p.Entry] == nil {
			places[p.Entry] = map[int]string{}
		}
		places[p.Entry][p.Element] = p.Text
	})
	if err != nil {
		return d, nil, err
	}
	out := data
	switch packed := bytes.HasPrefix(data, []byte("PK")); d.Kind {
	case document.Mail: // what is encoded for its journey stays, and is missed
		out, err = w.text(document.Text, data)
	case document.Text, document.Markdown, document.XML:
		out, err = w.text(d.Kind, data)
	case document.HTML:
		out, err = w.html(data)
	case document.DOCX, document.XLSX, document.PPTX, document.OFD:
		if !packed {
			return d, nil, cannot("needs_converter", "%s", d.Kind)
		}
		out, err = w.zip(data, places, true)
	case document.Zip:
		out, err = w.zip(data, places, false)
	case document.PDF:
		if w.tools.MaskPDF == nil {
			return d, nil, cannot("unsupported", "pdf")
		}
		var missing []Mask
		out, missing, err = w.tools.MaskPDF(w.ctx, data, w.masks.all)
		for i, one := range w.masks.all {
			w.masks.seen[i] = w.masks.seen[i] || !slices.Contains(missing, one)
		}
	case document.Image:
		if slices.ContainsFunc(d.Parts[1:], func(p document.Part) bool { return len(w.masks.in(p.Text)) > 0 }) {
			out, _, err = cleanPicture(data)
		}
	default:
		return d, nil, cannot("unsupported", "%s", d.Kind)
	}
	return d, out, err
}

// zip masks the entries of a container, in their order.
func (w *masker) zip(data []byte, places map[string]map[int]string, office bool) ([]byte, error) {
	a, err := readArchive(data, w.limits)
	if err != nil {
		return nil, err
	}
	edited := map[string][]byte{}
	renamed := map[string]string{}
	unchained := false
	for _, name := range a.names {
		if err := w.ctx.Err(); err != nil {
			return nil, cannot("too_slow", "")
		}
		content, err := a.read(name)
		if err != nil {
			return nil, err
		}
		var out []byte
		if office && isXML(name) {
			var dropped bool
			out, dropped, err = w.entry(name, content, places[name])
			unchained = unchained || dropped
		} else if out, err = w.inner(name, content); !office {
			renamed[name], _ = w.masks.replace(name)
		}
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(out, content) {
			edited[name] = out
		}
	}
	if chain := a.find("xl/calcChain.xml"); unchained && chain != "" {
		if err := w.unchain(a, edited, chain); err != nil {
			return nil, err
		}
	}
	return rewrite(data, a, edited, renamed)
}

// inner masks a file inside a container. One that cannot be masked stays as it is;
// if an excerpt is in it, the caller is told.
func (w *masker) inner(name string, content []byte) ([]byte, error) {
	if w.nested >= w.limits.Nested || len(content) == 0 {
		return content, nil
	}
	w.nested++
	_, out, err := w.file(path.Base(name), content)
	w.nested--
	if err != nil {
		if bad := (*document.Unreadable)(nil); errors.As(err, &bad) || errors.Is(err, ErrCannotTreat) {
			return content, nil
		}
		return nil, err
	}
	return out, nil
}

func isXML(name string) bool {
	ending := path.Ext(strings.ToLower(name))
	return ending == ".xml" || ending == ".rels" || ending == ".vml"
}

// entry masks one XML entry of a package, and says whether formulas went.
func (w *masker) entry(name string, content []byte, places map[int]string) ([]byte, bool, error) {
	t, err := readTape(content)
	if err != nil {
		return content, false, nil //nolint:nilerr // the reader calls it damaged, or reads it as a browser would
	}
	skip, dropped := func(int) bool { return false }, false
	if strings.Contains(name, "/worksheets/") || strings.HasSuffix(name, "/workbook.xml") {
		dropped = t.maskCells(w.masks, places)
		skip = func(i int) bool {
			e := t.within(i)
			return e == "v" || e == "f" || e == "definedName"
		}
	}
	before := len(t.edits)
	t.mask(w.masks, places, skip)
	if len(t.edits) == before && !dropped && before == 0 {
		return content, false, nil
	}
	return t.bytes(), dropped, nil
}

// maskCells masks what cells show for their values, and takes out the formulas
// that would bring it back. It says whether any went.
func (t *tape) maskCells(m *masks, places map[int]string) bool {
	shared := map[string]bool{}
	dropped := false
	element, number := -1, 0
	cell, formula, kind := -1, -1, ""
	for i := range t.tokens {
		if t.element(i) {
			element++
			switch t.name(i) {
			case "c":
				cell, formula, kind, number = i, -1, t.attr(i, "t"), element
			case "f":
				if formula = i; cell < 0 || t.last(cell) < i {
					formula = -1 // of a rule
				} else if _, hit := m.replace(t.inner(i)); hit {
					dropped = true
					shared[t.attr(i, "si")] = true
					t.drop(i)
				}
			case "v":
				if cell < 0 || t.last(cell) < i || kind == "s" {
					continue
				}
				text := places[number]
				if text == "" {
					text = t.inner(i)
				}
				if out, hit := m.replace(text); hit {
					if formula > 0 {
						dropped = true
						shared[t.attr(formula, "si")] = true
					}
					t.inlineCell(cell, out)
				}
			case "definedName":
				if out, hit := m.replace(t.inner(i) + "\n" + t.attr(i, "name")); hit && out != "" {
					t.drop(i)
				}
			}
		}
	}
	delete(shared, "")
	for i := range t.tokens {
		if len(shared) > 0 && t.element(i) && t.name(i) == "f" && shared[t.attr(i, "si")] {
			t.drop(i)
		}
	}
	return dropped
}

// inlineCell makes a cell hold a text, in the style it has.
func (t *tape) inlineCell(cell int, text string) {
	tag := "<" + t.full(cell)
	for _, a := range t.attributes(cell) {
		if a.full == "r" || a.full == "s" {
			tag += " " + a.full + `="` + escape(a.value) + `"`
		}
	}
	prefix := strings.TrimSuffix(t.full(cell), "c")
	t.empty(cell)
	t.put(cell, tag+` t="inlineStr"><`+prefix+`is><`+prefix+`t xml:space="preserve">`+escape(text)+`</`+prefix+`t></`+prefix+`is>`)
}

// unchain takes out the list of formulas, which no longer fits: it is made anew
// when the workbook is opened.
func (w *masker) unchain(a *archive, edited map[string][]byte, chain string) error {
	for _, name := range []string{"[Content_Types].xml", "xl/_rels/workbook.xml.rels"} {
		content, ok := edited[name]
		if !ok {
			var err error
			if content, err = a.read(name); err != nil {
				return err
			}
		}
		t, err := readTape(content)
		if err != nil {
			return err
		}
		for i := range t.tokens {
			if t.element(i) && (strings.HasSuffix(t.attr(i, "PartName"), "/calcChain.xml") || t.name(i) == "Relationship" && path.Base(t.attr(i, "Target")) == "calcChain.xml") {
				t.drop(i)
			}
		}
		edited[name] = t.bytes()
	}
	edited[chain] = nil
	return nil
}

// rewrite writes a zip again with some entries changed, renamed, or, where nothing
// is left of them, gone. The others keep their bytes.
func rewrite(data []byte, a *archive, edited map[string][]byte, renamed map[string]string) ([]byte, error) {
	if len(edited) == 0 && !slices.ContainsFunc(a.names, func(n string) bool { return renamed[n] != "" && renamed[n] != n }) {
		return data, nil
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range a.names {
		f := a.files[name]
		content, changed := edited[name]
		if changed && content == nil {
			continue
		}
		head := f.FileHeader
		if to := renamed[name]; to != "" && to != name {
			head.Name, head.NonUTF8 = to, false
			if !changed {
				var err error
				if content, err = a.read(name); err != nil {
					return nil, fmt.Errorf("write zip: %w", err)
				}
				changed = true
			}
		}
		if !changed {
			if err := z.Copy(f); err != nil {
				return nil, fmt.Errorf("write zip: %w", err)
			}
			continue
		}
		to, err := z.CreateHeader(&zip.FileHeader{Name: head.Name, Method: head.Method, Modified: head.Modified, NonUTF8: head.NonUTF8})
		if err != nil {
			return nil, fmt.Errorf("write zip: %w", err)
		}
		if _, err := to.Write(content); err != nil {
			return nil, fmt.Errorf("write zip: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("write zip: %w", err)
	}
	return out.Bytes(), nil
}
