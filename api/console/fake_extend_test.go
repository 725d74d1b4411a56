package console

import (
	"context"

	"shenfa/internal/desk"
)

func (f *fake) Extend(_ context.Context, _ desk.Actor, id, key string, in desk.ExtendInput) (desk.Disclosure, error) {
	return f.seen("Extend", "%s %s %s %d %s", id, key, in.Step, in.N, in.Reason)
}
