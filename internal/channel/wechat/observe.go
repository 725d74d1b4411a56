package wechat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"shenfa/internal/channel"
)

// ReadBack says what WeChat shows. It asks seldom: before it is time to, its error says
// when. An item that WeChat took and then refused is not there, and the error is
// channel.ErrRefused.
func (c *Channel) ReadBack(ctx context.Context, item channel.Item) (channel.Observed, error) {
	var seen channel.Observed
	err := c.hold(ctx, mark(item.Key), func(h *held) (err error) {
		seen, err = c.readBack(ctx, h, item)
		return err
	})
	if err != nil || !seen.There {
		return seen, err
	}
	// There is no article in place of another: the new one comes first, then the earlier goes.
	for _, key := range item.Replaces {
		if err := c.withdraw(ctx, key, time.Time{}); err != nil {
			return seen, fmt.Errorf("an earlier edition is still there: %w", err)
		}
	}
	return seen, nil
}

func (c *Channel) readBack(ctx context.Context, h *held, item channel.Item) (channel.Observed, error) {
	switch h.Step {
	case nothing, adding, staged:
		// As far as we know; but memory may be older than the truth, and people publish by hand.
		if found, err := c.adopt(ctx, h, item.At); err != nil || !found {
			return channel.Observed{}, err
		}
	case submitting, submitted:
		if err := c.look(ctx, h, false); err != nil {
			return channel.Observed{}, err
		}
	}
	switch h.Step {
	case public:
		return c.compare(ctx, h, item)
	case withdrawn:
		if h.ArticleID != "" {
			return c.compare(ctx, h, item)
		}
	case failed:
		return channel.Observed{}, fmt.Errorf("%w: publish_status %d: %s", channel.ErrRefused, h.Status, statuses[h.Status])
	}
	return channel.Observed{}, nil
}

// statuses are the values of publish_status (page “发布状态轮询接口”).
var statuses = map[int]string{
	statusPublic: "成功", statusWorking: "发布中", 2: "原创失败", 3: "常规失败", 4: "平台审核不通过",
	statusDeleted: "成功后用户删除所有文章", statusBanned: "成功后系统封禁所有文章",
}

const (
	statusPublic  = 0
	statusWorking = 1
	statusDeleted = 5
	statusBanned  = 6
)

// outcome is what WeChat says of a submission.
type outcome struct {
	Status  *int   `json:"publish_status"`
	Article string `json:"article_id"`
	Detail  struct {
		Items []struct {
			URL string `json:"article_url"`
		} `json:"item"`
	} `json:"article_detail"`
}

// look finds out what became of a submission, if it is time to: a callback came, or the
// pause is over. It returns nil when that is known.
func (c *Channel) look(ctx context.Context, h *held, urgent bool) error {
	if h.Step == submitting {
		return c.settle(ctx, h, urgent)
	}
	hint, _, err := recall[finish](ctx, c.config.Memory, finishKey(h.PublishID))
	if err != nil {
		return err
	}
	hinted := hint.At.After(h.Hint)
	if !hinted && !h.due(urgent) {
		return &waiting{"WeChat is publishing it", h.Next}
	}
	if hinted {
		h.Hint = hint.At
	}
	if hinted && hint.Status == statusPublic && hint.Article != "" {
		// Whoever sent the callback: the article itself says whose it is.
		art, err := c.article(ctx, hint.Article)
		if err == nil && markOf(art.Source) == h.mark {
			h.appear(hint.Article, art.URL)
			h.seen = art
			return h.save(ctx)
		}
	}
	reserve := 0
	if !hinted && !urgent && h.Looks < 2 {
		reserve = c.quotas[apiStatus] / 2 // early questions only while there are many left
	}
	return c.ask(ctx, h, reserve)
}

// ask asks for the status of a submission and takes it over.
func (c *Channel) ask(ctx context.Context, h *held, reserve int) error {
	h.rest()
	var out outcome
	err := c.reserved(ctx, apiStatus, reserve, map[string]string{"publish_id": h.PublishID}, &out)
	if none := (*spent)(nil); errors.As(err, &none) && reserve > 0 {
		return errors.Join(&waiting{"WeChat is publishing it", h.Next}, h.save(ctx))
	}
	if err == nil && (out.Status == nil || statuses[*out.Status] == "") {
		err = &unclear{apiStatus, errShape}
	}
	if err != nil {
		return errors.Join(err, h.save(ctx))
	}
	switch *out.Status {
	case statusPublic:
		if h.Step != public {
			address := ""
			if len(out.Detail.Items) > 0 {
				address = out.Detail.Items[0].URL
			}
			h.appear(out.Article, address)
		}
	case statusWorking:
		return errors.Join(&waiting{"WeChat is publishing it", h.Next}, h.save(ctx))
	case statusDeleted, statusBanned:
		h.to(public)
		h.Status = *out.Status
	default:
		h.to(failed)
		h.Status = *out.Status
	}
	return h.save(ctx)
}

// compare reads the article and holds it against the item.
func (c *Channel) compare(ctx context.Context, h *held, item channel.Item) (channel.Observed, error) {
	if err := c.stillStands(ctx, h); err != nil {
		return channel.Observed{}, err
	}
	if h.Status != statusPublic {
		return channel.Observed{URL: h.URL}, nil
	}
	art := h.seen
	if art == nil {
		var err error
		art, err = c.article(ctx, h.ArticleID)
		if codeOf(err) == noArticle {
			return channel.Observed{URL: h.URL}, nil
		}
		if err != nil {
			return channel.Observed{}, err
		}
	}
	if art.Deleted {
		return channel.Observed{URL: h.URL}, nil
	}
	if art.URL != "" {
		h.URL = art.URL
	}
	want, err := c.compose(ctx, item)
	if err != nil {
		return channel.Observed{}, err
	}
	got := channel.Observed{There: true, URL: h.URL, BodySHA256: gist(art.Title, art.Content)}
	if got.BodySHA256 == gist(want.title, want.content()) && markOf(art.Source) == h.mark {
		got.BodySHA256 = item.Manifest.Body.SHA256
	}
	return got, nil
}

// stillStands asks now and then whether the platform or the account's people removed the
// article, and at once after a callback.
func (c *Channel) stillStands(ctx context.Context, h *held) error {
	if h.Step != public || h.PublishID == "" || h.Status != statusPublic || h.seen != nil {
		return nil
	}
	hint, _, err := recall[finish](ctx, c.config.Memory, finishKey(h.PublishID))
	if err != nil {
		return err
	}
	hinted := hint.At.After(h.Hint)
	if !hinted && c.config.Now().Before(h.Next) {
		return nil
	}
	if hinted {
		h.Hint = hint.At
	}
	err = c.ask(ctx, h, c.quotas[apiStatus]*3/10)
	if w := (*waiting)(nil); errors.As(err, &w) {
		return nil // the article itself is asked for anyway
	}
	return err
}

const noArticle = 53600

// article reads one article.
func (c *Channel) article(ctx context.Context, id string) (*shown, error) {
	var out struct {
		Items []shown `json:"news_item"`
	}
	if err := c.call(ctx, apiArticle, map[string]string{"article_id": id}, &out); err != nil {
		return nil, err
	}
	if len(out.Items) != 1 {
		return nil, &unclear{apiArticle, errShape}
	}
	return &out.Items[0], nil
}

// Withdraw deletes the article, or what there is of it, and sees to it that it never comes.
// WeChat has no place to say why. Ten articles a day can be deleted: then the error says
// until when, and a person has to do it on the platform's site.
func (c *Channel) Withdraw(ctx context.Context, item channel.Item) error {
	return c.withdraw(ctx, item.Key, item.At)
}

func (c *Channel) withdraw(ctx context.Context, key string, since time.Time) error {
	return c.hold(ctx, mark(key), func(h *held) error {
		switch h.Step {
		case submitting, submitted:
			err := c.look(ctx, h, true)
			// What is nowhere long after it may have been submitted was not.
			nowhere := h.Step == submitting && !h.Asked.Before(h.Doubt)
			if w := (*waiting)(nil); err != nil && !(nowhere && errors.As(err, &w)) {
				return err
			}
		case nothing:
			if _, err := c.adopt(ctx, h, since); err != nil {
				return err
			}
		}
		switch h.Step {
		case adding, staged:
			return c.unstage(ctx, h, withdrawn)
		case public:
			if err := c.remove(ctx, h); err != nil {
				return err
			}
		case withdrawn:
			return nil
		}
		h.to(withdrawn)
		return h.save(ctx)
	})
}

// remove deletes the article. After an answer that left open whether it did, it looks
// first: there are few deletions a day.
func (c *Channel) remove(ctx context.Context, h *held) error {
	if h.Status != statusPublic {
		return nil
	}
	if h.Deleting {
		art, err := c.article(ctx, h.ArticleID)
		if codeOf(err) == noArticle || err == nil && art.Deleted {
			return nil
		}
		if err != nil {
			return err
		}
	}
	h.Deleting = true
	if err := h.save(ctx); err != nil {
		return err
	}
	err := c.call(ctx, apiDelete, map[string]any{"article_id": h.ArticleID, "index": 0}, nil)
	if codeOf(err) == noArticle {
		return nil
	}
	return err
}
