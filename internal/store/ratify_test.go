package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

// TestABypassWaitsForSomebodyWithNoPartInIt approves after a bypass and asks for a look
// afterwards: by nobody who had a part in it, once, with an objection that opens an incident.
func TestABypassWaitsForSomebodyWithNoPartInIt(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.InReview(t, b.Stored, b.Bureau)
	before, err := b.Ratification(t.Context(), i.ID)
	require.NoError(t, err)
	require.Nil(t, before)
	i.Must(t, disclosure.Act{ID: newID(), Type: disclosure.Bypass, By: b.Principal, Manifest: i.Case.Manifest, Opinion: i.Words(t, "bypass", "暴雨")})
	before, err = b.Ratification(t.Context(), i.ID)
	require.NoError(t, err)
	require.Nil(t, before, "until it is approved, nothing was done with it")
	i.Must(t, i.Decision(t, b.Confidentiality, disclosure.Disclose))
	require.Equal(t, disclosure.Approved, i.Case.State)

	open, err := b.Ratification(t.Context(), i.ID)
	require.NoError(t, err)
	require.Nil(t, open.Outcome)
	require.True(t, open.DueAt.After(open.OpenedAt))
	waits := func(p disclosure.Person) bool {
		rows, err := b.Inbox(t.Context(), p, time.Time{}, 0, 10)
		require.NoError(t, err)
		return slices.ContainsFunc(rows, func(x store.Task) bool { return x.TaskStep == disclosure.RatifyStep && x.Row.ID == i.ID })
	}
	require.True(t, waits(b.Deputy))
	require.False(t, waits(b.Principal), "who did it is not asked")
	i.Must(t, disclosure.Act{ID: newID(), Type: disclosure.Withdraw, By: b.Drafter, Opinion: i.Words(t, "withdraw", "改期")})
	require.True(t, waits(b.Deputy), "also once it is taken back: it was used")

	words := i.Words(t, "ratify", "不当")
	for name, c := range map[string]struct {
		by   disclosure.Person
		want disclosure.Code
	}{
		"who shortened it": {b.Principal, disclosure.RatifyByParty}, "who decided": {b.Confidentiality, disclosure.RatifyByParty},
		"who contributed": {b.Drafter, disclosure.RatifyByParty}, "the head of a section": {b.OtherHead, disclosure.Forbidden},
	} {
		require.Equal(t, c.want, disclosure.CodeOf(b.Ratify(t.Context(), i.ID, open.Bypass, c.by, disclosure.Ratified, words)), name)
	}
	both(t, b, "an outcome of nobody", "ratifications_role_held", `UPDATE ratifications SET outcome = 'ratified', at = now() WHERE disclosure_id = $1`, i.ID)

	require.NoError(t, b.Ratify(t.Context(), i.ID, open.Bypass, b.Deputy, disclosure.Objected, words))
	require.NoError(t, b.Ratify(t.Context(), i.ID, open.Bypass, b.Deputy, disclosure.Objected, words), "the same again is the same")
	code(t, disclosure.NothingToRatify, b.Ratify(t.Context(), i.ID, open.Bypass, b.Deputy, disclosure.Ratified, i.Words(t, "again", "又可")))
	require.False(t, waits(b.Deputy))
	done, err := b.Ratification(t.Context(), i.ID)
	require.NoError(t, err)
	require.Equal(t, []any{disclosure.Objected, b.Deputy.ID, "不当"}, []any{*done.Outcome, *done.By, done.Words})
	incident, err := b.Incident(t.Context(), i.ID)
	require.NoError(t, err)
	require.Equal(t, "objection", incident.Type)
	both(t, b, "a second judgement", "ratifications_once", `UPDATE ratifications SET outcome = 'ratified' WHERE disclosure_id = $1`, i.ID)
	require.Equal(t, "denied", try(t, b.app, `DELETE FROM ratifications WHERE disclosure_id = $1`, i.ID))

	require.NoError(t, b.Quarantine(t.Context(), i.ID, 1, "newer rules", "机密★1年", nil, false))
	shut, err := b.Ratification(t.Context(), i.ID)
	require.NoError(t, err, "an erasure shuts the words and nothing else")
	require.Equal(t, []any{disclosure.Objected, ""}, []any{*shut.Outcome, shut.Words})
}

// TestAGrantAfterABypassNeedsTheLookAfterwards lets no shortened sign-off become a grant that
// nobody is asked to judge.
func TestAGrantAfterABypassNeedsTheLookAfterwards(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.InReview(t, b.Stored, b.Bureau)
	i.Must(t, disclosure.Act{ID: newID(), Type: disclosure.Bypass, By: b.Principal, Manifest: i.Case.Manifest, Opinion: i.Words(t, "bypass", "暴雨")})
	tx, err := b.owner.BeginTxx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.Exec(decision, i.ID, 1, i.Case.Manifest, "confidentiality", 0, b.Confidentiality.ID, disclosure.Confidentiality, disclosure.Disclose, true)
	require.NoError(t, err)
	_, err = tx.Exec(grant, i.ID, 1, i.Case.Manifest)
	require.NoError(t, err)
	require.Equal(t, "grants_bypass_judged", stopped(tx.Commit()))
}
