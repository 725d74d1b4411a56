package store

import (
	"context"
	"fmt"
	"time"
)

// Period is what a report counts: From is in it, Until is not.
type Period struct{ From, Until time.Time }

// InHand is one item of a unit that is on its way.
type InHand struct {
	Section string    `db:"section_id"`
	Name    string    `db:"name"`
	Since   time.Time `db:"since"`   // its first submission
	Overdue bool      `db:"overdue"` // a seat of it is
}

// InHand lists what a unit has in hand now, by section.
func (s *Store) InHand(ctx context.Context, unit string) ([]InHand, error) {
	var rows []InHand
	if err := s.db.SelectContext(ctx, &rows, `SELECT d.section_id, s.name,
			coalesce((SELECT v.frozen_at FROM versions v WHERE v.disclosure_id = d.id ORDER BY v.version LIMIT 1), d.created_at) AS since,
			EXISTS (SELECT FROM tasks t WHERE t.disclosure_id = d.id AND t.closed_at IS NULL AND t.due_at < clock_timestamp()) AS overdue
		  FROM disclosures d JOIN sections s ON s.id = d.section_id
		 WHERE d.unit_id = $1 AND d.state IN ('checking', 'self_review', 'quarantined', 'in_review', 'reported', 'returned', 'approved', 'armed', 'held')
		 ORDER BY s.name, d.section_id`, unit); err != nil {
		return nil, fmt.Errorf("in hand: %w", err)
	}
	return rows, nil
}

// Seated is a seat that is filled, or needed no more.
type Seated struct {
	Step   string    `db:"step"`
	Opened time.Time `db:"opened_at"`
	Closed time.Time `db:"closed_at"`
	Due    time.Time `db:"due_at"`
}

// Seated lists the seats that were closed in a period.
func (s *Store) Seated(ctx context.Context, unit string, p Period) ([]Seated, error) {
	var rows []Seated
	if err := s.db.SelectContext(ctx, &rows, `SELECT step, opened_at, closed_at, due_at FROM tasks
		WHERE unit_id = $1 AND closed_at >= $2 AND closed_at < $3`, unit, p.From, p.Until); err != nil {
		return nil, fmt.Errorf("seats: %w", err)
	}
	return rows, nil
}

// Counted is a number of something of two names.
type Counted struct {
	A string `db:"a"`
	B string `db:"b"`
	C string `db:"c"`
	N int    `db:"n"`
}

// Replaced is what became of a finding in a version that was changed.
const Replaced = "replaced"

// Outcomes counts the decisions of a period by step (A) and outcome (B).
func (s *Store) Outcomes(ctx context.Context, unit string, p Period) ([]Counted, error) {
	return s.counted(ctx, "outcomes", `SELECT a.step AS a, a.outcome AS b, count(*) AS n FROM acts a JOIN disclosures d ON d.id = a.disclosure_id
		WHERE a.type = 'decide' AND a.type IN ('decide', 'bypass') AND d.unit_id = $1 AND a.at >= $2 AND a.at < $3 GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2`, unit, p)
}

// FoundBy counts the findings of the versions of a period by class (A), rule (B) and what
// became of them (C): empty while they are open, Replaced if nothing was said of them and a
// later version took the place of theirs.
func (s *Store) FoundBy(ctx context.Context, unit string, p Period) ([]Counted, error) {
	return s.counted(ctx, "findings", `SELECT f.class AS a, f.rule AS b, coalesce(x.disposition, CASE WHEN v.version < d.version THEN '`+Replaced+`' ELSE '' END) AS c, count(*) AS n
		FROM versions v JOIN disclosures d ON d.id = v.disclosure_id JOIN findings f ON f.disclosure_id = v.disclosure_id AND f.version = v.version
		LEFT JOIN dispositions x ON x.finding_id = f.id
		WHERE d.unit_id = $1 AND v.frozen_at >= $2 AND v.frozen_at < $3 GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3`, unit, p)
}

// Punctual counts what went out on channels in a period by how late that was (A): 1s, 10s,
// 60s or later; never is what should have gone out and has not.
func (s *Store) Punctual(ctx context.Context, unit string, p Period) ([]Counted, error) {
	return s.counted(ctx, "punctuality", `SELECT CASE WHEN e.sent_at IS NULL THEN 'never'
			WHEN e.sent_at <= e.due_at + interval '1 second' THEN '1s' WHEN e.sent_at <= e.due_at + interval '10 seconds' THEN '10s'
			WHEN e.sent_at <= e.due_at + interval '60 seconds' THEN '60s' ELSE 'later' END AS a, count(*) AS n
		FROM effects e JOIN disclosures d ON d.id = e.disclosure_id
		WHERE d.unit_id = $1 AND e.due_at >= $2 AND e.due_at < least($3, clock_timestamp()) AND (e.sent_at IS NOT NULL OR e.state <> 'recalled')
		GROUP BY 1`, unit, p)
}

// Lawful counts what was released in a period by whether it kept the limit of the law (A):
// met, missed or none; waiting is what is past its limit now and not out.
func (s *Store) Lawful(ctx context.Context, unit string, p Period) ([]Counted, error) {
	rows, err := s.counted(ctx, "limits", `SELECT CASE WHEN d.lawful IS NULL THEN 'none' WHEN d.release_at <= d.lawful THEN 'met' ELSE 'missed' END AS a, count(*) AS n
		FROM disclosures d WHERE d.unit_id = $1 AND d.edition = 1 AND d.release_at >= $2 AND d.release_at < $3
		   AND d.state IN ('releasing', 'released', 'failed', 'recalled', 'taken_down', 'out_of_force') GROUP BY 1`, unit, p)
	if err != nil {
		return nil, err
	}
	// A query of its own: together they are worth a parallel plan to PostgreSQL, whose
	// workers take longer to start than both take.
	waiting := Counted{A: "waiting"}
	if err := s.db.GetContext(ctx, &waiting.N, `SELECT count(*) FROM disclosures d WHERE d.unit_id = $1 AND d.edition = 1 AND d.lawful < clock_timestamp()
		   AND d.state IN ('checking', 'self_review', 'quarantined', 'in_review', 'reported', 'returned', 'approved', 'armed', 'held')`, unit); err != nil {
		return nil, fmt.Errorf("limits: %w", err)
	}
	return append(rows, waiting), nil
}

func (s *Store) counted(ctx context.Context, what, query, unit string, p Period) ([]Counted, error) {
	var rows []Counted
	if err := s.db.SelectContext(ctx, &rows, query, unit, p.From, p.Until); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return rows, nil
}

// Shortened is a sign-off that a leader shortened.
type Shortened struct {
	ID     string    `db:"id"`
	Number string    `db:"number"`
	By     string    `db:"name"`
	At     time.Time `db:"at"`
	// What was said of it afterwards: empty where it came to no approval.
	Judged string `db:"judged"` // waiting, overdue, ratified or objected
}

// Shortened lists those of a period, the latest first.
func (s *Store) Shortened(ctx context.Context, unit string, p Period, limit int) ([]Shortened, error) {
	var rows []Shortened
	if err := s.db.SelectContext(ctx, &rows, `SELECT d.id, d.number, p.name, a.at,
			CASE WHEN r.bypass_id IS NULL THEN '' ELSE coalesce(r.outcome, CASE WHEN r.due_at < clock_timestamp() THEN 'overdue' ELSE 'waiting' END) END AS judged
		  FROM acts a JOIN disclosures d ON d.id = a.disclosure_id JOIN people p ON p.id = a.actor LEFT JOIN ratifications r ON r.bypass_id = a.id
		WHERE a.type = 'bypass' AND a.type IN ('decide', 'bypass') AND d.unit_id = $1 AND a.at >= $2 AND a.at < $3 ORDER BY a.at DESC, d.number LIMIT $4`,
		unit, p.From, p.Until, limit); err != nil {
		return nil, fmt.Errorf("bypasses: %w", err)
	}
	return rows, nil
}
