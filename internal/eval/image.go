package eval

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
)

// photo is a small picture without any text.
func (b *build) photo() image.Image {
	m := image.NewPaletted(image.Rect(0, 0, 48, 32), color.Palette{color.White, color.Gray{0x80}, color.Gray{0xC0}})
	for i := range m.Pix {
		m.Pix[i] = byte((i/48 + i%48) / 24 % 3)
	}
	return m
}

func (b *build) jpeg() []byte {
	var out bytes.Buffer
	memory(jpeg.Encode(&out, b.photo(), nil))
	return out.Bytes()
}

func (b *build) png() []byte {
	var out bytes.Buffer
	memory(png.Encode(&out, b.photo()))
	return out.Bytes()
}

// segment puts a segment behind the beginning of a JPEG.
func segment(data []byte, marker byte, content string) []byte {
	out := append([]byte{0xFF, 0xD8, 0xFF, marker}, byte((len(content)+2)>>8), byte(len(content)+2))
	return append(append(out, content...), data[2:]...)
}

// chunk puts a chunk behind the header of a PNG.
func chunk(data []byte, kind, content string) []byte {
	const head = 8 + 25
	c := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	c = append(c, kind+content...)
	c = binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE([]byte(kind+content)))
	return append(append(append([]byte{}, data[:head]...), c...), data[head:]...)
}

// tag is one field of EXIF.
type tag struct {
	id, kind uint16
	count    int
	data     string
}

func asciiTag(id uint16, s string) tag { return tag{id, 2, len(s) + 1, s + "\x00"} }

func wideTag(id uint16, s string) tag {
	var b []byte
	for _, u := range append(utf16.Encode([]rune(s)), 0) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return tag{id, 1, len(b), string(b)}
}

// directory writes fields at an offset, values behind them (TIFF 6.0, 2).
func directory(tags []tag, at int, next uint32) string {
	b := binary.LittleEndian.AppendUint16(nil, uint16(len(tags)))
	values := ""
	room := at + 2 + 12*len(tags) + 4
	for _, t := range tags {
		b = binary.LittleEndian.AppendUint16(b, t.id)
		b = binary.LittleEndian.AppendUint16(b, t.kind)
		b = binary.LittleEndian.AppendUint32(b, uint32(t.count))
		if len(t.data) <= 4 {
			b = append(b, (t.data + "\x00\x00\x00\x00")[:4]...)
			continue
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(room+len(values)))
		values += t.data
		if len(values)%2 == 1 {
			values += "\x00"
		}
	}
	b = binary.LittleEndian.AppendUint32(b, next)
	return string(b) + values
}

func pointer(id uint16, at int) tag {
	return tag{id, 4, 1, string(binary.LittleEndian.AppendUint32(nil, uint32(at)))}
}

// exif is a block of EXIF with fields of the picture, of the camera, and of the
// place, each list in the order of its numbers.
func exif(main, camera, gps []tag) string {
	const head = "II*\x00\x08\x00\x00\x00"
	for range 2 { // the second time the sizes are known
		first := directory(main, 8, 0)
		at := len(head) + len(first)
		for i, t := range main {
			switch t.id {
			case 0x8769:
				main[i] = pointer(0x8769, at)
				at += len(directory(camera, at, 0))
			case 0x8825:
				main[i] = pointer(0x8825, at)
			}
		}
	}
	out := head + directory(main, 8, 0)
	if camera != nil {
		out += directory(camera, len(out), 0)
	}
	if gps != nil {
		out += directory(gps, len(out), 0)
	}
	return out
}

func rationals(v ...float64) string {
	var b []byte
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, uint32(math.Round(x*10000)))
		b = binary.LittleEndian.AppendUint32(b, 10000)
	}
	return string(b)
}

// position is a place, "31.123456, 121.123456", as a phone writes it.
func position(place string) []tag {
	parts := func(s string) string {
		degrees, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		memory(err)
		d, rest := math.Modf(degrees)
		m, rest := math.Modf(rest * 60)
		return rationals(d, m, rest*60)
	}
	north, east, _ := strings.Cut(place, ",")
	return []tag{{1, 2, 2, "N\x00"}, {2, 5, 3, parts(north)}, {3, 2, 2, "E\x00"}, {4, 5, 3, parts(east)}}
}

func imageFormat() format {
	unseen := func(name, ending string, f fits, make func(*build) []byte) place {
		return place{name: name, hidden: true, fits: f, ending: ending, make: make}
	}
	main := func(id uint16, wide bool) func(*build) []byte {
		return func(b *build) []byte {
			t := asciiTag(id, b.String())
			if wide {
				t = wideTag(id, b.String())
			}
			return segment(b.jpeg(), 0xE1, "Exif\x00\x00"+exif([]tag{t}, nil, nil))
		}
	}
	return format{name: "image", ending: ".jpg", places: []place{
		unseen("JPEG comment", ".jpg", oneLine, func(b *build) []byte { return segment(b.jpeg(), 0xFE, b.String()) }),
		unseen("JPEG comment in GBK", ".jpg", oneLine, func(b *build) []byte { return segment(b.jpeg(), 0xFE, gbk(b.String())) }),
		unseen("EXIF description", ".jpg", oneLine, main(0x010E, false)),
		unseen("EXIF artist", ".jpg", oneLine, main(0x013B, false)),
		unseen("EXIF copyright", ".jpg", oneLine, main(0x8298, false)),
		unseen("EXIF comment of Windows", ".jpg", oneLine, main(0x9C9C, true)),
		unseen("EXIF author of Windows", ".jpg", oneLine, main(0x9C9D, true)),
		unseen("EXIF keywords of Windows", ".jpg", oneLine, main(0x9C9E, true)),
		unseen("EXIF comment of the user", ".jpg", oneLine, func(b *build) []byte {
			var s []byte
			for _, u := range utf16.Encode([]rune(b.String())) {
				s = binary.LittleEndian.AppendUint16(s, u)
			}
			t := tag{0x9286, 7, 8 + len(s), "UNICODE\x00" + string(s)}
			return segment(b.jpeg(), 0xE1, "Exif\x00\x00"+exif([]tag{pointer(0x8769, 0)}, []tag{t}, nil))
		}),
		{name: "GPS", hidden: true, fits: gps, ending: ".jpg", make: func(b *build) []byte {
			return segment(b.jpeg(), 0xE1, "Exif\x00\x00"+exif([]tag{asciiTag(0x010F, "HUAWEI"), pointer(0x8825, 0)}, nil, position(b.secret)))
		}},
		unseen("XMP", ".jpg", oneLine, func(b *build) []byte {
			return segment(b.jpeg(), 0xE1, "http://ns.adobe.com/xap/1.0/\x00"+xmp(b.String()))
		}),
		unseen("XMP attribute", ".jpg", oneLine, func(b *build) []byte {
			return segment(b.jpeg(), 0xE1, "http://ns.adobe.com/xap/1.0/\x00"+`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:Headline="`+esc(b.String())+`"/></rdf:RDF></x:xmpmeta>`)
		}),
		unseen("IPTC caption", ".jpg", oneLine, func(b *build) []byte {
			iptc := "\x1C\x01\x5A\x00\x03\x1B%G" + "\x1C\x02\x78" + string(binary.BigEndian.AppendUint16(nil, uint16(len(b.String())))) + b.String()
			block := "8BIM\x04\x04\x00\x00" + string(binary.BigEndian.AppendUint32(nil, uint32(len(iptc)))) + iptc
			if len(iptc)%2 == 1 {
				block += "\x00"
			}
			return segment(b.jpeg(), 0xED, "Photoshop 3.0\x00"+block)
		}),
		unseen("after the end of a JPEG", ".jpg", oneLine, func(b *build) []byte { return append(b.jpeg(), b.String()+"\n"...) }),
		unseen("PNG text", ".png", latin, func(b *build) []byte { return chunk(b.png(), "tEXt", "Comment\x00"+b.String()) }),
		unseen("PNG international text", ".png", oneLine, func(b *build) []byte {
			return chunk(b.png(), "iTXt", "Description\x00\x00\x00zh\x00\x00"+b.String())
		}),
		unseen("PNG packed text", ".png", latin, func(b *build) []byte { return chunk(b.png(), "zTXt", "Comment\x00\x00"+flate(b.String())) }),
		unseen("PNG packed international text", ".png", oneLine, func(b *build) []byte {
			return chunk(b.png(), "iTXt", "Comment\x00\x01\x00\x00\x00"+flate(b.String()))
		}),
		unseen("PNG XMP", ".png", oneLine, func(b *build) []byte {
			return chunk(b.png(), "iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+xmp(b.String()))
		}),
		unseen("PNG EXIF", ".png", oneLine, func(b *build) []byte {
			return chunk(b.png(), "eXIf", exif([]tag{asciiTag(0x010E, b.String())}, nil, nil))
		}),
		unseen("after the end of a PNG", ".png", oneLine, func(b *build) []byte { return append(b.png(), b.String()+"\n"...) }),
		unseen("GIF comment", ".gif", oneLine, func(b *build) []byte {
			var out bytes.Buffer
			memory(gif.Encode(&out, b.photo(), nil))
			data := out.Bytes()
			at := bytes.IndexByte(data[13:], 0x2C) + 13
			for i := range data { // the colour table may hold the byte too
				if i >= 13 && data[i] == 0x2C && i+9 < len(data) && data[i+1] == 0 && data[i+3] == 0 && data[i+5] == 48 {
					at = i
					break
				}
			}
			if j := bytes.Index(data, []byte("\x21\xF9\x04")); j >= 0 && j < at {
				at = j
			}
			s, block := b.String(), "\x21\xFE"
			for len(s) > 0 {
				n := min(len(s), 200)
				block += string([]byte{byte(n)}) + s[:n]
				s = s[n:]
			}
			return append(append(append([]byte{}, data[:at]...), block+"\x00"...), data[at:]...)
		}),
		unseen("WebP XMP", ".webp", oneLine, func(b *build) []byte { return webp("XMP ", xmp(b.String())) }),
		unseen("WebP EXIF", ".webp", oneLine, func(b *build) []byte { return webp("EXIF", exif([]tag{asciiTag(0x010E, b.String())}, nil, nil)) }),
		unseen("TIFF description", ".tif", oneLine, func(b *build) []byte {
			pixels := strings.Repeat("\x80", 16)
			short := func(id uint16, v byte) tag { return tag{id, 3, 1, string([]byte{v, 0})} }
			tags := []tag{short(256, 4), short(257, 4), short(258, 8), short(259, 1), short(262, 1), asciiTag(270, b.String()), pointer(273, 8), short(277, 1), short(278, 4), pointer(279, 16)}
			return []byte("II*\x00\x18\x00\x00\x00" + pixels + directory(tags, 24, 0))
		}),
	}}
}

// webp is a picture of one pixel with a chunk of metadata (RFC 9649).
func webp(kind, content string) []byte {
	piece := func(kind, data string) string {
		s := kind + string(binary.LittleEndian.AppendUint32(nil, uint32(len(data)))) + data
		if len(data)%2 == 1 {
			s += "\x00"
		}
		return s
	}
	flags := "\x04"
	if kind == "EXIF" {
		flags = "\x08"
	}
	body := "WEBP" + piece("VP8X", flags+"\x00\x00\x00\x00\x00\x00\x00\x00\x00") +
		piece("VP8L", "\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00") + piece(kind, content)
	return []byte(piece("RIFF", body))
}
