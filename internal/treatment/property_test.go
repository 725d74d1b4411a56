package treatment

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"shenfa/internal/document"
)

func wordOf(t testing.TB, body string) []byte {
	t.Helper()
	return zipOf(t, "[Content_Types].xml", typesHead+override("word/document.xml", "wordprocessingml.document.main")+`</Types>`, "_rels/.rels", rels("r1", "officeDocument", "word/document.xml"),
		"word/document.xml", `<w:document `+nsWord+`><w:body>`+body+`</w:body></w:document>`)
}

// pieces cuts a text at random places.
func pieces(t *rapid.T, text string) []string {
	var all []string
	for r := []rune(text); len(r) > 0; {
		n := rapid.IntRange(1, len(r)).Draw(t, "cut")
		all, r = append(all, string(r[:n])), r[n:]
	}
	return all
}

var (
	wordText = regexp.MustCompile(`<w:t[^>]*>[^<]*</w:t>`)
	literal  = regexp.MustCompile(`<!\[CDATA\[[^\]]*\]\]>`)
)

// TestMaskingIsReplacingInTheText: however a document is split over runs, its text
// after masking is its text with the values replaced, and nothing around it moved.
func TestMaskingIsReplacingInTheText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		masks := []Mask{phone, {"张三丰", "张某"}, {"张三", "李"}, {"a&b", "<c>"}}
		var body, want strings.Builder
		for range rapid.IntRange(1, 4).Draw(r, "paragraphs") {
			text := "始" + strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"13812345678", "张三丰", "张三", "a&b", "关于", "1381234", "张", " ", "<>", "\u200b", "三"}), 1, 8).Draw(r, "words"), "") + "终"
			want.WriteString(strings.NewReplacer("13812345678", phone.With, "张三丰", "张某", "张三", "李", "a&b", "<c>").Replace(text) + "\n")
			body.WriteString("<w:p>")
			for _, p := range pieces(r, text) {
				body.WriteString(rapid.SampledFrom([]string{
					run(escape(p)), boldRun(escape(p)), `<w:ins w:author="x">` + run(escape(p)) + `</w:ins>`, `<w:hyperlink w:anchor="y">` + boldRun(escape(p)) + `</w:hyperlink>`,
					run(escape(p)) + `<w:del w:author="x"><w:r><w:delText>删</w:delText></w:r></w:del>`, run(escape(p)) + `<w:r><w:rPr><w:vanish/></w:rPr><w:t>隐</w:t></w:r>`,
					`<w:r><w:rPr><w:i/></w:rPr><w:t xml:space="preserve">` + escape(p) + `</w:t><w:lastRenderedPageBreak/></w:r>`, `<w:r><w:t><![CDATA[` + p + `]]></w:t></w:r>`,
				}).Draw(r, "form"))
			}
			body.WriteString("</w:p>")
		}
		data := wordOf(t, body.String())
		out, _, err := Apply(t.Context(), Tools{}, "a.docx", data, masks, document.DefaultLimits())
		require.NoError(r, err)
		require.Equal(r, strings.TrimSpace(want.String()), open(t, "a.docx", out).Parts[0].Text)
		bare := func(b []byte) string {
			return wordText.ReplaceAllString(literal.ReplaceAllString(entryOf(t, b, "word/document.xml"), ""), "<w:t/>")
		}
		require.Equal(r, bare(data), bare(out))
	})
}

// contents are all the bytes of the entries of a zip.
func contents(t testing.TB, data []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	var b strings.Builder
	for _, f := range z.File {
		b.WriteString(f.Name)
		r, err := f.Open()
		require.NoError(t, err)
		_, err = io.Copy(&b, r)
		require.NoError(t, err)
	}
	return b.String()
}

// TestDerivativesLeakNothing: whatever is hidden, however it is mixed with what is
// seen, no byte of it is in the derivative, and what is seen is there in order.
func TestDerivativesLeakNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var body, want strings.Builder
		n := 0
		secret := func() string { n++; return fmt.Sprintf("密%d码", n) }
		shown := func() string {
			n++
			s := fmt.Sprintf("显%d示", n)
			want.WriteString(s)
			return s
		}
		for range rapid.IntRange(1, 4).Draw(r, "paragraphs") {
			body.WriteString("<w:p>")
			for range rapid.IntRange(0, 6).Draw(r, "runs") {
				switch rapid.IntRange(0, 10).Draw(r, "kind") {
				case 0, 1:
					body.WriteString(run(shown()))
				case 2:
					body.WriteString(`<w:ins w:author="` + secret() + `" w:date="2025-01-01T00:00:00Z">` + boldRun(shown()) + `</w:ins>`)
				case 3:
					body.WriteString(`<w:del w:author="` + secret() + `"><w:r><w:delText>` + secret() + `</w:delText></w:r></w:del>`)
				case 4:
					body.WriteString(`<w:r><w:rPr><w:vanish/></w:rPr><w:t>` + secret() + `</w:t><w:tab/></w:r>`)
				case 5:
					body.WriteString(`<w:r><w:rPr><w:sz w:val="2"/></w:rPr><w:t>` + secret() + `</w:t></w:r><!--` + secret() + `--><?x ` + secret() + `?>`)
				case 6:
					body.WriteString(`<w:sdt><w:sdtPr><w:alias w:val="` + secret() + `"/></w:sdtPr><w:sdtContent>` + run(shown()) + `</w:sdtContent></w:sdt>`)
				case 7:
					body.WriteString(`<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>QUOTE ` + secret() + `</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>` + run(shown()) + `<w:r><w:fldChar w:fldCharType="end"/></w:r>`)
				case 8:
					body.WriteString(`<w:bookmarkStart w:id="1" w:name="` + secret() + `"/><z:x xmlns:z="urn:z" z:y="` + secret() + `">` + secret() + `</z:x><w:smartTag w:uri="` + secret() + `" w:element="x">` + run(shown()) + `</w:smartTag>`)
				case 9:
					body.WriteString(`<w:r><w:rPr><w:color w:val="000000"/><w:highlight w:val="black"/></w:rPr><w:t>` + secret() + `</w:t></w:r>`)
				case 10:
					body.WriteString(`<mc:AlternateContent><mc:Choice Requires="wps"><w:r><w:t>` + shown() + `</w:t></w:r></mc:Choice><mc:Fallback><w:pict alt="` + secret() + `"/></mc:Fallback></mc:AlternateContent>`)
				}
			}
			body.WriteString("</w:p>")
		}
		d, err := Sanitise(t.Context(), Tools{}, "a.docx", wordOf(t, body.String()), document.DefaultLimits())
		require.NoError(r, err)
		require.Equal(r, want.String(), strings.Join(strings.Fields(open(t, d.Name, d.Data).Parts[0].Text), ""))
		require.NotContains(r, contents(t, d.Data), "密")
	})
}

// TestSheetDerivativesLeakNothing: the same of cells.
func TestSheetDerivativesLeakNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		hiddenColumn := rapid.IntRange(1, 5).Draw(r, "column")
		var rows, shared, want strings.Builder
		n := 0
		for row := 1; row <= rapid.IntRange(1, 6).Draw(r, "rows"); row++ {
			hiddenRow := rapid.Bool().Draw(r, "hidden")
			fmt.Fprintf(&rows, `<row r="%d"%s>`, row, map[bool]string{true: ` hidden="1"`}[hiddenRow])
			for column := 1; column <= 5; column++ {
				text := fmt.Sprintf("显%d.%d", row, column)
				if hiddenRow || column == hiddenColumn {
					text = fmt.Sprintf("密%d.%d", row, column)
				} else {
					want.WriteString(text)
				}
				at := fmt.Sprintf("%c%d", 'A'+column-1, row)
				switch rapid.IntRange(0, 2).Draw(r, "form") {
				case 0:
					fmt.Fprintf(&shared, `<si><t>%s</t></si><si><t>密无主</t></si>`, text)
					fmt.Fprintf(&rows, `<c r="%s" t="s"><v>%d</v></c>`, at, n)
					n += 2
				case 1:
					fmt.Fprintf(&rows, `<c r="%s" t="inlineStr"><is><t>%s</t></is></c>`, at, text)
				case 2:
					fmt.Fprintf(&rows, `<c r="%s" t="str"><f>"密"&amp;A1</f><v>%s</v></c>`, at, text)
				}
			}
			rows.WriteString(`</row>`)
		}
		book := zipOf(t, "[Content_Types].xml", typesHead+override("xl/workbook.xml", "spreadsheetml.sheet.main")+`</Types>`, "_rels/.rels", rels("r1", "officeDocument", "xl/workbook.xml"),
			"xl/workbook.xml", `<workbook xmlns:r="`+nsRels+`"><sheets><sheet name="表" sheetId="1" r:id="r1"/></sheets></workbook>`, "xl/_rels/workbook.xml.rels", rels("r1", "worksheet", "worksheets/sheet1.xml", "r2", "sharedStrings", "sharedStrings.xml"),
			"xl/sharedStrings.xml", `<sst>`+shared.String()+`</sst>`, "xl/worksheets/sheet1.xml", fmt.Sprintf(`<worksheet><cols><col min="%d" max="%d" hidden="1"/></cols><sheetData>%s</sheetData></worksheet>`, hiddenColumn, hiddenColumn, rows.String()))
		d, err := Sanitise(t.Context(), Tools{}, "a.xlsx", book, document.DefaultLimits())
		require.NoError(r, err)
		require.Equal(r, want.String(), strings.Join(strings.Fields(texts(open(t, d.Name, d.Data))["sheet 表"]), ""))
		require.NotContains(r, contents(t, d.Data), "密")
	})
}
