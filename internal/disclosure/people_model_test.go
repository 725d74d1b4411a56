package disclosure

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestNobodyDecidesOnTheirOwnThroughAnybody lets random people claim, transfer, delegate,
// sign for each other, ask for more signatures and take things back, on random routes and
// with random absences. Whatever happens, who took part in the text signs nowhere, directly
// or through another, nobody signs twice, and what is approved was signed by all that the
// route, as it was chosen, asks for.
func TestNobodyDecidesOnTheirOwnThroughAnybody(t *testing.T) {
	t.Parallel()

	approvals, inPlace, added, rerouted := 0, 0, 0, 0
	walk := func(t *rapid.T) {
		chosen := routeByID(t, rapid.SampledFrom([]string{"ordinary", "important", "double_publicity", "fast"}).Draw(t, "route"))
		now, n := monday, 0
		touched := map[string]bool{author.ID: true, editor.ID: true}
		c := take(t, NewCase("one", "SF", "safety", author.ID), submission(t, NewCase("one", "SF", "safety", author.ID), chosen.ID), Act{Type: Checked})
		anyone := rapid.SampledFrom(everyone)
		var standing []Delegation
		people := map[string]Person{}
		for _, p := range everyone {
			people[p.ID] = p
		}

		act := func(a Act) bool {
			n++
			step, _ := c.CurrentStep()
			a.ID, a.At, a.Step, a.Manifest = fmt.Sprint(n), now, step.ID, c.Manifest
			next, err := c.Take(a)
			require.Equal(t, err, c.Check(a))
			if err == nil {
				c = next
			}
			return err == nil
		}
		t.Repeat(map[string]func(*rapid.T){
			"delegate": func(t *rapid.T) {
				giver, to := anyone.Draw(t, "giver"), anyone.Draw(t, "to")
				d := Delegation{
					ID: fmt.Sprint(len(standing)), Giver: giver.ID, Delegate: to.ID, From: now.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "from")) * time.Hour),
				}
				d.Until = d.From.Add(time.Duration(rapid.IntRange(1, 5).Draw(t, "for")) * time.Hour)
				if CheckDelegation(d, giver, to, giver, standing, now) == nil {
					standing = append(standing, d)
				}
				for i, a := range standing {
					for _, b := range standing[:i] {
						require.False(t, a.meets(b) && (a.Giver == b.Giver || a.Giver == b.Delegate || a.Delegate == b.Giver), "a chain, a loop or two delegates at once")
					}
				}
			},
			"time": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 120).Draw(t, "minutes")) * time.Minute)
			},
			"decide": func(t *rapid.T) {
				act(Act{Type: Decide, By: anyone.Draw(t, "by"), Outcome: Disclose})
			},
			"decide in place": func(t *rapid.T) {
				if len(standing) == 0 {
					t.Skip("nobody stands in for anybody yet: draw another act")
				}
				d := rapid.SampledFrom(standing).Draw(t, "delegation")
				by := people[d.Delegate]
				if rapid.IntRange(0, 5).Draw(t, "as") == 0 {
					by = anyone.Draw(t, "by") // with another's paper
				}
				if act(Act{Type: Decide, By: by, Outcome: Disclose, Mandate: &Mandate{Delegation: d, Of: people[d.Giver]}}) {
					require.Equal(t, d.Delegate, by.ID)
					require.False(t, now.Before(d.From) || !now.Before(d.Until), "outside its time")
					inPlace++
				}
			},
			"reroute": func(t *rapid.T) {
				to := routeByID(t, rapid.SampledFrom([]string{"ordinary", "important", "double_publicity", "fast"}).Draw(t, "to"))
				if rapid.Bool().Draw(t, "longer") {
					to = longer(c, rapid.IntRange(0, 4).Draw(t, "at"))
				}
				if act(Act{Type: Reroute, By: anyone.Draw(t, "by"), Route: &to, Opinion: "w"}) {
					rerouted++
				}
			},
			"bypass": func(t *rapid.T) { act(Act{Type: Bypass, By: anyone.Draw(t, "by"), Opinion: "w"}) },
			"on the task": func(t *rapid.T) {
				to := anyone.Draw(t, "to")
				a := Act{
					Type: rapid.SampledFrom([]ActType{Claim, Unclaim, Transfer, Urge, Retract, AddSigner}).Draw(t, "act"), By: anyone.Draw(t, "by"), Target: &to, Opinion: "w",
					Where: rapid.SampledFrom([]string{SignBefore, SignBeside, SignAfter}).Draw(t, "where"),
				}
				if act(a) && a.Type == AddSigner {
					added++
				}
			},
			"mend": func(t *rapid.T) {
				by := anyone.Draw(t, "mender")
				if act(Act{Type: Decide, By: anyone.Draw(t, "by"), Outcome: ReturnToEarlier, ReturnTo: DrafterStep, Opinion: "w"}) {
					a := submission(t, c, chosen.ID)
					a.Contributors = append(a.Contributors, by.ID)
					touched[by.ID] = true
					c = take(t, c, a, Act{Type: Checked})
				}
			},
			"": func(t *rapid.T) {
				signed := map[string]bool{}
				for _, d := range c.Decisions {
					for _, p := range []string{d.Person, d.OnBehalf} {
						require.False(t, p != "" && (signed[p] || touched[p]), "%s signs though they may not", p)
						signed[p] = true
					}
				}
				for _, h := range c.Holdings {
					require.False(t, touched[h.Person] || signed[h.Person], "%s holds what they may not decide", h.Person)
				}
				if c.State != Approved {
					require.NotEmpty(t, c.Tasks(), "it waits for somebody")
					return
				}
				approvals++
				for _, s := range append(slices.Clone(chosen.Steps), c.Route.own()...) {
					have := 0
					for _, d := range c.Decisions {
						if d.Step == s.ID && d.Seat < len(s.Seats) {
							p := people[d.Person]
							if d.OnBehalf != "" {
								p = people[d.OnBehalf]
							}
							require.True(t, s.Seats[d.Seat].fits(p, c.Unit, c.Section))
							have++
						}
					}
					require.True(t, have >= s.Quorum() || !c.asked(s) || c.Bypassed() && !s.Essential, "%s is lacking", s.ID)
				}
				for _, s := range c.Route.Signers() {
					require.True(t, c.Bypassed() && !s.Essential || slices.ContainsFunc(c.Decisions, func(d Decision) bool {
						return d.Step == s.Step && d.Seat == s.Seat && (d.Person == s.Person || d.OnBehalf == s.Person)
					}), "%s was added and has not signed", s.Person)
				}
			},
		})
	}
	// Few walks come to an approval: more are taken until each kind of end was seen.
	for tries := 0; tries < 20 && (tries == 0 || min(approvals, inPlace, added, rerouted) == 0); tries++ {
		rapid.Check(t, walk)
	}
	require.Positive(t, approvals)
	require.Positive(t, inPlace)
	require.Positive(t, added)
	require.Positive(t, rerouted)
}

// longer is the route of a case with one more step, of the lawyer's.
func longer(c Case, at int) Route {
	r := Route{ID: "longer", Version: len(c.Route.own()), Steps: c.Route.own()}
	at = min(at, len(r.Steps))
	extra := Step{ID: fmt.Sprintf("extra_%d", r.Version), Rule: AllOf, Seats: []Seat{{Role: Legal}}, Limit: Limit{N: 1, Unit: "working_day"}, Outcomes: []Outcome{Disclose, ReturnToEarlier}}
	r.Steps = slices.Insert(r.Steps, at, extra)
	return r
}
