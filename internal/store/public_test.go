package store_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

// span is from an instant to before another; a zero end has not come.
type span struct{ from, to time.Time }

type freeze struct {
	span
	unit, scope, value string
}

type permission struct {
	Unit     string     `json:"unit_id"`
	Kind     string     `json:"kind"`
	Channels []string   `json:"channels"`
	Late     string     `json:"late"`
	Release  time.Time  `json:"release_at"`
	Armed    *time.Time `json:"armed_at"`
	Revoked  *time.Time `json:"revoked_at"`
}

// public is the promise in words, written apart from the SQL: a live, armed grant for
// the portal whose instant has come; no freeze stood over it, on any of its channels,
// at the moment it took effect; and somebody was there at that moment, unless it says "now".
func public(p permission, now time.Time, frozen *freeze, alive []span) bool {
	if p.Armed == nil || p.Revoked != nil || p.Release.After(now) || !slices.Contains(p.Channels, "portal") {
		return false
	}
	moment := p.Release
	if p.Armed.After(moment) {
		moment = *p.Armed
	}
	if f := frozen; f != nil && !f.from.After(moment) && (f.to.IsZero() || f.to.After(moment)) {
		if f.scope == "all" || f.unit == p.Unit && (f.scope == "unit" || f.scope == "channel" && slices.Contains(p.Channels, f.value) || f.scope == "kind" && f.value == p.Kind) {
			return false
		}
	}
	there := slices.ContainsFunc(alive, func(a span) bool {
		return !a.from.After(moment) && !a.to.Before(moment.Add(-5*time.Second))
	})
	return p.Late == "now" || there
}

// Every combination of armed, revoked, instant, channel, freeze, late policy and
// attendance: the one predicate says what the promise says.
func TestTheOnePredicateForEverythingPublic(t *testing.T) {
	t.Parallel()

	b := setup(t)
	tx, err := b.root.BeginTxx(t.Context(), nil)
	require.NoError(t, err)
	defer tx.Rollback()
	_, err = tx.Exec(`SET LOCAL session_replication_role = replica`)
	require.NoError(t, err)
	var now time.Time // stands still in a transaction, as the predicate reads it
	require.NoError(t, tx.Get(&now, `SELECT now()`))
	instant, armedLate := now.Add(-time.Minute), now.Add(-30*time.Second)
	at := func(seconds int) time.Time { return instant.Add(time.Duration(seconds) * time.Second) }

	var grants []permission
	early, just, future := at(-30), now, now.Add(time.Microsecond)
	for _, armed := range []*time.Time{nil, &early, &armedLate} {
		for _, revoked := range []*time.Time{nil, &armedLate} {
			for _, release := range []time.Time{instant, just, future, now.Add(time.Hour)} {
				for _, channels := range [][]string{{"portal"}, {"webhook", "portal"}, {"webhook"}} {
					for _, late := range []string{"now", "next_window", "hold"} {
						grants = append(grants, permission{"AA", "notice", channels, late, release, armed, revoked})
					}
				}
			}
		}
	}
	freezes := []*freeze{nil}
	for _, s := range []span{
		{from: at(-10)},
		{at(-10), at(-5)},
		{at(-10), instant},
		{at(-10), at(1)},
		{at(-10), now},
		{from: instant},
		{from: at(1)},
		{at(1), at(10)},
		{at(10), now},
		{from: armedLate},
		{from: armedLate.Add(time.Second)},
	} {
		for _, over := range [][2]string{{"all", ""}, {"channel", "portal"}, {"channel", "webhook"}, {"kind", "notice"}, {"kind", "policy"}} {
			for _, unit := range []string{"AA", "BB"} {
				freezes = append(freezes, &freeze{s, unit, over[0], over[1]})
			}
		}
	}
	lives := [][]span{
		nil, {{at(-100), now}}, {{at(-100), at(-5)}}, {{at(-100), at(-6)}}, {{at(-100), at(-6)}, {at(1), now}}, {{instant, instant}}, {{at(1), now}}, {{at(-100), at(26)}},
	}

	raw, err := json.Marshal(grants)
	require.NoError(t, err)
	answers := map[bool]int{}
	for _, alive := range lives {
		_, err := tx.Exec(`DELETE FROM uptime`)
		require.NoError(t, err)
		for n, a := range alive {
			_, err := tx.Exec(`INSERT INTO uptime VALUES ($1, $2, $3)`, n, a.from, a.to)
			require.NoError(t, err)
		}
		for _, f := range freezes {
			_, err := tx.Exec(`DELETE FROM freezes`)
			require.NoError(t, err)
			if f != nil {
				var lifted any
				if !f.to.IsZero() {
					lifted = f.to
				}
				_, err := tx.Exec(`INSERT INTO freezes (id, unit_id, scope, value, sealed_reason, person_id, at, lifted_at)
					VALUES (gen_random_uuid(), $1, $2, $3, '', gen_random_uuid(), $4, $5)`, f.unit, f.scope, f.value, f.from, lifted)
				require.NoError(t, err)
			}
			var got []bool
			require.NoError(t, tx.Select(&got, `SELECT is_public(jsonb_populate_record(NULL::grants, g)) FROM jsonb_array_elements($1) WITH ORDINALITY AS x (g, n) ORDER BY n`, raw))
			require.Len(t, got, len(grants))
			for n, p := range grants {
				want := public(p, now, f, alive)
				answers[want]++
				if want != got[n] {
					require.Equal(t, want, got[n], "now %s\ngrant %+v\nfreeze %+v\nalive %v", now, p, f, alive)
				}
			}
		}
	}
	t.Logf("%d combinations: %d public, %d not", answers[true]+answers[false], answers[true], answers[false])
	require.Greater(t, answers[true], 1000)
	require.Greater(t, answers[false], 1000)
}

// Everything public goes through the predicate: list, page and file agree, in every
// state, and say nothing before.
func TestOnlyWhatIsReleasedCanBeSeen(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hidden := map[string]*testkit.Item{
		"draft":     testkit.Draft(t, b.Stored, b.Bureau),
		"submitted": testkit.Submitted(t, b.Stored, b.Bureau),
		"in review": testkit.InReview(t, b.Stored, b.Bureau),
		"approved":  testkit.Approved(t, b.Stored, b.Bureau, testkit.ReleaseIn(0)),
		"armed":     testkit.Armed(t, b.Stored, b.Bureau),
		"elsewhere": testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0), testkit.Channels("webhook")),
		"unwatched": testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0), testkit.Late(disclosure.LateWindow)),
	}
	out := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0), testkit.Attach("附件.txt", "附件内容"))
	_, missing := b.PublicItem(t.Context(), "AA-1999-000001")
	code(t, disclosure.NotFound, missing)
	for name, i := range hidden {
		_, err := b.PublicItem(t.Context(), i.Number)
		require.Equal(t, missing, err, "%s is as if it did not exist", name)
	}
	list, err := b.PublicItems(t.Context(), time.Time{}, "", 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, out.Number, list[0].Number)

	item, err := b.PublicItem(t.Context(), out.Number)
	require.NoError(t, err)
	require.Equal(t, out.Case.Manifest, item.Hash)
	require.False(t, item.ReleasedAt.Before(out.Case.NotBefore))
	body, content, err := b.PublicBytes(t.Context(), item, "")
	require.NoError(t, err)
	require.Equal(t, out.Body, string(body))
	require.Equal(t, item.Manifest.Body, content)
	file, _, err := b.PublicBytes(t.Context(), item, "附件.txt")
	require.NoError(t, err)
	require.Equal(t, "附件内容", string(file))
	_, _, err = b.PublicBytes(t.Context(), item, "../附件.txt")
	code(t, disclosure.NotFound, err)
}

// TestF9: between the approval and the instant the draft, the row and even the
// versions may change; out comes what was approved, or nothing.
func TestF9_ApprovedBytesOrNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0))
	err := b.EditDraft(t.Context(), i.ID, i.DraftRevision(t), b.Drafter, "edit", func(d *disclosure.Draft, _ func([]byte) (string, error)) error {
		d.Title = "改过的标题"
		return nil
	})
	code(t, disclosure.WrongState, err)

	// A bug lets the draft be edited and frozen all the same, and moves the row on.
	require.NoError(t, run(t.Context(), b, `UPDATE disclosures SET state = 'draft' WHERE id = $1`, i.ID))
	i.Edit(t, b.Colleague, func(d *disclosure.Draft, put func([]byte) (string, error)) error {
		d.Title = "改过的标题"
		blob, err := put([]byte("<p>没有批准的正文</p>"))
		d.Body = &disclosure.File{Blob: blob, Named: disclosure.Named{Content: disclosure.Sum("text/html; charset=utf-8", []byte("<p>没有批准的正文</p>"))}}
		return err
	})
	f := i.Frozen(t, b.Colleague)
	require.NoError(t, run(t.Context(), b, `UPDATE disclosures SET state = 'armed', version = $2, manifest_hash = $3 WHERE id = $1`, i.ID, f.Version, f.Hash))
	require.Equal(t, "grants_fixed", try(t, b.app, `UPDATE grants SET version = $2, manifest_hash = $3 WHERE disclosure_id = $1`, i.ID, f.Version, f.Hash))

	item, err := b.PublicItem(t.Context(), i.Number)
	require.NoError(t, err)
	require.Equal(t, i.Case.Manifest, item.Hash)
	require.Equal(t, "安全生产检查通知", item.Manifest.Metadata.Title)
	body, _, err := b.PublicBytes(t.Context(), item, "")
	require.NoError(t, err)
	require.Equal(t, i.Body, string(body))

	// Other bytes under the approved name, properly sealed by whoever has the keys.
	key, err := b.Vault.Unwrap(cell[[]byte](t, b, `SELECT wrapped FROM item_keys WHERE disclosure_id = $1`, i.ID))
	require.NoError(t, err)
	blob := item.Draft.Body.Blob
	b.surgery(t, `UPDATE blobs SET sealed = $3 WHERE disclosure_id = $1 AND id = $2`, i.ID, blob,
		key.Seal("disclosure/"+i.ID+"/blob/"+blob, []byte("<p>没有批准的正文</p>")))
	_, _, err = b.PublicBytes(t.Context(), item, "")
	require.ErrorContains(t, err, "not the approved ones")
}

// A manifest that does not have its hash is not shown, and does not take the others
// on its page with it.
func TestF11_OneDamagedItemLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()

	b := setup(t)
	var numbers []string
	var all []*testkit.Item
	for range 5 {
		i := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0))
		all, numbers = append(all, i), append([]string{i.Number}, numbers...)
	}
	bad := all[3]
	key, err := b.Vault.Unwrap(cell[[]byte](t, b, `SELECT wrapped FROM item_keys WHERE disclosure_id = $1`, bad.ID))
	require.NoError(t, err)
	forged := key.Seal(fmt.Sprintf("disclosure/%s/manifest/%d", bad.ID, 1), []byte(`{"metadata":{"title":"假的"}}`))
	b.surgery(t, `UPDATE versions SET sealed_manifest = $2 WHERE disclosure_id = $1`, bad.ID, forged)
	_, err = b.PublicItem(t.Context(), bad.Number)
	require.ErrorContains(t, err, "does not have its hash")

	numbers = slices.DeleteFunc(numbers, func(n string) bool { return n == bad.Number })
	var got []string
	before, number := time.Time{}, ""
	for { // page by page
		page, err := b.PublicItems(t.Context(), before, number, 2)
		require.NoError(t, err)
		for _, p := range page {
			got = append(got, p.Number)
			before, number = p.ReleasedAt, p.Number
		}
		if len(page) < 2 {
			break
		}
	}
	require.Equal(t, numbers, got, "newest first, none twice, none lost")
}

// No cache may outlive the next instant at which something could become public.
func TestNextReleaseIsTheNextInstant(t *testing.T) {
	t.Parallel()

	b := setup(t)
	next := func() time.Time {
		at, now, err := b.NextRelease(t.Context())
		require.NoError(t, err)
		require.WithinDuration(t, time.Now(), now, time.Minute, "by the clock that rules")
		return at
	}
	require.Zero(t, next())
	testkit.InReview(t, b.Stored, b.Bureau, testkit.ReleaseIn(time.Minute))
	testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0))
	require.Zero(t, next(), "neither what nobody approved nor what is out")
	second := testkit.Approved(t, b.Stored, b.Bureau, testkit.ReleaseIn(2*time.Hour))
	first := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(time.Hour))
	require.WithinDuration(t, first.Case.ReleaseAt, next(), time.Microsecond)
	first.Must(t, act(t, first, disclosure.Withdraw, b.Drafter))
	require.WithinDuration(t, second.Case.ReleaseAt, next(), time.Microsecond)
}

// What is public gives way to its correction when that takes effect, and not before;
// then for good.
func TestACorrectionTakesThePlaceWhenItTakesEffect(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := dueNow(t, b)
	correction := newID()
	require.NoError(t, b.Correct(t.Context(), correction, i.ID, b.Drafter))
	require.NoError(t, b.Correct(t.Context(), correction, i.ID, b.Drafter), "the same again is the same one")
	code(t, disclosure.CorrectionOpen, b.Correct(t.Context(), newID(), i.ID, b.Drafter))
	row, err := b.Disclosure(t.Context(), b.Drafter, correction)
	require.NoError(t, err)
	require.Equal(t, []any{i.Number, 2, i.ID}, []any{row.Number, row.Edition, *row.Corrects})
	people, err := b.Contributors(t.Context(), correction)
	require.NoError(t, err)
	old, err := b.Contributors(t.Context(), i.ID)
	require.NoError(t, err)
	require.Equal(t, old, people, "who contributed to the one has contributed to the other")

	b.surgery(t, `INSERT INTO grants (id, disclosure_id, version, manifest_hash, unit_id, kind, channels, not_before, latest, late, release_at, generation)
		SELECT gen_random_uuid(), $1, 1, manifest_hash, unit_id, kind, '{portal}', now() - interval '1 day', now() + interval '1 day', 'now', now(), 1
		  FROM grants WHERE disclosure_id = $2`, correction, i.ID)
	for _, c := range []struct {
		name, set string
		stays     bool
	}{
		{"not armed", `armed_at = NULL`, true},
		{"its instant has not come", `armed_at = now(), release_at = now() + interval '1 hour'`, true},
		{"withdrawn before its instant", `armed_at = now() - interval '2 hours', release_at = now() - interval '1 minute', revoked_at = now() - interval '1 hour'`, true},
		{"not for the portal", `armed_at = now() - interval '2 hours', release_at = now() - interval '1 hour', revoked_at = NULL, channels = '{webhook}'`, true},
		{"in effect", `channels = '{portal}'`, false},
		{"recalled", `revoked_at = now()`, false},
	} {
		b.surgery(t, `UPDATE grants SET `+c.set+` WHERE disclosure_id = $1`, correction)
		require.Equal(t, c.stays, cell[bool](t, b, `SELECT is_public(g) FROM grants g WHERE disclosure_id = $1`, i.ID), c.name)
		superseded, err := b.Superseded(t.Context(), i.ID)
		require.NoError(t, err)
		require.Equal(t, c.stays, !superseded, c.name)
	}
	require.NoError(t, b.AddFreeze(t.Context(), newID(), b.Officer, "all", "", "演练"))
	b.surgery(t, `UPDATE grants SET armed_at = now(), release_at = now(), revoked_at = NULL WHERE disclosure_id = $1`, correction)
	require.True(t, cell[bool](t, b, `SELECT is_public(g) FROM grants g WHERE disclosure_id = $1`, i.ID), "frozen")
}
