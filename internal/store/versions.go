package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"shenfa/internal/disclosure"
)

// Frozen is one immutable version, opened. Readable is false once its content was
// erased; then only the hash is left.
type Frozen struct {
	Version      int             `db:"version"`
	Hash         disclosure.Hash `db:"manifest_hash"`
	RuleSet      string          `db:"rule_set"`
	By           string          `db:"frozen_by"`
	ByName       string          `db:"by_name"`
	At           time.Time       `db:"frozen_at"`
	SealedM      []byte          `db:"sealed_manifest"`
	SealedD      []byte          `db:"sealed_draft"`
	Readable     bool
	Canonical    []byte // the manifest's bytes, exactly as hashed
	Manifest     disclosure.Manifest
	Draft        disclosure.Draft
	Contributors []string
}

const selectFrozen = `SELECT v.version, v.manifest_hash, v.rule_set, v.frozen_by, p.name AS by_name, v.frozen_at, v.sealed_manifest, v.sealed_draft
	FROM versions v JOIN people p ON p.id = v.frozen_by`

// FreezeVersion makes the draft at revision into the next version and returns it.
// build turns the draft into the manifest. Freezing the same revision again, after a
// submission that never arrived, returns the version made then.
func (s *Store) FreezeVersion(ctx context.Context, id string, revision int64, by disclosure.Person, ruleSet string,
	build func(number string, edition, version int, d disclosure.Draft) (disclosure.Manifest, error),
) (Frozen, error) {
	var f Frozen
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		var row struct {
			Revision int64  `db:"revision"`
			Sealed   []byte `db:"sealed"`
			Number   string `db:"number"`
			Edition  int    `db:"edition"`
			Version  int    `db:"version"`
			State    string `db:"state"`
		}
		if err := tx.GetContext(ctx, &row, `SELECT f.revision, f.sealed, d.number, d.edition, d.version, d.state
			FROM drafts f JOIN disclosures d ON d.id = f.disclosure_id WHERE d.id = $1 FOR UPDATE OF f`, id); err != nil {
			return fmt.Errorf("draft: %w", err)
		}
		if row.Revision != revision {
			return disclosure.Refuse(disclosure.PreconditionFailed, "")
		}
		key, err := s.key(ctx, tx, id)
		if err != nil {
			return err
		}
		var made struct {
			Version  int   `db:"version"`
			Revision int64 `db:"draft_revision"`
		}
		err = tx.GetContext(ctx, &made, `SELECT version, draft_revision FROM versions WHERE disclosure_id = $1 ORDER BY version DESC LIMIT 1`, id)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if made.Version > row.Version && made.Revision == revision {
			f, err = s.frozen(ctx, tx, id, made.Version)
			return err
		}
		next := max(made.Version, row.Version) + 1
		if err := openJSON(key, draftContext(id), row.Sealed, &f.Draft); err != nil {
			return err
		}
		if f.Manifest, err = build(row.Number, row.Edition, next, f.Draft); err != nil {
			return err
		}
		if f.Canonical, err = f.Manifest.Canonical(); err != nil {
			return err
		}
		f.Version, f.Hash, f.By, f.RuleSet, f.Readable = next, disclosure.HashOf(f.Canonical), by.ID, ruleSet, true
		draft, err := sealJSON(key, frozenContext(id, next), f.Draft)
		if err != nil {
			return err
		}
		if err := addContributor(ctx, tx, id, by.ID); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO versions (disclosure_id, version, manifest_hash, sealed_manifest, sealed_draft, rule_set, draft_revision, frozen_by, body_blob, goes_alone)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, id, next, f.Hash, key.Seal(manifestContext(id, next), f.Canonical), draft, ruleSet, revision, by.ID,
			bodyBlob(f.Draft), f.Manifest.GoesAlone())
		if err != nil {
			return fmt.Errorf("freeze: %w", err)
		}
		return nil
	})
	if err != nil {
		return Frozen{}, err
	}
	err = s.db.SelectContext(ctx, &f.Contributors, `SELECT person_id FROM contributors WHERE disclosure_id = $1 ORDER BY at, person_id`, id)
	return f, err
}

func (s *Store) frozen(ctx context.Context, q queryer, id string, version int) (Frozen, error) {
	var rows []Frozen
	if err := q.SelectContext(ctx, &rows, selectFrozen+` WHERE v.disclosure_id = $1 AND v.version = $2`, id, version); err != nil {
		return Frozen{}, fmt.Errorf("version: %w", err)
	}
	if len(rows) == 0 {
		return Frozen{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	if err := s.openFrozen(ctx, q, id, rows); err != nil {
		return Frozen{}, err
	}
	if !rows[0].Readable {
		return Frozen{}, errors.Join(disclosure.Refuse(disclosure.NotFound, ""), fmt.Errorf("version %d of %s was erased", version, id))
	}
	return rows[0], nil
}

// openFrozen opens what the item's present key can open: a version from before an
// erasure stays shut for good.
func (s *Store) openFrozen(ctx context.Context, q queryer, id string, rows []Frozen) error {
	key, err := s.key(ctx, q, id)
	if err != nil {
		return err
	}
	for i := range rows {
		f := &rows[i]
		canonical, err := key.Open(manifestContext(id, f.Version), f.SealedM)
		if err != nil {
			continue
		}
		f.Canonical = canonical
		if err := openJSON(key, manifestContext(id, f.Version), f.SealedM, &f.Manifest); err != nil {
			return err
		}
		if err := openJSON(key, frozenContext(id, f.Version), f.SealedD, &f.Draft); err != nil {
			return err
		}
		f.Readable = true
	}
	return nil
}

// Version opens one version.
func (s *Store) Version(ctx context.Context, id string, version int) (Frozen, error) {
	return s.frozen(ctx, s.db, id, version)
}

// Versions lists all, oldest first.
func (s *Store) Versions(ctx context.Context, id string) ([]Frozen, error) {
	var rows []Frozen
	if err := s.db.SelectContext(ctx, &rows, selectFrozen+` WHERE v.disclosure_id = $1 ORDER BY v.version`, id); err != nil {
		return nil, fmt.Errorf("versions: %w", err)
	}
	return rows, s.openFrozen(ctx, s.db, id, rows)
}
