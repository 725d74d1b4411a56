package console

import (
	"net/http"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

type blackoutsPage struct {
	Frame
	All      []desk.Blackout
	Kinds    []disclosure.Kind
	Channels []string
	Typed    blackoutForm
}

type blackoutForm struct {
	From, Until, Reason     string
	Kinds, Channels, Exempt []string
}

// Chosen says whether name is among those that were ticked.
func (p blackoutsPage) Chosen(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

func (c *Console) blackouts(v *visit) error {
	return c.showBlackouts(v, http.StatusOK, blackoutForm{}, nil)
}

func (c *Console) showBlackouts(v *visit, code int, t blackoutForm, refusal error) error {
	frame, err := c.frame(v, "blackout.title", "calendar")
	if err != nil {
		return err
	}
	frame.Here = base + "/blackouts"
	if refusal != nil && !frame.put("blackout", refusal) {
		return refusal
	}
	all, err := c.desk.Blackouts(v.ctx(), v.who)
	if err != nil {
		return err
	}
	return c.show(v, code, "blackouts", blackoutsPage{Frame: frame, All: all, Kinds: disclosure.Kinds(), Channels: c.desk.Channels(), Typed: t})
}

// addBlackout orders one. Sent twice, it is ordered once.
func (c *Console) addBlackout(v *visit) error {
	form := v.Request().PostForm
	t := blackoutForm{
		From: v.typed("from"), Until: v.typed("until"), Reason: v.typed("reason"),
		Kinds: form["kinds"], Channels: form["channels"], Exempt: form["exempt"],
	}
	in := desk.BlackoutInput{Kinds: t.Kinds, Channels: t.Channels, Exempt: t.Exempt, Reason: t.Reason}
	for _, f := range []struct {
		field, typed string
		to           *time.Time
	}{{"from", t.From, &in.From}, {"until", t.Until, &in.Until}} {
		if f.typed == "" {
			continue
		}
		at, err := time.ParseInLocation(wallClock, f.typed, c.zone)
		if err != nil {
			return c.showBlackouts(v, http.StatusUnprocessableEntity, t, disclosure.Refuse(disclosure.WrongType, f.field, "why", "YYYY-MM-DD HH:MM"))
		}
		*f.to = at.UTC()
	}
	if _, err := c.desk.AddBlackout(v.ctx(), v.who, v.key, in); err != nil {
		return c.showBlackouts(v, status(disclosure.CodeOf(err)), t, err)
	}
	return v.Redirect(http.StatusSeeOther, base+"/blackouts?done=blackout")
}

func (c *Console) liftBlackout(v *visit) error {
	if err := c.desk.LiftBlackout(v.ctx(), v.who, v.Param("id")); err != nil {
		return c.showBlackouts(v, status(disclosure.CodeOf(err)), blackoutForm{}, err)
	}
	return v.Redirect(http.StatusSeeOther, base+"/blackouts?done=unblackout")
}

// gatherPlan explains the plan of what is not out yet.
func (c *Console) gatherPlan(v *visit, p *itemPage) error {
	switch p.D.State {
	case disclosure.Checking, disclosure.SelfReview, disclosure.InReview, disclosure.Reported, disclosure.Drafting, disclosure.Returned, disclosure.Withdrawn,
		disclosure.Approved, disclosure.Armed, disclosure.Held:
	default:
		return nil
	}
	plan, err := c.desk.Plan(v.ctx(), v.who, p.D.ID)
	p.Plan = &plan
	return err
}
