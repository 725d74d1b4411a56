//go:build linux

package reader

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/document"
)

// other is the program whose children are measured: this test, or the one that
// SHENFA_BINARY names, which is larger.
func other() Config { return Config{Size: 1, Files: 1 << 20, program: os.Getenv("SHENFA_BINARY")} }

// BenchmarkStart is the start of a child until it can be asked.
func BenchmarkStart(b *testing.B) {
	p := pool(b, other())
	for b.Loop() {
		c, _, err := p.start(b.Context(), false)
		require.NoError(b, err)
		b.StopTimer()
		c.kill()
		c.remove()
		b.StartTimer()
	}
}

// BenchmarkSmallFile is what it costs that a text of 5 kB is read by a child, and here.
func BenchmarkSmallFile(b *testing.B) {
	text := []byte(strings.Repeat("关于公开征求意见的通知。", 140))
	p := pool(b, other())
	b.Run("child", func(b *testing.B) {
		for b.Loop() {
			_, err := p.Open(b.Context(), "a.txt", text, document.DefaultLimits())
			require.NoError(b, err)
		}
	})
	b.Run("here", func(b *testing.B) {
		for b.Loop() {
			_, err := document.Open("a.txt", text, document.DefaultLimits())
			require.NoError(b, err)
		}
	})
}

// BenchmarkLongFile reports the most memory that a child held while it read, beside
// what it holds at rest.
func BenchmarkLongFile(b *testing.B) {
	for _, f := range []struct {
		name string
		data []byte
	}{{"200 pages.docx", longDOCX(b)}, {"200 pages.pdf", longPDF()}, {"1000000 cells.xlsx", longXLSX(b)}} {
		b.Run(f.name, func(b *testing.B) {
			p := pool(b, other())
			_, err := p.Open(b.Context(), "a.txt", []byte("x"), document.DefaultLimits())
			require.NoError(b, err)
			for b.Loop() {
				p.mu.Lock()
				c := p.idle[0]
				p.mu.Unlock()
				status := fmt.Sprintf("/proc/%d/", c.pid)
				b.ReportMetric(float64(rss(c.pid))/1e6, "MB-at-rest")
				if err := os.WriteFile(status+"clear_refs", []byte("5"), 0); err != nil {
					b.Skip("the peak cannot be reset here")
				}
				before := c.cpu()
				d, err := p.Open(b.Context(), f.name, f.data, document.DefaultLimits())
				require.NoError(b, err)
				for _, part := range d.Parts {
					require.Empty(b, part.Unread)
				}
				b.ReportMetric((c.cpu() - before).Seconds(), "s-cpu")
				peak := high(b, status+"status")
				b.ReportMetric(peak, "MB-peak")
				require.Less(b, peak, 300.0)
			}
		})
	}
}

// high is the most memory that a process held, in MB, read before it is replaced.
func high(b *testing.B, status string) float64 {
	b.Helper()
	text, err := os.ReadFile(status)
	require.NoError(b, err)
	_, line, _ := strings.Cut(string(text), "VmHWM:")
	var kB float64
	_, err = fmt.Sscan(line, &kB)
	require.NoError(b, err)
	return kB * 1024 / 1e6
}

func longDOCX(tb testing.TB) []byte {
	tb.Helper()
	var paragraphs []string
	for i := range 200 * 25 {
		paragraphs = append(paragraphs, fmt.Sprintf("第%d段　本机关依法公开与群众切身利益有关的信息，并按规定的期限答复申请人，具体办法见附件。", i))
	}
	var out bytes.Buffer
	require.NoError(tb, document.WriteDOCX(&out, paragraphs))
	return out.Bytes()
}

func longXLSX(tb testing.TB) []byte {
	tb.Helper()
	var sheet strings.Builder
	sheet.WriteString(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	for row := 1; row <= 50_000; row++ {
		fmt.Fprintf(&sheet, `<row r="%d">`, row)
		for column := range 20 {
			fmt.Fprintf(&sheet, `<c r="%c%d"><v>%d</v></c>`, 'A'+column, row, row*31+column*7919)
		}
		sheet.WriteString(`</row>`)
	}
	sheet.WriteString(`</sheetData></worksheet>`)
	const rels = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/`
	return zipped(
		tb,
		"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
		"_rels/.rels", rels+`officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", rels+`worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml", sheet.String(),
	)
}

func longPDF() []byte {
	var b bytes.Buffer
	var at []int
	object := func(format string, args ...any) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), fmt.Sprintf(format, args...))
	}
	const pages = 200
	b.WriteString("%PDF-1.4\n")
	object("<</Type/Catalog/Pages 2 0 R>>")
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 4+2*i)
	}
	object("<</Type/Pages/Count %d/Kids[%s]>>", pages, kids.String())
	object("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
	for i := range pages {
		object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>", 5+2*i)
		var text strings.Builder
		text.WriteString("BT /F 11 Tf 60 780 Td 15 TL ")
		for line := range 45 {
			fmt.Fprintf(&text, "(Page %d, line %d: what is open to the public is told within twenty working days.) Tj T* ", i+1, line+1)
		}
		text.WriteString("ET")
		object("<</Length %d>>\nstream\n%s\nendstream", text.Len(), text.String())
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, table)
	return b.Bytes()
}
