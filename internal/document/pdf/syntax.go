package pdf

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Values of PDF objects; numbers are float64, true and false are bool, and null
// is nil.
type (
	name string
	str  []byte
	ref  int // the generation never matters: the newest object of a number counts
	dict map[string]any
)

// parser reads values (ISO 32000-1, 7.3). It never fails: what makes no sense is
// null, and broken says that something was.
type parser struct {
	data   []byte
	at     int
	work   *int // characters that may still be looked at, over all parsers
	broken bool
}

const (
	whitespace = "\x00\t\n\f\r "
	delimiters = "()<>[]{}/%"
	deepValue  = 64
)

func white0(c byte) bool  { return strings.IndexByte(whitespace, c) >= 0 }
func regular(c byte) bool { return !white0(c) && strings.IndexByte(delimiters, c) < 0 }

func (p *parser) space() {
	for p.at < len(p.data) {
		switch c := p.data[p.at]; {
		case white0(c):
			p.at++
		case c == '%':
			n := bytes.IndexAny(p.data[p.at:], "\r\n")
			if n < 0 {
				n = len(p.data) - p.at
			}
			*p.work -= n
			p.at += n
		default:
			return
		}
	}
}

func (p *parser) token() []byte {
	from := p.at
	for p.at < len(p.data) && regular(p.data[p.at]) {
		p.at++
	}
	*p.work -= p.at - from
	return p.data[from:p.at]
}

func (p *parser) value(depth int) any {
	p.space()
	*p.work--
	if p.at >= len(p.data) || depth > deepValue || *p.work < 0 {
		p.broken, p.at = true, len(p.data)
		return nil
	}
	switch c := p.data[p.at]; c {
	case '/':
		p.at++
		return p.name()
	case '(':
		return p.literal()
	case '[':
		p.at++
		var all []any
		for {
			p.space()
			if p.at >= len(p.data) {
				p.broken = true
				return all
			}
			if p.data[p.at] == ']' {
				p.at++
				return all
			}
			all = p.reference(append(all, p.value(depth+1)))
		}
	case '<':
		if bytes.HasPrefix(p.data[p.at:], []byte("<<")) {
			p.at += 2
			return p.dict(depth)
		}
		return p.hex()
	default:
		if !regular(c) {
			p.at++
			p.broken = true
			return nil
		}
		return word(p.token())
	}
}

// keyword stands for a bare word that is no value.
type keyword string

func word(t []byte) any {
	switch string(t) {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	}
	if f, err := strconv.ParseFloat(string(t), 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
		return f
	}
	return keyword(t[:min(len(t), 16)])
}

// reference turns two numbers and an R at the end of a list into a reference.
func (p *parser) reference(all []any) []any {
	n := len(all)
	if n < 3 || all[n-1] != keyword("R") {
		return all
	}
	num, ok := all[n-3].(float64)
	if _, gen := all[n-2].(float64); !ok || !gen || num < 0 || num > math.MaxInt32 {
		return all
	}
	return append(all[:n-3], ref(num))
}

func (p *parser) dict(depth int) dict {
	d := dict{}
	var all []any
	for {
		p.space()
		if p.at >= len(p.data) {
			p.broken = true
			break
		}
		if bytes.HasPrefix(p.data[p.at:], []byte(">>")) {
			p.at += 2
			break
		}
		all = p.reference(append(all, p.value(depth+1)))
	}
	for i := 0; i < len(all); i++ {
		key, ok := all[i].(name)
		if ok && i+1 < len(all) {
			d[string(key)] = all[i+1]
			i++
		}
	}
	return d
}

func (p *parser) name() name {
	t := p.token()
	if bytes.IndexByte(t, '#') < 0 {
		return name(t)
	}
	out := make([]byte, 0, len(t))
	for i := 0; i < len(t); i++ {
		if t[i] == '#' && i+2 < len(t) {
			if v, err := strconv.ParseUint(string(t[i+1:i+3]), 16, 8); err == nil {
				out = append(out, byte(v))
				i += 2
				continue
			}
		}
		out = append(out, t[i])
	}
	return name(out)
}

func (p *parser) hex() str {
	end := bytes.IndexByte(p.data[p.at:], '>')
	if end < 0 {
		p.broken = true
		end = len(p.data) - p.at - 1
	}
	s := p.data[p.at+1 : p.at+max(end, 1)]
	*p.work -= len(s)
	p.at = min(p.at+end+1, len(p.data))
	return unhex(s)
}

func unhex(s []byte) str {
	var out str
	half := -1
	for _, c := range s {
		v := strings.IndexByte("0123456789abcdef", c|0x20)
		switch {
		case v < 0:
		case half < 0:
			half = v
		default:
			out, half = append(out, byte(half<<4|v)), -1
		}
	}
	if half >= 0 {
		out = append(out, byte(half<<4))
	}
	return out
}

var escapes = map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', 'b': '\b', 'f': '\f'}

func (p *parser) literal() str {
	out := str{}
	from, open := p.at, 1
	defer func() { *p.work -= p.at - from }()
	for p.at++; p.at < len(p.data); p.at++ {
		c := p.data[p.at]
		switch c {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				p.at++
				return out
			}
		case '\\':
			if p.at++; p.at >= len(p.data) {
				break
			}
			c = p.data[p.at]
			if e, ok := escapes[c]; ok {
				c = e
			} else if c >= '0' && c <= '7' {
				v := 0
				n := 0
				for ; n < 3 && p.at+n < len(p.data) && p.data[p.at+n] >= '0' && p.data[p.at+n] <= '7'; n++ {
					v = v<<3 | int(p.data[p.at+n]-'0')
				}
				p.at += n - 1
				c = byte(v)
			} else if c == '\n' {
				continue
			} else if c == '\r' {
				if p.at+1 < len(p.data) && p.data[p.at+1] == '\n' {
					p.at++
				}
				continue
			}
		}
		out = append(out, c)
	}
	p.broken = true
	return out
}

// decoded is the text of a string: UTF-16 or UTF-8 by its mark, else UTF-8 or
// GB 18030 if it is that, as Chinese programs write it, else Latin.
func decoded(s str) string {
	switch {
	case bytes.HasPrefix(s, []byte{0xFE, 0xFF}):
		return utf16be(s[2:])
	case bytes.HasPrefix(s, []byte{0xFF, 0xFE}):
		return utf16le(s[2:])
	case bytes.HasPrefix(s, []byte{0xEF, 0xBB, 0xBF}):
		return string(s[3:])
	case utf8.Valid(s):
		return string(s)
	}
	if b, err := simplifiedchinese.GB18030.NewDecoder().Bytes(s); err == nil && !bytes.ContainsRune(b, utf8.RuneError) &&
		bytes.IndexFunc(b, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0 {
		return string(b)
	}
	latin := make([]rune, len(s))
	for i, c := range s {
		latin[i] = rune(c)
	}
	return string(latin)
}

func utf16be(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
	}
	return string(utf16.Decode(units))
}
