package wechat_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"strings"
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
