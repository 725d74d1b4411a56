package treatment

import (
	"regexp"
	"slices"
	"strings"
)

const (
	typeWord = typeOffice + "wordprocessingml."
	typeDraw = typeOffice + "drawingml."
)

// rolesOf lists what a derivative can hold: where it stands, its type, and who
// cleans it.
func rolesOf() map[string]role {
	none := func(*office, *part) error { return nil }
	return map[string]role{
		"document":  {"word/document.xml", typeWord + "document.main+xml", cleanStory},
		"header":    {"word/header#.xml", typeWord + "header+xml", cleanStory},
		"footer":    {"word/footer#.xml", typeWord + "footer+xml", cleanStory},
		"footnotes": {"word/footnotes.xml", typeWord + "footnotes+xml", cleanNotes},
		"endnotes":  {"word/endnotes.xml", typeWord + "endnotes+xml", cleanNotes},
		"settings":  {"word/settings.xml", typeWord + "settings+xml", cleanSettings},
		"numbering": {"word/numbering.xml", typeWord + "numbering+xml", cleanNumbering},

		"workbook":      {"xl/workbook.xml", typeOffice + "spreadsheetml.sheet.main+xml", cleanWorkbook},
		"worksheet":     {"xl/worksheets/sheet#.xml", typeOffice + "spreadsheetml.worksheet+xml", cleanSheet},
		"chartsheet":    {"xl/chartsheets/sheet#.xml", typeOffice + "spreadsheetml.chartsheet+xml", none},
		"sharedStrings": {"xl/sharedStrings.xml", typeOffice + "spreadsheetml.sharedStrings+xml", cleanStrings},
		"table":         {"xl/tables/table#.xml", typeOffice + "spreadsheetml.table+xml", cleanTable},
		"drawing":       {"xl/drawings/drawing#.xml", typeOffice + "drawing+xml", cleanDrawing},

		"presentation": {"ppt/presentation.xml", typeOffice + "presentationml.presentation.main+xml", cleanDeck},
		"slide":        {"ppt/slides/slide#.xml", typeOffice + "presentationml.slide+xml", cleanDrawing},
		"slideLayout":  {"ppt/slideLayouts/slideLayout#.xml", typeOffice + "presentationml.slideLayout+xml", cleanDrawing},
		"slideMaster":  {"ppt/slideMasters/slideMaster#.xml", typeOffice + "presentationml.slideMaster+xml", cleanDrawing},
		"tableStyles":  {"ppt/tableStyles.xml", typeOffice + "presentationml.tableStyles+xml", cleanStyles},

		"styles":            {"@/styles.xml", "", cleanStyles},
		"theme":             {"@/theme/theme#.xml", typeOffice + "theme+xml", cleanTheme},
		"chart":             {"@/charts/chart#.xml", typeDraw + "chart+xml", cleanChart},
		"diagramData":       {"@/diagrams/data#.xml", typeDraw + "diagramData+xml", none},
		"diagramLayout":     {"@/diagrams/layout#.xml", typeDraw + "diagramLayout+xml", none},
		"diagramQuickStyle": {"@/diagrams/quickStyle#.xml", typeDraw + "diagramStyle+xml", none},
		"diagramColors":     {"@/diagrams/colors#.xml", typeDraw + "diagramColors+xml", none},
		"diagramDrawing":    {"@/diagrams/drawing#.xml", "application/vnd.ms-office.drawingml.diagramDrawing+xml", none},
	}
}

// unwrapped are the elements that only say something about the text in them.
var unwrapped = set("ins moveTo sdt sdtContent smartTag customXml")

// cleanStory cleans the text of a word document: insertions accepted, deletions
// gone, fields as they show, links only where they are ordinary.
func cleanStory(b *office, p *part) error {
	p.notes = map[string]bool{}
	for i := range p.tokens {
		if !p.element(i) || p.gone(i) {
			continue
		}
		switch name := p.name(i); name {
		case "altChunk":
			return cannot("embedded_content", "altChunk")
		case "del", "moveFrom", "delText", "delInstrText":
			b.gone(p.entry, "tracked_changes")
			p.delete(i)
		case "footnoteReference", "endnoteReference":
			p.notes[name+" "+p.attr(i, "id")] = true
		case "fldSimple":
			if !layout.MatchString(p.attr(i, "instr")) {
				b.gone(p.entry, "field_code")
				p.unwrap(i)
			}
		case "hyperlink":
			if p.attr(i, "id") == "" {
				p.unwrap(i)
			} else {
				p.change(i, func(a attribute) (string, bool) { return a.value, local(a.full) != "anchor" })
			}
		case "hlinkClick":
			if p.attr(i, "action") != "" {
				p.drop(i)
			}
		case "object": // its picture
			if p.tokens[i].kind == opens {
				prefix := strings.TrimSuffix(p.full(i), "object")
				p.put(i, "<"+prefix+"pict>")
				p.put(p.last(i), "</"+prefix+"pict>")
			}
		case "ffData":
			p.form(b, i)
		default:
			if unwrapped[name] {
				if name == "ins" || name == "moveTo" {
					b.gone(p.entry, "tracked_changes")
				}
				p.unwrap(i)
			}
		}
	}
	p.fields(b)
	if p.role == "document" {
		return b.beside(p)
	}
	return nil
}

// form leaves of a form field what is drawn of it.
func (p *part) form(b *office, i int) {
	b.gone(p.entry, "form")
	box := false
	for n := i + 1; n < p.last(i); n++ {
		if p.element(n) && p.name(n) == "checkBox" {
			box = true
			n = p.last(n)
		} else if p.element(n) {
			p.drop(n)
			n = p.last(n)
		}
	}
	if !box {
		p.drop(i)
	}
}

// delete takes out what was deleted. Of a row it is the row, of a paragraph's end
// the end, so that the paragraph goes on in the next.
func (p *part) delete(i int) {
	up := p.up(i)
	switch {
	case up >= 0 && p.name(up) == "trPr" && p.up(up) >= 0:
		p.drop(p.up(up))
	case up >= 0 && p.name(up) == "rPr" && p.up(up) >= 0 && p.name(p.up(up)) == "pPr":
		p.drop(i)
		p.join(p.up(p.up(up)))
	default:
		p.drop(i)
	}
}

// join makes a paragraph whose end was deleted one with the next, which lends it
// its form. A paragraph with no next one stays.
func (p *part) join(at int) {
	end := p.last(at)
	next := end + 1
	for next < len(p.tokens) && (p.tokens[next].kind == chars || p.gone(next)) {
		next++
	}
	if next == len(p.tokens) || p.tokens[next].kind != opens || p.name(next) != "p" {
		return
	}
	own, lent := p.child(at, "pPr"), p.child(next, "pPr")
	if lent >= 0 {
		if own >= 0 {
			p.put(own, string(p.between(lent, p.last(lent)+1)))
			for n := own + 1; n <= p.last(own); n++ {
				p.tokens[n].edit = -1
			}
		}
		p.drop(lent)
	}
	p.tokens[end].edit, p.tokens[next].edit = -1, -1
}

// child is the first element of that name in another, or -1.
func (p *part) child(at int, name string) int {
	for n := at + 1; n < p.last(at); n++ {
		if p.element(n) {
			if p.name(n) == name {
				return n
			}
			n = p.last(n)
		}
	}
	return -1
}

// layout are the fields whose value depends on the page, or that draw what their
// code says.
var layout = regexp.MustCompile(`(?i)^\s*(?:(?:PAGE|NUMPAGES|SECTIONPAGES|SECTION|FORMCHECKBOX)\s*(?:\\\*\s*[A-Za-z]+\s*|\\#\s*"?[0#.]+"?\s*)*|=?\s*EQ\s.*)$`)

// fields turns fields into the text they show, but for those the page decides.
func (p *part) fields(b *office) {
	type field struct {
		marks []int // begin, separate, end
		codes []int
		code  strings.Builder
	}
	var open []*field
	for i := range p.tokens {
		if !p.element(i) || p.gone(i) {
			continue
		}
		switch p.name(i) {
		case "fldChar":
			kind := p.attr(i, "fldCharType")
			if kind == "begin" {
				open = append(open, &field{})
			}
			if len(open) == 0 {
				p.drop(i)
				continue
			}
			f := open[len(open)-1]
			if f.marks = append(f.marks, i); kind != "end" {
				continue
			}
			if open = open[:len(open)-1]; layout.MatchString(f.code.String()) {
				continue
			}
			b.gone(p.entry, "field_code")
			for _, n := range append(f.marks, f.codes...) {
				p.drop(n)
			}
		case "instrText":
			if len(open) == 0 {
				p.drop(i)
				continue
			}
			f := open[len(open)-1]
			f.codes = append(f.codes, i)
			f.code.WriteString(p.inner(i))
		}
	}
	for _, f := range open { // without an end
		for _, n := range append(f.marks, f.codes...) {
			p.drop(n)
		}
	}
}

// beside carries over what a document points at without saying so in its text.
func (b *office) beside(p *part) error {
	ids := make([]string, 0, len(p.rels))
	for id, r := range p.rels {
		switch r.kind {
		case "styles", "settings", "numbering", "theme", "diagramDrawing":
			ids = append(ids, id)
		case "footnotes", "endnotes":
			if len(p.notes) > 0 {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	b.deck.notes = p.notes
	for _, id := range ids {
		if _, err := b.link(p, id); err != nil {
			return err
		}
	}
	return nil
}

// cleanNotes keeps the notes that the text refers to, and the lines above them.
func cleanNotes(b *office, p *part) error {
	one := strings.TrimSuffix(p.role, "s")
	for i := range p.tokens {
		if !p.element(i) || p.gone(i) || p.name(i) != one {
			continue
		}
		if kind := p.attr(i, "type"); kind == "" || kind == "normal" {
			if !b.deck.notes[one+"Reference "+p.attr(i, "id")] {
				p.drop(i)
				b.gone(p.entry, "unused")
				b.fewer[one]++
			}
		}
	}
	return cleanStory(b, p)
}

// kept are the settings that decide how a document looks.
var keptSettings = set("evenAndOddHeaders mirrorMargins gutterAtTop defaultTabStop autoHyphenation consecutiveHyphenLimit hyphenationZone doNotHyphenateCaps characterSpacingControl noLineBreaksAfter noLineBreaksBefore " +
	"footnotePr endnotePr compat themeFontLang clrSchemeMapping displayBackgroundShape bordersDoNotSurroundHeader bordersDoNotSurroundFooter alignBordersAndEdges drawingGridHorizontalSpacing " +
	"drawingGridVerticalSpacing displayHorizontalDrawingGridEvery displayVerticalDrawingGridEvery doNotUseMarginsForDrawingGridOrigin drawingGridHorizontalOrigin drawingGridVerticalOrigin " +
	"noPunctuationKerning strictFirstAndLastChars bookFoldPrinting bookFoldRevPrinting printTwoOnOne mathPr decimalSymbol listSeparator doNotExpandShiftReturn")

func cleanSettings(b *office, p *part) error {
	depth := 0
	for i := range p.tokens {
		switch {
		case p.tokens[i].kind == shuts:
			depth--
		case p.element(i):
			if depth == 1 && !keptSettings[p.name(i)] && !p.gone(i) {
				p.drop(i)
				b.gone(p.entry, "metadata")
			}
			if p.tokens[i].kind == opens {
				depth++
			}
		}
	}
	return nil
}

// cleanNumbering takes the names of lists out.
func cleanNumbering(_ *office, p *part) error {
	for i := range p.tokens {
		if p.element(i) && !p.gone(i) {
			switch p.name(i) {
			case "name", "nsid", "tmpl":
				p.drop(i)
			}
		}
	}
	return nil
}

// cleanStyles takes out what styles say of their use, and the names of those that
// people made.
func cleanStyles(_ *office, p *part) error {
	own, n := false, 0
	for i := range p.tokens {
		if !p.element(i) || p.gone(i) {
			continue
		}
		switch p.name(i) {
		case "style":
			own = p.attr(i, "customStyle") == "1" || p.attr(i, "customStyle") == "true"
		case "name":
			if own {
				n++
				p.rename(i, "val", "s", n)
			}
		case "latentStyles", "aliases", "rsid":
			p.drop(i)
		case "cellStyle":
			if p.attr(i, "builtinId") == "" {
				n++
				p.rename(i, "name", "s", n)
			}
		case "tblStyle":
			p.rename(i, "styleName", "", 0)
		}
	}
	return nil
}
