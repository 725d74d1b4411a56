package store

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"

	"shenfa/internal/disclosure"
)

// Planned is one release of a calendar, without its words.
type Planned struct {
	ID     string    `db:"id"`
	State  string    `db:"state"`
	At     time.Time `db:"release_at"`
	Frozen bool      `db:"frozen"`
}

// mostPlanned bounds what one look at the calendar shows.
const mostPlanned = 5000

// Agenda lists the viewer's releases between two instants by time, nothing opened.
func (s *Store) Agenda(ctx context.Context, p disclosure.Person, from, to time.Time) ([]Planned, error) {
	var rows []Planned
	err := s.db.SelectContext(ctx, &rows, `SELECT d.id, d.state, d.release_at,
			EXISTS (SELECT FROM grants g JOIN freezes f ON covers(f, g) AND stood(f, clock_timestamp())
				WHERE g.disclosure_id = d.id AND g.revoked_at IS NULL) AS frozen
		  FROM disclosures d WHERE `+visible+` AND d.release_at >= $5 AND d.release_at < $6 AND d.state = ANY ($7) ORDER BY d.release_at, d.id LIMIT $8`,
		append(viewer(p), from, to, pq.Array(onCalendar), mostPlanned)...)
	if err != nil {
		return nil, fmt.Errorf("agenda: %w", err)
	}
	return rows, nil
}

// onCalendar are the states of what has, or had, an instant.
var onCalendar = []string{"approved", "armed", "releasing", "released", "held", "failed", "recalled"}

// EffectsOf lists the outcomes of the current versions of some disclosures, by id.
func (s *Store) EffectsOf(ctx context.Context, ids []string) (map[string][]Effect, error) {
	var rows []Effect
	if err := s.db.SelectContext(ctx, &rows, selectEffect+` e WHERE disclosure_id = ANY ($1)
		AND version = (SELECT d.version FROM disclosures d WHERE d.id = e.disclosure_id) ORDER BY channel`, pq.Array(ids)); err != nil {
		return nil, fmt.Errorf("effects: %w", err)
	}
	out := map[string][]Effect{}
	for _, e := range rows {
		out[e.ID] = append(out[e.ID], e)
	}
	return out, nil
}
