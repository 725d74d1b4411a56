package console

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// The drawing says how far an item has come, also when it has gone back or ended.
func TestTheRouteShowsHowFarAnItemHasCome(t *testing.T) {
	t.Parallel()

	route := disclosure.Routes()[0]
	last := len(route.Steps) + 1
	for _, c := range []struct {
		state disclosure.State
		step  string
		want  int
	}{
		{disclosure.SelfReview, "", 0},
		{disclosure.Returned, "", 0},
		{disclosure.InReview, "confidentiality", 2},
		{disclosure.Approved, "", last},
		{disclosure.Held, "", last},
		{disclosure.Released, "", last + 1},
		{disclosure.Recalled, "", last + 1},
		{disclosure.NotReleased, "", 2}, // where the last person decided
		{disclosure.OnAsk, "", 2},
	} {
		p := itemPage{D: desk.Disclosure{
			Summary:   desk.Summary{State: c.state, Step: c.step},
			Route:     &route,
			Decisions: []desk.Decision{{Step: "section"}, {Step: "confidentiality"}},
		}}
		require.Equal(t, c.want, p.position(), c.state)
	}
}
