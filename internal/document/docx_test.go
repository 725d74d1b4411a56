package document

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// hideouts is a .docm with what rich has not: objects, macros, styles that hide.
func hideouts(t testing.TB) []byte {
	t.Helper()
	book := docx(t, "表中表 13812345678")
	macros := compoundFile(t, []cfbStream{
		{"VBA/Module1", vba("Attribute VB_Name = \"Module1\"\r\nSub 密电()\r\n' call 13900001111\r\nEnd Sub\r\n")},
		{"VBA/dir", "x"},
		{"VBA/_VBA_PROJECT", "y"},
		{"PROJECT", "Name=\"Plan\""},
	})
	object := compoundFile(t, []cfbStream{
		{"\x01Ole10Native", native("附件.txt", `C:\Users\wang\plan.txt`, "藏在对象里")},
		{"\x01CompObj", "\x00\x01Package\x00"},
	})
	run := func(props, text string) string {
		return `<w:r><w:rPr>` + props + `</w:rPr><w:t>` + text + `</w:t></w:r>`
	}
	body := `<w:document ` + w + `><w:body>` +
		`<w:p><w:pPr><w:pStyle w:val="Child"/></w:pPr>` + run("", "承袭隐") + run(`<w:vanish w:val="0"/>`, "自明") + `</w:p>` +
		`<w:p>` + run(`<w:sz w:val="4"/>`, "二磅") + run(`<w:sz w:val="5"/>`, "可见") + run(`<w:color w:val="FDFDFD"/>`, "近白") +
		run(`<w:color w:val="000000"/><w:shd w:fill="000000"/>`, "涂黑") + run(`<w:highlight w:val="black"/>`, "荧光黑") +
		run(`<w:color w:val="FFFFFF"/><w:highlight w:val="red"/>`, "醒目") + `</w:p>` +
		`<w:p><w:moveFrom w:author="移某"><w:r><w:t>移走</w:t></w:r></w:moveFrom><w:moveTo w:author="移某" w:date="d"><w:r><w:t>移来</w:t></w:r></w:moveTo></w:p>` +
		`<w:p><w:sdt><w:sdtPr><w:alias w:val="下拉题"/><w:dropDownList><w:listItem w:displayText="选项甲" w:value="1"/></w:dropDownList></w:sdtPr></w:sdt>` +
		`<w:bookmarkStart w:name="书签名"/><w:bookmarkStart w:name="_GoBack"/></w:p>` +
		`<w:p><w:r><v:textpath string="艺术字"/></w:r><w:fake w:ext="不识之属性"/><?mso 指令?></w:p></w:body></w:document>`
	return zipOf(t,
		"[Content_Types].xml", xml.Header+`<Types><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>`+
			`<Override PartName="/word/odd.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"/></Types>`,
		"_rels/.rels", rootRels,
		"word/document.xml", body,
		"word/_rels/document.xml.rels", `<Relationships><Relationship Id="r1" Type="x/styles" Target="look.xml"/><Relationship Id="r2" Type="x/settings" Target="settings.xml"/></Relationships>`,
		"word/look.xml", `<w:styles `+w+`><w:style w:styleId="Child"><w:basedOn w:val="Parent"/></w:style><w:style w:styleId="Parent"><w:rPr><w:vanish/></w:rPr></w:style></w:styles>`,
		"word/odd.xml", `<w:hdr `+w+`><w:p><w:r><w:t>异名页</w:t></w:r><w:r><w:t>眉</w:t></w:r></w:p></w:hdr>`,
		"word/settings.xml", `<w:settings `+w+`><w:mailMerge><w:query w:val="SELECT * FROM 名单"/></w:mailMerge></w:settings>`,
		"word/numbering.xml", `<w:numbering `+w+`><w:lvlText w:val="内部第%1条"/></w:numbering>`,
		"word/people.xml", `<w15:people xmlns:w15="z"><w15:person w15:author="前作者甲"/></w15:people>`,
		"word/embeddings/inner.docx", string(book),
		"word/embeddings/oleObject1.bin", string(object),
		"word/vbaProject.bin", string(macros),
		"word/printerSettings1.bin", utf16Text(`\\bureau-a\printer`),
		"customXml/item1.xml", `<b:Sources xmlns:b="q" StyleName="某某办公厅样式"/>`,
		"foreign.txt", "外来文件",
	)
}

func TestDOCXHidesNothingInItsCorners(t *testing.T) {
	t.Parallel()
	d := open(t, "a.docm", hideouts(t))
	got := texts(d)
	require.Equal(t, "自明\n可见醒目\n移来", got["body"])
	for part, want := range map[string]string{
		"hidden text": "承袭隐\n二磅近白涂黑荧光黑", "tracked deletion (移某)": "移走", "header 1": "异名页眉",
		"attribute of form": "下拉题\n选项甲\n1\n书签名", "text box 1": "艺术字", "attribute": "不识之属性", "xml comment": "mso 指令",
		"mail merge": "SELECT * FROM 名单", "list label": "内部第%1条", "attribute in people.xml": "前作者甲",
		"body in embedded object inner.docx":                                 "表中表 13812345678",
		"body in embedded object 附件.txt in embedded object oleObject1.bin":   "藏在对象里",
		"property path of embedded object in embedded object oleObject1.bin": "附件.txt\nC:\\Users\\wang\\plan.txt\nC:\\Users\\wang\\plan.txt",
		"macro Module1": "Attribute VB_Name = \"Module1\"\nSub 密电()\n' call 13900001111\nEnd Sub",
		"property printer settings printerSettings1.bin": `\\bureau-a\printer`,
		"attribute in custom data item1.xml":             "某某办公厅样式", "body in embedded object foreign.txt": "外来文件",
	} {
		require.Equal(t, want, got[part], part)
	}
	require.Empty(t, unreads(d))
	for _, name := range []string{"macro Module1", "body in embedded object inner.docx", "hidden text", "body in embedded object foreign.txt"} {
		require.True(t, hidden(t, d, name), name)
	}
	require.False(t, hidden(t, d, "list label"))
	require.NotContains(t, d.HTML(), "隐")
}

// TestDamageInOneCornerIsSaidThere: a broken header does not refuse the file,
// nor does it pass.
func TestDamageInOneCornerIsSaidThere(t *testing.T) {
	t.Parallel()
	d := open(t, "a.docx", zipOf(t, "_rels/.rels", rootRels, "word/document.xml", `<w:document `+w+`><w:p><w:r><w:t>正文</w:t></w:r></w:p></w:document>`,
		"word/header1.xml", `<w:hdr><w:p></w:hdr>`, "word/embeddings/a.bin", "\x00\x01\x02\x80", "word/vbaProject.bin", compoundMagic,
		"docProps/core.xml", `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`))
	require.Equal(t, "正文", texts(d)["body"])
	require.Equal(t, map[string]string{
		"header 1": "damaged", "embedded object a.bin": "bad_encoding", "macro vbaProject.bin": "truncated", "property list core.xml": "xml_bomb",
	}, unreads(d))
}

// BenchmarkTwoHundredPages opens a document of 200 pages of 800 characters in
// runs of ten, as an editor leaves them.
func BenchmarkTwoHundredPages(b *testing.B) {
	run := `<w:r w:rsidR="00A77B3E"><w:rPr><w:rFonts w:ascii="FangSong" w:eastAsia="仿宋_GB2312"/><w:sz w:val="32"/></w:rPr><w:t>各镇人民政府街道办事</w:t></w:r>`
	body := strings.Repeat(`<w:p w:rsidR="00A77B3E"><w:pPr><w:ind w:firstLine="640"/></w:pPr>`+strings.Repeat(run, 16)+`</w:p>`, 200*5)
	data := zipOf(b, "_rels/.rels", rootRels, "word/document.xml", `<w:document `+w+`><w:body>`+body+`</w:body></w:document>`, "noise.txt", noiseText(200_000))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := Open("a.docx", data, DefaultLimits())
		require.NoError(b, err)
	}
}
