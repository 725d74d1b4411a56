package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"shenfa/internal/disclosure"
	"shenfa/internal/notice"
)

// Kinds of trouble on the road to a release, besides being overdue.
const (
	TroubleUnarmed     = "unarmed"        // its instant is near, and it would not come out
	TroubleUnrehearsed = "unrehearsed"    // a rehearsal before its instant was missed
	TroubleEffect      = "stuck_effect"   // what was given to a channel is neither out nor refused
	TroubleCheck       = "stuck_check"    // its check does not end
	TroubleAnnounced   = "told_otherwise" // its plan is another than was announced
)

// Slack is how long each may take before it is trouble.
type Slack struct {
	Armed     time.Duration // before its instant an item is armed at the latest
	Rehearsed time.Duration // after its rung a rehearsal is there at the latest
	Sent      time.Duration
	Checked   time.Duration
}

// Trouble is one that stands.
type Trouble struct {
	ID      string    `db:"disclosure_id"`
	Trouble string    `db:"trouble"`
	Since   time.Time `db:"since"`
	Fresh   bool      `db:"fresh"` // it was not there before
}

// Troubles looks for what keeps releases back before anything is overdue, keeps what it
// finds, and tells each the disclosure office once: at most 1000 of a kind. What is no longer
// so is over.
func (s *Store) Troubles(ctx context.Context, slack Slack) (rows []Trouble, err error) {
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		// One watchdog at a time: what both find is told once.
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('troubles', 0))`); err != nil {
			return fmt.Errorf("troubles: %w", err)
		}
		if err := tx.SelectContext(ctx, &rows, `
			WITH now AS MATERIALIZED (SELECT clock_timestamp() AS t), crowds AS MATERIALIZED (
				SELECT release_at, least(count(*) * $5::float8, $6) * interval '1 second' AS spread FROM now, disclosures
				 WHERE `+underway+` AND release_at > t AND release_at < t + interval '25 hours' GROUP BY release_at
			), found AS (
				(SELECT d.id, 'unarmed' AS trouble, d.generation::text AS occasion FROM now, disclosures d JOIN grants g ON g.disclosure_id = d.id AND g.revoked_at IS NULL
				  WHERE d.state = 'approved' AND g.armed_at IS NULL AND d.release_at > t AND d.release_at < t + $1 * interval '1 second'
				    AND d.updated_at < t - $1 * interval '1 second' LIMIT 1000)
				UNION ALL
				(SELECT d.id, 'unrehearsed', d.generation || '/' || r.rung FROM now, disclosures d JOIN crowds c USING (release_at), (VALUES ('24h', interval '24 hours'), ('1h', interval '1 hour'), ('5m', interval '5 minutes')) r (rung, before)
				  WHERE d.state = 'approved' AND d.release_at > t AND d.release_at < t + interval '25 hours'
				    AND t BETWEEN d.release_at - r.before + $2 * interval '1 second' AND d.release_at
				    AND d.updated_at < d.release_at - r.before - greatest(c.spread, interval '10 minutes')
				    AND NOT EXISTS (SELECT FROM rehearsals h WHERE h.disclosure_id = d.id AND h.generation = d.generation
				                       AND (h.rung = r.rung OR h.at > d.release_at - r.before - greatest(c.spread, interval '10 minutes'))) LIMIT 1000)
				UNION ALL
				(SELECT e.disclosure_id, 'stuck_effect', e.key FROM now, effects e JOIN grants g ON g.disclosure_id = e.disclosure_id AND g.generation = e.generation AND g.revoked_at IS NULL
				  WHERE e.state IN ('sending', 'unknown') AND e.claimed_at < t - $3 * interval '1 second' LIMIT 1000)
				UNION ALL
				(SELECT d.id, 'stuck_check', d.version::text FROM now, disclosures d
				  WHERE d.state = 'checking' AND d.updated_at < t - $4 * interval '1 second' LIMIT 1000)
				UNION ALL
				(SELECT d.id, 'told_otherwise', a.announcement_id || '/' || a.line || '/' || d.generation FROM announced a JOIN disclosures d ON d.id = a.disclosure_id
				  WHERE told_otherwise(a.granularity, a.planned_from, a.planned_until, d) LIMIT 1000)
			), fresh AS (
				INSERT INTO troubles (disclosure_id, trouble, occasion) SELECT id, trouble, occasion FROM found ON CONFLICT DO NOTHING RETURNING *
			), over AS (
				UPDATE troubles x SET over_at = clock_timestamp() WHERE over_at IS NULL
				   AND NOT EXISTS (SELECT FROM found f WHERE (f.id, f.trouble, f.occasion) = (x.disclosure_id, x.trouble, x.occasion))
			), again AS (
				UPDATE troubles x SET over_at = NULL FROM found f WHERE over_at IS NOT NULL AND (f.id, f.trouble, f.occasion) = (x.disclosure_id, x.trouble, x.occasion)
			)
			SELECT disclosure_id, trouble, since, true AS fresh FROM fresh
			UNION ALL SELECT x.disclosure_id, x.trouble, x.since, false FROM troubles x JOIN found f ON (f.id, f.trouble, f.occasion) = (x.disclosure_id, x.trouble, x.occasion)
			ORDER BY since, disclosure_id`, slack.Armed.Seconds(), slack.Rehearsed.Seconds(), slack.Sent.Seconds(), slack.Checked.Seconds(),
			spreadPace.Seconds(), spreadMost.Seconds()); err != nil {
			return fmt.Errorf("troubles: %w", err)
		}
		for _, r := range rows {
			if !r.Fresh {
				continue
			}
			t := telling{Kind: notice.Trouble, Event: fmt.Sprintf("trouble:%s/%s/%d", r.ID, r.Trouble, r.Since.UnixMicro()), Disclosure: r.ID, To: notice.Audience{Role: disclosure.DisclosureOfficer}}
			if err := tx.GetContext(ctx, &t.Unit, `SELECT unit_id FROM disclosures WHERE id = $1`, r.ID); err != nil {
				return fmt.Errorf("troubles: %w", err)
			}
			if err := tell(ctx, tx, t); err != nil {
				return err
			}
		}
		return nil
	})
	return rows, err
}

// TroubleOf is the oldest trouble of an item that stands; empty if there is none.
func (s *Store) TroubleOf(ctx context.Context, id string) (kind string, err error) {
	err = s.db.GetContext(ctx, &kind, `SELECT coalesce((SELECT trouble FROM troubles WHERE disclosure_id = $1 AND over_at IS NULL ORDER BY since LIMIT 1), '')`, id)
	return kind, wrap("trouble", err)
}
