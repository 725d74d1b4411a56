package store

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"shenfa/internal/disclosure"
)

const (
	maxTerms = 8    // of a question
	maxTerm  = 40   // characters of one of them
	maxText  = 4000 // characters of what is kept of an item
)

// folded writes words as they are compared: without width and case, and with nothing
// between them but a space, so that 〔2026〕 is found as [2026] and as 2026.
func folded(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(norm.NFKC.String(s)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	}), " ")
}

// searchText is all that an item is found by.
func searchText(number string, m disclosure.Metadata) string {
	runes := []rune(folded(strings.Join(slices.Concat(
		[]string{m.Title, number, m.DocumentNumber, m.IndexNumber, m.Topic}, m.Keywords, []string{m.Summary}), "\n")))
	return string(runes[:min(len(runes), maxText)])
}

// searched are the terms of a question.
func searched(question string) []string {
	terms := strings.Fields(folded(question))
	terms = terms[:min(len(terms), maxTerms)]
	for i, t := range terms {
		runes := []rune(t)
		terms[i] = string(runes[:min(len(runes), maxTerm)])
	}
	return terms
}

// grams are every character and every two neighbours of a text: Chinese does not say
// where a word ends.
func grams(text string) []string {
	var all []string
	for word := range strings.FieldsSeq(text) {
		runes := []rune(word)
		for i := range runes {
			all = append(all, string(runes[i:i+1]))
			if i+1 < len(runes) {
				all = append(all, string(runes[i:i+2]))
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// asked are the grams that must be there for terms: of two characters where a term has
// two, for one alone tells little.
func asked(terms []string) []string {
	all := grams(strings.Join(terms, " "))
	return slices.DeleteFunc(all, func(g string) bool {
		return len([]rune(g)) == 1 && !slices.Contains(terms, g)
	})
}
