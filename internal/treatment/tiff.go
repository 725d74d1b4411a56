package treatment

import (
	"bytes"
	"encoding/binary"
)

// directory is one picture of a TIFF (TIFF 6.0, section 2).
type directory struct {
	order  binary.ByteOrder
	fields []field
	next   uint32
}

type field struct {
	tag, kind uint16
	count     uint32
	value     []byte
}

// width is the bytes of a value of each kind.
var width = []uint64{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4}

func byteOrder(data []byte) binary.ByteOrder {
	if bytes.HasPrefix(data, []byte("II")) {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

// readDirectory reads the first directory of a TIFF, or of what a camera writes.
func readDirectory(data []byte) (directory, bool) {
	if len(data) < 8 {
		return directory{}, false
	}
	return readDirectoryAt(data, byteOrder(data).Uint32(data[4:]))
}

func readDirectoryAt(data []byte, offset uint32) (directory, bool) {
	d := directory{order: byteOrder(data)}
	at := uint64(offset)
	if at+2 > uint64(len(data)) {
		return d, false
	}
	n := uint64(d.order.Uint16(data[at:]))
	if at+2+12*n+4 > uint64(len(data)) {
		return d, false
	}
	for i := range n {
		e := data[at+2+12*i:]
		f := field{tag: d.order.Uint16(e), kind: d.order.Uint16(e[2:]), count: d.order.Uint32(e[4:])}
		if int(f.kind) >= len(width) || f.kind == 0 {
			continue
		}
		size := width[f.kind] * uint64(f.count)
		if f.value = e[8:12]; size > 4 {
			from := uint64(d.order.Uint32(e[8:]))
			if from+size > uint64(len(data)) {
				return d, false
			}
			f.value = data[from : from+size]
		} else {
			f.value = f.value[:size]
		}
		d.fields = append(d.fields, f)
	}
	d.next = d.order.Uint32(data[at+2+12*n:])
	return d, true
}

// numbers are the values of a field of whole numbers.
func (d directory) numbers(tag uint16) []uint64 {
	var all []uint64
	for _, f := range d.fields {
		if f.tag != tag {
			continue
		}
		for i := range uint64(f.count) {
			switch f.kind {
			case 3:
				all = append(all, uint64(d.order.Uint16(f.value[2*i:])))
			case 4:
				all = append(all, uint64(d.order.Uint32(f.value[4*i:])))
			}
		}
	}
	return all
}

// The fields of a TIFF that draw, by number.
var pixels = map[uint16]bool{
	254: true, 256: true, 257: true, 258: true, 259: true, 262: true, 266: true, 273: true, 274: true, 277: true, 278: true, 279: true, 282: true, 283: true,
	284: true, 292: true, 293: true, 296: true, 301: true, 317: true, 318: true, 319: true, 320: true, 321: true, 322: true, 323: true, 324: true, 325: true,
	332: true, 338: true, 339: true, 347: true, 529: true, 530: true, 531: true, 532: true, 34675: true,
}

// cleanTIFF writes a TIFF anew: its pages, of each the fields that draw, and the
// strips or tiles they name.
func cleanTIFF(data []byte) ([]byte, error) {
	const most = 4096
	order := byteOrder(data)
	out := append(bytes.Clone(data[:4]), 0, 0, 0, 0)
	link := 4 // where the place of the next directory is written
	seen := map[uint32]bool{}
	for at := order.Uint32(data[4:]); at != 0; {
		d, ok := readDirectoryAt(data, at)
		if !ok || seen[at] || len(seen) > most {
			return nil, cannot("damaged", "tiff")
		}
		seen[at], at = true, d.next
		if sub := d.numbers(254); len(sub) > 0 && sub[0]&1 != 0 {
			continue // a smaller picture of the same, perhaps of before
		}
		var err error
		if out, link, err = d.write(data, out, link); err != nil {
			return nil, err
		}
	}
	if link == 4 {
		return nil, cannot("damaged", "tiff")
	}
	return out, nil
}

// write adds a page to a file and says where the link to the next one stands.
func (d directory) write(data, out []byte, link int) ([]byte, int, error) {
	places := map[uint16][]byte{} // where the strips or tiles stand now
	for _, tag := range []uint16{273, 324} {
		sizes := map[uint16]uint16{273: 279, 324: 325}
		starts, lengths := d.numbers(tag), d.numbers(sizes[tag])
		if len(starts) != len(lengths) {
			return nil, 0, cannot("damaged", "tiff")
		}
		for i, from := range starts {
			if from+lengths[i] > uint64(len(data)) || len(out) > 2*len(data) {
				return nil, 0, cannot("truncated", "tiff")
			}
			places[tag] = binary.BigEndian.AppendUint32(places[tag], 0)
			d.order.PutUint32(places[tag][4*i:], uint32(len(out)))
			out = even(append(out, data[from:from+lengths[i]]...))
		}
	}
	if len(places) == 0 {
		return nil, 0, cannot("unsupported", "tiff")
	}
	var entries []byte
	n := 0
	for _, f := range d.fields {
		if !pixels[f.tag] {
			continue
		}
		if moved, ok := places[f.tag]; ok {
			f.kind, f.value = 4, moved
		}
		e := make([]byte, 12)
		d.order.PutUint16(e, f.tag)
		d.order.PutUint16(e[2:], f.kind)
		d.order.PutUint32(e[4:], f.count)
		if len(f.value) <= 4 {
			copy(e[8:], f.value)
		} else {
			d.order.PutUint32(e[8:], uint32(len(out)))
			out = even(append(out, f.value...))
		}
		entries = append(entries, e...)
		n++
	}
	d.order.PutUint32(out[link:], uint32(len(out)))
	head := []byte{0, 0}
	d.order.PutUint16(head, uint16(n))
	out = append(append(out, head...), entries...)
	return append(out, 0, 0, 0, 0), len(out), nil
}

func even(b []byte) []byte {
	if len(b)%2 != 0 {
		b = append(b, 0)
	}
	return b
}
