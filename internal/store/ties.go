package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"shenfa/internal/disclosure"
)

// tie writes down what a draft says about other items, if that has changed.
func tie(ctx context.Context, tx *sqlx.Tx, id string, before, after disclosure.Draft) error {
	if before.Interprets == after.Interprets && before.Continues == after.Continues {
		return nil
	}
	var err error
	if after.Interprets == "" && after.Continues.Number == "" {
		_, err = tx.ExecContext(ctx, `DELETE FROM ties WHERE disclosure_id = $1`, id)
	} else {
		step, _ := disclosure.ChainStepByID(after.Continues.As)
		_, err = tx.ExecContext(ctx, `INSERT INTO ties (disclosure_id, policy, continues, how, ends) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (disclosure_id) DO UPDATE SET policy = excluded.policy, continues = excluded.continues, how = excluded.how, ends = excluded.ends`,
			id, nullable(after.Interprets), nullable(after.Continues.Number), after.Continues.As, step.Ends)
	}
	if err != nil {
		return fmt.Errorf("ties: %w", err)
	}
	return nil
}

// Relations of a tie, as seen from the item that is asked about.
const (
	TiePolicy         = "policy"         // it explains that one
	TieInterpretation = "interpretation" // that one explains it
	TieEarlier        = "earlier"        // it continues that one
	TieLater          = "later"          // that one continues it
)

// Tied is another item that an item has to do with: of its number the newest edition that
// was submitted, or the first.
type Tied struct {
	Relation  string     `db:"relation"`
	As        string     `db:"how"` // of TieEarlier and TieLater: a disclosure.ChainStep
	ID        string     `db:"id"`
	Number    string     `db:"number"`
	Kind      string     `db:"kind"`
	State     string     `db:"state"`
	ReleaseAt *time.Time `db:"release_at"`
	Batch     string     `db:"batch"`
	Out       bool       `db:"out"`     // it has taken effect, be it recalled since
	Granted   bool       `db:"granted"` // an edition of it stands approved
}

const tiedColumns = `d.id, d.number, d.kind, d.state, d.release_at,
	coalesce((SELECT m.batch_id::text FROM batch_members m WHERE m.disclosure_id = d.id AND m.left_at IS NULL), '') AS batch,
	EXISTS (SELECT FROM disclosures e JOIN grants g ON g.disclosure_id = e.id WHERE e.number = d.number AND took_effect(g)) AS out,
	EXISTS (SELECT FROM disclosures e JOIN grants g ON g.disclosure_id = e.id WHERE e.number = d.number AND g.revoked_at IS NULL) AS granted`

// Ties lists what an item has to do with, whoever asks.
func (s *Store) Ties(ctx context.Context, id string) ([]Tied, error) {
	var rows []Tied
	err := s.db.SelectContext(ctx, &rows, `
		WITH mine AS (SELECT d.number, t.policy, t.continues, t.how FROM disclosures d LEFT JOIN ties t ON t.disclosure_id = d.id WHERE d.id = $1),
		others AS (
			SELECT 'policy' AS relation, '' AS how, policy AS number FROM mine WHERE policy IS NOT NULL
			UNION SELECT 'earlier', how, continues FROM mine WHERE continues IS NOT NULL
			UNION SELECT 'interpretation', '', d.number FROM mine JOIN ties t ON t.policy = mine.number JOIN disclosures d ON d.id = t.disclosure_id
			UNION SELECT 'later', t.how, d.number FROM mine JOIN ties t ON t.continues = mine.number JOIN disclosures d ON d.id = t.disclosure_id)
		SELECT DISTINCT ON (o.relation, d.number) o.relation, o.how, `+tiedColumns+`
		  FROM others o JOIN disclosures d ON d.number = o.number AND (d.edition = 1 OR d.version > 0)
		 ORDER BY o.relation DESC, d.number, d.edition DESC`, id)
	if err != nil {
		return nil, fmt.Errorf("ties: %w", err)
	}
	return rows, nil
}

// Explained finds the item of the unit and of one of those kinds under number; nil if
// there is none.
func (s *Store) Explained(ctx context.Context, unit, number string, kinds []string) (*Tied, error) {
	var rows []Tied
	err := s.db.SelectContext(ctx, &rows, `SELECT 'policy' AS relation, '' AS how, `+tiedColumns+` FROM disclosures d
		WHERE d.number = $1 AND d.unit_id = $2 AND d.kind = ANY ($3) AND (d.edition = 1 OR d.version > 0) ORDER BY d.edition DESC LIMIT 1`,
		number, unit, pq.Array(kinds))
	if err != nil {
		return nil, fmt.Errorf("explained: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &rows[0], nil
}

// ChainFault refuses an item that cannot continue the warning it names: there is none,
// it was cancelled, or another continues it already.
func (s *Store) ChainFault(ctx context.Context, id, number string) error {
	var fault *string
	if err := s.db.GetContext(ctx, &fault, `SELECT chain_fault($1, false)`, id); err != nil {
		return fmt.Errorf("chain: %w", err)
	}
	if fault == nil {
		return nil
	}
	return disclosure.Refuse(refusals[*fault], "continues.number", "value", number)
}

// Interpreted says whether an approved item explains the one under number and is to be
// public by then.
func (s *Store) Interpreted(ctx context.Context, number string, by time.Time) (ok bool, err error) {
	err = s.db.GetContext(ctx, &ok, `SELECT EXISTS (SELECT FROM ties t JOIN disclosures d ON d.id = t.disclosure_id JOIN grants g ON g.disclosure_id = d.id
		WHERE t.policy = $1 AND g.revoked_at IS NULL AND g.release_at <= $2 AND d.state <> 'held')`, number, by)
	if err != nil {
		return false, fmt.Errorf("interpreted: %w", err)
	}
	return ok, nil
}

// Preceded says whether what an item explains is approved for an earlier instant, or for
// the same one in the same batch. Of what explains nothing it is true.
func (s *Store) Preceded(ctx context.Context, id string) (ok bool, err error) {
	err = s.db.GetContext(ctx, &ok, `SELECT NOT EXISTS (SELECT FROM ties WHERE disclosure_id = $1 AND policy IS NOT NULL) OR EXISTS (
		SELECT FROM ties t JOIN disclosures p ON p.number = t.policy AND p.state <> 'held' JOIN grants h ON h.disclosure_id = p.id AND h.revoked_at IS NULL
		  JOIN grants g ON g.disclosure_id = $1 AND g.revoked_at IS NULL
		 WHERE t.disclosure_id = $1 AND (h.release_at < g.release_at OR h.release_at = g.release_at AND EXISTS (
			SELECT FROM batch_members mine JOIN batch_members m ON m.batch_id = mine.batch_id AND m.left_at IS NULL
			 WHERE mine.disclosure_id = $1 AND mine.left_at IS NULL AND m.disclosure_id = p.id)))`, id)
	if err != nil {
		return false, fmt.Errorf("preceded: %w", err)
	}
	return ok, nil
}

// Successor is the later warning that took the place of an earlier one.
type Successor struct {
	Of     string    `db:"continues"`
	Number string    `db:"number"`
	As     string    `db:"how"`
	At     time.Time `db:"at"` // when it took effect
}

// Successors finds what continues those numbers and has taken effect. As with editions,
// one that was recalled keeps the place: what was superseded does not come back by itself.
func (s *Store) Successors(ctx context.Context, numbers ...string) (map[string]Successor, error) {
	var rows []Successor
	err := s.db.SelectContext(ctx, &rows, `SELECT DISTINCT ON (t.continues) t.continues, d.number, t.how, min(effective_at(g)) OVER (PARTITION BY d.number) AS at
		  FROM ties t JOIN disclosures d ON d.id = t.disclosure_id JOIN grants g ON g.disclosure_id = d.id
		 WHERE t.continues = ANY ($1) AND took_effect(g) ORDER BY t.continues, d.edition DESC`, pq.Array(numbers))
	if err != nil {
		return nil, fmt.Errorf("successors: %w", err)
	}
	out := make(map[string]Successor, len(rows))
	for _, r := range rows {
		out[r.Of] = r
	}
	return out, nil
}

// leaves says whether after the act the item is not, or will not be, where its other half
// relies on it to be.
func (r *recorder) leaves() bool {
	switch r.Act.Type {
	case disclosure.Recall, disclosure.TakeDown, disclosure.Expire, disclosure.Withdraw, disclosure.NotReady:
		return true
	case disclosure.Missed:
		return r.Act.ReleaseAt.IsZero()
	case disclosure.Checked:
		return r.Act.Quarantine
	}
	return false
}

// together makes acts on a policy and on its interpretation come one after the other,
// before either row is locked: each may open a task on the other, and the one is approved
// only if the other is.
func (r *recorder) together(ctx context.Context) error {
	approves := r.Act.Type == disclosure.Decide || r.Act.Type == disclosure.Bypass
	if !approves && !r.leaves() {
		return nil
	}
	return r.exec(ctx, "order of companions", `SELECT pg_advisory_xact_lock(hashtextextended('companion/' || coalesce(t.policy, d.number), 0))
		FROM disclosures d LEFT JOIN ties t ON t.disclosure_id = d.id
		WHERE d.id = $1 AND (t.policy IS NOT NULL OR EXISTS (SELECT FROM ties o WHERE o.policy = d.number))`, r.ID)
}

// companion tells the disclosure office of what is out, or about to be, and has lost its
// other half.
func (r *recorder) companion(ctx context.Context) error {
	if !r.leaves() {
		return nil
	}
	var others []struct {
		ID      string `db:"id"`
		Version int    `db:"version"`
		Kind    string `db:"kind"`
	}
	if err := r.tx.SelectContext(ctx, &others, `SELECT o.id, o.version, o.kind FROM disclosures o
		 WHERE o.id IN (SELECT p.id FROM ties t JOIN disclosures p ON p.number = t.policy WHERE t.disclosure_id = $1
		                UNION SELECT t.disclosure_id FROM disclosures d JOIN ties t ON t.policy = d.number WHERE d.id = $1)
		   AND o.state IN ('armed', 'releasing', 'released', 'failed', 'out_of_force')`, r.ID); err != nil {
		return fmt.Errorf("companions: %w", err)
	}
	for _, o := range others {
		task := disclosure.CompanionTask(o.Kind, r.now)
		due, err := r.Due(r.now, r.After, task)
		if err != nil {
			return fmt.Errorf("due time of step %s: %w", task.Step, err)
		}
		if err := r.exec(ctx, "task of a companion", `INSERT INTO tasks (disclosure_id, version, step, seat, role, unit_id, due_at, opened_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`, o.ID, o.Version, task.Step, task.Seat, task.Role, r.After.Unit, due, r.now); err != nil {
			return err
		}
	}
	return nil
}

// SettleCompanion closes the task of an item that stays as it is without its other half.
func (s *Store) SettleCompanion(ctx context.Context, id string, by disclosure.Person, opinion string) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE tasks SET closed_at = clock_timestamp() WHERE disclosure_id = $1 AND step = $2 AND closed_at IS NULL`,
			id, disclosure.CompanionStep)
		if err != nil {
			return fmt.Errorf("settle companion: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err // settled before
		}
		return insertAudit(ctx, tx, Audit{
			Actor: by.ID, Action: "settle_companion", Object: id, Unit: by.Unit, Outcome: "ok", Detail: map[string]string{"opinion": opinion},
		})
	})
}
