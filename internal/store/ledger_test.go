package store_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"shenfa/internal/ledger"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

const origin = "example.invalid/ledger"

func export(t *testing.T, b bundle, anchors ...ledger.Checkpoint) ledger.Report {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, b.Export(t.Context(), &out, origin))
	key, err := b.Vault.LogVerifierKey(origin)
	require.NoError(t, err)
	report, err := ledger.VerifyExport(&out, ledger.Trust{Keys: []string{key}, Anchors: anchors})
	require.NoError(t, err)
	return report
}

func anchor(t *testing.T, b bundle) ledger.Checkpoint {
	t.Helper()
	text, err := b.Checkpoint(t.Context())
	require.NoError(t, err)
	key, err := b.Vault.LogVerifierKey(origin)
	require.NoError(t, err)
	verifier, err := note.NewVerifier(key)
	require.NoError(t, err)
	c, err := ledger.OpenCheckpoint(text, verifier)
	require.NoError(t, err)
	return c
}

// Many processes write and several sequencers compete: every row gets one place, the
// places have no gap, and the whole verifies offline.
func TestA2_WritersAndSequencersLeaveNoGap(t *testing.T) {
	t.Parallel()

	b := setup(t)
	second := testkit.On(t, b.DSNs, b.Vault)
	const writers, each = 16, 60
	var writing, sequencing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for n := range each {
				if err := b.Note(t.Context(), store.Audit{Actor: "system:test", Action: "read", Object: fmt.Sprint(w, n), Outcome: ledger.OK}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	stop := make(chan struct{})
	for _, s := range []*store.Store{b.Store, second.Store, b.Store} {
		sequencing.Go(func() {
			for {
				if _, err := s.Sequence(t.Context(), origin); err != nil {
					t.Error(err)
				}
				select {
				case <-stop:
					return
				case <-time.After(2 * time.Millisecond):
				}
			}
		})
	}
	writing.Wait()
	close(stop)
	sequencing.Wait()
	_, err := b.Sequence(t.Context(), origin)
	require.NoError(t, err)

	waiting, err := b.Waiting(t.Context())
	require.NoError(t, err)
	require.Zero(t, waiting)
	require.Equal(t, writers*each, cell[int](t, b, `SELECT count(*) FROM audit`))
	require.Equal(t, writers*each, cell[int](t, b, `SELECT count(DISTINCT seq) FROM audit WHERE seq BETWEEN 0 AND $1`, writers*each-1))
	report := export(t, b, anchor(t, b))
	require.True(t, report.Verified, report.Text("en"))
	require.EqualValues(t, writers*each, report.Entries)
	require.Greater(t, report.Checkpoints, 1)
}

func TestWhatIsRecordedIsSealedOnceItHasItsPlace(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.Armed(t, b.Stored, b.Bureau)
	sealed, err := b.Sealed(t.Context(), i.ID)
	require.NoError(t, err)
	require.False(t, sealed)
	_, err = b.Sequence(t.Context(), origin)
	require.NoError(t, err)
	sealed, err = b.Sealed(t.Context(), i.ID)
	require.NoError(t, err)
	require.True(t, sealed)

	events, err := b.Events(t.Context(), i.ID)
	require.NoError(t, err)
	var types []string
	for _, e := range events {
		types = append(types, e.Type)
		require.NotNil(t, e.Seq, "every act has its place")
		require.Equal(t, e.Opinion != nil, e.Words != "")
	}
	require.Equal(t, []string{"submit", "checked", "decide", "decide", "decide", "arm"}, types)
	placed, err := b.Sequence(t.Context(), origin)
	require.NoError(t, err)
	require.Zero(t, placed)
}

// A1 in short: what a superuser does to the rows shows when the export is verified.
func TestA1_ASuperuserIsFoundOut(t *testing.T) {
	t.Parallel()

	b := setup(t)
	for range 2 {
		testkit.Approved(t, b.Stored, b.Bureau)
		_, err := b.Sequence(t.Context(), origin)
		require.NoError(t, err)
	}
	kept := anchor(t, b) // where the superuser cannot reach
	b.surgery(t, `CREATE TABLE audit_before AS TABLE audit; CREATE TABLE checkpoints_before AS TABLE ledger_checkpoints`)
	for _, c := range []struct {
		name, attack string
		want         ledger.Check
	}{
		{"nothing", `SELECT 1`, ""},
		{"flips an outcome", `UPDATE audit SET outcome = 'forbidden' WHERE seq = 5`, ledger.CheckRoot},
		{"changes who did it", `UPDATE audit SET actor = 'system:release' WHERE seq = 3`, ledger.CheckRoot},
		{"moves it in time", `UPDATE audit SET at = at - interval '1 microsecond' WHERE seq = 3`, ledger.CheckRoot},
		{"rewrites a detail", `UPDATE audit SET detail = detail || '{"version":"9"}' WHERE action = 'submit'`, ledger.CheckRoot},
		{"deletes a row", `DELETE FROM audit WHERE seq = 4`, ledger.CheckCount},
		{"exchanges two", `UPDATE audit SET seq = CASE seq WHEN 2 THEN 1000 ELSE seq END; UPDATE audit SET seq = 2 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 1000`, ledger.CheckRoot},
		{"cuts the end off", `DELETE FROM audit WHERE seq >= (SELECT min(size) FROM ledger_checkpoints);
			DELETE FROM ledger_checkpoints WHERE size > (SELECT min(size) FROM ledger_checkpoints)`, ledger.CheckTruncated},
		{"nothing any more", `SELECT 1`, ""},
	} {
		b.surgery(t, c.attack)
		report := export(t, b, kept)
		b.surgery(t, `DELETE FROM audit; INSERT INTO audit TABLE audit_before;
			DELETE FROM ledger_checkpoints; INSERT INTO ledger_checkpoints TABLE checkpoints_before`)
		if c.want == "" {
			require.True(t, report.Verified, report.Text("en"))
			continue
		}
		require.False(t, report.Verified, c.name)
		var checks []ledger.Check
		for _, f := range report.Failures {
			checks = append(checks, f.Check)
		}
		require.Contains(t, checks, c.want, "%s\n%s", c.name, report.Text("en"))
	}
}
