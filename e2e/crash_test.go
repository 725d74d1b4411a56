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
	at := time.Now().Add(10 * time.Second) // long past when all have signed: it says hold
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
	d = drafter.awaitState(d.ID, disclosure.Held)
	require.Equal(t, "missed", d.Cause)
	require.Len(t, d.Decisions, 3)
	require.False(t, s.online(d))

	at = time.Now().Add(10 * time.Second) // postponing within the window needs no new approvals
	decode[desk.Disclosure](t, s.as("hezhou").do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/reschedule",
		map[string]any{"at": at.Format(time.RFC3339Nano), "reason": "签完已过点，改期。"}))
	d = drafter.awaitState(d.ID, disclosure.Armed)
	time.Sleep(time.Until(at) - 2*time.Second)
	require.False(t, s.online(d))
	s.kill() // two seconds before the instant: nobody is there when it comes
	s.run()
	s.awaitReady(60 * time.Second)
	// The dead worker's activities are given away within seconds, not after a minute.
	d = drafter.await(d.ID, 30*time.Second, func(d desk.Disclosure) bool {
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
