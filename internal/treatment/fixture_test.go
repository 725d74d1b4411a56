package treatment

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/document"
)

// zipOf writes a zip of name, content, name, content, ...
func zipOf(t testing.TB, pairs ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		f, err := z.CreateHeader(&zip.FileHeader{Name: pairs[i], Method: zip.Deflate, Modified: time.Date(2025, 3, 1, 9, 0, 0, 0, time.UTC)})
		require.NoError(t, err)
		_, err = io.WriteString(f, pairs[i+1])
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

// entryOf reads one entry of a zip.
func entryOf(t testing.TB, data []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	f, err := z.Open(name)
	require.NoError(t, err)
	out, err := io.ReadAll(f)
	require.NoError(t, err)
	return string(out)
}

func open(t testing.TB, name string, data []byte) document.Document {
	t.Helper()
	d, err := document.Open(name, data, document.DefaultLimits())
	require.NoError(t, err)
	return d
}

// texts maps parts to their text; parts of one name are joined.
func texts(d document.Document) map[string]string {
	out := map[string]string{}
	for _, p := range d.Parts {
		out[p.Name] += p.Text
	}
	return out
}

// everything is all the text of a file, names of parts included.
func everything(d document.Document) string {
	var b strings.Builder
	for _, p := range d.Parts[:len(d.Parts)-1] {
		b.WriteString(p.Name + "\x00" + p.Text + "\x00")
	}
	return b.String()
}

const (
	nsMain = "http://schemas.openxmlformats.org/"
	nsRels = nsMain + "officeDocument/2006/relationships"
	nsWord = `xmlns:w="` + nsMain + `wordprocessingml/2006/main" xmlns:r="` + nsRels + `" xmlns:wp="` + nsMain + `drawingml/2006/wordprocessingDrawing" xmlns:a="` + nsMain + `drawingml/2006/main" xmlns:pic="` + nsMain +
		`drawingml/2006/picture" xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"`
	typesHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="` + nsMain + `package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Default Extension="jpeg" ContentType="image/jpeg"/><Default Extension="bin" ContentType="application/octet-stream"/>`
)

func override(name, kind string) string {
	return `<Override PartName="/` + name + `" ContentType="application/vnd.openxmlformats-officedocument.` + kind + `+xml"/>`
}

// rels writes a relationships file of id, kind, target triples; a target that
// begins with ! is outside.
func rels(triples ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="` + nsMain + `package/2006/relationships">`)
	for i := 0; i < len(triples); i += 3 {
		kind := nsRels + "/" + triples[i+1]
		if strings.HasSuffix(triples[i+1], "core-properties") {
			kind = nsMain + "package/2006/relationships/metadata/core-properties"
		}
		target, out := strings.CutPrefix(triples[i+2], "!")
		b.WriteString(`<Relationship Id="` + triples[i] + `" Type="` + kind + `" Target="` + target + `"`)
		if out {
			b.WriteString(` TargetMode="External"`)
		}
		b.WriteString("/>")
	}
	return b.String() + "</Relationships>"
}

func run(text string) string {
	return `<w:r><w:t xml:space="preserve">` + text + `</w:t></w:r>`
}

func boldRun(text string) string {
	return `<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">` + text + `</w:t></w:r>`
}

// swap replaces one entry of a zip.
func swap(t testing.TB, data []byte, name, content string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	var pairs []string
	for _, f := range z.File {
		if f.Name == name {
			pairs = append(pairs, name, content)
		} else {
			pairs = append(pairs, f.Name, entryOf(t, data, f.Name))
		}
	}
	return zipOf(t, pairs...)
}
