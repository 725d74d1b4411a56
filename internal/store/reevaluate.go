package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
	"shenfa/internal/notice"
	"shenfa/internal/vault"
)

// Reevaluation is one look again at what was not made public.
type Reevaluation struct {
	ID        string                        `db:"id"`
	OpenedAt  time.Time                     `db:"opened_at"`
	DueAt     *time.Time                    `db:"due_at"` // nil: somebody looked of their own accord
	Now       time.Time                     `db:"now"`
	Outcome   *disclosure.ReevaluateOutcome `db:"outcome"` // nil: it waits
	By        *string                       `db:"person_id"`
	ByName    *string                       `db:"name"`
	At        *time.Time                    `db:"at"`
	Opinion   *string                       `db:"opinion_id"`
	Sealed    []byte                        `db:"sealed"`
	Successor *string                       `db:"successor_id"` // the draft that takes the road anew
	Number    *string                       `db:"number"`       // of that draft
	Words     string
}

// Reevaluations lists those of an item, the latest first.
func (s *Store) Reevaluations(ctx context.Context, id string) ([]Reevaluation, error) {
	var rows []Reevaluation
	if err := s.db.SelectContext(ctx, &rows, `SELECT e.id, e.opened_at, e.due_at, clock_timestamp() AS now, e.outcome, e.person_id, p.name, e.at, e.opinion_id, o.sealed, e.successor_id, d.number
		  FROM reevaluations e LEFT JOIN people p ON p.id = e.person_id LEFT JOIN opinions o ON o.id = e.opinion_id LEFT JOIN disclosures d ON d.id = e.successor_id
		 WHERE e.disclosure_id = $1 ORDER BY e.at DESC NULLS FIRST, e.opened_at DESC`, id); err != nil {
		return nil, fmt.Errorf("re-evaluations: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	key, err := s.key(ctx, s.db, id)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if rows[i].Opinion == nil {
			continue
		}
		// Words from before an erasure stay shut.
		if words, err := key.Open(opinionContext(id, *rows[i].Opinion), rows[i].Sealed); err == nil {
			rows[i].Words = string(words)
		}
	}
	return rows, nil
}

// KeptClosed says whether an item was not made public, and nothing is on its way to be in its
// place.
func (s *Store) KeptClosed(ctx context.Context, id string) (closed bool, err error) {
	return closed, wrap("kept closed", s.db.GetContext(ctx, &closed, `SELECT kept_closed(d) FROM disclosures d WHERE d.id = $1`, id))
}

// OpenReevaluations asks for a look again at what was kept from the public and has not been
// looked at for the period of the terms, at most limit of them, and returns how many it opened.
// Their time is counted by cal.
func (s *Store) OpenReevaluations(ctx context.Context, cal *calendar.Calendar, limit int) (opened int, err error) {
	terms := disclosure.Reevaluation()
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		var rows []struct {
			ID      string          `db:"id"`
			Unit    string          `db:"unit_id"`
			Version int             `db:"version"`
			Case    json.RawMessage `db:"state_of_case"`
			Now     time.Time       `db:"now"`
		}
		if err := tx.SelectContext(ctx, &rows, `SELECT d.id, d.unit_id, d.version, d.state_of_case, clock_timestamp() AS now FROM disclosures d
			WHERE d.state IN ('withheld', 'on_request') AND d.updated_at < clock_timestamp() - make_interval(years => $1) AND kept_closed(d)
			  AND NOT EXISTS (SELECT FROM reevaluations e WHERE e.disclosure_id = d.id AND (e.outcome IS NULL OR e.at > clock_timestamp() - make_interval(years => $1)))
			ORDER BY d.updated_at LIMIT $2 FOR UPDATE SKIP LOCKED`, terms.EveryYears, limit); err != nil {
			return fmt.Errorf("what to re-evaluate: %w", err)
		}
		opened = len(rows)
		for _, r := range rows {
			var c disclosure.Case
			if err := json.Unmarshal(r.Case, &c); err != nil {
				return fmt.Errorf("case of %s: %w", r.ID, err)
			}
			id := uuid.NewString()
			for _, t := range disclosure.ReevaluateTasks() {
				paced, err := StepDue(cal, c, t, r.Now)
				if err != nil {
					return fmt.Errorf("due time of a re-evaluation: %w", err)
				}
				due := paced.Due
				if t.Seat == 0 {
					if _, err := tx.ExecContext(ctx, `INSERT INTO reevaluations (id, disclosure_id, version, opened_at, due_at) VALUES ($1, $2, $3, $4, $5)`, id, r.ID, r.Version, r.Now, due); err != nil {
						return fmt.Errorf("re-evaluation: %w", err)
					}
				}
				if _, err := tx.ExecContext(ctx, `INSERT INTO tasks (disclosure_id, version, step, seat, role, unit_id, due_at, opened_at, calendar)
					VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`, r.ID, r.Version, t.Step, t.Seat, t.Role, r.Unit, due, r.Now, cal.Version()); err != nil {
					return fmt.Errorf("task of a re-evaluation: %w", err)
				}
				if err := tell(ctx, tx, telling{
					Kind: notice.Task, Event: "reevaluation:" + id, Unit: r.Unit, Disclosure: r.ID, Step: t.Step, Due: due, To: notice.Audience{Role: t.Role},
				}); err != nil {
					return err
				}
			}
			if err := insertAudit(ctx, tx, Audit{Action: "ask_reevaluation", Object: r.ID, Unit: r.Unit, Outcome: "ok", Detail: map[string]string{"reevaluation": id}}); err != nil {
				return err
			}
		}
		return nil
	})
	return opened, err
}

// Reevaluate concludes the look again that waits, or one that nobody asked for. What may be
// public after all becomes a new draft with the same content and a number of its own, for who
// wrote the item, or for by where that person is there no more; who contributed to the item has
// contributed to it. The same act once more is a no-op.
func (s *Store) Reevaluate(ctx context.Context, id, act string, by disclosure.Person, outcome disclosure.ReevaluateOutcome, opinion string) error {
	var of struct {
		Unit    string `db:"unit_id"`
		Section string `db:"section_id"`
		Drafter string `db:"drafter_id"`
		Version int    `db:"version"`
		Done    bool   `db:"done"`
	}
	err := s.db.GetContext(ctx, &of, `SELECT d.unit_id, d.section_id, coalesce(p.id, $2)::text AS drafter_id, d.version, EXISTS (SELECT FROM reevaluations e WHERE e.opinion_id = $3) AS done
		  FROM disclosures d LEFT JOIN people p ON p.id = d.drafter_id AND p.unit_id = d.unit_id AND p.disabled_at IS NULL WHERE d.id = $1`, id, by.ID, opinion)
	if err != nil || of.Done {
		return refusal(wrap("re-evaluate", err))
	}
	var anew *successor
	if outcome == disclosure.MayBeOpen {
		if anew, err = s.successor(ctx, id, act, of.Unit, of.Section, of.Version); err != nil {
			return err
		}
	}
	return refusal(s.tx(ctx, func(tx *sqlx.Tx) error {
		// The item first, as Record does.
		if _, err := tx.ExecContext(ctx, `SELECT FROM disclosures WHERE id = $1 FOR UPDATE`, id); err != nil {
			return fmt.Errorf("re-evaluate: %w", err)
		}
		next := ""
		if anew != nil {
			made, err := anew.insert(ctx, tx, id, act, by, disclosure.Person{ID: of.Drafter, Unit: of.Unit})
			if err != nil || !made { // the same act was quicker
				return err
			}
			next = anew.ID
		}
		var open string
		err := tx.GetContext(ctx, &open, `SELECT id FROM reevaluations WHERE disclosure_id = $1 AND outcome IS NULL FOR UPDATE`, id)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			open = act
			_, err = tx.ExecContext(ctx, `INSERT INTO reevaluations (id, disclosure_id, version, outcome, person_id, opinion_id, at, successor_id)
				VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp(), $7)`, open, id, of.Version, outcome, by.ID, opinion, nullable(next))
		case err == nil:
			_, err = tx.ExecContext(ctx, `UPDATE reevaluations SET outcome = $2, person_id = $3, opinion_id = $4, at = clock_timestamp(), successor_id = $5 WHERE id = $1`,
				open, outcome, by.ID, opinion, nullable(next))
		}
		if err != nil {
			return fmt.Errorf("re-evaluate: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE tasks SET closed_at = clock_timestamp() WHERE disclosure_id = $1 AND step = $2 AND closed_at IS NULL`,
			id, disclosure.ReevaluateStep); err != nil {
			return fmt.Errorf("task of a re-evaluation: %w", err)
		}
		return insertAudit(ctx, tx, Audit{
			Actor: by.ID, Action: "reevaluate", Object: id, Unit: by.Unit, Outcome: "ok",
			Detail: map[string]string{"outcome": string(outcome), "opinion": opinion, "reevaluation": open, "successor": next, "version": fmt.Sprint(of.Version)},
		})
	}))
}

// successor is a draft about to be made of what was kept from the public.
type successor struct {
	fresh
	key     vault.ItemKey
	wrapped []byte
	files   map[string][]byte
}

func (s *Store) successor(ctx context.Context, id, act, unit, section string, version int) (*successor, error) {
	n := successor{fresh: fresh{ID: Derive("successor", id, act), Edition: 1, Section: section}}
	var err error
	if n.wrapped, n.key, err = s.vault.NewItemKey(); err != nil {
		return nil, fmt.Errorf("item key: %w", err)
	}
	if n.Draft, n.files, err = s.contentFor(ctx, id, version, n.key); err != nil {
		return nil, err
	}
	n.Number, err = s.number(ctx, unit)
	return &n, err
}

func (n *successor) insert(ctx context.Context, tx *sqlx.Tx, of, act string, by, drafter disclosure.Person) (made bool, err error) {
	as := Audit{Actor: by.ID, Action: "create", Detail: map[string]string{"reevaluates": of}}
	if made, err := n.fresh.insert(ctx, tx, drafter, n.key, n.wrapped, as); err != nil || !made {
		return false, err
	}
	for blob, data := range n.files {
		if err := putBlob(ctx, tx, n.ID, blob, n.key, data); err != nil {
			return false, err
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO contributors (disclosure_id, person_id, at) SELECT $1, person_id, at FROM contributors WHERE disclosure_id = $2
		ON CONFLICT DO NOTHING`, n.ID, of); err != nil {
		return false, fmt.Errorf("contributors: %w", err)
	}
	return true, tell(ctx, tx, telling{
		Kind: notice.Reopened, Event: "act:" + act, Unit: drafter.Unit, Disclosure: n.ID, To: notice.Audience{Person: drafter.ID}, But: by.ID,
	})
}
