package document

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/document/pdf"
)

func TestPDFIsReadByItsToolAndWhatIsInsideIsOpened(t *testing.T) {
	t.Parallel()

	data := []byte("%PDF-1.7\n")
	tools := Tools{
		PDF: func(context.Context, []byte, pdf.Limits) (pdf.Document, error) {
			return pdf.Document{
				Parts: []pdf.Part{
					{Name: "page 1", Text: "首页"},
					{Name: "page 2", Text: "page 2 is an image", Unread: "image"},
					{Name: "text under a box on page 1", Hidden: true, Text: "遮住的字"},
				},
				Images: []pdf.Image{{Page: 2, Whole: true, Data: pngOf(t)}},
				Files:  []pdf.File{{Name: "底稿.txt", Data: []byte("附在里面的底稿")}},
			}, nil
		},
		OCR: func(context.Context, []byte) (string, error) { return "图上的字", nil },
	}
	d, err := OpenWith(t.Context(), tools, "a.pdf", data, DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, []Part{
		{Name: "page 1", Text: "首页"},
		{Name: "text under a box on page 1", Hidden: true, Text: "遮住的字"},
		{Name: "picture 1 on page 2", Text: "图上的字"},
		{Name: "body in attachment 底稿.txt", Hidden: true, Text: "附在里面的底稿"},
		{Name: "file name", Text: "a.pdf"},
	}, plain(d.Parts))
	require.Empty(t, d.HTML(), "a page of it is a picture: it can be attached, not be the body")

	tools.OCR = nil
	d, err = OpenWith(t.Context(), tools, "a.pdf", data, DefaultLimits())
	require.NoError(t, err)
	require.Contains(t, d.Parts, Part{Name: "page 2", Text: "page 2 is an image", Unread: "image"}, "what nobody read stays unread")

	tools.PDF = func(context.Context, []byte, pdf.Limits) (pdf.Document, error) {
		return pdf.Document{}, &pdf.Unreadable{Reason: "encrypted", Detail: "its objects"}
	}
	_, err = OpenWith(t.Context(), tools, "a.pdf", data, DefaultLimits())
	require.ErrorIs(t, err, ErrUnreadable)
	require.ErrorContains(t, err, "encrypted")
}

// The lines of a PDF become the paragraphs that its reader sees, or it is no body at all.
func TestTheLinesOfAPDFBecomeParagraphs(t *testing.T) {
	t.Parallel()

	page := func(n string, lines ...string) pdf.Part {
		return pdf.Part{Name: "page " + n, Text: strings.Join(lines, "\n")}
	}
	for name, x := range map[string]struct {
		parts []pdf.Part
		want  []string
	}{
		"a notice": {[]pdf.Part{
			page("1", "关于开展检查的通知", "各镇人民政府：", "为做好冬季安全生产工作，现将有关事项通", "知如下，请认真组织落实。", "一、检查范围为全区所有的危险化学品企业，", "二、检查时间", "— 1 —"),
			page("2", "自十二月一日起至十二月三十一日止，各镇要", "逐家检查。", "- 2 -"),
		}, []string{"关于开展检查的通知", "各镇人民政府：", "为做好冬季安全生产工作，现将有关事项通知如下，请认真组织落实。", "一、检查范围为全区所有的危险化学品企业，", "二、检查时间", "自十二月一日起至十二月三十一日止，各镇要逐家检查。"}},
		"over a page":              {[]pdf.Part{page("1", "请各单位于十二月底以前把检查的情况报送到", "1"), page("2", "区应急管理局。")}, []string{"请各单位于十二月底以前把检查的情况报送到区应急管理局。"}},
		"words":                    {[]pdf.Part{page("1", "the quick brown fox jumps over", "the lazy dog <b>")}, []string{"the quick brown fox jumps over the lazy dog &lt;b&gt;"}},
		"radicals":                 {[]pdf.Part{page("1", "\u2f00\u3001\u2f08\u2ea0\u2f63\u4ea7")}, []string{"一、人民生产"}},
		"hidden text":              {[]pdf.Part{page("1", "看得见"), {Name: "text under a box on page 1", Hidden: true, Text: "看不见"}}, []string{"看得见"}},
		"a page that was not read": {[]pdf.Part{page("1", "首页"), {Name: "pages 2 to 9", Hidden: true, Unread: "too_slow"}}, nil},
		"a note over it":           {[]pdf.Part{page("1", "首页"), {Name: "FreeText on page 1", Text: "另加的字"}}, nil},
		"a picture":                {[]pdf.Part{page("1", "首页"), {Name: "page 2", Unread: "image"}}, nil},
	} {
		want := ""
		for _, p := range x.want {
			want += "<p>" + p + "</p>\n"
		}
		require.Equal(t, want, bodyOfPDF(x.parts), name)
	}
}

// plain leaves out the parts that name files.
func plain(all []Part) []Part {
	var out []Part
	for _, p := range all {
		if p.Name != "file name in attachment 底稿.txt" && p.Name != "file name in picture 1 on page 2" {
			out = append(out, p)
		}
	}
	return out
}
