package activities

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"shenfa/internal/channel"
	"shenfa/internal/store"
)

const (
	stagers    = 8 // items staged at a time
	stageEvery = 2 * time.Second
)

// staging lets the channels that can do so do the slow part of what is armed for one
// instant, from when it is armed. It holds up nobody: what is left at the instant, Publish
// does.
type staging struct {
	a      *Activities
	full   chan struct{} // closed: begin no more
	wg     sync.WaitGroup
	mu     sync.Mutex
	staged map[string]store.Effect
}

func (a *Activities) stage(ctx context.Context, instant time.Time) *staging {
	s := &staging{a: a, full: make(chan struct{}), staged: map[string]store.Effect{}}
	if !slices.ContainsFunc(a.Channels, func(c channel.Channel) bool { _, can := c.(channel.Stager); return can }) {
		return s
	}
	work := make(chan store.Effect)
	s.wg.Go(func() {
		defer close(work)
		s.find(ctx, instant, work)
	})
	for range stagers {
		s.wg.Go(func() {
			for e := range work {
				if err := s.prepare(ctx, e); err != nil {
					activity.GetLogger(ctx).Warn("effect cannot be staged", "effect", e.Key, "error", err)
				}
			}
		})
	}
	return s
}

// find hands on each effect once.
func (s *staging) find(ctx context.Context, instant time.Time, work chan<- store.Effect) {
	seen := map[string]bool{}
	for {
		due, err := s.a.Store.Unsent(ctx, instant, silentSender, loadItems)
		if err != nil {
			activity.GetLogger(ctx).Warn("nothing can be staged", "error", err)
		}
		for _, e := range due {
			if seen[e.Key] || e.State != "pending" || s.a.stager(e) == nil {
				continue
			}
			seen[e.Key] = true
			select {
			case work <- e:
			case <-s.full:
				return
			case <-ctx.Done():
				return
			}
		}
		select {
		case <-time.After(stageEvery):
		case <-s.full:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (a *Activities) stager(e store.Effect) channel.Stager {
	ch, err := a.channel(e.Channel)
	if err != nil {
		return nil
	}
	s, _ := ch.(channel.Stager)
	return s
}

func (s *staging) prepare(ctx context.Context, e store.Effect) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	item, _, err := s.a.item(ctx, e)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.staged[e.Key] = e
	s.mu.Unlock()
	return s.a.stager(e).Stage(ctx, item)
}

// enough begins no more.
func (s *staging) enough() { close(s.full) }

// clear waits for what was begun, and removes what was staged of items that were withdrawn
// meanwhile. What of it fails is in nobody's way: a channel finds its leftovers.
func (s *staging) clear(ctx context.Context) error {
	s.wg.Wait()
	if len(s.staged) == 0 {
		return nil
	}
	var keys []string
	for key := range s.staged {
		keys = append(keys, key)
	}
	revoked, err := s.a.Store.Revoked(ctx, keys...)
	if err != nil {
		return fmt.Errorf("staged and withdrawn: %w", err)
	}
	for _, key := range revoked {
		if err := s.remove(ctx, s.staged[key]); err != nil {
			activity.GetLogger(ctx).Warn("effect cannot be unstaged", "effect", key, "error", err)
		}
	}
	return nil
}

func (s *staging) remove(ctx context.Context, e store.Effect) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	item, _, err := s.a.item(ctx, e)
	if err != nil {
		return err
	}
	return s.a.stager(e).Unstage(ctx, item)
}
