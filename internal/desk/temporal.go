package desk

import (
	enums "go.temporal.io/api/enums/v1"

	"shenfa/workflows"
)

// A disclosure has one workflow, ever: the first submission starts it, a later one
// finds it running, and a closed one is never started again.
const (
	useExisting     = enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
	rejectDuplicate = enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
)

// pollers says who must be polling each queue for the road to be open.
var pollers = map[string][]enums.TaskQueueType{
	workflows.Queue:        {enums.TASK_QUEUE_TYPE_WORKFLOW, enums.TASK_QUEUE_TYPE_ACTIVITY},
	workflows.ReleaseQueue: {enums.TASK_QUEUE_TYPE_WORKFLOW, enums.TASK_QUEUE_TYPE_ACTIVITY},
}
