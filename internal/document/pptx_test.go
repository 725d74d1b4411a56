package document

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// deckFile hides something in every way a presentation can.
func deckFile(t testing.TB) []byte {
	t.Helper()
	sp := func(props, place, text string) string {
		return `<p:sp><p:nvSpPr><p:cNvPr id="2" name="x" ` + props + `/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm>` + place + `</a:xfrm></p:spPr><p:txBody><a:p><a:r><a:t>` + text + `</a:t></a:r></a:p></p:txBody></p:sp>`
	}
	const on, off = `<a:off x="10" y="10"/><a:ext cx="100" cy="100"/>`, `<a:off x="2000" y="10"/><a:ext cx="100" cy="100"/>`
	slide := func(attr, shapes string) string {
		return `<p:sld ` + attr + `><p:cSld><p:spTree><p:grpSpPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></a:xfrm></p:grpSpPr>` + shapes + `</p:spTree></p:cSld></p:sld>`
	}
	prompt := `<p:sp><p:nvSpPr><p:cNvPr id="1" name="t"/><p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>标题位</a:t></a:r></a:p></p:txBody></p:sp>`
	return zipOf(t,
		"[Content_Types].xml", `<Types/>`,
		"_rels/.rels", `<Relationships><Relationship Id="r" Type="x/officeDocument" Target="ppt/presentation.xml"/></Relationships>`,
		"ppt/presentation.xml", `<p:presentation><p:sldIdLst><p:sldId id="256" r:id="r2"/><p:sldId id="257" r:id="r1"/></p:sldIdLst><p:sldSz cx="1000" cy="700"/></p:presentation>`,
		"ppt/_rels/presentation.xml.rels", `<Relationships><Relationship Id="r1" Type="x/slide" Target="slides/slide1.xml"/><Relationship Id="r2" Type="x/slide" Target="slides/slide2.xml"/><Relationship Id="r3" Type="x/commentAuthors" Target="commentAuthors.xml"/></Relationships>`,
		"ppt/commentAuthors.xml", `<p:cmAuthorLst><p:cmAuthor id="0" name="周某"/></p:cmAuthorLst>`,
		"ppt/slides/slide1.xml", slide(`show="0"`, sp("", on, "隐片")),
		"ppt/slides/slide2.xml", slide("", prompt+sp("", on, "防汛&lt;通知&gt;")+sp("", off, "片外")+sp(`hidden="1"`, on, "隐形")+sp(`descr="图说"`, on, "")+
			`<p:grpSp><p:grpSpPr><a:xfrm><a:off x="9000" y="0"/></a:xfrm></p:grpSpPr>`+sp("", off, "组内")+`</p:grpSp>`+
			`<p:sp><p:txBody><a:p><a:r><a:rPr sz="100"/><a:t>细字</a:t></a:r></a:p></p:txBody></p:sp>`+
			`<p:graphicFrame><a:tbl><a:tr><a:tc><a:txBody><a:p><a:r><a:t>格一</a:t></a:r></a:p></a:txBody></a:tc></a:tr></a:tbl></p:graphicFrame>`),
		"ppt/slides/_rels/slide2.xml.rels", `<Relationships><Relationship Id="n" Type="x/notesSlide" Target="../notesSlides/notesSlide1.xml"/><Relationship Id="c" Type="x/comments" Target="../comments/comment1.xml"/><Relationship Id="h" Type="x/hyperlink" Target="http://oa.example/" TargetMode="External"/></Relationships>`,
		"ppt/notesSlides/notesSlide1.xml", slide("", sp("", "", "口头说明")),
		"ppt/comments/comment1.xml", `<p:cmLst><p:cm authorId="0"><p:text>改一改</p:text></p:cm></p:cmLst>`,
		"ppt/slideLayouts/slideLayout1.xml", slide("", prompt+sp("", on, "水印字")),
		"ppt/slides/slide9.xml", slide("", sp("", on, "弃片")),
		"ppt/charts/chart1.xml", `<c:chart><c:v>图表值</c:v></c:chart>`,
		"ppt/embeddings/book.xlsx", string(secretive(t)),
	)
}

func TestPPTXShowsWhatTheShowHides(t *testing.T) {
	t.Parallel()
	d := open(t, "a.pptx", deckFile(t))
	require.Equal(t, PPTX, d.Kind)
	got := texts(d)
	for part, want := range map[string]string{
		"slide 1": "标题位\n防汛<通知>\n组内\n格一", "hidden slide 2": "隐片", "text beside slide 1": "片外", "hidden shapes of slide 1": "隐形",
		"attribute alt of slide 1": "图说", "hidden text of slide 1": "细字", "notes of slide 1": "口头说明", "comment 1 (周某) on slide 1": "改一改",
		"layout 1": "水印字", "style prompt of layout 1": "标题位", "slide outside the presentation 1": "弃片", "chart chart1.xml": "图表值",
		"link target": "http://oa.example/", "very hidden sheet 底稿 in embedded object book.xlsx": "深隐\t次格",
	} {
		require.Equal(t, want, got[part], part)
	}
	require.Empty(t, unreads(d))
	for _, name := range []string{"hidden slide 2", "text beside slide 1", "notes of slide 1", "slide outside the presentation 1", "sheet 收入 in embedded object book.xlsx"} {
		require.True(t, hidden(t, d, name), name)
	}
	require.Equal(t, "<h2>1</h2>\n<p>标题位</p>\n<p>防汛&lt;通知&gt;</p>\n<p>组内</p>\n<p>格一</p>\n", d.HTML())
}
