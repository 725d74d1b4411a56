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
	m := match{rule: r, start: from - 1, end: end, class: r.Class, mask: s.kept(mask)}
	if s.view.is(from-2, isDigit) {
		m.lower(Warn, r.Params.Codes["registered"])
	}
	s.add(m)
}

// passportAt reports a travel document number, which only words near by tell
// from other numbers of its form, or the number of a foreigner's permanent
// residence card as issued until 2023: nation, place, birth, sequence.
func (s *scan) passportAt(tok token) {
	r, t := s.rules.only[passport], s.view.units
	if r == nil || tok.len() > 15 {
		return
	}
	n := unfold(t[tok.start:tok.end])
	letters := 0
	for letters < len(n) && n[letters] >= 'A' {
		letters++
	}
	end := tok.end
	if letters == len(n) && letters < 3 && end < len(t) && t[end] == ' ' { // E 12345678
		for end++; s.view.is(end, isDigit); end++ {
			n += string(rune(t[end]))
		}
	}
	digits := len(n) - letters
	card := letters == 3 && digits == 12
	if letters == 0 || !card && (letters > 2 || digits < 7 || digits > 10) || !allDigits(n[letters:]) || card && !realDate("19"+n[7:13]) && !realDate("20"+n[7:13]) {
		return
	}
	if !card && !slices.Contains(r.Params.Prefixes, n[:1]) || !s.near(tok.start, end, r.context, reach) {
		return
	}
	s.add(match{rule: r, start: tok.start, end: end, class: r.Class, mask: s.masked(r, n)})
}

// travelNumberAfter reports a travel document number of digits only, which
// nothing but its label tells.
func (s *scan) travelNumberAfter(r *Rule, i int) {
	t := s.view.units
	from := s.value(i)
	to := from
	for to < len(t) && to < from+6 && s.view.is(to, isHan) { // 军字第1234567号
		to++
	}
	written := to > from && t[to-1] == '第'
	if to > from && !written {
		return
	}
	digits := to
	for s.view.is(to, isDigit) {
		to++
	}
	n := to - digits
	if written && to < len(t) && t[to] == '号' {
		to++
	}
	if (n >= 8 && n <= 14 || written && n >= 6) && !s.view.is(to, isLetter) && (from > i || !s.view.spaceBefore(from)) {
		s.add(match{rule: r, start: from, end: to, class: r.Class, mask: s.masked(r, unfold(t[from:to]))})
	}
}

// emailAt reports the mailbox around the @ at i.
func (s *scan) emailAt(i int) {
	r, t := s.rules.only[email], s.view.units
	if r == nil || s.userInfoAt(i) {
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
	if from > 0 && t[from-1] == '*' { // masked already
		return
	}
	if from == i || i+1 == to || s.view.apart(i) != s.view.apart(i+1) || dot <= i+1 || to-dot < 3 || !s.view.is(dot+1, isLetter) {
		return
	}
	host := unfold(t[i+1 : to])
	if strings.Trim(unfold(t[from:i]), "X") == "" { // a pattern
		return
	}
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
	to := s.position(from)
	if to-from < 4 || !slices.Contains(t[from:to], '.') && !slices.Contains(t[from:to], '°') && !slices.Contains(t[from:to], '度') {
		return
	}
	s.addPosition(r, start, to)
}

// position is the end of the degrees, minutes and seconds that begin at unit
// from, perhaps of a pair.
func (s *scan) position(from int) int {
	t := s.view.units
	to := from
	for to < len(t) && to < from+50 && (s.view.is(to, isDigit) || slices.Contains([]uint16{'.', ',', 'E', 'N', '°', '′', '″', '\'', '"', '度', '分', '秒', ' '}, t[to])) {
		to++
	}
	for to > from && (t[to-1] == ',' || t[to-1] == '.' || t[to-1] == ' ') {
		to--
	}
	return to
}

// addPosition adds a position if what lies there must not be found. Latitude
// and longitude are one.
func (s *scan) addPosition(r *Rule, start, to int) {
	if !s.near(start, to, r.context, 60) {
		return
	}
	for i := len(s.found) - 1; i >= 0 && i >= len(s.found)-16; i-- {
		m := &s.found[i]
		switch {
		case m.rule != r || start-m.end > 4 || to <= m.start:
		case start < m.end: // it is there already, behind another word
			return
		default:
			m.end = to
			return
		}
	}
	s.add(match{rule: r, start: start, end: to, class: r.Class})
}

// degreesAt reports a position without a word before it: 31.3842°N, 121°15′, or
// a pair of decimals in China.
func (s *scan) degreesAt(tok token) {
	r, t := s.rules.only[coordinates], s.view.units
	if r == nil || tok.kind == numerals {
		return
	}
	start, whole := tok.start, tok
	decimals := start > 1 && t[start-1] == '.' && s.view.is(start-2, isDigit)
	if decimals {
		for start--; s.view.is(start-1, isDigit); start-- {
		}
		whole = token{start: start, end: tok.start - 1}
	}
	if whole.len() > 3 || s.view.is(start-1, isAlnum) || start > 0 && t[start-1] == '.' {
		return
	}
	degrees, _ := number(t, whole.start)
	end := tok.end
	if end < len(t) && t[end] == '°' || tok.kind == mixed {
		if to := s.position(start); degrees <= 180 {
			s.addPosition(r, start, to)
		}
		return
	}
	if !decimals || tok.len() < 3 || degrees < 3 || degrees > 136 || degrees > 54 && degrees < 73 || end >= len(t) || t[end] != ',' && t[end] != ' ' && !isBreak(t[end]) {
		return
	}
	second := token{start: end + 1}
	for second.end = second.start; s.view.is(second.end, isDigit); second.end++ {
	}
	if second.len() < 1 || second.len() > 3 || second.end >= len(t) || t[second.end] != '.' {
		return
	}
	other, _ := number(t, second.start)
	to := second.end + 1
	for s.view.is(to, isDigit) {
		to++
	}
	east, north := max(degrees, other), min(degrees, other)
	if to-second.end > 3 && east >= 73 && east <= 136 && north >= 3 && north <= 54 {
		s.addPosition(r, start, to)
	}
}

// secretAfter reports a password or key behind the word for it.
func (s *scan) secretAfter(r *Rule, label, i int) {
	v := s.view
	from := i
	if i >= len(v.units) {
		return
	}
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
	if !named && !(v.is(i-1, isHan) && (to-from > 5 && strong(v.units[from:to]) || to-from > 3 && s.weak(r, label) && strongDigits(v.units[from:to]))) {
		return
	}
	if to-from < 4 || stars*2 > to-from || v.units[from] == '<' || v.units[from] == '{' || v.units[from] == '$' {
		return
	}
	for to > from+4 && (v.units[to-1] == '.' || v.units[to-1] == '&') {
		to--
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
	s.secret(from, to)
	s.add(m)
}

// strong says whether u has letters and digits, and is no number of a standard
// (GM/T 0054): what is written right behind 密码 without a colon.
func strong(u []uint16) bool {
	var letter, digit bool
	for _, c := range u {
		letter = letter || c >= 'A' && c <= 'Z'
		digit = digit || c >= '0' && c <= '9'
	}
	standard := slices.Contains(u[:min(len(u), 5)], '/') || slices.Contains(u, '_') && !digit
	return !isOpen(u[0]) && letter && digit && !standard
}

// strongDigits says whether u is nothing but digits, or strong.
func strongDigits(u []uint16) bool {
	return strong(u) || !slices.ContainsFunc(u, func(c uint16) bool { return c < '0' || c > '9' })
}

// apart says whether a space was dropped before unit i.
func (v *view) apart(i int) bool {
	last := v.at[i-1]
	f := folded()
	return strings.ContainsFunc(v.text[last+uint32(runeSize(v.text[last])):v.at[i]], func(r rune) bool { return f.fold(r) == ' ' })
}

// keyAt reports a token that only keys of cloud and code services begin like.
func (s *scan) keyAt(tok token) {
	r, t := s.rules.only[accessKey], s.view.units
	if r == nil || tok.len() < 16 {
		return
	}
	joins := func(i int) bool {
		return s.view.is(i, isAlnum) || i >= 0 && i < len(t) && (t[i] == '_' || t[i] == '-')
	}
	start, end := tok.start, tok.end
	for start > max(0, tok.start-12) && joins(start-1) {
		start--
	}
	raw := s.raw(start, min(end, start+12))
	if !hasAnyPrefix(raw, r.Params.Prefixes) || !slices.ContainsFunc(t[start:end], func(u uint16) bool { return u >= '0' && u <= '9' }) {
		return
	}
	const longest = 2048
	for end < len(t) && end-start < longest && (joins(end) || t[end] == '.' && joins(end+1)) { // the parts of a JWT
		end++
	}
	if !s.secret(start, end) {
		return
	}
	s.add(match{rule: r, start: start, end: end, class: r.Class, mask: raw[:4] + "******"})
}

// raw is the text of [start,end) with its small letters, undisguised.
func (s *scan) raw(start, end int) string {
	b := make([]byte, 0, end-start)
	for i := start; i < end; i++ {
		u := byte(s.view.units[i])
		r, _ := utf8.DecodeRuneInString(s.view.text[s.view.at[i]:])
		if r == '&' {
			r, _ = entity(s.view.text[s.view.at[i]:])
		}
		if r >= 'ａ' && r <= 'ｚ' || r >= 'a' && r <= 'z' {
			u |= 0x20
		}
		b = append(b, u)
	}
	return string(b)
}

// secret keeps the place of a password or key, and says whether it is new.
func (s *scan) secret(start, end int) bool {
	at, _ := slices.BinarySearchFunc(s.secrets, start+1, func(o span, at int) int { return o.start - at })
	if at > 0 && start < s.secrets[at-1].end {
		return false
	}
	s.secrets = slices.Insert(s.secrets, at, span{start, end})
	return true
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
