package eval

import "strings"

// wordHidden are the places of a word document that a reader does not see.
func wordHidden() []place {
	style := func(kind, props string) string {
		return `<w:style w:type="` + kind + `" w:customStyle="1" w:styleId="X1"><w:name w:val="样式1"/><w:rPr>` + props + `</w:rPr></w:style>`
	}
	inRun := func(name, props string) place {
		return word(name, true, anything, func(d *docx) { d.add(run("", "说明：") + d.runs(props)) })
	}
	return []place{
		word("deletion", true, anything, func(d *docx) {
			d.add(run("", "原定") + `<w:del w:id="1" w:author="某甲" w:date="2026-03-01T09:00:00Z">` + deleted(d.runs("")) + `</w:del>`)
		}),
		word("move from", true, anything, func(d *docx) {
			d.add(`<w:moveFromRangeStart w:id="1" w:name="m"/><w:moveFrom w:id="2" w:author="某乙">` + d.runs("") + `</w:moveFrom><w:moveFromRangeEnd w:id="1"/>`)
		}),
		word("deleted row", true, anything, func(d *docx) {
			d.body += `<w:tbl><w:tr><w:trPr><w:del w:id="4" w:author="某甲"/></w:trPr><w:tc>` + d.para(`<w:del w:id="5" w:author="某甲">`+deleted(d.runs(""))+`</w:del>`) + `</w:tc></w:tr></w:tbl>`
		}),
		word("deletion in a footnote", true, anything, func(d *docx) {
			d.story("footnotes", "footnotes", `<w:footnote w:id="2">`+d.para(run("", "注")+`<w:del w:id="1" w:author="某甲">`+deleted(d.runs(""))+`</w:del>`)+`</w:footnote>`)
		}),
		word("deletion in a header", true, anything, func(d *docx) {
			d.story("header", "hdr", d.para(`<w:del w:id="1" w:author="某甲">`+deleted(d.runs(""))+`</w:del>`))
		}),
		word("comment", true, anything, func(d *docx) {
			d.story("comments", "comments", `<w:comment w:id="0" w:author="某丙" w:date="2026-03-01T09:00:00Z" w:initials="B">`+d.para(`<w:r><w:annotationRef/></w:r>`+d.runs(""))+`</w:comment>`)
			d.add(`<w:commentRangeStart w:id="0"/>` + run("", "此处") + `<w:commentRangeEnd w:id="0"/><w:r><w:commentReference w:id="0"/></w:r>`)
		}),
		word("comment author", true, oneLine, func(d *docx) {
			d.story("comments", "comments", `<w:comment w:id="0" w:author="`+esc(d.String())+`">`+d.para(run("", "请核"))+`</w:comment>`)
		}),
		inRun("vanish", `<w:vanish/>`),
		inRun("vanish on", `<w:vanish w:val="on"/>`),
		inRun("web hidden", `<w:webHidden/>`),
		word("vanish through a character style", true, anything, func(d *docx) {
			d.styles = style("character", `<w:vanish/>`)
			d.add(d.runs(`<w:rStyle w:val="X1"/>`))
		}),
		word("vanish through a paragraph style", true, anything, func(d *docx) {
			d.styles = style("paragraph", `<w:vanish/>`)
			d.body += `<w:p><w:pPr><w:pStyle w:val="X1"/></w:pPr>` + d.runs("") + `</w:p>`
		}),
		word("vanish through a style's base", true, anything, func(d *docx) {
			d.styles = style("character", `<w:vanish/>`) + `<w:style w:type="character" w:styleId="X2"><w:name w:val="样式2"/><w:basedOn w:val="X1"/></w:style>`
			d.add(d.runs(`<w:rStyle w:val="X2"/>`))
		}),
		word("vanish through a table style", true, anything, func(d *docx) {
			d.styles = style("table", `<w:vanish/>`)
			d.body += `<w:tbl><w:tblPr><w:tblStyle w:val="X1"/></w:tblPr><w:tr><w:tc>` + d.para(d.runs("")) + `</w:tc></w:tr></w:tbl>`
		}),
		inRun("white", `<w:color w:val="FFFFFF"/>`),
		inRun("almost white", `<w:color w:val="FEFEFE"/>`),
		inRun("theme white", `<w:color w:val="FFFFFF" w:themeColor="background1"/>`),
		inRun("theme white alone", `<w:color w:val="auto" w:themeColor="background1"/>`),
		inRun("black on black", `<w:color w:val="000000"/><w:shd w:val="clear" w:color="auto" w:fill="000000"/>`),
		inRun("black highlight", `<w:highlight w:val="black"/>`),
		inRun("one point", `<w:sz w:val="2"/><w:szCs w:val="2"/>`),
		inRun("one percent wide", `<w:w w:val="1"/>`),
		inRun("see-through", `<w14:textFill><w14:noFill/></w14:textFill>`),
		word("white through a style", true, anything, func(d *docx) {
			d.styles = style("paragraph", `<w:color w:val="FFFFFF"/>`)
			d.body += `<w:p><w:pPr><w:pStyle w:val="X1"/></w:pPr>` + d.runs("") + `</w:p>`
		}),
		word("white in a header", true, anything, func(d *docx) {
			d.story("header", "hdr", d.para(d.runs(`<w:color w:val="FFFFFF"/>`)))
		}),
		word("white in a text box", true, anything, func(d *docx) {
			d.add(`<w:r><w:pict><v:shape id="s"><v:textbox><w:txbxContent>` + d.para(d.runs(`<w:color w:val="FFFFFF"/>`)) + `</w:txbxContent></v:textbox></v:shape></w:pict></w:r>`)
		}),
		word("hidden text box", true, anything, func(d *docx) {
			d.add(`<w:r><w:drawing><wp:anchor><wp:docPr id="3" name="文本框 3" hidden="1"/><a:graphic><a:graphicData><wps:wsp><wps:txbx><w:txbxContent>` + d.para(d.runs("")) + `</w:txbxContent></wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></w:r>`)
		}),
		word("text box with visibility hidden", true, anything, func(d *docx) {
			d.add(`<w:r><w:pict><v:shape id="s" style="position:absolute;visibility:hidden"><v:textbox><w:txbxContent>` + d.para(d.runs("")) + `</w:txbxContent></v:textbox></v:shape></w:pict></w:r>`)
		}),
		word("text box off the page", true, anything, func(d *docx) {
			d.add(`<w:r><w:drawing><wp:anchor><wp:positionH relativeFrom="page"><wp:posOffset>-9000000</wp:posOffset></wp:positionH><wp:positionV relativeFrom="page"><wp:posOffset>0</wp:posOffset></wp:positionV><wp:extent cx="2000000" cy="500000"/><wp:docPr id="3" name="文本框 3"/><a:graphic><a:graphicData><wps:wsp><wps:txbx><w:txbxContent>` +
				d.para(d.runs("")) + `</w:txbxContent></wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></w:r>`)
		}),
		word("field code", true, oneLine, func(d *docx) {
			d.add(`<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> COMMENTS "` + esc(d.String()) + `" </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>` + run("", "1") + `<w:r><w:fldChar w:fldCharType="end"/></w:r>`)
		}),
		word("field code split", true, oneLine, func(d *docx) {
			half := len([]rune(d.String())) / 2
			r := []rune(d.String())
			d.add(`<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> HYPERLINK "` + esc(string(r[:half])) + `</w:instrText></w:r><w:r><w:instrText>` + esc(string(r[half:])) + `" </w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>`)
		}),
		word("simple field code", true, oneLine, func(d *docx) {
			d.add(`<w:fldSimple w:instr=" QUOTE ` + esc(d.String()) + ` ">` + run("", "1") + `</w:fldSimple>`)
		}),
		word("link target", true, oneLine, func(d *docx) {
			d.parts = append(d.parts, part{of: "/word/document.xml", rel: "hyperlink", id: "rId90", away: "mailto:?body=" + d.String()})
			d.add(`<w:hyperlink r:id="rId90">` + run("", "来信") + `</w:hyperlink>`)
		}),
		word("link tooltip", true, oneLine, func(d *docx) {
			d.add(`<w:hyperlink w:anchor="a" w:tooltip="` + esc(d.String()) + `">` + run("", "详见") + `</w:hyperlink>`)
		}),
		word("alt text", true, oneLine, func(d *docx) {
			d.add(`<w:r><w:drawing><wp:inline><wp:docPr id="1" name="图片 1" descr="` + esc(d.String()) + `"/><a:graphic/></wp:inline></w:drawing></w:r>`)
		}),
		word("alt title", true, oneLine, func(d *docx) {
			d.add(`<w:r><w:pict><v:shape id="s" alt="` + esc(d.String()) + `"/></w:pict></w:r>`)
		}),
		word("table caption", true, oneLine, func(d *docx) {
			d.body += `<w:tbl><w:tblPr><w:tblCaption w:val="表"/><w:tblDescription w:val="` + esc(d.String()) + `"/></w:tblPr><w:tr><w:tc>` + d.para(run("", "甲")) + `</w:tc></w:tr></w:tbl>`
		}),
		word("form help", true, oneLine, func(d *docx) {
			d.add(`<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:name w:val="f1"/><w:helpText w:type="text" w:val="` + esc(d.String()) + `"/><w:textInput/></w:ffData></w:fldChar></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>`)
		}),
		word("list of choices", true, oneLine, func(d *docx) {
			d.body += `<w:sdt><w:sdtPr><w:dropDownList><w:listItem w:displayText="` + esc(d.String()) + `" w:value="2"/></w:dropDownList></w:sdtPr><w:sdtContent>` + d.para(run("", "请选择")) + `</w:sdtContent></w:sdt>`
		}),
		word("control tag", true, oneLine, func(d *docx) {
			d.body += `<w:sdt><w:sdtPr><w:alias w:val="` + esc(d.String()) + `"/><w:tag w:val="t"/></w:sdtPr><w:sdtContent>` + d.para(run("", "甲")) + `</w:sdtContent></w:sdt>`
		}),
		word("core property", true, oneLine, func(d *docx) {
			field := d.pick("dc:creator", "cp:lastModifiedBy", "dc:title", "dc:subject", "dc:description", "cp:keywords", "cp:category")
			d.parts = append(d.parts, part{name: "/docProps/core.xml", kind: "application/vnd.openxmlformats-package.core-properties+xml", rel: "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties", id: "rId9", data: xmlHead +
				`<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><` + field + `>` + esc(d.String()) + `</` + field + `></cp:coreProperties>`})
		}),
		word("custom property", true, oneLine, func(d *docx) {
			d.parts = append(d.parts, part{name: "/docProps/custom.xml", kind: "application/vnd.openxmlformats-officedocument.custom-properties+xml", rel: "custom-properties", id: "rId10", data: xmlHead +
				`<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"><property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="备注"><vt:lpwstr>` + esc(d.String()) + `</vt:lpwstr></property></Properties>`})
		}),
		word("custom XML", true, oneLine, func(d *docx) {
			d.beside("/customXml/item1.xml", "", "customXml", `<b:Sources xmlns:b="http://schemas.openxmlformats.org/officeDocument/2006/bibliography"><b:Source><b:Title>`+esc(d.String())+`</b:Title></b:Source></b:Sources>`)
		}),
		word("document variable", true, oneLine, func(d *docx) {
			d.settings = `<w:docVars><w:docVar w:name="v" w:val="` + esc(d.String()) + `"/></w:docVars>`
		}),
		word("mail merge", true, oneLine, func(d *docx) {
			d.settings = `<w:mailMerge><w:mainDocumentType w:val="formLetters"/><w:connectString w:val="Provider=x;Data Source=` + esc(d.String()) + `"/><w:query w:val="SELECT * FROM 名单"/></w:mailMerge>`
		}),
		word("template", true, oneLine, func(d *docx) {
			d.settings = `<w:attachedTemplate r:id="rId1"/>`
			d.parts = append(d.parts, part{of: "/word/settings.xml", rel: "attachedTemplate", id: "rId1", away: `file:///D:\` + d.String() + `.dotm`})
		}),
		word("glossary", true, anything, func(d *docx) {
			d.beside("/word/glossary/document.xml", wordType+"document.glossary+xml", "glossaryDocument", xmlHead+`<w:glossaryDocument`+wordNS+`><w:docParts><w:docPart><w:docPartBody>`+d.para(d.runs(""))+`</w:docPartBody></w:docPart></w:docParts></w:glossaryDocument>`)
		}),
		word("header nobody uses", true, anything, func(d *docx) { // of the first page, when the first page is like the others
			d.framed("header", "hdr", "first")
		}),
		word("workbook inside", true, oneLine, func(d *docx) {
			x := &sheets{build: d.build}
			x.cell(inline(d.String()))
			d.beside("/word/embeddings/Microsoft_Excel_Worksheet1.xlsx", "", "package", string(x.bytes()))
		}),
		word("document inside", true, anything, func(d *docx) {
			in := &docx{build: d.build}
			in.add(in.runs(""))
			d.beside("/word/embeddings/Microsoft_Word_Document1.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "package", string(in.bytes()))
		}),
		word("packaged file", true, oneLine, func(d *docx) {
			d.beside("/word/embeddings/oleObject1.bin", "", "oleObject", string(packager("附件.txt", []byte(d.String()))))
			d.add(`<w:r><w:object><o:OLEObject Type="Embed" ProgID="Package" r:id="rId10"/></w:object></w:r>`)
		}),
		word("foreign entry", true, oneLine, func(d *docx) { d.more = append(d.more, entry{name: "备份/旧稿.txt", data: d.String()}) }),
		word("XML comment", true, oneLine, func(d *docx) { d.body += `<!-- ` + d.String() + ` -->` }),
		word("processing instruction", true, oneLine, func(d *docx) { d.body += `<?note ` + d.String() + `?>` }),
		{name: "zip comment", hidden: true, fits: oneLine, make: func(b *build) []byte {
			plainDoc := &docx{build: b}
			return withComment(plainDoc.bytes(), b.String())
		}},
		{name: "after the end", hidden: true, fits: oneLine, make: func(b *build) []byte {
			plainDoc := &docx{build: b}
			return append(plainDoc.bytes(), "\n"+b.String()+"\n"...)
		}},
		{name: "macro", hidden: true, fits: oneLine, ending: ".docm", make: func(b *build) []byte {
			d := &docx{build: b}
			d.beside("/word/vbaProject.bin", "application/vnd.ms-office.vbaProject", "http://schemas.microsoft.com/office/2006/relationships/vbaProject", string(vbaProject("Attribute VB_Name = \"ThisDocument\"\r\nSub 提交()\r\n    MsgBox \""+b.String()+"\"\r\nEnd Sub\r\n")))
			d.main = "application/vnd.ms-word.document.macroEnabled.main+xml"
			return d.bytes()
		}},
	}
}

// deleted turns runs into those of a deletion.
func deleted(runs string) string {
	return strings.NewReplacer("<w:t ", "<w:delText ", "</w:t>", "</w:delText>").Replace(runs)
}

// withComment sets the comment of a zip.
func withComment(z []byte, comment string) []byte {
	z = append(z[:len(z)-2:len(z)-2], byte(len(comment)), byte(len(comment)>>8))
	return append(z, comment...)
}
