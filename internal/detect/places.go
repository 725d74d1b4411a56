package detect

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// plateAt reports a vehicle's number plate: province, letter, then five
// characters, or six for new energy (GA 36-2018).
func (s *scan) plateAt(tok token) {
	r, t := s.rules.only[plate], s.view.units
	if r == nil || !s.view.is(tok.start, isLetter) || !s.view.is(tok.start-1, isHan) || !r.areas[t[tok.start-1]] {
		return
	}
	from, end := tok.start, tok.end
	serial := t[from+1 : end]
	if len(serial) == 0 && end < len(t) && slices.Contains([]uint16{'·', ' ', '-', '.', '_'}, t[end]) {
		behind := end + 1
		for end = behind; s.view.is(end, isAlnum); end++ {
		}
		serial = t[behind:end]
	}
	if len(serial) > 6 || len(serial) < 4 || t[from] == 'I' || t[from] == 'O' {
		return
	}
	if len(serial) == 4 { // the last character says what it is for
		if end == len(t) || !slices.Contains([]uint16{'挂', '学', '警', '港', '澳'}, t[end]) {
			return
		}
		end++
	}
	letters := 0
	for _, u := range serial {
		if u == 'I' || u == 'O' {
			return
		}
		if u >= 'A' {
			letters++
		}
	}
	if letters > 2 || len(serial) == 6 && (letters == 0 || letters > 2 || serial[0] < 'A' && serial[5] < 'A') {
		return
	}
	mask := append(utf8.AppendRune(make([]byte, 0, 16), rune(t[from-1])), byte(t[from]))
	for range end - from - 2 {
		mask = append(mask, '*')
	}
	mask = utf8.AppendRune(mask, rune(t[end-1]))
	s.add(match{rule: r, start: from - 1, end: end, class: r.Class, mask: s.kept(mask)})
}

// passportAt reports a travel document number, which only words near by tell
// from other numbers of its form.
func (s *scan) passportAt(tok token) {
	r, t := s.rules.only[passport], s.view.units
	if r == nil || tok.len() < 8 || tok.len() > 11 || !s.near(tok.start, tok.end, r.context, reach) {
		return
	}
	letters := 1
	if s.view.is(tok.start+1, isLetter) {
		letters = 2
	}
	if !s.view.is(tok.start, isLetter) || tok.len()-letters < 7 || !allDigits(unfold(t[tok.start+letters:tok.end])) {
		return
	}
	if !slices.Contains(r.Params.Prefixes, unfold(t[tok.start:tok.start+1])) {
		return
	}
	s.add(match{rule: r, start: tok.start, end: tok.end, class: r.Class, mask: s.masked(r, unfold(t[tok.start:tok.end]))})
}

// emailAt reports the mailbox around the @ at i.
func (s *scan) emailAt(i int) {
	r, t := s.rules.only[email], s.view.units
	if r == nil {
		return
	}
	from, to := i, i+1
	for from > max(0, i-64) && (s.view.is(from-1, isAlnum) || strings.ContainsRune("._-+", rune(t[from-1]))) {
		from--
	}
	dot := 0
	for to < min(len(t), i+80) && (s.view.is(to, isAlnum) || t[to] == '-' || t[to] == '.') {
		if t[to] == '.' {
			dot = to
		}
		to++
	}
	for to > i+1 && !s.view.is(to-1, isAlnum) {
		to--
	}
	if dot >= to {
		dot = i + 1 + strings.LastIndexByte(unfold(t[i+1:to]), '.')
	}
	if from == i || i+1 == to || s.view.apart(i) != s.view.apart(i+1) || dot <= i+1 || to-dot < 3 || !s.view.is(dot+1, isLetter) {
		return
	}
	host := unfold(t[i+1 : to])
	for _, d := range r.Params.Domains {
		if d = strings.ToUpper(d); host == d || strings.HasSuffix(host, "."+d) {
			return // an office's own
		}
	}
	s.add(match{rule: r, start: from, end: to, class: r.Class, mask: s.view.text[s.view.at[from]:][:runeSize(s.view.text[s.view.at[from]])] + "***@" + strings.ToLower(host)})
}

// coordinatesAfter reports a position behind a word such as 东经, if what lies
// there must not be found: a store, a source of water, a plant. Positions of
// earthquakes and stations are everyday news.
func (s *scan) coordinatesAfter(r *Rule, start, end int) {
	t := s.view.units
	from := end
	for from < len(t) && from < end+4 && !s.view.is(from, isDigit) {
		from++
	}
	to := from
	for to < len(t) && to < from+40 && (s.view.is(to, isDigit) || slices.Contains([]uint16{'.', ',', 'E', 'N', '°', '′', '″', '\'', '"', '度', '分', '秒'}, t[to])) {
		to++
	}
	for to > from && (t[to-1] == ',' || t[to-1] == '.') {
		to--
	}
	if to-from < 4 || !slices.Contains(t[from:to], '.') && !slices.Contains(t[from:to], '°') && !slices.Contains(t[from:to], '度') || !s.near(start, to, r.context, 60) {
		return
	}
	for i := range s.found {
		m := &s.found[i]
		switch {
		case m.rule != r || start-m.end > 4 || to <= m.start:
		case start < m.end: // it is there already, behind another word
			return
		default: // latitude and longitude are one position
			m.end = to
			return
		}
	}
	s.add(match{rule: r, start: start, end: to, class: r.Class})
}

// secretAfter reports a password or key behind the word for it.
func (s *scan) secretAfter(r *Rule, i int) {
	v := s.view
	if i >= len(v.units) {
		return
	}
	from := i
	named := slices.Contains([]uint16{':', '=', '为', '是'}, v.units[i])
	if named {
		from++
	}
	for from < len(v.units) && from < i+3 && slices.Contains([]uint16{'"', '\'', '“', '=', ' '}, v.units[from]) {
		from++
	}
	to, stars := from, 0
	for ; to < len(v.units) && to < from+128; to++ {
		u := v.units[to]
		if u <= ' ' || u >= 0x7F && u != '★' || u == '"' || u == '\'' || u == ',' || u == ';' || u == ')' || to > from && v.apart(to) {
			break
		}
		if u == '*' || u == '★' || u == 'X' {
			stars++
		}
	}
	if to < len(v.units) && slices.Contains([]uint16{'位', '个', '次', '年', '元', '月', '字'}, v.units[to]) {
		return
	}
	if !named && !(v.is(i-1, isHan) && to-from > 7 && strong(v.units[from:to])) {
		return
	}
	if to-from < 4 || stars*2 > to-from || v.units[from] == '<' || v.units[from] == '{' || v.units[from] == '$' {
		return
	}
	m := match{rule: r, start: from, end: to, class: r.Class, mask: "******"}
	if value := v.units[from:to]; v.is(i-1, isLetter) { // in a program the word names a variable
		if slices.ContainsFunc(value, func(u uint16) bool { return isOpen(u) || isShut(u) }) {
			return
		}
		if !slices.ContainsFunc(value, func(u uint16) bool { return v.class[u]&isDigit != 0 }) {
			m.lower(Warn, r.Params.Codes["word"])
		}
	}
	s.add(m)
}

// strong says whether u has letters, digits and something else, and begins
// with no bracket: what is written right behind 密码 without a colon.
func strong(u []uint16) bool {
	var letter, digit, other bool
	for _, c := range u {
		letter = letter || c >= 'A' && c <= 'Z'
		digit = digit || c >= '0' && c <= '9'
		other = other || folded().class[c]&isAlnum == 0
	}
	return !isOpen(u[0]) && letter && digit && other
}

// apart says whether a space was dropped before unit i.
func (v *view) apart(i int) bool {
	last := v.at[i-1]
	f := folded()
	return strings.ContainsFunc(v.text[last+uint32(runeSize(v.text[last])):v.at[i]], func(r rune) bool { return f.fold(r) == ' ' })
}

// keyAt reports a token that only keys of cloud and code services begin like.
func (s *scan) keyAt(tok token) {
	r := s.rules.only[accessKey]
	if r == nil || tok.len() < 16 || tok.len() > 128 {
		return
	}
	n := unfold(s.view.units[tok.start:tok.end])
	from, _ := s.view.original(tok.start, tok.end)
	raw := s.view.text[from:]
	if hasAnyPrefix(raw, r.Params.Prefixes) && strings.ContainsAny(n, "0123456789") {
		s.add(match{rule: r, start: tok.start, end: tok.end, class: r.Class, mask: raw[:4] + "******"})
	}
}

// innerAddress reports addresses of private networks (RFC 1918).
func (s *scan) innerAddress(c []token) {
	r, t := s.rules.only[innerHost], s.view.units
	if r == nil {
		return
	}
	for i := 0; i+4 <= len(c); i++ {
		var octet [4]int
		ok := i == 0 || t[c[i].start-1] != '.'
		for j := range octet {
			k := c[i+j]
			ok = ok && k.kind == digits && k.len() <= 3 && (j == 0 || k.start == c[i+j-1].end+1 && t[k.start-1] == '.')
			if ok {
				octet[j], _ = number(t, k.start)
				ok = octet[j] < 256
			}
		}
		start, end := c[i].start, c[i+3].end
		if !ok || end+1 < len(t) && t[end] == '.' && s.view.is(end+1, isDigit) {
			continue
		}
		private := octet[0] == 192 && octet[1] == 168 || octet[0] == 172 && octet[1] >= 16 && octet[1] < 32 ||
			octet[0] == 10 && (s.near(start, end, r.context, reach) || hasAt(t, start-3, "://") || end < len(t) && t[end] == ':')
		if private {
			s.add(match{rule: r, start: start, end: end, class: r.Class, mask: "***"})
		}
	}
}
