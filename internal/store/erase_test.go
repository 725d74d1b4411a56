package store_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/detect"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

func found(class detect.Class, excerpt string) store.Found {
	return store.Found{File: "body", Finding: detect.Finding{Rule: "id-card", Class: class, Part: "body", Excerpt: excerpt, Context: "…" + excerpt + "…"}}
}

// disposed checks a submission with one finding and lets the drafter dispose of it.
func disposed(t *testing.T, b bundle, i *testkit.Item) {
	t.Helper()
	require.NoError(t, b.SaveCheck(t.Context(), i.ID, i.Case.Version, testkit.RuleSet, []store.Found{found(detect.Hold, "甲")}))
	i.Must(t, disclosure.Act{Type: disclosure.Checked, OpenFindings: 1})
	rows, err := b.Findings(t.Context(), i.ID, i.Case.Version)
	require.NoError(t, err)
	a := act(t, i, disclosure.Dispose, b.Drafter)
	a.Finding, a.Disposition = rows[0].ID, disclosure.LawfulHere
	open, err := b.Dispose(t.Context(), i.ID, i.Case.Version, a)
	require.NoError(t, err)
	require.Zero(t, open)
	a.OpenFindings = open
	i.Must(t, a)
}

func TestWhatWasDisposedOfStaysSoInTheNextVersion(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.Submitted(t, b.Stored, b.Bureau)
	disposed(t, b, i)
	i.Must(t, i.Decision(t, b.Head, disclosure.ReturnToEarlier))
	i.Submit(t, b.Drafter)
	again := []store.Found{found(detect.Hold, "甲"), found(detect.Hold, "乙"), found(detect.Info, "丙"), found(detect.Block, "丁")}
	for range 2 { // a second time changes nothing
		require.NoError(t, b.SaveCheck(t.Context(), i.ID, 2, testkit.RuleSet, again))
	}
	rows, err := b.Findings(t.Context(), i.ID, 2)
	require.NoError(t, err)
	require.Len(t, rows, 4)
	require.Equal(t, disclosure.LawfulHere, *rows[0].Disposition)
	require.Equal(t, "原因", rows[0].Why)
	require.Equal(t, []bool{false, true, false, true}, []bool{rows[0].Open(), rows[1].Open(), rows[2].Open(), rows[3].Open()})
	open, err := b.OpenFindings(t.Context(), i.ID, 2)
	require.NoError(t, err)
	require.Equal(t, 2, open)

	a := act(t, i, disclosure.Dispose, b.Drafter)
	a.Disposition, a.Finding = disclosure.FalseAlarm, rows[3].ID
	_, err = b.Dispose(t.Context(), i.ID, 2, a)
	code(t, disclosure.FindingBlocks, err)
	for _, unknown := range []string{"", "x", newID()} {
		a.Finding = unknown
		_, err = b.Dispose(t.Context(), i.ID, 2, a)
		code(t, disclosure.FindingUnknown, err)
	}

	// The same words in another disclosure are looked at anew.
	other := testkit.Submitted(t, b.Stored, b.Bureau)
	require.NoError(t, b.SaveCheck(t.Context(), other.ID, 1, testkit.RuleSet, again[:1]))
	open, err = b.OpenFindings(t.Context(), other.ID, 1)
	require.NoError(t, err)
	require.Equal(t, 1, open)
	a.Finding = rows[1].ID
	_, err = b.Dispose(t.Context(), other.ID, 1, a)
	code(t, disclosure.FindingUnknown, err)
}

// A quarantine keeps the hash and one line. The rest cannot be read by anyone, from
// the database or from any copy of it, keys included.
func TestAQuarantineErases(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.Submitted(t, b.Stored, b.Bureau, testkit.Attach("图.txt", "附件内容"))
	disposed(t, b, i)
	i.Must(t, i.Decision(t, b.Head, disclosure.ReturnToEarlier))
	i.Submit(t, b.Drafter)

	type copies struct{ blobs, manifests, opinions [][]byte }
	var old copies
	require.NoError(t, b.root.Select(&old.blobs, `SELECT sealed FROM blobs WHERE disclosure_id = $1`, i.ID))
	require.NoError(t, b.root.Select(&old.manifests, `SELECT sealed_manifest FROM versions WHERE disclosure_id = $1 ORDER BY version`, i.ID))
	require.NoError(t, b.root.Select(&old.opinions, `SELECT sealed FROM opinions WHERE disclosure_id = $1`, i.ID))
	version, err := b.Version(t.Context(), i.ID, 2)
	require.NoError(t, err)
	blob := version.Draft.Body.Blob

	sum := sha256.Sum256([]byte(i.Body))
	for range 2 { // a retry after a lost answer
		require.NoError(t, b.Quarantine(t.Context(), i.ID, 2, testkit.RuleSet, "机密★1年", sum[:], false))
	}
	i.Must(t, disclosure.Act{Type: disclosure.Checked, Quarantine: true})
	done, quarantine, err := b.CheckDone(t.Context(), i.ID, 2, testkit.RuleSet)
	require.NoError(t, err)
	require.True(t, done && quarantine)

	require.Zero(t, cell[int](t, b, `SELECT count(*) FROM blobs WHERE disclosure_id = $1`, i.ID))
	_, err = b.Blob(t.Context(), i.ID, blob)
	code(t, disclosure.NotFound, err)
	versions, err := b.Versions(t.Context(), i.ID)
	require.NoError(t, err)
	for n, v := range versions {
		require.False(t, v.Readable)
		require.Empty(t, v.Draft.Title)
		require.NotEmpty(t, v.Hash, "version %d: the hash is left", n)
	}
	_, err = b.Version(t.Context(), i.ID, 2)
	require.ErrorContains(t, err, "erased")
	for n := 1; n <= 2; n++ {
		rows, err := b.Findings(t.Context(), i.ID, n)
		require.NoError(t, err)
		require.Empty(t, rows)
	}
	events, err := b.Events(t.Context(), i.ID)
	require.NoError(t, err)
	require.NotEmpty(t, events)
	for _, e := range events {
		require.Empty(t, e.Words)
	}
	// With all the keys there are, and copies from before.
	key, err := b.Vault.Unwrap(cell[[]byte](t, b, `SELECT wrapped FROM item_keys WHERE disclosure_id = $1`, i.ID))
	require.NoError(t, err)
	for n, sealed := range old.manifests {
		_, err := key.Open(fmt.Sprintf("disclosure/%s/manifest/%d", i.ID, n+1), sealed)
		require.Error(t, err)
	}
	for _, sealed := range old.blobs {
		_, err := key.Open("disclosure/"+i.ID+"/blob/"+blob, sealed)
		require.Error(t, err)
	}

	row, err := b.Disclosure(t.Context(), b.Drafter, i.ID)
	require.NoError(t, err)
	require.Equal(t, "安全生产检查通知", row.Draft.Title, "what was typed into the form survives")
	require.Nil(t, row.Draft.Body)
	require.Nil(t, row.Draft.Source)
	require.Empty(t, row.Draft.Attachments)
	require.Equal(t, 1, cell[int](t, b, `SELECT count(*) FROM incidents`))
	incident, err := b.Incident(t.Context(), i.ID)
	require.NoError(t, err)
	require.Equal(t, "机密★1年", incident.Line)
	require.InDelta(t, 24, incident.DueAt.Sub(incident.OpenedAt).Hours(), 0.01)

	// Two people clear it; then this very file may come back, and no other.
	i.Must(t, act(t, i, disclosure.Clear, b.Confidentiality))
	cleared := func(content string) bool {
		sum := sha256.Sum256([]byte(content))
		yes, err := b.Cleared(t.Context(), i.ID, sum[:])
		require.NoError(t, err)
		return yes
	}
	require.False(t, cleared(i.Body), "one is not enough")
	i.Must(t, act(t, i, disclosure.Clear, b.Deputy))
	require.True(t, cleared(i.Body))
	require.False(t, cleared(i.Body+" "))
	incident, err = b.Incident(t.Context(), i.ID)
	require.NoError(t, err)
	require.NotNil(t, incident.ClosedAt)
	other := testkit.Submitted(t, b.Stored, b.Bureau)
	yes, err := b.Cleared(t.Context(), other.ID, sum[:])
	require.NoError(t, err)
	require.False(t, yes, "in another disclosure it is another question")

	i.Edit(t, b.Drafter, func(d *disclosure.Draft, put func([]byte) (string, error)) error {
		blob, err := put([]byte(i.Body))
		d.Body = &disclosure.File{Blob: blob, Named: disclosure.Named{Content: disclosure.Sum("text/html; charset=utf-8", []byte(i.Body))}}
		d.Source = d.Body
		return err
	})
	i.Submit(t, b.Drafter)
	fresh, err := b.Version(t.Context(), i.ID, 3)
	require.NoError(t, err)
	require.True(t, fresh.Readable, "and the road goes on under the new key")
}

func TestAMarkInTheFormErasesTheFormToo(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.Submitted(t, b.Stored, b.Bureau, testkit.Title("绝密：某事"))
	require.NoError(t, b.Quarantine(t.Context(), i.ID, 1, testkit.RuleSet, "绝密：某事", nil, true))
	row, err := b.Disclosure(t.Context(), b.Drafter, i.ID)
	require.NoError(t, err)
	require.Equal(t, disclosure.Draft{Metadata: disclosure.Metadata{Kind: "notice", FormedOn: "2026-01-05"}}, row.Draft)
}

func TestAnEditorSaysWhichDraftTheyChange(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.Draft(t, b.Stored, b.Bureau)
	revision := i.DraftRevision(t)
	title := func(s string) func(*disclosure.Draft, func([]byte) (string, error)) error {
		return func(d *disclosure.Draft, _ func([]byte) (string, error)) error { d.Title = s; return nil }
	}
	require.NoError(t, b.EditDraft(t.Context(), i.ID, revision, b.Colleague, "edit", title("一")))
	code(t, disclosure.PreconditionFailed, b.EditDraft(t.Context(), i.ID, revision, b.Drafter, "edit", title("二")))
	people, err := b.Contributors(t.Context(), i.ID)
	require.NoError(t, err)
	require.Equal(t, []string{b.Drafter.ID, b.Colleague.ID}, []string{people[0].ID, people[1].ID})

	_, err = b.FreezeVersion(t.Context(), i.ID, revision, b.Drafter, testkit.RuleSet, nil)
	code(t, disclosure.PreconditionFailed, err)
	first, again := i.Frozen(t, b.Drafter), i.Frozen(t, b.Drafter)
	require.Equal(t, first.Hash, again.Hash, "a submission that never arrived is made again from the same version")
	require.Equal(t, first.Version, again.Version)
	require.NoError(t, b.EditDraft(t.Context(), i.ID, revision+1, b.Drafter, "edit", title("三")))
	require.Equal(t, 2, i.Frozen(t, b.Drafter).Version, "other words are another version")
}

// Newer rules may find a mark in what was approved already: the content goes, and
// the permission with it.
func TestAMarkFoundBeforeArmingRevokesTheGrant(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.Approved(t, b.Stored, b.Bureau)
	sum := sha256.Sum256([]byte(i.Body))
	require.NoError(t, b.Quarantine(t.Context(), i.ID, 1, "newer rules", "机密★1年", sum[:], false))
	i.Must(t, disclosure.Act{Type: disclosure.Checked, Quarantine: true, Cause: "quarantined"})
	require.Zero(t, cell[int](t, b, `SELECT count(*) FROM grants WHERE disclosure_id = $1 AND revoked_at IS NULL`, i.ID))
	require.Equal(t, string(disclosure.InQuarantine), cell[string](t, b, `SELECT state FROM disclosures WHERE id = $1`, i.ID))
}
