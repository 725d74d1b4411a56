package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"shenfa/activities"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/workflows"
)

// The database shows the next step as soon as a decision is written; the workflow
// believes it a moment later. Who decides in that moment read the newer state, and
// waits for their turn instead of being refused.
func TestAQuickDeciderWaitsTheirTurn(t *testing.T) {
	t.Parallel()

	routes := disclosure.Routes()
	c := disclosure.Case{
		ID: "item", Unit: "u", Section: "s", Drafter: "drafter", State: disclosure.InReview, Version: 1, Manifest: "hash",
		Route: routes[0], Contributors: []string{"drafter"},
	}
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	var acts *activities.Activities
	env.OnActivity(acts.Record, mock.Anything, mock.Anything).After(time.Second).Return(store.Recorded{Revision: 1}, nil)

	decide := func(at time.Duration, id, step string, role disclosure.Role) (got *workflows.ActResult) {
		got = &workflows.ActResult{}
		env.RegisterDelayedCallback(func() {
			env.UpdateWorkflow(string(disclosure.Decide), id, &testsuite.TestUpdateCallback{
				OnAccept: func() {},
				OnReject: func(err error) { t.Errorf("%s was refused: %v", id, err) },
				OnComplete: func(v any, err error) {
					require.NoError(t, err)
					*got = v.(workflows.ActResult)
				},
			}, disclosure.Act{
				ID: id, Type: disclosure.Decide, Step: step, Outcome: disclosure.Disclose, Manifest: "hash",
				By: disclosure.Person{ID: id, Unit: "u", Section: "s", Roles: []disclosure.Role{role}},
			})
		}, at)
		return got
	}
	first := decide(time.Minute, "head", "section", disclosure.SectionHead)
	second := decide(time.Minute+500*time.Millisecond, "reviewer", "confidentiality", disclosure.Confidentiality)
	env.RegisterDelayedCallback(env.CancelWorkflow, time.Hour)
	env.ExecuteWorkflow(workflows.Disclosure, workflows.DisclosureInput{Case: c})
	require.Equal(t, disclosure.InReview, first.State)
	require.Equal(t, disclosure.InReview, second.State)
}
