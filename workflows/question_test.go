package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
	"shenfa/workflows"
)

// about makes an act on a question with its words sealed.
func (w *world) about(what disclosure.ActType, by disclosure.Person, in disclosure.Inquiry) disclosure.Act {
	a := w.reasoned(what, by)
	a.Inquiry = &in
	return a
}

// asks has somebody outside asked, and the letter sent and received today.
func (w *world) asks(kind string) string {
	w.t.Helper()
	in := disclosure.Inquiry{ID: uuid.NewString(), Kind: kind}
	a := w.about(disclosure.AskQuestion, w.Confidentiality, in)
	a.Inquiry.Addressee = w.item.Words(w.t, a.ID+"/addressee", "示例化工有限公司")
	w.must(a)
	w.must(w.letter(disclosure.SendQuestion, store.LetterAsk, in.ID))
	return in.ID
}

// letter writes a letter as the desk does, and issues it.
func (w *world) letter(what disclosure.ActType, kind, question string) disclosure.Act {
	w.t.Helper()
	w.tick()
	l, err := w.WriteLetter(w.t.Context(), w.item.ID, w.item.Unit, question, kind, "t/1",
		func(string, int, int) string { return uuid.NewString() }, func(n string) ([]byte, error) { return []byte(n), nil })
	require.NoError(w.t, err)
	return w.about(what, w.Confidentiality, disclosure.Inquiry{ID: question, Letter: l.Blob, On: w.today(), Ground: "public_interest"})
}

func (w *world) today() time.Time { return w.day(w.now().In(beijing).Format(time.DateOnly)) }

func (w *world) day(s string) time.Time {
	at, err := time.ParseInLocation(time.DateOnly, s, beijing)
	require.NoError(w.t, err)
	return at.UTC()
}

var beijing = time.FixedZone("Asia/Shanghai", 8*60*60)

// received records that the letter arrived on a day, and returns the last instant to answer.
func (w *world) received(question string, on time.Time) time.Time {
	w.t.Helper()
	cal, err := calendar.Default()
	require.NoError(w.t, err)
	q, _ := w.item.Case.Question(question)
	l := q.Terms().Limit
	due, _, err := cal.Deadline(on, calendar.Limit{N: l.N, Unit: calendar.Unit(l.Unit)})
	require.NoError(w.t, err)
	w.must(w.about(disclosure.ReceiveQuestion, w.Confidentiality, disclosure.Inquiry{ID: question, On: on, Due: due.UTC()}))
	return due
}

func (w *world) question(id string) disclosure.Question {
	w.t.Helper()
	w.item.Reload(w.t)
	q, ok := w.item.Case.Question(id)
	require.True(w.t, ok)
	return q
}

func TestQuestions(t *testing.T) {
	t.Parallel()

	t.Run("SilenceOverNationalDayIsNoConsentAndTheItemIsSignedAfterTheNotice", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.at = time.Date(2026, 9, 18, 1, 0, 0, 0, time.UTC)
		w.tick()
		w.item = testkit.Draft(t, w.Stored, w.Bureau, testkit.ReleaseIn(60*24*time.Hour))
		_ = w.play(workflows.DisclosureInput{Case: w.item.Case}, nil, func() {
			w.must(w.submission(w.Drafter))
			w.must(w.decision(w.Head, disclosure.Disclose))
			id := w.asks("third_party")
			due := w.received(id, w.today())
			require.Equal(t, "2026-10-15", due.In(beijing).Format(time.DateOnly), "15 working days, none of them a holiday")
			w.must(w.decision(w.Confidentiality, disclosure.Disclose))
			w.refused(disclosure.QuestionOpen, w.decision(w.Deputy, disclosure.Disclose))

			w.until(due.Add(-settle))
			require.Equal(t, disclosure.QuestionReceived, w.question(id).State)
			w.until(due.Add(settle))
			require.Equal(t, disclosure.QuestionUnanswered, w.question(id).State)
			require.Equal(t, 1, w.count(`SELECT count(*) FROM notices WHERE kind = 'silent' AND person_id = $1`, w.Confidentiality.ID))
			w.refused(disclosure.QuestionOpen, w.decision(w.Deputy, disclosure.Disclose))

			over := func() disclosure.Act {
				return w.about(disclosure.OverrideQuestion, w.Confidentiality, disclosure.Inquiry{ID: id, Ground: "public_interest"})
			}
			w.refused(disclosure.QuestionUntold, over())
			w.must(w.letter(disclosure.NotifyQuestion, store.LetterNotice, id))
			w.must(over())
			x := w.item.Case.Exclusions()
			require.Len(t, x, 1)
			require.Equal(t, due.UTC(), x[0].To.UTC(), "what was excluded ended with the clock, not with the person")
			w.must(w.decision(w.Deputy, disclosure.Disclose))
			w.expect(disclosure.Approved)
		})
	})
	t.Run("AnAnswerStopsTheClockAndARefusalHoldsUntilTheTextHasChanged", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.must(w.submission(w.Drafter))
			w.must(w.decision(w.Head, disclosure.Disclose))
			id := w.asks("originator")
			due := w.received(id, w.today())
			w.must(w.about(disclosure.AnswerQuestion, w.Confidentiality, disclosure.Inquiry{ID: id, Reply: "refuse", On: w.today()}))
			w.until(due.Add(2 * time.Hour))
			require.Equal(t, disclosure.QuestionAnswered, w.question(id).State)
			w.must(w.decision(w.Confidentiality, disclosure.Disclose))
			w.refused(disclosure.QuestionOpen, w.decision(w.Deputy, disclosure.Disclose))
			w.refused(disclosure.QuestionFinal, w.about(disclosure.OverrideQuestion, w.Confidentiality, disclosure.Inquiry{ID: id, Ground: "public_interest"}))
			w.refused(disclosure.QuestionMoved, w.about(disclosure.CloseQuestion, w.Confidentiality, disclosure.Inquiry{ID: id}))

			back := w.decision(w.Deputy, disclosure.ReturnToEarlier)
			w.must(back)
			w.write(w.Drafter, "<p>已删去引用的内容</p>")
			w.must(w.submission(w.Drafter))
			w.must(w.about(disclosure.CloseQuestion, w.Confidentiality, disclosure.Inquiry{ID: id}))
			w.approve()
			w.expect(disclosure.Approved)
		}, testkit.ReleaseIn(60*24*time.Hour))
	})
	t.Run("TheStepThatMayNotDoWithoutTheAnswerStandsStill", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			leaders := func() time.Time {
				return testkit.Cell[time.Time](t, w.Stored, `SELECT due_at FROM tasks WHERE disclosure_id = $1 AND step = 'leader' AND closed_at IS NULL`, w.item.ID)
			}
			w.must(w.submission(w.Drafter))
			w.must(w.decision(w.Head, disclosure.Disclose))
			w.must(w.decision(w.Confidentiality, disclosure.Disclose))
			before := leaders()
			due := w.received(w.asks("third_party"), w.today())
			require.True(t, leaders().After(due), "its time goes on after the time to answer")
			require.Equal(t, 1, w.count(`SELECT count(DISTINCT was_at) FROM notices WHERE kind = 'clock' AND was_at = $1`, before), "which is told")
			w.must(w.about(disclosure.AnswerQuestion, w.Confidentiality, disclosure.Inquiry{ID: w.item.Case.Questions[0].ID, On: w.today(), Reply: disclosure.ReplyConsent}))
			require.True(t, leaders().Before(due), "or when there is an answer")
			require.False(t, leaders().Before(before))
		}, testkit.ReleaseIn(60*24*time.Hour))
	})
	t.Run("WhatIsAskedOfAColleagueWithoutAVoteHoldsNothing", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.must(w.submission(w.Drafter))
			in := disclosure.Inquiry{ID: uuid.NewString(), Kind: "consult", Due: w.now().Add(48 * time.Hour)}
			a := w.about(disclosure.AskQuestion, w.Head, in)
			a.Target = &w.Legal
			w.must(a)
			require.Equal(t, 1, w.count(`SELECT count(*) FROM notices WHERE kind = 'asked' AND person_id = $1`, w.Legal.ID))
			w.refused(disclosure.NotYours, w.about(disclosure.AnswerQuestion, w.Confidentiality, disclosure.Inquiry{ID: in.ID, Reply: "opinion"}))
			w.approve()
			w.expect(disclosure.Approved)
			w.sleep(72 * time.Hour)
			require.Equal(t, disclosure.QuestionReceived, w.question(in.ID).State, "nobody asks for it any more")
		}, testkit.ReleaseIn(60*24*time.Hour))
	})
	t.Run("ARunThatBeginsAnewTellsItsQuestionsAndOneThatEndsEndsThem", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.draft(testkit.ReleaseIn(60 * 24 * time.Hour))
		var id string
		var due time.Time
		_ = w.play(workflows.DisclosureInput{Case: w.item.Case}, nil, func() {
			w.must(w.submission(w.Drafter))
			w.must(w.decision(w.Head, disclosure.Disclose))
			id = w.asks("originator")
			due = w.received(id, w.today())
		})
		told := &tellings{}
		w.interceptors = append(w.interceptors, told)
		require.NoError(t, w.play(workflows.DisclosureInput{Case: w.item.Case}, nil, func() {
			w.until(due.Add(settle))
			require.Equal(t, disclosure.QuestionUnanswered, w.question(id).State)
			require.Equal(t, []disclosure.QuestionState{disclosure.QuestionUnanswered}, told.states, "a person must decide")
			w.must(w.decision(w.Confidentiality, disclosure.DoNotDisclose))
		}))
		require.Equal(t, disclosure.QuestionClosed, told.states[1], "nobody waits for an answer any more")
	})
	t.Run("ALostWordFromTheQuestionIsSaidAgain", func(t *testing.T) {
		t.Parallel()

		var suite testsuite.WorkflowTestSuite
		env := suite.NewTestWorkflowEnvironment()
		env.SetStartTime(monday())
		told := 0
		env.OnSignalExternalWorkflow("default-test-namespace", workflows.DisclosureID("d"), "", workflows.QuestionExpired, "q").Return(func(string, string, string, string, any) error {
			told++
			return nil
		})
		env.RegisterDelayedCallback(func() {
			env.SignalWorkflow(workflows.QuestionNews, disclosure.Question{ID: "q", Kind: "third_party", From: "2019-05-15", State: disclosure.QuestionClosed})
		}, 3*time.Hour+90*time.Minute)
		env.ExecuteWorkflow(workflows.Question, workflows.QuestionInput{Disclosure: "d", Question: disclosure.Question{
			ID: "q", Kind: "third_party", From: "2019-05-15", State: disclosure.QuestionReceived, Due: monday().Add(3 * time.Hour),
		}})
		require.NoError(t, env.GetWorkflowError())
		require.Equal(t, 2, told)
	})
}

// tellings notes what questions are told.
type tellings struct {
	interceptor.WorkerInterceptorBase
	states []disclosure.QuestionState
}

func (i *tellings) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &tellingIn{interceptor.WorkflowInboundInterceptorBase{Next: next}, i}
}

type tellingIn struct {
	interceptor.WorkflowInboundInterceptorBase
	all *tellings
}

func (i *tellingIn) Init(out interceptor.WorkflowOutboundInterceptor) error {
	return i.Next.Init(&tellingOut{interceptor.WorkflowOutboundInterceptorBase{Next: out}, i.all})
}

type tellingOut struct {
	interceptor.WorkflowOutboundInterceptorBase
	all *tellings
}

func (o *tellingOut) SignalExternalWorkflow(ctx workflow.Context, id, run, signal string, arg any) workflow.Future {
	if q, ok := arg.(disclosure.Question); ok && signal == workflows.QuestionNews {
		o.all.states = append(o.all.states, q.State)
	}
	return o.Next.SignalExternalWorkflow(ctx, id, run, signal, arg)
}
