package document

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzOpen changes whole files.
func FuzzOpen(f *testing.F) {
	f.Add("a.docx", rich(f))
	f.Add("a.docx", docx(f, "正文"))
	f.Add("a.md", []byte("# 标题\n\n> [x](y)\n\n<p hidden>z</p>\n| a | b |\n|-|-|\n"))
	f.Add("a.html", []byte(`<p style="display:none">x<table><td><svg><title>y</title><!-- z --><template><b>q<img src="data:image/png;base64,AA">`))
	f.Add("a.txt", []byte("\xFF\xFEa\x00"))
	f.Add("a.docm", hideouts(f))
	f.Add("a.xlsx", secretive(f))
	f.Add("a.pptx", deckFile(f))
	f.Add("a.ofd", ofdFile(f))
	f.Add("a.eml", mailFile(f))
	f.Add("a.jpg", jpegOf(f, "PK"))
	f.Add("a.png", pngOf(f, "tEXtAuthor\x00Li"))
	f.Add("a.msg", compoundFile(f, []cfbStream{{"__substg1.0_0037001F", "a\x00"}, {"s/\x01Ole10Native", native("a", "b", "c")}, {"VBA/m", vba("Attribute x")}, {"big", strings.Repeat("x", 5000)}}))
	f.Fuzz(func(t *testing.T, name string, data []byte) { mustAnswer(t, name, data) })
}

// FuzzInside changes one entry of a package, which a change of the whole
// package hardly reaches through packing and checksums.
func FuzzInside(f *testing.F) {
	names := []string{
		"word/document.xml", "word/styles.xml", "word/vbaProject.bin", "word/embeddings/oleObject1.bin", "word/media/a", "docProps/core.xml", "word/_rels/document.xml.rels", "[Content_Types].xml",
		"xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/drawings/vmlDrawing1.vml", "customXml/item1.xml",
		"ppt/slides/slide1.xml", "OFD.xml", "Doc_0/Pages/Page_0/Content.xml", "Doc_0/Document.xml",
	}
	base := map[byte][]byte{0: rich(f), 1: secretive(f), 2: deckFile(f), 3: ofdFile(f)}
	f.Add(byte(0), byte(0), []byte(`<w:document><w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>&#x4E00;</w:t></w:r></w:p></w:document>`))
	f.Add(byte(0), byte(2), compoundFile(f, []cfbStream{{"VBA/m", vba("Attribute x")}, {"VBA/_VBA_PROJECT", "x"}}))
	f.Add(byte(0), byte(3), compoundFile(f, []cfbStream{{"\x01Ole10Native", native("a", "b", "c")}, {"\x05SummaryInformation", strings.Repeat("\x01\x00\x00\x00", 30)}}))
	f.Add(byte(0), byte(4), jpegOf(f, ""))
	f.Add(byte(0), byte(4), pngOf(f, "zTXta\x00\x00x"))
	f.Add(byte(1), byte(9), []byte(`<worksheet><cols><col min="1" max="2" hidden="1"/></cols><sheetData><row r="1"><c r="A1" t="s" s="1"><f>B1</f><v>1</v></c></row></sheetData></worksheet>`))
	f.Add(byte(2), byte(14), []byte(`<p:sld><p:sp><p:nvPr><p:ph/></p:nvPr><a:p><a:t>x</a:t></a:p></p:sp><p:grpSp/></p:sld>`))
	f.Add(byte(3), byte(16), []byte(`<Page><TextObject Boundary="1 2 3 4"><TextCode>x</TextCode></TextObject></Page>`))
	f.Fuzz(func(t *testing.T, which, entryNo byte, data []byte) {
		name := names[int(entryNo)%len(names)]
		mustAnswer(t, "a", replaced(t, base[which%4], name, data))
	})
}

// replaced is a zip with one entry exchanged or added.
func replaced(t testing.TB, zipped []byte, name string, content []byte) []byte {
	t.Helper()
	o := opening{ctx: t.Context(), limits: DefaultLimits(), unpacked: 64 << 20, files: 1000, text: 1 << 20}
	k, err := o.unzip(zipped, &parts{})
	require.NoError(t, err)
	pairs := []string{name, string(content)}
	for _, n := range k.names {
		if !strings.EqualFold(n, name) {
			old, err := k.read(n)
			require.NoError(t, err)
			pairs = append(pairs, n, string(old))
		}
	}
	return zipOf(t, pairs...)
}

// mustAnswer opens a file twice: the answer is the same, a refusal has a
// reason, and what is read is text.
func mustAnswer(t *testing.T, name string, data []byte) {
	t.Helper()
	limits := Limits{Bytes: 1 << 20, Unpacked: 1 << 22, Parts: 200, Ratio: 100, Depth: 100, Nested: 4, Time: time.Minute}
	d, err := Open(name, data, limits)
	if err != nil {
		require.ErrorIs(t, err, ErrUnreadable)
		return
	}
	again, err := Open(name, data, limits)
	require.NoError(t, err)
	require.Equal(t, d, again)
	if slices.Contains([]Kind{Text, Markdown, HTML, XML, DOCX, Zip, Image}, d.Kind) {
		require.Equal(t, "body", d.Parts[0].Name)
	}
	for _, p := range d.Parts {
		require.True(t, utf8.ValidString(p.Text+p.Name), p.Name)
		require.NotEmpty(t, p.Name)
	}
	require.NotContains(t, strings.ToLower(d.HTML()), "<script")
}
