package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

const routesPath = base + "/routes"

// routesPage is every route, and the simulator.
type routesPage struct {
	Frame
	All      []desk.RouteVersion
	Kinds    []disclosure.Kind
	Flags    []disclosure.FlagInfo
	Channels []string
	Typed    simulationForm
	Result   *desk.Simulation
}

type simulationForm struct {
	Kind     string
	Flags    []string
	Channels []string
}

// Chosen says whether name is among those that were ticked.
func (p routesPage) Chosen(names []string, name any) bool {
	flag, ok := name.(disclosure.Flag)
	if !ok {
		plain, _ := name.(string)
		return slices.Contains(names, plain)
	}
	return slices.Contains(names, string(flag))
}

// Asked are the steps that are asked for.
func (p routesPage) Asked() []desk.SimulatedStep {
	return slices.DeleteFunc(slices.Clone(p.Result.Steps), func(s desk.SimulatedStep) bool { return !s.Asked || s.Done })
}

// routePage is one version of a route, with the form for the next.
type routePage struct {
	Frame
	V     desk.RouteVersion
	Typed routeForm
}

type routeForm struct{ Route, Reason, form string }

// Can says whether one may do that with the version.
func (p routePage) Can(act string) bool { return slices.Contains(p.V.Can, act) }

// Condition says a condition in words, and nothing for one that always holds.
func (f Frame) Condition(c *disclosure.Condition) []string {
	if c == nil {
		return nil
	}
	var parts []string
	for _, k := range c.Kinds {
		parts = append(parts, f.Kind(k))
	}
	parts = append(parts, c.Units...)
	for _, name := range c.Channels {
		parts = append(parts, f.Name("channel", name))
	}
	for _, id := range c.Flags {
		if info, ok := disclosure.FlagByID(id); ok {
			parts = append(parts, f.pick(info.Zh, info.En))
		}
	}
	return parts
}

func (c *Console) allRoutes(v *visit) error {
	frame, err := c.frame(v, "routes.title", "routes")
	if err != nil {
		return err
	}
	p := routesPage{Frame: frame, Kinds: disclosure.Kinds(), Flags: disclosure.Flags(), Channels: c.desk.Channels()}
	if p.All, err = c.desk.Routes(v.ctx(), v.who); err != nil {
		return err
	}
	q := v.QueryParams()
	p.Typed = simulationForm{Kind: q.Get("kind"), Flags: q["flags"], Channels: q["channels"]}
	if p.Typed.Kind == "" {
		return c.show(v, http.StatusOK, "routes", p)
	}
	in := desk.SimulationInput{Kind: p.Typed.Kind, Channels: p.Typed.Channels}
	for _, f := range p.Typed.Flags {
		in.Flags = append(in.Flags, disclosure.Flag(f))
	}
	result, err := c.desk.Simulate(v.ctx(), v.who, in)
	switch {
	case err == nil:
		p.Result = &result
	case !p.put("simulate", err):
		return err
	}
	return c.show(v, http.StatusOK, "routes", p)
}

func (c *Console) route(v *visit) error {
	return c.showRoute(v, http.StatusOK, routeForm{}, nil)
}

func routeRef(v *visit) disclosure.RouteRef {
	n, _ := strconv.Atoi(v.Param("version")) // what is no number is no version
	return disclosure.RouteRef{ID: v.Param("id"), Version: n}
}

func (c *Console) showRoute(v *visit, code int, t routeForm, refused error) error {
	frame, err := c.frame(v, "routes.title", "routes")
	if err != nil {
		return err
	}
	ref := routeRef(v)
	frame.Here = routesPath + "/" + ref.ID + "/" + strconv.Itoa(ref.Version)
	if refused != nil {
		if !frame.put("route", refused) {
			return refused
		}
		if frame.Problem.Field == "proof" {
			frame.Problem.Form = t.form
			frame.Problem.Link = "#" + frame.At(t.form, "proof").ID
		} else if frame.Problem.Field != "reason" { // whichever field of the text it is about: the sentence names it
			frame.Problem.Field, frame.Problem.Link = "route", "#route-route"
		}
	}
	p := routePage{Frame: frame, Typed: t}
	if p.V, err = c.desk.Route(v.ctx(), v.who, ref); err != nil {
		return err
	}
	if t.Route == "" {
		raw, err := json.MarshalIndent(p.V.Route, "", "  ")
		if err != nil {
			return err
		}
		p.Typed.Route = string(raw)
	}
	return c.show(v, code, "route", p)
}

// proposeRoute proposes the next version. What was typed stays when it is refused.
func (c *Console) proposeRoute(v *visit) error {
	t := routeForm{Route: v.typed("route"), Reason: v.typed("reason")}
	in := desk.RouteInput{Reason: t.Reason}
	dec := json.NewDecoder(bytes.NewReader([]byte(t.Route)))
	dec.DisallowUnknownFields()
	err := dec.Decode(&in.Route)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one value")
		}
	}
	if err != nil {
		where := "JSON @ " + strconv.FormatInt(dec.InputOffset(), 10)
		return c.showRoute(v, http.StatusUnprocessableEntity, t, disclosure.Refuse(disclosure.WrongType, "route", "why", where))
	}
	made, err := c.desk.ProposeRoute(v.ctx(), v.who, in)
	if err != nil {
		return c.showRoute(v, status(disclosure.CodeOf(err)), t, err)
	}
	return v.Redirect(http.StatusSeeOther, routesPath+"/"+made.Route.ID+"/"+strconv.Itoa(made.Route.Version)+"?done=routed")
}

func (c *Console) confirmRoute(v *visit) error { return c.settleRoute(v, true, "routeok") }

func (c *Console) refuseRoute(v *visit) error { return c.settleRoute(v, false, "routeno") }

func (c *Console) settleRoute(v *visit, confirm bool, done string) error {
	ref := routeRef(v)
	if _, err := c.desk.SettleRoute(v.ctx(), v.who, ref, confirm); err != nil {
		form := "refuse"
		if confirm {
			form = "confirm"
		}
		return c.showRoute(v, status(disclosure.CodeOf(err)), routeForm{form: form}, err)
	}
	return v.Redirect(http.StatusSeeOther, routesPath+"/"+ref.ID+"/"+strconv.Itoa(ref.Version)+"?done="+done)
}

// Because says for what the route was taken, in words.
func (p routesPage) Because() []string { return p.Condition(&p.Result.Rule) }
