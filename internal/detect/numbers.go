package detect

import (
	"slices"
)

// token is a run of letters and digits, or of Chinese digits, in folded text.
type token struct {
	start, end int
	kind       tokenKind
	claimed    bool
}

// numberRules are the rules that every number is held against; any may be nil.
type numberRules struct{ resident, doubtful, creditCode, bankCard, mobile, person *Rule }

type tokenKind uint8

const (
	digits   tokenKind = iota
	mixed              // letters too
	numerals           // 一三八 …
)

func (t token) len() int { return t.end - t.start }

// runs walks over the runs of letters and digits once. It reads tokens, not
// patterns: a number inside a longer one is not that number, and groups written
// apart (6222 0210 ...) are still one.
func (s *scan) runs() {
	t, class := s.view.units, s.view.class
	chain := s.chained[:0]
	for i := 0; i < len(t); {
		for i+4 <= len(t) && (class[t[i]]|class[t[i+1]]|class[t[i+2]]|class[t[i+3]])&interested == 0 {
			i += 4
		}
		if i == len(t) {
			break
		}
		c := class[t[i]]
		switch {
		case c&interested == 0:
			i++
		case c&isAlnum != 0:
			tok := token{start: i}
			seen := uint8(0)
			for i < len(t) && class[t[i]]&isAlnum != 0 {
				seen |= class[t[i]]
				i++
			}
			tok.end = i
			if seen&isLetter != 0 {
				tok.kind = mixed
			}
			last := len(chain) - 1
			one := last >= 0 && tok.len() == 1 && (t[tok.start] == 'X' || chain[last].len() == 1) // a cell a character
			if seen&isDigit != 0 || one && s.joined(chain[last].end, tok.start) {
				chain = s.link(chain, tok)
			} else {
				chain = s.flush(chain)
			}
			s.token(tok)
		case c&isNumeral != 0:
			tok := token{start: i, kind: numerals}
			for i < len(t) && class[t[i]]&isNumeral != 0 {
				i++
			}
			tok.end = i
			if tok.len() > 1 || s.view.is(tok.start-1, isDigit) || s.view.is(tok.end, isDigit) {
				chain = s.link(chain, tok)
				s.token(tok)
			}
		default:
			if t[i] == '@' {
				s.emailAt(i)
			} else {
				s.secretMarkAt(i)
			}
			i++
		}
	}
	s.chained = s.flush(chain)
}

// token looks at what one token and its neighbours may be. Only what stands
// beside it decides whether a detector is asked.
func (s *scan) token(t token) {
	next := at(s.view.units, t.end)
	if u := s.view.units; t.kind == digits && t.end < len(u) {
		switch {
		case u[t.end] == '°', t.len() > 2 && t.start > 1 && u[t.start-1] == '.':
			s.degreesAt(t)
		case u[t.end] == '月' && t.len() < 3:
			s.monthAt(t)
		}
	}
	switch {
	case t.kind == digits && t.len() <= 4 && next != 0:
		if (t.len() == 4 || t.len() == 2) && isShut(next) {
			s.documentNumber(t)
		}
		if t.len() == 4 {
			s.dateAt(t)
		}
		if t.len() <= 2 && (next == '岁' || next == '周') {
			s.ageAt(t)
		}
	case t.kind == numerals && t.len() == 4:
		s.dateAt(t)
	case t.kind == mixed:
		if first := s.view.units[t.start]; t.len() <= 4 && (first == 'E' || first == 'N') {
			if r := s.rules.only[coordinates]; r != nil {
				s.coordinatesAfter(r, t.start, t.start+1)
			}
		}
		if s.view.is(t.start-1, isHan) {
			s.plateAt(t)
		}
		if t.len() <= 15 {
			s.passportAt(t)
		}
		if t.len() >= 16 {
			s.keyAt(t)
		}
		if u := s.view.units; t.start > 1 && u[t.start-1] == '.' && (u[t.end-1] == 'E' || u[t.end-1] == 'N') && s.view.is(t.start-2, isDigit) && s.view.is(t.end-2, isDigit) {
			s.degreesAt(t)
		}
		s.linkAt(t)
	}
}

// link adds a token to those it may be read together with. Digits in circles
// are parted from plain ones, which they may merely number.
func (s *scan) link(chain []token, t token) []token {
	if n := len(chain); n > 0 && !s.joined(chain[n-1].end, t.start) {
		chain = s.flush(chain)
	}
	for t.kind == digits && s.view.at[t.end-1]-s.view.at[t.start] != uint32(t.len()-1) {
		at := t.start + 1
		for at < t.end && s.circled(at) == s.circled(at-1) {
			at++
		}
		if at == t.end {
			break
		}
		chain = append(chain, token{start: t.start, end: at})
		t.start = at
	}
	return append(chain, t)
}

func (s *scan) circled(i int) bool {
	c := s.view.text[s.view.at[i]:]
	if len(c) < 3 || c[0] != 0xE2 && c[0] != 0xF0 {
		return false
	}
	for _, r := range c {
		return enclosed(r) >= 0
	}
	return false
}

// joined says whether only what may part the groups of one number stands
// between the units from and to: at most two of them, or one line break.
func (s *scan) joined(from, to int) bool {
	if to-from > 2 {
		return false
	}
	for _, u := range s.view.units[from:to] {
		switch u {
		case ' ', '-', '.', '·', '_', '/', '(', ')':
		case '\n', softBreak:
			if to-from > 1 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// flush looks for identifiers in a chain of tokens. Where kinds overlap, the
// stronger evidence wins: resident number, credit code, bank card, mobile.
func (s *scan) flush(c []token) []token {
	size := 0
	for i := range c {
		size += c[i].len()
	}
	if size >= 15 {
		s.groups(c, residentID)
		s.creditCodes(c)
		s.groups(c, bankCard)
	}
	if size >= 11 {
		s.groups(c, mobile)
		s.attached(c)
	}
	if size >= 4 && len(c) > 3 {
		s.innerAddress(c)
	}
	return c[:0]
}

// run is a number put together from tokens.
type run struct {
	start, end int
	number     string
	shape      []int // lengths of its groups
	broken     bool  // over two lines
	hard       bool  // the first of which is short
}

func (r run) apart() bool { return len(r.shape) > 1 }

// groups offers every run of unclaimed neighbouring tokens with as many
// characters as the detector wants, and claims those it accepts.
func (s *scan) groups(c []token, detector string) {
	t := s.view.units
	var buffer [20]byte
	var lengths [20]int
	shortest, longest := 11, 11
	switch detector {
	case residentID:
		shortest, longest = 15, 18
	case bankCard:
		shortest, longest = 16, 19
	}
	for i := range c {
		n, last := 0, i
		for j := i; j < len(c) && j < i+len(lengths) && n+c[j].len() <= longest; j++ {
			if c[j].claimed || c[j].kind == mixed && !s.endsInX(c[j]) {
				break
			}
			for _, u := range t[c[j].start:c[j].end] {
				if c[j].kind == numerals {
					u = '0' + uint16(numeralValue(u))
				}
				buffer[n] = byte(u)
				n++
			}
			lengths[j-i] = c[j].len()
			last = j
		}
		for j := last; j >= i && n >= shortest; j-- { // the longest first
			if detector == residentID && n != 15 && n != 18 {
				n -= c[j].len()
				continue
			}
			r := run{start: c[i].start, end: c[j].end, number: string(buffer[:n]), shape: lengths[:j-i+1]}
			for k := i; k < j; k++ {
				u := t[c[k].end]
				r.broken = r.broken || c[k].end < c[k+1].start && isBreak(u)
				r.hard = r.hard || c[k].end < c[k+1].start && u == '\n'
			}
			if s.try(detector, r) {
				for k := i; k <= j; k++ {
					c[k].claimed = true
				}
				break
			}
			n -= c[j].len()
		}
	}
}

func (s *scan) try(detector string, r run) bool {
	switch detector {
	case residentID:
		return s.resident(r)
	case bankCard:
		return s.card(r)
	}
	return s.phone(r)
}

// endsInX says whether a token is digits with an X behind.
func (s *scan) endsInX(t token) bool {
	u := s.view.units[t.start:t.end]
	return u[len(u)-1] == 'X' && !slices.ContainsFunc(u[:len(u)-1], func(c uint16) bool { return c < '0' || c > '9' })
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// attached looks at unclaimed tokens where an identifier touches other
// characters: a country code, a Latin label, letters around a resident number,
// or letters in place of digits.
func (s *scan) attached(c []token) {
	t := s.view.units
	for _, tok := range c {
		switch {
		case tok.claimed || tok.kind == numerals:
		case tok.kind == digits && tok.len() == 20:
			s.disabled(tok)
		case tok.kind == digits:
			for _, code := range [...]string{"86", "0086"} {
				if tok.len() == 11+len(code) && hasAt(t, tok.start, code) {
					from := tok.start + len(code)
					s.phone(run{start: from, end: tok.end, number: unfold(t[from:tok.end]), shape: []int{11}})
				}
			}
		case tok.len() >= 11 && !s.lookAlike(tok) && tok.len() > 11:
			s.embedded(tok)
		}
	}
}

// embedded looks for numbers between the letters of a token.
func (s *scan) embedded(tok token) {
	t := s.view.units
	sure, phone := s.rules.numbers.resident, s.rules.numbers.mobile
	for i := tok.start; i < tok.end; i++ {
		if !s.view.is(i, isDigit) {
			continue
		}
		from := i
		for i < tok.end && s.view.is(i, isDigit) {
			i++
		}
		n := unfold(t[from:i])
		if i < tok.end && len(n) == 17 && t[i] == 'X' {
			i++
			n += "X"
		}
		r := run{start: from, end: i, number: n, shape: []int{len(n)}}
		switch {
		case len(n) == 18 && sure != nil && sure.isArea(n) && validResident(n):
			s.identifier(sure, r)
		case len(n) == 11 && i == tok.end && phone != nil && slices.Contains(phone.Params.Touching, unfold(t[tok.start:from])):
			s.phone(r)
		}
	}
}

// disabled reports the number of a disabled person's card: a resident number
// with a digit for the kind and one for the degree.
func (s *scan) disabled(tok token) {
	r, n := s.rules.only[residentID], unfold(s.view.units[tok.start:tok.end])
	if r != nil && n[18] >= '1' && n[18] <= '7' && n[19] >= '1' && n[19] <= '4' && slices.Contains(r.Params.Areas, n[:2]) && validResident(n[:18]) {
		s.identifier(r, run{start: tok.start, end: tok.end, number: n})
	}
}

// lookAlike reads O, I and L in a token as the digits they look like, and says
// whether that makes it an identifier.
func (s *scan) lookAlike(tok token) bool {
	letters := 0
	b := make([]byte, 0, 20)
	for _, u := range s.view.units[tok.start:tok.end] {
		switch u {
		case 'O':
			u = '0'
			letters++
		case 'I', 'L':
			u = '1'
			letters++
		}
		b = append(b, byte(u))
	}
	const most = 4 // what has no check digit may be a word
	phone := s.rules.only[mobile]
	named := phone != nil && len(b) == 11 && letters < 10 && s.before(tok.start, phone.context, 12)
	if letters == 0 || len(b) > 19 || letters > most && len(b) != 18 && !named {
		return false
	}
	r := run{start: tok.start, end: tok.end, number: string(b), shape: []int{len(b)}}
	switch len(b) {
	case 11:
		return s.phone(r)
	case 18:
		return validResident(r.number) && s.resident(r) || s.card(r)
	}
	return s.card(r)
}

// decimal says whether a digit run is the fraction of a number that begins
// with 0, or an amount with its cents.
func (s *scan) decimal(start, end int) bool {
	t, v := s.view.units, s.view
	if start >= 2 && t[start-1] == '.' && t[start-2] == '0' && !v.is(start-3, isAlnum) {
		return true
	}
	cents := end + 1
	for v.is(cents, isDigit) {
		cents++
	}
	return end < len(t) && t[end] == '.' && (cents == end+2 || cents == end+3)
}
