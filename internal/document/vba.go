package document

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
)

// macro opens the macros of a package: a compound file whose modules are
// compressed text.
func (c *ooxml) macro(name string) error {
	data, err := c.read(name)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(string(data), compoundMagic) { // keys and lists of signatures
		return c.embedded("macro "+base(name), true, name)
	}
	f, err := c.o.compound(data)
	if err != nil {
		return err
	}
	c.p.add("macro "+base(name), true, name)
	text, err := f.open(&c.p)
	if text != "" {
		c.p.unread("macro "+base(name), true, text, "needs_converter")
	}
	return err
}

// hasMacros says whether a compound file holds a VBA project.
func (c *compound) hasMacros() bool {
	return slices.ContainsFunc(c.streams, func(s stream) bool { return s.name == "_VBA_PROJECT" })
}

// isMacro says whether a stream belongs to a VBA project.
func (c *compound) isMacro(s stream) bool {
	return slices.Contains(s.path, "VBA") || slices.Contains([]string{"PROJECT", "PROJECTwm", "PROJECTlk"}, s.name) ||
		c.hasMacros() && (s.name == "\x03VBFrame" || s.name == "f" || s.name == "o")
}

// macroModule adds the source of a module, or the strings of what else belongs
// to a project, and returns how many modules that is.
func (c *compound) macroModule(s stream, content []byte, p *parts) int {
	switch {
	case !c.isMacro(s) || s.name == "_VBA_PROJECT" || s.name == "dir" || strings.HasPrefix(s.name, "__SRP_"):
		return 0
	case !slices.Contains(s.path, "VBA"):
		p.add("macro text in "+clip(strings.TrimLeft(s.name, "\x03")), true, strings.Join(append(loose(content), text8(string(printable(content)))), "\n"))
		return 0
	}
	// A module begins with compiled code; its source follows, compressed, and
	// always starts with the same word ([MS-OVBA] 2.3.4.3).
	at := bytes.Index(content, []byte("\x00Attribut"))
	if at < 3 || content[at-3] != 1 {
		p.unread("macro "+clip(s.name), true, s.name, "damaged")
		return 1
	}
	source, err := decompress(content[at-3:], func(n int) error { return c.o.spend(&c.o.unpacked, n, "too_large") })
	if err != nil {
		p.unread("macro "+clip(s.name), true, s.name, "damaged")
		return 1
	}
	p.add("macro "+clip(s.name), true, text8(string(source)))
	return 1
}

// printable keeps a file that is text.
func printable(b []byte) []byte {
	if bytes.IndexByte(b, 0) >= 0 {
		return nil
	}
	return b
}

// decompress undoes the compression of VBA ([MS-OVBA] 2.4.1). spend is told of
// every chunk.
func decompress(b []byte, spend func(int) error) ([]byte, error) {
	const chunk = 4096
	var out []byte
	for b = b[1:]; len(b) >= 2; {
		header := binary.LittleEndian.Uint16(b)
		size := min(int(header&0xFFF)+3, len(b))
		packed := b[2:size]
		b = b[size:]
		begin := len(out)
		if header&0x8000 == 0 {
			out = append(out, packed...)
		} else {
			for len(packed) > 0 {
				flags := packed[0]
				packed = packed[1:]
				for bit := 0; bit < 8 && len(packed) > 0; bit++ {
					if flags>>bit&1 == 0 {
						out, packed = append(out, packed[0]), packed[1:]
						continue
					}
					if len(packed) < 2 {
						return nil, unreadable("truncated", "macro")
					}
					token := binary.LittleEndian.Uint16(packed)
					packed = packed[2:]
					bits := 4
					for 1<<bits < len(out)-begin {
						bits++
					}
					bits = min(bits, 12)
					length, offset := int(token&(0xFFFF>>bits))+3, int(token>>(16-bits))+1
					if offset > len(out)-begin || len(out)-begin > chunk {
						return nil, unreadable("damaged", "macro")
					}
					for range length {
						out = append(out, out[len(out)-offset])
					}
				}
			}
		}
		if err := spend(len(out) - begin); err != nil {
			return nil, err
		}
	}
	return out, nil
}
