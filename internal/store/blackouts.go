package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"shenfa/internal/disclosure"
)

// Blackout is a time in which a unit releases nothing, as it was ordered.
type Blackout struct {
	ID       string         `db:"id"`
	From     time.Time      `db:"starts_at"`
	Until    time.Time      `db:"ends_at"`
	Kinds    pq.StringArray `db:"kinds"`
	Channels pq.StringArray `db:"channels"`
	Exempt   pq.StringArray `db:"exempt"`
	Sealed   []byte         `db:"sealed_reason"`
	By       string         `db:"person_id"`
	ByName   string         `db:"by_name"`
	At       time.Time      `db:"at"`
	LiftedAt *time.Time     `db:"lifted_at"`
	Reason   string
}

// Rule is what the rules need to know of it.
func (b Blackout) Rule() disclosure.Blackout {
	return disclosure.Blackout{
		ID: b.ID, Window: disclosure.Window{From: b.From, Until: b.Until}, Kinds: append([]string{}, b.Kinds...), Channels: append([]string{}, b.Channels...), Exempt: append([]string{}, b.Exempt...),
	}
}

func blackoutContext(id string) string { return "blackout/" + id }

// AddBlackout orders a blackout of the person's unit. The same id again changes nothing.
func (s *Store) AddBlackout(ctx context.Context, by disclosure.Person, b disclosure.Blackout, reason string) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO blackouts (id, unit_id, starts_at, ends_at, kinds, channels, exempt, sealed_reason, person_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
			b.ID, by.Unit, b.From, b.Until, pq.Array(b.Kinds), pq.Array(b.Channels), pq.Array(b.Exempt), s.vault.Seal(blackoutContext(b.ID), []byte(reason)), by.ID)
		if err != nil {
			return fmt.Errorf("blackout: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return insertAudit(ctx, tx, Audit{Actor: by.ID, Action: "blackout", Object: b.ID, Unit: by.Unit, Outcome: "ok", Detail: map[string]string{
			"from": b.From.UTC().Format(time.RFC3339Nano), "until": b.Until.UTC().Format(time.RFC3339Nano),
		}})
	})
}

// LiftBlackout ends a blackout of the person's unit. What it held stays held.
func (s *Store) LiftBlackout(ctx context.Context, id string, by disclosure.Person) error {
	if !isUUID(id) {
		return disclosure.Refuse(disclosure.NotFound, "")
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE blackouts SET lifted_at = clock_timestamp(), lifted_by = $3 WHERE id = $1 AND unit_id = $2 AND lifted_at IS NULL`,
			id, by.Unit, by.ID)
		if err != nil {
			return fmt.Errorf("lift blackout: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(disclosure.Refuse(disclosure.NotFound, ""), err)
		}
		return insertAudit(ctx, tx, Audit{Actor: by.ID, Action: "lift_blackout", Object: id, Unit: by.Unit, Outcome: "ok"})
	})
}

// Blackouts lists the unit's blackouts that stand and are not over, the earliest first.
func (s *Store) Blackouts(ctx context.Context, unit string) ([]Blackout, error) {
	var rows []Blackout
	if err := s.db.SelectContext(ctx, &rows, `SELECT b.id, b.starts_at, b.ends_at, b.kinds, b.channels, b.exempt, b.sealed_reason, b.person_id, p.name AS by_name, b.at, b.lifted_at
		  FROM blackouts b JOIN people p ON p.id = b.person_id
		 WHERE b.unit_id = $1 AND b.lifted_at IS NULL AND b.ends_at > clock_timestamp() ORDER BY b.starts_at, b.id`, unit); err != nil {
		return nil, fmt.Errorf("blackouts: %w", err)
	}
	for i := range rows {
		reason, err := s.vault.Open(blackoutContext(rows[i].ID), rows[i].Sealed)
		if err != nil {
			return nil, fmt.Errorf("blackout reason: %w", err)
		}
		rows[i].Reason = string(reason)
	}
	return rows, nil
}

// Terms are what an item of the unit is planned under now. Caches are not known here.
func (s *Store) Terms(ctx context.Context, unit string) (t disclosure.Terms, err error) {
	if t.Now, err = s.Now(ctx); err != nil {
		return t, fmt.Errorf("database clock: %w", err)
	}
	rows, err := s.Blackouts(ctx, unit)
	for _, b := range rows {
		t.Blackouts = append(t.Blackouts, b.Rule())
	}
	return t, err
}

// Planned lists the cases of the unit's disclosures that are approved, or armed, for an
// instant in a window.
func (s *Store) Planned(ctx context.Context, unit string, w disclosure.Window) ([]disclosure.Case, error) {
	var rows [][]byte
	if err := s.db.SelectContext(ctx, &rows, `SELECT state_of_case FROM disclosures
		WHERE unit_id = $1 AND state IN ('approved', 'armed') AND release_at >= $2 AND release_at < $3 ORDER BY release_at, id`, unit, w.From, w.Until); err != nil {
		return nil, fmt.Errorf("planned: %w", err)
	}
	all := make([]disclosure.Case, len(rows))
	for i, raw := range rows {
		if err := json.Unmarshal(raw, &all[i]); err != nil {
			return nil, fmt.Errorf("case: %w", err)
		}
	}
	return all, nil
}
