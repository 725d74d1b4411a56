package eval_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/check"
	"shenfa/internal/document"
	"shenfa/internal/eval"
)

var (
	whole  = flag.Bool("eval", false, "measure the check on the whole corpus")
	seed   = flag.Uint64("eval-seed", 1, "`number` the corpus is made from")
	rounds = flag.Int("eval-rounds", 8, "`cases` of every place")
	only   = flag.String("eval-case", "", "run the cases whose names contain this `text` and show their files")
	full   = flag.Bool("eval-rows", false, "print the table of format, place, disguise and detector too")
	keep   = flag.String("eval-keep", "", "write the files of the cases named into this `folder`")
)

// TestEval measures the check on the whole corpus: make eval.
func TestEval(t *testing.T) {
	if !*whole {
		t.Skip("measured by make eval")
	}
	cases := eval.Cases(*seed, *rounds)
	if printer, ok := eval.NewPrinter(t.TempDir()); ok && (*only == "" || strings.Contains(*only, "LibreOffice") || strings.Contains(*only, "picture")) {
		more, err := printer.Produced(t.Context(), *seed)
		require.NoError(t, err)
		cases = append(cases, more...)
	} else if !ok {
		t.Log("LibreOffice is not installed: none of its files are tried")
	}
	cases, tools := ready(t, cases)
	if *only != "" {
		kept := cases[:0]
		for _, c := range cases {
			if strings.Contains(c.Name, *only) {
				kept = append(kept, c)
			}
		}
		cases = kept
	}
	require.NotEmpty(t, cases)
	all, err := eval.Run(t.Context(), checker(t, tools), cases, 2)
	require.NoError(t, err)
	var out bytes.Buffer
	eval.Report(&out, all, *full)
	_, err = out.WriteTo(os.Stdout)
	require.NoError(t, err)
	if *only != "" {
		show(t, tools, cases)
		return
	}
	require.GreaterOrEqual(t, len(all), 2000)
	for _, b := range eval.Bars(all) {
		require.True(t, b.Met(), b.Name)
	}
}

// TestTheCheckKeepsItsBars is the same on a small corpus.
func TestTheCheckKeepsItsBars(t *testing.T) {
	t.Parallel()
	cases, tools := ready(t, eval.Cases(2, 1))
	tools.OCR, tools.Office = nil, nil
	all, err := eval.Run(t.Context(), checker(t, tools), cases, 2)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(all), 200)
	var out strings.Builder
	eval.Report(&out, all, false)
	for _, b := range eval.Bars(all) {
		require.True(t, b.Met(), "%s\n%s", b.Name, out.String())
	}
}

// TestSameSeedSameCorpus also says that another seed gives another one.
func TestSameSeedSameCorpus(t *testing.T) {
	t.Parallel()
	first, again, other := eval.Cases(3, 1), eval.Cases(3, 1), eval.Cases(4, 1)
	names := map[string]bool{}
	differ := 0
	for i, c := range first {
		require.False(t, names[c.Name], c.Name)
		names[c.Name] = true
		if c.Needs == eval.Office {
			continue // what other programs write holds the time of day
		}
		name, data := c.File()
		sameName, same := again[i].File()
		require.Equal(t, name, sameName)
		require.True(t, bytes.Equal(data, same), c.Name)
		if _, data2 := other[i].File(); !bytes.Equal(data, data2) {
			differ++
		}
	}
	require.Greater(t, differ, len(first)*9/10)
}

// ready leaves out what cannot be tried here, and says so.
func ready(t *testing.T, all []eval.Case) ([]eval.Case, document.Tools) {
	t.Helper()
	tools := document.Installed(t.Context())
	left := map[eval.Tool]int{}
	kept := all[:0]
	for _, c := range all {
		if c.Needs == eval.OCR && tools.OCR == nil || c.Needs == eval.Office && tools.Office == nil {
			left[c.Needs]++
			continue
		}
		kept = append(kept, c)
	}
	for tool, n := range left {
		t.Logf("%s is not installed: %d cases left out", tool, n)
	}
	return kept, tools
}

func checker(t *testing.T, tools document.Tools) check.Checker {
	t.Helper()
	c, err := check.At(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	return c.With(tools)
}

// show prints what was read of a case, and keeps its file for a look at it.
func show(t *testing.T, tools document.Tools, cases []eval.Case) {
	t.Helper()
	for i, c := range cases {
		name, data := c.File()
		if *keep != "" {
			require.NoError(t, os.WriteFile(filepath.Join(*keep, fmt.Sprint(i, " ", name)), data, 0o600))
		}
		if len(cases) > 3 {
			continue
		}
		doc, err := document.OpenWith(t.Context(), tools, name, data, document.DefaultLimits())
		t.Logf("%s: %d bytes, %v", c.Name, len(data), err)
		for _, p := range doc.Parts {
			t.Logf("  %q hidden %v: %q %s", p.Name, p.Hidden, p.Text, p.Unread)
		}
	}
}
