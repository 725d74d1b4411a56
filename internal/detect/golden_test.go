package detect

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// golden is a text as an office writes it, with what a careful reader would
// point at. Files hold many: a line "=== name kind [part=name]", then the text,
// in which ⟦rule|words⟧ or ⟦rule=CLASS|words⟧ marks a place, also one in
// another. Anything else at WARN or above is a false alarm.
type golden struct {
	name, kind, part, text string
	want                   []place
}

type place struct {
	rule       string
	class      Class // of the rule if empty
	start, end int   // runes
}

func goldens(t *testing.T) []golden {
	files, err := filepath.Glob("testdata/golden/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var all []golden
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, one := range strings.Split("\n"+string(data), "\n=== ")[1:] {
			head, body, _ := strings.Cut(one, "\n")
			g := golden{part: "body"}
			if before, part, found := strings.Cut(head, " part="); found {
				head, g.part = before, part
			}
			at := strings.LastIndexByte(head, ' ')
			require.Positive(t, at, "%s: no kind in %q", file, head)
			g.name, g.kind = head[:at], head[at+1:]
			g.read(body)
			all = append(all, g)
		}
	}
	return all
}

// read takes the labels out of body.
func (g *golden) read(body string) {
	var text []rune
	var open []int
	label := -1
	var name strings.Builder
	for _, r := range body {
		switch {
		case r == '⟦':
			open, label = append(open, len(g.want)), len(g.want)
			g.want = append(g.want, place{})
			name.Reset()
		case label >= 0 && r == '|':
			p := &g.want[label]
			rule, class, _ := strings.Cut(name.String(), "=")
			p.rule, p.class, p.start = rule, Class(class), len(text)
			label = -1
		case label >= 0:
			name.WriteRune(r)
		case r == '⟧':
			g.want[open[len(open)-1]].end = len(text)
			open = open[:len(open)-1]
		default:
			text = append(text, r)
		}
	}
	g.text = string(text)
}

// tally counts one rule's outcomes.
type tally struct{ found, missed, wrong int }

// TestGoldenTexts reads texts of every kind an office publishes. All that is
// marked is found, at its class and place, and nothing else troubles anybody;
// the table says so rule by rule.
func TestGoldenTexts(t *testing.T) {
	t.Parallel()
	rs, all := rules(t), goldens(t)
	require.Greater(t, len(all), 100)
	class := map[string]Class{}
	for _, r := range rs.Rules {
		class[r.ID] = r.Class
	}
	tallies := map[string]*tally{}
	of := func(rule string) *tally {
		if tallies[rule] == nil {
			tallies[rule] = &tally{}
		}
		return tallies[rule]
	}
	clean, held := 0, 0
	for _, g := range all {
		found := rs.Check([]Part{{Name: g.part, Text: g.text}}, Lexicon{}, g.kind)
		text := []rune(g.text)
		for _, w := range g.want {
			require.NotEmpty(t, class[w.rule], "%s: no rule %q", g.name, w.rule)
			if w.class == "" {
				w.class = class[w.rule]
			}
			same := func(f Finding) bool {
				return f.Rule == w.rule && f.Class == w.class && f.Start == w.start && f.End == w.end
			}
			if at := slices.IndexFunc(found, same); at >= 0 {
				of(w.rule).found++
				found = slices.Delete(found, at, at+1)
				continue
			}
			of(w.rule).missed++
			t.Errorf("%s: missed %s %s %q", g.name, w.class, w.rule, string(text[w.start:w.end]))
		}
		hold := false
		for _, f := range found {
			if f.Class.Rank() >= Warn.Rank() {
				of(f.Rule).wrong++
				hold = hold || f.Class.Rank() >= Hold.Rank()
				t.Errorf("%s: false %s %s %q in %q", g.name, f.Class, f.Rule, f.Excerpt, f.Context)
			}
		}
		if !slices.ContainsFunc(g.want, func(w place) bool { return w.class.Rank() != Info.Rank() && w.class.Rank() != Warn.Rank() }) {
			clean++
			if hold {
				held++
			}
		}
	}
	var table strings.Builder
	for _, rule := range slices.Sorted(maps.Keys(tallies)) {
		n := *tallies[rule]
		fmt.Fprintf(&table, "%-22s places %3d  recall %6.2f %%  precision %6.2f %%\n", rule, n.found+n.missed,
			100*float64(n.found)/float64(max(1, n.found+n.missed)), 100*float64(n.found)/float64(max(1, n.found+n.wrong)))
	}
	t.Logf("\n%s%d texts, %d clean, %d of them held", table.String(), len(all), clean, held)
}

// TestOrdinaryLinesTroubleNobody: what offices write every day, though it looks
// like what is searched for. A line of the file is a text; \n and \t in it are
// breaks.
func TestOrdinaryLinesTroubleNobody(t *testing.T) {
	t.Parallel()
	rs := rules(t)
	data, err := os.ReadFile("testdata/ordinary.txt")
	require.NoError(t, err)
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		text := strings.NewReplacer(`\n`, "\n", `\t`, "\t").Replace(strings.TrimSuffix(line, "\n"))
		for _, f := range rs.Check([]Part{{Name: "body", Text: text}}, Lexicon{}, "notice") {
			if f.Class.Rank() >= Warn.Rank() {
				t.Errorf("false %s %s %q in %q", f.Class, f.Rule, f.Excerpt, text)
			}
		}
	}
	require.Greater(t, n, 200)
}
