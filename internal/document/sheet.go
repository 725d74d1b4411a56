package document

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Sizes a sheet may have (ECMA-376; what Excel opens).
const (
	maxRows    = 1 << 20
	maxColumns = 1 << 14
)

// Cell says which cell of a sheet a place in the text of its part is: "B5".
// Offset counts runes. In the parts of a sheet line n is row n, and tabs stand
// between the columns, from A on.
func Cell(p Part, offset int) string {
	row, column := 1, 1
	for _, r := range p.Text {
		if offset--; offset < 0 {
			break
		}
		switch r {
		case '\n':
			row, column = row+1, 1
		case '\t':
			column++
		}
	}
	return columnName(column) + strconv.Itoa(row)
}

func columnName(n int) string {
	name := ""
	for ; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}

// address reads "B5".
func address(s string) (row, column int) {
	i := 0
	for ; i < len(s) && i < 4 && s[i] >= 'A' && s[i] <= 'Z'; i++ {
		column = column*26 + int(s[i]-'A') + 1
	}
	row, err := strconv.Atoi(s[i:])
	if err != nil || i == 0 {
		return 0, 0
	}
	return row, column
}

// grid is the text of a sheet, or of one kind of its cells: a line a row, a tab
// between columns.
type grid struct {
	b           strings.Builder
	row, column int
	any         bool
}

func (g *grid) put(row, column int, s string) {
	if !g.any {
		g.row, g.column, g.any = 1, 1, true
	}
	for ; g.row < row; g.row++ {
		g.b.WriteByte('\n')
		g.column = 1
	}
	for ; g.column < column; g.column++ {
		g.b.WriteByte('\t')
	}
	if strings.ContainsAny(s, "\t\r\n") {
		s = strings.Map(func(r rune) rune {
			if r == '\t' || r == '\r' || r == '\n' {
				return ' '
			}
			return r
		}, s)
	}
	g.b.WriteString(s)
}

// addTo adds the grid as a part. Lines before the first text are kept: they are
// rows.
func (g *grid) addTo(p *parts, name string, hidden bool) {
	if g.any {
		p.all = append(p.all, Part{Name: name, Hidden: hidden, Text: strings.ToValidUTF8(g.b.String(), "\uFFFD")})
	}
}

// sheetReader reads one sheet as it streams by.
type sheetReader struct {
	w                          *workbook
	seen, rows, columns, blank grid // blank: cells whose format shows nothing
	formulas                   grid
	concealed                  [maxColumns + 1]bool
	cols                       int
	row, column                int
	rowHidden                  bool
	zero                       bool   // rows without a height have none
	kind                       string // of the cell's value
	style                      int
	value                      []byte
	formula                    []byte
	into                       *[]byte
	inCell                     bool
	wholeHidden, filtered      bool
	frame                      strings.Builder // headers and footers
	rest                       harvest
	rules                      strings.Builder
	phonetic                   bool
}

// sheet reads a sheet with its comments.
func (w *workbook) sheet(s sheet, persons map[string]string) error {
	if s.entry != "" && w.seen[s.entry] {
		return nil
	}
	if err := w.o.spend(&w.o.files, 1, "too_many_parts"); err != nil {
		return err
	}
	label := s.label()
	secret := label != "sheet "+clip(s.name)
	r := &sheetReader{w: w, wholeHidden: secret}
	err := w.try(label, secret, s.entry, func() error { return w.xml(s.entry, r.take) })
	if err != nil {
		return err
	}
	r.seen.addTo(&w.p, label, secret)
	kind := "hidden rows of "
	if r.filtered {
		kind = "filtered or hidden rows of "
	}
	r.rows.addTo(&w.p, kind+label, true)
	r.columns.addTo(&w.p, "hidden columns of "+label, true)
	r.blank.addTo(&w.p, "invisible cells of "+label, true)
	r.formulas.addTo(&w.p, "formulas of "+label, secret)
	w.p.add("header and footer of "+label, secret, r.frame.String())
	w.p.add("rules of "+label, secret, r.rules.String())
	w.p.add("attribute text of "+label, true, r.rest.text.String())
	r.rest.asides(" of "+label, &w.p)
	for _, rel := range w.relations(s.entry) {
		switch rel.kind {
		case "comments", "threadedComment":
			if rel.external || w.seen[rel.target] {
				continue
			}
			if err := w.try("comments of "+label, true, rel.target, func() error { return w.comments(rel.target, label, persons) }); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *sheetReader) take(e *event) {
	switch e.kind {
	case opens:
		r.start(e)
	case shuts:
		r.end(e)
	case chars:
		if r.into != nil && !r.phonetic {
			*r.into = append(*r.into, e.text...)
		} else if r.into == nil && len(strings.TrimSpace(string(e.text))) > 0 {
			r.rest.take(e)
			r.rest.text.WriteByte('\n')
		}
	case remark:
		r.rest.take(e)
	}
}

func (r *sheetReader) start(e *event) {
	switch e.name {
	case "row":
		r.row++
		if n, err := strconv.Atoi(e.attr("r")); err == nil {
			r.row = n
		}
		r.column, r.rowHidden = 0, e.attr("hidden") == "1" || e.attr("hidden") == "true" || e.attr("ht") == "0" || r.zero && e.attr("ht") == ""
		if r.row < 1 || r.row > maxRows {
			e.stop(unreadable("damaged", "row"))
		}
	case "sheetFormatPr":
		r.zero = e.attr("zeroHeight") == "1" || e.attr("zeroHeight") == "true"
	case "c":
		r.cell(e)
		r.inCell = true
	case "v", "t":
		r.into = &r.value
	case "f":
		r.into = &r.formula
	case "rPh":
		r.phonetic = true
	case "col":
		from, _ := strconv.Atoi(e.attr("min"))
		to, _ := strconv.Atoi(e.attr("max"))
		if e.attr("hidden") == "1" || e.attr("hidden") == "true" || e.attr("width") == "0" {
			for n := max(from, 1); n <= min(to, maxColumns); n++ {
				r.concealed[n] = true
			}
		}
		if r.cols++; r.cols > maxColumns {
			e.stop(unreadable("damaged", "columns"))
		}
	case "filterColumn":
		r.filtered = true
		r.rest.take(e)
	case "filter":
		r.rest.attrs = append(r.rest.attrs, e.attr("val"))
	case "oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter", "formula1", "formula2", "formula":
		r.value, r.into = r.value[:0], &r.value
	case "scenario", "inputCells", "protectedRange":
		for _, a := range e.attrs {
			r.rest.attrs = append(r.rest.attrs, e.value(a))
		}
	case "sheetData", "is", "r", "rPr", "dimension", "selection", "pageMargins", "sheetView", "mergeCell":
	default:
		r.rest.take(e)
	}
}

func (r *sheetReader) cell(e *event) {
	r.column++
	r.kind, r.style = "", 0
	r.value, r.formula = r.value[:0], r.formula[:0]
	for _, a := range e.attrs {
		switch string(a.name) {
		case "r":
			if row, column := address(string(a.raw)); row > 0 {
				r.row, r.column = row, column
			}
		case "t":
			r.kind = string(a.raw)
		case "s":
			r.style, _ = strconv.Atoi(string(a.raw))
		}
	}
	if r.column > maxColumns || r.row < 1 || r.row > maxRows {
		r.column, r.row = 1, 1
		e.stop(unreadable("damaged", "cell"))
	}
}

func (r *sheetReader) end(e *event) {
	switch e.name {
	case "c":
		r.finish(e)
		r.inCell = false
	case "v", "t", "f":
		if !r.inCell { // rules of a later kind keep their formulas in elements of their own
			r.rules.Write(append(append(r.value, r.formula...), '\n'))
			r.value, r.formula = r.value[:0], r.formula[:0]
		}
		r.into = nil
	case "rPh":
		r.phonetic = false
	case "oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter":
		r.frame.WriteString(bare(string(r.value)) + "\n")
		r.into = nil
	case "formula1", "formula2", "formula":
		if len(r.value) > 0 {
			r.rules.WriteString(string(r.value) + "\n")
		}
		r.value, r.into = r.value[:0], nil
	}
}

// bare drops the codes of a header: &L, &P, &"font,Bold", &12.
func bare(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '&' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		switch i++; {
		case s[i] == '&':
			b.WriteByte('&')
		case s[i] == '"':
			for i++; i < len(s) && s[i] != '"'; i++ {
			}
		case s[i] >= '0' && s[i] <= '9':
			for i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9' {
				i++
			}
		case strings.IndexByte("LCR", s[i]) >= 0:
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// finish puts a cell into the grid of those who see it.
func (r *sheetReader) finish(e *event) {
	var f format
	if r.style >= 0 && r.style < len(r.w.formats) {
		f = r.w.formats[r.style]
	}
	if len(r.formula) > 0 {
		r.put(e, &r.formulas, string(r.formula))
	}
	if len(r.value) == 0 {
		return
	}
	g := &r.seen
	switch {
	case r.wholeHidden:
	case r.rowHidden:
		g = &r.rows
	case r.concealed[r.column]:
		g = &r.columns
	case f.unseen:
		g = &r.blank
	}
	text := r.text(f)
	if r.put(e, g, text); g != &r.seen {
		r.w.o.veil(e.at)
	} else if r.kind != "s" && text != string(r.value) {
		r.w.o.place(e.at, text)
	}
}

// put spends what a cell costs, for a few bytes of file can ask for much text.
func (r *sheetReader) put(e *event, g *grid, s string) {
	cost := len(s) + r.column
	if g.any && g.row >= r.row {
		cost -= min(g.column, r.column)
	} else {
		cost += r.row - g.row
	}
	if err := r.w.o.spend(&r.w.o.text, cost, "too_large"); err != nil {
		e.stop(err)
		return
	}
	g.put(r.row, r.column, s)
}

// text is what a cell's value says. Numbers are written out, dates as such.
func (r *sheetReader) text(f format) string {
	v := string(r.value)
	switch r.kind {
	case "s":
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n >= len(r.w.strings) {
			return v
		}
		r.w.used[n] = true
		return r.w.strings[n]
	case "b":
		return map[string]string{"1": "TRUE", "0": "FALSE"}[v]
	case "str", "inlineStr", "e", "d":
		return v
	}
	if !f.date && !f.time && strings.IndexByte(v, 'E') < 0 && strings.IndexByte(v, 'e') < 0 {
		return v
	}
	n, err := strconv.ParseFloat(v, 64)
	switch {
	case err != nil || math.IsInf(n, 0) || math.IsNaN(n) || math.Abs(n) > 1e18:
		return v
	case (f.date || f.time) && n >= 0 && n < 2958466:
		return moment(n, f, r.w.dates)
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// moment writes a count of days since 1900, or 1904, as a date and time. Excel
// counts a 29 February 1900 that never was.
func moment(n float64, f format, from1904 bool) string {
	days, seconds := int(n), int(math.Round((n-math.Floor(n))*86400))
	clock := fmt.Sprintf("%02d:%02d:%02d", seconds/3600%24, seconds/60%60, seconds%60)
	if !f.date {
		return clock
	}
	if from1904 {
		days += 1462
	}
	if days < 60 {
		days++
	}
	// Civil date from a day count, counting years from 1 March.
	z := days + 693899 // days from 0000-03-01 to 1899-12-30
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day, month, year := doy-(153*mp+2)/5+1, mp+3, yoe+era*400
	if month > 12 {
		month, year = month-12, year+1
	}
	date := fmt.Sprintf("%04d-%02d-%02d", year, month, day)
	if f.time && seconds > 0 {
		return date + " " + clock
	}
	return date
}

// comments reads the comments of a sheet, of either kind.
func (w *workbook) comments(name, label string, persons map[string]string) error {
	var authors []string
	var text strings.Builder
	ref, author, in := "", "", ""
	return w.xml(name, func(e *event) {
		switch {
		case e.kind == remark:
			w.p.add("xml comment", true, string(e.text))
		case e.kind == opens && e.name == "author":
			text.Reset()
			in = "author"
		case e.kind == shuts && e.name == "author":
			authors = append(authors, text.String())
			w.p.add("property comment author", true, text.String())
			in = ""
		case e.kind == opens && (e.name == "comment" || e.name == "threadedComment"):
			ref, author = e.attr("ref"), persons[e.attr("personId")]
			if n, err := strconv.Atoi(e.attr("authorId")); err == nil && n >= 0 && n < len(authors) {
				author = authors[n]
			}
			text.Reset()
			in = "comment"
		case e.kind == shuts && (e.name == "comment" || e.name == "threadedComment"):
			w.p.add("comment "+clip(ref)+" ("+clip(author)+") in "+label, true, text.String())
			in = ""
		case e.kind == chars && in != "":
			text.Write(e.text)
		}
	})
}
