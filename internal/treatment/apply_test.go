package treatment

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"shenfa/internal/document"
)

func apply(t testing.TB, name string, data []byte, masks ...Mask) ([]byte, []Mask) {
	t.Helper()
	out, missed, err := Apply(t.Context(), Tools{}, name, data, masks, document.DefaultLimits())
	require.NoError(t, err)
	return out, missed
}

var phone = Mask{"13812345678", "138****5678"}

// TestTextKeepsItsEncodingAndLineEnds: only the value changes, to the byte.
func TestTextKeepsItsEncodingAndLineEnds(t *testing.T) {
	t.Parallel()
	const text = "联系人：\r\n王某 13812345678\r\n地址\t不详\n"
	want := strings.ReplaceAll(text, phone.Excerpt, phone.With)
	gbk := func(s string) string {
		out, err := simplifiedchinese.GBK.NewEncoder().String(s)
		require.NoError(t, err)
		return out
	}
	wide := func(s string) string {
		out, err := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(s)
		require.NoError(t, err)
		return out
	}
	for name, code := range map[string]func(string) string{
		"utf-8": func(s string) string { return s }, "bom": func(s string) string { return "\xEF\xBB\xBF" + s }, "gbk": gbk, "utf-16": wide,
	} {
		out, missed := apply(t, "a.txt", []byte(code(text)), phone)
		require.Empty(t, missed, name)
		require.Equal(t, code(want), string(out), name)
	}
	out, missed := apply(t, "a.txt", []byte("1381234\r\n5678，张\u200b三"), Mask{"1381234\n5678", "…"}, Mask{"张\u200b三", "张某"}, Mask{"李四", "李某"})
	require.Equal(t, "…，张某", string(out))
	require.Equal(t, []Mask{{"李四", "李某"}}, missed, "what is nowhere is said to be missed")
	out, missed = apply(t, "a.eml", []byte("Subject: =?utf-8?B?MTM4MTIzNDU2Nzg=?=\r\nMIME-Version: 1.0\r\n\r\n13812345678\r\n"), phone)
	require.Equal(t, []Mask{phone}, missed, "what is encoded stays")
	require.Contains(t, string(out), "\r\n\r\n138****5678\r\n")
	out, _ = apply(t, "a.txt", []byte(`{"tel":"\u0031\u003313812345678"}`), phone)
	require.Equal(t, `{"tel":"\u0031\u0033138****5678"}`, string(out))
	out, _ = apply(t, "a.txt", []byte(`{"name":"\u5f20\u4e09丰"}`), Mask{"张三", "张某"})
	require.Equal(t, `{"name":"张某丰"}`, string(out))
	out, missed = apply(t, "a.md", []byte("# 通知\n\n* 联系**张\\*三** 138**1234**5678\n"), phone, Mask{"张*三", "某人"})
	require.Empty(t, missed)
	require.Equal(t, "# 通知\n\n* 联系**某人** 138\\*\\*\\*\\*5678\n", string(out))
}

// TestAMaskInMarkdownIsReadAsItIs masks two values in one paragraph, whose stars would be the
// emphasis of what stands between them, and wherever a backslash is or is no escape.
func TestAMaskInMarkdownIsReadAsItIs(t *testing.T) {
	t.Parallel()
	id := Mask{"11010519491231002X", "11*********02X"}
	for name, source := range map[string]string{
		"a paragraph": "电话13812345678，身份证号11010519491231002X。", "emphasis": "**电话13812345678**，*证11010519491231002X*", "a heading": "# 13812345678 11010519491231002X",
		"a list": "* 13812345678\n* 11010519491231002X", "a table": "|电话|证|\n|-|-|\n|13812345678|11010519491231002X|", "a link": "[13812345678](https://example.cn/11010519491231002X)，11010519491231002X",
		"code in a line": "`13812345678`，`11010519491231002X`", "a block of code": "```\n13812345678 11010519491231002X\n```", "an indented block": "x\n\n    13812345678 11010519491231002X",
		"a block of HTML": "<div>\n13812345678 11010519491231002X\n</div>", "HTML in a line": "a <b>13812345678</b> 11010519491231002X", "escaped": "1381\\2345678 11010519491231002X",
	} {
		out, _ := apply(t, "a.md", []byte(source), phone, id)
		d, err := document.Open("a.md", out, document.DefaultLimits())
		require.NoError(t, err, name)
		says := ""
		for _, p := range d.Parts {
			says += p.Text + "\n"
		}
		require.NotContains(t, says, "\\*", "%s: %s", name, out)
		require.Contains(t, says, "11*********02X", "%s: %s", name, out)
		if name != "escaped" { // a backslash before a figure is none, and this is no number
			require.Contains(t, says, "138****5678", "%s: %s", name, out)
		}
	}
}

func TestPagesAreMaskedInTheirSource(t *testing.T) {
	t.Parallel()
	const page = "<!DOCTYPE html>\n<p class=x title='13812345678'>电话 <b>138</b>1234<i>5678</i>&amp;<a href=\"tel:13812345678\">拨打</a></p><!-- 13812345678 --><script>call('13812345678'); '\\u5f20三'</script><p>张&#19977;</p>"
	out, missed := apply(t, "a.html", []byte(page), phone, Mask{"张三", "<张>"})
	require.Empty(t, missed)
	require.Equal(t, "<!DOCTYPE html>\n<p class=\"x\" title=\"138****5678\">电话 <b>138****5678</b><i></i>&amp;<a href=\"tel:138****5678\">拨打</a></p><!-- 138****5678 --><script>call('138****5678'); '<张>'</script><p>&lt;张&gt;</p>", string(out))
}

// TestWordIsMaskedWhereverItStands: in every story of the file, split as editors
// split it, and with the formatting around it.
func TestWordIsMaskedWhereverItStands(t *testing.T) {
	t.Parallel()
	split := `<w:p>` + run("电话138") + `<w:proofErr w:type="spellStart"/>` + boldRun("1234") + `<w:bookmarkStart w:id="1" w:name="x"/>` + run("5678。") + `</w:p>`
	body := `<w:document ` + nsWord + `><w:body>` + split +
		`<w:p>` + run("138") + `<w:del w:author="甲"><w:r><w:delText>99</w:delText></w:r></w:del>` + run("12345678") + `</w:p>` +
		`<w:p>` + run("1381234") + `<w:r><w:rPr><w:vanish/></w:rPr><w:t>隐</w:t></w:r>` + run("5678") + `</w:p>` +
		`<w:p>` + run("上行张") + `<w:r><w:br/></w:r>` + run("三下行") + `</w:p>` +
		`<w:p>` + run("甲138") + `</w:p><w:p>` + run("12345678乙") + `</w:p>` +
		`<w:p><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:inline><wp:docPr id="1" name="框" descr="图中13812345678"/><wps:txbx><w:txbxContent>` + split + `</w:txbxContent></wps:txbx></wp:inline></w:drawing></mc:Choice>` +
		`<mc:Fallback><w:pict><v:textbox><w:txbxContent>` + split + `</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>` +
		`<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>HYPERLINK "tel:13812345678"</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>` + run("13812345678") + `<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>` +
		`</w:body></w:document>`
	story := func(root string) string { return `<w:` + root + ` ` + nsWord + `>` + split + `</w:` + root + `>` }
	notes := `<w:footnotes ` + nsWord + `><w:footnote w:id="1">` + split + `</w:footnote></w:footnotes>`
	data := zipOf(t, "[Content_Types].xml", typesHead+override("word/document.xml", "wordprocessingml.document.main")+override("word/header1.xml", "wordprocessingml.header")+override("word/footnotes.xml", "wordprocessingml.footnotes")+`</Types>`,
		"_rels/.rels", rels("r1", "officeDocument", "word/document.xml"), "word/document.xml", body, "word/header1.xml", story("hdr"), "word/footnotes.xml", notes,
		"word/_rels/document.xml.rels", rels("r1", "header", "header1.xml", "r2", "footnotes", "footnotes.xml", "r3", "hyperlink", "!tel:13812345678"),
		"docProps/core.xml", `<cp><title>关于13812345678</title></cp>`, "word/embeddings/in.xlsx", string(bookOf(t)), "word/a.bin", "电话13812345678")
	out, missed := apply(t, "a.docx", data, phone, Mask{"张\n三", "某人"})
	require.Empty(t, missed)
	d := texts(open(t, "a.docx", out))
	require.Equal(t, "电话138****5678。\n138****5678\n138****5678\n上行某人下行\n甲138\n12345678乙\n138****5678", d["body"])
	for part, text := range d {
		require.NotContains(t, text, phone.Excerpt, part)
	}
	require.Contains(t, entryOf(t, out, "word/document.xml"), run("电话138****5678")+`<w:proofErr w:type="spellStart"/>`+boldRun("")+`<w:bookmarkStart w:id="1" w:name="x"/>`+run("。"), "the runs stay")
	require.Contains(t, d["header 1"]+d["footnote 1"]+d["link target"]+d["property title"]+d["attribute alt"]+d["field code"], "138****5678")
}

// bookOf is a workbook that says a number in every way a sheet can.
func bookOf(t testing.TB) []byte {
	t.Helper()
	return zipOf(t, "[Content_Types].xml", typesHead+override("xl/workbook.xml", "spreadsheetml.sheet.main")+override("xl/calcChain.xml", "spreadsheetml.calcChain")+`</Types>`,
		"_rels/.rels", rels("r1", "officeDocument", "xl/workbook.xml"),
		"xl/workbook.xml", `<workbook xmlns:r="`+nsRels+`"><sheets><sheet name="名单13812345678" sheetId="1" r:id="r1"/></sheets><definedNames><definedName name="n">'名单13812345678'!$A$1</definedName></definedNames></workbook>`,
		"xl/_rels/workbook.xml.rels", rels("r1", "worksheet", "worksheets/sheet1.xml", "r2", "sharedStrings", "sharedStrings.xml", "r3", "calcChain", "calcChain.xml", "r4", "styles", "styles.xml"),
		"xl/styles.xml", `<styleSheet><cellXfs><xf/><xf numFmtId="14"/></cellXfs></styleSheet>`,
		"xl/calcChain.xml", `<calcChain><c r="C1" i="1"/></calcChain>`,
		"xl/sharedStrings.xml", `<sst><si><t>电话</t></si><si><r><rPr><b/></rPr><t>138</t></r><r><rPr><i/></rPr><t>12345678</t></r></si></sst>`,
		"xl/worksheets/sheet1.xml", `<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" s="1" t="s"><v>1</v></c><c r="C1"><f>B1</f><v>13812345678</v></c><c r="D1"><v>1.3812345678E10</v></c>`+
			`<c r="E1" t="inlineStr"><is><r><t>1381234</t></r><r><t>5678</t></r></is></c><c r="F1" s="1"><v>45717</v></c><c r="G1" t="str"><f>"a13812345678"</f><v>a</v></c><c r="H1"><v>7</v></c></row></sheetData>`+
			`<headerFooter><oddHeader>&amp;C13812345678</oddHeader></headerFooter></worksheet>`)
}

func TestCellsAreMaskedAsTheyAreSeen(t *testing.T) {
	t.Parallel()
	out, missed := apply(t, "a.xlsx", bookOf(t), phone, Mask{"2025-03-01", "2025年"})
	require.Empty(t, missed)
	d := open(t, "a.xlsx", out)
	require.NotContains(t, everything(d), phone.Excerpt)
	got := texts(d)
	require.Equal(t, "电话\t138****5678\t138****5678\t138****5678\t138****5678\t2025年\ta\t7", got["sheet 名单138＊＊＊＊5678"])
	require.Empty(t, got["formulas of sheet 名单138＊＊＊＊5678"])
	require.Contains(t, entryOf(t, out, "xl/sharedStrings.xml"), `<r><rPr><b/></rPr><t>138****5678</t></r><r><rPr><i/></rPr><t></t></r>`)
	require.Contains(t, entryOf(t, out, "xl/worksheets/sheet1.xml"), `<c r="F1" s="1" t="inlineStr">`)
	require.NotContains(t, entryOf(t, out, "xl/_rels/workbook.xml.rels"), "calcChain")
}

// TestArchivesAreMaskedInside: members of any kind, and their names.
func TestArchivesAreMaskedInside(t *testing.T) {
	t.Parallel()
	data := zipOf(t, "附件/13812345678.txt", "电话13812345678", "表.xlsx", string(bookOf(t)), "a/无.txt", "无关")
	out, missed := apply(t, "a.zip", data, phone)
	require.Empty(t, missed)
	require.NotContains(t, everything(open(t, "a.zip", out)), phone.Excerpt)
	require.Equal(t, "电话138****5678", entryOf(t, out, "附件/138****5678.txt"))
	require.Equal(t, "无关", entryOf(t, out, "a/无.txt"))
}
