package detect

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// dateAt reports a date that begins with the year in the token and does not
// exist, or whose weekday is another.
func (s *scan) dateAt(tok token) {
	r, t := s.rules.only[wrongDate], s.view.units
	if r == nil || tok.end >= len(t) || s.joinedDigit(tok.start) {
		return
	}
	year := 0
	for i := tok.start; i < tok.end; i++ {
		d := numeralValue(t[i])
		if tok.kind == digits {
			d = int(t[i] - '0')
		}
		year = year*10 + d
	}
	if year < 1900 || year > 2100 {
		return
	}
	month, day, end, written := s.monthDay(tok.end)
	if end == 0 {
		return
	}
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if month < 1 || month > 12 || date.Day() != day {
		if written {
			s.addDate(r, tok.start, end, "no_such_day", "")
		}
		return
	}
	if tok.kind == digits {
		s.printed(r, tok.start, end, year)
		s.period(r, tok.start, end, date)
	}
	weekday, to := s.weekday(end)
	if to > 0 && weekday != date.Weekday() {
		s.addDate(r, tok.start, to, "weekday", "日一二三四五六"[3*date.Weekday():3*date.Weekday()+3])
	}
}

// joinedDigit says whether the number at start goes on to its left.
func (s *scan) joinedDigit(start int) bool {
	t := s.view.units
	return start > 1 && (t[start-1] == '.' || t[start-1] == '-' || t[start-1] == '/') && s.view.is(start-2, isAlnum)
}

// monthDay reads the rest of a date behind its year; end is 0 if there is
// none. Written says that it is one in words, not in figures and strokes.
func (s *scan) monthDay(i int) (month, day, end int, written bool) {
	t := s.view.units
	stroke := t[i]
	switch stroke {
	case '年':
		month, end = number(t, i+1)
		if end == i+1 || !hasAt(t, end, "月") {
			return 0, 0, 0, false
		}
		from := end + 1
		if day, end = number(t, from); end == from || !hasAt(t, end, "日") {
			return 0, 0, 0, false
		}
		return month, day, end + 1, true
	case '-', '/', '.':
		month, end = number(t, i+1)
		if end == i+1 || end-i > 3 || end >= len(t) || t[end] != stroke {
			return 0, 0, 0, false
		}
		from := end + 1
		if day, end = number(t, from); end == from || end-from > 2 || s.view.is(end, isAlnum) {
			return 0, 0, 0, false
		}
		return month, day, end, false
	}
	return 0, 0, 0, false
}

// weekday reads the weekday behind a date, with its closing bracket; end is 0
// if there is none.
func (s *scan) weekday(i int) (day time.Weekday, end int) {
	t := s.view.units
	open := i < len(t) && t[i] == '('
	if open || i < len(t) && (t[i] == ',' || t[i] == ' ') {
		i++
	}
	for _, word := range []string{"星期", "礼拜", "周"} {
		if !hasAt(t, i, word) {
			continue
		}
		if i += len([]rune(word)); i >= len(t) {
			return 0, 0
		}
		n := strings.IndexRune("日一二三四五六", rune(t[i])) / 3
		switch u := t[i]; {
		case u == '天':
		case u >= '1' && u <= '6' && !s.view.is(i+1, isDigit):
			n = int(u - '0')
		case !strings.ContainsRune("日一二三四五六", rune(u)):
			return 0, 0
		}
		if end = i + 1; open && end < len(t) && t[end] == ')' {
			end++
		}
		return time.Weekday(n), end
	}
	return 0, 0
}

func (s *scan) addDate(r *Rule, start, end int, code, detail string) {
	why := r.Params.Codes[code]
	s.add(match{rule: r, start: start, end: end, class: r.Class, why: &Text{
		strings.ReplaceAll(why.ZH, "{day}", detail), strings.ReplaceAll(why.EN, "{day}", detail),
	}})
}

// year is the year in a document's own number; 0 before one is met.
type year int

// printed reports a date of printing (印发) from before the year in the
// document's own number.
func (s *scan) printed(r *Rule, start, end, printed int) {
	if s.numbered > 0 && printed < int(s.numbered) && hasAt(s.view.units, end, "印发") {
		s.addDate(r, start, end+2, "printed", strconv.Itoa(int(s.numbered)))
	}
}

// period reports two dates joined by 至 of which the second is earlier. What it
// leaves out it has of the first.
func (s *scan) period(r *Rule, start, end int, first time.Time) {
	t := s.view.units
	i := end
	for n := 0; n < 2 && i < len(t) && slices.Contains([]uint16{'起', '日', '(', ')'}, t[i]); n++ {
		i++
	}
	switch {
	case i < len(t) && (t[i] == '至' || t[i] == '到' || t[i] == '-' && t[end-1] == '日' || t[i] == '~'):
		i++
	default:
		return
	}
	for n := 0; n < 2 && i < len(t) && t[i] == '-'; n++ {
		i++
	}
	y, j := number(t, i)
	if j != i+4 || y < 1900 || y > 2100 || j >= len(t) {
		return
	}
	month, day, to, _ := s.monthDay(j)
	if to == 0 || month < 1 || month > 12 || day < 1 || day > daysIn(y, month) {
		return
	}
	if time.Date(y, time.Month(month), day, 0, 0, 0, 0, time.UTC).Before(first) {
		s.addDate(r, start, to, "backwards", "")
	}
}

// monthAt reports a day without a year that no year has: 2月30日.
func (s *scan) monthAt(tok token) {
	r, t := s.rules.only[wrongDate], s.view.units
	from := tok.end + 1
	if r == nil || s.joinedDigit(tok.start) || tok.start > 0 && slices.Contains([]uint16{'年', '历', '个', '第'}, t[tok.start-1]) {
		return
	}
	month, _ := number(t, tok.start)
	day, end := number(t, from)
	if end == from || end-from > 2 || !s.view.is(from, isDigit) || end >= len(t) || t[end] != '日' {
		return
	}
	const leap = 2000
	if month < 1 || month > 12 || day < 1 || day > daysIn(leap, month) {
		s.addDate(r, tok.start, end+1, "no_such_day", "")
	}
}
