package treatment

import (
	"context"
	"fmt"
	"image"
	"image/draw"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// print prints files, all in one go: a program of that size starts slowly.
func (p *printer) print(t testing.TB, files []Derivative) [][]*image.RGBA {
	t.Helper()
	dir := t.TempDir()
	args := []string{"-env:UserInstallation=file://" + p.profile, "--headless", "--norestore", "--convert-to", "pdf", "--outdir", dir}
	for i, f := range files {
		name := filepath.Join(dir, fmt.Sprint(i)+filepath.Ext(f.Name))
		require.NoError(t, os.WriteFile(name, f.Data, 0o600))
		args = append(args, name)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, p.program, args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	var all [][]*image.RGBA
	for i := range files {
		printed, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(i)+".pdf"))
		require.NoError(t, err, "%s", out)
		all = append(all, p.pages(t, printed))
	}
	return all
}

// pages are the pictures of the pages of a PDF.
func (p *printer) pages(t testing.TB, printed []byte) []*image.RGBA {
	t.Helper()
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
		shown := image.NewRGBA(page.Result.RenderedImage.Bounds())
		draw.Draw(shown, shown.Bounds(), page.Result.RenderedImage, shown.Bounds().Min, draw.Src)
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

// TestDerivativesLookLikeTheirOriginals: files an office program wrote, printed
// before and after, page by page and point by point.
func TestDerivativesLookLikeTheirOriginals(t *testing.T) {
	t.Parallel()
	p := newPrinter(t)
	var before, after []Derivative
	for name, secrets := range map[string][]string{
		"notice.docx": {"隐藏的字", "书签", "文本框名", "LibreOffice"}, "ledger.xlsx": {"隐列", "隐行", "隐表", "草稿", "LibreOffice"},
		"slides.pptx": {"片外", "备注", "藏页", "LibreOffice"},
	} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
		d := sanitise(t, name, data)
		for _, secret := range secrets {
			require.True(t, strings.Contains(contents(t, data), secret), "%s holds %s to remove", name, secret)
			require.False(t, strings.Contains(contents(t, d.Data), secret), "%s: %s", name, secret)
		}
		before, after = append(before, Derivative{Name: name, Data: data}), append(after, d)
	}
	shown := p.print(t, append(before, after...))
	for n, was := range shown[:len(before)] {
		is := shown[len(before)+n]
		require.Len(t, is, len(was), before[n].Name)
		for i := range was {
			require.Greater(t, ink(was[i]), 100, "%s: page %d shows something", before[n].Name, i+1)
			require.Zero(t, differing(was[i], is[i]), "%s: page %d", before[n].Name, i+1)
		}
	}
}
