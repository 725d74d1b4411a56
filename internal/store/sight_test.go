package store_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

// Who may see a disclosure at all, by state: the list, the page and the plan agree.
func TestWhoMaySee(t *testing.T) {
	t.Parallel()

	b := setup(t)
	neighbours := testkit.AddBureau(t, b.Stored, "BB")
	section := []string{"drafter", "colleague", "head"}
	unit := append([]string{"confidentiality", "second_reviewer", "legal", "deputy", "principal", "officer", "duty_officer", "duty_leader"}, section...)

	for _, c := range []struct {
		name string
		item *testkit.Item
		see  []string
	}{
		{"draft", testkit.Draft(t, b.Stored, b.Bureau), section},
		{"submitted", testkit.Submitted(t, b.Stored, b.Bureau), unit},
		{"in review", testkit.InReview(t, b.Stored, b.Bureau), unit},
		{"armed", testkit.Armed(t, b.Stored, b.Bureau), unit},
		{"returned", func() *testkit.Item {
			i := testkit.InReview(t, b.Stored, b.Bureau)
			i.Must(t, i.Decision(t, b.Head, disclosure.ReturnToEarlier))
			return i
		}(), unit},
		{"draft that a stranger worked on", func() *testkit.Item {
			i := testkit.Draft(t, b.Stored, b.Bureau)
			i.Edit(t, b.Stranger, func(*disclosure.Draft, func([]byte) (string, error)) error { return nil })
			return i
		}(), append([]string{"stranger"}, section...)},
	} {
		var see []string
		for name, p := range b.Everyone() {
			row, err := b.Disclosure(t.Context(), p, c.item.ID)
			if err == nil {
				see = append(see, name)
				require.Equal(t, c.item.Number, row.Number)
			} else {
				code(t, disclosure.NotFound, err)
			}
			rows, listErr := b.Disclosures(t.Context(), p, store.List{Limit: 100})
			require.NoError(t, listErr)
			listed := slices.ContainsFunc(rows, func(r store.Row) bool { return r.ID == c.item.ID })
			require.Equal(t, err == nil, listed, "%s: list and page disagree for %s", c.name, name)
		}
		require.ElementsMatch(t, c.see, see, c.name)
		for name, p := range neighbours.Everyone() {
			_, err := b.Disclosure(t.Context(), p, c.item.ID)
			require.Equal(t, disclosure.NotFound, disclosure.CodeOf(err), "%s of another unit", name)
		}
	}
	for _, id := range []string{"", "x", newID()} {
		_, err := b.Disclosure(t.Context(), b.Drafter, id)
		code(t, disclosure.NotFound, err)
	}
}

func TestTheInboxHoldsWhatThePersonMayDecide(t *testing.T) {
	t.Parallel()

	b := setup(t)
	// One who sits on both seats of the joint review.
	double := disclosure.Person{ID: newID(), Unit: b.Unit, Section: b.OtherSection, Roles: []disclosure.Role{disclosure.Confidentiality, disclosure.Legal}}
	require.NoError(t, b.EnsureBureau(t.Context(), store.Bureau{ID: b.Unit, Name: b.Unit, Code: b.Unit, People: []store.Account{
		{ID: double.ID, Login: "double", Name: "两个角色", Section: double.Section, Roles: double.Roles},
	}}))
	everyone := b.Everyone()
	everyone["double"] = double
	who := func(i *testkit.Item) []string {
		var out []string
		for _, name := range slices.Sorted(maps.Keys(everyone)) {
			rows, err := b.Inbox(t.Context(), everyone[name], time.Time{}, 0, 50)
			require.NoError(t, err)
			for _, r := range rows {
				if r.ID == i.ID {
					require.Equal(t, i.Case.State, disclosure.State(r.State))
					out = append(out, name)
				}
			}
		}
		return out
	}

	i := testkit.InReview(t, b.Stored, b.Bureau, testkit.Kind("penalty"))
	require.Equal(t, []string{"head"}, who(i))
	i.Must(t, i.Decision(t, b.Head, disclosure.Disclose))
	require.Equal(t, []string{"confidentiality", "double", "double", "legal", "second_reviewer"}, who(i))
	i.Must(t, i.Decision(t, double, disclosure.Disclose)) // as confidentiality reviewer
	require.Equal(t, []string{"legal"}, who(i), "who has decided does not sit on the second seat")
	i.Must(t, i.Decision(t, b.Legal, disclosure.Disclose))
	require.Equal(t, []string{"deputy"}, who(i))
	i.Must(t, i.Decision(t, b.Deputy, disclosure.Disclose))
	require.Empty(t, who(i))

	own := testkit.Draft(t, b.Stored, b.Bureau)
	own.Edit(t, b.Head, func(*disclosure.Draft, func([]byte) (string, error)) error { return nil })
	own.Submit(t, b.Drafter)
	own.Must(t, disclosure.Act{Type: disclosure.Checked})
	require.Empty(t, who(own), "the only head has contributed")

	asked := testkit.InReview(t, b.Stored, b.Bureau)
	asked.Must(t, asked.Decision(t, b.Head, disclosure.Disclose))
	asked.Must(t, asked.Decision(t, b.Confidentiality, disclosure.ReportUp))
	require.Equal(t, []string{"confidentiality", "double", "officer", "second_reviewer"}, who(asked))
	asked.Must(t, asked.Decision(t, b.Officer, disclosure.Disclose))
	require.Equal(t, []string{"confidentiality", "double", "second_reviewer"}, who(asked))

	open, err := b.OpenTasks(t.Context(), asked.ID)
	require.NoError(t, err)
	require.Len(t, open, 1)
	require.Equal(t, "confidentiality", open[0].TaskStep)
}

func TestTheInboxIsReadPageByPageByDueTime(t *testing.T) {
	t.Parallel()

	b := setup(t)
	var want []string
	for range 5 {
		want = append(want, testkit.InReview(t, b.Stored, b.Bureau).ID)
	}
	var got []string
	after, id := time.Time{}, int64(0)
	for {
		page, err := b.Inbox(t.Context(), b.Head, after, id, 2)
		require.NoError(t, err)
		for _, r := range page {
			got = append(got, r.ID)
			after, id = r.DueAt, r.TaskID
		}
		if len(page) < 2 {
			break
		}
	}
	require.Equal(t, want, got)
}
