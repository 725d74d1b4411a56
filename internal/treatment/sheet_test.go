package treatment

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/document"
)

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`

// ledgerBook is a workbook that hides something in every way there is.
func ledgerBook(t testing.TB) []byte {
	t.Helper()
	const nsSheet = `xmlns="` + nsMain + `spreadsheetml/2006/main" xmlns:r="` + nsRels + `"`
	sheet := func(inner string) string { return xmlHead + `<worksheet ` + nsSheet + `>` + inner + `</worksheet>` }
	types := typesHead + override("xl/workbook.xml", "spreadsheetml.sheet.main") + override("xl/sharedStrings.xml", "spreadsheetml.sharedStrings") + override("xl/styles.xml", "spreadsheetml.styles") +
		override("xl/drawings/drawing1.xml", "drawing") + override("xl/charts/chart1.xml", "drawingml.chart") + override("xl/comments1.xml", "spreadsheetml.comments") + override("xl/tables/table1.xml", "spreadsheetml.table")
	for _, n := range []string{"1", "2", "3"} {
		types += override("xl/worksheets/sheet"+n+".xml", "spreadsheetml.worksheet")
	}
	return zipOf(t, "[Content_Types].xml", types+`</Types>`,
		"_rels/.rels", rels("r", "officeDocument", "xl/workbook.xml"),
		"xl/workbook.xml", xmlHead+`<workbook `+nsSheet+`><fileVersion appName="xl"/><workbookPr codeName="ThisWorkbook" filterPrivacy="1"/><bookViews><workbookView activeTab="1"/></bookViews>`+
			`<sheets><sheet name="草稿" sheetId="4" state="hidden" r:id="r2"/><sheet name="收入" sheetId="9" r:id="r1"/><sheet name="底稿" sheetId="7" state="veryHidden" r:id="r3"/></sheets><externalReferences><externalReference r:id="r7"/></externalReferences>`+
			`<definedNames><definedName name="口令">"abc"</definedName><definedName name="_xlnm.Print_Area" localSheetId="0">草稿!$A$1</definedName><definedName name="_xlnm.Print_Area" localSheetId="1">收入!$A$1:$F$20</definedName></definedNames><calcPr calcId="1"/></workbook>`,
		"xl/_rels/workbook.xml.rels", rels("r1", "worksheet", "worksheets/sheet1.xml", "r2", "worksheet", "worksheets/sheet2.xml", "r3", "worksheet", "/xl/worksheets/sheet3.xml", "r4", "sharedStrings", "sharedStrings.xml",
			"r5", "styles", "styles.xml", "r7", "externalLink", "externalLinks/externalLink1.xml", "r8", "connections", "connections.xml"),
		"xl/sharedStrings.xml", xmlHead+`<sst `+nsSheet+`><si><t>姓名</t></si><si><r><t>公开</t></r><r><rPr><color rgb="FFFFFFFF"/></rPr><t>白串</t></r><rPh sb="0" eb="1"><t>注音</t></rPh></si><si><t>已删人员</t></si><si><t>隐藏行人员</t></si></sst>`,
		"xl/styles.xml", xmlHead+`<styleSheet `+nsSheet+`><numFmts count="2"><numFmt numFmtId="170" formatCode=";;;"/><numFmt numFmtId="171" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/></numFmts><fonts count="1"><font><sz val="11"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>`+
			`<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf xfId="0"/><xf numFmtId="170" applyNumberFormat="1" xfId="0"/><xf numFmtId="14" applyNumberFormat="1" xfId="0"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`,
		"xl/worksheets/sheet1.xml", sheet(`<sheetPr filterMode="1" codeName="机密表"/><cols><col min="5" max="5" width="9" hidden="1" customWidth="1"/></cols><sheetData>`+
			`<row r="1" spans="1:5"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1"><f>草稿!A1*2</f><v>42</v></c><c r="D1" s="2"><v>45717</v></c><c r="E1" t="inlineStr"><is><t>隐列</t></is></c></row>`+
			`<row r="2" hidden="1"><c r="A2" t="s"><v>3</v></c></row><row r="3"><c r="A3" s="1"><v>777</v></c><c r="B3" t="str"><f>"拼"&amp;"接"</f><v>拼接</v></c><c r="C3"><v>1E3</v></c></row></sheetData>`+
			`<autoFilter ref="A1:C3"><filterColumn colId="0"><filters><filter val="筛选值"/></filters></filterColumn></autoFilter><mergeCells count="1"><mergeCell ref="B3:B5"/></mergeCells>`+
			`<conditionalFormatting sqref="C1"><cfRule type="expression" priority="1"><formula>草稿!$A$1&gt;1</formula></cfRule></conditionalFormatting><dataValidations count="1"><dataValidation type="list" sqref="A1" prompt="请选"><formula1>"张某,李某"</formula1></dataValidation></dataValidations>`+
			`<hyperlinks><hyperlink ref="A1" r:id="w" tooltip="去"/><hyperlink ref="B1" location="草稿!A1"/></hyperlinks><pageSetup paperSize="9" r:id="p"/><headerFooter><oddHeader>&amp;C公开页眉</oddHeader></headerFooter><drawing r:id="d"/><legacyDrawing r:id="v"/><tableParts count="1"><tablePart r:id="t"/></tableParts>`),
		"xl/worksheets/_rels/sheet1.xml.rels", rels("w", "hyperlink", "!https://www.example.gov.cn/", "d", "drawing", "../drawings/drawing1.xml", "v", "vmlDrawing", "../drawings/vmlDrawing1.vml", "c", "comments", "../comments1.xml",
			"p", "printerSettings", "../printerSettings/p1.bin", "t", "table", "../tables/table1.xml"),
		"xl/worksheets/sheet2.xml", sheet(`<sheetData><row r="1"><c r="A1"><v>21</v></c><c r="B1" t="inlineStr"><is><t>隐表</t></is></c></row></sheetData>`),
		"xl/worksheets/sheet3.xml", sheet(`<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>深隐</t></is></c></row></sheetData>`),
		"xl/tables/table1.xml", xmlHead+`<table `+nsSheet+` id="1" name="人员表" displayName="人员表" ref="A1:B3" totalsRowShown="0"><autoFilter ref="A1:B3"/><tableColumns count="2"><tableColumn id="1" name="姓名"/><tableColumn id="2" name="公开"><calculatedColumnFormula>草稿!A1</calculatedColumnFormula></tableColumn></tableColumns><tableStyleInfo name="TableStyleMedium2" showRowStripes="1"/></table>`,
		"xl/comments1.xml", `<comments `+nsSheet+`><authors><author>赵某</author></authors><commentList><comment ref="A1" authorId="0"><text><t>批注</t></text></comment></commentList></comments>`,
		"xl/drawings/vmlDrawing1.vml", `<xml xmlns:v="urn:schemas-microsoft-com:vml"><v:shape alt="批注框"/></xml>`, "xl/printerSettings/p1.bin", "\x00\x01printer",
		"xl/drawings/drawing1.xml", `<xdr:wsDr xmlns:xdr="`+nsMain+`drawingml/2006/spreadsheetDrawing" xmlns:a="`+nsMain+`drawingml/2006/main" xmlns:r="`+nsRels+`" xmlns:c="`+nsMain+`drawingml/2006/chart"><xdr:twoCellAnchor><xdr:from><xdr:col>0</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>6</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to><xdr:col>4</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>16</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:to>`+
			`<xdr:graphicFrame macro="密宏"><xdr:nvGraphicFramePr><xdr:cNvPr id="2" name="图表 1" descr="工资图"/><xdr:cNvGraphicFramePr/></xdr:nvGraphicFramePr><xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm><a:graphic><a:graphicData uri="`+nsMain+`drawingml/2006/chart"><c:chart r:id="ch"/></a:graphicData></a:graphic></xdr:graphicFrame><xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>`,
		"xl/drawings/_rels/drawing1.xml.rels", rels("ch", "chart", "../charts/chart1.xml"),
		"xl/charts/chart1.xml", `<c:chartSpace xmlns:c="`+nsMain+`drawingml/2006/chart" xmlns:a="`+nsMain+`drawingml/2006/main" xmlns:r="`+nsRels+`"><c:chart><c:autoTitleDeleted val="1"/><c:plotArea><c:layout/><c:barChart><c:barDir val="col"/><c:grouping val="clustered"/><c:ser><c:idx val="0"/><c:order val="0"/><c:tx><c:strRef><c:f>草稿!$B$1</c:f><c:strCache><c:ptCount val="1"/><c:pt idx="0"><c:v>系列名</c:v></c:pt></c:strCache></c:strRef></c:tx>`+
			`<c:val><c:numRef><c:f>草稿!$A$1:$A$2</c:f><c:numCache><c:formatCode>General</c:formatCode><c:ptCount val="2"/><c:pt idx="0"><c:v>21</c:v></c:pt><c:pt idx="1"><c:v>34</c:v></c:pt></c:numCache></c:numRef></c:val></c:ser><c:axId val="1"/><c:axId val="2"/></c:barChart><c:catAx><c:axId val="1"/><c:scaling/><c:axPos val="b"/><c:crossAx val="2"/></c:catAx>`+
			`<c:valAx><c:axId val="2"/><c:scaling/><c:axPos val="l"/><c:crossAx val="1"/></c:valAx></c:plotArea><c:legend><c:legendPos val="r"/></c:legend><c:plotVisOnly val="1"/></c:chart><c:externalData r:id="e"/></c:chartSpace>`,
		"xl/externalLinks/externalLink1.xml", `<externalLink><sheetNames><sheetName val="工资"/></sheetNames></externalLink>`, "xl/connections.xml", `<connections><connection name="人事库"/></connections>`,
		"xl/pivotCache/pivotCacheRecords1.xml", `<pivotCacheRecords><r><n v="9876"/></r></pivotCacheRecords>`, "xl/calcChain.xml", `<calcChain><c r="C1" i="1"/></calcChain>`, "docProps/app.xml", `<Properties><Company>某局</Company></Properties>`)
}

func TestWorkbookDerivativeHoldsWhatIsSeen(t *testing.T) {
	t.Parallel()
	d := sanitise(t, "收入.xlsm", ledgerBook(t))
	require.Equal(t, "收入.xlsx", d.Name)
	got := open(t, d.Name, d.Data)
	all := everything(got)
	for _, secret := range []string{"草稿", "底稿", "隐", "已删", "白串", "注音", "口令", "筛选", "张某", "赵某", "批注", "机密", "密宏", "工资", "人事", "9876", "某局", "人员", "777", "图表", "printer"} {
		require.NotContains(t, all, secret)
	}
	text := texts(got)
	require.Equal(t, "姓名\t公开\t42\t2025-03-01\n\n\t拼接\t1000", text["sheet 收入"])
	require.Empty(t, text["formulas of sheet 收入"])
	require.Equal(t, "公开页眉", text["header and footer of sheet 收入"])
	require.Contains(t, text["chart chart1.xml"], "系列名")
	require.Contains(t, entryOf(t, d.Data, "xl/charts/chart1.xml"), "<c:numLit>")
	sheet := entryOf(t, d.Data, "xl/worksheets/sheet1.xml")
	require.Contains(t, sheet, `<row r="2" hidden="1"><c r="A2"></c></row>`, "a hidden row keeps its place, empty")
	require.Contains(t, sheet, `<pageSetup paperSize="9"/>`)
	require.Contains(t, entryOf(t, d.Data, "xl/workbook.xml"), `<definedName name="_xlnm.Print_Area" localSheetId="0">收入!$A$1:$F$20</definedName>`)
}

// TestWhatWouldLookOtherwiseIsRefused: never a derivative that shows less.
func TestWhatWouldLookOtherwiseIsRefused(t *testing.T) {
	t.Parallel()
	book := ledgerBook(t)
	merged := strings.Replace(entryOf(t, book, "xl/worksheets/sheet1.xml"), `ref="B3:B5"`, `ref="E1:F1"`, 1)
	word := strings.Replace(entryOf(t, letter(t), "word/document.xml"), `<w:sectPr>`, `<w:altChunk r:id="x"/><w:sectPr>`, 1)
	for reason, file := range map[string][]byte{
		"hidden_merge": swap(t, book, "xl/worksheets/sheet1.xml", merged), "embedded_content": swap(t, letter(t), "word/document.xml", word),
		"unsupported": []byte("From: a\r\nTo: b\r\nMIME-Version: 1.0\r\n\r\nx"), "needs_converter": []byte(`{\rtf1 x}`), "xml_bomb": swap(t, book, "xl/workbook.xml", `<!DOCTYPE a><a/>`),
	} {
		_, err := Sanitise(t.Context(), Tools{}, "a", file, document.DefaultLimits())
		bad := (*CannotTreat)(nil)
		require.True(t, errors.As(err, &bad), "%s: %v", reason, err)
		require.Equal(t, reason, bad.Reason)
		require.ErrorIs(t, err, ErrCannotTreat)
	}
}
