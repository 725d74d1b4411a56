package console

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
)

func TestABlackoutIsOrderedAsItWasTyped(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	form := []string{"from", "2026-12-01T00:00", "until", "2026-12-08T00:00", "kinds", "notice", "kinds", "policy", "exempt", "warning", "reason", "会议期间"}
	w := b.post(t, "officer", "/console/blackouts", form...)
	require.Equal(t, http.StatusSeeOther, w.Code, w.Body.String())
	require.Len(t, b.desk.calls, 1)
	require.Contains(t, b.desk.calls[0], "2026-11-30T16:00:00Z 2026-12-07T16:00:00Z [notice policy] [] [warning] 会议期间", "clocks are those of Beijing")

	// What was typed is still there beside the refusal.
	b.desk.fail["AddBlackout"] = disclosure.Refuse(disclosure.ReasonRequired, "reason")
	w = b.post(t, "officer", "/console/blackouts", append(form[:len(form)-1:len(form)-1], "")...)
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	for _, kept := range []string{`value="2026-12-01T00:00"`, `value="2026-12-08T00:00"`, `name="kinds" value="policy" checked`, `name="exempt" value="warning" checked`} {
		require.Contains(t, w.Body.String(), kept)
	}
	sound(t, "refused blackout", w.Body.Bytes())

	w = b.post(t, "officer", "/console/blackouts", "from", "tomorrow", "until", "2026-12-08T00:00", "reason", "x")
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Contains(t, w.Body.String(), `value="tomorrow"`)

	b.desk.calls = nil
	w = b.post(t, "officer", "/console/blackouts/b1/lift")
	require.Equal(t, http.StatusSeeOther, w.Code)
	require.Equal(t, []string{"LiftBlackout b1"}, b.desk.calls)
}

func TestTheFormOfADraftKnowsTheNextWindow(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	f := b.console.formOf(b.desk.item.Draft)
	f.NextWindow, f.OnApproval = true, false
	p, err := b.console.patch(f)
	require.NoError(t, err)
	require.True(t, p.Release.NextWindow)
	require.True(t, p.Release.At.IsZero(), "an instant that was typed before is not sent with it")

	d := b.desk.item.Draft
	d.Release = *p.Release
	require.NoError(t, d.Complete(morning))
	require.True(t, b.console.formOf(d).NextWindow)
}
