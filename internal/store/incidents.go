package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"shenfa/internal/disclosure"
)

// How an incident ends.
const (
	incidentFalseAlarm = "false_alarm" // two people found that there was no mark
	incidentUpheld     = "upheld"      // the mark was real
	incidentHandled    = "handled"     // what followed from a recall is done
)

// Incident is something that must be handled by a time.
type Incident struct {
	ID         string     `db:"id"`
	Type       string     `db:"type"`
	SealedLine []byte     `db:"sealed_line"`
	OpenedAt   time.Time  `db:"opened_at"`
	DueAt      time.Time  `db:"due_at"`
	ClosedAt   *time.Time `db:"closed_at"`
	Outcome    *string    `db:"outcome"`
	ClosedBy   *string    `db:"closed_by"`
	ByName     *string    `db:"by_name"`
	Opinion    *string    `db:"opinion_id"`
	SealedDone []byte     `db:"sealed_done"`
	Line       string
	Done       string // what was done
}

// Incident returns the newest incident of a disclosure, or nil.
func (s *Store) Incident(ctx context.Context, id string) (*Incident, error) {
	var i Incident
	err := s.db.GetContext(ctx, &i, `SELECT i.id, i.type, i.sealed_line, i.opened_at, i.due_at, i.closed_at, i.outcome, i.closed_by, p.name AS by_name,
			i.opinion_id, o.sealed AS sealed_done
		  FROM incidents i LEFT JOIN people p ON p.id = i.closed_by LEFT JOIN opinions o ON o.id = i.opinion_id
		 WHERE i.disclosure_id = $1 ORDER BY i.opened_at DESC LIMIT 1`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("incident: %w", err)
	}
	key, err := s.key(ctx, s.db, id)
	if err != nil {
		return nil, err
	}
	if i.SealedLine != nil {
		line, err := key.Open(incidentContext(id, i.ID), i.SealedLine)
		if err != nil {
			return nil, fmt.Errorf("incident line: %w", err)
		}
		i.Line = string(line)
	}
	if i.Opinion != nil {
		done, err := key.Open(opinionContext(id, *i.Opinion), i.SealedDone)
		if err != nil {
			return nil, fmt.Errorf("incident record: %w", err)
		}
		i.Done = string(done)
	}
	return &i, nil
}

// closing of the open incident of a disclosure. The line that was kept goes with it.
const closeIncident = `UPDATE incidents SET closed_at = clock_timestamp(), outcome = $2, closed_by = $3, opinion_id = $4, sealed_line = NULL
	WHERE disclosure_id = $1 AND closed_at IS NULL`

// CloseIncident ends what followed from a recall or a drift; opinion names what was done.
func (s *Store) CloseIncident(ctx context.Context, id string, by disclosure.Person, opinion string) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, closeIncident+` AND type <> 'quarantine'`, id, incidentHandled, by.ID, opinion)
		if err != nil {
			return fmt.Errorf("close incident: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(disclosure.Refuse(disclosure.IncidentClosed, ""), err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE tasks SET closed_at = clock_timestamp() WHERE disclosure_id = $1 AND step = $2 AND closed_at IS NULL`, id, disclosure.IncidentStep); err != nil {
			return fmt.Errorf("close task: %w", err)
		}
		return insertAudit(ctx, tx, Audit{
			Actor: by.ID, Action: "close_incident", Object: id, Unit: by.Unit, Outcome: "ok", Detail: map[string]string{"opinion": opinion},
		})
	})
}
