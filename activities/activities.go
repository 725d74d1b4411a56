// Package activities does the work that touches the world: the database, the
// check, the channels. Every method may run twice and still happen once.
package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"shenfa/internal/calendar"
	"shenfa/internal/channel"
	"shenfa/internal/check"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// Activities is registered whole. Its fields are what the methods work with.
type Activities struct {
	Store    *store.Store
	Calendar *calendar.Holder
	Channels []channel.Channel
	Open     check.Open                                // opens files that nobody trusts; nil opens them here
	Purge    func(context.Context, channel.Item) error // of what was taken down, from caches; nil: there are none
	Now      func() time.Time                          // the process clock; what rules is the database's
}

func (a *Activities) channel(name string) (channel.Channel, error) {
	i := slices.IndexFunc(a.Channels, func(c channel.Channel) bool { return c.Name() == name })
	if i < 0 {
		return nil, fmt.Errorf("channel %q is not configured here", name)
	}
	return a.Channels[i], nil
}

// beatEvery is how often a long activity says that it is alive.
const beatEvery = 2 * time.Second

// alive heartbeats until the function it returns is called, so that after a crash
// the work is given to somebody else within seconds, however long one file takes.
func alive(ctx context.Context) (stop func()) {
	return beat(ctx, func() []any { return nil })
}

// beat is alive with what there is to say at each heartbeat.
func beat(ctx context.Context, say func() []any) (stop func()) {
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(beatEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				activity.RecordHeartbeat(ctx, say()...)
			}
		}
	}()
	return func() { close(done) }
}

// settle makes a refusal final: it survives the trip through Temporal by its type,
// and trying again would not change it. Everything else may be tried again.
func settle(err error) error {
	var r *disclosure.Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &r):
		return Refused(r)
	case errors.Is(err, store.ErrFenced):
		return temporal.NewNonRetryableApplicationError("fenced", string(disclosure.Busy), err)
	}
	return err
}

// Fenced says whether a transition was refused because the database is not where
// the writer thought.
func Fenced(err error) bool {
	var app *temporal.ApplicationError
	return errors.As(err, &app) && app.Type() == string(disclosure.Busy)
}

// Refused carries a refusal as an application error: code as type, the rest as
// details, which the payload codec seals.
func Refused(r *disclosure.Refusal) error {
	return temporal.NewNonRetryableApplicationError(r.Error(), string(r.Code), nil, *r)
}

// RefusalOf reads a refusal back out of what a workflow or activity returned.
func RefusalOf(err error) (*disclosure.Refusal, bool) {
	var r *disclosure.Refusal
	if errors.As(err, &r) {
		return r, true
	}
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() == "" || !app.HasDetails() {
		return nil, false
	}
	var got disclosure.Refusal
	if app.Details(&got) != nil || got.Code == "" {
		return nil, false
	}
	return &got, true
}

// RecordInput is a transition as the workflow took it.
type RecordInput struct {
	ID       string
	Revision int64
	Act      disclosure.Act
	After    disclosure.Digest
}

// Record writes a transition.
func (a *Activities) Record(ctx context.Context, in RecordInput) (store.Recorded, error) {
	cal := a.Calendar.Get()
	got, err := a.Store.Record(ctx, store.Transition{
		ID: in.ID, Revision: in.Revision, Act: in.Act, After: in.After, Calendar: cal.Version(),
		Due: func(opened time.Time, c disclosure.Case, t disclosure.Task) (time.Time, error) {
			p, err := store.StepDue(cal, c, t, opened)
			return p.Due, err
		},
	})
	return got, settle(err)
}

// Current reads what stands in the database, for whoever was fenced.
func (a *Activities) Current(ctx context.Context, id string) (disclosure.Case, error) {
	return a.Store.Case(ctx, id)
}

// DisposeInput is the disposition of one finding.
type DisposeInput struct {
	ID      string
	Version int
	Act     disclosure.Act
}

// Dispose writes it and returns how many findings still wait.
func (a *Activities) Dispose(ctx context.Context, in DisposeInput) (open int, err error) {
	open, err = a.Store.Dispose(ctx, in.ID, in.Version, in.Act)
	return open, settle(err)
}
