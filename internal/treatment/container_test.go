package treatment

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/document"
)

func TestPageDerivativeIsTextAndStructure(t *testing.T) {
	t.Parallel()
	d := sanitise(t, "a.htm", []byte(`<html><head><title>通知</title><meta name="author" content="王某"><script>x()</script></head><body><!-- 底稿 --><h1 onclick="y()">关于防汛</h1><p style="display:none">隐藏</p><p>见<a href="https://a.gov.cn/" title="提示">官网</a>或<a href="file:///d">内网</a></p><table><tr><td colspan="2">甲</td></tr></table></body></html>`))
	require.Equal(t, "a.html", d.Name)
	require.Equal(t, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>通知</title></head>\n<body>\n<h1>关于防汛</h1><p>见<a href=\"https://a.gov.cn/\" rel=\"nofollow noreferrer\">官网</a>或内网</p><table><tbody><tr><td colspan=\"2\">甲</td></tr></tbody></table>\n</body></html>\n", string(d.Data))
	_, err := Sanitise(t.Context(), Tools{}, "a.html", []byte(`<p>文</p><img src="a.png">`), document.DefaultLimits())
	require.ErrorIs(t, err, ErrCannotTreat)
}

func TestArchiveDerivativeHoldsDerivatives(t *testing.T) {
	t.Parallel()
	d := sanitise(t, "附件.zip", zipOf(t, "../逃逸/通知.docm", string(letter(t)), "图.png", picture(t), "图.PNG", picture(t), "__MACOSX/._a", "x", "说明.txt", "公开"))
	got := open(t, d.Name, d.Data)
	require.Equal(t, "图 (2).png\n图.png\n说明.txt\n逃逸/通知.docx", texts(got)["body"])
	for _, secret := range []string{"王某", "隐藏", "Wang", "MACOSX", "..", "虚"} {
		require.NotContains(t, everything(got), secret)
	}
	_, err := Sanitise(t.Context(), Tools{}, "a.zip", zipOf(t, "a.txt", "x", "b.pdf", "%PDF-1.7"), document.DefaultLimits())
	require.ErrorIs(t, err, ErrCannotTreat, "one file that cannot be treated stops the whole")
}

// scroll is an OFD with what stands beside its pages.
func scroll(t testing.TB) []byte {
	t.Helper()
	object := func(attrs, at, text string) string {
		return `<ofd:TextObject ID="1" Font="3" Boundary="10 ` + at + ` 50 5" Size="5" ` + attrs + `><ofd:FillColor Value="0 0 0"/><ofd:TextCode X="0" Y="4">` + text + `</ofd:TextCode></ofd:TextObject>`
	}
	page := func(content string) string {
		return `<ofd:Page ` + nsOFD + `><ofd:Area><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:Area><ofd:Content><ofd:Layer>` + content + `</ofd:Layer></ofd:Content></ofd:Page>`
	}
	return zipOf(t,
		"OFD.xml", `<ofd:OFD `+nsOFD+`><ofd:DocBody><ofd:DocInfo><ofd:Author>郑某</ofd:Author></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>`,
		"Doc_0/Document.xml", `<ofd:Document `+nsOFD+`><ofd:CommonData><ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes><ofd:TemplatePage ID="9" Name="模板名称" BaseLoc="Tpls/T.xml"/></ofd:CommonData><ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages><ofd:Annotations>Annots/A.xml</ofd:Annotations><ofd:Attachments>Attachs/A.xml</ofd:Attachments><ofd:Outlines><ofd:OutlineElem Title="提纲"/></ofd:Outlines></ofd:Document>`,
		"Doc_0/Pages/Page_0/Content.xml", page(object("", "20", "联系138")+object("", "20", "12345678")+object("", "30", "第二行")+object(`Alpha="0"`, "50", "透明字")+`<ofd:ImageObject ID="8" ResourceID="4"/>`),
		"Doc_0/Tpls/T.xml", page(object("", "5", "版头")), "Doc_0/DocumentRes.xml", `<ofd:Res `+nsOFD+` BaseLoc="Res"><ofd:MultiMedias><ofd:MultiMedia ID="4"><ofd:MediaFile>张三.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias></ofd:Res>`,
		"Doc_0/Res/张三.png", picture(t), "Doc_0/Annots/A.xml", `<ofd:Annotations `+nsOFD+`><ofd:Page PageID="1"><ofd:FileLoc>P.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>`,
		"Doc_0/Annots/P.xml", `<ofd:PageAnnot `+nsOFD+`><ofd:Annot Type="Watermark" Creator="冯某"><ofd:Remark>水印说明</ofd:Remark><ofd:Appearance>`+object("", "1", "公开发布")+`</ofd:Appearance></ofd:Annot></ofd:PageAnnot>`,
		"Doc_0/Attachs/A.xml", `<ofd:Attachments `+nsOFD+`><ofd:Attachment Name="明细"><ofd:FileLoc>明细.txt</ofd:FileLoc></ofd:Attachment></ofd:Attachments>`, "Doc_0/Attachs/明细.txt", "附件明细", "Doc_0/Tags/T.xml", `<标引><密级>内部</密级></标引>`)
}

func TestOFDIsTreated(t *testing.T) {
	t.Parallel()
	out, missed := apply(t, "a.ofd", scroll(t), phone)
	require.Empty(t, missed)
	require.Equal(t, "联系138****5678\n第二行", texts(open(t, "a.ofd", out))["page 1"])

	plain := swap(t, swap(t, scroll(t), "Doc_0/Attachs/A.xml", `<a/>`), "Doc_0/Attachs/明细.txt", "")
	d := sanitise(t, "a.ofd", plain)
	got := open(t, "a.ofd", d.Data)
	require.Equal(t, "联系13812345678\n第二行", texts(got)["page 1"])
	require.Equal(t, "公开发布", texts(got)["annotations 1"])
	for _, secret := range []string{"郑某", "冯某", "水印说明", "透明", "提纲", "张三", "内部", "模板名称", "Wang"} {
		require.NotContains(t, everything(got), secret)
		require.NotContains(t, string(d.Data), secret)
	}
	sealed := swap(t, plain, "OFD.xml", strings.Replace(entryOf(t, plain, "OFD.xml"), "</ofd:DocRoot>", "</ofd:DocRoot><ofd:Signatures>S.xml</ofd:Signatures>", 1))
	_, err := Sanitise(t.Context(), Tools{}, "a.ofd", sealed, document.DefaultLimits())
	require.ErrorIs(t, err, ErrCannotTreat)
}
