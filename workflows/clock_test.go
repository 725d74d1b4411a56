package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/activities"
	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

// neverEarly lets d pass and looks every second: whatever is out is not out before at
// by the clock that rules. It returns whether the item was public in the end.
func (w *world) neverEarly(at time.Time, d time.Duration) (there bool) {
	w.t.Helper()
	for end := w.now().Add(d); w.now().Before(end); w.sleep(time.Second) {
		if _, there = w.public(); there {
			require.False(w.t, w.ruling().Before(at), "public at %s", w.ruling())
		}
	}
	return there
}

func TestR11_ASteppedClockMakesNothingEarlyAndNothingStuck(t *testing.T) {
	t.Parallel()

	for _, by := range []time.Duration{-10 * time.Second, 10 * time.Second} {
		sent := func(w *world) []time.Time {
			posts, online := w.hook.of(disclosure.EffectKey(w.item.ID, 1, "webhook"))
			require.True(w.t, online)
			return posts
		}
		t.Run("OfTheDatabaseBeforeTheInstant/"+by.String(), func(t *testing.T) {
			t.Parallel()
			on(t, func(w *world) {
				w.armed()
				at := w.item.Case.ReleaseAt
				w.until(at.Add(-5 * time.Second))
				w.set(func() { w.dbAhead = by })
				require.True(t, w.neverEarly(at, 40*time.Second))
				w.expect(disclosure.Released)
				posts := sent(w)
				require.Len(t, posts, 1)
				require.False(t, posts[0].Add(by).Before(at), "by the clock that rules")
			}, both())
		})
		t.Run("OfTheDatabaseOverTheInstant/"+by.String(), func(t *testing.T) {
			t.Parallel()
			on(t, func(w *world) {
				w.armed()
				at := w.item.Case.ReleaseAt
				w.until(at.Add(2 * time.Second))
				w.set(func() { w.dbAhead = by })
				require.True(t, w.neverEarly(at, 90*time.Second))
				w.expect(disclosure.Released)
				require.Len(t, sent(w), 1, "what went out does not go out again")
			}, both())
		})
		t.Run("OfTheMachineWhenArmed/"+by.String(), func(t *testing.T) {
			t.Parallel()
			on(t, func(w *world) {
				w.armed()
				at := w.item.Case.ReleaseAt
				w.set(func() { w.processAhead = by })
				require.True(t, w.neverEarly(at, 40*time.Second))
				w.expect(disclosure.Released)
				posts := sent(w)
				require.Len(t, posts, 1)
				require.False(t, posts[0].Before(at))
			}, both())
		})
		t.Run("OfTheMachineBeforeArmingIsToldToAPerson/"+by.String(), func(t *testing.T) {
			t.Parallel()
			on(t, func(w *world) {
				w.must(w.submission(w.Drafter))
				w.approve()
				at := w.item.Case.ReleaseAt
				w.until(at.Add(-10 * time.Minute))
				w.set(func() { w.processAhead = by })
				w.until(at.Add(time.Minute))
				w.expect(disclosure.Held)
				require.Equal(t, activities.CauseClock, w.item.Case.Cause)
				_, there := w.public()
				require.False(t, there)
				w.set(func() { w.processAhead = 0 })
				again := w.now().Add(10 * time.Minute)
				w.must(w.reschedule(w.Officer, again))
				require.True(t, w.neverEarly(again, 11*time.Minute))
				w.expect(disclosure.Released)
			}, both())
		})
	}
}

func TestR11_AMachineThatSleptOverTheInstantFollowsTheLatePolicy(t *testing.T) {
	t.Parallel()

	for late, want := range map[disclosure.LatePolicy]disclosure.State{
		disclosure.LateNow: disclosure.Released, disclosure.LateWindow: disclosure.Approved, disclosure.LateHold: disclosure.Held,
	} {
		for _, before := range []time.Duration{time.Hour, 10 * time.Second} { // not armed yet, and armed
			t.Run(string(late)+"/"+before.String(), func(t *testing.T) {
				t.Parallel()
				on(t, func(w *world) {
					w.must(w.submission(w.Drafter))
					w.approve()
					at := w.item.Case.ReleaseAt
					w.until(at.Add(-before))
					w.blackout(2 * time.Hour)
					w.expect(want)
					_, there := w.public()
					require.Equal(t, want == disclosure.Released, there)
					if late == disclosure.LateWindow {
						next := w.item.Case.ReleaseAt
						require.True(t, next.After(w.now()))
						w.until(next.Add(-time.Second))
						require.True(t, w.neverEarly(next, time.Minute))
						w.expect(disclosure.Released)
					}
				}, testkit.Late(late), both())
			})
		}
	}
}

// F14: what missed its window is not dropped: it is held, somebody sees it, and only what
// was approved can still become of it.
func TestF14_WhatMissedItsWindowIsHeldInSight(t *testing.T) {
	t.Parallel()

	for _, late := range []disclosure.LatePolicy{disclosure.LateNow, disclosure.LateWindow, disclosure.LateHold} {
		t.Run(string(late), func(t *testing.T) {
			t.Parallel()
			on(t, func(w *world) {
				w.must(w.submission(w.Drafter))
				w.approve()
				at := w.item.Case.ReleaseAt
				w.until(at.Add(-5 * time.Minute))
				w.blackout(2 * time.Hour)
				w.expect(disclosure.Held)
				require.NotEmpty(t, w.item.Case.Cause)
				w.sleep(48 * time.Hour)
				w.watchdog()
				w.expect(disclosure.Held)
				_, there := w.public()
				require.False(t, there)
				posts, _ := w.hook.of(disclosure.EffectKey(w.item.ID, 1, "webhook"))
				require.Empty(t, posts)
				shown, err := w.Releases(t.Context(), w.Officer, at.Add(-time.Hour), at.Add(time.Hour))
				require.NoError(t, err)
				require.Len(t, shown, 1, "on the calendar")
				w.refused(disclosure.ReleaseOutOfWindow, w.reschedule(w.Officer, w.now().Add(time.Minute)))
				w.must(w.reasoned(disclosure.Withdraw, w.Drafter)) // and on a new way from there
			}, testkit.Late(late), testkit.Window(time.Hour), both())
		})
	}
}

// F19: a release runs on the approval, not on the account of whoever asked for it.
func TestF19_WhoHasLeftDoesNotStopWhatWasApproved(t *testing.T) {
	t.Parallel()

	on(t, func(w *world) {
		w.must(w.submission(w.Drafter))
		w.approve()
		for _, q := range []string{
			`DELETE FROM person_roles WHERE role NOT IN ('system_admin', 'security_admin', 'auditor')`, // who stay in any house
			`UPDATE people SET disabled_at = shenfa.clock_timestamp() WHERE id NOT IN (SELECT person_id FROM person_roles)`, `DELETE FROM sessions`,
		} {
			_, err := w.root.ExecContext(t.Context(), q)
			require.NoError(t, err)
		}
		at := w.item.Case.ReleaseAt
		w.until(at.Add(-time.Minute))
		require.True(t, w.neverEarly(at, 90*time.Second))
		w.expect(disclosure.Released)
		_, online := w.hook.of(disclosure.EffectKey(w.item.ID, 1, "webhook"))
		require.True(t, online)
	}, both())
}
