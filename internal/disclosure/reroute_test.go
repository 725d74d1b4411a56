package disclosure

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnItemIsPutOnALongerRouteAndBackAndOnNoOther(t *testing.T) {
	t.Parallel()

	ordinary, important, fast := routeByID(t, "ordinary"), routeByID(t, "important"), routeByID(t, "fast")
	on := func(c Case, by Person, to Route, words string) Act {
		return Act{ID: "r", Type: Reroute, By: by, Route: &to, Opinion: words, At: monday}
	}
	c := pass(t, inReview(t, "ordinary"), head)
	stranger := officer
	stranger.Unit = "other"
	keeper := someone("keeper", "office", SecurityAdmin)
	lighter := important
	lighter.ID, lighter.Steps = "lighter", append([]Step(nil), important.Steps...)
	lighter.Steps[1].Essential = false
	for name, x := range map[string]struct {
		act  Act
		code Code
	}{
		"who decides now":               {on(c, reviewer, important, "w"), ""},
		"who may release":               {on(c, officer, important, "w"), ""},
		"who keeps the routes":          {on(c, keeper, important, "w"), ""},
		"who wrote it":                  {on(c, author, important, "w"), Forbidden},
		"another unit's":                {on(c, stranger, important, "w"), Forbidden},
		"whoever has no part":           {on(c, lawyer, important, "w"), NotYourTask},
		"without a reason":              {on(c, officer, important, ""), ReasonRequired},
		"to nothing":                    {Act{Type: Reroute, By: officer, Opinion: "w"}, Required},
		"to where it is":                {on(c, officer, ordinary, "w"), RerouteSame},
		"to a shorter one":              {on(c, officer, fast, "w"), RerouteShorter},
		"to one that lets a step go by": {on(c, officer, lighter, "w"), RerouteShorter},
	} {
		_, err := c.Take(x.act)
		if x.code == "" {
			require.NoError(t, err, name)
			continue
		}
		require.Equal(t, x.code, CodeOf(err), name)
		presentable(t, err)
	}

	long := take(t, c, on(c, officer, important, "w"))
	require.Equal(t, []string{"head"}, who(long.Decisions), "what was decided stands")
	step, _ := long.CurrentStep()
	require.Equal(t, []any{"confidentiality", ordinary.Ref()}, []any{step.ID, long.Origin})
	long = pass(t, long, reviewer, deputy)
	require.Equal(t, InReview, long.State, "the principal leader has to sign as well")
	_, err := long.Take(on(long, officer, ordinary, "w"))
	require.Equal(t, RerouteNothingLeft, CodeOf(err), "nobody approves by changing the route")
	require.Equal(t, Approved, pass(t, long, principal).State)

	back := take(t, c, on(c, officer, important, "w"))
	back = take(t, back, on(back, reviewer, ordinary, "w"))
	require.Equal(t, c.Digest(), back.Digest(), "as if it had never been")

	returned := take(t, long, decides(long, principal, DisclosePart))
	again := take(t, returned, submission(t, returned, "ordinary"), Act{Type: Checked})
	require.Equal(t, "important", again.Route.ID, "a new version does not get off it")
}

func TestWhatIsPutAheadOfADecisionComesFirstAndTheDecisionStands(t *testing.T) {
	t.Parallel()

	c := pass(t, inReview(t, "ordinary"), head, reviewer)
	step, _ := c.CurrentStep()
	c = take(t, c, Act{ID: "s", Type: AddSigner, By: deputy, Step: step.ID, Where: SignAfter, Target: &principal, Opinion: "w", At: monday})
	to := longer(c, 1)
	c = take(t, c, Act{ID: "r", Type: Reroute, By: officer, Route: &to, Opinion: "w", At: monday})
	step, _ = c.CurrentStep()
	require.Equal(t, "extra_3", step.ID)
	c = pass(t, c, lawyer)
	step, _ = c.CurrentStep()
	require.Equal(t, "leader", step.ID, "the reviewer has decided already")
	c = pass(t, c, deputy)
	require.Equal(t, InReview, c.State, "who was added is still asked")
	require.Equal(t, Approved, pass(t, c, principal).State)
}
