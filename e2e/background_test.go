package e2e

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"shenfa/internal/disclosure"
	"shenfa/workflows"
)

// F6: a release has people of its own. Ten thousand other jobs (SHENFA_SOAK=1; else some
// hundreds), each of which comes back again and again, are before it on the common
// queue when it is due.
func TestF6_OtherWorkDoesNotDelayARelease(t *testing.T) {
	jobs, lead := 300, 50*time.Second
	if os.Getenv("SHENFA_SOAK") != "" {
		jobs, lead = 10_000, 8*time.Minute
	}
	b := newBureau(t)
	at := time.Now().Add(lead).Truncate(time.Second)
	d := b.signed(b.toReview(b.item("后台再忙也准时", at, "portal", "webhook")))

	_, took := together(jobs, 16, func(i int) {
		id := uuid.NewString()
		// Nobody has heard of it: its check fails and is tried again without an end.
		_, err := b.client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: workflows.DisclosureID(id), TaskQueue: workflows.Queue},
			workflows.Disclosure, workflows.DisclosureInput{Case: disclosure.Case{ID: id, Version: 1, State: disclosure.Checking}})
		if err != nil {
			t.Error(fmt.Errorf("job %d: %w", i, err))
		}
	})
	t.Logf("%d jobs were there after %s", jobs, took)
	require.True(t, time.Now().Before(at), "the jobs have to be there before the instant")

	time.Sleep(time.Until(at.Add(-time.Second)))
	require.False(t, b.online(d))
	time.Sleep(time.Until(at.Add(time.Second)))
	require.True(t, b.online(d), "a second after its instant")
	key := disclosure.EffectKey(d.ID, d.Version, "webhook")
	require.Eventually(t, func() bool { return b.hook.has(key) }, time.Minute, 20*time.Millisecond)
	late := b.hook.sent(key)[0].Sub(at)
	t.Logf("the webhook had it %s after its instant", late)
	require.False(t, late < 0, "never early")
	require.Less(t, late, 5*time.Second)
	b.watch.await(d.ID, disclosure.Released)
	require.Len(t, b.hook.sent(key), 1)
}
