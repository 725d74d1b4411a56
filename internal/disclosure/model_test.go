package disclosure

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// reference is what the law wants of an approval and nothing else: it knows no
// steps in order, no seats and no states.
type reference struct {
	hash    Hash
	touched map[string]bool              // who ever put a byte into it
	passed  map[string]map[string]string // step → person → role they passed in, on this hash
	route   Route
	leader  string // who shortened the sign-off
}

// mayBeLeftOut in an emergency: neither the confidentiality review nor one of the
// two people of the fast lane.
func (r *reference) mayBeLeftOut(s Step) bool {
	return r.route.ID != "fast" && !slices.ContainsFunc(s.Seats, func(s Seat) bool { return s.Role == Confidentiality })
}

func (r *reference) approved() bool {
	deciders := map[string]bool{r.leader: true}
	for _, s := range r.route.Steps {
		if r.leader != "" && r.mayBeLeftOut(s) {
			continue
		}
		filled := 0
		for _, seat := range s.Seats {
			for person, role := range r.passed[s.ID] {
				if role == string(seat.Role) && !r.touched[person] && !deciders[person] {
					deciders[person], filled = true, filled+1
					break
				}
			}
		}
		if s.Rule == AllOf && filled < len(s.Seats) || filled == 0 {
			return false
		}
	}
	return len(r.route.Steps) > 0
}

// TestRandomPeopleCannotBringAnItemOutWithoutItsApprovals lets random people do
// random things, well-formed or not, and asks the reference after each.
func TestRandomPeopleCannotBringAnItemOutWithoutItsApprovals(t *testing.T) {
	t.Parallel()

	out := map[State]bool{Approved: true, Armed: true, Releasing: true, Released: true, Held: true, Failed: true}
	reached, bypassed := map[State]int{}, map[State]int{}
	property := func(t *rapid.T) {
		c := NewCase("one", "SF", "safety", author.ID)
		ref := reference{touched: map[string]bool{}, passed: map[string]map[string]string{}}
		edited := map[string]bool{author.ID: true} // a byte in the draft, and so in the next version
		now, n := monday, 0
		hashes := []Hash{""}
		anyone := rapid.SampledFrom(everyone)

		// act asks for a and tells the reference if it was taken.
		act := func(t *rapid.T, a Act) bool {
			n++
			a.ID, a.At = fmt.Sprint(n), now
			before := c
			after, err := c.Take(a)
			require.Equal(t, err, c.Check(a))
			if err != nil {
				require.NotEmpty(t, CodeOf(err))
				return false
			}
			require.Contains(t, moves[before.State][a.Type], after.State)
			c = after
			return true
		}
		decide := func(t *rapid.T, by Person, outcome Outcome, hash Hash, step, returnTo string) {
			before := c
			_, role := c.Seat(by)
			if !act(t, Act{Type: Decide, By: by, Manifest: hash, Step: step, Outcome: outcome, ReturnTo: returnTo, Opinion: "w", Basis: "b"}) {
				return
			}
			require.Equal(t, ref.hash, hash, "a decision on other bytes was taken")
			require.False(t, ref.touched[by.ID], "a contributor decided")
			require.NotEqual(t, ref.leader, by.ID, "who shortened the sign-off decided too")
			switch {
			case before.State == Reported:
			case outcome == Disclose:
				for s, people := range ref.passed {
					require.NotContains(t, people, by.ID, "already decided at %s", s)
				}
				if ref.passed[step] == nil {
					ref.passed[step] = map[string]string{}
				}
				ref.passed[step][by.ID] = string(role)
			case outcome == DisclosePart, outcome == ReturnToEarlier && returnTo == DrafterStep:
				clear(ref.passed)
				ref.leader = ""
			case outcome == ReturnToEarlier:
				ref.leader = ""
				for _, s := range ref.route.Steps[ref.route.index(returnTo):] {
					delete(ref.passed, s.ID)
				}
			}
		}
		outcome := rapid.SampledFrom([]Outcome{
			Disclose, Disclose, Disclose, Disclose, Disclose, ReturnToEarlier, ReportUp, DisclosePart, DoNotDisclose, DiscloseOnAsk, "nonsense", "",
		})
		t.Repeat(map[string]func(*rapid.T){
			"submit": func(t *rapid.T) {
				by := anyone.Draw(t, "by")
				route := routeByID(t, rapid.SampledFrom([]string{"ordinary", "important", "double_publicity", "fast"}).Draw(t, "route"))
				a := Act{
					Type: Submit, By: by, Version: c.Version + rapid.IntRange(0, 2).Draw(t, "step"), Manifest: HashOf(fmt.Appendf(nil, "%d", n)), Route: &route,
					Contributors: slices.Sorted(maps.Keys(edited)), Channels: []string{"portal"}, NotBefore: now.Add(time.Hour), Latest: now.Add(24 * time.Hour),
					OnApproval: rapid.Bool().Draw(t, "on approval"), Late: LateNow,
				}
				if act(t, a) {
					if ref.route.ID != route.ID {
						ref.route = route
					}
					ref.hash = a.Manifest
					hashes = append(hashes, a.Manifest)
					maps.Copy(ref.touched, edited)
					clear(ref.passed)
					ref.leader = ""
				}
			},
			"bypass": func(t *rapid.T) {
				by := rapid.SampledFrom(append(slices.Clone(everyone), principal, principal, principal, dutyLeader, dutyLeader, deputy)).Draw(t, "by")
				hash := rapid.SampledFrom([]Hash{ref.hash, ref.hash, ref.hash, ref.hash, "", HashOf([]byte("seen before"))}).Draw(t, "hash")
				if !act(t, Act{Type: Bypass, By: by, Manifest: hash, Opinion: rapid.SampledFrom([]string{"w", "w", ""}).Draw(t, "reason")}) {
					return
				}
				require.Equal(t, ref.hash, hash)
				require.False(t, ref.touched[by.ID], "a contributor shortened the sign-off")
				require.True(t, by.Has(DeputyLeader) || by.Has(PrincipalLeader) || by.Has(DutyLeader))
				for _, people := range ref.passed {
					require.NotContains(t, people, by.ID)
				}
				ref.leader = by.ID
				bypassed[c.State]++
			},
			"edit": func(t *rapid.T) {
				if c.State.Editable() && rapid.IntRange(0, 3).Draw(t, "seldom") == 0 {
					edited[anyone.Draw(t, "by").ID] = true
				}
			},
			"check": func(t *rapid.T) {
				act(t, Act{Type: Checked, OpenFindings: rapid.SampledFrom([]int{0, 0, 0, 2}).Draw(t, "open"), Quarantine: rapid.IntRange(0, 9).Draw(t, "mark") == 0})
			},
			"dispose": func(t *rapid.T) {
				act(t, Act{Type: Dispose, By: anyone.Draw(t, "by"), Opinion: "w", Disposition: FalseAlarm, OpenFindings: rapid.IntRange(0, 1).Draw(t, "open")})
			},
			"decide": func(t *rapid.T) {
				step, _ := c.CurrentStep()
				returnTo := rapid.SampledFrom(append(c.ReturnTargets(), "leader", "")).Draw(t, "return to")
				decide(t, anyone.Draw(t, "by"), outcome.Draw(t, "outcome"), c.Manifest, step.ID, returnTo)
			},
			"decide at random": func(t *rapid.T) {
				step := rapid.SampledFrom([]string{"section", "confidentiality", "joint_review", "leader", "principal", "duty", ReportStep, ""}).Draw(t, "step")
				decide(t, anyone.Draw(t, "by"), outcome.Draw(t, "outcome"), rapid.SampledFrom(hashes).Draw(t, "hash"), step, DrafterStep)
			},
			"onward": func(t *rapid.T) { // or few would come far
				next := map[State][]ActType{Checking: {Checked}, Approved: {Arm}, Armed: {Due}, Releasing: {Confirm, Fail}}
				if acts := next[c.State]; acts != nil {
					act(t, Act{Type: rapid.SampledFrom(acts).Draw(t, "act")})
				}
				for _, by := range rapid.Permutation(everyone).Draw(t, "in this order") {
					step, _ := c.CurrentStep()
					decide(t, by, Disclose, c.Manifest, step.ID, "")
				}
			},
			"person": func(t *rapid.T) {
				a := Act{Type: rapid.SampledFrom([]ActType{Withdraw, Reschedule, Recall, Clear, Uphold}).Draw(t, "act"), By: anyone.Draw(t, "by"), Opinion: "w"}
				a.ReleaseAt = now.Add(time.Duration(rapid.IntRange(-1, 30).Draw(t, "hours")) * time.Hour)
				act(t, a)
			},
			"system": func(t *rapid.T) {
				acts := []ActType{Arm, Due, Confirm, Fail, NotReady, Missed}
				if fit := slices.DeleteFunc(slices.Clone(acts), func(a ActType) bool { return moves[c.State][a] == nil }); len(fit) > 0 {
					acts = fit
				}
				a := Act{Type: rapid.SampledFrom(acts).Draw(t, "act")}
				if rapid.Bool().Draw(t, "at") {
					a.ReleaseAt = now.Add(time.Duration(rapid.IntRange(-1, 30).Draw(t, "hours")) * time.Hour)
				}
				act(t, a)
			},
			"time passes": func(t *rapid.T) { now = now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "minutes")) * time.Minute) },
			"": func(t *rapid.T) {
				reached[c.State]++
				require.Equal(t, ref.hash, c.Manifest)
				if out[c.State] {
					require.True(t, ref.approved(), "%s without its approvals", c.State)
					require.True(t, c.Complete())
					require.False(t, c.ReleaseAt.Before(c.NotBefore), "planned before the approved window")
				}
				if c.State == InReview {
					require.False(t, c.Complete(), "complete, and still waiting")
					require.NotEmpty(t, c.Tasks())
				}
			},
		})
	}
	for range 20 { // each of 100 sequences, or as many as -rapid.checks says
		rapid.Check(t, property)
	}
	for s := range out {
		require.NotZero(t, reached[s], "the property never saw %s and proves nothing about it", s)
	}
	require.NotZero(t, bypassed[InReview], "a bypass with the confidentiality review still to come")
	require.NotZero(t, bypassed[Approved])
}
