package desk

import (
	"context"
	"time"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// Reevaluation is one look again at what was not made public (动态调整).
type Reevaluation struct {
	OpenedAt  time.Time                    `json:"opened_at"`
	DueAt     *time.Time                   `json:"due_at"`  // nil: somebody looked of their own accord
	Overdue   bool                         `json:"overdue"` // it waits still
	Outcome   disclosure.ReevaluateOutcome `json:"outcome"` // empty: it waits
	By        *Ref                         `json:"by"`
	At        *time.Time                   `json:"at"`
	Opinion   string                       `json:"opinion"`
	Successor *Ref                         `json:"successor"` // the draft that takes the road anew: its id and number
}

// ReevaluateInput is what a re-evaluation needs.
type ReevaluateInput struct {
	Outcome disclosure.ReevaluateOutcome `json:"outcome"`
	Reason  string                       `json:"reason"`
}

func (d *Desk) viewReevaluations(ctx context.Context, who Actor, row store.Row, v *Disclosure) error {
	if row.Case.State != disclosure.NotReleased && row.Case.State != disclosure.OnAsk {
		return nil
	}
	looks, err := d.store.Reevaluations(ctx, row.ID)
	if err != nil {
		return err
	}
	for _, r := range looks {
		look := Reevaluation{OpenedAt: r.OpenedAt, DueAt: r.DueAt, Outcome: deref(r.Outcome), At: r.At, Opinion: r.Words}
		look.Overdue = r.Outcome == nil && r.DueAt != nil && r.Now.After(*r.DueAt)
		if r.By != nil {
			look.By = &Ref{ID: *r.By, Name: deref(r.ByName)}
		}
		if r.Successor != nil {
			look.Successor = &Ref{ID: *r.Successor, Name: deref(r.Number)}
		}
		v.Reevaluations = append(v.Reevaluations, look)
	}
	if disclosure.CheckReevaluation(who.Person, row.Case.Unit, row.Case.Contributors, disclosure.StaysClosed, "-") != nil {
		return nil
	}
	closed, err := d.store.KeptClosed(ctx, row.ID)
	if closed {
		v.Can = append(v.Can, "reevaluate")
	}
	return err
}

// Reevaluate says of what was not made public that it stays so, or that it may be: then a new
// draft with its content waits for who wrote it. It may be said whether or not it was asked for.
func (d *Desk) Reevaluate(ctx context.Context, who Actor, id, key string, in ReevaluateInput) (Disclosure, error) {
	row, err := d.row(ctx, who, id, "reevaluate")
	if err != nil {
		return Disclosure{}, err
	}
	if err := disclosure.CheckReevaluation(who.Person, row.Case.Unit, row.Case.Contributors, in.Outcome, in.Reason); err != nil {
		d.Denied(ctx, who, "reevaluate", id, disclosure.CodeOf(err))
		return Disclosure{}, err
	}
	err = d.proven(ctx, who, func(who Actor) error {
		act := actID(who, key)
		opinion, err := d.words(ctx, id, act, "reason", in.Reason)
		if err != nil {
			return err
		}
		return d.store.Reevaluate(ctx, id, act, who.Person, in.Outcome, opinion)
	})
	return d.answer(ctx, who, id, err)
}
