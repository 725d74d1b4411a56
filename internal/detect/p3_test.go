package detect

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

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

// bench is what the benchmarks share: 8 MB of prose and 100,000 terms.
type bench struct {
	terms                []string
	prose, hits, numbers string
	ends                 *[1]int // keeps the compiler from leaving out what nobody reads
}

func newBench(b testing.TB) bench {
	s := newSpeech(1)
	x := bench{terms: s.terms(100_000), ends: new([1]int)}
	x.numbers = strings.Repeat("310114199003070010，13812345678；6222021001112223331，沪A12B45、", 8<<10)
	x.prose = s.prose(b, 8<<20, x.terms[:10_000])
	x.hits = strings.Join(x.terms, "")
	for len(x.hits) < 4<<20 {
		x.hits += x.hits
	}
	return x
}

func (x bench) check(rs RuleSet, l Lexicon, text string) int {
	return len(rs.Check([]Part{{Name: "body", Text: text}}, l, "policy"))
}

func (x bench) lexicon(n int) Lexicon {
	var l Lexicon
	for _, t := range x.terms[:n] {
		l.Terms = append(l.Terms, Term{Term: t, Class: Warn, Reason: "理由"})
	}
	l.index = indexTerms(l.Terms)
	return l
}

// place is what a lexicon costs a text: folding, finding and exact places. It
// returns the number of places.
func (x bench) place(text string, l Lexicon, s *scratch) int {
	v := newView(text, s)
	s.hits = l.index.find(&v, s.hits[:0])
	w := placer{text: v.text, line: 1, lineEnd: -1}
	for _, h := range s.hits {
		from, to := v.original(int(h.start), int(h.end))
		w.move(from)
		x.ends[0] += w.at.rune + runes(v.text[from:to]) + w.line
	}
	return len(s.hits)
}

// BenchmarkP3 is for the profiler; the figures are those of TestP3_Table.
func BenchmarkP3(b *testing.B) {
	x := newBench(b)
	l, rs := x.lexicon(100_000), rules(b)
	var s scratch
	for name, f := range map[string]func(){
		"lexicon":     func() { x.place(x.prose, l, &s) },
		"prose":       func() { x.check(rs, l, x.prose) },
		"terms":       func() { x.check(rs, l, x.hits) },
		"identifiers": func() { x.check(rs, l, x.numbers) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f()
			}
		})
	}
}
