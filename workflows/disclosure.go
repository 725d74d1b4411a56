package workflows

import (
	"hash/fnv"
	"slices"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"shenfa/activities"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

const (
	// armLead is how long before its instant an item is armed at the latest.
	armLead = 30 * time.Second
	// noticePace and noticeMost spread what is left to do after an instant, when
	// everything is public already, over the items that share it: readers come first.
	noticePace = 60 * time.Millisecond
	noticeMost = 10 * time.Minute
	// seenActs is how many acts are remembered across continue-as-new. Older ones
	// are known to the database.
	seenActs = 200
)

// DisclosureInput carries the case: ids, hashes and instants, never content, for a
// history outlives an erasure. Seen are the acts taken before a continue-as-new.
type DisclosureInput struct {
	Case disclosure.Case
	Seen []string
}

// ActResult is what a person's act led to.
type ActResult struct {
	State   disclosure.State
	Version int
}

// Disclosure is one disclosure from its first submission to the end of its public
// life.
func Disclosure(ctx workflow.Context, in DisclosureInput) error {
	r, err := newRoad(ctx, in)
	if err != nil {
		return err
	}
	return r.run(ctx)
}

// road is the running disclosure. Its case is what the last recorded act left.
type road struct {
	c         disclosure.Case
	seen      []string
	turn      workflow.Mutex // one act at a time: taken, recorded, then believed
	moves     int            // counts recorded acts: who was overtaken sees it
	wakes     int            // counts calls to look again; they overtake nobody
	crowd     int            // how many items were known to share the instant when it was armed
	heeded    int            // how many of them were answered with a look at the plan
	asked     bool           // for a rehearsal
	rehearsed rehearsal
	opens     bool                  // nobody was known to wait for that instant
	told      []disclosure.Question // as their workflows know them
	log       log.Logger
}

func newRoad(ctx workflow.Context, in DisclosureInput) (*road, error) {
	r := &road{c: in.Case, seen: in.Seen, turn: workflow.NewMutex(ctx), log: workflow.GetLogger(ctx)}
	for _, act := range Acts {
		err := workflow.SetUpdateHandlerWithOptions(ctx, string(act), r.take, workflow.UpdateHandlerOptions{Validator: r.validate})
		if err != nil {
			return nil, err
		}
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		for wakes := workflow.GetSignalChannel(ctx, Wake); wakes.Receive(ctx, nil); {
			r.wakes++
		}
	})
	workflow.Go(ctx, func(ctx workflow.Context) {
		for asks := workflow.GetSignalChannel(ctx, Rehearse); asks.Receive(ctx, nil); {
			r.asked = true
			r.wakes++
		}
	})
	r.mindQuestions(ctx)
	return r, nil
}

// run is the road on paper.
func (r *road) run(ctx workflow.Context) error {
	for !r.c.State.Final() {
		var err error
		switch r.c.State {
		case disclosure.Checking:
			err = r.check(ctx)
		case disclosure.Approved:
			err = r.arm(ctx)
		case disclosure.Armed:
			err = r.release(ctx)
		case disclosure.Releasing:
			err = r.confirm(ctx)
		case disclosure.Held:
			err = r.hold(ctx)
		case disclosure.Released, disclosure.OutOfForce, disclosure.Failed:
			err = r.watch(ctx)
		default: // a person's turn
			err = r.await(ctx, 0)
		}
		if err != nil {
			return err
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return r.continueAsNew(ctx)
		}
	}
	if r.c.State == disclosure.Recalled || r.c.State == disclosure.TakenDown {
		if err := workflow.ExecuteActivity(patient(ctx), act.Retract, activities.RetractInput{Case: r.c}).Get(ctx, nil); err != nil {
			return err
		}
	}
	r.endQuestions(ctx)
	return workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

func (r *road) continueAsNew(ctx workflow.Context) error {
	if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
		return err
	}
	if len(r.seen) > seenActs {
		r.seen = r.seen[len(r.seen)-seenActs:]
	}
	return workflow.NewContinueAsNewError(ctx, Disclosure, DisclosureInput{Case: r.c, Seen: r.seen})
}

// validate refuses what the rules refuse now. It leaves no trace in the history;
// the desk audits it. While an act is being written, the database may already show
// what the workflow does not believe yet: then the act waits its turn and is judged
// there, or a quick person would be refused for having read the newer state.
func (r *road) validate(ctx workflow.Context, a disclosure.Act) error {
	if r.turn.IsLocked() || slices.Contains(r.seen, a.ID) {
		return nil
	}
	a.At = workflow.Now(ctx)
	if a.Type == disclosure.Dispose {
		a.OpenFindings = r.c.OpenFindings
	}
	return refused(r.c.Check(a))
}

// take is a person's act: its turn, the rules again, the record, and only then
// belief.
func (r *road) take(ctx workflow.Context, a disclosure.Act) (ActResult, error) {
	if err := r.turn.Lock(ctx); err != nil {
		return ActResult{}, err
	}
	defer r.turn.Unlock()

	if !slices.Contains(r.seen, a.ID) {
		a.At = workflow.Now(ctx)
		if a.Type == disclosure.Dispose {
			if err := refused(r.c.Check(a)); err != nil {
				return ActResult{}, err
			}
			in := activities.DisposeInput{ID: r.c.ID, Version: r.c.Version, Act: a}
			if err := workflow.ExecuteActivity(brief(ctx), act.Dispose, in).Get(ctx, &a.OpenFindings); err != nil {
				return ActResult{}, err
			}
		}
		// A whole activity: before it runs the server has written down that the act
		// was accepted, so that no crash can leave it half taken.
		err := r.record(ctx, a, func(in activities.RecordInput) workflow.Future {
			return workflow.ExecuteActivity(brief(ctx), act.Record, in)
		})
		if err != nil {
			return ActResult{}, err
		}
	}
	return ActResult{State: r.c.State, Version: r.c.Version}, nil
}

// record takes an act under the rules, has it written, and then believes it. The
// caller holds the turn. Whoever is fenced believes the database and looks again.
func (r *road) record(ctx workflow.Context, a disclosure.Act, write func(activities.RecordInput) workflow.Future) error {
	next, err := r.c.Take(a)
	if err != nil {
		return refused(err)
	}
	var got store.Recorded
	//workflowcheck:ignore a case has no maps: its JSON is always the same
	after := next.Digest()
	switch err := write(activities.RecordInput{ID: r.c.ID, Revision: r.c.Revision, Act: a, After: after}).Get(ctx, &got); {
	case activities.Fenced(err):
		var current disclosure.Case
		if err := workflow.ExecuteLocalActivity(local(ctx), act.Current, r.c.ID).Get(ctx, &current); err != nil {
			return err
		}
		r.c = current
		r.seen = nil // what the database lost, if it was restored, may be sent again
		r.moves++
		return err
	case err != nil:
		return err
	}
	next.Revision = got.Revision
	if r.c = next; got.Case != nil {
		r.c = *got.Case
	}
	r.crowd, r.opens = got.Crowd, got.Opens
	r.seen = append(r.seen, a.ID)
	r.moves++
	return nil
}

// system is an act of the machine, based on the case as it was after seen moves. If
// a person was quicker, the act falls away and the road looks again. It may be
// recorded by a local activity: after a crash the road comes by here again.
func (r *road) system(ctx workflow.Context, seen int, a disclosure.Act) error {
	if err := r.turn.Lock(ctx); err != nil {
		return err
	}
	defer r.turn.Unlock()
	if r.moves != seen {
		return nil
	}
	a.ID = r.c.ID + "/" + string(a.Type) + "/" + itoa(r.c.Revision) // the same after a crash, a reset or a restore
	a.At = workflow.Now(ctx)
	err := r.record(ctx, a, func(in activities.RecordInput) workflow.Future {
		return workflow.ExecuteLocalActivity(local(ctx), act.Record, in)
	})
	if activities.Fenced(err) {
		return nil
	}
	return err
}

// await returns after d, or as soon as something has moved. d of 0 waits for ever.
func (r *road) await(ctx workflow.Context, d time.Duration) error {
	moves, wakes := r.moves, r.wakes
	moved := func() bool { return r.moves != moves || r.wakes != wakes }
	if d <= 0 {
		return workflow.Await(ctx, moved)
	}
	_, err := workflow.AwaitWithTimeout(ctx, d, moved)
	return err
}

// check is stage 1: the machine looks at every part of every file.
func (r *road) check(ctx workflow.Context) error {
	seen := r.moves
	var found activities.CheckResult
	in := activities.CheckInput{ID: r.c.ID, Version: r.c.Version}
	if err := workflow.ExecuteActivity(patient(ctx), act.Check, in).Get(ctx, &found); err != nil {
		return err
	}
	return r.system(ctx, seen, disclosure.Act{Type: disclosure.Checked, OpenFindings: found.Open, Flags: found.Flags, Quarantine: found.Quarantine})
}

// arm is stages 5 and 6: the grant stands; shortly before its instant everything is
// looked at once more, and then nothing is left to do at the instant.
func (r *road) arm(ctx workflow.Context) error {
	now := workflow.Now(ctx)
	if wait := r.c.ReleaseAt.Add(-r.armLead()).Sub(now); wait > 0 {
		rung, at := r.nextRehearsal(now)
		switch {
		case rung == "":
			return r.expect(ctx, wait)
		case at.After(now):
			return r.expect(ctx, at.Sub(now))
		}
		return r.rehearse(ctx, rung)
	}
	seen := r.moves
	j, err := r.judge(ctx)
	if err != nil {
		return err
	}
	// What says "now" goes on: armed late, it takes effect when it is armed.
	if j.Verdict == store.VerdictMissed && !r.c.OnApproval && r.c.Late != disclosure.LateNow {
		return r.miss(ctx, seen, activities.CauseMissed)
	}
	var p activities.Prepared
	if err := workflow.ExecuteActivity(patient(ctx), act.Prepare, activities.PrepareInput{Case: r.c}).Get(ctx, &p); err != nil {
		return err
	}
	if p.Quarantine {
		return r.system(ctx, seen, disclosure.Act{Type: disclosure.Checked, Quarantine: true, Cause: p.Cause})
	}
	if p.Ready && workflow.Now(ctx).After(r.c.Latest) {
		p = activities.Prepared{Cause: activities.CauseWindow} // getting ready took too long
	}
	if !p.Ready {
		return r.system(ctx, seen, disclosure.Act{Type: disclosure.NotReady, Cause: p.Cause})
	}
	instant := r.c.ReleaseAt
	if err := r.system(ctx, seen, disclosure.Act{Type: disclosure.Arm}); err != nil || !r.opens {
		return err
	}
	return r.openRelease(ctx, instant) // also if it was withdrawn since: others rely on it
}

// armLead is how long before its instant the item is armed.
func (r *road) armLead() time.Duration { return ArmLead(r.c.ID, r.rehearsed.Crowd) }

// ArmLead is how long before its instant an item is armed: the items of a crowd one after
// the other by their ids, so that the instant finds all of them armed.
func ArmLead(id string, crowd int) time.Duration { return armLead + share(id, store.Spread(crowd)) }

// share is the item's own part of a stretch of time: from nothing to all of it.
func share(id string, of time.Duration) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	return time.Duration(uint64(of.Milliseconds())*uint64(h.Sum32())>>32) * time.Millisecond
}

// release is stage 7: at the instant the database says whether the item is public.
// The road only takes note of it, and in a crowd each when it is its turn.
func (r *road) release(ctx workflow.Context) error {
	turn := share(r.c.ID, min(time.Duration(max(r.crowd-1, 0))*noticePace, noticeMost))
	if wait := r.c.ReleaseAt.Add(turn).Sub(workflow.Now(ctx)); wait > 0 {
		return r.expect(ctx, wait)
	}
	seen := r.moves
	j, err := r.judge(ctx)
	if err != nil {
		return err
	}
	switch j.Verdict {
	case store.VerdictPublic:
		return r.system(ctx, seen, disclosure.Act{Type: disclosure.Due})
	case store.VerdictFrozen:
		return r.system(ctx, seen, disclosure.Act{Type: disclosure.Missed, Cause: activities.CauseFrozen})
	case store.VerdictParted:
		cause := activities.CauseBatch
		if r.c.Batch == "" {
			cause = activities.CauseCompanion
		}
		return r.system(ctx, seen, disclosure.Act{Type: disclosure.Missed, Cause: cause})
	case store.VerdictMissed:
		return r.miss(ctx, seen, activities.CauseMissed)
	case store.VerdictWait: // our clock is ahead of the one that rules
		return r.await(ctx, j.Wait+time.Millisecond)
	}
	return r.await(ctx, time.Minute)
}

// miss applies the item's own late policy; what belongs to a batch waits for a person.
func (r *road) miss(ctx workflow.Context, seen int, cause string) error {
	a := disclosure.Act{Type: disclosure.Missed, Cause: cause}
	switch r.c.Late {
	case disclosure.LateNow:
		a.ReleaseAt = workflow.Now(ctx)
	case disclosure.LateWindow:
		if err := workflow.ExecuteLocalActivity(local(ctx), act.NextWindow, activities.NextWindowInput{Case: r.c}).Get(ctx, &a.ReleaseAt); err != nil {
			return err
		}
	}
	if r.c.Batch != "" || a.ReleaseAt.Before(r.c.NotBefore) || a.ReleaseAt.After(r.c.Last()) {
		a.ReleaseAt = time.Time{} // nobody approved that instant: a person decides
	}
	return r.system(ctx, seen, a)
}

// hold waits for a person, or for the end of the freeze that held it.
func (r *road) hold(ctx workflow.Context) error {
	if err := r.await(ctx, 0); err != nil {
		return err
	}
	if r.c.State != disclosure.Held || r.c.Cause != activities.CauseFrozen || r.c.Late == disclosure.LateHold {
		return nil
	}
	return r.miss(ctx, r.moves, activities.CauseMissed)
}

// confirm is stage 8: read back from every channel until all is as approved.
func (r *road) confirm(ctx workflow.Context) error {
	for pause := time.Second / 4; ; pause = min(2*pause, time.Minute) {
		if !r.c.Until.IsZero() && !workflow.Now(ctx).Before(r.c.Until) {
			return r.watch(ctx)
		}
		seen := r.moves
		var got activities.Confirmation
		if err := workflow.ExecuteActivity(patient(ctx), act.Confirm, activities.ConfirmInput{Case: r.c}).Get(ctx, &got); err != nil {
			return err
		}
		switch {
		case got.Done:
			return r.system(ctx, seen, disclosure.Act{Type: disclosure.Confirm})
		case got.Failed:
			return r.system(ctx, seen, disclosure.Act{Type: disclosure.Fail, Cause: got.Cause})
		}
		if err := r.await(ctx, pause); err != nil || r.moves != seen || workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return err
		}
		if pause > 4*time.Second {
			if err := r.openRelease(ctx, r.c.ReleaseAt); err != nil {
				return err
			}
		}
	}
}

// watch is stage 9: a person's turn, until the publicity period ends. Woken, it looks
// whether every channel shows the item.
func (r *road) watch(ctx workflow.Context) error {
	wait := time.Duration(0)
	if !r.c.Until.IsZero() {
		if wait = r.c.Until.Sub(workflow.Now(ctx)); wait <= 0 {
			return r.system(ctx, r.moves, disclosure.Act{Type: disclosure.Expire})
		}
	}
	wakes := r.wakes
	if err := r.await(ctx, wait); err != nil || r.wakes == wakes || r.c.State.Final() {
		return err
	}
	return r.lookAgain(ctx)
}

// lookAgain has what a channel lost sent again, and takes note of one that had failed and
// shows the item after all. What stays different is an incident already.
func (r *road) lookAgain(ctx workflow.Context) error {
	seen := r.moves
	for pause := time.Second; pause < time.Minute; pause *= 2 {
		var got activities.Confirmation
		if err := workflow.ExecuteActivity(patient(ctx), act.Confirm, activities.ConfirmInput{Case: r.c}).Get(ctx, &got); err != nil {
			return err
		}
		switch {
		case r.moves != seen || got.Failed:
			return nil
		case got.Done && r.c.State == disclosure.Failed:
			return r.system(ctx, seen, disclosure.Act{Type: disclosure.Confirm})
		case got.Done:
			return nil
		}
		if err := r.openRelease(ctx, r.c.ReleaseAt); err != nil {
			return err
		}
		if err := r.await(ctx, pause); err != nil || r.moves != seen {
			return err
		}
	}
	return nil
}

func (r *road) judge(ctx workflow.Context) (j activities.Judgement, err error) {
	in := activities.JudgeInput{ID: r.c.ID, Generation: r.c.Generation}
	err = workflow.ExecuteLocalActivity(local(ctx), act.Judge, in).Get(ctx, &j)
	return j, err
}

func (r *road) pushes() bool {
	return slices.ContainsFunc(r.c.Channels, func(c string) bool { return c != portal })
}

// openRelease makes sure that somebody waits to send what is due at an instant: one
// workflow an instant, shared by all its items.
func (r *road) openRelease(ctx workflow.Context, instant time.Time) error {
	if !r.pushes() {
		return nil
	}
	ctx = workflow.WithChildOptions(ctx, childOptions(instant))
	err := workflow.ExecuteChildWorkflow(ctx, Release, ReleaseInput{Instant: instant}).GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return nil
	}
	return err
}
