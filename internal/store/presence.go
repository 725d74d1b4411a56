package store

import (
	"context"
	"fmt"
)

// presentFor is how long somebody counts as having a draft open who said so.
const presentFor = `interval '40 seconds'`

// Present notes that a person has a draft open, and lists who else has.
func (s *Store) Present(ctx context.Context, id, person string) ([]Named, error) {
	if _, err := s.db.ExecContext(ctx, `INSERT INTO presence (disclosure_id, person_id) VALUES ($1, $2)
		ON CONFLICT (disclosure_id, person_id) DO UPDATE SET seen_at = clock_timestamp()`, id, person); err != nil {
		return nil, fmt.Errorf("present: %w", err)
	}
	if _, err := s.db.ExecContext(ctx, `DELETE FROM presence WHERE disclosure_id = $1 AND seen_at < clock_timestamp() - `+presentFor, id); err != nil {
		return nil, fmt.Errorf("present: %w", err)
	}
	var rows []Named
	if err := s.db.SelectContext(ctx, &rows, `SELECT p.id, p.name FROM presence x JOIN people p ON p.id = x.person_id
		WHERE x.disclosure_id = $1 AND x.person_id <> $2 ORDER BY p.name, p.id`, id, person); err != nil {
		return nil, fmt.Errorf("present: %w", err)
	}
	return rows, nil
}
