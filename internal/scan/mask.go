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
		out.Excerpt = s.masked(*p)
		if s.whole(*p) && p.Treatment == "ask" { // the name of what was not read
			out.Excerpt = s.scrub(known.Replace(short(p.Excerpt, nameRunes)))
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
	text := known.Replace(f.Context)
	for _, n := range all[from:] {
		if n.Part != f.Part || n.Start > f.End+2*nameRunes {
			break
		}
		if n.Treatment == "remove" && n.Line == f.Line {
			return ""
		}
		if secret(n) && utf8.RuneCountInString(f.Context) >= nameRunes {
			text = trimCut(text, n.Excerpt)
		}
	}
	return s.scrub(text)
}

// trimCut masks a piece of excerpt at an end of text, where a long line was cut
// in the middle of it. One character alone tells nothing.
func trimCut(text, excerpt string) string {
	if strings.Contains(excerpt, text) {
		return ""
	}
	runes := []rune(excerpt)
	for n := len(runes) - 1; n > 1; n-- {
		if rest := string(runes[len(runes)-n:]); strings.HasPrefix(text, rest) {
			text = stars + text[len(rest):]
			break
		}
	}
	for n := len(runes) - 1; n > 1; n-- {
		if rest := string(runes[:n]); strings.HasSuffix(text, rest) {
			return text[:len(text)-len(rest)] + stars
		}
	}
	return text
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
