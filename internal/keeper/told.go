package keeper

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"shenfa/internal/notice"
	"shenfa/internal/store"
)

// Post sends notices by mail.
type Post struct {
	Rules *notice.Rules
	Send  func(ctx context.Context, l notice.Letter) error
	Site  string // where the console is, as people write it; empty: letters hold no links
	Zone  *time.Location
}

const (
	remindEvery = 20 * time.Second
	remindBatch = 200
	// recountEvery is how soon deadlines follow a calendar that was confirmed.
	recountEvery = 5 * time.Second
	postEvery    = 5 * time.Second
	// strandEvery is how soon it is known that nobody is left to decide.
	strandEvery = 10 * time.Second
)

// again is how long the mailing of notices waits after each failure; after the last it is
// given up.
var again = [...]time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour}

// remind climbs the ladders of what is due. The database is its truth, so a pause of days
// costs no rung and repeats none.
func (k *Keeper) remind(ctx context.Context) error {
	for {
		n, err := k.Store.Remind(ctx, k.Calendar.Get(), remindBatch)
		if err != nil || n < remindBatch {
			return err
		}
	}
}

// recount has the deadlines follow the calendar in force.
func (k *Keeper) recount(ctx context.Context) error {
	for {
		n, err := k.Store.Recount(ctx, k.Calendar.Own(), remindBatch)
		if err != nil || n < remindBatch {
			return err
		}
	}
}

// reevaluate asks for a look again at what was kept from the public.
func (k *Keeper) reevaluate(ctx context.Context) error {
	for {
		n, err := k.Store.OpenReevaluations(ctx, k.Calendar.Get(), remindBatch)
		if err != nil || n < remindBatch {
			return err
		}
	}
}

// strand finds what waits for nobody.
func (k *Keeper) strand(ctx context.Context) error {
	for {
		n, err := k.Store.Strand(ctx, remindBatch)
		if err != nil || n < remindBatch {
			return err
		}
	}
}

// post mails what waits, one letter a person.
func (k *Keeper) post(ctx context.Context) error {
	for {
		p, ok, err := k.Store.ClaimPost(ctx)
		if err != nil || !ok {
			return err
		}
		if err := k.mail(ctx, p); err != nil {
			return err
		}
	}
}

// mail sends one person what may leave now, and puts off the rest.
func (k *Keeper) mail(ctx context.Context, p store.Post) error {
	var facts []notice.Fact
	var ids []int64
	for _, f := range p.Facts {
		info, _ := k.Post.Rules.Info(f.Kind)
		if at := p.Settings.Leaves(info.Urgent, f.At, p.Now, k.Post.Zone); at.After(p.Now) {
			if err := k.Store.PostLater(ctx, []int64{f.ID}, at, false); err != nil {
				return err
			}
			continue
		}
		f.Link = "/console/notices"
		if f.Item != "" {
			f.Link = "/console/items/" + f.Item
		}
		facts, ids = append(facts, f.Fact), append(ids, f.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	subject, lines, err := k.Post.Rules.Write(p.Settings.Language, k.Post.Site, facts, k.Post.Zone)
	if err != nil {
		return err
	}
	err = k.Post.Send(ctx, notice.Letter{To: p.Settings.Email, ID: letterID(ids), Subject: subject, Lines: lines})
	if err == nil {
		return k.Store.Posted(ctx, ids)
	}
	if ctx.Err() != nil {
		return err // sent again when the claim is over
	}
	tries, lookErr := k.Store.PostTries(ctx, ids)
	if lookErr != nil {
		return lookErr
	}
	if errors.Is(err, notice.ErrRefused) || tries >= len(again) {
		k.Log.WarnContext(ctx, "mail given up", slog.String("person", p.Person), slog.Int("tries", tries+1))
		return k.Store.PostLost(ctx, p.Person, ids)
	}
	return k.Store.PostLater(ctx, ids, p.Now.Add(again[tries]), true)
}

// letterID is the same for the same notices: a letter that is sent twice is one.
func letterID(ids []int64) string {
	sum := sha256.Sum256(fmt.Append(nil, ids))
	return hex.EncodeToString(sum[:12])
}
