package ledger_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"shenfa/internal/ledger"
)

var update = flag.Bool("update", false, "rewrite golden files")

const origin = "shenfa.example/ledger"

// keyPair makes the same key for the same seed.
func keyPair(t testing.TB, name string, seed byte) (note.Signer, note.Verifier, string) {
	t.Helper()
	secret, public, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 64)), name)
	require.NoError(t, err)
	signer, err := note.NewSigner(secret)
	require.NoError(t, err)
	verifier, err := note.NewVerifier(public)
	require.NoError(t, err)
	return signer, verifier, public
}

func entry(n int) ledger.Entry {
	return ledger.Entry{
		ID:      fmt.Sprintf("019a-%06d", n),
		At:      time.Date(2026, 3, 2, 1, 0, 0, 250_000, time.UTC).Add(time.Duration(n) * time.Second),
		Actor:   "li.na",
		Action:  "decide",
		Object:  "d-42",
		Unit:    "yjj",
		Outcome: ledger.OK,
		Detail:  map[string]string{"manifest": fmt.Sprintf("%064x", n), "step": "复核", "outcome": "approve"},
	}
}

func leaves(t testing.TB, from, to int) [][]byte {
	t.Helper()
	var out [][]byte
	for n := from; n < to; n++ {
		leaf, err := entry(n).Leaf()
		require.NoError(t, err)
		out = append(out, leaf)
	}
	return out
}

// memory is the caller's table of stored hashes.
type memory []tlog.Hash

func (m *memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, n := range indexes {
		if n >= int64(len(*m)) {
			return nil, fmt.Errorf("no hash %d", n)
		}
		out[i] = (*m)[n]
	}
	return out, nil
}

// book is a log that was grown in batches, with a checkpoint after each.
type book struct {
	leaves      [][]byte
	hashes      memory
	checkpoints []string
	signer      note.Signer
	verifier    note.Verifier
	key         string
}

func grow(t testing.TB, seed byte, leaves [][]byte, sizes ...int) *book {
	t.Helper()
	b := &book{leaves: leaves}
	b.signer, b.verifier, b.key = keyPair(t, origin, seed)
	from := 0
	for _, to := range sizes {
		hashes, root, err := ledger.Append(int64(from), &b.hashes, leaves[from:to])
		require.NoError(t, err)
		b.hashes = append(b.hashes, hashes...)
		b.sign(t, int64(to), root)
		from = to
	}
	return b
}

func (b *book) sign(t testing.TB, size int64, root tlog.Hash) {
	t.Helper()
	signed, err := ledger.Sign(origin, size, root, entry(int(size)).At, b.signer)
	require.NoError(t, err)
	b.checkpoints = append(b.checkpoints, string(signed))
}

func (b *book) opened(t testing.TB, n int) ledger.Checkpoint {
	t.Helper()
	c, err := ledger.OpenCheckpoint([]byte(b.checkpoints[n]), b.verifier)
	require.NoError(t, err)
	return c
}

func (b *book) export(t testing.TB) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, ledger.WriteExport(&out, ledger.Export{
		Origin: origin, Keys: []string{b.key}, Leaves: each(b.leaves), Checkpoints: each(b.checkpoints),
	}))
	return out.String()
}

func (b *book) trust(anchors ...ledger.Checkpoint) ledger.Trust {
	return ledger.Trust{Keys: []string{b.key}, Anchors: anchors}
}

func each[T ~string | ~[]byte](items []T) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, item := range items {
			if !yield([]byte(item), nil) {
				return
			}
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func TestLeafAndCheckpointKeepTheirBytes(t *testing.T) {
	t.Parallel()

	e := entry(7)
	e.OnBehalf = "wang.wei"
	e.Detail["quote\"\\\n\x01"] = "线\u2028<&>"
	e.Detail["\U0001F600"] = "sorts before U+FB33 by UTF-16"
	e.Detail["\uFB33"] = ""
	leaf, err := e.Leaf()
	require.NoError(t, err)
	golden(t, "leaf.json", leaf)

	back, err := ledger.ParseLeaf(leaf)
	require.NoError(t, err)
	require.Equal(t, e, back)

	e.Seq = 99
	again, err := e.Leaf()
	require.NoError(t, err)
	require.Equal(t, leaf, again, "the place in the log is not part of the leaf")

	b := grow(t, 1, leaves(t, 0, 5), 5)
	golden(t, "checkpoint.txt", []byte(b.checkpoints[0]))
}

func TestEntryThatCannotBeHashedForeverIsRefused(t *testing.T) {
	t.Parallel()

	for name, spoil := range map[string]func(*ledger.Entry){
		"no id":             func(e *ledger.Entry) { e.ID = "" },
		"no actor":          func(e *ledger.Entry) { e.Actor = "" },
		"no action":         func(e *ledger.Entry) { e.Action = "" },
		"no outcome":        func(e *ledger.Entry) { e.Outcome = "" },
		"no instant":        func(e *ledger.Entry) { e.At = time.Time{} },
		"nanoseconds":       func(e *ledger.Entry) { e.At = e.At.Add(1) },
		"not UTF-8":         func(e *ledger.Entry) { e.Detail["step"] = "\xff" },
		"content in detail": func(e *ledger.Entry) { e.Detail["body"] = strings.Repeat("文", ledger.MaxLeaf) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := entry(1)
			spoil(&e)
			_, err := e.Leaf()
			require.Error(t, err)
		})
	}
}

func TestLeafHasOneReading(t *testing.T) {
	t.Parallel()

	leaf := string(leaves(t, 1, 2)[0])
	for name, other := range map[string]string{
		"doubled key":   strings.Replace(leaf, `"actor":"li.na"`, `"actor":"x","actor":"li.na"`, 1),
		"other case":    strings.Replace(leaf, `"actor"`, `"Actor"`, 1),
		"unknown key":   strings.Replace(leaf, `"actor"`, `"aaa":"","actor"`, 1),
		"space":         strings.Replace(leaf, `:`, `: `, 1),
		"other escape":  strings.Replace(leaf, `li.na`, `li\u002ena`, 1),
		"other instant": strings.Replace(leaf, `.000250Z`, `.00025Z`, 1),
		"other format":  strings.Replace(leaf, `shenfa-entry/1`, `shenfa-entry/2`, 1),
		"trailing byte": leaf + " ",
		"null detail":   strings.Replace(leaf, `"outcome":"approve"`, `"outcome":null`, 1),
	} {
		require.NotEqual(t, leaf, other, name)
		_, err := ledger.ParseLeaf([]byte(other))
		require.Error(t, err, name)
	}
}

func TestBatchesAppendedAreTheWholeTree(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		var all [][]byte
		var stored memory
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 40), 1, 8).Draw(t, "batches") {
			size, reads := int64(len(all)), 0
			var batch [][]byte
			for i := range n {
				batch = append(batch, fmt.Appendf(nil, "leaf %d", len(all)+i))
			}
			counted := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
				reads++
				return stored.ReadHashes(indexes)
			})
			hashes, root, err := ledger.Append(size, counted, batch)
			require.NoError(t, err)
			require.LessOrEqual(t, reads, 1)
			all, stored = append(all, batch...), append(stored, hashes...)

			require.Equal(t, definition(all), root)
			require.Len(t, stored, int(tlog.StoredHashCount(int64(len(all)))))
		}
	})
}

// definition is the tree hash as RFC 6962 §2.1 words it.
func definition(leaves [][]byte) tlog.Hash {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, leaves[0]...))
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	left, right := definition(leaves[:k]), definition(leaves[k:])
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

func TestAppendRefusesHashesThatAreNotThere(t *testing.T) {
	t.Parallel()

	_, _, err := ledger.Append(3, &memory{}, leaves(t, 0, 1))
	require.Error(t, err)
	_, _, err = ledger.Append(-1, &memory{}, nil)
	require.Error(t, err)
	short := tlog.HashReaderFunc(func([]int64) ([]tlog.Hash, error) { return nil, nil })
	_, _, err = ledger.Append(3, short, nil)
	require.Error(t, err)
}

func TestCheckpointIsOpenedOnlyForItsOwnKey(t *testing.T) {
	t.Parallel()

	b := grow(t, 1, leaves(t, 0, 5), 5)
	c := b.opened(t, 0)
	require.Equal(t, origin, c.Origin)
	require.EqualValues(t, 5, c.Size)
	require.Equal(t, definition(b.leaves), c.Root)
	require.Equal(t, entry(5).At, c.At)

	other, strange, _ := keyPair(t, origin, 2)
	_, err := ledger.OpenCheckpoint([]byte(b.checkpoints[0]), strange)
	require.Error(t, err, "another key of the same name")
	_, err = ledger.OpenCheckpoint([]byte(b.checkpoints[0]))
	require.Error(t, err, "no key")

	rotated, err := ledger.Sign(origin, 5, c.Root, time.Time{}, other)
	require.NoError(t, err)
	again, err := ledger.OpenCheckpoint(rotated, b.verifier, strange)
	require.NoError(t, err, "old and new key are both known")
	require.True(t, again.At.IsZero())

	witness, seen, _ := keyPair(t, "witness.example", 3)
	_, err = ledger.Sign(origin, 5, c.Root, time.Time{}, witness)
	require.Error(t, err, "a key signs for its own name only")
	foreign, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n5\n%s\n", origin, c.Root)}, witness)
	require.NoError(t, err)
	_, err = ledger.OpenCheckpoint(foreign, seen, b.verifier)
	require.Error(t, err, "a trusted witness alone does not make a checkpoint")

	respelt := []byte(b.checkpoints[0])
	respelt[len(respelt)-len("x=\n")]++ // only bits that base64 does not use
	_, err = ledger.OpenCheckpoint(respelt, b.verifier)
	require.Error(t, err, "the same signature spelt otherwise")

	for name, text := range map[string]string{
		"size with a leading zero": fmt.Sprintf("%s\n05\n%s\n", origin, c.Root),
		"negative size":            fmt.Sprintf("%s\n-5\n%s\n", origin, c.Root),
		"no root":                  fmt.Sprintf("%s\n5\n", origin),
		"short root":               fmt.Sprintf("%s\n5\nAAAA\n", origin),
		"time of another form":     fmt.Sprintf("%s\n5\n%s\nat noon\n", origin, c.Root),
	} {
		signed, err := note.Sign(&note.Note{Text: text}, b.signer)
		require.NoError(t, err)
		_, err = ledger.OpenCheckpoint(signed, b.verifier)
		require.Error(t, err, name)
	}
}

func TestProofFileProvesOneEntryAndNoOther(t *testing.T) {
	t.Parallel()

	for _, size := range []int{1, 2, 7, 8, 21} {
		b := grow(t, 1, leaves(t, 0, size), size)
		for n := range size {
			proof, err := ledger.ProveInclusion(b.leaves[n], int64(n), []byte(b.checkpoints[0]), &b.hashes)
			require.NoError(t, err)
			got, c, err := ledger.CheckInclusion(proof, b.verifier)
			require.NoError(t, err)
			want := entry(n)
			want.Seq = int64(n)
			require.Equal(t, want, got)
			require.Equal(t, b.opened(t, 0), c)
		}
	}

	b := grow(t, 1, leaves(t, 0, 7), 7)
	_, err := ledger.ProveInclusion(b.leaves[2], 3, []byte(b.checkpoints[0]), &b.hashes)
	require.Error(t, err, "a false proof is not handed out")

	proof, err := ledger.ProveInclusion(b.leaves[3], 3, []byte(b.checkpoints[0]), &b.hashes)
	require.NoError(t, err)
	for i := range proof {
		for bit := range 8 {
			bad := bytes.Clone(proof)
			bad[i] ^= 1 << bit
			_, _, err := ledger.CheckInclusion(bad, b.verifier)
			require.Error(t, err, "byte %d: %q", i, bad)
		}
	}
}

func TestConsistencyHoldsOnlyWithinOneLog(t *testing.T) {
	t.Parallel()

	b := grow(t, 1, leaves(t, 0, 13), 5, 13)
	proof, err := ledger.ProveConsistency(5, 13, &b.hashes)
	require.NoError(t, err)
	require.NoError(t, ledger.CheckConsistency(b.opened(t, 0), b.opened(t, 1), proof))

	fork := grow(t, 1, leaves(t, 100, 113), 5, 13)
	require.Error(t, ledger.CheckConsistency(fork.opened(t, 0), b.opened(t, 1), proof))
	elsewhere := b.opened(t, 0)
	elsewhere.Origin = "elsewhere.example"
	require.Error(t, ledger.CheckConsistency(elsewhere, b.opened(t, 1), proof))
}

func FuzzOpenCheckpoint(f *testing.F) {
	b := grow(f, 1, leaves(f, 0, 5), 5)
	f.Add([]byte(b.checkpoints[0]))
	f.Add([]byte(strings.Replace(b.checkpoints[0], "\n5\n", "\n05\n", 1)))
	f.Add([]byte(origin + "\n5\n"))
	want := b.opened(f, 0)
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := ledger.OpenCheckpoint(data, b.verifier); err == nil && c != want {
			t.Fatalf("opened a checkpoint nobody signed: %+v", c)
		}
	})
}
