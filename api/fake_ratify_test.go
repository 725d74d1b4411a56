package api

import (
	"context"

	"shenfa/internal/desk"
)

func (f *fake) Ratify(ctx context.Context, _ desk.Actor, id, key string, in desk.RatifyInput) (desk.Disclosure, error) {
	return f.disclosed(ctx, "ratify %s %s %s %s %s", id, key, in.Bypass, in.Outcome, in.Reason)
}
