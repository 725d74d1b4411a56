package document

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// mailFile has two bodies and three attachments.
func mailFile(t testing.TB) []byte {
	t.Helper()
	gbk := func(s string) string {
		out, err := simplifiedchinese.GBK.NewEncoder().String(s)
		require.NoError(t, err)
		return out
	}
	b64 := base64.StdEncoding.EncodeToString
	inner := "Subject: inner\r\nFrom: c@example.com\r\n\r\n里层信"
	return []byte(strings.Join([]string{
		"Received: from 10.1.2.3 by mx", "From: =?gbk?B?" + b64([]byte(gbk("王某"))) + "?= <a@example.com>", "Subject: =?utf-8?Q?=E9=98=B2=E6=B1=9B?=", "Bcc: secret@example.com", "MIME-Version: 1.0",
		`Content-Type: multipart/mixed; boundary="b1"`, "", "前言", "--b1", `Content-Type: multipart/alternative; boundary="b2"`, "", "--b2",
		"Content-Type: text/plain; charset=gbk", "Content-Transfer-Encoding: base64", "", b64([]byte(gbk("纯文本正文"))), "--b2",
		"Content-Type: text/html; charset=utf-8", "", `<p>网页正文</p><p hidden>藏</p>`, "--b2--", "--b1",
		`Content-Type: application/octet-stream; name="x"`, `Content-Disposition: attachment; filename="=?gbk?B?` + b64([]byte(gbk("附件.docx"))) + `?="`, "Content-Transfer-Encoding: base64", "", b64(docx(t, "附件内文")), "--b1",
		"Content-Type: message/rfc822", "", inner, "--b1", "Content-Type: application/pkcs7-mime", "", "x", "--b1--", "后记",
	}, "\r\n"))
}

func TestMailIsOpenedWithWhatIsAttached(t *testing.T) {
	t.Parallel()
	d := open(t, "a.eml", mailFile(t))
	require.Equal(t, Mail, d.Kind)
	got := texts(d)
	for part, want := range map[string]string{
		"body": "纯文本正文", "body 2": "网页正文", "hidden text in body 2": "藏", "subject": "防汛", "from": "王某 <a@example.com>", "bcc": "secret@example.com",
		"property mail field received": "from 10.1.2.3 by mx", "property text around mail parts": "前言\n后记", "body in attachment 附件.docx": "附件内文",
		"body in attachment without name": "里层信", "subject in attachment without name": "inner",
	} {
		require.Equal(t, want, got[part], part)
	}
	require.Equal(t, map[string]string{"attachment without name": "encrypted"}, unreads(d))
	require.True(t, hidden(t, d, "bcc"))
	require.Empty(t, d.HTML())
	require.Equal(t, "body", d.Parts[0].Name)
}

// TestMailIsLeftAsItIs: reading the fields writes nothing into the text.
func TestMailIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	data := "MIME-Version: 1.0\nSubject: a\n\n正文"
	raw := []byte(data)
	require.Equal(t, "正文", texts(open(t, "a.eml", raw))["body"])
	require.Equal(t, data, string(raw))
}
