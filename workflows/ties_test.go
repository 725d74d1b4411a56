package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/activities"
	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
	"shenfa/workflows"
)

func TestPolicyAndInterpretation(t *testing.T) {
	t.Parallel()

	t.Run("APolicyWaitsForItsInterpretation", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.must(w.submission(w.Drafter))
			// Three working days after the policy, and a minute, is too late: 2 March 2026 is a Monday.
			late := time.Date(2026, 3, 5, 16, 1, 0, 0, time.UTC)
			explains := testkit.Approved(t, w.Stored, w.Bureau, testkit.Interprets(w.item.Number), testkit.ReleaseIn(late.Sub(w.now())))
			w.approve()
			w.until(w.item.Case.ReleaseAt.Add(settle))
			w.expect(disclosure.Held)
			require.Equal(t, activities.CauseAlone, w.item.Case.Cause)

			testkit.Approved(t, w.Stored, w.Bureau, testkit.Interprets(w.item.Number), testkit.ReleaseIn(24*time.Hour))
			w.must(w.reschedule(w.Officer, w.now().Add(time.Hour)))
			w.sleep(time.Hour + settle)
			w.expect(disclosure.Released)

			explains.Must(t, disclosure.Act{Type: disclosure.NotReady, Cause: activities.CauseBytes})
			require.Equal(t, 1, w.count(`SELECT count(*) FROM tasks WHERE disclosure_id = $1 AND step = 'companion' AND closed_at IS NULL`, w.item.ID))
		}, testkit.Explained())
	})

	t.Run("APolicyMaySayWhyItNeedsNone", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.item.Edit(t, w.Drafter, func(d *disclosure.Draft, _ func([]byte) (string, error)) error {
				d.NoInterpretation = "仅调整附件编号"
				return nil
			})
			w.must(w.submission(w.Drafter))
			w.approve()
			w.until(w.item.Case.ReleaseAt.Add(settle))
			w.expect(disclosure.Released)
		}, testkit.Kind("policy"))
	})

	explaining := func(t *testing.T, script func(w *world, policy *testkit.Item)) {
		w := newWorld(t)
		policy := testkit.Armed(t, w.Stored, w.Bureau, testkit.Kind("policy"), testkit.ReleaseIn(time.Hour))
		w.draft(testkit.Interprets(policy.Number))
		_ = w.play(workflows.DisclosureInput{Case: w.item.Case}, nil, func() { script(w, policy) })
	}
	reason := func(t *testing.T, policy *testkit.Item, what disclosure.ActType, by disclosure.Person) disclosure.Act {
		return disclosure.Act{Type: what, By: by, Opinion: policy.Words(t, string(what), "理由")}
	}
	stays := func(w *world) {
		w.t.Helper()
		w.expect(disclosure.Held)
		require.Equal(w.t, activities.CauseCompanion, w.item.Case.Cause)
		_, there := w.public()
		require.False(w.t, there)
	}

	t.Run("TheInterpretationComesAfterItsPolicy", func(t *testing.T) {
		t.Parallel()
		explaining(t, func(w *world, _ *testkit.Item) { w.released() })
	})

	t.Run("AndNotWhereThePolicyWasWithdrawn", func(t *testing.T) {
		t.Parallel()
		explaining(t, func(w *world, policy *testkit.Item) {
			w.must(w.submission(w.Drafter))
			w.approve()
			policy.Must(t, reason(t, policy, disclosure.Withdraw, w.Drafter))
			w.until(w.item.Case.ReleaseAt.Add(settle))
			stays(w)
		})
	})

	t.Run("NorWhereItWasRecalledInTheLastSeconds", func(t *testing.T) {
		t.Parallel()
		explaining(t, func(w *world, policy *testkit.Item) {
			w.armed()
			policy.Must(t, reason(t, policy, disclosure.Recall, w.Officer))
			w.sleep(30 * time.Second)
			stays(w)
		})
	})
}
