package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"shenfa/activities"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
	"shenfa/workflows"
)

// quiet orders a blackout.
func (w *world) quiet(from, until time.Time, change func(*disclosure.Blackout)) disclosure.Blackout {
	w.t.Helper()
	w.tick()
	b := disclosure.Blackout{
		ID: uuid.NewString(), Window: disclosure.Window{From: from, Until: until}, Kinds: []string{}, Channels: []string{}, Exempt: []string{},
	}
	if change != nil {
		change(&b)
	}
	require.NoError(w.t, w.AddBlackout(w.t.Context(), w.Officer, b, "会议"))
	return b
}

func (w *world) tasks() (steps []string) {
	w.t.Helper()
	tasks, err := w.OpenTasks(w.t.Context(), w.item.ID)
	require.NoError(w.t, err)
	for _, k := range tasks {
		steps = append(steps, k.TaskStep)
	}
	return steps
}

func TestABlackoutOrderedLaterHoldsWhatIsPlannedInIt(t *testing.T) {
	t.Parallel()

	for name, bring := range map[string]func(w *world){
		"LongBefore": func(w *world) {
			w.must(w.submission(w.Drafter))
			w.approve()
		},
		"Armed": (*world).armed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			on(t, func(w *world) {
				bring(w)
				at := w.item.Case.ReleaseAt
				w.quiet(at.Add(-time.Hour), at.Add(time.Hour), func(b *disclosure.Blackout) { b.Exempt = []string{"notice"} })
				w.wake()
				w.sleep(settle)
				require.NotEqual(t, disclosure.Held, w.state(), "its kind is exempt")

				b := w.quiet(at.Add(-time.Second), at.Add(time.Second), nil)
				w.wake()
				w.sleep(settle)
				w.expect(disclosure.Held)
				require.Equal(t, activities.CauseBlackout, w.item.Case.Cause)
				require.True(t, w.item.Case.ReleaseAt.Equal(at), "it is not moved")
				require.Equal(t, []string{disclosure.HeldStep}, w.tasks(), "its people are told")
				w.until(at.Add(time.Hour))
				_, there := w.public()
				require.False(t, there)
				w.expect(disclosure.Held)

				w.tick()
				require.NoError(t, w.LiftBlackout(t.Context(), b.ID, w.Officer))
				w.wake()
				w.sleep(settle)
				w.expect(disclosure.Held) // its end moves nothing either
				w.must(w.reschedule(w.Officer, w.now().Add(time.Hour)))
				require.Empty(t, w.tasks())
				w.sleep(time.Hour + settle)
				w.expect(disclosure.Released)
			})
		})
	}
}

// A wake that is lost costs nothing: what is armed was looked at last before.
func TestABlackoutIsSeenBeforeArmingWithoutAWake(t *testing.T) {
	t.Parallel()

	on(t, func(w *world) {
		w.must(w.submission(w.Drafter))
		w.approve()
		at := w.item.Case.ReleaseAt
		w.quiet(at, at.Add(time.Second), nil)
		w.until(at.Add(time.Minute))
		w.expect(disclosure.Held)
		require.Equal(t, activities.CauseBlackout, w.item.Case.Cause)
	})
}

func TestAnOldApprovalIsNotReleased(t *testing.T) {
	t.Parallel()

	on(t, func(w *world) {
		s := w.submission(w.Drafter)
		s.ClearDays, s.Latest = 1, s.Latest.AddDate(0, 0, 30)
		w.must(s)
		w.approve()
		end := w.item.Case.ApprovalEnds()
		w.must(w.reschedule(w.Drafter, end))
		w.refused(disclosure.ApprovalExpires, w.reschedule(w.Drafter, end.Add(time.Second)))

		// Nobody is there when it would be armed, until it is too old.
		w.until(end.Add(-time.Hour))
		w.blackout(2 * time.Hour)
		w.sleep(10 * time.Minute)
		w.expect(disclosure.Held)
		require.Equal(t, activities.CauseExpired, w.item.Case.Cause)
		require.Equal(t, []string{disclosure.HeldStep}, w.tasks())
		w.refused(disclosure.ApprovalExpires, w.reschedule(w.Officer, w.now().Add(time.Hour)))

		// The way back: a new version, and every approval anew.
		w.must(w.reasoned(disclosure.Withdraw, w.Drafter))
		require.Empty(t, w.tasks())
		w.must(w.submission(w.Drafter))
		w.approve()
		w.expect(disclosure.Approved)
	}, testkit.Late(disclosure.LateNow))
}

func TestThePlanForTheNextWindowIsKept(t *testing.T) {
	t.Parallel()

	on(t, func(w *world) {
		s := w.submission(w.Drafter)
		opens := monday().AddDate(0, 0, 1).Add(time.Hour) // Tuesday, 09:00 in Beijing
		s.NextWindow, s.NotBefore = true, monday()
		s.Windows = []disclosure.Window{{From: opens, Until: opens.Add(8 * time.Hour)}}
		w.must(s)
		w.approve()
		require.True(t, w.item.Case.ReleaseAt.Equal(opens), w.item.Case.ReleaseAt)
		w.until(opens.Add(-time.Second))
		w.expect(disclosure.Armed)
		_, there := w.public()
		require.False(t, there)
		w.until(opens)
		_, there = w.public()
		require.True(t, there)
		w.sleep(time.Minute)
		w.expect(disclosure.Released)
	}, testkit.ReleaseIn(0))
}

// Late policies end where a blackout, or the age of the approval, begins.
func TestLatePoliciesKeepToBlackouts(t *testing.T) {
	t.Parallel()

	for name, tc := range map[string]struct {
		late  disclosure.LatePolicy
		quiet time.Duration // from the instant on
		want  disclosure.State
		cause string
		at    time.Duration // of the release, from monday on
	}{
		"NowIsHeld":               {disclosure.LateNow, 6 * time.Hour, disclosure.Held, activities.CauseBlackout, 0},
		"NextWindowGoesPastIt":    {disclosure.LateWindow, 26 * time.Hour, disclosure.Approved, "missed", 49 * time.Hour},
		"NextWindowIsTomorrow":    {disclosure.LateWindow, time.Minute, disclosure.Approved, "missed", 25 * time.Hour},
		"HoldWaitsForItself":      {disclosure.LateHold, time.Minute, disclosure.Held, "missed", 0},
		"NextWindowBeyondItsLast": {disclosure.LateWindow, 20 * 24 * time.Hour, disclosure.Held, "missed", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			on(t, func(w *world) {
				w.must(w.submission(w.Drafter))
				w.approve()
				at := w.item.Case.ReleaseAt
				w.until(at.Add(-workflows.ArmLead(w.item.ID, 1) - time.Minute))
				w.quiet(at.Add(time.Second), at.Add(tc.quiet), nil)
				w.blackout(at.Sub(w.now()) + 30*time.Minute)
				w.sleep(10 * time.Minute)
				w.watchdog()
				w.expect(tc.want)
				require.Equal(t, tc.cause, w.item.Case.Cause)
				if tc.at > 0 {
					require.True(t, w.item.Case.ReleaseAt.Equal(monday().Add(tc.at)), w.item.Case.ReleaseAt)
				}
			}, testkit.Late(tc.late))
		})
	}
}

// Once an item is out its plan is closed: nothing of it can be moved any more, and nothing
// of it keeps the next edition from being edited.
func TestF16_ThePlanIsClosedAfterTheRelease(t *testing.T) {
	t.Parallel()

	on(t, func(w *world) {
		w.released()
		at, generation := w.item.Case.ReleaseAt, w.item.Case.Generation
		w.refused(disclosure.WrongState, w.reschedule(w.Officer, w.now().Add(time.Hour)))
		w.quiet(at.Add(-time.Hour), at.Add(24*time.Hour), nil)
		w.wake()
		w.sleep(settle)
		w.expect(disclosure.Released)
		require.Equal(t, []any{at, generation}, []any{w.item.Case.ReleaseAt, w.item.Case.Generation})
		_, there := w.public()
		require.True(t, there, "a blackout leaves alone what is out")

		w.tick()
		overdue, err := w.Overdue(t.Context(), 15*time.Second)
		require.NoError(t, err)
		require.Empty(t, overdue, "nothing waits for it any more")
		planned, err := w.Planned(t.Context(), w.Unit, disclosure.Window{From: at.Add(-time.Hour), Until: at.Add(time.Hour)})
		require.NoError(t, err)
		require.Empty(t, planned)

		next := uuid.NewString()
		require.NoError(t, w.Correct(t.Context(), next, w.item.ID, w.Drafter))
		c, err := w.Case(t.Context(), next)
		require.NoError(t, err)
		require.True(t, c.ReleaseAt.IsZero(), "the correction has no plan yet")
		require.True(t, c.State.Editable())
	})
}

// A timer of an old generation that fires after a move does nothing.
func TestF2_ATimerOfAnOldPlanIsANoOp(t *testing.T) {
	t.Parallel()

	on(t, func(w *world) {
		w.armed()
		at := w.item.Case.ReleaseAt
		w.must(w.reschedule(w.Officer, at.Add(time.Hour)))
		moved := w.item.Case
		w.until(at.Add(time.Minute)) // where the old timer would fire
		w.expect(disclosure.Approved)
		require.Equal(t, moved, w.item.Case)
		_, there := w.public()
		require.False(t, there)
		verdict, _, err := w.Judge(t.Context(), w.item.ID, moved.Generation-1)
		require.NoError(t, err)
		require.Equal(t, store.VerdictOld, verdict)
		w.until(at.Add(time.Hour))
		_, there = w.public()
		require.True(t, there)
		w.sleep(time.Minute)
		w.expect(disclosure.Released)
	})
}
