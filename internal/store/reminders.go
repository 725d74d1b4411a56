package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
	"shenfa/internal/notice"
)

// Remind climbs the ladder for the tasks whose next rung has come, at most limit of them,
// and returns how many it looked at. Each rung is told once. After a pause of whatever
// length only the highest is told, and those below it are recorded as passed.
func (s *Store) Remind(ctx context.Context, c *calendar.Calendar, limit int) (looked int, err error) {
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		var rows []reminded
		if err := tx.SelectContext(ctx, &rows, `SELECT t.id, t.disclosure_id, t.step, t.role, t.unit_id, t.section_id, t.opened_at, t.due_at, d.section_id AS item_section,
			       clock_timestamp() AS now, ARRAY (SELECT rung FROM reminders m WHERE m.task_id = t.id) AS climbed
			  FROM tasks t JOIN disclosures d ON d.id = t.disclosure_id
			 WHERE t.closed_at IS NULL AND (t.remind_at IS NULL OR t.remind_at <= clock_timestamp())
			 ORDER BY t.remind_at NULLS FIRST, t.id LIMIT $1 FOR UPDATE OF t SKIP LOCKED`, limit); err != nil {
			return fmt.Errorf("tasks to remind of: %w", err)
		}
		looked = len(rows)
		for _, r := range rows {
			if err := s.remind(ctx, tx, c, r); err != nil {
				return err
			}
		}
		return nil
	})
	return looked, err
}

type reminded struct {
	ID          int64           `db:"id"`
	Disclosure  string          `db:"disclosure_id"`
	Step        string          `db:"step"`
	Role        disclosure.Role `db:"role"`
	Unit        string          `db:"unit_id"`
	Section     string          `db:"section_id"`
	ItemSection string          `db:"item_section"`
	OpenedAt    time.Time       `db:"opened_at"`
	DueAt       time.Time       `db:"due_at"`
	Now         time.Time       `db:"now"`
	Climbed     pq.StringArray  `db:"climbed"`
}

func (s *Store) remind(ctx context.Context, tx *sqlx.Tx, c *calendar.Calendar, r reminded) error {
	climbed, next := s.told.Ladder().Climbed(c, r.OpenedAt, r.DueAt, r.Now)
	fresh := slices.DeleteFunc(climbed, func(x notice.Rung) bool { return slices.Contains(r.Climbed, x.ID) })
	for i, x := range fresh {
		last := i == len(fresh)-1
		if _, err := tx.ExecContext(ctx, `INSERT INTO reminders (task_id, rung, told) VALUES ($1, $2, $3)`, r.ID, x.ID, last); err != nil {
			return fmt.Errorf("rung: %w", err)
		}
		if !last {
			continue
		}
		t := telling{Kind: x.Kind, Event: fmt.Sprintf("task:%d/%s", r.ID, x.ID), Unit: r.Unit, Disclosure: r.Disclosure, Step: r.Step, Due: r.DueAt}
		for _, to := range x.Audience(notice.Audience{Role: r.Role, Section: r.Section}, r.ItemSection) {
			t.To = to
			if err := tell(ctx, tx, t); err != nil {
				return err
			}
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE tasks SET remind_at = coalesce($2, 'infinity'::timestamptz) WHERE id = $1`, r.ID, nullTime(next)); err != nil {
		return fmt.Errorf("next rung: %w", err)
	}
	return nil
}
