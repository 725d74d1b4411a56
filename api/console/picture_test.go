package console

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"shenfa/api/portal"
	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/testkit/chromium"
)

// A picture is kept at half size in sixteen greys. Two are the same if no more than so many of
// their squares differ in grey by more than so much: anti-aliasing does not, a word does.
const (
	squareSide  = 8 // dots a side, of the kept picture
	greyDiffers = 12
	squaresMay  = 0.0005
)

// oneFont makes a picture independent of which fonts a machine has besides.
const oneFont = `document.head.appendChild(Object.assign(document.createElement("style"), {textContent: "* { font-family: 'Noto Sans CJK SC' !important; caret-color: transparent !important; animation: none !important; transition: none !important }"})); document.fonts.ready.then(() => true)`

// TestPicturesOfTheStory looks at the pages of the road from draft to recall as people see them,
// on a desk and on a phone, in both languages, beside the pictures in testdata/pictures.
func TestPicturesOfTheStory(t *testing.T) {
	t.Parallel()

	ctx := chromium.Start(t)
	for _, name := range []string{"inbox", "draft", "findings", "item", "calendar", "item-recalled", "portal"} {
		site := httptest.NewServer(story(t, name))
		t.Cleanup(site.Close)
		path := "/items/SF-2026-000031"
		for _, one := range visits {
			if one.name == name {
				path = one.path
			}
		}
		for _, lang := range []string{"zh", "en"} {
			for _, width := range []int64{1280, 360} {
				query := "?lang="
				if strings.Contains(path, "?") {
					query = "&lang="
				}
				file := fmt.Sprintf("%s-%s-%d", name, lang, width)
				got := picture(t, ctx, site.URL+path+query+lang, width, "")
				samePicture(t, file, got)
			}
		}
	}
}

// What is gone, or a line that moved, is seen.
func TestAPictureThatIsAnotherIsSeen(t *testing.T) {
	t.Parallel()

	ctx := chromium.Start(t)
	site := httptest.NewServer(story(t, "item"))
	t.Cleanup(site.Close)
	at := site.URL + "/console/items/d1"
	as := picture(t, ctx, at, 1280, "")
	again := picture(t, ctx, at, 1280, "")
	require.LessOrEqual(t, differing(as, again), squaresMay)
	for name, change := range map[string]string{
		"no outcomes": `document.querySelector("#decide fieldset").style.visibility = "hidden"`,
		"moved":       `document.querySelector("main h2").style.paddingTop = "24px"`,
		"unstyled":    `document.querySelector("link[rel=stylesheet]").remove()`,
	} {
		require.Greater(t, differing(as, picture(t, ctx, at, 1280, change)), squaresMay, name)
	}
}

// picture is what a person sees at an address, as it is kept.
func picture(t *testing.T, ctx context.Context, address string, width int64, change string) *image.Gray {
	t.Helper()
	run, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var raw []byte
	var ready bool
	require.NoError(t, chromedp.Run(run, network.ClearBrowserCookies(), emulation.SetDeviceMetricsOverride(width, 800, 1, width < 500),
		chromedp.Navigate(address), chromedp.Evaluate(oneFont, &ready, awaited), chromedp.Evaluate(change+";true", &ready), chromedp.FullScreenshot(&raw, 100)), address)
	full, err := png.Decode(bytes.NewReader(raw))
	require.NoError(t, err)
	grey := image.NewGray(full.Bounds())
	draw.Draw(grey, grey.Bounds(), full, full.Bounds().Min, draw.Src)
	return shrunk(grey, 2)
}

// shrunk makes one dot of n×n, the mean of them.
func shrunk(g *image.Gray, n int) *image.Gray {
	b := g.Bounds()
	out := image.NewGray(image.Rect(0, 0, b.Dx()/n, b.Dy()/n))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			sum := 0
			for dy := range n {
				for dx := range n {
					sum += int(g.GrayAt(b.Min.X+x*n+dx, b.Min.Y+y*n+dy).Y)
				}
			}
			out.SetGray(x, y, color.Gray{Y: uint8(sum / n / n)})
		}
	}
	return out
}

// differing is the share of squares that are not the same. What one picture has and the other
// has not differs.
func differing(a, b *image.Gray) float64 {
	x, y := shrunk(a, squareSide), shrunk(b, squareSide)
	w, h := max(x.Rect.Dx(), y.Rect.Dx()), max(x.Rect.Dy(), y.Rect.Dy())
	n := 0
	for i := range w {
		for j := range h {
			at := image.Pt(i, j)
			d := int(x.GrayAt(i, j).Y) - int(y.GrayAt(i, j).Y)
			if !at.In(x.Rect) || !at.In(y.Rect) || d*d > greyDiffers*greyDiffers {
				n++
			}
		}
	}
	return float64(n) / float64(w*h)
}

func samePicture(t *testing.T, name string, got *image.Gray) {
	t.Helper()
	kept := filepath.Join("testdata", "pictures", name+".png")
	if *update {
		writePicture(t, kept, got)
		return
	}
	raw, err := os.ReadFile(kept)
	require.NoError(t, err, "go test ./api/console -run Pictures -update makes it")
	want, err := png.Decode(bytes.NewReader(raw))
	require.NoError(t, err)
	grey := image.NewGray(want.Bounds())
	draw.Draw(grey, grey.Bounds(), want, image.Point{}, draw.Src)
	if d := differing(grey, got); d > squaresMay {
		seen := filepath.Join("..", "..", "bin", "pictures", name+".png")
		writePicture(t, seen, got)
		t.Errorf("%s: %.2f %% of the picture is another, see %s", name, 100*d, seen)
	}
}

func writePicture(t *testing.T, file string, g *image.Gray) {
	t.Helper()
	palette := make(color.Palette, 16)
	for i := range palette {
		palette[i] = color.Gray{Y: uint8(i * 17)}
	}
	out := image.NewPaletted(g.Bounds(), palette)
	draw.Draw(out, out.Bounds(), g, image.Point{}, draw.Src)
	var raw bytes.Buffer
	require.NoError(t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&raw, out))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, raw.Bytes(), 0o644))
}

// story is the console as whoever comes to that page, or the portal.
func story(t *testing.T, name string) http.Handler {
	if name == "portal" {
		e := echo.New()
		portal.New(publicOne{}, portal.Options{Now: func() time.Time { return morning }, Site: "示例市应急管理局"}).Register(e)
		return e
	}
	i := slices.IndexFunc(visits, func(one pageVisit) bool { return one.name == name })
	require.GreaterOrEqual(t, i, 0, name)
	return visitor(t, visits[i].as, visits[i].change)
}

// publicOne is a site with one item.
type publicOne struct{ portal.Desk }

func (publicOne) NextRelease(context.Context) (next, now time.Time, err error) {
	return time.Time{}, morning, nil
}

func (publicOne) PublicItem(_ context.Context, number string) (desk.PublicItem, error) {
	return desk.PublicItem{
		Number: number, Hash: disclosure.Hash(strings.Repeat("ab", 32)), Unit: "示例市应急管理局", ReleasedAt: morning, FirstAt: morning,
		HTML:     []byte("<p>各镇人民政府：</p><p>现将冬季安全检查的安排通知如下。</p><table><tr><th>单位</th><th>时间</th></tr><tr><td>一组</td><td>上午</td></tr></table>"),
		Manifest: disclosure.Manifest{Metadata: disclosure.Metadata{Title: "关于开展冬季安全检查的通知", Kind: "notice", DocumentNumber: "示应急〔2026〕31号", IndexNumber: "SF/2026-31", Topic: "安全生产", FormedOn: "2026-11-20", Keywords: []string{"检查"}}},
	}, nil
}
