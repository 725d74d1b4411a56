// Package channeltest is the contract of channel.Channel as a test that every channel
// passes. A channel's own test opens it against a far side of the test and calls Run.
package channeltest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/channel"
	"shenfa/internal/disclosure"
)

// Fault is a way in which a far side fails.
type Fault string

const (
	None        Fault = ""
	Silence     Fault = "silence"      // no answer, for as long as one waits
	ServerError Fault = "server error" // it says that it failed, and not whether before or after
	WrongAnswer Fault = "wrong answer" // success, in words that are none of its own
	HugeAnswer  Fault = "huge answer"  // hundreds of MiB that mean nothing
	Redirect    Fault = "redirect"     // to somewhere else
	Revoked     Fault = "revoked"      // it no longer knows us
	Broken      Fault = "broken"       // it breaks in the middle, with half of the item
	Gone        Fault = "gone"         // it does all, and the answer is lost
	Full        Fault = "full"         // no room, or no leave to write
)

// Seen is one item as the public finds it at the far side.
type Seen struct {
	Body        []byte
	Attachments map[string][]byte   // by public name; nil of a channel that has none
	Withdrawal  *channel.Withdrawal // in place of the body
}

// Far is one channel with its far side.
type Far struct {
	Channel channel.Channel
	// Online is everything that the public finds under a number, withdrawals that say why
	// included.
	Online func(number string) []Seen
	// Effects counts how often something became public.
	Effects func() int
	// Fail injects a fault; None mends it.
	Fail func(Fault)
	// Put makes an item public as nobody approved it: with these bytes as body.
	Put func(item channel.Item, body []byte)
	// Led says whether the channel followed a redirect. Nil if there can be none.
	Led func() bool
}

// Subject is a channel under test.
type Subject struct {
	// Pulled says that the channel sends nothing: what Put puts there is there.
	Pulled bool
	// Bodies says that the channel has no attachments of its own.
	Bodies bool
	// Silent says that the far side cannot tell why an item was withdrawn.
	Silent bool
	Faults []Fault
	Open   func(t *testing.T) Far
}

// Now is the release instant of the items.
func Now() time.Time { return time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC) }

// Item is the first edition of an invented disclosure, with two attachments.
func Item(t testing.TB, name string) channel.Item {
	return edition(t, channel.Item{Key: "6f1c7d1e-0000-4000-8000-000000000001/1/" + name, Number: "TB-2026-0001"}, "<p>正文 &amp; 附件</p>")
}

// Correction is the second edition, in place of item.
func Correction(t testing.TB, item channel.Item, name string) channel.Item {
	return edition(t, channel.Item{
		Key: "6f1c7d1e-0000-4000-8000-000000000002/1/" + name, Number: item.Number, Replaces: []string{item.Key},
		Manifest: disclosure.Manifest{Edition: 2, Correction: "更正一处日期。"},
	}, "<p>更正后的正文</p>")
}

func edition(t testing.TB, item channel.Item, body string) channel.Item {
	t.Helper()
	m := &item.Manifest
	m.Disclosure, _, _ = strings.Cut(item.Key, "/")
	m.Salt, m.Number, m.Version, m.Unit, m.Attribute = "00112233445566778899aabbccddeeff", item.Number, 1, "临江市测试局", disclosure.Proactive
	m.Metadata = disclosure.Metadata{Title: "关于<测试>的公告", Kind: "notice", FormedOn: "2026-02-27", Summary: "试一试"}
	m.Channels = []string{channel.PortalName}
	item.At, item.Body = Now(), []byte(body)
	m.Body = disclosure.Sum("text/html; charset=utf-8", item.Body)
	item.Attachments = []channel.Attachment{
		Attachment("附件1.pdf", []byte{0, 1, 2, 0xff, '\r', '\n'}, nil),
		Attachment("附件2.txt", []byte{}, nil),
	}
	return Sealed(t, item)
}

// Sealed is item with a manifest that names its attachments, and the hash of it.
func Sealed(t testing.TB, item channel.Item) channel.Item {
	t.Helper()
	item.Manifest.Attachments = nil
	for _, a := range item.Attachments {
		item.Manifest.Attachments = append(item.Manifest.Attachments, a.Named)
	}
	var err error
	item.Hash, err = item.Manifest.Hash()
	require.NoError(t, err)
	return item
}

// Attachment is a file that opens as data, or not at all.
func Attachment(name string, data []byte, err error) channel.Attachment {
	return channel.Attachment{
		Named: disclosure.Named{Name: name, Content: disclosure.Sum("application/octet-stream", data)},
		Open:  func(context.Context) ([]byte, error) { return data, err },
	}
}
