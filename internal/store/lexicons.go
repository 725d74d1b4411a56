package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"shenfa/internal/detect"
	"shenfa/internal/disclosure"
)

// LexiconVersion is one imported version of a unit's own list.
type LexiconVersion struct {
	Version int       `db:"version"`
	Digest  string    `db:"digest"`
	Terms   int       `db:"terms"`
	By      string    `db:"imported_by"`
	ByName  string    `db:"by_name"`
	From    time.Time `db:"effective_from"`
}

func lexiconContext(unit string, version int) string {
	return fmt.Sprintf("unit/%s/lexicon/%d", unit, version)
}

// ImportLexicon makes rows, the CSV that l was read from, the list of by's unit from now
// on. Importing what is in force already changes nothing.
func (s *Store) ImportLexicon(ctx context.Context, by disclosure.Person, l detect.Lexicon, rows []byte) (version int, err error) {
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtext('lexicon/' || $1))`, by.Unit); err != nil {
			return err
		}
		var last struct {
			Version int    `db:"version"`
			Digest  string `db:"digest"`
		}
		err := tx.GetContext(ctx, &last, `SELECT version, digest FROM lexicons WHERE unit_id = $1 ORDER BY version DESC LIMIT 1`, by.Unit)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("lexicon: %w", err)
		}
		if version = last.Version; last.Digest == l.Version {
			return nil
		}
		version++
		if _, err := tx.ExecContext(ctx, `INSERT INTO lexicons (unit_id, version, digest, terms, sealed, imported_by) VALUES ($1, $2, $3, $4, $5, $6)`,
			by.Unit, version, l.Version, len(l.Terms), s.vault.Seal(lexiconContext(by.Unit, version), rows), by.ID); err != nil {
			return fmt.Errorf("import lexicon: %w", err)
		}
		return insertAudit(ctx, tx, Audit{Actor: by.ID, Action: "import_lexicon", Object: by.Unit, Unit: by.Unit, Outcome: "ok", Detail: map[string]string{
			"version": fmt.Sprint(version), "digest": l.Version, "terms": fmt.Sprint(len(l.Terms)),
		}})
	})
	return version, err
}

// Lexicons lists the versions of a unit's list, newest first.
func (s *Store) Lexicons(ctx context.Context, unit string) ([]LexiconVersion, error) {
	all := []LexiconVersion{}
	err := s.db.SelectContext(ctx, &all, `SELECT l.version, l.digest, l.terms, l.imported_by, p.name AS by_name, l.effective_from
		FROM lexicons l JOIN people p ON p.id = l.imported_by WHERE l.unit_id = $1 ORDER BY l.version DESC`, unit)
	if err != nil {
		return nil, fmt.Errorf("lexicons: %w", err)
	}
	return all, nil
}

// LexiconRows opens one version as the CSV it was imported from.
func (s *Store) LexiconRows(ctx context.Context, unit string, version int) ([]byte, error) {
	var sealed []byte
	if err := s.db.GetContext(ctx, &sealed, `SELECT sealed FROM lexicons WHERE unit_id = $1 AND version = $2`, unit, version); err != nil {
		return nil, refusal(fmt.Errorf("lexicon: %w", err))
	}
	return s.vault.Open(lexiconContext(unit, version), sealed)
}

// ready is a list whose index is built, as it is on one day.
type ready struct {
	version int
	day     string
	lexicon detect.Lexicon
}

// china is where the days of a list begin.
var china = time.FixedZone("CST", 8*60*60)

// latestChange is the last instant until at when a term came into force or expired.
// What was checked before it was checked on another list.
func latestChange(terms []detect.Term, at time.Time) (latest time.Time) {
	for _, t := range terms {
		if t.Only == nil {
			continue
		}
		for _, change := range []time.Time{t.Only.From, t.Only.Expires} {
			if !change.After(at) && change.After(latest) {
				latest = change
			}
		}
	}
	return latest
}

// Lexicon returns the list of a unit in force at an instant, and a zero one if it has
// none. Terms come into force and expire with the day in China.
func (s *Store) Lexicon(ctx context.Context, unit string, at time.Time) (detect.Lexicon, error) {
	var version int
	err := s.db.GetContext(ctx, &version, `SELECT version FROM lexicons WHERE unit_id = $1 AND effective_from <= $2 ORDER BY version DESC LIMIT 1`, unit, at)
	if errors.Is(err, sql.ErrNoRows) {
		return detect.Lexicon{}, nil
	}
	if err != nil {
		return detect.Lexicon{}, fmt.Errorf("lexicon: %w", err)
	}
	day := at.In(china).Format(time.DateOnly)
	s.lists.Lock()
	defer s.lists.Unlock()
	if r, ok := s.lists.of[unit]; ok && r.version == version && r.day == day {
		return r.lexicon, nil
	}
	rows, err := s.LexiconRows(ctx, unit, version)
	if err != nil {
		return detect.Lexicon{}, err
	}
	l, err := detect.ParseLexicon(bytes.NewReader(rows))
	if err != nil {
		return detect.Lexicon{}, fmt.Errorf("lexicon %d of %s: %w", version, unit, err)
	}
	since := latestChange(l.Terms, at)
	if l = l.At(at); !since.IsZero() {
		l.Version += "@" + since.In(china).Format(time.DateOnly)
	}
	s.lists.of[unit] = ready{version, day, l}
	return l, nil
}
