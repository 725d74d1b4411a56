package console

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// TestWhatWasNotMadePublicShowsItsReevaluations shows on the item what was concluded, what
// waits, and the form to whoever may conclude it.
func TestWhatWasNotMadePublicShowsItsReevaluations(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	b.desk.item.State, b.desk.item.Can = disclosure.NotReleased, nil
	page := func() string {
		got := b.get(t, "leader", "/console/items/d1")
		require.Equal(t, http.StatusOK, got.Code)
		return got.Body.String()
	}
	require.NotContains(t, page(), `id="reevaluation"`)
	b.desk.item.Can = []string{"reevaluate"}
	require.Contains(t, page(), `action="/console/items/d1/reevaluate"`, "also when nobody asks for it")
	b.desk.item.Reevaluations = []desk.Reevaluation{
		{DueAt: &morning, Overdue: true},
		{Outcome: disclosure.MayBeOpen, By: &desk.Ref{Name: "江屿"}, At: &morning, Opinion: "决定已经形成", Successor: &desk.Ref{ID: "d2", Name: "SF-2026-000009"}},
		{Outcome: disclosure.StaysClosed, By: &desk.Ref{Name: "江屿"}, At: &morning, Opinion: "情势未变"},
	}
	shown := page()
	for _, s := range []string{"逾期未评估", "决定已经形成", `<a href="/console/items/d2">另起的草稿 SF-2026-000009</a>`, "情势未变", "维持"} {
		require.Contains(t, shown, s)
	}
	b.desk.item.Can = nil
	require.NotContains(t, page(), `action="/console/items/d1/reevaluate"`)
}
