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
	"strings"
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
	Term       string
	Class      Class
	Reason     string
	Exceptions []string  // longer phrases in which the term is harmless
	Expires    time.Time // first instant it no longer applies; zero is never
}

type termIndex struct {
	matcher    *matcher
	exceptions [][][]rune
}

// columns of a lexicon file; the first row must be exactly these.
var columns = [...]string{"term", "class", "reason", "exceptions", "expires"}

// ParseLexicon reads a UTF-8 CSV file with the columns term, class, reason,
// exceptions (separated by |) and expires (last day, 2006-01-02, may be empty).
// The error names every bad row, counting the heading as row 1.
func ParseLexicon(file io.Reader) (Lexicon, error) {
	data, err := io.ReadAll(file)
	if err != nil {
		return Lexicon{}, fmt.Errorf("read lexicon: %w", err)
	}
	sum := sha256.Sum256(data)
	lex := Lexicon{Version: "sha256:" + hex.EncodeToString(sum[:8])}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	var bad []error
	seen := map[string]int{}
	for row := 1; ; row++ {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil { // a broken quote makes everything after it guesswork
			bad = append(bad, fmt.Errorf("row %d: %w", row, err))
			break
		}
		if row == 1 {
			if !slices.Equal(record, columns[:]) {
				return Lexicon{}, fmt.Errorf("row 1: the heading must be %s", strings.Join(columns[:], ","))
			}
			continue
		}
		term, err := parseTerm(record)
		folded := string(foldAll(term.Term))
		if first := seen[folded]; err == nil && first > 0 {
			err = fmt.Errorf("same term as row %d", first)
		}
		if err != nil {
			bad = append(bad, fmt.Errorf("row %d: %w", row, err))
			continue
		}
		seen[folded] = row
		lex.Terms = append(lex.Terms, term)
	}
	if len(seen) == 0 && bad == nil {
		bad = append(bad, errors.New("no terms"))
	}
	if bad != nil {
		return Lexicon{}, fmt.Errorf("parse lexicon: %w", errors.Join(bad...))
	}
	lex.index = indexTerms(lex.Terms)
	return lex, nil
}

// DemoLexicon is a small neutral list for trials: typing errors and phrases
// that leave a text unfinished.
func DemoLexicon() (Lexicon, error) { return ParseLexicon(bytes.NewReader(demo)) }

func parseTerm(record []string) (Term, error) {
	if len(record) != len(columns) {
		return Term{}, fmt.Errorf("%d columns instead of %d", len(record), len(columns))
	}
	for i := range record {
		record[i] = strings.TrimSpace(record[i])
	}
	t := Term{Term: record[0], Class: Class(record[1]), Reason: record[2]}
	folded := foldAll(t.Term)
	if len(folded) < 2 {
		return Term{}, fmt.Errorf("term %q is shorter than two characters", t.Term)
	}
	if t.Class.Rank() == 0 {
		return Term{}, fmt.Errorf("unknown class %q", record[1])
	}
	if t.Reason == "" {
		return Term{}, errors.New("no reason")
	}
	for e := range strings.SplitSeq(record[3], "|") {
		if e = strings.TrimSpace(e); e == "" {
			continue
		}
		if x := string(foldAll(e)); !strings.Contains(x, string(folded)) || x == string(folded) {
			return Term{}, fmt.Errorf("exception %q is not a longer phrase with the term in it", e)
		}
		t.Exceptions = append(t.Exceptions, e)
	}
	if record[4] != "" {
		day, err := time.ParseInLocation(time.DateOnly, record[4], time.FixedZone("CST", 8*60*60))
		if err != nil {
			return Term{}, fmt.Errorf("expires: %q is not a date", record[4])
		}
		t.Expires = day.AddDate(0, 0, 1)
	}
	return t, nil
}

// At returns the lexicon without the terms expired at an instant.
func (l Lexicon) At(at time.Time) Lexicon {
	expired := func(t Term) bool { return !t.Expires.IsZero() && !at.Before(t.Expires) }
	if !slices.ContainsFunc(l.Terms, expired) {
		return l
	}
	l.Terms = slices.DeleteFunc(slices.Clone(l.Terms), expired)
	l.index = indexTerms(l.Terms)
	return l
}

func indexTerms(terms []Term) *termIndex {
	x := &termIndex{exceptions: make([][][]rune, len(terms))}
	folded := make([][]rune, len(terms))
	for i, t := range terms {
		folded[i] = foldAll(t.Term)
		for _, e := range t.Exceptions {
			x.exceptions[i] = append(x.exceptions[i], foldAll(e))
		}
	}
	x.matcher = newMatcher(folded)
	return x
}

// terms reports every term of the lexicon, overlapping ones too.
func (s *scan) terms(lex Lexicon, x *termIndex) {
	if x == nil {
		return
	}
	t := s.view.folded
	x.matcher.find(t, func(i, start, end int) {
		f := s.add(s.rules.only[lexicon], start, end)
		f.RuleSet, f.Class = lex.Version, lex.Terms[i].Class
		f.Reason += "：" + lex.Terms[i].Reason
		f.ReasonEN += ": " + lex.Terms[i].Reason
		if covered(t, start, end, x.exceptions[i]) {
			excuse(f)
		}
	})
}
