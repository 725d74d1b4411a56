package detect

import "slices"

// matcher finds many folded terms in one pass. All occurrences are reported,
// overlapping and nested ones too: a longer term must not hide a shorter one.
type matcher struct {
	seen  [1 << 10]uint64 // which two-rune heads can occur at all
	heads map[[2]rune][]int
	terms [][]rune
}

// newMatcher takes folded terms of two runes or more.
func newMatcher(terms [][]rune) *matcher {
	m := &matcher{heads: make(map[[2]rune][]int, len(terms)), terms: terms}
	for i, t := range terms {
		head := [2]rune{t[0], t[1]}
		m.heads[head] = append(m.heads[head], i)
		h := hash(head)
		m.seen[h>>6] |= 1 << (h & 63)
	}
	return m
}

func hash(head [2]rune) uint32 {
	return (uint32(head[0])*0x9E3779B1 ^ uint32(head[1])*0x85EBCA6B) >> 16
}

// find calls hit for every occurrence of every term in text.
func (m *matcher) find(text []rune, hit func(term, start, end int)) {
	if len(m.terms) == 0 {
		return
	}
	for i := 0; i+1 < len(text); i++ {
		head := [2]rune{text[i], text[i+1]}
		h := hash(head)
		if m.seen[h>>6]&(1<<(h&63)) == 0 {
			continue
		}
		for _, t := range m.heads[head] {
			end := i + len(m.terms[t])
			if end <= len(text) && slices.Equal(text[i:end], m.terms[t]) && whole(text, i, end) {
				hit(t, i, end)
			}
		}
	}
}

// whole refuses a match that cuts through a Latin word or a number.
func whole(text []rune, start, end int) bool {
	return (start == 0 || !isAlnum(text[start]) || !isAlnum(text[start-1])) &&
		(end == len(text) || !isAlnum(text[end-1]) || !isAlnum(text[end]))
}

// covered says whether one of the exceptions, each longer than the term at
// [start,end), stands in text around it.
func covered(text []rune, start, end int, exceptions [][]rune) bool {
	term := text[start:end]
	for _, e := range exceptions {
		for i := 0; i+len(term) <= len(e); i++ {
			from := start - i
			if from >= 0 && from+len(e) <= len(text) && slices.Equal(e[i:i+len(term)], term) &&
				slices.Equal(text[from:from+len(e)], e) {
				return true
			}
		}
	}
	return false
}
