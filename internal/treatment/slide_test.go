package treatment

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"shenfa/internal/document"
)

// show is a presentation with an object, a hidden slide, and what no slide shows.
func show(t testing.TB) []byte {
	t.Helper()
	const ns = `xmlns:p="` + nsMain + `presentationml/2006/main" xmlns:a="` + nsMain + `drawingml/2006/main" xmlns:r="` + nsRels + `" xmlns:mc="` + nsMain + `markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml"`
	sp := func(props, place, text string) string {
		return `<p:sp><p:nvSpPr><p:cNvPr id="2" name="矩形 1" ` + props + `/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm>` + place + `</a:xfrm></p:spPr><p:txBody><a:bodyPr/><a:p><a:r><a:t>` + text + `</a:t></a:r></a:p></p:txBody></p:sp>`
	}
	const on, off = `<a:off x="10" y="10"/><a:ext cx="100" cy="100"/>`, `<a:off x="2000" y="10"/><a:ext cx="100" cy="100"/>`
	tree := func(root, attr, shapes, more string) string {
		return `<p:` + root + ` ` + ns + ` ` + attr + `><p:cSld name="页名"><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/></p:nvGrpSpPr><p:grpSpPr/>` + shapes + `</p:spTree></p:cSld>` + more + `</p:` + root + `>`
	}
	prompt := `<p:sp><p:nvSpPr><p:cNvPr id="3" name="标题"/><p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>单击此处</a:t></a:r></a:p></p:txBody></p:sp>`
	pic := `<p:pic><p:nvPicPr><p:cNvPr id="9" name="预览"/></p:nvPicPr><p:blipFill><a:blip r:embed="i"/></p:blipFill><p:spPr/></p:pic>`
	object := `<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="8" name="对象"/></p:nvGraphicFramePr><a:graphic><a:graphicData><mc:AlternateContent><mc:Choice Requires="v"><p:oleObj r:id="o"/></mc:Choice><mc:Fallback><p:oleObj r:id="o">` + pic + `</p:oleObj></mc:Fallback></mc:AlternateContent></a:graphicData></a:graphic></p:graphicFrame>`
	link := `<p:sp><p:nvSpPr><p:cNvPr id="5" name=""><a:hlinkClick r:id="" action="ppaction://hlinkshowjump?jump=nextslide" tooltip="提示"/></p:cNvPr></p:nvSpPr><p:txBody><a:p><a:r><a:rPr><a:hlinkClick r:id="w"/></a:rPr><a:t>官网</a:t></a:r><a:r><a:rPr sz="100"/><a:t>细字</a:t></a:r></a:p></p:txBody></p:sp>`
	return zipOf(t, "[Content_Types].xml", typesHead+override("ppt/presentation.xml", "presentationml.presentation.main")+`</Types>`, "_rels/.rels", rels("r", "officeDocument", "ppt/presentation.xml"),
		"ppt/presentation.xml", `<p:presentation `+ns+`><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="m"/></p:sldMasterIdLst><p:sldIdLst><p:sldId id="256" r:id="s1"/><p:sldId id="257" r:id="s2"/><p:sldId id="258" r:id="s3"/></p:sldIdLst><p:sldSz cx="1000" cy="700"/><p:notesSz cx="1" cy="1"/><p:custShowLst><p:custShow name="领导版"/></p:custShowLst></p:presentation>`,
		"ppt/_rels/presentation.xml.rels", rels("m", "slideMaster", "slideMasters/slideMaster1.xml", "s1", "slide", "slides/slide1.xml", "s2", "slide", "slides/slide2.xml", "s3", "slide", "slides/slide3.xml", "a", "commentAuthors", "commentAuthors.xml"),
		"ppt/slideMasters/slideMaster1.xml", tree("sldMaster", "", prompt+sp("", on, "版权"), `<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="l1"/><p:sldLayoutId id="2147483650" r:id="l2"/></p:sldLayoutIdLst>`),
		"ppt/slideMasters/_rels/slideMaster1.xml.rels", rels("l1", "slideLayout", "../slideLayouts/slideLayout1.xml", "l2", "slideLayout", "../slideLayouts/slideLayout2.xml"),
		"ppt/slideLayouts/slideLayout1.xml", tree("sldLayout", "", prompt, ""), "ppt/slideLayouts/_rels/slideLayout1.xml.rels", rels("m", "slideMaster", "../slideMasters/slideMaster1.xml"),
		"ppt/slideLayouts/slideLayout2.xml", tree("sldLayout", "", sp("", on, "弃用版式"), ""), "ppt/slideLayouts/_rels/slideLayout2.xml.rels", rels("m", "slideMaster", "../slideMasters/slideMaster1.xml"),
		"ppt/slides/slide1.xml", tree("sld", "", sp("", on, "防汛通报")+sp("", off, "片外")+sp(`hidden="1"`, on, "隐形")+sp(`descr="图说"`, on, "公开")+object+link+`<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="11" name="表"/></p:nvGraphicFramePr><a:graphic><a:graphicData uri="x"><a:tbl><a:tblPr><a:tableStyleId>{5C22544A-7EE6-4342-B048-85BDC9FD1C3A}</a:tableStyleId></a:tblPr><a:tr h="1"><a:tc><a:txBody><a:p><a:r><a:t>格</a:t></a:r></a:p></a:txBody></a:tc></a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>`, `<p:timing><p:x>动画</p:x></p:timing>`),
		"ppt/slides/_rels/slide1.xml.rels", rels("l", "slideLayout", "../slideLayouts/slideLayout1.xml", "n", "notesSlide", "../notesSlides/notesSlide1.xml", "i", "image", "../media/预览.png", "o", "oleObject", "../embeddings/o.xlsx", "w", "hyperlink", "!https://www.example.gov.cn/"),
		"ppt/slides/slide2.xml", tree("sld", `show="0"`, sp("", on, "藏页"), ""), "ppt/slides/_rels/slide2.xml.rels", rels("l", "slideLayout", "../slideLayouts/slideLayout1.xml"),
		"ppt/slides/slide3.xml", tree("sld", "", sp("", on, "末页"), ""), "ppt/slides/_rels/slide3.xml.rels", rels("l", "slideLayout", "../slideLayouts/slideLayout1.xml"),
		"ppt/notesSlides/notesSlide1.xml", tree("notes", "", sp("", on, "口头说明"), ""), "ppt/commentAuthors.xml", `<p:cmAuthorLst><p:cmAuthor id="0" name="周某"/></p:cmAuthorLst>`,
		"ppt/media/预览.png", picture(t), "ppt/embeddings/o.xlsx", string(bookOf(t)))
}

func TestSlidesDerivativeHoldsWhatIsSeen(t *testing.T) {
	t.Parallel()
	d := sanitise(t, "汇报.pptm", show(t))
	got := open(t, d.Name, d.Data)
	text := texts(got)
	require.Equal(t, "防汛通报\n公开\n官网\n格", text["slide 1"])
	require.Equal(t, "末页", text["slide 3"], "a hidden slide keeps its number")
	require.Equal(t, "版权", text["master 1"])
	for _, secret := range []string{"片外", "隐形", "图说", "藏页", "口头", "周某", "领导版", "细字", "单击", "弃用", "页名", "矩形", "对象", "动画", "提示", "预览", "13812345678", "oleObj"} {
		require.False(t, strings.Contains(contents(t, d.Data), secret), secret)
	}
	require.Contains(t, entryOf(t, d.Data, "ppt/slides/slide1.xml"), "{5C22544A-7EE6-4342-B048-85BDC9FD1C3A}", "the style of a table is its look")
	require.Contains(t, entryOf(t, d.Data, "ppt/slides/slide1.xml"), "<a:blip r:embed=", "the picture of an object stays")
}

// TestOthersTreatWhatWeCannot: old files are converted first, PDF is somebody
// else's, and what they make is proved like ours.
func TestOthersTreatWhatWeCannot(t *testing.T) {
	t.Parallel()
	tools := Tools{Tools: document.Tools{Office: func(context.Context, string, []byte) ([]byte, error) { return letter(t), nil }}}
	d, err := Sanitise(t.Context(), tools, "旧.rtf", []byte(`{\rtf1 x}`), document.DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, "旧.docx", d.Name)
	require.Equal(t, Removed{"file", "old_format"}, d.Removed[0])
	require.False(t, strings.Contains(contents(t, d.Data), "王某"))

	limits := document.DefaultLimits()
	limits.Time = time.Nanosecond
	_, err = Sanitise(t.Context(), Tools{}, "a.docx", letter(t), limits)
	bad := (*CannotTreat)(nil)
	require.True(t, errors.As(err, &bad) && bad.Reason == "too_slow", "%v", err)
}

// TestHostileFilesHurtNobody: broken at any place, a file is treated or refused.
func TestHostileFilesHurtNobody(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{"a.docx": letter(t), "a.xlsx": ledgerBook(t), "a.pptx": show(t), "a.ofd": scroll(t)}
	names := map[string][]string{
		"a.docx": {"word/document.xml", "word/footnotes.xml", "word/_rels/document.xml.rels", "word/media/张三的照片.png"}, "a.xlsx": {"xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/charts/chart1.xml", "xl/_rels/workbook.xml.rels"},
		"a.pptx": {"ppt/presentation.xml", "ppt/slides/slide1.xml", "ppt/_rels/presentation.xml.rels"}, "a.ofd": {"OFD.xml", "Doc_0/Document.xml", "Doc_0/Pages/Page_0/Content.xml"},
	}
	rapid.Check(t, func(r *rapid.T) {
		name := rapid.SampledFrom([]string{"a.docx", "a.xlsx", "a.pptx", "a.ofd"}).Draw(r, "file")
		entry := rapid.SampledFrom(names[name]).Draw(r, "entry")
		content := entryOf(t, files[name], entry)
		for range rapid.IntRange(1, 3).Draw(r, "wounds") {
			from := rapid.IntRange(0, len(content)).Draw(r, "from")
			to := min(len(content), from+rapid.IntRange(0, 60).Draw(r, "length"))
			content = content[:from] + rapid.SampledFrom([]string{"", "<a>", "</a>", "<w:p>", "</w:p>", `"`, ">", "<", "&", "<c r=\"ZZZ9\"/>", "<f/>", "\x00", "-9", "99999999999"}).Draw(r, "with") + content[to:]
		}
		data := swap(t, files[name], entry, content)
		if d, err := Sanitise(t.Context(), Tools{}, name, data, document.DefaultLimits()); err == nil {
			_, err = document.Open(d.Name, d.Data, document.DefaultLimits())
			require.NoError(r, err)
		} else {
			require.ErrorIs(r, err, ErrCannotTreat)
		}
		if out, _, err := Apply(t.Context(), Tools{}, name, data, []Mask{phone, {"公开", "某"}}, document.DefaultLimits()); err == nil {
			_, err = document.Open(name, out, document.DefaultLimits())
			require.NoError(r, err)
		} else {
			require.ErrorIs(r, err, ErrCannotTreat)
		}
	})
}
