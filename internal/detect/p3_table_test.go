package detect

import (
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	goahocorasick "github.com/anknown/ahocorasick"
	"github.com/stretchr/testify/require"
)

var p3 = flag.Bool("p3", false, "measure P3 and print its table; takes some minutes")

// rounds is how often each contender runs, in turn with the others. Its best
// counts: whatever else the machine does only ever makes one slower.
const rounds = 7

// TestP3_Table prints the figures of P3 as rows of a table: what, ours, the
// baseline, ratio, goal, met. All are of processor time, on one core. It fails
// only where a count is wrong, never for a timing.
func TestP3_Table(t *testing.T) {
	if !*p3 {
		t.Skip("only with -p3")
	}
	runtime.GOMAXPROCS(1)
	x := newBench(t)
	fmt.Println("| code | what | shenfa | baseline | ratio | goal | met |\n|---|---|---|---|---|---|---|")
	for _, c := range []struct {
		terms int
		goal  float64
	}{{1000, 0}, {10_000, 12}, {100_000, 15}} {
		x.compare(t, c.terms, c.goal)
	}
	x.whole(t)
	x.build(t)
}

// spent is the processor time of f.
func spent(f func()) time.Duration {
	from := cpu()
	f()
	return cpu() - from
}

func rate(bytes int, d time.Duration) float64 { return float64(bytes) / 1e6 / d.Seconds() }

// row prints one of the table. A goal of "" is none.
func row(what, ours, baseline, ratio, goal string, met bool) {
	yes := map[bool]string{true: "yes", false: "no"}[met]
	if goal == "" {
		goal, yes = "–", "–"
	}
	fmt.Printf("| P3 | %s | %s | %s | %s | %s | %s |\n", what, ours, baseline, ratio, goal, yes)
}

// compare measures folding, a lexicon and exact places beside ripgrep, whose
// time is the slope from 8 to 34 MB, so that its start and its automaton do not
// count, and beside the fastest library in Go. The library is also the
// independent oracle of the count.
func (x bench) compare(t *testing.T, n int, goal float64) {
	l := x.lexicon(n)
	machine := new(goahocorasick.Machine)
	var list [][]rune
	for _, term := range x.terms[:n] {
		list = append(list, []rune(term))
	}
	require.NoError(t, machine.Build(list))
	v := newView(x.prose, nil)
	require.Len(t, l.index.find(&v, nil), len(machine.MultiPatternSearch([]rune(unfold(v.units)), false)))

	rg := newRipgrep(t, x.prose, x.terms[:n])
	const never = time.Duration(math.MaxInt64)
	ours, library, short, long := never, never, never, never
	found := 0
	var s scratch
	for range rounds {
		for range 5 {
			ours = min(ours, spent(func() { found = x.place(x.prose, l, &s) }))
		}
		library = min(library, spent(func() { machine.MultiPatternSearch([]rune(x.prose), false) }))
		if rg != nil {
			short, long = min(short, rg(1)), min(long, rg(4))
		}
	}
	what := fmt.Sprintf("folding, %d terms, exact places of %d hits", n, found)
	speed := rate(len(x.prose), ours)
	if rg != nil {
		base := rate(3*len(x.prose), long-short)
		bar := ""
		if goal > 0 {
			bar = fmt.Sprintf("≥ %.0f ×", goal)
		}
		row(what, fmt.Sprintf("%.0f MB/s", speed), fmt.Sprintf("`rg -F -f -o -b`: %.1f MB/s", base), fmt.Sprintf("%.1f", speed/base), bar, speed/base >= goal)
	}
	base := rate(len(x.prose), library)
	row(what, fmt.Sprintf("%.0f MB/s", speed), fmt.Sprintf("anknown/ahocorasick: %.1f MB/s", base), fmt.Sprintf("%.1f", speed/base), "", false)
}

// newRipgrep returns a function that searches text, one or four times over,
// and returns ripgrep's processor time; nil where there is none.
func newRipgrep(t *testing.T, text string, terms []string) func(times int) time.Duration {
	rg, err := exec.LookPath("rg")
	if err != nil {
		return nil
	}
	dir := t.TempDir()
	list := filepath.Join(dir, "terms")
	require.NoError(t, os.WriteFile(list, []byte(strings.Join(terms, "\n")), 0o600))
	for _, times := range []int{1, 4} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprint(times)), []byte(strings.Repeat(text, times)), 0o600))
	}
	return func(times int) time.Duration {
		out, err := os.Create(filepath.Join(dir, "out"))
		require.NoError(t, err)
		defer func() { require.NoError(t, out.Close()) }()
		c := exec.CommandContext(t.Context(), rg, "-F", "-f", list, "-o", "-b", filepath.Join(dir, fmt.Sprint(times)))
		c.Stdout = out
		require.NoError(t, c.Run())
		return c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	}
}

// whole measures a check by all detectors with 100,000 terms.
func (x bench) whole(t *testing.T) {
	l, rs := x.lexicon(100_000), rules(t)
	page := strings.ToValidUTF8(x.prose[:5000], "")
	for _, c := range []struct {
		name, text string
		times      int
		slowest    float64 // MB/s
	}{
		{"ordinary text", x.prose, 1, 150}, {"nothing but terms", x.hits, 1, 60}, {"nothing but identifiers", x.numbers, 4, 60}, {"a text of 5 kB", page, 200, 25},
	} {
		best, found := time.Duration(math.MaxInt64), 0
		for range 2 * rounds {
			best = min(best, spent(func() {
				for range c.times {
					found = x.check(rs, l, c.text)
				}
			})/time.Duration(c.times))
		}
		speed := rate(len(c.text), best)
		ours, goal := fmt.Sprintf("%.0f MB/s", speed), fmt.Sprintf("≥ %.0f MB/s", c.slowest)
		if len(c.text) == len(page) {
			ours, goal = fmt.Sprintf("%.0f µs", float64(best.Nanoseconds())/1e3), "≤ 200 µs"
		}
		row(fmt.Sprintf("all detectors, 100,000 terms, %s, %d findings", c.name, found), ours, "–", "–", goal, speed >= c.slowest)
	}
}

// build measures the making of a lexicon of 100,000 rows from its file and
// what it keeps in memory.
func (x bench) build(t *testing.T) {
	file := "term,class,reason\n" + strings.Join(x.terms, ",WARN,理由\n") + ",WARN,理由\n"
	var l Lexicon
	kept := func() float64 {
		var m runtime.MemStats
		for range 3 { // pools hold on to what they have for two
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / 1e6
	}
	best, size := time.Duration(math.MaxInt64), 0.0
	for range rounds {
		l = Lexicon{}
		before := kept()
		best = min(best, spent(func() {
			var err error
			l, err = ParseLexicon(strings.NewReader(file))
			require.NoError(t, err)
		}))
		size = kept() - before
	}
	runtime.KeepAlive(l)
	row("a lexicon of 100,000 terms built from its file", fmt.Sprintf("%d ms", best.Milliseconds()), "–", "–", "≤ 500 ms", best <= 500*time.Millisecond)
	row("what it keeps in memory", fmt.Sprintf("%.1f MB", size), "–", "–", "≤ 16 MB", size <= 16)
}
