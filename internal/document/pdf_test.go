package document

import (
	"context"
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
	require.Empty(t, d.HTML(), "its lines are no paragraphs: it can be attached, not be the body")

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
