package desk

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// CampaignQuery says which public items are meant: those to which all of it applies.
type CampaignQuery = store.CampaignQuery

// CampaignInput opens a re-review of what is public (专项复核).
type CampaignInput struct {
	Query  CampaignQuery `json:"query"`
	Reason string        `json:"reason"`
	Due    time.Time     `json:"due"`    // when the reviews are to be done
	Recall bool          `json:"recall"` // take what is found off at once, and review it then
}

// CampaignTrial is what a campaign would be about, as far as it was looked.
type CampaignTrial struct {
	Items  []CampaignItem `json:"items"`
	Looked int            `json:"looked"`
	Next   string         `json:"next"` // where the next look begins; empty: all was looked at
}

// Campaign is a re-review of what is public.
type Campaign struct {
	ID       string           `json:"id"`
	Query    CampaignQuery    `json:"query"`
	Reason   string           `json:"reason"`
	Recall   bool             `json:"recall"`
	Due      time.Time        `json:"due"`
	By       Ref              `json:"by"`
	OpenedAt time.Time        `json:"opened_at"`
	Looked   int              `json:"looked"`   // items looked at so far
	Searched bool             `json:"searched"` // all were looked at
	Progress CampaignProgress `json:"progress"`
	ClosedAt *time.Time       `json:"closed_at"`
	ClosedBy *Ref             `json:"closed_by"`
	Report   string           `json:"report"`
	Items    []CampaignItem   `json:"items"` // empty in a list of campaigns
}

// CampaignProgress counts the items of a campaign by what became of them.
type CampaignProgress struct {
	Items     int `json:"items"`
	Waiting   int `json:"waiting"`
	Kept      int `json:"kept"`
	Withdrawn int `json:"withdrawn"`
	Recalled  int `json:"recalled"`
	Gone      int `json:"gone"` // taken off by somebody else meanwhile
}

// CampaignItem is one disclosure to be reviewed once more.
type CampaignItem struct {
	Disclosure Summary           `json:"disclosure"`
	Found      []ChangedSpot     `json:"found"`   // where, if something in it was looked for
	Outcome    disclosure.Review `json:"outcome"` // empty while it waits
	By         *Ref              `json:"by"`
	Reason     string            `json:"reason"`
	At         *time.Time        `json:"at"`
	Mine       bool              `json:"mine"` // I may review it
}

// ReviewInput is what a reviewer found. Type, Successor and Document are of a withdrawal.
type ReviewInput struct {
	Outcome   disclosure.Review `json:"outcome"`
	Reason    string            `json:"reason"`
	Type      string            `json:"type"` // error if empty
	Successor string            `json:"successor"`
	Document  string            `json:"document"`
}

const (
	maxCampaigns = 100
	maxReport    = 10000 // characters
)

// checkQuery refuses what cannot be looked for.
func checkQuery(q *CampaignQuery) error {
	for field, v := range map[string]*string{"rule": &q.Rule, "reviewer": &q.Reviewer, "phrase": &q.Phrase, "kind": &q.Kind} {
		if *v = strings.TrimSpace(*v); utf8.RuneCountInString(*v) > disclosure.MaxShortText {
			return disclosure.Refuse(disclosure.TooLong, "query."+field, "max", "200")
		}
	}
	if *q == (CampaignQuery{}) {
		return disclosure.Refuse(disclosure.QueryEmpty, "query")
	}
	if _, known := disclosure.KindByID(q.Kind); q.Kind != "" && !known {
		return disclosure.Refuse(disclosure.BadValue, "query.kind", "value", q.Kind, "allowed", "kind")
	}
	from, to, err := days(*q)
	if err != nil {
		return err
	}
	if !to.IsZero() && !to.After(from) {
		return disclosure.Refuse(disclosure.BadValue, "query.to", "value", q.To, "allowed", "≥ "+q.From)
	}
	return nil
}

// days are the first instant of the first day and the last of the last one, in the zone of
// the bureau.
func days(q CampaignQuery) (from, to time.Time, err error) {
	zone := time.FixedZone(disclosure.DefaultZone, 8*60*60)
	for field, d := range map[string]struct {
		text string
		to   *time.Time
		plus int
	}{"query.from": {q.From, &from, 0}, "query.to": {q.To, &to, 1}} {
		if d.text == "" {
			continue
		}
		day, err := time.ParseInLocation(time.DateOnly, d.text, zone)
		if err != nil {
			return from, to, disclosure.Refuse(disclosure.WrongType, field, "why", "YYYY-MM-DD")
		}
		*d.to = day.AddDate(0, 0, d.plus)
	}
	return from, to, nil
}

// TryCampaign shows what a campaign would be about. It looks at a bounded number of items
// from cursor on.
func (d *Desk) TryCampaign(ctx context.Context, who Actor, q CampaignQuery, cursor string) (CampaignTrial, error) {
	if err := d.needs(ctx, who, disclosure.MayClear, "try_campaign", who.Unit); err != nil {
		return CampaignTrial{}, err
	}
	if err := checkQuery(&q); err != nil {
		return CampaignTrial{}, err
	}
	found, looked, next, err := d.look(ctx, who, q, cursor)
	if err != nil {
		return CampaignTrial{}, err
	}
	out := CampaignTrial{Items: []CampaignItem{}, Looked: looked, Next: next}
	for _, f := range found {
		item, err := d.campaignItem(ctx, who, store.CampaignItem{ID: f.ID, Found: f.Found})
		if err != nil {
			return CampaignTrial{}, err
		}
		out.Items = append(out.Items, item)
	}
	d.note(ctx, who, "try_campaign", who.Unit, "ok", nil)
	return out, nil
}

// OpenCampaign opens one and looks at the first items. The same key opens the same.
func (d *Desk) OpenCampaign(ctx context.Context, who Actor, key string, in CampaignInput) (Campaign, error) {
	if err := d.needs(ctx, who, disclosure.MayClear, "open_campaign", who.Unit); err != nil {
		return Campaign{}, err
	}
	if in.Recall {
		if err := d.needs(ctx, who, disclosure.MayRelease, "open_campaign", who.Unit); err != nil {
			return Campaign{}, err
		}
	}
	if err := checkQuery(&in.Query); err != nil {
		return Campaign{}, err
	}
	in.Reason = strings.TrimSpace(in.Reason)
	now, err := d.store.Now(ctx)
	switch {
	case err != nil:
		return Campaign{}, err
	case in.Reason == "":
		return Campaign{}, disclosure.Refuse(disclosure.ReasonRequired, "reason")
	case utf8.RuneCountInString(in.Reason) > disclosure.MaxReason:
		return Campaign{}, disclosure.Refuse(disclosure.TooLong, "reason", "max", "2000")
	case in.Due.IsZero():
		return Campaign{}, disclosure.Refuse(disclosure.Required, "due")
	case !in.Due.After(now):
		return Campaign{}, disclosure.Refuse(disclosure.BadValue, "due", "value", disclosure.ShowInstant(in.Due, disclosure.DefaultZone), "allowed", "> "+disclosure.ShowInstant(now, disclosure.DefaultZone))
	}
	id := store.Derive("campaign", who.ID, key)
	var c Campaign
	open := func(who Actor) error {
		err := d.store.AddCampaign(ctx, id, who.Person, store.CampaignWords{Reason: in.Reason, Query: in.Query}, in.Recall, in.Due.UTC())
		if err == nil {
			c, err = d.LookOn(ctx, who, id)
		}
		return err
	}
	if in.Recall {
		err = d.proven(ctx, who, open)
	} else {
		err = open(who)
	}
	return c, err
}

// LookOn looks at the next items of a campaign. What is to be recalled at once is, also
// what an earlier look could not.
func (d *Desk) LookOn(ctx context.Context, who Actor, id string) (Campaign, error) {
	if err := d.needs(ctx, who, disclosure.MayClear, "look_on", object(id)); err != nil {
		return Campaign{}, err
	}
	c, err := d.store.Campaign(ctx, who.Unit, id)
	if err != nil {
		return Campaign{}, err
	}
	if c.ClosedAt != nil {
		return Campaign{}, disclosure.Refuse(disclosure.CampaignClosed, "")
	}
	if c.SearchedAt == nil {
		found, looked, next, err := d.look(ctx, who, c.Words.Query, c.Cursor)
		if err != nil {
			return Campaign{}, err
		}
		// Whoever was quicker has looked at the same.
		if err := d.store.Look(ctx, c, who.Person, found, looked, next); err != nil && !errors.Is(err, store.ErrFenced) {
			return Campaign{}, err
		}
	}
	if c.Recall && c.By == who.ID {
		if err := d.proven(ctx, who, func(who Actor) error { return d.recallFound(ctx, who, c) }); err != nil {
			return Campaign{}, err
		}
	}
	return d.Campaign(ctx, who, id)
}

// recallFound recalls what a campaign has found. What cannot be recalled waits for its
// reviewer, and for the next look.
func (d *Desk) recallFound(ctx context.Context, who Actor, c store.Campaign) error {
	items, err := d.store.CampaignItems(ctx, c.ID, who.Person)
	if err != nil {
		return err
	}
	for _, i := range items {
		if i.Outcome != nil {
			continue
		}
		a := disclosure.Act{ID: actID(who, c.ID+"/"+i.ID), Type: disclosure.Recall, By: who.Person, Campaign: c.ID}
		if a.Opinion, err = d.words(ctx, i.ID, a.ID, "reason", c.Words.Reason); err != nil {
			return err
		}
		if err := d.act(ctx, who, i.ID, a); err != nil && disclosure.CodeOf(err) == "" {
			return err
		}
	}
	return nil
}

// Campaigns lists those of the unit, newest first, without their items.
func (d *Desk) Campaigns(ctx context.Context, who Actor) ([]Campaign, error) {
	if err := d.needs(ctx, who, disclosure.MayClear, "campaigns", who.Unit); err != nil {
		return nil, err
	}
	rows, err := d.store.Campaigns(ctx, who.Unit, maxCampaigns)
	if err != nil {
		return nil, err
	}
	out := make([]Campaign, len(rows))
	for i, c := range rows {
		out[i] = campaignView(c)
	}
	return out, nil
}

// Campaign shows one with its items. Who reads it is written down.
func (d *Desk) Campaign(ctx context.Context, who Actor, id string) (Campaign, error) {
	if err := d.needs(ctx, who, disclosure.MayClear, "read_campaign", object(id)); err != nil {
		return Campaign{}, err
	}
	c, err := d.store.Campaign(ctx, who.Unit, id)
	if err != nil {
		return Campaign{}, err
	}
	rows, err := d.store.CampaignItems(ctx, id, who.Person)
	if err != nil {
		return Campaign{}, err
	}
	out := campaignView(c)
	for _, r := range rows {
		item, err := d.campaignItem(ctx, who, r)
		if err != nil {
			return Campaign{}, err
		}
		item.Mine = item.Mine && c.ClosedAt == nil
		out.Items = append(out.Items, item)
	}
	d.note(ctx, who, "read_campaign", id, "ok", nil)
	return out, nil
}

func campaignView(c store.Campaign) Campaign {
	out := Campaign{
		ID: c.ID, Query: c.Words.Query, Reason: c.Words.Reason, Recall: c.Recall, Due: c.DueAt, By: Ref{ID: c.By, Name: c.ByName}, OpenedAt: c.OpenedAt,
		Looked: c.Looked, Searched: c.SearchedAt != nil, ClosedAt: c.ClosedAt, Report: c.Report, Items: []CampaignItem{},
		Progress: CampaignProgress{
			Items: c.Items, Waiting: c.Items - c.Kept - c.Withdrawn - c.Recalled - c.Gone,
			Kept: c.Kept, Withdrawn: c.Withdrawn, Recalled: c.Recalled, Gone: c.Gone,
		},
	}
	if c.ClosedBy != nil {
		out.ClosedBy = &Ref{ID: *c.ClosedBy, Name: deref(c.CloserName)}
	}
	return out
}

func (d *Desk) campaignItem(ctx context.Context, who Actor, r store.CampaignItem) (CampaignItem, error) {
	row, err := d.store.Disclosure(ctx, who.Person, r.ID)
	if err != nil {
		return CampaignItem{}, err
	}
	out := CampaignItem{Disclosure: summary(row), Found: []ChangedSpot{}, Outcome: deref(r.Outcome), Reason: r.Reason, At: r.At, Mine: r.Mine}
	if r.By != nil {
		out.By = &Ref{ID: *r.By, Name: deref(r.ByName)}
	}
	return out, json.Unmarshal(r.Found, &out.Found)
}

// Review notes what a reviewer found about an item of a campaign, and does it at once.
func (d *Desk) Review(ctx context.Context, who Actor, campaign, id, key string, in ReviewInput) (Campaign, error) {
	if err := d.needs(ctx, who, disclosure.MayClear, "review", object(id)); err != nil {
		return Campaign{}, err
	}
	c, err := d.store.Campaign(ctx, who.Unit, campaign)
	if err != nil {
		return Campaign{}, err
	}
	if err := d.review(ctx, who, c, id, key, in); err != nil {
		if code := disclosure.CodeOf(err); code != "" {
			d.Denied(ctx, who, "review", object(id), code)
		}
		return Campaign{}, err
	}
	return d.Campaign(ctx, who, campaign)
}

func (d *Desk) review(ctx context.Context, who Actor, c store.Campaign, id, key string, in ReviewInput) error {
	act := actID(who, key)
	if done, err := d.store.ActDone(ctx, act); err != nil || done {
		return err
	}
	items, err := d.store.CampaignItems(ctx, c.ID, who.Person)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(items, func(i store.CampaignItem) bool { return i.ID == id })
	switch {
	case i < 0:
		return disclosure.Refuse(disclosure.NotFound, "")
	case c.ClosedAt != nil:
		return disclosure.Refuse(disclosure.CampaignClosed, "")
	case !slices.Contains(disclosure.Reviews(), in.Outcome):
		return disclosure.Refuse(disclosure.BadValue, "outcome", "value", string(in.Outcome), "allowed", "keep, withdraw, recall")
	case strings.TrimSpace(in.Reason) == "":
		return disclosure.Refuse(disclosure.ReasonRequired, "reason")
	case !who.Has(disclosure.Confidentiality):
		return disclosure.Refuse(disclosure.NotYourTask, "", "step", "专项复核", "who", "保密审查员")
	}
	switch in.Outcome {
	case disclosure.ReviewWithdraw:
		if in.Type == "" {
			in.Type = "error"
		}
		_, err = d.takeDown(ctx, who, id, key, WithdrawalInput{Type: in.Type, Reason: in.Reason, Successor: in.Successor, Document: in.Document}, c.ID)
	case disclosure.ReviewRecall:
		if err = d.current(ctx, who, id, "recall"); err == nil {
			_, err = d.takeWith(ctx, who, id, key, "reason", in.Reason, disclosure.Act{Type: disclosure.Recall, Campaign: c.ID})
		}
	default:
		var opinion string
		if opinion, err = d.words(ctx, id, act, "reason", in.Reason); err != nil {
			return err
		}
		if o := items[i]; o.Opinion != nil && *o.Opinion == opinion {
			return nil // the same request again
		}
		err = d.store.KeepPublic(ctx, c.ID, id, who.Person, opinion)
	}
	return err
}

// CloseCampaign ends a campaign whose items are all reviewed, with what came of it.
func (d *Desk) CloseCampaign(ctx context.Context, who Actor, id, report string) (Campaign, error) {
	if err := d.needs(ctx, who, disclosure.MayClear, "close_campaign", object(id)); err != nil {
		return Campaign{}, err
	}
	if _, err := d.store.Campaign(ctx, who.Unit, id); err != nil {
		return Campaign{}, err
	}
	report = strings.TrimSpace(report)
	switch {
	case report == "":
		return Campaign{}, disclosure.Refuse(disclosure.Required, "report")
	case utf8.RuneCountInString(report) > maxReport:
		return Campaign{}, disclosure.Refuse(disclosure.TooLong, "report", "max", "10000")
	}
	if err := d.store.CloseCampaign(ctx, id, who.Person, report); err != nil {
		return Campaign{}, err
	}
	return d.Campaign(ctx, who, id)
}
