package desk

import (
	"context"
	"strings"
	"time"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// WithdrawalInput says how something public is taken down, and why.
type WithdrawalInput struct {
	Type      string `json:"type"`
	Reason    string `json:"reason"`    // public where the type leaves a notice
	Successor string `json:"successor"` // number of the item it became part of
	Document  string `json:"document"`  // what approved of it, where the law asks for that
}

// Withdrawal is how a disclosure was taken down.
type Withdrawal struct {
	Type      string           `json:"type"`
	Zh        string           `json:"zh"`
	En        string           `json:"en"`
	Trail     disclosure.Trail `json:"trail"` // what the public finds: gone, notice, visible
	Reason    string           `json:"reason"`
	Successor string           `json:"successor"`
	Document  string           `json:"document"`
	By        *Ref             `json:"by"` // null: the publicity period ended
	At        time.Time        `json:"at"`
}

// TakeDown ends the public life of a disclosure for a typed reason, or leaves it to be
// read as no longer in force.
func (d *Desk) TakeDown(ctx context.Context, who Actor, id, key string, in WithdrawalInput) (Disclosure, error) {
	return d.takeDown(ctx, who, id, key, in, "")
}

func (d *Desk) takeDown(ctx context.Context, who Actor, id, key string, in WithdrawalInput, campaign string) (Disclosure, error) {
	if err := d.current(ctx, who, id, "take_down"); err != nil {
		return Disclosure{}, err
	}
	in.Successor = strings.TrimSpace(in.Successor)
	if in.Successor != "" {
		if _, err := d.store.PublicItem(ctx, in.Successor); err != nil {
			if disclosure.CodeOf(err) == disclosure.NotFound {
				err = disclosure.Refuse(disclosure.BadValue, "successor", "value", in.Successor, "allowed", "SF-2026-000001")
			}
			return Disclosure{}, err
		}
	}
	a := disclosure.Act{Type: disclosure.TakeDown, Withdrawal: in.Type, Successor: in.Successor, Campaign: campaign}
	var err error
	if a.Document, err = d.words(ctx, id, actID(who, key)+"/document", "document", in.Document); err != nil {
		return Disclosure{}, err
	}
	return d.takeWith(ctx, who, id, key, "reason", in.Reason, a)
}

// Restore ends a withdrawal that left the disclosure to be read.
func (d *Desk) Restore(ctx context.Context, who Actor, id, key, reason string) (Disclosure, error) {
	return d.takeWith(ctx, who, id, key, "reason", reason, disclosure.Act{Type: disclosure.Restore})
}

func (d *Desk) viewWithdrawal(ctx context.Context, _ Actor, row store.Row, v *Disclosure) error {
	if until := row.Case.Until; !until.IsZero() {
		v.Until = &until
	}
	if row.Case.Withdrawal == "" {
		return nil
	}
	w, err := d.store.Withdrawal(ctx, row.ID)
	if err != nil || w == nil {
		return err
	}
	t, _ := disclosure.WithdrawalByID(w.Type)
	v.Withdrawal = &Withdrawal{
		Type: w.Type, Zh: t.Zh, En: t.En, Trail: w.Trail, Reason: w.Reason, Successor: w.Successor, Document: w.Document, At: w.At,
	}
	if w.By != nil {
		v.Withdrawal.By = &Ref{ID: *w.By, Name: deref(w.ByName)}
	}
	return nil
}

// PublicNotice is what the public may know of an item that is not public any more, or
// is out of force; nil if there is nothing to know.
func (d *Desk) PublicNotice(ctx context.Context, number string) (*Withdrawal, error) {
	w, err := d.store.PublicNotice(ctx, number)
	if err != nil || w == nil {
		return nil, err
	}
	t, _ := disclosure.WithdrawalByID(w.Type)
	return &Withdrawal{Type: w.Type, Zh: t.Zh, En: t.En, Trail: w.Trail, Reason: w.Reason, Successor: w.Successor, At: w.At}, nil
}
