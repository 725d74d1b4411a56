package detect

import (
	"slices"
	"strings"
)

// secretMarks finds state-secret marks: level, star, and a period, date, event
// or nothing (then the longest period applies; 保密法 20, 22 and 实施条例).
// The bare words are everyday words and are left to the word rules.
func (s *scan) secretMarks() {
	t := s.view.folded
	for i := 0; i+2 < len(t); i++ {
		if t[i+1] != '密' || t[i] != '绝' && t[i] != '机' && t[i] != '秘' {
			continue
		}
		star := i + 2
		if t[star] == '级' {
			star++
		}
		if star >= len(t) || t[star] != '★' && t[star] != '*' {
			continue
		}
		end, amount, unit := limit(t, star+1)
		// An asterisk is also emphasis and multiplication: alone it marks nothing.
		if t[star] == '*' && unit == 0 {
			continue
		}
		rule := s.rules.only[secretMark]
		lim := s.rules.only[secretLimit]
		years := lim.Params.MaxYears[string(t[i:i+2])]
		switch {
		case unit == '年' && amount < 1900 && (amount < 1 || amount > years), unit == '月' && (amount < 1 || amount > 11):
			rule = lim
		}
		s.add(rule, i, end)
	}
}

// limit reads a secrecy limit at i: where it ends, and 年, 月 or another unit
// with its amount. Without a limit the end is i and the unit 0.
func limit(t []rune, i int) (end, amount int, unit rune) {
	if hasAt(t, i, "长期") || hasAt(t, i, "解密") {
		return i + 2, 0, '长'
	}
	n, j := numeral(t, i)
	if j > i {
		for _, u := range []string{"年", "个月", "月"} {
			if !hasAt(t, j, u) {
				continue
			}
			end = j + len([]rune(u))
			if u == "年" && n >= 1900 { // a date: 2030年12月31日
				for _, part := range []string{"月", "日"} {
					if _, k := numeral(t, end); k > end && hasAt(t, k, part) {
						end = k + 1
					}
				}
			}
			return end, n, []rune(u)[len([]rune(u))-1]
		}
	}
	for j := i; j < len(t) && j < i+13 && isHan(t[j]); j++ { // an event: 考试启用前
		if j > i && (t[j] == '前' || t[j] == '后') {
			return j + 1, 0, t[j]
		}
	}
	return i, 0, 0
}

// numeral reads up to four Arabic or three Chinese digits below one hundred.
func numeral(t []rune, i int) (n, end int) {
	for end = i; end < len(t) && end < i+4 && isDigit(t[end]); end++ {
		n = n*10 + int(t[end]-'0')
	}
	if end > i {
		return n, end
	}
	digit := -1
	for ; end < len(t) && end < i+3; end++ {
		d := slices.Index([]rune("〇一二三四五六七八九十"), t[end])
		switch {
		case d < 0:
			return n + max(digit, 0), end
		case d == 10:
			n, digit = max(digit, 1)*10, 0
		default:
			digit = d
		}
	}
	return n + max(digit, 0), end
}

func hasAt(t []rune, i int, word string) bool {
	for _, r := range word {
		if i >= len(t) || t[i] != r {
			return false
		}
		i++
	}
	return true
}

// wordEntry is one word of a word rule, or one attribute statement.
type wordEntry struct {
	rule       *Rule
	folded     []rune
	mark       bool // counts only where a mark would stand
	exceptions [][]rune
	attribute  string
}

func (r *Rule) entries() []wordEntry {
	var all []wordEntry
	exceptions := make([][]rune, len(r.Params.Exceptions))
	for i, e := range r.Params.Exceptions {
		exceptions[i] = foldAll(e)
	}
	for i, list := range [][]string{r.Params.Words, r.Params.Marks} {
		for _, w := range list {
			all = append(all, wordEntry{rule: r, folded: foldAll(w), mark: i == 1, exceptions: exceptions})
		}
	}
	for _, a := range r.Params.Attributes {
		all = append(all, wordEntry{rule: r, folded: foldAll(a.Text), attribute: a.Attribute})
	}
	return all
}

// words applies the word rules. Of nested words of one rule only the longest
// is told: they are one mark.
func (s *scan) words() {
	t := s.view.folded
	longest := map[string]int{} // rule to its latest finding
	s.rules.marks.find(t, func(i, start, end int) {
		e := s.rules.entries[i]
		if e.attribute != "" || slices.Contains(e.rule.Params.ExceptKinds, s.kind) ||
			e.mark && !s.atMark(start, end, e.rule.Params.TitleEnd) {
			return
		}
		f := *s.add(e.rule, start, end)
		if covered(t, start, end, e.exceptions) {
			excuse(&f)
		}
		last := len(s.found) - 1
		if at, ok := longest[e.rule.ID]; ok && f.Start < s.found[at].End && (f.End <= s.found[at].End || f.Start == s.found[at].Start) {
			if f.End > s.found[at].End {
				s.found[at] = f
			}
			s.found = s.found[:last]
			return
		}
		s.found[last] = f
		longest[e.rule.ID] = last
	})
}

// excuse lowers a finding that stands in a harmless phrase. It is never
// dropped: a silent exception is a hole nobody sees.
func excuse(f *Finding) {
	f.Class, f.Quarantine = Info, false
	f.Reason += "（处于例外用语中，已降级）"
	f.ReasonEN += " (inside an excepted phrase, lowered)"
}

// atMark says whether [start,end) of the view stands where a mark would: alone
// on its line, as a label before a colon, in brackets of its own or, if
// titleEnd, at the end of a title. Ordinary prose uses the same words.
func (s *scan) atMark(start, end int, titleEnd bool) bool {
	v := s.view
	from, to := v.original(start, end)
	_, lineFrom, lineTo := v.lineOf(from)
	lineFrom, lineTo = v.trim(lineFrom, lineTo)
	if s.part.Name == "file name" {
		if dot := slices.Index(v.runes[to:lineTo], '.'); dot >= 0 {
			lineTo = to + dot
		}
	}
	if to <= lineTo {
		switch {
		case from == lineFrom && (to == lineTo || end < len(v.folded) && v.folded[end] == ':'):
			return true
		case titleEnd && to == lineTo && s.isTitle(lineFrom):
			return true
		}
	}
	return bracketed(v.folded, start, end)
}

// isTitle says whether the original line starting at lineFrom is among the
// first two with text in a part that has a title.
func (s *scan) isTitle(lineFrom int) bool {
	if !slices.Contains([]string{"body", "title", "file name", "property title"}, s.part.Name) {
		return false
	}
	return lineFrom < s.view.titleEnd
}

// bracketed says whether [start,end) opens or closes the content of a pair of
// brackets, with at most five other runes inside: （征求意见稿）, （内部资料，注意保存）.
func bracketed(t []rune, start, end int) bool {
	const extra = 5
	left, right := start, end
	for left > 0 && start-left <= extra && !strings.ContainsRune("([{【〔《〈「『<", t[left-1]) {
		if strings.ContainsRune("\n。)]}】〕》〉」』>", t[left-1]) {
			return false
		}
		left--
	}
	for right < len(t) && right-end <= extra && !strings.ContainsRune(")]}】〕》〉」』>", t[right]) {
		if strings.ContainsRune("\n。", t[right]) {
			return false
		}
		right++
	}
	return left > 0 && right < len(t) && (start-left)+(right-end) <= extra && (left == start || right == end)
}

// attribute is one statement of a document about its own disclosure attribute.
type attribute struct {
	part  int
	name  string
	place Finding
}

func (s *scan) attributes(part int) []attribute {
	var all []attribute
	s.rules.marks.find(s.view.folded, func(i, start, end int) {
		e := s.rules.entries[i]
		if e.attribute == "" {
			return
		}
		n := len(s.found)
		place := *s.add(e.rule, start, end)
		s.found = s.found[:n]
		all = append(all, attribute{part: part, name: e.attribute, place: place})
	})
	return all
}

// contradictions reports every attribute statement of a document that differs
// from the first one.
func (rs RuleSet) contradictions(all []attribute) []Finding {
	var found []Finding
	for _, a := range all {
		if a.name != all[0].name {
			a.place.Reason += "（" + all[0].name + "／" + a.name + "）"
			found = append(found, a.place)
		}
	}
	return found
}
