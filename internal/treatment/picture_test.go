package treatment

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"
)

func gradient() *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for i := range 256 {
		m.Set(i%16, i/16, color.RGBA{uint8(i), uint8(255 - i), 60, 255})
	}
	return m
}

// exif names an artist and turns the picture by a quarter.
func exif() string {
	be := binary.BigEndian
	b := []byte("MM\x00*\x00\x00\x00\x08\x00\x02")
	b = append(b, "\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00"...)
	b = append(b, "\x01\x3B\x00\x02\x00\x00\x00\x07\x00\x00\x00\x26"...)
	b = be.AppendUint32(b, 0)
	return "Exif\x00\x00" + string(append(b, "Wang W\x00\x00"...))
}

// TestPicturesKeepTheirPixelsAndNothingElse: not one pixel changes, and what was
// said about the picture is gone.
func TestPicturesKeepTheirPixelsAndNothingElse(t *testing.T) {
	t.Parallel()
	var jpg, anim bytes.Buffer
	require.NoError(t, jpeg.Encode(&jpg, gradient(), nil))
	segment := func(marker byte, s string) string {
		return string([]byte{0xFF, marker, byte((len(s) + 2) >> 8), byte(len(s) + 2)}) + s
	}
	j := "\xFF\xD8" + segment(0xE0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x01\x01RGB") + segment(0xE1, exif()) + segment(0xE1, "http://ns.adobe.com/xap/1.0/\x00<x>secret</x>") + segment(0xED, "secret") + segment(0xFE, "secret") + jpg.String()[2:] + "secret"

	frame := image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{color.Black, color.White})
	require.NoError(t, gif.EncodeAll(&anim, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{5, 5}}))
	g := anim.String()
	at := bytes.IndexByte([]byte(g), 0x21)
	g = g[:at] + "\x21\xFE\x06secret\x00" + g[at:] + "secret"

	for name, c := range map[string]struct {
		data   string
		decode func([]byte) (image.Image, error)
	}{
		"a.jpg": {j, func(b []byte) (image.Image, error) { return jpeg.Decode(bytes.NewReader(b)) }},
		"a.png": {picture(t), func(b []byte) (image.Image, error) { return png.Decode(bytes.NewReader(b)) }},
		"a.gif": {g, func(b []byte) (image.Image, error) {
			all, err := gif.DecodeAll(bytes.NewReader(b))
			if err != nil || len(all.Image) != 2 {
				return nil, err
			}
			return all.Image[1], nil
		}},
	} {
		d := sanitise(t, name, []byte(c.data))
		require.Equal(t, name, d.Name)
		require.False(t, bytes.Contains(d.Data, []byte("secret")) || bytes.Contains(d.Data, []byte("Wang")) || bytes.Contains(d.Data, []byte("after the end")), name)
		want, err := c.decode([]byte(c.data))
		if name == "a.png" { // its text chunk has no checksum
			want, err = c.decode(d.Data)
		}
		require.NoError(t, err, name)
		got, err := c.decode(d.Data)
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
	}
	d := sanitise(t, "a.jpg", []byte(j))
	require.Equal(t, "Orientation: 6", texts(open(t, "a.jpg", d.Data))["property EXIF"], "how it is turned is how it looks")
}

// TestOtherPicturesLoseWhatDoesNotDraw: chunk by chunk, record by record.
func TestOtherPicturesLoseWhatDoesNotDraw(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	chunk := func(kind, s string) string {
		b := le.AppendUint32([]byte(kind), uint32(len(s)))
		return string(b) + s + string(make([]byte, len(s)%2))
	}
	riff := func(s string) string { return "RIFF" + string(le.AppendUint32(nil, uint32(len(s)+4))) + "WEBP" + s }
	out, ending, err := cleanPicture([]byte(riff(chunk("VP8X", "\x0C\x00\x00\x00\x07\x00\x00\x07\x00\x00")+chunk("VP8L", "pixel")+chunk("EXIF", "secret")+chunk("XMP ", "secret")) + "secret"))
	require.NoError(t, err)
	require.Equal(t, ".webp", ending)
	require.Equal(t, riff(chunk("VP8X", "\x00\x00\x00\x00\x07\x00\x00\x07\x00\x00")+chunk("VP8L", "pixel")), string(out))

	record := func(kind uint32, s string) string {
		return string(le.AppendUint32(le.AppendUint32(nil, kind), uint32(len(s)+8))) + s
	}
	head := make([]byte, 100)
	copy(head[32:], " EMF")
	le.PutUint32(head[52:], 3)
	le.PutUint32(head[56:], 96)
	copy(head[88:], "secret")
	emf := func(middle string) string {
		return record(1, string(head)) + middle + record(14, string(make([]byte, 12)))
	}
	out, _, err = cleanPicture([]byte(emf(record(70, "\x08\x00\x00\x00secret__")+record(27, "draws___")) + "secret"))
	require.NoError(t, err)
	require.NotContains(t, string(out), "secret")
	require.Contains(t, string(out), "draws")
	require.Equal(t, uint32(len(out)), le.Uint32(out[48:]))
	require.Equal(t, uint32(3), le.Uint32(out[52:]))

	tif := func(entries ...[4]uint32) string {
		b := le.AppendUint16(le.AppendUint32([]byte("II*\x00"), 8), uint16(len(entries)))
		for _, e := range entries {
			b = le.AppendUint32(le.AppendUint32(le.AppendUint16(le.AppendUint16(b, uint16(e[0])), uint16(e[1])), e[2]), e[3])
		}
		return string(le.AppendUint32(b, 0))
	}
	body := tif([4]uint32{256, 3, 1, 4}, [4]uint32{257, 3, 1, 4}, [4]uint32{270, 2, 6, 100}, [4]uint32{273, 4, 1, 106}, [4]uint32{279, 4, 1, 4})
	out, _, err = cleanPicture([]byte(body + string(make([]byte, 100-len(body))) + "secret" + "DRAW" + "secret"))
	require.NoError(t, err)
	d, ok := readDirectory(out)
	require.True(t, ok)
	require.Equal(t, []uint64{4, 4}, append(d.numbers(256), d.numbers(257)...))
	require.Equal(t, "DRAW", string(out[d.numbers(273)[0]:][:4]))
	require.NotContains(t, string(out), "secret")

	for _, s := range []string{"heic", "\x89PNG\r\n\x1A\nxxxx", "\xFF\xD8\xFF\xE0", "GIF89a", "RIFF0000WEBPVP8 \xFF\xFF\xFF\xFF", "II*\x00\xFF\xFF\xFF\xFF", "BM" + string(make([]byte, 60))} {
		_, _, err := cleanPicture([]byte(s))
		require.ErrorIs(t, err, ErrCannotTreat, "%q", s)
	}
}
