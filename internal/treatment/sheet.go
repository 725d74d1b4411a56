package treatment

import (
	"slices"
	"strconv"
	"strings"
)

// book is what the sheets of a workbook have in common.
type book struct {
	sheets  map[string]bool // names of those that are seen
	strings map[int]bool    // shared strings that a cell shows
}

// keptBook are the elements of a workbook that decide how it looks.
var keptBook = set("workbookPr bookViews sheets definedNames")

// cleanWorkbook leaves the sheets that are seen, and where their print ends.
func cleanWorkbook(b *office, p *part) error {
	root, n, seen := -1, -1, 0
	moved := map[string]int{} // sheets by their old number
	for i := range p.tokens {
		if !p.element(i) || p.gone(i) {
			continue
		}
		name := p.name(i)
		switch {
		case root < 0:
			root = i
		case p.up(i) == root && !keptBook[name]:
			p.drop(i)
			b.gone(p.entry, "metadata")
		case name == "workbookPr":
			p.change(i, func(a attribute) (string, bool) {
				return a.value, a.full == "date1904" || a.full == "defaultThemeVersion"
			})
		case name == "workbookView":
			p.change(i, func(a attribute) (string, bool) {
				return a.value, a.full != "activeTab" && a.full != "firstSheet" && a.full != "visibility"
			})
		case name == "sheet":
			n++
			if state := p.attr(i, "state"); state != "" && state != "visible" {
				p.drop(i)
				b.gone(p.entry, "hidden_sheet")
				continue
			}
			moved[strconv.Itoa(n)] = seen
			seen++
			b.book.sheets[p.attr(i, "name")] = true
			p.rename(i, "sheetId", "", seen)
		case name == "definedName":
			to, ok := moved[p.attr(i, "localSheetId")]
			if print := p.attr(i, "name"); !ok || print != "_xlnm.Print_Area" && print != "_xlnm.Print_Titles" || !b.book.shown(p.inner(i)) {
				p.drop(i)
				b.gone(p.entry, "names")
				continue
			}
			p.change(i, func(a attribute) (string, bool) {
				if a.full == "localSheetId" {
					return strconv.Itoa(to), true
				}
				return a.value, a.full == "name"
			})
		}
	}
	if seen == 0 {
		return cannot("unsupported", "a workbook without visible sheets")
	}
	if err := b.relink(p); err != nil { // sheets first: they say which strings are seen
		return err
	}
	ids := make([]string, 0, len(p.rels))
	for id, r := range p.rels {
		if r.kind == "sharedStrings" || r.kind == "styles" || r.kind == "theme" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		if _, err := b.link(p, id); err != nil {
			return err
		}
	}
	p.relinked = true
	return nil
}

// shown says whether a formula speaks only of sheets that are seen.
func (k *book) shown(formula string) bool {
	if strings.ContainsAny(formula, "[#\"") {
		return false
	}
	for area := range strings.SplitSeq(formula, ",") {
		name, _, ok := strings.Cut(area, "!")
		if name = strings.ReplaceAll(strings.Trim(name, "'"), "''", "'"); ok && !k.sheets[name] {
			return false
		}
	}
	return true
}

// unseenSheet are the elements of a sheet that show nothing on it.
var unseenSheet = set("dataValidations sheetProtection protectedRanges scenarios autoFilter sortState dataConsolidate customSheetViews legacyDrawing legacyDrawingHF drawingHF " +
	"webPublishItems customProperties smartTags cellWatches ignoredErrors phoneticPr sheetCalcPr rPh")

// cleanSheet leaves what a sheet shows: values, not formulas, and nothing in the
// rows, columns and cells that are hidden. These keep their place, empty.
func cleanSheet(b *office, p *part) error {
	veiled := b.places[p.entry]
	merges, links := map[string]string{}, map[string]bool{}
	for i := range p.tokens {
		if p.element(i) {
			switch p.name(i) {
			case "mergeCell":
				from, _, _ := strings.Cut(p.attr(i, "ref"), ":")
				merges[from] = p.attr(i, "ref")
			case "hyperlink":
				from, _, _ := strings.Cut(p.attr(i, "ref"), ":")
				links[from] = false
			}
		}
	}
	g := grid{rows: map[int]bool{}}
	element, cell, kind, empty := -1, -1, "", false
	for i := range p.tokens {
		if !p.element(i) {
			continue
		}
		element++
		if p.gone(i) {
			continue
		}
		name := p.name(i)
		inCell := cell >= 0 && i < p.last(cell)
		switch {
		case unseenSheet[name]:
			p.drop(i)
			b.gone(p.entry, sheetReason(name))
		case name == "col":
			g.column(p.tape, i)
		case name == "row":
			g.row(p.tape, i)
		case name == "c":
			cell, kind = i, p.attr(i, "t")
			text, known := veiled[element]
			if empty = known && text == ""; empty {
				if at := p.attr(i, "r"); merges[at] != "" && g.partly(at, merges[at]) {
					return cannot("hidden_merge", "")
				}
				b.gone(p.entry, "hidden_cells")
				p.empty(i)
				p.change(i, func(a attribute) (string, bool) { return a.value, a.full == "r" || a.full == "s" })
			} else if _, ok := links[p.attr(i, "r")]; ok {
				links[p.attr(i, "r")] = true
			}
		case name == "f" && inCell:
			p.drop(i)
			b.gone(p.entry, "formulas")
		case name == "v" && inCell && kind == "s":
			if n, err := strconv.Atoi(p.inner(i)); err == nil {
				b.book.strings[n] = true
			}
		case name == "sheetPr":
			p.change(i, func(a attribute) (string, bool) { return a.value, a.full != "filterMode" })
		case name == "conditionalFormatting" || name == "ext" || name == "cfRule":
			if !p.rule(b, i) {
				p.drop(i)
				b.gone(p.entry, "formulas")
			}
		case name == "hyperlink":
			from, _, _ := strings.Cut(p.attr(i, "ref"), ":")
			if p.attr(i, "id") == "" || !links[from] {
				p.drop(i)
				b.gone(p.entry, "link")
				continue
			}
			p.change(i, func(a attribute) (string, bool) { return a.value, a.full == "ref" || local(a.full) == "id" })
		case strings.HasSuffix(name, "Header") || strings.HasSuffix(name, "Footer"):
			if strings.Contains(p.inner(i), "&G") {
				return cannot("unsupported", "a picture in a header")
			}
		}
	}
	return nil
}

func sheetReason(element string) string {
	switch element {
	case "legacyDrawing":
		return "comments"
	case "dataValidations", "autoFilter":
		return "form"
	}
	return "metadata"
}

// rule says whether the formulas of a rule speak of what is on the sheet alone.
func (p *part) rule(b *office, i int) bool {
	for n := i + 1; n < p.last(i); n++ {
		if name := ""; p.element(n) {
			if name = p.name(n); name == "f" || name == "formula" {
				if f := p.inner(n); strings.Contains(f, "!") && !b.book.shown(f) || strings.Contains(f, "[") {
					return false
				}
			}
		}
	}
	return true
}

// grid is what is hidden of the rows and columns of a sheet.
type grid struct {
	rows    map[int]bool
	columns [][2]int
	last    int
}

func (g *grid) column(t *tape, i int) {
	if h := t.attr(i, "hidden"); h == "1" || h == "true" || t.attr(i, "width") == "0" {
		from, _ := strconv.Atoi(t.attr(i, "min"))
		to, _ := strconv.Atoi(t.attr(i, "max"))
		g.columns = append(g.columns, [2]int{from, to})
	}
}

func (g *grid) row(t *tape, i int) {
	g.last++
	if n, err := strconv.Atoi(t.attr(i, "r")); err == nil {
		g.last = n
	}
	if h := t.attr(i, "hidden"); h == "1" || h == "true" || t.attr(i, "ht") == "0" {
		g.rows[g.last] = true
	}
}

// partly says whether a merged cell begins where nobody sees it and ends where
// somebody does.
func (g *grid) partly(from, ref string) bool {
	_, to, _ := strings.Cut(ref, ":")
	row, column := cellAt(from)
	lastRow, lastColumn := cellAt(to)
	if !g.rows[row] && !g.concealed(column) {
		return false
	}
	rows, columns := g.rows[row], g.concealed(column)
	for n := row; rows && n <= lastRow; n++ {
		rows = g.rows[n] // rows below come later, and are not known to be hidden
	}
	for n := column; columns && n <= lastColumn; n++ {
		columns = g.concealed(n)
	}
	return !rows && !columns
}

func (g *grid) concealed(column int) bool {
	return slices.ContainsFunc(g.columns, func(c [2]int) bool { return c[0] <= column && column <= c[1] })
}

// cellAt reads "B5".
func cellAt(s string) (row, column int) {
	i := 0
	for ; i < len(s) && i < 4 && s[i] >= 'A' && s[i] <= 'Z'; i++ {
		column = column*26 + int(s[i]-'A') + 1
	}
	row, _ = strconv.Atoi(s[i:])
	return row, column
}

// cleanStrings empties the strings that no visible cell shows: their numbers stay.
func cleanStrings(b *office, p *part) error {
	n := -1
	for i := range p.tokens {
		if !p.element(i) {
			continue
		}
		switch p.name(i) {
		case "si":
			if n++; !b.book.strings[n] && p.tokens[i].kind == opens {
				p.empty(i)
				full := p.full(i)
				p.put(i, "<"+full+"><"+strings.TrimSuffix(full, "si")+"t/>")
				b.gone(p.entry, "hidden_cells")
			}
		case "rPh", "phoneticPr":
			p.drop(i)
		case "sst":
			p.change(i, func(a attribute) (string, bool) { return a.value, strings.HasPrefix(a.full, "xmlns") })
		}
	}
	return nil
}

// cleanTable leaves of a table what gives it its look.
func cleanTable(b *office, p *part) error {
	bare, n := false, 0
	for i := range p.tokens {
		if !p.element(i) || p.gone(i) {
			continue
		}
		switch p.name(i) {
		case "table":
			bare = p.attr(i, "headerRowCount") == "0"
			name := "Table" + strconv.Itoa(b.counts["xl/tables/table#.xml"])
			p.change(i, func(a attribute) (string, bool) {
				if a.full == "name" || a.full == "displayName" {
					return name, true
				}
				return a.value, a.full != "comment" && a.full != "connectionId" && a.full != "tableType"
			})
		case "tableColumn":
			n++
			p.change(i, func(a attribute) (string, bool) {
				if a.full == "name" && bare {
					return "Column" + strconv.Itoa(n), true
				}
				return a.value, a.full != "totalsRowFunction" && a.full != "totalsRowLabel" && a.full != "queryTableFieldId" && a.full != "uniqueName"
			})
		case "autoFilter", "sortState", "calculatedColumnFormula", "totalsRowFormula", "xmlColumnPr", "extLst":
			p.drop(i)
			b.gone(p.entry, "formulas")
		}
	}
	return nil
}
