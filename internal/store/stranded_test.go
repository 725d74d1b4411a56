//go:build linux

package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

func TestAStepForWhichNobodyIsLeftIsToldOnceToThoseWhoCanAppoint(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.InReview(t, b.Stored, b.Bureau)
	look := func() string {
		t.Helper()
		n, err := b.Strand(t.Context(), 100)
		require.NoError(t, err)
		require.LessOrEqual(t, n, 1)
		again, err := b.Strand(t.Context(), 100)
		require.NoError(t, err)
		require.Zero(t, again, "what has not changed is not looked at again")
		step, err := b.StrandedAt(t.Context(), i.ID)
		require.NoError(t, err)
		return step
	}
	told := func(p disclosure.Person) int {
		return cell[int](t, b, `SELECT count(*) FROM notices WHERE kind = 'stranded' AND person_id = $1`, p.ID)
	}
	disable := func(p disclosure.Person, disabled bool) {
		t.Helper()
		now, err := b.Now(t.Context())
		require.NoError(t, err)
		require.NoError(t, b.ChangeAccount(t.Context(), b.SystemAdmin, p.ID, map[bool]string{true: "disable", false: "enable"}[disabled], "离任", func(a *store.Account) error {
			a.DisabledAt = nil
			if disabled {
				a.DisabledAt = &now
			}
			return nil
		}))
	}
	require.Empty(t, look())

	disable(b.Deputy, true)
	require.Equal(t, "leader", look(), "two steps before it is reached")
	require.Equal(t, []int{1, 1, 1, 0}, []int{told(b.Drafter), told(b.Officer), told(b.SecurityAdmin), told(b.Head)})
	i.Must(t, i.Decision(t, b.Head, disclosure.Disclose))
	require.Equal(t, "leader", look())
	require.Equal(t, 1, told(b.Officer), "which is known")

	disable(b.Deputy, false)
	require.Empty(t, look())
	disable(b.Deputy, true)
	require.Equal(t, "leader", look())
	require.Equal(t, 2, told(b.Officer), "found and lost again")

	disable(b.Deputy, false)
	look()
	i.Must(t, i.Decision(t, b.Confidentiality, disclosure.Disclose))
	i.Must(t, i.Decision(t, b.Deputy, disclosure.Disclose))
	require.Empty(t, look(), "nothing waits any more")
}
