package console

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// second is the version after the first, proposed by somebody else. All its words are typed.
func (f *fake) second() desk.RouteVersion {
	mark := f.item.Draft.Reason
	first := disclosure.Routes()[0]
	first.Zh, first.En, first.Basis, first.Steps = mark, mark, mark, slices.Clone(first.Steps)
	for i := range first.Steps {
		first.Steps[i].Zh, first.Steps[i].En = mark, mark
	}
	r := first
	r.Version, r.EffectiveFrom = 2, "2026-12-01"
	legal := r.Steps[0]
	legal.ID, legal.When, legal.Rule, legal.Need = "legal", &disclosure.Condition{Flags: []disclosure.Flag{"work_secret"}}, disclosure.SomeOf, 1
	r.Steps = append([]disclosure.Step{legal}, r.Steps...)
	return desk.RouteVersion{
		Route: r, Status: "proposed", Reason: mark, ProposedBy: desk.Ref{ID: "p2", Name: mark}, ProposedAt: f.item.UpdatedAt,
		Changes: r.ChangesFrom(first), InFlight: 3, Can: []string{"refuse", "confirm"},
	}
}

func (f *fake) Routes(context.Context, desk.Actor) ([]desk.RouteVersion, error) {
	return []desk.RouteVersion{f.second(), {Route: disclosure.Routes()[1], Status: "in_force"}}, nil
}

func (f *fake) Route(_ context.Context, _ desk.Actor, ref disclosure.RouteRef) (desk.RouteVersion, error) {
	if ref.Version != 2 {
		return desk.RouteVersion{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	v := f.second()
	return v, nil
}

func (f *fake) ProposeRoute(_ context.Context, _ desk.Actor, in desk.RouteInput) (desk.RouteVersion, error) {
	return f.second(), f.called("ProposeRoute", "%s %s", in.Route.ID, in.Reason)
}

func (f *fake) SettleRoute(_ context.Context, _ desk.Actor, ref disclosure.RouteRef, confirm bool) (desk.RouteVersion, error) {
	return f.second(), f.called("SettleRoute", "%s %d %v", ref.ID, ref.Version, confirm)
}

func (f *fake) Simulate(_ context.Context, _ desk.Actor, in desk.SimulationInput) (desk.Simulation, error) {
	due := f.item.UpdatedAt
	s := f.second().Route.Steps
	return desk.Simulation{
		Route: disclosure.RouteRef{ID: "ordinary", Version: 2}, Zh: f.item.Draft.Reason, En: f.item.Draft.Reason, Nobody: true, Rule: disclosure.Condition{Flags: in.Flags},
		Steps: []desk.SimulatedStep{
			{Step: s[0], Asked: false},
			{Step: s[1], Asked: true, Due: &due, Seats: [][]desk.Ref{{{ID: "p1", Name: f.item.Draft.Reason}, {ID: "p2", Name: f.item.Draft.Reason}}}},
			{Step: s[2], Asked: true, Due: &due, Seats: [][]desk.Ref{{}}, Short: 1},
		},
	}, nil
}

func TestARouteIsProposedByOneAndConfirmedByAnother(t *testing.T) {
	t.Parallel()

	raw, err := json.Marshal(disclosure.Routes()[0])
	require.NoError(t, err)
	for _, one := range []struct {
		path string
		form []string
		call string
	}{
		{"/console/routes/ordinary/2/propose", []string{"route", string(raw), "reason", "机构调整"}, "ProposeRoute ordinary 机构调整"},
		{"/console/routes/ordinary/2/confirm", nil, "SettleRoute ordinary 2 true"},
		{"/console/routes/ordinary/2/refuse", nil, "SettleRoute ordinary 2 false"},
	} {
		b := setup(t, plain())
		w := b.post(t, "secadmin", one.path, one.form...)
		require.Equal(t, http.StatusSeeOther, w.Code, one.path)
		require.Equal(t, []string{one.call}, b.desk.calls)
		require.Equal(t, http.StatusForbidden, b.post(t, "drafter", one.path, one.form...).Code)
	}
}

func TestARefusedRouteKeepsWhatWasTypedAndNamesTheField(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	for typed, says := range map[string]string{
		`{"id":"ordinary","stepps":[]}`: "JSON @",
		`{"id":"ordinary"} {}`:          "JSON @",
		`{"id":"ordinary","steps":[]}`:  "steps[1].seats",
	} {
		b.desk.fail = map[string]error{"ProposeRoute": disclosure.Refuse(disclosure.RouteBad, "steps[1].seats", "why_zh", "须有 1 至 8 个席位", "why_en", "1 to 8")}
		w := b.post(t, "secadmin", "/console/routes/ordinary/2/propose", "route", typed, "reason", "机构调整")
		require.Equal(t, http.StatusUnprocessableEntity, w.Code, typed)
		for _, kept := range []string{says, `value="机构调整"`, `aria-invalid="true" aria-describedby="route-route-e"`, `&#34;ordinary&#34;`} {
			require.Contains(t, w.Body.String(), kept)
		}
		sound(t, "refused route", w.Body.Bytes())
	}
	require.Contains(t, b.get(t, "drafter", "/console/routes?kind=notice").Body.String(), `缺 1 人`)
}
