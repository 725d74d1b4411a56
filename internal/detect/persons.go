package detect

import "slices"

// label reads what follows the word at [start,end), which names it.
func (s *scan) label(r *Rule, start, end int) {
	if !r.concerns(s.kind) || r.Detector != personName && s.covered(start, end, r.exceptions) {
		return
	}
	switch r.Detector {
	case landline:
		s.landlineAfter(r, end)
		s.column(r, start, end, func(at int) { s.landlineAfter(r, at) })
	case address:
		s.addressAfter(r, start, end)
		s.column(r, start, end, func(at int) { s.addressAfter(r, start, at) })
	case bankAccount:
		s.accountAfter(r, start, end)
		s.column(r, start, end, func(at int) { s.accountAfter(r, start, at) })
	case passport:
		s.travelNumberAfter(r, end)
	case minor:
		s.namesAfter(r, end)
	case personName:
		if start > 1 && s.view.units[start-1] == '(' { // 张三（死者，男）
			if n := s.nameEndsAt(r, start-1); n > 0 {
				s.add(match{rule: r, start: start - 1 - n, end: start - 1, class: r.Class, mask: unfold(s.view.units[start-1-n:start-n]) + "某"})
				s.names = append(s.names, start-1-n)
				return
			}
		}
		s.namesAfter(r, end)
	case credential:
		s.secretAfter(r, start, end)
	case coordinates:
		s.coordinatesAfter(r, start, end)
	case health, sensitive:
		s.ill = append(s.ill, illness{r, start, end})
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

// value is the unit where the value of the label that ends at unit i begins. In
// a table it does not stand in the next line, which is another one's.
func (s *scan) value(i int) int {
	t := s.view.units
	from := separator(t, i)
	for j := i; j < from; j++ {
		if at := int(s.view.at[j]); isBreak(t[j]) && s.view.text[at] == '\n' && s.tableAround(at) != nil {
			return len(t)
		}
	}
	return from
}

// landlineAfter reports the telephone of a home.
func (s *scan) landlineAfter(r *Rule, i int) {
	from := s.value(i)
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

// addressAfter reports an address that goes down to a house or a door, behind
// the label that begins at unit label. What is left of it is the street office
// or town (乡镇、街道). A weak label, which offices and firms have too, needs
// a person near by.
func (s *scan) addressAfter(r *Rule, label, i int) {
	t := s.view.units
	from := s.value(i)
	if from < len(t) && slices.Contains(r.Params.Touching, unfold(t[from:from+1])) {
		return
	}
	to, detail, keep, open := from, false, from, 0
	for ; to < len(t) && to < from+50; to++ {
		u := t[to]
		if u == '(' {
			open++
		} else if u == ')' {
			open--
		}
		if open < 0 {
			break
		}
		if !s.view.is(to, isHan|isAlnum) && u != '-' && u != '(' && u != ')' && u != '·' || (u == '住' || u == '的') && to > from || detail && s.view.apart(to) && s.view.is(to, isHan) {
			break
		}
		switch u {
		case '号', '室', '弄', '幢', '栋', '组', '户', '楼', '元':
			before := to - 1
			if u == '元' {
				before-- // 3单元
			}
			detail = detail || s.view.is(before, isAlnum|isNumeral) || before > 0 && (t[before] == '十' || u == '组' && s.view.is(before, isHan) && before > from+4)
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
	if !detail || to-from < 6 {
		return
	}
	for i := len(s.found) - 1; i >= 0 && i >= len(s.found)-8; i-- { // behind a longer label already
		if m := s.found[i]; m.rule == r && m.start <= from && from < m.end {
			return
		}
	}
	if s.weak(r, label) && !s.ofPerson(r, label) {
		return
	}
	s.add(match{rule: r, start: from, end: to, class: r.Class, mask: unfold(t[from:min(keep, to)]) + "***"})
}

// weak says whether the label that begins at unit i is one that needs a person
// near by.
func (s *scan) weak(r *Rule, i int) bool {
	return slices.ContainsFunc(r.loose, func(w []uint16) bool {
		return i+len(w) <= len(s.view.units) && slices.Equal(s.view.units[i:i+len(w)], w)
	})
}

// ofPerson says whether the clause before unit i speaks of a person.
func (s *scan) ofPerson(r *Rule, i int) bool {
	const clause = 45
	return s.before(i, r.context, clause)
}

// namesAfter reports the names behind a word for a person whose name is not to
// be public: 死者张三, 举报人：李四、王五.
func (s *scan) namesAfter(r *Rule, i int) {
	t := s.view.units
	from := s.value(i)
	names := s.rules.only[personName]
	if names == nil {
		return
	}
	touching := from == i && !s.view.spaceBefore(from)
	if touching && from < len(t) && slices.Contains(names.Params.Touching, unfold(t[from:from+1])) {
		return
	}
	for _, word := range []string{"分别为", "分别是", "名叫", "名为", "系", "叫"} {
		if hasAt(t, from, word) {
			from += len([]rune(word))
			break
		}
	}
	for from = s.item(from); from < len(t) && !s.known(from); {
		n := s.nameAt(names, from)
		if n == 0 {
			return
		}
		m := match{rule: r, start: from, end: from + n, class: r.Class, mask: unfold(t[from:from+1]) + "某"}
		sure := s.before(from, names.context, 3)
		if !s.parted(from + n) {
			if !touching || r != names || !sure {
				return
			}
			m.lower(Warn, Text{"紧接文字，可能不是姓名", "runs on into text, perhaps no name"})
		} else if touching && !sure && n < 3 {
			m.lower(Warn, Text{"只有两字，可能不是姓名", "two characters only, perhaps no name"})
		}
		if sure && r == names { // 死者姓名：张三 is no list
			s.found = append(s.found, m)
		} else {
			s.add(m)
		}
		s.names = append(s.names, m.start)
		from += n
		touching = false
		switch next := s.nextItem(from); {
		case next > 0:
			from = next
		case from < len(t) && (t[from] == '、' || t[from] == ','):
			from++
		default:
			return
		}
	}
}

// item skips the number of an item of a list at unit i: 1. or （一）.
func (s *scan) item(i int) int {
	t := s.view.units
	j := i
	for j < i+2 && s.view.is(j, isDigit|isNumeral) {
		j++
	}
	if j > i && j < len(t) && slices.Contains([]uint16{'.', '、', ')'}, t[j]) {
		return j + 1
	}
	return i
}

// nextItem is where the next numbered item of a list begins shortly behind
// unit i, in the same sentence, or 0.
func (s *scan) nextItem(i int) int {
	const longest = 60
	t := s.view.units
	for j := i; j < min(len(t), i+longest) && t[j] != '。'; j++ {
		if t[j] == ';' || isBreak(t[j]) {
			if to := s.item(j + 1); to > j+1 {
				return to
			}
		}
	}
	return 0
}

// nameAt is the length of the name at unit i, or 0. A name is a surname and
// one or two characters more, and ends where a word ends or another begins
// that follows names; or words joined by dots, as many peoples write theirs.
func (s *scan) nameAt(r *Rule, i int) int {
	t := s.view.units
	if n := s.dottedName(i); n > 0 {
		return n
	}
	n := s.surnameAt(i)
	if n == 0 {
		return 0
	}
	end := i + n
	for end < len(t) && end < i+n+2 && s.view.is(end, isHan) {
		if end == i+n && slices.Contains([]uint16{'的', '等', '和', '与', '及', '是', '在', '被', '因', '于', '称', '应', '某'}, t[end]) {
			return 0
		}
		if end > i+n && (follows(t[end]) || s.view.spaceBefore(end)) {
			break
		}
		end++
	}
	if end == i+n {
		return 0
	}
	if end < len(t) && t[end] == '某' || t[i+n] == '〇' { // masked already
		return 0
	}
	word := t[i:end]
	if slices.ContainsFunc(r.titles, func(title []uint16) bool { return slices.Equal(word[n:], title) }) {
		return 0
	}
	for _, e := range r.noNames[t[i]] {
		if len(e) <= len(word) && slices.Equal(word[:len(e)], e) || len(e) > len(word) && i+len(e) <= len(t) && slices.Equal(t[i:i+len(e)], e) {
			return 0
		}
	}
	return end - i
}

// dottedName is the length of a name such as 阿依古丽·买买提 at unit i, or 0.
func (s *scan) dottedName(i int) int {
	const longest = 8 // characters of a part
	t := s.view.units
	end, parts := i, 0
	for {
		from := end
		for end < len(t) && end-from <= longest && s.view.is(end, isHan) && (parts == 0 || end-from < 2 || !follows(t[end])) {
			end++
		}
		if end-from < 2 || end-from > longest {
			return 0
		}
		if parts++; end >= len(t) || t[end] != '·' {
			break
		}
		end++
	}
	if parts < 2 {
		return 0
	}
	return end - i
}

// nameEndsAt is the length of the name that stands alone before unit end, or 0.
func (s *scan) nameEndsAt(r *Rule, end int) int {
	for n := 2; n <= 4; n++ {
		if from := end - n; from >= 0 && !s.view.is(from-1, isHan) {
			if name := s.nameAt(r, from); name == n || name > n && n > s.surnameAt(from) {
				return n
			}
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
	names := s.rules.numbers.person
	if names == nil {
		return 0
	}
	kind := names.surnameStarts[t[i]]
	switch {
	case kind&ofTwo != 0 && i+3 <= len(t) && names.surnames[[2]uint16{t[i], t[i+1]}]:
		return 2
	case kind&ofOne != 0:
		return 1
	}
	return 0
}

// What surnames a character begins.
const (
	ofOne = 1 << iota // it is one
	ofTwo             // with the next
)

// parted says whether a word ends before unit i.
func (s *scan) parted(i int) bool {
	return i >= len(s.view.units) || !s.view.is(i, isHan) || follows(s.view.units[i]) || s.view.spaceBefore(i)
}

// follows says whether u often stands right behind a name.
func follows(u uint16) bool {
	switch u {
	case '反', '患', '说', '住', '有', '是', '不', '未', '没', '遭', '身', '送', '抢', '均', '所', '以', '也', '就', '又', '或',
		'家', '父', '母', '正', '获', '左', '右', '头', '腿', '胸', '腰', '陈', '述', '表', '供', '证', '现', '原', '曾', '性',
		'等', '在', '因', '于', '为', '被', '的', '和', '及', '与', '系', '经', '已', '从', '向', '对', '将', '称', '男', '女', '死', '受', '当', '某':
		return true
	}
	return false
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
		alone = s.nameEndsAt(names, n.start-1) > 0 || s.nameFound(n.start-1)
	}
	young := hasAt(t, end, "少年") || hasAt(t, end, "少女") || hasAt(t, end, "男孩") || hasAt(t, end, "女孩") || hasAt(t, end, "男童") || hasAt(t, end, "女童")
	switch {
	case end < len(t) && t[end] == '的' && s.rules.only[personName] != nil && s.nameAt(s.rules.only[personName], end+1) > 1:
	case alone, young && s.surnameAt(end+2) > 0:
	case before >= 0 && slices.Contains([]uint16{'男', '女', '某', '孩', '童', '子', '生', '名'}, t[before]) && (t[before] != '名' || t[n.start-1] == ','):
	default:
		return
	}
	m := match{rule: r, start: n.start, end: end, class: r.Class, mask: "**" + unfold(t[n.end:end])}
	s.add(m)
}

// nameFound says whether a name was found that ends at unit end.
func (s *scan) nameFound(end int) bool {
	const longest = 20
	for start := max(0, end-longest); start < end; start++ {
		if _, found := slices.BinarySearch(s.names, start); found && s.nameAt(s.rules.only[personName], start) == end-start {
			return true
		}
	}
	return false
}
