//go:build linux

package desk

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

func TestNotesStayAmongThoseWhoMaySee(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	i := testkit.InReview(t, o.Stored, o.Bureau)
	for range 2 { // sent twice, kept once
		require.NoError(t, o.desk.AddNote(t.Context(), as(o.Head), i.ID, "k", " 请先问法制科。 "))
	}
	require.NoError(t, o.desk.AddNote(t.Context(), as(o.Drafter), i.ID, "k", "已问。"))
	notes, err := o.desk.Notes(t.Context(), as(o.Officer), i.ID)
	require.NoError(t, err)
	require.Len(t, notes, 2)
	require.Equal(t, []string{"请先问法制科。", o.Head.ID}, []string{notes[0].Words, notes[0].By.ID})

	_, err = o.desk.Notes(t.Context(), as(o.Stranger), i.ID)
	refused(t, disclosure.NotFound, err)
	refused(t, disclosure.NotFound, o.desk.AddNote(t.Context(), as(o.Stranger), i.ID, "k", "x"))
	refused(t, disclosure.Required, o.desk.AddNote(t.Context(), as(o.Head), i.ID, "k2", " \n"))
	refused(t, disclosure.TooLong, o.desk.AddNote(t.Context(), as(o.Head), i.ID, "k2", strings.Repeat("长", 2001)))

	require.NotContains(t, testkit.Cell[string](t, o.Stored, `SELECT string_agg(detail::text, '') FROM audit`), "法制科", "the ledger names the words, it does not tell them")
	i.Must(t, i.Decision(t, o.Head, disclosure.Disclose)) // a note makes nobody a contributor

	erased := testkit.Submitted(t, o.Stored, o.Bureau)
	require.NoError(t, o.desk.AddNote(t.Context(), as(o.Drafter), erased.ID, "k", "附件是机密。"))
	require.NoError(t, o.Quarantine(t.Context(), erased.ID, 1, testkit.RuleSet, "一行", make([]byte, 32), true))
	erased.Must(t, disclosure.Act{Type: disclosure.Checked, Quarantine: true})
	notes, err = o.desk.Notes(t.Context(), as(o.Drafter), erased.ID)
	require.NoError(t, err)
	require.Empty(t, notes, "what was said of it is gone with it")
	refused(t, disclosure.WrongState, o.desk.AddNote(t.Context(), as(o.Drafter), erased.ID, "k3", "又是机密。"))
}
