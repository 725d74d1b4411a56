package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"shenfa/internal/disclosure"
)

// What a channel showed of an effect.
const (
	SeenEqual  = "equal"  // what was approved
	SeenOther  = "other"  // something else
	SeenGone   = "gone"   // nothing
	SeenSilent = "silent" // it did not answer
)

// What is out is looked at again after three times its age, so that channels which count
// their calls are asked most while it is fresh.
const (
	lookAge    = 3
	lookAtMost = 7 * 24 * time.Hour
	lookAgain  = time.Minute // after a difference
	lookSilent = 5 * time.Minute
)

// ToLook takes up to n effects whose turn it is to be looked at: of what is out, and of
// what a channel refused. Each is one caller's for a minute.
func (s *Store) ToLook(ctx context.Context, n int) ([]Effect, error) {
	var rows []Effect
	err := s.db.SelectContext(ctx, &rows, `UPDATE effects SET look_at = clock_timestamp() + interval '1 minute' WHERE key IN (
			SELECT e.key FROM effects e
			  JOIN disclosures d ON d.id = e.disclosure_id AND d.version = e.version AND d.state IN ('released', 'failed', 'out_of_force')
			  JOIN grants g ON g.disclosure_id = e.disclosure_id AND g.version = e.version AND g.revoked_at IS NULL
			 WHERE e.state IN ('confirmed', 'failed') AND coalesce(e.look_at, e.due_at + interval '1 minute') < clock_timestamp() AND NOT superseded(g)
			 ORDER BY e.look_at NULLS FIRST LIMIT $1 FOR UPDATE OF e SKIP LOCKED)
		RETURNING key, disclosure_id, version, channel, state, due_at, attempts, url, cause, sent_at, confirmed_at`, n)
	if err != nil {
		return nil, fmt.Errorf("effects to look at: %w", err)
	}
	return rows, nil
}

// Sighted keeps what was seen and returns how often in a row it was not as approved. What
// a channel had refused and shows after all is confirmed. The second difference in a row
// opens an incident, with its 24 hours.
func (s *Store) Sighted(ctx context.Context, e Effect, seen string) (differs int, err error) {
	again := time.Duration(0) // by its age
	switch {
	case seen == SeenSilent:
		again = lookSilent
	case seen != SeenEqual:
		again = lookAgain
	}
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		if err := tx.GetContext(ctx, &differs, `UPDATE effects SET seen = $2::text, seen_at = clock_timestamp(),
				differs = CASE $2::text WHEN 'equal' THEN 0 WHEN 'silent' THEN differs ELSE least(differs + 1, 1000) END,
				look_at = clock_timestamp() + CASE WHEN $2::text = 'equal' THEN least($4 * (clock_timestamp() - due_at), $5 * interval '1 second') ELSE $3 * interval '1 second' END,
				state = CASE WHEN $2::text = 'equal' THEN 'confirmed' ELSE state END, cause = CASE WHEN $2::text = 'equal' THEN '' ELSE cause END
			WHERE key = $1 AND state IN ('confirmed', 'failed') RETURNING differs`, e.Key, seen, again.Seconds(), lookAge, lookAtMost.Seconds()); err != nil {
			return fmt.Errorf("sighting: %w", err)
		}
		if differs != 2 || e.State != "confirmed" || seen == SeenSilent {
			return nil
		}
		return openDrift(ctx, tx, e)
	})
	return differs, err
}

// openDrift makes one incident a disclosure, and a task of the disclosure office.
func openDrift(ctx context.Context, tx *sqlx.Tx, e Effect) error {
	res, err := tx.ExecContext(ctx, `INSERT INTO incidents (id, disclosure_id, type, due_at)
		SELECT $1, $2, 'drift', clock_timestamp() + $3 * interval '1 second' WHERE NOT EXISTS (SELECT FROM incidents WHERE disclosure_id = $2 AND closed_at IS NULL)`,
		uuid.NewString(), e.ID, incidentLimit.Seconds())
	if err != nil {
		return fmt.Errorf("drift: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO tasks (disclosure_id, version, step, seat, role, unit_id, due_at)
		SELECT id, version, $2, 0, $3, unit_id, clock_timestamp() + $4 * interval '1 second' FROM disclosures WHERE id = $1 ON CONFLICT DO NOTHING`,
		e.ID, disclosure.IncidentStep, disclosure.DisclosureOfficer, incidentLimit.Seconds()); err != nil {
		return fmt.Errorf("task of a drift: %w", err)
	}
	var unit string
	if err := tx.GetContext(ctx, &unit, `SELECT unit_id FROM disclosures WHERE id = $1`, e.ID); err != nil {
		return fmt.Errorf("unit of a drift: %w", err)
	}
	return insertAudit(ctx, tx, Audit{Actor: "system:release", Action: "drift", Object: e.ID, Unit: unit, Outcome: "ok", Detail: map[string]string{"channel": e.Channel, "effect": e.Key}})
}

// Doubt says that a channel may have lost what it had. It is read back and, if it is
// surely not there, sent again like anything in doubt, but not after a recall.
func (s *Store) Doubt(ctx context.Context, key string) error {
	_, err := s.db.ExecContext(ctx, `UPDATE effects e SET state = 'unknown', cause = 'lost' WHERE key = $1 AND state = 'confirmed'
		AND EXISTS (SELECT FROM grants g WHERE g.disclosure_id = e.disclosure_id AND g.version = e.version AND g.revoked_at IS NULL)`, key)
	if err != nil {
		return fmt.Errorf("doubt: %w", err)
	}
	return nil
}

// Drifting is an effect whose channel does not show what was approved.
type Drifting struct {
	ID      string    `db:"disclosure_id"`
	Number  string    `db:"number"`
	Channel string    `db:"channel"`
	State   string    `db:"state"`
	Seen    string    `db:"seen"`
	URL     string    `db:"url"`
	At      time.Time `db:"seen_at"`
}

// Drifted lists what is out in the unit and was not seen as it was approved, newest first.
func (s *Store) Drifted(ctx context.Context, unit string, limit int) ([]Drifting, error) {
	var rows []Drifting
	err := s.db.SelectContext(ctx, &rows, `SELECT e.disclosure_id, d.number, e.channel, e.state, e.seen, e.url, e.seen_at
		  FROM effects e JOIN disclosures d ON d.id = e.disclosure_id AND d.version = e.version AND d.state IN ('released', 'failed', 'out_of_force')
		 WHERE d.unit_id = $1 AND e.seen IN ('other', 'gone') AND e.state IN ('confirmed', 'failed') ORDER BY e.seen_at DESC, e.key LIMIT $2`, unit, limit)
	if err != nil {
		return nil, fmt.Errorf("drifted: %w", err)
	}
	return rows, nil
}

// ChannelHealth is how a channel stands.
type ChannelHealth struct {
	Channel string    `db:"channel"`
	Ready   bool      `db:"ready"`
	Since   time.Time `db:"since"`
	Checked time.Time `db:"checked_at"`
	Waiting int       `db:"waiting"` // effects whose instant has passed and that are not out
	Drifted int       `db:"drifted"`
}

// NoteHealth keeps whether channels answered.
func (s *Store) NoteHealth(ctx context.Context, ready map[string]bool) error {
	var names []string
	var states []bool
	for n, r := range ready {
		names, states = append(names, n), append(states, r)
	}
	_, err := s.db.ExecContext(ctx, `INSERT INTO channel_health (channel, ready) SELECT * FROM unnest($1::text[], $2::boolean[])
		ON CONFLICT (channel) DO UPDATE SET checked_at = clock_timestamp(), ready = excluded.ready,
			since = CASE WHEN channel_health.ready = excluded.ready THEN channel_health.since ELSE clock_timestamp() END`, pq.Array(names), pq.Array(states))
	if err != nil {
		return fmt.Errorf("health of channels: %w", err)
	}
	return nil
}

// Health lists how the channels stand.
func (s *Store) Health(ctx context.Context) ([]ChannelHealth, error) {
	var rows []ChannelHealth
	err := s.db.SelectContext(ctx, &rows, `SELECT h.channel, h.ready, h.since, h.checked_at,
			(SELECT count(*) FROM effects e JOIN grants g USING (disclosure_id, generation) WHERE e.channel = h.channel AND e.channel <> 'portal'
			    AND e.state IN ('pending', 'sending', 'unknown') AND e.due_at < clock_timestamp() AND g.revoked_at IS NULL) AS waiting,
			(SELECT count(*) FROM effects e WHERE e.channel = h.channel AND e.state = 'confirmed' AND e.seen IN ('other', 'gone')) AS drifted
		FROM channel_health h ORDER BY h.channel`)
	if err != nil {
		return nil, fmt.Errorf("health of channels: %w", err)
	}
	return rows, nil
}
