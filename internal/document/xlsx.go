package document

import (
	"fmt"
	"html"
	"path"
	"strconv"
	"strings"
)

// workbook is what the sheets of a workbook share.
type workbook struct {
	*ooxml
	strings  []string        // shared strings as they are seen
	used     []bool          // which of them a cell shows
	formats  []format        // by style number
	dates    bool            // days count from 1904
	hidden   strings.Builder // white or tiny runs of shared strings
	phonetic strings.Builder
}

// format is what a cell's style does to its value.
type format struct {
	unseen bool // a number format without output, or white on white
	date   bool
	time   bool
}

// openXLSX reads a workbook: each sheet as a grid of text, one part for what is
// seen and one for each way of hiding, and everything kept beside the sheets.
func openXLSX(c *ooxml) (Document, error) {
	w := &workbook{ooxml: c}
	rels := c.relations(c.main)
	for _, r := range rels {
		var err error
		switch r.kind {
		case "sharedStrings":
			err = c.try("shared strings", false, r.target, func() error { return w.sharedStrings(r.target) })
		case "styles":
			err = c.try("style list", true, r.target, func() error { return w.styles(r.target) })
		}
		if err != nil {
			return Document{}, err
		}
	}
	sheets, err := w.directory(byID(rels))
	if err != nil {
		return Document{}, err
	}
	if len(sheets) == 0 {
		return Document{}, unreadable("damaged", "a workbook without sheets")
	}
	persons := w.persons()
	for _, s := range sheets {
		if err := w.sheet(s, persons); err != nil {
			return Document{}, err
		}
	}
	w.leftovers()
	return Document{Kind: XLSX, MediaType: mediaXLSX}, w.beside()
}

// sheet names one sheet of a workbook.
type sheet struct {
	name, entry, state string
}

// label is how parts call a sheet: hidden ones say so.
func (s sheet) label() string {
	switch s.state {
	case "hidden":
		return "hidden sheet " + clip(s.name)
	case "veryHidden":
		return "very hidden sheet " + clip(s.name)
	}
	return "sheet " + clip(s.name)
}

// directory reads the workbook itself: its sheets and the names it defines.
func (w *workbook) directory(rels map[string]relation) ([]sheet, error) {
	var all []sheet
	var named, unseen, name strings.Builder
	inName, secret := "", false
	err := w.xml(w.main, func(e *event) {
		switch {
		case e.kind == opens && e.name == "workbookPr":
			w.dates = e.attr("date1904") == "1" || e.attr("date1904") == "true"
		case e.kind == opens && e.name == "sheet":
			all = append(all, sheet{e.attr("name"), rels[e.attr("id")].target, e.attr("state")})
		case e.kind == opens && e.name == "definedName":
			inName, secret = e.attr("name"), e.attr("hidden") == "1" && !strings.HasPrefix(e.attr("name"), "_xl") // the program's own
			name.Reset()
			name.WriteString(inName + " " + e.attr("comment") + " " + e.attr("description") + "\t")
		case e.kind == shuts && e.name == "definedName":
			if inName = ""; secret {
				unseen.WriteString(name.String() + "\n")
			} else {
				named.WriteString(name.String() + "\n")
			}
		case e.kind == chars && inName != "":
			name.Write(e.text)
		case e.kind == remark:
			w.p.add("xml comment", true, string(e.text))
		case e.kind == opens:
			w.p.add("attribute of workbook", true, strings.Join(telling(e), "\n"))
		}
	})
	var names, secretNames []string
	for _, s := range all {
		if s.state == "" || s.state == "visible" {
			names = append(names, s.name)
		} else {
			secretNames = append(secretNames, s.name)
		}
	}
	w.p.add("names of sheets", false, strings.Join(names, "\n"))
	w.p.add("names of hidden sheets", true, strings.Join(secretNames, "\n"))
	w.p.add("defined names", false, named.String())
	w.p.add("hidden defined names", true, unseen.String())
	return all, err
}

// sharedStrings reads the table of strings. Runs of one string are joined;
// phonetic hints and white or tiny runs are kept apart.
func (w *workbook) sharedStrings(name string) error {
	var text strings.Builder
	stack := 0 // of phonetic runs
	inText, in := false, false
	var run runProps
	return w.xml(name, func(e *event) {
		switch e.kind {
		case opens:
			switch e.name {
			case "si":
				text.Reset()
				in = true
			case "rPh":
				stack++
			case "r":
				run = runProps{}
			case "t":
				inText = true
			case "color":
				run.color = strings.TrimPrefix(e.attr("rgb"), "FF")
			case "sz":
				size, err := strconv.ParseFloat(e.attr("val"), 64)
				run.tiny = said(err == nil && size <= 2)
			}
		case shuts:
			switch e.name {
			case "si":
				w.strings = append(w.strings, text.String())
				w.used = append(w.used, false)
				run, in = runProps{}, false
			case "rPh":
				stack--
			case "t":
				inText = false
			}
		case chars:
			switch {
			case !inText || !in:
			case stack > 0:
				w.o.veil(e.at)
				w.phonetic.Write(e.text)
				w.phonetic.WriteByte('\n')
			case run.tiny == yes || isWhite(run.color):
				w.o.veil(e.at)
				w.hidden.Write(e.text)
				w.hidden.WriteByte('\n')
			default:
				text.Write(e.text)
			}
		case remark:
			w.p.add("xml comment", true, string(e.text))
		}
	})
}

// leftovers adds the strings no cell shows any more: what was deleted is often
// still there.
func (w *workbook) leftovers() {
	var b strings.Builder
	for i, s := range w.strings {
		if !w.used[i] {
			b.WriteString(s + "\n")
		}
	}
	w.p.add("strings of deleted cells", true, b.String())
	w.p.add("hidden text in shared strings", true, w.hidden.String())
	w.p.add("attribute phonetic text", true, w.phonetic.String())
	w.strings = nil
}

// styles reads what each style does to the values under it.
func (w *workbook) styles(name string) error {
	var fonts []bool // white, or too small to see
	var fills []bool // shows white
	custom := map[string]string{}
	section := ""
	white, solid := false, false
	return w.xml(name, func(e *event) {
		switch {
		case e.kind == remark:
			w.p.add("xml comment", true, string(e.text))
		case e.kind == shuts && e.name == "font" && section == "fonts":
			fonts = append(fonts, white)
		case e.kind == shuts && e.name == "fill" && section == "fills":
			fills = append(fills, solid)
		case e.kind != opens:
		case e.name == "fonts" || e.name == "fills" || e.name == "cellXfs" || e.name == "cellStyleXfs" || e.name == "dxfs":
			section = e.name
		case e.name == "font":
			white = false
		case e.name == "fill":
			solid = false
		case e.name == "color" && section == "fonts":
			white = white || isWhite(strings.TrimPrefix(e.attr("rgb"), "FF")) || e.attr("indexed") == "9" || e.attr("indexed") == "1" ||
				e.attr("theme") == "0" && (e.attr("tint") == "" || e.attr("tint") == "0")
		case e.name == "sz" && section == "fonts":
			size, err := strconv.ParseFloat(e.attr("val"), 64)
			white = white || err == nil && size <= 2
		case e.name == "patternFill" && section == "fills":
			solid = e.attr("patternType") != "" && e.attr("patternType") != "none"
		case e.name == "gradientFill" && section == "fills":
			solid = true
		case e.name == "fgColor" && section == "fills":
			if isWhite(strings.TrimPrefix(e.attr("rgb"), "FF")) || e.attr("theme") == "0" && e.attr("tint") == "" || e.attr("indexed") == "9" {
				solid = false
			}
		case e.name == "numFmt" && section != "dxfs":
			custom[e.attr("numFmtId")] = e.attr("formatCode")
			w.p.add("attribute of number formats", true, quoted(e.attr("formatCode")))
		case e.name == "xf" && section == "cellXfs":
			f := numberFormat(e.attr("numFmtId"), custom[e.attr("numFmtId")])
			font, _ := strconv.Atoi(e.attr("fontId"))
			fill, _ := strconv.Atoi(e.attr("fillId"))
			f.unseen = f.unseen || font >= 0 && font < len(fonts) && fonts[font] && (fill < 0 || fill >= len(fills) || !fills[fill])
			w.formats = append(w.formats, f)
		}
	})
}

// quoted is the text in quotes of a number format, which a cell shows.
func quoted(code string) string {
	var out []string
	for i, piece := range strings.Split(code, `"`) {
		if i%2 == 1 {
			out = append(out, piece)
		}
	}
	return strings.Join(out, "\n")
}

// numberFormat reads a format's code; without one, its number is one of those
// every workbook knows (ECMA-376 part 1, 18.8.30).
func numberFormat(id, code string) format {
	if code == "" {
		n, _ := strconv.Atoi(id)
		date := n >= 14 && n <= 17 || n >= 27 && n <= 31 || n == 36 || n >= 50 && n <= 54 || n >= 57 && n <= 58
		both := n == 22
		return format{date: date || both, time: both || n >= 18 && n <= 21 || n >= 32 && n <= 35 || n >= 45 && n <= 47 || n >= 55 && n <= 56}
	}
	bare := strings.Builder{}
	quote, bracket := false, false
	for i := 0; i < len(code); i++ {
		switch ch := code[i]; {
		case ch == '"':
			quote = !quote
		case quote:
		case ch == '\\' || ch == '_' || ch == '*':
			i++
		case ch == '[':
			bracket = true
		case ch == ']':
			bracket = false
		case !bracket:
			bare.WriteByte(ch | 0x20)
		}
	}
	b := bare.String()
	f := format{date: strings.ContainsAny(b, "yd"), time: strings.ContainsAny(b, "hs")}
	// ;;; shows nothing of any value.
	f.unseen = strings.Count(code, ";") >= 3 && strings.Trim(code, "; ") == ""
	return f
}

// persons maps the ids of people who comment to their names.
func (w *workbook) persons() map[string]string {
	all := map[string]string{}
	for _, name := range w.names {
		if strings.Contains(name, "/persons/") && path.Ext(name) == ".xml" {
			_ = w.xml(name, func(e *event) { // read again, and reported, with the rest
				if e.kind == opens && e.name == "person" {
					all[e.attr("id")] = e.attr("displayName")
				}
			})
		}
	}
	return all
}

// beside reads what a workbook keeps of other sources: pivot caches, links,
// connections, revisions.
func (w *workbook) beside() error {
	n := map[string]int{}
	for _, name := range w.names {
		kind := ""
		switch lower := strings.ToLower(name); {
		case w.seen[name] || path.Ext(lower) != ".xml":
			continue
		case strings.Contains(lower, "/pivotcache/"), strings.Contains(lower, "/pivottables/"):
			kind = "pivot cache"
		case strings.Contains(lower, "/externallinks/"):
			kind = "external link"
		case strings.HasSuffix(lower, "/connections.xml"), strings.Contains(lower, "/querytables/"):
			kind = "connection"
		case strings.Contains(lower, "/revisions/"):
			kind = "revision"
		case strings.Contains(lower, "/tables/"):
			kind = "table"
		default:
			continue
		}
		label := count(n, kind)
		if err := w.try(label, kind != "table", name, func() error { return w.values(label, kind, name) }); err != nil {
			return err
		}
	}
	return nil
}

// values reads cached data: texts and the v attributes, a record a line.
func (w *workbook) values(label, kind, name string) error {
	var b strings.Builder
	var attrs, remarks []string
	err := w.xml(name, func(e *event) {
		switch e.kind {
		case opens:
			if v := e.attr("v"); v != "" && e.name != "x" {
				b.WriteString(v + "\t")
			} else if kind == "connection" || kind == "revision" {
				attrs = append(attrs, telling(e)...)
			} else {
				for _, key := range []string{"name", "caption", "displayName", "comment", "val", "sheet", "refersTo", "ref"} {
					if v := e.attr(key); v != "" {
						attrs = append(attrs, v)
					}
				}
			}
		case chars:
			if s := strings.TrimSpace(string(e.text)); s != "" {
				b.WriteString(s + "\t")
			}
		case shuts:
			if s := b.String(); (e.name == "r" || e.name == "row" || e.name == "cacheField" || e.name == "rcc") && s != "" && s[len(s)-1] == '\t' {
				b.WriteByte('\n')
			}
		case remark:
			remarks = append(remarks, string(e.text))
		}
	})
	if err != nil {
		return err
	}
	switch kind {
	case "connection":
		w.p.add(label, true, b.String()+strings.Join(attrs, "\n"))
	case "table": // formulas of its columns
		w.p.add("attribute of "+label, true, b.String()+"\n"+strings.Join(attrs, "\n"))
	default:
		w.p.add(label, true, b.String())
		w.p.add("attribute of "+label, true, strings.Join(attrs, "\n"))
	}
	w.p.add("xml comment in "+label, true, strings.Join(remarks, "\n"))
	return nil
}

// tables renders the visible sheets among parts.
func tables(all []Part) string {
	var b strings.Builder
	for _, p := range all {
		name, ok := strings.CutPrefix(p.Name, "sheet ")
		if !ok || p.Hidden || p.Unread != "" { // what is embedded is hidden
			continue
		}
		fmt.Fprintf(&b, "<h2>%s</h2>\n<table>\n", html.EscapeString(name))
		for row := range strings.Lines(p.Text) {
			if strings.TrimSpace(row) == "" {
				continue
			}
			b.WriteString("<tr>")
			for cell := range strings.SplitSeq(strings.TrimSuffix(row, "\n"), "\t") {
				b.WriteString("<td>" + html.EscapeString(cell) + "</td>")
			}
			b.WriteString("</tr>\n")
		}
		b.WriteString("</table>\n")
	}
	return b.String()
}
