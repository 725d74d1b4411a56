package desk

import (
	"context"
	"slices"
	"strings"
	"time"

	"shenfa/activities"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// Tied is another item that a disclosure has to do with. Only those who may see it learn
// more than its number.
type Tied struct {
	Relation   string   `json:"relation"` // policy, interpretation, earlier, later
	As         string   `json:"as"`       // of earlier and later: update, upgrade, downgrade, cancel
	Number     string   `json:"number"`
	Disclosure *Summary `json:"disclosure"` // null if I may not see it
	Out        bool     `json:"out"`        // it has become public
}

// Companion is what has to go with a version of a policy: its interpretation, approved, or
// why it needs none. Without either the last sign-off is refused.
type Companion struct {
	Kind     string `json:"kind"`
	Approved bool   `json:"approved"`
	Waiver   string `json:"waiver"` // why it needs none; whoever signs agrees
	Basis    string `json:"basis"`
}

// Successor is the later warning that took the place of an earlier one.
type Successor struct {
	Number string
	Step   disclosure.ChainStep
	At     time.Time
}

// fitsTies refuses what cannot be true of the items that a draft names.
func (d *Desk) fitsTies(ctx context.Context, who Actor, id, number string, draft disclosure.Draft) error {
	if draft.Continues.Number != "" {
		if err := d.store.ChainFault(ctx, id, draft.Continues.Number); err != nil {
			return err
		}
	}
	if draft.Interprets == "" {
		return nil
	}
	policy, err := d.store.Explained(ctx, who.Unit, draft.Interprets, disclosure.Interpretable(draft.Kind))
	switch {
	case err != nil:
		return err
	case policy == nil || policy.Number == number:
		return disclosure.Refuse(disclosure.TieUnknown, "interprets", "value", draft.Interprets)
	case draft.Batch != "" && policy.Batch != draft.Batch:
		return disclosure.Refuse(disclosure.CompanionBatch, "batch")
	case policy.ReleaseAt == nil || draft.Release.OnApproval || draft.Batch != "":
		return nil // looked at when it is made ready
	case !draft.Release.At.After(*policy.ReleaseAt):
		return disclosure.Refuse(disclosure.CompanionEarly, "release.at", "at", disclosure.ShowInstant(*policy.ReleaseAt, disclosure.DefaultZone))
	}
	law, ok := disclosure.CompanionLawFor(policy.Kind, *policy.ReleaseAt)
	if !ok {
		return nil
	}
	due, err := activities.CompanionDue(d.calendar.Get(), law, *policy.ReleaseAt)
	if err == nil && draft.Release.At.After(due) {
		err = disclosure.Refuse(disclosure.CompanionLate, "release.at", "at", disclosure.ShowInstant(due, disclosure.DefaultZone), "basis", law.Basis)
	}
	return err
}

// viewTies adds what the item has to do with, and whether the viewer may settle that it
// stays without its other half.
func (d *Desk) viewTies(ctx context.Context, who Actor, row store.Row, v *Disclosure) error {
	v.Ties = []Tied{}
	rows, err := d.store.Ties(ctx, row.ID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		t := Tied{Relation: r.Relation, As: r.As, Number: r.Number, Out: r.Out}
		switch other, err := d.store.Disclosure(ctx, who.Person, r.ID); {
		case err == nil:
			s := summary(other)
			t.Disclosure = &s
		case disclosure.CodeOf(err) != disclosure.NotFound:
			return err
		}
		v.Ties = append(v.Ties, t)
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return err
	}
	if law, asked := disclosure.CompanionLawFor(row.Kind, now); asked && v.Manifest != nil {
		v.Companion = &Companion{
			Kind: law.Companion, Waiver: strings.TrimSpace(v.Manifest.NoInterpretation), Basis: law.Basis,
			Approved: slices.ContainsFunc(rows, func(t store.Tied) bool { return t.Relation == store.TieInterpretation && t.Granted }),
		}
	}
	if maySettle(who, *v) {
		v.Can = append(v.Can, "settle_companion")
	}
	return nil
}

func maySettle(who Actor, v Disclosure) bool {
	return who.May(disclosure.MayRelease) && slices.ContainsFunc(v.Tasks, func(t TaskView) bool { return t.Step == disclosure.CompanionStep })
}

// SettleCompanion says why an item stays as it is though its policy or interpretation is
// gone.
func (d *Desk) SettleCompanion(ctx context.Context, who Actor, id, key, reason string) (Disclosure, error) {
	row, err := d.row(ctx, who, id, "settle_companion")
	if err != nil {
		return Disclosure{}, err
	}
	if !who.May(disclosure.MayRelease) || who.Unit != row.Unit {
		d.Denied(ctx, who, "settle_companion", id, disclosure.Forbidden)
		return Disclosure{}, disclosure.Refuse(disclosure.Forbidden, "")
	}
	if strings.TrimSpace(reason) == "" {
		return Disclosure{}, disclosure.Refuse(disclosure.ReasonRequired, "reason")
	}
	opinion, err := d.words(ctx, id, actID(who, key), "reason", reason)
	if err != nil {
		return Disclosure{}, err
	}
	return d.answer(ctx, who, id, d.store.SettleCompanion(ctx, id, who.Person, opinion))
}

// continued notes on each item the later warning that took its place.
func (d *Desk) continued(ctx context.Context, items ...*PublicItem) error {
	var numbers []string
	for _, i := range items {
		if disclosure.Chained(i.Manifest.Metadata.Kind) {
			numbers = append(numbers, i.Number)
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	next, err := d.store.Successors(ctx, numbers...)
	if err != nil {
		return err
	}
	for _, i := range items {
		if s, ok := next[i.Number]; ok {
			step, _ := disclosure.ChainStepByID(s.As)
			i.Successor = &Successor{Number: s.Number, Step: step, At: s.At}
		}
	}
	return nil
}
