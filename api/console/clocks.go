package console

import (
	"net/http"
	"strconv"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// clocksPage explains each deadline of an item, day by day.
type clocksPage struct {
	Frame
	D      desk.Disclosure
	Clocks []desk.Clock
	Typed  desk.ExtendInput
}

// Form is the form that gives a step more time.
func (p clocksPage) Form(step string) string { return "extend-" + step }

// Given is what was typed for a step, or one.
func (p clocksPage) Given(step string) desk.ExtendInput {
	if p.Typed.Step == step {
		return p.Typed
	}
	return desk.ExtendInput{Step: step, N: 1}
}

func (c *Console) clocks(v *visit) error {
	return c.showClocks(v, http.StatusOK, desk.ExtendInput{}, nil)
}

// extend gives a step more time.
func (c *Console) extend(v *visit) error {
	in := desk.ExtendInput{Step: v.typed("step"), Reason: v.typed("reason")}
	in.N, _ = strconv.Atoi(v.typed("n")) // what is no number is refused as none
	if _, err := c.desk.Extend(v.ctx(), v.who, v.Param("id"), v.key, in); err != nil {
		return c.showClocks(v, status(disclosure.CodeOf(err)), in, err)
	}
	return v.Redirect(http.StatusSeeOther, itemPath(v.Param("id"))+"/clocks?done=extend")
}

func (c *Console) showClocks(v *visit, code int, in desk.ExtendInput, refusal error) error {
	p := clocksPage{Typed: in}
	var err error
	if p.Frame, err = c.frame(v, "clocks.title", ""); err != nil {
		return err
	}
	if p.D, err = c.desk.Get(v.ctx(), v.who, v.Param("id")); err != nil {
		return err
	}
	if p.Clocks, err = c.desk.Clocks(v.ctx(), v.who, p.D.ID); err != nil {
		return err
	}
	p.Here = itemPath(p.D.ID) + "/clocks"
	if refusal != nil && !p.put(p.Form(in.Step), refusal) {
		return refusal
	}
	return c.show(v, code, "clocks", p)
}
