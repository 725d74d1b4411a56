package portal

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// horizonKeeps is how long the next release is not asked for again. What is planned
// within that time for less than a minute ahead is all that a copy can miss; asked for
// with every page, it would be what is planned while the page is read.
const horizonKeeps = 250 * time.Millisecond

// deadline is the next release as it stood when it was asked for.
type deadline struct {
	at    time.Time // zero if nothing is planned
	now   time.Time // by the clock that rules
	asked time.Time // by ours, before the question
}

// left is the time until the release, by the clock that rules: the time since the
// question is all that ours is believed.
func (d deadline) left(now time.Time) (left time.Duration, planned bool) {
	return d.at.Sub(d.now) - now.Sub(d.asked), !d.at.IsZero()
}

// horizon keeps the deadline for a moment.
type horizon struct {
	mu   sync.Mutex
	last deadline
}

// next is the release that ends every copy of what is read from now on. It must be
// asked before the content is read: asked later, a release in between would go
// unseen.
func (p *Portal) next(ctx context.Context) (deadline, error) {
	h := &p.horizon
	h.mu.Lock()
	defer h.mu.Unlock()
	now := p.options.Now()
	left, planned := h.last.left(now)
	if since := now.Sub(h.last.asked); since >= 0 && since < horizonKeeps && (!planned || left > 0) {
		return h.last, nil
	}
	at, ruling, err := p.desk.NextRelease(ctx)
	if err != nil {
		return deadline{}, fmt.Errorf("next release: %w", err)
	}
	h.last = deadline{at: at, now: ruling, asked: now}
	return h.last, nil
}
