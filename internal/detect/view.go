package detect

import (
	"strings"
	"unicode/utf8"
)

// wrapUnits is the length from which a line that ends in an ideograph is
// wrapped prose; a shorter one is a heading or a cell.
const wrapUnits = 15

// softBreak is the folded form of a line break after a long line that does not
// stand between two ideographs: a number may have been wrapped there.
const softBreak = '\v'

// view is a text folded for matching, with the way back.
//
// Folding turns each character into its plainest form (see fold/pairs.txt),
// ASCII letters into capitals, drops invisible characters, drops spaces except
// one between two ASCII letters or digits (so that numbers are never glued
// together), and drops the line break inside wrapped Chinese prose. Characters
// outside the BMP stay two units.
type view struct {
	text  string   // the original, valid UTF-8
	units []uint16 // folded
	at    []uint32 // byte offset in text of each unit's character
	class *[1 << 16]uint8

	spaced bool // a space was kept between letters or digits
}

// scratch are buffers that one check after another may use.
type scratch struct {
	units   []uint16
	at      []uint32
	hits    []hit
	cues    []cue
	found   []match
	chained []token
}

// newView folds text into the buffers of s, which may be nil.
func newView(text string, s *scratch) view {
	if s == nil {
		s = &scratch{}
	}
	f := folded()
	if size := len(text)/3 + len(text)/16 + 64; cap(s.units) < size {
		s.units, s.at = make([]uint16, size), make([]uint32, size)
	}
	v := view{text: text, units: s.units[:cap(s.units)], at: s.at[:cap(s.at)], class: &f.class}
	if !f.run(&v) { // each bad byte is one character nobody can read
		return newView(string([]rune(text)), s)
	}
	s.units, s.at = v.units, v.at
	return v
}

// run folds v's text into its buffers, which grow as needed. It returns false
// if the text is not UTF-8.
func (f *folding) run(v *view) bool {
	text, units, at := v.text, v.units, v.at[:len(v.units)]
	n, lineStart := 0, 0
	spaceAt, breakAt := -1, -1 // pending separators, offsets in text
	for i := 0; i < len(text); {
		if n+3 > len(units) {
			size := n + len(text) - i + 3 // no character makes more units than it has bytes
			moreUnits, moreAt := make([]uint16, size), make([]uint32, size)
			copy(moreUnits, units[:n])
			copy(moreAt, at[:n])
			units, at = moreUnits, moreAt
		}
		if spaceAt&breakAt < 0 {
			k := f.plain(text[i:], uint32(i), units[n:len(units)-2], at[n:])
			i, n = i+3*k, n+k
			for i < len(text) && n+3 <= len(units) && f.ascii[text[i]] > ' ' {
				units[n], at[n] = uint16(f.ascii[text[i]]), uint32(i)
				i, n = i+1, n+1
			}
			if i == len(text) || n+3 > len(units) {
				continue
			}
		}
		c := text[i]
		var u, low uint16
		size := 1
		if c < 0x80 {
			u = f.form[c]
			if c == '&' {
				if r, n := entity(text[i:]); n > 0 {
					if r = f.fold(r); r < 1<<16 {
						u, size = uint16(r), n
					}
				}
			}
		} else {
			var r rune
			if r, size = utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && size < 2 {
				return false
			}
			switch r = f.fold(r); {
			case r < 1<<16:
				u = uint16(r)
			default:
				u, low = uint16(0xD800+(r-0x10000)>>10), uint16(0xDC00+(r-0x10000)&0x3FF)
			}
		}
		switch {
		case u == ' ' && spaceAt < 0:
			spaceAt = i
		case u == '\n' && breakAt < 0:
			breakAt = i
		case u > ' ':
			if spaceAt&breakAt >= 0 {
				if breakAt >= 0 && text[breakAt] == '\t' {
					lineStart = n // the cells of a table are never read together
				}
				n, lineStart = f.separate(units, at, n, lineStart, spaceAt, breakAt, u, &v.spaced)
				spaceAt, breakAt = -1, -1
			}
			units[n], at[n] = u, uint32(i)
			n++
			if low != 0 {
				units[n], at[n] = low, uint32(i)
				n++
			}
		}
		i += size
	}
	v.units, v.at = units[:n], at[:n]
	return true
}

// plain folds the characters of three bytes, most of Chinese text, that text
// begins with and returns their number. It leaves the last one to others.
func (f *folding) plain(text string, base uint32, units []uint16, at []uint32) int {
	at = at[:len(units)]
	for k := range units {
		if len(text) < 4 {
			return k
		}
		w := uint32(text[0]) | uint32(text[1])<<8 | uint32(text[2])<<16 | uint32(text[3])<<24
		u := f.wide[w&0x0F<<12|w>>2&0xFC0|w>>16&0x3F]
		if w&0xC0C0F0 != 0x8080E0 || u == 0 {
			return k
		}
		units[k], at[k] = u, base
		base += 3
		text = text[3:]
	}
	return len(units)
}

// separate writes what pending separators leave before the unit next.
func (f *folding) separate(units []uint16, at []uint32, n, lineStart, spaceAt, breakAt int, next uint16, spaced *bool) (int, int) {
	if n == 0 {
		return n, lineStart
	}
	last, this := f.class[units[n-1]], f.class[next]
	switch {
	case breakAt >= 0:
		long := n-lineStart >= wrapUnits
		if long && last&this&isHan != 0 {
			return n, lineStart
		}
		units[n], at[n] = '\n', uint32(breakAt)
		if long {
			units[n] = softBreak
		}
		return n + 1, n + 1
	case spaceAt >= 0 && last&isAlnum != 0 && this&isAlnum != 0:
		units[n], at[n] = ' ', uint32(spaceAt)
		*spaced = true
		return n + 1, lineStart
	}
	return n, lineStart
}

// runes is the number of characters in valid UTF-8 text: its bytes without
// those that go on with one. It counts eight in a word, eight words at a time.
func runes(text string) int {
	const ones = 0x0101010101010101
	n := len(text)
	for len(text) >= 64 {
		var on uint64
		for i := 0; i < 64; i += 8 {
			on += goesOn(text[i:])
		}
		n -= int(on * ones >> 56)
		text = text[64:]
	}
	var on uint64
	for ; len(text) >= 8; text = text[8:] {
		on += goesOn(text)
	}
	n -= int(on * ones >> 56)
	for i := range len(text) {
		if text[i]&0xC0 == 0x80 {
			n--
		}
	}
	return n
}

// goesOn has the lowest bit set of each of the next eight bytes that do not
// begin a character.
func goesOn(text string) uint64 {
	w := uint64(text[7])<<56 | uint64(text[6])<<48 | uint64(text[5])<<40 | uint64(text[4])<<32 |
		uint64(text[3])<<24 | uint64(text[2])<<16 | uint64(text[1])<<8 | uint64(text[0])
	return w >> 7 &^ (w >> 6) & 0x0101010101010101
}

// original maps a non-empty span of units to bytes of the original.
func (v *view) original(start, end int) (int, int) {
	last := int(v.at[end-1])
	size := runeSize(v.text[last])
	if v.text[last] == '&' {
		if _, n := entity(v.text[last:]); n > 0 {
			size = n
		}
	}
	return int(v.at[start]), last + size
}

// runeSize is the length in bytes of the character that starts with c.
func runeSize(c byte) int {
	switch {
	case c < 0x80:
		return 1
	case c < 0xE0:
		return 2
	case c < 0xF0:
		return 3
	}
	return 4
}

// spaceBefore says whether a gap was dropped before unit i that parts words. A
// single space is none where the neighbours have one too: reading machines put
// one between all characters.
func (v *view) spaceBefore(i int) bool {
	if i < 1 || i >= len(v.units) {
		return false
	}
	gap := func(j int) int {
		if j < 1 || j >= len(v.at) {
			return 0
		}
		return int(v.at[j]-v.at[j-1]) - runeSize(v.text[v.at[j-1]])
	}
	switch n := gap(i); {
	case n <= 0 || !v.apart(i):
		return false
	case n > 1:
		return true
	}
	return gap(i-1) <= 0 && gap(i+1) <= 0
}

func (v *view) is(i int, class uint8) bool {
	return i >= 0 && i < len(v.units) && v.class[v.units[i]]&class != 0
}

// glued returns the units without the spaces kept between letters and digits,
// and for each its place among the units.
func (v *view) glued() (units []uint16, place []int32) {
	units, place = make([]uint16, 0, len(v.units)), make([]int32, 0, len(v.units))
	for i, u := range v.units {
		if u != ' ' {
			units, place = append(units, u), append(place, int32(i))
		}
	}
	return units, place
}

// ground says whether nothing but space stands between byte at of the original
// and the start (step -1) or end (step 1) of its line.
func (v *view) ground(at, step int) bool {
	f := folded()
	for range 256 {
		var r rune
		var size int
		if step < 0 {
			r, size = utf8.DecodeLastRuneInString(v.text[:at])
		} else {
			r, size = utf8.DecodeRuneInString(v.text[at:])
		}
		if size == 0 || r == '\n' {
			return true
		}
		if to := f.fold(r); to > ' ' {
			return false
		}
		at += step * size
	}
	return false
}

// titleEnd is the byte offset of the end of the second line with text.
func (v *view) titleEnd() int {
	f := folded()
	titles, end := 0, 0
	for line := range strings.Lines(v.text) {
		end += len(line)
		if strings.ContainsFunc(line, func(r rune) bool { return f.fold(r) > ' ' }) {
			if titles++; titles == 2 {
				return end
			}
		}
	}
	return len(v.text)
}
