package workflows_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/detect"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

func TestDisclosureCheck(t *testing.T) {
	t.Parallel()

	t.Run("FindingsWaitForTheDrafter", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.write(w.Drafter, "<p>联系电话：13812345678</p>")
			w.must(w.submission(w.Drafter))
			w.expect(disclosure.SelfReview)
			found, err := w.Findings(t.Context(), w.item.ID, 1)
			require.NoError(t, err)
			open := 0
			for _, f := range found {
				if !f.Open() {
					continue
				}
				open++
				a := w.reasoned(disclosure.Dispose, w.Drafter)
				a.Finding, a.Disposition = f.ID, disclosure.FalseAlarm
				w.must(a)
			}
			require.Positive(t, open)
			w.expect(disclosure.InReview)
		})
	})
	t.Run("QuarantineDestroysUntilTwoPeopleClearAndThenKnowsTheFile", func(t *testing.T) {
		t.Parallel()
		const marked = "<p>机密★10年</p><p>历史档案展览说明</p>"
		on(t, func(w *world) {
			w.write(w.Drafter, marked)
			w.must(w.submission(w.Drafter))
			w.expect(disclosure.InQuarantine)
			require.Zero(t, w.count(`SELECT count(*) FROM blobs`))
			_, err := w.Version(t.Context(), w.item.ID, 1)
			require.Error(t, err, "content of a quarantined version opened")

			w.refused(disclosure.Quarantined, w.reasoned(disclosure.Withdraw, w.Drafter))
			w.must(w.reasoned(disclosure.Clear, w.Confidentiality))
			w.expect(disclosure.InQuarantine)
			w.refused(disclosure.QuarantineBySame, w.reasoned(disclosure.Clear, w.Confidentiality))
			w.must(w.reasoned(disclosure.Clear, w.SecondReviewer))
			w.expect(disclosure.Returned)

			w.write(w.Drafter, marked+"<p>另加一行</p>")
			w.must(w.submission(w.Drafter))
			w.expect(disclosure.InQuarantine) // another file
			w.must(w.reasoned(disclosure.Clear, w.Confidentiality))
			w.must(w.reasoned(disclosure.Clear, w.SecondReviewer))

			w.write(w.Drafter, marked)
			w.must(w.submission(w.Drafter))
			w.expect(disclosure.SelfReview) // the very file that two people know
		})
	})
	t.Run("TheUnitsOwnListIsPartOfTheRulesInForce", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			const rows = "term,class,reason\n历史档案,HOLD,内部项目代号\n"
			l, err := detect.ParseLexicon(strings.NewReader(rows))
			require.NoError(t, err)
			_, err = w.ImportLexicon(t.Context(), w.Confidentiality, l, []byte(rows))
			require.NoError(t, err)
			w.write(w.Drafter, "<p>历史档案展览说明</p>")
			w.must(w.submission(w.Drafter))
			w.expect(disclosure.SelfReview)
			found, err := w.Findings(t.Context(), w.item.ID, 1)
			require.NoError(t, err)
			require.Equal(t, []string{"历史档案", l.Version}, []string{found[0].Found.Excerpt, found[0].Found.RuleSet})
		})
	})
	t.Run("WhatIsOutAlreadyIsReadTogetherWithIt", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			rules, err := detect.Current(w.now())
			require.NoError(t, err)
			other := testkit.Approved(t, w.Stored, w.Bureau)
			traces := rules.Traces([]detect.Part{{Name: "body", Text: "“蓝盾一号”演练的集结地点位于东风路18号。"}}, nil)
			require.NoError(t, w.SaveTraces(t.Context(), other.ID, w.Unit, 1, traces))

			w.write(w.Drafter, "<p>“蓝盾一号”演练定于5月9日9时开始。</p>")
			w.must(w.submission(w.Drafter))
			w.expect(disclosure.SelfReview)
			found, err := w.Findings(t.Context(), w.item.ID, 1)
			require.NoError(t, err)
			i := slices.IndexFunc(found, func(f store.Finding) bool { return f.Found.Rule == "aggregation" })
			require.GreaterOrEqual(t, i, 0)
			require.Equal(t, []string{"蓝盾一号", "body"}, []string{found[i].Found.Excerpt, found[i].Found.File})
			require.Contains(t, found[i].Found.Reason, other.Number)
		})
	})
	t.Run("AFileIsReadOnceForAllVersionsOnTheSameRules", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.write(w.Drafter, "<p>联系电话：13812345678</p>")
			w.must(w.submission(w.Drafter))
			w.expect(disclosure.SelfReview)
			read := w.count(`SELECT count(*) FROM checked_files`)
			require.Equal(t, 1, read)
			w.must(w.submission(w.Drafter))
			w.expect(disclosure.SelfReview)
			require.Equal(t, read, w.count(`SELECT count(*) FROM checked_files`))
			again, err := w.Findings(t.Context(), w.item.ID, 2)
			require.NoError(t, err)
			require.Equal(t, "13812345678", again[0].Found.Excerpt)

			w.write(w.Drafter, "<p>联系电话：13812345679</p>")
			w.must(w.submission(w.Drafter))
			w.expect(disclosure.SelfReview)
			require.Equal(t, read+1, w.count(`SELECT count(*) FROM checked_files`))
		})
	})
	t.Run("AnUpheldMarkEndsTheItemAndNothingOfItIsLeft", func(t *testing.T) {
		t.Parallel()
		on(t, func(w *world) {
			w.write(w.Drafter, "<p>机密★10年</p><p>历史档案展览说明</p>")
			w.must(w.submission(w.Drafter))
			w.expect(disclosure.InQuarantine)
			require.Equal(t, 1, w.count(`SELECT count(*) FROM incidents WHERE closed_at IS NULL AND sealed_line IS NOT NULL`))

			w.must(w.reasoned(disclosure.Uphold, w.Confidentiality))
			w.expect(disclosure.NotReleased)
			require.Equal(t, 1, w.count(`SELECT count(*) FROM incidents WHERE outcome = 'upheld' AND sealed_line IS NULL AND opinion_id IS NOT NULL`))
			require.Zero(t, w.count(`SELECT count(*) FROM blobs`))
		})
	})
}
