package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// Observation is where an observer of the predicate stands.
type Observation struct {
	sweep string // the last grant that was looked at again without a reason
}

const (
	observeBatch = 200
	// observeRecent is how long after its instant an item is looked for at every
	// look; later ones are found at every look at all.
	observeRecent = 10 * time.Minute
)

// Observe compares what the predicate says now with what was seen before: it takes up
// the words of what became public and forgets what ceased to be, and counts the change
// in the same transaction, so that nobody misses one. all looks at everything that
// could be public, and not at what is recent alone. It returns how many items changed.
func (s *Store) Observe(ctx context.Context, o *Observation, all bool) (changed int, err error) {
	recent := observeRecent
	if all {
		recent = 100 * 365 * 24 * time.Hour
	}
	for {
		var came, went int
		err := s.tx(ctx, func(tx *sqlx.Tx) error {
			var err error
			if came, err = s.appeared(ctx, tx, recent); err != nil {
				return err
			}
			if went, err = o.ceased(ctx, tx); err != nil || came+went == 0 {
				return err
			}
			_, err = tx.ExecContext(ctx, `UPDATE public_changes SET generation = generation + 1, at = clock_timestamp()`)
			return err
		})
		if err != nil {
			return changed, fmt.Errorf("observe: %w", err)
		}
		changed += came + went
		if came < observeBatch {
			return changed, nil
		}
	}
}

// appeared takes up what is public and was not seen. The lock on the grant keeps
// its revocation waiting until the words are there to be forgotten.
func (s *Store) appeared(ctx context.Context, tx *sqlx.Tx, recent time.Duration) (int, error) {
	var rows []struct {
		Grant string `db:"id"`
		Public
	}
	if err := tx.SelectContext(ctx, &rows, `SELECT g.id, `+publicColumns+`, effective_at(g) AS first_at
		FROM (SELECT g.id FROM grants g WHERE `+shown+` AND effective_at(g) > now() - $1 * interval '1 second'
			AND NOT EXISTS (SELECT FROM public_seen s WHERE s.grant_id = g.id) OFFSET 0) new
		JOIN grants g ON g.id = new.id`+publicTables+`
		WHERE `+onlyPublic+` ORDER BY effective_at(g), g.number LIMIT $2 FOR SHARE OF g SKIP LOCKED`, recent.Seconds(), observeBatch); err != nil || len(rows) == 0 {
		return 0, err
	}
	type words struct {
		Grant    string   `json:"grant_id"`
		Item     string   `json:"disclosure_id"`
		Number   string   `json:"number"`
		At       string   `json:"at"`
		Topic    string   `json:"topic"`
		Text     string   `json:"text"`
		Grams    []string `json:"grams"`
		Readable bool     `json:"readable"`
	}
	list := make([]words, len(rows))
	for i := range rows {
		r := &rows[i]
		list[i] = words{Grant: r.Grant, Item: r.ID, Number: r.Number, At: r.ReleasedAt.Format(time.RFC3339Nano), Grams: []string{}}
		if s.openPublic(&r.Public) == nil {
			text := searchText(r.Number, r.Manifest.Metadata)
			list[i].Topic, list[i].Text, list[i].Grams, list[i].Readable = r.Manifest.Metadata.Topic, text, grams(text), true
		}
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return 0, err
	}
	// What stood under the number until now is in doubt.
	res, err := tx.ExecContext(ctx, `WITH new AS (SELECT * FROM jsonb_to_recordset($1)
			AS x (grant_id uuid, disclosure_id uuid, number text, at timestamptz, topic text, text text, grams text[], readable boolean)),
		w AS (INSERT INTO public_words SELECT grant_id, disclosure_id, number, at, topic, text, grams FROM new WHERE readable ON CONFLICT DO NOTHING),
		d AS (UPDATE public_seen s SET doubt = true FROM new WHERE s.number = new.number AND s.grant_id <> new.grant_id)
		INSERT INTO public_seen (grant_id, number) SELECT grant_id, number FROM new ON CONFLICT DO NOTHING`, string(raw))
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// ceased forgets what was seen and is not public any more: what is in doubt at once,
// everything else in its turn, for the predicate may change its mind for reasons that
// leave no trace here.
func (o *Observation) ceased(ctx context.Context, tx *sqlx.Tx) (int, error) {
	const turn = observeBatch / 4
	// One at a time: two would lock the same rows in whatever order.
	var mine bool
	if err := tx.GetContext(ctx, &mine, `SELECT pg_try_advisory_xact_lock(hashtextextended('observe', 0))`); err != nil || !mine {
		return 0, err
	}
	var rows []struct {
		Grant  string `db:"grant_id"`
		Turn   bool   `db:"turn"`
		Public bool   `db:"public"`
	}
	if err := tx.SelectContext(ctx, &rows, `SELECT s.grant_id, bool_or(s.turn) AS turn, bool_and(is_public(g)) AS public FROM (
			(SELECT grant_id, false AS turn FROM public_seen WHERE doubt LIMIT $3)
			UNION ALL
			(SELECT grant_id, true FROM public_seen WHERE $1::uuid IS NULL OR grant_id > $1::uuid ORDER BY grant_id LIMIT $2)) s
		JOIN grants g ON g.id = s.grant_id GROUP BY s.grant_id ORDER BY s.grant_id`, nullable(o.sweep), turn, 5*observeBatch); err != nil {
		return 0, err
	}
	var gone, stays []string
	o.sweep = ""
	turned := 0
	for _, r := range rows {
		if r.Turn {
			o.sweep = r.Grant
			turned++
		}
		if r.Public {
			stays = append(stays, r.Grant)
		} else {
			gone = append(gone, r.Grant)
		}
	}
	if turned < turn {
		o.sweep = "" // from the beginning again
	}
	// Words before what was seen, as a recall does, or each would wait for the other.
	forgot := 0
	if len(gone) > 0 {
		if _, err := tx.ExecContext(ctx, `DELETE FROM public_words WHERE grant_id = ANY ($1)`, pq.Array(gone)); err != nil {
			return 0, err
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM public_seen WHERE grant_id = ANY ($1)`, pq.Array(gone))
		if err != nil {
			return 0, err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return 0, err
		}
		forgot = int(n)
	}
	if len(stays) > 0 {
		if _, err := tx.ExecContext(ctx, `UPDATE public_seen SET doubt = false WHERE doubt AND grant_id = ANY ($1)`, pq.Array(stays)); err != nil {
			return 0, err
		}
	}
	return forgot, nil
}

// OnlyHub makes the hub at url the one that is told, "" none. A new one is told of what
// was before it, once.
func (s *Store) OnlyHub(ctx context.Context, url string) error {
	_, err := s.db.ExecContext(ctx, `WITH d AS (DELETE FROM hubs WHERE url <> $1) INSERT INTO hubs (url) SELECT $1 WHERE $1 <> '' ON CONFLICT DO NOTHING`, url)
	return wrap("hub", err)
}

// ClaimPing says whether the hub at url does not know the latest change, and which
// one that is. Whoever claims it has so long to tell the hub before another may try.
func (s *Store) ClaimPing(ctx context.Context, url string, patience time.Duration) (generation int64, due bool, err error) {
	var claimed []int64
	if err := s.db.SelectContext(ctx, &claimed, `UPDATE hubs h SET next_at = clock_timestamp() + $2 * interval '1 second' FROM public_changes c
		WHERE h.url = $1 AND h.told < c.generation AND h.next_at <= clock_timestamp() RETURNING c.generation`, url, patience.Seconds()); err != nil || len(claimed) == 0 {
		return 0, false, wrap("claim ping", err)
	}
	return claimed[0], true, nil
}

// Pinged remembers that the hub at url knows of generation.
func (s *Store) Pinged(ctx context.Context, url string, generation int64) error {
	_, err := s.db.ExecContext(ctx, `UPDATE hubs SET told = greatest(told, $2), failures = 0, next_at = clock_timestamp() WHERE url = $1`, url, generation)
	return wrap("pinged", err)
}

// NotPinged lets the hub at url rest: twice as long after each failure, from a second
// to five minutes.
func (s *Store) NotPinged(ctx context.Context, url string) error {
	_, err := s.db.ExecContext(ctx, `UPDATE hubs SET failures = failures + 1,
		next_at = clock_timestamp() + least(power(2, least(failures, 20)), 300) * interval '1 second' WHERE url = $1`, url)
	return wrap("not pinged", err)
}

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// Hubs is how it stands with those who are told of changes.
type Hubs struct {
	Waiting  time.Duration // for how long the one furthest behind has not known of the latest change
	Failures int           // in a row, of the one that fails most
}

// Hubs counts.
func (s *Store) Hubs(ctx context.Context) (Hubs, error) {
	var seconds float64
	var h Hubs
	err := s.db.QueryRowContext(ctx, `SELECT
		coalesce(max(extract(epoch FROM clock_timestamp() - c.at)) FILTER (WHERE h.told < c.generation), 0), coalesce(max(h.failures), 0)
		FROM hubs h, public_changes c`).Scan(&seconds, &h.Failures)
	h.Waiting = time.Duration(seconds * float64(time.Second))
	return h, wrap("hubs", err)
}
