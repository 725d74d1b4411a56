package activities

import (
	"context"
	"errors"

	"shenfa/internal/channel"
	"shenfa/internal/store"
)

// patrolled is how many effects one round looks at.
const patrolled = 20

// Patrol looks at some of what is out, whoever's turn it is, and compares it with what
// was approved; and asks every channel whether it answers. It returns the disclosures that
// should look again: a channel shows what it had refused, or lost what it had.
func (a *Activities) Patrol(ctx context.Context) (wake []string, err error) {
	ready := map[string]bool{}
	for _, ch := range a.Channels {
		ready[ch.Name()] = ch.Ready(ctx) == nil
	}
	if err := a.Store.NoteHealth(ctx, ready); err != nil {
		return nil, err
	}
	effects, err := a.Store.ToLook(ctx, patrolled)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, e := range effects {
		again, err := a.sight(ctx, e)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if again {
			wake = append(wake, e.ID)
		}
	}
	return wake, errors.Join(errs...)
}

// sight looks at one effect and says whether its disclosure should look again. That
// nothing is there is believed when it is seen twice; then the effect is in doubt and goes
// the way of all that are: read back and, if it is surely not there, claimed and sent,
// fenced against a recall.
func (a *Activities) sight(ctx context.Context, e store.Effect) (again bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	item, ch, err := a.item(ctx, e)
	if err != nil {
		return false, err
	}
	got, err := ch.ReadBack(ctx, item)
	seen := store.SeenSilent
	switch {
	case err != nil:
	case got.Equals(item.Manifest):
		seen = store.SeenEqual
	case got.There:
		seen = store.SeenOther
	default:
		seen = store.SeenGone
	}
	differs, err := a.Store.Sighted(ctx, e, seen)
	if err != nil {
		return false, err
	}
	if seen == store.SeenGone && differs == 2 && e.State == "confirmed" && e.Channel != channel.PortalName {
		return true, a.Store.Doubt(ctx, e.Key)
	}
	return e.State == "failed" && seen == store.SeenEqual, nil
}
