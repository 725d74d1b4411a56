package keeper

import (
	"context"
	"log/slog"
	"time"

	"shenfa/internal/store"
)

// Hub is told that something became public or ceased to be; what, it finds out itself.
type Hub interface {
	URL() string
	Publish(ctx context.Context) error
}

const (
	observeEvery = 250 * time.Millisecond
	// observeAllEvery is how often everything that could be public is compared, for
	// what became public long after its instant.
	observeAllEvery = 240 // looks: once a minute
	pingEvery       = 200 * time.Millisecond
	// pingClaim is how long a ping is another's business after one process took it on:
	// longer than a hub may take.
	pingClaim = 15 * time.Second
)

// observer keeps what is searched in step with what is public, and counts changes.
// It asks the predicate and no workflow: whatever made something public, it is seen.
func (k *Keeper) observer() func(context.Context) error {
	var o store.Observation
	look := 0
	return func(ctx context.Context) error {
		if look == 0 {
			if err := k.Store.OnlyHub(ctx, k.hub()); err != nil {
				return err
			}
		}
		_, err := k.Store.Observe(ctx, &o, look%observeAllEvery == 0)
		if err == nil {
			look++
		}
		return err
	}
}

// hub is the address of the hub, "" if there is none.
func (k *Keeper) hub() string {
	if k.Hub == nil {
		return ""
	}
	return k.Hub.URL()
}

// pinger tells the hub of every change, at least once. It has a loop of its own: a hub
// that hangs keeps nobody else waiting, and one that fails is left alone for longer
// each time.
func (k *Keeper) pinger() func(context.Context) error {
	return func(ctx context.Context) error {
		generation, due, err := k.Store.ClaimPing(ctx, k.Hub.URL(), pingClaim)
		if err != nil || !due {
			return err
		}
		if err := k.Hub.Publish(ctx); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			k.Log.WarnContext(ctx, "hub not told", slog.Any("error", err))
			return k.Store.NotPinged(ctx, k.Hub.URL())
		}
		return k.Store.Pinged(ctx, k.Hub.URL(), generation)
	}
}
