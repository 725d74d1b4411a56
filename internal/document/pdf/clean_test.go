package pdf

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func clean(t testing.TB, data []byte) ([]byte, []Removed) {
	t.Helper()
	out, removed, err := reader.Clean(context.Background(), data, DefaultLimits())
	require.NoError(t, err)
	return out, removed
}

// laid is a file as somebody reads it who takes it apart by hand: all its bytes
// and all its streams unpacked.
func laid(data []byte) string {
	x := sweep(context.Background(), data, DefaultLimits())
	all := [][]byte{data}
	for _, o := range x.all {
		if o.stream {
			b, _ := x.unpack(o)
			all = append(all, b)
		}
	}
	return string(bytes.Join(all, []byte{'\n'}))
}

// spellings are the ways in which a text may stand in a file.
func spellings(text string) []string {
	gb, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(text))
	if err != nil {
		panic(err)
	}
	var wide []byte
	for _, u := range utf16.Encode([]rune(text)) {
		wide = append(wide, byte(u>>8), byte(u))
	}
	var all []string
	for _, b := range [][]byte{[]byte(text), gb, wide} {
		all = append(all, string(b), fmt.Sprintf("%X", b), fmt.Sprintf("%x", b))
	}
	return all
}

func requireNothingOf(t testing.TB, data []byte, texts ...string) {
	t.Helper()
	body := laid(data)
	for _, text := range texts {
		for _, s := range spellings(text) {
			require.NotContains(t, body, s, text)
		}
	}
}

func codesOf(removed []Removed) []string {
	var all []string
	for _, r := range removed {
		if !slices.Contains(all, r.Code) {
			all = append(all, r.Code)
		}
	}
	slices.Sort(all)
	return all
}

func shown(d Document) string {
	var all []Line
	for _, p := range d.Parts {
		if !p.Hidden && p.Unread == "" {
			all = append(all, Line{Text: p.Text})
		}
	}
	return said(all)
}

func TestCleanLeavesWhatIsSeenAndNothingElse(t *testing.T) {
	t.Parallel()
	gone := map[string]string{ // codes of what is removed, where there is something
		"text under a box": "covered", "a label written over what it covers": "covered", "text under a thick line": "covered",
		"text under a box in a form": "covered", "text under an image": "covered", "an image whose mask has no holes": "covered",
		"invisible text": "invisible", "white on white, and white on a dark ground": "invisible", "tiny text": "invisible",
		"text to be read instead of what is shown": "invisible", "text outside the crop box, and cut off by a clip": "outside",
		"a layer that is off": "layer", "notes, and a text box": "annotation", "an unapplied redaction": "annotation",
		"a dark highlight and a filled rectangle": "covered", "form fields": "form_field", "XFA": "form_field",
		"attachments, in the name tree and on a page":                     "attachment",
		"document information, XMP and bookmarks":                         "bookmark metadata",
		"JavaScript, launch actions and links":                            "link script",
		"objects in an object stream, and strings in GBK":                 "annotation script",
		"what programs keep for themselves, tooltips and labels of pages": "metadata",
		"an earlier revision":                                             "metadata revision", "a page that was taken out of the tree": "revision",
		"bytes before and after": "stray", "a page that is one image, and its text layer": "invisible",
	}
	for name, c := range fixtures() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFile()
			c.build(f)
			before := open(t, f.bytes())
			out, removed := clean(t, f.bytes())
			after := open(t, out)

			require.Equal(t, shown(before), shown(after))
			require.Equal(t, gone[name], strings.Join(codesOf(removed), " "))
			for _, r := range removed {
				require.NotContains(t, r.Part, "marked for redaction", "that text stays")
			}
			require.Empty(t, after.Files)
			require.Equal(t, len(before.Images), len(after.Images))
			for _, p := range after.Parts {
				require.False(t, p.Hidden, p)
			}
			for _, p := range before.Parts {
				if p.Hidden && p.Name != "text marked for redaction but not removed on page 1" {
					for _, line := range strings.Split(p.Text, "\n") {
						_, value, both := strings.Cut(line, ": ")
						if !both {
							value = line
						}
						if len(value) > len("Li") {
							requireNothingOf(t, out, value)
						}
					}
				}
			}
			for _, file := range before.Files {
				requireNothingOf(t, out, string(file.Data))
			}
			again, _ := clean(t, out)
			require.Equal(t, string(out), string(again), "what is clean stays as it is")
		})
	}
}

func TestCleanKeepsEverythingInItsPlace(t *testing.T) {
	t.Parallel()
	f := newFile()
	f.page("BT /F1 12 Tf 2 Tc 90 Tz 72 700 Td [(Name ) -200 (SECRET) 50 ( next)] TJ ( and after) Tj 0 -30 Td (below) Tj ET\n" +
		"0 g 104 695 70 16 re f\n" +
		"BT /F2 14 Tf 72 600 Td " + gbk("甲看不见") + " Tj " + gbk("乙丙") + " Tj ET 85 590 42.5 25 re f\n" +
		"BT /F1 12 Tf 14 TL 72 500 Td (one) ' (two) ' 3 1 (three) \" ET")
	before := open(t, f.bytes())
	out, removed := clean(t, f.bytes())
	require.Equal(t, []string{"covered"}, codesOf(removed))
	requireNothingOf(t, out, "SECRET", "SECRE", "看不")
	require.Equal(t, before.Parts[0].Text, open(t, out).Parts[0].Text)
	requireSamePlaces(t, before, open(t, out))
}

// requireSamePlaces compares where lines stand, to a fiftieth of a point.
func requireSamePlaces(t testing.TB, before, after Document) {
	t.Helper()
	for i, p := range before.Pages {
		require.Len(t, after.Pages[i].Lines, len(p.Lines))
		for k, l := range p.Lines {
			a, b := l.Box, after.Pages[i].Lines[k].Box
			for _, d := range []float64{a.Left - b.Left, a.Right - b.Right, a.Top - b.Top, a.Bottom - b.Bottom} {
				require.LessOrEqual(t, math.Abs(d), 0.02, l.Text)
			}
		}
	}
}

func TestCleanTakesOutWhatIsNotDrawn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		build func(f *file)
		codes string
	}{
		"metadata in a picture": {func(f *file) {
			plain := photo()
			jpeg := append([]byte{0xFF, 0xD8, 0xFF, 0xE1, 0, 10}, "SECRET12"...)
			jpeg = append(append(jpeg, 0xFF, 0xFE, 0, 8), "SECRET"...)
			jpeg = append(append(jpeg, plain[2:]...), "SECRET after the end"...)
			picture := f.stream("/Type/XObject/Subtype/Image/Width 40/Height 40/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode", jpeg)
			f.resources = fmt.Sprintf("/XObject<</I %d 0 R>>", picture)
			f.page("q 100 0 0 100 100 100 cm /I Do Q")
		}, "image_metadata"},
		"bytes after the pixels of a picture, and after a packed stream": {func(f *file) {
			raw := f.stream("/Type/XObject/Subtype/Image/Width 2/Height 2/ColorSpace/DeviceGray/BitsPerComponent 8", []byte("\x00\x40\x80\xC0SECRET"))
			flat := f.stream("/Type/XObject/Subtype/Image/Width 2/Height 2/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode",
				append(deflate([]byte("\x00\x40\x80\xC0SECRET")), "SECRET"...))
			more := f.stream("/Type/XObject/Subtype/Image/Width 2/Height 2/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode",
				append(deflate([]byte("\x00\x40\x80\xC0")), "SECRET"...))
			f.resources = fmt.Sprintf("/XObject<</I %d 0 R/J %d 0 R/K %d 0 R>>", raw, flat, more)
			f.page("q 100 0 0 100 100 100 cm /I Do Q q 100 0 0 100 100 300 cm /J Do Q q 100 0 0 100 100 500 cm /K Do Q")
		}, "image_metadata"},
		"objects that nothing leads to, and resources that nothing uses": {func(f *file) {
			form := f.stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", []byte("(SECRET) pop"))
			f.resources = fmt.Sprintf("/XObject<</Unused %d 0 R>>/ColorSpace<</SECRET[/Separation/SECRET/DeviceGray %d 0 R]>>", form, form)
			f.add("(SECRET)")
			f.page(say(72, 700, "正文"))
		}, ""},
		"comments, marked content and names": {func(f *file) {
			f.resources = "/ExtGState<</SECRET<</LW 2/Note(SECRET)>>>>"
			f.page("% SECRET\n/SECRET MP /Artifact<</Note(SECRET)>>BDC /SECRET gs EMC 100 100 50 50 re S")
		}, ""},
		"pictures and paths that cannot be seen": {func(f *file) {
			seenPicture := f.stream("/Type/XObject/Subtype/Image/Width 2/Height 2/ColorSpace/DeviceGray/BitsPerComponent 8", []byte("seen"))
			hidden := f.stream("/Type/XObject/Subtype/Image/Width 3/Height 2/ColorSpace/DeviceGray/BitsPerComponent 8", []byte("SECRET"))
			f.resources = fmt.Sprintf("/XObject<</I %d 0 R/H %d 0 R>>", seenPicture, hidden)
			f.page("q 50 0 0 50 900 100 cm /H Do Q q 50 0 0 50 100 100 cm /H Do Q 0 g 90 90 70 70 re f\n" +
				"731 -731 m 732 -732 l S 120.125 120 m 121 131 l S 90 90 70 70 re f q 50 0 0 50 300 300 cm /I Do Q")
		}, ""},
		"a picture and a drawing in a layer that is off": {func(f *file) {
			g := f.add("<</Type/OCG/Name(SECRET)>>")
			hidden := f.stream(fmt.Sprintf("/Type/XObject/Subtype/Image/Width 3/Height 2/ColorSpace/DeviceGray/BitsPerComponent 8/OC %d 0 R", g), []byte("SECRET"))
			f.catalog = fmt.Sprintf("/OCProperties<</OCGs[%d 0 R]/D<</OFF[%d 0 R]>>>>", g, g)
			f.resources = fmt.Sprintf("/Properties<</L %d 0 R>>/XObject<</H %d 0 R>>", g, hidden)
			f.page(say(72, 700, "正文") + "/OC /L BDC 731 300 m 100 100 l S EMC q 50 0 0 50 300 300 cm /H Do Q")
		}, "layer"},
		"links and thumbnails": {func(f *file) {
			thumb := f.stream("/Width 3/Height 2/ColorSpace/DeviceGray/BitsPerComponent 8", []byte("SECRET"))
			link := f.add("<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(http://SECRET.example/)>>>>")
			f.pageMore = fmt.Sprintf("/Thumb %d 0 R/Annots[%d 0 R]/PieceInfo<</X<</Private(SECRET)>>>>", thumb, link)
			f.page(say(72, 700, "正文"))
		}, "link"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := whole(c.build)
			require.Contains(t, laid(data), "SECRET")
			out, removed := clean(t, data)
			requireNothingOf(t, out, "SECRET", "731", "120.125")
			require.Equal(t, c.codes, strings.Join(codesOf(removed), " "))
		})
	}
}

func TestWhatCannotBeTakenApartBecomesAPicture(t *testing.T) {
	t.Parallel()
	scan := func(f *file) string {
		n := f.stream("/Type/XObject/Subtype/Image/Width 40/Height 40/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode", photo())
		f.resources = fmt.Sprintf("/XObject<</I %d 0 R>>", n)
		return "q 400 0 0 400 100 100 cm /I Do Q\n"
	}
	for name, build := range map[string]func(f *file){
		"a picture under a box": func(f *file) { f.page(scan(f) + "0 g 200 200 100 100 re f") },
		"a picture that is cut": func(f *file) { f.page("100 100 200 400 re W n " + scan(f)) },
		"an unknown operator":   func(f *file) { f.page(say(72, 700, "正文") + "1 2 unknown") },
		"text in a pattern":     func(f *file) { tiles(f, "BT /F1 9 Tf (SECRET) Tj ET") },
		"what changes if it is gone": func(f *file) {
			f.page("q BT 7 Tr /F1 90 Tf 72 500 Td (CUT) Tj ET 1 0 0 rg 0 0 595 842 re f Q")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, removed := clean(t, whole(build))
			require.Contains(t, removed, Removed{"page 1", "pixels"})
			d := open(t, out)
			require.Len(t, d.Images, 1)
			require.True(t, d.Images[0].Whole)
			require.NotContains(t, laid(out), "Font")
			require.Equal(t, 1, strings.Count(string(out), "/Subtype/Image"), "the old picture is not there any more")
		})
	}
}

func tiles(f *file, content string) {
	n := f.stream("/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 50 50]/XStep 50/YStep 50/Resources<</Font<</F1 3 0 R>>>>", []byte(content))
	f.resources = fmt.Sprintf("/Pattern<</P %d 0 R>>", n)
	f.page("/Pattern cs /P scn 100 100 300 300 re f")
}

func TestPicturesOfPagesThatAreNotAlikeAreToldApart(t *testing.T) {
	t.Parallel()
	draw := func(mark int) pixels {
		p := pixels{40, 40, bytes.Repeat([]byte{255}, 4*40*40)}
		for i := range mark { // a stroke, two pixels wide
			for x := range 2 {
				copy(p.data[4*((10+i)*40+20+x):], []byte{0, 0, 0})
			}
		}
		return p
	}
	require.True(t, alike(draw(0), draw(0), nil, false))
	require.False(t, alike(draw(0), draw(2), nil, false), "a full stop is missing")
	require.False(t, alike(draw(0), draw(12), nil, true), "a stroke is missing")
	box := Box{Left: 19, Right: 23, Top: 32, Bottom: 16}
	require.True(t, alike(draw(0), draw(12), []image.Rectangle{draw(0).place(box, 1)}, false))
	require.False(t, alike(draw(0), pixels{40, 30, draw(0).data[:4*40*30]}, nil, false))
}

func TestAFieldBecomesPartOfAPageThatInheritsItsSize(t *testing.T) {
	t.Parallel()
	f := newFile()
	value := f.stream("/Type/XObject/Subtype/Form/BBox[0 0 200 20]/Resources<</Font<</F1 3 0 R>>>>", []byte("BT /F1 12 Tf 2 5 Td (value) Tj ET"))
	field := f.add(fmt.Sprintf("<</Type/Annot/Subtype/Widget/F 4/FT/Tx/Rect[50 50 250 70]/T(t)/V(other)/AP<</N %d 0 R>>>>", value))
	body := f.stream("", []byte("BT /F1 12 Tf 50 150 Td (text) Tj ET"))
	page := f.add(fmt.Sprintf("<</Type/Page/Parent 2 0 R/Contents %d 0 R/Resources<</Font<</F1 3 0 R>>>>/Annots[%d 0 R]>>", body, field))
	f.catalog = fmt.Sprintf("/AcroForm<</Fields[%d 0 R]>>", field)
	f.objects[2] = fmt.Sprintf("<</Type/Pages/Count 1/MediaBox[0 0 300 200]/Kids[%d 0 R]>>", page)

	out, removed := clean(t, f.bytes())
	require.Equal(t, []string{"form_field"}, codesOf(removed))
	require.Equal(t, "+ page 1: text / value", describe(open(t, out)))
	drawn := draws(t, out)
	require.Equal(t, []int{300, 200}, []int{drawn.width, drawn.height})
}
