package desk

import (
	"context"
	"slices"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// ExtendInput is what an extension needs: more time for a step, in the unit of its limit.
type ExtendInput struct {
	Step   string `json:"step"`
	N      int    `json:"n"`
	Reason string `json:"reason"`
}

// Extend gives a step that waits more time, once, before its time has run out. The limit of
// the law stays where it is.
func (d *Desk) Extend(ctx context.Context, who Actor, id, key string, in ExtendInput) (Disclosure, error) {
	row, err := d.row(ctx, who, id, "extend")
	if err != nil {
		return Disclosure{}, err
	}
	opinion, err := d.words(ctx, id, actID(who, key), "reason", in.Reason)
	if err != nil {
		return Disclosure{}, err
	}
	x := disclosure.Extension{Step: in.Step, N: in.N, Opinion: opinion}
	if x.At, err = d.store.Now(ctx); err != nil {
		return Disclosure{}, err
	}
	given, err := d.store.Extensions(ctx, id, row.Version)
	if err != nil {
		return Disclosure{}, err
	}
	for _, e := range given {
		if e.Opinion == opinion {
			return d.answer(ctx, who, id, nil)
		}
		if e.Step == in.Step {
			x.Before++
		}
	}
	tasks, err := d.store.OpenTasks(ctx, id)
	if err != nil {
		return Disclosure{}, err
	}
	if i := slices.IndexFunc(tasks, func(t store.Task) bool { return t.TaskStep == in.Step }); i >= 0 {
		x.Due = tasks[i].DueAt
	}
	if err := row.Case.CheckExtension(who.Person, x); err != nil {
		d.Denied(ctx, who, "extend", id, disclosure.CodeOf(err))
		return Disclosure{}, err
	}
	return d.answer(ctx, who, id, d.store.Extend(ctx, id, row.Version, in.Step, in.N, who.Person, opinion, d.calendar.Get()))
}

// extensions are what the steps of the version that stands were given, by step.
func (d *Desk) extensions(ctx context.Context, row store.Row) (map[string]Extension, error) {
	rows, err := d.store.Extensions(ctx, row.ID, row.Version)
	if err != nil {
		return nil, err
	}
	out := map[string]Extension{}
	for _, e := range rows {
		out[e.Step] = Extension{N: e.N, By: Ref{ID: e.By, Name: e.ByName}, Reason: e.Words, Was: e.Was, At: e.At}
	}
	return out, nil
}
