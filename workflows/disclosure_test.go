package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"shenfa/activities"
	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
	"shenfa/workflows"
)

// on plays a script over a fresh item whose instant is two hours after the start.
func on(t *testing.T, script func(w *world), options ...testkit.Option) {
	t.Helper()
	w := newWorld(t)
	w.draft(options...)
	_ = w.play(workflows.DisclosureInput{Case: w.item.Case}, nil, func() { script(w) })
}

func (w *world) draft(options ...testkit.Option) {
	w.item = testkit.Draft(w.t, w.Stored, w.Bureau, append([]testkit.Option{testkit.ReleaseIn(2 * time.Hour)}, options...)...)
}

// armed brings the item to a few seconds before its instant.
func (w *world) armed() {
	w.t.Helper()
	w.must(w.submission(w.Drafter))
	w.approve()
	w.until(w.item.Case.ReleaseAt.Add(-20 * time.Second))
	w.expect(disclosure.Armed)
}

func (w *world) released() {
	w.t.Helper()
	w.armed()
	w.sleep(30 * time.Second)
	w.expect(disclosure.Released)
}

const bothChannels = 2

func both() testkit.Option { return testkit.Channels("portal", "webhook") }

func TestDisclosureRoad(t *testing.T) {
	t.Parallel()

	t.Run("ApprovedBytesComeOutAtTheInstantOnEveryChannelAndNotBefore", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			require.Equal(t, disclosure.Checking, w.must(w.submission(w.Drafter)).State)
			w.expect(disclosure.InReview)
			w.approve()
			w.expect(disclosure.Approved)
			at := w.item.Case.ReleaseAt.UTC()
			w.until(at.Add(-time.Second))
			w.expect(disclosure.Armed)
			_, there := w.public()
			require.False(t, there, "a second before the instant")

			w.until(at)
			hash, there := w.public()
			require.True(t, there, "at the instant")
			require.Equal(t, disclosure.Sum("", []byte(w.item.Body)).SHA256, hash)

			w.sleep(settle)
			w.expect(disclosure.Released)
			effects, err := w.Effects(t.Context(), w.item.ID, 1)
			require.NoError(t, err)
			require.Len(t, effects, bothChannels)
			for _, e := range effects {
				require.Equal(t, "confirmed", e.State, e.Channel)
			}
			posts, online := w.hook.of(disclosure.EffectKey(w.item.ID, 1, "webhook"))
			require.Len(t, posts, 1)
			require.False(t, posts[0].Before(at))
			require.WithinDuration(t, at, posts[0], time.Second, "the clock of the test may skip the pauses of the read-back while a request is under way")
			require.True(t, online)
		}, both())
	})
	t.Run("OnApprovalComesOutWithTheLastDecision", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.must(w.submission(w.Drafter))
			_, there := w.public()
			require.False(t, there)
			w.approve()
			w.expect(disclosure.Released)
			_, there = w.public()
			require.True(t, there)
		}, testkit.ReleaseIn(0))
	})
	t.Run("ReturnToTheDrafterVoidsEveryApproval", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.must(w.submission(w.Drafter))
			w.must(w.decision(w.Head, disclosure.Disclose))
			stale := w.decision(w.Deputy, disclosure.Disclose)
			w.must(w.decision(w.Confidentiality, disclosure.ReturnToEarlier))
			w.expect(disclosure.Returned)

			w.write(w.Drafter, "<p>改正后的正文</p>")
			w.must(w.submission(w.Drafter))
			w.expect(disclosure.InReview)
			require.Equal(t, 2, w.item.Case.Version)
			require.Empty(t, w.item.Case.Decisions)
			require.Zero(t, w.count(`SELECT count(*) FROM decisions WHERE counts`))
			stale.Step = w.item.Case.Route.Steps[0].ID
			w.refused(disclosure.ManifestChanged, stale)

			w.approve()
			w.until(w.item.Case.ReleaseAt.Add(settle))
			hash, _ := w.public()
			require.Equal(t, disclosure.Sum("", []byte("<p>改正后的正文</p>")).SHA256, hash)
		})
	})
	t.Run("ReturnToAnEarlierStepVoidsFromThereOn", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.must(w.submission(w.Drafter))
			w.must(w.decision(w.Head, disclosure.Disclose))
			w.must(w.decision(w.Confidentiality, disclosure.Disclose))
			back := w.decision(w.Deputy, disclosure.ReturnToEarlier)
			back.ReturnTo = "confidentiality"
			w.must(back)
			step, _ := w.item.Case.CurrentStep()
			require.Equal(t, "confidentiality", step.ID)
			require.Equal(t, 1, w.count(`SELECT count(*) FROM decisions WHERE counts`))
			w.approve()
			w.expect(disclosure.Approved)
		})
	})
	t.Run("WithdrawBeforeTheInstantWinsAndAfterItIsTooLate", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.armed()
			w.must(w.reasoned(disclosure.Withdraw, w.Drafter))
			w.expect(disclosure.Withdrawn)
			w.sleep(time.Hour)
			_, there := w.public()
			require.False(t, there)
			posts, _ := w.hook.of(disclosure.EffectKey(w.item.ID, 1, "webhook"))
			require.Empty(t, posts)

			w.must(w.submission(w.Drafter))
			w.approve()
			w.until(w.item.Case.ReleaseAt.Add(settle))
			w.refused(disclosure.ReleaseTooLate, w.reasoned(disclosure.Withdraw, w.Drafter))
			_, there = w.public()
			require.True(t, there)
		}, both())
	})
	t.Run("RescheduleStaysInsideTheApprovedWindow", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.must(w.submission(w.Drafter))
			w.approve()
			first, latest := w.item.Case.NotBefore.UTC(), w.item.Case.Latest
			w.refused(disclosure.ReleaseOutOfWindow, w.reschedule(w.Drafter, first.Add(-time.Minute)))
			w.refused(disclosure.ReleaseOutOfWindow, w.reschedule(w.Drafter, latest.Add(time.Minute)))
			w.refused(disclosure.Forbidden, w.reschedule(w.Head, first.Add(time.Minute)))

			w.until(first.Add(-20 * time.Second))
			w.must(w.reschedule(w.Officer, first.Add(time.Hour)))
			w.until(first.Add(time.Hour - workflows.ArmLead(w.item.ID, 1) - time.Second))
			w.expect(disclosure.Approved)
			_, there := w.public()
			require.False(t, there, "the old instant has passed and means nothing")
			w.until(first.Add(time.Hour + settle))
			w.expect(disclosure.Released)
			posts, _ := w.hook.of(disclosure.EffectKey(w.item.ID, 1, "webhook"))
			require.Len(t, posts, 1)
			late := posts[0].Sub(first.Add(time.Hour))
			require.True(t, late >= 0 && late < time.Second, "late by %s", late) // a busy machine may try twice
		}, both())
	})
	t.Run("ContributorsAndOutsidersDoNotDecide", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.must(w.submission(w.Drafter))
			w.refused(disclosure.ContributorDecides, w.decision(w.Drafter, disclosure.Disclose))
			w.refused(disclosure.NotYourTask, w.decision(w.OtherHead, disclosure.Disclose))
			w.must(w.decision(w.Head, disclosure.Disclose))
			w.refused(disclosure.AlreadyDecided, w.decision(w.Head, disclosure.Disclose))
			w.refused(disclosure.NotYours, w.reasoned(disclosure.Withdraw, w.Colleague))
		})
	})
	t.Run("WithheldEndsTheRoad", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.must(w.submission(w.Drafter))
			w.must(w.decision(w.Head, disclosure.Disclose))
			w.must(w.decision(w.Confidentiality, disclosure.DoNotDisclose))
			w.expect(disclosure.NotReleased)
			require.True(t, w.over)
		})
	})
}

func TestDisclosureLate(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct {
		late disclosure.LatePolicy
		want func(w *world, back time.Time)
	}{
		{disclosure.LateNow, func(w *world, back time.Time) {
			w.expect(disclosure.Released)
		}},
		{disclosure.LateWindow, func(w *world, back time.Time) {
			w.expect(disclosure.Approved)
			require.Equal(w.t, nextWindow(back), w.item.Case.ReleaseAt.UTC())
			w.until(nextWindow(back).Add(-time.Second))
			_, there := w.public()
			require.False(w.t, there)
			w.until(nextWindow(back).Add(settle))
			w.expect(disclosure.Released)
		}},
		{disclosure.LateHold, func(w *world, _ time.Time) {
			w.expect(disclosure.Held)
			w.sleep(24 * time.Hour)
			w.expect(disclosure.Held)
			w.must(w.reschedule(w.Officer, w.now().Add(time.Hour)))
			w.sleep(time.Hour)
			w.expect(disclosure.Released)
		}},
	} {
		t.Run("OutageOverTheInstantWhenArmed/"+string(tc.late), func(t *testing.T) {
			t.Parallel()
			on(t, func(w *world) {
				w.armed()
				w.blackout(time.Hour)
				_, there := w.public()
				require.Equal(t, tc.late == disclosure.LateNow, there)
				tc.want(w, w.now())
			}, testkit.Late(tc.late), both())
		})
		t.Run("OutageBeforeArmingAndOverTheInstant/"+string(tc.late), func(t *testing.T) {
			t.Parallel()
			on(t, func(w *world) {
				w.must(w.submission(w.Drafter))
				w.approve()
				w.until(w.item.Case.ReleaseAt.Add(-5 * time.Minute))
				w.blackout(time.Hour)
				tc.want(w, w.now())
			}, testkit.Late(tc.late), both())
		})
		t.Run("FreezeOverTheInstantThenLifted/"+string(tc.late), func(t *testing.T) {
			t.Parallel()
			on(t, func(w *world) {
				w.armed()
				lift := w.freeze()
				w.sleep(time.Minute)
				w.expect(disclosure.Held)
				require.Equal(t, activities.CauseFrozen, w.item.Case.Cause)
				w.watchdog() // does nothing while it stands
				w.expect(disclosure.Held)
				lift()
				_, there := w.public()
				require.False(t, there, "lifting alone publishes nothing")
				w.watchdog()
				tc.want(w, w.now())
				posts, _ := w.hook.of(disclosure.EffectKey(w.item.ID, 1, "webhook"))
				require.Len(t, posts, 1)
			}, testkit.Late(tc.late), both())
		})
	}
	t.Run("FreezeAfterTheInstantLeavesAloneWhatIsOut", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.released()
			w.freeze()
			w.sleep(time.Minute)
			_, there := w.public()
			require.True(t, there)
		})
	})
	t.Run("PastTheApprovedWindowOnlyAPersonDecides", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.armed()
			w.blackout(2 * time.Hour)
			w.expect(disclosure.Held)
			w.refused(disclosure.ReleaseOutOfWindow, w.reschedule(w.Officer, w.now().Add(time.Minute)))
		}, testkit.Late(disclosure.LateWindow), testkit.Window(time.Hour))
	})
}

func TestACrowdedInstant(t *testing.T) {
	t.Parallel()

	t.Run("ItemsAreArmedOneAfterTheOther", func(t *testing.T) {
		t.Parallel()
		for crowd, spread := range map[int]time.Duration{0: 4 * time.Minute, 1600: 4 * time.Minute, 4000: 10 * time.Minute, 10_000: 25 * time.Minute, 1_000_000: 45 * time.Minute} {
			quarters := map[time.Duration]int{}
			for n := range 4000 {
				lead := workflows.ArmLead(uuid.NewSHA1(uuid.NameSpaceOID, []byte{byte(n), byte(n >> 8)}).String(), crowd)
				require.GreaterOrEqual(t, lead, 30*time.Second)
				require.LessOrEqual(t, lead, 30*time.Second+spread)
				quarters[4*(lead-30*time.Second)/spread]++
			}
			for q := range 4 {
				require.InDelta(t, 1000, quarters[time.Duration(q)], 150, "quarter %d of %s", q, spread)
			}
		}
	})
	t.Run("WhoIsOnTheWayToItIsKnownBefore", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.must(w.submission(w.Drafter))
			require.NoError(t, unguarded(w, `INSERT INTO disclosures SELECT x.* FROM disclosures d, generate_series(1, 4000) n,
				jsonb_populate_record(d, jsonb_build_object('id', md5(n::text), 'number', n)) x`))
			w.approve()
			lead := workflows.ArmLead(w.item.ID, 4001)
			w.until(w.item.Case.ReleaseAt.Add(-5*time.Minute - lead + 30*time.Second + settle))
			require.Contains(t, w.rungs(), "5m")
			w.until(w.item.Case.ReleaseAt.Add(-lead - settle))
			w.expect(disclosure.Approved)
			w.until(w.item.Case.ReleaseAt.Add(-lead + settle))
			w.expect(disclosure.Armed)
		})
	})
	t.Run("AllArePublicAtOnceAndTheRoadsTakeNoteInTurn", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.must(w.submission(w.Drafter))
			w.approve()
			require.NoError(t, unguarded(w, `INSERT INTO grants (id, disclosure_id, version, manifest_hash, unit_id, kind, channels, not_before, latest, late, release_at, generation)
				SELECT gen_random_uuid(), gen_random_uuid(), 1, manifest_hash, unit_id, kind, channels, not_before, latest, late, release_at, 1
				  FROM grants, generate_series(1, 10000)`))
			at := w.item.Case.ReleaseAt
			turn := (workflows.ArmLead(w.item.ID, 1) - 30*time.Second) * 10 / 4 // the same share, of ten minutes
			w.until(at.Add(turn - time.Second))
			if turn > time.Second {
				w.expect(disclosure.Armed)
				_, there := w.public()
				require.True(t, there, "the crowd keeps nobody waiting")
			}
			w.until(at.Add(turn + settle))
			w.expect(disclosure.Released)
		})
	})
}

// nextWindow is nine o'clock in Shanghai, in a week without holidays.
func nextWindow(after time.Time) time.Time {
	at := time.Date(after.Year(), after.Month(), after.Day(), 1, 0, 0, 0, time.UTC)
	if at.Before(after) {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

func TestDisclosureChannels(t *testing.T) {
	t.Parallel()

	key := func(w *world) string { return disclosure.EffectKey(w.item.ID, 1, "webhook") }
	t.Run("RecallTakesItOffEveryChannel", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.released()
			w.refused(disclosure.Forbidden, w.reasoned(disclosure.Recall, w.Drafter))
			w.must(w.reasoned(disclosure.Recall, w.Officer))
			w.expect(disclosure.Recalled)
			_, there := w.public()
			_, online := w.hook.of(key(w))
			require.False(t, there || online)
			require.Equal(t, 1, w.count(`SELECT count(*) FROM incidents WHERE type = 'recall'`))
			require.Equal(t, bothChannels, w.count(`SELECT count(*) FROM effects WHERE state = 'recalled'`))
			require.True(t, w.over)
		}, both())
	})
	t.Run("UnknownAnswerIsReadBackAndNotSentAgain", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.hook.behave = func(string) (bool, int, bool) { return true, 0, true }
			w.released()
			posts, online := w.hook.of(key(w))
			require.Len(t, posts, 1)
			require.True(t, online)
		}, both())
	})
	t.Run("UnknownAnswerThatTurnsOutNotToBeThereIsSentAgain", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			tries := 0
			w.hook.behave = func(string) (bool, int, bool) {
				tries++
				return tries == 2, 200, tries == 1
			}
			w.released()
			posts, online := w.hook.of(key(w))
			require.Len(t, posts, 2)
			require.True(t, online)
		}, both())
	})
	t.Run("RefusedForGoodFails", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.hook.behave = func(string) (bool, int, bool) { return false, 403, false }
			w.armed()
			w.sleep(time.Minute)
			w.expect(disclosure.Failed)
			require.Equal(t, activities.CauseRefused, w.item.Case.Cause)
			_, there := w.public()
			require.True(t, there, "one channel's failure does not hold another")
		}, both())
	})
	t.Run("WrongBodyOnlineFails", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.hook.spoil = true
			w.armed()
			w.sleep(time.Minute)
			w.expect(disclosure.Failed)
			require.Equal(t, activities.CauseNotOnline, w.item.Case.Cause)
		}, both())
	})
	t.Run("ChannelThatIsDownAtTheInstantGetsItLater", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			tries := 0
			w.hook.behave = func(string) (bool, int, bool) {
				tries++
				return tries > 3, map[bool]int{true: 200, false: 429}[tries > 3], false
			}
			w.armed()
			w.sleep(5 * time.Minute)
			w.expect(disclosure.Released)
			_, online := w.hook.of(key(w))
			require.True(t, online)
		}, both())
	})
}

func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	require.NoError(w.t, w.root.GetContext(w.t.Context(), &n, query, args...))
	return n
}
