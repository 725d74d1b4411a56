package treatment

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"shenfa/internal/document"
)

// script is the encoding of a text.
type script struct {
	mark string
	code encoding.Encoding // nil is UTF-8
}

// readScript decodes a text as the reader of documents does.
func readScript(data []byte) (string, script, error) {
	s := script{}
	switch {
	case bytes.HasPrefix(data, []byte("\xEF\xBB\xBF")):
		s.mark = "\xEF\xBB\xBF"
	case bytes.HasPrefix(data, []byte("\xFF\xFE")):
		s = script{"\xFF\xFE", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)}
	case bytes.HasPrefix(data, []byte("\xFE\xFF")):
		s = script{"\xFE\xFF", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)}
	case !utf8.Valid(data):
		s.code = simplifiedchinese.GB18030
	}
	data = data[len(s.mark):]
	if s.code == nil {
		return string(data), s, nil
	}
	text, err := s.code.NewDecoder().Bytes(data)
	if err != nil {
		return "", s, cannot("bad_encoding", "")
	}
	return string(text), s, nil
}

func (s script) write(text string) ([]byte, error) {
	if s.code == nil {
		return []byte(s.mark + text), nil
	}
	out, err := s.code.NewEncoder().Bytes([]byte(text))
	if err != nil {
		return nil, cannot("bad_encoding", "")
	}
	return append([]byte(s.mark), out...), nil
}

// text masks a text in its own encoding.
func (w *masker) text(kind document.Kind, data []byte) ([]byte, error) {
	s, code, err := readScript(data)
	if err != nil {
		return nil, err
	}
	if back, err := code.write(s); err != nil || !bytes.Equal(back, data) {
		return nil, cannot("bad_encoding", "a text that cannot be written back")
	}
	spell := func(string) quote { return asItIs }
	if kind == document.Markdown {
		spell = inMarkdown
	}
	out, _ := w.masks.replaceAs(s, spell(s))
	if strings.Contains(out, `\u`) {
		out = w.spelled(out, unescapeUnits, spell(out))
	}
	switch kind {
	case document.Markdown:
		out = w.spelled(out, skipMarkup, spell(out))
	case document.XML:
		if t, err := readTape([]byte(out)); err == nil && t.mask(w.masks, nil, func(int) bool { return false }) {
			out = string(t.bytes())
		}
	}
	if out == s {
		return data, nil
	}
	return code.write(out)
}

// spelled masks excerpts that are spelled in another way: next reads what a
// stretch of the source says, and how long it is.
func (w *masker) spelled(s string, next func(s string) (says string, size int), spell quote) string {
	var plain stream
	for at := 0; at < len(s); {
		says, size := next(s[at:])
		plain.pieces = append(plain.pieces, piece{plain.Len(), plain.Len() + len(says), at, true})
		plain.WriteString(says)
		at += size
	}
	if plain.String() == s {
		return s
	}
	hits := w.masks.in(plain.String())
	var b strings.Builder
	at, p := 0, 0
	for _, h := range hits {
		for p < len(plain.pieces) && plain.pieces[p].to <= h.from {
			p++
		}
		from := plain.pieces[p].token
		b.WriteString(s[at:from] + spell(from, h.with))
		for p < len(plain.pieces) && plain.pieces[p].from < h.to {
			p++
		}
		if at = len(s); p < len(plain.pieces) {
			at = plain.pieces[p].token
		}
	}
	return b.String() + s[at:]
}

// markup is what may be escaped in markdown.
var markup = regexp.MustCompile(`[!-/:-@\[-\x60{-~]`)

// inMarkdown spells a mask so that a reader sees it as it is: the stars of two masks are no
// emphasis of what stands between them.
func inMarkdown(s string) quote {
	verbatim := sync.OnceValue(func() func(int) bool { return document.Verbatim(s) })
	return func(at int, with string) string {
		if verbatim()(at) {
			return with
		}
		return markup.ReplaceAllString(with, `\$0`)
	}
}

// unescapeUnits reads \uXXXX.
func unescapeUnits(s string) (string, int) {
	if r, ok := unit(s); ok {
		if low, ok := unit(s[6:]); ok && utf16.IsSurrogate(r) {
			return string(utf16.DecodeRune(r, low)), 12
		}
		return string(r), 6
	}
	_, size := utf8.DecodeRuneInString(s)
	return s[:size], size
}

func unit(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}

// skipMarkup reads past the marks of emphasis, code and escapes in markdown.
func skipMarkup(s string) (string, int) {
	if s[0] == '\\' && len(s) > 1 {
		_, size := utf8.DecodeRuneInString(s[1:])
		return s[1 : 1+size], 1 + size
	}
	if strings.IndexByte("*_~`", s[0]) >= 0 {
		return "", 1
	}
	if s[0] == '&' {
		if end := strings.IndexByte(s[:min(len(s), 12)], ';'); end > 0 {
			if says := html.UnescapeString(s[:end+1]); says != s[:end+1] {
				return says, end + 1
			}
		}
	}
	_, size := utf8.DecodeRuneInString(s)
	return s[:size], size
}
