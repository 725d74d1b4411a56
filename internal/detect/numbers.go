package detect

import (
	"slices"
	"strings"
	"time"
)

// token is a run of ASCII letters and digits in a folded text.
type token struct {
	start, end int
	digits     bool // nothing but digits
	claimed    bool
}

func (t token) len() int { return t.end - t.start }

// numbers finds identifiers in runs of digits. It reads tokens, not patterns:
// a number inside a longer one is not that number, and groups written apart
// (6222 0210 ...) are still one. Where kinds overlap, the stronger evidence wins: resident number, credit code,
// bank card, mobile number.
func (s *scan) numbers() {
	t := s.view.folded
	var chain []token
	for i := 0; i < len(t); {
		if !isAlnum(t[i]) {
			i++
			continue
		}
		tok := token{start: i, digits: true}
		for i < len(t) && isAlnum(t[i]) {
			tok.digits = tok.digits && isDigit(t[i])
			i++
		}
		tok.end = i
		if n := len(chain); n > 0 && (tok.start != chain[n-1].end+1 || !joins(t[tok.start-1])) {
			s.chain(chain)
			chain = chain[:0]
		}
		chain = append(chain, tok)
	}
	s.chain(chain)
}

// joins says whether a single r may stand between the groups of one number.
func joins(r rune) bool { return r == ' ' || r == '-' || r == '.' }

// chain looks for identifiers in tokens joined by single separators.
func (s *scan) chain(c []token) {
	size := 0
	for _, t := range c {
		size += t.len()
	}
	if size < 11 {
		return
	}
	s.eachGroup(c, 18, func(start, end int, n string) bool { return s.resident(start, end, n) })
	s.creditCodes(c)
	s.eachGroup(c, 19, func(start, end int, n string) bool { return s.card(start, end, n) })
	s.eachGroup(c, 11, func(start, end int, n string) bool { return s.phone(start, end, n) })
	s.attached(c)
}

// eachGroup offers every run of unclaimed neighbouring tokens of at most size
// characters, and claims those that try accepts.
func (s *scan) eachGroup(c []token, size int, try func(start, end int, number string) bool) {
	t := s.view.folded
	var b strings.Builder
	for i := range c {
		b.Reset()
		for j := i; j < len(c) && b.Len()+c[j].len() <= size; j++ {
			last := t[c[j].end-1] == 'X'
			if c[j].claimed || !c[j].digits && !(last && allDigits(t[c[j].start:c[j].end-1])) {
				break
			}
			b.WriteString(string(t[c[j].start:c[j].end]))
			if b.Len() >= 11 && try(c[i].start, c[j].end, b.String()) {
				for k := i; k <= j; k++ {
					c[k].claimed = true
				}
				break
			}
		}
	}
}

func allDigits(t []rune) bool {
	return !slices.ContainsFunc(t, func(r rune) bool { return !isDigit(r) })
}

// resident reports an 18-digit number with a valid check digit (GB 11643), and
// as doubtful one whose check digit is wrong or a 15-digit one of the old form,
// which have no other proof than their date. Words about identity nearby make
// a doubtful number certain.
func (s *scan) resident(start, end int, n string) bool {
	sure, doubt := s.rules.only[residentID], s.rules.only[doubtfulID]
	if sure == nil || len(n) != 18 && len(n) != 15 || !slices.Contains(sure.Params.Areas, n[:2]) {
		return false
	}
	apart := end-start != len(n)
	switch {
	case len(n) == 15 && allDigits([]rune(n)) && !apart && realDate("19"+n[6:12]):
	case len(n) == 18 && allDigits([]rune(n[:17])) && realDate(n[6:14]):
		if n[17] == checkDigit(n[:17]) {
			s.mask(s.add(sure, start, end), sure, n)
			return true
		}
		if apart {
			return false
		}
	default:
		return false
	}
	switch {
	case s.near(start, end, sure.Params.Context):
		s.mask(s.add(sure, start, end), sure, n)
	case doubt != nil && !s.certified(n):
		s.mask(s.add(doubt, start, end), doubt, n)
	default:
		return false
	}
	return true
}

// certified says whether a number is valid as something else than a resident number.
func (s *scan) certified(n string) bool {
	return validCreditCode(n) || s.cardNumber(n)
}

// realDate accepts a yyyymmdd that exists, from 1850 on.
func realDate(d string) bool {
	_, err := time.Parse("20060102", d)
	return err == nil && d >= "18500101" && d < "21000101"
}

// checkDigit is the eighteenth character for seventeen digits (GB 11643, ISO 7064 MOD 11-2).
func checkDigit(d string) byte {
	sum := 0
	for i := range 17 {
		sum += int(d[i]-'0') * (1 << (17 - i) % 11)
	}
	return "10X98765432"[sum%11]
}

// creditCodes reports eighteen-character codes that look like a unified social
// credit code and fail its check character. Valid ones are public and claimed,
// so that no other rule takes them. Real codes with a wrong character exist.
func (s *scan) creditCodes(c []token) {
	r := s.rules.only[creditCode]
	if r == nil {
		return
	}
	for i := range c {
		n := string(s.view.folded[c[i].start:c[i].end])
		if c[i].claimed || len(n) != 18 || !slices.Contains(r.Params.Prefixes, n[:2]) ||
			!slices.Contains(r.Params.Areas, n[2:4]) || !allDigits([]rune(n[2:8])) {
			continue
		}
		c[i].claimed = true
		if !validCreditCode(n) {
			s.add(r, c[i].start, c[i].end)
		}
	}
}

// validCreditCode checks GB 32100-2015's check character.
func validCreditCode(n string) bool {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	if len(n) != 18 {
		return false
	}
	sum, weight := 0, 1
	for i := range 18 {
		v := strings.IndexByte(alphabet, n[i])
		if v < 0 {
			return false
		}
		if i == 17 {
			return v == (31-sum%31)%31
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return false
}

// card reports a payment card number: issuer prefix, length and Luhn digit.
func (s *scan) card(start, end int, n string) bool {
	// Written apart, the groups are of four, the last one of what is left.
	for i, r := range s.view.folded[start:end] {
		if end-start != len(n) && joins(r) && i%5 != 4 {
			return false
		}
	}
	if !s.cardNumber(n) || s.decimal(start, end) {
		return false
	}
	r := s.rules.only[bankCard]
	s.mask(s.add(r, start, end), r, n)
	return true
}

func (s *scan) cardNumber(n string) bool {
	r := s.rules.only[bankCard]
	if r == nil || len(n) < 16 || len(n) > 19 || !allDigits([]rune(n)) || !hasAnyPrefix(n, r.Params.Prefixes) {
		return false
	}
	sum := 0
	for i := range len(n) {
		d := int(n[len(n)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// phone reports a mobile number written together, 3-4-4, 3-8 or 7-4.
func (s *scan) phone(start, end int, n string) bool {
	r := s.rules.only[mobile]
	if r == nil || len(n) != 11 || !allDigits([]rune(n)) || !hasAnyPrefix(n, r.Params.Prefixes) || s.decimal(start, end) {
		return false
	}
	shape := make([]int, 1, 4)
	for _, c := range s.view.folded[start:end] {
		if joins(c) {
			shape = append(shape, 0)
		} else {
			shape[len(shape)-1]++
		}
	}
	for _, known := range [][]int{{11}, {3, 4, 4}, {3, 8}, {7, 4}} {
		if slices.Equal(shape, known) {
			s.mask(s.add(r, start, end), r, n)
			return true
		}
	}
	return false
}

// attached looks at unclaimed tokens where an identifier touches other
// characters: a country code, a Latin label, or letters around a resident number.
func (s *scan) attached(c []token) {
	t := s.view.folded
	for _, tok := range c {
		if tok.claimed || tok.len() < 12 {
			continue
		}
		if tok.digits {
			for _, code := range []string{"86", "0086"} {
				if tok.len() == 11+len(code) && hasAt(t, tok.start, code) {
					from := tok.start + len(code)
					s.phone(from, tok.end, string(t[from:tok.end]))
				}
			}
			continue
		}
		for i := tok.start; i < tok.end; i++ {
			if !isDigit(t[i]) {
				continue
			}
			from := i
			for i < tok.end && isDigit(t[i]) {
				i++
			}
			n := string(t[from:i])
			if i < tok.end && len(n) == 17 && t[i] == 'X' {
				i++
				n += "X"
			}
			switch sure := s.rules.only[residentID]; {
			case len(n) == 18 && sure != nil && slices.Contains(sure.Params.Areas, n[:2]) && realDate(n[6:14]) && n[17] == checkDigit(n[:17]):
				s.mask(s.add(sure, from, i), sure, n)
			case len(n) == 11 && i == tok.end && s.labelled(tok.start, from):
				s.phone(from, i, n)
			}
		}
	}
}

func (s *scan) labelled(start, end int) bool {
	r := s.rules.only[mobile]
	return r != nil && slices.Contains(r.Params.Labels, string(s.view.folded[start:end]))
}

// decimal says whether a digit run is a piece of a decimal fraction or of an amount.
func (s *scan) decimal(start, end int) bool {
	t := s.view.folded
	before := start >= 2 && (t[start-1] == '.' || t[start-1] == ',') && isDigit(t[start-2])
	after := end+1 < len(t) && (t[end] == '.' || t[end] == ',') && isDigit(t[end+1])
	return before || after
}

// near says whether one of the words stands within 30 runes of [start,end).
func (s *scan) near(start, end int, words []string) bool {
	t := s.view.folded
	window := string(t[max(0, start-30):start]) + "\n" + string(t[end:min(len(t), end+30)])
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(window, w) })
}

// mask suggests a replacement that keeps only what the rule allows to stay.
func (s *scan) mask(f *Finding, r *Rule, n string) {
	head, tail := r.Params.KeepHead, r.Params.KeepTail
	if head+tail >= len(n) {
		head, tail = 0, 0
	}
	f.Mask = n[:head] + strings.Repeat("*", len(n)-head-tail) + n[len(n)-tail:]
}
