package document

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"
)

// heard writes down the events of a file.
func heard(r io.Reader) (string, error) {
	var b strings.Builder
	err := walkXML(r, 50, func(e *event) {
		switch e.kind {
		case opens:
			b.WriteString("<" + e.name)
			for _, a := range e.attrs {
				if !strings.HasPrefix(string(a.name), "xmlns") {
					b.WriteString(" " + string(a.name) + "=" + e.value(a))
				}
			}
			b.WriteString(">")
		case shuts:
			b.WriteString("</" + e.name + ">")
		case chars:
			b.Write(e.text)
		case remark:
			b.WriteString("{" + string(e.text) + "}")
		}
	})
	return b.String(), err
}

func TestXMLIsHeardInEveryEncoding(t *testing.T) {
	t.Parallel()
	const text, want = `<w:a k:b="甲&lt;乙" c='x">y'>关于<!-- 注 --><?p q?><![CDATA[<原样>&]]>&#x4E00;&#19968;<e/></w:a>`, `<a b=甲<乙 c=x">y>关于{ 注 }{p q}<原样>&一一<e></e></a>`
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	require.NoError(t, err)
	le, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	require.NoError(t, err)
	be, err := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String(text)
	require.NoError(t, err)
	for name, data := range map[string]string{
		"utf-8": text, "with mark": "\xEF\xBB\xBF" + text, "declared": `<?xml version="1.0" encoding="utf-8"?>` + text, "gbk undeclared": gb,
		"gbk declared": `<?xml version="1.0" encoding="GB2312"?>` + gb, "utf-16": le, "utf-16 without mark": be,
	} {
		got, err := heard(strings.NewReader(data))
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
		got, err = heard(iotest.OneByteReader(strings.NewReader(data)))
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
	}
}

func TestXMLThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	for data, reason := range map[string]string{
		"<a>": "truncated", "<a": "truncated", "<a><!-- ": "truncated", "<a></b>": "damaged", "</a>": "damaged", "x<a/>": "damaged", "<a b>": "damaged", "<a b=c/>": "damaged", "<>": "damaged",
		"<a>&nbsp;</a>": "damaged", "<a>& b</a>": "damaged", "<a <b/>": "damaged", "<!DOCTYPE a><a/>": "xml_bomb", "<a>甲\x80\xFF</a>": "bad_encoding", "<a>甲</a><a>\xBC\xD7</a>": "bad_encoding",
		strings.Repeat("<a>", 51): "too_deep",
	} {
		_, err := heard(strings.NewReader(data))
		var bad *Unreadable
		require.ErrorAs(t, err, &bad, data)
		require.Equal(t, bad.Reason, reason, data)
	}
}

// TestXMLAgreesWithTheStandardLibrary: whatever encoding/xml reads, this reads
// the same.
func TestXMLAgreesWithTheStandardLibrary(t *testing.T) {
	t.Parallel()
	piece := rapid.SampledFrom([]string{"<a>", "</a>", "<b c=\"1&amp;2\">", "</b>", "<p:d e='>'/>", "文", "x y", "&#65;", "&gt;", "<!--z-->", "<![CDATA[]]]]>", "\n", strings.Repeat("长", 30_000)})
	rapid.Check(t, func(t *rapid.T) {
		data := "<r>" + strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "") + "</r>"
		want, wantErr := standard(data)
		got, err := heard(strings.NewReader(data))
		require.Equal(t, wantErr == nil, err == nil, data)
		if err == nil {
			require.Equal(t, want, got)
		}
	})
}

func standard(data string) (string, error) {
	var b strings.Builder
	for d := xml.NewDecoder(strings.NewReader(data)); ; {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String(), nil
		}
		if err != nil {
			return "", err
		}
		switch x := tok.(type) {
		case xml.StartElement:
			b.WriteString("<" + x.Name.Local)
			for _, a := range x.Attr {
				b.WriteString(" " + a.Name.Local + "=" + a.Value)
			}
			b.WriteString(">")
		case xml.EndElement:
			b.WriteString("</" + x.Name.Local + ">")
		case xml.CharData:
			b.Write(x)
		case xml.Comment:
			b.WriteString("{" + string(x) + "}")
		}
	}
}
