package wechat

import (
	"context"
	"errors"
	"strings"
	"time"
)

const (
	pageSize = 20 // the most that WeChat gives
	maxPages = 10
	// slack is how far WeChat's clock may be from ours.
	slack = 10 * time.Minute
)

// entry is one draft or one article of the account.
type entry struct {
	MediaID   string `json:"media_id"`
	ArticleID string `json:"article_id"`
	Updated   int64  `json:"update_time"` // Unix seconds
	Content   struct {
		Items []shown `json:"news_item"`
	} `json:"content"`
}

func (e entry) first() shown {
	if len(e.Content.Items) == 0 {
		return shown{}
	}
	return e.Content.Items[0]
}

// errMany says that the account holds more than may be looked through.
var errMany = errors.New("the account holds too many articles to tell whether one of them is ours")

// list hands drafts or articles to each, newest first, down to those older than since.
func (c *Channel) list(ctx context.Context, api string, since time.Time, each func(entry)) error {
	for page := range maxPages {
		var out struct {
			Total *int    `json:"total_count"`
			Items []entry `json:"item"`
		}
		if err := c.call(ctx, api, map[string]int{"offset": page * pageSize, "count": pageSize, "no_content": 1}, &out); err != nil {
			return err
		}
		if out.Total == nil {
			return &unclear{api, errShape}
		}
		for _, e := range out.Items {
			if time.Unix(e.Updated, 0).Before(since.Add(-slack)) {
				return nil
			}
			each(e)
		}
		if len(out.Items) == 0 || page*pageSize+len(out.Items) >= *out.Total {
			return nil
		}
	}
	return errMany
}

// published finds the articles that bear the mark, oldest first.
func (c *Channel) published(ctx context.Context, mark string, since time.Time) ([]entry, error) {
	var found []entry
	err := c.list(ctx, apiList, since, func(e entry) {
		if s := e.first(); markOf(s.Source) == mark && !s.Deleted {
			found = append([]entry{e}, found...)
		}
	})
	if len(found) > 0 {
		return found, nil
	}
	return nil, err
}

// drafts finds the drafts that bear the mark.
func (c *Channel) drafts(ctx context.Context, mark string, since time.Time) (ids []string, err error) {
	err = c.list(ctx, apiDraftList, since, func(e entry) {
		if markOf(e.first().Source) == mark {
			ids = append(ids, e.MediaID)
		}
	})
	return ids, err
}

// adopt takes up an article that is public already.
func (c *Channel) adopt(ctx context.Context, h *held, since time.Time) (bool, error) {
	found, err := c.published(ctx, h.mark, since)
	if err != nil || len(found) == 0 {
		return false, err
	}
	h.appear(found[0].ArticleID, found[0].first().URL)
	return true, h.save(ctx)
}

func (h *held) appear(article, address string) {
	h.to(public)
	h.ArticleID, h.URL, h.Looks = article, address, 0
	h.rest()
}

// tidy looks for drafts that we may have made and do not know of, and deletes them; but
// for one, if it is as it should be.
func (c *Channel) tidy(ctx context.Context, h *held, same bool) error {
	ids, err := c.drafts(ctx, h.mark, h.Since)
	if err != nil {
		return err
	}
	keep := ""
	if same && len(ids) > 0 {
		keep, ids = ids[0], ids[1:]
	}
	for _, id := range ids {
		if err := c.discard(ctx, id); err != nil {
			return err
		}
	}
	h.to(nothing)
	if keep != "" {
		h.to(staged)
	}
	h.MediaID = keep
	return h.save(ctx)
}

// discard deletes a draft; one that is not there is deleted.
func (c *Channel) discard(ctx context.Context, media string) error {
	err := c.call(ctx, apiDraftDel, map[string]string{"media_id": media}, nil)
	if codeOf(err) == noMedia {
		return nil
	}
	return err
}

// unstage deletes what there is of a draft.
func (c *Channel) unstage(ctx context.Context, h *held, after step) error {
	if h.Step == adding {
		if err := c.tidy(ctx, h, false); err != nil {
			return err
		}
	} else if err := c.discard(ctx, h.MediaID); err != nil {
		return err
	}
	h.to(after)
	h.MediaID, h.Print = "", ""
	return h.save(ctx)
}

// settle finds out what became of a submission without an answer. It returns nil when that
// is known: the item is public, or it is staged still and may be submitted again.
func (c *Channel) settle(ctx context.Context, h *held, urgent bool) error {
	if !h.due(urgent) {
		return &waiting{"it may have been submitted", h.Next}
	}
	h.rest()
	if h.Asked.Before(h.Doubt) && h.Next.After(h.Doubt) {
		h.Next = h.Doubt
	}
	found, err := c.adopt(ctx, h, h.Since)
	if err != nil {
		return errors.Join(err, h.save(ctx))
	}
	if found {
		return nil
	}
	if !h.Asked.Before(h.Doubt) {
		// The draft leaves the box when it is published.
		ids, err := c.drafts(ctx, h.mark, time.Time{})
		if err != nil {
			return err
		}
		if len(ids) > 0 {
			h.to(staged)
			h.MediaID = ids[0]
			return h.save(ctx)
		}
	}
	if err := h.save(ctx); err != nil {
		return err
	}
	return &waiting{"it may have been submitted", h.Next}
}

// waiting says that nobody can tell yet.
type waiting struct {
	what string
	next time.Time
}

func (w *waiting) Error() string {
	return w.what + "; to be asked about again at " + w.next.UTC().Format(time.RFC3339)
}

const (
	sweepKey   = "sweep"
	sweepEvery = time.Hour
	// staleDraft is how long a draft waits for an item that was held; orphanDraft how long
	// one of ours that no record knows.
	staleDraft  = 7 * 24 * time.Hour
	orphanDraft = time.Hour
)

// sweep deletes, once an hour, drafts of ours that will not be published: of items that
// were withdrawn, or made twice in a crash.
func (c *Channel) sweep(ctx context.Context) error {
	now, mine := c.config.Now(), false
	err := amend(ctx, c.config.Memory, sweepKey, func(last *time.Time) (bool, error) {
		mine = now.Sub(*last) >= sweepEvery
		*last = now
		return mine, nil
	})
	if err != nil || !mine {
		return err
	}
	var ours []entry
	err = c.list(ctx, apiDraftList, time.Time{}, func(e entry) {
		if s := e.first().Source; strings.HasPrefix(s, c.config.Portal+"/items/") && markOf(s) != "" {
			ours = append(ours, e)
		}
	})
	if err != nil && !errors.Is(err, errMany) {
		return err
	}
	for _, e := range ours {
		known, _, err := recall[record](ctx, c.config.Memory, recordKey(markOf(e.first().Source)))
		if err != nil {
			return err
		}
		age, most := now.Sub(time.Unix(e.Updated, 0)), orphanDraft
		if known.MediaID == e.MediaID || known.Step == adding || known.Step == submitting {
			most = staleDraft
		}
		if age > most {
			if err := c.discard(ctx, e.MediaID); err != nil {
				return err
			}
		}
	}
	return nil
}
