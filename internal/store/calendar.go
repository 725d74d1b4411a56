package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
)

// CalendarYear is a version of a year with who proposed and who settled it.
type CalendarYear struct {
	Number       int        `db:"year"`
	Version      int        `db:"version"`
	Definition   []byte     `db:"definition"`
	Reason       string     `db:"reason"`
	ProposedBy   string     `db:"proposed_by"`
	ProposedName string     `db:"proposed_name"`
	ProposedAt   time.Time  `db:"proposed_at"`
	SettledBy    *string    `db:"settled_by"`
	SettledName  *string    `db:"settled_name"`
	SettledAt    *time.Time `db:"settled_at"`
	Confirmed    *bool      `db:"confirmed"` // nil: waits for the second person
	Year         calendar.Year
}

// CalendarYears returns every version of every year that was proposed, the newest first.
func (s *Store) CalendarYears(ctx context.Context) ([]CalendarYear, error) {
	var rows []CalendarYear
	if err := s.db.SelectContext(ctx, &rows, `
		SELECT y.year, y.version, y.definition, y.reason, y.proposed_by, p.name AS proposed_name, y.proposed_at, y.settled_by, q.name AS settled_name, y.settled_at, y.confirmed
		  FROM calendar_years y JOIN people p ON p.id = y.proposed_by LEFT JOIN people q ON q.id = y.settled_by
		 ORDER BY y.year DESC, y.version DESC`); err != nil {
		return nil, fmt.Errorf("calendar years: %w", err)
	}
	for i := range rows {
		if err := json.Unmarshal(rows[i].Definition, &rows[i].Year); err != nil {
			return nil, fmt.Errorf("calendar year %d/%d: %w", rows[i].Number, rows[i].Version, err)
		}
	}
	return rows, nil
}

// CalendarMark changes whenever another year is confirmed. It costs next to nothing to ask.
func (s *Store) CalendarMark(ctx context.Context) (mark int, err error) {
	err = s.db.GetContext(ctx, &mark, `SELECT count(*) FROM calendar_years WHERE confirmed`)
	return mark, wrap("calendar mark", err)
}

// ConfirmedYears returns of each year the version in force that two people agreed on.
func (s *Store) ConfirmedYears(ctx context.Context) ([]calendar.Year, error) {
	return confirmedYears(ctx, s.db)
}

func confirmedYears(ctx context.Context, q queryer) ([]calendar.Year, error) {
	var raw [][]byte
	if err := q.SelectContext(ctx, &raw, `SELECT DISTINCT ON (year) definition FROM calendar_years WHERE confirmed ORDER BY year, version DESC`); err != nil {
		return nil, fmt.Errorf("calendar years: %w", err)
	}
	years := make([]calendar.Year, len(raw))
	for i := range raw {
		if err := json.Unmarshal(raw[i], &years[i]); err != nil {
			return nil, fmt.Errorf("calendar year: %w", err)
		}
	}
	return years, nil
}

// ProposeCalendarYear keeps a version of a year that waits for a second person.
func (s *Store) ProposeCalendarYear(ctx context.Context, by disclosure.Person, y calendar.Year, reason string) error {
	raw, err := json.Marshal(y)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO calendar_years (year, version, definition, reason, proposed_by) VALUES ($1, $2, $3, $4, $5)`,
			y.Year, y.Version, raw, reason, by.ID); err != nil {
			return fmt.Errorf("propose calendar year: %w", err)
		}
		return auditCalendar(ctx, tx, by, "calendar_propose", y.Year, y.Version, map[string]string{"source": y.Source})
	})
}

// SettleCalendarYear confirms or refuses a proposed version. A confirmed one is in force at
// once. detail is what it changes, for the record.
func (s *Store) SettleCalendarYear(ctx context.Context, by disclosure.Person, year, version int, confirm bool, detail map[string]string) error {
	action := "calendar_refuse"
	if confirm {
		action = "calendar_confirm"
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE calendar_years SET confirmed = $3, settled_by = $4, settled_at = clock_timestamp() WHERE year = $1 AND version = $2`,
			year, version, confirm, by.ID)
		if err != nil {
			return fmt.Errorf("settle calendar year: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(disclosure.Refuse(disclosure.NotFound, ""), err)
		}
		return auditCalendar(ctx, tx, by, action, year, version, detail)
	})
}

func auditCalendar(ctx context.Context, tx *sqlx.Tx, by disclosure.Person, action string, year, version int, detail map[string]string) error {
	return insertAudit(ctx, tx, Audit{
		Actor: by.ID, Action: action, Object: fmt.Sprintf("%d/%d", year, version), Unit: by.Unit, Outcome: "ok", Detail: detail,
	})
}
