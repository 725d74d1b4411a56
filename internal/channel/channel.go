// Package channel is where disclosures become public. Every channel can publish,
// read back what is online, and withdraw, each safe to do twice under one key.
package channel

import (
	"context"
	"errors"
	"time"

	"shenfa/internal/disclosure"
)

// Item is one approved version on its way out. Key is the idempotency key of the
// effect. Body is the HTML that was approved, byte for byte.
type Item struct {
	Key         string
	Number      string
	Manifest    disclosure.Manifest
	Hash        disclosure.Hash
	Body        []byte
	Attachments []Attachment
	At          time.Time
	Replaces    []string    // keys under which earlier editions of the number went to this channel: they make room
	Withdrawal  *Withdrawal // why it is taken off; only for Withdraw
}

// Attachment is an approved file of the item. Open reads and compares it with the
// manifest.
type Attachment struct {
	disclosure.Named
	Open func(ctx context.Context) ([]byte, error)
}

// Withdrawal is what the public may know of why an item was taken off. Type is a code.
type Withdrawal struct {
	Type   string
	Reason string
	At     time.Time
}

// Receipt is a channel's answer.
type Receipt struct {
	URL string
}

// Observed is what is online now.
type Observed struct {
	There      bool
	BodySHA256 string
	URL        string
}

// Equals says whether what is online is what was approved.
func (o Observed) Equals(m disclosure.Manifest) bool { return o.There && o.BodySHA256 == m.Body.SHA256 }

// Channel is one place where a disclosure can be public.
type Channel interface {
	Name() string
	// Publish makes the item public, or returns ErrUnknown if it may have, and
	// ErrRefused if it surely did not and never will. Any other error means it
	// surely did not and may be tried again.
	Publish(ctx context.Context, item Item) (Receipt, error)
	// ReadBack looks at what is online. ErrRefused means that the channel took the item and
	// refused it afterwards; any other error, that nobody can tell.
	ReadBack(ctx context.Context, item Item) (Observed, error)
	// Withdraw takes the item off and says why, where the channel can. Taking off what is
	// not there is no error.
	Withdraw(ctx context.Context, item Item) error
	// Ready says whether the channel could publish now, without any effect.
	Ready(ctx context.Context) error
}

var (
	// ErrUnknown says that the request may have been carried out.
	ErrUnknown = errors.New("the channel may or may not have published")
	// ErrRefused says that the channel will not publish this.
	ErrRefused = errors.New("the channel refused")
)
