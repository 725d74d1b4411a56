package e2e

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// bareQueue is where the baselines wait for their worker, which is in this process.
const bareQueue = "bare"

// bareInput says how much a bare workflow does.
type bareInput struct {
	Updates    int       // each does one activity
	Activities int       // in all
	Local      int       // of them, those that never leave the worker
	At         time.Time // of the timer, if set
}

// afterFirst is how many of the activities a disclosure does between its first
// update and its second: the check and its record.
const afterFirst = 2

// bareRoad has the shape of a disclosure's life and does nothing.
func bareRoad(ctx workflow.Context, in bareInput) error {
	taken := 0
	err := workflow.SetUpdateHandler(ctx, "act", func(ctx workflow.Context) error {
		err := workflow.ExecuteActivity(bareOptions(ctx), "nothing").Get(ctx, nil)
		taken++
		return err
	})
	if err != nil {
		return err
	}
	rest, local := in.Activities-in.Updates, in.Local
	do := func(n int) error {
		for ; n > 0 && rest > 0; n, rest = n-1, rest-1 {
			one := workflow.ExecuteActivity
			if rest <= local {
				one, local = workflow.ExecuteLocalActivity, local-1
			}
			if err := one(bareOptions(ctx), "nothing").Get(ctx, nil); err != nil {
				return err
			}
		}
		return nil
	}
	if err := workflow.Await(ctx, func() bool { return taken > 0 }); err != nil {
		return err
	}
	if err := do(afterFirst); err != nil {
		return err
	}
	if err := workflow.Await(ctx, func() bool { return taken == in.Updates && workflow.AllHandlersFinished(ctx) }); err != nil {
		return err
	}
	if err := do(rest - 1); err != nil {
		return err
	}
	return workflow.ExecuteActivity(bareOptions(ctx), "over").Get(ctx, nil)
}

// bareTimer waits for an instant and tells when it did something about it.
func bareTimer(ctx workflow.Context, in bareInput) error {
	if err := workflow.Sleep(ctx, in.At.Sub(workflow.Now(ctx))); err != nil {
		return err
	}
	return workflow.ExecuteActivity(bareOptions(ctx), "over").Get(ctx, nil)
}

func bareOptions(ctx workflow.Context) workflow.Context {
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: 10 * time.Second})
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 10 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond},
	})
}

// bare is the baseline: bare workflows on the server of the house.
type bare struct {
	t    testing.TB
	c    client.Client
	mu   sync.Mutex
	over map[string]chan time.Time // by workflow
}

// newBare starts a worker with the options of ours, until the test ends.
func newBare(t testing.TB, c client.Client) *bare {
	t.Helper()
	b := &bare{t: t, c: c, over: map[string]chan time.Time{}}
	w := worker.New(c, bareQueue, worker.Options{
		MaxConcurrentActivityExecutionSize: 16, MaxConcurrentWorkflowTaskExecutionSize: 64,
		MaxConcurrentActivityTaskPollers: 4, MaxConcurrentWorkflowTaskPollers: 4,
	})
	w.RegisterWorkflow(bareRoad)
	w.RegisterWorkflow(bareTimer)
	w.RegisterActivityWithOptions(func(context.Context) error { return nil }, activity.RegisterOptions{Name: "nothing"})
	w.RegisterActivityWithOptions(b.end, activity.RegisterOptions{Name: "over"})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	return b
}

func (b *bare) end(ctx context.Context) error {
	b.ending(activity.GetInfo(ctx).WorkflowExecution.ID) <- time.Now()
	return nil
}

// ending is where the end of a workflow is told.
func (b *bare) ending(id string) chan time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over[id] == nil {
		b.over[id] = make(chan time.Time, 8) // an activity may run twice
	}
	return b.over[id]
}

func (b *bare) options(id string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{ID: id, TaskQueue: bareQueue, WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING}
}

func (b *bare) update(id string) client.UpdateWorkflowOptions {
	return client.UpdateWorkflowOptions{WorkflowID: id, UpdateID: uuid.NewString(), UpdateName: "act", WaitForStage: client.WorkflowUpdateStageCompleted}
}

// start begins a bare road with its first update, as a submission does.
func (b *bare) start(in bareInput) string {
	id := "bare/" + uuid.NewString()
	h, err := b.c.UpdateWithStartWorkflow(context.Background(), client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: b.c.NewWithStartWorkflowOperation(b.options(id), bareRoad, in), UpdateOptions: b.update(id),
	})
	require.NoError(b.t, err)
	require.NoError(b.t, h.Get(context.Background(), nil))
	return id
}

func (b *bare) act(id string) {
	h, err := b.c.UpdateWorkflow(context.Background(), b.update(id))
	require.NoError(b.t, err)
	require.NoError(b.t, h.Get(context.Background(), nil))
}

// life is a bare road from its first update to its end.
func (b *bare) life(in bareInput) string {
	id := b.start(in)
	for range in.Updates - 1 {
		b.act(id)
	}
	<-b.ending(id)
	return id
}

// timers starts n workflows, each waiting for its instant, and returns how late each
// was. The first is due after lead, each following one spacing later.
func (b *bare) timers(n int, lead, spacing time.Duration) []time.Duration {
	first := time.Now().Add(lead)
	ids := make([]string, n)
	_, took := together(n, 32, func(i int) {
		ids[i] = "timer/" + uuid.NewString()
		_, err := b.c.ExecuteWorkflow(context.Background(), b.options(ids[i]), bareTimer, bareInput{At: first.Add(time.Duration(i) * spacing)})
		require.NoError(b.t, err)
	})
	require.Less(b.t, took, lead, "the timers were not all started before the instant")
	late := make([]time.Duration, n)
	for i, id := range ids {
		late[i] = (<-b.ending(id)).Sub(first.Add(time.Duration(i) * spacing))
	}
	return late
}
