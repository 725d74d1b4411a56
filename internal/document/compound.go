package document

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"
)

// compound is a compound file, the container of Office before 2007 and of
// objects embedded in later files ([MS-CFB]). It is read from memory, and every
// chain is followed no longer than the file is.
type compound struct {
	o       *opening
	data    []byte
	sector  int
	fat     []uint32
	miniFAT []uint32
	mini    []byte // the stream that holds the small streams
	streams []stream
}

// stream is one stream, or storage, of a compound file.
type stream struct {
	path  []string // of storages above it
	name  string
	start uint32
	size  uint64
}

// place names a stream with the storages above it.
func (s stream) place() string {
	return strings.Join(append(slices.Clone(s.path), strings.TrimLeft(s.name, "\x01\x02\x03\x05")), "/")
}

const (
	endOfChain = 0xFFFFFFFE
	maxSector  = 0xFFFFFFFA
	noEntry    = 0xFFFFFFFF
)

func (o *opening) compound(data []byte) (*compound, error) {
	if len(data) < 512 {
		return nil, unreadable("truncated", "compound file")
	}
	shift := binary.LittleEndian.Uint16(data[30:])
	if shift != 9 && shift != 12 {
		return nil, unreadable("damaged", "compound file: sector size")
	}
	c := &compound{o: o, data: data, sector: 1 << shift}
	if err := c.readFAT(); err != nil {
		return nil, err
	}
	directory, err := c.chain(binary.LittleEndian.Uint32(data[48:]), 0)
	if err != nil {
		return nil, err
	}
	if len(directory) < 128 {
		return nil, unreadable("damaged", "compound file: no directory")
	}
	miniFAT, err := c.chain(binary.LittleEndian.Uint32(data[60:]), 0)
	if err != nil {
		return nil, err
	}
	c.miniFAT = numbers(miniFAT)
	root := c.entry(directory)
	if c.mini, err = c.chain(root.start, 0); err != nil {
		return nil, err
	}
	return c, c.walk(directory)
}

func numbers(b []byte) []uint32 {
	out := make([]uint32, len(b)/4)
	for i := range out {
		out[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return out
}

// at is a sector's content, empty beyond the end of the file. The last sector
// may be cut short, as writers leave it.
func (c *compound) at(n uint32) []byte {
	from := (int(n) + 1) * c.sector
	if n > maxSector || from >= len(c.data) {
		return nil
	}
	return c.data[from:min(from+c.sector, len(c.data))]
}

func (c *compound) readFAT() error {
	list := numbers(c.data[76:512])
	next := binary.LittleEndian.Uint32(c.data[68:])
	for n := 0; next <= maxSector; n++ {
		s := numbers(c.at(next))
		if len(s) < 2 || n > len(c.data)/c.sector {
			return unreadable("damaged", "compound file: sector list")
		}
		list, next = append(list, s[:len(s)-1]...), s[len(s)-1]
	}
	for _, n := range list {
		if n <= maxSector && len(c.fat) <= len(c.data)/c.sector {
			c.fat = append(c.fat, numbers(c.at(n))...)
		}
	}
	return nil
}

// chain joins a chain of sectors; size cuts it if it is not 0.
func (c *compound) chain(start uint32, size uint64) ([]byte, error) {
	var out []byte
	most := uint64(len(c.data))
	for n := start; n <= maxSector; n = c.fat[n] {
		s := c.at(n)
		if len(s) == 0 || int(n) >= len(c.fat) {
			return nil, unreadable("truncated", "compound file")
		}
		if uint64(len(out)) > most {
			return nil, unreadable("damaged", "compound file: a chain goes round")
		}
		if out = append(out, s...); size > 0 && uint64(len(out)) >= size {
			return out[:size], c.o.spend(&c.o.unpacked, len(s), "too_large")
		}
		if err := c.o.spend(&c.o.unpacked, len(s), "too_large"); err != nil {
			return nil, err
		}
	}
	if uint64(len(out)) < size {
		return nil, unreadable("truncated", "compound file")
	}
	return out, nil
}

// content reads a stream; small ones stand in a stream of their own.
func (c *compound) content(s stream) ([]byte, error) {
	const cutoff, small = 4096, 64
	if s.size == 0 {
		return nil, nil
	}
	if s.size > uint64(len(c.data)) {
		return nil, unreadable("truncated", "compound file")
	}
	if s.size >= cutoff {
		return c.chain(s.start, s.size)
	}
	var out []byte
	for n := s.start; n <= maxSector; n = c.miniFAT[n] {
		from := int(n) * small
		if from+small > len(c.mini)+small-1 || int(n) >= len(c.miniFAT) {
			return nil, unreadable("truncated", "compound file")
		}
		out = append(out, c.mini[from:min(from+small, len(c.mini))]...)
		if uint64(len(out)) >= s.size {
			return out[:s.size], c.o.spend(&c.o.unpacked, len(out), "too_large")
		}
	}
	return nil, unreadable("truncated", "compound file")
}

func (c *compound) entry(b []byte) stream {
	n := min(int(binary.LittleEndian.Uint16(b[64:])), 64)
	size := binary.LittleEndian.Uint64(b[120:])
	if c.sector == 512 {
		size &= 0xFFFFFFFF // the upper half is not always cleared
	}
	return stream{name: strings.TrimRight(wide(b[:n]), "\x00"), start: binary.LittleEndian.Uint32(b[116:]), size: size}
}

// wide decodes UTF-16LE.
func wide(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}

// walk lists the streams of a directory: a red-black tree in each storage,
// whose order does not matter here.
func (c *compound) walk(directory []byte) error {
	type visit struct {
		id   uint32
		path []string
	}
	seen := map[uint32]bool{}
	todo := []visit{{binary.LittleEndian.Uint32(directory[76:]), nil}}
	for len(todo) > 0 {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if v.id == noEntry {
			continue
		}
		from := int(v.id) * 128
		if from+128 > len(directory) || seen[v.id] {
			return unreadable("damaged", "compound file: directory")
		}
		if len(v.path) > c.o.limits.Depth {
			return unreadable("too_deep", "compound file")
		}
		if err := c.o.spend(&c.o.files, 1, "too_many_parts"); err != nil {
			return err
		}
		seen[v.id] = true
		b := directory[from : from+128]
		s := c.entry(b)
		s.path = v.path
		switch b[66] {
		case 1:
			inner := append(v.path[:len(v.path):len(v.path)], s.name)
			todo = append(todo, visit{binary.LittleEndian.Uint32(b[76:]), inner})
		case 2:
			c.streams = append(c.streams, s)
		}
		todo = append(todo, visit{binary.LittleEndian.Uint32(b[72:]), v.path}, visit{binary.LittleEndian.Uint32(b[68:]), v.path})
	}
	return nil
}

// utf16LE encodes ASCII as UTF-16LE.
func utf16LE(s string) []byte {
	out := make([]byte, 0, 2*len(s))
	for _, r := range s {
		out = append(out, byte(r), byte(r>>8))
	}
	return out
}

// openCompound opens a compound file: an old office document, a mail of
// Outlook, an embedded object or what a password protects.
func (o *opening) openCompound(name string, data []byte) (Document, error) {
	c, err := o.compound(data)
	if err != nil {
		if o.spent == nil && bytes.Contains(data, utf16LE("EncryptedPackage")) {
			return Document{}, unreadable("encrypted", "")
		}
		return Document{}, err
	}
	var p parts
	text, err := c.open(&p)
	if err != nil {
		return Document{}, err
	}
	if text == "" {
		return Document{Kind: Office97, MediaType: "application/x-cfb", Parts: p.all}, nil
	}
	return o.convert(oldText[text], name, data, p)
}
