package scan

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/check"
	"shenfa/internal/document"
)

var update = flag.Bool("update", false, "write the samples and the golden outputs anew")

const folder = "../../testdata"

// checker is that of a fixed day, with the shipped list for trials.
func checker(t testing.TB) check.Checker {
	t.Helper()
	c, err := check.At(time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	return c
}

// scanner reads PDF, and nothing that only some machines can.
func scanner(t testing.TB, o Options) *Scanner {
	t.Helper()
	if len(o.Checker.Rules()) == 0 {
		o.Checker = checker(t)
	}
	if o.Tools == nil {
		o.Tools = func(ctx context.Context) document.Tools { return document.Tools{PDF: document.Installed(ctx).PDF} }
	}
	return New(o)
}

// run scans paths and returns what is told, and the summary.
func run(t testing.TB, s *Scanner, r Report, paths ...string) Summary {
	t.Helper()
	var sum Summary
	passed, err := s.Run(t.Context(), Source{Paths: paths}, func(f File) error {
		sum.Add(f)
		return r.File(f)
	})
	require.NoError(t, err)
	sum.Passed = passed
	require.NoError(t, r.Close(sum))
	return sum
}

func TestTheSamplesAreWhatTheGeneratorMakes(t *testing.T) {
	t.Parallel()

	made := samples(t)
	for name, data := range made {
		path := filepath.Join(folder, "scan", name)
		if *update {
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, data, 0o644))
		}
		kept, err := os.ReadFile(path)
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, kept), "%s is not what is made now; run with -update", name)
	}
	require.NoError(t, filepath.WalkDir(filepath.Join(folder, "scan"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(filepath.Join(folder, "scan"), path)
			require.Contains(t, made, filepath.ToSlash(name))
		}
		return err
	}))
}

// TestTheSamplesReadAsTheyDid holds every output in both languages, masked.
func TestTheSamplesReadAsTheyDid(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		golden string
		report func(*Scanner, *bytes.Buffer) (Report, error)
	}{
		{"text.zh", func(s *Scanner, b *bytes.Buffer) (Report, error) { return s.Text(b, Chinese, false) }},
		{"text.en", func(s *Scanner, b *bytes.Buffer) (Report, error) { return s.Text(b, English, false) }},
		{"json", func(_ *Scanner, b *bytes.Buffer) (Report, error) { return JSON(b), nil }},
		{"sarif.zh", func(s *Scanner, b *bytes.Buffer) (Report, error) { return s.SARIF(b, Chinese, "1.2.3") }},
		{"sarif.en", func(s *Scanner, b *bytes.Buffer) (Report, error) { return s.SARIF(b, English, "1.2.3") }},
	} {
		t.Run(tt.golden, func(t *testing.T) {
			t.Parallel()

			s := scanner(t, Options{})
			var b bytes.Buffer
			r, err := tt.report(s, &b)
			require.NoError(t, err)
			require.Equal(t, Quarantine, run(t, s, r, folder).Worst)
			got := strings.ReplaceAll(b.String(), folder, "testdata")
			for _, secret := range []string{"13812345678", "138 1234 5678", "13912345678", "13612345678", "13512345678", "1011419881123002", "310114198811230023", "310114197605120036", "310114199003070010", "6222021001112223331", "Abc@12345", "Qaz@2025wsx", "10.20.30.40", "王强", "会后放回原处", "合成路18号"} {
				require.NotContains(t, got, secret)
			}
			golden := filepath.Join("testdata", "samples."+tt.golden)
			if *update {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), got)
		})
	}
}
