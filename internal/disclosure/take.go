package disclosure

import (
	"slices"
	"time"
)

// Take answers with the case after act. It refuses what Check refuses.
func (c Case) Take(a Act) (Case, error) {
	if err := c.Check(a); err != nil {
		return c, err
	}
	c.Decisions, c.ClearedBy = slices.Clone(c.Decisions), slices.Clone(c.ClearedBy)
	c.Cause = a.Cause
	switch a.Type {
	case Submit:
		c.submit(a)
	case Checked:
		c.OpenFindings = a.OpenFindings
		c.raise(a.Flags)
		switch {
		case a.Quarantine:
			c.State = InQuarantine
		case a.OpenFindings > 0:
			c.State = SelfReview
		default:
			c.State = InReview
		}
	case Dispose:
		if c.OpenFindings = a.OpenFindings; c.OpenFindings == 0 {
			c.State = InReview
		}
	case Decide:
		c.decide(a)
	case Withdraw:
		c.State = Withdrawn
		c.Generation++
	case Reschedule:
		c.plan(a.ReleaseAt)
		c.OnApproval = false // from now on it has an instant that can be missed
	case Arm:
		c.State = Armed
		c.Until = EndOfPeriod(c.ReleaseAt, c.Until, c.PublicDays)
	case NotReady:
		c.State = Held
		c.Generation++
	case Missed:
		if a.ReleaseAt.IsZero() {
			c.State = Held
			c.Generation++
		} else {
			c.plan(a.ReleaseAt)
		}
	case Due:
		c.State = Releasing
	case Confirm:
		c.State = Released
	case Fail:
		c.State = Failed
	case Recall:
		c.State = Recalled
		c.Generation++
	case Claim, Unclaim, Vacate, Transfer, Urge:
		c.assign(a)
	case Retract:
		c.retract(a)
	case AddSigner:
		c.addSigner(a)
	case DropSigner:
		c.dropSigner(a)
	case Reroute:
		c = c.Rerouted(*a.Route)
	case AskQuestion, SendQuestion, ReceiveQuestion, AnswerQuestion, NotifyQuestion, OverrideQuestion, CloseQuestion, QuestionSilent:
		c.question(a)
	case Bypass:
		c.Decisions = append(c.Decisions, Decision{Act: a.ID, Step: BypassStep, Person: a.By.ID})
		c.advance(a)
	case TakeDown:
		c.takeDown(a)
	case Restore:
		c.State, c.Withdrawal = Released, ""
	case Repair:
		c.State = Releasing
	case Expire:
		c.State, c.Withdrawal = TakenDown, PeriodEnded
		c.Generation++
	case Uphold:
		c.State = NotReleased
	case Clear:
		if c.ClearedBy = append(c.ClearedBy, a.By.ID); len(c.ClearedBy) >= 2 {
			c.State = Returned
		}
	}
	c.release()
	return c, nil
}

// submit opens a new version: a new hash, and all approvals are void.
func (c *Case) submit(a Act) {
	c.State, c.Step = Checking, 0
	c.Version, c.Manifest = a.Version, a.Manifest
	c.Decisions, c.ClearedBy, c.OpenFindings, c.Flags = nil, nil, 0, slices.Clone(a.Flags)
	for _, p := range a.Contributors {
		if !slices.Contains(c.Contributors, p) {
			c.Contributors = append(slices.Clip(c.Contributors), p)
		}
	}
	// In flight, an item keeps the route it started with, or was put on.
	if c.Route.ID != a.Route.ID && c.Origin.ID != a.Route.ID {
		c.Route, c.Origin = *a.Route, RouteRef{}
	}
	c.dropContributors()
	c.Channels = slices.Clone(a.Channels)
	c.NotBefore, c.Latest, c.Lawful = a.NotBefore, a.Latest, a.Lawful
	c.OnApproval, c.Late = a.OnApproval, a.Late
	c.Kind, c.Until, c.PublicDays, c.Batch = a.Kind, a.Until, a.PublicDays, a.Batch
	c.NextWindow, c.Windows, c.ClearDays, c.ApprovedAt = a.NextWindow, slices.Clone(a.Windows), a.ClearDays, time.Time{}
	c.plan(a.NotBefore)
	c.State = Checking
}

func (c *Case) plan(at time.Time) {
	c.State = Approved
	c.ReleaseAt = at
	c.Generation++
}

func (c *Case) decide(a Act) {
	if c.State == Reported {
		switch a.Outcome {
		case DoNotDisclose:
			c.State = NotReleased
		case DiscloseOnAsk:
			c.State = OnAsk
		default:
			c.State = InReview
		}
		return
	}
	switch a.Outcome {
	case Disclose:
		c.pass(a)
	case DoNotDisclose:
		c.State = NotReleased
	case DiscloseOnAsk:
		c.State = OnAsk
	case ReportUp:
		c.State = Reported
	case DisclosePart:
		c.State, c.Decisions = Returned, nil
	case ReturnToEarlier:
		if a.ReturnTo == DrafterStep {
			c.State, c.Decisions = Returned, nil
			return
		}
		c.Step = c.Route.index(a.ReturnTo)
		c.Decisions = slices.DeleteFunc(c.Decisions, func(d Decision) bool { return d.Step == BypassStep || c.Route.index(d.Step) >= c.Step })
	}
}

// pass fills a seat and moves on when the step has its quorum.
func (c *Case) pass(a Act) {
	step := c.current()
	c.Decisions = append(c.Decisions, Decision{Act: a.ID, Step: step.ID, Seat: c.openSeat(a.SeatOf()), Person: a.By.ID, OnBehalf: a.OnBehalf()})
	if !c.passed(step) {
		return
	}
	c.Step++
	c.advance(a)
}

// raise adds the flags that the check found, and goes to the first step that is asked for.
func (c *Case) raise(found []Flag) {
	if c.State != Checking {
		return
	}
	c.Flags = append(slices.Clone(c.Flags), found...)
	slices.Sort(c.Flags)
	c.Flags = slices.Compact(c.Flags)
	c.skip()
}

// skip goes past the steps that are not asked for, those a bypass leaves out, and those that
// were passed before a step was put ahead of them.
func (c *Case) skip() {
	for c.Step < len(c.Route.Steps) {
		if s := c.Route.Steps[c.Step]; c.asked(s) && (s.Essential || !c.Bypassed()) && !c.passed(s) {
			return
		}
		c.Step++
	}
}

// advance goes past what a bypass leaves out, and approves at the end of the route.
func (c *Case) advance(a Act) {
	c.skip()
	if c.Step < len(c.Route.Steps) {
		return
	}
	c.settle(a.At)
}
