// Package detect finds what must not become public in the text of a document.
// It is pure: the same parts, rule set, lexicon and kind give the same findings.
//
// Matching runs on a folded view of each part (full-width forms, invisible
// characters and stray spaces removed); every finding points back at the
// original text. A finding assists a person; it decides nothing itself.
package detect

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Class says what a finding demands. The zero value is no class.
type Class string

// The classes, from the gravest down.
const (
	Block Class = "BLOCK" // nothing proceeds
	Hold  Class = "HOLD"  // a named reviewer decides, with a reason
	Warn  Class = "WARN"  // the drafter looks at it
	Info  Class = "INFO"  // kept for the record
)

// Rank orders classes: Block is 4, Info 1, anything else 0.
func (c Class) Rank() int {
	switch c {
	case Block:
		return 4
	case Hold:
		return 3
	case Warn:
		return 2
	case Info:
		return 1
	}
	return 0
}

// Part is one stretch of text of a file, with where it was found.
type Part struct {
	Name   string // "body", "header 1", "comment 2 (name)", "file name", ...
	Hidden bool   // a reader of the file would not see it
	Text   string // UTF-8
	Unread string // why the content behind this part could not be read; empty if it was
}

// Finding is one place the check points at.
type Finding struct {
	Rule    string `json:"rule"`
	RuleSet string `json:"rule_set"` // version of the rule set, or of the lexicon for its terms
	Class   Class  `json:"class"`

	Part   string `json:"part"`
	Hidden bool   `json:"hidden"`
	Start  int    `json:"start"` // rune offsets into the part's text, half open
	End    int    `json:"end"`
	Line   int    `json:"line"` // 1-based; 0 for a finding about a whole file

	Excerpt string `json:"excerpt"` // the matched text as it stands, unmasked
	Context string `json:"context"` // its line, at most 80 runes around it

	Reason     string `json:"reason"`
	ReasonEN   string `json:"reason_en"`
	Basis      string `json:"basis"`          // legal basis
	Treatment  string `json:"treatment"`      // "mask", "remove" or "ask"
	Mask       string `json:"mask,omitempty"` // suggested replacement of the excerpt
	Quarantine bool   `json:"quarantine"`     // a state-secret mark: seal off, keep no content
}

// Check returns every finding in parts, in part order and then by place.
// Kind is the disclosure's kind; some rules do not apply to every kind. Terms
// of lex are taken as they are: see [Lexicon.At] for those not in force.
func (rs RuleSet) Check(parts []Part, lex Lexicon, kind string) []Finding {
	if lex.index == nil && len(lex.Terms) > 0 {
		lex.index = indexTerms(lex.Terms)
	}
	buffers, _ := rs.buffers.Get().(*scratch)
	if buffers == nil {
		buffers = &scratch{}
	}
	defer rs.buffers.Put(buffers)
	s := &scan{rules: rs, kind: kind, lexicon: lex, scratch: buffers, reasons: map[string]Text{}}
	var all []Finding
	var stated []attribute
	for _, p := range parts {
		all = s.check(p, all)
		stated = append(stated, s.attributes...)
	}
	return append(all, contradictions(stated)...)
}

// Unreadable is the finding for a file whose content could not be read at
// all; code is the reader's reason ("encrypted", "truncated", ...). A file
// that was not read is never clean.
func (rs RuleSet) Unreadable(file, code string) Finding {
	return rs.only[unreadFile].wholeFile(file, code, "因为", "because: ")
}

// Untreated is the finding for a file that would be public as it was uploaded; code says
// why it could not be cleaned.
func (rs RuleSet) Untreated(file, code string) Finding {
	return rs.only[untreated].wholeFile(file, code, "", "")
}

func (r *Rule) wholeFile(file, code, why, whyEN string) Finding {
	f := r.blank
	f.Part = "file name"
	f.Excerpt, f.Context = file, file
	f.End = len([]rune(file))
	f.Reason += "（" + why + r.label(code, 0) + "）"
	f.ReasonEN += " (" + whyEN + r.label(code, 1) + ")"
	return f
}

// Removed lowers what was found in a file and is not in what would be public of it.
func Removed(original, public []Finding) []Finding {
	type thing struct{ rule, excerpt string }
	there := map[thing]bool{}
	for _, f := range public {
		there[thing{f.Rule, f.Excerpt}] = true
	}
	var gone []Finding
	for _, f := range original {
		if there[thing{f.Rule, f.Excerpt}] {
			continue
		}
		if f.Class.Rank() > Info.Rank() {
			f.Class = Info
			f.Reason += "（发布件中已去除）"
			f.ReasonEN += " (removed from what would be public)"
		}
		gone = append(gone, f)
	}
	return gone
}

// match is a place in the folded text that a rule points at.
type match struct {
	rule       *Rule
	start, end int // units
	class      Class
	why        *Text // added to the rule's reason; may be nil
	mask       string
}

// compare orders matches by start, then from the longest and gravest down.
func (m match) compare(o match) int {
	if m.start != o.start {
		return m.start - o.start
	}
	return cmp.Or(o.end-m.end, o.class.Rank()-m.class.Rank(), cmp.Compare(m.rule.ID, o.rule.ID))
}

// lower takes m down to class and says why.
func (m *match) lower(class Class, why Text) {
	if class.Rank() < m.class.Rank() {
		m.class, m.why = class, &why
	}
}

// excuse lowers a match that stands in a harmless phrase.
func (m *match) excuse() {
	m.lower(Info, Text{"处于例外用语中，已降级", "inside an excepted phrase, lowered"})
}

// scan is the check of one part after another.
type scan struct {
	rules   RuleSet
	kind    string
	lexicon Lexicon
	*scratch

	part       Part
	view       *view
	title      int // byte where the title ends; -1 not yet known
	attributes []attribute
	table      table
	columns    []columnRead
	latestCell cell
	linked     int       // unit where the latest address ends
	ill        []illness // labels of health and of other sensitive facts
	names      []int     // units where names begin that stand behind labels
	secrets    []span    // passwords behind their words
	latestName int       // and the latest one beside a number
	sorted     int       // how many matches were found before those of persons
	numbered   year      // of the document's own number
	told       int       // how long the list may grow before places are only counted
	more       []more
	masks      strings.Builder // what is left of it is for the next ones
	reasons    map[string]Text
	latest     struct {
		of   string
		text Text
	}
	lowered struct { // the latest reason with a why
		rule *Rule
		why  Text
		text Text
	}
}

// span is a stretch of units, half open.
type span struct{ start, end int }

// check adds what is found in p to all.
func (s *scan) check(p Part, all []Finding) []Finding {
	v := newView(p.Text, s.scratch)
	s.part, s.view, s.title = p, &v, -1
	s.found, s.attributes, s.ill = s.found[:0], s.attributes[:0], s.ill[:0]
	s.names, s.secrets, s.latestName, s.sorted = s.names[:0], s.secrets[:0], -1, 0
	s.table, s.columns, s.numbered, s.latestCell, s.linked = table{}, s.columns[:0], 0, cell{}, 0
	all = s.whole(all)
	s.vocabulary()
	s.copyNumber()
	s.runs()
	s.oneMark()
	s.persons()
	if !slices.IsSortedFunc(s.found, match.compare) {
		slices.SortFunc(s.found, match.compare)
	}
	w := placer{text: v.text, line: 1, lineEnd: -1}
	s.told = 1
	for i := range s.attributes {
		a := &s.attributes[i]
		w := w
		a.place = s.finding(&w, &match{rule: a.rule, start: a.start, end: a.end, class: a.rule.Class}, nil)[0]
	}
	return s.write(&w, all)
}

// maxFindings is how many places of one part are told one by one.
const maxFindings = 50_000

// oneMark leaves out the words inside a state-secret mark: they are the mark.
func (s *scan) oneMark() {
	var marks []match
	for i := range s.found {
		if s.found[i].rule.Quarantine {
			marks = append(marks, s.found[i])
		}
	}
	if len(marks) == 0 {
		return
	}
	slices.SortFunc(marks, func(a, b match) int { return cmp.Compare(a.start, b.start) })
	for i := 1; i < len(marks); i++ { // how far any that begins here or earlier goes
		marks[i].end = max(marks[i].end, marks[i-1].end)
	}
	s.found = slices.DeleteFunc(s.found, func(m match) bool {
		behind, _ := slices.BinarySearchFunc(marks, m.start+1, func(o match, at int) int { return cmp.Compare(o.start, at) })
		return m.rule.Detector == words && behind > 0 && m.end <= marks[behind-1].end
	})
}

// write turns the matches of the part, and of the lexicon, into findings.
// Beyond maxFindings, where no person looks at each any more, those of a rule
// and class become one that tells the first place and their number.
func (s *scan) write(w *placer, all []Finding) []Finding {
	s.hits = s.hits[:0]
	if s.lexicon.index != nil {
		s.hits = s.lexicon.index.find(s.view, s.hits)
	}
	all = slices.Grow(all, min(len(s.found)+len(s.hits), maxFindings+len(s.rules.Rules)*4))
	s.told, s.more = len(all)+maxFindings, s.more[:0]
	found := s.found
	for _, h := range s.hits {
		for len(found) > 0 && (found[0].start < int(h.start) || found[0].start == int(h.start) && found[0].end >= int(h.end)) {
			all, found = s.finding(w, &found[0], all), found[1:]
		}
		if len(all) < s.told || !s.crowdedTerm(h, len(all)) {
			all = s.term(w, h, all)
		}
	}
	for i := range found {
		all = s.finding(w, &found[i], all)
	}
	for _, m := range s.more {
		f := &all[m.at]
		f.Reason += "（另有" + strconv.Itoa(m.count) + "处未逐一列出）"
		f.ReasonEN += " (and " + strconv.Itoa(m.count) + " more places not listed)"
	}
	return all
}

// more counts the places of a rule and class that are not told one by one.
type more struct {
	rule  *Rule
	class Class
	at    int // of the finding that stands for them
	count int
}

// crowdedTerm says, without a look at the term itself, whether it is only
// counted. Terms with conditions are looked at.
func (s *scan) crowdedTerm(h hit, n int) bool {
	class := [...]Class{"", Info, Warn, Hold, Block}[s.lexicon.index.rank[h.term]]
	return class != "" && s.crowded(&match{rule: s.rules.only[lexicon], class: class}, n)
}

// crowded says whether m is only counted.
func (s *scan) crowded(m *match, n int) bool {
	if n < s.told {
		return false
	}
	for i := range s.more {
		if o := &s.more[i]; o.rule == m.rule && o.class == m.class {
			o.count++
			return true
		}
	}
	if m.end > 0 {
		s.more = append(s.more, more{rule: m.rule, class: m.class, at: n})
	}
	return false
}

// term adds a lexicon term, if its conditions let it count.
func (s *scan) term(w *placer, h hit, all []Finding) []Finding {
	t := &s.lexicon.Terms[h.term]
	m := match{rule: s.rules.only[lexicon], start: int(h.start), end: int(h.end), class: t.Class}
	if t.Only != nil {
		c := s.lexicon.index.folded[h.term]
		if len(c.near) > 0 && !s.within(m.start, m.end, c.near, t.Only.Within) {
			return all
		}
		if s.covered(m.start, m.end, c.exceptions) {
			m.excuse()
		} else if s.within(m.start, m.end, c.without, t.Only.Within) {
			m.lower(Info, Text{"附近有限定用语，已降级", "a word near by makes it harmless, lowered"})
		}
	}
	why, n := m.why, len(all)
	m.why = nil
	if all = s.finding(w, &m, all); len(all) == n {
		return all
	}
	f := &all[n]
	f.RuleSet = s.lexicon.Version
	reason := s.reason(t.Reason)
	f.Reason, f.ReasonEN = reason.ZH, reason.EN
	if why != nil {
		f.Reason += "（" + why.ZH + "）"
		f.ReasonEN += " (" + why.EN + ")"
	}
	return all
}

// reason is a term's reason behind that of the lexicon rule. Terms share them.
func (s *scan) reason(of string) Text {
	if s.latest.of == of && s.latest.text.ZH != "" {
		return s.latest.text
	}
	text, ok := s.reasons[of]
	if !ok {
		r := s.rules.only[lexicon].Reason
		text = Text{r.ZH + "：" + of, r.EN + ": " + of}
		s.reasons[of] = text
	}
	s.latest.of, s.latest.text = of, text
	return text
}

// within says whether one of words stands within n units of [start,end).
func (s *scan) within(start, end int, words [][]uint16, n int) bool {
	t := s.view.units
	for _, w := range words {
		for i := max(0, start-n-len(w)); i+len(w) <= len(t) && i <= end+n; i++ {
			if slices.Equal(t[i:i+len(w)], w) {
				return true
			}
		}
	}
	return false
}

// add keeps a match, lowered as its rule says.
func (s *scan) add(m match) {
	s.soften(&m)
	s.found = append(s.found, m)
}

// soften lowers m as its rule says.
func (s *scan) soften(m *match) {
	for i := range m.rule.Lower {
		l := &m.rule.Lower[i]
		if l.Class.Rank() >= m.class.Rank() || !s.of(l, *m) {
			continue
		}
		n, t := l.Within, s.view.units
		if l.Below && !s.atHead(int(s.view.at[m.start])) || len(l.Heads) > 0 && s.headed(m.start, l.Heads) || m.end < len(t) && strings.ContainsRune(l.Behind, rune(t[m.end])) || !l.After && s.before(m.start, l.cues, n) || !l.Before && s.after(m.end, l.cues, n) ||
			!l.Before && !l.After && s.inside(m.start, m.end, l.cues) {
			m.lower(l.Class, l.Reason)
		}
	}
}

// of says whether l is about the words of m.
func (s *scan) of(l *Lower, m match) bool {
	return l.of == nil || slices.ContainsFunc(l.of, func(w []uint16) bool { return slices.Equal(w, s.view.units[m.start:m.end]) })
}

// headed says whether one of words names the cell at unit i.
func (s *scan) headed(i int, words []string) bool {
	return slices.ContainsFunc(s.heads(i), func(head string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(head, w) })
	})
}

// whole reports what is wrong with a part as such: it is hidden, or it stands
// for content nobody could read.
func (s *scan) whole(all []Finding) []Finding {
	if r := s.rules.only[unreadPart]; s.part.Unread != "" {
		f := s.wholeFinding(r)
		f.Reason += "（" + r.label(s.part.Unread, 0) + "）"
		f.ReasonEN += " (" + r.label(s.part.Unread, 1) + ")"
		all = append(all, f)
	}
	r := s.rules.only[hiddenPart]
	if s.part.Hidden && !hasAnyPrefix(s.part.Name, r.Params.Ordinary) && (s.part.Unread != "" || len(s.view.units) > 0) {
		all = append(all, s.wholeFinding(r))
	}
	return all
}

func (s *scan) wholeFinding(r *Rule) Finding {
	w := placer{text: s.view.text, line: 1, lineEnd: -1}
	f := r.blank
	f.Part, f.Hidden = s.part.Name, s.part.Hidden
	w.place(&f, 0, len(s.view.text))
	return f
}

// finding adds what a match says to all.
func (s *scan) finding(w *placer, m *match, all []Finding) []Finding {
	if s.crowded(m, len(all)) {
		return all
	}
	all = append(all, m.rule.blank)
	f := &all[len(all)-1] // filled where it stays, for it is large
	f.Part, f.Hidden = s.part.Name, s.part.Hidden
	f.Class, f.Mask = m.class, m.mask
	f.Quarantine = m.rule.Quarantine && m.class == Block
	if m.why != nil {
		if s.lowered.rule != m.rule || s.lowered.why != *m.why {
			s.lowered.rule, s.lowered.why = m.rule, *m.why
			s.lowered.text = Text{f.Reason + "（" + m.why.ZH + "）", f.ReasonEN + " (" + m.why.EN + ")"}
		}
		f.Reason, f.ReasonEN = s.lowered.text.ZH, s.lowered.text.EN
	}
	from, to := s.view.original(m.start, m.end)
	w.place(f, from, to)
	return all
}
