package detect

import (
	"html"
	"strings"
	"unicode/utf8"
)

// entity reads the HTML entity that text, which begins with &, begins with.
// Text copied out of pages keeps them, and a number may hide in them. The size
// is 0 if there is none of one character.
func entity(text string) (r rune, size int) {
	const longest = 12
	end := strings.IndexByte(text[:min(len(text), longest)], ';')
	if end < 3 {
		return 0, 0
	}
	decoded := html.UnescapeString(text[:end+1])
	r, n := utf8.DecodeRuneInString(decoded)
	if n != len(decoded) || r == utf8.RuneError {
		return 0, 0
	}
	return r, end + 1
}
