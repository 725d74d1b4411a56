package detect

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

//go:embed fold/pairs.txt
var pairs string

// What a folded unit is. A unit may be several of these.
const (
	isDigit    = 1 << iota // 0-9
	isLetter               // A-Z
	isHan                  // an ideograph, or half of one outside the BMP
	isNumeral              // a Chinese digit: 〇 to 九 and the capitals 零 to 玖
	isTrigger              // a unit some detector starts from
	isAlnum    = isDigit | isLetter
	interested = isAlnum | isNumeral | isTrigger
)

// folding says what each character is read as when text is matched.
type folding struct {
	form  [1 << 16]uint16 // 0 is dropped, ' ' any space, '\n' any break
	wide  [1 << 16]uint16 // form of what is three bytes of UTF-8 and neither dropped nor space; else 0
	ascii [1 << 8]uint8   // form of what is one byte of UTF-8; else 0
	class [1 << 16]uint8  // of a folded unit
	other map[rune]uint16 // forms of characters outside the BMP
}

// folded is the table of folds; it never changes once built.
var folded = sync.OnceValue(newFolding)

func newFolding() *folding {
	f := &folding{other: map[rune]uint16{}}
	listed := map[rune]rune{}
	for line := range strings.Lines(pairs) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		p := []rune(strings.TrimSpace(line))
		for i := 0; i+1 < len(p); i += 2 {
			listed[p[i]] = p[i+1]
		}
	}
	for r := range rune(1 << 16) {
		f.form[r] = uint16(foldRune(r, listed))
	}
	for r := range f.ascii[:utf8.RuneSelf] {
		f.ascii[r] = uint8(f.form[r])
		if r == '&' {
			f.ascii[r] = 0 // an entity may begin here
		}
	}
	for r := 0x800; r < 1<<16; r++ {
		if r&0xF800 != 0xD800 && f.form[r] > ' ' {
			f.wide[r] = f.form[r]
		}
	}
	for _, block := range [][2]rune{{0x1D400, 0x1D7FF}, {0x1F100, 0x1F189}, {0x1FBF0, 0x1FBF9}, {0x2F800, 0x2FA1F}} {
		for r := block[0]; r <= block[1]; r++ {
			if to := foldRune(r, listed); to != r && to < 1<<16 {
				f.other[r] = uint16(to)
			}
		}
	}
	for r := range rune(1 << 16) {
		f.class[r] = classOf(r)
	}
	return f
}

// foldRune follows r from form to form until it stays.
func foldRune(r rune, listed map[rune]rune) rune {
	for range 8 {
		next := foldOnce(r, listed)
		if next == r || next < ' ' {
			return next
		}
		r = next
	}
	return r
}

// ideographic says whether r is in a block of ideographs, Hangul or private characters:
// the many that have no plainer form but one that is listed.
func ideographic(r rune) bool {
	return r >= 0x3400 && r <= 0x9FFF || r >= 0xAC00 && r <= 0xD7A3 || r >= 0xE000 && r <= 0xF8FF
}

func foldOnce(r rune, listed map[rune]rune) rune {
	switch {
	case r == '\n' || r == '\t' || r == 0x85 || r == 0x2028 || r == 0x2029:
		return '\n' // a tab parts the cells of a table as a line feed parts lines
	case r >= 0xD800 && r <= 0xDFFF:
		return r
	case unicode.IsSpace(r) || unicode.Is(unicode.Zs, r) || r == utf8.RuneError: // what a font cannot tell is as good as nothing
		return ' '
	case invisible(r):
		return 0
	}
	if to, ok := listed[r]; ok {
		return to
	}
	if unicode.Is(unicode.Nd, r) {
		return '0' + rune(digitValue(r))
	}
	if d := enclosed(r); d >= 0 {
		return '0' + rune(d)
	}
	if ideographic(r) {
		return r
	}
	if up := unicode.ToUpper(r); up != r && (r < 0x80 || listed[up] != 0 || up < 0x80) {
		return up
	}
	if n := []rune(norm.NFKC.String(string(r))); len(n) == 1 && n[0] != r {
		return n[0]
	}
	if n := []rune(norm.NFD.String(string(r))); r < 0x3000 && len(n) > 1 && n[0] < 0x80 {
		return n[0] // a letter with its accents
	}
	if r >= 0x1F110 && r <= 0x1F189 { // letters in brackets, squares and circles
		return 'A' + (r-0x1F110)%0x20
	}
	return r
}

// invisible is what no reader sees, or sees as a decoration of what stands
// before it: controls, formats, joiners, fillers, selectors, combining marks.
func invisible(r rune) bool {
	switch r {
	case 0x034F, 0x115F, 0x1160, 0x3164, 0xFFA0, 0xFFFC:
		return true
	}
	return unicode.In(r, unicode.Cf, unicode.Cc, unicode.Mn, unicode.Me) || unicode.Is(unicode.Variation_Selector, r)
}

// digitValue is the value of a decimal digit of any script: each script has
// its ten in order.
func digitValue(r rune) int {
	zero := r
	for r-zero < 9 && unicode.Is(unicode.Nd, zero-1) {
		zero--
	}
	if r >= 0x1D7CE && r <= 0x1D7FF { // five alphabets without a gap
		return int(r-0x1D7CE) % 10
	}
	return int(r - zero)
}

// enclosed is the value of a digit in a circle, in brackets or before a full
// stop, and -1 for anything else.
func enclosed(r rune) int {
	for _, one := range []rune{0x2460, 0x2474, 0x2488, 0x24F5, 0x2776, 0x2780, 0x278A} {
		if r >= one && r < one+9 {
			return int(r-one) + 1
		}
	}
	switch {
	case r == 0x24EA || r == 0x24FF || r == 0x1F100 || r == 0x1F10B || r == 0x1F10C:
		return 0
	case r >= 0x1F101 && r <= 0x1F10A:
		return int(r - 0x1F101)
	}
	return -1
}

func classOf(r rune) (c uint8) {
	switch {
	case r >= '0' && r <= '9':
		c = isDigit
	case r >= 'A' && r <= 'Z':
		c = isLetter
	case r >= 0x4E00 && r <= 0x9FFF, r >= 0x3400 && r <= 0x4DBF, r == '〇', r >= 0xD840 && r <= 0xDBFF, r >= 0xDC00 && r <= 0xDFFF:
		c = isHan
	}
	if numeralValue(uint16(r)) >= 0 {
		c |= isNumeral
	}
	if r == '密' || r == '@' {
		c |= isTrigger
	}
	return c
}

// numeralValue is the value of a Chinese digit, or -1.
func numeralValue(u uint16) int {
	switch u {
	case '〇', '零':
		return 0
	case '一', '壹', '幺', '么': // 幺 is folded to 么
		return 1
	case '二', '贰', '两':
		return 2
	case '三', '叁':
		return 3
	case '四', '肆':
		return 4
	case '五', '伍':
		return 5
	case '六', '陆':
		return 6
	case '七', '柒':
		return 7
	case '八', '捌':
		return 8
	case '九', '玖':
		return 9
	}
	return -1
}

// fold returns the form of one character: 0 if it is dropped, ' ' for any
// space, '\n' for any break.
func (f *folding) fold(r rune) rune {
	if r < 1<<16 {
		return rune(f.form[r])
	}
	if to, ok := f.other[r]; ok {
		return rune(to)
	}
	if invisible(r) {
		return 0
	}
	return r
}

// foldAll folds a search term the way a text is folded.
func foldAll(term string) []uint16 { return newView(term, nil).units }

// unfold turns folded units back into text.
func unfold(u []uint16) string {
	var plain [40]byte
	if len(u) > len(plain) {
		return string(utf16.Decode(u))
	}
	for i, c := range u {
		if c >= utf8.RuneSelf {
			return string(utf16.Decode(u))
		}
		plain[i] = byte(c)
	}
	return string(plain[:len(u)])
}
