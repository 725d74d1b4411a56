package store_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

// leaves are the paths of the values in v that can be changed.
func leaves(v reflect.Value, path []int) (all [][]int) {
	if v.Kind() != reflect.Struct {
		return [][]int{slices.Clone(path)}
	}
	for i := range v.NumField() {
		all = append(all, leaves(v.Field(i), append(slices.Clone(path), i))...)
	}
	return all
}

// changed is m with another value at path.
func changed(t *testing.T, m disclosure.Manifest, path []int) disclosure.Manifest {
	t.Helper()
	wire, err := json.Marshal(m)
	require.NoError(t, err)
	var out disclosure.Manifest
	require.NoError(t, json.Unmarshal(wire, &out))
	switch f := reflect.ValueOf(&out).Elem().FieldByIndex(path); f.Kind() {
	case reflect.String:
		f.SetString(f.String() + "x")
	case reflect.Int, reflect.Int64:
		f.SetInt(f.Int() + 7)
	case reflect.Bool:
		f.SetBool(!f.Bool())
	case reflect.Slice:
		f.Set(reflect.Append(f, reflect.Zero(f.Type().Elem())))
	default:
		t.Fatalf("a field of kind %s", f.Kind())
	}
	return out
}

// swaps are the ways in which the program itself, if it were an intruder's, could try to
// have a changed version ($2, $3: its number and hash) released in place of the approved
// one of the item $1.
var swaps = []string{
	`UPDATE disclosures SET version = $2, manifest_hash = $3 WHERE id = $1`,
	`UPDATE grants SET version = $2, manifest_hash = $3 WHERE disclosure_id = $1 AND revoked_at IS NULL`,
	`WITH old AS (UPDATE grants SET revoked_at = clock_timestamp() WHERE disclosure_id = $1 AND revoked_at IS NULL RETURNING *)
		INSERT INTO grants (id, disclosure_id, version, manifest_hash, unit_id, kind, channels, not_before, latest, late, release_at, generation, armed_at)
		SELECT gen_random_uuid(), $1, $2, $3, unit_id, kind, channels, not_before, latest, late, release_at, generation + 1, armed_at FROM old`,
	`WITH d AS (UPDATE disclosures SET version = $2, manifest_hash = $3 WHERE id = $1),
		      x AS (UPDATE decisions SET version = $2, manifest_hash = $3 WHERE disclosure_id = $1)
		UPDATE grants SET version = $2, manifest_hash = $3 WHERE disclosure_id = $1`,
	`UPDATE versions v SET sealed_manifest = n.sealed_manifest, sealed_draft = n.sealed_draft FROM versions n
		WHERE n.disclosure_id = $1 AND n.version = $2 AND n.manifest_hash = $3 AND v.disclosure_id = $1 AND v.version <> n.version`,
	`UPDATE effects SET version = $2, key = $3 WHERE disclosure_id = $1`,
	`WITH gone AS (DELETE FROM blobs WHERE disclosure_id = $1 AND $2::int > 0 AND $3::text <> '' RETURNING *)
		INSERT INTO blobs SELECT disclosure_id, id || '-', length, sealed FROM gone`,
	`UPDATE grants SET kind = 'other' || left($3::text, $2::int * 0), channels = '{portal,webhook,wechat}', late = 'now', latest = latest + interval '1 year'
		WHERE disclosure_id = $1 AND revoked_at IS NULL`,
}

// S4: every field of a manifest is changed after its approval, in every way there is,
// around the instant, while a reader and a sender look all the time. Whatever comes
// out has the bytes that were approved, and not before its instant. SHENFA_SOAK=1 tries
// ten thousand times.
func TestS4_NoChangeAfterTheApprovalComesOut(t *testing.T) {
	t.Parallel()

	tries, lanes := 120, 1
	if os.Getenv("SHENFA_SOAK") != "" {
		tries, lanes = 2500, 4
	}
	for lane := range lanes {
		t.Run(fmt.Sprint(lane), func(t *testing.T) {
			t.Parallel()
			raceChanges(t, uint64(lane), tries)
		})
	}
}

func raceChanges(t *testing.T, lane uint64, tries int) {
	t.Helper()
	b := setup(t)
	i := testkit.Approved(t, b.Stored, b.Bureau, testkit.Channels("portal", "webhook"), testkit.Attach("附件.csv", "a,b"))
	i.Must(t, disclosure.Act{Type: disclosure.Arm})
	approved, err := b.Version(t.Context(), i.ID, 1)
	require.NoError(t, err)
	var changes []store.Frozen
	for n, field := range leaves(reflect.ValueOf(approved.Manifest), nil)[1:] { // the layout writes its own name
		b.surgery(t, `UPDATE drafts SET revision = revision + 1 WHERE disclosure_id = $1`, i.ID)
		f, err := b.FreezeVersion(t.Context(), i.ID, i.DraftRevision(t), b.Drafter, testkit.RuleSet,
			func(string, int, int, disclosure.Draft) (disclosure.Manifest, error) {
				return changed(t, approved.Manifest, field), nil
			})
		require.NoError(t, err)
		require.Equal(t, n+2, f.Version)
		require.NotEqual(t, approved.Hash, f.Hash, "%v is not under the hash", field)
		changes = append(changes, f)
	}
	require.Greater(t, len(changes), 30)
	b.surgery(t, `CREATE TABLE kept AS SELECT * FROM blobs`)

	key := disclosure.EffectKey(i.ID, 1, "webhook")
	out, sent, refused := 0, 0, 0
	for n := range tries {
		r := rand.New(rand.NewPCG(lane, uint64(n)))
		other := changes[n%len(changes)]
		// As it was when it was approved, due in a moment.
		b.surgery(t, `UPDATE disclosures SET version = 1, manifest_hash = $2 WHERE id = $1`, i.ID, approved.Hash)
		b.surgery(t, `DELETE FROM grants WHERE disclosure_id = $1 AND version <> 1`, i.ID)
		b.surgery(t, `DELETE FROM blobs`)
		b.surgery(t, `INSERT INTO blobs SELECT * FROM kept`)
		b.surgery(t, `UPDATE effects SET state = 'pending'`)
		b.surgery(t, `UPDATE grants SET revoked_at = NULL, armed_at = clock_timestamp(), not_before = now() - interval '1 hour', release_at = clock_timestamp() + interval '12 milliseconds'
			WHERE disclosure_id = $1`, i.ID)
		instant := cell[time.Time](t, b, `SELECT release_at FROM grants WHERE disclosure_id = $1`, i.ID)

		var over atomic.Bool
		var wg sync.WaitGroup
		var swapped error
		swap := swaps[r.IntN(len(swaps))]
		wait := time.Duration(r.IntN(25)) * time.Millisecond
		wg.Go(func() {
			time.Sleep(wait)
			swapped = run(t.Context(), b, swap, i.ID, other.Version, other.Hash)
			time.Sleep(28*time.Millisecond - wait)
			over.Store(true)
		})
		var seen []string
		note := func(format string, args ...any) { seen = append(seen, fmt.Sprintf(format, args...)) }
		public, claimed := false, false
		wg.Go(func() {
			for !over.Load() {
				p, err := b.PublicItem(t.Context(), i.Number)
				if err != nil {
					continue // missing, or not to be opened
				}
				public = true
				if now, err := b.Now(t.Context()); err != nil || now.Before(instant) {
					note("public at %s, before %s", now, instant)
				}
				if p.Hash != approved.Hash || !reflect.DeepEqual(p.Manifest, approved.Manifest) {
					note("public as %s", p.Hash)
				}
				for _, file := range []string{"", "附件.csv"} {
					if data, content, err := b.PublicBytes(t.Context(), p, file); err == nil && disclosure.Sum(content.Type, data) != content {
						note("other bytes of %q", file)
					}
				}
			}
		})
		wg.Go(func() {
			for !over.Load() && !claimed {
				mine, err := b.Claim(t.Context(), key)
				claimed = err == nil && len(mine) > 0
			}
		})
		wg.Wait()
		if claimed {
			sent++
			v, err := b.Version(t.Context(), i.ID, cell[int](t, b, `SELECT version FROM effects WHERE key = $1`, key))
			require.NoError(t, err)
			require.Equal(t, approved.Hash, v.Hash, "what a sender reads is what was approved")
			require.Equal(t, approved.Manifest, v.Manifest)
		}
		if public {
			out++
		}
		if swapped != nil {
			refused++
		}
		require.Empty(t, seen, "try %d, version %d, %s", n, other.Version, swap)
	}
	t.Logf("%d tries: %d public, %d sent, %d refused by the database", tries, out, sent, refused)
	require.Greater(t, out, tries/2, "a race that nothing comes out of proves nothing")
	require.Positive(t, sent)
	require.Positive(t, refused)
}
