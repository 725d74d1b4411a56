package detect

import (
	"slices"
	"strconv"
	"strings"
)

// secretMarkAt looks for a state-secret mark around the 密 at i: level, star,
// and a period, date, event or nothing (then the longest period applies;
// 保密法 20, 22 and 实施条例). Line breaks inside are those of upright text.
// The bare words are everyday words and are left to the word rules.
func (s *scan) secretMarkAt(i int) {
	t := s.view.units
	from := i - 1
	for from >= 0 && i-from <= 2 && isBreak(t[from]) {
		from--
	}
	if from < 0 || t[from] != '绝' && t[from] != '机' && t[from] != '秘' {
		return
	}
	star := skipBreaks(t, i+1)
	if star < len(t) && t[star] == '级' {
		star = skipBreaks(t, star+1)
	}
	if star < len(t) && isShut(t[star]) { // 【机密】★
		star++
	}
	if star >= len(t) || t[star] != '★' && t[star] != '*' {
		return
	}
	upright := from < i-1 || isBreak(t[star-1])
	window, place := s.behind(star+1, upright)
	length, amount, unit := limit(window)
	end := star + 1
	if length > 0 {
		end = place[length-1] + 1
	}
	// An asterisk is also emphasis and multiplication: alone it marks nothing.
	if t[star] == '*' && unit == 0 {
		return
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
	if hasAt(t, 0, "长期") || hasAt(t, 0, "解密") {
		return 2, 0, '长'
	}
	n, j := number(t, 0)
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
		return
	}
	serial := strings.TrimLeft(unfold(t[from:j]), "0")
	s.add(match{rule: r, start: i, end: j + 1, class: r.Class, mask: "〔" + strconv.Itoa(n) + "〕" + serial + "号"})
}
