package treatment

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// cleanPicture leaves of a picture what draws it: its pixels keep their bytes,
// what a camera or a program wrote beside them goes. The second result is the
// ending of its format.
func cleanPicture(data []byte) ([]byte, string, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1A\n")):
		out, err := cleanPNG(data)
		return out, ".png", err
	case bytes.HasPrefix(data, []byte("\xFF\xD8\xFF")):
		out, err := cleanJPEG(data)
		return out, ".jpeg", err
	case bytes.HasPrefix(data, []byte("GIF8")):
		out, err := cleanGIF(data)
		return out, ".gif", err
	case len(data) > 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		out, err := cleanWebP(data)
		return out, ".webp", err
	case bytes.HasPrefix(data, []byte("II*\x00")), bytes.HasPrefix(data, []byte("MM\x00*")):
		out, err := cleanTIFF(data)
		return out, ".tiff", err
	case len(data) > 44 && string(data[:4]) == "\x01\x00\x00\x00" && string(data[40:44]) == " EMF":
		out, err := cleanEMF(data)
		return out, ".emf", err
	case len(data) > 54 && string(data[:2]) == "BM":
		out, err := cleanBMP(data)
		return out, ".bmp", err
	}
	return nil, "", cannot("unsupported", "picture")
}

// drawing are the chunks of a PNG that draw (PNG, 11; APNG).
var drawing = set("IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP bKGD pHYs acTL fcTL fdAT")

func cleanPNG(data []byte) ([]byte, error) {
	out, b := bytes.Clone(data[:8]), data[8:]
	for len(b) >= 12 {
		size, kind := uint64(binary.BigEndian.Uint32(b)), string(b[4:8])
		if size+12 > uint64(len(b)) {
			break
		}
		if drawing[kind] {
			out = append(out, b[:size+12]...)
		}
		if kind == "IEND" {
			return out, nil
		}
		b = b[size+12:]
	}
	return nil, cannot("truncated", "png")
}

// cleanJPEG keeps the segments that draw, the colour profile and how the picture
// is turned (ITU-T T.81, annex B; JFIF; Exif 2.3, 4.6.4).
func cleanJPEG(data []byte) ([]byte, error) {
	out, at := []byte{0xFF, 0xD8}, 2
	for at+4 <= len(data) {
		marker := data[at+1]
		switch {
		case data[at] != 0xFF:
			return nil, cannot("damaged", "jpeg")
		case marker == 0xFF:
			at++
			continue
		case marker == 0xD9:
			return append(out, 0xFF, 0xD9), nil
		case marker >= 0xD0 && marker <= 0xD8 || marker == 0x01:
			at += 2
			continue
		}
		end := at + 2 + int(binary.BigEndian.Uint16(data[at+2:]))
		if end < at+4 || end > len(data) {
			return nil, cannot("truncated", "jpeg")
		}
		out = append(out, segment(marker, data[at:end])...)
		start := end
		if at = end; marker == 0xDA { // picture data, in which FF is followed by 00 or a restart
			for ; at+1 < len(data); at++ {
				if data[at] == 0xFF && data[at+1] != 0 && data[at+1] != 0xFF && (data[at+1] < 0xD0 || data[at+1] > 0xD7) {
					break
				}
			}
			out = append(out, data[start:at]...)
		}
	}
	if at+2 <= len(data) && data[at] == 0xFF && data[at+1] == 0xD9 {
		return append(out, 0xFF, 0xD9), nil
	}
	return nil, cannot("truncated", "jpeg")
}

// segment is what is kept of a segment.
func segment(marker byte, b []byte) []byte {
	body := b[4:]
	switch {
	case marker >= 0xC0 && marker <= 0xCF && marker != 0xC8, marker >= 0xDA && marker <= 0xDD:
		return b
	case marker == 0xE0 && bytes.HasPrefix(body, []byte("JFIF\x00")) && len(body) >= 14: // without its thumbnail
		return slices.Concat([]byte{0xFF, 0xE0, 0, 16}, body[:12], []byte{0, 0})
	case marker == 0xE2 && bytes.HasPrefix(body, []byte("ICC_PROFILE\x00")):
		return b
	case marker == 0xEE && bytes.HasPrefix(body, []byte("Adobe")) && len(body) >= 12:
		return slices.Concat([]byte{0xFF, 0xEE, 0, 14}, body[:12])
	case marker == 0xE1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")):
		if turn := orientation(body[6:]); turn > 1 && turn <= 8 {
			exif := append([]byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00"), byte(turn), 0, 0, 0, 0, 0, 0)
			return slices.Concat([]byte{0xFF, 0xE1, 0, byte(len(exif) + 2)}, exif)
		}
	}
	return nil
}

// orientation reads how a picture is turned from its first directory.
func orientation(tiff []byte) int {
	d, ok := readDirectory(tiff)
	if !ok {
		return 0
	}
	for _, f := range d.fields {
		if f.tag == 0x0112 && f.kind == 3 && len(f.value) >= 2 {
			return int(d.order.Uint16(f.value))
		}
	}
	return 0
}

func cleanGIF(data []byte) ([]byte, error) {
	if len(data) < 13 {
		return nil, cannot("truncated", "gif")
	}
	at := 13
	if data[10]&0x80 != 0 {
		at += 3 << (data[10]&7 + 1)
	}
	if at > len(data) {
		return nil, cannot("truncated", "gif")
	}
	out := bytes.Clone(data[:at])
	for at < len(data) {
		start, keep := at, true
		switch data[at] {
		case 0x3B:
			return append(out, 0x3B), nil
		case 0x2C:
			if at+10 > len(data) {
				return nil, cannot("truncated", "gif")
			}
			skip := 11
			if data[at+9]&0x80 != 0 {
				skip += 3 << (data[at+9]&7 + 1)
			}
			at += skip
		case 0x21:
			loop := at+14 <= len(data) && (string(data[at+3:at+14]) == "NETSCAPE2.0" || string(data[at+3:at+14]) == "ANIMEXTS1.0")
			keep = at+1 < len(data) && (data[at+1] == 0xF9 || data[at+1] == 0xFF && loop)
			at += 2
		default:
			return nil, cannot("damaged", "gif")
		}
		for at < len(data) && data[at] != 0 {
			at += 1 + int(data[at])
		}
		if at++; at > len(data) {
			return nil, cannot("truncated", "gif")
		}
		if keep {
			out = append(out, data[start:at]...)
		}
	}
	return nil, cannot("truncated", "gif")
}

// cleanWebP keeps the chunks that draw and clears the flags of the others (WebP
// container, 2.7).
func cleanWebP(data []byte) ([]byte, error) {
	keep := set("VP8X ALPH ANIM ANMF ICCP")
	keep["VP8 "], keep["VP8L"] = true, true
	end := min(len(data), 8+int(binary.LittleEndian.Uint32(data[4:])))
	out, b := bytes.Clone(data[:12]), data[12:max(end, 12)]
	for len(b) >= 8 {
		size := uint64(binary.LittleEndian.Uint32(b[4:]))
		padded := 8 + size + size&1
		if padded > uint64(len(b))+1 || 8+size > uint64(len(b)) {
			return nil, cannot("truncated", "webp")
		}
		chunk := b[:min(padded, uint64(len(b)))]
		if keep[string(b[:4])] {
			n := len(out)
			if out = append(out, chunk...); string(b[:4]) == "VP8X" && size > 0 {
				out[n+8] &^= 0x0C
			}
		}
		b = b[len(chunk):]
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out, nil
}

// cleanBMP keeps the headers, the colours and the pixels.
func cleanBMP(data []byte) ([]byte, error) {
	size := int(binary.LittleEndian.Uint32(data[2:]))
	if size < 54 || size > len(data) {
		return nil, cannot("truncated", "bmp")
	}
	return bytes.Clone(data[:size]), nil
}

// cleanEMF keeps the records that draw ([MS-EMF] 2.3). Comments go: one that
// draws by itself cannot.
func cleanEMF(data []byte) ([]byte, error) {
	const header, comment, end = 1, 70, 14
	le := binary.LittleEndian
	var out []byte
	records := uint32(0)
	for b := data; len(b) >= 8; {
		kind, size := le.Uint32(b), uint64(le.Uint32(b[4:]))
		if size < 8 || size > uint64(len(b)) || kind == header && size < 88 {
			return nil, cannot("truncated", "emf")
		}
		record := b[:size]
		b = b[size:]
		switch {
		case kind == comment && size >= 24 && string(record[12:16]) == "EMF+" && le.Uint16(record[16:]) == 0x4001 && record[18]&1 == 0:
			return nil, cannot("unsupported", "emf+")
		case kind == comment:
			continue
		}
		out = append(out, record...)
		if records++; kind == header {
			if n, at := le.Uint32(record[60:]), le.Uint32(record[64:]); n > 0 { // a description
				le.PutUint64(out[60:], 0)
				clear(out[min(uint64(at), size):min(uint64(at)+2*uint64(n), size)])
			}
		}
		if kind == end {
			le.PutUint32(out[48:], uint32(len(out)))
			le.PutUint32(out[52:], records)
			return out, nil
		}
	}
	return nil, cannot("truncated", "emf")
}
