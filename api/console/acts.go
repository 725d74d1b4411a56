package console

import (
	"net/http"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// dispose says what was done about one finding.
func (c *Console) dispose(v *visit) error {
	finding := v.Param("finding")
	t := typed{form: "dispose-" + finding, Disposition: v.typed("disposition"), Reason: v.typed("reason")}
	_, err := c.desk.Dispose(v.ctx(), v.who, v.Param("id"), finding, v.key, disclosure.Disposition(t.Disposition), t.Reason)
	return c.acted(v, "dispose", t, err)
}

// decide takes the decision on what was shown. If that has changed meanwhile the
// page says so, keeps the words and asks again.
func (c *Console) decide(v *visit) error {
	t := typed{form: "decide", Outcome: v.typed("outcome"), Reason: v.typed("opinion"), Basis: v.typed("basis"), ReturnTo: v.typed("return_to"), seen: disclosure.Hash(v.typed("manifest_hash"))}
	in := desk.DecisionInput{
		Step: v.typed("step"), Outcome: disclosure.Outcome(t.Outcome), ManifestHash: t.seen, Opinion: t.Reason, Basis: t.Basis,
	}
	if in.Outcome == disclosure.ReturnToEarlier {
		in.ReturnTo = t.ReturnTo
	}
	if t.Outcome == "" {
		return c.acted(v, "decide", t, disclosure.Refuse(disclosure.Required, "outcome"))
	}
	_, err := c.desk.Decide(v.ctx(), v.who, v.Param("id"), v.key, in)
	if disclosure.CodeOf(err) == disclosure.ManifestChanged {
		t.Outcome = "" // what was chosen for another text is not chosen for this one
	}
	return c.acted(v, "decide", t, err)
}

func (c *Console) withdraw(v *visit) error {
	t := typed{form: "withdraw", Reason: v.typed("reason")}
	_, err := c.desk.Withdraw(v.ctx(), v.who, v.Param("id"), v.key, t.Reason)
	return c.acted(v, "withdraw", t, err)
}

func (c *Console) reschedule(v *visit) error {
	t := typed{form: "reschedule", Reason: v.typed("reason"), At: v.typed("at")}
	at, err := time.ParseInLocation(wallClock, t.At, c.zone)
	switch {
	case t.At == "":
		err = disclosure.Refuse(disclosure.Required, "at")
	case err != nil:
		err = disclosure.Refuse(disclosure.WrongType, "at", "why", "YYYY-MM-DD HH:MM")
	default:
		_, err = c.desk.Reschedule(v.ctx(), v.who, v.Param("id"), v.key, at.UTC(), t.Reason)
	}
	return c.acted(v, "reschedule", t, err)
}

func (c *Console) recall(v *visit) error {
	t := typed{form: "recall", Reason: v.typed("reason")}
	_, err := c.desk.Recall(v.ctx(), v.who, v.Param("id"), v.key, t.Reason)
	return c.acted(v, "recall", t, err)
}

func (c *Console) restore(v *visit) error {
	t := typed{form: "restore", Reason: v.typed("reason")}
	_, err := c.desk.Restore(v.ctx(), v.who, v.Param("id"), v.key, t.Reason)
	return c.acted(v, "restore", t, err)
}

// takeDown ends the public life of an item for a typed reason.
func (c *Console) takeDown(v *visit) error {
	t := typed{form: "takedown", Reason: v.typed("reason"), Kind: v.typed("type"), Successor: v.typed("successor"), Document: v.typed("document")}
	in := desk.WithdrawalInput{Type: t.Kind, Reason: t.Reason, Successor: t.Successor, Document: t.Document}
	_, err := c.desk.TakeDown(v.ctx(), v.who, v.Param("id"), v.key, in)
	return c.acted(v, "takedown", t, err)
}

// correct begins the correction of what is public and leads to its draft.
func (c *Console) correct(v *visit) error {
	d, err := c.desk.Correct(v.ctx(), v.who, v.Param("id"), v.key)
	if err != nil {
		return c.refused(v, v.Param("id"), typed{form: "correct"}, err)
	}
	return v.Redirect(http.StatusSeeOther, itemPath(d.ID)+"/edit?done=correct")
}

// bypass shortens the sign-off in an emergency.
func (c *Console) bypass(v *visit) error {
	t := typed{form: "bypass", Reason: v.typed("reason"), seen: disclosure.Hash(v.typed("manifest_hash"))}
	_, err := c.desk.Bypass(v.ctx(), v.who, v.Param("id"), v.key, t.seen, t.Reason)
	return c.acted(v, "bypass", t, err)
}

// ratify judges a bypass afterwards.
func (c *Console) ratify(v *visit) error {
	t := typed{form: "ratify", Reason: v.typed("reason")}
	in := desk.RatifyInput{Bypass: v.typed("bypass"), Outcome: disclosure.RatifyOutcome(v.typed("outcome")), Reason: t.Reason}
	_, err := c.desk.Ratify(v.ctx(), v.who, v.Param("id"), v.key, in)
	return c.acted(v, "ratify", t, err)
}

// reevaluate judges again what was not made public.
func (c *Console) reevaluate(v *visit) error {
	t := typed{form: "reevaluate", Reason: v.typed("reason")}
	in := desk.ReevaluateInput{Outcome: disclosure.ReevaluateOutcome(v.typed("outcome")), Reason: t.Reason}
	_, err := c.desk.Reevaluate(v.ctx(), v.who, v.Param("id"), v.key, in)
	return c.acted(v, "reevaluate", t, err)
}

// closeIncident tells what was done; of a quarantine it also says that the mark is real.
func (c *Console) closeIncident(v *visit) error {
	t := typed{form: "incident", Reason: v.typed("reason")}
	_, err := c.desk.CloseIncident(v.ctx(), v.who, v.Param("id"), v.key, t.Reason)
	return c.acted(v, "incident", t, err)
}

// clear confirms that a quarantine was a false alarm; it takes two people.
func (c *Console) clear(v *visit) error {
	t := typed{form: "clear", Reason: v.typed("reason")}
	_, err := c.desk.ClearQuarantine(v.ctx(), v.who, v.Param("id"), v.key, t.Reason)
	return c.acted(v, "clear", t, err)
}
