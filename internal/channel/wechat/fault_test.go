package wechat_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/channel"
	"shenfa/internal/channel/wechat"
	"shenfa/internal/channel/wechat/wechattest"
)

// TestFaults injects every fault into every call of a road, and holds that the item is
// public once in the end, or not at all and refused.
func TestFaults(t *testing.T) {
	t.Parallel()

	kinds := map[string]wechattest.Fault{
		"Busy": {Code: -1}, "TokenInvalid": {Code: 40001}, "TokenExpired": {Code: 42001}, "NotJSON": {Body: "<!doctype html><title>登录</title>"},
		"BadGateway": {Status: 502}, "Break": {Break: true}, "TooMany": {Status: 429}, "MinuteQuota": {Code: 45011},
	}
	for _, api := range []string{
		"stable_token", "material/add_material", "media/uploadimg", "draft/add", "freepublish/submit", "freepublish/get", "freepublish/getarticle",
	} {
		for name, f := range kinds {
			for _, after := range []bool{false, true} {
				if after && (f.Code != 0 || f.Status == 429) {
					continue // these say that it was not done
				}
				if api == "stable_token" && f.Code == 40001 {
					continue // there it is the AppSecret
				}
				when := map[bool]string{false: "Before", true: "After"}[after]
				t.Run(strings.ReplaceAll(api, "/", "-")+"/"+name+when, func(t *testing.T) {
					t.Parallel()
					b := setup(t, slow(4*time.Minute))
					i := with(item("wechat"), `<p>图</p><img src="a.png">`)
					i.Attachments = append(i.Attachments, attachment("a.png", drawing(t, 9)))
					fault := f
					fault.API, fault.Times, fault.After = api, 1, after
					b.far.Inject(fault)
					b.drive(t, b.Channel, i)
					b.once(t, 1)
				})
			}
		}
	}
}

// drive does what the engine does until the item is there: publish what is surely not
// there, read back what may be.
func (b *bundle) drive(t *testing.T, c *wechat.Channel, i channel.Item) {
	t.Helper()
	for range 300 {
		seen, err := c.ReadBack(t.Context(), i)
		if err == nil && seen.There {
			require.True(t, seen.Equals(i.Manifest))
			return
		}
		if err == nil {
			_, _ = c.Publish(t.Context(), i)
		}
		b.pass(20 * time.Second)
	}
	t.Fatal("the item never came")
}

func TestAnswers(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct {
		api     string
		code    int
		refused bool
		says    string
	}{
		{"freepublish/submit", 53503, true, "未通过发布检查"},
		{"freepublish/submit", 53504, true, "by hand"},
		{"freepublish/submit", 48001, true, "未认证"},
		{"freepublish/submit", 45009, false, "quota"},
		{"freepublish/submit", 40164, false, "IP 白名单"},
		{"draft/add", 45166, true, "not valid"},
		{"draft/add", 45009, false, "quota"},
		{"stable_token", 40125, true, "AppSecret"},
		{"stable_token", 40164, false, "IP 白名单"},
		{"stable_token", 40001, true, "AppSecret"},
	} {
		t.Run(fmt.Sprintf("%s/%d", strings.ReplaceAll(tc.api, "/", "-"), tc.code), func(t *testing.T) {
			t.Parallel()
			b, i := setup(t), item("wechat")
			b.far.Inject(wechattest.Fault{API: tc.api, Code: tc.code})
			_, err := b.Publish(t.Context(), i)
			require.ErrorContains(t, err, tc.says)
			require.NotErrorIs(t, err, channel.ErrUnknown)
			require.Equal(t, tc.refused, isRefused(err))
			require.NotContains(t, err.Error(), secret)
			require.Empty(t, b.far.Articles())
		})
	}
	t.Run("TimeIsUp", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		require.NoError(t, b.Stage(t.Context(), i))
		b.far.Inject(wechattest.Fault{API: "freepublish/submit", After: true, Hang: true})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := b.Publish(ctx, i)
		require.ErrorIs(t, err, channel.ErrUnknown)
		require.NotContains(t, err.Error(), "token-", "the token stands in the address")
	})
	t.Run("SilenceBeforeTheSubmissionMeansThatItIsSurelyNotThere", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		b.far.Inject(wechattest.Fault{Hang: true})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := b.Publish(ctx, i)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, channel.ErrUnknown)
	})
	t.Run("WhoWaitsInVainForAnotherCannotTell", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		require.NoError(t, b.Stage(t.Context(), i))
		b.far.Inject(wechattest.Fault{API: "freepublish/submit", Times: 1, Hang: true})
		first, give := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = b.Publish(first, i) })
		for b.far.Calls("freepublish/submit") == 0 {
			time.Sleep(time.Millisecond)
		}
		for _, c := range []*wechat.Channel{b.Channel, b.another(t, b.Config)} {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			_, err := c.Publish(ctx, i)
			require.ErrorIs(t, err, channel.ErrUnknown)
			cancel()
		}
		give()
		wg.Wait()
	})
	t.Run("TokenThatDoesNotComeIsNoDoubtAboutTheSubmission", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		require.NoError(t, b.Stage(t.Context(), i))
		b.far.ExpireTokens()
		b.far.Inject(wechattest.Fault{API: "stable_token", Times: 1, Break: true})
		_, err := b.Publish(t.Context(), i)
		require.Error(t, err)
		require.NotErrorIs(t, err, channel.ErrUnknown)
		b.publish(t, i)
		b.once(t, 1)
	})
	t.Run("DraftDeletedByHandIsMadeAgain", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		require.NoError(t, b.Stage(t.Context(), i))
		b.far.DropDrafts()
		b.publish(t, i)
		b.once(t, 1)
	})
	t.Run("CoverDeletedByHandIsUploadedAgain", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		require.NoError(t, b.Stage(t.Context(), item("other")))
		b.far.DropMaterials()
		b.publish(t, i)
	})
	t.Run("AfterARestoreWhatWasPublicIsFoundAndNotSentAgain", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		b.publish(t, i)
		b.memory.Forget()
		b.pass(time.Hour)
		_, err := b.Publish(t.Context(), i)
		require.NoError(t, err)
		b.once(t, 1)
	})
}

func isRefused(err error) bool { return errors.Is(err, channel.ErrRefused) }

// TestOnce holds that many workers and a death at every step make one publication.
func TestOnce(t *testing.T) {
	t.Parallel()

	t.Run("TenWorkersAtOnce", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t, slow(50*time.Millisecond)), item("wechat")
		var wg sync.WaitGroup
		for n := range callers {
			c := b.Channel
			if n%2 == 0 { // half of them in other processes
				cfg := b.Config
				cfg.Client = b.site.Client()
				c = b.another(t, cfg)
			}
			wg.Go(func() {
				if _, err := c.Publish(t.Context(), i); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		b.pass(10 * time.Second)
		b.drive(t, b.Channel, i)
		b.once(t, 1)
		require.Equal(t, 1, b.far.Calls("freepublish/submit"))
	})
	for _, last := range []bool{false, true} {
		t.Run(fmt.Sprintf("DeathAtEveryStep/LastCarriedOut=%t", last), func(t *testing.T) {
			t.Parallel()
			deaths := 0
			for steps := 1; ; steps++ {
				b, i := setup(t, slow(4*time.Minute)), item("wechat")
				m := &mortal{left: steps, last: last, transport: b.site.Client().Transport}
				cfg := b.Config
				client := *b.site.Client()
				client.Transport = m
				cfg.Client, cfg.Memory = &client, mortalMemory{m, b.memory}
				c := b.another(t, cfg)
				err := c.Stage(t.Context(), i)
				if err == nil {
					_, err = c.Publish(t.Context(), i)
				}
				lived := m.left > 0
				b.pass(30 * time.Second)
				b.drive(t, b.Channel, i)
				b.once(t, 1)
				require.Empty(t, b.far.Drafts(), "step %d", steps)
				if lived {
					require.NoError(t, err)
					break
				}
				deaths++
			}
			require.Greater(t, deaths, 25)
		})
	}
}
