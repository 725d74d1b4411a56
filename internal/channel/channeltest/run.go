package channeltest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/channel"
)

const (
	patience = 300 * time.Millisecond // for a far side that is silent
	promptly = 5 * time.Second        // on a slow machine
)

// Run holds the channel to the contract.
func Run(t *testing.T, s Subject) {
	run := func(name string, f func(t *testing.T, b *bundle)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			far := s.Open(t)
			item := Item(t, far.Channel.Name())
			f(t, &bundle{T: t, Subject: s, Far: far, item: item, next: Correction(t, item, far.Channel.Name())})
		})
	}
	run("PublishedTwiceIsThereOnceAndReadsBackEqual", publishedTwice)
	run("OtherBytesOnlineAreSeen", otherBytes)
	run("CorrectionTakesThePlaceOfTheEarlierEdition", corrected)
	run("WithdrawnTwiceIsGone", withdrawnTwice)
	run("CancelledReturnsPromptly", cancelled)
	if !s.Pulled {
		run("PublishedByEightAtOnceIsOneEffect", byEight)
		run("WithdrawalOfWhatIsNotThereIsNoError", withdrawnBefore)
		if !s.Bodies {
			run("UnreadableAttachmentPublishesNothing", unreadable)
		}
	}
	for _, f := range s.Faults {
		run("Fault/"+string(f), func(_ *testing.T, b *bundle) { b.faulty(f) })
	}
}

type bundle struct {
	*testing.T
	Subject
	Far
	item, next channel.Item
}

// publish makes the item public as this channel does it.
func (b *bundle) publish(item channel.Item) {
	b.Helper()
	if b.Pulled {
		b.Put(item, item.Body)
	}
	_, err := b.Channel.Publish(b.Context(), item)
	require.NoError(b, err)
}

// online says that the public finds item, whole and alone.
func (b *bundle) online(item channel.Item) bool {
	b.Helper()
	all := b.Online(item.Number)
	return len(all) == 1 && b.whole(item, all[0])
}

func (b *bundle) whole(item channel.Item, seen Seen) bool {
	b.Helper()
	if seen.Withdrawal != nil || !slices.Equal(seen.Body, item.Body) {
		return false
	}
	if b.Bodies {
		return true
	}
	if len(seen.Attachments) != len(item.Attachments) {
		return false
	}
	for _, a := range item.Attachments {
		want, err := a.Open(b.Context())
		require.NoError(b, err)
		if got, there := seen.Attachments[a.Name]; !there || !slices.Equal(got, want) {
			return false
		}
	}
	return true
}

func (b *bundle) readBack(item channel.Item) channel.Observed {
	b.Helper()
	seen, err := b.Channel.ReadBack(b.Context(), item)
	require.NoError(b, err)
	return seen
}

func publishedTwice(t *testing.T, b *bundle) {
	require.NoError(t, b.Channel.Ready(t.Context()))
	require.Empty(t, b.Online(b.item.Number), "being ready has no effect")
	seen := b.readBack(b.item)
	require.False(t, seen.There)
	require.False(t, seen.Equals(b.item.Manifest))

	b.publish(b.item)
	b.publish(b.item)
	require.True(t, b.online(b.item), "%v", b.Online(b.item.Number))
	require.Equal(t, 1, b.Effects())
	seen = b.readBack(b.item)
	require.True(t, seen.Equals(b.item.Manifest))
	require.NotEmpty(t, seen.URL)
	require.NoError(t, b.Channel.Ready(t.Context()))
}

func byEight(t *testing.T, b *bundle) {
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { _, errs[i] = b.Channel.Publish(t.Context(), b.item) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	require.True(t, b.online(b.item))
	require.Equal(t, 1, b.Effects())
}

func otherBytes(t *testing.T, b *bundle) {
	b.publish(b.item)
	b.Put(b.item, []byte("<p>别的正文</p>"))
	seen := b.readBack(b.item)
	require.True(t, seen.There)
	require.False(t, seen.Equals(b.item.Manifest))
}

func corrected(t *testing.T, b *bundle) {
	b.publish(b.item)
	b.publish(b.next)
	require.True(t, b.online(b.next), "%v", b.Online(b.item.Number))
	require.True(t, b.readBack(b.next).Equals(b.next.Manifest))
	require.False(t, b.readBack(b.item).Equals(b.item.Manifest), "the earlier edition is gone")
	require.Equal(t, 2, b.Effects())
}

func unreadable(t *testing.T, b *bundle) {
	b.item.Attachments[1] = channel.Attachment{
		Named: b.item.Attachments[1].Named,
		Open:  func(context.Context) ([]byte, error) { return nil, errors.New("bytes changed") },
	}
	_, err := b.Channel.Publish(t.Context(), b.item)
	require.Error(t, err)
	require.NotErrorIs(t, err, channel.ErrUnknown)
	require.NotErrorIs(t, err, channel.ErrRefused, "it may be read the next time")
	require.Empty(t, b.Online(b.item.Number))
	require.Zero(t, b.Effects())
}

func withdrawnTwice(t *testing.T, b *bundle) {
	b.publish(b.item)
	b.item.Withdrawal = &channel.Withdrawal{Type: "error", Reason: "附表有误 <1>", At: Now().Add(time.Hour)}
	require.NoError(t, b.Channel.Withdraw(t.Context(), b.item))
	require.NoError(t, b.Channel.Withdraw(t.Context(), b.item))
	if b.Pulled {
		require.True(t, b.readBack(b.item).There, "what is pulled is withdrawn by its predicate")
		return
	}
	require.False(t, b.readBack(b.item).There)
	all := b.Online(b.item.Number)
	if b.Silent {
		require.Empty(t, all)
		return
	}
	require.Len(t, all, 1)
	require.NotNil(t, all[0].Withdrawal)
	require.Equal(t, b.item.Withdrawal.Type, all[0].Withdrawal.Type)
	require.Equal(t, b.item.Withdrawal.Reason, all[0].Withdrawal.Reason)
	require.True(t, b.item.Withdrawal.At.Equal(all[0].Withdrawal.At))
	require.Empty(t, all[0].Body)
	require.Empty(t, all[0].Attachments)
}

func withdrawnBefore(t *testing.T, b *bundle) {
	require.NoError(t, b.Channel.Withdraw(t.Context(), b.item))
	require.Zero(t, b.Effects())
	require.False(t, b.readBack(b.item).There)
}

func cancelled(t *testing.T, b *bundle) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	began := time.Now()
	_, err := b.Channel.ReadBack(ctx, b.item)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, b.Channel.Ready(ctx), context.Canceled)
	if !b.Pulled {
		_, err = b.Channel.Publish(ctx, b.item)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, b.Channel.Withdraw(ctx, b.item), context.Canceled)
	}
	require.Less(t, time.Since(began), promptly)
	require.Empty(t, b.Online(b.item.Number))
}

// publishes is what a fault makes of a publication: surely not and never, perhaps, or
// surely not now.
func (f Fault) publishes() error {
	switch f {
	case Redirect, Revoked:
		return channel.ErrRefused
	case Full:
		return nil
	default:
		return channel.ErrUnknown
	}
}

// faulty corrects an item while the far side fails, and again when it is mended.
func (b *bundle) faulty(f Fault) {
	b.publish(b.item)
	b.Fail(f)
	began := time.Now()

	ctx, cancel := b.waits(f)
	ready := b.Channel.Ready(ctx)
	cancel()
	require.Error(b, ready)
	if f == Revoked {
		require.ErrorIs(b, ready, channel.ErrRefused)
	}
	ctx, cancel = b.waits(f)
	seen, err := b.Channel.ReadBack(ctx, b.item)
	cancel()
	switch f {
	case Full: // what is there can be read
		require.NoError(b, err)
		require.True(b, seen.Equals(b.item.Manifest))
	case Silence:
		require.ErrorIs(b, err, context.DeadlineExceeded)
	default:
		require.True(b, err != nil || !seen.Equals(b.item.Manifest), "nobody has seen it")
		require.True(b, err != nil || seen.There, "nobody knows that it is not there")
	}
	if !b.Pulled {
		b.correctFaulty(f)
	}
	require.Less(b, time.Since(began), promptly)
	require.False(b, b.Led != nil && b.Led())
	if b.Pulled {
		return
	}

	b.Fail(None)
	if !b.readBack(b.next).Equals(b.next.Manifest) {
		b.publish(b.next)
	}
	require.True(b, b.online(b.next))
	require.Equal(b, 2, b.Effects(), "once each")
	b.Fail(f)
	require.Error(b, b.Channel.Withdraw(ctx, b.next))
	b.Fail(None)
	require.NoError(b, b.Channel.Withdraw(b.Context(), b.next))
	require.False(b, b.readBack(b.next).There)
}

// waits is how long one call waits for the far side.
func (b *bundle) waits(f Fault) (context.Context, context.CancelFunc) {
	if f == Silence {
		return context.WithTimeout(b.Context(), patience)
	}
	return context.WithTimeout(b.Context(), promptly)
}

func (b *bundle) correctFaulty(f Fault) {
	b.Helper()
	ctx, cancel := b.waits(f)
	defer cancel()
	_, err := b.Channel.Publish(ctx, b.next)
	require.Error(b, err)
	for _, class := range []error{channel.ErrUnknown, channel.ErrRefused} {
		require.Equal(b, f.publishes() == class, errors.Is(err, class), "%v: %v", class, err)
	}
	all := b.Online(b.item.Number)
	require.Len(b, all, 1)
	after := b.whole(b.next, all[0])
	require.True(b, after || b.whole(b.item, all[0]), "half of it shows")
	require.False(b, after && f.publishes() != channel.ErrUnknown, "it surely did not")
}
