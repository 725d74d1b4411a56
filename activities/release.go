package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"shenfa/internal/channel"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// Causes for which an item is not released, as the database and the API name them.
const (
	CauseBytes     = "bytes_changed"     // stored bytes are not the approved ones
	CauseRules     = "rules_find_more"   // the rules in force now find what was not disposed of
	CauseMark      = "quarantined"       // the rules in force now find a state-secret mark
	CauseClock     = "clocks_apart"      // database and process clock differ by more than a second
	CauseZone      = "zone_rules_moved"  // the wall time no longer means the approved instant
	CauseChannel   = "channel_not_ready" // a channel does not answer
	CauseLedger    = "ledger_behind"     // the approvals are not under a signed checkpoint
	CauseWindow    = "window_over"       // the last approved instant has passed
	CauseMissed    = "missed"            // nobody was there at the instant
	CauseFrozen    = "frozen"
	CauseBlackout  = disclosure.CauseBlackout
	CauseExpired   = disclosure.CauseExpired
	CauseBatch     = "batch"             // not all that belong together are in force
	CauseCompanion = "companion"         // what it explains is not out before it
	CauseAlone     = "companion_lacking" // it asks for an interpretation that is not approved in time
	CauseNotOnline = "not_online"        // the read-back does not show what was approved
	CauseRefused   = "refused"           // a channel refused for good
	CauseUnknown   = "unknown_sent"      // a channel may or may not have it, and cannot tell
)

// maxClockSkew is how far database and process clock may be apart before arming.
const maxClockSkew = time.Second

// PrepareInput is an approved case about to be armed.
type PrepareInput struct {
	Case disclosure.Case
}

// Prepared says whether the item may be armed, and if not, why.
type Prepared struct {
	Ready      bool
	Cause      string
	Quarantine bool // the rules in force now found a state-secret mark, and nothing is left of the item
}

// Prepare does everything of a release but the effect: re-hashes the stored bytes,
// checks them on the rules in force at the release, sees the approvals under a signed
// checkpoint, compares clocks and asks the channels. It fails only where trying
// again may help.
func (a *Activities) Prepare(ctx context.Context, in PrepareInput) (Prepared, error) {
	defer alive(ctx)()
	c := in.Case
	for _, look := range []func(context.Context, disclosure.Case) (cause string, err error){
		a.sameClock, a.keepsPlan, a.stillClean, a.sameBytes, a.companions, a.channelsReady,
	} {
		cause, err := look(ctx, c)
		if err != nil {
			return Prepared{}, err
		}
		if cause != "" {
			return Prepared{Cause: cause, Quarantine: cause == CauseMark}, nil
		}
	}
	return Prepared{Ready: true}, a.awaitLedger(ctx, c.ID)
}

// awaitLedger waits for the sequencer, which needs less than a second.
func (a *Activities) awaitLedger(ctx context.Context, id string) error {
	for range 30 {
		sealed, err := a.Store.Sealed(ctx, id)
		if err != nil || sealed {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return errors.New(CauseLedger)
}

func (a *Activities) sameClock(ctx context.Context, _ disclosure.Case) (string, error) {
	before := a.Now()
	db, err := a.Store.Now(ctx)
	if err != nil {
		return "", fmt.Errorf("database clock: %w", err)
	}
	// The answer was made between the two readings of ours.
	if db.Before(before.Add(-maxClockSkew)) || db.After(a.Now().Add(maxClockSkew)) {
		return CauseClock, nil
	}
	return "", nil
}

func (a *Activities) sameBytes(ctx context.Context, c disclosure.Case) (string, error) {
	v, err := a.Store.Version(ctx, c.ID, c.Version)
	if err != nil {
		return "", fmt.Errorf("version: %w", err)
	}
	if v.Hash != c.Manifest || disclosure.HashOf(v.Canonical) != c.Manifest || len(v.Draft.Attachments) != len(v.Manifest.Attachments) {
		return CauseBytes, nil
	}
	if _, _, err := v.Manifest.Release.Window(); err != nil {
		return CauseZone, nil
	}
	want := []disclosure.Content{v.Manifest.Body, v.Manifest.Source}
	files := []*disclosure.File{v.Draft.Body, v.Draft.Source}
	for i := range v.Manifest.Attachments {
		want = append(want, v.Manifest.Attachments[i].Content)
		files = append(files, &v.Draft.Attachments[i])
	}
	for i, f := range files {
		data, err := a.Store.Blob(ctx, c.ID, f.Blob)
		if disclosure.CodeOf(err) == disclosure.NotFound {
			return CauseBytes, nil
		}
		if err != nil {
			return "", err
		}
		if disclosure.Sum(want[i].Type, data) != want[i] {
			return CauseBytes, nil
		}
	}
	return "", nil
}

func (a *Activities) stillClean(ctx context.Context, c disclosure.Case) (string, error) {
	res, err := a.Check(ctx, CheckInput{ID: c.ID, Version: c.Version, At: c.ReleaseAt})
	if err != nil {
		return "", err
	}
	if res.Quarantine {
		return CauseMark, nil
	}
	if res.Open > 0 {
		return CauseRules, nil
	}
	return "", nil
}

func (a *Activities) channelsReady(ctx context.Context, c disclosure.Case) (string, error) {
	for _, name := range c.Channels {
		ch, err := a.channel(name)
		if err != nil {
			return CauseChannel, nil
		}
		// A channel that is down now may be up at the instant: the effect is tried
		// and read back then. It is told here so that somebody can mend it.
		if err := ch.Ready(ctx); err != nil {
			activity.GetLogger(ctx).Warn("channel is not ready", "channel", name)
		}
	}
	return "", nil
}

// JudgeInput names one generation of a grant.
type JudgeInput struct {
	ID         string
	Generation int
}

// Judgement is what the database clock says about it.
type Judgement struct {
	Verdict store.Verdict
	Wait    time.Duration
}

// Judge asks the database whether the instant has come and the item may be public.
func (a *Activities) Judge(ctx context.Context, in JudgeInput) (Judgement, error) {
	v, wait, err := a.Store.Judge(ctx, in.ID, in.Generation)
	return Judgement{Verdict: v, Wait: wait}, err
}

// ConfirmInput is a case whose instant has come.
type ConfirmInput struct {
	Case disclosure.Case
}

// Confirmation is the state of all channels. Neither Done nor Failed: still going.
type Confirmation struct {
	Done   bool
	Failed bool
	Cause  string
}

// Confirm reads back from every channel what is online and compares it with the
// manifest.
func (a *Activities) Confirm(ctx context.Context, in ConfirmInput) (Confirmation, error) {
	defer alive(ctx)()
	effects, err := a.Store.Effects(ctx, in.Case.ID, in.Case.Version)
	if err != nil {
		return Confirmation{}, err
	}
	out := Confirmation{Done: true}
	for _, e := range effects {
		switch e.State {
		case "confirmed", "recalled":
			continue
		case "failed":
			out.Failed, out.Cause = true, e.Cause
			continue
		case "pending", "sending":
			if e.Channel != channel.PortalName {
				out.Done = false
				continue
			}
		}
		item, ch, err := a.item(ctx, e)
		if err != nil {
			return Confirmation{}, err
		}
		seen, err := ch.ReadBack(ctx, item)
		wrong := ""
		switch {
		case errors.Is(err, channel.ErrRefused): // taken first, and refused then
			wrong = CauseRefused
		case err == nil && seen.There && !seen.Equals(item.Manifest) && e.Channel != channel.PortalName:
			wrong = CauseNotOnline // other bytes than we sent: waiting mends nothing
		}
		if wrong != "" {
			out.Failed, out.Cause = true, wrong
			if err := a.Store.Sent(ctx, store.Outcome{Key: e.Key, State: "failed", URL: seen.URL, Cause: wrong}); err != nil {
				return Confirmation{}, err
			}
			continue
		}
		if err != nil || !seen.Equals(item.Manifest) {
			out.Done, out.Cause = false, CauseNotOnline
			continue
		}
		if err := a.Store.Confirmed(ctx, e.Key, seen.URL); err != nil {
			return Confirmation{}, err
		}
	}
	out.Done = out.Done && !out.Failed
	return out, nil
}

func (a *Activities) item(ctx context.Context, e store.Effect) (channel.Item, channel.Channel, error) {
	ch, err := a.channel(e.Channel)
	if err != nil {
		return channel.Item{}, nil, err
	}
	v, err := a.Store.Version(ctx, e.ID, e.Version)
	if err != nil {
		return channel.Item{}, nil, fmt.Errorf("version: %w", err)
	}
	body, err := a.Store.Blob(ctx, e.ID, v.Draft.Body.Blob)
	if err != nil {
		return channel.Item{}, nil, fmt.Errorf("body: %w", err)
	}
	if disclosure.Sum(v.Manifest.Body.Type, body) != v.Manifest.Body || len(v.Draft.Attachments) != len(v.Manifest.Attachments) {
		return channel.Item{}, nil, errors.New(CauseBytes)
	}
	item := channel.Item{
		Key: e.Key, Number: v.Manifest.Number, Manifest: v.Manifest, Hash: v.Hash, Body: body, At: e.DueAt,
		Attachments: a.attachments(e, v),
	}
	if v.Manifest.Edition > 1 {
		if item.Replaces, err = a.Store.EarlierEffects(ctx, e); err != nil {
			return channel.Item{}, nil, err
		}
	}
	return item, ch, nil
}

// attachments are read when a channel asks for them.
func (a *Activities) attachments(e store.Effect, v store.Frozen) []channel.Attachment {
	out := make([]channel.Attachment, len(v.Manifest.Attachments))
	for i, named := range v.Manifest.Attachments {
		blob := v.Draft.Attachments[i].Blob
		out[i] = channel.Attachment{Named: named, Open: func(ctx context.Context) ([]byte, error) {
			data, err := a.Store.Blob(ctx, e.ID, blob)
			if err != nil {
				return nil, fmt.Errorf("attachment: %w", err)
			}
			if disclosure.Sum(named.Type, data) != named.Content {
				return nil, errors.New(CauseBytes)
			}
			return data, nil
		}}
	}
	return out
}

// withdrawal is what a channel may tell its readers: of a recall, nothing.
func (a *Activities) withdrawal(ctx context.Context, id string) (*channel.Withdrawal, error) {
	w, err := a.Store.Withdrawal(ctx, id)
	if err != nil || w == nil || w.Trail == disclosure.TrailGone {
		return nil, err
	}
	return &channel.Withdrawal{Type: w.Type, Reason: w.Reason, At: w.At}, nil
}
