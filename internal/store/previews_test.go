package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

// preview lets an invented reader read the item's version ahead, and returns the secret.
func preview(t *testing.T, b bundle, i *testkit.Item, embargo bool) (id, secret string) {
	t.Helper()
	p := store.Preview{ID: newID(), Disclosure: i.ID, Version: i.Case.Version, Manifest: i.Case.Manifest, Channels: i.Case.Channels, Reader: "韩玥"}
	secret = "secret " + p.ID
	require.NoError(t, b.AddPreview(t.Context(), p, b.Drafter, 24, embargo, secret))
	return p.ID, secret
}

func previewState(t *testing.T, b bundle, i *testkit.Item) string {
	t.Helper()
	all, err := b.Previews(t.Context(), i.ID)
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all[0].State
}

// A link shows its version as it was signed, names its reader, and each read is counted and
// in the ledger.
func TestALinkShowsItsVersionToItsReader(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.InReview(t, b.Stored, b.Bureau, testkit.Attach("名单.txt", "甲"))
	id, secret := preview(t, b, i, false)
	got, err := b.ReadBySecret(t.Context(), secret, "body")
	require.NoError(t, err)
	require.Equal(t, "韩玥", got.Reader)
	require.Equal(t, i.Case.Manifest, got.Content.Hash)
	body, _, err := b.PublicBytes(t.Context(), got.Content, "")
	require.NoError(t, err)
	require.Equal(t, i.Recipe.Body, string(body))
	file, _, err := b.PublicBytes(t.Context(), got.Content, "名单.txt")
	require.NoError(t, err)
	require.Equal(t, "甲", string(file))

	_, err = b.ReadBySecret(t.Context(), secret, "attachment 1")
	require.NoError(t, err)
	all, err := b.Previews(t.Context(), i.ID)
	require.NoError(t, err)
	require.Equal(t, 2, all[0].Reads)
	require.NotNil(t, all[0].LastReadAt)
	require.Equal(t, 2, cell[int](t, b, `SELECT count(*) FROM audit WHERE action = 'read_preview' AND actor = $1 AND object = $2 AND detail ->> 'version' = '1'`, "preview:"+id, i.ID))
	require.Zero(t, cell[int](t, b, `SELECT count(*) FROM previews p WHERE to_jsonb(p)::text LIKE '%' || $1 || '%' OR to_jsonb(p)::text LIKE '%韩玥%'`, secret), "neither secret nor name stands there open")

	_, err = b.ReadBySecret(t.Context(), secret+"x", "body")
	code(t, disclosure.NotFound, err)
	_, err = b.ReadByAccount(t.Context(), b.Legal.ID, id, "body")
	code(t, disclosure.NotFound, err)
	both(t, b, "a longer life", "previews_fixed", `UPDATE previews SET revoked_by = NULL, revoked_at = NULL, reads = reads - 1 WHERE id = $1`, id)
	require.Equal(t, "previews_fixed", try(t, b.owner, `UPDATE previews SET expires_at = expires_at + interval '1 day' WHERE id = $1`, id))
	require.Equal(t, "denied", try(t, b.app, `UPDATE previews SET expires_at = expires_at + interval '1 day' WHERE id = $1`, id))

	require.NoError(t, b.RevokePreview(t.Context(), i.ID, id, b.Head))
	require.NoError(t, b.RevokePreview(t.Context(), i.ID, id, b.Head), "revoked stays revoked")
	code(t, disclosure.NotFound, b.RevokePreview(t.Context(), i.ID, newID(), b.Head))
	_, err = b.ReadBySecret(t.Context(), secret, "body")
	code(t, disclosure.PreviewClosed, err)
}

// Whatever happens to an item closes what it showed ahead, at the next read.
func TestAPreviewClosesWith(t *testing.T) {
	t.Parallel()

	b := setup(t)
	act := func(i *testkit.Item, a disclosure.Act) {
		a.ID = newID()
		a.Opinion = i.Words(t, a.ID, "原因")
		i.Must(t, a)
	}
	for name, tc := range map[string]struct {
		make    func(testing.TB, testkit.Stored, testkit.Bureau, ...testkit.Option) *testkit.Item
		options []testkit.Option
		then    func(*testing.T, *testkit.Item)
		state   string
	}{
		"its end": {testkit.InReview, nil, func(t *testing.T, i *testkit.Item) {
			b.surgery(t, `UPDATE previews SET expires_at = now() WHERE disclosure_id = $1`, i.ID)
		}, "expired"},
		"a freeze": {testkit.InReview, []testkit.Option{testkit.Kind("penalty")}, func(t *testing.T, i *testkit.Item) {
			require.NoError(t, b.AddFreeze(t.Context(), newID(), b.Officer, store.FreezeKind, "penalty", "原因"))
		}, "frozen"},
		"a freeze of a channel": {testkit.Approved, []testkit.Option{testkit.Channels("portal", "webhook")}, func(t *testing.T, i *testkit.Item) {
			require.NoError(t, b.AddFreeze(t.Context(), newID(), b.Officer, store.FreezeChannel, "webhook", "原因"))
		}, "frozen"},
		"a return": {testkit.InReview, nil, func(t *testing.T, i *testkit.Item) { i.Must(t, i.Decision(t, b.Head, disclosure.ReturnToEarlier)) }, "stopped"},
		"a withdrawal": {testkit.Approved, nil, func(t *testing.T, i *testkit.Item) {
			act(i, disclosure.Act{Type: disclosure.Withdraw, By: b.Drafter})
		}, "stopped"},
		"a new version": {testkit.InReview, nil, func(t *testing.T, i *testkit.Item) {
			i.Must(t, i.Decision(t, b.Head, disclosure.ReturnToEarlier))
			i.Submit(t, b.Drafter)
			i.Must(t, disclosure.Act{Type: disclosure.Checked})
		}, "newer_version"},
		"its release": {testkit.Armed, []testkit.Option{testkit.ReleaseIn(700 * time.Millisecond)}, func(t *testing.T, i *testkit.Item) {
			require.Eventually(t, func() bool {
				return cell[bool](t, b, `SELECT is_public(g) FROM grants g WHERE disclosure_id = $1`, i.ID)
			}, 10*time.Second, 20*time.Millisecond)
		}, "released"},
		"its release and recall": {testkit.Armed, []testkit.Option{testkit.ReleaseIn(700 * time.Millisecond)}, func(t *testing.T, i *testkit.Item) {
			require.Eventually(t, func() bool {
				return cell[bool](t, b, `SELECT is_public(g) FROM grants g WHERE disclosure_id = $1`, i.ID)
			}, 10*time.Second, 20*time.Millisecond)
			i.Must(t, disclosure.Act{Type: disclosure.Due})
			act(i, disclosure.Act{Type: disclosure.Recall, By: b.Officer})
		}, "released"},
	} {
		t.Run(name, func(t *testing.T) {
			i := tc.make(t, b.Stored, b.Bureau, tc.options...)
			_, secret := preview(t, b, i, false)
			require.Equal(t, store.PreviewOpen, previewState(t, b, i))
			_, err := b.ReadBySecret(t.Context(), secret, "body")
			require.NoError(t, err)
			tc.then(t, i)
			require.Equal(t, tc.state, previewState(t, b, i))
			got, err := b.ReadBySecret(t.Context(), secret, "body")
			if name == "its release" {
				require.NoError(t, err)
				require.True(t, got.Public, "whoever comes now goes to the public page")
			} else {
				code(t, disclosure.PreviewClosed, err)
			}
			require.Empty(t, got.Content.Draft)
			require.Equal(t, 1, cell[int](t, b, `SELECT reads FROM previews WHERE disclosure_id = $1`, i.ID))
			both(t, b, "a read that was not let", "previews_open", `UPDATE previews SET reads = reads + 1 WHERE disclosure_id = $1`, i.ID)
		})
	}
}

// Nobody is shown a version ahead that is not on its way, nor by anybody who does not answer
// for the item.
func TestWhoMayShowWhatAhead(t *testing.T) {
	t.Parallel()

	b := setup(t)
	other := testkit.AddBureau(t, b.Stored, "BB")
	add := func(i *testkit.Item, by disclosure.Person) error {
		return b.AddPreview(t.Context(), store.Preview{ID: newID(), Disclosure: i.ID, Version: i.Case.Version, Manifest: i.Case.Manifest, Channels: i.Case.Channels, Reader: "韩玥"}, by, 1, false, newID())
	}
	i := testkit.InReview(t, b.Stored, b.Bureau)
	for _, p := range []disclosure.Person{b.Drafter, b.Head, b.Officer} {
		require.True(t, i.Case.AnswersFor(p))
		require.NoError(t, add(i, p))
	}
	for _, p := range []disclosure.Person{b.Legal, b.Confidentiality, b.Principal, other.Drafter, other.Head, other.Officer} {
		require.False(t, i.Case.AnswersFor(p))
		code(t, disclosure.NotYours, add(i, p))
	}
	quarantined := testkit.Submitted(t, b.Stored, b.Bureau)
	unchecked := testkit.Submitted(t, b.Stored, b.Bureau)
	quarantined.Must(t, disclosure.Act{Type: disclosure.Checked, Quarantine: true, OpenFindings: 1})
	findings := testkit.Submitted(t, b.Stored, b.Bureau)
	findings.Must(t, disclosure.Act{Type: disclosure.Checked, OpenFindings: 1})
	for name, i := range map[string]*testkit.Item{"unchecked": unchecked, "quarantined": quarantined, "with findings": findings} {
		require.Error(t, i.Case.Previewable(), name)
		code(t, disclosure.PreviewClosed, add(i, b.Drafter))
	}
	older := *i
	older.Case.Manifest = quarantined.Case.Manifest
	code(t, disclosure.PreviewClosed, add(&older, b.Drafter))
}

// F15: the window of an embargo list ends with the actual release, not with the planned one,
// and begins hours before whatever is planned now.
func TestF15_AnEmbargoEndsWithTheActualRelease(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.InReview(t, b.Stored, b.Bureau, testkit.ReleaseIn(48*time.Hour))
	_, secret := preview(t, b, i, true)
	require.Equal(t, store.PreviewWaiting, previewState(t, b, i), "nothing is approved")
	i.Approve(t)
	require.Equal(t, store.PreviewWaiting, previewState(t, b, i), "the hours have not come")
	_, err := b.ReadBySecret(t.Context(), secret, "body")
	code(t, disclosure.PreviewClosed, err)

	planned := func(in string) {
		b.surgery(t, `UPDATE grants SET not_before = now() - interval '9 days', release_at = now() + $2::interval, generation = generation + 1, armed_at = NULL WHERE disclosure_id = $1`, i.ID, in)
	}
	planned("23 hours 59 minutes")
	require.Equal(t, store.PreviewOpen, previewState(t, b, i))
	planned("24 hours 1 minute")
	require.Equal(t, store.PreviewWaiting, previewState(t, b, i), "it follows the plan")
	planned("-1 hour")
	require.Equal(t, store.PreviewOpen, previewState(t, b, i), "the planned instant is past, and nothing is out")
	b.surgery(t, `UPDATE grants SET late = 'now', armed_at = release_at WHERE disclosure_id = $1`, i.ID)
	require.True(t, cell[bool](t, b, `SELECT is_public(g) FROM grants g WHERE disclosure_id = $1`, i.ID))
	got, err := b.ReadBySecret(t.Context(), secret, "body")
	require.NoError(t, err)
	require.True(t, got.Public)

	pushed := testkit.Approved(t, b.Stored, b.Bureau, testkit.Channels("webhook"))
	preview(t, b, pushed, true)
	require.Equal(t, store.PreviewOpen, previewState(t, b, pushed))
	b.surgery(t, `INSERT INTO effects (key, disclosure_id, version, channel, generation, state, due_at) VALUES ($1, $2, 1, 'webhook', 1, 'sent', now())`, newID(), pushed.ID)
	require.Equal(t, "released", previewState(t, b, pushed), "out is out, on whatever channel")

	named := testkit.Approved(t, b.Stored, b.Bureau)
	p := store.Preview{ID: newID(), Disclosure: named.ID, Version: 1, Manifest: named.Case.Manifest, Channels: named.Case.Channels, Person: &b.Legal.ID}
	require.NoError(t, b.AddPreview(t.Context(), p, b.Officer, 24, true, ""))
	mine, err := b.PreviewsFor(t.Context(), b.Legal.ID)
	require.NoError(t, err)
	require.Len(t, mine, 1)
	require.NotNil(t, mine[0].OpensAt)
	_, err = b.ReadByAccount(t.Context(), b.Legal.ID, p.ID, "body")
	require.NoError(t, err)
	_, err = b.ReadByAccount(t.Context(), b.Principal.ID, p.ID, "body")
	code(t, disclosure.NotFound, err)
	p.ID, p.Person = newID(), new(testkit.AddBureau(t, b.Stored, "BB").Legal.ID)
	code(t, disclosure.NotEligible, b.AddPreview(t.Context(), p, b.Officer, 24, true, ""))
}
