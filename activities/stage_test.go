//go:build linux

package activities_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"shenfa/activities"
	"shenfa/internal/channel"
	"shenfa/internal/channel/portal"
	"shenfa/internal/channel/wechat"
	"shenfa/internal/channel/wechat/wechattest"
	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

// staged is a WeChat, and the activities that release on it.
type staged struct {
	testkit.Stored
	testkit.Bureau
	far        *wechattest.Server
	site, hook *httptest.Server // of WeChat, and ours for its callbacks
	acts       *activities.Activities
	env        *testsuite.TestActivityEnvironment
}

func newWorld(t *testing.T) staged {
	t.Helper()
	w := staged{Stored: testkit.Store(t)}
	w.Bureau = testkit.AddBureau(t, w.Stored, "AA")
	w.far = wechattest.New(wechattest.Config{AppID: "wxtest", Secret: "secret of the test", Token: "token", Now: time.Now})
	w.site = httptest.NewServer(w.far)
	t.Cleanup(w.site.Close)
	memory := w.ChannelMemory("wechat/wxtest")
	ch, err := wechat.New(wechat.Config{
		AppID: "wxtest", Secret: "secret of the test", Base: w.site.URL, Portal: "https://portal.test", Memory: memory, Client: w.site.Client(), Now: time.Now,
	})
	require.NoError(t, err)
	receiver, err := wechat.NewReceiver(wechat.ReceiverConfig{Token: "token", AppID: "wxtest", Memory: memory, Now: time.Now})
	require.NoError(t, err)
	w.hook = httptest.NewServer(receiver)
	t.Cleanup(w.hook.Close)
	empty := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(empty.Close)
	w.acts = &activities.Activities{
		Store: w.Store, Channels: []channel.Channel{portal.New(empty.URL, empty.Client()), ch}, Now: time.Now,
	}
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	w.env = suite.NewTestActivityEnvironment()
	w.env.RegisterActivity(w.acts)
	return w
}

// TestSlowChannelIsPunctual releases on WeChat: the drafts stand before the instant, nothing is public before it, each item is public
// once, and what was withdrawn meanwhile leaves nothing.
func TestSlowChannelIsPunctual(t *testing.T) {
	t.Parallel()

	const items, ahead = 6, 4 * time.Second
	w := newWorld(t)
	s, b, far, site, hook, acts, env := w.Stored, w.Bureau, w.far, w.site, w.hook, w.acts, w.env
	var all []*testkit.Item
	for n := range items {
		all = append(all, testkit.Armed(t, s, b, testkit.Channels("portal", wechat.Name), testkit.ReleaseIn(ahead), testkit.Title(fmt.Sprintf("第%d号", n))))
	}
	instant := all[items-1].Case.ReleaseAt
	require.Greater(t, time.Until(instant), time.Second, "the machine is too slow for this test")

	sent := make(chan error, 1)
	go func() {
		_, err := env.ExecuteActivity(acts.Send, activities.SendInput{Instant: instant})
		sent <- err
	}()
	require.Eventually(t, func() bool { return len(far.Drafts()) == items }, time.Until(instant), 20*time.Millisecond)
	require.Zero(t, far.Calls("freepublish/submit"))
	gone := all[0]
	gone.Must(t, disclosure.Act{ID: "withdraw", Type: disclosure.Withdraw, By: b.Drafter, Opinion: gone.Words(t, "withdraw", "撤回")})
	require.NoError(t, <-sent)

	require.EqualValues(t, items, far.Calls("draft/add"), "nothing slow was left for the instant")
	require.Len(t, far.Articles(), items-1)
	for source, n := range far.Effects() {
		require.Equal(t, 1, n, source)
	}
	require.Empty(t, far.Drafts(), "of what was withdrawn, nothing is left")

	// The callbacks have come; so each is confirmed at once, without a question about it.
	require.NoError(t, far.Deliver(t.Context(), site.Client(), hook.URL))
	for _, i := range all[1:] {
		_, err := env.ExecuteActivity(acts.Confirm, activities.ConfirmInput{Case: i.Case})
		require.NoError(t, err)
		effects, err := s.Effects(t.Context(), i.ID, i.Case.Version)
		require.NoError(t, err)
		for _, e := range effects {
			if e.Channel == wechat.Name {
				require.Equal(t, "confirmed", e.State)
				require.NotEmpty(t, e.URL)
				require.False(t, e.SentAt.Before(i.Case.ReleaseAt))
			}
		}
	}
	require.Zero(t, far.Calls("freepublish/get"))
}

// TestWhatTheChannelRefusedAfterwardsHasFailed holds that a person is told.
func TestWhatTheChannelRefusedAfterwardsHasFailed(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	w.far.Outcome(4) // the platform does not let it pass
	i := testkit.Armed(t, w.Stored, w.Bureau, testkit.Channels("portal", wechat.Name), testkit.ReleaseIn(0))
	_, err := w.env.ExecuteActivity(w.acts.Send, activities.SendInput{Instant: i.Case.ReleaseAt})
	require.NoError(t, err)
	require.NoError(t, w.far.Deliver(t.Context(), w.site.Client(), w.hook.URL))
	raw, err := w.env.ExecuteActivity(w.acts.Confirm, activities.ConfirmInput{Case: i.Case})
	require.NoError(t, err)
	var got activities.Confirmation
	require.NoError(t, raw.Get(&got))
	require.Equal(t, activities.Confirmation{Failed: true, Cause: activities.CauseRefused}, got)
}
