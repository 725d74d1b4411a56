package scan

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"shenfa/internal/detect"
)

const (
	stars     = "***"
	nameRunes = 80 // what is told of the name of something unread
)

// mask leaves in f nothing that one of its findings asks to mask or remove.
func (s *Scanner) mask(f *File) {
	if len(f.Findings) == 0 {
		return
	}
	plain := slices.Clone(f.Findings)
	known := s.known(plain)
	parts := map[string]string{}
	from := 0 // of the findings near the one at hand
	for i := range plain {
		p, out := &plain[i], &f.Findings[i]
		part, ok := parts[p.Part]
		if !ok {
			part = s.scrub(known.Replace(p.Part))
			parts[p.Part] = part
		}
		out.Part = part
		out.Reason, out.ReasonEN = known.Replace(p.Reason), known.Replace(p.ReasonEN)
		switch out.Excerpt = s.masked(*p); {
		case p.Quarantine || p.Treatment != "ask":
		case s.whole(*p): // the name of what was not read
			out.Excerpt = s.scrub(known.Replace(short(p.Excerpt, nameRunes)))
		default:
			out.Excerpt = known.Replace(p.Excerpt)
		}
		if i > 0 && p.Start < plain[i-1].Start { // another part, perhaps of the same name
			from = i
		}
		for from < i && (plain[from].Part != p.Part || plain[from].End < p.Start-2*nameRunes) {
			from++
		}
		out.Context = s.context(known, plain, from, i, f.Status)
	}
}

// masked is the excerpt of a finding with enough left to find it again.
func (s *Scanner) masked(f Finding) string {
	switch {
	case f.Quarantine: // the mark itself, and nothing beside it
		return f.Excerpt
	case f.Mask != "":
		return f.Mask
	case f.Treatment == "remove":
		return stars
	case f.Treatment != "mask":
		return f.Excerpt
	}
	_, first := utf8.DecodeRuneInString(f.Excerpt)
	return f.Excerpt[:first] + strings.Repeat("*", min(max(utf8.RuneCountInString(f.Excerpt)-1, 1), nameRunes))
}

// secret says whether the words a finding points at must not be repeated.
func secret(f Finding) bool { return f.Treatment != "ask" && !f.Quarantine }

// known replaces everything the findings name that must not be repeated, also
// the pieces of what goes over a line.
func (s *Scanner) known(all []Finding) *strings.Replacer {
	with := map[string]string{}
	for _, f := range all {
		if !secret(f) || s.whole(f) {
			continue
		}
		with[f.Excerpt] = s.masked(f)
		if strings.Contains(f.Excerpt, "\n") {
			for line := range strings.Lines(f.Excerpt) {
				if line = strings.TrimSpace(line); utf8.RuneCountInString(line) > 1 {
					with[line] = stars
				}
			}
		}
	}
	delete(with, "")
	words := make([]string, 0, len(with))
	for w := range with {
		words = append(words, w)
	}
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	pairs := make([]string, 0, 2*len(words))
	for _, w := range words {
		pairs = append(pairs, w, with[w])
	}
	return strings.NewReplacer(pairs...)
}

// context is the line around finding i, or nothing where more would be repeated
// than can be masked: beside a state-secret mark, in what a reader does not see,
// and beside what is to be removed.
func (s *Scanner) context(known *strings.Replacer, all []Finding, from, i int, status Status) string {
	f := all[i]
	if status == Quarantine || f.Hidden || s.whole(f) {
		return ""
	}
	var covered []span
	for _, n := range all[from:] {
		if n.Part != f.Part || n.Start > f.End+2*nameRunes {
			break
		}
		if n.Treatment == "remove" && n.Line == f.Line {
			return ""
		}
		if secret(n) {
			covered = cover(covered, f.Context, n.Excerpt, s.masked(n))
		}
	}
	return s.scrub(replace(f.Context, covered, known))
}

// span is a stretch of a text in bytes, and what to write instead.
type span struct {
	from, to int
	with     string
}

// cover adds where excerpt stands in text: whole, line by line, or in part at an
// end, where a long line was cut in the middle of it. One character alone tells
// nothing.
func cover(all []span, text, excerpt, with string) []span {
	if text != excerpt && strings.Contains(excerpt, text) {
		return append(all, span{0, len(text), ""})
	}
	pieces := []string{excerpt}
	if strings.Contains(excerpt, "\n") {
		pieces, with = strings.Split(excerpt, "\n"), stars
	}
	cut := utf8.RuneCountInString(text) >= nameRunes
	for _, piece := range pieces {
		piece = strings.TrimSpace(piece)
		if utf8.RuneCountInString(piece) < 2 {
			continue
		}
		for at := 0; ; {
			i := strings.Index(text[at:], piece)
			if i < 0 {
				break
			}
			all = append(all, span{at + i, at + i + len(piece), with})
			at += i + len(piece)
		}
		if runes := []rune(piece); cut {
			all = coverEnds(all, text, runes)
		}
	}
	return all
}

func coverEnds(all []span, text string, piece []rune) []span {
	for n := min(len(piece)-1, nameRunes); n > 1; n-- {
		if rest := string(piece[len(piece)-n:]); strings.HasPrefix(text, rest) {
			all = append(all, span{0, len(rest), stars})
			break
		}
	}
	for n := min(len(piece)-1, nameRunes); n > 1; n-- {
		if rest := string(piece[:n]); strings.HasSuffix(text, rest) {
			return append(all, span{len(text) - len(rest), len(text), stars})
		}
	}
	return all
}

// replace writes over the spans of a text, over those that overlap with stars,
// and has the rest replaced by known.
func replace(text string, covered []span, known *strings.Replacer) string {
	slices.SortFunc(covered, func(a, b span) int { return cmp.Or(a.from-b.from, b.to-a.to) })
	var b strings.Builder
	at := 0
	for i := 0; i < len(covered); {
		c := covered[i]
		for i++; i < len(covered) && covered[i].from < c.to; i++ {
			if n := covered[i]; n.to > c.to {
				c.to, c.with = n.to, stars
			}
		}
		b.WriteString(known.Replace(text[at:c.from]) + c.with)
		at = c.to
	}
	b.WriteString(known.Replace(text[at:]))
	return b.String()
}

// scrub masks in a short text what a check of it alone finds.
func (s *Scanner) scrub(text string) string {
	found := s.options.Checker.Text("body", text, s.options.Kind)
	if len(found) == 0 {
		return text
	}
	runes := []rune(text)
	var out []rune
	at := 0
	slices.SortStableFunc(found, func(a, b detect.Finding) int { return a.Start - b.Start })
	for _, f := range found {
		if !secret(f) || f.Start < at {
			continue
		}
		out = append(append(out, runes[at:f.Start]...), []rune(s.masked(f))...)
		at = f.End
	}
	return string(append(out, runes[at:]...))
}

// short keeps the first runes of a text.
func short(text string, runes int) string {
	n := 0
	for at := range text {
		if n == runes {
			return text[:at] + "…"
		}
		n++
	}
	return text
}
