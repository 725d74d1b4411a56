package workflows

import (
	"slices"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"shenfa/activities"
	"shenfa/internal/disclosure"
)

// QuestionInput is a question about a disclosure as it stands: ids and instants.
type QuestionInput struct {
	Disclosure string
	Question   disclosure.Question
}

// insist is how long a question waits for the disclosure to take note that nobody answered,
// before it says so again.
const insist = time.Hour

// Question waits for the receipt, the answer or the clock, whichever comes first. The
// disclosure owns what is asked about it: it tells what people recorded and is told when the
// time has run out.
func Question(ctx workflow.Context, in QuestionInput) error {
	news := workflow.GetSignalChannel(ctx, QuestionNews)
	for q := &in.Question; !q.Settled(); {
		wait := time.Duration(0)
		if q.State == disclosure.QuestionReceived {
			if wait = q.Due.Sub(workflow.Now(ctx)); wait <= 0 {
				err := workflow.SignalExternalWorkflow(ctx, DisclosureID(in.Disclosure), "", QuestionExpired, q.ID).Get(ctx, nil)
				if err != nil || !q.Terms().Binds {
					return nil // nobody waits for it: the disclosure has ended, or goes on without it
				}
				wait = insist
			}
		}
		if err := listen(ctx, news, wait, q); err != nil {
			return err
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return workflow.NewContinueAsNewError(ctx, Question, in)
		}
	}
	return nil
}

// listen waits for news of the question, for d at most; for ever if d is 0.
func listen(ctx workflow.Context, news workflow.ReceiveChannel, d time.Duration, q *disclosure.Question) error {
	if d == 0 {
		news.Receive(ctx, q)
		return ctx.Err()
	}
	timed, cancel := workflow.WithCancel(ctx)
	defer cancel()
	s := workflow.NewSelector(ctx)
	s.AddReceive(news, func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, q) })
	s.AddFuture(workflow.NewTimer(timed, d), func(workflow.Future) {})
	s.Select(ctx)
	return ctx.Err()
}

// mindQuestions keeps the questions of the disclosure told of what people record, and takes
// note of those that ran out. Each run begins by telling all.
func (r *road) mindQuestions(ctx workflow.Context) {
	var expired []string
	workflow.Go(ctx, func(ctx workflow.Context) {
		var id string
		for expiries := workflow.GetSignalChannel(ctx, QuestionExpired); expiries.Receive(ctx, &id); {
			expired = append(expired, id)
		}
	})
	workflow.Go(ctx, func(ctx workflow.Context) {
		for {
			if workflow.Await(ctx, func() bool { return len(expired) > 0 || r.untold() >= 0 }) != nil {
				return
			}
			for len(expired) > 0 {
				id := expired[0]
				expired = expired[1:]
				r.expire(ctx, id)
			}
			for i := r.untold(); i >= 0; i = r.untold() {
				q := r.c.Questions[i]
				r.told = append(slices.DeleteFunc(r.told, func(t disclosure.Question) bool { return t.ID == q.ID }), q)
				r.tell(ctx, q)
			}
		}
	})
}

// untold finds a question that has moved since it was told, or -1.
func (r *road) untold() int {
	return slices.IndexFunc(r.c.Questions, func(q disclosure.Question) bool { return !slices.Contains(r.told, q) })
}

// tell starts the question's workflow, or sends it the news. One that has ended needs none.
func (r *road) tell(ctx workflow.Context, q disclosure.Question) {
	if !q.Settled() {
		child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
			WorkflowID: QuestionID(q.ID), TaskQueue: Queue,
			WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, ParentClosePolicy: enums.PARENT_CLOSE_POLICY_ABANDON,
		})
		err := workflow.ExecuteChildWorkflow(child, Question, QuestionInput{Disclosure: r.c.ID, Question: q}).GetChildWorkflowExecution().Get(ctx, nil)
		if !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
			return
		}
	}
	if err := workflow.SignalExternalWorkflow(ctx, QuestionID(q.ID), "", QuestionNews, q).Get(ctx, nil); err != nil {
		r.log.Debug("question has ended", "question", q.ID)
	}
}

// expire takes note that a question was not answered in time. If somebody was quicker, its
// workflow is told once more.
func (r *road) expire(ctx workflow.Context, id string) {
	if q, ok := r.c.Question(id); !ok || q.State != disclosure.QuestionReceived || workflow.Now(ctx).Before(q.Due) {
		r.told = slices.DeleteFunc(r.told, func(t disclosure.Question) bool { return t.ID == id })
		return
	}
	err := r.system(ctx, r.moves, disclosure.Act{Type: disclosure.QuestionSilent, Inquiry: &disclosure.Inquiry{ID: id}})
	if _, refused := activities.RefusalOf(err); err != nil && !refused {
		r.log.Error("question not ended", "question", id)
	}
}

// endQuestions ends the waiting for answers about a disclosure that has come to its end.
func (r *road) endQuestions(ctx workflow.Context) {
	for _, q := range r.c.Questions {
		if !q.Settled() {
			q.State = disclosure.QuestionClosed
			r.tell(ctx, q)
		}
	}
}
