package paper

import (
	"strings"
	"unicode"
)

const (
	notFirst = "，。、；：！？）》」』】〕〉%‰℃,.;:!?)]}’”" // may not begin a line
	notLast  = "（《「『【〔〈([{‘“"                 // may not end one
)

// wrap breaks a text into lines no wider than most: between Chinese characters, and
// between words of others. A mark that may not begin a line takes the character before it
// along, and one that may not end a line goes to the next.
func wrap(text string, most float64, width func(rune) float64) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		lines = append(lines, wrapOne([]rune(paragraph), most, width)...)
	}
	return lines
}

func wrapOne(text []rune, most float64, width func(rune) float64) []string {
	var lines []string
	start, wide := 0, 0.0
	for i := 0; i < len(text); i++ {
		wide += width(text[i])
		if wide <= most || i == start {
			continue
		}
		at := breakBefore(text, start, i)
		lines = append(lines, strings.TrimRight(string(text[start:at]), " "))
		for start = at; start < len(text) && text[start] == ' '; start++ {
		}
		wide, i = 0, start-1
	}
	return append(lines, string(text[min(start, len(text)):]))
}

// breakBefore finds where a line that begins at start and is full before i ends. Where
// there is no good place it ends at i.
func breakBefore(text []rune, start, i int) int {
	for at := i; at > start; at-- {
		if mayBreak(text[at-1], text[at]) {
			return at
		}
	}
	return i
}

func mayBreak(before, after rune) bool {
	switch {
	case strings.ContainsRune(notFirst, after), strings.ContainsRune(notLast, before):
		return false
	case before == ' ', after == ' ':
		return true
	}
	return !inWord(before) || !inWord(after)
}

// inWord says whether a character belongs to words that are not broken.
func inWord(r rune) bool {
	return r < 0x2e80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_/.@:%&=#+", r))
}
