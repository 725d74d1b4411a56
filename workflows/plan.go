package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"shenfa/activities"
	"shenfa/internal/disclosure"
)

// expect waits for a planned instant. Woken before, it looks whether the plan can still be
// kept, and holds the item if not.
func (r *road) expect(ctx workflow.Context, wait time.Duration) error {
	if r.wakes == r.heeded {
		if err := r.await(ctx, wait); err != nil || r.wakes == r.heeded {
			return err
		}
	}
	seen := r.moves
	r.heeded = r.wakes
	if r.c.State != disclosure.Approved && r.c.State != disclosure.Armed {
		return nil
	}
	var cause string
	if err := workflow.ExecuteLocalActivity(local(ctx), act.Obstacle, activities.ObstacleInput{Case: r.c}).Get(ctx, &cause); err != nil || cause == "" {
		return err
	}
	err := r.system(ctx, seen, disclosure.Act{Type: disclosure.NotReady, Cause: cause})
	if _, refused := activities.RefusalOf(err); refused {
		return nil // its instant was quicker
	}
	return err
}
