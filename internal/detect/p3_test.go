package detect

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	goahocorasick "github.com/anknown/ahocorasick"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// speech makes Chinese text that means nothing: words of random common
// characters, used as unevenly as words are. The same seed gives the same.
type speech struct {
	*rand.Rand
	words []string
	zipf  *rand.Zipf
}

func newSpeech(seed uint64) *speech {
	r := rand.New(rand.NewPCG(seed, 1))
	var chars []string
	for hi := 0xB0; hi <= 0xD7; hi++ { // the common characters of GB 2312
		for lo := 0xA1; lo <= 0xFE; lo++ {
			if s, err := simplifiedchinese.GBK.NewDecoder().String(string([]byte{byte(hi), byte(lo)})); err == nil && s != "密" && s != "\uFFFD" {
				chars = append(chars, s)
			}
		}
	}
	r.Shuffle(len(chars), func(i, j int) { chars[i], chars[j] = chars[j], chars[i] })
	often := rand.NewZipf(r, 1.1, 40, uint64(len(chars)-1))
	s := &speech{Rand: r, zipf: rand.NewZipf(r, 1.05, 60, 59_999)}
	for len(s.words) < 60_000 {
		var w strings.Builder
		for range []int{1, 2, 2, 2, 2, 3, 3, 4}[r.IntN(8)] {
			w.WriteString(chars[often.Uint64()])
		}
		s.words = append(s.words, w.String())
	}
	return s
}

func (s *speech) word() string { return s.words[s.zipf.Uint64()] }

// rare is a word that text has now and then: lists name what is special.
func (s *speech) rare() string { return s.words[12_000+s.IntN(len(s.words)-12_000)] }

// terms are n different ones of two to nine characters, many inside another.
func (s *speech) terms(n int) []string {
	seen := map[string]bool{}
	var all []string
	for len(all) < n {
		t := s.rare()
		for range s.IntN(3) + 1 {
			t += s.rare()
			if s.IntN(12) == 0 && len(all) > 0 {
				t = all[s.IntN(len(all))] + t
			}
		}
		r := []rune(t)
		if len(all)%20 == 0 {
			r = r[:min(2, len(r))]
		} else if len(r) > 9 {
			r = r[:9]
		}
		if t = string(r); len(r) >= 2 && (len(r) > 2 || len(all)%20 == 0) && !seen[t] {
			seen[t] = true
			all = append(all, t)
		}
	}
	return all
}

// prose is size bytes of sentences, half of them from a published document
// with a third of its characters replaced, with a planted term now and then.
func (s *speech) prose(t testing.TB, size int, terms []string) string {
	origin, err := os.ReadFile("testdata/origin.txt")
	require.NoError(t, err)
	lines := strings.Split(strings.ReplaceAll(string(origin), "\n\n", ""), "\n")
	var b strings.Builder
	for b.Len() < size {
		switch n := s.IntN(25); {
		case n < 2:
			fmt.Fprintf(&b, "沪某府办〔%d〕%d号，2025 年 %d 月 %d 日印发，网址 http://example.com/%d/index.html。", 2015+s.IntN(10), 1+s.IntN(99), 1+s.IntN(12), 1+s.IntN(28), s.IntN(1e6))
		case n < 14:
			for _, r := range lines[s.IntN(len(lines))] {
				if r > 0x4E00 && s.IntN(3) == 0 {
					b.WriteString(s.word())
				} else {
					b.WriteRune(r)
				}
			}
		default:
			for range 8 + s.IntN(20) {
				b.WriteString(s.word())
			}
			b.WriteString("。")
		}
		if s.IntN(8) == 0 {
			b.WriteString(terms[s.IntN(len(terms))])
		}
		b.WriteString("\n")
	}
	return b.String()
}

func foldTerms(terms []string) [][]uint16 {
	all := make([][]uint16, len(terms))
	for i, t := range terms {
		all[i] = foldAll(t)
	}
	return all
}

// cpu is the processor time this process has used, the fair measure on a
// machine that others use too.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// rate runs f until b has enough and reports megabytes a processor second.
func rate(b *testing.B, size int, f func()) float64 {
	b.SetBytes(int64(size))
	from := cpu()
	n := 0
	for b.Loop() {
		f()
		n++
	}
	r := float64(size) * float64(n) / 1e6 / (cpu() - from).Seconds()
	b.ReportMetric(r, "MB/cpu-s")
	return r
}

// bench is what the benchmarks share: 8 MB of prose and 100,000 terms.
type bench struct {
	terms       []string
	prose, hits string
}

func newBench(b *testing.B) bench {
	s := newSpeech(1)
	x := bench{terms: s.terms(100_000)}
	x.prose = s.prose(b, 8<<20, x.terms[:10_000])
	x.hits = strings.Join(x.terms, "")
	for len(x.hits) < 4<<20 {
		x.hits += x.hits
	}
	return x
}

func (x bench) lexicon(n int) Lexicon {
	var l Lexicon
	for _, t := range x.terms[:n] {
		l.Terms = append(l.Terms, Term{Term: t, Class: Warn, Reason: "理由"})
	}
	l.index = indexTerms(l.Terms)
	return l
}

// BenchmarkP3_Lexicon measures folding, the lexicon and exact places beside
// ripgrep and the best Go library, per second of processor time. Ripgrep's
// time is the slope from 8 to 32 MB, so that its start does not count.
func BenchmarkP3_Lexicon(b *testing.B) {
	x := newBench(b)
	for _, n := range []int{1000, 10_000, 100_000} {
		var ours float64
		b.Run(fmt.Sprintf("ours/%d", n), func(b *testing.B) {
			l := x.lexicon(n)
			var s scratch
			found, sum := 0, 0
			ours = rate(b, len(x.prose), func() {
				v := newView(x.prose, &s)
				s.hits = l.index.find(&v, s.hits[:0])
				w := placer{text: v.text, line: 1, lineEnd: -1}
				for _, h := range s.hits {
					from, to := v.original(int(h.start), int(h.end))
					w.move(from)
					sum += w.at.rune + runes(v.text[from:to])
				}
				found = len(s.hits)
			})
			b.ReportMetric(float64(found), "hits")
		})
		b.Run(fmt.Sprintf("ripgrep/%d", n), func(b *testing.B) {
			rg, err := exec.LookPath("rg")
			if err != nil {
				b.Skip("no ripgrep here")
			}
			dir := b.TempDir()
			list, one, four := filepath.Join(dir, "terms"), filepath.Join(dir, "one"), filepath.Join(dir, "four")
			require.NoError(b, os.WriteFile(list, []byte(strings.Join(x.terms[:n], "\n")), 0o600))
			require.NoError(b, os.WriteFile(one, []byte(x.prose), 0o600))
			require.NoError(b, os.WriteFile(four, []byte(strings.Repeat(x.prose, 4)), 0o600))
			run := func(file string) time.Duration {
				c := exec.Command(rg, "-F", "-f", list, "-o", "-b", file)
				out, err := os.Create(filepath.Join(dir, "out"))
				require.NoError(b, err)
				defer out.Close()
				c.Stdout = out
				require.NoError(b, c.Run())
				return c.ProcessState.UserTime() + c.ProcessState.SystemTime()
			}
			var spent time.Duration
			rounds := 0
			for b.Loop() {
				spent += run(four) - run(one)
				rounds++
			}
			r := float64(rounds*3*len(x.prose)) / 1e6 / spent.Seconds()
			b.ReportMetric(r, "MB/cpu-s")
			b.ReportMetric(ours/r, "ours/ripgrep")
		})
		b.Run(fmt.Sprintf("anknown/%d", n), func(b *testing.B) {
			m := new(goahocorasick.Machine)
			var list [][]rune
			for _, t := range x.terms[:n] {
				list = append(list, []rune(t))
			}
			require.NoError(b, m.Build(list))
			text := x.prose[:2<<20]
			found := 0
			r := rate(b, len(text), func() { found = len(m.MultiPatternSearch([]rune(text), false)) })
			b.ReportMetric(float64(found), "hits")
			b.ReportMetric(ours/r, "ours/anknown")
		})
	}
}

// BenchmarkP3_AllDetectors measures a whole check with 100,000 terms: of
// prose, of nothing but terms, of nothing but identifiers.
func BenchmarkP3_AllDetectors(b *testing.B) {
	x := newBench(b)
	l, rs := x.lexicon(100_000), rules(b)
	person := strings.Repeat("310114199003070010，13812345678；6222021001112223331，沪A12B45、", 8<<10)
	for _, c := range []struct{ name, text string }{{"prose", x.prose}, {"terms only", x.hits}, {"identifiers only", person}, {"5 kB", x.prose[:5001]}} {
		b.Run(c.name, func(b *testing.B) {
			found := 0
			rate(b, len(c.text), func() { found = len(rs.Check([]Part{{Name: "body", Text: c.text}}, l, "policy")) })
			b.ReportMetric(float64(found), "findings")
		})
	}
}

// BenchmarkP3_Build measures the making of a lexicon of 100,000 rows and the
// memory it keeps.
func BenchmarkP3_Build(b *testing.B) {
	x := newBench(b)
	file := "term,class,reason\n" + strings.Join(x.terms, ",WARN,理由\n") + ",WARN,理由\n"
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	l, err := ParseLexicon(strings.NewReader(file))
	require.NoError(b, err)
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			_, err := ParseLexicon(strings.NewReader(file))
			require.NoError(b, err)
		}
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-kept")
	})
	b.Run("index", func(b *testing.B) {
		for b.Loop() {
			indexTerms(l.Terms)
		}
	})
	runtime.KeepAlive(l)
}
