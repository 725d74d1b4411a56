package detect

import "slices"

// label reads what follows the word at [start,end), which names it.
func (s *scan) label(r *Rule, start, end int) {
	if !r.concerns(s.kind) || s.covered(start, end, r.exceptions) {
		return
	}
	switch r.Detector {
	case landline:
		s.landlineAfter(r, end)
	case address:
		s.addressAfter(r, end)
	case personName:
		if start > 1 && s.view.units[start-1] == '(' { // 张三（死者，男）
			if n := s.nameEndsAt(r, start-1); n > 0 {
				s.add(match{rule: r, start: start - 1 - n, end: start - 1, class: r.Class, mask: unfold(s.view.units[start-1-n:start-n]) + "某"})
				return
			}
		}
		s.namesAfter(r, end)
	case credential:
		s.secretAfter(r, end)
	case coordinates:
		s.coordinatesAfter(r, start, end)
	case health:
		s.ill = append(s.ill, cue{start: int32(start), end: int32(end)})
	}
}

// separator skips what may stand between a label and its value.
func separator(t []uint16, i int) int {
	for n := 0; n < 3 && i < len(t); n++ {
		switch t[i] {
		case ':', '=', '为', '是', '(', ')', '"', '\'', ' ', '[', ']', '、', ';', '|', '“', '”', '\n', softBreak:
			i++
		default:
			return i
		}
	}
	return i
}

// landlineAfter reports the telephone of a home.
func (s *scan) landlineAfter(r *Rule, i int) {
	from := separator(s.view.units, i)
	to, n := from, 0
	for ; to < len(s.view.units); to++ {
		switch {
		case s.view.is(to, isDigit):
			n++
			continue
		case s.view.units[to] == '-' || s.view.units[to] == ' ' || s.view.units[to] == ')' && n < 5:
			continue
		}
		break
	}
	for to > from && !s.view.is(to-1, isDigit) {
		to--
	}
	if n >= 7 && n <= 12 && s.view.units[from] != '1' {
		s.add(match{rule: r, start: from, end: to, class: r.Class, mask: s.masked(r, unfold(s.view.units[from:to]))})
	}
}

// addressAfter reports an address that goes down to a house or a door. What is
// left of it is the street office or town (乡镇、街道).
func (s *scan) addressAfter(r *Rule, i int) {
	t := s.view.units
	from := separator(t, i)
	to, detail, keep := from, false, from
	for ; to < len(t) && to < from+50; to++ {
		u := t[to]
		if !s.view.is(to, isHan|isAlnum) && u != '-' && u != '(' && u != ')' && u != '·' || u == '住' && to > from {
			break
		}
		switch u {
		case '号', '室', '弄', '幢', '栋', '组', '户', '楼', '元':
			before := to - 1
			if u == '元' {
				before-- // 3单元
			}
			detail = detail || s.view.is(before, isAlnum|isNumeral) || before > 0 && t[before] == '十'
		case '镇', '乡':
			keep = to + 1
		case '道':
			if t[to-1] == '街' {
				keep = to + 1
			}
		case '市', '区', '县':
			if !detail && !slices.Contains(t[from:keep], '镇') && !slices.Contains(t[from:keep], '乡') {
				keep = to + 1
			}
		}
	}
	for to > from && (t[to-1] == '(' || t[to-1] == '-') {
		to--
	}
	if detail && to-from >= 6 {
		s.add(match{rule: r, start: from, end: to, class: r.Class, mask: unfold(t[from:min(keep, to)]) + "***"})
	}
}

// namesAfter reports the names behind a word for a person whose name is not to
// be public: 死者张三, 举报人：李四、王五.
func (s *scan) namesAfter(r *Rule, i int) {
	t := s.view.units
	from := separator(t, i)
	touching := from == i
	if touching && from < len(t) && slices.Contains(r.Params.Touching, unfold(t[from:from+1])) {
		return
	}
	for from < len(t) {
		n := s.nameAt(r, from)
		if n == 0 {
			return
		}
		m := match{rule: r, start: from, end: from + n, class: r.Class, mask: unfold(t[from:from+1]) + "某"}
		if touching && !s.parted(from+n) {
			m.lower(Warn, Text{"紧接文字，可能不是姓名", "runs on into text, perhaps no name"})
		}
		s.add(m)
		from += n
		if from >= len(t) || t[from] != '、' && t[from] != ',' {
			return
		}
		from++
		touching = false
	}
}

// nameAt is the length of the name at unit i, or 0. A name is a surname and
// one or two characters more, and ends where a word ends or another begins
// that follows names.
func (s *scan) nameAt(r *Rule, i int) int {
	t := s.view.units
	n := s.surnameAt(i)
	if n == 0 {
		return 0
	}
	end := i + n
	for end < len(t) && end < i+n+2 && s.view.is(end, isHan) {
		if end == i+n && slices.Contains([]uint16{'的', '等', '和', '与', '及', '是', '在', '被', '因', '于', '称', '应', '某'}, t[end]) {
			return 0
		}
		if end > i+n && follows(t[end]) {
			break
		}
		end++
	}
	if end == i+n || s.covered(i, end, nil) {
		return 0
	}
	if end < len(t) && t[end] == '某' {
		return 0
	}
	word := t[i:end]
	for _, e := range r.exceptions {
		if len(e) <= len(word) && slices.Equal(word[:len(e)], e) || len(e) > len(word) && i+len(e) <= len(t) && slices.Equal(t[i:i+len(e)], e) {
			return 0
		}
	}
	return end - i
}

// nameEndsAt is the length of the name that stands alone before unit end, or 0.
func (s *scan) nameEndsAt(r *Rule, end int) int {
	for n := 2; n <= 4; n++ {
		if from := end - n; from >= 0 && !s.view.is(from-1, isHan) && s.nameAt(r, from) == n {
			return n
		}
	}
	return 0
}

// surnameAt is the length of the surname at unit i, or 0.
func (s *scan) surnameAt(i int) int {
	t := s.view.units
	if i < 0 || i >= len(t) || !s.view.is(i, isHan) {
		return 0
	}
	names := s.rules.only[personName]
	switch {
	case names == nil:
		return 0
	case i+3 <= len(t) && names.surnames[[2]uint16{t[i], t[i+1]}]:
		return 2
	case names.surnames[[2]uint16{t[i]}]:
		return 1
	}
	return 0
}

// parted says whether a word ends before unit i.
func (s *scan) parted(i int) bool {
	return i >= len(s.view.units) || !s.view.is(i, isHan) || follows(s.view.units[i])
}

// follows says whether u often stands right behind a name.
func follows(u uint16) bool {
	switch u {
	case '反', '患', '说', '住', '有', '是', '不', '未', '没', '遭', '身', '送', '抢', '均', '所', '以', '也', '就', '又', '或',
		'等', '在', '因', '于', '为', '被', '的', '和', '及', '与', '系', '经', '已', '从', '向', '对', '将', '称', '男', '女', '死', '受', '当', '某':
		return true
	}
	return false
}

// persons looks at what only other findings make sense of: names beside
// resident numbers, and health beside persons.
func (s *scan) persons() {
	s.named = nil
	if r := s.rules.only[personName]; r != nil {
		for i := range len(s.found) {
			if s.found[i].rule.Detector == residentID {
				s.nameBefore(r, s.found[i].start)
			}
		}
	}
	if r := s.rules.only[health]; r != nil {
		for _, c := range s.ill {
			s.illness(r, int(c.start), int(c.end))
		}
	}
}

// nameBefore reports a name that stands alone in its clause shortly before at.
func (s *scan) nameBefore(r *Rule, at int) {
	t := s.view.units
	for i := at - 1; i >= max(0, at-24) && t[i] != '\n' && t[i] != '。'; i-- {
		if !s.view.is(i, isHan) || s.view.is(i-1, isHan) {
			continue
		}
		n := s.nameAt(r, i)
		if n > 0 && !s.view.is(i+n, isHan) && !s.known(i) {
			m := match{rule: r, start: i, end: i + n, class: r.Class, mask: unfold(t[i:i+1]) + "某"}
			m.lower(Warn, Text{"与身份证号码相连", "beside a resident identity number"})
			s.add(m)
			s.named[i] = true
			return
		}
	}
}

// known says whether a name that starts there is among what was found.
func (s *scan) known(start int) bool {
	if s.named == nil {
		s.named = map[int]bool{}
		for i := range s.found {
			if s.found[i].rule.Detector == personName {
				s.named[s.found[i].start] = true
			}
		}
	}
	return s.named[start]
}

// illness reports words about a person's health, in a sentence that tells whose.
func (s *scan) illness(r *Rule, start, end int) {
	t := s.view.units
	from, to := start, end
	for from > max(0, start-50) && t[from-1] != '。' && t[from-1] != '\n' && t[from-1] != ';' {
		from--
	}
	for to < min(len(t), end+30) && t[to] != '。' && t[to] != '\n' && t[to] != ';' {
		to++
	}
	m := match{rule: r, start: start, end: end, class: r.Class}
	person := s.inside(from, to, r.context)
	for i := from; i < to; i++ {
		switch {
		case t[i] == '某' && s.surnameAt(i-1) > 0:
			m.lower(Warn, Text{"姓名已隐去", "the name is left out"})
			s.add(m)
			return
		case (t[i] == '男' || t[i] == '女') && !s.view.is(i-1, isHan) && !s.view.is(i+1, isHan):
			person = true
		}
	}
	for _, o := range s.found {
		switch o.rule.Detector {
		case residentID, mobile, personName, minor:
			person = person || o.start >= from && o.end <= to
		}
	}
	if !person {
		if s.surnameAt(start-2) == 0 && s.surnameAt(start-3) == 0 {
			return
		}
		m.lower(Warn, r.Params.Codes["perhaps"])
	}
	s.add(m)
}

// ageAt reports the age of one who is not yet eighteen, where the number in
// the token is one person's and not a group's (不满14周岁的未成年人).
func (s *scan) ageAt(n token) {
	r, t := s.rules.only[minor], s.view.units
	if r == nil || n.len() > 2 || !hasAt(t, n.end, "岁") && !hasAt(t, n.end, "周岁") {
		return
	}
	age, _ := number(t, n.start)
	end := n.end + 1
	if t[n.end] == '周' {
		end++
	}
	if age >= 18 || end < len(t) && slices.Contains([]uint16{'以', '至', '-', '~', '到', '及', '儿', '婴', '幼', '或', '未', '左', '起', '(', '前', '后'}, t[end]) {
		return
	}
	before := n.start - 1
	for before >= 0 && slices.Contains([]uint16{',', '(', '、', ':', '龄', '年', '仅', '时', '现'}, t[before]) {
		before--
	}
	if before < 0 || before < n.start-6 {
		before = n.start - 1
	}
	alone := false
	if names := s.rules.only[personName]; names != nil && n.start > 0 && (t[n.start-1] == '(' || t[n.start-1] == ',') {
		alone = s.nameEndsAt(names, n.start-1) > 0
	}
	young := hasAt(t, end, "少年") || hasAt(t, end, "少女") || hasAt(t, end, "男孩") || hasAt(t, end, "女孩") || hasAt(t, end, "男童") || hasAt(t, end, "女童")
	switch {
	case alone, young && s.surnameAt(end+2) > 0:
	case before >= 0 && slices.Contains([]uint16{'男', '女', '某', '孩', '童', '子', '生', '名'}, t[before]) && (t[before] != '名' || t[n.start-1] == ','):
	default:
		return
	}
	m := match{rule: r, start: n.start, end: end, class: r.Class, mask: "**" + unfold(t[n.end:end])}
	s.add(m)
}
