package workflows

import (
	"strconv"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"shenfa/activities"
	"shenfa/internal/channel"
	"shenfa/internal/disclosure"
)

const portal = channel.PortalName

// ReleaseInput names the instant.
type ReleaseInput struct {
	Instant time.Time
}

// silence is how long an activity may give no sign before somebody else gets its
// work. It is the most that a crash just before the instant adds to a push.
const silence = 10 * time.Second

// Release sends what push channels get at one instant. It is started when the first
// item of that instant is armed, so that its activity already waits when the
// instant comes.
func Release(ctx workflow.Context, in ReleaseInput) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              ReleaseQueue,
		ScheduleToCloseTimeout: 24 * time.Hour, // after that the watchdog has long called a person
		StartToCloseTimeout:    2 * time.Hour,
		HeartbeatTimeout:       silence,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	})
	return workflow.ExecuteActivity(ctx, act.Send, activities.SendInput{Instant: in.Instant}).Get(ctx, nil)
}

func childOptions(instant time.Time) workflow.ChildWorkflowOptions {
	return workflow.ChildWorkflowOptions{
		WorkflowID:            ReleaseID(instant),
		TaskQueue:             ReleaseQueue, // no other work is before it
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
	}
}

// brief is for our own database: it answers at once or is asked again until it does.
// An Update handler's context inherits no options, so every call names its own.
func brief(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: briefly, RetryPolicy: untilItAnswers()})
}

// local is for our own database too, without a way round through the server. What it
// does may happen again after a crash, and must be the same act then. Its whole time
// is given because it would else be that of one try.
func local(ctx workflow.Context) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: briefly, ScheduleToCloseTimeout: 10 * 365 * 24 * time.Hour, RetryPolicy: untilItAnswers(),
	})
}

const briefly = 10 * time.Second

// untilItAnswers waits longer than a workflow task lasts in the end, so that a task is
// not kept open all through an outage.
func untilItAnswers() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 15 * time.Second}
}

// patient is for work on files and for the world outside.
func patient(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 5 * time.Minute,
		HeartbeatTimeout:    silence,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: 250 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 30 * time.Second},
	})
}

// refused carries a refusal of the rules out of the workflow.
func refused(err error) error {
	if err == nil {
		return nil
	}
	if r, ok := activities.RefusalOf(err); ok {
		return activities.Refused(r)
	}
	return activities.Refused(disclosure.Refuse(disclosure.Internal, ""))
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
