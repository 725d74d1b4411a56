package console

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// TestABypassIsSeenUntilItIsJudged shows on the item where the look afterwards stands, and the
// form to whoever may take it.
func TestABypassIsSeenUntilItIsJudged(t *testing.T) {
	t.Parallel()

	for _, x := range []struct {
		r     desk.Ratification
		can   []string
		shown []string
		form  bool
	}{
		{desk.Ratification{Bypass: "b1", DueAt: morning}, []string{"ratify"}, []string{"待追认"}, true},
		{desk.Ratification{Bypass: "b1", DueAt: morning, Overdue: true}, nil, []string{"逾期未追认"}, false},
		{
			desk.Ratification{Bypass: "b1", DueAt: morning, Outcome: disclosure.Objected, By: &desk.Ref{Name: "江屿"}, At: &morning, Opinion: "不当"},
			[]string{"recall"},
			[]string{"提出异议", "江屿", "不当", `href="#recall"`},
			false,
		},
	} {
		b := setup(t, plain())
		b.desk.item.State, b.desk.item.Bypassed, b.desk.item.Ratification, b.desk.item.Can = disclosure.Released, true, &x.r, x.can
		got := b.get(t, "leader", "/console/items/d1")
		require.Equal(t, http.StatusOK, got.Code)
		page := got.Body.String()
		for _, s := range x.shown {
			require.Contains(t, page, s)
		}
		if x.form {
			require.Contains(t, page, `action="/console/items/d1/ratify"`)
		} else {
			require.NotContains(t, page, `action="/console/items/d1/ratify"`)
		}
	}
}
