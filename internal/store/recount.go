package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
	"shenfa/internal/notice"
)

// CountedTask is a task that waits, with what its time was counted from.
type CountedTask struct {
	ID         int64           `db:"id"`
	Disclosure string          `db:"disclosure_id"`
	Number     string          `db:"number"`
	Kind       string          `db:"kind"`
	Unit       string          `db:"unit_id"`
	Step       string          `db:"step"`
	Role       disclosure.Role `db:"role"`
	Section    string          `db:"section_id"`
	Person     string          `db:"person"` // who alone may do it; empty: whoever holds the role
	OpenedAt   time.Time       `db:"opened_at"`
	DueAt      time.Time       `db:"due_at"`
	Extended   int             `db:"extended"` // in the unit of the step's limit
	Case       []byte          `db:"state_of_case"`
}

const selectCounted = `SELECT t.id, t.disclosure_id, d.number, d.kind, t.unit_id, t.step, t.role, t.section_id, coalesce(t.holder_id, t.named_id)::text AS person, t.opened_at, t.due_at, d.state_of_case,
		coalesce((SELECT e.n FROM extensions e WHERE e.disclosure_id = t.disclosure_id AND e.version = t.version AND e.step = t.step), 0) AS extended
	  FROM tasks t JOIN disclosures d ON d.id = t.disclosure_id WHERE t.closed_at IS NULL`

// Due is when the task is due by a calendar. counted is false for one whose time is not
// counted from its opening: of what a person named the day, or follows from a release.
func (t CountedTask) Due(cal *calendar.Calendar) (due time.Time, counted bool, err error) {
	var c disclosure.Case
	if err := json.Unmarshal(t.Case, &c); err != nil {
		return time.Time{}, false, fmt.Errorf("case of %s: %w", t.Disclosure, err)
	}
	return t.due(c, func(opened time.Time, c disclosure.Case, task disclosure.Task) (time.Time, error) {
		p, err := StepDue(cal, c, task, opened)
		return p.Due, err
	})
}

func (t CountedTask) due(c disclosure.Case, count DueFunc) (due time.Time, counted bool, err error) {
	task := disclosure.Task{Step: t.Step, Extended: t.Extended}
	switch step := slices.IndexFunc(c.Route.Steps, func(s disclosure.Step) bool { return s.ID == t.Step }); {
	case step >= 0:
		task.Limit = c.Route.Steps[step].Limit
	case t.Step == disclosure.HeldStep:
		task.Limit = disclosure.HeldLimit
	case t.Step == disclosure.CompanionStep:
		task.Limit = disclosure.CompanionTask(t.Kind, t.OpenedAt).Limit
	case t.Step == disclosure.RatifyStep:
		task.Limit = disclosure.Ratification().Limit
	case t.Step == disclosure.ReevaluateStep:
		task.Limit = disclosure.Reevaluation().Limit
	default:
		return time.Time{}, false, nil
	}
	if due, err = count(t.OpenedAt, c, task); err != nil {
		return time.Time{}, false, fmt.Errorf("limit of %s: %w", t.Step, err)
	}
	// A seat may have been opened a moment after its time was worked out.
	if due.Sub(t.DueAt).Abs() < 5*time.Second {
		due = t.DueAt
	}
	return due, true, nil
}

// CountedTasks lists the open tasks of a unit.
func (s *Store) CountedTasks(ctx context.Context, unit string) ([]CountedTask, error) {
	var rows []CountedTask
	if err := s.db.SelectContext(ctx, &rows, `SELECT id, disclosure_id, number, kind, unit_id, step, role, section_id, coalesce(person, '') AS person, opened_at, due_at, extended, state_of_case
		FROM (`+selectCounted+` AND t.unit_id = $1) x ORDER BY due_at, id`, unit); err != nil {
		return nil, fmt.Errorf("tasks by deadline: %w", err)
	}
	return rows, nil
}

// Recount counts the time of open tasks anew that was counted on another calendar than the
// one in force, at most limit of them: own with the years that two people confirmed. What
// moves is audited, and told to those whose task it is with what it was before. It returns
// how many it looked at.
func (s *Store) Recount(ctx context.Context, own *calendar.Calendar, limit int) (looked int, err error) {
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		years, err := confirmedYears(ctx, tx)
		if err != nil {
			return err
		}
		c, err := own.With(years...)
		if err != nil {
			return err
		}
		var rows []CountedTask
		if err := tx.SelectContext(ctx, &rows, `SELECT id, disclosure_id, number, kind, unit_id, step, role, section_id, coalesce(person, '') AS person, opened_at, due_at, extended, state_of_case
			FROM (`+selectCounted+` AND t.calendar IS DISTINCT FROM $1 ORDER BY t.id LIMIT $2 FOR UPDATE OF t SKIP LOCKED) x`, c.Version(), limit); err != nil {
			return fmt.Errorf("tasks to count anew: %w", err)
		}
		looked = len(rows)
		ids := make([]int64, len(rows))
		for i, t := range rows {
			ids[i] = t.ID
			due, counted, err := t.Due(c)
			if err != nil {
				return err
			}
			if counted && !due.Equal(t.DueAt) {
				if err := move(ctx, tx, t, due, Audit{Actor: "system:calendar", Action: "recount", Detail: map[string]string{"calendar": c.Version()}}, "calendar/"+c.Version()); err != nil {
					return err
				}
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE tasks SET calendar = $2 WHERE id = ANY ($1)`, pq.Array(ids), c.Version())
		return wrap("counted anew", err)
	})
	return looked, err
}

// move gives a task its new time, for a reason that is audited. Its reminders are worked out
// anew.
func move(ctx context.Context, tx *sqlx.Tx, t CountedTask, due time.Time, why Audit, event string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE tasks SET due_at = $2, remind_at = NULL WHERE id = $1`, t.ID, due); err != nil {
		return fmt.Errorf("move a task: %w", err)
	}
	why.Object, why.Unit, why.Outcome = t.Disclosure, t.Unit, "ok"
	maps.Copy(why.Detail, map[string]string{"step": t.Step, "from": t.DueAt.UTC().Format(time.RFC3339), "to": due.UTC().Format(time.RFC3339)})
	if err := insertAudit(ctx, tx, why); err != nil {
		return err
	}
	to := notice.Audience{Role: t.Role, Section: t.Section}
	if t.Person != "" {
		to = notice.Audience{Person: t.Person}
	}
	return tell(ctx, tx, telling{
		Kind: notice.Clock, Event: fmt.Sprintf("task:%d/%s", t.ID, event), Unit: t.Unit, Disclosure: t.Disclosure, Step: t.Step, Due: due, Was: t.DueAt, To: to,
	})
}

// Awaited is a question somebody is still to answer.
type Awaited struct {
	ID         string    `db:"id"`
	Disclosure string    `db:"disclosure_id"`
	Number     string    `db:"number"`
	Kind       string    `db:"kind"`
	Terms      string    `db:"terms_from"`
	ReceivedOn time.Time `db:"received_on"`
	DueAt      time.Time `db:"due_at"`
}

// AwaitedQuestions lists the questions of a unit that wait for an answer, by when it is due.
func (s *Store) AwaitedQuestions(ctx context.Context, unit string) ([]Awaited, error) {
	var rows []Awaited
	if err := s.db.SelectContext(ctx, &rows, `SELECT q.id, q.disclosure_id, d.number, q.kind, q.terms_from, q.received_on, q.due_at
		  FROM questions q JOIN disclosures d ON d.id = q.disclosure_id
		 WHERE d.unit_id = $1 AND q.state = 'received' AND d.state = ANY ($2) ORDER BY q.due_at, q.id`, unit, pq.Array(disclosure.AnswerableStates())); err != nil {
		return nil, fmt.Errorf("questions by deadline: %w", err)
	}
	return rows, nil
}

// Unreleased lists the items of a unit that are on their road to a release or wait for it.
func (s *Store) Unreleased(ctx context.Context, unit string) ([]Row, error) {
	var rows []Row
	if err := s.db.SelectContext(ctx, &rows, selectRow+` WHERE d.unit_id = $1 AND d.state = ANY ($2) ORDER BY d.number`, unit,
		pq.Array(append([]disclosure.State{disclosure.Drafting, disclosure.Approved, disclosure.Armed, disclosure.Held}, inFlight...))); err != nil {
		return nil, fmt.Errorf("items on their road: %w", err)
	}
	return s.open(rows)
}
