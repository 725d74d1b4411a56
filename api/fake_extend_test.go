package api

import (
	"context"

	"shenfa/internal/desk"
)

func (f *fake) Extend(ctx context.Context, _ desk.Actor, id, key string, in desk.ExtendInput) (desk.Disclosure, error) {
	return item(), f.called(ctx, "Extend %s %s %+v", id, key, in)
}
