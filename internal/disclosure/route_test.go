package disclosure

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEmbeddedRoutesCanBeWalkedAndAreReached(t *testing.T) {
	t.Parallel()

	used := map[string]bool{}
	for _, k := range Kinds() {
		for _, important := range []bool{false, true} {
			chosen, err := Routes().For(Draft{Metadata: Metadata{Kind: k.ID}, Important: important}.Facts("SF"), monday)
			require.NoError(t, err, k.ID)
			r := chosen.Route
			require.NoError(t, r.Validate())
			used[r.ID] = true
			switch {
			case k.ID == "warning":
				require.Equal(t, "fast", r.ID, "a warning keeps its fast lane")
			case important:
				require.Equal(t, PrincipalLeader, r.Steps[len(r.Steps)-1].Seats[0].Role)
			}
		}
	}
	minor, err := Routes().For(Draft{Metadata: Metadata{Kind: "notice"}, CorrectionType: MinorCorrection}.Facts("SF"), monday)
	require.NoError(t, err)
	used[minor.Route.ID] = true
	seen := map[[2]any]bool{}
	for _, r := range Routes() {
		require.True(t, used[r.ID], "no kind takes route %s", r.ID)
		require.False(t, seen[[2]any{r.ID, r.Version}], "one version, one text")
		seen[[2]any{r.ID, r.Version}] = true
		require.NotEmpty(t, r.Basis)
		for _, s := range r.Steps {
			require.NotEqual(t, s.Zh, s.En)
			for _, o := range s.Outcomes {
				_, known := OutcomeByID(o)
				require.True(t, known, "%s %s %s", r.ID, s.ID, o)
			}
		}
	}
}

func TestNoRouteIsARefusal(t *testing.T) {
	t.Parallel()

	_, err := Routes().For(Facts{Kind: "song"}, monday)
	refused(t, err, NoRoute)
	// The routes are in force from the first second of 2025 in Beijing, not in London.
	start := time.Date(2024, 12, 31, 16, 0, 0, 0, time.UTC)
	_, err = Routes().For(Facts{Kind: "notice"}, start.Add(-time.Second))
	refused(t, err, NoRoute)
	_, err = Routes().For(Facts{Kind: "notice"}, start)
	require.NoError(t, err)
}

// Each mutant is a route on which an item would be lost or slip through.
func TestARouteThatCannotBeWalkedIsRefused(t *testing.T) {
	t.Parallel()

	for name, spoil := range map[string]func(*Route){
		"no id":                     func(r *Route) { r.ID = "" },
		"no version":                func(r *Route) { r.Version = 0 },
		"no steps":                  func(r *Route) { r.Steps = nil },
		"step without id":           func(r *Route) { r.Steps[0].ID = "" },
		"step named like a return":  func(r *Route) { r.Steps[0].ID = DrafterStep },
		"step named like a ruling":  func(r *Route) { r.Steps[0].ID = ReportStep },
		"two steps of one name":     func(r *Route) { r.Steps[1].ID = r.Steps[0].ID },
		"step without seats":        func(r *Route) { r.Steps[1].Seats = nil },
		"step without rule":         func(r *Route) { r.Steps[1].Rule = "" },
		"unknown rule":              func(r *Route) { r.Steps[1].Rule = "most" },
		"more than there are":       func(r *Route) { r.Steps[1].Rule, r.Steps[1].Need = SomeOf, 3 },
		"some, but not how many":    func(r *Route) { r.Steps[1].Rule = SomeOf },
		"how many, but not some":    func(r *Route) { r.Steps[1].Need = 1 },
		"review only if":            func(r *Route) { r.Steps[1].When = &Condition{} },
		"review not essential":      func(r *Route) { r.Steps[1].Essential = false },
		"condition on no kind":      func(r *Route) { r.Steps[0].When = &Condition{Kinds: []string{"song"}} },
		"chosen by what is found":   func(r *Route) { r.For[0].Flags = []Flag{"work_secret"} },
		"no name":                   func(r *Route) { r.En = "" },
		"no basis":                  func(r *Route) { r.Basis = " " },
		"from no day":               func(r *Route) { r.EffectiveFrom = "soon" },
		"unknown outcome":           func(r *Route) { r.Steps[0].Outcomes = append(r.Steps[0].Outcomes, "maybe") },
		"no limit":                  func(r *Route) { r.Steps[1].Limit.N = 0 },
		"limit in unknown unit":     func(r *Route) { r.Steps[1].Limit.Unit = "moon" },
		"cannot pass":               func(r *Route) { r.Steps[2].Outcomes = []Outcome{ReturnToEarlier} },
		"cannot return":             func(r *Route) { r.Steps[2].Outcomes = []Outcome{Disclose} },
		"seat of nobody":            func(r *Route) { r.Steps[2].Seats[0].Role = "king" },
		"seat of a drafter":         func(r *Route) { r.Steps[2].Seats[0].Role = Drafter },
		"seat of an administrator":  func(r *Route) { r.Steps[2].Seats[0].Role = SystemAdmin },
		"second seat of an auditor": func(r *Route) { r.Steps[1].Seats[1].Role = Auditor },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			raw, err := json.Marshal(routeByID(t, "double_publicity"))
			require.NoError(t, err)
			var r Route
			require.NoError(t, json.Unmarshal(raw, &r))
			require.NoError(t, r.Validate())
			spoil(&r)
			require.Error(t, r.Validate())
		})
	}
}

func TestInFlightAnItemKeepsTheRouteItStartedWith(t *testing.T) {
	t.Parallel()

	c := inReview(t, "ordinary")
	c = take(t, c, decides(c, head, ReturnToEarlier))
	again := submission(t, c, "ordinary")
	again.Route.Version++
	again.Route.Steps = again.Route.Steps[:1]
	c = take(t, c, again)
	require.Equal(t, routeByID(t, "ordinary"), c.Route)

	// Another kind or an important item is another road, not another version of it.
	c = take(t, c, Act{Type: Checked})
	c = take(t, c, decides(c, head, ReturnToEarlier), submission(t, c, "important"))
	require.Equal(t, "important", c.Route.ID)
}

func TestAdministratorsHoldNoRightOverContent(t *testing.T) {
	t.Parallel()

	for _, role := range []Role{SystemAdmin, SecurityAdmin, Auditor} {
		p := someone("admin", "office", role)
		for _, right := range []Permission{MayCreate, MayRead, MayDecide, MayClear, MayRelease} {
			require.False(t, p.May(right), "%s may %s", role, right)
		}
	}
	require.False(t, someone("nobody", "office", "king").May(MayRead))
}

func TestWhatKeptAnItemFromThePublicIsNotVoid(t *testing.T) {
	t.Parallel()

	for outcome, void := range map[Outcome]bool{Disclose: true, DisclosePart: true, ReturnToEarlier: true, DoNotDisclose: false, DiscloseOnAsk: false, ReportUp: false} {
		require.Equal(t, void, Void(outcome, false), outcome)
		require.False(t, Void(outcome, true), outcome)
	}
}
