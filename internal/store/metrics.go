package store

import (
	"context"
	"fmt"
	"time"
)

// Metrics is how the house stands, in numbers that say nothing of any item.
type Metrics struct {
	States        map[string]int // disclosures by state
	Unsent        int            // effects of push channels whose instant has passed and that have not gone out
	Frozen        int            // standing freezes
	Incidents     int            // open incidents
	LateIncidents int            // those past their 24 hours
	LedgerWaiting time.Duration  // age of the oldest ledger row without a place
	Troubles      map[string]int // what the watchdog found, by kind
	Hubs          Hubs           // who is told of changes on the portal
}

// Metrics counts.
func (s *Store) Metrics(ctx context.Context) (Metrics, error) {
	m := Metrics{States: map[string]int{}, Troubles: map[string]int{TroubleUnarmed: 0, TroubleUnrehearsed: 0, TroubleEffect: 0, TroubleCheck: 0}}
	var states []struct {
		State string `db:"state"`
		N     int    `db:"n"`
	}
	if err := s.db.SelectContext(ctx, &states, `SELECT state, count(*) AS n FROM disclosures GROUP BY state`); err != nil {
		return m, fmt.Errorf("metrics: %w", err)
	}
	for _, x := range states {
		m.States[x.State] = x.N
	}
	if err := s.db.QueryRowContext(ctx, `SELECT
			(SELECT count(*) FROM effects e JOIN grants g USING (disclosure_id, generation)
			  WHERE e.channel <> 'portal' AND e.state IN ('pending', 'sending', 'unknown') AND e.due_at < clock_timestamp() AND g.revoked_at IS NULL),
			(SELECT count(*) FROM freezes f WHERE stood(f, clock_timestamp())),
			(SELECT count(*) FROM incidents WHERE closed_at IS NULL),
			(SELECT count(*) FROM incidents WHERE closed_at IS NULL AND due_at < clock_timestamp())`).
		Scan(&m.Unsent, &m.Frozen, &m.Incidents, &m.LateIncidents); err != nil {
		return m, fmt.Errorf("metrics: %w", err)
	}
	var troubles []struct {
		Trouble string `db:"trouble"`
		N       int    `db:"n"`
	}
	if err := s.db.SelectContext(ctx, &troubles, `SELECT trouble, count(*) AS n FROM troubles WHERE over_at IS NULL GROUP BY trouble`); err != nil {
		return m, fmt.Errorf("metrics: %w", err)
	}
	for _, x := range troubles {
		m.Troubles[x.Trouble] = x.N
	}
	var err error
	if m.Hubs, err = s.Hubs(ctx); err != nil {
		return m, err
	}
	m.LedgerWaiting, err = s.Waiting(ctx)
	return m, err
}
