package document

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestHostileFilesAreBounded: each is answered, with a reason, in time and
// memory (S7).
func TestHostileFilesAreBounded(t *testing.T) {
	zeros := func(n int) string {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		f, err := z.Create("zeros")
		require.NoError(t, err)
		_, err = io.CopyN(f, nothing{}, int64(n))
		require.NoError(t, err)
		require.NoError(t, z.Close())
		return b.String()
	}
	bomb := zeros(64 << 20)
	var bombs, many []string
	for i := range 40 {
		bombs = append(bombs, fmt.Sprint(i, ".zip"), bomb)
	}
	small := string(zipOf(t, "a.txt", "x"))
	for i := range 10_000 {
		many = append(many, fmt.Sprint(i, ".zip"), small)
	}
	deep := small
	for range 300 {
		deep = string(zipOf(t, "a.zip", deep))
	}
	book := func(sheet, shared string) []byte {
		return zipOf(t, "_rels/.rels", `<Relationships><Relationship Id="r" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
			"xl/workbook.xml", `<workbook><sheets><sheet name="a" r:id="r1"/></sheets></workbook>`, "xl/_rels/workbook.xml.rels", workbookRels,
			"xl/sharedStrings.xml", `<sst><si><t>`+shared+`</t></si></sst>`, "xl/worksheets/sheet1.xml", `<worksheet><sheetData>`+sheet+`</sheetData></worksheet>`, "noise.txt", noiseText(40_000))
	}
	word := func(body string) []byte {
		return zipOf(t, "_rels/.rels", rootRels, "word/document.xml", `<w:document `+w+`><w:body>`+body+`</w:body></w:document>`, "noise.txt", noiseText(40_000))
	}
	var folders []cfbStream
	path := ""
	for range 1000 {
		path += "s/"
	}
	folders = append(folders, cfbStream{path + "x", "y"})
	mail := "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 10_000)
	for name, c := range map[string]struct {
		data []byte
		want string // the reason, of the whole file or of a part of it
	}{
		"zip bomb":                {[]byte(bomb), "too_large"},
		"bombs in a zip":          {zipOf(t, bombs...), "too_large"},
		"10,000 zips":             {zipOf(t, many...), "too_many_parts"},
		"zips in zips":            {[]byte(deep), "too_deep"},
		"cells far out":           {book(strings.Repeat(`<row><c r="XFD1"><v>1</v></c></row>`, 1)+farRows(20_000), ""), "too_large"},
		"one string, shown often": {book(`<row r="1">`+strings.Repeat(`<c t="s"><v>0</v></c>`, 16_000)+`</row>`, noiseText(20_000)), "too_large"},
		"row out of range":        {book(`<row r="99999999"><c><v>1</v></c></row>`, ""), "damaged"},
		"cell before the first":   {book(`<row r="-5"><c><v>1</v></c></row>`, ""), "damaged"},
		"deep storage":            {compoundFile(t, folders), "too_deep"},
		"many mail parts":         {[]byte(mail), "too_many_parts"},
		"many authors":            {word(deletions(30_000)), ""},
		"many fallbacks":          {word(strings.Repeat(`<mc:Fallback><w:p><w:r><w:t>x</w:t></w:r></w:p></mc:Fallback>`, 30_000)), ""},
		"unclosed tags":           {[]byte("<html>" + strings.Repeat("<b><i><table><a href=x>", 40_000)), ""},
		"unclosed links":          {[]byte("<html><body>" + strings.Repeat("<a href=x>y", 100_000)), ""},
		"attributes":              {[]byte("<html><p " + strings.Repeat("a=b ", 200_000) + ">"), ""},
		"markdown":                {[]byte("# x\n" + strings.Repeat("[", 100_000)), ""},
		"entities":                {word(strings.Repeat("&amp;", 200_000)), ""},
		"external entity":         {zipOf(t, "_rels/.rels", rootRels, "word/document.xml", `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`), "xml_bomb"},
		"billion laughs":          {[]byte(`<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>`), "xml_bomb"},
		"chain that goes round":   {circle(t), "damaged"},
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		limits, begin := DefaultLimits(), time.Now()
		limits.Time, limits.Unpacked = 20*time.Second, 32<<20
		d, err := Open("file.md", c.data, limits)
		runtime.ReadMemStats(&after)
		reasons := unreads(d)
		if bad := (*Unreadable)(nil); err != nil {
			require.ErrorAs(t, err, &bad, name)
			reasons = map[string]string{"": bad.Reason}
		}
		if c.want != "" {
			require.Contains(t, values(reasons), c.want, name)
		} else {
			require.NotContains(t, values(reasons), "too_slow", name)
		}
		t.Logf("%-24s %v %6d kB, %v", name, time.Since(begin), (after.TotalAlloc-before.TotalAlloc)>>10, reasons)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<30), "%s allocates too much", name)
	}
}

func values(m map[string]string) (all []string) {
	for _, v := range m {
		all = append(all, v)
	}
	return all
}

// nothing is an endless stream of zeros.
type nothing struct{}

func (nothing) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// noiseText hardly packs, so that the ratio of unpacked to packed stays fair.
func noiseText(n int) string {
	b := make([]byte, n)
	x := uint32(2463534242)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = 'a' + byte(x%26)
	}
	return string(b)
}

func farRows(n int) string {
	var b strings.Builder
	for i := 2; i < n; i++ {
		fmt.Fprintf(&b, `<row r="%d"><c r="XFD%d"><v>1</v></c></row>`, i, i)
	}
	return b.String()
}

func deletions(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `<w:p><w:del w:author="%d"><w:r><w:delText>x</w:delText></w:r></w:del></w:p>`, i)
	}
	return b.String()
}

// circle is a compound file whose directory is its own next sector.
func circle(t testing.TB) []byte {
	t.Helper()
	data := compoundFile(t, []cfbStream{{"a", "b"}})
	directory := binary.LittleEndian.Uint32(data[48:])
	fat := (int(binary.LittleEndian.Uint32(data[76:])) + 1) * 512
	binary.LittleEndian.PutUint32(data[fat+4*int(directory):], directory)
	return data
}

// TestTruncationNeverPasses: no prefix of a file is read as the whole of it
// without a word, nor does it panic.
func TestTruncationNeverPasses(t *testing.T) {
	t.Parallel()
	whole := compoundFile(t, []cfbStream{{"a", strings.Repeat("x", 5000)}, {"b", "y"}}) // ends with a list of sectors, most of them free
	for name, data := range map[string][]byte{"a.docx": hideouts(t), "a.xlsx": secretive(t), "a.jpg": jpegOf(t, ""), "a.png": pngOf(t), "a.bin": whole[:len(whole)-512]} {
		for n := 12; n < len(data)-1; n += 1 + len(data)/97 {
			d, err := Open(name, data[:n], DefaultLimits())
			if err != nil {
				require.ErrorIs(t, err, ErrUnreadable)
				continue
			}
			require.NotEmpty(t, unreads(d), "%s cut after %d of %d", name, n, len(data))
		}
	}
}

// TestTimeEnds: a reader that runs out of time says so.
func TestTimeEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := OpenWith(ctx, Tools{}, "a.docx", docx(t, "x"), DefaultLimits())
	var bad *Unreadable
	require.ErrorAs(t, err, &bad)
	require.Equal(t, "too_slow", bad.Reason)
}
