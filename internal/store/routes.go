package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"shenfa/internal/disclosure"
)

// SyncRoutes makes the shipped routes and flags known, as the owner of the schema does
// when it migrates. A version of a route never changes.
func (s *Store) SyncRoutes(ctx context.Context, routes disclosure.Book) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		for _, f := range disclosure.Flags() {
			if _, err := tx.ExecContext(ctx, `INSERT INTO flag_rules (flag, rule) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING`, f.ID, pq.Array(f.Rules)); err != nil {
				return fmt.Errorf("flag %s: %w", f.ID, err)
			}
		}
		for _, r := range routes {
			raw, err := json.Marshal(r)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO routes (id, version, effective_from, definition, confirmed, settled_at)
				VALUES ($1, $2, $3, $4, true, clock_timestamp()) ON CONFLICT DO NOTHING`, r.ID, r.Version, r.EffectiveFrom, raw); err != nil {
				return fmt.Errorf("route %s/%d: %w", r.ID, r.Version, err)
			}
			var same bool
			if err := tx.GetContext(ctx, &same, `SELECT definition = $3::jsonb FROM routes WHERE id = $1 AND version = $2`, r.ID, r.Version, raw); err != nil {
				return fmt.Errorf("route %s/%d: %w", r.ID, r.Version, err)
			}
			if !same {
				return fmt.Errorf("route %s version %d was changed in place", r.ID, r.Version)
			}
		}
		return nil
	})
}

// RouteVersion is a version of a route with who proposed and who settled it.
type RouteVersion struct {
	ID           string     `db:"id"`
	Version      int        `db:"version"`
	Definition   []byte     `db:"definition"`
	Reason       string     `db:"reason"`
	ProposedBy   *string    `db:"proposed_by"` // nil: shipped
	ProposedName *string    `db:"proposed_name"`
	ProposedAt   time.Time  `db:"proposed_at"`
	SettledBy    *string    `db:"settled_by"`
	SettledName  *string    `db:"settled_name"`
	SettledAt    *time.Time `db:"settled_at"`
	Confirmed    *bool      `db:"confirmed"` // nil: waits for the second person
	InFlight     int        `db:"in_flight"` // items that are on it and not decided yet
	Route        disclosure.Route
}

// RouteVersions returns every version of every route, also those proposed or refused, by id
// and with the newest first.
func (s *Store) RouteVersions(ctx context.Context) ([]RouteVersion, error) {
	var rows []RouteVersion
	if err := s.db.SelectContext(ctx, &rows, `
		SELECT r.id, r.version, r.definition, r.reason, r.proposed_by, p.name AS proposed_name, r.proposed_at, r.settled_by, q.name AS settled_name,
		       r.settled_at, r.confirmed, (SELECT count(*) FROM disclosures d WHERE d.route = r.id AND d.route_version = r.version AND d.state = ANY ($1)) AS in_flight
		  FROM routes r LEFT JOIN people p ON p.id = r.proposed_by LEFT JOIN people q ON q.id = r.settled_by
		 ORDER BY r.id, r.version DESC`, pq.Array(inFlight)); err != nil {
		return nil, fmt.Errorf("routes: %w", err)
	}
	for i := range rows {
		if err := json.Unmarshal(rows[i].Definition, &rows[i].Route); err != nil {
			return nil, fmt.Errorf("route %s/%d: %w", rows[i].ID, rows[i].Version, err)
		}
	}
	return rows, nil
}

// inFlight are the states in which an item is on its route.
var inFlight = []disclosure.State{
	disclosure.Checking, disclosure.SelfReview, disclosure.InQuarantine, disclosure.InReview, disclosure.Reported, disclosure.Returned,
}

// Routes returns the versions that were confirmed.
func (s *Store) Routes(ctx context.Context) (disclosure.Book, error) {
	var raw [][]byte
	if err := s.db.SelectContext(ctx, &raw, `SELECT definition FROM routes WHERE confirmed ORDER BY id, version`); err != nil {
		return nil, fmt.Errorf("routes: %w", err)
	}
	book := make(disclosure.Book, len(raw))
	for i := range raw {
		if err := json.Unmarshal(raw[i], &book[i]); err != nil {
			return nil, fmt.Errorf("route: %w", err)
		}
	}
	return book, nil
}

// RulesFound lists the rules by which something was found in a version, whatever became of it.
func (s *Store) RulesFound(ctx context.Context, id string, version int) ([]string, error) {
	var rules []string
	if err := s.db.SelectContext(ctx, &rules, `SELECT DISTINCT rule FROM findings WHERE disclosure_id = $1 AND version = $2 ORDER BY rule`, id, version); err != nil {
		return nil, fmt.Errorf("rules found: %w", err)
	}
	return rules, nil
}

// ProposeRoute keeps a version that waits for a second person. changes is what differs from
// the one before, for the record.
func (s *Store) ProposeRoute(ctx context.Context, by disclosure.Person, r disclosure.Route, reason string, changes []disclosure.RouteChange) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO routes (id, version, effective_from, definition, reason, proposed_by) VALUES ($1, $2, $3, $4, $5, $6)`,
			r.ID, r.Version, r.EffectiveFrom, raw, reason, by.ID); err != nil {
			return fmt.Errorf("propose route: %w", err)
		}
		return auditRoute(ctx, tx, by, "route_propose", r.Ref(), changes)
	})
}

// SettleRoute confirms or refuses a proposed version. A confirmed one is in force from its day.
func (s *Store) SettleRoute(ctx context.Context, by disclosure.Person, ref disclosure.RouteRef, confirm bool, changes []disclosure.RouteChange) error {
	action := "route_refuse"
	if confirm {
		action = "route_confirm"
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE routes SET confirmed = $3, settled_by = $4, settled_at = clock_timestamp() WHERE id = $1 AND version = $2`,
			ref.ID, ref.Version, confirm, by.ID)
		if err != nil {
			return fmt.Errorf("settle route: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(disclosure.Refuse(disclosure.NotFound, ""), err)
		}
		return auditRoute(ctx, tx, by, action, ref, changes)
	})
}

func auditRoute(ctx context.Context, tx *sqlx.Tx, by disclosure.Person, action string, ref disclosure.RouteRef, changes []disclosure.RouteChange) error {
	diff, err := json.Marshal(changes)
	if err != nil {
		return err
	}
	return insertAudit(ctx, tx, Audit{
		Actor: by.ID, Action: action, Object: fmt.Sprintf("%s/%d", ref.ID, ref.Version), Unit: by.Unit, Outcome: "ok",
		Detail: map[string]string{"changes": string(diff)},
	})
}

// Deciders lists the enabled people of a unit by name.
func (s *Store) Deciders(ctx context.Context, unit string) ([]Account, error) {
	all, err := s.Accounts(ctx, unit)
	return slices.DeleteFunc(all, func(a Account) bool { return a.DisabledAt != nil || !a.Person().May(disclosure.MayDecide) }), err
}
