package api

import (
	"context"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func (f *fake) Routes(ctx context.Context, _ desk.Actor) ([]desk.RouteVersion, error) {
	return []desk.RouteVersion{version()}, f.called(ctx, "routes")
}

func (f *fake) Route(ctx context.Context, _ desk.Actor, ref disclosure.RouteRef) (desk.RouteVersion, error) {
	return version(), f.called(ctx, "route %v", ref)
}

func (f *fake) ProposeRoute(ctx context.Context, _ desk.Actor, in desk.RouteInput) (desk.RouteVersion, error) {
	return version(), f.called(ctx, "propose route %s %s", in.Route.ID, in.Reason)
}

func (f *fake) SettleRoute(ctx context.Context, _ desk.Actor, ref disclosure.RouteRef, confirm bool) (desk.RouteVersion, error) {
	return version(), f.called(ctx, "settle route %v %v", ref, confirm)
}

func (f *fake) Simulate(ctx context.Context, _ desk.Actor, in desk.SimulationInput) (desk.Simulation, error) {
	at := noon
	r := disclosure.Routes()[0]
	return desk.Simulation{
		Route: r.Ref(), Zh: r.Zh, En: r.En, Also: []disclosure.RouteRef{{ID: "important", Version: 1}}, From: noon, Nobody: true,
		Steps: []desk.SimulatedStep{{Step: r.Steps[0], Asked: true, Due: &at, Seats: [][]desk.Ref{{{ID: "p1", Name: "王"}}}, Short: 1}},
	}, f.called(ctx, "simulate %+v", in)
}

func (f *fake) Blackouts(ctx context.Context, _ desk.Actor) ([]desk.Blackout, error) {
	return []desk.Blackout{blackout()}, f.called(ctx, "blackouts")
}

func (f *fake) AddBlackout(ctx context.Context, _ desk.Actor, _ string, in desk.BlackoutInput) (desk.Blackout, error) {
	return blackout(), f.called(ctx, "blackout %+v", in)
}

func (f *fake) LiftBlackout(ctx context.Context, _ desk.Actor, id string) error {
	return f.called(ctx, "lift blackout %s", id)
}

func (f *fake) Freezes(ctx context.Context, _ desk.Actor) ([]desk.Freeze, error) {
	return f.freezes, f.called(ctx, "freezes")
}

func (f *fake) Freeze(ctx context.Context, _ desk.Actor, _ string, in desk.FreezeInput) (desk.Freeze, error) {
	return desk.Freeze{ID: "z1", Scope: in.Scope, Value: in.Value, Reason: in.Reason, At: noon}, f.called(ctx, "freeze %+v", in)
}

func (f *fake) Unfreeze(ctx context.Context, _ desk.Actor, id string) error {
	return f.called(ctx, "unfreeze %s", id)
}
