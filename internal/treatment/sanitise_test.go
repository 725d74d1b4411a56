package treatment

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/document"
)

func sanitise(t testing.TB, name string, data []byte) Derivative {
	t.Helper()
	d, err := Sanitise(t.Context(), Tools{}, name, data, document.DefaultLimits())
	require.NoError(t, err)
	again, err := Sanitise(t.Context(), Tools{}, name, data, document.DefaultLimits())
	require.NoError(t, err)
	require.True(t, bytes.Equal(d.Data, again.Data), "the same bytes give the same bytes")
	return d
}

// picture is a PNG that says who made it.
func picture(t testing.TB) string {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 40, 20))
	for i := range 800 {
		m.Set(i%40, i/40, color.RGBA{uint8(i), 90, 160, 255})
	}
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, m))
	s := b.String()
	return s[:33] + "\x00\x00\x00\x0btEXtAuthor\x00Wang\x00\x00\x00\x00" + s[33:] + "after the end"
}

const inlinePicture = `<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="1270000" cy="635000"/><wp:docPr id="7" name="现场照片" descr="照片拍摄于家中"/><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">` +
	`<pic:pic><pic:nvPicPr><pic:cNvPr id="0" name="秘密.png"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="rImg"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="1270000" cy="635000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>`

// letter is a word document that carries more than it shows.
func letter(t testing.TB) []byte {
	t.Helper()
	field := func(code, shows string) string {
		return `<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> ` + code + ` </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>` + run(shows) + `<w:r><w:fldChar w:fldCharType="end"/></w:r>`
	}
	body := `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><!-- 起草人备注 --><w:document ` + nsWord + ` xmlns:z="urn:z" w:rsidR="00112233"><w:body>` +
		`<w:p w:rsidR="00A1B2C3"><w:pPr><w:pStyle w:val="Own"/></w:pPr>` + run("关于防汛工作的通知") + `</w:p>` +
		`<w:p>` + run("保留") + `<w:ins w:id="1" w:author="王某" w:date="2025-01-01T00:00:00Z">` + run("新增") + `</w:ins><w:del w:id="2" w:author="王某"><w:r><w:delText>删去的内容</w:delText></w:r></w:del>` +
		`<w:commentRangeStart w:id="0"/>` + run("正文") + `<w:commentRangeEnd w:id="0"/><w:r><w:commentReference w:id="0"/></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏文字</w:t></w:r><w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t>白字</w:t></w:r></w:p>` +
		`<w:p><w:pPr><w:rPr><w:del w:id="3" w:author="王某"/></w:rPr></w:pPr>` + run("前半") + `</w:p><w:p><w:pPr><w:jc w:val="center"/></w:pPr>` + run("后半") + `</w:p>` +
		`<w:p>` + field(`HYPERLINK "file:///D:/内部/名单.docx"`, "见名单") + field("AUTHOR", "某科") + `<w:hyperlink r:id="rWeb" w:tooltip="提示">` + run("官网") + `</w:hyperlink><w:hyperlink r:id="rFile">` + run("内网") + `</w:hyperlink><w:hyperlink w:anchor="名">` + run("跳转") + `</w:hyperlink></w:p>` +
		`<w:p><w:bookmarkStart w:id="9" w:name="身份证在此"/><w:sdt><w:sdtPr><w:alias w:val="内部字段"/><w:tag w:val="secret-tag-0001"/></w:sdtPr><w:sdtContent>` + run("控件值") + `</w:sdtContent></w:sdt><w:bookmarkEnd w:id="9"/>` + inlinePicture +
		`<w:r><w:footnoteReference w:id="2"/></w:r><z:note>外来文字</z:note></w:p>` +
		`<w:p><w:r><w:object><v:shape id="_x0000_i1025" style="width:60pt;height:30pt" alt="对象说明"><v:imagedata r:id="rImg" o:title="老标题"/></v:shape><o:OLEObject Type="Embed" ProgID="Excel.Sheet.12" r:id="rOle"/></w:object></w:r></w:p>` +
		`<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="dxa"/><w:tblDescription w:val="表的说明文字"/></w:tblPr><w:tblGrid><w:gridCol w:w="5000"/></w:tblGrid><w:tr><w:tc><w:tcPr><w:tcW w:w="5000" w:type="dxa"/></w:tcPr><w:p>` + run("表格") + `</w:p></w:tc></w:tr>` +
		`<w:tr><w:trPr><w:del w:id="5" w:author="王某"/></w:trPr><w:tc><w:p><w:del w:author="王某"><w:r><w:delText>整行删去</w:delText></w:r></w:del></w:p></w:tc></w:tr></w:tbl>` +
		`<w:sectPr><w:headerReference w:type="default" r:id="rHead"/><w:footerReference w:type="default" r:id="rFoot"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1440" w:right="1800" w:bottom="1440" w:left="1800" w:header="851" w:footer="992" w:gutter="0"/></w:sectPr></w:body></w:document>`
	types := typesHead + override("word/document.xml", "wordprocessingml.document.main")
	for _, o := range [][2]string{{"header1", "header"}, {"header9", "header"}, {"footer1", "footer"}, {"footnotes", "footnotes"}, {"comments", "comments"}, {"styles", "styles"}, {"settings", "settings"}} {
		types += override("word/"+o[0]+".xml", "wordprocessingml."+o[1])
	}
	return zipOf(t, "[Content_Types].xml", types+`</Types>`,
		"_rels/.rels", rels("r1", "officeDocument", "word/document.xml", "r2", "metadata/core-properties", "docProps/core.xml", "r3", "metadata/thumbnail", "docProps/thumbnail.png"),
		"word/document.xml", body,
		"word/_rels/document.xml.rels", rels("rHead", "header", "header1.xml", "rFoot", "footer", "footer1.xml", "rNotes", "footnotes", "footnotes.xml", "rCom", "comments", "comments.xml", "rSty", "styles", "styles.xml", "rSet", "settings", "settings.xml",
			"rImg", "image", "media/张三的照片.png", "rOle", "package", "embeddings/book.xlsx", "rWeb", "hyperlink", "!https://www.example.gov.cn/", "rFile", "hyperlink", `!file:///D:/内部/名单.docx`, "rTpl", "attachedTemplate", "!http://10.0.0.8/t.dotm"),
		"word/header1.xml", `<w:hdr `+nsWord+`><w:p>`+run("某某应急管理局")+`</w:p></w:hdr>`,
		"word/header9.xml", `<w:hdr `+nsWord+`><w:p>`+run("不用的页眉")+`</w:p></w:hdr>`,
		"word/footer1.xml", `<w:ftr `+nsWord+`><w:p>`+field(`PAGE  \* MERGEFORMAT`, "1")+field("FILENAME \\p", "第")+`</w:p></w:ftr>`,
		"word/footnotes.xml", `<w:footnotes `+nsWord+`><w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote><w:footnote w:id="2"><w:p>`+run("脚注正文")+`</w:p></w:footnote><w:footnote w:id="3"><w:p>`+run("无人引用的脚注")+`</w:p></w:footnote></w:footnotes>`,
		"word/comments.xml", `<w:comments `+nsWord+`><w:comment w:id="0" w:author="李某"><w:p>`+run("这里要改")+`</w:p></w:comment></w:comments>`,
		"word/styles.xml", `<w:styles `+nsWord+`><w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val="21"/></w:rPr></w:rPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style><w:style w:type="paragraph" w:customStyle="1" w:styleId="Own"><w:name w:val="某局内部标题样式"/><w:basedOn w:val="Normal"/><w:pPr><w:jc w:val="center"/></w:pPr><w:rPr><w:b/><w:sz w:val="44"/></w:rPr></w:style></w:styles>`,
		"word/settings.xml", `<w:settings `+nsWord+`><w:defaultTabStop w:val="420"/><w:noLineBreaksAfter w:lang="zh-CN" w:val="$([{£¥·‘“〈《「"/><m:mathPr xmlns:m="`+nsMain+`officeDocument/2006/math"><m:mathFont m:val="Cambria Math"/><m:wrapIndent m:val="1440"/></m:mathPr><w:attachedTemplate r:id="rT"/><w:rsids><w:rsid w:val="00A1B2C3"/></w:rsids><w:docVars><w:docVar w:name="密级" w:val="内部"/></w:docVars></w:settings>`,
		"word/_rels/settings.xml.rels", rels("rT", "attachedTemplate", "!file:///C:/t.dotm"),
		"word/media/张三的照片.png", picture(t), "word/embeddings/book.xlsx", string(bookOf(t)), "word/vbaProject.bin", "\x00macro", "customXml/item1.xml", `<a>底数</a>`,
		"docProps/core.xml", `<cp:coreProperties xmlns:cp="x"><cp:lastModifiedBy>张三</cp:lastModifiedBy></cp:coreProperties>`, "docProps/thumbnail.png", picture(t), "foreign.txt", "外来文件")
}

func TestWordDerivativeHoldsWhatIsSeen(t *testing.T) {
	t.Parallel()
	d := sanitise(t, "通知.docm", letter(t))
	require.Equal(t, "通知.docx", d.Name)
	got := open(t, d.Name, d.Data)
	all := everything(got)
	for _, secret := range []string{"删去", "隐藏", "白字", "王某", "李某", "张三", "要改", "内部", "名单.docx", "AUTHOR", "FILENAME", "外来", "底数", "身份证", "照片", "说明", "不用的", "无人引用", "备注", "Wang", "after", "secret", "10.0.0.8", "老标题", "macro", "13812345678"} {
		require.NotContains(t, all, secret)
		require.NotContains(t, string(d.Data), secret)
	}
	text := texts(got)
	require.Equal(t, "关于防汛工作的通知\n保留新增正文\n前半后半\n见名单某科官网内网跳转\n控件值\n\n表格", text["body"])
	require.Equal(t, "某某应急管理局", text["header 1"])
	require.Equal(t, "脚注正文", text["footnote 2"])
	require.Equal(t, "https://www.example.gov.cn/", text["link target"])
	require.Contains(t, entryOf(t, d.Data, "word/document.xml"), `<w:p><w:pPr><w:jc w:val="center"/></w:pPr>`+run("前半")+run("后半")+`</w:p>`)
	require.Contains(t, entryOf(t, d.Data, "word/footer1.xml"), "PAGE")
	require.Contains(t, entryOf(t, d.Data, "word/document.xml"), `<w:pict><v:shape style="width:60pt;height:30pt"><v:imagedata r:id=`, "the picture of an object stays")
	what := map[string]bool{}
	for _, r := range d.Removed {
		what[r.What] = true
	}
	for _, w := range []string{"metadata", "comments", "tracked_changes", "hidden_text", "field_code", "link", "alt_text", "embedded_object", "macros", "custom_data", "thumbnail", "foreign", "unused", "form"} {
		require.True(t, what[w], "%s in %v", w, d.Removed)
	}
	require.NotContains(t, strings.Join(strings.Fields(all), ""), "张三的照片")
}
