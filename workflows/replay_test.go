package workflows_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"shenfa/workflows"
)

// histories are the golden ones: JSON as `temporal workflow show -o json` prints it,
// one file a run, named for what happened in it ("disclosure_returned.json"). Their
// payloads are in clear, which they may be: all people and texts in them are made
// up, and no content passes through Temporal. `make record-history` writes them from
// a real server, for a new shape of a workflow only: what a release has run must
// replay for ever, so an old file is never recorded again.
func histories(t *testing.T) map[string]*historypb.History {
	t.Helper()
	files, err := filepath.Glob("testdata/histories/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files, "no golden histories: make record-history")
	out := map[string]*historypb.History{}
	for _, file := range files {
		f, err := os.Open(file)
		require.NoError(t, err)
		h, err := client.HistoryFromJSON(f, client.HistoryJSONOptions{})
		require.NoError(t, err, file)
		require.NoError(t, f.Close())
		out[filepath.Base(file)] = h
	}
	return out
}

func typeOf(h *historypb.History) string {
	return h.Events[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowType().GetName()
}

func TestR9_EveryGoldenHistoryReplays(t *testing.T) {
	t.Parallel()

	kinds := map[string]bool{}
	for name, h := range histories(t) {
		kinds[typeOf(h)] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := worker.NewWorkflowReplayer()
			r.RegisterWorkflow(workflows.Disclosure)
			r.RegisterWorkflow(workflows.Release)
			r.RegisterWorkflow(workflows.Question)
			require.NoError(t, r.ReplayWorkflowHistory(nil, h))
		})
	}
	require.Subset(t, keys(kinds), []string{"Disclosure", "Release", "Question"})
}

func keys(m map[string]bool) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	return out
}

// TestR9_ChangedWorkflowsAreCaught replays the same histories on workflows that were
// changed without GetVersion, as a careless commit would.
func TestR9_ChangedWorkflowsAreCaught(t *testing.T) {
	t.Parallel()

	// sleepy waits once more than it did.
	sleepy := func(ctx workflow.Context, in workflows.DisclosureInput) error {
		if err := workflow.Sleep(ctx, time.Second); err != nil {
			return err
		}
		return workflows.Disclosure(ctx, in)
	}
	// idle does not do what it did.
	idle := func(ctx workflow.Context, _ workflows.ReleaseInput) error { return workflow.Sleep(ctx, time.Second) }
	deaf := func(ctx workflow.Context, _ workflows.QuestionInput) error { return workflow.Sleep(ctx, time.Second) }
	for name, h := range histories(t) {
		if !worked(h) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := worker.NewWorkflowReplayer()
			r.RegisterWorkflowWithOptions(sleepy, workflow.RegisterOptions{Name: "Disclosure"})
			r.RegisterWorkflowWithOptions(idle, workflow.RegisterOptions{Name: "Release"})
			r.RegisterWorkflowWithOptions(deaf, workflow.RegisterOptions{Name: "Question"})
			require.ErrorContains(t, r.ReplayWorkflowHistory(nil, h), "TMPRL1100") // the SDK's number for it
		})
	}
}

// worked says whether anything was commanded in a history that a change could
// contradict.
func worked(h *historypb.History) bool {
	for _, e := range h.Events {
		if e.EventType == enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED || e.EventType == enums.EVENT_TYPE_TIMER_STARTED {
			return true
		}
	}
	return false
}
