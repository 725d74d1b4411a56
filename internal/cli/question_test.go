package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnAnswerIsRecordedWithItsPaperAndALetterIsSaved(t *testing.T) {
	t.Parallel()

	const one = "/api/v1/disclosures/d1/questions/q1"
	b := setup(t, map[string][]any{
		"PUT " + one + "/scan":      {`{"scan":"k1"}`},
		"POST " + one + "/answer":   {`{"id":"q1","zh":"报审","state":"answered","addressee":"市局","reply_zh":"可以公开","words":"同意"}`},
		"GET " + one + "/files/ask": {"函件"},
	})
	paper := filepath.Join(b.dir, "批复.pdf")
	require.NoError(t, os.WriteFile(paper, []byte("x"), 0o600))
	out, errs, code := b.run(t, "question", "answer", "d1", "q1", "--reply", "consent", "--words", "同意", "--on", "2026-09-25", "--scan", paper)
	require.Zero(t, code, errs)
	require.Contains(t, out, "q1  报审  市局  answered\n")
	require.Contains(t, out, "答复：可以公开 同意\n")
	require.JSONEq(t, `{"reply":"consent","words":"同意","on":"2026-09-25","scan":"k1"}`, b.seen[1].body)

	letter := filepath.Join(b.dir, "函.docx")
	_, errs, code = b.run(t, "question", "file", "d1", "q1", "ask", "-o", letter)
	require.Zero(t, code, errs)
	saved, err := os.ReadFile(letter)
	require.NoError(t, err)
	require.Equal(t, "函件", string(saved))
}
