package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
	"shenfa/workflows"
)

// rungs are the rehearsals of the item in the order in which they happened.
func (w *world) rungs() (names []string) {
	w.t.Helper()
	require.NoError(w.t, w.root.SelectContext(w.t.Context(), &names, `SELECT rung FROM rehearsals ORDER BY at`))
	return names
}

func TestRehearsals(t *testing.T) {
	t.Parallel()

	t.Run("OnceThereIsAPlanAndADayAnHourAndFiveMinutesBefore", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.must(w.submission(w.Drafter))
			w.approve()
			require.Equal(t, []string{"approved"}, w.rungs())
			at := w.item.Case.ReleaseAt
			for _, x := range []struct {
				before time.Duration
				rungs  []string
			}{
				{24 * time.Hour, []string{"approved", "24h"}},
				{time.Hour, []string{"approved", "24h", "1h"}},
				{5 * time.Minute, []string{"approved", "24h", "1h", "5m"}},
			} {
				w.until(at.Add(-x.before - 4*time.Minute - settle))
				require.Equal(t, x.rungs[:len(x.rungs)-1], w.rungs(), "%s before", x.before)
				w.until(at.Add(-x.before + settle))
				require.Equal(t, x.rungs, w.rungs(), "%s before", x.before)
			}
			require.Zero(t, w.count(`SELECT count(*) FROM rehearsals WHERE causes <> '{}'`))
			w.until(at.Add(settle))
			w.expect(disclosure.Released)
		}, testkit.ReleaseIn(30*time.Hour))
	})
	t.Run("WhatIsNotReadyIsTheTaskOfTheDisclosureOfficeUntilItIs", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.must(w.submission(w.Drafter))
			lift := w.freeze()
			w.approve()
			waiting := func() int {
				return w.count(`SELECT count(*) FROM tasks WHERE step = 'rehearsal' AND role = 'disclosure_officer' AND closed_at IS NULL`)
			}
			require.Equal(t, 1, waiting())
			require.Equal(t, 1, w.count(`SELECT count(*) FROM rehearsals WHERE causes = '{frozen}'`))
			lift()
			w.env.SignalWorkflow(workflows.Rehearse, nil)
			w.sleep(settle)
			require.Equal(t, []string{"approved", "asked"}, w.rungs())
			require.Zero(t, waiting())
			w.hook.Close()
			w.env.SignalWorkflow(workflows.Rehearse, nil)
			w.sleep(settle)
			require.Equal(t, 1, w.count(`SELECT count(*) FROM rehearsals WHERE rung = 'asked' AND causes = '{channel_not_ready}'`))
			require.Equal(t, 1, waiting())
			w.must(w.reasoned(disclosure.Withdraw, w.Drafter))
			require.Zero(t, waiting())
		}, both())
	})
	t.Run("AnotherInstantIsRehearsedAnew", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.must(w.submission(w.Drafter))
			w.approve()
			w.must(w.reschedule(w.Officer, w.item.Case.ReleaseAt.Add(time.Hour)))
			require.Equal(t, 2, w.count(`SELECT count(*) FROM rehearsals WHERE rung = 'approved'`))
			require.Equal(t, 2, w.count(`SELECT count(DISTINCT generation) FROM rehearsals`))
		})
	})
}

func TestRepair(t *testing.T) {
	t.Parallel()

	failed := func(w *world) {
		w.hook.behave = func(string) (bool, int, bool) { return false, 403, false }
		w.armed()
		w.sleep(time.Minute)
		w.expect(disclosure.Failed)
	}
	t.Run("WhatAChannelRefusedIsSentAgainAndNothingElse", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			failed(w)
			w.hook.behave = nil
			w.refused(disclosure.Forbidden, w.reasoned(disclosure.Repair, w.Drafter))
			w.must(w.reasoned(disclosure.Repair, w.Officer))
			w.sleep(time.Minute)
			w.expect(disclosure.Released)
			posts, online := w.hook.of(disclosure.EffectKey(w.item.ID, 1, "webhook"))
			require.Len(t, posts, 2)
			require.True(t, online)
		}, both())
	})
	t.Run("WhatAChannelShowsAfterAllIsConfirmed", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.hook.spoil = true
			w.armed()
			w.sleep(time.Minute)
			w.expect(disclosure.Failed)
			w.hook.spoil = false
			w.sleep(2 * time.Minute)
			w.tick()
			wake, err := w.acts.Patrol(t.Context())
			require.NoError(t, err)
			require.Equal(t, []string{w.item.ID}, wake)
			w.wake()
			w.sleep(settle)
			w.expect(disclosure.Released)
		}, both())
	})
}

func TestWhatIsOutIsLookedAtAgain(t *testing.T) {
	t.Parallel()

	on(t, func(w *world) {
		w.released()
		key := disclosure.EffectKey(w.item.ID, 1, "webhook")
		look := func(after time.Duration) {
			w.sleep(after)
			w.tick()
			_, err := w.acts.Patrol(t.Context())
			require.NoError(t, err)
		}
		drifted := func() int {
			all, err := w.Drifted(t.Context(), w.Unit, 10)
			require.NoError(t, err)
			return len(all)
		}
		look(2 * time.Minute)
		require.Equal(t, bothChannels, w.count(`SELECT count(*) FROM effects WHERE seen = 'equal'`))
		look(time.Minute)
		require.Equal(t, bothChannels, w.count(`SELECT count(*) FROM effects WHERE look_at > shenfa.now()`), "not all the time")

		w.hook.spoil = true
		look(11 * time.Minute)
		require.Equal(t, 1, drifted())
		require.Zero(t, w.count(`SELECT count(*) FROM incidents`), "once may be a passing fault")
		look(2 * time.Minute)
		require.Equal(t, 1, w.count(`SELECT count(*) FROM incidents WHERE type = 'drift' AND closed_at IS NULL`))
		require.Equal(t, 1, w.count(`SELECT count(*) FROM tasks WHERE step = 'incident' AND role = 'disclosure_officer' AND closed_at IS NULL`))
		look(2 * time.Minute)
		require.Equal(t, 1, w.count(`SELECT count(*) FROM incidents`), "one incident")
		posts, _ := w.hook.of(key)
		require.Len(t, posts, 1, "other bytes are not overwritten")
		w.hook.spoil = false
		look(2 * time.Minute)
		require.Zero(t, drifted())

		w.hook.drop(key)
		look(25 * time.Hour)
		look(2 * time.Minute)
		w.wake()
		w.sleep(time.Minute)
		posts, online := w.hook.of(key)
		require.Len(t, posts, 2, "what was lost is published again under its key")
		require.True(t, online)
		look(2 * time.Minute)
		require.Zero(t, drifted())
		require.Equal(t, disclosure.Released, w.state())
		require.Equal(t, bothChannels, w.count(`SELECT count(*) FROM effects WHERE state = 'confirmed'`))

		w.hook.drop(key)
		look(8 * 24 * time.Hour)
		look(2 * time.Minute)
		w.must(w.reasoned(disclosure.Recall, w.Officer))
		w.wake()
		w.sleep(time.Minute)
		posts, online = w.hook.of(key)
		require.Len(t, posts, 2, "what was recalled meanwhile is not")
		require.False(t, online)
	}, both())
}
