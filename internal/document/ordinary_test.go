package document

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// ordinary are the beginnings of the names of hidden parts that any file has;
// the rule about hidden content does not stop at them.
var ordinary = []string{"property", "attribute", "link", "field code", "style", "font", "file name", "title"}

// TestOrdinaryFilesHideNothingUnusual: what an editor writes into every file is
// read, but is no reason for an alarm.
func TestOrdinaryFilesHideNothingUnusual(t *testing.T) {
	t.Parallel()
	const app = `<Properties><Template>Normal.dotm</Template><Company>某局</Company><TitlesOfParts><vt:lpstr>标题</vt:lpstr></TitlesOfParts></Properties>`
	const theme = `<a:theme name="Office 主题"><a:fontScheme name="Office"><a:latin typeface="等线 Light" panose="020F0302020204030204"/></a:fontScheme></a:theme>`
	prompt := func(kind, text string) string {
		return `<p:sp><p:nvSpPr><p:cNvPr id="1" name="标题 1"/><p:nvPr><p:ph type="` + kind + `"/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:fld><a:t>` + text + `</a:t></a:fld></a:p></p:txBody></p:sp>`
	}
	slide := func(root, shapes string) string {
		return `<p:` + root + `><p:cSld><p:spTree>` + shapes + `</p:spTree></p:cSld></p:` + root + `>`
	}
	rels := func(target string) string {
		return `<Relationships><Relationship Id="r" Type="x/officeDocument" Target="` + target + `"/></Relationships>`
	}
	for name, data := range map[string][]byte{
		"a.docx": zipOf(t, "_rels/.rels", rootRels,
			"word/document.xml", `<w:document `+w+`><w:body><w:p w:rsidR="00A77B3E"><w:pPr><w:rPr><w:rFonts w:hint="eastAsia"/></w:rPr></w:pPr><w:r><w:t>正文</w:t></w:r><w:bookmarkStart w:name="_GoBack"/></w:p></w:body></w:document>`,
			"word/settings.xml", `<w:settings `+w+`><w:rsids><w:rsid w:val="00A77B3E"/></w:rsids><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/><w:decimalSymbol w:val="."/></w:settings>`,
			"word/fontTable.xml", `<w:fonts `+w+`><w:font w:name="仿宋_GB2312"><w:altName w:val="FangSong"/></w:font></w:fonts>`, "word/webSettings.xml", `<w:webSettings `+w+`/>`, "word/theme/theme1.xml", theme,
			"word/numbering.xml", `<w:numbering `+w+`><w:lvlText w:val="%1."/></w:numbering>`, "word/footnotes.xml", `<w:footnotes `+w+`><w:footnote w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote></w:footnotes>`,
			"word/people.xml", `<w15:people xmlns:w15="z"><w15:person w15:author="某某"/></w15:people>`, "customXml/item1.xml", `<b:Sources xmlns:b="q" SelectedStyle="\APASixthEditionOfficeOnline.xsl" StyleName="APA"/>`,
			"customXml/itemProps1.xml", `<ds:datastoreItem xmlns:ds="q" ds:itemID="{A0B1}"/>`, "docProps/app.xml", app, "docProps/custom.xml", `<p><property name="KSOProductBuildVer"><lpwstr>2052-12.1</lpwstr></property></p>`),
		"a.xlsx": zipOf(t, "_rels/.rels", rels("xl/workbook.xml"), "xl/_rels/workbook.xml.rels", workbookRels,
			"xl/workbook.xml", `<workbook><fileVersion appName="xl" rupBuild="14420"/><sheets><sheet name="收入" r:id="r1"/></sheets><definedNames><definedName name="_xlfn.IFERROR" hidden="1">#NAME?</definedName><definedName name="_xlnm._FilterDatabase" hidden="1">收入!$A$1</definedName></definedNames></workbook>`,
			"xl/worksheets/sheet1.xml", `<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><f>SUM(A1:A9)</f><v>3</v></c></row></sheetData><pageSetup r:id="p"/><phoneticPr fontId="1" type="noConversion"/></worksheet>`,
			"xl/sharedStrings.xml", `<sst><si><t>姓名</t><rPh><t>xing</t></rPh></si></sst>`, "xl/theme/theme1.xml", theme, "xl/calcChain.xml", `<calcChain><c r="B1" i="1"/></calcChain>`,
			"xl/tables/table1.xml", `<table displayName="表1" ref="A1:B9"><tableColumns><tableColumn name="姓名"><calculatedColumnFormula>SUM(A1)</calculatedColumnFormula></tableColumn></tableColumns></table>`,
			"xl/printerSettings/printerSettings1.bin", utf16Text("HP LaserJet 1020"), "docProps/app.xml", app),
		"a.pptx": zipOf(t, "_rels/.rels", rels("ppt/presentation.xml"),
			"ppt/presentation.xml", `<p:presentation><p:sldIdLst><p:sldId id="256" r:id="r1"/></p:sldIdLst><p:sldSz cx="1000" cy="700"/></p:presentation>`,
			"ppt/_rels/presentation.xml.rels", `<Relationships><Relationship Id="r1" Type="x/slide" Target="slides/slide1.xml"/></Relationships>`,
			"ppt/slides/slide1.xml", slide("sld", prompt("title", "通知")+prompt("sldNum", "1")), "ppt/slides/_rels/slide1.xml.rels", `<Relationships><Relationship Id="n" Type="x/notesSlide" Target="../notesSlides/notesSlide1.xml"/></Relationships>`,
			"ppt/notesSlides/notesSlide1.xml", slide("notes", prompt("body", "")+prompt("sldNum", "1")), "ppt/slideLayouts/slideLayout1.xml", slide("sldLayout", prompt("title", "单击此处编辑母版标题样式")+prompt("dt", "2025/3/1")),
			"ppt/slideMasters/slideMaster1.xml", slide("sldMaster", prompt("body", "单击此处编辑母版文本样式")), "ppt/notesMasters/notesMaster1.xml", slide("notesMaster", prompt("hdr", "")), "ppt/theme/theme1.xml", theme,
			"ppt/tableStyles.xml", `<a:tblStyleLst def="{5C22544A}"/>`, "ppt/presProps.xml", `<p:presentationPr/>`),
		"a.eml": []byte("MIME-Version: 1.0\r\nSubject: a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\nThis is a multi-part message in MIME format.\r\n--b\r\n\r\nx\r\n--b--\r\n"),
		"a.png": pngOf(t, "tEXtSoftware\x00gnome-screenshot"),
	} {
		d := open(t, name, data)
		for _, p := range d.Parts {
			usual := slices.ContainsFunc(ordinary, func(prefix string) bool { return strings.HasPrefix(p.Name, prefix) })
			require.True(t, !p.Hidden || usual, "%s: %q says %q", name, p.Name, p.Text)
			require.True(t, p.Unread == "" || d.Kind == Image, "%s: %q is unread", name, p.Name)
		}
	}
}
