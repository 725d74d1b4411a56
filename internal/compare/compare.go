// Package compare says what changed from one text to another, in the units a reader
// thinks in: paragraphs first, then words, numbers and characters within them.
package compare

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// Kind is what became of a paragraph or a span.
type Kind string

// Kinds. A paragraph that is Changed has spans of the others; a span is never Changed or Moved.
const (
	Same    Kind = "same"
	Added   Kind = "added"
	Removed Kind = "removed"
	Changed Kind = "changed"
	Moved   Kind = "moved" // the same words in another place
)

// Span is a stretch of text.
type Span struct {
	Kind Kind   `json:"kind"`
	Text string `json:"text"`
}

// Paragraph is one line of either text. Old and New are its place among the lines that
// are not blank, from 1; 0 where it does not stand.
type Paragraph struct {
	Kind  Kind   `json:"kind"`
	Old   int    `json:"old"`
	New   int    `json:"new"`
	Spans []Span `json:"spans"`
}

const (
	// patience bounds one search for the shortest list of changes; what is found by then is
	// right, only longer than need be.
	patience = 300 * time.Millisecond
	// Within long paragraphs, of more than so many characters, words are compared until so many
	// characters were: the rest of them is told as removed and added.
	long, longs = 2000, 60000
	// likeness is the share of neighbouring pairs of characters that two paragraphs have in
	// common before one is taken for the other, changed.
	likeness   = 0.4
	movable    = 8    // characters below which a line is short: the same elsewhere is no move
	pairable   = 4000 // paragraphs removed times added, above which they are not paired
	absorbable = 2    // characters between two changes that are read as part of them
)

// Texts compares two texts. All paragraphs of both are told, in the order of the new text.
func Texts(before, after string) []Paragraph {
	old, fresh := lines(before), lines(after)
	s := &search{}
	var out []Paragraph
	var removed, added []int
	settle := func() {
		out = append(out, s.pair(old, fresh, removed, added)...)
		removed, added = nil, nil
	}
	i, j := 0, 0
	for _, op := range shortest(old, fresh) {
		for range op.n {
			switch op.kind {
			case Same:
				settle()
				out = append(out, whole(Same, i+1, j+1, fresh[j]))
				i, j = i+1, j+1
			case Removed:
				removed, i = append(removed, i), i+1
			default:
				added, j = append(added, j), j+1
			}
		}
	}
	settle()
	return moved(out)
}

func lines(text string) (out []string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func whole(kind Kind, old, fresh int, text string) Paragraph {
	span := kind
	if kind == Moved {
		span = Same
	}
	return Paragraph{Kind: kind, Old: old, New: fresh, Spans: []Span{{span, text}}}
}

// run is n units with the same fate.
type run struct {
	kind Kind
	n    int
}

// search is one comparison of two texts.
type search struct{ longs int } // characters of long paragraphs that were compared

// shortest finds a short list of changes from a to b.
func shortest(a, b []string) []run {
	numbers := map[string]rune{}
	number := func(units []string) []rune {
		out := make([]rune, len(units))
		for i, u := range units {
			n, known := numbers[u]
			if !known {
				n = rune(len(numbers)) + 1
				if n >= 0xD800 { // no rune lies there
					n += 0x800
				}
				numbers[u] = n
			}
			out[i] = n
		}
		return out
	}
	d := diffmatchpatch.New()
	d.DiffTimeout = patience
	var out []run
	for _, one := range d.DiffMainRunes(number(a), number(b), false) {
		kind := map[diffmatchpatch.Operation]Kind{diffmatchpatch.DiffEqual: Same, diffmatchpatch.DiffDelete: Removed, diffmatchpatch.DiffInsert: Added}[one.Type]
		out = append(out, run{kind, len([]rune(one.Text))})
	}
	return out
}

// pair finds which of the removed paragraphs became which of the added ones, in order.
// Very many are taken one for one, if they are equally many.
func (s *search) pair(old, fresh []string, removed, added []int) (out []Paragraph) {
	next := func(i, j int) bool {
		return len(removed) == len(added) && i == j && likenessOf(old[removed[i]], fresh[added[j]]) >= likeness
	}
	gone := func(i, j int) bool { return i <= j }
	switch n, m := len(removed), len(added); {
	case n == 1 && m == 1 && short(old[removed[0]]) && short(fresh[added[0]]): // a cell of a table has nothing else to be known by
		next = func(int, int) bool { return true }
	case n*m <= pairable:
		next, gone = alignment(old, fresh, removed, added)
	}
	i, j := 0, 0
	for i < len(removed) || j < len(added) {
		switch {
		case i < len(removed) && j < len(added) && next(i, j):
			out = append(out, Paragraph{Changed, removed[i] + 1, added[j] + 1, s.words(old[removed[i]], fresh[added[j]])})
			i, j = i+1, j+1
		case j == len(added) || i < len(removed) && gone(i, j):
			out = append(out, whole(Removed, removed[i]+1, 0, old[removed[i]]))
			i++
		default:
			out = append(out, whole(Added, 0, added[j]+1, fresh[added[j]]))
			j++
		}
	}
	return out
}

func short(line string) bool { return utf8.RuneCountInString(line) < movable }

// alignment keeps the order and pairs those that are most alike together. next says whether
// i became j; gone, where it did not, whether i is told first.
func alignment(old, fresh []string, removed, added []int) (next, gone func(i, j int) bool) {
	n, m := len(removed), len(added)
	alike, best := make([][]float64, n), make([][]float64, n+1) // best is what can be had from i and j on
	best[n] = make([]float64, m+1)
	for i := n - 1; i >= 0; i-- {
		alike[i], best[i] = make([]float64, m), make([]float64, m+1)
		for j := m - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if l := likenessOf(old[removed[i]], fresh[added[j]]); l >= likeness {
				alike[i][j] = l
				best[i][j] = max(best[i][j], l+best[i+1][j+1])
			}
		}
	}
	next = func(i, j int) bool { return alike[i][j] > 0 && best[i][j] == alike[i][j]+best[i+1][j+1] }
	return next, func(i, j int) bool { return best[i][j] == best[i+1][j] }
}

// likenessOf is the share of neighbouring pairs of characters that both have, 0 to 1.
func likenessOf(a, b string) float64 {
	pairs := map[[2]rune]int{}
	count := func(text string, with func(p [2]rune)) (n int) {
		last := rune(-1)
		for _, r := range text {
			if last >= 0 {
				with([2]rune{last, r})
				n++
			}
			last = r
		}
		return n
	}
	shared := 0
	n := count(a, func(p [2]rune) { pairs[p]++ })
	m := count(b, func(p [2]rune) {
		if pairs[p] > 0 {
			pairs[p]--
			shared++
		}
	})
	if n+m == 0 {
		return 0
	}
	return 2 * float64(shared) / float64(n+m)
}

// moved joins a paragraph that was removed in one place and added in another.
func moved(all []Paragraph) []Paragraph {
	gone := map[string][]int{}
	for i, p := range all {
		if p.Kind == Removed && !short(p.Spans[0].Text) {
			gone[p.Spans[0].Text] = append(gone[p.Spans[0].Text], i)
		}
	}
	taken := map[int]bool{}
	for i, p := range all {
		if p.Kind != Added {
			continue
		}
		if from := gone[p.Spans[0].Text]; len(from) > 0 {
			gone[p.Spans[0].Text], taken[from[0]] = from[1:], true
			all[i] = whole(Moved, all[from[0]].Old, p.New, p.Spans[0].Text)
		}
	}
	out := all[:0:0]
	for i, p := range all {
		if !taken[i] {
			out = append(out, p)
		}
	}
	return out
}

// Words compares two short texts, or two forms of a paragraph.
func Words(before, after string) []Span {
	return (&search{}).words(before, after)
}

func (s *search) words(before, after string) []Span {
	if n := max(utf8.RuneCountInString(before), utf8.RuneCountInString(after)); n > long {
		if s.longs += n; s.longs > longs {
			return []Span{{Removed, before}, {Added, after}}
		}
	}
	a, b := tokens(before), tokens(after)
	var out []Span
	put := func(kind Kind, units []string) {
		if text := strings.Join(units, ""); text != "" {
			out = append(out, Span{kind, text})
		}
	}
	i, j := 0, 0
	for _, op := range shortest(a, b) {
		switch op.kind {
		case Same:
			put(Same, b[j:j+op.n])
			i, j = i+op.n, j+op.n
		case Removed:
			put(Removed, a[i:i+op.n])
			i += op.n
		default:
			put(Added, b[j:j+op.n])
			j += op.n
		}
	}
	return readable(out)
}

// tokens cuts a paragraph into what is never half changed: a number with its points and
// signs, a word of letters, else a single character.
func tokens(text string) (out []string) {
	runes := []rune(text)
	for i := 0; i < len(runes); {
		end := i + 1
		switch {
		case unicode.IsDigit(runes[i]):
			for end < len(runes) && (unicode.IsDigit(runes[end]) || strings.ContainsRune(".,:/*-", runes[end]) && end+1 < len(runes) && unicode.IsDigit(runes[end+1])) {
				end++
			}
			if end < len(runes) && strings.ContainsRune("%％‰", runes[end]) {
				end++
			}
		case word(runes[i]):
			for end < len(runes) && word(runes[end]) {
				end++
			}
		}
		out = append(out, string(runes[i:end]))
		i = end
	}
	return out
}

// word says whether r is a letter of a script that puts blanks between its words.
func word(r rune) bool {
	return unicode.IsLetter(r) && !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// readable makes one change of two that only a character or two stands between, and puts
// what was removed before what took its place.
func readable(spans []Span) (out []Span) {
	var gone, come strings.Builder
	settle := func() {
		if gone.Len() > 0 {
			out = append(out, Span{Removed, gone.String()})
		}
		if come.Len() > 0 {
			out = append(out, Span{Added, come.String()})
		}
		gone.Reset()
		come.Reset()
	}
	for i, s := range spans {
		between := i > 0 && i < len(spans)-1 && gone.Len() > 0 && come.Len() > 0
		switch {
		case s.Kind == Removed:
			gone.WriteString(s.Text)
		case s.Kind == Added:
			come.WriteString(s.Text)
		case between && len([]rune(s.Text)) <= absorbable:
			gone.WriteString(s.Text)
			come.WriteString(s.Text)
		default:
			settle()
			out = append(out, s)
		}
	}
	settle()
	return out
}
