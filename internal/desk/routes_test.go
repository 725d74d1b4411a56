package desk

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

// proposal is the next version of the ordinary route: two of three leaders, and the lawyer
// where personal information is found.
func proposal(t *testing.T, p planning) RouteInput {
	t.Helper()
	day, err := disclosure.LocalDay(p.now)
	require.NoError(t, err)
	all, err := p.Desk.Routes(t.Context(), p.as(p.Drafter))
	require.NoError(t, err)
	i := slices.IndexFunc(all, func(v RouteVersion) bool { return v.Route.ID == "ordinary" && v.Status == "in_force" })
	r := all[i].Route
	r.EffectiveFrom, r.Steps = day, slices.Clone(r.Steps)
	r.Steps[2].Rule, r.Steps[2].Need = disclosure.SomeOf, 2
	r.Steps[2].Seats = []disclosure.Seat{{Role: disclosure.DeputyLeader}, {Role: disclosure.PrincipalLeader}, {Role: disclosure.DutyLeader}}
	legal := r.Steps[0]
	legal.ID, legal.Zh, legal.En, legal.Seats = "legal", "法制审核", "Legal review", []disclosure.Seat{{Role: disclosure.Legal}}
	legal.When = &disclosure.Condition{Flags: []disclosure.Flag{"personal_information"}}
	r.Steps = slices.Insert(r.Steps, 1, legal)
	return RouteInput{Route: r, Reason: "机构调整"}
}

func TestANewVersionOfARouteNeedsTwoPeopleAndLeavesItemsInFlight(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	before := testkit.InReview(t, p.Stored, p.Bureau)
	in := proposal(t, p)
	for name, c := range map[string]struct {
		who    disclosure.Person
		change func(*RouteInput)
		code   disclosure.Code
		field  string
	}{
		"by a drafter":        {p.Drafter, func(*RouteInput) {}, disclosure.Forbidden, ""},
		"by a deputy leader":  {p.Deputy, func(*RouteInput) {}, disclosure.Forbidden, ""},
		"without a reason":    {p.SecurityAdmin, func(in *RouteInput) { in.Reason = " " }, disclosure.ReasonRequired, "reason"},
		"for yesterday":       {p.SecurityAdmin, func(in *RouteInput) { in.Route.EffectiveFrom = "2026-01-02" }, disclosure.RouteBad, "effective_from"},
		"on no such channel":  {p.SecurityAdmin, func(in *RouteInput) { in.Route.For = []disclosure.Condition{{Channels: []string{"fax"}}} }, disclosure.RouteBad, "for[0].channels[0]"},
		"without the review":  {p.SecurityAdmin, func(in *RouteInput) { in.Route.Steps = slices.Delete(slices.Clone(in.Route.Steps), 2, 3) }, disclosure.RouteBad, "steps"},
		"with nobody to sign": {p.SecurityAdmin, func(in *RouteInput) { in.Route.Steps = slices.Clone(in.Route.Steps); in.Route.Steps[0].Seats = nil }, disclosure.RouteBad, "steps[0].seats"},
	} {
		bad := in
		c.change(&bad)
		_, err := p.ProposeRoute(t.Context(), p.as(c.who), bad)
		refusal := (*disclosure.Refusal)(nil)
		require.ErrorAs(t, err, &refusal, name)
		require.Equal(t, [2]string{string(c.code), c.field}, [2]string{string(refusal.Code), refusal.Field}, name)
	}

	v, err := p.ProposeRoute(t.Context(), p.as(p.SecurityAdmin), in)
	require.NoError(t, err)
	require.Equal(t, disclosure.RouteRef{ID: "ordinary", Version: 2}, v.Route.Ref())
	require.Equal(t, "proposed", v.Status)
	require.Contains(t, v.Changes, disclosure.RouteChange{Field: "steps.leader.rule", Before: `["any",0]`, After: `["some",2]`})
	_, err = p.ProposeRoute(t.Context(), p.as(p.Principal), in)
	require.Equal(t, disclosure.RouteOpen, disclosure.CodeOf(err))
	_, err = p.SettleRoute(t.Context(), p.as(p.SecurityAdmin), v.Route.Ref(), true)
	require.Equal(t, disclosure.RouteSecondPerson, disclosure.CodeOf(err))
	require.Equal(t, disclosure.RouteSecondPerson, disclosure.CodeOf(p.store.SettleRoute(t.Context(), p.SecurityAdmin, v.Route.Ref(), true, nil)), "the database says so too")
	require.Equal(t, disclosure.Forbidden, disclosure.CodeOf(p.store.SettleRoute(t.Context(), p.Deputy, v.Route.Ref(), true, nil)))
	s, err := p.Simulate(t.Context(), p.as(p.Drafter), SimulationInput{Kind: "notice"})
	require.NoError(t, err)
	require.Equal(t, 1, s.Route.Version, "a proposal is in force for nothing")

	v, err = p.SettleRoute(t.Context(), p.as(p.Principal), v.Route.Ref(), true)
	require.NoError(t, err)
	require.Equal(t, "in_force", v.Status)
	_, err = p.SettleRoute(t.Context(), p.as(p.Principal), v.Route.Ref(), false)
	require.Equal(t, disclosure.RouteSettled, disclosure.CodeOf(err))
	require.Equal(t, disclosure.RouteSettled, disclosure.CodeOf(p.store.SettleRoute(t.Context(), p.Principal, v.Route.Ref(), false, nil)))
	old, err := p.Route(t.Context(), p.as(p.Auditor), disclosure.RouteRef{ID: "ordinary", Version: 1})
	require.NoError(t, err)
	require.Equal(t, "replaced", old.Status)
	require.Equal(t, 1, old.InFlight)

	before.Approve(t) // the item in flight keeps the road it started on
	require.Equal(t, 1, before.Case.Route.Version)
	require.Equal(t, disclosure.Approved, before.Case.State)
}

func TestTheSimulatorNamesWhoDecidesAndWhereNobodyIsLeft(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	zone, err := time.LoadLocation(disclosure.DefaultZone)
	require.NoError(t, err)
	// Before National Day 2026: 1–7 October are holidays, 10 October is worked.
	from := time.Date(2026, 9, 30, 10, 0, 0, 0, zone)
	s, err := p.Simulate(t.Context(), p.as(p.Drafter), SimulationInput{Kind: "notice", Flags: []disclosure.Flag{disclosure.FlagImportant}, From: from})
	require.NoError(t, err)
	require.Equal(t, "important", s.Route.ID)
	require.Equal(t, []disclosure.RouteRef{{ID: "ordinary", Version: 1}}, s.Also)
	require.False(t, s.Nobody)
	var who, due []string
	for _, step := range s.Steps {
		who, due = append(who, step.Seats[0][0].ID), append(due, step.Due.In(zone).Add(-time.Second).Format(time.DateOnly))
	}
	require.Equal(t, p.Head.ID, who[0])
	require.Equal(t, p.Principal.ID, who[3])
	require.Equal(t, []string{"2026-10-08", "2026-10-10", "2026-10-12", "2026-10-13"}, due)

	// With its only deputy leader gone, an item in review comes to wait for nobody.
	i := testkit.InReview(t, p.Stored, p.Bureau)
	i.Must(t, i.Decision(t, p.Head, disclosure.Disclose))
	s, err = p.Simulate(t.Context(), p.as(p.Drafter), SimulationInput{Disclosure: i.ID})
	require.NoError(t, err)
	require.True(t, s.Ongoing)
	require.True(t, s.Steps[0].Done)
	require.False(t, s.Nobody)
	_, err = p.DisableAccount(t.Context(), p.as(p.SystemAdmin), p.Deputy.ID, "调离")
	require.NoError(t, err)
	s, err = p.Simulate(t.Context(), p.as(p.Drafter), SimulationInput{Disclosure: i.ID})
	require.NoError(t, err)
	require.True(t, s.Nobody)
	require.Equal(t, []int{0, 0, 1}, []int{s.Steps[0].Short, s.Steps[1].Short, s.Steps[2].Short})
	require.Empty(t, s.Steps[2].Seats[0])
}
