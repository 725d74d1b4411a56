package detect

import (
	"sort"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	contextRunes = 80 // most of a finding's context
	wrapRunes    = 15 // a shorter line is a heading or a cell, not wrapped prose
)

// view is a text folded for matching, with the way back.
//
// Folding turns full-width forms into ASCII, ASCII letters into capitals, star
// and dash variants into ★ and -, drops invisible characters, drops spaces
// except one between two ASCII letters or digits (so that numbers are never
// glued together), and drops the line break inside wrapped Chinese prose.
type view struct {
	runes    []rune // the original
	breaks   []int  // offsets of the original's line feeds
	folded   []rune
	titleEnd int     // offset of the end of the second original line with text
	at       []int32 // offset in runes of each folded rune
}

func newView(text string) view {
	v := view{runes: []rune(text)}
	v.folded = make([]rune, 0, len(v.runes))
	v.at = make([]int32, 0, len(v.runes))
	lineStart := 0             // in folded
	spaceAt, breakAt := -1, -1 // pending separators, offsets in runes
	v.titleEnd = len(v.runes)
	titles, blank := 0, true
	for i, r := range v.runes {
		blank = blank && (r == '\n' || fold(r) == ' ')
		if r == '\n' {
			if !blank {
				if titles++; titles == 2 {
					v.titleEnd = i
				}
			}
			blank = true
			v.breaks = append(v.breaks, i)
		}
		r = fold(r)
		switch r {
		case 0:
			continue
		case ' ':
			if spaceAt < 0 {
				spaceAt = i
			}
			continue
		case '\n':
			if breakAt < 0 {
				breakAt = i
			}
			continue
		}
		if n := len(v.folded); n > 0 {
			last := v.folded[n-1]
			switch {
			case breakAt >= 0:
				if n-lineStart < wrapRunes || !isHan(last) || !isHan(r) {
					v.folded, v.at = append(v.folded, '\n'), append(v.at, int32(breakAt))
					lineStart = n + 1
				}
			case spaceAt >= 0 && isAlnum(last) && isAlnum(r):
				v.folded, v.at = append(v.folded, ' '), append(v.at, int32(spaceAt))
			}
		}
		spaceAt, breakAt = -1, -1
		v.folded, v.at = append(v.folded, r), append(v.at, int32(i))
	}
	return v
}

// original maps a non-empty span of the folded text to offsets in the original.
func (v view) original(start, end int) (int, int) {
	return int(v.at[start]), int(v.at[end-1]) + 1
}

func (v view) blank() bool { return len(v.folded) == 0 }

// lineOf returns the 1-based number and the bounds of the original line that
// holds offset at.
func (v view) lineOf(at int) (number, start, end int) {
	n := sort.SearchInts(v.breaks, at)
	end = len(v.runes)
	if n < len(v.breaks) {
		end = v.breaks[n]
	}
	if n > 0 {
		start = v.breaks[n-1] + 1
	}
	return n + 1, start, end
}

// line returns the line number of an original span and its line, cut to
// contextRunes around the start of the span.
func (v view) line(start, end int) (int, string) {
	number, from, to := v.lineOf(start)
	from, to = v.trim(from, to)
	if to-from > contextRunes {
		lead := (contextRunes - min(end-start, contextRunes)) / 2
		from = min(max(from, start-lead), to-contextRunes)
		to = from + contextRunes
	}
	return number, string(v.runes[from:to])
}

// trim narrows an original span by the spaces at its ends, 256 of them at most.
func (v view) trim(from, to int) (int, int) {
	skip := func(r rune) bool { r = fold(r); return r == 0 || r == ' ' || r == '\n' }
	for n := 0; n < 256 && from < to && skip(v.runes[from]); n++ {
		from++
	}
	for n := 0; n < 256 && from < to && skip(v.runes[to-1]); n++ {
		to--
	}
	return from, to
}

// foldAll folds a search term the way a text is folded.
func foldAll(term string) []rune { return newView(term).folded }

// fold returns the matching form of r, ' ' for any space, '\n' for any line
// break and 0 for a character nobody sees.
func fold(r rune) rune {
	switch {
	case r == '\n':
		return '\n'
	case r < 0x80:
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case r == ' ' || r == '\t' || r == '\v' || r == '\f' || r == '\r':
			return ' '
		case r < ' ' || r == 0x7F:
			return 0
		}
		return r
	case 0x4E00 <= r && r <= 0x9FFF:
		return r
	case r == 0xFF0A:
		return '★'
	case 0xFF01 <= r && r <= 0xFF5E:
		return fold(r - 0xFEE0)
	}
	switch r {
	case '☆', '✩', '✭', '✮', '✯', '⭐', '✰', '⋆', '﹡', '∗', '⚝', '🟊':
		return '★'
	case '‐', '‑', '‒', '–', '—', '―', '−', '﹣':
		return '-'
	case 0x2028, 0x2029, 0x85:
		return '\n'
	}
	switch {
	case unicode.IsSpace(r) || unicode.Is(unicode.Zs, r):
		return ' '
	case unicode.In(r, unicode.Cf, unicode.Cc) || unicode.Is(unicode.Variation_Selector, r),
		r == 0x034F, r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0:
		return 0
	case compatible(r):
		if one := []rune(norm.NFKC.String(string(r))); len(one) == 1 && one[0] != r {
			return fold(one[0])
		}
	}
	return r
}

// compatible covers the look-alikes met in converted files: radicals,
// compatibility ideographs, vertical and mathematical forms, circled digits.
func compatible(r rune) bool {
	return 0x2E80 <= r && r <= 0x2FDF || 0xF900 <= r && r <= 0xFAFF || 0xFE30 <= r && r <= 0xFE6F ||
		0x1D400 <= r && r <= 0x1D7FF || 0x2460 <= r && r <= 0x24FF || 0x2070 <= r && r <= 0x209F ||
		r == 0xB2 || r == 0xB3 || r == 0xB9 || 0x2F800 <= r && r <= 0x2FA1F || 0x1FBF0 <= r && r <= 0x1FBF9
}

func isHan(r rune) bool {
	return 0x4E00 <= r && r <= 0x9FFF || 0x3400 <= r && r <= 0x4DBF || r == '〇' || 0x20000 <= r && r <= 0x3FFFF
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func isAlnum(r rune) bool { return isDigit(r) || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' }
