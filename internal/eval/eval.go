// Package eval measures the check on files it makes itself: everything that must
// be found, in every place a format has for it and in every disguise, and
// ordinary documents that must be left alone. All of it is made up; the same
// seed gives the same files. Formats are written from their specifications and
// from what programs in offices write, never with the code they measure.
package eval

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
)

// Case is one file, and what a perfect check says about it.
type Case struct {
	Name     string // format/place/disguise/detector#n; unique in a corpus
	Format   string
	Place    string
	Disguise string
	Detector string // the rule that must point at it; empty for a clean file
	Hidden   bool   // a reader of the file would not see it
	Either   bool   // a reader sees it who clicks for it; neither answer is wrong
	Kind     string // of disclosure
	Needs    Tool   // without which the file cannot be read
	Want     string // as it stands in the file
	file     func(*build) []byte
	ending   string
	fresh    func() *build
	chain    []string // endings another program writes it as, in turn
}

// Tool is a program that some files cannot be made or read without.
type Tool string

// The tools.
const (
	OCR    Tool = "tesseract"
	Office Tool = "LibreOffice"
)

// File makes the file. It is the same each time.
func (c Case) File() (name string, data []byte) {
	b := c.fresh()
	data = c.file(b)
	return b.fileName(c.ending), data
}

// planted shows the sentence that a perfect check points into.
func (c Case) planted() string {
	if c.Detector == "" {
		return ""
	}
	return fmt.Sprintf("; planted %+q", c.fresh().String())
}

// build is what the maker of one file works with: its own chance, the sentence
// that holds what is planted, and ordinary text around it.
type build struct {
	gen
	line
	prose []string // paragraphs
	name  string   // of the file, if it matters
}

func (b *build) fileName(ending string) string {
	if b.name != "" {
		return b.name
	}
	return b.pick("关于开展专项检查的通知", "附件1", "公示稿", "第二季度情况", "行政检查结果") + ending
}

// line is a sentence with something planted in it, which the structure of a file
// may split.
type line struct {
	before, secret, after string
	cuts                  []int // where it is split, in runes
}

func (l line) String() string { return l.before + l.secret + l.after }

// pieces are the sentence, split.
func (l line) pieces() []string {
	all := []string{l.before}
	r, at := []rune(l.secret), 0
	for _, cut := range l.cuts {
		all = append(all, string(r[at:cut]))
		at = cut
	}
	all = append(all, string(r[at:]), l.after)
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// format is one kind of file with the places it has for text.
type format struct {
	name   string
	ending string
	places []place
}

// place is somewhere in a file where text may stand.
type place struct {
	name   string
	hidden bool
	either bool // a reader sees it who looks for it: a click away
	fits   fits
	needs  Tool
	ending string // if it differs from the format's
	make   func(*build) []byte
}

// fits says what a place can hold.
type fits uint8

const (
	anything  fits = iota
	oneLine        // no line breaks: attributes, names
	latin          // characters of ASCII only
	digits         // a number, which the format keeps as one
	printable      // what a font of the format has a glyph for
	boxed          // one character a box
	phone          // a number that says by itself what it is
	gps            // a place on earth
	fine           // what survives being printed and read by a machine
)

// clicked is the place as one that a reader sees who clicks for it.
func (p place) clicked() place {
	p.either = true
	return p
}

// Cases is the corpus of a seed: rounds times the dirty cases of every place,
// and as many clean files as makes a fifth of it. Cases that need a tool that is
// not there are left out by whoever runs them.
func Cases(seed uint64, rounds int) []Case {
	var all []Case
	turn := 0
	for _, f := range formats() {
		for _, p := range f.places {
			n := rounds
			if p.needs != "" {
				n = max(1, rounds/8) // each takes seconds
			}
			for i := range n {
				all = append(all, dirty(seed, f, p, turn, i))
				turn++
			}
		}
	}
	return append(all, cleanCases(seed, rounds)...)
}

// dirty makes the n-th case of a place; turn chooses what is planted, so that
// every kind of thing and disguise comes to every format.
func dirty(seed uint64, f format, p place, turn, n int) Case {
	t, d := choose(p.fits, turn)
	if p.fits == gps {
		t, d = whereabouts, plain
	}
	name := fmt.Sprintf("%s/%s/%s/%s#%d", f.name, p.name, d.name, t.rule, n)
	c := Case{
		Name: name, Format: f.name, Place: p.name, Disguise: d.name, Detector: t.rule, Hidden: p.hidden, Either: p.either, Kind: "notice", Needs: p.needs,
		file: p.make, ending: f.ending,
	}
	if p.ending != "" {
		c.ending = p.ending
	}
	c.fresh = func() *build {
		g := chance(seed, name)
		b := &build{gen: g, line: t.planted(g, d, p.fits)}
		for range 1 + g.IntN(4) {
			b.prose = append(b.prose, g.paragraph())
		}
		if g.IntN(40) == 0 { // a long file
			for range 300 {
				b.prose = append(b.prose, g.paragraph())
			}
		}
		return b
	}
	c.Want = c.fresh().secret
	return c
}

// gen draws what is made up.
type gen struct{ *rand.Rand }

// chance is the luck of one case, whatever other cases there are.
func chance(seed uint64, name string) gen {
	h := fnv.New64a()
	h.Write([]byte(name)) //nolint:errcheck // never fails
	return gen{rand.New(rand.NewPCG(seed, h.Sum64()))}
}

func (g gen) pick(words ...string) string { return words[g.IntN(len(words))] }

func (g gen) digits(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte('0' + byte(g.IntN(10)))
	}
	return b.String()
}

// between is a number from a to b, both included.
func (g gen) between(a, b int) int { return a + g.IntN(b-a+1) }
