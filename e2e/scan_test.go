package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// scanned has files checked before they are drafts. Of one with a mark the ledger
// keeps the hash, and nothing keeps the rest.
func scanned(t *testing.T, s *server, _ *hook) {
	const inside = "绝不落库的合成内容"
	marked := []byte("机密★10年\n" + inside + "，电话13812345678\n")
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "不落库的名字.txt")
	require.NoError(t, err)
	_, err = part.Write(marked)
	require.NoError(t, err)
	require.NoError(t, w.WriteField("kind", "notice"))
	require.NoError(t, w.Close())
	ask := func(login string) reply {
		return s.as(login).do(http.MethodPost, "/api/v1/scan", form.Bytes(), "Content-Type", w.FormDataContentType())
	}
	r := decode[desk.ScanReport](t, ask("zhouheng"))
	require.True(t, r.Quarantine)
	require.Equal(t, "quarantine", string(r.Status))
	sum := sha256.Sum256(marked)
	require.Equal(t, hex.EncodeToString(sum[:]), r.Files[0].SHA256)
	require.Equal(t, "机密★10年", r.Files[0].Findings[0].Excerpt)
	require.Equal(t, disclosure.Forbidden, ask("auditor").code())

	var log []byte
	require.Eventually(t, func() bool {
		log = s.as("auditor").do(http.MethodGet, "/api/v1/log/export", nil).body
		return bytes.Contains(log, []byte(`"sha256:`+r.Files[0].SHA256+`"`))
	}, 10*time.Second, 100*time.Millisecond, "the mark is written down")
	for place, content := range map[string][]byte{"ledger": log, "database": dump(t, s), "log": []byte(s.logged())} {
		for _, word := range []string{inside, "不落库的名字", "13812345678"} {
			require.False(t, bytes.Contains(content, []byte(word)), "%s in the %s", word, place)
			require.False(t, bytes.Contains(content, []byte(hex.EncodeToString([]byte(word)))), "%s in the %s", word, place)
		}
	}

	empty := filepath.Join(t.TempDir(), "empty")
	require.NoError(t, os.Mkdir(empty, 0o755))
	for _, tt := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"scan", "../testdata", "--lang", "zh"}, 3, "疑似国家秘密，按隔离办理"},
		{[]string{"scan", "../testdata", "--sarif"}, 3, `"version": "2.1.0"`},
		{[]string{"scan", "../testdata/scan/公示", "--json"}, 1, `"status": "found"`},
		{[]string{"scan", empty, "--lang", "en"}, 2, "nothing was checked"},
		{[]string{"scan", "../testdata", "--json", "--sarif"}, 2, ""},
		{[]string{"scan", "../testdata", "--kind", "novel"}, 2, ""},
		{[]string{"scan", "../testdata", "--at", "2020-01-01"}, 2, ""},
		{[]string{"rules", "list"}, 0, "sha256:"},
		{[]string{"rules", "test"}, 0, "2026.1"},
		{[]string{"rules", "show", "mobile", "--lang", "en"}, 0, "a mobile number"},
		{[]string{"rules", "diff", "2026.1", "2026.1", "--over", "../testdata/origin.txt", "--lang", "en"}, 0, "the outcome of none changes"},
		{[]string{"rules", "diff", "2026.1", "1999.1"}, 2, ""},
	} {
		code, out, errOut := command(t, nil, tt.args...)
		require.Equal(t, tt.code, code, "%v: %s%s", tt.args, out, errOut)
		require.Contains(t, out, tt.says, "%v", tt.args)
		if tt.args[0] == "scan" {
			require.NotContains(t, out, "13812345678", "%v", tt.args)
		}
	}
}
