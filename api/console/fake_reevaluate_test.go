package console

import (
	"context"

	"shenfa/internal/desk"
)

func (f *fake) Reevaluate(_ context.Context, _ desk.Actor, id, key string, in desk.ReevaluateInput) (desk.Disclosure, error) {
	return f.seen("Reevaluate", "%s %s %s %s", id, key, in.Outcome, in.Reason)
}
