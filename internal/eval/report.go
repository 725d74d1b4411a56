package eval

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Bar is a promise and what came of it.
type Bar struct {
	Name  string
	K, N  int
	Least float64 // share of N that K must reach
	Most  bool    // it is the most K may reach instead
}

// Met says whether the promise is kept. Nothing tried is nothing kept.
func (b Bar) Met() bool {
	if b.Most {
		return b.N > 0 && float64(b.K) <= b.Least*float64(b.N)
	}
	return b.N > 0 && float64(b.K) >= b.Least*float64(b.N)
}

// Bars are what the check promises, of results.
func Bars(all []Result) []Bar {
	marks := Bar{Name: "state-secret marks found", Least: 1}
	sums := Bar{Name: "identifiers with a checksum found", Least: 0.99}
	hidden := Bar{Name: "hidden places found and said to be hidden", Least: 0.99}
	clean := Bar{Name: "clean files held", Least: 0.01, Most: true}
	count := func(b *Bar, ok bool) {
		b.N++
		if ok {
			b.K++
		}
	}
	for _, r := range all {
		switch r.Case.Detector {
		case "":
			count(&clean, r.Held)
		case "secret-mark":
			count(&marks, r.Found)
		case "resident-id", "bank-card", "credit-code":
			count(&sums, r.Found)
		}
		if r.Case.Hidden {
			count(&hidden, r.Said)
		}
	}
	return []Bar{marks, sums, hidden, clean}
}

// Report writes the tables: format by place, disguise by detector, and the
// bars; with every row of all four if full; and each miss with the name that
// makes it again.
func Report(w io.Writer, all []Result, full bool) {
	dirty := slices.DeleteFunc(slices.Clone(all), func(r Result) bool { return r.Case.Detector == "" })
	table(w, "format and place", dirty, func(c Case) string {
		if c.Hidden {
			return c.Format + " · " + c.Place + " (hidden)"
		}
		return c.Format + " · " + c.Place
	})
	table(w, "disguise and detector", dirty, func(c Case) string { return c.Disguise + " · " + c.Detector })
	table(w, "detector", dirty, func(c Case) string { return c.Detector })
	if full {
		table(w, "format, place, disguise and detector", dirty, func(c Case) string {
			return strings.Join([]string{c.Format, c.Place, c.Disguise, c.Detector}, " · ")
		})
	}
	fmt.Fprintln(w, "\nmisses and false alarms (make eval CASE='name')")
	for _, r := range all {
		if r.Reason != "" {
			fmt.Fprintf(w, "  %s: %s%s\n", r.Case.Name, r.Reason, r.Case.planted())
		}
		for _, f := range r.False {
			if r.Case.Detector != "" {
				fmt.Fprintf(w, "  %s: false %s %s %q in %s\n", r.Case.Name, f.Class, f.Rule, f.Excerpt, f.Part)
			}
		}
	}
	fmt.Fprintf(w, "\n%-46s %6s %6s %9s  %-17s %s\n", "bar", "n", "k", "share", "95 % interval", "met")
	for _, b := range Bars(all) {
		low, high := Wilson(b.K, b.N)
		sign := "≥"
		if b.Most {
			sign = "≤"
		}
		fmt.Fprintf(w, "%-46s %6d %6d %7.2f %%  %5.1f to %5.1f %%  %v (%s %g %%)\n", b.Name, b.N, b.K, 100*ratio(b.K, b.N), 100*low, 100*high, b.Met(), sign, 100*b.Least)
	}
}

// table writes a row for each key in the order they come up.
func table(w io.Writer, title string, all []Result, key func(Case) string) {
	scores := map[string]*Score{}
	var keys []string
	for _, r := range all {
		k := key(r.Case)
		if scores[k] == nil {
			scores[k] = &Score{}
			keys = append(keys, k)
		}
		scores[k].add(r)
	}
	if title != "format and place" {
		slices.Sort(keys)
	}
	fmt.Fprintf(w, "\n%s %5s %6s %6s %9s %10s  95 %% interval\n", padded(title), "n", "found", "said", "recall", "precision")
	for _, k := range keys {
		s := scores[k]
		low, high := Wilson(s.Found, s.N)
		fmt.Fprintf(w, "%s %5d %6d %6d %7.1f %% %8.1f %%  %5.1f to %5.1f %%\n", padded(k), s.N, s.Found, s.Said, 100*s.Recall(), 100*s.Precision(), 100*low, 100*high)
	}
}

func padded(s string) string { return s + strings.Repeat(" ", max(0, 62-len([]rune(s)))) }
