package desk

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

func TestATrailIsWhatTheLedgerHolds(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	i := testkit.InReview(t, p.Stored, p.Bureau)
	other := testkit.InReview(t, p.Stored, p.Bureau)
	i.Must(t, i.Decision(t, p.Head, disclosure.Disclose))
	_, err := p.Get(t.Context(), p.as(p.Confidentiality), i.ID)
	require.NoError(t, err)
	_, err = p.Get(t.Context(), p.as(p.SystemAdmin), i.ID)
	require.Error(t, err)
	_, err = p.Get(t.Context(), p.as(p.Confidentiality), other.ID)
	require.NoError(t, err)

	waiting, err := p.Trail(t.Context(), p.as(p.Drafter), i.ID, TrailQuery{})
	require.NoError(t, err)
	require.False(t, waiting.Sealed)
	_, err = p.Store.Sequence(t.Context(), "test.example/log")
	require.NoError(t, err)

	all, err := p.Trail(t.Context(), p.as(p.Drafter), i.ID, TrailQuery{})
	require.NoError(t, err)
	require.True(t, all.Sealed)
	require.NotNil(t, all.Head)
	require.Equal(t, 1, all.Counts[store.TrailRefused])
	require.Equal(t, len(all.Items), all.Counts[store.TrailActs]+all.Counts[store.TrailReads]+all.Counts[store.TrailRefused], "every row is of one sort")

	var decided *TrailEntry
	for n, e := range all.Items {
		if e.Seq == nil {
			require.Equal(t, "read_timeline", e.Action, "only this look has no place yet")
			continue
		}
		hash := testkit.Cell[[]byte](t, p.Stored, `SELECT hash FROM shenfa.ledger_hashes WHERE n = $1`, tlog.StoredHashIndex(0, *e.Seq))
		require.Equal(t, hex.EncodeToString(hash), e.Digest, "the digest is the leaf that the tree proves")
		if e.Action == string(disclosure.Decide) {
			decided = &all.Items[n]
		}
	}
	require.NotNil(t, decided)
	require.Equal(t, p.Head.ID, decided.Actor.ID)
	require.Equal(t, p.Head.RoleFor(disclosure.MayDecide), decided.Act.Role)
	require.Equal(t, "意见", decided.Act.Opinion)

	refused, err := p.Trail(t.Context(), p.as(p.Drafter), i.ID, TrailQuery{Sort: store.TrailRefused})
	require.NoError(t, err)
	require.Len(t, refused.Items, 1)
	require.Equal(t, p.SystemAdmin.ID, refused.Items[0].Actor.ID)
	require.Equal(t, string(disclosure.Forbidden), refused.Items[0].Outcome)

	for range trailPage {
		_, err := p.Get(t.Context(), p.as(p.Confidentiality), i.ID)
		require.NoError(t, err)
	}
	seen, cursor, pages := map[string]int{}, "", 0
	for {
		page, err := p.Trail(t.Context(), p.as(p.Drafter), i.ID, TrailQuery{Cursor: cursor, Sort: store.TrailReads})
		require.NoError(t, err)
		pages++
		for _, e := range page.Items {
			seen[e.At.String()]++
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	require.Equal(t, 2, pages)
	for at, n := range seen {
		require.Equal(t, 1, n, at)
	}

	_, err = p.Trail(t.Context(), p.as(p.Stranger), other.ID, TrailQuery{})
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(err))
	_, err = p.Trail(t.Context(), p.as(p.Drafter), i.ID, TrailQuery{Sort: "all"})
	require.Equal(t, disclosure.BadValue, disclosure.CodeOf(err))
	_, err = p.Trail(t.Context(), p.as(p.Drafter), i.ID, TrailQuery{Cursor: "-1"})
	require.Equal(t, disclosure.BadValue, disclosure.CodeOf(err))
}
