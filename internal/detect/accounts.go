package detect

// accountAfter reports the number of a bank account behind the label that
// begins at unit label. Cards are left to [scan.card]; a number that only looks
// like one is an account too.
func (s *scan) accountAfter(r *Rule, label, i int) {
	t := s.view.units
	from := s.value(i)
	to, n := from, 0
	for ; to < len(t); to++ {
		if s.view.is(to, isDigit) {
			n++
		} else if t[to] != ' ' && t[to] != '-' || !s.view.is(to+1, isDigit) || to == from {
			break
		}
	}
	if n < 10 || n > 28 || s.view.is(to, isAlnum) {
		return
	}
	number := make([]byte, 0, n)
	for _, u := range t[from:to] {
		if u != ' ' && u != '-' {
			number = append(number, byte(u))
		}
	}
	if s.cardNumber(string(number)) || n == 11 && number[0] == '1' || validResident18(string(number)) {
		return
	}
	if s.weak(r, label) && !s.near(label, to, r.context, 60) {
		return
	}
	s.add(match{rule: r, start: from, end: to, class: r.Class, mask: s.masked(r, string(number))})
}

func validResident18(n string) bool { return len(n) == 18 && validResident(n) }
