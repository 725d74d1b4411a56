package document

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// texts maps part names to what the parts say, those of one name joined.
func texts(d Document) map[string]string {
	out := map[string]string{}
	for _, p := range d.Parts {
		if old, ok := out[p.Name]; ok {
			p.Text = old + "\n" + p.Text
		}
		out[p.Name] = p.Text
	}
	return out
}

func hiddenNames(d Document) (names []string) {
	for _, p := range d.Parts {
		if p.Hidden {
			names = append(names, p.Name)
		}
	}
	return names
}

func TestTextInEveryOfficeEncoding(t *testing.T) {
	t.Parallel()
	const want = "关于防汛的通知\n第二行，𠮷"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(want)
	require.NoError(t, err)
	le, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(want)
	require.NoError(t, err)
	be, err := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(want)
	require.NoError(t, err)
	for name, data := range map[string]string{
		"utf-8": want, "utf-8 with mark": "\xEF\xBB\xBF" + want, "gb18030": gb, "utf-16le": le, "utf-16be": be,
		"windows lines": strings.ReplaceAll(want, "\n", "\r\n"),
	} {
		d, err := Open(`C:\work\通知.txt`, []byte(data), DefaultLimits())
		require.NoError(t, err, name)
		require.Equal(t, Text, d.Kind)
		require.Equal(t, []Part{{Name: "body", Text: want}, {Name: "file name", Text: "通知.txt"}}, d.Parts, name)
		require.Equal(t, "<p>关于防汛的通知</p>\n<p>第二行，𠮷</p>\n", d.HTML())
	}
}

// TestBytesDecideTheKind: a name never makes a file something else.
func TestBytesDecideTheKind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, data string
		want       Kind
	}{
		{"a.txt", "<!-- x --><!DOCTYPE html><p>x", HTML},
		{"a.txt", "<p>x</p>", HTML},
		{"a.md", "# x", Markdown},
		{"a.md", "<html><body>x", HTML},
		{"a.txt", "# x", Text},
		{"a.docx", "一份文本", Text},
		{"BM.txt", "BM is a word", Text},
		{"a.txt", string(docx(t, "x")), DOCX},
	} {
		d, err := Open(c.name, []byte(c.data), DefaultLimits())
		require.NoError(t, err, c)
		require.Equal(t, c.want, d.Kind, c)
	}
}

func TestHTMLShowsWhatIsNotShown(t *testing.T) {
	t.Parallel()
	page := `<!DOCTYPE html><html><head><title>标题</title><style>p{}</style><script>var s="机要"</script>
<meta name="author" content="王某"></head><body><!-- 内部 批注 --><h1>通<b>知</b></h1>
<p onclick="x()">第一段，
换行<a href="https://example.com/a?b=1" title="提示">链接</a><a href="javascript:x">坏</a></p>
<p hidden>甲</p><div style="display : none">乙<p>乙二</p></div><span style="visibility:hidden">丙</span><span style="FONT-SIZE:0px">丁</span>
<span style="color:#fff">戊</span><span style="color:#fff;background:#c00">看得见</span><span style="font-size:16px;color:#ffffee">常态</span>
<table><tr><td>一</td><td>二</td></tr></table><img src="data:image/png;base64,AAAA" alt="图"><input type="hidden" value="己">
<iframe src="https://e.example/"></iframe><p data-note="庚">完</p></body></html>`
	d, err := Open("page.html", []byte(page), DefaultLimits())
	require.NoError(t, err)
	got := texts(d)
	body := strings.Join(strings.Fields(got["body"]), " ")
	require.Equal(t, "通知 第一段， 换行链接坏 看得见常态 一 二 完", body)
	for part, want := range map[string]string{
		"title": "标题", "html comment 1": "内部 批注", "script": `var s="机要"`, "attribute content": "王某", "attribute alt": "图",
		"attribute title": "提示", "attribute value": "己", "attribute data-note": "庚", "image 1": "data",
	} {
		require.Equal(t, want, got[part], part)
	}
	require.Equal(t, "甲乙乙二丙丁戊", strings.Join(strings.Fields(got["hidden text"]), ""))
	require.Contains(t, got["link target href"], "https://example.com/a?b=1")

	out := d.HTML()
	for _, no := range []string{"script", "style", "甲", "乙", "丙", "丁", "戊", "onclick", "javascript", "<!--", "iframe", "data:", "<img", "标题"} {
		require.NotContains(t, out, no)
	}
	require.Contains(t, out, "<h1>通<b>知</b></h1>")
	require.Contains(t, out, "看得见")
}

// TestHTMLHasMoreCorners: what styles, attributes and scripts can carry.
func TestHTMLHasMoreCorners(t *testing.T) {
	t.Parallel()
	page := `<html><body><p>见</p><font color="#fefefe">近白</font><p style="color: rgb(255, 255, 255)">白</p><div style="height:0;overflow:hidden">压扁</div><dialog>未开</dialog>` +
		`<iframe srcdoc="&lt;p hidden&gt;框中藏&lt;/p&gt;框中见"></iframe><a href="data:text/html,%3Cp%3E%E9%99%84%3C/p%3E">x</a><script>a="\u673a\u5bc6"</script><p style="height:0.5em;color:#0f0f0f">常</p>`
	d := open(t, "a.html", []byte(page))
	got := texts(d)
	require.Equal(t, []string{"见", "x", "常"}, strings.Fields(got["body"]))
	require.Equal(t, []string{"近白", "白", "压扁", "未开"}, strings.Fields(strings.ReplaceAll(got["hidden text"], "近白", "近白 ")))
	require.Equal(t, "框中见", got["body in inner page 1"])
	require.Equal(t, "框中藏", got["hidden text in inner page 1"])
	require.Equal(t, "附", got["body in embedded object 2"])
	require.Equal(t, `a="机密"`, got["script behind escapes"])
	require.Equal(t, `{"k":"机密"}`, texts(open(t, "a.json", []byte(`{"k":"\u673a\u5bc6"}`)))["text behind escapes"])
	x := open(t, "a.svg", []byte(`<svg xmlns="q"><text>机<tspan>密</tspan></text><desc>说明</desc></svg>`))
	require.Equal(t, "机密\n说明", texts(x)["text between tags"])
	require.Empty(t, unreads(x))
	require.Equal(t, map[string]string{"drawing": "image"}, unreads(open(t, "a.svg", []byte(`<svg xmlns="q"><path d="M0 0"/></svg>`))))
}

func TestMarkdownIsReadAsItWillBeSeen(t *testing.T) {
	t.Parallel()
	d, err := Open("a.md", []byte("# 标题\n\n机**密**★[10年](http://x.example/y \"悬停\")\n\n<!-- 批注 -->\n\n<p hidden>藏</p>\n\n|甲|乙|\n|-|-|\n|1|2|\n\n[无人用]: http://z.example \"注\"\n"), DefaultLimits())
	require.NoError(t, err)
	got := texts(d)
	require.Contains(t, got["body"], "机密★10年", "emphasis does not break a mark")
	require.Equal(t, "批注", got["html comment 1"])
	require.Equal(t, "藏", got["hidden text"])
	require.Contains(t, got["link target href"], "http://x.example/y")
	require.Contains(t, got["link reference"], "http://z.example")
	require.Contains(t, d.HTML(), "<td>1</td>")
	require.NotContains(t, d.HTML(), "藏")
}

func docx(t testing.TB, lines ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, WriteDOCX(&b, lines))
	return b.Bytes()
}

const w = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:wp="x" xmlns:v="y"`

// rich builds a .docx with something in every corner.
func rich(t testing.TB) []byte {
	t.Helper()
	run := func(props, text string) string {
		return `<w:r><w:rPr>` + props + `</w:rPr><w:t>` + text + `</w:t></w:r>`
	}
	document := `<w:document ` + w + `><w:body>` +
		`<w:p><w:pPr><w:pStyle w:val="1"/></w:pPr>` + run("", "关于") + run(`<w:b/>`, "甲&amp;乙的通知") + `</w:p>` +
		`<w:p>` + run("", "电话138") + run("", "1234") + run("", "5678。") +
		`<w:ins w:author="李某" w:date="2025-05-20"><w:r><w:t>新增。</w:t></w:r></w:ins>` +
		`<w:del w:author="王某"><w:r><w:delText>删</w:delText></w:r><w:r><w:delText>除</w:delText></w:r></w:del>` +
		run(`<w:vanish/>`, "隐") + run(`<w:vanish w:val="0"/>`, "不隐") + run(`<w:color w:val="FFFFFF"/>`, "白") +
		run(`<w:color w:val="FFFFFF"/><w:shd w:fill="C00000"/>`, "红底白字") + run(`<w:sz w:val="2"/>`, "小") + run(`<w:rStyle w:val="Secret"/>`, "式") +
		`<w:r><w:footnoteReference w:id="2"/></w:r></w:p>` +
		`<w:p><w:pPr><w:numPr/></w:pPr>` + run("", "其一") + `</w:p><w:p><w:pPr><w:numPr/></w:pPr>` + run("", "其二") + `</w:p>` +
		`<w:tbl><w:tr><w:tc><w:tcPr><w:shd w:fill="000000"/></w:tcPr><w:p>` + run(`<w:color w:val="FFFFFF"/>`, "表头") + `</w:p></w:tc><w:tc><w:p>` + run("", "格") + `</w:p></w:tc></w:tr></w:tbl>` +
		`<w:p><w:r><wp:docPr descr="图示说明"/><mc:AlternateContent><mc:Choice><w:txbxContent><w:p>` + run("", "框内") + `</w:p></w:txbxContent></mc:Choice>` +
		`<mc:Fallback><w:txbxContent><w:p>` + run("", "框内") + `</w:p></w:txbxContent></mc:Fallback></mc:AlternateContent></w:r>` +
		`<w:r><w:instrText>INCLUDETEXT "C:\a.doc"</w:instrText></w:r>` + run("", "末") +
		`<w:r><w:rPr><w:vanish/></w:rPr><w:txbxContent><w:p>` + run("", "框二") + `</w:p></w:txbxContent><w:t>框后隐</w:t></w:r>` +
		`<w:r><w:rPr><w:rPrChange w:author="李某"><w:rPr><w:vanish/></w:rPr></w:rPrChange></w:rPr><w:t>旧时隐</w:t></w:r></w:p></w:body></w:document>`
	var b bytes.Buffer
	require.NoError(t, writeZip(&b, []entry{
		{"[Content_Types].xml", contentTypes},
		{"_rels/.rels", rootRels},
		{"word/document.xml", document},
		{"word/styles.xml", `<w:styles ` + w + `><w:style w:styleId="1"><w:name w:val="heading 1"/></w:style><w:style w:styleId="Secret"><w:name w:val="s"/><w:rPr><w:vanish/></w:rPr></w:style></w:styles>`},
		{"word/header1.xml", `<w:hdr ` + w + `><w:p>` + run("", "机密★") + run("", "10年") + `</w:p></w:hdr>`},
		{"word/footer1.xml", `<w:ftr ` + w + `><w:p>` + run("", "页脚") + `</w:p></w:ftr>`},
		{"word/footnotes.xml", `<w:footnotes ` + w + `><w:footnote w:id="2"><w:p>` + run("", "脚注") + `<w:del w:author="王某"><w:r><w:delText>脚注删</w:delText></w:r></w:del></w:p></w:footnote></w:footnotes>`},
		{"word/endnotes.xml", `<w:endnotes ` + w + `><w:endnote w:id="3"><w:p>` + run("", "尾注") + `</w:p></w:endnote></w:endnotes>`},
		{"word/comments.xml", `<w:comments ` + w + `><w:comment w:id="2" w:author="赵某"><w:p>` + run("", "批注") + `</w:p></w:comment></w:comments>`},
		{"word/_rels/document.xml.rels", `<Relationships><Relationship Type="x/hyperlink" Target="http://inner.example/" TargetMode="External"/><Relationship Type="x/attachedTemplate" Target="file://server/t.dotm" TargetMode="External"/></Relationships>`},
		{"word/media/image1.png", "\x89PNG"},
		{"word/embeddings/book.xlsx", "PK"},
		{"word/vbaProject.bin", "x"},
		{"word/settings.xml", `<w:settings ` + w + `><w:docVar w:name="v" w:val="变量"/></w:settings>`},
		{"docProps/core.xml", `<p><creator>钱某</creator><lastModifiedBy>孙某</lastModifiedBy></p>`},
		{"docProps/custom.xml", `<p><property name="密级"><lpwstr>内部</lpwstr></property></p>`},
		{"customXml/item1.xml", `<a><b>藏于自定义</b></a>`},
		{"stray.dat", "stray"},
	}))
	return b.Bytes()
}

func TestDOCXIsReadCompletely(t *testing.T) {
	t.Parallel()
	d, err := Open("通知.docx", rich(t), DefaultLimits())
	require.NoError(t, err)
	got := texts(d)
	require.Equal(t, "关于甲&乙的通知\n电话13812345678。新增。不隐红底白字\n其一\n其二\n表头\n格\n末旧时隐", got["body"])
	for part, want := range map[string]string{
		"header 1": "机密★10年", "footer 1": "页脚", "footnote 2": "脚注", "endnote 3": "尾注", "comment 2 (赵某)": "批注", "text box 1": "框内",
		"tracked deletion (王某)": "删除", "tracked deletion (王某) in footnotes": "脚注删", "tracked change": "李某 2025-05-20\n李某", "hidden text": "隐白小式\n框后隐", "text box 2": "框二",
		"attribute alt": "图示说明", "link target": "http://inner.example/", "external attachedTemplate": "file://server/t.dotm",
		"field code": `INCLUDETEXT "C:\a.doc"`, "document variable": "v\n变量", "property creator": "钱某", "property lastModifiedBy": "孙某",
		"property 密级": "内部", "custom data item1.xml": "藏于自定义", "file name": "通知.docx",
	} {
		require.Equal(t, want, got[part], part)
	}
	require.NotContains(t, got, "fallback text")
	unread := map[string]string{}
	for _, p := range d.Parts {
		if p.Unread != "" {
			unread[p.Name] = p.Unread
		}
	}
	require.Equal(t, map[string]string{
		"image image1.png": "unsupported_type", "embedded object book.xlsx": "truncated",
	}, unread)
	require.Subset(t, hiddenNames(d), []string{"comment 2 (赵某)", "tracked deletion (王某)", "hidden text", "body in macro vbaProject.bin"})
	require.NotContains(t, hiddenNames(d), "header 1")

	require.Equal(t, "<h1>关于甲&amp;乙的通知</h1>\n<p>电话13812345678。新增。不隐红底白字<sup>[2]</sup></p>\n<ul>\n<li>其一</li>\n<li>其二</li>\n</ul>\n"+
		"<table>\n<tr><td><p>表头</p>\n</td><td><p>格</p>\n</td></tr>\n</table>\n<p>框内</p>\n<p>框二</p>\n<p>末旧时隐</p>\n<p>[3] 尾注</p>\n<p>[2] 脚注</p>\n", d.HTML())
}

func TestWriteDOCXRoundTrip(t *testing.T) {
	t.Parallel()
	lines := []string{"第一段 <&>", "  前导空格", "第三段"}
	require.Equal(t, docx(t, lines...), docx(t, lines...))
	d, err := Open("a.docx", docx(t, lines...), DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, []Part{{Name: "body", Text: "第一段 <&>\n  前导空格\n第三段"}, {Name: "file name", Text: "a.docx"}}, d.Parts)
	require.Equal(t, "<p>第一段 &lt;&amp;&gt;</p>\n<p>  前导空格</p>\n<p>第三段</p>\n", d.HTML())
}

// TestUnreadableSaysWhy: what cannot be read in full is refused with a reason.
func TestUnreadableSaysWhy(t *testing.T) {
	t.Parallel()
	pack := func(entries ...entry) []byte {
		var b bytes.Buffer
		require.NoError(t, writeZip(&b, append([]entry{{"_rels/.rels", rootRels}}, entries...)))
		return b.Bytes()
	}
	ole := "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 512)
	good := docx(t, "正文")
	locked := bytes.Clone(good)
	locked[bytes.Index(locked, []byte("PK\x01\x02"))+8] |= 1
	var many []entry
	for i := range 30 {
		many = append(many, entry{fmt.Sprint(i, ".xml"), "<a/>"})
	}
	small := Limits{Bytes: 1 << 20, Unpacked: 2 << 20, Parts: 20, Ratio: 200, Depth: 50, Nested: 4, Time: time.Minute}
	for name, c := range map[string]struct {
		data   []byte
		reason string
	}{
		"pdf":                 {[]byte("%PDF-1.7\n"), "unsupported_type"},
		"picture":             {[]byte("\x89PNG\r\n\x1a\n"), "truncated"},
		"rtf":                 {[]byte(`{\rtf1 x}`), "needs_converter"},
		"old word, damaged":   {[]byte(ole), "damaged"},
		"old word":            {compoundFile(t, []cfbStream{{"WordDocument", "x"}}), "needs_converter"},
		"old word, locked":    {compoundFile(t, []cfbStream{{"WordDocument", strings.Repeat("\x01", 40)}}), "encrypted"},
		"encrypted package":   {compoundFile(t, []cfbStream{{"EncryptedPackage", strings.Repeat("x", 5000)}}), "encrypted"},
		"encrypted word":      {append([]byte(ole), utf16LE("EncryptedPackage")...), "encrypted"},
		"other package":       {pack(entry{"other/a.xml", "<a/>"}), "unsupported_type"},
		"cut short":           {good[:len(good)-30], "truncated"},
		"broken xml":          {pack(entry{"word/document.xml", "<a><b></a>"}), "damaged"},
		"same name twice":     {pack(entry{"word/document.xml", "<a/>"}, entry{"word/document.xml", "<b/>"}), "damaged"},
		"entities":            {pack(entry{"word/document.xml", `<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`}), "xml_bomb"},
		"deep xml":            {pack(entry{"word/document.xml", strings.Repeat("<a>", 60) + strings.Repeat("</a>", 60)}), "too_deep"},
		"deep html":           {[]byte("<html>" + strings.Repeat("<div>", 60)), "too_deep"},
		"deeper html":         {[]byte("<html>" + strings.Repeat("<div>", 600)), "too_deep"},
		"deep markdown":       {[]byte("# x\n" + strings.Repeat("> ", 60)), "too_deep"},
		"many marks":          {[]byte("# x\n" + strings.Repeat("*a_ ", 2000)), "too_deep"},
		"locked zip":          {locked, "encrypted"},
		"document type":       {pack(entry{"word/document.xml", `<!DOCTYPE a><a/>`}), "xml_bomb"},
		"no chinese encoding": {[]byte("\xD6\xD0\x81\xFF\xFF"), "bad_encoding"},
		"many files":          {pack(many...), "too_many_parts"},
		"zip bomb":            {pack(entry{"word/document.xml", "<a>" + strings.Repeat(" ", 3<<20) + "</a>"}), "too_large"},
		"large file":          {bytes.Repeat([]byte("长"), 1<<19), "too_large"},
		"noise":               {[]byte("\x80\x81\x00\xff"), "bad_encoding"},
		"utf-16, no mark":     {utf16LE("plain"), "bad_encoding"},
	} {
		file := "a.docx"
		if bytes.HasPrefix(c.data, []byte("# ")) {
			file = "a.md"
		}
		_, err := Open(file, c.data, small)
		var u *Unreadable
		require.ErrorAs(t, err, &u, name)
		require.Equal(t, c.reason, u.Reason, name)
		require.True(t, errors.Is(err, ErrUnreadable))
	}
}
