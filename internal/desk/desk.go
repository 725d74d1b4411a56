// Package desk is the one door through which people act: API, console and CLI all
// come here. It asks the workflow to move a disclosure, reads the database for
// everything else, and writes down who was refused.
package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"shenfa/activities"
	"shenfa/internal/calendar"
	"shenfa/internal/check"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/workflows"
)

// Desk serves all requests of a process.
type Desk struct {
	store     *store.Store
	temporal  client.Client
	calendar  *calendar.Holder
	treatment Treatment
	channels  []string
	origin    string // name of the ledger
	cacheLife time.Duration
	open      check.Open
	log       *slog.Logger
	hashing   chan struct{} // one seat a core for password hashing
	font      string
}

// Config is what a desk works with.
type Config struct {
	Store     *store.Store
	Treatment Treatment
	Temporal  client.Client
	Calendar  *calendar.Holder
	Channels  []string // names of the configured channels
	Origin    string
	CacheLife time.Duration // how long caches in front of the portal may show an old page; 0: there are none
	Open      check.Open    // opens uploads that nobody trusts; nil opens them here
	Log       *slog.Logger
	Cores     int
	Font      string // a Chinese TrueType font for papers, if not the one that systems have
}

// New opens the desk.
func New(c Config) *Desk {
	return &Desk{
		store: c.Store, treatment: c.Treatment, temporal: c.Temporal, calendar: c.Calendar, channels: c.Channels, origin: c.Origin, cacheLife: c.CacheLife, open: c.Open, log: c.Log, font: c.Font,
		hashing: make(chan struct{}, max(1, c.Cores)),
	}
}

// Channels names the configured channels.
func (d *Desk) Channels() []string { return slices.Clone(d.channels) }

// patience is how long a person waits for an answer before being told to ask again.
const patience = 20 * time.Second

// act asks the workflow to take an act and returns when it is recorded. A refusal
// is audited: a refused Update leaves no trace in the history.
func (d *Desk) act(ctx context.Context, who Actor, id string, a disclosure.Act) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	do := func(Actor) error { return d.update(ctx, id, a) }
	var err error
	if a.Type.NeedsProof() {
		err = d.proven(ctx, who, do)
	} else {
		err = do(who)
	}
	if code := disclosure.CodeOf(err); code != "" {
		d.Denied(ctx, who, string(a.Type), id, code)
	}
	return err
}

func (d *Desk) update(ctx context.Context, id string, a disclosure.Act) error {
	done, err := d.store.ActDone(ctx, a.ID)
	if err != nil || done {
		return err
	}
	opts := client.UpdateWorkflowOptions{
		UpdateID: a.ID, WorkflowID: workflows.DisclosureID(id), UpdateName: string(a.Type),
		Args: []any{a}, WaitForStage: client.WorkflowUpdateStageCompleted,
	}
	var handle client.WorkflowUpdateHandle
	if a.Type == disclosure.Submit {
		handle, err = d.start(ctx, id, opts)
	} else {
		handle, err = d.temporal.UpdateWorkflow(ctx, opts)
	}
	if err == nil {
		err = handle.Get(ctx, nil)
	}
	return d.outcome(ctx, id, a, err)
}

// outcome reads what Temporal said.
func (d *Desk) outcome(ctx context.Context, id string, a disclosure.Act, err error) error {
	if err == nil {
		return nil
	}
	if r, ok := activities.RefusalOf(err); ok {
		// After a crash the database may be ahead of the workflow, which has yet to take up what
		// is recorded: the same act in a moment will find it there.
		if c, err := d.store.Case(ctx, id); r.Code == disclosure.WrongState && err == nil && c.Check(a) == nil {
			return disclosure.Refuse(disclosure.Busy, "")
		}
		return r
	}
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		// Closed and missing look the same to Temporal: the rules say which.
		c, err := d.store.Case(ctx, id)
		if err != nil {
			return err
		}
		if err := c.Check(a); err != nil {
			return err
		}
		return disclosure.Refuse(disclosure.Unavailable, "")
	}
	var app *temporal.ApplicationError
	if errors.As(err, &app) && app.Type() == string(disclosure.Busy) {
		return disclosure.Refuse(disclosure.Busy, "")
	}
	d.log.ErrorContext(ctx, "act not taken", slog.String("act", string(a.Type)), slog.String("disclosure", id), slog.String("kind", fmt.Sprintf("%T", err)))
	return errors.Join(disclosure.Refuse(disclosure.Unavailable, ""), err)
}

// start begins the workflow if it is the first submission, and submits.
func (d *Desk) start(ctx context.Context, id string, opts client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	c, err := d.store.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	begin := d.temporal.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: workflows.DisclosureID(id), TaskQueue: workflows.Queue,
		WorkflowIDConflictPolicy: useExisting, WorkflowIDReusePolicy: rejectDuplicate,
	}, workflows.Disclosure, workflows.DisclosureInput{Case: c})
	return d.temporal.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{StartWorkflowOperation: begin, UpdateOptions: opts})
}

// Denied writes down that somebody was refused.
func (d *Desk) Denied(ctx context.Context, who Actor, action, object string, code disclosure.Code) {
	d.note(ctx, who, "denied:"+action, object, string(code), nil)
}

// note audits what is not an act. It uses a context of its own: a client that hangs
// up does not keep a denial out of the ledger.
func (d *Desk) note(ctx context.Context, who Actor, action, object, outcome string, detail map[string]string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	actor := who.ID
	if actor == "" {
		actor = "anonymous"
	}
	if who.Remote != "" {
		detail = with(detail, "remote", who.Remote)
	}
	err := d.store.Note(ctx, store.Audit{Actor: actor, Action: action, Object: object, Unit: who.Unit, Outcome: outcome, Detail: detail})
	if err != nil {
		d.log.ErrorContext(ctx, "audit row not written", slog.String("action", action), slog.Any("error", err))
	}
}

func with(m map[string]string, k, v string) map[string]string {
	out := map[string]string{k: v}
	for k, v := range m {
		out[k] = v
	}
	return out
}

// actID names an act by who did it and under which key, so that the same request
// is the same act.
func actID(who Actor, key string) string { return store.Derive("act", who.ID, key) }

// Health says which parts do not work. A nil error is a part that does.
func (d *Desk) Health(ctx context.Context) map[string]error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	parts := map[string]error{"database": d.store.Ping(ctx)}
	_, err := d.temporal.CheckHealth(ctx, &client.CheckHealthRequest{})
	parts["temporal"] = err
	parts["workers"] = d.workers(ctx)
	parts["ledger"] = d.ledger(ctx)
	parts["releases"] = d.punctual(ctx)
	now, err := d.store.Now(ctx)
	if err == nil {
		_, err = check.At(now)
	}
	parts["check"] = err
	return parts
}

// workers sees whether somebody polls both queues.
func (d *Desk) workers(ctx context.Context) error {
	for _, queue := range []string{workflows.Queue, workflows.ReleaseQueue} {
		for _, kind := range pollers[queue] {
			res, err := d.temporal.DescribeTaskQueue(ctx, queue, kind)
			if err != nil {
				return err
			}
			if len(res.GetPollers()) == 0 {
				return fmt.Errorf("nobody works on %s", queue)
			}
		}
	}
	return nil
}

// lateAfter is how long after its instant an item counts as overdue for operators:
// the watchdog has woken it by then.
const lateAfter = time.Minute

func (d *Desk) punctual(ctx context.Context) error {
	late, err := d.store.Overdue(ctx, lateAfter)
	if err == nil && len(late) > 0 {
		err = fmt.Errorf("%d releases are overdue, the oldest since %s", len(late), late[0].Due.UTC().Format(time.RFC3339))
	}
	return err
}

// ledgerPatience is how long an audit row may wait for its place.
const ledgerPatience = 10 * time.Second

func (d *Desk) ledger(ctx context.Context) error {
	age, err := d.store.Waiting(ctx)
	if err == nil && age > ledgerPatience {
		err = fmt.Errorf("rows have waited %s for their place", age.Round(time.Second))
	}
	return err
}
