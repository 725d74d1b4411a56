package console

import (
	"context"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func (f *fake) Extend(_ context.Context, _ desk.Actor, id, key string, in desk.ExtendInput) (desk.Disclosure, error) {
	return f.seen("Extend", "%s %s %s %d %s", id, key, in.Step, in.N, in.Reason)
}

func (f *fake) Reroutes(context.Context, desk.Actor, string) ([]desk.RerouteOption, error) {
	route, _ := disclosure.Routes().Find(disclosure.RouteRef{ID: "important", Version: 1})
	steps := []desk.SimulatedStep{}
	for _, s := range route.Steps {
		steps = append(steps, desk.SimulatedStep{Step: s, Asked: true, Done: s.ID == "section", Due: new(morning), Seats: [][]desk.Ref{{{ID: "p2", Name: people["leader"].Name}}}})
	}
	steps[len(steps)-1].Short = 1
	return []desk.RerouteOption{{Route: route.Ref(), Zh: route.Zh, En: route.En, Stands: []string{"section"}, Falls: []string{"leader"}, Steps: steps, Nobody: true}}, f.fail["Reroutes"]
}

func (f *fake) Reroute(_ context.Context, _ desk.Actor, id, key string, to disclosure.RouteRef, reason string) (desk.Disclosure, error) {
	return f.seen("Reroute", "%s %s %s/%d %s", id, key, to.ID, to.Version, reason)
}
