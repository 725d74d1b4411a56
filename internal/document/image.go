package document

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bep/imagemeta"
)

var pictureMedia = map[string]string{
	"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif", "tiff": "image/tiff", "webp": "image/webp", "heic": "image/heic",
	"avif": "image/avif", "bmp": "image/bmp", "emf": "image/emf", "wmf": "image/wmf",
}

// openImage opens a picture: what it says of itself, what stands after its end,
// and its text if a program for that is installed.
func (o *opening) openImage(name, format string, data []byte) (Document, error) {
	x := &picture{o: o, data: data}
	var err error
	switch format {
	case "png":
		err = x.png()
	case "jpeg":
		err = x.jpeg()
	case "gif":
		err = x.gif()
	case "emf":
		err = x.emf()
	case "webp":
		x.webp()
	case "tiff":
		x.words(data)
	}
	if err != nil {
		return Document{}, err
	}
	if err := x.meta(format); err != nil {
		return Document{}, err
	}
	body := o.look(name, data)
	if text := tidy(x.drawn.String()); text != "" {
		body.Text, body.Unread = tidy(body.Text+"\n"+text), ""
	}
	return Document{Kind: Image, MediaType: pictureMedia[format], Parts: append([]Part{body}, x.p.all...)}, o.check()
}

// look has a picture's text read. If nobody can, the part says so.
func (o *opening) look(name string, data []byte) Part {
	p := Part{Name: "body", Text: name, Unread: "image"}
	if o.tools.OCR == nil {
		return p
	}
	text, err := o.tools.OCR(o.pictures, data)
	switch {
	case err == nil:
		p.Text, p.Unread = tidy(text), ""
	case o.pictures.Err() != nil:
		p.Unread = "too_slow"
	}
	return p
}

// picture is one picture being taken apart.
type picture struct {
	o     *opening
	data  []byte
	p     parts
	drawn strings.Builder // text that the picture draws as text
}

// after opens what stands behind the end of a picture.
func (x *picture) after(end int) error {
	return x.o.enter(&x.p, "bytes after the end", true, "bytes", stray(x.data[min(end, len(x.data)):]))
}

// jpeg walks the segments of a JPEG (ITU-T T.81, annex B).
func (x *picture) jpeg() error {
	b, at := x.data, 2
	for at+4 <= len(b) {
		if b[at] != 0xFF {
			return unreadable("damaged", "jpeg")
		}
		marker := b[at+1]
		switch {
		case marker == 0xFF:
			at++
			continue
		case marker == 0xD9:
			return x.after(at + 2)
		case marker >= 0xD0 && marker <= 0xD8 || marker == 0x01:
			at += 2
			continue
		}
		size := int(binary.BigEndian.Uint16(b[at+2:]))
		if size < 2 || at+2+size > len(b) {
			return unreadable("truncated", "jpeg")
		}
		x.segment(marker, b[at+4:at+2+size])
		at += 2 + size
		if marker == 0xDA { // picture data, in which FF is followed by 00 or a restart
			for ; at+1 < len(b); at++ {
				if b[at] == 0xFF && b[at+1] != 0 && b[at+1] != 0xFF && (b[at+1] < 0xD0 || b[at+1] > 0xD7) {
					break
				}
			}
		}
	}
	if at+2 <= len(b) && b[at] == 0xFF && b[at+1] == 0xD9 {
		return nil
	}
	return unreadable("truncated", "jpeg")
}

// segment looks at a segment that holds no picture.
func (x *picture) segment(marker byte, b []byte) {
	switch {
	case marker == 0xFE:
		x.p.add("property picture comment", true, text8(string(b)))
	case marker == 0xE1 && bytes.HasPrefix(b, []byte("Exif")):
		x.words(b[min(6, len(b)):])
		// The first picture may have been cut or blackened; its thumbnail was not.
		if i := bytes.Index(b, []byte("\xFF\xD8\xFF")); i >= 0 {
			x.p.unread("thumbnail", true, "EXIF", "image")
		}
	case marker >= 0xE3 && marker <= 0xEC || marker == 0xEF:
		x.p.add(fmt.Sprintf("property strings in segment %d", marker-0xE0), true, strings.Join(loose(b), "\n"))
	}
}

// png walks the chunks of a PNG.
func (x *picture) png() error {
	b := x.data[8:]
	for len(b) >= 12 {
		size, kind := uint64(binary.BigEndian.Uint32(b)), string(b[4:8])
		if size+12 > uint64(len(b)) {
			return unreadable("truncated", "png")
		}
		content := b[8 : 8+size]
		b = b[12+size:]
		switch kind {
		case "IEND":
			return x.after(len(x.data) - len(b))
		case "eXIf":
			x.words(content)
		case "tEXt", "iTXt", "zTXt":
			text, err := x.pngText(kind, content)
			if err != nil {
				return err
			}
			x.p.add("property picture comment", true, text)
		}
	}
	return unreadable("truncated", "png")
}

// words adds what a block of EXIF says in UTF-16.
func (x *picture) words(exif []byte) {
	x.p.add("property EXIF of Windows", true, strings.Join(exifWords(exif), "\n"))
}

// webp looks for EXIF among the chunks (RFC 9649).
func (x *picture) webp() {
	for b := x.data[min(12, len(x.data)):]; len(b) >= 8; {
		size := uint64(binary.LittleEndian.Uint32(b[4:]))
		if size > uint64(len(b)-8) {
			return
		}
		if string(b[:4]) == "EXIF" {
			x.words(bytes.TrimPrefix(b[8:8+size], []byte("Exif\x00\x00")))
		}
		b = b[min(8+size+size%2, uint64(len(b))):]
	}
}

// pngText reads a chunk of text, packed or not (PNG 11.3.3).
func (x *picture) pngText(kind string, b []byte) (string, error) {
	key, rest, _ := bytes.Cut(b, []byte{0})
	packed := kind == "zTXt"
	if packed && len(rest) > 0 {
		rest = rest[1:]
	}
	if kind == "iTXt" && len(rest) > 2 {
		packed = rest[0] == 1
		_, after, _ := bytes.Cut(rest[2:], []byte{0}) // language
		_, rest, _ = bytes.Cut(after, []byte{0})      // translated key
	}
	if packed {
		z, err := zlib.NewReader(bytes.NewReader(rest))
		if err != nil {
			return "", unreadable("damaged", "png text")
		}
		if rest, err = io.ReadAll(metered{z, x.o}); err != nil {
			if x.o.spent != nil {
				return "", x.o.spent
			}
			return "", unreadable("damaged", "png text")
		}
	}
	return text8(string(key)) + ": " + text8(string(rest)), nil
}

// gif walks the blocks of a GIF.
func (x *picture) gif() error {
	b := x.data
	if len(b) < 13 {
		return unreadable("truncated", "gif")
	}
	at := 13
	if b[10]&0x80 != 0 {
		at += 3 << (b[10]&7 + 1)
	}
	for at < len(b) {
		switch b[at] {
		case 0x3B:
			return x.after(at + 1)
		case 0x2C:
			if at+10 > len(b) {
				return unreadable("truncated", "gif")
			}
			skip := 11
			if b[at+9]&0x80 != 0 {
				skip += 3 << (b[at+9]&7 + 1)
			}
			at += skip
		case 0x21:
			at += 2
		default:
			return unreadable("damaged", "gif")
		}
		comment := at >= 2 && b[min(at, len(b))-2] == 0x21 && b[min(at, len(b))-1] == 0xFE
		var text []byte
		for at < len(b) && b[at] != 0 {
			end := at + 1 + int(b[at])
			if end > len(b) {
				return unreadable("truncated", "gif")
			}
			if comment {
				text = append(text, b[at+1:end]...)
			}
			at = end
		}
		at++
		x.p.add("property picture comment", true, text8(string(text)))
	}
	return unreadable("truncated", "gif")
}

// emf walks the records of a metafile and keeps the text it draws
// ([MS-EMF] 2.3.5.8).
func (x *picture) emf() error {
	const extTextOutA, extTextOutW, comment, end = 83, 84, 70, 14
	b := x.data
	for len(b) >= 8 {
		kind, size := binary.LittleEndian.Uint32(b), uint64(binary.LittleEndian.Uint32(b[4:]))
		if size < 8 || size > uint64(len(b)) {
			return unreadable("truncated", "emf")
		}
		record := b[:size]
		b = b[size:]
		switch {
		case kind == end:
			return x.after(len(x.data) - len(b))
		case kind == comment:
			x.p.add("property strings in picture", true, strings.Join(loose(record[8:]), "\n"))
		case (kind == extTextOutA || kind == extTextOutW) && size >= 52:
			n, at := uint64(binary.LittleEndian.Uint32(record[44:])), uint64(binary.LittleEndian.Uint32(record[48:]))
			width := uint64(1)
			if kind == extTextOutW {
				width = 2
			}
			if at > size || n > size || at+n*width > size {
				return unreadable("damaged", "emf")
			}
			if text := record[at : at+n*width]; width == 2 {
				x.drawn.WriteString(wide(text) + "\n")
			} else {
				x.drawn.WriteString(text8(string(text)) + "\n")
			}
		}
	}
	return unreadable("truncated", "emf")
}

// meta lists what cameras and programs write into a picture: EXIF, XMP, IPTC,
// and where it was taken.
func (x *picture) meta(format string) (err error) {
	kind := map[string]imagemeta.ImageFormat{
		"jpeg": imagemeta.JPEG, "png": imagemeta.PNG, "tiff": imagemeta.TIFF, "webp": imagemeta.WebP, "heic": imagemeta.HEIF, "avif": imagemeta.AVIF,
	}[format]
	if kind == imagemeta.ImageFormatAuto {
		return nil
	}
	var tags imagemeta.Tags
	lines := map[imagemeta.Source][]string{}
	defer func() {
		if recover() != nil { // of the library, over a picture made to hurt it
			err = unreadable("damaged", "metadata")
		}
	}()
	_, err = imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(x.data), ImageFormat: kind, Sources: imagemeta.EXIF | imagemeta.XMP | imagemeta.IPTC,
		ShouldHandleTag: func(imagemeta.TagInfo) bool { return true },
		HandleTag: func(t imagemeta.TagInfo) error {
			tags.Add(t)
			lines[t.Source] = append(lines[t.Source], t.Tag+": "+tagText(t.Value))
			return x.o.check()
		},
		Warnf: func(string, ...any) {},
	})
	if x.o.spent != nil {
		return x.o.spent
	}
	for _, s := range []struct {
		source imagemeta.Source
		name   string
	}{{imagemeta.EXIF, "EXIF"}, {imagemeta.XMP, "XMP"}, {imagemeta.IPTC, "IPTC"}} {
		slices.Sort(lines[s.source])
		x.p.add("property "+s.name, true, strings.Join(lines[s.source], "\n"))
	}
	if err != nil {
		x.p.unread("property metadata", true, format, "damaged")
	}
	if lat, long, err := tags.GetLatLong(); err == nil && (lat != 0 || long != 0) {
		x.p.add("GPS position", true, fmt.Sprintf("%.6f, %.6f", lat, long))
	}
	return nil
}

// tagText writes a value of metadata out; what is binary is searched for
// strings.
func tagText(v any) string {
	switch v := v.(type) {
	case string:
		return text8(strings.Trim(v, "\x00"))
	case []byte:
		return strings.Join(loose(v), " ")
	case []string:
		return strings.Join(v, "; ")
	}
	s := fmt.Sprint(v)
	if len(s) > 200 {
		return s[:200]
	}
	return s
}
