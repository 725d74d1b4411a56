package desk

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"shenfa/internal/channel"
	"shenfa/internal/disclosure"
)

// Plan explains when a disclosure may be released, and why then.
type Plan struct {
	disclosure.Outlook
	Refused *PlanRefusal `json:"refused"` // why it could not be planned so now
}

// PlanRefusal is a refusal of a plan as a person would get it.
type PlanRefusal struct {
	Code disclosure.Code `json:"code"`
	Zh   string          `json:"zh"`
	En   string          `json:"en"`
}

// windowsAhead bounds the publishing windows that an item waits for; windowsMeant is how
// many of them a plan reaches that does not say by when.
const (
	windowsAhead = 60
	windowsMeant = 5
)

// terms are what an item for these channels is planned under now.
func (d *Desk) terms(ctx context.Context, unit string, channels []string) (disclosure.Terms, error) {
	t, err := d.store.Terms(ctx, unit)
	if slices.Contains(channels, channel.PortalName) {
		t.Lead = d.cacheLife
	}
	return t, err
}

// admit refuses a draft whose instant lies too near, in a blackout, or so far ahead that an
// approval of today would not last.
func (d *Desk) admit(ctx context.Context, who Actor, draft disclosure.Draft) (disclosure.Terms, error) {
	t, err := d.terms(ctx, who.Unit, draft.Channels)
	if err != nil || draft.Release.Undated() {
		return t, err
	}
	return t, admissible(draft, t)
}

func admissible(draft disclosure.Draft, t disclosure.Terms) error {
	at, zone := draft.Release.At, draft.Release.Zone
	if err := t.Admit(draft.Kind, draft.Channels, at, "release.at", zone); err != nil {
		return err
	}
	days := disclosure.ClearanceDays(draft.Kind, t.Now)
	if end := t.Now.Add(time.Duration(days) * 24 * time.Hour); days > 0 && at.After(end) {
		return disclosure.Refuse(disclosure.ApprovalExpires, "release.at", "days", strconv.Itoa(days), "latest", disclosure.ShowInstant(end, zone))
	}
	return nil
}

// bounded is the plan of a draft with its last instant, if the drafter named none: that of
// the law, or a week; a plan for the next window reaches some of them, for holidays are long.
func (d *Desk) bounded(draft disclosure.Draft, unit string, lawful *Lawful, now time.Time) disclosure.Plan {
	plan := draft.Release
	if !plan.Latest.IsZero() || lawful == nil && !plan.NextWindow {
		return plan
	}
	start := plan.At
	if plan.Undated() {
		start = now
	}
	plan.Latest = start.Add(disclosure.DefaultWindow)
	if plan.NextWindow {
		if all := d.calendar.Get().Openings(unit, start, start.AddDate(1, 0, 0), windowsMeant); len(all) > 0 && all[len(all)-1].Until.After(plan.Latest) {
			plan.Latest = all[len(all)-1].Until.UTC()
		}
	}
	if lawful != nil && lawful.Latest.Before(plan.Latest) {
		plan.Latest = lawful.Latest
	}
	return plan
}

// underTerms adds to a submission what the rules of today say about its plan.
func (d *Desk) underTerms(ctx context.Context, who Actor, a disclosure.Act, draft disclosure.Draft, t disclosure.Terms) (disclosure.Act, error) {
	if t.Now.IsZero() { // frozen by an earlier try
		var err error
		if t, err = d.terms(ctx, who.Unit, draft.Channels); err != nil {
			return disclosure.Act{}, err
		}
	}
	a.ClearDays = disclosure.ClearanceDays(draft.Kind, t.Now)
	if a.NextWindow = draft.Release.NextWindow; a.NextWindow {
		a.Windows = d.windows(who.Unit, a, t)
	}
	return a, nil
}

func (d *Desk) windows(unit string, a disclosure.Act, t disclosure.Terms) []disclosure.Window {
	var all []disclosure.Window
	for _, o := range d.calendar.Get().Openings(unit, a.NotBefore, a.Latest, windowsAhead) {
		all = append(all, disclosure.Window{From: o.From.UTC(), Until: o.Until.UTC()})
	}
	return t.Open(all, a.Kind, a.Channels)
}

// admitMove refuses to move an item to an instant that lies too near or in a blackout. What
// the rules refuse of the act itself is left to them.
func (d *Desk) admitMove(ctx context.Context, who Actor, id string, a disclosure.Act) error {
	row, err := d.row(ctx, who, id, string(a.Type))
	if err != nil {
		return err
	}
	if a.ID != "" {
		if done, err := d.store.ActDone(ctx, a.ID); err != nil || done {
			return err
		}
	}
	t, err := d.terms(ctx, row.Unit, row.Case.Channels)
	if err != nil {
		return err
	}
	a.At, a.Opinion = t.Now, "-"
	if row.Case.Check(a) != nil {
		return nil
	}
	err = t.Admit(row.Case.Kind, row.Case.Channels, a.ReleaseAt, "at", disclosure.DefaultZone)
	if code := disclosure.CodeOf(err); code != "" {
		d.Denied(ctx, who, string(a.Type), id, code)
	}
	return err
}

// Plan explains the plan of a disclosure: of its draft while that can be changed, and of
// what was submitted from then on.
func (d *Desk) Plan(ctx context.Context, who Actor, id string) (Plan, error) {
	row, err := d.reading(ctx, who, id, "read_plan")
	if err != nil {
		return Plan{}, err
	}
	lawful, err := d.lawful(row.Draft)
	if err != nil {
		return Plan{}, err
	}
	c, draft := row.Case, row.Draft
	t, err := d.terms(ctx, row.Unit, draft.Channels)
	if err != nil {
		return Plan{}, err
	}
	out := Plan{}
	if c.State.Editable() {
		c = d.asPlanned(c, draft, lawful, t)
		err := draft.Complete(t.Now)
		if err == nil && !draft.Release.Undated() {
			err = admissible(draft, t)
		}
		out.Refused = planRefusal(err)
	} else if c.State == disclosure.Approved || c.State == disclosure.Armed || c.State == disclosure.Held {
		t.Lead = 0 // it is planned already
		if c.Expired(t.Now) {
			out.Refused = planRefusal(c.CheckExpiry(t.Now, ""))
		} else {
			out.Refused = planRefusal(t.Admit(c.Kind, c.Channels, c.ReleaseAt, "", disclosure.DefaultZone))
		}
	}
	law := ""
	if lawful != nil {
		law = lawful.Law
	}
	out.Outlook = c.Outlook(t, law)
	return out, nil
}

func planRefusal(err error) *PlanRefusal {
	var r *disclosure.Refusal
	if !errors.As(err, &r) {
		return nil
	}
	return &PlanRefusal{Code: r.Code, Zh: r.Sentence("zh"), En: r.Sentence("en")}
}

// asPlanned is the case as it would be if the draft were submitted now.
func (d *Desk) asPlanned(c disclosure.Case, draft disclosure.Draft, lawful *Lawful, t disclosure.Terms) disclosure.Case {
	plan := d.bounded(draft, c.Unit, lawful, t.Now)
	c.Kind, c.Channels, c.Late = draft.Kind, draft.Channels, plan.Late
	c.OnApproval, c.NextWindow, c.ClearDays, c.ApprovedAt = plan.OnApproval, plan.NextWindow, disclosure.ClearanceDays(draft.Kind, t.Now), time.Time{}
	c.NotBefore, c.Latest, c.ReleaseAt, c.Lawful = plan.At, plan.Latest, plan.At, time.Time{}
	if plan.Undated() {
		c.NotBefore = t.Now
	}
	if c.Latest.IsZero() {
		c.Latest = c.NotBefore.Add(disclosure.DefaultWindow)
	}
	if lawful != nil && !(plan.Undated() && t.Now.After(lawful.Latest)) {
		c.Lawful = lawful.Latest
	}
	c.Windows = nil
	if plan.NextWindow {
		c.Windows = d.windows(c.Unit, disclosure.Act{Kind: c.Kind, Channels: c.Channels, NotBefore: c.NotBefore, Latest: c.Latest}, t)
	}
	return c
}
