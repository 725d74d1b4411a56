package eval

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// node is a storage or a stream of a compound file.
type node struct {
	name string
	data []byte
	kids []*node // of a storage
}

// compound writes a compound file of version 3 ([MS-CFB]).
func compound(root ...*node) []byte {
	const sector, small, free, end = 512, 64, 0xFFFFFFFF, 0xFFFFFFFE
	var dir [][]byte
	var mini []byte
	var miniFAT, fat []uint32
	var body []byte
	chain := func(data []byte) uint32 {
		if len(data) == 0 {
			return end
		}
		first := uint32(len(fat))
		for at := 0; at < len(data); at += sector {
			block := make([]byte, sector)
			copy(block, data[at:])
			body = append(body, block...)
			fat = append(fat, uint32(len(fat)+1))
		}
		fat[len(fat)-1] = end
		return first
	}
	put := func(n *node, kind byte) int {
		e := make([]byte, 128)
		name := utf16.Encode([]rune(n.name))
		for i, u := range name {
			binary.LittleEndian.PutUint16(e[2*i:], u)
		}
		binary.LittleEndian.PutUint16(e[64:], uint16(2*len(name)+2))
		e[66], e[67] = kind, 1
		for _, at := range []int{68, 72, 76} {
			binary.LittleEndian.PutUint32(e[at:], free)
		}
		if kind == 2 {
			binary.LittleEndian.PutUint32(e[120:], uint32(len(n.data)))
			start := uint32(end)
			switch {
			case len(n.data) >= 4096:
				start = chain(n.data)
			case len(n.data) > 0:
				start = uint32(len(miniFAT))
				for at := 0; at < len(n.data); at += small {
					block := make([]byte, small)
					copy(block, n.data[at:])
					mini = append(mini, block...)
					miniFAT = append(miniFAT, uint32(len(miniFAT)+1))
				}
				miniFAT[len(miniFAT)-1] = end
			}
			binary.LittleEndian.PutUint32(e[116:], start)
		}
		dir = append(dir, e)
		return len(dir) - 1
	}
	var fill func(parent int, kids []*node)
	fill = func(parent int, kids []*node) {
		slices.SortFunc(kids, func(a, b *node) int {
			return cmp.Or(len(a.name)-len(b.name), cmp.Compare(strings.ToUpper(a.name), strings.ToUpper(b.name)))
		})
		last := -1
		for _, k := range kids {
			kind := byte(2)
			if k.kids != nil {
				kind = 1
			}
			at := put(k, kind)
			if last < 0 {
				binary.LittleEndian.PutUint32(dir[parent][76:], uint32(at))
			} else {
				binary.LittleEndian.PutUint32(dir[last][72:], uint32(at))
			}
			last = at
			fill(at, k.kids)
		}
	}
	put(&node{name: "Root Entry"}, 5)
	fill(0, root)
	binary.LittleEndian.PutUint32(dir[0][116:], chain(mini))
	binary.LittleEndian.PutUint32(dir[0][120:], uint32(len(mini)))
	words := func(v []uint32) []byte {
		var b []byte
		for _, u := range v {
			b = binary.LittleEndian.AppendUint32(b, u)
		}
		for len(b)%sector != 0 {
			b = binary.LittleEndian.AppendUint32(b, free)
		}
		return b
	}
	for len(dir)%4 != 0 {
		dir = append(dir, make([]byte, 128))
	}
	dirAt, miniAt := chain(slices.Concat(dir...)), chain(words(miniFAT))
	sectors := 1
	for (len(fat)+sectors+127)/128 > sectors {
		sectors++
	}
	fatAt := len(fat)
	for range sectors {
		fat = append(fat, 0xFFFFFFFD)
	}
	body = append(body, words(fat)...)
	head := make([]byte, sector)
	copy(head, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	for at, v := range map[int]uint16{24: 0x3E, 26: 3, 28: 0xFFFE, 30: 9, 32: 6} {
		binary.LittleEndian.PutUint16(head[at:], v)
	}
	for at, v := range map[int]uint32{44: uint32(sectors), 48: dirAt, 56: 4096, 60: miniAt, 64: uint32((len(miniFAT) + 127) / 128), 68: end} {
		binary.LittleEndian.PutUint32(head[at:], v)
	}
	for i := range 109 {
		at := uint32(free)
		if i < sectors {
			at = uint32(fatAt + i)
		}
		binary.LittleEndian.PutUint32(head[76+4*i:], at)
	}
	return append(head, body...)
}

// gbk is s as Chinese Windows writes it.
func gbk(s string) string {
	out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	memory(err)
	return out
}

// packager is a file inside a document, as the Object Packager of Windows
// stores it ([MS-OLEDS] 2.3.6).
func packager(name string, content []byte) []byte {
	b := []byte{2, 0}
	b = append(b, gbk(name)+"\x00"+gbk(`C:\`+name)+"\x00"...)
	b = append(b, 0, 0, 3, 0)
	path := gbk(`C:\Temp\`+name) + "\x00"
	b = binary.LittleEndian.AppendUint32(b, uint32(len(path)))
	b = append(b, path...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(content)))
	b = append(b, content...)
	b = append(binary.LittleEndian.AppendUint32(nil, uint32(len(b))), b...)
	return compound(&node{name: "\x01Ole10Native", data: b}, &node{name: "\x01CompObj", data: make([]byte, 76)})
}

// vbaProject is a project with one module ([MS-OVBA]).
func vbaProject(source string) []byte {
	var dir []byte
	record := func(id uint16, data []byte) {
		dir = binary.LittleEndian.AppendUint16(dir, id)
		dir = binary.LittleEndian.AppendUint32(dir, uint32(len(data)))
		dir = append(dir, data...)
	}
	const module = "ThisDocument"
	record(0x01, []byte{1, 0, 0, 0}) // SYSKIND
	record(0x02, []byte{4, 8, 0, 0}) // LCID
	record(0x14, []byte{4, 8, 0, 0}) // LCIDINVOKE
	record(0x03, []byte{0xA8, 0x03}) // CODEPAGE 936
	record(0x04, []byte("Project"))  // NAME
	record(0x0F, []byte{1, 0})       // MODULES
	record(0x19, []byte(module))     // MODULENAME
	record(0x1A, []byte(module))     // MODULESTREAMNAME
	record(0x31, []byte{0, 0, 0, 0}) // MODULEOFFSET
	record(0x22, nil)                // document module
	record(0x2B, nil)                // end of the module
	record(0x10, nil)                // end
	project := "ID=\"{00000000-0000-0000-0000-000000000000}\"\r\nDocument=ThisDocument/&H00000000\r\nName=\"Project\"\r\n"
	return compound(&node{name: "PROJECT", data: []byte(project)}, &node{name: "VBA", kids: []*node{
		{name: "dir", data: squeezed(dir)}, {name: module, data: squeezed([]byte(gbk(source)))}, {name: "_VBA_PROJECT", data: []byte{0xCC, 0x61, 0xFF, 0xFF, 0, 0, 0}},
	}})
}

// squeezed is a compressed container ([MS-OVBA] 2.4.1): what has stood before
// within a chunk becomes a reference to it.
func squeezed(data []byte) []byte {
	out := []byte{1}
	for len(data) > 0 {
		chunk := data[:min(len(data), 4096)]
		data = data[len(chunk):]
		var body []byte
		for at := 0; at < len(chunk); {
			flag := len(body)
			body = append(body, 0)
			for bit := 0; bit < 8 && at < len(chunk); bit++ {
				bits := 4
				for 1<<bits < at {
					bits++
				}
				best, from := 0, 0
				for j := max(0, at-1<<bits); j < at; j++ {
					n := 0
					for at+n < len(chunk) && chunk[j+n] == chunk[at+n] && n < 0xFFFF>>bits+3 {
						n++
					}
					if n > best {
						best, from = n, j
					}
				}
				if best < 3 {
					body = append(body, chunk[at])
					at++
					continue
				}
				body[flag] |= 1 << bit
				body = binary.LittleEndian.AppendUint16(body, uint16((at-from-1)<<(16-bits)|best-3))
				at += best
			}
		}
		out = binary.LittleEndian.AppendUint16(out, uint16(len(body)-1)|0xB000)
		out = append(out, body...)
	}
	return out
}
