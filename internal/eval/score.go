package eval

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"

	"shenfa/internal/check"
	"shenfa/internal/detect"
	"shenfa/internal/document"
)

// Result is what the check made of one case.
type Result struct {
	Case   Case
	Found  bool             // the thing itself, at least as grave as it must be
	Said   bool             // found, and called hidden or not as it is
	Held   bool             // a clean file that would wait for a person
	False  []detect.Finding // what is there to be found, but for the thing and that parts are hidden
	Reason string           // why it is a miss; empty if all is well
}

// Run checks every case with c, on n files at a time.
func Run(ctx context.Context, c check.Checker, cases []Case, n int) ([]Result, error) {
	all := make([]Result, len(cases))
	errs := make([]error, n)
	var wait sync.WaitGroup
	for w := range n {
		wait.Go(func() {
			for i := w; i < len(cases) && errs[w] == nil && ctx.Err() == nil; i += n {
				all[i], errs[w] = one(ctx, c, cases[i])
			}
		})
	}
	wait.Wait()
	for _, err := range append(errs, ctx.Err()) {
		if err != nil {
			return nil, fmt.Errorf("run corpus: %w", err)
		}
	}
	return all, nil
}

func one(ctx context.Context, c check.Checker, k Case) (Result, error) {
	name, data := k.File()
	doc, found, err := c.File(ctx, name, data, k.Kind)
	if err != nil {
		return Result{}, fmt.Errorf("%s: %w", k.Name, err)
	}
	return judge(k, doc, found), nil
}

// judge says what findings are worth. Nothing of what it rests on comes from the
// check: a finding is right if its rule is right and it stands on the very
// characters that were planted.
func judge(k Case, doc document.Document, found []detect.Finding) Result {
	r := Result{Case: k}
	want := bare(k.Want)
	var loud, wrongly []string
	for _, f := range found {
		got := bare(f.Excerpt)
		switch {
		case k.Detector == whereabouts.rule && f.Rule == k.Detector && strings.HasPrefix(got, want[:7]):
			r.Found, r.Said = true, f.Hidden
		case k.Detector != "" && f.Rule == k.Detector && got != "" && (strings.Contains(got, want) || strings.Contains(want, got) && 5*len(got) >= 4*len(want)):
			if f.Class.Rank() < gravity(k.Detector).Rank() {
				wrongly = append(wrongly, "only "+string(f.Class)+" in "+f.Part)
				continue
			}
			r.Found = true
			if k.Either || f.Hidden == k.Hidden {
				r.Said = true
			} else {
				wrongly = append(wrongly, fmt.Sprintf("hidden %v in %s", f.Hidden, f.Part))
			}
		case f.Class.Rank() >= detect.Hold.Rank() && (k.Detector == "" || !aside(f)):
			r.False = append(r.False, f)
			loud = append(loud, fmt.Sprintf("%s %q in %s", f.Rule, f.Excerpt, f.Part))
		}
	}
	switch {
	case k.Detector == "":
		if r.Held = len(r.False) > 0; r.Held {
			r.Reason = "held: " + strings.Join(loud, "; ")
		}
	case r.Found && r.Said:
	case len(wrongly) > 0:
		r.Reason = strings.Join(slices.Compact(wrongly), "; ")
	default:
		r.Reason = "not read"
		for _, p := range doc.Parts {
			if strings.Contains(bare(p.Text), want) {
				r.Reason = "read, not recognised, in " + p.Name
				break
			}
		}
		if len(doc.Parts) == 0 && len(found) > 0 {
			r.Reason = "not opened: " + found[0].ReasonEN
		}
	}
	return r
}

// gravity is the least a finding of a rule must demand to count.
func gravity(rule string) detect.Class {
	switch rule {
	case "secret-mark":
		return detect.Block
	case "credit-code", "mailbox":
		return detect.Warn
	}
	return detect.Hold
}

// aside says whether a finding is about a part as such: that it is hidden, or
// was not read.
func aside(f detect.Finding) bool {
	return f.Rule == "hidden-content" || f.Rule == "unread-part"
}

// bare is s without what is not seen, without space, and narrow.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me) {
			return -1
		}
		if r > 0xFF00 && r < 0xFF5F { // a reader of pages may narrow what is wide
			return r - 0xFEE0
		}
		return r
	}, s)
}

// Score counts results.
type Score struct {
	N, Found, Said, False int
}

func (s *Score) add(r Result) {
	s.N++
	if r.Found {
		s.Found++
	}
	if r.Said {
		s.Said++
	}
	s.False += len(r.False)
}

// Recall is the part of what was there that was found.
func (s Score) Recall() float64 { return ratio(s.Found, s.N) }

// Precision is the part of what was found that was there.
func (s Score) Precision() float64 { return ratio(s.Found, s.Found+s.False) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

// Wilson is the interval that holds a proportion of k in n with 95 % confidence.
func Wilson(k, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	const z = 1.959964
	p, m := float64(k)/float64(n), float64(n)
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	spread := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, centre-spread), min(1, centre+spread)
}
