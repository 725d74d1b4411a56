package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// CauseUnseen says that a look of the rehearsal could not be taken.
const CauseUnseen = "not_examined"

// RehearseInput is an approved case some time before its instant.
type RehearseInput struct {
	Case disclosure.Case
	Rung string
}

// Rehearsed says how it went, and how many items are on their way to the same instant.
// Quarantine: as in Prepared.
type Rehearsed struct {
	Ready      bool
	Quarantine bool
	Crowd      int `json:",omitempty"`
}

// Rehearse goes through a release without its effect and keeps what it found: the same
// looks at the same bytes as before arming, and every channel has to answer. It fails
// only if that cannot be written down.
func (a *Activities) Rehearse(ctx context.Context, in RehearseInput) (Rehearsed, error) {
	defer alive(ctx)()
	c := in.Case
	var causes []string
	note := func(cause string, err error) {
		if err != nil {
			activity.GetLogger(ctx).Warn("rehearsal", "disclosure", c.ID, "error", err)
			cause = CauseUnseen
		}
		if cause != "" {
			causes = append(causes, cause)
		}
	}
	for _, look := range []func(context.Context, disclosure.Case) (string, error){a.sameClock, a.stillClean, a.sameBytes, a.keepsPlan, a.companions, a.everyChannel, a.sealed, a.unobstructed} {
		cause, err := look(ctx, c)
		if cause == CauseMark {
			return Rehearsed{Quarantine: true}, nil
		}
		note(cause, err)
	}
	if err := a.Store.SaveRehearsal(ctx, store.Rehearsal{ID: c.ID, Generation: c.Generation, Rung: in.Rung, Causes: causes}); err != nil {
		return Rehearsed{}, err
	}
	crowd, err := a.Store.Crowd(ctx, c.ReleaseAt)
	return Rehearsed{Ready: len(causes) == 0, Crowd: crowd}, err
}

// everyChannel asks whether each could publish now.
func (a *Activities) everyChannel(ctx context.Context, c disclosure.Case) (string, error) {
	for _, name := range c.Channels {
		ch, err := a.channel(name)
		if err != nil || ch.Ready(ctx) != nil {
			return CauseChannel, nil
		}
	}
	return "", nil
}

// sealed looks for the approvals under a signed checkpoint.
func (a *Activities) sealed(ctx context.Context, c disclosure.Case) (string, error) {
	if a.awaitLedger(ctx, c.ID) != nil {
		return CauseLedger, nil
	}
	return "", nil
}

func (a *Activities) unobstructed(ctx context.Context, c disclosure.Case) (string, error) {
	frozen, parted, err := a.Store.Obstacles(ctx, c.ID, c.Generation)
	switch {
	case err != nil:
		return "", err
	case frozen:
		return CauseFrozen, nil
	case parted:
		return CauseBatch, nil
	}
	return "", nil
}
