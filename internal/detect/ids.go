package detect

import (
	"slices"
	"strings"
	"time"
)

// resident reports an 18-digit number with a valid check digit (GB 11643), and
// as doubtful one whose check digit is wrong or a 15-digit one of the old form,
// which have no other proof than their date. Words about identity nearby make
// a doubtful number certain.
func (s *scan) resident(r run) bool {
	sure, doubt, n := s.rules.numbers.resident, s.rules.numbers.doubtful, r.number
	if sure == nil || len(n) != 18 && len(n) != 15 || !sure.isArea(n) {
		return false
	}
	foreign := n[0] == '9' // permanent residence cards since 2023
	switch {
	case foreign && (len(n) == 15 || !validResident(n) && !s.near(r.start, r.end, sure.context, reach)):
		return false
	case len(n) == 15 && allDigits(n) && !r.apart() && realDate("19"+n[6:12]):
	case len(n) == 18 && validResident(n):
		if r.hard && len(r.shape) > 2 && !s.near(r.start, r.end, sure.context, reach) {
			return false
		}
		s.identifier(sure, r)
		return true
	case len(n) == 18 && !r.apart() && allDigits(n[:17]) && realDate(n[6:14]):
	default:
		return false
	}
	switch {
	case s.near(r.start, r.end, sure.context, reach), s.headed(r.start, sure.Params.Context):
		s.identifier(sure, r)
	case doubt != nil && !validCreditCode(n) && !s.cardNumber(n):
		s.identifier(doubt, r)
	default:
		return false
	}
	return true
}

// isArea says whether n begins with the two digits of one of the rule's areas.
func (r *Rule) isArea(n string) bool { return allDigits(n[:2]) && r.codes[twoDigits(n)] }

func twoDigits(s string) int { return int(s[0]-'0')*10 + int(s[1]-'0') }

func validResident(n string) bool {
	return allDigits(n[:17]) && realDate(n[6:14]) && n[17] == checkDigit(n[:17])
}

// identifier adds a number with its mask.
func (s *scan) identifier(r *Rule, n run) {
	s.add(match{rule: r, start: n.start, end: n.end, class: r.Class, mask: s.masked(r, n.number)})
}

// masked keeps of n, in ASCII, only what the rule allows to stay.
func (s *scan) masked(r *Rule, n string) string {
	var room [32]byte
	c := append(room[:0], n...)
	head, tail := r.Params.KeepHead, r.Params.KeepTail
	if head+tail >= len(c) {
		head, tail = 0, 0
	}
	for i := head; i < len(c)-tail; i++ {
		c[i] = '*'
	}
	return s.kept(c)
}

// kept makes a mask a string. Many share an allocation.
func (s *scan) kept(mask []byte) string {
	const most = 4 << 10
	if s.masks.Cap()-s.masks.Len() < len(mask) {
		size := min(2*s.masks.Cap(), most)
		s.masks = strings.Builder{}
		s.masks.Grow(max(size, len(mask)))
	}
	from := s.masks.Len()
	s.masks.Write(mask)
	return s.masks.String()[from:]
}

// realDate accepts a yyyymmdd of digits that exists, from 1850 to 2099.
func realDate(d string) bool {
	year, month, day := twoDigits(d)*100+twoDigits(d[2:]), twoDigits(d[4:]), twoDigits(d[6:])
	if year < 1850 || year > 2099 || month < 1 || month > 12 || day < 1 {
		return false
	}
	return day <= 28 || day <= daysIn(year, month)
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// checkDigit is the eighteenth character for seventeen digits (GB 11643, ISO 7064 MOD 11-2).
func checkDigit(d string) byte {
	sum := 0
	for i := range 17 {
		sum = sum*2 + int(d[i]-'0')
	}
	return "10X98765432"[sum*2%11]
}

// creditCodes reports eighteen-character codes that look like a unified social
// credit code and fail its check character. Valid ones are public and claimed,
// so that no other rule takes them. Real codes with a wrong character exist.
func (s *scan) creditCodes(c []token) {
	r := s.rules.numbers.creditCode
	if r == nil {
		return
	}
	for i := range c {
		last, n := s.eighteen(c, i)
		if n == "" {
			continue
		}
		named := s.before(c[i].start, r.context, 3)
		if !named && (last > i || !slices.Contains(r.Params.Prefixes, n[:2]) || !slices.Contains(r.Params.Areas, n[2:4]) || !allDigits(n[2:8])) {
			continue
		}
		for k := i; k <= last; k++ {
			c[k].claimed = true
		}
		if !validCreditCode(n) {
			s.add(match{rule: r, start: c[i].start, end: c[last].end, class: r.Class})
		}
	}
}

// eighteen reads a code of eighteen characters that begins with token i, whole or
// broken by spaces or the end of a line. n is empty if there is none.
func (s *scan) eighteen(c []token, i int) (last int, n string) {
	size := 0
	for last = i; last < len(c) && !c[last].claimed && c[last].kind != numerals; last++ {
		if size += c[last].len(); size >= 18 {
			break
		}
	}
	if size != 18 || last == len(c) || c[last].claimed {
		return i, ""
	}
	if last == i {
		return i, unfold(s.view.units[c[i].start:c[i].end])
	}
	for _, t := range c[i : last+1] {
		n += unfold(s.view.units[t.start:t.end])
	}
	return last, n
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
func (s *scan) card(r run) bool {
	// Written apart, the groups are of four, the last one of what is left, or
	// each digit stands alone.
	odd := false
	for _, n := range r.shape[:len(r.shape)-1] {
		odd = odd || n != 4 && (n != 1 || len(r.shape) != len(r.number))
	}
	if odd && (len(r.shape) > 5 || !s.before(r.start, s.rules.only[bankCard].context, 6)) {
		return false
	}
	if !s.cardNumber(r.number) || s.decimal(r.start, r.end) || r.hard && !s.before(r.start, s.rules.only[bankCard].context, 6) {
		return false
	}
	rule := s.rules.numbers.bankCard
	m := match{rule: rule, start: r.start, end: r.end, class: rule.Class, mask: s.masked(rule, r.number)}
	usual := r.number[0] == '6' && (len(r.number) == 16 || len(r.number) == 19)
	if !usual && !s.near(r.start, r.end, rule.context, reach) {
		m.lower(Warn, rule.Params.Codes["no_context"])
	} else if s.numberedOtherwise(r.start) && !s.before(r.start, rule.context, 8) {
		m.lower(Warn, rule.Params.Codes["numbered"])
	}
	s.add(m)
	return true
}

func (s *scan) cardNumber(n string) bool {
	r := s.rules.numbers.bankCard
	if r == nil || len(n) < 16 || len(n) > 19 || !allDigits(n) || !hasAnyPrefix(n, r.Params.Prefixes) {
		return false
	}
	if n[:2] != "62" && n[:2] != "60" && len(n) != 16 { // only UnionPay's are longer
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

// phone reports a mobile number written together, 3-4-4, 3-8, 7-4, or digit by
// digit.
func (s *scan) phone(r run) bool {
	rule := s.rules.numbers.mobile
	if rule == nil || len(r.number) != 11 || !allDigits(r.number) || !hasAnyPrefix(r.number, rule.Params.Prefixes) ||
		s.decimal(r.start, r.end) {
		return false
	}
	known := false
	switch len(r.shape) {
	case 1:
		known = true
	case 2:
		known = r.shape[0] == 3 || r.shape[0] == 7 || r.broken
	case 3:
		known = r.shape[0] == 3 && r.shape[1] == 4
	case 11:
		known = !s.single(r.start-2) && !s.single(r.end+1)
	}
	named := s.before(r.start, rule.context, 12)
	if r.broken && !named { // the cells of a table stand in lines too
		return false
	}
	known = known || named && len(r.shape) < 7 && !r.broken
	if known = known || r.end-r.start == len(r.number); known { // with Chinese or circled digits among others
		m := match{rule: rule, start: r.start, end: r.end, class: rule.Class, mask: s.masked(rule, r.number)}
		if !named && s.numberedOtherwise(r.start) {
			m.lower(Warn, rule.Params.Codes["numbered"])
		}
		s.add(m)
	}
	return known
}

// single says whether the digit at unit i stands alone.
func (s *scan) single(i int) bool {
	return s.view.is(i, isDigit) && !s.view.is(i-1, isAlnum) && !s.view.is(i+1, isAlnum)
}

// numberedOtherwise says whether a word for a number of some kind stands right
// before unit start: 学号, 货号, 条码. Whether it is one of persons, the caller
// knows.
func (s *scan) numberedOtherwise(start int) bool {
	t := s.view.units
	i := start - 1
	for n := 0; n < 2 && i > 0 && slices.Contains([]uint16{':', '(', '为', '是'}, t[i]); n++ {
		i--
	}
	return i > 0 && (t[i] == '号' || t[i] == '码' && t[i-1] != '号') && s.view.is(i-1, isHan)
}
