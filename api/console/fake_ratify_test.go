package console

import (
	"context"

	"shenfa/internal/desk"
)

func (f *fake) Ratify(_ context.Context, _ desk.Actor, id, key string, in desk.RatifyInput) (desk.Disclosure, error) {
	return f.seen("Ratify", "%s %s %s %s %s", id, key, in.Bypass, in.Outcome, in.Reason)
}
