package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
)

// Extension is more time that a step of a version was given.
type Extension struct {
	Step    string    `db:"step"`
	N       int       `db:"n"` // in the unit of the step's limit
	By      string    `db:"person_id"`
	ByName  string    `db:"name"`
	Opinion string    `db:"opinion_id"`
	Was     time.Time `db:"was_at"`
	Due     time.Time `db:"due_at"`
	At      time.Time `db:"at"`
	Sealed  []byte    `db:"sealed"`
	Words   string
}

// Extensions lists what the steps of a version were given.
func (s *Store) Extensions(ctx context.Context, id string, version int) ([]Extension, error) {
	var rows []Extension
	if err := s.db.SelectContext(ctx, &rows, `SELECT e.step, e.n, e.person_id, p.name, e.opinion_id, e.was_at, e.due_at, e.at, o.sealed
		  FROM extensions e JOIN people p ON p.id = e.person_id JOIN opinions o ON o.id = e.opinion_id
		 WHERE e.disclosure_id = $1 AND e.version = $2 ORDER BY e.at`, id, version); err != nil || len(rows) == 0 {
		return nil, wrap("extensions", err)
	}
	key, err := s.key(ctx, s.db, id)
	if err != nil {
		return nil, err
	}
	for i, e := range rows {
		// Words from before an erasure stay shut.
		if words, err := key.Open(opinionContext(id, e.Opinion), e.Sealed); err == nil {
			rows[i].Words = string(words)
		}
	}
	return rows, nil
}

func extendedSteps(ctx context.Context, tx *sqlx.Tx, id string, version int) (map[string]int, error) {
	var rows []struct {
		Step string `db:"step"`
		N    int    `db:"n"`
	}
	if err := tx.SelectContext(ctx, &rows, `SELECT step, n FROM extensions WHERE disclosure_id = $1 AND version = $2`, id, version); err != nil {
		return nil, fmt.Errorf("extensions: %w", err)
	}
	steps := map[string]int{}
	for _, r := range rows {
		steps[r.Step] = r.N
	}
	return steps, nil
}

// countedOf lists the open tasks of an item whose row is locked.
func countedOf(ctx context.Context, tx *sqlx.Tx, id string) ([]CountedTask, error) {
	var rows []CountedTask
	if err := tx.SelectContext(ctx, &rows, `SELECT id, disclosure_id, number, kind, unit_id, step, role, section_id, coalesce(person, '') AS person, opened_at, due_at, extended, state_of_case
		FROM (`+selectCounted+` AND t.disclosure_id = $1 ORDER BY t.id FOR UPDATE OF t) x`, id); err != nil {
		return nil, fmt.Errorf("open tasks: %w", err)
	}
	return rows, nil
}

// Extend gives the seats of a step that wait n more of its unit, by a calendar, and tells those whose task
// it is. It is refused where the step has been extended already, its time has run out, or
// the limit of the law leaves nothing. The same words of the same person once more are a
// no-op.
func (s *Store) Extend(ctx context.Context, id string, version int, step string, n int, by disclosure.Person, opinion string, cal *calendar.Calendar) error {
	return refusal(s.tx(ctx, func(tx *sqlx.Tx) error {
		// The item first, as Record does.
		var done bool
		if err := tx.GetContext(ctx, &done, `SELECT EXISTS (SELECT FROM extensions WHERE opinion_id = $2) FROM disclosures WHERE id = $1 FOR UPDATE`, id, opinion); err != nil || done {
			return wrap("extend", err)
		}
		open, err := countedOf(ctx, tx, id)
		if err != nil {
			return err
		}
		kept := false
		for _, t := range open {
			if t.Step != step {
				continue
			}
			before := t.Extended
			t.Extended = n
			due, counted, err := t.Due(cal)
			if err != nil {
				return err
			}
			if !counted || before > 0 {
				return errors.Join(disclosure.Refuse(disclosure.ExtendedAlready, ""), fmt.Errorf("step %s: %d already", step, before))
			}
			if !kept {
				if _, err := tx.ExecContext(ctx, `INSERT INTO extensions (disclosure_id, version, step, n, person_id, opinion_id, was_at, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
					id, version, step, n, by.ID, opinion, t.DueAt, due); err != nil {
					return fmt.Errorf("extend: %w", err)
				}
				kept = true
			}
			why := Audit{Actor: by.ID, Action: "extend", Detail: map[string]string{"n": fmt.Sprint(n), "opinion": opinion}}
			if err := move(ctx, tx, t, due, why, "extension"); err != nil {
				return err
			}
		}
		if !kept {
			return errors.Join(disclosure.Refuse(disclosure.NothingToExtend, "step", "step", step), fmt.Errorf("step %s does not wait", step))
		}
		return nil
	}))
}
