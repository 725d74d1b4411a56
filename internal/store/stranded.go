package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"shenfa/internal/disclosure"
	"shenfa/internal/notice"
)

// Strand looks, for at most limit items in review that changed or whose unit's people did,
// whether each step before the approval still finds somebody who may decide. One that does not
// is told to those who can appoint somebody, and to the drafter: once, and again if somebody
// was found and lost. It returns how many it looked at.
func (s *Store) Strand(ctx context.Context, limit int) (looked int, err error) {
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		// One at a time: what two found would be told twice. No item is locked for it.
		var mine bool
		if err := tx.GetContext(ctx, &mine, `SELECT pg_try_advisory_xact_lock(hashtextextended('stranded', 0))`); err != nil || !mine {
			return wrap("items in review", err)
		}
		var rows []struct {
			ID      string `db:"id"`
			Unit    string `db:"unit_id"`
			Drafter string `db:"drafter_id"`
			Case    []byte `db:"state_of_case"`
			Stamp   string `db:"stamp"`
			Step    string `db:"step"`
		}
		if err := tx.SelectContext(ctx, &rows, `
			WITH people_of AS (SELECT u.id, coalesce(max(c.id), 0) || '.' || count(c.id) AS stamp FROM units u LEFT JOIN account_changes c ON c.unit_id = u.id GROUP BY u.id)
			SELECT d.id, d.unit_id, d.drafter_id, d.state_of_case, d.revision || '/' || p.stamp AS stamp, coalesce(x.step, '') AS step
			  FROM disclosures d JOIN people_of p ON p.id = d.unit_id LEFT JOIN stranded x ON x.disclosure_id = d.id
			 WHERE d.state = 'in_review' AND x.stamp IS DISTINCT FROM d.revision || '/' || p.stamp
			 ORDER BY d.id LIMIT $1`, limit); err != nil {
			return fmt.Errorf("items in review: %w", err)
		}
		looked = len(rows)
		people := map[string][]disclosure.Person{}
		for _, r := range rows {
			var c disclosure.Case
			if err := json.Unmarshal(r.Case, &c); err != nil {
				return fmt.Errorf("case of %s: %w", r.ID, err)
			}
			if people[r.Unit] == nil {
				all, err := s.Deciders(ctx, r.Unit)
				if err != nil {
					return err
				}
				for _, a := range all {
					people[r.Unit] = append(people[r.Unit], a.Person())
				}
			}
			step := ""
			stations := c.Stations(people[r.Unit])
			if i := slices.IndexFunc(stations, func(x disclosure.Station) bool { return x.Short > 0 }); i >= 0 {
				step = stations[i].Step.ID
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO stranded (disclosure_id, stamp, step) VALUES ($1, $2, $3)
				ON CONFLICT (disclosure_id) DO UPDATE SET stamp = excluded.stamp, step = excluded.step,
					since = CASE WHEN stranded.step = excluded.step THEN stranded.since ELSE excluded.since END`, r.ID, r.Stamp, step); err != nil {
				return fmt.Errorf("stranded: %w", err)
			}
			if step == "" || step == r.Step {
				continue
			}
			t := telling{Kind: notice.Stranded, Event: "stranded:" + r.ID + "/" + r.Stamp, Unit: r.Unit, Disclosure: r.ID, Step: step}
			for _, t.To = range []notice.Audience{{Person: r.Drafter}, {Role: disclosure.DisclosureOfficer}, {Role: disclosure.SecurityAdmin}} {
				if err := tell(ctx, tx, t); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return looked, err
}

// StrandedAt is the step of an item in review for which nobody is left; empty if there is none.
func (s *Store) StrandedAt(ctx context.Context, id string) (step string, err error) {
	err = s.db.GetContext(ctx, &step, `SELECT coalesce((SELECT x.step FROM stranded x JOIN disclosures d ON d.id = x.disclosure_id WHERE d.id = $1 AND d.state = 'in_review'), '')`, id)
	return step, wrap("stranded", err)
}
