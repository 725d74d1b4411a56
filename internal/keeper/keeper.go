// Package keeper runs the loops that keep the house while nobody asks: it puts the
// ledger in order, says that somebody is alive, wakes what is overdue and sweeps
// out what has expired. Each may run in any number of processes at once.
package keeper

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"shenfa/internal/calendar"
	"shenfa/internal/store"
	"shenfa/workflows"
)

// Keeper holds what the loops work with.
type Keeper struct {
	Store    *store.Store
	Temporal client.Client
	Origin   string // name of the ledger
	Log      *slog.Logger
	Alert    func(overdue int) // told how many are, also when none; may be nil
	// Patrol looks at what is out and names the disclosures that should look again; nil
	// where no channel can be reached.
	Patrol func(ctx context.Context) (wake []string, err error)
	// Beacon tells the world outside that the watchdog lives, and what is late; may be nil.
	Beacon *Beacon
	Hub    Hub // told of what changed on the portal; may be nil
	// Calendar counts the ladders of reminders and the time of tasks; nil where nobody is
	// reminded.
	Calendar *calendar.Holder
	Post     *Post // mails notices; nil where there is no mail

	turns atomic.Int64 // of the watchdog, without a fault
}

const (
	// Rows have their place within a second: a busy ledger is looked at often, one at
	// rest less so.
	sequenceEvery  = 150 * time.Millisecond
	sequenceAtRest = 600 * time.Millisecond
	beatEvery      = 2 * time.Second
	watchEvery     = 5 * time.Second
	patrolEvery    = 30 * time.Second
	beaconEvery    = 10 * time.Second // an alert is out within a minute of what it tells of
	heartbeatEvery = time.Minute
	sweepEvery     = time.Hour
	wordsEvery     = 5 * time.Second // a search takes up what it needs itself

	// overdue is how late something must be before the watchdog steps in: normal
	// work has had its chance.
	overdue = 15 * time.Second
	// wakeAgain is how long a woken disclosure is left alone.
	wakeAgain = time.Minute
	// keepAnswers is how long an answer is remembered under its idempotency key.
	keepAnswers = 7 * 24 * time.Hour
)

// slack is how long what comes before a release may take. Arming ends half a minute before
// the instant, a rehearsal is spread over the minutes before its rung.
var slack = store.Slack{Armed: 20 * time.Second, Rehearsed: 3 * time.Minute, Sent: 10 * time.Minute, Checked: 30 * time.Minute}

// Run works until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	var loops sync.WaitGroup
	loop := func(name string, work func(context.Context) (time.Duration, error)) {
		loops.Go(func() { k.repeat(ctx, name, work) })
	}
	loop("sequencer", k.sequence)
	loop("heartbeat", every(beatEvery, k.beater()))
	watch := k.watcher()
	loop("watchdog", every(watchEvery, func(ctx context.Context) error {
		err := watch(ctx)
		if err == nil {
			k.turns.Add(1)
		}
		return err
	}))
	loop("sweeper", every(sweepEvery, func(ctx context.Context) error { return k.Store.Sweep(ctx, keepAnswers) }))
	loop("words", every(wordsEvery, k.words))
	loop("stranded", every(strandEvery, k.strand))
	loop("observer", every(observeEvery, k.observer()))
	if k.Calendar != nil {
		loop("reminders", every(remindEvery, k.remind))
		loop("calendar", every(recountEvery, k.recount))
		loop("re-evaluation", every(sweepEvery, k.reevaluate))
	}
	if k.Post != nil {
		loop("mail", every(postEvery, k.post))
	}
	if k.Hub != nil {
		loop("hub", every(pingEvery, k.pinger()))
	}
	if k.Patrol != nil {
		loop("patrol", every(patrolEvery, k.patrol))
	}
	if k.Beacon != nil {
		loop("beacon", every(beaconEvery, func(ctx context.Context) error { return k.Beacon.tell(ctx, k.Store, k.turns.Load()) }))
	}
	loops.Wait()
}

// words makes drafts that changed findable.
func (k *Keeper) words(ctx context.Context) error {
	const batch = 100
	for {
		done, err := k.Store.TakeUpWords(ctx, "", batch)
		if err != nil || done < batch {
			return err
		}
	}
}

// every gives work its pause.
func every(pause time.Duration, work func(context.Context) error) func(context.Context) (time.Duration, error) {
	return func(ctx context.Context) (time.Duration, error) { return pause, work(ctx) }
}

// repeat does work again and again, after the pause it asks for. A failure is told
// once, and again when it has passed: a database that is away for an hour must not
// fill the log.
func (k *Keeper) repeat(ctx context.Context, name string, work func(context.Context) (time.Duration, error)) {
	failing := false
	for {
		pause, err := work(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failing {
			k.Log.ErrorContext(ctx, "loop failed", slog.String("loop", name), slog.Any("error", err))
		}
		if err == nil && failing {
			k.Log.InfoContext(ctx, "loop works again", slog.String("loop", name))
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// wake asks a disclosure to look again. One whose workflow is over has nothing to look at.
func (k *Keeper) wake(ctx context.Context, id string) error {
	err := k.Temporal.SignalWorkflow(ctx, workflows.DisclosureID(id), "", workflows.Wake, nil)
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return nil
	}
	return err
}

func (k *Keeper) patrol(ctx context.Context) error {
	ids, err := k.Patrol(ctx)
	errs := []error{err}
	for _, id := range ids {
		errs = append(errs, k.wake(ctx, id))
	}
	return errors.Join(errs...)
}

func (k *Keeper) sequence(ctx context.Context) (time.Duration, error) {
	pause := sequenceAtRest
	for {
		n, err := k.Store.Sequence(ctx, k.Origin)
		if err != nil || n == 0 {
			return pause, err
		}
		pause = sequenceEvery
	}
}

func (k *Keeper) beater() func(context.Context) error {
	run := ""
	return func(ctx context.Context) (err error) {
		run, err = k.Store.Beat(ctx, run)
		return err
	}
}

// watcher compares what should have happened by the database clock with what did,
// and wakes the disclosures concerned: a timer that was lost, a freeze that was
// lifted. Temporal is not the only clock.
func (k *Keeper) watcher() func(context.Context) error {
	woken := map[string]time.Time{} // by trouble and disclosure, so that none is woken all the time
	return func(ctx context.Context) error {
		rows, err := k.Store.Overdue(ctx, overdue)
		if err != nil {
			return err
		}
		now, err := k.Store.Now(ctx)
		if err != nil {
			return err
		}
		maps.DeleteFunc(woken, func(_ string, at time.Time) bool { return now.Sub(at) > wakeAgain })
		for _, r := range rows {
			if _, lately := woken[r.ID]; lately {
				continue
			}
			k.Log.WarnContext(ctx, "overdue", slog.String("disclosure", r.ID), slog.String("state", r.State), slog.Time("due", r.Due))
			if err := k.wake(ctx, r.ID); err != nil {
				return err
			}
			woken[r.ID] = now
		}
		troubles, err := k.Store.Troubles(ctx, slack)
		if err != nil {
			return err
		}
		for _, t := range troubles {
			if t.Fresh {
				k.Log.WarnContext(ctx, "trouble", slog.String("disclosure", t.ID), slog.String("trouble", t.Trouble))
			}
			if _, lately := woken[t.Trouble+t.ID]; lately {
				continue
			}
			if err := k.wake(ctx, t.ID); err != nil {
				return err
			}
			woken[t.Trouble+t.ID] = now
		}
		if k.Alert != nil {
			k.Alert(len(rows))
		}
		return nil
	}
}
