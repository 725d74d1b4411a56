package treatment

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/document"
)

// longLetter is 200 pages of 800 characters in runs of ten.
func longLetter(t testing.TB) []byte {
	t.Helper()
	one := `<w:r w:rsidR="00A77B3E"><w:rPr><w:rFonts w:ascii="FangSong" w:eastAsia="仿宋_GB2312"/><w:sz w:val="32"/></w:rPr><w:t>各镇人民政府街道办事</w:t></w:r>`
	return wordOf(t, strings.Repeat(`<w:p w:rsidR="00A77B3E"><w:pPr><w:ind w:firstLine="640"/></w:pPr>`+strings.Repeat(one, 15)+run("电话138")+run("12345678")+`</w:p>`, 200*5))
}

// bigBook has 1,000,000 cells, half of them shared strings.
func bigBook(t testing.TB) []byte {
	t.Helper()
	var shared, rows strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&shared, "<si><t>企业名称第%d号</t></si>", i*7919%100_003)
	}
	for row := 1; row <= 100_000; row++ {
		fmt.Fprintf(&rows, `<row r="%d" spans="1:10">`, row)
		for c := range 10 {
			if c%2 == 0 {
				fmt.Fprintf(&rows, `<c r="%c%d" s="1" t="s"><v>%d</v></c>`, 'A'+c, row, (row*31+c)%50_000)
			} else {
				fmt.Fprintf(&rows, `<c r="%c%d"><v>%d.%d</v></c>`, 'A'+c, row, row*c*7919, c)
			}
		}
		rows.WriteString("</row>")
	}
	return zipOf(t, "[Content_Types].xml", typesHead+override("xl/workbook.xml", "spreadsheetml.sheet.main")+`</Types>`, "_rels/.rels", rels("r1", "officeDocument", "xl/workbook.xml"),
		"xl/workbook.xml", `<workbook xmlns:r="`+nsRels+`"><sheets><sheet name="大表" sheetId="1" r:id="r1"/></sheets></workbook>`, "xl/_rels/workbook.xml.rels", rels("r1", "worksheet", "worksheets/sheet1.xml", "r2", "sharedStrings", "sharedStrings.xml"),
		"xl/sharedStrings.xml", `<sst>`+shared.String()+`</sst>`, "xl/worksheets/sheet1.xml", `<worksheet><sheetData>`+rows.String()+`</sheetData></worksheet>`)
}

func BenchmarkTreatment(b *testing.B) {
	for name, data := range map[string][]byte{"letter.docx": longLetter(b), "book.xlsx": bigBook(b)} {
		b.Run("sanitise/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := Sanitise(b.Context(), Tools{}, name, data, document.DefaultLimits())
				require.NoError(b, err)
			}
		})
		b.Run("apply/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _, err := Apply(b.Context(), Tools{}, name, data, []Mask{phone, {"企业名称第1号", "某企业"}}, document.DefaultLimits())
				require.NoError(b, err)
			}
		})
	}
}
