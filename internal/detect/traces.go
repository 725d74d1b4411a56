package detect

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Trace is something a file speaks of that others may speak of too: a project, a
// person, a place. Facts are the kinds of things it tells of it.
type Trace struct {
	Subject string
	Facts   []string // sorted; names of Params.Facts

	Spot Finding `json:"spot"`
}

// Known is what another disclosure, public or about to be, tells of the same subject.
type Known struct {
	Number string
	Facts  []string
}

// Traces finds the subjects of what a reader sees in parts. found is what Check found
// in them: persons and addresses among it are subjects too.
func (rs RuleSet) Traces(parts []Part, found []Finding) []Trace {
	r := rs.only[aggregation]
	if r == nil {
		return nil
	}
	var all []Trace
	at := map[string]int{}
	for _, p := range parts {
		if p.Hidden || p.Unread != "" {
			continue
		}
		w := placer{text: p.Text, line: 1, lineEnd: -1}
		for _, s := range sentences(p.Text) {
			var facts []string
			for _, n := range r.subjects(p.Text[s.from:s.to], s.from, p, found) {
				if facts == nil {
					facts = r.facts(p.Text[s.from:s.to])
				}
				name := subjectName(p.Text[n.from:n.to])
				i, there := at[name]
				if !there {
					i = len(all)
					at[name] = i
					t := Trace{Subject: name, Spot: r.blank}
					t.Spot.Part = p.Name
					w.place(&t.Spot, n.from, n.to)
					all = append(all, t)
				}
				all[i].Facts = append(all[i].Facts, facts...)
			}
		}
	}
	for i := range all {
		slices.Sort(all[i].Facts)
		all[i].Facts = slices.Compact(all[i].Facts)
	}
	return all
}

// Aggregate says what t adds to what others tell, if together they tell what none of
// them tells alone.
func (rs RuleSet) Aggregate(t Trace, others []Known) (Finding, bool) {
	r := rs.only[aggregation]
	var theirs []string
	for _, o := range others {
		theirs = append(theirs, o.Facts...)
	}
	for _, together := range r.Params.Together {
		if !containsAll(slices.Concat(t.Facts, theirs), together) || containsAll(t.Facts, together) || containsAll(theirs, together) {
			continue
		}
		var numbers, out, here []string
		for _, o := range others {
			if slices.ContainsFunc(o.Facts, func(f string) bool { return slices.Contains(together, f) }) {
				numbers = append(numbers, o.Number)
			}
		}
		zh, en := func(f string) string { return r.label(f, 0) }, func(f string) string { return r.label(f, 1) }
		for _, f := range together {
			if slices.Contains(t.Facts, f) {
				here = append(here, f)
			} else {
				out = append(out, f)
			}
		}
		f := t.Spot
		f.Reason += "（" + strings.Join(numbers, "、") + " 已说明" + join(out, "、", zh) + "，本件又说明" + join(here, "、", zh) + "）"
		f.ReasonEN += " (" + strings.Join(numbers, ", ") + " told the " + join(out, ", ", en) + ", this adds the " + join(here, ", ", en) + ")"
		return f, true
	}
	return Finding{}, false
}

func join(words []string, with string, say func(string) string) string {
	said := make([]string, len(words))
	for i, w := range words {
		said[i] = say(w)
	}
	return strings.Join(said, with)
}

func containsAll(all, wanted []string) bool {
	return !slices.ContainsFunc(wanted, func(w string) bool { return !slices.Contains(all, w) })
}

// stretch is a stretch of bytes.
type stretch struct{ from, to int }

// sentences cuts text where one thought ends.
func sentences(text string) (all []stretch) {
	from := 0
	for i, c := range text {
		if strings.ContainsRune("。；！？\n", c) {
			all = append(all, stretch{from, i})
			from = i + utf8.RuneLen(c)
		}
	}
	return append(all, stretch{from, len(text)})
}

// subjects finds what a sentence speaks of: quoted names of projects and the like, and
// the persons and addresses that were found in it.
func (r *Rule) subjects(sentence string, from int, p Part, found []Finding) (all []stretch) {
	for rest, at := sentence, 0; ; {
		open := strings.Index(rest, "“")
		if open < 0 {
			break
		}
		shut := strings.Index(rest[open:], "”")
		if shut < 0 {
			break
		}
		begin, end := open+len("“"), open+shut
		after := rest[end+len("”"):]
		name, n := rest[begin:end], utf8.RuneCountInString(rest[begin:end])
		ends := func(s string) bool {
			return slices.ContainsFunc(r.Params.Endings, func(w string) bool { return strings.HasSuffix(s, w) })
		}
		follows := slices.ContainsFunc(r.Params.Endings, func(w string) bool { return strings.HasPrefix(after, w) })
		if n >= 2 && n <= 30 && (ends(name) || follows) {
			all = append(all, stretch{from + at + begin, from + at + end})
		}
		rest, at = after, at+end+len("”")
	}
	for _, f := range found {
		if f.Part != p.Name || !slices.Contains(r.Params.Subjects, f.Rule) {
			continue
		}
		if i := strings.Index(sentence, f.Excerpt); i >= 0 && f.Excerpt != "" {
			all = append(all, stretch{from + i, from + i + len(f.Excerpt)})
		}
	}
	slices.SortFunc(all, func(a, b stretch) int { return a.from - b.from })
	return slices.CompactFunc(all, func(a, b stretch) bool { return a.from == b.from })
}

// subjectName is the same for all ways of writing a subject.
func subjectName(s string) string { return unfold(foldAll(s)) }

// facts names the kinds of things a sentence tells.
func (r *Rule) facts(sentence string) []string {
	told := []string{}
	text := []rune(sentence)
	for name, cues := range r.Params.Facts {
		if slices.ContainsFunc(cues, func(c string) bool { return hasCue(text, []rune(c)) }) {
			told = append(told, name)
		}
	}
	return told
}

// hasCue says whether cue stands in text; # in it is any digit.
func hasCue(text, cue []rune) bool {
	for i := 0; i+len(cue) <= len(text); i++ {
		j := 0
		for j < len(cue) && (cue[j] == text[i+j] || cue[j] == '#' && unicode.IsDigit(text[i+j])) {
			j++
		}
		if j == len(cue) {
			return true
		}
	}
	return false
}
