package disclosure

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Passage is a stretch of text in one part of a file of a version, kept so that it is found
// again where the text around it changed: by its words and what stood before and after them
// (TextQuoteSelector of the Web Annotation Data Model, W3C 2017).
type Passage struct {
	File   string `json:"file"`  // "body" or an attachment's name
	Part   string `json:"part"`  // as package document calls it
	Start  int    `json:"start"` // characters of the part before it
	Quote  string `json:"quote"`
	Prefix string `json:"prefix"` // as much as tells it from all others that read like it
	Suffix string `json:"suffix"`
	Alone  bool   `json:"alone"` // nothing else in the part read like it
}

// passageContext is how many characters are kept on either side at least.
const passageContext = 32

// NewPassage finds a quote in the text of a part: the first at or after the character from,
// or with a negative from the only one. A quote that is not there is refused.
func NewPassage(file, part, text, quote string, from int) (Passage, error) {
	quote = strings.TrimSpace(strings.ReplaceAll(quote, "\r\n", "\n"))
	switch {
	case quote == "":
		return Passage{}, Refuse(Required, "quote")
	case utf8.RuneCountInString(quote) > MaxReason:
		return Passage{}, Refuse(TooLong, "quote", "max", strconv.Itoa(MaxReason))
	}
	at, alone := only(text, quote)
	if from >= 0 {
		after := byteOf(text, from)
		next := strings.Index(text[after:], quote)
		if next < 0 {
			return Passage{}, Refuse(PassageUnclear, "quote")
		}
		at = after + next
	} else if !alone {
		return Passage{}, Refuse(PassageUnclear, "quote")
	}
	p := Passage{File: file, Part: part, Start: utf8.RuneCountInString(text[:at]), Quote: quote, Alone: alone}
	for n := passageContext; ; n *= 2 {
		p.Prefix, p.Suffix = lastRunes(text[:at], n), firstRunes(text[at+len(quote):], n)
		whole := p.Prefix + quote + p.Suffix
		if _, told := only(text, whole); told || len(whole) == len(text) {
			return p, nil
		}
	}
}

// Find says where the passage stands in another state of its part, in characters. It is ok
// only where exactly one place can be meant: the quote alone, if it stood alone when it was
// quoted; otherwise, and where more now read like it, the quote between its neighbours.
func (p Passage) Find(text string) (start int, ok bool) {
	if p.Quote == "" {
		return 0, false
	}
	at, ok := only(text, p.Quote)
	if !ok || !p.Alone {
		if at, ok = only(text, p.Prefix+p.Quote+p.Suffix); !ok {
			return 0, false
		}
		at += len(p.Prefix)
	}
	return utf8.RuneCountInString(text[:at]), true
}

// End is the character after the passage, where it starts at one.
func (p Passage) End(start int) int { return start + utf8.RuneCountInString(p.Quote) }

// only finds s in text if it stands there once, counting those that overlap.
func only(text, s string) (at int, ok bool) {
	if at = strings.Index(text, s); at < 0 || s == "" {
		return 0, false
	}
	_, size := utf8.DecodeRuneInString(text[at:])
	return at, !strings.Contains(text[at+size:], s)
}

// byteOf is the byte at which character n begins, or the end of the text.
func byteOf(text string, n int) int {
	for i := range text {
		if n <= 0 {
			return i
		}
		n--
	}
	return len(text)
}

func firstRunes(s string, n int) string { return s[:byteOf(s, n)] }

func lastRunes(s string, n int) string {
	i := len(s)
	for ; n > 0 && i > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:i])
		i -= size
	}
	return s[i:]
}
