package api

import (
	"context"

	"shenfa/internal/desk"
)

func (f *fake) Reevaluate(ctx context.Context, _ desk.Actor, id, key string, in desk.ReevaluateInput) (desk.Disclosure, error) {
	return f.disclosed(ctx, "reevaluate %s %s %s %s", id, key, in.Outcome, in.Reason)
}
