package document

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// ofdFile has pages, a template, annotations, an attachment, tags and a seal.
func ofdFile(t testing.TB) []byte {
	t.Helper()
	dir, err := simplifiedchinese.GBK.NewEncoder().String("文档/附件.xml")
	require.NoError(t, err)
	object := func(attrs, at, text string) string {
		return `<ofd:TextObject ID="1" Boundary="10 ` + at + ` 50 5" Size="5" ` + attrs + `><ofd:FillColor Value="0 0 0"/><ofd:TextCode X="0" Y="4">` + text + `</ofd:TextCode></ofd:TextObject>`
	}
	page := func(content string) string {
		return `<ofd:Page xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Area><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:Area><ofd:Content>` + content + `</ofd:Content></ofd:Page>`
	}
	return zipOf(t,
		"OFD.xml", `<OFD xmlns="urn:other"><DocBody><DocInfo><Author>郑某</Author><Creator>某排版</Creator><CustomDatas><CustomData Name="拟稿单位">综合科</CustomData></CustomDatas></DocInfo><DocRoot>Doc_0/Document.xml</DocRoot></DocBody></OFD>`,
		"Doc_0/Document.xml", `<ofd:Document><ofd:CommonData><ofd:TemplatePage ID="9" BaseLoc="Tpls/Tpl_0/Content.xml"/></ofd:CommonData><ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/><ofd:Page ID="2" BaseLoc="/Doc_0/pages/PAGE_1/content.xml"/><ofd:Page ID="3" BaseLoc="Pages/none.xml"/></ofd:Pages>`+
			`<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations><ofd:Attachments>/文档/附件.xml</ofd:Attachments></ofd:Document>`,
		"Doc_0/Pages/Page_0/Content.xml", page(`<ofd:Layer>`+object("", "20", "机密")+object("", "20", "★10年")+object("", "30", "第二行")+`</ofd:Layer><ofd:Layer Visible="false">`+object("", "40", "不可见层")+`</ofd:Layer>`+
			object(`Alpha="0"`, "50", "透明")+`<ofd:TextObject Boundary="1 60 5 5"><ofd:FillColor Value="255 255 255"/><ofd:TextCode>白字</ofd:TextCode></ofd:TextObject>`),
		"Doc_0/Pages/Page_1/Content.xml", page(object("", "20", "次页")),
		"Doc_0/Tpls/Tpl_0/Content.xml", page(object("", "5", "版头")),
		"Doc_0/Annots/Annotations.xml", `<ofd:Annotations><ofd:Page PageID="1"><ofd:FileLoc>Page_0/Annotation.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>`,
		"Doc_0/Annots/Page_0/Annotation.xml", `<ofd:PageAnnot><ofd:Annot Type="Watermark" Creator="冯某"><ofd:Remark>水印说明</ofd:Remark><ofd:Appearance>`+object("", "1", "仅供内部")+`</ofd:Appearance></ofd:Annot></ofd:PageAnnot>`,
		dir, `<Attachments><Attachment Name="明细" Format="txt" Visible="false"><FileLoc>明细.txt</FileLoc></Attachment></Attachments>`,
		"文档/明细.txt", "附件明细",
		"Doc_0/Tags/CustomTag.xml", `<标引><密级>内部</密级></标引>`,
		"Doc_0/Tags/Refs.xml", `<Tags><ObjectRef PageRef="1">12</ObjectRef></Tags>`,
		"Doc_0/Signs/Sign_0/Signature.xml", `<Signature><Provider ProviderName="某签章"/></Signature>`,
		"Doc_0/Signs/Sign_0/Seal.esl", "\x30\x82\x0C\x12某某应急管理局公章\x00\x01",
		"Doc_0/Pages/Page_9/Content.xml", page(object("", "20", "弃页")),
		"Doc_0/Res/image_1.png", string(pngOf(t)),
	)
}

func TestOFDIsReadByPagesAndBesideThem(t *testing.T) {
	t.Parallel()
	d := open(t, "a.ofd", ofdFile(t))
	require.Equal(t, OFD, d.Kind)
	got := texts(d)
	for part, want := range map[string]string{
		"page 1": "机密★10年\n第二行", "hidden text on page 1": "不可见层\n透明\n白字", "page 2": "次页", "template 9": "版头", "property Author": "郑某", "property Creator": "某排版", "property 拟稿单位": "综合科",
		"annotations 1": "仅供内部", "attribute text of annotations 1": "水印说明", "property of annotations 1": "Watermark 冯某", "body in attachment 明细.txt": "附件明细",
		"other part CustomTag.xml": "内部", "property of other part Refs.xml": "12", "attribute of property signature Signature.xml": "某签章", "property seal Seal.esl": "某某应急管理局公章", "page outside the document Content.xml": "弃页",
	} {
		require.Equal(t, want, got[part], part)
	}
	require.Equal(t, map[string]string{"page": "damaged", "image image_1.png": "image"}, unreads(d))
	require.True(t, hidden(t, d, "body in attachment 明细.txt"))
	require.False(t, hidden(t, d, "template 9"))
	require.Equal(t, "<h2>1</h2>\n<p>机密★10年</p>\n<p>第二行</p>\n<h2>2</h2>\n<p>次页</p>\n", d.HTML())
}
