// Package wechat publishes on a WeChat official account (微信公众号): an article for each
// item, in which WeChat shows the approved body and a link to the item on the portal.
//
// WeChat has no idempotency, takes its time, and counts calls by the day. So what is about
// to be done is written down before it is done; after an answer that leaves open whether it
// was done, the account's drafts and articles are searched before anything is done again;
// and every call of a small quota is counted. Callbacks are hints where to look, never
// facts.
package wechat

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/html"

	"shenfa/internal/channel"
)

// Name is the name of the channel.
const Name = "wechat"

// Address is where WeChat answers.
const Address = "https://api.weixin.qq.com"

// Config is an account and what we need besides.
type Config struct {
	AppID    string
	Secret   string
	Base     string         // where WeChat answers; default: Address
	Portal   string         // public address of the portal, to which articles lead
	Author   string         // shown under the title; may be empty
	TitleMax int            // characters of a title, 32 (default) to 64: accounts differ
	Quotas   map[string]int // calls a day, where they differ from Quotas()
	Memory   Memory
	Client   *http.Client
	Now      func() time.Time
}

// Channel is the account as a channel. Any number of them may work on one account, in
// any number of processes, if they share their Memory.
type Channel struct {
	config   Config
	client   *http.Client
	quotas   map[string]int
	locks    locks
	counting sync.Mutex
	token    token // the newest we know; under the lock of tokenKey
}

// New checks the configuration. It asks nobody.
func New(cfg Config) (*Channel, error) {
	cfg.Base = strings.TrimRight(cmp.Or(cfg.Base, Address), "/")
	cfg.Portal = strings.TrimRight(cfg.Portal, "/")
	cfg.TitleMax = cmp.Or(cfg.TitleMax, titleMax)
	for what, address := range map[string]string{"WeChat's address": cfg.Base, "the portal's address": cfg.Portal} {
		if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" {
			return nil, fmt.Errorf("wechat: %s %q is not an http(s) address without a query", what, address)
		}
	}
	switch {
	case cfg.AppID == "" || cfg.Secret == "":
		return nil, errors.New("wechat: AppID and AppSecret are required")
	case cfg.TitleMax < titleMax || cfg.TitleMax > titleMost:
		return nil, fmt.Errorf("wechat: a title has %d to %d characters", titleMax, titleMost)
	}
	c := &Channel{config: cfg, quotas: Quotas(), locks: locks{held: map[string]*lock{}}}
	for api, limit := range cfg.Quotas {
		if c.quotas[api] == 0 || limit < 1 {
			return nil, fmt.Errorf("wechat: %q has no quota that could be %d", api, limit)
		}
	}
	maps.Copy(c.quotas, cfg.Quotas)
	client := *cfg.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.client = &client
	return c, nil
}

func (c *Channel) Name() string { return Name }

// Publish submits the item's draft, staged or not, and returns when WeChat has accepted it.
// Public it is some time later: ReadBack says when and under which address, and lets the
// earlier edition go then.
func (c *Channel) Publish(ctx context.Context, item channel.Item) (channel.Receipt, error) {
	var got channel.Receipt
	err := c.hold(ctx, mark(item.Key), func(h *held) error {
		err := c.publish(ctx, h, item)
		got.URL = h.URL
		return err
	})
	if errors.Is(err, errLost) {
		err = fmt.Errorf("%w: %w", channel.ErrUnknown, err) // the other may publish it
	}
	return got, err
}

func (c *Channel) publish(ctx context.Context, h *held, item channel.Item) error {
	if h.Step == submitting {
		if err := c.settle(ctx, h, false); err != nil {
			return fmt.Errorf("%w: %w", channel.ErrUnknown, err)
		}
	}
	switch h.Step {
	case submitted, public:
		return nil
	case failed, withdrawn:
		return fmt.Errorf("%w: it is %s on WeChat", channel.ErrRefused, h.Step)
	}
	// What goes out late may have gone out before: out of a backup, memory can be older
	// than the truth.
	if c.config.Now().After(item.At.Add(lateness)) {
		if found, err := c.adopt(ctx, h, item.At); err != nil || found {
			return err
		}
	}
	for again := false; ; again = true {
		if err := c.draft(ctx, h, item); err != nil {
			return err
		}
		err := c.submit(ctx, h)
		if codeOf(err) != noMedia || again {
			return err
		}
		// Somebody deleted our draft by hand, or published it.
		if found, err := c.adopt(ctx, h, item.At); err != nil || found {
			return err
		}
		h.record = record{}
	}
}

const (
	// lateness is how long after its instant an item counts as late.
	lateness = 2 * time.Minute
	noMedia  = 40007
	// doubt is how long after a submission without an answer it may still come to light.
	// WeChat looks at articles for minutes before they are public.
	doubt = 30 * time.Minute
	// busyDoubt is the same after WeChat said that it was too busy.
	busyDoubt = 30 * time.Second
)

// submit asks WeChat to publish the staged draft. That it does so is written down before.
func (c *Channel) submit(ctx context.Context, h *held) error {
	h.to(submitting)
	h.Doubt, h.Looks, h.Asked, h.Next = h.Since.Add(doubt), 0, time.Time{}, time.Time{}
	if err := h.save(ctx); err != nil {
		return err
	}
	var out struct {
		ID json64 `json:"publish_id"`
	}
	err := c.call(ctx, apiSubmit, map[string]string{"media_id": h.MediaID}, &out)
	if err == nil && out.ID == "" {
		err = &unclear{apiSubmit, errShape}
	}
	after, cancel := lasting(ctx)
	defer cancel()
	switch {
	case err == nil:
		h.to(submitted)
		h.PublishID = string(out.ID)
		h.rest()
		// Should this not be written, the article is found by its mark.
		_ = h.save(after)
		return nil
	case isUnclear(err, apiSubmit):
		if codeOf(err) == -1 {
			h.Doubt = h.Since.Add(busyDoubt)
			_ = h.save(after) // else the doubt only lasts longer
		}
		return fmt.Errorf("%w: %w", channel.ErrUnknown, err)
	}
	h.to(staged)
	return errors.Join(err, h.save(after))
}

// json64 is a number that WeChat writes now as a string and now as a number.
type json64 string

func (n *json64) UnmarshalJSON(raw []byte) error {
	if string(raw) != "null" {
		*n = json64(strings.Trim(string(raw), `"`))
	}
	return nil
}

// Stage uploads the pictures and makes the draft. Drafts are seen by the account's
// operators and by nobody else.
func (c *Channel) Stage(ctx context.Context, item channel.Item) error {
	err := c.hold(ctx, mark(item.Key), func(h *held) error {
		switch h.Step {
		case nothing, adding, staged:
			return c.draft(ctx, h, item)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.sweep(ctx)
}

// Unstage deletes the draft of an item that will not be released. It may be staged anew.
func (c *Channel) Unstage(ctx context.Context, item channel.Item) error {
	return c.hold(ctx, mark(item.Key), func(h *held) error {
		switch h.Step {
		case adding, staged:
			return c.unstage(ctx, h, nothing)
		}
		return nil
	})
}

// draft makes sure that the item's draft stands in the account's box as it would be made
// now.
func (c *Channel) draft(ctx context.Context, h *held, item channel.Item) error {
	a, err := c.compose(ctx, item)
	if err != nil {
		return err
	}
	want := a.print()
	if h.Step == adding || h.Step == staged && h.Print != want {
		if err := c.tidy(ctx, h, h.Print == want); err != nil {
			return err
		}
	}
	if h.Step == staged {
		return nil
	}
	for _, p := range a.pictures {
		address, err := c.place(ctx, p)
		if err != nil {
			return err
		}
		p.node.Attr = append(p.node.Attr, html.Attribute{Key: "src", Val: address})
	}
	for again := false; ; again = true {
		cover, err := c.cover(ctx, again)
		if err != nil {
			return err
		}
		h.to(adding)
		h.Print = want
		if err := h.save(ctx); err != nil {
			return err
		}
		var out struct {
			ID string `json:"media_id"`
		}
		err = c.call(ctx, apiDraftAdd, map[string]any{"articles": []map[string]any{{
			"article_type": "news", "title": a.title, "author": a.author, "digest": a.digest, "content": a.content(), "content_source_url": a.source,
			"thumb_media_id": cover, "need_open_comment": 0, "only_fans_can_comment": 0,
		}}}, &out)
		if codeOf(err) == noMedia && !again {
			continue // somebody deleted the cover
		}
		if err == nil && out.ID == "" {
			err = &unclear{apiDraftAdd, errShape}
		}
		if err != nil {
			if !isUnclear(err, apiDraftAdd) {
				h.to(nothing)
			}
			return err
		}
		h.to(staged)
		h.MediaID = out.ID
		return h.save(ctx)
	}
}

// Ready says whether WeChat would take an item now: credentials, IP allow list, the right
// to publish, and what is left of today's quota.
func (c *Channel) Ready(ctx context.Context) error {
	if err := c.call(ctx, apiDraftCount, nil, nil); err != nil {
		return err
	}
	if n, err := c.left(ctx, apiSubmit); err != nil {
		return err
	} else if n <= 0 {
		return &spent{apiSubmit, c.quotas[apiSubmit], tomorrow(c.config.Now())}
	}
	return c.probe(ctx)
}

const (
	probeKey = "probe"
	// probeEvery is how often the right to publish is asked for while all is well: the
	// call has a small quota. While it is not well, it is asked for every minute.
	probeEvery = time.Hour
	probeAgain = time.Minute
)

// probed is what came of asking.
type probed struct {
	At  time.Time `json:"at"`
	Bad string    `json:"bad,omitempty"`
}

func (c *Channel) probe(ctx context.Context) error {
	last, _, err := recall[probed](ctx, c.config.Memory, probeKey)
	if err != nil {
		return err
	}
	age := c.config.Now().Sub(last.At)
	switch {
	case last.Bad != "" && age < probeAgain:
		return errors.New(last.Bad)
	case last.Bad == "" && age < probeEvery:
		return nil
	}
	err = c.reserved(ctx, apiList, c.quotas[apiList]/2, map[string]int{"offset": 0, "count": 1, "no_content": 1}, nil)
	now := probed{At: c.config.Now()}
	if none := (*spent)(nil); errors.As(err, &none) { // it is not worth the last calls
		now.Bad = last.Bad
	} else if err != nil {
		now.Bad = err.Error()
	}
	noted := amend(ctx, c.config.Memory, probeKey, func(p *probed) (bool, error) {
		*p = now
		return true, nil
	})
	if now.Bad != "" && noted == nil {
		noted = errors.New(now.Bad)
	}
	return noted
}

// doubtful lets the next probe ask, unless the last one failed.
func doubtful(ctx context.Context, m Memory) error {
	return amend(ctx, m, probeKey, func(p *probed) (bool, error) {
		write := p.Bad == "" && !p.At.IsZero()
		p.At = time.Time{}
		return write, nil
	})
}
