package console

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// assign does one kind of act on the task that waits; form names its part of the page.
func (c *Console) assign(act disclosure.ActType, form string) handler {
	return func(v *visit) error {
		t := typed{form: form, Reason: v.typed("reason"), Person: v.typed("person"), Where: v.typed("where")}
		in := desk.AssignInput{Step: v.typed("step"), Person: t.Person, Where: t.Where, Reason: t.Reason}
		_, err := c.desk.Assign(v.ctx(), v.who, v.Param("id"), v.key, act, in)
		return c.acted(v, string(act), t, err)
	}
}

func (c *Console) following(follow bool) handler {
	return func(v *visit) error {
		_, err := c.desk.Follow(v.ctx(), v.who, v.Param("id"), follow)
		done := "follow"
		if !follow {
			done = "unfollow"
		}
		return c.acted(v, done, typed{form: "follow"}, err)
	}
}

// gatherColleagues finds whom a task may be given to, where that is asked.
func (c *Console) gatherColleagues(v *visit, p *itemPage) (err error) {
	if p.Can("transfer") || p.Can("add_signer") {
		p.Colleagues, err = c.desk.Colleagues(v.ctx(), v.who)
		p.Colleagues = slices.DeleteFunc(p.Colleagues, func(o desk.Colleague) bool { return o.ID == v.who.ID })
	}
	return err
}

// Waits says whether the item waits for a decision on its route.
func (p itemPage) Waits() bool {
	return p.D.State == disclosure.InReview || p.D.State == disclosure.Reported
}

// Taken says whether every open seat that the viewer could take is held by another.
func (p itemPage) Taken() bool {
	return !slices.ContainsFunc(p.D.Tasks, func(t desk.TaskView) bool { return t.Mine && t.Holder == nil })
}

// Following says whether the viewer follows the item.
func (p itemPage) Following() bool {
	return slices.ContainsFunc(p.D.Followers, func(r desk.Ref) bool { return r.ID == p.Me.ID })
}

// Places are where a signer can be added.
func (p itemPage) Places() []string {
	return []string{disclosure.SignAfter, disclosure.SignBeside, disclosure.SignBefore}
}

// Added are the steps that the viewer added and may take back.
func (p itemPage) Added() (out []target) {
	if p.D.Route == nil {
		return nil
	}
	for _, s := range p.D.Route.Signers() {
		if s.By != p.Me.ID {
			continue
		}
		for _, step := range p.D.Route.Steps {
			if step.ID == s.Step && len(step.Seats) == 1 {
				out = append(out, target{ID: s.Step, Name: p.pick(step.Zh, step.En) + strings.TrimPrefix(s.Step, "added")})
			}
		}
	}
	return out
}

// Asking is a form that names a person.
func (p itemPage) Asking(form string) ask { return ask{P: p, Act: form} }

type delegationsPage struct {
	Frame
	All        []desk.Delegation
	Colleagues []desk.Colleague
	Kinds      []disclosure.Kind
	Steps      []stepChoice
	Typed      delegationForm
}

type delegationForm struct {
	Giver, Delegate, From, Until, Reason string
	Kinds, Steps                         []string
}

// Chosen says whether name is among those that were ticked.
func (p delegationsPage) Chosen(names []string, name string) bool {
	return slices.Contains(names, name)
}

// MayEnd says whether the viewer may revoke d.
func (p delegationsPage) MayEnd(d desk.Delegation) bool {
	return p.May("manage") || d.Giver.ID == p.Me.ID || d.Delegate.ID == p.Me.ID
}

// StepName says what a step is called.
func (p delegationsPage) StepName(id string) string {
	for _, s := range p.Steps {
		if s.ID == id {
			return p.pick(s.Zh, s.En)
		}
	}
	return id
}

func (c *Console) delegations(v *visit) error {
	return c.showDelegations(v, http.StatusOK, delegationForm{}, nil)
}

func (c *Console) showDelegations(v *visit, code int, t delegationForm, refusal error) error {
	frame, err := c.frame(v, "delegation.title", "delegations")
	if err != nil {
		return err
	}
	frame.Here = base + "/delegations"
	if refusal != nil && !frame.put("delegation", refusal) {
		return refusal
	}
	all, err := c.desk.Delegations(v.ctx(), v.who)
	if err != nil {
		return err
	}
	colleagues, err := c.desk.Colleagues(v.ctx(), v.who)
	if err != nil {
		return err
	}
	return c.show(v, code, "delegations", delegationsPage{Frame: frame, All: all, Colleagues: colleagues, Kinds: disclosure.Kinds(), Steps: steps(), Typed: t})
}

// addDelegation makes one. Sent twice, it is made once.
func (c *Console) addDelegation(v *visit) error {
	form := v.Request().PostForm
	t := delegationForm{
		Giver: v.typed("giver"), Delegate: v.typed("delegate"), From: v.typed("from"), Until: v.typed("until"), Reason: v.typed("reason"),
		Kinds: form["kinds"], Steps: form["steps"],
	}
	in := desk.DelegationInput{Giver: t.Giver, Delegate: t.Delegate, Kinds: t.Kinds, Steps: t.Steps, Reason: t.Reason}
	for _, f := range []struct {
		field, typed string
		to           *time.Time
	}{{"from", t.From, &in.From}, {"until", t.Until, &in.Until}} {
		if f.typed == "" {
			continue
		}
		at, err := time.ParseInLocation(wallClock, f.typed, c.zone)
		if err != nil {
			return c.showDelegations(v, http.StatusUnprocessableEntity, t, disclosure.Refuse(disclosure.WrongType, f.field, "why", "YYYY-MM-DD HH:MM"))
		}
		*f.to = at.UTC()
	}
	if _, err := c.desk.AddDelegation(v.ctx(), v.who, v.key, in); err != nil {
		return c.showDelegations(v, status(disclosure.CodeOf(err)), t, err)
	}
	return v.Redirect(http.StatusSeeOther, base+"/delegations?done=delegate")
}

func (c *Console) revokeDelegation(v *visit) error {
	if err := c.desk.RevokeDelegation(v.ctx(), v.who, v.Param("id")); err != nil {
		return c.showDelegations(v, status(disclosure.CodeOf(err)), delegationForm{}, err)
	}
	return v.Redirect(http.StatusSeeOther, base+"/delegations?done=undelegate")
}
