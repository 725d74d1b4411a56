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
// of lex are taken as they are: see [Lexicon.At] for expired ones.
func (rs RuleSet) Check(parts []Part, lex Lexicon, kind string) []Finding {
	terms := lex.index
	if terms == nil && len(lex.Terms) > 0 {
		terms = indexTerms(lex.Terms)
	}
	var all []Finding
	var attributes []attribute
	for i, p := range parts {
		s := &scan{rules: rs, kind: kind, part: p, view: newView(p.Text)}
		s.whole()
		s.secretMarks()
		s.words()
		s.numbers()
		s.documentNumbers()
		s.terms(lex, terms)
		slices.SortStableFunc(s.found, func(a, b Finding) int {
			return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End),
				cmp.Compare(b.Class.Rank(), a.Class.Rank()), cmp.Compare(a.Rule, b.Rule))
		})
		attributes = append(attributes, s.attributes(i)...)
		all = append(all, s.found...)
	}
	return append(all, rs.contradictions(attributes)...)
}

// Unreadable is the finding for a file whose content could not be read at
// all; code is the reader's reason ("encrypted", "truncated", ...). A file
// that was not read is never clean.
func (rs RuleSet) Unreadable(file, code string) Finding {
	r := rs.only[unreadFile]
	f := r.finding(rs.Version)
	f.Part = "file name"
	f.Excerpt, f.Context = file, file
	f.End = len([]rune(file))
	f.Reason += "（" + r.label(code, 0) + "）"
	f.ReasonEN += " (" + r.label(code, 1) + ")"
	return f
}

// scan is the check of one part.
type scan struct {
	rules RuleSet
	kind  string
	part  Part
	view  view
	found []Finding
}

// add reports a match of r at [start,end) of the view and returns the finding
// for adjustment; the pointer is good until the next add.
func (s *scan) add(r *Rule, start, end int) *Finding {
	f := r.finding(s.rules.Version)
	f.Part, f.Hidden = s.part.Name, s.part.Hidden
	f.Start, f.End = s.view.original(start, end)
	s.place(&f)
	s.found = append(s.found, f)
	return &s.found[len(s.found)-1]
}

// whole reports what is wrong with a part as such: it is hidden, or it stands
// for content nobody could read.
func (s *scan) whole() {
	v := s.view
	if r := s.rules.only[unreadPart]; s.part.Unread != "" {
		f := s.wholeFinding(r)
		f.Reason += "（" + r.label(s.part.Unread, 0) + "）"
		f.ReasonEN += " (" + r.label(s.part.Unread, 1) + ")"
	}
	r := s.rules.only[hiddenPart]
	if s.part.Hidden && !hasAnyPrefix(s.part.Name, r.Params.Ordinary) && (s.part.Unread != "" || !v.blank()) {
		s.wholeFinding(r)
	}
}

func (s *scan) wholeFinding(r *Rule) *Finding {
	f := r.finding(s.rules.Version)
	f.Part, f.Hidden, f.End = s.part.Name, s.part.Hidden, len(s.view.runes)
	s.place(&f)
	s.found = append(s.found, f)
	return &s.found[len(s.found)-1]
}

// place fills the line, excerpt and context of a finding whose offsets are set.
func (s *scan) place(f *Finding) {
	v := s.view
	f.Excerpt = string(v.runes[f.Start:f.End])
	f.Line, f.Context = v.line(f.Start, f.End)
}
