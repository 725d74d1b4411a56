//go:build linux

package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

func TestWhatWouldKeepAReleaseBackIsFoundAndToldOnce(t *testing.T) {
	t.Parallel()

	slack := store.Slack{Armed: 20 * time.Second, Rehearsed: 3 * time.Minute, Sent: 10 * time.Minute, Checked: 30 * time.Minute}
	rehearse := func(t *testing.T, b bundle, i *testkit.Item) {
		require.NoError(t, b.SaveRehearsal(t.Context(), store.Rehearsal{ID: i.ID, Generation: i.Case.Generation, Rung: "asked"}))
	}
	for name, x := range map[string]struct {
		item    func(t *testing.T, b bundle) *testkit.Item
		trouble string
		mend    func(t *testing.T, b bundle, i *testkit.Item)
	}{
		"approved, its instant is in ten seconds": {
			func(t *testing.T, b bundle) *testkit.Item {
				i := testkit.Approved(t, b.Stored, b.Bureau, testkit.ReleaseIn(time.Hour))
				b.surgery(t, `UPDATE disclosures SET release_at = now() + interval '10 seconds', updated_at = now() - interval '1 minute' WHERE id = $1`, i.ID)
				rehearse(t, b, i)
				return i
			}, store.TroubleUnarmed, func(t *testing.T, b bundle, i *testkit.Item) {
				b.surgery(t, `UPDATE grants SET armed_at = now() WHERE disclosure_id = $1`, i.ID)
				b.surgery(t, `UPDATE disclosures SET state = 'armed' WHERE id = $1`, i.ID)
			},
		},
		"approved this moment, its instant is in ten seconds": {
			func(t *testing.T, b bundle) *testkit.Item {
				i := testkit.Approved(t, b.Stored, b.Bureau, testkit.ReleaseIn(time.Hour))
				b.surgery(t, `UPDATE disclosures SET release_at = now() + interval '10 seconds' WHERE id = $1`, i.ID)
				return i
			}, "", nil,
		},
		"half an hour before, and no rehearsal since two hours ago": {
			func(t *testing.T, b bundle) *testkit.Item {
				i := testkit.Approved(t, b.Stored, b.Bureau, testkit.ReleaseIn(30*time.Minute))
				rehearse(t, b, i)
				b.surgery(t, `UPDATE rehearsals SET at = now() - interval '2 hours' WHERE disclosure_id = $1`, i.ID)
				b.surgery(t, `UPDATE disclosures SET updated_at = now() - interval '2 hours' WHERE id = $1`, i.ID)
				return i
			}, store.TroubleUnrehearsed, rehearse,
		},
		"half an hour before, rehearsed a quarter of an hour ago": {
			func(t *testing.T, b bundle) *testkit.Item {
				i := testkit.Approved(t, b.Stored, b.Bureau, testkit.ReleaseIn(30*time.Minute))
				rehearse(t, b, i)
				b.surgery(t, `UPDATE disclosures SET updated_at = now() - interval '2 hours' WHERE id = $1`, i.ID)
				return i
			}, "", nil,
		},
		"half an hour before, one of 10,000, rehearsed a quarter of an hour before the hour": {
			func(t *testing.T, b bundle) *testkit.Item {
				i := testkit.Approved(t, b.Stored, b.Bureau, testkit.ReleaseIn(30*time.Minute))
				rehearse(t, b, i)
				b.surgery(t, `UPDATE rehearsals SET at = now() - interval '45 minutes' WHERE disclosure_id = $1`, i.ID)
				b.surgery(t, `UPDATE disclosures SET updated_at = now() - interval '2 hours' WHERE id = $1`, i.ID)
				b.surgery(t, `INSERT INTO disclosures SELECT x.* FROM disclosures d, generate_series(1, 10000) n,
					jsonb_populate_record(d, jsonb_build_object('id', md5(n::text), 'number', n, 'state', 'in_review')) x WHERE d.id = $1`, i.ID)
				return i
			}, "", nil,
		},
		"approved ten minutes before, when the hour was over": {
			func(t *testing.T, b bundle) *testkit.Item {
				return testkit.Approved(t, b.Stored, b.Bureau, testkit.ReleaseIn(10*time.Minute))
			}, "", nil,
		},
		"a channel that took it a quarter of an hour ago": {
			func(t *testing.T, b bundle) *testkit.Item {
				i := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0), testkit.Channels("portal", "webhook"))
				b.surgery(t, `UPDATE effects SET state = 'unknown', claimed_at = now() - interval '15 minutes' WHERE disclosure_id = $1 AND channel = 'webhook'`, i.ID)
				return i
			}, store.TroubleEffect, func(t *testing.T, b bundle, i *testkit.Item) {
				b.surgery(t, `UPDATE effects SET state = 'confirmed' WHERE disclosure_id = $1`, i.ID)
			},
		},
		"a check of an hour": {
			func(t *testing.T, b bundle) *testkit.Item {
				i := testkit.Draft(t, b.Stored, b.Bureau)
				i.Submit(t, b.Drafter)
				b.surgery(t, `UPDATE disclosures SET updated_at = now() - interval '1 hour' WHERE id = $1`, i.ID)
				return i
			}, store.TroubleCheck, func(t *testing.T, _ bundle, i *testkit.Item) { i.Must(t, disclosure.Act{Type: disclosure.Checked}) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			i := x.item(t, b)
			look := func() []store.Trouble {
				rows, err := b.Troubles(t.Context(), slack)
				require.NoError(t, err)
				return rows
			}
			told := func() int {
				return cell[int](t, b, `SELECT count(*) FROM notices WHERE kind = 'trouble' AND person_id = $1 AND disclosure_id = $2`, b.Officer.ID, i.ID)
			}
			rows := look()
			if x.trouble == "" {
				require.Empty(t, rows)
				return
			}
			require.Len(t, rows, 1)
			require.Equal(t, []any{i.ID, x.trouble, true}, []any{rows[0].ID, rows[0].Trouble, rows[0].Fresh})
			again := look()
			require.Equal(t, []any{x.trouble, false}, []any{again[0].Trouble, again[0].Fresh})
			require.Equal(t, 1, told(), "once")
			m, err := b.Metrics(t.Context())
			require.NoError(t, err)
			require.Equal(t, 1, m.Troubles[x.trouble])
			kind, err := b.TroubleOf(t.Context(), i.ID)
			require.NoError(t, err)
			require.Equal(t, x.trouble, kind)

			x.mend(t, b, i)
			require.Empty(t, look())
			kind, err = b.TroubleOf(t.Context(), i.ID)
			require.NoError(t, err)
			require.Empty(t, kind, "it is over")
		})
	}
}
