package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"shenfa/internal/disclosure"
)

// Batch is a set of disclosures of a unit that become public together or not at all.
type Batch struct {
	ID        string    `db:"id"`
	Unit      string    `db:"unit_id"`
	At        time.Time `db:"release_at"`
	Sealed    []byte    `db:"sealed"`
	By        string    `db:"created_by"`
	ByName    string    `db:"by_name"`
	CreatedAt time.Time `db:"created_at"`
	Title     string
}

func batchContext(id string) string { return "batch/" + id }

// AddBatch makes a batch. The same id again changes nothing.
func (s *Store) AddBatch(ctx context.Context, id string, by disclosure.Person, title string, at time.Time) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO batches (id, unit_id, release_at, sealed, created_by) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
			id, by.Unit, at, s.vault.Seal(batchContext(id), []byte(title)), by.ID)
		if err != nil {
			return fmt.Errorf("batch: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return insertAudit(ctx, tx, Audit{Actor: by.ID, Action: "create_batch", Object: id, Unit: by.Unit, Outcome: "ok"})
	})
}

const selectBatch = `SELECT b.id, b.unit_id, b.release_at, b.sealed, b.created_by, p.name AS by_name, b.created_at FROM batches b JOIN people p ON p.id = b.created_by`

// Batch finds a batch of the unit.
func (s *Store) Batch(ctx context.Context, unit, id string) (Batch, error) {
	if !isUUID(id) {
		return Batch{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	rows, err := s.batches(ctx, selectBatch+` WHERE b.unit_id = $1 AND b.id = $2`, unit, id)
	if err != nil || len(rows) == 0 {
		return Batch{}, errors.Join(disclosure.Refuse(disclosure.NotFound, ""), err)
	}
	return rows[0], nil
}

// Batches lists the batches of the unit that are to come or whose instant is not long past.
func (s *Store) Batches(ctx context.Context, unit string, limit int) ([]Batch, error) {
	return s.batches(ctx, selectBatch+` WHERE b.unit_id = $1 AND b.release_at > clock_timestamp() - interval '30 days' ORDER BY b.release_at DESC, b.id LIMIT $2`, unit, limit)
}

func (s *Store) batches(ctx context.Context, query string, args ...any) ([]Batch, error) {
	var rows []Batch
	if err := s.db.SelectContext(ctx, &rows, query, args...); err != nil {
		return nil, fmt.Errorf("batches: %w", err)
	}
	for i := range rows {
		title, err := s.vault.Open(batchContext(rows[i].ID), rows[i].Sealed)
		if err != nil {
			return nil, fmt.Errorf("title of a batch: %w", err)
		}
		rows[i].Title = string(title)
	}
	return rows, nil
}

// BatchItems lists what belongs to a batch and has not left, whoever asks.
func (s *Store) BatchItems(ctx context.Context, id string) ([]Row, error) {
	var rows []Row
	if err := s.db.SelectContext(ctx, &rows, selectRow+` JOIN batch_members m ON m.disclosure_id = d.id
		WHERE m.batch_id = $1 AND m.left_at IS NULL ORDER BY d.number, d.edition`, id); err != nil {
		return nil, fmt.Errorf("items of a batch: %w", err)
	}
	return s.open(rows)
}

// BatchOf is the batch an item belongs to, or "".
func (s *Store) BatchOf(ctx context.Context, id string) (batch string, err error) {
	err = s.db.GetContext(ctx, &batch, `SELECT coalesce((SELECT batch_id::text FROM batch_members WHERE disclosure_id = $1 AND left_at IS NULL), '')`, id)
	if err != nil {
		return "", fmt.Errorf("batch of: %w", err)
	}
	return batch, nil
}

// MoveBatch changes what the items of a batch have to be planned for.
func (s *Store) MoveBatch(ctx context.Context, id string, by disclosure.Person, at time.Time) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE batches SET release_at = $2 WHERE id = $1`, id, at); err != nil {
			return fmt.Errorf("move batch: %w", err)
		}
		return insertAudit(ctx, tx, Audit{
			Actor: by.ID, Action: "move_batch", Object: id, Unit: by.Unit, Outcome: "ok", Detail: map[string]string{"release_at": at.UTC().Format(time.RFC3339Nano)},
		})
	})
}

// LeaveBatch takes an item out of its batch: what it was approved for does not hold any
// more, and the others no longer wait for it.
func (s *Store) LeaveBatch(ctx context.Context, batch, id string, by disclosure.Person, opinion string) error {
	if !isUUID(id) {
		return disclosure.Refuse(disclosure.NotFound, "disclosure")
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE batch_members SET left_at = clock_timestamp(), left_by = $3
			WHERE batch_id = $1 AND disclosure_id = $2 AND left_at IS NULL`, batch, id, by.ID)
		if err != nil {
			return fmt.Errorf("leave batch: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(disclosure.Refuse(disclosure.NotFound, "disclosure"), err)
		}
		return insertAudit(ctx, tx, Audit{
			Actor: by.ID, Action: "leave_batch", Object: id, Unit: by.Unit, Outcome: "ok", Detail: map[string]string{"batch": batch, "opinion": opinion},
		})
	})
}

// joinBatch makes an item belong to the batch that its draft names, if that has changed.
func joinBatch(ctx context.Context, tx *sqlx.Tx, id, unit, before, after string) error {
	if before == after {
		return nil
	}
	if after == "" {
		_, err := tx.ExecContext(ctx, `DELETE FROM batch_members WHERE disclosure_id = $1`, id)
		return refusal(err)
	}
	if !isUUID(after) {
		return disclosure.Refuse(disclosure.BatchUnknown, "batch")
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO batch_members (disclosure_id, batch_id) SELECT $1, id FROM batches WHERE id = $2 AND unit_id = $3
		ON CONFLICT (disclosure_id) DO UPDATE SET batch_id = excluded.batch_id, left_at = NULL, left_by = NULL`, id, after, unit)
	if err != nil {
		return refusal(fmt.Errorf("join batch: %w", err))
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(disclosure.Refuse(disclosure.BatchUnknown, "batch"), err)
	}
	return nil
}
