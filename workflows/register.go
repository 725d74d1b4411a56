package workflows

import (
	"go.temporal.io/sdk/worker"

	"shenfa/activities"
)

// Register makes w able to run every workflow and activity.
func Register(w worker.Registry, a *activities.Activities) {
	w.RegisterWorkflow(Disclosure)
	w.RegisterWorkflow(Release)
	w.RegisterWorkflow(Question)
	w.RegisterActivity(a)
}

// RegisterRelease makes w able to run what is due on ReleaseQueue.
func RegisterRelease(w worker.Registry, a *activities.Activities) {
	w.RegisterWorkflow(Release)
	w.RegisterActivity(a)
}

// act lends its methods' names to the workflows; nothing is called through it.
var act *activities.Activities
