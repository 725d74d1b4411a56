package keeper

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

// ear is a hub that notes when it was told.
type ear struct {
	mu     sync.Mutex
	told   []time.Time
	answer func(ctx context.Context) error
}

func (e *ear) URL() string { return "https://hub.example/" }

func (e *ear) Publish(ctx context.Context) error {
	e.mu.Lock()
	e.told = append(e.told, time.Now())
	answer := e.answer
	e.mu.Unlock()
	if answer != nil {
		return answer(ctx)
	}
	return nil
}

func (e *ear) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.told)
}

// A hub hears of what became public and of what ceased to be within a second, and of
// nothing else.
func TestAHubHearsWithinASecond(t *testing.T) {
	t.Parallel()

	s := testkit.Store(t)
	bureau := testkit.AddBureau(t, s, "AA")
	k, _, _ := setup(t, s)
	hub := &ear{}
	k.Hub = hub
	start(t, k)
	testkit.Armed(t, s, bureau, testkit.ReleaseIn(time.Hour))
	elsewhere := testkit.Armed(t, s, bureau, testkit.ReleaseIn(0), testkit.Channels("webhook"))
	time.Sleep(time.Second)
	require.Zero(t, hub.count(), "nothing is public yet")

	item := testkit.Armed(t, s, bureau, testkit.ReleaseIn(1500*time.Millisecond))
	require.Eventually(t, func() bool { return hub.count() == 1 }, patience, 10*time.Millisecond)
	late := hub.told[0].Sub(item.Case.NotBefore)
	require.True(t, late >= 0 && late < time.Second, "told %s after the instant", late)

	recalled := time.Now()
	item.Must(t, disclosure.Act{Type: disclosure.Recall, By: bureau.Officer, ID: "recall", Opinion: item.Words(t, "recall", "原因")})
	require.Eventually(t, func() bool { return hub.count() == 2 }, patience, 10*time.Millisecond)
	require.Less(t, hub.told[1].Sub(recalled), time.Second)
	elsewhere.Must(t, disclosure.Act{Type: disclosure.Recall, By: bureau.Officer, ID: "recall2", Opinion: elsewhere.Words(t, "recall2", "原因")})
	time.Sleep(time.Second)
	require.Equal(t, 2, hub.count(), "what never was on the portal is no news")
	h, err := s.Hubs(t.Context())
	require.NoError(t, err)
	require.Zero(t, h)
}

// What a hub was not told is told after a restart; a hub that fails or hangs is asked
// less and less often and keeps no other loop waiting.
func TestNoPingIsLost(t *testing.T) {
	t.Parallel()

	s := testkit.Store(t)
	bureau := testkit.AddBureau(t, s, "AA")
	k, _, log := setup(t, s)
	deaf := &ear{answer: func(context.Context) error { return errors.New("503") }}
	k.Hub = deaf
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); k.Run(ctx) }()
	testkit.Armed(t, s, bureau, testkit.ReleaseIn(0))
	require.Eventually(t, func() bool { return deaf.count() == 3 }, patience, 10*time.Millisecond)
	first, second := deaf.told[1].Sub(deaf.told[0]), deaf.told[2].Sub(deaf.told[1])
	require.Greater(t, first, 900*time.Millisecond)
	require.Greater(t, second, first+500*time.Millisecond, "each pause is longer")
	h, err := s.Hubs(t.Context())
	require.NoError(t, err)
	require.Greater(t, h.Waiting, time.Second)
	require.GreaterOrEqual(t, h.Failures, 2)
	require.GreaterOrEqual(t, log.count("hub not told"), 2)

	deaf.mu.Lock()
	deaf.answer = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() } // hangs
	deaf.mu.Unlock()
	require.Eventually(t, func() bool { return deaf.count() == 4 }, patience, 10*time.Millisecond)
	other := testkit.Armed(t, s, bureau, testkit.ReleaseIn(0))
	seen := func() bool {
		var n int
		require.NoError(t, testkit.Open(t, s.Superuser).Get(&n, `SELECT count(*) FROM public_words WHERE number = $1`, other.Number))
		return n == 1
	}
	require.Eventually(t, seen, 2*time.Second, 50*time.Millisecond, "a hub that hangs delays nobody")
	cancel()
	<-done

	// Another process takes over when the claim of the one that died has run out.
	_, err = testkit.Open(t, s.Superuser).Exec(`UPDATE hubs SET next_at = now()`)
	require.NoError(t, err)
	after, _, _ := setup(t, s)
	hub := &ear{}
	after.Hub = hub
	start(t, after)
	require.Eventually(t, func() bool { return hub.count() == 1 }, patience, 10*time.Millisecond)
	require.Eventually(t, func() bool { h, err := s.Hubs(t.Context()); return err == nil && h.Failures == 0 && h.Waiting == 0 }, patience, 10*time.Millisecond)
	time.Sleep(time.Second)
	require.Equal(t, 1, hub.count(), "told once of all that happened meanwhile")
}
