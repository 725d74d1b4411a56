package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"shenfa/internal/detect"
)

// SaveTraces keeps what a version speaks of, by keyed hash: who has not the key cannot
// even test a guess.
func (s *Store) SaveTraces(ctx context.Context, id, unit string, version int, traces []detect.Trace) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM traces WHERE disclosure_id = $1 AND version = $2`, id, version); err != nil {
			return err
		}
		facts := map[string][]string{} // by subject: the files of an item tell together
		for _, t := range traces {
			facts[t.Subject] = append(facts[t.Subject], t.Facts...)
		}
		for _, subject := range slices.Sorted(maps.Keys(facts)) {
			told := slices.Sorted(slices.Values(facts[subject]))
			if _, err := tx.ExecContext(ctx, `INSERT INTO traces (disclosure_id, version, subject, facts) VALUES ($1, $2, $3, $4)`,
				id, version, s.subject(unit, subject), pq.Array(slices.Compact(told))); err != nil {
				return fmt.Errorf("save traces: %w", err)
			}
		}
		return nil
	})
}

func (s *Store) subject(unit, name string) []byte {
	return s.vault.MAC("subject/"+unit, []byte(name))
}

// Known finds the unit's other disclosures that are public or approved and speak of the
// same as t. Editions of the same number are not others.
func (s *Store) Known(ctx context.Context, id, unit string, t detect.Trace) ([]detect.Known, error) {
	var rows []struct {
		Number string         `db:"number"`
		Facts  pq.StringArray `db:"facts"`
	}
	if err := s.db.SelectContext(ctx, &rows, `SELECT d.number, t.facts FROM traces t JOIN disclosures d ON d.id = t.disclosure_id AND d.version = t.version
		 WHERE t.subject = $1 AND d.unit_id = $2 AND d.state IN ('approved', 'armed', 'releasing', 'released', 'held', 'failed')
		   AND d.number <> (SELECT number FROM disclosures WHERE id = $3) ORDER BY d.number LIMIT 50`,
		s.subject(unit, t.Subject), unit, id); err != nil {
		return nil, fmt.Errorf("related disclosures: %w", err)
	}
	known := make([]detect.Known, len(rows))
	for i, r := range rows {
		known[i] = detect.Known{Number: r.Number, Facts: r.Facts}
	}
	return known, nil
}
