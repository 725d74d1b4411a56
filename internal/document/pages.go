package document

import (
	"html"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"shenfa/internal/document/pdf"
)

var (
	folio  = regexp.MustCompile(`^[\s\-–—·第]*\d{1,4}[\s\-–—·页]*$`)                                                           // the number at the foot of a page
	opener = regexp.MustCompile(`^(第[一二三四五六七八九十百零\d]+[章节条]|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十\d]+[）)]|\d{1,2}[.．、]\D|附件[\d：:])`) // what begins a paragraph
)

// full is the share of the widest line from which on a line may go on in the next.
const full = 0.85

// bodyOfPDF makes paragraphs of the lines that a reader of the pages sees: a line that does not
// reach the margin ends one, and so does one before a heading or a numbered point. It is empty
// where a page was not read as text or a note is written over one: a body that lacks what its
// reader sees is none.
func bodyOfPDF(parts []pdf.Part) string {
	var pages [][]string
	widest := 0
	for _, p := range parts {
		switch unread := p.Unread != "" && strings.HasPrefix(p.Name, "page"); {
		case unread || !p.Hidden && !pageName.MatchString(p.Name):
			return ""
		case p.Hidden:
			continue
		}
		var lines []string
		for line := range strings.Lines(p.Text) {
			if line = strings.TrimSpace(strings.Map(character, line)); line != "" {
				lines = append(lines, line)
				widest = max(widest, columns(line))
			}
		}
		if n := len(lines); n > 0 && folio.MatchString(lines[n-1]) {
			lines = lines[:n-1]
		}
		pages = append(pages, lines)
	}
	var b strings.Builder
	paragraph := ""
	end := func() {
		if paragraph != "" {
			b.WriteString("<p>" + html.EscapeString(paragraph) + "</p>\n")
		}
		paragraph = ""
	}
	for _, lines := range pages {
		for _, line := range lines {
			if opener.MatchString(line) {
				end()
			}
			paragraph = joined(paragraph, line)
			if float64(columns(line)) < full*float64(widest) {
				end()
			}
		}
	}
	end()
	return b.String()
}

var pageName = regexp.MustCompile(`^page \d+$`)

// columns is how wide a line is: two for a Chinese character.
func columns(line string) int {
	n := 0
	for _, r := range line {
		n++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}

// joined puts a line behind what goes on in it, with a space where words meet.
func joined(a, b string) string {
	if a == "" {
		return b
	}
	last, first := a[len(a)-1], b[0]
	if last < 0x80 && last != '-' && first < 0x80 {
		return a + " " + b
	}
	return a + b
}

// radicals are those of CJK Radicals Supplement that are characters, for which Unicode has no
// mapping. Programs that make PDFs write a radical where the font draws both alike.
var radicals = map[rune]rune{
	0x2EA0: '民',
	0x2EC1: '虎',
	0x2EC4: '西',
	0x2EC5: '见',
	0x2EC6: '角',
	0x2EC9: '贝',
	0x2ECB: '车',
	0x2ED3: '长',
	0x2ED4: '门',
	0x2ED8: '青',
	0x2ED9: '韦',
	0x2EDA: '页',
	0x2EDB: '风',
	0x2EDC: '飞',
	0x2EDD: '食',
	0x2EE2: '马',
	0x2EE3: '骨',
	0x2EE4: '鬼',
	0x2EE5: '鱼',
	0x2EE6: '鸟',
	0x2EE7: '卤',
	0x2EE8: '麦',
	0x2EE9: '黄',
	0x2EEC: '齐',
	0x2EEE: '齿',
	0x2EF0: '龙',
	0x2EF3: '龟',
}

// character is what a reader takes a sign for: the character of a radical.
func character(r rune) rune {
	if r >= 0x2F00 && r <= 0x2FD5 { // Kangxi radicals
		plain, _ := utf8.DecodeRuneInString(norm.NFKC.String(string(r)))
		return plain
	}
	if plain, ok := radicals[r]; ok {
		return plain
	}
	return r
}
