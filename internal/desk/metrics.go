package desk

import (
	"context"
	"time"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// Metrics is how the house stands, in numbers that say nothing of any item.
type Metrics struct {
	store.Metrics
	Overdue       int           // disclosures that should have been armed or released
	OldestOverdue time.Duration // since when the first of them
}

// Metrics counts, for who watches over the system.
func (d *Desk) Metrics(ctx context.Context, who Actor) (Metrics, error) {
	if err := d.needs(ctx, who, disclosure.MayWatch, "metrics", ""); err != nil {
		return Metrics{}, err
	}
	counts, err := d.store.Metrics(ctx)
	if err != nil {
		return Metrics{}, err
	}
	late, err := d.store.Overdue(ctx, lateAfter)
	if err != nil {
		return Metrics{}, err
	}
	now, err := d.store.Now(ctx)
	m := Metrics{Metrics: counts, Overdue: len(late)}
	for _, x := range late {
		m.OldestOverdue = max(m.OldestOverdue, now.Sub(x.Due))
	}
	return m, err
}
