package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/notice"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

// TestCommentsStandBesideTheDecision keeps a thread, tells whom it concerns, and counts it
// where somebody decides while it is open. What was said cannot be changed.
func TestCommentsStandBesideTheDecision(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.InReview(t, b.Stored, b.Bureau)
	kase, err := b.Case(t.Context(), i.ID)
	require.NoError(t, err)
	passage, err := disclosure.NewPassage("body", "body", "一、检查对象为企业。", "检查对象", -1)
	require.NoError(t, err)
	say := func(by disclosure.Person, thread, words string) string {
		c := store.Comment{ID: newID(), Thread: thread, Version: kase.Version, Manifest: kase.Manifest, Words: words, Passage: passage}
		if thread == "" {
			c.Thread = c.ID
		}
		require.NoError(t, b.AddComment(t.Context(), i.ID, c, by))
		require.NoError(t, b.AddComment(t.Context(), i.ID, c, by), "the same again is the same")
		return c.ID
	}
	told := func(p disclosure.Person) (n int) {
		rows, err := b.Notices(t.Context(), p.ID, true, 0, 100)
		require.NoError(t, err)
		for _, r := range rows {
			if r.Kind == notice.Comment {
				n++
			}
		}
		return n
	}
	thread := say(b.Head, "", "是否包括个体工商户")
	require.Equal(t, []int{1, 0}, []int{told(b.Drafter), told(b.Head)})
	say(b.Drafter, thread, "包括")
	say(b.Confidentiality, thread, "已核")
	require.Equal(t, []int{2, 2, 0}, []int{told(b.Drafter), told(b.Head), told(b.Confidentiality)}, "those who take part are told, never of their own")

	all, err := b.Comments(t.Context(), i.ID)
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.Equal(t, passage, all[0].Passage)
	require.Equal(t, "包括", all[1].Words)

	otherwise := `UPDATE comments SET words_id = passage_id WHERE id = $1`
	require.Equal(t, []string{"denied", "comments_fixed"}, []string{try(t, b.app, otherwise, thread), try(t, b.owner, otherwise, thread)})
	both(t, b, "a reply is resolved", "comments_resolved", `UPDATE comments SET resolved_at = now(), resolved_by = author_id WHERE thread_id = $1 AND id <> $1`, thread)
	both(t, b, "of a version that is none", "comments_place",
		`WITH n AS (SELECT gen_random_uuid() AS id) INSERT INTO comments (id, disclosure_id, thread_id, version, manifest_hash, passage_id, words_id, author_id)
		 SELECT n.id, disclosure_id, n.id, version, 'other', passage_id, words_id, author_id FROM comments c, n WHERE c.id = $1`, thread)

	open := func() (n int) {
		events, err := b.Events(t.Context(), i.ID)
		require.NoError(t, err)
		for _, e := range events {
			if e.OpenComments != nil {
				n = *e.OpenComments
			}
		}
		return n
	}
	i.Must(t, i.Decision(t, b.Head, disclosure.Disclose))
	require.Equal(t, 1, open())
	settle := func(again bool) {
		require.NoError(t, b.ResolveComment(t.Context(), i.ID, thread, "k", b.Drafter, again))
	}
	settle(false)
	settle(false)
	n, err := b.OpenComments(t.Context(), i.ID)
	require.NoError(t, err)
	require.Zero(t, n)
	i.Must(t, i.Decision(t, b.Confidentiality, disclosure.Disclose))
	require.Zero(t, open())
	settle(true)
	code(t, disclosure.NotFound, b.ResolveComment(t.Context(), i.ID, newID(), "k", b.Drafter, false))
}
