package document

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

// zipOf writes a zip of name, content, name, content, ...
func zipOf(t testing.TB, pairs ...string) []byte {
	t.Helper()
	var all []entry
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, entry{pairs[i], pairs[i+1]})
	}
	var b bytes.Buffer
	require.NoError(t, writeZip(&b, all))
	return b.Bytes()
}

// open opens a file that must be readable.
func open(t testing.TB, name string, data []byte) Document {
	t.Helper()
	d, err := Open(name, data, DefaultLimits())
	require.NoError(t, err)
	return d
}

// unreads maps the names of unread parts to the reasons.
func unreads(d Document) map[string]string {
	out := map[string]string{}
	for _, p := range d.Parts {
		if p.Unread != "" {
			out[p.Name] = p.Unread
		}
	}
	return out
}

// hidden says whether every part of that name is hidden; it must exist.
func hidden(t testing.TB, d Document, name string) bool {
	t.Helper()
	found, all := false, true
	for _, p := range d.Parts {
		if p.Name == name {
			found, all = true, all && p.Hidden
		}
	}
	require.True(t, found, "no part %q in %v", name, texts(d))
	return all
}

func utf16Text(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

// cfbStream is a stream of a compound file; a slash in its path makes a storage.
type cfbStream struct{ path, content string }

// compoundFile writes a compound file with sectors of 512 bytes. Streams under
// 4096 bytes go to the mini stream, as the format wants.
func compoundFile(t testing.TB, streams []cfbStream) []byte {
	t.Helper()
	type dirEntry struct {
		name              string
		kind              byte
		right, child      uint32
		start, size, last uint32
	}
	const none, end = 0xFFFFFFFF, 0xFFFFFFFE
	dir := []dirEntry{{name: "Root Entry", kind: 5, right: none, child: none, start: end, last: none}}
	var sectors [][]byte
	var fat, miniFAT []uint32
	var mini []byte
	put := func(b []byte) uint32 {
		if len(b) == 0 {
			return end
		}
		first := uint32(len(sectors))
		for len(b) > 0 {
			s := make([]byte, 512)
			n := copy(s, b)
			sectors, b = append(sectors, s), b[n:]
			fat = append(fat, uint32(len(sectors)))
		}
		fat[len(fat)-1] = end
		return first
	}
	link := func(parent uint32, e dirEntry) uint32 {
		e.right, e.child, e.last = none, none, none
		dir = append(dir, e)
		id := uint32(len(dir) - 1)
		if dir[parent].last == none {
			dir[parent].child = id
		} else {
			dir[dir[parent].last].right = id
		}
		dir[parent].last = id
		return id
	}
	folders := map[string]uint32{"": 0}
	for _, s := range streams {
		parent, at := uint32(0), ""
		names := strings.Split(s.path, "/")
		for _, n := range names[:len(names)-1] {
			at += n + "/"
			if _, ok := folders[at]; !ok {
				folders[at] = link(parent, dirEntry{name: n, kind: 1, start: 0})
			}
			parent = folders[at]
		}
		e := dirEntry{name: names[len(names)-1], kind: 2, size: uint32(len(s.content)), start: end}
		if len(s.content) >= 4096 {
			e.start = put([]byte(s.content))
		} else if len(s.content) > 0 {
			e.start = uint32(len(mini) / 64)
			for b := []byte(s.content); len(b) > 0; {
				block := make([]byte, 64)
				n := copy(block, b)
				mini, b = append(mini, block...), b[n:]
				miniFAT = append(miniFAT, uint32(len(mini)/64))
			}
			miniFAT[len(miniFAT)-1] = end
		}
		link(parent, e)
	}
	dir[0].start, dir[0].size = put(mini), uint32(len(mini))
	var miniBytes, dirBytes []byte
	for _, n := range miniFAT {
		miniBytes = binary.LittleEndian.AppendUint32(miniBytes, n)
	}
	for len(miniBytes)%512 != 0 {
		miniBytes = append(miniBytes, 0xFF)
	}
	for _, e := range dir {
		b := make([]byte, 128)
		name := utf16Text(e.name) + "\x00\x00"
		copy(b, name)
		binary.LittleEndian.PutUint16(b[64:], uint16(len(name)))
		b[66] = e.kind
		for i, v := range []uint32{none, e.right, e.child} {
			binary.LittleEndian.PutUint32(b[68+4*i:], v)
		}
		binary.LittleEndian.PutUint32(b[116:], e.start)
		binary.LittleEndian.PutUint32(b[120:], e.size)
		dirBytes = append(dirBytes, b...)
	}
	miniStart, dirStart := put(miniBytes), put(dirBytes)
	need := 1
	for need*128 < len(sectors)+need {
		need++
	}
	header := make([]byte, 512)
	copy(header, compoundMagic)
	for i := 76; i < 512; i++ {
		header[i] = 0xFF
	}
	binary.LittleEndian.PutUint16(header[26:], 3)
	binary.LittleEndian.PutUint16(header[30:], 9)
	binary.LittleEndian.PutUint16(header[32:], 6)
	binary.LittleEndian.PutUint32(header[44:], uint32(need))
	binary.LittleEndian.PutUint32(header[48:], dirStart)
	binary.LittleEndian.PutUint32(header[56:], 4096)
	binary.LittleEndian.PutUint32(header[60:], miniStart)
	binary.LittleEndian.PutUint32(header[68:], end)
	first := len(sectors)
	for i := range need {
		binary.LittleEndian.PutUint32(header[76+4*i:], uint32(first+i))
		fat = append(fat, 0xFFFFFFFD)
	}
	out := header
	for _, s := range sectors {
		out = append(out, s...)
	}
	for len(fat)%128 != 0 {
		fat = append(fat, none)
	}
	for _, n := range fat {
		out = binary.LittleEndian.AppendUint32(out, n)
	}
	return out
}

// vba compresses a module as literals and puts some compiled code before it.
func vba(source string) string {
	b := "compiled\x01"
	for len(source) > 0 {
		n := min(len(source), 3600)
		var packed strings.Builder
		for part := source[:n]; len(part) > 0; {
			m := min(8, len(part))
			packed.WriteString("\x00" + part[:m])
			part = part[m:]
		}
		source = source[n:]
		head := uint16(packed.Len()-1) | 0xB000
		b += string([]byte{byte(head), byte(head >> 8)}) + packed.String()
	}
	return b
}

// native is an Ole10Native stream.
func native(name, from, content string) string {
	inner := "\x02\x00" + name + "\x00" + from + "\x00\x00\x00\x03\x00" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(from)+1))) + from + "\x00" +
		string(binary.LittleEndian.AppendUint32(nil, uint32(len(content)))) + content
	return string(binary.LittleEndian.AppendUint32(nil, uint32(len(inner)))) + inner
}
