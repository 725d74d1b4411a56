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

// PublicList lists what is public, newest first, without bodies.
func (d *Desk) PublicList(ctx context.Context, before string, limit int) ([]PublicItem, string, error) {
	var at time.Time
	var number string
	if before != "" {
		var err error
		if at, number, err = readCursor(before); err != nil {
			return nil, "", err
		}
	}
	limit = pageSize(limit)
	rows, err := d.store.PublicItems(ctx, at, number, limit+1)
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
		Number: r.Number, Manifest: r.Manifest, Hash: r.Hash, Unit: r.UnitName, ReleasedAt: r.ReleasedAt, Attachments: r.Manifest.Attachments,
	}
}

// PublicItem shows one public disclosure. Missing and unreleased are the same.
func (d *Desk) PublicItem(ctx context.Context, number string) (PublicItem, error) {
	r, err := d.store.PublicItem(ctx, number)
	if err != nil {
		return PublicItem{}, err
	}
	item := publicItem(r)
	if err := d.continued(ctx, &item); err != nil {
		return PublicItem{}, err
	}
	item.HTML, _, err = d.store.PublicBytes(ctx, r, "")
	return item, err
}

// PublicFile opens an attachment of a public disclosure.
func (d *Desk) PublicFile(ctx context.Context, number, name string) (FileData, error) {
	r, err := d.store.PublicItem(ctx, number)
	if err != nil {
		return FileData{}, err
	}
	if name == "" {
		return FileData{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	data, content, err := d.store.PublicBytes(ctx, r, name)
	return FileData{Name: name, Content: content, Data: data}, err
}

// NextRelease is the next instant at which something could become public.
func (d *Desk) NextRelease(ctx context.Context) (time.Time, error) { return d.store.NextRelease(ctx) }
