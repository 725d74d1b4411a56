package treatment

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/document"
)

// TestProofRefusesWhatDoesNotHold: each way a derivative can be wrong is an error.
func TestProofRefusesWhatDoesNotHold(t *testing.T) {
	t.Parallel()
	original := document.Document{Parts: []document.Part{
		{Name: "body", Text: "甲\n乙"}, {Name: "header 1", Text: "眉"}, {Name: "image image1.png", Text: "x", Unread: "image"}, {Name: "hidden text", Hidden: true, Text: "密"}, {Name: "file name", Text: "a.docx"},
	}}
	clean := original.Parts[:3:3]
	with := func(more ...document.Part) document.Document {
		return document.Document{Parts: append(slices.Clone(clean), append(more, document.Part{Name: "file name", Text: "b.docx"})...)}
	}
	require.NoError(t, prove(original, with(), nil))
	require.NoError(t, prove(original, with(document.Part{Name: "link target", Hidden: true, Text: "https://a.gov.cn/"}, document.Part{Name: "field code", Hidden: true, Text: " PAGE \\* MERGEFORMAT "},
		document.Part{Name: "attribute", Hidden: true, Text: "#_x0000_t75\n2147483649"}), nil))
	for name, p := range map[string]document.Part{
		"text left": {Name: "hidden text", Hidden: true, Text: "密"}, "an author": {Name: "property creator", Hidden: true, Text: "王"}, "words": {Name: "attribute", Hidden: true, Text: "张三"}, "a number": {Name: "attribute", Hidden: true, Text: "13812345678"},
		"an identity": {Name: "attribute of form", Hidden: true, Text: "11010119900307001X"}, "alt text": {Name: "attribute alt", Hidden: true, Text: "1"}, "a path": {Name: "link target", Hidden: true, Text: "file:///d"}, "a code": {Name: "field code", Hidden: true, Text: "PAGE\nQUOTE 1"},
		"an object": {Name: "embedded object", Hidden: true, Unread: "encrypted"}, "a macro": {Name: "macro Module1", Hidden: true, Text: "1"}, "more text": {Name: "text box 1", Text: "丙"}, "another header": {Name: "header 2", Text: "另"},
		"where it was taken": {Name: "GPS position", Hidden: true, Text: "31.0, 121.0"}, "a camera": {Name: "property EXIF", Hidden: true, Text: "Artist: W\nOrientation: 6"},
	} {
		require.ErrorIs(t, prove(original, with(p), nil), ErrCannotTreat, name)
	}
	for i, name := range []string{"body", "header"} {
		less := document.Document{Parts: slices.Delete(slices.Clone(original.Parts[:3]), i, i+1)}
		require.ErrorIs(t, prove(original, less, nil), ErrCannotTreat, "without %s", name)
	}
	swapped := with()
	swapped.Parts[0].Text = "乙\n甲"
	require.ErrorIs(t, prove(original, swapped, nil), ErrCannotTreat)
}
