package desk

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/workflows"
)

// Blackout is a time in which the unit releases nothing (静默期). Empty kinds and channels
// mean all of them.
type Blackout struct {
	disclosure.Blackout
	Reason string    `json:"reason"`
	By     Ref       `json:"by"`
	At     time.Time `json:"at"`
	Covers []Summary `json:"covers"` // approved items it keeps back, of those I may see
	Hidden int       `json:"hidden"` // how many more there are
}

// BlackoutInput orders a blackout.
type BlackoutInput struct {
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	Kinds    []string  `json:"kinds"`
	Channels []string  `json:"channels"`
	Exempt   []string  `json:"exempt"`
	Reason   string    `json:"reason"`
}

// maxBlackout bounds a blackout: a mistyped year must not stop a unit for good.
const maxBlackout = 366 * 24 * time.Hour

// Blackouts lists the unit's blackouts that stand or are to come.
func (d *Desk) Blackouts(ctx context.Context, who Actor) ([]Blackout, error) {
	if err := d.needs(ctx, who, disclosure.MayRead, "blackouts", ""); err != nil {
		return nil, err
	}
	rows, err := d.store.Blackouts(ctx, who.Unit)
	if err != nil {
		return nil, err
	}
	out := make([]Blackout, len(rows))
	for i, b := range rows {
		out[i] = Blackout{Blackout: b.Rule(), Reason: b.Reason, By: Ref{ID: b.By, Name: b.ByName}, At: b.At, Covers: []Summary{}}
		kept, err := d.keptBack(ctx, who.Unit, out[i].Blackout)
		if err != nil {
			return nil, err
		}
		for _, c := range kept {
			row, err := d.store.Disclosure(ctx, who.Person, c.ID)
			switch {
			case disclosure.CodeOf(err) == disclosure.NotFound:
				out[i].Hidden++
			case err != nil:
				return nil, err
			default:
				out[i].Covers = append(out[i].Covers, summary(row))
			}
		}
	}
	return out, nil
}

// keptBack are the items planned for an instant in a blackout, and those it holds already.
func (d *Desk) keptBack(ctx context.Context, unit string, b disclosure.Blackout) ([]disclosure.Case, error) {
	all, err := d.store.Planned(ctx, unit, b.Window)
	return slices.DeleteFunc(all, func(c disclosure.Case) bool { return !b.Covers(c.Kind, c.Channels, c.ReleaseAt) }), err
}

// AddBlackout orders that the unit releases nothing in a time. What is approved for it is
// held, with its cause, and waits for a person: nothing is moved by itself.
func (d *Desk) AddBlackout(ctx context.Context, who Actor, key string, in BlackoutInput) (Blackout, error) {
	if err := d.needs(ctx, who, disclosure.MayRelease, "blackout", ""); err != nil {
		return Blackout{}, err
	}
	b, err := d.blackout(ctx, who, key, &in)
	if err != nil {
		return Blackout{}, err
	}
	if err := d.store.AddBlackout(ctx, who.Person, b, in.Reason); err != nil {
		return Blackout{}, err
	}
	kept, err := d.keptBack(ctx, who.Unit, b)
	if err != nil {
		return Blackout{}, err
	}
	d.wake(ctx, kept...)
	all, err := d.Blackouts(ctx, who)
	if err != nil {
		return Blackout{}, err
	}
	if i := slices.IndexFunc(all, func(o Blackout) bool { return o.ID == b.ID }); i >= 0 {
		return all[i], nil
	}
	return Blackout{}, disclosure.Refuse(disclosure.NotFound, "") // lifted meanwhile
}

// wake has items look at their plan again. Whoever is not woken is held before it is armed.
func (d *Desk) wake(ctx context.Context, kept ...disclosure.Case) {
	for _, c := range kept {
		if err := d.temporal.SignalWorkflow(ctx, workflows.DisclosureID(c.ID), "", workflows.Wake, nil); err != nil {
			d.log.WarnContext(ctx, "not woken for a blackout", slog.String("disclosure", c.ID), slog.Any("error", err))
		}
	}
}

// heed wakes what was approved just now for an instant in a blackout: its people are told at
// once, and not when it would be armed.
func (d *Desk) heed(ctx context.Context, v Disclosure) {
	if v.State != disclosure.Approved || v.ReleaseAt == nil {
		return
	}
	c, err := d.store.Case(ctx, v.ID)
	if err != nil {
		return
	}
	t, err := d.store.Terms(ctx, c.Unit)
	if err != nil {
		return
	}
	if _, covered := t.Blackout(c.Kind, c.Channels, c.ReleaseAt); covered {
		d.wake(ctx, c)
	}
}

// blackout reads what was typed.
func (d *Desk) blackout(ctx context.Context, who Actor, key string, in *BlackoutInput) (disclosure.Blackout, error) {
	now, err := d.store.Now(ctx)
	if err != nil {
		return disclosure.Blackout{}, err
	}
	in.Reason = strings.TrimSpace(in.Reason)
	switch {
	case in.From.IsZero():
		return disclosure.Blackout{}, disclosure.Refuse(disclosure.Required, "from")
	case in.Until.IsZero():
		return disclosure.Blackout{}, disclosure.Refuse(disclosure.Required, "until")
	case !in.Until.After(in.From) || !in.Until.After(now) || in.Until.Sub(in.From) > maxBlackout:
		return disclosure.Blackout{}, disclosure.Refuse(disclosure.BadValue, "until", "value", disclosure.ShowInstant(in.Until, disclosure.DefaultZone),
			"allowed", "from < until ≤ from + 366 d; until > "+disclosure.ShowInstant(now, disclosure.DefaultZone))
	case in.Reason == "":
		return disclosure.Blackout{}, disclosure.Refuse(disclosure.ReasonRequired, "reason")
	case utf8.RuneCountInString(in.Reason) > disclosure.MaxReason:
		return disclosure.Blackout{}, disclosure.Refuse(disclosure.TooLong, "reason", "max", "2000")
	}
	for field, kinds := range map[string][]string{"kinds": in.Kinds, "exempt": in.Exempt} {
		for _, k := range kinds {
			if _, ok := disclosure.KindByID(k); !ok {
				return disclosure.Blackout{}, disclosure.Refuse(disclosure.BadValue, field, "value", k, "allowed", "kind")
			}
		}
	}
	for _, c := range in.Channels {
		if !slices.Contains(d.channels, c) {
			return disclosure.Blackout{}, disclosure.Refuse(disclosure.UnknownChannel, "channels", "value", c, "allowed", strings.Join(d.channels, ", "))
		}
	}
	return disclosure.Blackout{
		ID: store.Derive("blackout", who.ID, key), Window: disclosure.Window{From: in.From.UTC(), Until: in.Until.UTC()},
		Kinds: listed(in.Kinds), Channels: listed(in.Channels), Exempt: listed(in.Exempt),
	}, nil
}

// listed is each of names once.
func listed(names []string) []string {
	return slices.Compact(append([]string{}, slices.Sorted(slices.Values(names))...))
}

// LiftBlackout ends a blackout. What it held goes on when a person reschedules it.
func (d *Desk) LiftBlackout(ctx context.Context, who Actor, id string) error {
	if err := d.needs(ctx, who, disclosure.MayRelease, "lift_blackout", object(id)); err != nil {
		return err
	}
	return d.store.LiftBlackout(ctx, id, who.Person)
}
