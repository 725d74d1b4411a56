package treatment

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// masks finds excerpts in text. Space in an excerpt stands for any space, for the
// reader joins lines and cells with its own.
type masks struct {
	all  []Mask
	cut  [][]string // the words of each
	seen []bool     // which were found
}

func newMasks(all []Mask) *masks {
	m := &masks{all: all, seen: make([]bool, len(all))}
	for _, one := range all {
		m.cut = append(m.cut, strings.Fields(one.Excerpt))
	}
	return m
}

// hit is a place in a text, and what is to stand there.
type hit struct {
	from, to int
	with     string
}

// in finds every excerpt in a text: where two overlap, the one that begins
// earlier, then the longer one.
func (m *masks) in(s string) []hit {
	type found struct {
		hit
		mask int
	}
	var all []found
	for i, words := range m.cut {
		if len(words) == 0 {
			continue
		}
		for at := 0; ; {
			n := strings.Index(s[at:], words[0])
			if n < 0 {
				break
			}
			from := at + n
			if to := match(s, from, words); to > 0 {
				all = append(all, found{hit{from, to, m.all[i].With}, i})
				at = to
				continue
			}
			_, size := utf8.DecodeRuneInString(s[from:])
			at = from + size
		}
	}
	slices.SortStableFunc(all, func(a, b found) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
	var out []hit
	end := 0
	for _, f := range all {
		m.seen[f.mask] = true
		if f.from >= end {
			out, end = append(out, f.hit), f.to
		}
	}
	return out
}

// may says whether the tag of an element can hold an excerpt at all.
func (m *masks) may(tag []byte) bool {
	return bytes.IndexByte(tag, '&') >= 0 || slices.ContainsFunc(m.cut, func(words []string) bool {
		return len(words) > 0 && bytes.Contains(tag, []byte(words[0]))
	})
}

// match says where words that begin at a place, with space between them, end.
func match(s string, at int, words []string) int {
	for i, w := range words {
		if i > 0 {
			rest := strings.TrimLeftFunc(s[at:], unicode.IsSpace)
			if len(rest) == len(s)-at {
				return 0
			}
			at = len(s) - len(rest)
		}
		if !strings.HasPrefix(s[at:], w) {
			return 0
		}
		at += len(w)
	}
	return at
}

// replace masks a text that is in one piece.
func (m *masks) replace(s string) (string, bool) { return m.replaceAs(s, asItIs) }

// quote spells what is to stand at a place of a text.
type quote func(at int, with string) string

func asItIs(_ int, with string) string { return with }

func (m *masks) replaceAs(s string, spell quote) (string, bool) {
	hits := m.in(s)
	if len(hits) == 0 {
		return s, false
	}
	var b strings.Builder
	at := 0
	for _, h := range hits {
		b.WriteString(s[at:h.from])
		b.WriteString(spell(h.from, h.with))
		at = h.to
	}
	b.WriteString(s[at:])
	return b.String(), true
}

// piece is a stretch of a text that stands somewhere of its own.
type piece struct {
	from, to int // in the text
	token    int
	text     bool // else an element that stands for a space or a hyphen
}

// stream is text that a reader sees as one, in the pieces it is stored in.
type stream struct {
	strings.Builder
	pieces []piece
}

func (s *stream) add(token int, text string, isText bool) {
	s.pieces = append(s.pieces, piece{s.Len(), s.Len() + len(text), token, isText})
	s.WriteString(text)
}

// part ends what is one word: nothing that follows belongs to what stands before.
func (s *stream) part() {
	if text := s.String(); text != "" && text[len(text)-1] != '\n' {
		s.WriteByte('\n')
	}
}

// mask calls put for every piece that changes, with the text it is to hold, and
// drop for every element that stood inside an excerpt. What replaces an excerpt
// stands where its first piece did.
func (s *stream) mask(m *masks, put func(token int, text string), drop func(token int)) {
	text := s.String()
	hits := m.in(text)
	written := -1 // the last hit whose replacement stands somewhere
	first := 0
	for _, p := range s.pieces {
		for first < len(hits) && hits[first].to <= p.from {
			first++
		}
		if first == len(hits) {
			return
		}
		var b strings.Builder
		at, changed := p.from, false
		for i := first; i < len(hits) && hits[i].from < p.to; i++ {
			h := hits[i]
			if !p.text {
				drop(p.token)
				break
			}
			if changed = true; h.from > at {
				b.WriteString(text[at:h.from])
			}
			if i > written {
				b.WriteString(h.with)
				written = i
			}
			at = min(h.to, p.to)
		}
		if changed {
			b.WriteString(text[at:p.to])
			put(p.token, b.String())
		}
	}
}
