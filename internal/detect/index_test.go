package detect

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestEveryOccurrenceIsFound compares the index with the plainest search there
// is, over nested and overlapping terms, characters outside the BMP among them.
func TestEveryOccurrenceIsFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		letters := rapid.SampledFrom([]rune("甲甲甲乙乙丙A1𠀀。"))
		word := rapid.Custom(func(rt *rapid.T) string {
			return string(rapid.SliceOfN(letters, 2, 7).Draw(rt, "word"))
		})
		terms := rapid.SliceOfNDistinct(word, 1, 40, rapid.ID[string]).Draw(rt, "terms")
		text := string(rapid.SliceOfN(letters, 0, 200).Draw(rt, "text"))

		var lex Lexicon
		for _, w := range terms {
			lex.Terms = append(lex.Terms, Term{Term: w, Class: Info, Reason: w})
		}
		var found []string
		for _, f := range rules(rt).Check([]Part{{Name: "body", Text: text}}, lex, "policy") {
			if f.Rule == "lexicon" {
				found = append(found, fmt.Sprint(f.Start, f.End, f.Excerpt))
				require.Equal(rt, "词表用语："+f.Excerpt, f.Reason)
			}
		}
		require.ElementsMatch(rt, naive([]rune(text), terms), found)
	})
}

// naive tries every term at every place. A term must not cut through a word.
func naive(text []rune, terms []string) (found []string) {
	latin := func(i int) bool { return i >= 0 && i < len(text) && (text[i] == 'A' || text[i] == '1') }
	for at := range text {
		for _, w := range terms {
			end := at + len([]rune(w))
			if end <= len(text) && string(text[at:end]) == w && !(latin(at-1) && latin(at)) && !(latin(end-1) && latin(end)) {
				found = append(found, fmt.Sprint(at, end, w))
			}
		}
	}
	return found
}

// TestOccurrencesOfALargeLexicon: as many as the plainest search counts, in
// generated prose and in text of nothing but terms.
func TestOccurrencesOfALargeLexicon(t *testing.T) {
	t.Parallel()
	s := newSpeech(2)
	terms := s.terms(3000)
	x := newIndex(foldTerms(terms), &folded().class)
	for _, text := range []string{s.prose(t, 60_000, terms), strings.Join(terms, "")} {
		want := 0
		for _, w := range terms {
			for at := 0; ; want++ {
				n := strings.Index(text[at:], w)
				if n < 0 {
					break
				}
				at += n + 3
			}
		}
		v := newView(strings.ReplaceAll(text, "\n", "。"), nil)
		require.Len(t, x.find(v.units, v.class, nil), want)
	}
	require.Greater(t, len(slices.Compact(slices.Sorted(slices.Values(terms)))), 2999)
}

// TestSpacesGlueWordsNotNumbers: a Latin term is found with spaces inside, but
// what stands apart is never read as one number or word.
func TestSpacesGlueWordsNotNumbers(t *testing.T) {
	t.Parallel()
	lex := Lexicon{Terms: []Term{{Term: "OA系统", Class: Hold, Reason: "r"}, {Term: "open ai", Class: Hold, Reason: "r"}, {Term: "第12号", Class: Hold, Reason: "r"}}}
	for text, want := range map[string][]string{
		"新 O A 系统上线":      {"O A 系统"},
		"用OpenAI和OPEN AI": {"OpenAI", "OPEN AI"},
		"BO A系统":          nil,
		"ＯＡ系 统":           {"ＯＡ系 统"},
		"第1 2号":           {"第1 2号"},
		"第12 34号":         nil,
	} {
		var found []string
		for _, f := range rules(t).Check([]Part{{Name: "body", Text: text}}, lex, "policy") {
			found = append(found, f.Excerpt)
		}
		require.Equal(t, want, found, text)
	}
}
