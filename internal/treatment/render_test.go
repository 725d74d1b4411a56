package treatment

import (
	"context"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/stretchr/testify/require"
)

// printer shows files as an office program prints them.
type printer struct {
	program string
	profile string
	pdfium  pdfium.Pdfium
}

func newPrinter(t testing.TB) *printer {
	t.Helper()
	program, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("no office program is installed")
	}
	pool, err := webassembly.Init(webassembly.Config{MinIdle: 1, MaxIdle: 1, MaxTotal: 1})
	require.NoError(t, err)
	instance, err := pool.GetInstance(time.Minute)
	require.NoError(t, err)
	t.Cleanup(func() { _ = instance.Close(); _ = pool.Close() })
	return &printer{program, t.TempDir(), instance}
}

// convert has the office program turn a file into another format.
func (p *printer) convert(t testing.TB, name, to string, data []byte) []byte {
	t.Helper()
	dir := t.TempDir()
	in := filepath.Join(dir, "in"+filepath.Ext(name))
	require.NoError(t, os.WriteFile(in, data, 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, p.program, "-env:UserInstallation=file://"+p.profile, "--headless", "--norestore", "--convert-to", to, "--outdir", filepath.Join(dir, "out"), in).CombinedOutput()
	require.NoError(t, err, "%s", out)
	converted, err := os.ReadFile(filepath.Join(dir, "out", "in."+to))
	require.NoError(t, err, "%s", out)
	return converted
}

// pages are the pictures of the pages of a file.
func (p *printer) pages(t testing.TB, name string, data []byte) []*image.RGBA {
	t.Helper()
	printed := p.convert(t, name, "pdf", data)
	doc, err := p.pdfium.OpenDocument(&requests.OpenDocument{File: &printed})
	require.NoError(t, err)
	defer func(d references.FPDF_DOCUMENT) {
		_, _ = p.pdfium.FPDF_CloseDocument(&requests.FPDF_CloseDocument{Document: d})
	}(doc.Document)
	count, err := p.pdfium.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: doc.Document})
	require.NoError(t, err)
	var all []*image.RGBA
	for i := range count.PageCount {
		page, err := p.pdfium.RenderPageInDPI(&requests.RenderPageInDPI{DPI: 72, Page: requests.Page{ByIndex: &requests.PageByIndex{Document: doc.Document, Index: i}}})
		require.NoError(t, err)
		shown := image.NewRGBA(page.Result.Image.Bounds())
		copy(shown.Pix, page.Result.Image.Pix)
		page.Cleanup()
		all = append(all, shown)
	}
	return all
}

// differing counts the points of two pages that are not the same.
func differing(a, b *image.RGBA) int {
	if a.Bounds() != b.Bounds() {
		return len(a.Pix) / 4
	}
	n := 0
	for i := 0; i < len(a.Pix); i += 4 {
		if [4]byte(a.Pix[i:i+4]) != [4]byte(b.Pix[i:i+4]) {
			n++
		}
	}
	return n
}

// ink counts the points of a page that are not white.
func ink(m *image.RGBA) int {
	n := 0
	for i := 0; i < len(m.Pix); i += 4 {
		if m.Pix[i] < 250 || m.Pix[i+1] < 250 || m.Pix[i+2] < 250 {
			n++
		}
	}
	return n
}

// TestDerivativesLookLikeTheirOriginals: printed side by side, page by page.
func TestDerivativesLookLikeTheirOriginals(t *testing.T) {
	t.Parallel()
	p := newPrinter(t)
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"通知.docx", letter(t)}, {"收入.xlsx", ledgerBook(t)},
	} {
		d := sanitise(t, c.name, c.data)
		before, after := p.pages(t, c.name, c.data), p.pages(t, d.Name, d.Data)
		require.Len(t, after, len(before), c.name)
		for i := range before {
			require.Greater(t, ink(before[i]), 100, "%s: page %d shows something", c.name, i+1)
			if dir := os.Getenv("RENDER_TO"); dir != "" {
				save(t, filepath.Join(dir, c.name+".before.png"), before[i])
				save(t, filepath.Join(dir, c.name+".after.png"), after[i])
			}
			require.Zero(t, differing(before[i], after[i]), "%s: page %d", c.name, i+1)
		}
	}
}

func save(t testing.TB, name string, m image.Image) {
	t.Helper()
	f, err := os.Create(name)
	require.NoError(t, err)
	require.NoError(t, png.Encode(f, m))
	require.NoError(t, f.Close())
}
