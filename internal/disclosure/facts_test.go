package disclosure

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTheRouteThatSaysMostAboutAnItemIsTaken(t *testing.T) {
	t.Parallel()

	named := func(id, from string, steps int, rules ...Condition) Route {
		r := routeByID(t, "important")
		r.ID, r.EffectiveFrom, r.For, r.Steps = id, from, rules, r.Steps[:steps]
		return r
	}
	next := named("all", "2026-06-01", 3, Condition{})
	next.Version = 2
	book := Book{
		named("all", "2026-01-01", 3, Condition{}), next,
		named("kind", "2026-01-01", 2, Condition{Kinds: []string{"policy", "notice"}}),
		named("channel", "2026-01-01", 2, Condition{Channels: []string{"wechat"}}),
		named("unit", "2026-01-01", 2, Condition{Units: []string{"SF"}}),
		named("flag", "2026-01-01", 2, Condition{Flags: []Flag{FlagImportant}}),
		named("both", "2026-01-01", 2, Condition{Kinds: []string{"policy"}, Channels: []string{"wechat"}}),
		named("as_much_but_longer", "2026-01-01", 3, Condition{Kinds: []string{"policy"}, Channels: []string{"wechat"}}),
		named("nobody", "2026-01-01", 2),
	}
	for name, c := range map[string]struct {
		facts   Facts
		day     string
		id      string
		version int
	}{
		"nothing but the rule for all":    {Facts{Kind: "event"}, "2026-05-31", "all", 1},
		"from its day on the new version": {Facts{Kind: "event"}, "2026-06-01", "all", 2},
		"a kind":                          {Facts{Kind: "notice"}, "2026-06-01", "kind", 1},
		"a channel before a kind":         {Facts{Kind: "notice", Channels: []string{"portal", "wechat"}}, "2026-06-01", "channel", 1},
		"a unit before a channel":         {Facts{Kind: "notice", Unit: "SF", Channels: []string{"wechat"}}, "2026-06-01", "unit", 1},
		"a flag before a unit":            {Facts{Kind: "notice", Unit: "SF", Flags: []Flag{FlagImportant}}, "2026-06-01", "flag", 1},
		"two before one; then the longer": {Facts{Kind: "policy", Channels: []string{"wechat"}, Flags: []Flag{FlagImportant}}, "2026-06-01", "as_much_but_longer", 1},
	} {
		got, err := book.Choose(c.facts, c.day)
		require.NoError(t, err, name)
		require.Equal(t, RouteRef{c.id, c.version}, got.Route.Ref(), name)
		require.True(t, got.Rule.Holds(c.facts), name)
		require.NotContains(t, got.Also, got.Route.Ref(), name)
	}
	_, err := book.Choose(Facts{Kind: "event"}, "2025-12-31")
	refused(t, err, NoRoute)
}

func TestWhatIsFoundRaisesItsFlags(t *testing.T) {
	t.Parallel()

	require.Equal(t, []Flag{"personal_information", "work_secret"}, FlagsFound([]string{"work-secret", "mobile", "date"}))
	require.Empty(t, FlagsFound([]string{"date"}))
	require.Equal(t, []Flag{FlagAttachments, FlagImportant}, Draft{Important: true, Attachments: make([]File, 1)}.Facts("SF").Flags)
	for _, f := range Flags() {
		require.NotEqual(t, f.Zh, f.En)
	}
}

// conditional is an important item whose first step is asked for only where personal
// information was found, and whose last only for an important one.
func conditional(t require.TestingT) Route {
	r := routeByID(t, "important")
	r.Steps = slices.Clone(r.Steps)
	r.Steps[0].When = &Condition{Flags: []Flag{"personal_information"}}
	r.Steps[3].When = &Condition{Flags: []Flag{FlagImportant}}
	require.NoError(t, r.Validate())
	return r
}

func TestAStepIsAskedForWhereItsConditionHoldsAfterTheCheck(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		draft, found []Flag
		asked        []string
	}{
		{nil, nil, []string{"confidentiality", "leader"}},
		{[]Flag{FlagImportant}, nil, []string{"confidentiality", "leader", "principal"}},
		{nil, []Flag{"personal_information"}, []string{"section", "confidentiality", "leader"}},
		{[]Flag{FlagImportant}, []Flag{"personal_information"}, []string{"section", "confidentiality", "leader", "principal"}},
	} {
		kase := NewCase("one", "SF", "safety", author.ID)
		route := conditional(t)
		a := submission(t, kase, "ordinary")
		a.Route, a.Flags = &route, c.draft
		kase = take(t, kase, a, Act{Type: Checked, Flags: c.found, OpenFindings: len(c.found)})
		if len(c.found) > 0 {
			kase = take(t, kase, Act{Type: Dispose, By: author, Opinion: "w", Disposition: LawfulHere})
		}
		var walked []string
		for kase.State == InReview {
			step, _ := kase.CurrentStep()
			walked = append(walked, step.ID)
			require.False(t, kase.Complete())
			by := everyone[slices.IndexFunc(everyone, func(p Person) bool { return kase.Check(passes(kase, p)) == nil })]
			kase = take(t, kase, passes(kase, by))
		}
		require.Equal(t, Approved, kase.State)
		require.Equal(t, c.asked, walked)
		require.Equal(t, c.asked, ids(kase.Asked(), func(s Step) string { return s.ID }))
		require.True(t, kase.Complete())

		// The next version is looked at anew.
		kase = take(t, kase, Act{Type: Withdraw, By: author, At: monday, Opinion: "w"})
		again := submission(t, kase, "important")
		kase = take(t, kase, again, Act{Type: Checked})
		step, _ := kase.CurrentStep()
		require.Equal(t, "confidentiality", step.ID)
	}
}

// randomRoute is a route of random steps, rules and conditions that can be walked.
func randomRoute(t *rapid.T) Route {
	r := routeByID(t, "ordinary")
	r.Steps = nil
	n := rapid.IntRange(1, 5).Draw(t, "steps")
	essential := rapid.IntRange(0, n-1).Draw(t, "essential")
	for i := range n {
		s := Step{
			ID: fmt.Sprintf("step_%d", i), Zh: "环节", En: "Step", Rule: rapid.SampledFrom([]Rule{AllOf, AnyOf, SomeOf}).Draw(t, "rule"),
			Limit: Limit{1, "working_day"}, Outcomes: []Outcome{Disclose, ReturnToEarlier}, Essential: i == essential || rapid.Bool().Draw(t, "also essential"),
		}
		for range rapid.IntRange(1, 3).Draw(t, "seats") {
			may := []Role{SectionHead, Legal, DeputyLeader, PrincipalLeader, DisclosureOfficer}
			if s.Essential {
				may = append(may, Confidentiality)
			}
			s.Seats = append(s.Seats, Seat{Role: rapid.SampledFrom(may).Draw(t, "role"), SameSection: rapid.Bool().Draw(t, "section")})
		}
		if s.Rule == SomeOf {
			s.Need = rapid.IntRange(1, len(s.Seats)).Draw(t, "need")
		}
		if !s.Essential && rapid.Bool().Draw(t, "conditional") {
			s.When = &Condition{Flags: rapid.SliceOfN(rapid.SampledFrom([]Flag{FlagImportant, FlagAttachments, "work_secret"}), 1, 2).Draw(t, "when")}
		}
		r.Steps = append(r.Steps, s)
	}
	require.NoError(t, r.Validate())
	return r
}

// TestOnAnyRouteDistinctOutsidersDecideAndSomebodyIsAlwaysNamed walks random routes with
// random people until it is approved or waits, and says for what it waits.
func TestOnAnyRouteDistinctOutsidersDecideAndSomebodyIsAlwaysNamed(t *testing.T) {
	t.Parallel()

	ended, waited := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		route := randomRoute(t)
		c := NewCase("one", "SF", "safety", author.ID)
		a := submission(t, c, "ordinary")
		a.Route, a.Flags = &route, rapid.SliceOfDistinct(rapid.SampledFrom([]Flag{FlagImportant, FlagAttachments}), rapid.ID).Draw(t, "draft")
		found := rapid.SliceOfDistinct(rapid.SampledFrom([]Flag{"work_secret", "third_party"}), rapid.ID).Draw(t, "found")
		c = take(t, c, a, Act{Type: Checked, Flags: found})

		deciders := map[string]bool{}
		for range 25 {
			if c.State != InReview {
				break
			}
			by := rapid.SampledFrom(everyone).Draw(t, "by")
			act := passes(c, by)
			next, err := c.Take(act)
			if err != nil {
				continue
			}
			require.False(t, deciders[by.ID], "one person decided twice")
			require.NotContains(t, c.Contributors, by.ID)
			deciders[by.ID] = true
			c = next
		}
		require.Equal(t, c.State == Approved, c.Complete())
		if c.State == Approved {
			ended++
			for _, s := range route.Steps {
				wanted := s.When == nil || slices.ContainsFunc(s.When.Flags, func(f Flag) bool { return slices.Contains(a.Flags, f) || slices.Contains(found, f) })
				passed := slices.ContainsFunc(c.Decisions, func(d Decision) bool { return d.Step == s.ID })
				require.Equal(t, wanted, passed, s.ID)
			}
			return
		}
		waited++
		tasks := c.Tasks()
		require.NotEmpty(t, tasks, "it waits, and for nobody")
		for _, task := range tasks {
			require.NotEmpty(t, task.Role)
		}
	})
	require.Positive(t, ended)
	require.Positive(t, waited)
}
