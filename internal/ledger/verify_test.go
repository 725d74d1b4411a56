package ledger_test

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"shenfa/internal/ledger"
)

func verify(t testing.TB, export string, trust ledger.Trust) ledger.Report {
	t.Helper()
	report, err := ledger.VerifyExport(strings.NewReader(export), trust)
	require.NoError(t, err)
	require.Equal(t, len(report.Failures) == 0, report.Verified)
	return report
}

func failed(r ledger.Report) []ledger.Check {
	var out []ledger.Check
	for _, f := range r.Failures {
		out = append(out, f.Check)
	}
	return out
}

func TestA1SoundLogVerifies(t *testing.T) {
	t.Parallel()

	for _, sizes := range [][]int{{0}, {1}, {0, 1, 2, 3}, {3, 3, 20}, {5, 12, 20}} {
		last := sizes[len(sizes)-1]
		b := grow(t, 1, leaves(t, 0, last), sizes...)
		report := verify(t, b.export(t), b.trust(b.opened(t, 0)))
		require.Empty(t, report.Failures)
		require.EqualValues(t, last, report.Entries)
		require.Equal(t, len(sizes), report.Checkpoints)
		require.Equal(t, 1, report.Anchors)
		require.Equal(t, definition(b.leaves), report.Root)
		require.Equal(t, b.opened(t, len(sizes)-1), report.Newest)
		if last > 0 {
			require.Equal(t, entry(0).At, report.First)
			require.Equal(t, entry(last-1).At, report.Last)
		}
	}
}

// TestA1TamperingIsDetected plays a database superuser, with and without the
// signing key, who exports what is left.
func TestA1TamperingIsDetected(t *testing.T) {
	t.Parallel()

	lines := func(export string, change func([]string) []string) string {
		all := strings.SplitAfter(strings.TrimSuffix(export, "\n"), "\n")
		all[len(all)-1] += "\n"
		return strings.Join(change(all), "")
	}
	for _, c := range []struct {
		name   string
		tamper func(t *testing.T, b *book) string
		want   ledger.Check
	}{
		{"flipped byte, still canonical", func(t *testing.T, b *book) string {
			return strings.Replace(b.export(t), `"outcome":"ok"`, `"outcome":"no"`, 1)
		}, ledger.CheckRoot},
		{"deleted entry", func(t *testing.T, b *book) string {
			b.leaves = slices.Delete(b.leaves, 6, 7)
			return b.export(t)
		}, ledger.CheckCount},
		{"deleted entry, checkpoints left at their lines", func(t *testing.T, b *book) string {
			return lines(b.export(t), func(l []string) []string { return slices.Delete(l, 8, 9) })
		}, ledger.CheckCount},
		{"entry replaced by a copy of another", func(t *testing.T, b *book) string {
			b.leaves[6] = b.leaves[7]
			return b.export(t)
		}, ledger.CheckRoot},
		{"inserted entry", func(t *testing.T, b *book) string {
			b.leaves = slices.Insert(b.leaves, 6, leaves(t, 99, 100)...)
			return b.export(t)
		}, ledger.CheckRoot},
		{"entry added after the last checkpoint", func(t *testing.T, b *book) string {
			b.leaves = append(b.leaves, leaves(t, 99, 100)...)
			return b.export(t)
		}, ledger.CheckTail},
		{"reordered entries", func(t *testing.T, b *book) string {
			b.leaves[6], b.leaves[7] = b.leaves[7], b.leaves[6]
			return b.export(t)
		}, ledger.CheckRoot},
		{"tail cut off with its checkpoint", func(t *testing.T, b *book) string {
			b.leaves, b.checkpoints = b.leaves[:12], b.checkpoints[:2]
			return b.export(t)
		}, ledger.CheckTruncated},
		{"everything cut off", func(t *testing.T, b *book) string {
			b.leaves, b.checkpoints = nil, nil
			return b.export(t)
		}, ledger.CheckTruncated},
		{"tail cut off, checkpoint kept", func(t *testing.T, b *book) string {
			b.leaves = b.leaves[:15]
			return b.export(t)
		}, ledger.CheckCount},
		{"checkpoints left out", func(t *testing.T, b *book) string {
			b.checkpoints = nil
			return b.export(t)
		}, ledger.CheckTail},
		{"rewritten with another key", func(t *testing.T, _ *book) string {
			return grow(t, 2, leaves(t, 100, 120), 5, 12, 20).export(t)
		}, ledger.CheckSignature},
		{"another key announced", func(t *testing.T, b *book) string {
			_, _, b.key = keyPair(t, origin, 2)
			return b.export(t)
		}, ledger.CheckKey},
		{"rewritten with the stolen key", func(t *testing.T, _ *book) string {
			return grow(t, 1, leaves(t, 100, 120), 5, 12, 20).export(t)
		}, ledger.CheckAnchor},
		{"forked after the first checkpoint with the stolen key", func(t *testing.T, b *book) string {
			return grow(t, 1, append(b.leaves[:5:5], leaves(t, 100, 115)...), 5, 12, 20).export(t)
		}, ledger.CheckAnchor},
		{"longer fork with the stolen key", func(t *testing.T, b *book) string {
			return grow(t, 1, append(b.leaves[:5:5], leaves(t, 100, 140)...), 5, 45).export(t)
		}, ledger.CheckAnchor},
		{"earlier checkpoint signed for another history", func(t *testing.T, b *book) string {
			b.checkpoints[1] = grow(t, 1, leaves(t, 100, 112), 5, 12).checkpoints[1]
			return b.export(t)
		}, ledger.CheckRoot},
		{"checkpoints out of order", func(t *testing.T, b *book) string {
			return lines(b.export(t), func(l []string) []string { return append(l, l[6]) })
		}, ledger.CheckCount},
		{"log of somebody else", func(t *testing.T, b *book) string {
			return strings.Replace(b.export(t), origin, "elsewhere.example", 1)
		}, ledger.CheckOrigin},
		{"file cut in a line", func(t *testing.T, b *book) string {
			export := b.export(t)
			return export[:len(export)-40]
		}, ledger.CheckFormat},
		{"no newline at the end", func(t *testing.T, b *book) string {
			return strings.TrimSuffix(b.export(t), "\n")
		}, ledger.CheckFormat},
		{"endless line", func(t *testing.T, b *book) string {
			return b.export(t) + strings.Repeat("x", 1<<20)
		}, ledger.CheckFormat},
		{"carriage returns", func(t *testing.T, b *book) string {
			return strings.ReplaceAll(b.export(t), "\n", "\r\n")
		}, ledger.CheckFormat},
		{"empty file", func(*testing.T, *book) string { return "" }, ledger.CheckFormat},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			b := grow(t, 1, leaves(t, 0, 20), 5, 12, 20)
			trust := b.trust(b.opened(t, 2), b.opened(t, 1))
			report := verify(t, c.tamper(t, b), trust)
			require.False(t, report.Verified)
			require.Contains(t, failed(report), c.want, report.Text("en"))
		})
	}
}

func TestA1EveryByteOfAnExportCounts(t *testing.T) {
	t.Parallel()

	b := grow(t, 1, leaves(t, 0, 4), 2, 4)
	export, trust := b.export(t), b.trust()
	for i := range len(export) {
		for _, bit := range []int{0, 5} { // another digit, another case
			bad := []byte(export)
			bad[i] ^= 1 << bit
			require.False(t, verify(t, string(bad), trust).Verified, "byte %d of %q", i, bad)
		}
	}
	for i := range len(export) {
		report := verify(t, export[:i], b.trust(b.opened(t, 1)))
		require.False(t, report.Verified, "cut after byte %d", i)
	}
}

func TestA1OnlyAnAnchorTellsARewriteApart(t *testing.T) {
	t.Parallel()

	b := grow(t, 1, leaves(t, 0, 20), 5, 12, 20)
	rewritten := grow(t, 1, leaves(t, 100, 120), 20).export(t)
	require.True(t, verify(t, rewritten, b.trust()).Verified)
	report := verify(t, rewritten, b.trust(b.opened(t, 0)))
	require.Equal(t, []ledger.Check{ledger.CheckAnchor}, failed(report))
}

func TestReportSaysWhere(t *testing.T) {
	t.Parallel()

	b := grow(t, 1, leaves(t, 0, 20), 5, 12, 20)
	b.leaves[6], b.leaves[7] = b.leaves[7], b.leaves[6]
	report := verify(t, b.export(t), b.trust(b.opened(t, 0)))
	require.Len(t, report.Failures, 2)
	root, tail := report.Failures[0], report.Failures[1]
	require.Equal(t, ledger.CheckRoot, root.Check)
	require.EqualValues(t, 15, root.Line, "header, 12 entries and the first checkpoint come before")
	require.EqualValues(t, 5, root.From)
	require.EqualValues(t, 12, root.To)
	require.Equal(t, 2, root.Times)
	require.Equal(t, ledger.CheckTail, tail.Check)

	require.Contains(t, report.String(), "存证核验未通过：shenfa.example/ledger\n条目：20 条，2026-03-02 09:00:00 至 2026-03-02 09:00:19（北京时间）")
	require.Contains(t, report.String(), "问题在第 6 至 12 条")
	require.Contains(t, report.Text("en"), "altered or reordered; line 15 of the file, at fault in entries 6 to 12")

	raw, err := json.Marshal(report)
	require.NoError(t, err)
	var back ledger.Report
	require.NoError(t, json.Unmarshal(raw, &back))
	require.Equal(t, report, back)
}

func TestNoVerdictWithoutTrustOrData(t *testing.T) {
	t.Parallel()

	b := grow(t, 1, leaves(t, 0, 3), 3)
	_, _, foreign := keyPair(t, "elsewhere.example", 2)
	for _, keys := range [][]string{nil, {"not a key"}, {b.key, foreign}} {
		_, err := ledger.VerifyExport(strings.NewReader(b.export(t)), ledger.Trust{Keys: keys})
		require.Error(t, err)
	}
	broken := errors.New("disk")
	_, err := ledger.VerifyExport(io.MultiReader(strings.NewReader(b.export(t)), iotest.ErrReader(broken)), b.trust())
	require.ErrorIs(t, err, broken)
}

func TestExportStopsAtTheFirstError(t *testing.T) {
	t.Parallel()

	broken := errors.New("row")
	failing := func(yield func([]byte, error) bool) { yield(nil, broken) }
	err := ledger.WriteExport(io.Discard, ledger.Export{Origin: origin, Leaves: failing, Checkpoints: each[string](nil)})
	require.ErrorIs(t, err, broken)
	err = ledger.WriteExport(io.Discard, ledger.Export{Origin: origin, Leaves: each[string](nil), Checkpoints: failing})
	require.ErrorIs(t, err, broken)
}

// BenchmarkA3 verifies 1,000,000 entries; the bar is 60 s.
func BenchmarkA3(b *testing.B) {
	const entries = 1_000_000
	made := grow(b, 1, leaves(b, 0, 1000), 1000)
	trust := made.trust()
	var hashes memory
	var checkpoints []string
	for size := int64(0); size < entries; size += 1000 {
		added, root, err := ledger.Append(size, &hashes, made.leaves)
		require.NoError(b, err)
		hashes = append(hashes, added...)
		signed, err := ledger.Sign(origin, size+1000, root, entry(0).At, made.signer)
		require.NoError(b, err)
		checkpoints = append(checkpoints, string(signed))
	}
	repeated := func(yield func([]byte, error) bool) {
		for n := range entries {
			if !yield(made.leaves[n%1000], nil) {
				return
			}
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		r, w := io.Pipe()
		go func() {
			w.CloseWithError(ledger.WriteExport(w, ledger.Export{
				Origin: origin, Keys: []string{made.key}, Leaves: repeated, Checkpoints: each(checkpoints),
			}))
		}()
		report, err := ledger.VerifyExport(r, trust)
		require.NoError(b, err)
		require.True(b, report.Verified, report.Text("en"))
		require.EqualValues(b, entries, report.Entries)
	}
	b.ReportMetric(entries*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkAppend grows a log of 1,000,000 entries by batches of 1,000.
func BenchmarkAppend(b *testing.B) {
	batch := leaves(b, 0, 1000)
	var hashes memory
	grown := func(size int64) {
		added, _, err := ledger.Append(size, &hashes, batch)
		require.NoError(b, err)
		hashes = append(hashes, added...)
	}
	for size := int64(0); size < 1_000_000; size += 1000 {
		grown(size)
	}
	full := tlog.StoredHashCount(1_000_000)
	for b.Loop() {
		hashes = hashes[:full]
		grown(1_000_000)
	}
	b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}
