package desk

import (
	"context"
	"slices"
	"time"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// RerouteOption is a route that an item in review can be put on, with what would follow.
type RerouteOption struct {
	Route  disclosure.RouteRef `json:"route"`
	Zh     string              `json:"zh"`
	En     string              `json:"en"`
	Back   bool                `json:"back"`   // it was submitted on that one
	Stands []string            `json:"stands"` // steps whose decisions stand
	Falls  []string            `json:"falls"`  // and those whose decisions no longer count
	Steps  []SimulatedStep     `json:"steps"`
	Nobody bool                `json:"nobody"` // somewhere nobody is left to decide
}

// Reroutes lists the routes that the viewer could put an item on, and what would follow. It
// changes nothing.
func (d *Desk) Reroutes(ctx context.Context, who Actor, id string) ([]RerouteOption, error) {
	row, err := d.row(ctx, who, id, "reroutes")
	if err != nil {
		return nil, err
	}
	routes, now, err := d.routesInForce(ctx, row)
	if err != nil {
		return nil, err
	}
	out := []RerouteOption{}
	for _, r := range routes {
		if row.Case.Check(disclosure.Act{Type: disclosure.Reroute, By: who.Person, Route: &r, Opinion: "-"}) != nil {
			continue
		}
		after := row.Case.Rerouted(r)
		x := RerouteOption{Route: r.Ref(), Zh: r.Zh, En: r.En, Back: r.Ref() == row.Case.Origin, Stands: []string{}, Falls: []string{}}
		for _, was := range row.Case.Decisions {
			if slices.ContainsFunc(after.Decisions, func(y disclosure.Decision) bool { return y.Act == was.Act }) {
				x.Stands = append(x.Stands, was.Step)
			} else {
				x.Falls = append(x.Falls, was.Step)
			}
		}
		seen := Simulation{From: now, Steps: []SimulatedStep{}}
		if err := d.seat(ctx, after, &seen); err != nil {
			return nil, err
		}
		x.Steps, x.Nobody = seen.Steps, seen.Nobody
		out = append(out, x)
	}
	return out, nil
}

// routesInForce are those an item may be put on now, and the one it was submitted on.
func (d *Desk) routesInForce(ctx context.Context, row store.Row) (disclosure.Book, time.Time, error) {
	book, err := d.store.Routes(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	day, err := disclosure.LocalDay(now)
	if err != nil {
		return nil, time.Time{}, err
	}
	routes := book.InForce(day)
	if origin, ok := book.Find(row.Case.Origin); ok && !slices.ContainsFunc(routes, func(r disclosure.Route) bool { return r.Ref() == origin.Ref() }) {
		routes = append(routes, origin)
	}
	return routes, now, nil
}

// Reroute puts an item in review on a longer route, or back on the one it was submitted on.
func (d *Desk) Reroute(ctx context.Context, who Actor, id, key string, to disclosure.RouteRef, reason string) (Disclosure, error) {
	row, err := d.row(ctx, who, id, string(disclosure.Reroute))
	if err != nil {
		return Disclosure{}, err
	}
	routes, _, err := d.routesInForce(ctx, row)
	if err != nil {
		return Disclosure{}, err
	}
	route, ok := routes.Find(to)
	if !ok {
		return Disclosure{}, disclosure.Refuse(disclosure.NotFound, "route")
	}
	return d.takeWith(ctx, who, id, key, "reason", reason, disclosure.Act{Type: disclosure.Reroute, Route: &route})
}
