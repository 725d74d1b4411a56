package workflows_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"shenfa/activities"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
	"shenfa/workflows"
)

// forgetful loses timers while on, as a server that drops rows of its timer table.
type forgetful struct {
	interceptor.WorkerInterceptorBase
	on bool
}

func (f *forgetful) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &forgetfulIn{interceptor.WorkflowInboundInterceptorBase{Next: next}, f}
}

type forgetfulIn struct {
	interceptor.WorkflowInboundInterceptorBase
	f *forgetful
}

func (i *forgetfulIn) Init(out interceptor.WorkflowOutboundInterceptor) error {
	return i.Next.Init(&forgetfulOut{interceptor.WorkflowOutboundInterceptorBase{Next: out}, i.f})
}

type forgetfulOut struct {
	interceptor.WorkflowOutboundInterceptorBase
	f *forgetful
}

func (o *forgetfulOut) AwaitWithTimeout(ctx workflow.Context, d time.Duration, moved func() bool) (bool, error) {
	if !o.f.on {
		return o.Next.AwaitWithTimeout(ctx, d, moved)
	}
	return true, o.Next.Await(ctx, moved)
}

func TestR7_LostTimerIsRepairedByTheWatchdog(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct {
		name  string
		stuck disclosure.State
	}{
		{"TheOneThatArms", disclosure.Approved},
		{"TheOneThatReleases", disclosure.Armed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()

			w := newWorld(t)
			w.draft(both())
			timers := &forgetful{on: tc.stuck == disclosure.Approved}
			w.interceptors = append(w.interceptors, timers)
			_ = w.play(workflows.DisclosureInput{Case: w.item.Case}, nil, func() {
				w.must(w.submission(w.Drafter))
				w.approve()
				w.until(w.item.Case.ReleaseAt.Add(-workflows.ArmLead(w.item.ID, 1) - settle))
				timers.on = true
				w.until(w.item.Case.ReleaseAt.Add(2 * settle))
				w.watchdog()
				w.expect(tc.stuck) // normal work still has its chance
				_, there := w.public()
				require.Equal(t, tc.stuck == disclosure.Armed, there, "what is armed needs nobody to become public")

				timers.on = false
				w.sleep(time.Minute)
				w.watchdog()
				w.expect(disclosure.Released)
				_, there = w.public()
				require.True(t, there)
			})
		})
	}
}

func TestF2_StaleTimerAndStaleWriterAreNoOps(t *testing.T) {
	t.Parallel()

	on(t, func(w *world) {
		w.armed()
		before := w.item.Case
		w.must(w.reschedule(w.Officer, before.ReleaseAt.Add(time.Hour)))
		verdict, _, err := w.Judge(t.Context(), w.item.ID, before.Generation)
		require.NoError(t, err)
		require.Equal(t, store.VerdictOld, verdict)

		due := disclosure.Act{ID: uuid.NewString(), Type: disclosure.Due}
		after, err := before.Take(due)
		require.NoError(t, err)
		_, err = w.Record(t.Context(), store.Transition{ID: before.ID, Revision: before.Revision, Act: due, After: after.Digest()})
		require.ErrorIs(t, err, store.ErrFenced)
		w.expect(disclosure.Approved)

		w.sleep(30 * time.Minute) // past the old instant, for which a sender still waited
		posts, _ := w.hook.of(disclosure.EffectKey(w.item.ID, 1, "webhook"))
		require.Empty(t, posts)
	}, both())
}

func TestActTwiceIsOneAct(t *testing.T) {
	t.Parallel()

	on(t, func(w *world) {
		submit := w.submission(w.Drafter)
		w.must(submit)
		w.must(submit)
		head := w.decision(w.Head, disclosure.Disclose)
		w.must(head)
		first := w.item.Case
		require.Equal(t, disclosure.InReview, w.must(head).State, "answered as it stands, not refused")
		require.Equal(t, first.Revision, w.item.Case.Revision)
		require.Equal(t, 1, w.count(`SELECT count(*) FROM decisions`))
		require.Equal(t, 1, w.count(`SELECT count(*) FROM versions`))
	})
}

func TestContinueAsNewCarriesOn(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	w.draft(both())
	var again disclosure.Act
	acts := []func(){
		func() { w.must(w.submission(w.Drafter)) },
		func() { again = w.decision(w.Head, disclosure.Disclose); w.must(again) },
		func() { w.must(again) }, // remembered from the run before
		func() { w.must(w.decision(w.Confidentiality, disclosure.Disclose)) },
		func() { w.must(w.decision(w.Deputy, disclosure.Disclose)) },
		func() { w.must(w.reschedule(w.Drafter, w.item.Case.ReleaseAt.Add(time.Minute))) },
	}
	in := workflows.DisclosureInput{Case: w.item.Case}
	runs := 0
	for carriesOn := true; carriesOn; runs++ {
		err := w.play(in, func(env *testsuite.TestWorkflowEnvironment) { env.SetContinueAsNewSuggested(true) }, func() {
			w.sleep(settle)
			for !w.over && len(acts) > 0 {
				acts[0]()
				acts = acts[1:]
			}
			if !w.over {
				w.sleep(4 * time.Hour)
			}
		})
		var can *workflow.ContinueAsNewError
		if carriesOn = errors.As(err, &can); carriesOn {
			in = workflows.DisclosureInput{}
			require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(can.Input, &in))
		}
	}
	require.Empty(t, acts)
	require.Greater(t, runs, 6)
	w.expect(disclosure.Released)
	posts, _ := w.hook.of(disclosure.EffectKey(w.item.ID, 1, "webhook"))
	require.Len(t, posts, 1)
	require.Equal(t, 1, w.count(`SELECT count(*) FROM acts WHERE id = $1`, again.ID))
}

func TestRecallWaitsForASenderThatIsAtWork(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	w.draft(both())
	key := disclosure.EffectKey(w.item.ID, 1, "webhook")
	err := w.play(workflows.DisclosureInput{Case: w.item.Case}, nil, func() {
		w.released()
		// As a claim leaves it whose request is still on its way.
		_, err := w.root.ExecContext(t.Context(), `SET session_replication_role = replica; UPDATE effects SET state = 'sending'; RESET session_replication_role`)
		require.NoError(t, err)
		w.must(w.reasoned(disclosure.Recall, w.Officer))
		_, online := w.hook.of(key)
		require.True(t, online, "a deletion that overtakes the post would undo nothing")
		_, there := w.public()
		require.False(t, there)

		require.NoError(t, w.Sent(t.Context(), store.Outcome{Key: key, State: "sent"}))
		w.sleep(2 * time.Minute)
		_, online = w.hook.of(key)
		require.False(t, online)
	})
	require.NoError(t, err)
}

// A crash can fall between what the database has written and what the server knows
// of it: the same act again is the same act, and the road goes on from what stands.
func TestF8_EveryAnswerOfTheDatabaseIsLostOnce(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	w.draft(both())
	lost := map[string]bool{}
	w.fault = func(ctx context.Context, in *interceptor.ExecuteActivityInput, next func() (any, error)) (any, error) {
		got, err := next()
		if record, ok := in.Args[0].(activities.RecordInput); ok && !lost[record.Act.ID] {
			lost[record.Act.ID] = true
			return nil, errors.New("connection lost")
		}
		return got, err
	}
	_ = w.play(workflows.DisclosureInput{Case: w.item.Case}, nil, func() {
		w.released()
		posts, _ := w.hook.of(disclosure.EffectKey(w.item.ID, 1, "webhook"))
		require.Len(t, posts, 1)
		require.Len(t, lost, 8, "submitted, checked, three decisions, armed, due, confirmed")
		require.Equal(t, len(lost), w.count(`SELECT count(*) FROM acts`))
	})
}

// After a crash the road may take the same act at another moment: what was written the
// first time stands, and the road goes on from that.
func TestF8_AnActTakenAgainAtAnotherMoment(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	w.draft(testkit.Late(disclosure.LateNow))
	crashed := false
	w.fault = func(ctx context.Context, in *interceptor.ExecuteActivityInput, next func() (any, error)) (any, error) {
		record, ok := in.Args[0].(activities.RecordInput)
		if !ok || record.Act.Type != disclosure.Missed || record.Act.ReleaseAt.IsZero() || crashed {
			return next()
		}
		crashed = true
		before, err := w.Case(ctx, record.ID)
		if err != nil {
			return nil, err
		}
		record.Act.ReleaseAt = record.Act.ReleaseAt.Add(-2 * time.Second) // it was taken two seconds ago
		after, err := before.Take(record.Act)
		if err != nil {
			return nil, err
		}
		_, err = w.Record(ctx, store.Transition{ID: record.ID, Revision: record.Revision, Act: record.Act, After: after.Digest()})
		return nil, errors.Join(err, errors.New("crashed"))
	}
	_ = w.play(workflows.DisclosureInput{Case: w.item.Case}, nil, func() {
		w.armed()
		lift := w.freeze()
		w.sleep(time.Minute)
		w.expect(disclosure.Held)
		lift()
		w.watchdog()
		require.True(t, crashed)
		w.expect(disclosure.Released)
	})
}

// Where the database is ahead, it is believed: what this road did before a crash
// counts, also if it would act otherwise now.
func TestF4_TheRoadGoesOnFromWhereTheDatabaseStands(t *testing.T) {
	t.Parallel()

	on(t, func(w *world) {
		w.must(w.submission(w.Drafter))
		w.approve()
		first := w.item.Case.NotBefore
		before, err := w.item.Transition(t.Context(), w.reschedule(w.Officer, first.Add(time.Hour)))
		require.NoError(t, err)
		_, err = w.Record(t.Context(), before)
		require.NoError(t, err)

		w.until(first.Add(settle)) // it meant to arm and to release
		w.expect(disclosure.Approved)
		w.refused(disclosure.WrongState, w.decision(w.Deputy, disclosure.Disclose))
		w.until(first.Add(time.Hour + settle))
		w.expect(disclosure.Released)
		posts, _ := w.hook.of(disclosure.EffectKey(w.item.ID, 1, "webhook"))
		require.Len(t, posts, 1)
		require.False(t, posts[0].Before(first.Add(time.Hour)))
	}, both())
}
