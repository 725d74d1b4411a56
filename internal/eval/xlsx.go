package eval

import (
	"cmp"
	"fmt"
	"strings"
)

// sheets is a workbook being written (ECMA-376 part 1, 12 and 18).
type sheets struct {
	*build
	rows     []string // of the first sheet, beyond the ordinary ones
	shared   string   // shared strings, each an si
	nShared  int
	columns  string // inside cols
	after    string // of the first sheet, behind its data, in the order of the schema
	props    string // sheetPr and sheetFormatPr of the first sheet
	state    string // of the second sheet
	second   []string
	workbook string // inside workbook, behind sheets
	xfs      string // further cell formats
	fonts    string
	numFmts  string
	parts    []part
	more     []entry
	main     string
	extra    string // further sheets
}

const (
	sheetType = "application/vnd.openxmlformats-officedocument.spreadsheetml."
	sheetNS   = ` xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
)

// cell puts a cell, written without its reference, into a row of its own.
func (x *sheets) cell(c string) { x.rows = append(x.rows, c) }

// labelled puts a cell beside one that says what it is.
func (x *sheets) labelled(c string) {
	n := len(x.prose) + 1
	x.rows = []string{fmt.Sprintf(`<row r="%d"><c r="A%d" %s</c><c r="B%d" %s</c></row>`, n, n, inline(strings.TrimRight(x.before, "：")), n, c)}
}

func inline(s string) string {
	return `t="inlineStr"><is><t xml:space="preserve">` + esc(s) + `</t></is>`
}

func value(s string) string { return `><v>` + esc(s) + `</v>` }

// share adds a shared string and returns the cell that shows it.
func (x *sheets) share(si string) string {
	x.shared += "<si>" + si + "</si>"
	x.nShared++
	return fmt.Sprintf(`t="s"><v>%d</v>`, x.nShared-1)
}

// rich is the sentence in runs, as a cell with more than one font has it.
func (x *sheets) rich() string {
	s := ""
	for _, p := range x.pieces() {
		s += `<r><rPr><sz val="11"/><rFont val="等线"/><charset val="134"/></rPr><t xml:space="preserve">` + esc(p) + `</t></r>`
	}
	return s
}

func rowsXML(rows []string, from int) string {
	var b strings.Builder
	for i, c := range rows {
		if strings.HasPrefix(c, "<row") {
			b.WriteString(c)
			continue
		}
		fmt.Fprintf(&b, `<row r="%d" spans="1:3"><c r="B%d" `, from+i, from+i)
		b.WriteString(c + `</c></row>`)
	}
	return b.String()
}

func (x *sheets) bytes() []byte {
	var ordinary []string
	for i, p := range x.prose {
		ordinary = append(ordinary, fmt.Sprintf(`<row r="%d"><c r="A%d"><v>%d</v></c><c r="B%d" t="inlineStr"><is><t>%s</t></is></c><c r="C%d"><v>%d.5</v></c></row>`, i+1, i+1, i+1, i+1, esc(p), i+1, x.IntN(900)))
	}
	list := `<sheet name="汇总" sheetId="1" r:id="rId1"/>`
	if len(x.second) > 0 {
		state := ""
		if x.state != "" {
			state = ` state="` + x.state + `"`
		}
		list += `<sheet name="明细" sheetId="2"` + state + ` r:id="rId2"/>`
	}
	list += x.extra
	all := []part{
		{name: "/xl/workbook.xml", kind: cmp.Or(x.main, sheetType+"sheet.main+xml"), rel: "officeDocument", id: "rId1", data: xmlHead + `<workbook` + sheetNS + `><fileVersion appName="xl" lastEdited="7" rupBuild="22228"/><sheets>` + list + `</sheets>` + x.workbook + `</workbook>`},
		{name: "/xl/worksheets/sheet1.xml", kind: sheetType + "worksheet+xml", of: "/xl/workbook.xml", rel: "worksheet", id: "rId1", data: xmlHead + `<worksheet` + sheetNS + `>` + x.props + x.columns +
			`<sheetData>` + rowsXML(ordinary, 1) + rowsXML(x.rows, len(ordinary)+1) + `</sheetData>` + x.after + `</worksheet>`},
		{name: "/xl/styles.xml", kind: sheetType + "styles+xml", of: "/xl/workbook.xml", rel: "styles", id: "rId3", data: xmlHead + `<styleSheet` + sheetNS + `><numFmts count="1"><numFmt numFmtId="176" formatCode="0_ "/>` + x.numFmts + `</numFmts><fonts count="2"><font><sz val="11"/><color theme="1"/><name val="等线"/></font>` + x.fonts +
			`</fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
			`<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` + x.xfs + `</cellXfs></styleSheet>`},
	}
	if len(x.second) > 0 {
		all = append(all, part{name: "/xl/worksheets/sheet2.xml", kind: sheetType + "worksheet+xml", of: "/xl/workbook.xml", rel: "worksheet", id: "rId2", data: xmlHead + `<worksheet` + sheetNS + `><sheetData>` + rowsXML(x.second, 1) + `</sheetData></worksheet>`})
	}
	if x.shared != "" {
		all = append(all, part{name: "/xl/sharedStrings.xml", kind: sheetType + "sharedStrings+xml", of: "/xl/workbook.xml", rel: "sharedStrings", id: "rId4", data: xmlHead + `<sst` + sheetNS + fmt.Sprintf(` count="%d" uniqueCount="%d">`, x.nShared, x.nShared) + x.shared + `</sst>`})
	}
	return ooxml(append(all, x.parts...), x.more...)
}

// beside is a part that the first sheet points at.
func (x *sheets) beside(name, kind, rel, data string) {
	x.parts = append(x.parts, part{name: name, kind: kind, of: "/xl/worksheets/sheet1.xml", rel: rel, id: fmt.Sprintf("rId%d", len(x.parts)+1), data: xmlHead + data})
}

// book is a part that the workbook points at.
func (x *sheets) book(name, kind, rel, data string) {
	x.parts = append(x.parts, part{name: name, kind: kind, of: "/xl/workbook.xml", rel: rel, id: fmt.Sprintf("rId%d", len(x.parts)+20), data: xmlHead + data})
}

const drawingNS = ` xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"`

func (x *sheets) drawing(inside string) {
	x.after += `<drawing r:id="rId1"/>`
	x.beside("/xl/drawings/drawing1.xml", "application/vnd.openxmlformats-officedocument.drawing+xml", "drawing", `<xdr:wsDr`+drawingNS+`><xdr:twoCellAnchor><xdr:from><xdr:col>1</xdr:col><xdr:row>1</xdr:row></xdr:from><xdr:to><xdr:col>4</xdr:col><xdr:row>4</xdr:row></xdr:to>`+inside+`<xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>`)
}

// excel makes a place of a workbook out of what it adds to one.
func excel(name string, hidden bool, f fits, add func(*sheets)) place {
	return place{name: name, hidden: hidden, fits: f, make: func(b *build) []byte {
		x := &sheets{build: b}
		add(x)
		return x.bytes()
	}}
}

func sheetSeen() []place {
	return []place{
		excel("shared string", false, anything, func(x *sheets) { x.cell(x.share(`<t xml:space="preserve">` + esc(x.String()) + `</t>`)) }),
		excel("rich text", false, anything, func(x *sheets) { x.cell(x.share(x.rich())) }),
		excel("rich text with phonetics", false, anything, func(x *sheets) {
			x.cell(x.share(x.rich() + `<rPh sb="0" eb="1"><t>ban</t></rPh><phoneticPr fontId="1" type="noConversion"/>`))
		}),
		excel("inline string", false, anything, func(x *sheets) { x.cell(inline(x.String())) }),
		excel("alone", false, anything, func(x *sheets) { x.prose = nil; x.cell(inline(x.String())) }),
		excel("under a heading", false, oneLine, func(x *sheets) {
			x.prose = nil
			x.cell(inline(strings.TrimRight(x.before, "：")))
			x.cell(inline(x.secret))
		}),
		excel("number", false, digits, func(x *sheets) { x.labelled(value(x.secret)) }),
		excel("number in scientific form", false, digits, func(x *sheets) {
			s := strings.TrimRight(x.secret[1:], "0")
			x.labelled(value(fmt.Sprintf("%s.%sE%d", x.secret[:1], s, len(x.secret)-1)))
		}),
		excel("cached result", false, anything, func(x *sheets) { x.cell(`t="str"><f>VLOOKUP(A1,明细!A:B,2,0)</f><v>` + esc(x.String()) + `</v>`) }),
		excel("neighbouring cells", false, boxed, func(x *sheets) {
			n := len(x.prose) + 1
			row := fmt.Sprintf(`<row r="%d"><c r="A%d" %s</c>`, n, n, inline(x.before))
			for i, r := range []rune(x.secret) {
				row += fmt.Sprintf(`<c r="%s%d" %s</c>`, column(i+1), n, inline(string(r)))
			}
			x.rows = []string{row + `</row>`}
		}),
		excel("no references", false, anything, func(x *sheets) { x.rows = []string{`<row><c ` + inline(x.String()) + `</c></row>`} }),
		excel("print header", false, oneLine, func(x *sheets) {
			x.after += `<headerFooter><oddHeader>&amp;C&amp;"仿宋,常规"` + strings.ReplaceAll(esc(x.String()), "&", "&amp;") + `</oddHeader></headerFooter>`
		}),
		excel("print footer", false, oneLine, func(x *sheets) {
			x.after += `<headerFooter differentFirst="1"><firstFooter>&amp;L` + esc(x.String()) + `</firstFooter></headerFooter>`
		}),
		excel("text box", false, anything, func(x *sheets) {
			x.drawing(`<xdr:sp><xdr:nvSpPr><xdr:cNvPr id="2" name="文本框 1"/><xdr:cNvSpPr txBox="1"/></xdr:nvSpPr><xdr:spPr/><xdr:txBody><a:bodyPr/><a:p>` + aRuns(x.build, "") + `</a:p></xdr:txBody></xdr:sp>`)
		}),
		excel("chart title", false, anything, func(x *sheets) {
			x.beside("/xl/charts/chart1.xml", chartType, "chart", chart(aRuns(x.build, ""), "甲"))
		}),
		excel("table column", false, oneLine, func(x *sheets) {
			x.beside("/xl/tables/table1.xml", sheetType+"table+xml", "table", `<table`+sheetNS+` id="1" name="表1" displayName="表1" ref="A1:B3"><tableColumns count="1"><tableColumn id="1" name="`+esc(x.String())+`"/></tableColumns></table>`)
			x.cell(inline(x.String()))
		}),
		excel("sheet name", false, oneLine, func(x *sheets) {
			x.book("/xl/worksheets/sheet9.xml", sheetType+"worksheet+xml", "worksheet", `<worksheet`+sheetNS+`><sheetData/></worksheet>`)
			x.extra = `<sheet name="` + esc(x.String()) + `" sheetId="9" r:id="rId20"/>`
		}),
	}
}

// column is the name of a column, from 0.
func column(n int) string {
	if n >= 26 {
		return string(rune('A'+n/26-1)) + string(rune('A'+n%26))
	}
	return string(rune('A' + n))
}
