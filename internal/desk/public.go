package desk

import (
	"context"
	"strconv"
	"time"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

func formatID(n int64) string { return strconv.FormatInt(n, 10) }

func parseID(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, disclosure.Refuse(disclosure.WrongType, "cursor", "why", "next")
	}
	return n, nil
}

// PublicQuery says which public items. Empty fields ask for all.
type PublicQuery struct {
	Kind   string
	Topic  string
	Words  string // all of them, in title, numbers, topic, keywords and summary
	Before string // where the last page said that the next one starts
	Limit  int    // default: 100; at most 500
}

// PublicEdition is what stood under a number before its correction took effect.
type PublicEdition struct {
	Edition    int
	ReleasedAt time.Time
	Correction string // what it itself corrected
	Type       disclosure.CorrectionType
	Hash       disclosure.Hash
	Readable   bool // no later edition has closed it
}

// PublicAddress is a number and the instant at which it became public, or ceased to be.
type PublicAddress struct {
	Number string
	At     time.Time
}

const (
	maxPublicPage = 500
	// publicPart is how many addresses one part of all of them holds: the predicate is
	// asked of each.
	publicPart = 5000
	// endedFor is how long what ceased to be public is told of: whoever looks less often
	// takes the list as it is.
	endedFor   = 90 * 24 * time.Hour
	endedCount = 50
)

// PublicList lists what is public and fits q, newest first, without bodies, and says
// where the next page starts; "" on the last one.
func (d *Desk) PublicList(ctx context.Context, q PublicQuery) ([]PublicItem, string, error) {
	ask := store.PublicQuery{Kind: q.Kind, Topic: q.Topic, Words: q.Words}
	if q.Before != "" {
		var err error
		if ask.Before, ask.Number, err = readCursor(q.Before); err != nil {
			return nil, "", err
		}
		if !disclosure.PlainText(ask.Number) {
			return nil, "", disclosure.Refuse(disclosure.WrongType, "cursor", "why", "next")
		}
	}
	limit := q.Limit
	if limit <= 0 {
		limit = maxPage
	}
	limit = min(limit, maxPublicPage)
	ask.Limit = limit + 1
	rows, err := d.store.PublicFind(ctx, ask)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = cursor(rows[limit-1].ReleasedAt, rows[limit-1].Number)
	}
	items := make([]PublicItem, len(rows))
	all := make([]*PublicItem, len(rows))
	for i, r := range rows {
		items[i] = publicItem(r)
		all[i] = &items[i]
	}
	return items, next, d.continued(ctx, all...)
}

func publicItem(r store.Public) PublicItem {
	return PublicItem{
		Number: r.Number, Manifest: r.Manifest, Hash: r.Hash, Unit: r.UnitName, ReleasedAt: r.ReleasedAt, FirstAt: r.FirstAt, Attachments: r.Manifest.Attachments,
	}
}

// PublicItem shows one public disclosure. Missing and unreleased are the same.
func (d *Desk) PublicItem(ctx context.Context, number string) (PublicItem, error) {
	r, err := d.store.PublicPage(ctx, number)
	if err != nil {
		return PublicItem{}, err
	}
	item := publicItem(r)
	item.HTML = r.Body
	if r.Noticed {
		if item.Notice, err = d.PublicNotice(ctx, number); err != nil {
			return PublicItem{}, err
		}
	}
	for _, e := range r.Earlier {
		item.Earlier = append(item.Earlier, PublicEdition{Edition: e.Edition, ReleasedAt: e.ReleasedAt, Correction: e.Correction, Type: e.Type, Hash: e.Hash, Readable: e.Readable})
	}
	return item, d.continued(ctx, &item)
}

// PublicEarlier shows what stood under a number before its correction took effect, unless
// a correction has closed it.
func (d *Desk) PublicEarlier(ctx context.Context, number string, edition int) (PublicItem, error) {
	r, err := d.store.PublicEdition(ctx, number, edition)
	if err != nil {
		return PublicItem{}, err
	}
	item := publicItem(r)
	item.HTML = r.Body
	return item, nil
}

// PublicFile opens an attachment of a public disclosure, and says since when it is
// public.
func (d *Desk) PublicFile(ctx context.Context, number, name string) (FileData, time.Time, error) {
	r, err := d.store.PublicItem(ctx, number)
	if err != nil {
		return FileData{}, time.Time{}, err
	}
	if name == "" {
		return FileData{}, time.Time{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	data, content, err := d.store.PublicBytes(ctx, r, name)
	return FileData{Name: name, Content: content, Data: data}, r.ReleasedAt, err
}

// PublicTopics lists the topics of what is public.
func (d *Desk) PublicTopics(ctx context.Context) ([]string, error) { return d.store.PublicTopics(ctx) }

// PublicAddresses lists part n, from 0, of what is public, oldest first.
func (d *Desk) PublicAddresses(ctx context.Context, n int) ([]PublicAddress, error) {
	list, err := d.store.PublicAddresses(ctx, n, publicPart)
	return addresses(list), err
}

// PublicParts says of each part when the newest item in it became public, zero if
// nothing is in it.
func (d *Desk) PublicParts(ctx context.Context) ([]time.Time, error) {
	return d.store.PublicParts(ctx, publicPart)
}

// PublicEnded lists, newest first, what lately ceased to be public and of which that
// may be told.
func (d *Desk) PublicEnded(ctx context.Context) ([]PublicAddress, error) {
	list, err := d.store.PublicEnded(ctx, endedFor, endedCount)
	return addresses(list), err
}

func addresses(list []store.Address) []PublicAddress {
	all := make([]PublicAddress, len(list))
	for i, a := range list {
		all[i] = PublicAddress(a)
	}
	return all
}

// NextRelease is the next instant at which something could become public, zero if
// nothing is planned, and what the database clock says now.
func (d *Desk) NextRelease(ctx context.Context) (next, now time.Time, err error) {
	return d.store.NextRelease(ctx)
}
