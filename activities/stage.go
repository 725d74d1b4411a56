package activities

import (
	"context"
	"sync"

	"go.temporal.io/sdk/activity"

	"shenfa/internal/channel"
)

// stagers are how many items are staged at a time.
const stagers = 8

// stage lets the channels that can do so do the slow part before the instant. It holds up
// nobody: enough begins no more of it, for Publish does what was left; done waits for what
// was begun.
func (a *Activities) stage(ctx context.Context, loaded []sending) (enough, done func()) {
	work, full := make(chan sending), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(work)
		for _, s := range loaded {
			if _, can := s.ch.(channel.Stager); !can || s.effect.State != "pending" {
				continue
			}
			select {
			case work <- s:
			case <-full:
				return
			case <-ctx.Done():
				return
			}
		}
	})
	for range stagers {
		wg.Go(func() {
			for s := range work {
				ctx, cancel := context.WithTimeout(ctx, sendTimeout)
				if err := s.ch.(channel.Stager).Stage(ctx, s.item); err != nil {
					activity.GetLogger(ctx).Warn("effect cannot be staged", "effect", s.effect.Key, "error", err)
				}
				cancel()
			}
		})
	}
	return sync.OnceFunc(func() { close(full) }), wg.Wait
}

// unstage removes what was staged of items that were withdrawn meanwhile. What of it fails
// is in nobody's way: a channel finds its leftovers.
func (a *Activities) unstage(ctx context.Context, loaded []sending) {
	var keys []string
	of := map[string]sending{}
	for _, s := range loaded {
		if _, can := s.ch.(channel.Stager); can {
			keys, of[s.effect.Key] = append(keys, s.effect.Key), s
		}
	}
	if len(keys) == 0 {
		return
	}
	revoked, err := a.Store.Revoked(ctx, keys...)
	if err != nil {
		activity.GetLogger(ctx).Warn("staged effects are not looked after", "error", err)
	}
	for _, key := range revoked {
		ctx, cancel := context.WithTimeout(ctx, sendTimeout)
		if err := of[key].ch.(channel.Stager).Unstage(ctx, of[key].item); err != nil {
			activity.GetLogger(ctx).Warn("effect cannot be unstaged", "effect", key, "error", err)
		}
		cancel()
	}
}
