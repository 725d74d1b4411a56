package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"shenfa/internal/disclosure"
)

// Rehearsal is a release gone through without its effect. Causes are codes: none means
// that it is ready.
type Rehearsal struct {
	ID         string         `db:"disclosure_id"`
	Generation int            `db:"generation"`
	Rung       string         `db:"rung"`
	Causes     pq.StringArray `db:"causes"`
	At         time.Time      `db:"at"`
}

// SaveRehearsal keeps the result. What is not ready becomes a task of the disclosure
// office, due at the instant, until a rehearsal finds it ready.
func (s *Store) SaveRehearsal(ctx context.Context, r Rehearsal) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if r.Causes == nil {
			r.Causes = pq.StringArray{}
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO rehearsals (disclosure_id, generation, rung, causes) VALUES ($1, $2, $3, $4)
			ON CONFLICT (disclosure_id, generation, rung) DO UPDATE SET causes = excluded.causes, at = clock_timestamp()`,
			r.ID, r.Generation, r.Rung, r.Causes); err != nil {
			return fmt.Errorf("rehearsal: %w", err)
		}
		if len(r.Causes) == 0 {
			return closeRehearsal(ctx, tx, r.ID)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO tasks (disclosure_id, version, step, seat, role, unit_id, due_at)
			SELECT id, version, $2, 0, $3, unit_id, release_at FROM disclosures WHERE id = $1 AND state = 'approved' AND generation = $4 ON CONFLICT DO NOTHING`,
			r.ID, disclosure.RehearsalStep, disclosure.DisclosureOfficer, r.Generation); err != nil {
			return fmt.Errorf("task of a rehearsal: %w", err)
		}
		return s.tellNotReady(ctx, tx, r)
	})
}

// Crowd counts the items on their way to an instant, whoever has approved them so far: those
// it may become crowded with.
func (s *Store) Crowd(ctx context.Context, instant time.Time) (n int, err error) {
	if err := s.db.GetContext(ctx, &n, `SELECT count(*) FROM disclosures WHERE release_at = $1 AND `+underway, instant); err != nil {
		return 0, fmt.Errorf("crowd: %w", err)
	}
	return n, nil
}

// underway is the predicate of the index disclosures_crowd.
const underway = `state IN ('checking', 'self_review', 'in_review', 'reported', 'approved', 'armed')`

const (
	spreadLeast = 4 * time.Minute
	spreadPace  = 150 * time.Millisecond // an item: two cores rehearse or arm some twenty a second, and do both
	spreadMost  = 45 * time.Minute       // less than lies between two rehearsals
)

// Spread is the stretch of time over which a crowd of n items that share an instant is
// rehearsed, and then armed, before it. Workflows that run wait by it, so another
// spread needs workflow.GetVersion.
func Spread(n int) time.Duration {
	return min(max(time.Duration(n)*spreadPace, spreadLeast), spreadMost)
}

func closeRehearsal(ctx context.Context, tx *sqlx.Tx, id string) error {
	_, err := tx.ExecContext(ctx, `UPDATE tasks SET closed_at = clock_timestamp() WHERE disclosure_id = $1 AND step = $2 AND closed_at IS NULL`, id, disclosure.RehearsalStep)
	if err != nil {
		return fmt.Errorf("task of a rehearsal: %w", err)
	}
	return nil
}

// rehearsed ends the task of a rehearsal once the item is not waiting for its instant.
func (r *recorder) rehearsed(ctx context.Context) error {
	if r.Before.State != disclosure.Approved || r.After.State == disclosure.Approved {
		return nil
	}
	return closeRehearsal(ctx, r.tx, r.ID)
}

// Rehearsals are the newest of each of those disclosures, of the plan that stands.
func (s *Store) Rehearsals(ctx context.Context, ids ...string) (map[string]Rehearsal, error) {
	var rows []Rehearsal
	err := s.db.SelectContext(ctx, &rows, `SELECT DISTINCT ON (r.disclosure_id) r.disclosure_id, r.generation, r.rung, r.causes, r.at
		  FROM rehearsals r JOIN disclosures d ON d.id = r.disclosure_id AND d.generation = r.generation
		 WHERE r.disclosure_id = ANY ($1) ORDER BY r.disclosure_id, r.at DESC`, pq.Array(ids))
	if err != nil {
		return nil, fmt.Errorf("rehearsals: %w", err)
	}
	out := make(map[string]Rehearsal, len(rows))
	for _, r := range rows {
		out[r.ID] = r
	}
	return out, nil
}

// Obstacles are what would keep an approved item back now, besides itself.
func (s *Store) Obstacles(ctx context.Context, id string, generation int) (frozen, parted bool, err error) {
	var row struct {
		Frozen bool `db:"frozen"`
		Parted bool `db:"parted"`
	}
	err = s.db.GetContext(ctx, &row, `SELECT
			EXISTS (SELECT FROM freezes f WHERE covers(f, g) AND stood(f, greatest(g.release_at, clock_timestamp()))) AS frozen,
			EXISTS (SELECT FROM batch_members mine JOIN batch_members m ON m.batch_id = mine.batch_id AND m.left_at IS NULL
			         WHERE mine.disclosure_id = g.disclosure_id
			           AND NOT EXISTS (SELECT FROM grants h WHERE h.disclosure_id = m.disclosure_id AND h.revoked_at IS NULL AND h.release_at = g.release_at)) AS parted
		  FROM grants g WHERE g.disclosure_id = $1 AND g.generation = $2 AND g.revoked_at IS NULL`, id, generation)
	if err != nil {
		return false, false, refusal(fmt.Errorf("obstacles: %w", err))
	}
	return row.Frozen, row.Parted, nil
}
