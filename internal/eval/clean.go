package eval

import (
	"fmt"
	"strings"
)

// paper is an ordinary document of an office that may go out as it is.
type paper struct {
	title string
	text  []string
	table [][]string
}

// cleanCases are papers in every format.
func cleanCases(seed uint64, rounds int) []Case {
	var all []Case
	turn := 0
	for round := range rounds {
		for _, p := range papers {
			for n := range 4 {
				s := sheetsOfPaper[(turn+n)%len(sheetsOfPaper)]
				name := fmt.Sprintf("clean %s/%s/plain/#%d", s.name, p.name, round)
				all = append(all, Case{
					Name: name, Format: s.name, Place: p.name, Disguise: plain.name, Kind: p.kind, ending: s.ending,
					file: func(b *build) []byte { return s.make(b, p.make(b.gen)) }, fresh: func() *build { return &build{gen: chance(seed, name)} },
				})
			}
			turn += 3
		}
	}
	return all
}

// sheetsOfPaper are the ways to write a paper down.
var sheetsOfPaper = []struct {
	name, ending string
	make         func(*build, paper) []byte
}{
	{"txt", ".txt", func(b *build, p paper) []byte {
		switch s := p.lines("\r\n", "\t"); b.IntN(3) {
		case 0:
			return []byte(gbk(s))
		case 1:
			return inUTF16(s, false)
		default:
			return []byte(s)
		}
	}},
	{"docx", ".docx", func(b *build, p paper) []byte { return p.docx(b).bytes() }},
	{"xlsx", ".xlsx", func(b *build, p paper) []byte { return p.xlsx(b) }},
	{"html", ".html", func(_ *build, p paper) []byte {
		rows := ""
		for _, r := range p.table {
			rows += "<tr><td>" + strings.Join(r, "</td><td>") + "</td></tr>"
		}
		return []byte(`<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="ColumnName" content="通知公告"><meta name="SiteIDCode" content="3101140001"><title>` + p.title + `</title><style>.a{margin:0;display:block}</style></head><body><!-- 正文开始 --><h1>` + p.title + `</h1><p>` +
			strings.Join(p.text, "</p>\n<p style=\"text-indent:2em;color:#333\">") + `</p><table>` + rows + `</table><script src="/js/jquery-3.6.0.min.js"></script></body></html>`)
	}},
	{"pdf", ".pdf", func(b *build, p paper) []byte {
		f := &pdfFile{build: b, packed: b.IntN(2) == 0, info: "/Title " + pdfText(p.title)}
		f.objects = []string{stream("/Type /XObject /Subtype /Form /BBox [0 0 600 850] /Resources << /Font << /F1 5 0 R >> >>", "0 g"), "<< /Type /OCG /Name (layer) >>"}
		y := 800
		for _, l := range strings.Split(p.lines("\n", "　"), "\n") {
			for r := []rune(l); len(r) > 0 && y > 30; y -= 15 {
				n := min(len(r), 42)
				f.content += fmt.Sprintf("BT /F1 11 Tf 60 %d Td %s Tj ET\n", y, f.hex(string(r[:n])))
				r = r[n:]
			}
		}
		return f.bytes()
	}},
	{"md", ".md", func(_ *build, p paper) []byte {
		s := "# " + p.title + "\n\n" + strings.Join(p.text, "\n\n") + "\n\n"
		for i, r := range p.table {
			s += "| " + strings.Join(r, " | ") + " |\n"
			if i == 0 {
				s += strings.Repeat("|---", len(r)) + "|\n"
			}
		}
		return []byte(s)
	}},
	{"ofd", ".ofd", func(b *build, p paper) []byte {
		o := &ofdFile{build: b, info: "<ofd:Title>" + esc(p.title) + "</ofd:Title>"}
		y := 10
		for i, l := range strings.Split(p.lines("\n", "　"), "\n") {
			for r := []rune(l); len(r) > 0 && y < 280; y += 7 {
				n := min(len(r), 42)
				o.content += fmt.Sprintf(`<ofd:TextObject ID="%d" Boundary="15 %d 180 6" Font="1" Size="4.2"><ofd:FillColor Value="0 0 0"/><ofd:TextCode X="0" Y="4" DeltaX="g %d 4.2">%s</ofd:TextCode></ofd:TextObject>`, 100+i, y, n, esc(string(r[:n])))
				r = r[n:]
			}
		}
		return o.bytes()
	}},
	{"pptx", ".pptx", func(b *build, p paper) []byte {
		b.prose = p.text
		d := &deck{build: b}
		return d.withTitle(p.title)
	}},
	{"eml", ".eml", func(b *build, p paper) []byte {
		return []byte(mixed("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"+b64(p.lines("\r\n", "\t")),
			"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"a.docx\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"+b64(string(p.docx(b).bytes()))))
	}},
	{"zip", ".zip", func(b *build, p paper) []byte {
		return zipped([]entry{{name: "附件/" + strings.ReplaceAll(p.title, "/", "") + ".docx", data: string(p.docx(b).bytes())}, {name: "附件/说明.txt", data: p.lines("\r\n", "\t")}}, "")
	}},
}

func (p paper) lines(end, tab string) string {
	all := append([]string{p.title, ""}, p.text...)
	for _, r := range p.table {
		all = append(all, strings.Join(r, tab))
	}
	return strings.Join(all, end) + end
}

// docx is the paper with what Word keeps in every document, and a table of
// contents, a numbered footer, a picture.
func (p paper) docx(b *build) *docx {
	d := &docx{build: b, wps: b.IntN(3) == 0}
	d.styles = `<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/></w:style><w:style w:type="character" w:styleId="a4"><w:name w:val="Hyperlink"/><w:rPr><w:color w:val="0563C1"/></w:rPr></w:style>`
	d.body = `<w:p><w:pPr><w:pStyle w:val="1"/></w:pPr>` + run(`<w:b/><w:sz w:val="44"/>`, p.title) + `</w:p>`
	if b.IntN(3) == 0 {
		d.body += `<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> TOC \o "1-3" \h \z \u </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>` +
			`<w:hyperlink w:anchor="_Toc170000001" w:history="1">` + run(`<w:rStyle w:val="a4"/>`, "一、总体要求") + `<w:r><w:rPr><w:webHidden/></w:rPr><w:tab/></w:r><w:r><w:rPr><w:webHidden/></w:rPr><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:rPr><w:webHidden/></w:rPr><w:instrText> PAGEREF _Toc170000001 \h </w:instrText></w:r><w:r><w:rPr><w:webHidden/></w:rPr><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:rPr><w:webHidden/></w:rPr><w:t>3</w:t></w:r><w:r><w:rPr><w:webHidden/></w:rPr><w:fldChar w:fldCharType="end"/></w:r></w:hyperlink><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>`
	}
	for _, t := range p.text {
		d.add(run(`<w:rFonts w:ascii="仿宋_GB2312" w:eastAsia="仿宋_GB2312"/><w:sz w:val="32"/>`, t))
	}
	if len(p.table) > 0 {
		d.body += `<w:tbl><w:tblPr><w:tblStyle w:val="a3"/></w:tblPr>`
		for i, r := range p.table {
			d.body += `<w:tr>`
			for _, c := range r {
				shade, props := "", ""
				if i == 0 { // a dark heading with white letters
					shade, props = `<w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="1F4E79"/></w:tcPr>`, `<w:b/><w:color w:val="FFFFFF"/>`
				}
				d.body += `<w:tc>` + shade + d.para(run(props, c)) + `</w:tc>`
			}
			d.body += `</w:tr>`
		}
		d.body += `</w:tbl>`
	}
	d.story("footer", "ftr", d.para(`<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE   \* MERGEFORMAT</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>`+run("", "— 1 —")+`<w:r><w:fldChar w:fldCharType="end"/></w:r>`))
	d.sections += `<w:footerReference w:type="default" r:id="` + d.parts[len(d.parts)-1].id + `"/>`
	d.parts = append(d.parts, part{name: "/docProps/core.xml", kind: "application/vnd.openxmlformats-package.core-properties+xml", rel: "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties", id: "rId9", data: xmlHead +
		`<cp:coreProperties xmlns:cp="c" xmlns:dc="d" xmlns:dcterms="t"><dc:title>` + esc(p.title) + `</dc:title><dc:creator>办公室</dc:creator><cp:lastModifiedBy>Administrator</cp:lastModifiedBy><cp:revision>3</cp:revision><dcterms:created>2026-03-01T09:00:00Z</dcterms:created></cp:coreProperties>`})
	return d
}

// xlsx is the paper as a workbook: a title over a table, or a line a row.
func (p paper) xlsx(b *build) []byte {
	x := &sheets{build: b}
	x.workbook = `<definedNames><definedName name="_xlnm.Print_Area" localSheetId="0">汇总!$A$1:$F$40</definedName><definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">汇总!$A$2:$F$40</definedName></definedNames><calcPr calcId="191029"/>`
	x.columns = `<cols><col min="1" max="1" width="8.25" customWidth="1"/><col min="2" max="2" width="36" customWidth="1"/></cols>`
	x.cell(x.share(`<t>` + esc(p.title) + `</t><phoneticPr fontId="1" type="noConversion"/>`))
	for i, r := range p.table {
		row := fmt.Sprintf(`<row r="%d" spans="1:%d" ht="14.25">`, i+2, len(r))
		for j, c := range r {
			cell := value(c)
			if !digitsOnly(c) || len(c) > 11 {
				cell = x.share(`<t>` + esc(c) + `</t>`)
			}
			row += fmt.Sprintf(`<c r="%s%d" %s</c>`, column(j), i+2, cell)
		}
		x.rows = append(x.rows, row+`</row>`)
	}
	n := len(p.table) + 2
	for i, t := range p.text {
		x.rows = append(x.rows, fmt.Sprintf(`<row r="%d"><c r="A%d" %s</c></row>`, n+i, n+i, inline(t)))
	}
	x.after = `<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/><headerFooter><oddFooter>&amp;C第 &amp;P 页，共 &amp;N 页</oddFooter></headerFooter>`
	return x.bytes()
}

func digitsOnly(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// withTitle is a deck whose title stands, white, on a dark band.
func (d *deck) withTitle(title string) []byte {
	band := `<p:sp><p:nvSpPr><p:cNvPr id="2" name="矩形 1"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm><a:off x="0" y="5800000"/><a:ext cx="9144000" cy="900000"/></a:xfrm><a:solidFill><a:srgbClr val="1F4E79"/></a:solidFill></p:spPr><p:txBody><a:bodyPr/><a:p><a:endParaRPr/></a:p></p:txBody></p:sp>`
	white := `<a:r><a:rPr lang="zh-CN" sz="2800"><a:solidFill><a:schemeClr val="bg1"/></a:solidFill></a:rPr><a:t>` + esc(title) + `</a:t></a:r>`
	d.shapes = band + box(3, "标题", "", 300000, 5900000, white)
	d.parts = append(d.parts, part{name: "/ppt/notesSlides/notesSlide1.xml", kind: slideType + "notesSlide+xml", of: "/ppt/slides/slide1.xml", rel: "notesSlide", id: "rId7", data: xmlHead + `<p:notes` + slideNS + `>` + tree(`<p:sp><p:nvSpPr><p:cNvPr id="3" name="备注占位符 2"/><p:nvPr><p:ph type="body" idx="1"/></p:nvPr></p:nvSpPr><p:txBody><a:bodyPr/><a:p><a:endParaRPr/></a:p></p:txBody></p:sp><p:sp><p:nvSpPr><p:cNvPr id="4" name="灯片编号占位符 3"/><p:nvPr><p:ph type="sldNum" idx="5"/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:fld id="{1}" type="slidenum"><a:t>1</a:t></a:fld></a:p></p:txBody></p:sp>`) + `</p:notes>`})
	return d.bytes()
}
