package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"shenfa/internal/disclosure"
)

// Scopes of a freeze. All is every unit's; the others are of the unit that orders it.
const (
	FreezeAll     = "all"
	FreezeUnit    = "unit"
	FreezeChannel = "channel"
	FreezeKind    = "kind"
)

// Freeze is a standing order that nothing in scope becomes public.
type Freeze struct {
	ID       string     `db:"id"`
	Unit     string     `db:"unit_id"`
	Scope    string     `db:"scope"`
	Value    string     `db:"value"`
	Sealed   []byte     `db:"sealed_reason"`
	By       string     `db:"person_id"`
	ByName   string     `db:"by_name"`
	At       time.Time  `db:"at"`
	EndsAt   *time.Time `db:"ends_at"`
	LiftedAt *time.Time `db:"lifted_at"`
	Stands   bool       `db:"stands"` // now, by the database clock
	Reason   string
}

// AddFreeze orders a freeze without an end.
func (s *Store) AddFreeze(ctx context.Context, id string, by disclosure.Person, scope, value, reason string) error {
	return s.FreezeUntil(ctx, id, by, scope, value, reason, time.Time{})
}

// FreezeUntil orders a freeze from this moment until end, or until it is lifted where
// end is zero. The same id again changes nothing. Once it has returned, whatever has
// not taken effect by then does not while the freeze stands. It refuses bad_value for
// an end that has passed.
func (s *Store) FreezeUntil(ctx context.Context, id string, by disclosure.Person, scope, value, reason string, end time.Time) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO freezes (id, unit_id, scope, value, sealed_reason, person_id, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (id) DO NOTHING`, id, by.Unit, scope, value, s.vault.Seal("freeze/"+id, []byte(reason)), by.ID, nullTime(end))
		if violates(err, "freezes_end") {
			return disclosure.Refuse(disclosure.BadValue, "until", "value", end.Format(time.RFC3339), "allowed", "> now")
		}
		if err != nil {
			return fmt.Errorf("freeze: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		detail := map[string]string{"scope": scope, "value": value}
		if !end.IsZero() {
			detail["until"] = end.UTC().Format(time.RFC3339)
		}
		return insertAudit(ctx, tx, Audit{Actor: by.ID, Action: "freeze", Object: id, Unit: by.Unit, Outcome: "ok", Detail: detail})
	})
}

// LiftFreeze ends a freeze that the person's unit ordered.
func (s *Store) LiftFreeze(ctx context.Context, id string, by disclosure.Person) error {
	if !isUUID(id) {
		return disclosure.Refuse(disclosure.NotFound, "")
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE freezes SET lifted_at = clock_timestamp(), lifted_by = $3
			WHERE id = $1 AND unit_id = $2 AND stood(freezes, clock_timestamp())`, id, by.Unit, by.ID)
		if err != nil {
			return fmt.Errorf("lift freeze: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(disclosure.Refuse(disclosure.NotFound, ""), err)
		}
		return insertAudit(ctx, tx, Audit{Actor: by.ID, Action: "lift_freeze", Object: id, Unit: by.Unit, Outcome: "ok"})
	})
}

// Freezes lists what the unit is under: the standing ones, then those of the last days.
func (s *Store) Freezes(ctx context.Context, unit string) ([]Freeze, error) {
	var rows []Freeze
	if err := s.db.SelectContext(ctx, &rows, `SELECT f.id, f.unit_id, f.scope, f.value, f.sealed_reason, f.person_id, p.name AS by_name, f.at, f.ends_at, f.lifted_at,
		       stood(f, clock_timestamp()) AS stands
		  FROM freezes f JOIN people p ON p.id = f.person_id
		 WHERE (f.unit_id = $1 OR f.scope = 'all') AND stood(f, greatest(f.at, clock_timestamp() - interval '7 days'))
		 ORDER BY NOT stood(f, clock_timestamp()), f.at DESC`, unit); err != nil {
		return nil, fmt.Errorf("freezes: %w", err)
	}
	for i := range rows {
		reason, err := s.vault.Open("freeze/"+rows[i].ID, rows[i].Sealed)
		if err != nil {
			return nil, fmt.Errorf("freeze reason: %w", err)
		}
		rows[i].Reason = string(reason)
	}
	return rows, nil
}
