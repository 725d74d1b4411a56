package e2e

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	benchReport = flag.Bool("bench-report", false, "measure, print the table and write it to docs/benchmarks.md")
	benchItems  = flag.Int("bench-items", 1000, "`number` of items that are released at the same instant")
)

// TestBench measures the house beside its baselines, which run on the same server
// in the same minutes. Times are reported and never asserted; that nothing comes
// out early is.
func TestBench(t *testing.T) {
	if !*benchReport {
		t.Skip("only with -bench-report")
	}
	r := newReport()
	whole := t.Run("P5", func(t *testing.T) { benchRest(t, r) })
	whole = t.Run("Busy", func(t *testing.T) {
		b := newBureau(t)
		plain := newBare(t, b.client)
		rate := 3.0 // if that is not measured
		t.Run("P1", func(t *testing.T) { rate = benchLives(t, r, b, plain) })
		t.Run("P2P6", func(t *testing.T) { benchPunctual(t, r, b, plain, rate) })
	}) && whole
	r.ended = time.Now()
	table := r.markdown()
	fmt.Println(table)
	if whole && r.has("P1", "P2", "P5", "P6") {
		require.NoError(t, r.write("../docs/benchmarks.md", table))
	}
}

// row is one line of the table.
type row struct {
	code, what, ours, baseline string
	ratio                      float64 // ours to the baseline; 0: none
	goal                       string
	met                        *bool // nil: there is no goal
}

// report gathers what was measured.
type report struct {
	began, ended time.Time
	load         string // of the machine before we began
	rows         []row
	notes        []string
}

func newReport() *report { return &report{began: time.Now(), load: loadAverage()} }

func (r *report) add(x row) {
	r.rows = append(r.rows, x)
	fmt.Println(x)
}

func (r *report) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
	fmt.Println(r.notes[len(r.notes)-1])
}

func (r *report) has(codes ...string) bool {
	return !slices.ContainsFunc(codes, func(code string) bool {
		return !slices.ContainsFunc(r.rows, func(x row) bool { return x.code == code })
	})
}

func (x row) String() string {
	ratio, met, baseline, goal := "–", "–", x.baseline, x.goal
	if baseline == "" {
		baseline = "below"
	}
	if goal == "" {
		goal = "–"
	}
	if x.ratio > 0 {
		ratio = fmt.Sprintf("%.2f", x.ratio)
	}
	if x.met != nil {
		met = "no"
		if *x.met {
			met = "yes"
		}
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s |", x.code, x.what, x.ours, baseline, ratio, goal, met)
}

func (r *report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Machine: %s. Measured %s to %s (load average before: %s, after: %s) by `make bench`.\n\n",
		machine(), r.began.UTC().Format("2006-01-02 15:04"), r.ended.UTC().Format("15:04 MST"), r.load, loadAverage())
	b.WriteString("| code | what | shenfa | baseline | ratio | goal | met |\n|---|---|---|---|---|---|---|\n")
	slices.SortStableFunc(r.rows, func(x, y row) int { return strings.Compare(x.code, y.code) })
	for _, x := range r.rows {
		fmt.Fprintln(&b, x)
	}
	b.WriteByte('\n')
	for _, n := range r.notes {
		fmt.Fprintln(&b, "* "+n)
	}
	return b.String()
}

const figuresBegin, figuresEnd = "<!-- figures -->", "<!-- /figures -->"

// write replaces what stands between the markers of the page.
func (r *report) write(path, table string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(raw), figuresBegin)
	_, after, closed := strings.Cut(rest, figuresEnd)
	if !found || !closed {
		return fmt.Errorf("%s has no %s … %s", path, figuresBegin, figuresEnd)
	}
	return os.WriteFile(path, []byte(before+figuresBegin+"\n"+table+figuresEnd+after), 0o644)
}

func met(ok bool) *bool { return &ok }

// machine says what it ran on, without a name.
func machine() string {
	model := "unknown CPU"
	info, _ := os.ReadFile("/proc/cpuinfo")
	for l := range strings.Lines(string(info)) {
		if k, v, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(k) == "model name" {
			model = strings.TrimSpace(v)
			break
		}
	}
	memory := ""
	info, _ = os.ReadFile("/proc/meminfo")
	if f := strings.Fields(string(info)); len(f) > 1 {
		var kib int64
		_, _ = fmt.Sscan(f[1], &kib)
		memory = fmt.Sprintf(", %.0f GiB", float64(kib)/(1<<20))
	}
	return fmt.Sprintf("%d cores of %s%s, %s/%s, %s", runtime.NumCPU(), model, memory, runtime.GOOS, runtime.GOARCH, runtime.Version())
}

func loadAverage() string {
	raw, _ := os.ReadFile("/proc/loadavg")
	if f := strings.Fields(string(raw)); len(f) > 0 {
		return f[0]
	}
	return "unknown"
}

// spread is a sample of durations, sorted.
type spread []time.Duration

func spreadOf(ds []time.Duration) spread {
	s := spread(slices.Clone(ds))
	slices.Sort(s)
	return s
}

// at is the quantile q: the smallest value that at least q of the sample do not exceed.
func (s spread) at(q float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	return s[max(0, min(len(s)-1, int(q*float64(len(s))+0.999999)-1))]
}

func (s spread) String() string {
	if len(s) == 0 {
		return "not measured"
	}
	return fmt.Sprintf("p50 %s, p99 %s, max %s", show(s.at(0.5)), show(s.at(0.99)), show(s.at(1)))
}

func show(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}

func ratio(a, b time.Duration) float64 {
	if b <= 0 {
		return 0
	}
	return float64(a) / float64(b)
}
