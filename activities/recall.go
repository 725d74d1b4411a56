package activities

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"shenfa/internal/channel"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// lookTimeout bounds a look at a channel that only serves the evidence: a channel that
// hangs must not keep the item online for long.
const lookTimeout = 3 * time.Second

// RetractInput is a case that was recalled or taken down.
type RetractInput struct {
	Case disclosure.Case
}

// Retract takes a version off every channel at once and has the caches forget it. The
// portal dropped it when the grant was revoked. Of a recall it keeps what each channel
// showed before and after.
func (a *Activities) Retract(ctx context.Context, in RetractInput) error {
	defer alive(ctx)()
	effects, err := a.Store.Effects(ctx, in.Case.ID, in.Case.Version)
	if err != nil {
		return err
	}
	errs := make([]error, len(effects)+1)
	var wg sync.WaitGroup
	for i, e := range effects {
		switch {
		case e.Channel == channel.PortalName:
			wg.Go(func() { errs[i] = a.retractPortal(ctx, in.Case, e) })
		case e.State != "recalled":
			wg.Go(func() { errs[i] = a.retract(ctx, in.Case, e) })
		}
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (a *Activities) retract(ctx context.Context, c disclosure.Case, e store.Effect) error {
	if e.State == "sending" { // our deletion could overtake its post
		return errors.New("a sender is at work")
	}
	item, ch, err := a.item(ctx, e)
	if err != nil {
		return err
	}
	if item.Withdrawal, err = a.withdrawal(ctx, e.ID); err != nil {
		return err
	}
	recall := c.State == disclosure.Recalled
	if recall {
		if err := a.look(ctx, c, ch, item, "before"); err != nil {
			return err
		}
	}
	if err := ch.Withdraw(ctx, item); err != nil {
		return fmt.Errorf("withdraw from %s: %w", e.Channel, err)
	}
	if recall {
		// What the channel says it did is no proof.
		seen, err := ch.ReadBack(ctx, item)
		if err == nil && seen.There {
			err = errors.New("it is still there")
		}
		if err != nil {
			return fmt.Errorf("read back from %s: %w", e.Channel, err)
		}
		if err := a.keep(ctx, c, item, store.Sighting{Channel: e.Channel, When: "after"}, seen); err != nil {
			return err
		}
	}
	return a.Store.Recalled(ctx, e.Key)
}

// retractPortal purges, and sees for the evidence that the portal does not show it.
func (a *Activities) retractPortal(ctx context.Context, c disclosure.Case, e store.Effect) error {
	item, ch, err := a.item(ctx, e)
	if err != nil {
		return err
	}
	if a.Purge != nil {
		if err := a.Purge(ctx, item); err != nil {
			return err
		}
	}
	if c.State == disclosure.Recalled {
		return a.look(ctx, c, ch, item, "after")
	}
	return nil
}

// look keeps what a channel shows. One that does not answer in time is noted as silent.
func (a *Activities) look(ctx context.Context, c disclosure.Case, ch channel.Channel, item channel.Item, when string) error {
	briefly, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	seen, err := ch.ReadBack(briefly, item)
	return a.keep(ctx, c, item, store.Sighting{Channel: ch.Name(), When: when, Silent: err != nil}, seen)
}

func (a *Activities) keep(ctx context.Context, c disclosure.Case, item channel.Item, out store.Sighting, seen channel.Observed) (err error) {
	out.There, out.BodySHA256, out.URL, out.Approved = seen.There, seen.BodySHA256, seen.URL, seen.Equals(item.Manifest)
	if out.At, err = a.Store.Now(ctx); err != nil {
		return fmt.Errorf("database clock: %w", err)
	}
	return a.Store.SaveSighting(ctx, c.ID, c.Unit, out)
}
