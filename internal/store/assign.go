package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"shenfa/internal/disclosure"
)

// inPlace is whether the viewer could fill the open seat t of an item d in the place of
// somebody who delegated it to them.
const inPlace = `EXISTS (SELECT FROM delegations g JOIN people gp ON gp.id = g.giver_id
		     WHERE g.delegate_id = $1 AND g.revoked_at IS NULL AND g.starts_at <= now() AND g.ends_at > now() AND g.unit_id = t.unit_id
		       AND (g.kinds = '{}' OR d.kind = ANY (g.kinds)) AND (g.steps = '{}' OR t.step = ANY (g.steps)) AND (g.item_id IS NULL OR g.item_id = d.id)
		       AND (t.named_id = g.giver_id OR t.named_id IS NULL AND (t.section_id = '' OR t.section_id = gp.section_id)
		            AND EXISTS (SELECT FROM person_roles gr WHERE gr.person_id = g.giver_id AND gr.role = t.role))
		       AND NOT EXISTS (SELECT FROM contributors gc WHERE gc.disclosure_id = d.id AND gc.person_id = g.giver_id)
		       AND NOT EXISTS (SELECT FROM decisions gx WHERE gx.disclosure_id = d.id AND gx.version = d.version AND g.giver_id IN (gx.person_id, gx.on_behalf) AND gx.counts))`

// signers keeps beside the route whom deciders added to it.
func (r *recorder) signers(ctx context.Context) error {
	before, after := r.Before.Route.Signers(), r.After.Route.Signers()
	for _, s := range before {
		if !slices.Contains(after, s) {
			if err := r.exec(ctx, "drop signer", `UPDATE signers SET dropped_at = clock_timestamp() WHERE disclosure_id = $1 AND step = $2 AND seat = $3 AND dropped_at IS NULL`,
				r.After.ID, s.Step, s.Seat); err != nil {
				return err
			}
		}
	}
	for _, s := range after {
		if !slices.Contains(before, s) {
			if err := r.exec(ctx, "add signer", `INSERT INTO signers (disclosure_id, step, seat, person_id, added_by, essential) VALUES ($1, $2, $3, $4, $5, $6)`,
				r.After.ID, s.Step, s.Seat, s.Person, s.By, s.Essential); err != nil {
				return err
			}
		}
	}
	return nil
}

// holders writes who holds the tasks that wait.
func (r *recorder) holders(ctx context.Context, open []disclosure.Task) error {
	for _, t := range open {
		if slices.Contains(r.Before.Tasks(), t) {
			continue
		}
		if err := r.exec(ctx, "holder", `UPDATE tasks SET holder_id = $4 WHERE disclosure_id = $1 AND step = $2 AND seat = $3 AND closed_at IS NULL`,
			r.After.ID, t.Step, t.Seat, nullable(t.Holder)); err != nil {
			return err
		}
	}
	return nil
}

// Held lists the disclosures with a task that the person holds.
func (s *Store) Held(ctx context.Context, person string) (ids []string, err error) {
	if err := s.db.SelectContext(ctx, &ids, `SELECT DISTINCT disclosure_id::text FROM tasks WHERE holder_id = $1 AND closed_at IS NULL`, person); err != nil {
		return nil, fmt.Errorf("held tasks: %w", err)
	}
	return ids, nil
}

// Delegation is one as it was made, with the names of its people.
type Delegation struct {
	disclosure.Delegation
	GiverName, DelegateName string
	MadeBy, MadeByName      string
	MadeAt                  time.Time
	RevokedAt               *time.Time
	Reason                  string
}

type delegationRow struct {
	ID           string         `db:"id"`
	Giver        string         `db:"giver_id"`
	GiverName    string         `db:"giver_name"`
	Delegate     string         `db:"delegate_id"`
	DelegateName string         `db:"delegate_name"`
	Kinds        pq.StringArray `db:"kinds"`
	Steps        pq.StringArray `db:"steps"`
	Item         *string        `db:"item_id"`
	From         time.Time      `db:"starts_at"`
	Until        time.Time      `db:"ends_at"`
	Sealed       []byte         `db:"sealed_reason"`
	MadeBy       string         `db:"made_by"`
	MadeByName   string         `db:"made_by_name"`
	MadeAt       time.Time      `db:"made_at"`
	RevokedAt    *time.Time     `db:"revoked_at"`
}

func delegationContext(id string) string { return "delegation/" + id }

// AddDelegation makes d. The same id again changes nothing.
func (s *Store) AddDelegation(ctx context.Context, by disclosure.Person, d disclosure.Delegation, reason string) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		var known bool
		if err := tx.GetContext(ctx, &known, `SELECT EXISTS (SELECT FROM delegations WHERE id = $1)`, d.ID); err != nil || known {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO delegations (id, unit_id, giver_id, delegate_id, kinds, steps, item_id, starts_at, ends_at, sealed_reason, made_by)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, d.ID, by.Unit, d.Giver, d.Delegate, pq.Array(append([]string{}, d.Kinds...)),
			pq.Array(append([]string{}, d.Steps...)), nullable(d.Item), d.From, d.Until, s.vault.Seal(delegationContext(d.ID), []byte(reason)), by.ID); err != nil {
			return refusal(fmt.Errorf("delegation: %w", err))
		}
		return insertAudit(ctx, tx, Audit{Actor: by.ID, Action: "delegate", Object: d.ID, Unit: by.Unit, Outcome: "ok", Detail: map[string]string{
			"giver": d.Giver, "delegate": d.Delegate, "item": d.Item, "from": d.From.UTC().Format(time.RFC3339Nano), "until": d.Until.UTC().Format(time.RFC3339Nano),
		}})
	})
}

// RevokeDelegation ends one of the unit at once.
func (s *Store) RevokeDelegation(ctx context.Context, id string, by disclosure.Person) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE delegations SET revoked_at = clock_timestamp(), revoked_by = $2 WHERE id = $1 AND revoked_at IS NULL`, id, by.ID)
		if err != nil {
			return fmt.Errorf("revoke delegation: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(disclosure.Refuse(disclosure.NotFound, ""), err)
		}
		return insertAudit(ctx, tx, Audit{Actor: by.ID, Action: "revoke_delegation", Object: id, Unit: by.Unit, Outcome: "ok"})
	})
}

// Delegations lists what stands or is to come in the unit, the earliest first.
func (s *Store) Delegations(ctx context.Context, unit string) ([]Delegation, error) {
	var rows []delegationRow
	if err := s.db.SelectContext(ctx, &rows, `
		SELECT g.id, g.giver_id, gp.name AS giver_name, g.delegate_id, dp.name AS delegate_name, g.kinds, g.steps, g.item_id, g.starts_at, g.ends_at,
		       g.sealed_reason, g.made_by, mp.name AS made_by_name, g.made_at, g.revoked_at
		  FROM delegations g JOIN people gp ON gp.id = g.giver_id JOIN people dp ON dp.id = g.delegate_id JOIN people mp ON mp.id = g.made_by
		 WHERE g.unit_id = $1 AND g.revoked_at IS NULL AND g.ends_at > clock_timestamp() ORDER BY g.starts_at, g.id`, unit); err != nil {
		return nil, fmt.Errorf("delegations: %w", err)
	}
	out := make([]Delegation, len(rows))
	for i, r := range rows {
		reason, err := s.vault.Open(delegationContext(r.ID), r.Sealed)
		if err != nil {
			return nil, fmt.Errorf("delegation reason: %w", err)
		}
		out[i] = Delegation{
			Delegation: disclosure.Delegation{ID: r.ID, Giver: r.Giver, Delegate: r.Delegate, Kinds: r.Kinds, Steps: r.Steps, From: r.From, Until: r.Until},
			GiverName:  r.GiverName, DelegateName: r.DelegateName, MadeBy: r.MadeBy, MadeByName: r.MadeByName, MadeAt: r.MadeAt, RevokedAt: r.RevokedAt, Reason: string(reason),
		}
		if r.Item != nil {
			out[i].Item = *r.Item
		}
	}
	return out, nil
}

// Mandates lists on what the person may decide now in another's place.
func (s *Store) Mandates(ctx context.Context, p disclosure.Person, now time.Time) ([]disclosure.Mandate, error) {
	all, err := s.Delegations(ctx, p.Unit)
	if err != nil {
		return nil, err
	}
	var out []disclosure.Mandate
	for _, d := range all {
		if d.Delegate != p.ID || now.Before(d.From) || !now.Before(d.Until) {
			continue
		}
		giver, err := s.AccountByID(ctx, d.Giver)
		if err != nil {
			return nil, err
		}
		if giver.DisabledAt != nil {
			continue
		}
		out = append(out, disclosure.Mandate{Delegation: d.Delegation, Of: giver.Person()})
	}
	return out, nil
}

// Follow has the person follow the disclosure, or no longer.
func (s *Store) Follow(ctx context.Context, id, person string, follow bool) error {
	query := `DELETE FROM followers WHERE disclosure_id = $1 AND person_id = $2`
	if follow {
		query = `INSERT INTO followers (disclosure_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`
	}
	if _, err := s.db.ExecContext(ctx, query, id, person); err != nil {
		return fmt.Errorf("follow: %w", err)
	}
	return nil
}

// Followers lists who follows the disclosure.
func (s *Store) Followers(ctx context.Context, id string) ([]Named, error) {
	var rows []Named
	if err := s.db.SelectContext(ctx, &rows, `SELECT p.id, p.name FROM followers f JOIN people p ON p.id = f.person_id WHERE f.disclosure_id = $1 ORDER BY f.at, p.id`, id); err != nil {
		return nil, fmt.Errorf("followers: %w", err)
	}
	return rows, nil
}

// Eligible lists who could still take a seat of the disclosure's open tasks, by task.
func (s *Store) Eligible(ctx context.Context, id string) (map[int64][]Named, error) {
	var rows []struct {
		Task int64 `db:"task"`
		Named
	}
	if err := s.db.SelectContext(ctx, &rows, `
		SELECT DISTINCT t.id AS task, p.id, p.name
		  FROM tasks t JOIN disclosures d ON d.id = t.disclosure_id
		  JOIN people p ON p.unit_id = t.unit_id AND p.disabled_at IS NULL
		 WHERE t.disclosure_id = $1 AND t.closed_at IS NULL
		   AND (t.named_id = p.id OR t.named_id IS NULL AND (t.section_id = '' OR t.section_id = p.section_id)
		        AND EXISTS (SELECT FROM person_roles r WHERE r.person_id = p.id AND r.role = t.role))
		   AND NOT EXISTS (SELECT FROM contributors c WHERE c.disclosure_id = d.id AND c.person_id = p.id)
		   AND NOT EXISTS (SELECT FROM decisions x WHERE x.disclosure_id = d.id AND x.version = d.version AND p.id IN (x.person_id, x.on_behalf) AND x.counts)
		 ORDER BY p.name, p.id`, id); err != nil {
		return nil, fmt.Errorf("candidates: %w", err)
	}
	out := map[int64][]Named{}
	for _, r := range rows {
		out[r.Task] = append(out[r.Task], r.Named)
	}
	return out, nil
}
