package pdf

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// file writes small PDFs by hand. Objects 1 to 5 are the catalog, the page
// tree and three fonts: F1 Latin, F2 GBK-EUC-H, F3 UniGB-UCS2-H, the last two
// without any map to Unicode, as offices write them.
type file struct {
	objects   map[int]string
	next      int
	pages     []int
	catalog   string // further entries
	pageMore  string // further entries of the next pages
	resources string
	trailer   string
	body      bytes.Buffer
	last      int // where the last cross-reference table begins
}

func newFile() *file {
	f := &file{objects: map[int]string{}, next: 6}
	f.body.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	f.objects[3] = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
	for n, encoding := range map[int]string{4: "GBK-EUC-H", 5: "UniGB-UCS2-H"} {
		f.objects[n] = "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/" + encoding + "/DescendantFonts[" +
			"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/DW 1000" +
			"/FontDescriptor<</Type/FontDescriptor/FontName/STSong-Light/Flags 4/FontBBox[0 -200 1000 900]/ItalicAngle 0/Ascent 859/Descent -141/CapHeight 700/StemV 80>>>>]>>"
	}
	return f
}

func (f *file) add(body string) int {
	n := f.next
	f.next++
	f.objects[n] = body
	return n
}

func (f *file) stream(entries string, data []byte) int {
	return f.add(fmt.Sprintf("<<%s/Length %d>>stream\n%s\nendstream", entries, len(data), data))
}

func (f *file) page(content string) int {
	c := f.stream("/Filter/FlateDecode", deflate([]byte(content)))
	n := f.add(fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F1 3 0 R/F2 4 0 R/F3 5 0 R>>%s>>%s>>", c, f.resources, f.pageMore))
	f.pages = append(f.pages, n)
	return n
}

func deflate(data []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// save ends a revision: the first time the file, later an update to it.
func (f *file) save() {
	var kids strings.Builder
	for _, n := range f.pages {
		fmt.Fprintf(&kids, "%d 0 R ", n)
	}
	if f.objects[1] == "" {
		f.objects[1] = "<</Type/Catalog/Pages 2 0 R" + f.catalog + ">>"
	}
	if f.objects[2] == "" {
		f.objects[2] = fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(f.pages), kids.String())
	}
	var xref strings.Builder
	xref.WriteString("xref\n")
	if f.last == 0 {
		xref.WriteString("0 1\n0000000000 65535 f \n")
	}
	for n := 1; n < f.next; n++ {
		if body := f.objects[n]; body != "" {
			fmt.Fprintf(&xref, "%d 1\n%010d 00000 n \n", n, f.body.Len())
			fmt.Fprintf(&f.body, "%d 0 obj\n%s\nendobj\n", n, body)
		}
	}
	prev := ""
	if f.last != 0 {
		prev = fmt.Sprintf("/Prev %d", f.last)
	}
	f.last = f.body.Len()
	fmt.Fprintf(&f.body, "%strailer\n<</Size %d/Root 1 0 R%s%s>>\nstartxref\n%d\n%%%%EOF\n", xref.String(), f.next, prev, f.trailer, f.last)
	f.objects = map[int]string{}
	f.objects[1], f.objects[2] = "", ""
}

func (f *file) bytes() []byte {
	if f.last == 0 {
		f.save()
	}
	return f.body.Bytes()
}

// say shows text at x, y in the Chinese font.
func say(x, y int, text string) string {
	return fmt.Sprintf("BT /F2 14 Tf %d %d Td %s Tj ET\n", x, y, gbk(text))
}

func gbk(text string) string {
	b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(text))
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("<%X>", b)
}

func ucs2(text string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return "<" + b.String() + ">"
}

// uni is a text string outside of pages.
func uni(text string) string { return "<FEFF" + ucs2(text)[1:] }
