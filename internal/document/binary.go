package document

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"
)

// AppendBinary appends the whole document, the HTML too, to b: for whoever reads in
// another process. The format is that of one build; nothing keeps it.
func (d Document) AppendBinary(b []byte) ([]byte, error) {
	for _, s := range []string{string(d.Kind), d.MediaType, d.html} {
		b = appendString(b, s)
	}
	b = binary.AppendUvarint(b, uint64(len(d.Parts)))
	for _, p := range d.Parts {
		hidden := byte(0)
		if p.Hidden {
			hidden = 1
		}
		b = append(b, hidden)
		for _, s := range []string{p.Name, p.Text, p.Unread} {
			b = appendString(b, s)
		}
	}
	return b, nil
}

// MarshalBinary is [Document.AppendBinary] to nothing.
func (d Document) MarshalBinary() ([]byte, error) { return d.AppendBinary(nil) }

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// UnmarshalBinary reads what MarshalBinary wrote. It trusts nobody: what a reader
// that was taken over may send is refused, or is at least text, and HTML without
// anything that acts.
func (d *Document) UnmarshalBinary(data []byte) error {
	u := unpacking{rest: string(data)}
	var out Document
	out.Kind, out.MediaType, out.html = Kind(u.string()), u.string(), u.string()
	n := u.number()
	const least = 4 // bytes of a part
	if n > len(u.rest)/least {
		return errDocument
	}
	out.Parts = make([]Part, 0, n)
	for range n {
		p := Part{Hidden: u.byte() == 1}
		p.Name, p.Text, p.Unread = u.string(), u.string(), u.string()
		out.Parts = append(out.Parts, p)
	}
	if u.err == nil && u.rest != "" {
		u.err = errDocument
	}
	if u.err != nil {
		return fmt.Errorf("unpack document: %w", u.err)
	}
	out.html = policy().Sanitize(out.html)
	*d = out
	return nil
}

var errDocument = errors.New("not a document")

// unpacking cuts strings off rest without copying them.
type unpacking struct {
	rest string
	err  error
}

func (u *unpacking) number() int {
	n, shift := uint64(0), 0
	for {
		b := u.byte()
		if u.err != nil || shift > 35 {
			u.err = errDocument
			return 0
		}
		n |= uint64(b&0x7F) << shift
		if b < 0x80 {
			return int(n)
		}
		shift += 7
	}
}

func (u *unpacking) byte() byte {
	if u.err != nil || u.rest == "" {
		u.err = errDocument
		return 0
	}
	b := u.rest[0]
	u.rest = u.rest[1:]
	return b
}

func (u *unpacking) string() string {
	n := u.number()
	if n > len(u.rest) || u.err != nil {
		u.err = errDocument
		return ""
	}
	s := u.rest[:n]
	u.rest = u.rest[n:]
	if !utf8.ValidString(s) {
		u.err = errDocument
	}
	return s
}
