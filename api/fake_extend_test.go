package api

import (
	"context"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func (f *fake) Extend(ctx context.Context, _ desk.Actor, id, key string, in desk.ExtendInput) (desk.Disclosure, error) {
	return item(), f.called(ctx, "Extend %s %s %+v", id, key, in)
}

func (f *fake) Reroutes(ctx context.Context, _ desk.Actor, id string) ([]desk.RerouteOption, error) {
	route, _ := disclosure.Routes().Find(disclosure.RouteRef{ID: "important", Version: 1})
	return []desk.RerouteOption{{
		Route: route.Ref(), Zh: route.Zh, En: route.En, Stands: []string{"section"}, Falls: []string{},
		Steps: []desk.SimulatedStep{{Step: route.Steps[0], Asked: true, Due: &noon, Seats: [][]desk.Ref{{{ID: "p2", Name: "林岚"}}}}},
	}}, f.called(ctx, "Reroutes %s", id)
}

func (f *fake) Reroute(ctx context.Context, _ desk.Actor, id, key string, to disclosure.RouteRef, reason string) (desk.Disclosure, error) {
	return item(), f.called(ctx, "Reroute %s %s %+v %s", id, key, to, reason)
}
