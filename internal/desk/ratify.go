package desk

import (
	"context"
	"strings"
	"time"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// Ratification is what somebody with no part in it says of a bypass afterwards (追认).
type Ratification struct {
	Bypass   string                   `json:"bypass"` // the act that shortened the sign-off
	Version  int                      `json:"version"`
	OpenedAt time.Time                `json:"opened_at"`
	DueAt    time.Time                `json:"due_at"`
	Overdue  bool                     `json:"overdue"` // it waits still
	Outcome  disclosure.RatifyOutcome `json:"outcome"` // empty: it waits
	By       *Ref                     `json:"by"`
	At       *time.Time               `json:"at"`
	Opinion  string                   `json:"opinion"`
}

// RatifyInput is what a ratification needs.
type RatifyInput struct {
	Bypass  string                   `json:"bypass"`
	Outcome disclosure.RatifyOutcome `json:"outcome"`
	Reason  string                   `json:"reason"`
}

func (d *Desk) viewRatification(ctx context.Context, who Actor, row store.Row, v *Disclosure) error {
	r, err := d.store.Ratification(ctx, row.ID)
	if err != nil || r == nil {
		return err
	}
	v.Ratification = &Ratification{Bypass: r.Bypass, Version: r.Version, OpenedAt: r.OpenedAt, DueAt: r.DueAt, Outcome: deref(r.Outcome), At: r.At, Opinion: r.Words}
	if r.By != nil {
		v.Ratification.By = &Ref{ID: *r.By, Name: deref(r.ByName)}
		return nil
	}
	v.Ratification.Overdue = r.Now.After(r.DueAt)
	parties, err := d.store.Parties(ctx, row.ID, r.Version)
	if err != nil {
		return err
	}
	if disclosure.CheckRatification(who.Person, row.Case.Unit, parties, disclosure.Ratified, "-") == nil {
		v.Can = append(v.Can, "ratify")
	}
	return nil
}

// Ratify says of a bypass that it was right, or objects to it. Whoever does so had no part in
// what was released.
func (d *Desk) Ratify(ctx context.Context, who Actor, id, key string, in RatifyInput) (Disclosure, error) {
	row, err := d.row(ctx, who, id, "ratify")
	if err != nil {
		return Disclosure{}, err
	}
	open, err := d.store.Ratification(ctx, id)
	if err != nil {
		return Disclosure{}, err
	}
	if open == nil || open.Bypass != in.Bypass {
		return Disclosure{}, disclosure.Refuse(disclosure.NothingToRatify, "bypass")
	}
	parties, err := d.store.Parties(ctx, id, open.Version)
	if err != nil {
		return Disclosure{}, err
	}
	if err := disclosure.CheckRatification(who.Person, row.Case.Unit, parties, in.Outcome, strings.TrimSpace(in.Reason)); err != nil {
		d.Denied(ctx, who, "ratify", id, disclosure.CodeOf(err))
		return Disclosure{}, err
	}
	err = d.proven(ctx, who, func(who Actor) error {
		opinion, err := d.words(ctx, id, actID(who, key), "reason", in.Reason)
		if err != nil {
			return err
		}
		return d.store.Ratify(ctx, id, in.Bypass, who.Person, in.Outcome, opinion)
	})
	return d.answer(ctx, who, id, err)
}
