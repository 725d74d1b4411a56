package eval

import (
	"cmp"
	"fmt"
	"strings"
)

// docx is a word document being written (ECMA-376 part 1, 11 and 17), with what
// Word and WPS put into theirs.
type docx struct {
	*build
	body     string
	sections string // inside w:sectPr
	styles   string
	settings string
	parts    []part
	more     []entry
	main     string // content type, if not the usual one
	wps      bool
}

const (
	wordType = "application/vnd.openxmlformats-officedocument.wordprocessingml."
	wordNS   = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"` +
		` xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"` +
		` xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"` +
		` xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"` +
		` xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml" mc:Ignorable="w14 w15"`
)

// run is one run of text with properties; a line break is an element of its own.
func run(props, text string) string {
	if props != "" {
		props = "<w:rPr>" + props + "</w:rPr>"
	}
	lines := strings.Split(esc(text), "\n")
	return `<w:r>` + props + `<w:t xml:space="preserve">` + strings.Join(lines, `</w:t><w:br/><w:t xml:space="preserve">`) + `</w:t></w:r>`
}

// para is a paragraph of Word's own making.
func (d *docx) para(inside string) string {
	return fmt.Sprintf(`<w:p w14:paraId="%08X" w:rsidR="00%06X" w:rsidRDefault="00%06X"><w:pPr><w:rPr><w:rFonts w:hint="eastAsia"/></w:rPr></w:pPr>%s</w:p>`,
		d.Uint32()>>1, d.IntN(1<<24), d.IntN(1<<24), inside)
}

// runs is the sentence in the runs Word makes of it: split where it is cut, with
// revision marks and proofreading between.
func (d *docx) runs(props string) string {
	var b strings.Builder
	for i, s := range d.pieces() {
		if i > 0 {
			b.WriteString(d.pick("", `<w:proofErr w:type="gramStart"/>`, `<w:bookmarkStart w:id="7" w:name="_GoBack"/><w:bookmarkEnd w:id="7"/>`, `<w:r><w:lastRenderedPageBreak/></w:r>`))
		}
		b.WriteString(run(d.pick(`<w:rFonts w:hint="eastAsia"/>`, `<w:rFonts w:ascii="仿宋_GB2312" w:eastAsia="仿宋_GB2312"/><w:sz w:val="32"/>`, "")+props, s))
	}
	return b.String()
}

func (d *docx) add(inside string) { d.body += d.para(inside) }

// story is another story of the document: a header, notes, comments.
func (d *docx) story(kind, root, inside string) {
	n := len(d.parts) + 10
	name := fmt.Sprintf("/word/%s%d.xml", kind, n)
	d.parts = append(d.parts, part{
		name: name, kind: wordType + kind + "+xml", of: "/word/document.xml", rel: kind, id: fmt.Sprintf("rId%d", n),
		data: xmlHead + `<w:` + root + wordNS + `>` + inside + `</w:` + root + `>`,
	})
}

// beside is a part of any other kind.
func (d *docx) beside(name, kind, rel, data string) string {
	id := fmt.Sprintf("rId%d", len(d.parts)+10)
	d.parts = append(d.parts, part{name: name, kind: kind, of: "/word/document.xml", rel: rel, id: id, data: data})
	return id
}

func (d *docx) bytes() []byte {
	head, tail := "", ""
	for i, p := range d.prose {
		if i < (len(d.prose)+1)/2 {
			head += d.para(run("", p))
		} else {
			tail += d.para(run("", p))
		}
	}
	app := `<Application>Microsoft Office Word</Application><DocSecurity>0</DocSecurity><AppVersion>16.0000</AppVersion>`
	if d.wps {
		app = `<Application>WPS Office_12.1.0.16929_F1E327BC-269C-435d-A152-05C5408002CA</Application>`
	}
	all := []part{
		{name: "/word/document.xml", kind: cmp.Or(d.main, wordType+"document.main+xml"), rel: "officeDocument", id: "rId1", data: xmlHead + `<w:document` + wordNS + `><w:body>` + head + d.body + tail +
			`<w:sectPr w:rsidR="00A77B3E">` + d.sections + `<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1440" w:right="1800" w:bottom="1440" w:left="1800"/></w:sectPr></w:body></w:document>`},
		{name: "/word/styles.xml", kind: wordType + "styles+xml", of: "/word/document.xml", rel: "styles", id: "rId2", data: xmlHead + `<w:styles` + wordNS + `><w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val="21"/></w:rPr></w:rPrDefault></w:docDefaults>` +
			`<w:style w:type="paragraph" w:default="1" w:styleId="a"><w:name w:val="Normal"/></w:style>` + d.styles + `</w:styles>`},
		{name: "/word/settings.xml", kind: wordType + "settings+xml", of: "/word/document.xml", rel: "settings", id: "rId3", data: xmlHead + `<w:settings` + wordNS + `><w:zoom w:percent="100"/>` + d.settings +
			`<w:rsids><w:rsidRoot w:val="00A77B3E"/></w:rsids></w:settings>`},
		{name: "/docProps/app.xml", kind: "application/vnd.openxmlformats-officedocument.extended-properties+xml", rel: "extended-properties", id: "rId8", data: xmlHead + `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Template>Normal.dotm</Template>` + app + `</Properties>`},
	}
	return ooxml(append(all, d.parts...), d.more...)
}

// word makes a place of a document out of what it adds to one.
func word(name string, hidden bool, f fits, add func(*docx)) place {
	return place{name: name, hidden: hidden, fits: f, make: func(b *build) []byte {
		d := &docx{build: b, wps: b.IntN(4) == 0}
		add(d)
		return d.bytes()
	}}
}

// reading are the ways a reader sees text.
func wordSeen() []place {
	return []place{
		word("body", false, anything, func(d *docx) { d.add(d.runs("")) }),
		word("minimal", false, anything, func(d *docx) { d.prose = nil; d.body = `<w:p><w:r><w:t>` + esc(d.String()) + `</w:t></w:r></w:p>` }),
		word("smart tag", false, anything, func(d *docx) {
			d.add(`<w:smartTag w:uri="urn:schemas-microsoft-com:office:smarttags" w:element="chsdate">` + d.runs("") + `</w:smartTag>`)
		}),
		word("content control", false, anything, func(d *docx) {
			d.body += `<w:sdt><w:sdtPr><w:id w:val="1"/></w:sdtPr><w:sdtContent>` + d.para(d.runs("")) + `</w:sdtContent></w:sdt>`
		}),
		word("hyperlink text", false, anything, func(d *docx) { d.add(`<w:hyperlink w:anchor="_Toc1" w:history="1">` + d.runs("") + `</w:hyperlink>`) }),
		word("insertion", false, anything, func(d *docx) {
			d.add(`<w:ins w:id="1" w:author="某甲" w:date="2026-03-01T09:00:00Z">` + d.runs("") + `</w:ins>`)
		}),
		word("move to", false, anything, func(d *docx) {
			d.add(`<w:moveToRangeStart w:id="1" w:name="m"/><w:moveTo w:id="2" w:author="某甲">` + d.runs("") + `</w:moveTo><w:moveToRangeEnd w:id="1"/>`)
		}),
		word("half deleted", false, anything, func(d *docx) { // what is seen is joined over what was deleted
			l := d.pieces()
			d.add(run("", strings.Join(l[:len(l)-1], "")) + `<w:del w:id="3" w:author="某甲"><w:r><w:delText>旧文</w:delText></w:r></w:del>` + run("", l[len(l)-1]))
		}),
		word("text box", false, anything, func(d *docx) {
			box := `<w:txbxContent>` + d.para(d.runs("")) + `</w:txbxContent>`
			d.add(`<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor behindDoc="0"><wp:extent cx="2000000" cy="500000"/><wp:docPr id="3" name="文本框 3"/><a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp><wps:cNvSpPr txBox="1"/><wps:txbx>` + box +
				`</wps:txbx><wps:bodyPr/></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape id="s" type="#t" style="position:absolute"><v:textbox>` + box + `</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>`)
		}),
		word("VML text box", false, anything, func(d *docx) {
			d.add(`<w:r><w:pict><v:shape id="s" style="width:200pt;height:40pt"><v:textbox inset="0,0,0,0"><w:txbxContent>` + d.para(d.runs("")) + `</w:txbxContent></v:textbox></v:shape></w:pict></w:r>`)
		}),
		word("WordArt", false, oneLine, func(d *docx) {
			d.add(`<w:r><w:pict><v:shape id="w" type="#_x0000_t136"><v:textpath style="font-family:&quot;宋体&quot;" string="` + esc(d.String()) + `"/></v:shape></w:pict></w:r>`)
		}),
		word("simple field", false, anything, func(d *docx) { d.add(`<w:fldSimple w:instr=" DOCPROPERTY 文号 ">` + d.runs("") + `</w:fldSimple>`) }),
		word("field result", false, anything, func(d *docx) {
			d.add(`<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> REF a \h </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>` + d.runs("") + `<w:r><w:fldChar w:fldCharType="end"/></w:r>`)
		}),
		word("table", false, anything, func(d *docx) {
			d.body += `<w:tbl><w:tblPr/><w:tr><w:tc><w:tcPr><w:tcW w:w="2000" w:type="dxa"/></w:tcPr>` + d.para(run("", "备注")) + `</w:tc><w:tc>` + d.para(d.runs("")) + `</w:tc></w:tr></w:tbl>`
		}),
		word("nested table", false, anything, func(d *docx) {
			d.body += `<w:tbl><w:tr><w:tc><w:tbl><w:tr><w:tc>` + d.para(d.runs("")) + `</w:tc></w:tr></w:tbl>` + d.para("") + `</w:tc></w:tr></w:tbl>`
		}),
		word("one cell a character", false, boxed, func(d *docx) { // forms have a box for every digit
			cells := `<w:tc>` + d.para(run("", d.before)) + `</w:tc>`
			for _, r := range d.secret {
				cells += `<w:tc>` + d.para(run("", string(r))) + `</w:tc>`
			}
			d.body += `<w:tbl><w:tr>` + cells + `</w:tr></w:tbl>`
		}),
		word("header", false, anything, func(d *docx) { d.framed("header", "hdr", "default") }),
		word("first header", false, anything, func(d *docx) {
			d.sections += `<w:titlePg/>`
			d.framed("header", "hdr", "first")
		}),
		word("footer", false, anything, func(d *docx) { d.framed("footer", "ftr", "default") }),
		word("footnote", false, anything, func(d *docx) {
			d.story("footnotes", "footnotes", `<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote><w:footnote w:id="2">`+d.para(`<w:r><w:footnoteRef/></w:r>`+d.runs(""))+`</w:footnote>`)
			d.add(run("", "见注") + `<w:r><w:footnoteReference w:id="2"/></w:r>`)
		}),
		word("endnote", false, anything, func(d *docx) {
			d.story("endnotes", "endnotes", `<w:endnote w:id="2">`+d.para(d.runs(""))+`</w:endnote>`)
			d.add(`<w:r><w:endnoteReference w:id="2"/></w:r>`)
		}),
		word("ruby", false, oneLine, func(d *docx) {
			d.add(run("", d.before) + `<w:r><w:ruby><w:rubyPr/><w:rt>` + run("", "a") + `</w:rt><w:rubyBase>` + run("", d.secret) + `</w:rubyBase></w:ruby></w:r>` + run("", d.after))
		}),
		word("formula", false, oneLine, func(d *docx) {
			d.add(`<m:oMathPara><m:oMath><m:r><m:t>` + esc(d.String()) + `</m:t></m:r></m:oMath></m:oMathPara>`)
		}),
		word("diagram", false, oneLine, func(d *docx) {
			d.beside("/word/diagrams/data1.xml", "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml", "diagramData",
				xmlHead+`<dgm:dataModel xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><dgm:ptLst><dgm:pt modelId="1"><dgm:t><a:bodyPr/><a:p>`+aRuns(d.build, "")+`</a:p></dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>`)
		}),
		word("chart title", false, anything, func(d *docx) {
			d.beside("/word/charts/chart1.xml", chartType, "chart", chart(aRuns(d.build, ""), "甲"))
		}),
		word("chart category", false, oneLine, func(d *docx) {
			d.beside("/word/charts/chart1.xml", chartType, "chart", chart("", d.String()))
		}),
		word("web page inside", false, anything, func(d *docx) {
			id := d.beside("/word/afchunk.htm", "text/html", "aFChunk", `<html><head><meta charset="utf-8"></head><body><p>`+esc(d.String())+`</p></body></html>`)
			d.body += `<w:altChunk r:id="` + id + `"/>`
		}),
		word("list label", false, oneLine, func(d *docx) {
			d.beside("/word/numbering.xml", wordType+"numbering+xml", "numbering", xmlHead+`<w:numbering`+wordNS+`><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/><w:lvlText w:val="%1、`+esc(d.String())+`"/></w:lvl></w:abstractNum></w:numbering>`)
			d.body += `<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>` + run("", "要求") + `</w:p>`
		}),
		word("CDATA", false, oneLine, func(d *docx) {
			d.body += `<w:p><w:r><w:t><![CDATA[` + d.String() + `]]></w:t></w:r></w:p>`
		}),
		word("character references", false, oneLine, func(d *docx) {
			text := ""
			for _, r := range d.String() {
				text += fmt.Sprintf("&#x%X;", r)
			}
			d.body += `<w:p><w:r><w:t>` + text + `</w:t></w:r></w:p>`
		}),
	}
}

func (d *docx) framed(kind, root, which string) {
	d.story(kind, root, d.para(d.runs("")))
	d.sections += `<w:` + kind + `Reference w:type="` + which + `" r:id="` + d.parts[len(d.parts)-1].id + `"/>`
}

// aRuns is the sentence in runs of DrawingML.
func aRuns(b *build, props string) string {
	var s strings.Builder
	for _, p := range b.pieces() {
		for i, l := range strings.Split(esc(p), "\n") {
			if i > 0 {
				s.WriteString(`<a:br/>`)
			}
			s.WriteString(`<a:r><a:rPr lang="zh-CN" altLang="en-US" dirty="0"` + props + `<a:t>` + l + `</a:t></a:r>`)
		}
	}
	if props == "" {
		return strings.ReplaceAll(s.String(), `dirty="0"<a:t>`, `dirty="0"/><a:t>`)
	}
	return s.String()
}

const chartType = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"

func chart(title, category string) string {
	return xmlHead + `<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><c:chart><c:title><c:tx><c:rich><a:bodyPr/><a:p>` + title +
		`</a:p></c:rich></c:tx></c:title><c:plotArea><c:barChart><c:ser><c:idx val="0"/><c:cat><c:strRef><c:f>Sheet1!$A$2</c:f><c:strCache><c:ptCount val="1"/><c:pt idx="0"><c:v>` + esc(category) + `</c:v></c:pt></c:strCache></c:strRef></c:cat>` +
		`<c:val><c:numRef><c:f>Sheet1!$B$2</c:f><c:numCache><c:pt idx="0"><c:v>4.3</c:v></c:pt></c:numCache></c:numRef></c:val></c:ser></c:barChart></c:plotArea></c:chart></c:chartSpace>`
}
