package disclosure

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAStationIsShortWhereNobodyIsLeft(t *testing.T) {
	t.Parallel()

	without := func(gone ...Person) []Person {
		return slices.DeleteFunc(slices.Clone(everyone), func(p Person) bool {
			return slices.ContainsFunc(gone, func(g Person) bool { return g.ID == p.ID })
		})
	}
	short := func(c Case, people []Person) []int {
		var n []int
		for _, s := range c.Stations(people) {
			n = append(n, s.Short)
		}
		return n
	}
	c := inReview(t, "important")
	require.Equal(t, []int{0, 0, 0, 0}, short(c, everyone))
	require.Equal(t, []int{0, 0, 1, 0}, short(c, without(deputy, allRounder)))
	require.Equal(t, []int{0, 1, 0, 0}, short(c, without(reviewer, reviewer2, allRounder)))

	// Whoever decided is not there for a later step; what is decided asks for nobody.
	c = pass(t, c, head)
	require.Equal(t, []int{0, 0, 0, 0}, short(c, without(head)))
	require.True(t, c.Stations(everyone)[0].Done)

	// One person who fits two steps sits at one of them.
	both := someone("both", "safety", Confidentiality, DeputyLeader)
	require.Equal(t, []int{0, 0, 1, 0}, short(c, []Person{both, principal}))
	require.Equal(t, []int{0, 0, 0, 0}, short(c, []Person{both, principal, deputy}), "they make room for one another")
	require.Equal(t, []int{0, 0, 0, 0}, short(c, []Person{both, principal, reviewer}))

	// An emergency asks for the essential steps only.
	c = take(t, c, Act{ID: "bypass", Type: Bypass, By: principal, At: monday, Manifest: c.Manifest, Opinion: "w"})
	require.Equal(t, []int{0, 0, 0, 0}, short(c, []Person{reviewer}))
}

func TestTheChangesOfAVersionAreListedByStep(t *testing.T) {
	t.Parallel()

	old := routeByID(t, "ordinary")
	next := old
	next.Steps = slices.Clone(old.Steps[1:])
	next.Steps[0].Limit = Limit{3, "working_day"}
	next.EffectiveFrom = "2027-01-01"
	var fields []string
	for _, c := range next.ChangesFrom(old) {
		fields = append(fields, c.Field)
	}
	require.Equal(t, []string{
		"effective_from", "steps", "steps.confidentiality.limit", "steps.section.essential", "steps.section.limit", "steps.section.name",
		"steps.section.outcomes", "steps.section.rule", "steps.section.seats",
	}, fields)
	require.Equal(t, RouteChange{"effective_from", `"2025-01-01"`, `"2027-01-01"`}, next.ChangesFrom(old)[0])
	require.Empty(t, old.ChangesFrom(old))
}
