package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"shenfa/internal/disclosure"
)

// Evidence is what was known of a disclosure in the transaction that recalled it.
type Evidence struct {
	Act          string            `json:"act"`
	By           string            `json:"by"`
	At           time.Time         `json:"at"`
	Number       string            `json:"number"`
	Edition      int               `json:"edition"`
	Version      int               `json:"version"`
	ManifestHash disclosure.Hash   `json:"manifest_hash"`
	State        disclosure.State  `json:"state"`      // before the recall
	Public       bool              `json:"public"`     // by the predicate of the portal
	Checkpoint   string            `json:"checkpoint"` // newest signed head of the ledger, empty before the first
	Effects      []EvidenceEffect  `json:"effects"`
	Readers      []EvidenceReader  `json:"readers"`  // inside, before it was public and since
	Siblings     []EvidenceSibling `json:"siblings"` // released together with it
}

// EvidenceEffect is what the database held to be the case on a channel.
type EvidenceEffect struct {
	Channel     string     `json:"channel" db:"channel"`
	State       string     `json:"state" db:"state"`
	URL         string     `json:"url" db:"url"`
	Cause       string     `json:"cause" db:"cause"`
	Attempts    int        `json:"attempts" db:"attempts"`
	SentAt      *time.Time `json:"sent_at" db:"sent_at"`
	ConfirmedAt *time.Time `json:"confirmed_at" db:"confirmed_at"`
}

// EvidenceReader is who read it inside, as the ledger has it.
type EvidenceReader struct {
	Person string    `json:"person" db:"actor"`
	Name   string    `json:"name" db:"name"`
	Action string    `json:"action" db:"action"`
	Times  int       `json:"times" db:"times"`
	Last   time.Time `json:"last" db:"last"`
}

// EvidenceSibling is an item of the same batch.
type EvidenceSibling struct {
	ID     string `json:"id" db:"id"`
	Number string `json:"number" db:"number"`
	State  string `json:"state" db:"state"`
}

// Sighting is what a channel showed when it was read back for a recall.
type Sighting struct {
	Channel    string    `json:"channel"`
	When       string    `json:"when"` // before, after: its withdrawal from that channel
	There      bool      `json:"there"`
	Approved   bool      `json:"approved"` // with the bytes that were approved
	BodySHA256 string    `json:"body_sha256"`
	URL        string    `json:"url"`
	Silent     bool      `json:"silent"` // it did not answer: nothing is known
	At         time.Time `json:"at"`
}

// RecallEvidence is all that was kept of a recall. SHA256 is what the ledger holds of each part.
type RecallEvidence struct {
	Moment    Evidence
	Sightings []Sighting
	SHA256    map[string]string
}

const momentPart = "moment"

func evidenceContext(id, part string) string { return "disclosure/" + id + "/evidence/" + part }

// evidence keeps what is known when something is recalled. It runs before anything of the
// recall is written.
func (r *recorder) evidence(ctx context.Context) error {
	if r.Act.Type != disclosure.Recall {
		return nil
	}
	e := Evidence{
		Act: r.Act.ID, By: r.Act.By.ID, At: r.now, Version: r.Before.Version, ManifestHash: r.Before.Manifest, State: r.Before.State,
		Effects: []EvidenceEffect{}, Readers: []EvidenceReader{}, Siblings: []EvidenceSibling{},
	}
	if err := r.tx.QueryRowxContext(ctx, `SELECT d.number, d.edition,
			EXISTS (SELECT FROM grants g WHERE g.disclosure_id = d.id AND is_public(g)),
			coalesce((SELECT convert_from(note, 'UTF8') FROM ledger_checkpoints ORDER BY size DESC LIMIT 1), '')
		FROM disclosures d WHERE d.id = $1`, r.ID).Scan(&e.Number, &e.Edition, &e.Public, &e.Checkpoint); err != nil {
		return fmt.Errorf("record evidence: %w", err)
	}
	for _, part := range []struct {
		to    any
		query string
	}{
		{&e.Effects, `SELECT channel, state, url, cause, attempts, sent_at, confirmed_at FROM effects WHERE disclosure_id = $1 ORDER BY version, channel`},
		{&e.Readers, `SELECT a.actor, coalesce(p.name, '') AS name, a.action, count(*) AS times, max(a.at) AS last
			FROM audit a LEFT JOIN people p ON p.id::text = a.actor
			WHERE a.object = $1::text AND a.outcome = 'ok' AND a.action LIKE 'read%' GROUP BY a.actor, p.name, a.action ORDER BY last DESC, a.actor, a.action`},
		{&e.Siblings, `SELECT d.id, d.number, d.state FROM batch_members mine JOIN batch_members m ON m.batch_id = mine.batch_id AND m.left_at IS NULL
			JOIN disclosures d ON d.id = m.disclosure_id
			WHERE mine.disclosure_id = $1 AND mine.left_at IS NULL AND d.id <> $1 ORDER BY d.number, d.edition`},
	} {
		if err := r.tx.SelectContext(ctx, part.to, part.query, r.ID); err != nil {
			return fmt.Errorf("record evidence: %w", err)
		}
	}
	return r.store.saveEvidence(ctx, r.tx, r.ID, r.Before.Unit, momentPart, e)
}

// SaveSighting keeps what a channel showed; the first look of its kind counts.
func (s *Store) SaveSighting(ctx context.Context, id, unit string, seen Sighting) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		return s.saveEvidence(ctx, tx, id, unit, seen.Channel+"/"+seen.When, seen)
	})
}

// saveEvidence seals a part, and enters its hash in the ledger.
func (s *Store) saveEvidence(ctx context.Context, tx *sqlx.Tx, id, unit, part string, v any) error {
	key, err := s.key(ctx, tx, id)
	if err != nil {
		return err
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(plain)
	res, err := tx.ExecContext(ctx, `INSERT INTO evidence (disclosure_id, part, sha256, sealed) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		id, part, sum[:], key.Seal(evidenceContext(id, part), plain))
	if err != nil {
		return fmt.Errorf("save evidence: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return insertAudit(ctx, tx, Audit{
		Actor: "system:release", Action: "keep_evidence", Object: id, Unit: unit, Outcome: "ok",
		Detail: map[string]string{"part": part, "sha256": hex.EncodeToString(sum[:])},
	})
}

// Evidence opens what was kept of the recall of a disclosure, or nil if it was not recalled.
func (s *Store) Evidence(ctx context.Context, id string) (*RecallEvidence, error) {
	var rows []struct {
		Part   string `db:"part"`
		Sum    []byte `db:"sha256"`
		Sealed []byte `db:"sealed"`
	}
	if err := s.db.SelectContext(ctx, &rows, `SELECT part, sha256, sealed FROM evidence WHERE disclosure_id = $1 ORDER BY at, part`, id); err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	key, err := s.key(ctx, s.db, id)
	if err != nil {
		return nil, err
	}
	out := &RecallEvidence{Sightings: []Sighting{}, SHA256: map[string]string{}}
	for _, r := range rows {
		out.SHA256[r.Part] = hex.EncodeToString(r.Sum)
		if r.Part == momentPart {
			err = openJSON(key, evidenceContext(id, r.Part), r.Sealed, &out.Moment)
		} else {
			var seen Sighting
			err = openJSON(key, evidenceContext(id, r.Part), r.Sealed, &seen)
			out.Sightings = append(out.Sightings, seen)
		}
		if err != nil {
			return nil, fmt.Errorf("evidence: %w", err)
		}
	}
	return out, nil
}
