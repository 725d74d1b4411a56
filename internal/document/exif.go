package document

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
)

// windowsTags are the fields that Windows, and people's comments, write in
// UTF-16 (Exif 2.3, 4.6.5; Windows' own property system).
var windowsTags = map[uint16]string{0x9C9B: "XPTitle", 0x9C9C: "XPComment", 0x9C9D: "XPAuthor", 0x9C9E: "XPKeywords", 0x9C9F: "XPSubject", 0x9286: "UserComment"}

// exifWords lists those fields of a block of EXIF, which is a TIFF. What is
// damaged in it is reported by whoever reads the rest.
func exifWords(b []byte) []string {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case bytes.HasPrefix(b, []byte("II")):
	case bytes.HasPrefix(b, []byte("MM")):
		order = binary.BigEndian
	default:
		return nil
	}
	if len(b) < 8 {
		return nil
	}
	const most = 8 // directories
	var all []string
	queue := []uint32{order.Uint32(b[4:])}
	for n := 0; n < len(queue) && n < most; n++ {
		at := uint64(queue[n])
		if at+2 > uint64(len(b)) {
			continue
		}
		fields := uint64(order.Uint16(b[at:]))
		at += 2
		for ; fields > 0 && at+12 <= uint64(len(b)); fields, at = fields-1, at+12 {
			id, size, where := order.Uint16(b[at:]), uint64(order.Uint32(b[at+4:])), uint64(order.Uint32(b[at+8:]))
			if id == 0x8769 { // the directory of the camera
				queue = append(queue, uint32(where))
			}
			name := windowsTags[id]
			if name == "" || size <= 4 || where+size > uint64(len(b)) {
				continue
			}
			raw := b[where : where+size]
			if id == 0x9286 {
				if !bytes.HasPrefix(raw, []byte("UNICODE\x00")) {
					continue
				}
				raw = raw[8:]
			}
			if text := eitherOrder(raw); text != "" {
				all = append(all, name+": "+text)
			}
		}
		if fields == 0 && at+4 <= uint64(len(b)) && order.Uint32(b[at:]) != 0 {
			queue = append(queue, order.Uint32(b[at:]))
		}
	}
	return all
}

// eitherOrder is UTF-16 whose byte order its writer did not keep to: the one
// that gives more letters and figures people use.
func eitherOrder(b []byte) string {
	swapped := make([]byte, len(b)&^1)
	for i := 0; i+1 < len(b); i += 2 {
		swapped[i], swapped[i+1] = b[i+1], b[i]
	}
	one, other := clean16(b[:len(swapped)]), clean16(swapped)
	if plausible(other) > plausible(one) {
		return other
	}
	return one
}

func clean16(b []byte) string {
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		units = append(units, binary.LittleEndian.Uint16(b[i:]))
	}
	return strings.Trim(string(utf16.Decode(units)), "\x00\ufeff")
}

// plausible counts characters of everyday Chinese text.
func plausible(s string) int {
	n := 0
	for _, r := range s {
		if r > ' ' && r < 0x7F || r >= 0x0300 && r < 0x0370 || r >= 0x2000 && r < 0x3040 || r >= 0x4E00 && r < 0xA000 && unicode.Is(unicode.Han, r) || r >= 0xFF00 && r < 0xFF60 {
			n++
		}
	}
	return n
}
