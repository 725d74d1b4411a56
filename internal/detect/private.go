package detect

import "slices"

// illness is a word for a fact about somebody that is nobody's business:
// health, faith, fingerprints, whereabouts.
type illness struct {
	rule       *Rule
	start, end int
}

// persons looks at what only other findings make sense of: names beside the
// numbers of persons, and private facts beside persons.
func (s *scan) persons() {
	if len(s.ill) > 0 {
		slices.SortFunc(s.found, match.compare)
	}
	s.sorted = len(s.found)
	if r := s.rules.only[personName]; r != nil {
		for i := range len(s.found) {
			switch m := s.found[i]; m.rule.Detector {
			case residentID, bankCard, bankAccount:
				if m.class.Rank() >= Hold.Rank() {
					s.nameBefore(r, m.start)
				}
			}
		}
	}
	for _, f := range s.ill {
		s.private(f.rule, f.start, f.end)
	}
	s.again()
}

// again reports the other places of names that must not be public: a name that
// is masked once and not elsewhere is not masked.
func (s *scan) again() {
	const most, longest = 32, 1 << 18 // names, units: beyond these a list is masked as a whole
	t := s.view.units
	if len(t) > longest {
		return
	}
	var told [][]uint16
	for i := range len(s.found) {
		m := s.found[i]
		if m.rule.Detector != personName || m.class.Rank() < Hold.Rank() || m.end-m.start < 3 || len(told) == most {
			continue
		}
		name := t[m.start:m.end]
		if slices.ContainsFunc(told, func(o []uint16) bool { return slices.Equal(o, name) }) {
			continue
		}
		told = append(told, name)
		for at := 0; at+len(name) <= len(t); at++ {
			if t[at] == name[0] && slices.Equal(t[at:at+len(name)], name) && at != m.start && !s.known(at) {
				s.add(match{rule: m.rule, start: at, end: at + len(name), class: m.class, mask: m.mask})
			}
		}
	}
}

// nameBefore reports a name that stands alone in its clause or cell shortly
// before at.
func (s *scan) nameBefore(r *Rule, at int) {
	t := s.view.units
	from := max(0, at-40)
	breaks := 0
	for i := at - 1; i >= from && t[i] != '。'; i-- {
		if t[i] == softBreak || t[i] == '\n' && s.view.text[s.view.at[i]] != '\t' {
			if breaks++; breaks > 2 || s.view.text[s.view.at[i]] != '\n' || i < at-12 {
				return
			}
			continue
		}
		if !s.view.is(i, isHan) || s.view.is(i-1, isHan) && !s.view.spaceBefore(i) || i > 0 && t[i-1] == '·' {
			continue
		}
		n := s.nameAt(r, i)
		if n == 0 || s.view.is(i+n, isHan) && !s.view.spaceBefore(i+n) || breaks > 0 && !s.wholeLine(i, i+n) {
			continue
		}
		if !s.known(i) {
			m := match{rule: r, start: i, end: i + n, class: r.Class, mask: unfold(t[i:i+1]) + "某"}
			m.lower(Warn, Text{"与个人号码相连", "beside the number of a person"})
			s.add(m)
			s.latestName = i
		}
		return
	}
}

// wholeLine says whether [start,end) is a line of its own.
func (s *scan) wholeLine(start, end int) bool {
	t := s.view.units
	return (start == 0 || isBreak(t[start-1])) && (end == len(t) || isBreak(t[end]))
}

// known says whether a name was found at unit start.
func (s *scan) known(start int) bool {
	_, found := slices.BinarySearch(s.names, start)
	return found || start == s.latestName
}

// private reports words for a private fact, in a sentence that tells whose.
func (s *scan) private(r *Rule, start, end int) {
	t := s.view.units
	from, to := start, end
	for from > max(0, start-50) && !s.sentenceEnd(from-1) {
		from--
	}
	for to < min(len(t), end+30) && !s.sentenceEnd(to) {
		to++
	}
	m := match{rule: r, start: start, end: end, class: r.Class}
	person, sexOnly := s.inside(from, to, r.context), false
	for i := from; i < to; i++ {
		switch {
		case t[i] == '某' && s.surnameAt(i-1) > 0:
			m.lower(Warn, Text{"姓名已隐去", "the name is left out"})
			s.add(m)
			return
		case (t[i] == '男' || t[i] == '女') && !s.view.is(i-1, isHan) && !s.view.is(i+1, isHan):
			sexOnly = true
		}
	}
	at, _ := slices.BinarySearchFunc(s.found[:s.sorted], from, func(m match, from int) int { return m.start - from })
	for i := at; i < s.sorted && s.found[i].start < to && !person; i++ {
		switch o := s.found[i]; o.rule.Detector {
		case residentID, mobile, personName, minor, bankCard, passport:
			person = o.start >= from && o.end <= to
		}
	}
	names := s.rules.only[personName]
	if !person && names != nil {
		person = s.nameEndsAt(names, start) > 0
		for i := end; i < min(to, end+6) && !person; i++ { // 指纹信息：张三
			person = t[i] == ':' && s.partedName(names, i+1) > 1
		}
		for i := from + 1; i < to && !person; i++ {
			person = (t[i] == ',' || t[i] == '(') && s.nameEndsAt(names, i) > 0
		}
	}
	switch {
	case person:
	case sexOnly:
		m.lower(Warn, Text{"未写姓名，但可能认出是谁", "no name, yet one may tell who it is"})
	case r.Detector == health && names != nil && (s.perhapsName(names, start) || s.partedName(names, from) > 2):
		m.lower(Warn, r.Params.Codes["perhaps"])
	default:
		return
	}
	if start > 0 && t[start-1] == '、' && (hasAt(t, end, "、") || hasAt(t, end, "等") || hasAt(t, end, "信息")) {
		m.lower(Info, Text{"应为列举", "probably one of a list"})
	}
	s.add(m)
}

// sentenceEnd says whether a sentence ends at unit i. The cells of one line of
// a table are one sentence.
func (s *scan) sentenceEnd(i int) bool {
	switch s.view.units[i] {
	case '。', ';':
		return true
	case '\n', softBreak:
		return s.view.text[s.view.at[i]] != '\t'
	}
	return false
}

// partedName is the length of the name at unit i behind which a word ends, or 0.
func (s *scan) partedName(r *Rule, i int) int {
	if n := s.nameAt(r, i); n > 0 && s.parted(i+n) {
		return n
	}
	return 0
}

// perhapsName says whether what ends at unit end may be a name in running text.
func (s *scan) perhapsName(r *Rule, end int) bool {
	if end < 2 || slices.Contains([]uint16{'人', '员', '者', '工', '童', '民', '众', '体', '位', '龄', '等', '方', '部', '应', '生'}, s.view.units[end-1]) {
		return false
	}
	return s.nameAt(r, end-2) == 2 || s.nameAt(r, end-3) == 3
}
