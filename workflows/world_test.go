package workflows_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"shenfa/activities"
	"shenfa/internal/calendar"
	"shenfa/internal/channel"
	"shenfa/internal/channel/portal"
	"shenfa/internal/channel/webhook"
	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
	"shenfa/internal/vault"
	wire "shenfa/webhook"
	"shenfa/workflows"
)

const (
	// settle is how long a script lets the road go on after each act. Work takes no
	// virtual time, but a timer fires early if work takes longer than it really.
	settle = 5 * time.Second
	origin = "shenfa.test/log"
)

// monday is when every world begins, an hour before the offices open.
func monday() time.Time { return time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) }

// world is a bureau with a portal and a receiver of webhooks, in which the workflow
// and the activities are the real ones, the database is a real one, and only the
// time is not: every clock shows the test environment's.
type world struct {
	testkit.Stored
	testkit.Bureau
	t    testing.TB
	item *testkit.Item

	root   *sqlx.DB // superuser: sets the clock, breaks what a mutant breaks
	portal *httptest.Server
	hook   *receiver

	env   *testsuite.TestWorkflowEnvironment
	acts  *activities.Activities
	yield func(func(resume func())) bool

	mu      sync.Mutex // an activity may outlive its workflow, and looks at these
	at      time.Time  // once the workflow has ended; before that the environment knows
	over    bool
	process string    // the run of the process that attends
	outage  time.Time // until then nobody attends and everything fails

	dbAhead, processAhead time.Duration // of the test's time: clocks that were stepped

	interceptors []interceptor.WorkerInterceptor // besides our own

	tamper func(*disclosure.Act) // changes what is sent: another seam for mutants
	// fault, if set, may answer in place of an activity: the seam for mutants.
	fault fault
}

// fault answers in place of an activity, or passes on to it.
type fault func(ctx context.Context, in *interceptor.ExecuteActivityInput, next func() (any, error)) (any, error)

func newWorld(t testing.TB) *world {
	t.Helper()
	dsns := testkit.Database(t)
	w := &world{t: t, root: testkit.Open(t, dsns.Superuser), at: monday(), over: true, process: uuid.NewString()}
	shadowClock(t, w.root)
	dsns.App += " search_path='shenfa,pg_catalog'"
	keys, err := vault.Open(filepath.Join(t.TempDir(), "keys"))
	require.NoError(t, err)
	w.Stored = testkit.On(t, dsns, keys)
	w.Bureau = testkit.AddBureau(t, w.Stored, "TB")
	w.portal = httptest.NewServer(http.HandlerFunc(w.servePortal))
	t.Cleanup(w.portal.Close)
	w.hook = newReceiver(t, w.now)
	w.tick()
	return w
}

// shadowClock puts a clock of ours before PostgreSQL's. pg_catalog is searched first
// unless the search path names it; where it comes second, our clock_timestamp() and
// now() hide its own for every query, function and trigger of the session. Defaults
// of columns were bound when the table was made and are bound again here. The
// clock is a sequence: what it shows is seen at once, by every transaction.
func shadowClock(t testing.TB, root *sqlx.DB) {
	t.Helper()
	for _, q := range []string{
		`CREATE SEQUENCE shenfa.test_clock MINVALUE 0`,
		`CREATE FUNCTION shenfa.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
			$$ SELECT timestamptz 'epoch' + last_value * interval '1 microsecond' FROM shenfa.test_clock $$`,
		`CREATE FUNCTION shenfa.now() RETURNS timestamptz LANGUAGE sql STABLE AS
			$$ SELECT timestamptz 'epoch' + last_value * interval '1 microsecond' FROM shenfa.test_clock $$`,
		`CREATE FUNCTION shenfa.test_tick(micros bigint, present text) RETURNS void LANGUAGE plpgsql AS $$
		BEGIN
			PERFORM setval('shenfa.test_clock', micros);
			IF present <> '' THEN
				INSERT INTO shenfa.uptime (process) VALUES (present)
					ON CONFLICT (process) DO UPDATE SET last_beat = shenfa.clock_timestamp();
			END IF;
		END $$`,
		`GRANT SELECT ON SEQUENCE shenfa.test_clock TO PUBLIC`,
		`DO $$
		DECLARE c record;
		BEGIN
			FOR c IN SELECT attrelid::regclass AS tab, attname FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
			          WHERE pg_get_expr(adbin, adrelid) LIKE '%clock_timestamp()%' LOOP
				EXECUTE format('ALTER TABLE %s ALTER %I SET DEFAULT shenfa.clock_timestamp()', c.tab, c.attname);
			END LOOP;
		END $$`,
	} {
		_, err := root.ExecContext(t.Context(), q)
		require.NoError(t, err)
	}
}

// set changes what activities look at.
func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return w.at
	}
	return w.env.Now().Truncate(time.Microsecond)
}

// ruling is what the database clock shows.
func (w *world) ruling() time.Time {
	var ahead time.Duration
	w.set(func() { ahead = w.dbAhead })
	return w.now().Add(ahead)
}

// processNow is the clock of the machine that the activities run on.
func (w *world) processNow() time.Time {
	var ahead time.Duration
	w.set(func() { ahead = w.processAhead })
	return w.now().Add(ahead)
}

// tick sets the database clock, and has whoever attends say that they are there.
func (w *world) tick() {
	now, present := w.ruling(), ""
	w.set(func() {
		if !now.Before(w.outage) {
			present = w.process
		}
	})
	_, err := w.root.ExecContext(w.t.Context(), `SELECT shenfa.test_tick($1, $2)`, now.UnixMicro(), present)
	if err != nil {
		w.t.Errorf("tick: %v", err)
	}
}

// play runs the workflow of the item from in on, and the script beside it: one of
// the two at a time, the script in the turns that the environment gives it. It
// returns how the workflow ended; when the script ends first, it is cancelled.
func (w *world) play(in workflows.DisclosureInput, options func(*testsuite.TestWorkflowEnvironment), script func()) error {
	w.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	w.env = suite.NewTestWorkflowEnvironment()
	w.env.SetStartTime(w.at)
	w.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: workflows.DisclosureID(in.Case.ID), TaskQueue: workflows.Queue})
	w.env.SetTestTimeout(time.Minute)
	w.env.SetDetachedChildWait(false)
	w.env.SetWorkerOptions(worker.Options{Interceptors: append(w.interceptors, &turnstile{w: w})})
	if options != nil {
		options(w.env)
	}
	cal, err := calendar.Default()
	require.NoError(w.t, err)
	hook, err := webhook.New(webhook.Config{
		URL: w.hook.URL + "/in", Secrets: []wire.Secret{wire.Secret("secret of the test")}, Portal: w.portal.URL, Client: w.hook.Client(), Now: w.now,
	})
	require.NoError(w.t, err)
	w.acts = &activities.Activities{
		Store: w.Store, Calendar: calendar.Hold(cal), Now: w.processNow,
		Channels: []channel.Channel{portal.New(w.portal.URL, w.portal.Client()), hook},
	}
	workflows.Register(w.env, w.acts)

	next, stop := iter.Pull(iter.Seq[func(func())](func(yield func(func(func())) bool) {
		w.yield = yield
		script()
	}))
	defer stop()
	var resume func()
	resume = func() {
		w.tick()
		wait, more := next()
		if !more {
			w.env.CancelWorkflow()
			return
		}
		wait(resume)
	}
	w.set(func() { w.over = false })
	w.env.RegisterDelayedCallback(resume, 0)
	w.env.ExecuteWorkflow(workflows.Disclosure, in)
	end := w.now()
	w.set(func() { w.at, w.over = end, true })
	for more := true; more; {
		_, more = next() // what the script still does, it does without a workflow
	}
	return w.env.GetWorkflowError()
}

// sleep lets virtual time pass.
func (w *world) sleep(d time.Duration) {
	if !w.over {
		w.yield(func(resume func()) { w.env.RegisterDelayedCallback(resume, d) })
	}
	if w.over {
		w.set(func() { w.at = w.at.Add(d) })
		w.tick()
	}
}

// until sleeps to an instant.
func (w *world) until(at time.Time) { w.sleep(at.Sub(w.now())) }

var errEnded = errors.New("the workflow has ended")

// send sends an act as the desk does, and lets the road go on after it.
func (w *world) send(a disclosure.Act) (workflows.ActResult, error) {
	if a.ID == "" {
		a.ID = uuid.NewString()
	}
	if w.tamper != nil {
		w.tamper(&a)
	}
	var result workflows.ActResult
	err := errEnded
	if !w.over {
		w.yield(func(resume func()) {
			// Seldom needed twice: the environment, like the server, answers the same
			// update id itself. What the workflow makes of it is tested with another.
			w.env.UpdateWorkflow(string(a.Type), uuid.NewString(), &testsuite.TestUpdateCallback{
				OnAccept: func() {},
				OnReject: func(refused error) {
					err = refused
					w.env.RegisterDelayedCallback(resume, settle)
				},
				OnComplete: func(answer any, failed error) {
					err = failed
					if got, ok := answer.(workflows.ActResult); ok {
						result = got
					}
					w.env.RegisterDelayedCallback(resume, settle)
				},
			}, a)
		})
	}
	w.item.Reload(w.t)
	return result, err
}

// must is send of an act that is to succeed.
func (w *world) must(a disclosure.Act) workflows.ActResult {
	w.t.Helper()
	got, err := w.send(a)
	require.NoError(w.t, err)
	return got
}

// refused is send of an act that is to be refused with that code.
func (w *world) refused(code disclosure.Code, a disclosure.Act) {
	w.t.Helper()
	_, err := w.send(a)
	require.Equal(w.t, code, codeOf(err), "%v", err)
}

func codeOf(err error) disclosure.Code {
	if r, ok := activities.RefusalOf(err); ok {
		return r.Code
	}
	return ""
}

func (w *world) wake() { w.env.SignalWorkflow(workflows.Wake, nil) }

// state is what the database says.
func (w *world) state() disclosure.State {
	w.item.Reload(w.t)
	return w.item.Case.State
}

// expect fails unless the disclosure is in that state.
func (w *world) expect(s disclosure.State) {
	w.t.Helper()
	require.Equal(w.t, s, w.state(), "held for %q", w.item.Case.Cause)
}

// submission freezes the draft and makes the act that submits it, as the desk does.
func (w *world) submission(by disclosure.Person) disclosure.Act {
	w.t.Helper()
	f := w.item.Frozen(w.t, by)
	notBefore, latest, err := f.Manifest.Release.Window()
	require.NoError(w.t, err)
	chosen, err := disclosure.Routes().For(f.Draft.Facts(w.item.Unit), w.now())
	require.NoError(w.t, err)
	return disclosure.Act{
		ID: uuid.NewString(), Type: disclosure.Submit, By: by, Kind: f.Draft.Kind, Version: f.Version, Manifest: f.Hash, Route: &chosen.Route,
		Flags: f.Draft.Facts(w.item.Unit).Flags, Contributors: f.Contributors, Channels: f.Draft.Channels, NotBefore: notBefore, Latest: latest,
		OnApproval: f.Manifest.Release.OnApproval, Late: f.Draft.Release.Late,
	}
}

// write replaces the body.
func (w *world) write(by disclosure.Person, html string) {
	w.item.Edit(w.t, by, func(d *disclosure.Draft, put func([]byte) (string, error)) error {
		blob, err := put([]byte(html))
		f := disclosure.File{Blob: blob, Named: disclosure.Named{Name: "body.html", Content: disclosure.Sum("text/html; charset=utf-8", []byte(html))}}
		d.Body, d.Source = &f, &f
		return err
	})
}

// decision is by's, at the step that waits.
func (w *world) decision(by disclosure.Person, outcome disclosure.Outcome) disclosure.Act {
	w.item.Reload(w.t)
	return w.item.Decision(w.t, by, outcome)
}

// approve takes every decision that waits.
func (w *world) approve() {
	w.t.Helper()
	for w.state() == disclosure.InReview {
		w.must(w.decision(w.For(w.item.Case.Tasks()[0]), disclosure.Disclose))
	}
}

// reasoned is an act that needs no more than a reason.
func (w *world) reasoned(what disclosure.ActType, by disclosure.Person) disclosure.Act {
	a := disclosure.Act{ID: uuid.NewString(), Type: what, By: by}
	a.Opinion = w.item.Words(w.t, a.ID, "理由")
	return a
}

func (w *world) reschedule(by disclosure.Person, at time.Time) disclosure.Act {
	a := w.reasoned(disclosure.Reschedule, by)
	a.ReleaseAt = at
	return a
}

// freeze orders one over everything and returns how to lift it.
func (w *world) freeze() (lift func()) {
	w.t.Helper()
	w.tick()
	id := uuid.NewString()
	require.NoError(w.t, w.AddFreeze(w.t.Context(), id, w.Officer, "all", "", "演练"))
	return func() {
		w.tick()
		require.NoError(w.t, w.LiftFreeze(w.t.Context(), id, w.Officer))
	}
}

// blackout has nobody there, and nothing work, for d.
func (w *world) blackout(d time.Duration) {
	w.tick()
	end := w.now().Add(d)
	w.set(func() { w.outage, w.process = end, uuid.NewString() })
	w.sleep(d + settle)
}

// watchdog does once what the keeper does all the time.
func (w *world) watchdog() {
	w.tick()
	overdue, err := w.Overdue(w.t.Context(), 15*time.Second)
	require.NoError(w.t, err)
	for _, o := range overdue {
		if o.ID == w.item.ID && !w.over {
			w.wake()
		}
	}
	w.sleep(settle)
}

// public is the hash of the body that the portal shows now.
func (w *world) public() (hash string, there bool) {
	w.t.Helper()
	w.tick()
	seen, err := portal.New(w.portal.URL, w.portal.Client()).ReadBack(w.t.Context(), channel.Item{Number: w.item.Number})
	require.NoError(w.t, err)
	return seen.BodySHA256, seen.There
}

func (w *world) servePortal(rw http.ResponseWriter, r *http.Request) {
	number, found := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/items/"), "/body")
	if !found {
		rw.WriteHeader(http.StatusNotFound)
		return
	}
	p, err := w.PublicItem(r.Context(), number)
	if disclosure.CodeOf(err) == disclosure.NotFound {
		rw.WriteHeader(http.StatusNotFound)
		return
	}
	var data []byte
	if err == nil {
		data, _, err = w.PublicBytes(r.Context(), p, "")
	}
	if err != nil {
		rw.WriteHeader(http.StatusInternalServerError)
		return
	}
	_, _ = rw.Write(data)
}

// turnstile is passed by every activity on its way in.
type turnstile struct {
	interceptor.WorkerInterceptorBase
	w *world
}

func (i *turnstile) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &turn{interceptor.ActivityInboundInterceptorBase{Next: next}, i.w}
}

type turn struct {
	interceptor.ActivityInboundInterceptorBase
	w *world
}

// ExecuteActivity sets the database clock first. In an outage nothing works; and
// where an activity waits for an instant or for the sequencer, which it would do in
// real time, the time of the test is brought there.
func (i *turn) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	w := i.w
	w.tick()
	var outage time.Time
	w.set(func() { outage = w.outage })
	if wait := outage.Sub(w.now()); wait > 0 {
		return nil, later("outage", wait)
	}
	switch activity.GetInfo(ctx).ActivityType.Name {
	case "Send":
		if wait := in.Args[0].(activities.SendInput).Instant.Sub(w.ruling()); wait > 0 {
			return nil, later("not yet", wait)
		}
	case "Prepare", "Rehearse":
		for placed := 1; placed > 0; {
			var err error
			if placed, err = w.Sequence(ctx, origin); err != nil {
				return nil, err
			}
		}
	}
	next := func() (any, error) { return i.Next.ExecuteActivity(ctx, in) }
	if w.fault != nil {
		return w.fault(ctx, in, next)
	}
	return next()
}

func later(why string, wait time.Duration) error {
	return temporal.NewApplicationErrorWithOptions(why, why, temporal.ApplicationErrorOptions{NextRetryDelay: wait})
}
