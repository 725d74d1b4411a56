package eval

import (
	"fmt"
	"strings"
)

// sheetHidden are the places of a workbook that a reader does not see.
func sheetHidden() []place {
	row := func(name, attrs string) place {
		return excel(name, true, anything, func(x *sheets) {
			n := len(x.prose) + 1
			x.rows = []string{fmt.Sprintf(`<row r="%d" %s><c r="B%d" %s</c></row>`, n, attrs, n, x.share(x.rich()))}
		})
	}
	col := func(name, attrs string) place {
		return excel(name, true, anything, func(x *sheets) {
			x.columns = `<cols><col min="6" max="8" ` + attrs + `/></cols>`
			n := len(x.prose) + 1
			x.rows = []string{fmt.Sprintf(`<row r="%d"><c r="G%d" %s</c></row>`, n, n, inline(x.String()))}
		})
	}
	styled := func(name, fonts, formats, xf string) place {
		return excel(name, true, anything, func(x *sheets) {
			x.fonts, x.numFmts, x.xfs = fonts, formats, xf
			x.cell(`s="1" ` + x.share(`<t>`+esc(x.String())+`</t>`))
		})
	}
	second := func(name, state string) place {
		return excel(name, true, anything, func(x *sheets) { x.state, x.second = state, []string{x.share(x.rich())} })
	}
	return []place{
		second("hidden sheet", "hidden"),
		second("very hidden sheet", "veryHidden"),
		row("hidden row", `hidden="1"`),
		row("row without height", `ht="0" customHeight="1"`),
		row("collapsed row", `hidden="1" outlineLevel="1"`),
		row("hidden row, true", `hidden="true"`),
		excel("filtered row", true, anything, func(x *sheets) {
			n := len(x.prose) + 1
			x.after = fmt.Sprintf(`<autoFilter ref="A1:C%d"><filterColumn colId="0"><filters><filter val="1"/></filters></filterColumn></autoFilter>`, n)
			x.rows = []string{fmt.Sprintf(`<row r="%d" hidden="1"><c r="B%d" %s</c></row>`, n, n, inline(x.String()))}
		}),
		excel("rows hidden by default", true, anything, func(x *sheets) {
			x.prose = nil
			x.props = `<sheetFormatPr defaultRowHeight="13.5" zeroHeight="1"/>`
			x.rows = []string{`<row r="1" ht="14"><c r="A1" ` + inline("表") + `</c></row>`, `<row r="2"><c r="A2" ` + inline(x.String()) + `</c></row>`}
		}),
		col("hidden column", `width="9" hidden="1"`),
		col("column without width", `width="0" customWidth="1"`),
		col("collapsed column", `width="9" hidden="1" outlineLevel="1" collapsed="1"`),
		excel("number in a hidden column", true, digits, func(x *sheets) {
			x.columns = `<cols><col min="6" max="7" width="13" hidden="1"/></cols>`
			n := len(x.prose) + 1
			x.rows = []string{fmt.Sprintf(`<row r="%d"><c r="F%d" %s</c><c r="G%d"><v>%s</v></c></row>`, n, n, inline(x.before), n, x.secret)}
		}),
		styled("format of semicolons", "", `<numFmt numFmtId="177" formatCode=";;;"/>`, `<xf numFmtId="177" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>`),
		styled("white font", `<font><sz val="11"/><color rgb="FFFFFFFF"/><name val="等线"/></font>`, "", `<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>`),
		styled("theme white font", `<font><sz val="11"/><color theme="0"/><name val="等线"/></font>`, "", `<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>`),
		styled("indexed white font", `<font><sz val="11"/><color indexed="9"/><name val="等线"/></font>`, "", `<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>`),
		styled("one point font", `<font><sz val="1"/><color theme="1"/><name val="等线"/></font>`, "", `<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>`),
		excel("white run", true, oneLine, func(x *sheets) {
			x.cell(x.share(`<r><t>说明</t></r><r><rPr><color rgb="FFFFFFFF"/></rPr><t>` + esc(x.String()) + `</t></r>`))
		}),
		excel("comment", true, anything, func(x *sheets) {
			x.beside("/xl/comments1.xml", sheetType+"comments+xml", "comments", `<comments`+sheetNS+`><authors><author>某甲</author></authors><commentList><comment ref="B1" authorId="0"><text>`+x.rich()+`</text></comment></commentList></comments>`)
		}),
		excel("threaded comment", true, anything, func(x *sheets) {
			x.beside("/xl/threadedComments/threadedComment1.xml", "application/vnd.ms-excel.threadedcomments+xml", "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment",
				`<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"><threadedComment ref="B1" dT="2026-03-01T09:00:00.00" personId="{1}" id="{2}"><text>`+esc(x.String())+`</text></threadedComment></ThreadedComments>`)
		}),
		excel("comment author", true, oneLine, func(x *sheets) {
			x.beside("/xl/comments1.xml", sheetType+"comments+xml", "comments", `<comments`+sheetNS+`><authors><author>`+esc(x.String())+`</author></authors><commentList><comment ref="B1" authorId="0"><text><t>核</t></text></comment></commentList></comments>`)
		}),
		excel("person", true, oneLine, func(x *sheets) {
			x.book("/xl/persons/person.xml", "application/vnd.ms-excel.person+xml", "http://schemas.microsoft.com/office/2017/10/relationships/person", `<personList xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"><person displayName="`+esc(x.String())+`" id="{1}" userId="u"/></personList>`)
		}),
		excel("defined name", false, oneLine, func(x *sheets) {
			x.workbook = `<definedNames><definedName name="备注">"` + esc(x.String()) + `"</definedName></definedNames>`
		}).clicked(),
		excel("hidden defined name", true, oneLine, func(x *sheets) {
			x.workbook = `<definedNames><definedName name="n1" hidden="1" comment="c">"` + esc(x.String()) + `"</definedName></definedNames>`
		}),
		excel("comment of a name", false, oneLine, func(x *sheets) {
			x.workbook = `<definedNames><definedName name="n1" comment="` + esc(x.String()) + `">汇总!$A$1</definedName></definedNames>`
		}).clicked(),
		excel("formula string", false, oneLine, func(x *sheets) { x.cell(`t="str"><f>IF(A1=0,"` + esc(x.String()) + `","")</f><v></v>`) }),
		excel("pivot records", true, oneLine, func(x *sheets) {
			x.book("/xl/pivotCache/pivotCacheDefinition1.xml", sheetType+"pivotCacheDefinition+xml", "pivotCacheDefinition", `<pivotCacheDefinition`+sheetNS+` r:id="rId1" refreshedBy="某甲"><cacheSource type="worksheet"><worksheetSource ref="A1:B9" sheet="明细"/></cacheSource><cacheFields count="1"><cacheField name="说明"><sharedItems/></cacheField></cacheFields></pivotCacheDefinition>`)
			x.parts = append(x.parts, part{name: "/xl/pivotCache/pivotCacheRecords1.xml", kind: sheetType + "pivotCacheRecords+xml", of: "/xl/pivotCache/pivotCacheDefinition1.xml", rel: "pivotCacheRecords", id: "rId1", data: xmlHead + `<pivotCacheRecords` + sheetNS + ` count="1"><r><s v="` + esc(x.String()) + `"/></r></pivotCacheRecords>`})
		}).clicked(),
		excel("pivot items", true, oneLine, func(x *sheets) {
			x.book("/xl/pivotCache/pivotCacheDefinition1.xml", sheetType+"pivotCacheDefinition+xml", "pivotCacheDefinition", `<pivotCacheDefinition`+sheetNS+`><cacheFields count="1"><cacheField name="说明"><sharedItems count="1"><s v="`+esc(x.String())+`"/></sharedItems></cacheField></cacheFields></pivotCacheDefinition>`)
		}),
		excel("pivot number", true, phone, func(x *sheets) {
			x.book("/xl/pivotCache/pivotCacheDefinition1.xml", sheetType+"pivotCacheDefinition+xml", "pivotCacheDefinition", `<pivotCacheDefinition`+sheetNS+`><cacheFields count="1"><cacheField name="`+esc(x.before)+`"><sharedItems containsNumber="1" count="1"><n v="`+esc(x.secret)+`"/></sharedItems></cacheField></cacheFields></pivotCacheDefinition>`)
		}),
		excel("cache of another file", true, oneLine, func(x *sheets) {
			x.book("/xl/externalLinks/externalLink1.xml", sheetType+"externalLink+xml", "externalLink", `<externalLink`+sheetNS+`><externalBook r:id="rId1"><sheetNames><sheetName val="名单"/></sheetNames><sheetDataSet><sheetData sheetId="0"><row r="1"><cell r="A1" t="str"><v>`+esc(x.String())+`</v></cell></row></sheetData></sheetDataSet></externalBook></externalLink>`)
			x.parts = append(x.parts, part{of: "/xl/externalLinks/externalLink1.xml", rel: "externalLinkPath", id: "rId1", away: `file:///D:\名单.xlsx`})
		}),
		excel("path of another file", true, oneLine, func(x *sheets) {
			x.book("/xl/externalLinks/externalLink1.xml", sheetType+"externalLink+xml", "externalLink", `<externalLink`+sheetNS+`><externalBook r:id="rId1"/></externalLink>`)
			x.parts = append(x.parts, part{of: "/xl/externalLinks/externalLink1.xml", rel: "externalLinkPath", id: "rId1", away: `file:///D:\` + x.String() + `.xlsx`})
		}),
		excel("connection", true, oneLine, func(x *sheets) {
			x.book("/xl/connections.xml", sheetType+"connections+xml", "connections", `<connections`+sheetNS+`><connection id="1" name="查询" type="1"><dbPr connection="Provider=x;Note=`+esc(x.String())+`" command="select 1"/></connection></connections>`)
		}),
		excel("list of choices", false, oneLine, func(x *sheets) {
			x.after = `<dataValidations count="1"><dataValidation type="list" sqref="C1"><formula1>"甲,` + esc(strings.ReplaceAll(x.String(), ",", "")) + `"</formula1></dataValidation></dataValidations>`
		}).clicked(),
		excel("prompt of a cell", true, oneLine, func(x *sheets) {
			x.after = `<dataValidations count="1"><dataValidation type="whole" promptTitle="提示" prompt="` + esc(x.String()) + `" sqref="C1"><formula1>1</formula1></dataValidation></dataValidations>`
		}),
		excel("conditional format", true, oneLine, func(x *sheets) {
			x.after = `<conditionalFormatting sqref="B1"><cfRule type="containsText" priority="1" operator="containsText" text="` + esc(x.String()) + `"><formula>NOT(ISERROR(SEARCH("` + esc(x.String()) + `",B1)))</formula></cfRule></conditionalFormatting>`
		}),
		excel("link tooltip", true, oneLine, func(x *sheets) {
			x.after = `<hyperlinks><hyperlink ref="B1" location="汇总!A1" tooltip="` + esc(x.String()) + `"/></hyperlinks>`
		}),
		excel("link target", true, oneLine, func(x *sheets) {
			x.after = `<hyperlinks><hyperlink ref="B1" r:id="rId9"/></hyperlinks>`
			x.parts = append(x.parts, part{of: "/xl/worksheets/sheet1.xml", rel: "hyperlink", id: "rId9", away: "https://www.example.gov.cn/?q=" + x.String()})
		}),
		excel("phonetics", true, oneLine, func(x *sheets) { x.cell(x.share(`<t>甲</t><rPh sb="0" eb="1"><t>` + esc(x.String()) + `</t></rPh>`)) }),
		excel("string no cell shows", true, anything, func(x *sheets) { _ = x.share(x.rich()) }),
		excel("scenario", true, oneLine, func(x *sheets) {
			x.after = `<scenarios current="0"><scenario name="方案一" user="某甲" comment="` + esc(x.String()) + `"><inputCells r="C1" val="1"/></scenario></scenarios>`
		}),
		excel("sheet nobody lists", true, anything, func(x *sheets) {
			x.parts = append(x.parts, part{name: "/xl/worksheets/sheet7.xml", kind: sheetType + "worksheet+xml", data: xmlHead + `<worksheet` + sheetNS + `><sheetData>` + rowsXML([]string{inline(x.String())}, 1) + `</sheetData></worksheet>`})
		}),
		excel("alt text", true, oneLine, func(x *sheets) {
			x.drawing(`<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="2" name="图片 1" descr="` + esc(x.String()) + `"/></xdr:nvPicPr></xdr:pic>`)
		}),
		excel("hidden text box", true, anything, func(x *sheets) {
			x.drawing(`<xdr:sp><xdr:nvSpPr><xdr:cNvPr id="2" name="文本框 1" hidden="1"/><xdr:cNvSpPr txBox="1"/></xdr:nvSpPr><xdr:spPr/><xdr:txBody><a:bodyPr/><a:p>` + aRuns(x.build, "") + `</a:p></xdr:txBody></xdr:sp>`)
		}),
		excel("custom property", true, oneLine, func(x *sheets) {
			x.parts = append(x.parts, part{name: "/docProps/custom.xml", kind: "application/vnd.openxmlformats-officedocument.custom-properties+xml", rel: "custom-properties", id: "rId10", data: xmlHead + `<Properties><property pid="2" name="备注"><vt:lpwstr xmlns:vt="v">` + esc(x.String()) + `</vt:lpwstr></property></Properties>`})
		}),
		excel("foreign entry", true, oneLine, func(x *sheets) { x.more = append(x.more, entry{name: "xl/备份.txt", data: x.String()}) }),
		{name: "macro", hidden: true, fits: oneLine, ending: ".xlsm", make: func(b *build) []byte {
			x := &sheets{build: b, main: "application/vnd.ms-excel.sheet.macroEnabled.main+xml"}
			x.book("/xl/vbaProject.bin", "application/vnd.ms-office.vbaProject", "http://schemas.microsoft.com/office/2006/relationships/vbaProject", "")
			x.parts[len(x.parts)-1].data = string(vbaProject("Attribute VB_Name = \"ThisDocument\"\r\n' " + b.String() + "\r\n"))
			return x.bytes()
		}},
	}
}
