package desk

import (
	"context"
	"slices"
	"strings"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// Freezes lists the standing and recent freezes that the unit is under.
func (d *Desk) Freezes(ctx context.Context, who Actor) ([]Freeze, error) {
	if err := d.needs(ctx, who, disclosure.MayRead, "freezes", ""); err != nil {
		return nil, err
	}
	rows, err := d.store.Freezes(ctx, who.Unit)
	if err != nil {
		return nil, err
	}
	out := make([]Freeze, len(rows))
	for i, f := range rows {
		out[i] = freezeView(f)
	}
	return out, nil
}

func freezeView(f store.Freeze) Freeze {
	v := Freeze{ID: f.ID, Scope: f.Scope, Value: f.Value, Reason: f.Reason, By: Ref{ID: f.By, Name: f.ByName}, At: f.At, Until: f.EndsAt, LiftedAt: f.LiftedAt}
	if !f.Stands && v.LiftedAt == nil {
		v.LiftedAt = f.EndsAt
	}
	return v
}

// Freeze orders that nothing in scope becomes public from now on. Over all units it is
// ordered by those who may act alone in an emergency.
func (d *Desk) Freeze(ctx context.Context, who Actor, key string, in FreezeInput) (Freeze, error) {
	may := disclosure.MayRelease
	if in.Scope == store.FreezeAll {
		may = disclosure.MayBypass
	}
	if err := d.needs(ctx, who, may, "freeze", ""); err != nil {
		return Freeze{}, err
	}
	in.Reason = strings.TrimSpace(in.Reason)
	_, knownKind := disclosure.KindByID(in.Value)
	switch {
	case in.Reason == "":
		return Freeze{}, disclosure.Refuse(disclosure.ReasonRequired, "reason")
	case in.Scope == store.FreezeUnit, in.Scope == store.FreezeAll: // the caller's own unit, or every one
		in.Value = ""
	case in.Scope == store.FreezeChannel && !slices.Contains(d.channels, in.Value):
		return Freeze{}, disclosure.Refuse(disclosure.UnknownChannel, "value", "value", in.Value, "allowed", strings.Join(d.channels, ", "))
	case in.Scope == store.FreezeKind && !knownKind:
		return Freeze{}, disclosure.Refuse(disclosure.BadValue, "value", "value", in.Value, "allowed", "kind")
	case in.Scope != store.FreezeChannel && in.Scope != store.FreezeKind:
		return Freeze{}, disclosure.Refuse(disclosure.BadValue, "scope", "value", in.Scope, "allowed", "all, unit, channel, kind")
	}
	id := store.Derive("freeze", who.ID, key)
	if err := d.proven(ctx, who, func(who Actor) error {
		return d.store.FreezeUntil(ctx, id, who.Person, in.Scope, in.Value, in.Reason, in.Until)
	}); err != nil {
		return Freeze{}, err
	}
	rows, err := d.store.Freezes(ctx, who.Unit)
	if err != nil {
		return Freeze{}, err
	}
	for _, f := range rows {
		if f.ID == id {
			return freezeView(f), nil
		}
	}
	return Freeze{}, disclosure.Refuse(disclosure.NotFound, "")
}

// Unfreeze lifts a freeze that the unit ordered. What it held goes on by its own late
// policy. One over all units is lifted by those who may order it.
func (d *Desk) Unfreeze(ctx context.Context, who Actor, id string) error {
	if err := d.needs(ctx, who, disclosure.MayRelease, "lift_freeze", object(id)); err != nil {
		return err
	}
	standing, err := d.store.Freezes(ctx, who.Unit)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(standing, func(f store.Freeze) bool { return f.ID == id && f.Scope == store.FreezeAll }) {
		if err := d.needs(ctx, who, disclosure.MayBypass, "lift_freeze", object(id)); err != nil {
			return err
		}
	}
	return d.proven(ctx, who, func(who Actor) error { return d.store.LiftFreeze(ctx, id, who.Person) })
}
