package detect

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// role is what a word means to a rule.
type role uint8

const (
	asWord      role = iota // a finding wherever it stands
	asMark                  // a finding where a mark would stand
	asLoose                 // a finding, of little weight in running text
	asAttribute             // a statement of the disclosure attribute
	asLabel                 // names what follows
)

// entry is one folded word of the rules and all its uses.
type entry struct {
	cues uint64 // the lists of context words it is in, a bit each
	uses []use
}

type use struct {
	rule      *Rule
	role      role
	attribute string
}

// vocabulary gathers the words of all rules, so that one pass finds them.
type vocabulary struct {
	at      map[string]int
	terms   [][]uint16
	entries []entry
	lists   int
}

func (v *vocabulary) entry(word string) (*entry, error) {
	u := foldAll(word)
	if len(u) < 2 {
		return nil, fmt.Errorf("word %q is shorter than two characters", word)
	}
	at, ok := v.at[unfold(u)]
	if !ok {
		at = len(v.entries)
		v.at[unfold(u)] = at
		v.terms, v.entries = append(v.terms, u), append(v.entries, entry{})
	}
	return &v.entries[at], nil
}

// take adds the words of r and prepares it.
func (v *vocabulary) take(r *Rule) error {
	p := r.Params
	r.exceptions, r.loose, r.titles = foldEach(p.Exceptions), foldEach(p.Loose), foldEach(p.Titles)
	if r.Detector == personName || len(p.Surnames) > 0 {
		r.surnameStarts = &[1 << 16]uint8{}
	}
	r.surnames, r.noNames = map[[2]uint16]bool{}, map[uint16][][]uint16{}
	if r.Detector == personName {
		for _, e := range r.exceptions {
			r.noNames[e[0]] = append(r.noNames[e[0]], e)
		}
	}
	for _, line := range p.Surnames {
		for name := range strings.FieldsSeq(line) {
			if u := utf16.Encode([]rune(name)); len(u) <= 2 {
				r.surnames[[2]uint16{u[0], at(u, 1)}] = true
				r.surnameStarts[u[0]] |= uint8(len(u))
			}
		}
	}
	r.areas = map[uint16]bool{}
	for _, a := range p.Areas {
		if u := foldAll(a); len(u) == 1 {
			r.areas[u[0]] = true
		}
		if len(a) == 2 && allDigits(a) {
			r.codes[twoDigits(a)] = true
		}
	}
	for _, list := range []struct {
		words []string
		role  role
	}{{p.Words, asWord}, {p.Marks, asMark}, {p.Loose, asLoose}, {p.Labels, asLabel}} {
		for _, w := range list.words {
			e, err := v.entry(w)
			if err != nil {
				return err
			}
			e.uses = append(e.uses, use{rule: r, role: list.role})
		}
	}
	for _, a := range p.Attributes {
		e, err := v.entry(a.Text)
		if err != nil {
			return err
		}
		e.uses = append(e.uses, use{rule: r, role: asAttribute, attribute: a.Attribute})
	}
	var err error
	if r.context, err = v.list(p.Context); err != nil {
		return err
	}
	for i := range r.Lower {
		l := &r.Lower[i]
		if l.cues, err = v.list(l.Words); err != nil {
			return err
		}
		if l.Within == 0 {
			l.Within = reach
		}
		l.of = foldEach(l.Of)
	}
	return nil
}

// list makes words cues and returns their bit.
func (v *vocabulary) list(words []string) (uint64, error) {
	if len(words) == 0 {
		return 0, nil
	}
	if v.lists == 64 {
		return 0, errors.New("more than 64 lists of context words")
	}
	bit := uint64(1) << v.lists
	v.lists++
	for _, w := range words {
		e, err := v.entry(w)
		if err != nil {
			return 0, err
		}
		e.cues |= bit
	}
	return bit, nil
}

// cue is a context word in the text.
type cue struct {
	start, end int32
	lists      uint64
}

// vocabulary finds the words of the rules: context words first, which other
// detectors ask for, then what the words themselves say.
func (s *scan) vocabulary() {
	v := s.view
	s.hits = s.rules.index.find(v.units, v.class, s.hits[:0])
	s.cues = s.cues[:0]
	for _, h := range s.hits {
		if e := &s.rules.entries[h.term]; e.cues != 0 {
			s.cues = append(s.cues, cue{h.start, h.end, e.cues})
		}
	}
	for i, h := range s.hits {
		for _, u := range s.rules.entries[h.term].uses {
			start, end := int(h.start), int(h.end)
			switch u.role {
			case asWord:
				s.word(u.rule, start, end, true)
			case asMark:
				if s.atMark(start, end, u.rule.Params.TitleEnd) || s.goesOn(u.rule, start, end) {
					s.word(u.rule, start, end, true)
				}
			case asLoose:
				if u.rule.Detector != words {
					if !s.nested(i, u.rule) {
						s.label(u.rule, start, end)
					}
					continue
				}
				s.word(u.rule, start, end, s.atMark(start, end, true) || s.atEdge(start, end))
			case asAttribute:
				s.attributes = append(s.attributes, attribute{name: u.attribute, rule: u.rule, start: start, end: end})
			case asLabel:
				if !s.nested(i, u.rule) {
					s.label(u.rule, start, end)
				}
			}
		}
	}
}

// nested says whether a longer label of the rule holds the one of hit i.
func (s *scan) nested(i int, r *Rule) bool {
	in := s.hits[i]
	label := func(u use) bool { return u.rule == r && (u.role == asLabel || u.role == asLoose) }
	for j := max(0, i-8); j < len(s.hits) && s.hits[j].start <= in.start; j++ {
		out := s.hits[j]
		if out.end >= in.end && out.end-out.start > in.end-in.start && slices.ContainsFunc(s.rules.entries[out.term].uses, label) {
			return true
		}
	}
	return false
}

// maxCue is the length of the longest context word that is looked for.
const maxCue = 16

// near says whether a word of lists stands within reach of [start,end).
func (s *scan) near(start, end int, lists uint64, within int) bool {
	return s.before(start, lists, within) || s.after(end, lists, within) || s.inside(start, end, lists)
}

func (s *scan) before(start int, lists uint64, within int) bool {
	for i := s.cueFrom(start-within-maxCue, lists); i < len(s.cues) && int(s.cues[i].start) < start; i++ {
		if c := s.cues[i]; c.lists&lists != 0 && int(c.end) <= start && int(c.end) >= start-within {
			return true
		}
	}
	return false
}

func (s *scan) after(end int, lists uint64, within int) bool {
	for i := s.cueFrom(end, lists); i < len(s.cues) && int(s.cues[i].start) <= end+within; i++ {
		if s.cues[i].lists&lists != 0 {
			return true
		}
	}
	return false
}

func (s *scan) inside(start, end int, lists uint64) bool {
	for i := s.cueFrom(start, lists); i < len(s.cues) && int(s.cues[i].end) <= end; i++ {
		if s.cues[i].lists&lists != 0 {
			return true
		}
	}
	return false
}

// cueFrom is the first context word that starts at unit from or later.
func (s *scan) cueFrom(from int, lists uint64) int {
	if lists == 0 {
		return len(s.cues)
	}
	i, _ := slices.BinarySearchFunc(s.cues, from, func(c cue, at int) int { return int(c.start) - at })
	return i
}

// word reports a word of a rule. Of nested words of one rule only the longest
// is told: they are one mark.
func (s *scan) word(r *Rule, start, end int, marks bool) {
	if !r.concerns(s.kind) {
		return
	}
	m := match{rule: r, start: start, end: end, class: r.Class}
	if !marks {
		m.lower(Info, Text{"处于行文之中", "in running text"})
	}
	if s.covered(start, end, r.exceptions) {
		m.excuse()
	}
	if r.Params.TitleEnd && s.cited(start, end) {
		m.lower(Info, Text{"是文中提到的另一份文件", "another document that the text speaks of"})
	}
	for i := len(s.found) - 1; i >= 0 && s.found[i].end > start; i-- {
		if o := s.found[i]; o.rule == r && (end <= o.end || start == o.start) {
			if end > o.end {
				s.soften(&m)
				s.found[i] = m
			}
			return
		}
	}
	s.add(m)
}

// cited says whether [start,end) stands within 《》 in a line that goes on
// outside them: the line speaks of that document and is not its title.
func (s *scan) cited(start, end int) bool {
	const longest = 80
	t := s.view.units
	open, shut := start-1, end
	for ; open >= 0 && start-open < longest && t[open] != '《'; open-- {
		if t[open] == '》' || t[open] == '。' || isBreak(t[open]) {
			return false
		}
	}
	for ; shut < len(t) && shut-end < longest && t[shut] != '》'; shut++ {
		if t[shut] == '《' || t[shut] == '。' || isBreak(t[shut]) {
			return false
		}
	}
	return open >= 0 && shut < len(t) && t[open] == '《' && t[shut] == '》' &&
		(s.view.is(open-1, isHan|isAlnum) || s.view.is(shut+1, isHan|isAlnum))
}

// concerns says whether the rule looks at disclosures of that kind.
func (r *Rule) concerns(kind string) bool {
	p := r.Params
	return !slices.Contains(p.ExceptKinds, kind) && (len(p.Kinds) == 0 || slices.Contains(p.Kinds, kind))
}

// covered says whether one of the exceptions, each longer than the span
// [start,end) it holds, stands in the text around it.
func (s *scan) covered(start, end int, exceptions [][]uint16) bool {
	t := s.view.units
	span := t[start:end]
	for _, e := range exceptions {
		for i := 0; i+len(span) <= len(e); i++ {
			from := start - i
			if from >= 0 && from+len(e) <= len(t) && slices.Equal(e[i:i+len(span)], span) && slices.Equal(t[from:from+len(e)], e) {
				return true
			}
		}
	}
	return false
}

// atMark says whether [start,end) stands where a mark would: alone on its
// line, as a label before a colon, in brackets of its own or, if titleEnd, at
// the end of a title. Ordinary prose uses the same words.
func (s *scan) atMark(start, end int, titleEnd bool) bool {
	v := s.view
	from, to := v.original(start, end)
	first, last := v.ground(from, -1), v.ground(to, 1)
	if s.part.Name == "file name" && to < len(v.text) && v.text[to] == '.' {
		last = true
	}
	switch {
	case first && !titleEnd && end < len(v.units) && v.units[end] == ',': // 内部使用，严禁复制
		return true
	case first && (last || end < len(v.units) && slices.Contains([]uint16{':', '〔', '('}, v.units[end])):
		return true
	case titleEnd && last && (start == 0 || v.units[start-1] != '、') && from < s.titleEnd():
		return true
	}
	return bracketed(v.units, start, end)
}

// goesOn says whether a mark of the rule ends where [start,end) begins, which
// ends its line: 内部资料　注意保存.
func (s *scan) goesOn(r *Rule, start, end int) bool {
	if len(s.found) == 0 {
		return false
	}
	last := s.found[len(s.found)-1]
	_, to := s.view.original(start, end)
	return last.rule == r && last.end == start && last.class == r.Class && s.view.ground(to, 1)
}

// atEdge says whether a line begins or ends with [start,end), or whether the
// text says of itself that it is that: 本件为内部资料.
func (s *scan) atEdge(start, end int) bool {
	v := s.view
	if start > 0 {
		switch v.units[start-1] {
		case '为', '是', '系', '属', ':':
			return true
		}
	}
	from, to := v.original(start, end)
	return v.ground(from, -1) || v.ground(to, 1)
}

// titleEnd is the byte where the title of a part ends; 0 if it has none.
func (s *scan) titleEnd() int {
	// Files inside files have "body in …"; presentations and OFD begin with a slide or page.
	if !slices.Contains([]string{"body", "title", "file name", "property title", "slide 1", "page 1"}, s.part.Name) && !strings.HasPrefix(s.part.Name, "body in ") {
		return 0
	}
	if s.title < 0 {
		s.title = s.view.titleEnd()
	}
	return s.title
}

// bracketed says whether [start,end) opens or closes the content of a pair of
// brackets, with at most eight other units inside: （征求意见稿）, （内部资料，注意保存）.
func bracketed(t []uint16, start, end int) bool {
	const extra = 8
	if end-start < 3 && end < len(t) && folded().class[t[end]]&isHan != 0 { // 【内部控制】
		return false
	}
	left, right := start, end
	for left > 0 && start-left <= extra && !isOpen(t[left-1]) {
		if u := t[left-1]; u == '\n' || u == softBreak || u == '。' || isShut(u) {
			return false
		}
		left--
	}
	for right < len(t) && right-end <= extra && !isShut(t[right]) {
		if u := t[right]; u == '\n' || u == softBreak || u == '。' {
			return false
		}
		right++
	}
	return left > 0 && right < len(t) && (start-left)+(right-end) <= extra && (left == start || right == end)
}

func isOpen(u uint16) bool {
	switch u {
	case '(', '[', '{', '【', '〔', '《', '〈', '「', '『', '<':
		return true
	}
	return false
}

func isShut(u uint16) bool {
	switch u {
	case ')', ']', '}', '】', '〕', '》', '〉', '」', '』', '>':
		return true
	}
	return false
}

// attribute is one statement of a document about its own disclosure attribute.
type attribute struct {
	name       string
	rule       *Rule
	start, end int
	place      Finding
}

// listed is how many statements of attributes a catalogue has at least.
const listed = 5

// contradictions reports every attribute statement of a document that differs
// from the first one. Many of them are a catalogue, which tells of others.
func contradictions(all []attribute) []Finding {
	var found []Finding
	for _, a := range all {
		if a.name == all[0].name {
			continue
		}
		a.place.Reason += "（" + all[0].name + "／" + a.name + "）"
		if len(all) >= listed {
			a.place.Class = Info
			a.place.Reason += "（似为目录，已降级）"
			a.place.ReasonEN += " (it seems a catalogue, lowered)"
		}
		found = append(found, a.place)
	}
	return found
}
