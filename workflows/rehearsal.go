package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"shenfa/activities"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// Rehearse is the signal that asks an approved disclosure to rehearse its release now.
const Rehearse = "rehearse"

// rungs are when a release is rehearsed before its instant, each earlier by the item's share
// of the spread, for many share an instant.
var rungs = []struct {
	name   string
	before time.Duration
}{{"24h", 24 * time.Hour}, {"1h", time.Hour}, {"5m", 5 * time.Minute}}

const (
	rungApproved = "approved" // as soon as there is a plan
	rungAsked    = "asked"    // by a person
)

// nextRehearsal is the next rung of the plan, and when: now if it is due. Whoever is about
// to be armed needs none.
func (r *road) nextRehearsal(now time.Time) (rung string, at time.Time) {
	if r.asked {
		return rungAsked, now
	}
	arm := r.c.ReleaseAt.Add(-r.armLead())
	if r.rehearsed.Generation != r.c.Generation {
		if arm.Sub(now) > time.Minute {
			return rungApproved, now
		}
		return "", time.Time{}
	}
	for _, x := range rungs {
		if at := r.c.ReleaseAt.Add(-x.before - share(r.c.ID, store.Spread(r.rehearsed.Crowd))); at.After(r.rehearsed.At) && at.Before(arm) {
			return x.name, at
		}
	}
	return "", time.Time{}
}

// rehearse goes through the release without its effect. What it finds is kept by the
// activity; only a mark moves the item.
func (r *road) rehearse(ctx workflow.Context, rung string) error {
	seen, generation := r.moves, r.c.Generation
	r.asked = false
	var got activities.Rehearsed
	if err := workflow.ExecuteActivity(patient(ctx), act.Rehearse, activities.RehearseInput{Case: r.c, Rung: rung}).Get(ctx, &got); err != nil {
		return err
	}
	r.rehearsed = rehearsal{Generation: generation, At: workflow.Now(ctx), Crowd: got.Crowd}
	if got.Quarantine {
		return r.system(ctx, seen, disclosure.Act{Type: disclosure.Checked, Quarantine: true, Cause: activities.CauseMark})
	}
	return nil
}

// rehearsal remembers the last one.
type rehearsal struct {
	Generation int
	At         time.Time
	Crowd      int // that was on its way to the same instant
}
