package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"shenfa/internal/disclosure"
)

// Verdict is what the database says about an armed item at an instant.
type Verdict string

const (
	VerdictWait   Verdict = "wait"   // the instant has not come
	VerdictPublic Verdict = "public" // it is due and may be public
	VerdictFrozen Verdict = "frozen" // a freeze stood over it at the instant
	VerdictMissed Verdict = "missed" // nobody was there at the instant
	VerdictParted Verdict = "parted" // something that belongs to it is not in force
	VerdictOld    Verdict = "old"    // that generation is no longer the live one
)

// Judge asks the database clock about one generation of a grant. wait is how long
// until its instant.
func (s *Store) Judge(ctx context.Context, id string, generation int) (v Verdict, wait time.Duration, err error) {
	var row struct {
		Wait     float64 `db:"wait"`
		Frozen   bool    `db:"frozen"`
		Attended bool    `db:"attended"`
		Armed    bool    `db:"armed"`
		Whole    bool    `db:"whole"`
	}
	err = s.db.GetContext(ctx, &row, `
		SELECT extract(epoch FROM g.release_at - clock_timestamp())::float8 AS wait, g.armed_at IS NOT NULL AS armed, attended(g) AS attended, frozen(g) AS frozen, accompanied(g) AS whole
		  FROM grants g WHERE g.disclosure_id = $1 AND g.generation = $2 AND g.revoked_at IS NULL`, id, generation)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return VerdictOld, 0, nil
	case err != nil:
		return "", 0, fmt.Errorf("judge: %w", err)
	case row.Wait > 0:
		return VerdictWait, time.Duration(row.Wait * float64(time.Second)), nil
	case !row.Armed:
		return VerdictMissed, 0, nil
	case row.Frozen:
		return VerdictFrozen, 0, nil
	case !row.Attended:
		return VerdictMissed, 0, nil
	}
	if !row.Whole {
		return VerdictParted, 0, nil
	}
	return VerdictPublic, 0, nil
}

// Beat says that this run of a process is alive. A beat that comes too late begins
// a new run: nobody was there in between.
func (s *Store) Beat(ctx context.Context, process string) (run string, err error) {
	res, err := s.db.ExecContext(ctx, `UPDATE uptime SET last_beat = clock_timestamp()
		WHERE process = $1 AND last_beat > clock_timestamp() - interval '5 seconds'`, process)
	if err != nil {
		return process, fmt.Errorf("beat: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return process, err
	}
	run = uuid.NewString()
	if _, err := s.db.ExecContext(ctx, `INSERT INTO uptime (process) VALUES ($1)`, run); err != nil {
		return process, fmt.Errorf("beat: %w", err)
	}
	return run, nil
}

// Effect is one channel's outcome.
type Effect struct {
	Key         string     `db:"key"`
	ID          string     `db:"disclosure_id"`
	Version     int        `db:"version"`
	Channel     string     `db:"channel"`
	State       string     `db:"state"`
	DueAt       time.Time  `db:"due_at"`
	Attempts    int        `db:"attempts"`
	URL         string     `db:"url"`
	Cause       string     `db:"cause"`
	SentAt      *time.Time `db:"sent_at"`
	ConfirmedAt *time.Time `db:"confirmed_at"`
}

const selectEffect = `SELECT key, disclosure_id, version, channel, state, due_at, attempts, url, cause, sent_at, confirmed_at FROM effects`

// Effects lists the outcomes of a version.
func (s *Store) Effects(ctx context.Context, id string, version int) ([]Effect, error) {
	var rows []Effect
	err := s.db.SelectContext(ctx, &rows, selectEffect+` WHERE disclosure_id = $1 AND version = $2 ORDER BY channel`, id, version)
	return rows, err
}

// EarlierEffects lists the keys under which earlier editions of the same number went,
// or may have gone, to the channel of e.
func (s *Store) EarlierEffects(ctx context.Context, e Effect) ([]string, error) {
	var keys []string
	err := s.db.SelectContext(ctx, &keys, `SELECT o.key FROM disclosures d
		  JOIN disclosures earlier ON earlier.number = d.number AND earlier.edition < d.edition
		  JOIN effects o ON o.disclosure_id = earlier.id AND o.channel = $2 AND o.state IN ('sending', 'unknown', 'sent', 'confirmed')
		 WHERE d.id = $1 ORDER BY earlier.edition`, e.ID, e.Channel)
	if err != nil {
		return nil, fmt.Errorf("earlier effects: %w", err)
	}
	return keys, nil
}

// Unsent lists the effects of push channels that are due until, oldest first: those
// pending, and those whose sender has been silent for long.
func (s *Store) Unsent(ctx context.Context, until time.Time, silent time.Duration, limit int) ([]Effect, error) {
	var rows []Effect
	err := s.db.SelectContext(ctx, &rows, selectEffect+` e WHERE e.channel <> 'portal' AND e.due_at <= $1
		AND (e.state = 'pending' AND EXISTS (SELECT FROM grants g WHERE g.disclosure_id = e.disclosure_id AND g.generation = e.generation
		                                      AND g.revoked_at IS NULL AND g.armed_at IS NOT NULL)
		     OR e.state = 'sending' AND e.claimed_at < clock_timestamp() - $2 * interval '1 second'
		     OR e.state = 'unknown')
		ORDER BY e.due_at, e.key LIMIT $3`, until, silent.Seconds(), limit)
	return rows, err
}

// Claim takes effects for sending, once their instant has come, and returns those
// that are the caller's now. Somebody else has the others, or they must not go out
// (now): frozen, revoked, early. An effect that may have gone out already is never
// claimed from here.
func (s *Store) Claim(ctx context.Context, keys ...string) (mine []string, err error) {
	err = s.db.SelectContext(ctx, &mine, `UPDATE effects SET state = 'sending', claimed_at = clock_timestamp(), attempts = attempts + 1
		WHERE key = ANY ($1) AND state = 'pending' RETURNING key`, pq.Array(keys))
	if err == nil {
		return mine, nil
	}
	for _, constraint := range []string{"effects_granted", "effects_not_early", "effects_frozen"} {
		if !violates(err, constraint) {
			continue
		}
		if len(keys) == 1 {
			return nil, nil
		}
		mine = nil
		for _, k := range keys { // one of them must not: the others may
			one, err := s.Claim(ctx, k)
			if err != nil {
				return mine, err
			}
			mine = append(mine, one...)
		}
		return mine, nil
	}
	return nil, fmt.Errorf("claim: %w", err)
}

// Outcome is what a channel answered about an effect. State is sent, unknown,
// pending (surely not sent: try again) or failed.
type Outcome struct {
	Key, State, URL, Cause string
}

// Sent notes what channels answered.
func (s *Store) Sent(ctx context.Context, outcomes ...Outcome) error {
	columns := make([][]string, 4)
	for _, o := range outcomes {
		for i, v := range []string{o.Key, o.State, o.URL, o.Cause} {
			columns[i] = append(columns[i], v)
		}
	}
	_, err := s.db.ExecContext(ctx, `UPDATE effects e SET state = o.state, url = o.url, cause = o.cause,
			sent_at = CASE WHEN o.state = 'sent' THEN clock_timestamp() ELSE e.sent_at END
		  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS o (key, state, url, cause)
		 WHERE e.key = o.key AND (e.state IN ('sending', 'unknown') OR e.state = 'sent' AND o.state = 'failed')`,
		pq.Array(columns[0]), pq.Array(columns[1]), pq.Array(columns[2]), pq.Array(columns[3]))
	if err != nil {
		return fmt.Errorf("sent: %w", err)
	}
	return nil
}

// Confirmed notes that what is online equals the manifest, once.
func (s *Store) Confirmed(ctx context.Context, key, url string) error {
	_, err := s.db.ExecContext(ctx, `UPDATE effects SET state = 'confirmed', url = $2, cause = '', confirmed_at = clock_timestamp(),
			sent_at = coalesce(sent_at, due_at)
		WHERE key = $1 AND state IN ('pending', 'sent', 'unknown', 'sending')`, key, url)
	if err != nil {
		return fmt.Errorf("confirm: %w", err)
	}
	return nil
}

// Overdue is something that should have happened by the database clock.
type Overdue struct {
	ID    string    `db:"id"`
	State string    `db:"state"`
	Due   time.Time `db:"release_at"`
}

// Overdue lists disclosures that should be armed or released and are not, and those
// held by a freeze that was lifted, which go on by their late policy. Each item that
// shares an instant adds a little to the slack of all of them, as the roads take
// note of a crowded instant one after the other.
func (s *Store) Overdue(ctx context.Context, slack time.Duration) ([]Overdue, error) {
	var rows []Overdue
	err := s.db.SelectContext(ctx, &rows, `
		WITH late AS (
			SELECT d.id, d.state, d.release_at, d.updated_at FROM disclosures d
			 WHERE d.state IN ('approved', 'armed', 'releasing') AND d.release_at < clock_timestamp() - $1 * interval '1 second'
		), crowds AS (
			SELECT g.release_at, count(*) AS n FROM grants g
			 WHERE g.release_at IN (SELECT release_at FROM late) AND g.revoked_at IS NULL GROUP BY g.release_at
		)
		SELECT id, state, release_at FROM late LEFT JOIN crowds USING (release_at)
		 WHERE greatest(release_at, updated_at) < clock_timestamp() - ($1 + least(coalesce(n - 1, 0) * 0.1, 600)) * interval '1 second'
		UNION ALL
		SELECT d.id, d.state, g.public_until FROM disclosures d JOIN grants g ON g.disclosure_id = d.id AND g.revoked_at IS NULL
		 WHERE g.public_until < clock_timestamp() - $1 * interval '1 second' AND d.state IN ('releasing', 'released', 'failed', 'out_of_force')
		UNION ALL
		SELECT d.id, d.state, d.release_at FROM disclosures d JOIN grants g ON g.disclosure_id = d.id AND g.revoked_at IS NULL
		 WHERE d.state = 'held' AND d.cause = 'frozen' AND g.late <> 'hold' AND NOT EXISTS (
		           SELECT FROM freezes f WHERE covers(f, g) AND stood(f, clock_timestamp()))
		 ORDER BY release_at LIMIT 1000`, slack.Seconds())
	if err != nil {
		return nil, fmt.Errorf("overdue: %w", err)
	}
	return rows, nil
}

// Releases lists the viewer's disclosures that were or are to be released between
// two instants, by time.
func (s *Store) Releases(ctx context.Context, p disclosure.Person, from, to time.Time) ([]Row, error) {
	var rows []Row
	err := s.db.SelectContext(ctx, &rows, selectRow+` WHERE `+visible+` AND d.release_at >= $5 AND d.release_at < $6
		AND d.state IN ('approved', 'armed', 'releasing', 'released', 'held', 'failed', 'recalled') ORDER BY d.release_at, d.id LIMIT 1000`,
		append(viewer(p), from, to)...)
	if err != nil {
		return nil, fmt.Errorf("releases: %w", err)
	}
	return s.open(rows)
}

// FrozenNow says which of those disclosures a standing freeze covers on any channel.
func (s *Store) FrozenNow(ctx context.Context, ids []string) (map[string]bool, error) {
	var frozen []string
	err := s.db.SelectContext(ctx, &frozen, `SELECT DISTINCT g.disclosure_id FROM grants g JOIN freezes f ON covers(f, g) AND stood(f, clock_timestamp())
		WHERE g.revoked_at IS NULL AND g.disclosure_id = ANY ($1)`, pq.Array(ids))
	out := map[string]bool{}
	for _, id := range frozen {
		out[id] = true
	}
	return out, err
}

// Recalled notes that a channel no longer shows the effect.
func (s *Store) Recalled(ctx context.Context, key string) error {
	_, err := s.db.ExecContext(ctx, `UPDATE effects SET state = 'recalled' WHERE key = $1`, key)
	if err != nil {
		return fmt.Errorf("recalled: %w", err)
	}
	return nil
}
