package desk

import (
	"slices"
	"strings"

	"shenfa/internal/compare"
)

// veil keeps values that are to be masked out of a comparison. Each is one sign while
// words are compared, so that what it shares with another value is never told apart from
// the rest, and becomes its mask afterwards.
type veil struct {
	under, over, mask *strings.Replacer
}

// Signs stand in a plane for private use that no text of an office is written in.
const (
	firstSign = 0x100000
	lastSign  = 0x10FFFD
)

// newVeil covers the excerpts of findings. Of values that begin alike the longer goes first.
func newVeil(found []Finding) veil {
	found = slices.Clone(found)
	slices.SortStableFunc(found, func(a, b Finding) int { return len(b.Excerpt) - len(a.Excerpt) })
	known := map[string]bool{}
	var under, over, mask []string
	for _, f := range found {
		if f.Excerpt == "" || f.Mask == "" || known[f.Excerpt] {
			continue
		}
		sign := string(rune(min(firstSign+len(known), lastSign)))
		known[f.Excerpt] = true
		under, over, mask = append(under, f.Excerpt, sign), append(over, sign, f.Mask), append(mask, f.Excerpt, f.Mask)
	}
	return veil{strings.NewReplacer(under...), strings.NewReplacer(over...), strings.NewReplacer(mask...)}
}

// hide puts the masks into a text that is not compared word by word.
func (v veil) hide(text string) string { return v.mask.Replace(text) }

// lower makes a text fit to be compared.
func (v veil) lower(text string) string { return v.under.Replace(text) }

// lift puts the masks into what was compared.
func (v veil) lift(all []compare.Paragraph) []compare.Paragraph {
	for i := range all {
		v.liftSpans(all[i].Spans)
	}
	return all
}

func (v veil) liftSpans(spans []compare.Span) []compare.Span {
	for i := range spans {
		spans[i].Text = v.over.Replace(spans[i].Text)
	}
	return spans
}
