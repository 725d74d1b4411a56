package detect

import (
	"slices"
	"strconv"
	"strings"
)

// secretMarkAt looks for a state-secret mark around the 密 at i: level, star,
// and a period, date, event or nothing (then the longest period applies;
// 保密法 20, 22 and 实施条例). Line breaks inside are those of upright text.
// The bare words are everyday words; see [scan.bareLevel].
func (s *scan) secretMarkAt(i int) {
	t := s.view.units
	from := i - 1
	for from >= 0 && i-from <= 2 && isBreak(t[from]) {
		from--
	}
	if from < 0 || t[from] != '绝' && t[from] != '机' && t[from] != '秘' {
		return
	}
	end := i + 1
	star := skipBreaks(t, end)
	if star < len(t) && t[star] == '级' {
		end = star + 1
		star = skipBreaks(t, end)
	}
	if star < len(t) && isShut(t[star]) { // 【机密】★
		star++
	}
	for n := 0; n < 2 && hasAt(t, star, "*") && (hasAt(t, star+1, "★") || hasAt(t, star+1, "*★")); n++ { // **机密**★
		star++
	}
	if star >= len(t) || !isStar(t[star]) {
		s.bareLevel(from, end)
		return
	}
	upright := from < i-1 || isBreak(t[star-1])
	for t[star] == '★' && hasAt(t, star+1, "★") {
		star++
	}
	window, place := s.behind(star+1, upright)
	length, amount, unit := limit(window)
	// An asterisk is also emphasis and multiplication, a dot parts names: alone
	// they mark nothing.
	if t[star] != '★' && (unit == 0 || t[star] != '*' && (unit == '前' || unit == '后' || amount > 99)) {
		s.bareLevel(from, end)
		return
	}
	end = star + 1
	if length > 0 {
		end = place[length-1] + 1
	}
	rule := s.rules.only[secretMark]
	lim := s.rules.only[secretLimit]
	years := lim.Params.MaxYears[unfold([]uint16{t[from], '密'})]
	switch {
	case unit == '年' && amount < 1900 && (amount < 1 || amount > years), unit == '月' && (amount < 1 || amount > 11):
		rule = lim
	}
	s.add(match{rule: rule, start: from, end: end, class: rule.Class})
}

// isStar says whether u stands where the star of a mark does, as fonts, forms
// and reading machines have it.
func isStar(u uint16) bool {
	switch u {
	case '★', '*', '·', '※', '●', '◆', '▲', '◇', '△', '■', '✡', '✽', '❋':
		return true
	}
	return false
}

// bareLevel looks at a level [start,end) without a star. With a period, alone
// on a line at the head of a text, it is the mark in use before the star. Alone
// in its place, as the value of 密级 or said of the text itself, it is a sign
// that somebody decides on. All else is everyday speech.
func (s *scan) bareLevel(start, end int) {
	r, t, v := s.rules.only[secretLevel], s.view.units, s.view
	if r == nil {
		return
	}
	from, to := v.original(start, end)
	first := v.ground(from, -1)
	if first {
		n := s.levelPeriod(end)
		if _, after := v.original(start, max(n, end)); n > end && v.ground(after, 1) {
			m := match{rule: s.rules.only[secretMark], start: start, end: n, class: Block}
			if !s.atHead(from) {
				m = match{rule: r, start: start, end: n, class: r.Class}
			}
			s.explained(&m)
			s.add(m)
			return
		}
	}
	m := match{rule: r, start: start, end: end, class: r.Class}
	next := byte(0)
	if to < len(v.text) {
		next = v.text[to]
	}
	switch before := s.levelLabel(start); {
	case boxed(t, start):
		return
	case before >= 0:
		if end < len(t) && (slices.Contains([]uint16{'、', '/'}, t[end]) || v.is(end, isHan) && !v.spaceBefore(end)) {
			m.lower(Info, r.Params.Codes["choice"])
		}
		m.start = before
	case cellEdge(v.text, from, -1) && cellEdge(v.text, to, 1), first && (v.ground(to, 1) || end < len(t) && t[end] == ':' && (t[start] != '秘' || t[end-1] == '级')),
		s.beside(start, end),
		s.part.Name == "file name" && first && next == '.',
		start > 0 && end < len(t) && isOpen(t[start-1]) && isShut(t[end]) && t[start-1] != '《' && t[start-1] != '〈' && t[start-1] != '<':
		s.explained(&m)
	case start > 1 && (hasAt(t, start-2, "定为") || hasAt(t, start-2, "标为") || hasAt(t, start-2, "列为")), t[end-1] == '级' && start > 0 && slices.Contains([]uint16{'为', '是', '系', '属'}, t[start-1]):
		if v.is(end, isHan) {
			return
		}
	default:
		return
	}
	s.add(m)
}

// beside says whether the line holds nothing but the level [start,end) and an
// urgency (特急, 加急 …), as the heads of documents do.
func (s *scan) beside(start, end int) bool {
	const urgency = 2
	v, r := s.view, s.rules.only[copyNumber]
	if r == nil {
		return false
	}
	switch {
	case start >= urgency && s.before(start, r.context, 0):
		from, _ := v.original(start-urgency, start)
		_, to := v.original(start, end)
		return v.ground(from, -1) && v.ground(to, 1)
	case end+urgency <= len(v.units) && s.after(end, r.context, 0):
		from, _ := v.original(start, end)
		_, to := v.original(end, end+urgency)
		return v.ground(from, -1) && v.ground(to, 1)
	}
	return false
}

// levelPeriod is the end of a period in years or months, or 长期, that follows
// a level at unit end with at most one sign between; 0 without one.
func (s *scan) levelPeriod(end int) int {
	t := s.view.units
	from := end
	if from < len(t) && !s.view.is(from, isHan|isAlnum) && !isBreak(t[from]) {
		from++
	}
	window, place := s.behind(from, false)
	length, amount, unit := limit(window)
	if length == 0 || amount > 99 || unit != '年' && unit != '月' && unit != '长' {
		return 0
	}
	to := place[length-1] + 1
	if to < len(t) && isShut(t[to]) {
		to++
	}
	return to
}

// levelLabel is the first unit of the 密级 whose value begins at unit i, or -1.
func (s *scan) levelLabel(i int) int {
	t := s.view.units
	j := i - 1
	for n := 0; n < 4 && j >= 0 && (isBreak(t[j]) || slices.Contains([]uint16{':', '为', '(', '[', '【', '□', '☑', '√', '★'}, t[j])); n++ {
		j--
	}
	if j < 1 || !hasAt(t, j-1, "密级") || j > 1 && slices.Contains([]uint16{'绝', '机', '秘'}, t[j-2]) || j == i-1 && s.view.is(j-2, isHan) {
		return -1
	}
	return j - 1
}

// boxed says whether an empty box to tick stands before unit i: a form.
func boxed(t []uint16, i int) bool {
	return i > 0 && slices.Contains([]uint16{'□', '○', '〇', '◯', '☐'}, t[i-1])
}

// explained lowers a level that stands among all three of them: a text that
// tells what the levels are.
func (s *scan) explained(m *match) {
	const around = 80
	t := s.view.units
	seen := 0
	for _, level := range []uint16{'绝', '机', '秘'} {
		for i := max(0, m.start-around); i+1 < min(len(t), m.end+around); i++ {
			if t[i] == level && t[i+1] == '密' {
				seen++
				break
			}
		}
	}
	r := s.rules.only[secretLevel]
	if seen == 3 && r != nil && s.near(m.start, m.end, r.context, 2*around) {
		m.lower(Info, r.Params.Codes["explained"])
	}
}

// atHead says whether byte from stands in the first lines of a text, or in a
// part that has no others: a header, a file's name.
func (s *scan) atHead(from int) bool {
	const lines = 8
	return from < 512 && strings.Count(s.view.text[:from], "\n") < lines
}

func isBreak(u uint16) bool { return u == '\n' || u == softBreak }

// skipBreaks is the first of at most two units from i on that is no line break.
func skipBreaks(t []uint16, i int) int {
	for n := 0; n < 2 && i < len(t) && isBreak(t[i]); n++ {
		i++
	}
	return i
}

// behind returns the units from i on without spaces and, in upright text, line
// breaks, as many as a secrecy limit may have, and the place of each.
func (s *scan) behind(i int, upright bool) (window []uint16, place []int) {
	const longest = 15
	for t := s.view.units; i < len(t) && len(window) < longest; i++ {
		switch {
		case t[i] == ' ', upright && isBreak(t[i]) && (i == 0 || !isBreak(t[i-1])):
		case isBreak(t[i]):
			return window, place
		default:
			window, place = append(window, t[i]), append(place, i)
		}
	}
	return window, place
}

// limit reads the secrecy limit that t begins with: its length, and 年, 月 or
// another unit with its amount. Without one all are 0.
func limit(t []uint16) (end, amount int, unit uint16) {
	for _, word := range []string{"长期", "解密", "永久", "半年"} {
		if hasAt(t, 0, word) {
			return 2, 0, '长'
		}
	}
	if hasAt(t, 0, "保密期限") {
		if end, amount, unit = limit(t[4:]); end > 0 {
			return end + 4, amount, unit
		}
		return 0, 0, 0
	}
	until := 0
	if hasAt(t, 0, "至") || hasAt(t, 0, "到") {
		until = 1
	}
	n, j := number(t, until)
	if j == until {
		j = 0
	}
	if n >= 1900 && j < len(t) && slices.Contains([]uint16{'.', '-', '/'}, t[j]) { // 2030.12.31
		for end = j; end < len(t) && (t[end] >= '0' && t[end] <= '9' || t[end] == t[j]); end++ {
		}
		return end, n, '日'
	}
	if j > 0 {
		for _, u := range []string{"年", "个月", "月"} {
			if !hasAt(t, j, u) {
				continue
			}
			end = j + len([]rune(u))
			if u == "年" && n >= 1900 { // a date: 2030年12月31日
				for _, part := range []string{"月", "日"} {
					if _, k := number(t, end); k > end && hasAt(t, k, part) {
						end = k + 1
					}
				}
				if end < len(t) && (t[end] == '前' || t[end] == '止' || t[end] == '后') {
					end++
				}
				return end, n, '日'
			}
			return end, n, t[end-1]
		}
	}
	for j := 0; j < len(t) && j < 13 && folded().class[t[j]]&isHan != 0; j++ { // an event: 考试启用前
		if j > 0 && (t[j] == '前' || t[j] == '后') {
			return j + 1, 0, t[j]
		}
	}
	return 0, 0, 0
}

// number reads up to four Arabic digits or a Chinese number below one hundred.
func number(t []uint16, i int) (n, end int) {
	for end = i; end < len(t) && end < i+4 && t[end] >= '0' && t[end] <= '9'; end++ {
		n = n*10 + int(t[end]-'0')
	}
	if end > i {
		return n, end
	}
	digit := -1
	for ; end < len(t) && end < i+3; end++ {
		d := numeralValue(t[end])
		switch {
		case t[end] == '十' || t[end] == '拾':
			n, digit = max(digit, 1)*10, 0
		case d < 0:
			return n + max(digit, 0), end
		default:
			digit = d
		}
	}
	return n + max(digit, 0), end
}

func hasAt(t []uint16, i int, word string) bool {
	if i < 0 {
		return false
	}
	for _, r := range word {
		if i >= len(t) || rune(t[i]) != r {
			return false
		}
		i++
	}
	return true
}

// copyNumber reports six digits alone on the first line over an urgency or a
// level: the copy number of a classified document.
func (s *scan) copyNumber() {
	r, t := s.rules.only[copyNumber], s.view.units
	if r == nil || len(t) < 8 || !isBreak(t[6]) {
		return
	}
	for i := range 6 {
		if !s.view.is(i, isDigit) {
			return
		}
	}
	if s.after(7, r.context, 0) {
		s.add(match{rule: r, start: 0, end: 6, class: r.Class})
	}
}

// documentNumber reports a document number (发文字号) with its year in the
// token that is not written as GB/T 9704-2012 7.2.5 asks: 〔year〕 in hexagonal
// brackets, no 第, no leading zero. A well-written number is nothing to report.
func (s *scan) documentNumber(year token) {
	r, t := s.rules.only[documentNo], s.view.units
	i, j := year.start-1, year.end
	if r == nil || i < 2 || j >= len(t) || !s.view.is(i-1, isHan) || !s.view.is(i-2, isHan) {
		return
	}
	open, shut := t[i], t[j]
	if !slices.Contains([]uint16{'〔', '[', '【', '('}, open) || !slices.Contains([]uint16{'〕', ']', '】', ')'}, shut) {
		return
	}
	n, _ := number(t, year.start)
	if year.len() == 2 {
		n += 2000
	}
	if n < 1949 || n > 2099 {
		return
	}
	j++
	ordinal := j < len(t) && t[j] == '第'
	if ordinal {
		j++
	}
	from := j
	for j < len(t) && j < from+5 && s.view.is(j, isDigit) {
		j++
	}
	if j == from || j >= len(t) || t[j] != '号' {
		return
	}
	if open == '〔' && shut == '〕' && !ordinal && t[from] != '0' && year.len() == 4 {
		s.ownNumber(i, j+1, n)
		return
	}
	serial := strings.TrimLeft(unfold(t[from:j]), "0")
	s.add(match{rule: r, start: i, end: j + 1, class: r.Class, mask: "〔" + strconv.Itoa(n) + "〕" + serial + "号"})
}

// ownNumber keeps the year of the document's own number: the one that ends a
// line at the head of the text and begins that line.
func (s *scan) ownNumber(bracket, end, n int) {
	const prefix = 12
	from, to := s.view.original(bracket, end)
	start := bracket
	for start > 0 && bracket-start < prefix && s.view.is(start-1, isHan) {
		start--
	}
	if s.numbered == 0 && s.part.Name == "body" && s.atHead(from) && s.view.ground(to, 1) && s.view.ground(int(s.view.at[start]), -1) {
		s.numbered = year(n)
	}
}
