package wechat_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/channel"
	"shenfa/internal/channel/wechat"
	"shenfa/internal/channel/wechat/wechattest"
)

func TestQuotas(t *testing.T) {
	t.Parallel()

	t.Run("PublicationsAreCountedAndTold", func(t *testing.T) {
		t.Parallel()
		b := setup(t, quota("freepublish/submit", 1, 1))
		b.publish(t, item("one"))
		require.ErrorContains(t, b.Ready(t.Context()), "2026-03-03T00:00:00+08:00")
		for range 3 {
			_, err := b.Publish(t.Context(), item("two"))
			require.ErrorContains(t, err, "quota")
			require.NotErrorIs(t, err, channel.ErrUnknown)
			require.NotErrorIs(t, err, channel.ErrRefused)
		}
		require.Equal(t, 1, b.far.Calls("freepublish/submit"), "what is gone is not asked for")
		b.pass(16 * time.Hour) // 01:00 the next day in China
		require.NoError(t, b.Ready(t.Context()))
		b.publish(t, item("two"))
	})
	t.Run("QuotaThatOthersUsedUpIsBelieved", func(t *testing.T) {
		t.Parallel()
		b := setup(t, quota("freepublish/delete", 0, 10))
		b.publish(t, item("one"))
		for range 3 {
			require.ErrorContains(t, b.Withdraw(t.Context(), item("one")), "quota")
		}
		require.Equal(t, 1, b.far.Calls("freepublish/delete"))
		require.Len(t, b.far.Articles(), 1)
	})
	t.Run("NoDeletionIsSpentTwice", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		b.publish(t, i)
		b.far.Inject(wechattest.Fault{API: "freepublish/delete", Times: 1, After: true, Break: true})
		require.Error(t, b.Withdraw(t.Context(), i))
		require.NoError(t, b.Withdraw(t.Context(), i))
		require.Equal(t, 1, b.far.Calls("freepublish/delete"))
		require.Empty(t, b.far.Articles())
	})
	t.Run("EarlyQuestionsLeaveHalfOfThemForLater", func(t *testing.T) {
		t.Parallel()
		b := setup(t, slow(time.Hour), quota("freepublish/get", 10, 10))
		for n := range callers {
			_, err := b.Publish(t.Context(), item(fmt.Sprint(n)))
			require.NoError(t, err)
		}
		b.pass(6 * time.Second)
		for n := range callers {
			_, err := b.ReadBack(t.Context(), item(fmt.Sprint(n)))
			require.ErrorContains(t, err, "again at")
		}
		require.Equal(t, 5, b.far.Calls("freepublish/get"))
	})
	t.Run("ProcessesCountTogether", func(t *testing.T) {
		t.Parallel()
		b := setup(t, quota("freepublish/submit", 100, 5))
		var wg sync.WaitGroup
		for n := range 2 * callers {
			c := b.another(t, b.Config)
			wg.Go(func() { _, _ = c.Publish(t.Context(), item(fmt.Sprint(n))) })
		}
		wg.Wait()
		require.Equal(t, 5, b.far.Calls("freepublish/submit"))
	})
	t.Run("QuotaOfAnUnknownCallIsAMistake", func(t *testing.T) {
		t.Parallel()
		for _, bad := range []map[string]int{{"freepublish/submitt": 5}, {"freepublish/submit": 0}} {
			_, err := wechat.New(wechat.Config{AppID: appID, Secret: secret, Portal: portal, Quotas: bad})
			require.Error(t, err)
		}
	})
}

func TestTokens(t *testing.T) {
	t.Parallel()

	t.Run("OneServesAllProcessesUntilShortBeforeItsEnd", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		other := b.another(t, b.Config)
		for range 3 {
			require.NoError(t, b.Ready(t.Context()))
			require.NoError(t, other.Ready(t.Context()))
		}
		require.Equal(t, 1, b.far.Calls("stable_token"))
		b.pass(2*time.Hour - 4*time.Minute)
		require.NoError(t, b.Ready(t.Context()))
		require.Equal(t, 2, b.far.Calls("stable_token"))
	})
	t.Run("EndedBeforeItsTimeOneProcessForcesAnother", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		require.NoError(t, b.Ready(t.Context()))
		b.far.ExpireTokens()
		for range 3 {
			require.NoError(t, b.Ready(t.Context()))
			require.NoError(t, b.another(t, b.Config).Ready(t.Context()))
		}
		require.Equal(t, 3, b.far.Calls("stable_token"), "the first, one in vain, one forced")
		b.far.ExpireTokens()
		require.ErrorContains(t, b.Ready(t.Context()), "half minute")
		b.pass(30 * time.Second)
		require.NoError(t, b.Ready(t.Context()))
	})
}

func TestReady(t *testing.T) {
	t.Parallel()

	for name, tc := range map[string]struct {
		spoil func(*wechattest.Server)
		says  string
	}{
		"AddressNotAllowed": {func(s *wechattest.Server) { s.Deny(true) }, "invalid ip 192.0.2.7"},
		"SecretReset": {func(s *wechattest.Server) {
			s.ExpireTokens()
			s.Inject(wechattest.Fault{API: "stable_token", Code: 40125})
		}, "40125"},
		"MayNotPublish":       {func(s *wechattest.Server) { s.Inject(wechattest.Fault{API: "freepublish/batchget", Code: 48001}) }, "48001"},
		"AnswersWithALogin":   {func(s *wechattest.Server) { s.Inject(wechattest.Fault{Body: "<html>"}) }, "no clear answer"},
		"RedirectsToAnywhere": {func(s *wechattest.Server) { s.Inject(wechattest.Fault{Status: 302}) }, "302"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			if name != "MayNotPublish" {
				require.NoError(t, b.Ready(t.Context()))
			}
			tc.spoil(b.far)
			for range 2 {
				require.ErrorContains(t, b.Ready(t.Context()), tc.says)
			}
			b.far.Mend()
			b.far.Deny(false)
			b.pass(time.Minute)
			require.NoError(t, b.Ready(t.Context()))
		})
	}
	t.Run("RefusedToPublishIsAskedAboutAtOnce", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		require.NoError(t, b.Ready(t.Context()))
		b.far.Inject(wechattest.Fault{API: "freepublish/submit", Code: 48001})
		b.far.Inject(wechattest.Fault{API: "freepublish/batchget", Code: 48001})
		require.NoError(t, b.Ready(t.Context()), "the right to publish is asked for once an hour")
		_, err := b.Publish(t.Context(), item("wechat"))
		require.ErrorIs(t, err, channel.ErrRefused)
		require.ErrorContains(t, b.Ready(t.Context()), "48001")
	})
	t.Run("WhatWasRefusedIsNotForgottenWhenTheQuotaGoes", func(t *testing.T) {
		t.Parallel()
		b := setup(t, quota("freepublish/batchget", 100, 10))
		b.far.Inject(wechattest.Fault{API: "freepublish/batchget", Code: 48001})
		for range 20 {
			require.ErrorContains(t, b.Ready(t.Context()), "48001")
			b.pass(time.Minute)
		}
		require.LessOrEqual(t, b.far.Calls("freepublish/batchget"), 5)
	})
	t.Run("ItCostsLittle", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		for range 24 * 60 { // every minute of a day
			require.NoError(t, b.Ready(t.Context()))
			b.pass(time.Minute)
		}
		require.LessOrEqual(t, b.far.Calls("freepublish/batchget"), 25)
	})
}

func TestConfiguration(t *testing.T) {
	t.Parallel()

	for _, bad := range []wechat.Config{
		{Secret: secret, Portal: portal},
		{AppID: appID, Portal: portal},
		{AppID: appID, Secret: secret},
		{AppID: appID, Secret: secret, Portal: portal + "?a=b"},
		{AppID: appID, Secret: secret, Portal: portal, Base: "ftp://a.test"},
		{AppID: appID, Secret: secret, Portal: portal, TitleMax: 65},
	} {
		_, err := wechat.New(bad)
		require.Error(t, err)
		require.NotContains(t, err.Error(), secret)
	}
}
