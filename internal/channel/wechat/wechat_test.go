package wechat_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/channel"
	"shenfa/internal/channel/wechat"
	"shenfa/internal/channel/wechat/wechattest"
)

var (
	_ channel.Channel = (*wechat.Channel)(nil)
	_ channel.Stager  = (*wechat.Channel)(nil)
)

func TestPublishing(t *testing.T) {
	t.Parallel()

	t.Run("WhatIsStagedIsNotPublicAndOnlySubmittedAtTheInstant", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		require.NoError(t, b.Stage(t.Context(), i))
		require.NoError(t, b.Stage(t.Context(), i))
		require.Len(t, b.far.Drafts(), 1)
		require.Empty(t, b.far.Articles())
		added := b.far.Calls("draft/add")
		seen := b.publish(t, i)
		require.NotEmpty(t, seen.URL)
		require.Equal(t, added, b.far.Calls("draft/add"), "the slow part was done before")
		require.Empty(t, b.far.Drafts())
		b.once(t, 1)
	})
	t.Run("ArticleSaysWhatWasApproved", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		b.publish(t, i)
		a := b.far.Articles()[0]
		require.Equal(t, i.Manifest.Metadata.Title, a.Title)
		require.Equal(t, "测试局", a.Author)
		require.Equal(t, "试一试", a.Digest)
		require.True(t, strings.HasPrefix(a.Source, portal+"/items/TB-2026-0001?ref="), a.Source)
		require.NotContains(t, a.Source, "6f1c7d1e", "the key is nobody's business")
		for _, part := range []string{"一、依据", "正文 &amp; 附件", "（https://gov.test/rules）", "临测〔2026〕1号", "附件1.pdf", portal + "/items/TB-2026-0001", `colspan="2"`} {
			require.Contains(t, a.Content, part)
		}
	})
	t.Run("LongTitleIsCutAndStandsWholeInTheText", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		i.Manifest.Metadata.Title = strings.Repeat("题", 40)
		b.publish(t, i)
		a := b.far.Articles()[0]
		require.Equal(t, strings.Repeat("题", 31)+"…", a.Title)
		require.Contains(t, a.Content, i.Manifest.Metadata.Title)
	})
	t.Run("PicturesAreUploadedOnceAndShown", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		i := with(item("wechat"), `<p>图一</p><img src="files/%E5%9B%BE.png">`)
		i.Attachments = append(i.Attachments, attachment("图.png", drawing(t, 20)))
		b.publish(t, i)
		require.Contains(t, b.far.Articles()[0].Content, "data-src")
		again := i
		again.Key += "2"
		b.publish(t, again)
		require.Equal(t, 1, b.far.Calls("media/uploadimg"))
		require.Equal(t, 1, b.far.Calls("material/add_material"), "one cover for all")
		b.once(t, 2)
	})
	t.Run("WhatCannotBeShownIsRefusedBeforeAnythingIsSent", func(t *testing.T) {
		t.Parallel()
		for name, i := range map[string]channel.Item{
			"TooLong":        with(item("wechat"), "<p>"+strings.Repeat("长", 20_000)+"</p>"),
			"PictureUnknown": with(item("wechat"), `<img src="files/none.png">`),
			"PictureBroken":  with(item("wechat"), `<img src="data:image/png;base64,AAAA">`),
			"PictureRemote":  with(item("wechat"), `<img src="https://elsewhere.test/a.png">`),
			"PictureTooLarge": func() channel.Item {
				i := with(item("wechat"), `<img src="a.png">`)
				i.Attachments = append(i.Attachments, attachment("a.png", drawing(t, 700)))
				return i
			}(),
		} {
			b := setup(t)
			require.ErrorIs(t, b.Fits(t.Context(), i), channel.ErrRefused, name)
			_, err := b.Publish(t.Context(), i)
			require.ErrorIs(t, err, channel.ErrRefused, name)
			require.Zero(t, b.far.Calls("draft/add"), name)
		}
	})
	t.Run("WithdrawnIsGoneAndNeverComesBack", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		b.publish(t, i)
		require.NoError(t, b.Withdraw(t.Context(), i))
		require.NoError(t, b.Withdraw(t.Context(), i))
		require.Equal(t, 1, b.far.Calls("freepublish/delete"))
		seen, err := b.ReadBack(t.Context(), i)
		require.NoError(t, err)
		require.False(t, seen.There)
		_, err = b.Publish(t.Context(), i)
		require.ErrorIs(t, err, channel.ErrRefused)
		require.Empty(t, b.far.Articles())
	})
	t.Run("WithdrawnWhileWeChatWorksOnIt", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t, slow(time.Minute)), item("wechat")
		_, err := b.Publish(t.Context(), i)
		require.NoError(t, err)
		require.Error(t, b.Withdraw(t.Context(), i), "it could still appear")
		b.pass(time.Minute)
		require.NoError(t, b.Withdraw(t.Context(), i))
		require.Empty(t, b.far.Articles())
	})
	t.Run("WithdrawnInDoubtIsWatchedUntilItIsSurelyNotThere", func(t *testing.T) {
		t.Parallel()
		for _, after := range []bool{false, true} { // whether it was submitted
			b, i := setup(t, slow(10*time.Minute)), item("wechat")
			b.far.Inject(wechattest.Fault{API: "freepublish/submit", Times: 1, After: after, Break: true})
			_, err := b.Publish(t.Context(), i)
			require.ErrorIs(t, err, channel.ErrUnknown)
			began := b.Now()
			for err = b.Withdraw(t.Context(), i); err != nil; err = b.Withdraw(t.Context(), i) {
				require.Less(t, b.Now().Sub(began), 40*time.Minute)
				b.pass(10 * time.Second)
			}
			b.pass(time.Hour)
			require.Empty(t, b.far.Articles())
			require.Empty(t, b.far.Drafts())
			require.Less(t, b.far.Calls("freepublish/batchget"), 40)
		}
	})
	t.Run("WithdrawnInDoubtAndTheDraftIsGoneToo", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		b.far.Inject(wechattest.Fault{API: "freepublish/submit", Times: 1, Break: true})
		_, err := b.Publish(t.Context(), i)
		require.ErrorIs(t, err, channel.ErrUnknown)
		b.far.DropDrafts()
		require.Error(t, b.Withdraw(t.Context(), i))
		b.pass(31 * time.Minute)
		require.NoError(t, b.Withdraw(t.Context(), i))
	})
	t.Run("RescheduledAfterALostAnswerIsFoundWhereItWas", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		b.far.Inject(wechattest.Fault{API: "freepublish/submit", Times: 1, After: true, Break: true})
		_, err := b.Publish(t.Context(), i)
		require.ErrorIs(t, err, channel.ErrUnknown)
		b.pass(24 * time.Hour)
		i.At = b.Now()
		b.drive(t, b.Channel, i)
		b.once(t, 1)
	})
	t.Run("UnstagedLeavesNothingAndMayBeStagedAnew", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		require.NoError(t, b.Stage(t.Context(), i))
		require.NoError(t, b.Unstage(t.Context(), i))
		require.Empty(t, b.far.Drafts())
		require.NoError(t, b.Stage(t.Context(), i))
		b.publish(t, i)
		require.NoError(t, b.Unstage(t.Context(), i), "what is public stays")
		require.Len(t, b.far.Articles(), 1)
	})
	t.Run("StagedDraftOfOtherContentIsReplaced", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		require.NoError(t, b.Stage(t.Context(), i))
		i.Manifest.Metadata.Summary = "另一个摘要"
		require.NoError(t, b.Stage(t.Context(), i))
		drafts := b.far.Drafts()
		require.Len(t, drafts, 1)
		require.Equal(t, "另一个摘要", drafts[0].Digest)
	})
	t.Run("CorrectionTakesThePlaceOfTheEarlier", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		b.publish(t, i)
		c := correction(i)
		b.publish(t, c)
		require.Len(t, b.far.Articles(), 1)
		require.Contains(t, b.far.Articles()[0].Content, "更正说明：更正一处日期。")
		b.once(t, 2)
	})
	t.Run("EarlierStaysUntilTheCorrectionIsThere", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		b.publish(t, i)
		b.far.Outcome(4)
		c := correction(i)
		_, err := b.Publish(t.Context(), c)
		require.NoError(t, err)
		b.pass(6 * time.Second)
		_, err = b.ReadBack(t.Context(), c)
		require.ErrorIs(t, err, channel.ErrRefused)
		require.Len(t, b.far.Articles(), 1, "a correction that the platform refuses takes nothing off")
	})
	t.Run("OrphansAreSweptAway", func(t *testing.T) {
		t.Parallel()
		b, i, other := setup(t), item("wechat"), item("other")
		require.NoError(t, b.Stage(t.Context(), i))
		b.memory.Forget() // nobody knows that draft any more
		require.NoError(t, b.Stage(t.Context(), i))
		require.Len(t, b.far.Drafts(), 2)
		b.pass(2 * time.Hour)
		require.NoError(t, b.Stage(t.Context(), other))
		require.Len(t, b.far.Drafts(), 2)
		b.publish(t, i)
		b.publish(t, other)
		b.once(t, 2)
	})
}

// drawing is a PNG that cannot be made small: about 3 bytes a pixel.
func drawing(t *testing.T, side int) []byte {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range img.Pix {
		img.Pix[i] = byte(random.Uint32())
	}
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, img))
	return out.Bytes()
}

func TestReadBack(t *testing.T) {
	t.Parallel()

	t.Run("WhatWasNeverSentIsNotThere", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		seen, err := b.ReadBack(t.Context(), i)
		require.NoError(t, err)
		require.False(t, seen.There)
	})
	t.Run("OtherWordsTitleOrPicturesAreSeen", func(t *testing.T) {
		t.Parallel()
		for name, tc := range map[string]struct {
			change  func(*wechattest.Article)
			picture bool
			equal   bool
		}{
			"Nothing":      {func(*wechattest.Article) {}, false, true},
			"Markup":       {func(a *wechattest.Article) { a.Content = "<div> " + a.Content + "\u200b\n</div>" }, false, true},
			"OneCharacter": {func(a *wechattest.Article) { a.Content = strings.Replace(a.Content, "甲", "丙", 1) }, false, false},
			"Title":        {func(a *wechattest.Article) { a.Title += "！" }, false, false},
			"PictureLost":  {func(*wechattest.Article) {}, true, false}, // Put shows no pictures
		} {
			b, i := setup(t), item("wechat")
			if tc.picture {
				i = with(i, `<p>甲</p><img src="a.png">`)
				i.Attachments = append(i.Attachments, attachment("a.png", drawing(t, 9)))
			}
			b.publish(t, i)
			a := b.far.Articles()[0]
			require.NoError(t, b.Withdraw(t.Context(), i))
			b.memory.Forget()
			tc.change(&a)
			b.far.Put(a)
			seen, err := b.ReadBack(t.Context(), i)
			require.NoError(t, err)
			require.True(t, seen.There, name)
			require.Equal(t, tc.equal, seen.Equals(i.Manifest), name)
		}
	})
	t.Run("EditedOnlineIsDrift", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t), item("wechat")
		b.publish(t, i)
		b.far.Edit(b.far.Articles()[0].ID, "<p>别的正文</p>")
		seen, err := b.ReadBack(t.Context(), i)
		require.NoError(t, err)
		require.True(t, seen.There)
		require.False(t, seen.Equals(i.Manifest))
	})
	for status, name := range map[int]string{5: "DeletedByTheAccount", 6: "BannedByThePlatform"} {
		t.Run(name+"AfterSuccessIsNotThere", func(t *testing.T) {
			t.Parallel()
			b, i := setup(t), item("wechat")
			b.publish(t, i)
			b.far.Remove(b.far.Articles()[0].ID, status)
			seen, err := b.ReadBack(t.Context(), i)
			require.NoError(t, err)
			require.False(t, seen.There)
			_, err = b.Publish(t.Context(), i)
			require.NoError(t, err)
			require.Empty(t, b.far.Articles(), "what was taken off does not come back by itself")
			require.NoError(t, b.Withdraw(t.Context(), i))
		})
	}
	for _, status := range []int{2, 3, 4} {
		t.Run(fmt.Sprintf("RefusedWithStatus%dIsRefused", status), func(t *testing.T) {
			t.Parallel()
			b, i := setup(t, slow(10*time.Second)), item("wechat")
			b.far.Outcome(status)
			_, err := b.Publish(t.Context(), i)
			require.NoError(t, err, "WeChat takes it first")
			b.pass(time.Minute)
			for range 2 {
				seen, err := b.ReadBack(t.Context(), i)
				require.ErrorIs(t, err, channel.ErrRefused)
				require.ErrorContains(t, err, fmt.Sprintf("publish_status %d", status))
				require.False(t, seen.There)
			}
			require.Equal(t, 1, b.far.Calls("freepublish/get"))
			_, err = b.Publish(t.Context(), i)
			require.ErrorIs(t, err, channel.ErrRefused)
		})
	}
	t.Run("WeChatIsAskedSeldom", func(t *testing.T) {
		t.Parallel()
		b, i := setup(t, slow(24*time.Hour)), item("wechat")
		_, err := b.Publish(t.Context(), i)
		require.NoError(t, err)
		for range 4 * 60 * 60 { // every second for four hours
			_, err := b.ReadBack(t.Context(), i)
			require.ErrorContains(t, err, "again at")
			b.pass(time.Second)
		}
		require.LessOrEqual(t, b.far.Calls("freepublish/get"), 8)
	})
}

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
