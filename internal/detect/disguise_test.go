package detect

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// worn is a way to write the same for the eye and not for a search.
type worn struct {
	name string
	wear func(string) string
	not  []string // rules whose places no longer mean what they say
}

// mapRunes applies f to every character.
func mapRunes(f func(rune) string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, r := range s {
			b.WriteString(f(r))
		}
		return b.String()
	}
}

// between puts mark between all characters but around line breaks.
func between(mark string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		var last rune
		for i, r := range s {
			if i > 0 && !unicode.IsSpace(r) && !unicode.IsSpace(last) {
				b.WriteString(mark)
			}
			b.WriteRune(r)
			last = r
		}
		return b.String()
	}
}

func digitsAs(forms string) func(string) string {
	f := []rune(forms)
	return mapRunes(func(r rune) string {
		if r >= '0' && r <= '9' {
			return string(f[r-'0'])
		}
		return string(r)
	})
}

// written are the disguises any place may wear.
var written = []worn{
	{"full width", mapRunes(func(r rune) string {
		if r > ' ' && r < 0x7F {
			return string(r + 0xFEE0)
		}
		return string(r)
	}), []string{"broken-link"}},
	{"zero width", between("\u200b"), nil},
	{"joiner and selector", between("\u2060\ufe0f"), nil},
	{"bidi", between("\u202d"), nil},
	{"combining", between("\u0336"), nil},
	{"soft hyphen", between("\u00ad"), nil},
	{"entities", mapRunes(func(r rune) string {
		if unicode.IsSpace(r) || r == ';' || r == '&' {
			return string(r)
		}
		return fmt.Sprintf("&#%d;", r)
	}), []string{"broken-link"}},
	{"hexadecimal entities", mapRunes(func(r rune) string {
		if unicode.Is(unicode.Han, r) || r >= '0' && r <= '9' {
			return fmt.Sprintf("&#x%X;", r)
		}
		return string(r)
	}), nil},
	{"mathematical", digitsAs("𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"), nil},
	{"monospace", digitsAs("𝟶𝟷𝟸𝟹𝟺𝟻𝟼𝟽𝟾𝟿"), nil},
	{"Arabic-Indic", digitsAs("٠١٢٣٤٥٦٧٨٩"), nil},
	{"superscript", digitsAs("⁰¹²³⁴⁵⁶⁷⁸⁹"), nil},
	{"circles", digitsAs("⓪①②③④⑤⑥⑦⑧⑨"), []string{"date", "document-number"}},
	{"traditional", func(back map[rune]rune) func(string) string {
		return mapRunes(func(r rune) string {
			if to, ok := back[r]; ok {
				return string(to)
			}
			return string(r)
		})
	}(traditional()), nil},
}

// traditional is the way back of the table of folds.
func traditional() map[rune]rune {
	back := map[rune]rune{}
	_, listed, _ := strings.Cut(pairs, "where there are several).")
	for line := range strings.Lines(listed) {
		p := []rune(strings.TrimSpace(line))
		for i := 0; i+1 < len(p); i += 2 {
			if unicode.Is(unicode.Han, p[i]) && back[p[i+1]] == 0 {
				back[p[i+1]] = p[i]
			}
		}
	}
	return back
}

// TestGoldenTextsInDisguise writes every marked place of the golden texts in
// every disguise: what demands a person still does.
func TestGoldenTextsInDisguise(t *testing.T) {
	t.Parallel()
	rs, all := rules(t), goldens(t)
	class := map[string]Class{}
	for _, r := range rs.Rules {
		class[r.ID] = r.Class
	}
	missed := map[string]int{}
	tried := 0
	for _, d := range written {
		for _, g := range all {
			text := []rune(g.text)
			for _, w := range g.want {
				if w.class == "" {
					w.class = class[w.rule]
				}
				if w.class.Rank() < Hold.Rank() || slices.Contains(d.not, w.rule) {
					continue
				}
				plain := string(text[w.start:w.end])
				now := d.wear(plain)
				if now == plain || strings.Contains(plain, "&") { // entities are a disguise already
					continue
				}
				tried++
				end := w.start + len([]rune(now))
				found := rs.Check([]Part{{Name: g.part, Text: string(text[:w.start]) + now + string(text[w.end:])}}, Lexicon{}, g.kind)
				if !slices.ContainsFunc(found, func(f Finding) bool {
					return f.Rule == w.rule && f.Class.Rank() >= w.class.Rank() && f.Start >= w.start-2 && f.Start < end && f.End > w.start && f.End <= end+2
				}) {
					missed[d.name+" "+w.rule]++
					t.Errorf("%s: %s: missed %s %q", d.name, g.name, w.rule, now)
				}
			}
		}
	}
	t.Log(tried, "places", slices.Sorted(maps.Keys(missed)))
	require.Greater(t, tried, 1500)
}
