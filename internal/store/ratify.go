package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"shenfa/internal/disclosure"
	"shenfa/internal/notice"
)

// Ratification is a bypass that led to an approval, with what was said of it afterwards (追认).
type Ratification struct {
	Bypass   string                    `db:"bypass_id"` // the act that shortened the sign-off
	Version  int                       `db:"version"`
	OpenedAt time.Time                 `db:"opened_at"`
	DueAt    time.Time                 `db:"due_at"`
	Now      time.Time                 `db:"now"`
	Outcome  *disclosure.RatifyOutcome `db:"outcome"` // nil: it waits
	By       *string                   `db:"person_id"`
	ByName   *string                   `db:"name"`
	At       *time.Time                `db:"at"`
	Opinion  *string                   `db:"opinion_id"`
	Sealed   []byte                    `db:"sealed"`
	Words    string
}

// ratification opens the look afterwards with the grant that a shortened sign-off led to, and
// asks those who may take it.
func (r *recorder) ratification(ctx context.Context) error {
	c := r.After
	if r.Act.Type != disclosure.Decide && r.Act.Type != disclosure.Bypass || c.State != disclosure.Approved || !c.Bypassed() {
		return nil
	}
	for _, t := range disclosure.RatifyTasks() {
		due, err := r.Due(r.now, c, t)
		if err != nil {
			return fmt.Errorf("due time of a ratification: %w", err)
		}
		if t.Seat == 0 {
			if err := r.exec(ctx, "ratification", `INSERT INTO ratifications (bypass_id, disclosure_id, version, due_at)
				SELECT act_id, disclosure_id, version, $3 FROM decisions WHERE disclosure_id = $1 AND version = $2 AND step = $4 AND counts`,
				c.ID, c.Version, due, disclosure.BypassStep); err != nil {
				return err
			}
		}
		if err := r.exec(ctx, "task of a ratification", `INSERT INTO tasks (disclosure_id, version, step, seat, role, unit_id, due_at, opened_at, calendar)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`, c.ID, c.Version, t.Step, t.Seat, t.Role, c.Unit, due, r.now, nullable(r.Calendar)); err != nil {
			return err
		}
		if err := tell(ctx, r.tx, telling{
			Kind: notice.Task, Event: "act:" + r.Act.ID + "/" + t.Step, Unit: c.Unit, Disclosure: c.ID, Step: t.Step, Due: due,
			To: notice.Audience{Role: t.Role}, But: r.Act.By.ID,
		}); err != nil {
			return err
		}
	}
	return nil
}

// Ratification returns the oldest bypass of an item that waits to be judged, or else the last
// one that was; nil where there is none.
func (s *Store) Ratification(ctx context.Context, id string) (*Ratification, error) {
	var r Ratification
	err := s.db.GetContext(ctx, &r, `SELECT r.bypass_id, r.version, r.opened_at, r.due_at, clock_timestamp() AS now, r.outcome, r.person_id, p.name, r.at, r.opinion_id, o.sealed
		  FROM ratifications r LEFT JOIN people p ON p.id = r.person_id LEFT JOIN opinions o ON o.id = r.opinion_id
		 WHERE r.disclosure_id = $1 ORDER BY r.at DESC NULLS FIRST, r.opened_at LIMIT 1`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ratification: %w", err)
	}
	if r.Opinion == nil {
		return &r, nil
	}
	key, err := s.key(ctx, s.db, id)
	if err != nil {
		return nil, err
	}
	// Words from before an erasure stay shut.
	if words, err := key.Open(opinionContext(id, *r.Opinion), r.Sealed); err == nil {
		r.Words = string(words)
	}
	return &r, nil
}

// Parties are the ids of all who had a part in a version, and so do not judge it.
func (s *Store) Parties(ctx context.Context, id string, version int) (ids []string, err error) {
	return ids, wrap("parties", s.db.SelectContext(ctx, &ids, `SELECT p::text FROM parties($1, $2) p`, id, version))
}

// Ratify keeps what somebody says of a bypass. An objection opens an incident of the
// disclosure office, if none is open: whether it is recalled is for people to say. The same
// words of the same person once more are a no-op.
func (s *Store) Ratify(ctx context.Context, id, bypass string, by disclosure.Person, outcome disclosure.RatifyOutcome, opinion string) error {
	return refusal(s.tx(ctx, func(tx *sqlx.Tx) error {
		// The item first, as Record does: nobody gets a part in it meanwhile.
		if _, err := tx.ExecContext(ctx, `SELECT FROM disclosures WHERE id = $1 FOR UPDATE`, id); err != nil {
			return fmt.Errorf("ratify: %w", err)
		}
		var row struct {
			Version int     `db:"version"`
			Opinion *string `db:"opinion_id"`
		}
		err := tx.GetContext(ctx, &row, `SELECT version, opinion_id FROM ratifications WHERE bypass_id = $1 AND disclosure_id = $2 FOR UPDATE`, bypass, id)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return errors.Join(disclosure.Refuse(disclosure.NothingToRatify, ""), fmt.Errorf("bypass %s: none waits", bypass))
		case err != nil:
			return fmt.Errorf("ratify: %w", err)
		case row.Opinion != nil && *row.Opinion == opinion:
			return nil
		}
		if _, err := tx.ExecContext(ctx, `UPDATE ratifications SET outcome = $2, person_id = $3, opinion_id = $4, at = clock_timestamp() WHERE bypass_id = $1`,
			bypass, outcome, by.ID, opinion); err != nil {
			return fmt.Errorf("ratify: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE tasks SET closed_at = clock_timestamp() WHERE disclosure_id = $1 AND step = $2 AND closed_at IS NULL
			AND NOT EXISTS (SELECT FROM ratifications WHERE disclosure_id = $1 AND outcome IS NULL)`, id, disclosure.RatifyStep); err != nil {
			return fmt.Errorf("tasks of a ratification: %w", err)
		}
		if outcome == disclosure.Objected {
			if err := openObjection(ctx, tx, id); err != nil {
				return err
			}
		}
		return insertAudit(ctx, tx, Audit{
			Actor: by.ID, Action: "ratify", Object: id, Unit: by.Unit, Outcome: "ok",
			Detail: map[string]string{"outcome": string(outcome), "opinion": opinion, "act": bypass, "version": fmt.Sprint(row.Version)},
		})
	}))
}

// openObjection makes an objection an incident, and a task of the disclosure office.
func openObjection(ctx context.Context, tx *sqlx.Tx, id string) error {
	res, err := tx.ExecContext(ctx, `INSERT INTO incidents (id, disclosure_id, type, due_at)
		SELECT $1, $2, 'objection', clock_timestamp() + $3 * interval '1 second' WHERE NOT EXISTS (SELECT FROM incidents WHERE disclosure_id = $2 AND closed_at IS NULL)`,
		uuid.NewString(), id, incidentLimit.Seconds())
	if err != nil {
		return fmt.Errorf("objection: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO tasks (disclosure_id, version, step, seat, role, unit_id, due_at)
		SELECT id, version, $2, 0, $3, unit_id, clock_timestamp() + $4 * interval '1 second' FROM disclosures WHERE id = $1 ON CONFLICT DO NOTHING`,
		id, disclosure.IncidentStep, disclosure.DisclosureOfficer, incidentLimit.Seconds()); err != nil {
		return fmt.Errorf("task of an objection: %w", err)
	}
	return nil
}
