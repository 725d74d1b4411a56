package corpus_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/detect"
	"shenfa/internal/detect/corpus"
)

// score counts one rule's outcomes.
type score struct{ found, missed, false int }

func (s score) recall() float64 { return float64(s.found) / float64(max(1, s.found+s.missed)) }

func (s score) precision() float64 { return float64(s.found) / float64(max(1, s.found+s.false)) }

// TestRulesOnTheCorpus: marks are always found, identifiers with a checksum
// nearly always, and clean texts hold up nobody.
func TestRulesOnTheCorpus(t *testing.T) {
	t.Parallel()
	rs, err := detect.Current(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	dirty, clean := corpus.Cases(1, 4000)
	scores := map[string]score{}
	var misses []string
	for _, c := range dirty {
		found := rs.Check([]detect.Part{{Name: "body", Text: c.Text}}, detect.Lexicon{}, c.Kind)
		for _, w := range c.Want {
			s := scores[w.Rule]
			if slices.ContainsFunc(found, func(f detect.Finding) bool { return f.Rule == w.Rule && f.Excerpt == w.Excerpt }) {
				s.found++
			} else {
				s.missed++
				misses = append(misses, fmt.Sprintf("%s: %q in %q", c.Name, w.Excerpt, c.Text))
			}
			scores[w.Rule] = s
		}
		for _, f := range found {
			wanted := slices.ContainsFunc(c.Want, func(w corpus.Want) bool { return w.Rule == f.Rule && w.Excerpt == f.Excerpt })
			if !wanted && f.Class.Rank() >= detect.Warn.Rank() {
				s := scores[f.Rule]
				s.false++
				scores[f.Rule] = s
				misses = append(misses, fmt.Sprintf("false %s: %q in %q", f.Rule, f.Excerpt, c.Text))
			}
		}
	}
	held := 0
	for _, c := range clean {
		hold := false
		for _, f := range rs.Check([]detect.Part{{Name: "body", Text: c.Text}}, detect.Lexicon{}, c.Kind) {
			if f.Class.Rank() >= detect.Hold.Rank() {
				hold = true
				s := scores[f.Rule]
				s.false++
				scores[f.Rule] = s
				misses = append(misses, fmt.Sprintf("%s: false %s %q in %q", c.Name, f.Rule, f.Excerpt, c.Text))
			}
		}
		if hold {
			held++
		}
	}
	var table strings.Builder
	for _, rule := range slices.Sorted(maps.Keys(scores)) {
		s := scores[rule]
		fmt.Fprintf(&table, "%-22s cases %4d  recall %6.2f %%  precision %6.2f %%\n", rule, s.found+s.missed, 100*s.recall(), 100*s.precision())
	}
	t.Logf("\n%sclean texts %d, held %d (%.2f %%)", table.String(), len(clean), held, 100*float64(held)/float64(len(clean)))
	for _, m := range misses[:min(len(misses), 40)] {
		t.Log(m)
	}
	require.EqualValues(t, 1, scores["secret-mark"].recall())
	for _, rule := range []string{"resident-id", "bank-card", "credit-code", "mobile"} {
		require.GreaterOrEqual(t, scores[rule].recall(), 0.99, rule)
	}
	for rule, s := range scores {
		require.GreaterOrEqual(t, s.recall(), 0.95, rule)
		require.GreaterOrEqual(t, s.precision(), 0.95, rule)
	}
	require.LessOrEqual(t, float64(held)/float64(len(clean)), 0.01, "clean texts held")
}
