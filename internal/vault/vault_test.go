package vault_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"shenfa/internal/vault"
)

// openerDir makes this test binary a process that opens a vault and prints what
// the parent compares.
const openerDir = "VAULT_TEST_OPENER_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(openerDir); dir != "" {
		v, err := vault.Open(dir)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Printf("%s %x", v.Fingerprint(), v.Seal("mark", []byte("mark")))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func newDir(t testing.TB) string { return filepath.Join(t.TempDir(), "keys") }

func open(t testing.TB, dir string) *vault.Vault {
	t.Helper()
	v, err := vault.Open(dir)
	require.NoError(t, err)
	return v
}

func newItem(t testing.TB, v *vault.Vault) ([]byte, vault.ItemKey) {
	t.Helper()
	wrapped, key, err := v.NewItemKey()
	require.NoError(t, err)
	return wrapped, key
}

// sealer is what item keys and the vault have in common.
type sealer interface {
	Seal(context string, plain []byte) []byte
	Open(context string, sealed []byte) ([]byte, error)
	MAC(context string, data []byte) []byte
}

func TestSealOpensOnlyUnchangedAtItsOwnPlace(t *testing.T) {
	t.Parallel()
	v, stranger := open(t, newDir(t)), open(t, newDir(t))
	_, item := newItem(t, v)
	_, other := newItem(t, v)

	for name, c := range map[string]struct{ own, foreign sealer }{
		"item": {item, other}, "vault": {v, stranger}, "item against vault": {item, v}, "vault against item": {v, item},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
				place := rapid.String().Draw(t, "context")
				sealed := c.own.Seal(place, plain)

				got, err := c.own.Open(place, sealed)
				require.NoError(t, err)
				require.True(t, bytes.Equal(plain, got))
				require.NotEqual(t, sealed, c.own.Seal(place, plain), "equal texts must not be seen to be equal")

				_, err = c.own.Open(place+"x", sealed)
				require.ErrorIs(t, err, vault.ErrBrokenSeal)
				_, err = c.foreign.Open(place, sealed)
				require.ErrorIs(t, err, vault.ErrBrokenSeal)
				_, err = c.own.Open(place, sealed[:rapid.IntRange(0, len(sealed)-1).Draw(t, "cut")])
				require.ErrorIs(t, err, vault.ErrBrokenSeal)
				changed := bytes.Clone(sealed)
				changed[rapid.IntRange(0, len(sealed)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
				_, err = c.own.Open(place, changed)
				require.Error(t, err)
			})
		})
	}
}

func TestMACNamesDataWithinItsContextAndKey(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	v, stranger := open(t, dir), open(t, newDir(t))
	wrapped, item := newItem(t, v)
	_, other := newItem(t, v)
	again, err := open(t, dir).Unwrap(wrapped)
	require.NoError(t, err)

	require.Len(t, item.MAC("a", []byte("bc")), 32)
	require.Equal(t, item.MAC("a", []byte("bc")), again.MAC("a", []byte("bc")))
	require.Equal(t, v.MAC("a", []byte("bc")), open(t, dir).MAC("a", []byte("bc")))
	for name, different := range map[string][]byte{
		"other data": item.MAC("a", []byte("bd")), "border moved": item.MAC("ab", []byte("c")),
		"other item": other.MAC("a", []byte("bc")), "vault": v.MAC("a", []byte("bc")), "other vault": stranger.MAC("a", []byte("bc")),
	} {
		require.NotEqual(t, item.MAC("a", []byte("bc")), different, name)
	}
}

func TestMasterRotationLosesNothingAndRewrapMovesOver(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	v, running := open(t, dir), open(t, dir) // running: another process that has not noticed
	wrapped, item := newItem(t, v)
	body, secret, index := item.Seal("body", []byte("text")), v.Seal("webhook", []byte("secret")), v.MAC("index", nil)
	same, err := v.RewrapItem(wrapped)
	require.NoError(t, err)
	require.Equal(t, wrapped, same, "nothing to do before a rotation")

	require.NoError(t, v.RotateMaster())
	fresh, err := v.RewrapItem(wrapped)
	require.NoError(t, err)
	require.NotEqual(t, wrapped, fresh)
	require.Equal(t, index, v.MAC("index", nil))

	for name, reader := range map[string]*vault.Vault{"rotator": v, "reopened": open(t, dir), "running": running} {
		for _, form := range [][]byte{wrapped, fresh} {
			key, err := reader.Unwrap(form)
			require.NoError(t, err, name)
			got, err := key.Open("body", body)
			require.NoError(t, err, name)
			require.Equal(t, "text", string(got), name)
		}
		for _, sealed := range [][]byte{secret, v.Seal("webhook", []byte("secret"))} {
			got, err := reader.Open("webhook", sealed)
			require.NoError(t, err, name)
			require.Equal(t, "secret", string(got), name)
		}
	}

	require.NoError(t, os.Remove(filepath.Join(dir, "master-1.key")))
	late := open(t, dir)
	_, err = late.Unwrap(fresh)
	require.NoError(t, err)
	_, err = late.Unwrap(wrapped)
	require.ErrorContains(t, err, "master key 1 is not in the vault")
}

func TestWrappedKeyIsNoSecretAndTheReverse(t *testing.T) {
	t.Parallel()
	v := open(t, newDir(t))
	wrapped, _ := newItem(t, v)
	header := string(wrapped[:5]) // what a wrapped key is bound to

	_, err := v.Open("", wrapped)
	require.ErrorIs(t, err, vault.ErrBrokenSeal)
	_, err = v.Open(header, wrapped)
	require.ErrorIs(t, err, vault.ErrBrokenSeal)
	_, err = v.Unwrap(v.Seal("", make([]byte, 32)))
	require.ErrorIs(t, err, vault.ErrBrokenSeal)
	for n := range wrapped {
		_, err = v.Unwrap(wrapped[:n])
		require.ErrorIs(t, err, vault.ErrBrokenSeal)
	}
}

func TestLogSignatureVerifiesUnderTheConfiguredName(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	signer, err := open(t, dir).LogSigner("log.example.gov.cn")
	require.NoError(t, err)
	signed, err := note.Sign(&note.Note{Text: "checkpoint\n"}, signer)
	require.NoError(t, err)

	key, err := open(t, dir).LogVerifierKey("log.example.gov.cn")
	require.NoError(t, err)
	verifier, err := note.NewVerifier(key)
	require.NoError(t, err)
	got, err := note.Open(signed, note.VerifierList(verifier))
	require.NoError(t, err)
	require.Equal(t, "checkpoint\n", got.Text)

	elsewhere, err := open(t, newDir(t)).LogVerifierKey("log.example.gov.cn")
	require.NoError(t, err)
	require.NotEqual(t, key, elsewhere)
	for _, bad := range []string{"", "two words", "plus+plus"} {
		_, err = open(t, dir).LogSigner(bad)
		require.Error(t, err, bad)
		require.NotContains(t, err.Error(), "PRIVATE")
	}
}

func TestOpenRefusesUnsafeKeys(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(t *testing.T, dir string)
		want  string
	}{
		"directory open to others": {func(t *testing.T, dir string) { require.NoError(t, os.Chmod(dir, 0o710)) }, "open to others"},
		"key readable by group":    {chmod("master-1.key", 0o640), "readable by others"},
		"key readable by all":      {chmod("log.key", 0o604), "readable by others"},
		"key is a directory":       {replace("mac.key", nil), "no plain file"},
		"short master key":         {replace("master-1.key", make([]byte, 16)), "holds 16 bytes, want 32"},
		"short payload key":        {replace("payload-1.key", make([]byte, 31)), "holds 31 bytes, want 32"},
		"empty log key":            {replace("log.key", []byte{}), "holds 0 bytes, want 32"},
		"long mac key":             {replace("mac.key", make([]byte, 33)), "holds 33 bytes, want 32"},
		"key with a foreign name":  {replace("master-01.key", make([]byte, 32)), "not the name of a key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := newDir(t)
			open(t, dir)
			c.spoil(t, dir)
			_, err := vault.Open(dir)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func chmod(name string, mode fs.FileMode) func(*testing.T, string) {
	return func(t *testing.T, dir string) { require.NoError(t, os.Chmod(filepath.Join(dir, name), mode)) }
}

func replace(name string, content []byte) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		path := filepath.Join(dir, name)
		require.NoError(t, os.RemoveAll(path))
		if content == nil {
			require.NoError(t, os.Mkdir(path, 0o700))
			return
		}
		require.NoError(t, os.WriteFile(path, content, 0o600))
	}
}

func TestFirstOpenByManyEndsWithOneSetOfKeys(t *testing.T) {
	t.Parallel()
	for range 5 {
		dir := newDir(t)
		outputs := make([]string, 6)
		var group sync.WaitGroup
		for i := range outputs {
			group.Go(func() {
				if i%2 == 0 { // half of them in this process
					if v, err := vault.Open(dir); err != nil {
						outputs[i] = err.Error()
					} else {
						outputs[i] = fmt.Sprintf("%s %x", v.Fingerprint(), v.Seal("mark", []byte("mark")))
					}
					return
				}
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), openerDir+"="+dir)
				out, _ := cmd.CombinedOutput()
				outputs[i] = string(out)
			})
		}
		group.Wait()

		v := open(t, dir)
		for _, output := range outputs {
			fingerprint, mark, _ := strings.Cut(output, " ")
			require.Equal(t, v.Fingerprint(), fingerprint, output)
			var sealed []byte
			_, err := fmt.Sscanf(mark, "%x", &sealed)
			require.NoError(t, err)
			_, err = v.Open("mark", sealed)
			require.NoError(t, err)
		}
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.True(t, slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == "master-1.key" }))
		require.Len(t, entries, 4, "no half-written key may stay behind")
	}
}

func TestPayloadsAreSealedAndClearOnesRefused(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	v, running := open(t, dir), open(t, dir)
	data, _ := v.Converters("shenfa")
	sealed, err := data.ToPayload("decision")
	require.NoError(t, err)
	require.NotContains(t, sealed.String(), "decision")
	require.NotContains(t, sealed.String(), "json/plain", "the type is content too")
	require.NoError(t, v.RotatePayload())
	rotated, err := data.ToPayload("decision")
	require.NoError(t, err)
	require.Equal(t, "2", string(rotated.GetMetadata()["encryption-key-id"]))

	change := func(p *commonpb.Payload, key, value string) *commonpb.Payload {
		changed := &commonpb.Payload{Metadata: map[string][]byte{}, Data: bytes.Clone(p.GetData())}
		for k, old := range p.GetMetadata() {
			changed.Metadata[k] = old
		}
		if key == "" {
			changed.Data[len(changed.Data)-1] ^= 1
			return changed
		}
		changed.Metadata[key] = []byte(value)
		return changed
	}
	clear, err := converter.GetDefaultDataConverter().ToPayload("decision")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		vault     *vault.Vault
		namespace string
		payload   *commonpb.Payload
		want      string // empty: opens
	}{
		"own":                  {v, "shenfa", sealed, ""},
		"after rotation":       {v, "shenfa", rotated, ""},
		"reopened":             {open(t, dir), "shenfa", sealed, ""},
		"rotated elsewhere":    {running, "shenfa", rotated, ""},
		"other namespace":      {v, "other", sealed, "seal is broken"},
		"other vault":          {open(t, newDir(t)), "shenfa", sealed, "seal is broken"},
		"changed":              {v, "shenfa", change(sealed, "", ""), "seal is broken"},
		"key id exchanged":     {v, "shenfa", change(sealed, "encryption-key-id", "2"), "seal is broken"},
		"key id spelled oddly": {v, "shenfa", change(sealed, "encryption-key-id", "01"), "seal is broken"},
		"unknown key":          {v, "shenfa", change(sealed, "encryption-key-id", "9"), "key 9 is not in the vault"},
		"key id is a path":     {v, "shenfa", change(sealed, "encryption-key-id", "../1"), "key id"},
		"empty":                {v, "shenfa", &commonpb.Payload{Metadata: sealed.GetMetadata()}, "seal is broken"},
		"clear":                {v, "shenfa", clear, "not encrypted"},
		"clear by relabelling": {v, "shenfa", change(clear, "encoding", "json/plain"), "not encrypted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reader, _ := c.vault.Converters(c.namespace)
			var got string
			err := reader.FromPayload(c.payload, &got)
			if c.want == "" {
				require.NoError(t, err)
				require.Equal(t, "decision", got)
				return
			}
			require.ErrorContains(t, err, c.want)
			require.Empty(t, got)
		})
	}
}

func TestFailuresKeepTheirMessageAndTraceToThemselves(t *testing.T) {
	t.Parallel()
	_, failures := open(t, newDir(t)).Converters("shenfa")
	canary := rand.Text()
	cause := fmt.Errorf("cause %s", canary)
	f := failures.ErrorToFailure(temporal.NewApplicationErrorWithCause("message "+canary, "Refused", cause, "detail "+canary))
	require.NotContains(t, f.String(), canary)
	require.Equal(t, "Refused", f.GetFailureInfo().(*failurepb.Failure_ApplicationFailureInfo).ApplicationFailureInfo.GetType())
	require.ErrorContains(t, failures.FailureToError(f), canary)
}
