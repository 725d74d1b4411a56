package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// TestR1_KillInTheMiddle kills the whole process at every stage of the road, with
// signal 9. What was acknowledged is there afterwards, once; nothing is early, and
// nobody has to help.
func TestR1_KillInTheMiddle(t *testing.T) {
	h := newHook(t)
	s := serve(t, h.flags()...)
	text, _ := origin(t)
	drafter := s.as("zhouheng")
	at := time.Now().Add(75 * time.Second)
	d := drafter.draft(item{title: "杀进程也不丢", fileName: "origin.txt", body: text, at: at, late: "hold", channels: []string{"portal", "webhook"}})

	require.Less(t, s.restart(), 30*time.Second)
	require.Equal(t, "杀进程也不丢", drafter.get(d.ID).Draft.Title)

	decode[desk.Disclosure](t, drafter.submit(d)) // acknowledged; the check may be half way
	s.restart()
	d = drafter.await(d.ID, 60*time.Second, func(d desk.Disclosure) bool { return d.State == disclosure.InReview })

	for _, x := range signers {
		p := s.as(x.login)
		p.key = "decide-" + x.step
		d = decode[desk.Disclosure](t, p.decide(d, x.step, disclosure.Disclose))
		s.restart()
		// The same request again gets the same answer and does nothing twice.
		again := p.decide(d, x.step, disclosure.Disclose)
		require.Equal(t, http.StatusOK, again.status, "%s", again.body)
	}
	d = drafter.get(d.ID)
	require.Len(t, d.Decisions, 3)
	require.Contains(t, []disclosure.State{disclosure.Approved, disclosure.Armed}, d.State)

	require.Greater(t, time.Until(at), 3*time.Second, "the machine was too slow for this test's clock")
	time.Sleep(time.Until(at) - 3*time.Second)
	require.False(t, s.online(d))
	s.kill() // three seconds before the instant: nobody is there when it comes, or just so
	s.run()
	s.awaitReady(60 * time.Second)
	d = drafter.await(d.ID, 60*time.Second, func(d desk.Disclosure) bool {
		return d.State == disclosure.Released || d.State == disclosure.Held
	})
	key := disclosure.EffectKey(d.ID, d.Version, "webhook")
	if d.State == disclosure.Held { // its late policy
		require.Equal(t, "missed", d.Cause)
		require.False(t, s.online(d))
		require.Empty(t, h.sent(key))
		r := s.as("hezhou").do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/reschedule",
			map[string]any{"at": time.Now().Add(2 * time.Second).Format(time.RFC3339Nano), "reason": "机器重启误了点，改为现在。"})
		require.Equal(t, http.StatusOK, r.status, "%s", r.body)
		d = drafter.awaitState(d.ID, disclosure.Released)
	}
	require.True(t, s.online(d))
	require.Len(t, h.sent(key), 1, "exactly one effect per item, version and channel")
	require.False(t, h.sent(key)[0].Before(at), "never early")
	require.NoError(t, s.interrupt())
}

// TestStalePostmaster starts over a pid file that speaks of somebody else's process.
func TestStalePostmaster(t *testing.T) {
	s := serve(t)
	s.kill()
	pid := filepath.Join(s.dir, "postgres", "postmaster.pid")
	time.Sleep(3 * time.Second) // the orphan ends by itself
	require.NoError(t, os.WriteFile(pid, []byte("1\n"+filepath.Join(s.dir, "postgres")+"\n1700000000\n5432\n\n\n\n"), 0o600))
	s.run()
	s.awaitReady(60 * time.Second)
	require.NoError(t, s.interrupt())
}
