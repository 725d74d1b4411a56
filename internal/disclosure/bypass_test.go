package disclosure

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestABypassShortensTheSignOffButNeverTheReview(t *testing.T) {
	t.Parallel()

	bypass := func(c Case, by Person) Act {
		return Act{ID: "bypass", Type: Bypass, By: by, Manifest: c.Manifest, Opinion: "w", At: monday}
	}
	at := inReview(t, "important")
	early := take(t, at, bypass(at, principal))
	step, _ := early.CurrentStep()
	require.Equal(t, InReview, early.State)
	require.Equal(t, "confidentiality", step.ID, "the section is passed over, the review is not")
	require.True(t, early.Bypassed())
	require.False(t, early.Complete())
	done := pass(t, early, reviewer)
	require.Equal(t, Approved, done.State)
	require.True(t, done.Complete())

	late := pass(t, at, head, reviewer)
	late = take(t, late, bypass(late, principal))
	require.Equal(t, Approved, late.State)
	require.True(t, late.Complete())

	returned := take(t, early, decides(early, reviewer, ReturnToEarlier))
	require.False(t, returned.Bypassed(), "a return voids it like any approval")
	back := decides(early, reviewer, ReturnToEarlier)
	back.ReturnTo = "section"
	returned = take(t, early, back)
	require.Equal(t, 0, returned.Step)
	require.False(t, returned.Bypassed(), "also one to an earlier step")

	for _, c := range []struct {
		name string
		at   Case
		act  Act
		want Code
	}{
		{"by who may not", at, bypass(at, head), Forbidden},
		{"by who contributed", at, bypass(at, author), ContributorDecides},
		{"by who has decided", pass(t, at, head, reviewer, deputy), bypass(at, deputy), AlreadyDecided},
		{"twice", early, bypass(at, deputy), NothingToBypass},
		{"of a fast lane, whose two people are all there are", inReview(t, "fast"), bypass(at, principal), NothingToBypass},
		{"on bytes seen before", at, Act{Type: Bypass, By: principal, Manifest: "other", Opinion: "w"}, ManifestChanged},
		{"without a reason", at, Act{Type: Bypass, By: principal, Manifest: at.Manifest}, ReasonRequired},
		{
			"before the check has looked", take(t, NewCase("one", "SF", "safety", author.ID), submission(t, NewCase("one", "SF", "safety", author.ID), "ordinary")),
			bypass(at, principal), WrongState,
		},
		{"and a decision besides", early, passes(early, principal), AlreadyDecided},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			if c.act.Manifest == at.Manifest {
				c.act.Manifest = c.at.Manifest
			}
			refused(t, c.at.Check(c.act), c.want)
		})
	}
}
