package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"shenfa/internal/channel"
	"shenfa/internal/store"
)

// SendInput names the instant whose push effects are to be sent.
type SendInput struct {
	Instant time.Time
}

const (
	senders     = 32               // requests in flight to the channels
	sendTimeout = 20 * time.Second // of one request
	together    = 16               // effects claimed, or noted, in one transaction

	loadLead  = 15 * time.Second // before the instant, when items are read
	loaders   = 4
	loadItems = 2000 // items read ahead
	loadBytes = 64 << 20

	// silentSender is when a sender counts as dead: a claimed effect waits for a free
	// request at most, then for its own, then for the note of it.
	silentSender = 3 * sendTimeout
)

// Send waits for the instant by the database clock and then sends every push
// effect that is due, many at a time. It is one activity an instant, not one an
// item, and already waiting when the instant comes.
func (a *Activities) Send(ctx context.Context, in SendInput) error {
	defer alive(ctx)()
	staging := a.stage(ctx, in.Instant)
	err := a.sendDue(ctx, in.Instant, staging.enough)
	return errors.Join(err, staging.clear(ctx))
}

// sendDue says when the instant has come, or will not be waited for.
func (a *Activities) sendDue(ctx context.Context, instant time.Time, come func()) error {
	come = sync.OnceFunc(come)
	defer come()
	if err := a.await(ctx, instant.Add(-loadLead)); err != nil {
		return err
	}
	for {
		due, err := a.Store.Unsent(ctx, instant, silentSender, loadItems)
		if err != nil {
			return fmt.Errorf("unsent effects: %w", err)
		}
		loaded := a.load(ctx, due)
		if err := a.await(ctx, instant); err != nil {
			return err
		}
		come()
		changed, err := a.sendAll(ctx, loaded)
		// What failed is tried again with the whole activity; what was sent is no
		// longer among the unsent. An item armed meanwhile is found by looking again.
		if err != nil || changed == 0 {
			return err
		}
	}
}

func (a *Activities) await(ctx context.Context, instant time.Time) error {
	for {
		now, err := a.Store.Now(ctx)
		if err != nil {
			return fmt.Errorf("database clock: %w", err)
		}
		wait := instant.Sub(now)
		if wait <= 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(wait, 5*time.Second)):
		}
	}
}

type sending struct {
	effect store.Effect
	item   channel.Item
	ch     channel.Channel
}

// load reads what is to be sent before the instant, so that nothing but the
// requests is left for it. What cannot be loaded does not delay the others: its
// effect stays pending, and the watchdog sees it.
func (a *Activities) load(ctx context.Context, due []store.Effect) []sending {
	out := make([]sending, len(due))
	var mu sync.Mutex
	next, bytes := 0, 0
	take := func() (i int, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if next == len(due) || bytes > loadBytes || ctx.Err() != nil {
			return 0, false
		}
		next++
		return next - 1, true
	}
	var wg sync.WaitGroup
	for range loaders {
		wg.Go(func() {
			for i, ok := take(); ok; i, ok = take() {
				item, ch, err := a.item(ctx, due[i])
				if err != nil {
					activity.GetLogger(ctx).Error("effect cannot be loaded", "effect", due[i].Key)
					continue
				}
				out[i] = sending{due[i], item, ch}
				mu.Lock()
				bytes += len(item.Body)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return slices.DeleteFunc(out, func(s sending) bool { return s.ch == nil })
}

// sendAll returns how many effects changed.
func (a *Activities) sendAll(ctx context.Context, loaded []sending) (changed int, err error) {
	work, notes := make(chan sending), make(chan note)
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for s := range work {
				notes <- a.send(ctx, s)
			}
		})
	}
	var claimed error
	go func() {
		claimed = a.claim(ctx, loaded, work)
		close(work)
		wg.Wait()
		close(notes)
	}()
	changed, err = a.noteAll(ctx, notes)
	return changed, errors.Join(err, claimed, ctx.Err())
}

// claim takes the pending effects, a few at a time, and hands on those that are
// ours; and those of dead senders, to be asked about.
func (a *Activities) claim(ctx context.Context, loaded []sending, work chan<- sending) error {
	for few := range slices.Chunk(loaded, together) {
		if ctx.Err() != nil {
			return nil
		}
		var keys []string
		for _, s := range few {
			if s.effect.State == "pending" {
				keys = append(keys, s.effect.Key)
			}
		}
		var mine []string
		if len(keys) > 0 {
			var err error
			if mine, err = a.Store.Claim(ctx, keys...); err != nil {
				return err
			}
		}
		for _, s := range few {
			if s.effect.State != "pending" || slices.Contains(mine, s.effect.Key) {
				work <- s
			}
		}
	}
	return nil
}

// note is what became of one effect. An empty state says that it stays as it is.
type note struct {
	store.Outcome
	err error
}

// noteAll writes down what became of the effects, as many at a time as there are.
// That must not be lost with the time of the activity.
func (a *Activities) noteAll(ctx context.Context, notes <-chan note) (changed int, err error) {
	ctx = context.WithoutCancel(ctx)
	for n := range notes {
		var outcomes []store.Outcome
		var errs []error
		for more := true; more; {
			if errs = append(errs, n.err); n.State != "" {
				outcomes = append(outcomes, n.Outcome)
			}
			if more = len(outcomes) < together; more {
				select {
				case n, more = <-notes:
				default:
					more = false
				}
			}
		}
		if len(outcomes) > 0 {
			ctx, cancel := context.WithTimeout(ctx, sendTimeout)
			errs = append(errs, a.Store.Sent(ctx, outcomes...))
			cancel()
		}
		changed += len(outcomes)
		err = errors.Join(append(errs, err)...)
	}
	return changed, err
}

// send publishes one effect that is ours. An ambiguous answer is read back and never
// blindly sent again.
func (a *Activities) send(ctx context.Context, s sending) note {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if s.effect.State != "pending" {
		return resolve(ctx, s)
	}
	of := func(state, cause string, err error) note {
		return note{store.Outcome{Key: s.effect.Key, State: state, Cause: cause}, err}
	}
	receipt, err := s.ch.Publish(ctx, s.item)
	switch {
	case err == nil:
		n := of("sent", "", nil)
		n.URL = receipt.URL
		return n
	case errors.Is(err, channel.ErrUnknown):
		return of("unknown", CauseUnknown, err)
	case errors.Is(err, channel.ErrRefused):
		return of("failed", CauseRefused, nil)
	}
	return of("pending", CauseChannel, err)
}

// resolve asks the channel about an effect that may or may not have gone out.
func resolve(ctx context.Context, s sending) note {
	seen, err := s.ch.ReadBack(ctx, s.item)
	out := store.Outcome{Key: s.effect.Key, URL: seen.URL}
	switch {
	case errors.Is(err, channel.ErrRefused):
		out.State, out.Cause = "failed", CauseRefused
	case err != nil:
		return note{err: fmt.Errorf("read back: %w", err)}
	case seen.Equals(s.item.Manifest):
		out.State = "sent" // and confirmed by whoever reads it back next
	case seen.There:
		out.State, out.Cause = "failed", CauseNotOnline
	default: // surely not there: it may be sent, under the same key
		out.State = "pending"
	}
	return note{Outcome: out}
}
