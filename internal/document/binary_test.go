package document

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestADocumentTravelsWhole: what another process read is what is read here.
func TestADocumentTravelsWhole(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{
		"a.docx": rich(t), "b.docm": hideouts(t), "a.xlsx": secretive(t), "a.pptx": deckFile(t), "a.ofd": ofdFile(t), "a.eml": mailFile(t), "a.md": []byte("# 一\n\n二"), "a.png": pngOf(t),
	} {
		want := open(t, name, data)
		packed, err := want.MarshalBinary()
		require.NoError(t, err)
		var got Document
		require.NoError(t, got.UnmarshalBinary(packed), name)
		require.Equal(t, want, got, name)
		require.Equal(t, want.HTML(), got.HTML(), name)
		for n := range len(packed) {
			require.ErrorIs(t, got.UnmarshalBinary(packed[:n]), errDocument, "%s cut after %d", name, n)
		}
		require.ErrorIs(t, got.UnmarshalBinary(append(packed, 0)), errDocument)
	}
	packed, err := Document{html: `<p onclick="x">一<script>alert(1)</script></p>`}.MarshalBinary()
	require.NoError(t, err)
	var d Document
	require.NoError(t, d.UnmarshalBinary(packed))
	require.Equal(t, "<p>一</p>", d.HTML(), "who was taken over may send what it likes")
	require.ErrorIs(t, d.UnmarshalBinary([]byte("\x00\x00\x00\xFF\xFF\xFF\xFF\x7F")), errDocument, "a number of parts that cannot be")
	require.ErrorIs(t, d.UnmarshalBinary([]byte("\x01\xFF\x00\x00\x00")), errDocument, "no UTF-8")
}

// TestProgressNamesFilesAndPages: whoever waits is told of every file inside a file.
func TestProgressNamesFilesAndPages(t *testing.T) {
	t.Parallel()
	var got []Progress
	ctx := WithProgress(t.Context(), func(p Progress) { got = append(got, p) })
	_, err := OpenWith(ctx, Tools{}, "a.zip", zipOf(t, "一.txt", "x", "二.zip", string(zipOf(t, "三.txt", "y"))), DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, []Progress{{File: "一.txt"}, {File: "二.zip"}, {File: "三.txt"}}, got)
}
