package store

import (
	"context"
	"fmt"
	"time"

	"shenfa/internal/disclosure"
)

// Task is a seat that waits, with the disclosure it belongs to.
type Task struct {
	TaskID   int64     `db:"task_id"`
	TaskStep string    `db:"task_step"`
	Role     string    `db:"task_role"`
	OpenedAt time.Time `db:"opened_at"`
	DueAt    time.Time `db:"due_at"`
	Now      time.Time `db:"now"`

	NamedID    *string    `db:"named_id"`
	NamedName  *string    `db:"named_name"`
	HolderID   *string    `db:"holder_id"`
	HolderName *string    `db:"holder_name"`
	UrgedAt    *time.Time `db:"urged_at"`
	Row
}

// whose are the columns of a task t that say whom it waits for.
const whose = `t.named_id, (SELECT n.name FROM people n WHERE n.id = t.named_id) AS named_name,
	t.holder_id, (SELECT n.name FROM people n WHERE n.id = t.holder_id) AS holder_name, t.urged_at`

// mySeat is which open seats t of an item d the viewer may fill, in one place: of their
// roles, and not where they contributed or have decided already.
const mySeat = `
		   t.unit_id = $2 AND (t.named_id = $1 OR t.named_id IS NULL AND t.role = ANY ($4) AND (t.section_id = '' OR t.section_id = $3) OR ` + inPlace + `)
		   AND NOT EXISTS (SELECT FROM contributors c WHERE c.disclosure_id = d.id AND c.person_id = $1)
		   AND NOT EXISTS (SELECT FROM decisions x WHERE x.disclosure_id = d.id AND x.version = d.version AND $1 IN (x.person_id, x.on_behalf) AND x.counts)`

// Inbox lists the seats the person may fill, by due time: of their roles, and not
// where they contributed or have decided already.
func (s *Store) Inbox(ctx context.Context, p disclosure.Person, afterDue time.Time, afterID int64, limit int) ([]Task, error) {
	var rows []Task
	err := s.db.SelectContext(ctx, &rows, `
		SELECT t.id AS task_id, t.step AS task_step, t.role AS task_role, t.opened_at, t.due_at, clock_timestamp() AS now, `+whose+`,`+
		selectRow[len("\n\tSELECT"):]+`
		  JOIN tasks t ON t.disclosure_id = d.id AND t.closed_at IS NULL
		 WHERE `+visible+` AND `+mySeat+`
		   AND ($5::timestamptz IS NULL OR (t.due_at, t.id) > ($5, $6))
		 ORDER BY t.due_at, t.id LIMIT $7`, append(viewer(p), nullTime(afterDue), afterID, limit)...)
	if err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	plain := make([]Row, len(rows))
	for i, t := range rows {
		plain[i] = t.Row
	}
	if _, err := s.open(plain); err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].Row = plain[i]
	}
	return rows, nil
}

// OpenTasks lists the seats of one disclosure that wait.
func (s *Store) OpenTasks(ctx context.Context, id string) ([]Task, error) {
	var rows []Task
	err := s.db.SelectContext(ctx, &rows, `SELECT t.id AS task_id, t.step AS task_step, t.role AS task_role, t.opened_at, t.due_at, clock_timestamp() AS now, `+whose+`
		FROM tasks t WHERE t.disclosure_id = $1 AND t.closed_at IS NULL ORDER BY t.seat`, id)
	return rows, err
}

// Event is one act with its place in the ledger.
type Event struct {
	ID           string     `db:"id"`
	Type         string     `db:"type"`
	Actor        *string    `db:"actor"`
	ActorName    *string    `db:"actor_name"`
	From         string     `db:"from_state"`
	To           string     `db:"to_state"`
	Version      int        `db:"version"`
	Manifest     *string    `db:"manifest_hash"`
	Step         string     `db:"step"`
	Outcome      string     `db:"outcome"`
	Basis        string     `db:"basis"`
	Role         *string    `db:"role"`
	Counts       *bool      `db:"counts"`
	OpenComments *int       `db:"open_comments"` // when it was decided
	OnBehalf     *string    `db:"on_behalf"`
	OnBehalfName *string    `db:"on_behalf_name"`
	Target       *string    `db:"target"`
	TargetName   *string    `db:"target_name"`
	Opinion      *string    `db:"opinion_id"`
	Sealed       []byte     `db:"sealed"`
	Cause        string     `db:"cause"`
	At           time.Time  `db:"at"`
	Seq          *int64     `db:"seq"`
	Audit        string     `db:"audit_id"`
	ReleaseAt    *time.Time `db:"release_at"`
	Words        string
}

// Events lists the acts of a disclosure in order, with the words opened that can be.
func (s *Store) Events(ctx context.Context, id string) ([]Event, error) {
	key, err := s.key(ctx, s.db, id)
	if err != nil {
		return nil, err
	}
	var rows []Event
	if err := s.db.SelectContext(ctx, &rows, `
		SELECT a.id, a.type, a.actor, p.name AS actor_name, a.from_state, a.to_state, a.version, a.manifest_hash, a.step, a.outcome, a.basis,
		       x.role, x.counts, x.open_comments, x.on_behalf, b.name AS on_behalf_name, a.target, g.name AS target_name, a.opinion_id, o.sealed, a.cause, a.at, l.seq, a.audit_id, a.release_at
		  FROM acts a
		  LEFT JOIN people p ON p.id = a.actor
		  LEFT JOIN decisions x ON x.act_id = a.id
		  LEFT JOIN people b ON b.id = x.on_behalf
		  LEFT JOIN people g ON g.id = a.target
		  LEFT JOIN opinions o ON o.id = a.opinion_id
		  LEFT JOIN audit l ON l.id = a.audit_id
		 WHERE a.disclosure_id = $1 ORDER BY a.revision`, id); err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	for i := range rows {
		r := &rows[i]
		if r.Opinion == nil {
			continue
		}
		// Words from before an erasure stay shut.
		if words, err := key.Open(opinionContext(id, *r.Opinion), r.Sealed); err == nil {
			r.Words = string(words)
		}
	}
	return rows, nil
}

// Named is a person or a section by id.
type Named struct {
	ID   string `db:"id"`
	Name string `db:"name"`
}

// Contributors lists who put a byte into any version, in the order they came.
func (s *Store) Contributors(ctx context.Context, id string) ([]Named, error) {
	var rows []Named
	if err := s.db.SelectContext(ctx, &rows, `SELECT p.id, p.name FROM contributors c JOIN people p ON p.id = c.person_id WHERE c.disclosure_id = $1
		ORDER BY c.at, p.id`, id); err != nil {
		return nil, fmt.Errorf("contributors: %w", err)
	}
	return rows, nil
}
