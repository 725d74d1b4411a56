package detect

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed lexicons/demo.csv
var demo []byte

// Lexicon is a versioned list of terms kept by a unit; get it from
// [ParseLexicon].
type Lexicon struct {
	Version string // digest of the file it was read from
	Terms   []Term
	index   *termIndex
}

// Term is one word or phrase to look for.
type Term struct {
	Term   string
	Class  Class
	Reason string
	Only   *Conditions // nil for a term that counts always and everywhere
}

// Conditions say when and where a term counts.
type Conditions struct {
	Exceptions []string  // longer phrases in which the term is harmless
	Near       []string  // counts only with one of these within reach
	Without    []string  // harmless with one of these within reach
	Within     int       // reach of Near and Without, in characters to either side
	From       time.Time // first instant it applies; zero is always
	Expires    time.Time // first instant it no longer applies; zero is never
}

// The columns of a lexicon file. The first three are required; they may stand
// in any order.
const (
	colTerm       = "term"
	colClass      = "class"
	colReason     = "reason"
	colExceptions = "exceptions" // separated by |
	colNear       = "near"       // separated by |
	colWithout    = "without"    // separated by |
	colWithin     = "within"     // 1 to 200, 30 if empty
	colFrom       = "from"       // first day, 2006-01-02
	colExpires    = "expires"    // last day, 2006-01-02
)

const (
	reach     = 30
	farReach  = 200
	maxFaults = 50 // told of one file
)

// ParseLexicon reads a UTF-8 CSV file whose first row names its columns: term,
// class, reason and any of exceptions, near, without, within, from, expires.
// The error names every bad row and its column, counting the heading as row 1.
func ParseLexicon(file io.Reader) (Lexicon, error) {
	data, err := io.ReadAll(file)
	if err != nil {
		return Lexicon{}, fmt.Errorf("read lexicon: %w", err)
	}
	sum := sha256.Sum256(data)
	p := lexiconParser{columns: map[string]int{}, seen: map[string]int{}, once: map[string]string{}}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	var bad []error
	for row := 1; ; row++ {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if row == 1 && err == nil {
			if err := p.heading(record); err != nil {
				return Lexicon{}, fmt.Errorf("parse lexicon: row 1: %w", err)
			}
			continue
		}
		broken := err != nil // a broken quote makes everything after it guesswork
		if err == nil {
			err = p.row(record, row)
		}
		if err != nil {
			bad = append(bad, fmt.Errorf("row %d: %w", row, err))
		}
		if broken || len(bad) == maxFaults {
			break
		}
	}
	if len(p.terms) == 0 && bad == nil {
		bad = append(bad, errors.New("no terms"))
	}
	if bad != nil {
		return Lexicon{}, fmt.Errorf("parse lexicon: %w", errors.Join(bad...))
	}
	return Lexicon{Version: "sha256:" + hex.EncodeToString(sum[:8]), Terms: slices.Clone(p.terms), index: indexTerms(p.terms)}, nil
}

// DemoLexicon is a small neutral list for trials: typing errors and phrases
// that leave a text unfinished.
func DemoLexicon() (Lexicon, error) { return demoLexicon() }

var demoLexicon = sync.OnceValues(func() (Lexicon, error) { return ParseLexicon(bytes.NewReader(demo)) })

type lexiconParser struct {
	columns map[string]int // to its place in a row
	seen    map[string]int // folded term to its row
	once    map[string]string
	terms   []Term
	kept    strings.Builder // of terms, many in one allocation
	scratch scratch
}

func (p *lexiconParser) heading(record []string) error {
	known := []string{colTerm, colClass, colReason, colExceptions, colNear, colWithout, colWithin, colFrom, colExpires}
	for i, name := range record {
		name = strings.TrimSpace(name)
		if _, twice := p.columns[name]; twice || !slices.Contains(known, name) {
			return fmt.Errorf("column %d: %q is unknown or there already; the heading may have %s", i+1, name, strings.Join(known, ","))
		}
		p.columns[strings.Clone(name)] = i
	}
	for _, need := range known[:3] {
		if _, ok := p.columns[need]; !ok {
			return fmt.Errorf("no column %s; the heading may have %s", need, strings.Join(known, ","))
		}
	}
	return nil
}

func (p *lexiconParser) row(record []string, row int) error {
	if len(record) != len(p.columns) {
		return fmt.Errorf("%d columns instead of %d", len(record), len(p.columns))
	}
	get := func(column string) string {
		if i, ok := p.columns[column]; ok {
			return strings.TrimSpace(record[i])
		}
		return ""
	}
	term := get(colTerm)
	folded := unfold(newView(term, &p.scratch).units)
	if len([]rune(folded)) < 2 {
		return fmt.Errorf("%s: %q is shorter than two characters", colTerm, term)
	}
	if first := p.seen[folded]; first > 0 {
		return fmt.Errorf("%s: same term as row %d", colTerm, first)
	}
	t := Term{Term: p.keep(term), Class: Class(p.intern(get(colClass))), Reason: p.intern(get(colReason))}
	switch {
	case t.Class.Rank() == 0:
		return fmt.Errorf("%s: unknown class %q", colClass, t.Class)
	case t.Reason == "":
		return fmt.Errorf("%s: no reason", colReason)
	}
	only, err := conditions(get, folded)
	if err != nil {
		return err
	}
	t.Only = only
	p.seen[folded] = row
	p.terms = append(p.terms, t)
	return nil
}

// keep copies a term out of its row.
func (p *lexiconParser) keep(term string) string {
	if p.kept.Cap()-p.kept.Len() < len(term) {
		size := min(2*p.kept.Cap(), 32<<10)
		p.kept = strings.Builder{}
		p.kept.Grow(max(size, len(term)))
	}
	from := p.kept.Len()
	p.kept.WriteString(term)
	return p.kept.String()[from:]
}

// intern keeps one copy of what stands in many rows.
func (p *lexiconParser) intern(s string) string {
	if one, ok := p.once[s]; ok {
		return one
	}
	s = strings.Clone(s)
	p.once[s] = s
	return s
}

func conditions(get func(string) string, folded string) (*Conditions, error) {
	c := Conditions{Exceptions: phrases(get(colExceptions)), Near: phrases(get(colNear)), Without: phrases(get(colWithout)), Within: reach}
	for _, e := range c.Exceptions {
		if x := unfold(foldAll(e)); !strings.Contains(x, folded) || x == folded {
			return nil, fmt.Errorf("%s: %q is not a longer phrase with the term in it", colExceptions, e)
		}
	}
	if s := get(colWithin); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > farReach {
			return nil, fmt.Errorf("%s: %q is not a number from 1 to %d", colWithin, s, farReach)
		}
		c.Within = n
	}
	var err error
	if c.From, err = day(get, colFrom); err != nil {
		return nil, err
	}
	if c.Expires, err = day(get, colExpires); err != nil {
		return nil, err
	}
	if !c.Expires.IsZero() {
		if c.Expires.Before(c.From) {
			return nil, fmt.Errorf("%s: before %s", colExpires, colFrom)
		}
		c.Expires = c.Expires.AddDate(0, 0, 1)
	}
	if len(c.Exceptions)+len(c.Near)+len(c.Without) == 0 && c.From.IsZero() && c.Expires.IsZero() {
		return nil, nil
	}
	return &c, nil
}

func phrases(list string) (all []string) {
	for s := range strings.SplitSeq(list, "|") {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, strings.Clone(s))
		}
	}
	return all
}

// day reads the first instant of a day in China.
func day(get func(string) string, column string) (time.Time, error) {
	s := get(column)
	if s == "" {
		return time.Time{}, nil
	}
	d, err := time.ParseInLocation(time.DateOnly, s, time.FixedZone("CST", 8*60*60))
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: %q is not a date such as 2026-01-31", column, s)
	}
	return d, nil
}

// At returns the lexicon without the terms that do not apply at an instant.
func (l Lexicon) At(at time.Time) Lexicon {
	idle := func(t Term) bool {
		return t.Only != nil && (at.Before(t.Only.From) || !t.Only.Expires.IsZero() && !at.Before(t.Only.Expires))
	}
	if !slices.ContainsFunc(l.Terms, idle) {
		return l
	}
	l.Terms = slices.DeleteFunc(slices.Clone(l.Terms), idle)
	l.index = indexTerms(l.Terms)
	return l
}

// termIndex finds the terms of a lexicon. Those with letters or digits side by
// side are looked for where spaces between these are dropped, all others in
// the plain view: dropping spaces must not glue together what stands apart.
type termIndex struct {
	plain, latin *index
	plainTerms   []int32 // number in plain to place in the lexicon; nil if they are the same
	latinTerms   []int32
	rank         []uint8 // of the class of each term without conditions; else 0
	folded       map[int32]*foldedConditions
}

type foldedConditions struct{ exceptions, near, without [][]uint16 }

func indexTerms(terms []Term) *termIndex {
	x := &termIndex{folded: map[int32]*foldedConditions{}, rank: make([]uint8, len(terms))}
	class := &folded().class
	var plain, latin [][]uint16
	var s scratch
	for i, t := range terms {
		u := slices.Clone(newView(t.Term, &s).units)
		dense := u
		if slices.Contains(u, ' ') {
			dense = slices.DeleteFunc(slices.Clone(u), func(c uint16) bool { return c == ' ' })
		}
		if hasRun(dense, class) {
			latin, x.latinTerms = append(latin, dense), append(x.latinTerms, int32(i))
		} else if len(u) > 1 {
			plain, x.plainTerms = append(plain, u), append(x.plainTerms, int32(i))
		}
		if t.Only == nil {
			x.rank[i] = uint8(t.Class.Rank())
		}
		if c := t.Only; c != nil {
			x.folded[int32(i)] = &foldedConditions{foldEach(c.Exceptions), foldEach(c.Near), foldEach(c.Without)}
		}
	}
	if len(plain) == len(terms) {
		x.plainTerms = nil
	}
	x.plain, x.latin = newIndex(plain, class), newIndex(latin, class)
	return x
}

// hasRun says whether two letters or digits stand side by side.
func hasRun(u []uint16, class *[1 << 16]uint8) bool {
	for i := 1; i < len(u); i++ {
		if class[u[i-1]]&isAlnum != 0 && class[u[i]]&isAlnum != 0 {
			return true
		}
	}
	return false
}

func foldEach(words []string) [][]uint16 {
	var all [][]uint16
	for _, w := range words {
		all = append(all, foldAll(w))
	}
	return all
}

// find returns every place of every term in v, in v's units, by start and then
// from the longest to the shortest.
func (x *termIndex) find(v *view, out []hit) []hit {
	out = x.plain.find(v.units, v.class, out)
	if x.plainTerms != nil {
		for i := range out {
			out[i].term = x.plainTerms[out[i].term]
		}
	}
	n := len(out)
	switch {
	case len(x.latinTerms) == 0:
	case !v.spaced:
		out = x.latin.find(v.units, v.class, out)
		for i := n; i < len(out); i++ {
			out[i].term = x.latinTerms[out[i].term]
		}
	default:
		units, place := v.glued()
		for _, h := range x.latin.findAnywhere(units, v.class) {
			h = hit{place[h.start], place[h.end-1] + 1, x.latinTerms[h.term]}
			if whole(v.units, int(h.start), int(h.end), v.class) {
				out = append(out, h)
			}
		}
	}
	if len(out) > n {
		slices.SortFunc(out, hit.compare)
		return out
	}
	for i := 0; i < len(out); { // each start has its ends in rising order
		j := i + 1
		for j < len(out) && out[j].start == out[i].start {
			j++
		}
		if j-i > 1 {
			slices.Reverse(out[i:j])
		}
		i = j
	}
	return out
}

// whole refuses a span that cuts through a Latin word or a number.
func whole(u []uint16, start, end int, class *[1 << 16]uint8) bool {
	cut := func(a, b uint16) bool { return class[a]&isAlnum != 0 && class[b]&isAlnum != 0 }
	return (start == 0 || !cut(u[start-1], u[start])) && (end == len(u) || !cut(u[end-1], u[end]))
}
