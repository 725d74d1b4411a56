package desk

import (
	"context"
	"errors"
	"time"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/workflows"
)

// Rehearsal is a release gone through without its effect.
type Rehearsal struct {
	Rung   string    `json:"rung"` // approved, 24h, 1h, 5m, asked
	Ready  bool      `json:"ready"`
	Causes []string  `json:"causes"` // codes
	At     time.Time `json:"at"`
}

// ChannelHealth is how a channel stands.
type ChannelHealth struct {
	Name      string    `json:"name"`
	Ready     bool      `json:"ready"`
	Since     time.Time `json:"since"`
	CheckedAt time.Time `json:"checked_at"`
	Waiting   int       `json:"waiting"` // items whose instant has passed and that are not out
	Drifted   int       `json:"drifted"` // items that it does not show as approved
}

// Sighting is something that is out and was not seen as it was approved.
type Sighting struct {
	ID      string    `json:"id"`
	Number  string    `json:"number"`
	Channel string    `json:"channel"`
	State   string    `json:"state"`
	Seen    string    `json:"seen"` // other, gone
	URL     string    `json:"url"`
	At      time.Time `json:"at"`
}

const maxSightings = 500

// Rehearse asks for a rehearsal of an approved item now. Its result shows on the item.
func (d *Desk) Rehearse(ctx context.Context, who Actor, id string) (Disclosure, error) {
	row, err := d.row(ctx, who, id, "rehearse")
	if err != nil {
		return Disclosure{}, err
	}
	if !who.May(disclosure.MayRelease) && !canEdit(who, row) {
		d.Denied(ctx, who, "rehearse", id, disclosure.Forbidden)
		return Disclosure{}, disclosure.Refuse(disclosure.Forbidden, "")
	}
	if row.Case.State != disclosure.Approved {
		s, _ := disclosure.StateByID(row.Case.State)
		return Disclosure{}, disclosure.Refuse(disclosure.WrongState, "", "state", s.Zh, "state_en", s.En, "act", "演练", "act_en", "rehearse")
	}
	if err := d.temporal.SignalWorkflow(ctx, workflows.DisclosureID(id), "", workflows.Rehearse, nil); err != nil {
		return Disclosure{}, errors.Join(disclosure.Refuse(disclosure.Unavailable, ""), err)
	}
	return d.view(ctx, who, id)
}

// Repair sends again what a channel refused.
func (d *Desk) Repair(ctx context.Context, who Actor, id, key, reason string) (Disclosure, error) {
	return d.takeWith(ctx, who, id, key, "reason", reason, disclosure.Act{Type: disclosure.Repair})
}

// ChannelHealth lists how the channels stand.
func (d *Desk) ChannelHealth(ctx context.Context, who Actor) ([]ChannelHealth, error) {
	if err := d.needs(ctx, who, disclosure.MayRead, "channels", ""); err != nil {
		return nil, err
	}
	rows, err := d.store.Health(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]ChannelHealth, len(rows))
	for i, h := range rows {
		out[i] = ChannelHealth{Name: h.Channel, Ready: h.Ready, Since: h.Since, CheckedAt: h.Checked, Waiting: h.Waiting, Drifted: h.Drifted}
	}
	return out, nil
}

// Drift lists what is out in the unit and was not seen as it was approved.
func (d *Desk) Drift(ctx context.Context, who Actor) ([]Sighting, error) {
	if err := d.needs(ctx, who, disclosure.MayRelease, "drift", ""); err != nil {
		return nil, err
	}
	rows, err := d.store.Drifted(ctx, who.Unit, maxSightings)
	if err != nil {
		return nil, err
	}
	out := make([]Sighting, len(rows))
	for i, s := range rows {
		out[i] = Sighting(s)
	}
	return out, nil
}

func (d *Desk) viewRehearsal(ctx context.Context, _ Actor, row store.Row, v *Disclosure) error {
	if row.Case.State != disclosure.Approved {
		return nil
	}
	all, err := d.store.Rehearsals(ctx, row.ID)
	if err != nil {
		return err
	}
	v.Rehearsal = rehearsalView(all, row.ID)
	return nil
}

func rehearsalView(all map[string]store.Rehearsal, id string) *Rehearsal {
	r, ok := all[id]
	if !ok {
		return nil
	}
	return &Rehearsal{Rung: r.Rung, Ready: len(r.Causes) == 0, Causes: append([]string{}, r.Causes...), At: r.At}
}
