package engine

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"unicode/utf16"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
)

// TestS1_TemporalKeepsNoContent looks for a known text in all of the database, on
// disk and in the logs; and first for one sent without encryption, to see that
// the search can find it.
func TestS1_TemporalKeepsNoContent(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	var sdkLog lockedBuffer
	e := start(t, Options{Dir: dir, SDKLog: &sdkLog})
	defer stop(t, e)

	live := func(c client.Client, id string) (canary string) {
		canary = "canary" + rand.Text()
		c, end := work(t, c)
		submit(t, c, id, canary)
		requireApproval(t, c, id, canary, "comment "+canary)
		end()
		return canary
	}
	open := live(clearClient(t, e), "open")
	require.Contains(t, tablesWith(t, e, open), "temporal.history_node", "the search is blind")
	require.NotEmpty(t, filesWith(t, dir, open), "the search is blind")

	sealed := live(dial(t, e), "sealed")
	require.Empty(t, tablesWith(t, e, sealed))
	require.Empty(t, filesWith(t, dir, sealed))
	require.Contains(t, sdkLog.String(), "Activity error", "the log is blind")
	require.NotContains(t, sdkLog.String(), sealed)
}

// lockedBuffer is written by the workers of the SDK, all at once.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func clearClient(t testing.TB, e *Engine) client.Client {
	t.Helper()
	tlsConfig, err := e.pki.clientConfig(e.pki.app)
	require.NoError(t, err)
	c, err := client.Dial(client.Options{
		HostPort: e.FrontendAddr(), Namespace: e.namespace, ConnectionOptions: client.ConnectionOptions{TLS: tlsConfig},
		Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(t, err)
	return c
}

// disguises are the forms in which a text may be lying about. In base64 it looks
// different for each of three positions; the outermost characters are shared with
// its neighbours and are left off.
func disguises(text string) (forms [][]byte) {
	var utf16le []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		utf16le = binary.LittleEndian.AppendUint16(utf16le, unit)
	}
	forms = [][]byte{[]byte(text), utf16le}
	for offset := range 3 {
		encoded := base64.StdEncoding.EncodeToString([]byte("xxx"[:offset] + text))
		forms = append(forms, []byte(encoded[4:len(encoded)-4]))
	}
	for _, form := range forms {
		forms = append(forms, []byte(hex.EncodeToString(form)))
	}
	return forms
}

// tablesWith looks at every row of every table as text; bytea shows as hex there.
func tablesWith(t testing.TB, e *Engine, canary string) (found []string) {
	t.Helper()
	db, err := e.postgres.open(database)
	require.NoError(t, err)
	defer db.Close()
	var tables, forms pq.StringArray
	require.NoError(t, db.QueryRowContext(t.Context(), `SELECT array_agg(format('%I.%I', schemaname, tablename))
		FROM pg_tables WHERE schemaname LIKE 'temporal%'`).Scan(&tables))
	require.Greater(t, len(tables), 40)
	for _, form := range disguises(canary) {
		if !bytes.ContainsRune(form, 0) {
			forms = append(forms, string(form))
		}
	}
	for _, table := range tables {
		var n int
		require.NoError(t, db.QueryRowContext(t.Context(), `SELECT count(*) FROM `+table+` AS r, unnest($1::text[]) AS form
			WHERE position(form IN r::text) > 0`, forms).Scan(&n))
		if n > 0 {
			found = append(found, table)
		}
	}
	return found
}

// filesWith includes the write-ahead log and the server's own logs.
func filesWith(t testing.TB, dir, canary string) (found []string) {
	t.Helper()
	forms := disguises(canary)
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && !d.Type().IsRegular() {
			return nil
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		for _, form := range forms {
			if bytes.Contains(b, form) {
				found = append(found, path)
				break
			}
		}
		return err
	}))
	return found
}
