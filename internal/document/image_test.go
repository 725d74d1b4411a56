package document

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func blank() *image.Gray { return image.NewGray(image.Rect(0, 0, 8, 8)) }

func pngOf(t testing.TB, chunks ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, blank()))
	out := b.Bytes()
	end := out[len(out)-12:]
	out = bytes.Clone(out[:len(out)-12])
	for _, c := range chunks { // kind and content
		out = binary.BigEndian.AppendUint32(out, uint32(len(c)-4))
		out = append(out, c...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE([]byte(c)))
	}
	return append(out, end...)
}

// exif writes the smallest block that names an artist and a place: 31°22'48"N
// 121°15'36"E.
func exif() string {
	le := binary.LittleEndian
	entryOf := func(tag, kind uint16, n, v uint32) []byte {
		b := le.AppendUint16(nil, tag)
		b = le.AppendUint16(b, kind)
		b = le.AppendUint32(b, n)
		return le.AppendUint32(b, v)
	}
	b := []byte("II*\x00\x08\x00\x00\x00")
	b = le.AppendUint16(b, 2)
	b = append(b, entryOf(0x013B, 2, 7, 38)...) // Artist
	b = append(b, entryOf(0x8825, 4, 1, 46)...) // GPS
	b = append(b, 0, 0, 0, 0)
	b = append(b, "Wang W\x00\x00"...) // at 38
	b = le.AppendUint16(b, 4)          // at 46
	b = append(b, entryOf(1, 2, 2, 'N')...)
	b = append(b, entryOf(2, 5, 3, 100)...)
	b = append(b, entryOf(3, 2, 2, 'E')...)
	b = append(b, entryOf(4, 5, 3, 124)...)
	b = append(b, 0, 0, 0, 0)
	for _, n := range []uint32{31, 1, 22, 1, 48, 1, 121, 1, 15, 1, 36, 1} {
		b = le.AppendUint32(b, n)
	}
	return "Exif\x00\x00" + string(b)
}

func jpegOf(t testing.TB, tail string) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, blank(), nil))
	out := []byte{0xFF, 0xD8}
	for marker, content := range map[byte]string{0xE1: exif() + "\xFF\xD8\xFFthumb", 0xFE: "注释：内部"} {
		out = append(out, 0xFF, marker)
		out = binary.BigEndian.AppendUint16(out, uint16(len(content)+2))
		out = append(out, content...)
	}
	return append(append(out, b.Bytes()[2:]...), tail...)
}

func TestPicturesTellWhatTheyCarry(t *testing.T) {
	t.Parallel()
	d := open(t, "现场.jpg", jpegOf(t, "PK尾随文字"))
	got := texts(d)
	require.Equal(t, Image, d.Kind)
	require.Equal(t, "image/jpeg", d.MediaType)
	require.Equal(t, "注释：内部", got["property picture comment"])
	require.Contains(t, got["property EXIF"], "Artist: Wang W")
	require.Equal(t, "31.380000, 121.260000", got["GPS position"])
	require.True(t, hidden(t, d, "GPS position"))
	require.Equal(t, map[string]string{"body": "image", "thumbnail": "image", "bytes after the end": "truncated"}, unreads(d))
	require.Empty(t, d.HTML())

	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, err := z.Write([]byte("压缩注"))
	require.NoError(t, errors.Join(err, z.Close()))
	d = open(t, "a.png", append(pngOf(t, "tEXtAuthor\x00Li", "zTXtNote\x00\x00"+packed.String(), "iTXtTitle\x00\x00\x00zh\x00\x00题"), "尾随"...))
	require.Equal(t, "Author: Li\nNote: 压缩注\nTitle: 题", texts(d)["property picture comment"])
	require.Equal(t, "尾随", texts(d)["body in bytes after the end"])

	var b bytes.Buffer
	require.NoError(t, gif.Encode(&b, blank(), nil))
	g := b.Bytes()
	g = append(append(bytes.Clone(g[:len(g)-1]), "\x21\xFE\x06secret\x00;"...), "PK\x05\x06"+string(make([]byte, 18))...)
	d = open(t, "a.gif", g)
	require.Equal(t, "secret", texts(d)["property picture comment"])
	require.NotContains(t, unreads(d), "bytes after the end", "an empty zip holds nothing")
}

// TestPicturesAreReadWhenSomebodyCan: everywhere pictures stand, and within
// their share of time.
func TestPicturesAreReadWhenSomebodyCan(t *testing.T) {
	t.Parallel()
	read := Tools{OCR: func(context.Context, []byte) (string, error) { return " 图中 机密★10年 ", nil }}
	d, err := OpenWith(t.Context(), read, "a.docx", zipOf(t, "_rels/.rels", rootRels, "word/document.xml", "<a/>", "word/media/image1.png", string(pngOf(t))), DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, "图中 机密★10年", texts(d)["image image1.png"])
	require.Empty(t, unreads(d))

	limits := DefaultLimits()
	limits.Time = 2 * time.Second
	slow := Tools{OCR: func(ctx context.Context, _ []byte) (string, error) { <-ctx.Done(); return "", ctx.Err() }}
	d, err = OpenWith(t.Context(), slow, "a.zip", zipOf(t, "1.png", string(pngOf(t)), "2.png", string(pngOf(t)), "3.txt", "余文"), limits)
	require.NoError(t, err, "slow pictures leave time for the rest")
	require.Equal(t, map[string]string{"1.png": "too_slow", "2.png": "too_slow"}, unreads(d))
	require.Equal(t, "余文", texts(d)["body in 3.txt"])
}

// TestMetafileTextIsText: a preview of an embedded table draws its text.
func TestMetafileTextIsText(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	record := func(kind uint32, content []byte) []byte {
		b := le.AppendUint32(le.AppendUint32(nil, kind), uint32(len(content)+8))
		return append(b, content...)
	}
	head := make([]byte, 80)
	copy(head[32:], " EMF")
	text := utf16Text("表内13812345678")
	out := make([]byte, 44)
	le.PutUint32(out[36:], uint32(len(text)/2))
	le.PutUint32(out[40:], 52)
	data := append(append(record(1, head), record(84, append(out, text...))...), record(14, make([]byte, 12))...)
	d := open(t, "a.emf", data)
	require.Equal(t, "a.emf\n表内13812345678", texts(d)["body"])
}
