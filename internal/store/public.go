package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"shenfa/internal/disclosure"
)

// Public is a disclosure that is public by the one predicate, opened.
type Public struct {
	ID         string          `db:"disclosure_id"`
	Number     string          `db:"number"`
	Edition    int             `db:"edition"`
	Version    int             `db:"version"`
	Hash       disclosure.Hash `db:"manifest_hash"`
	UnitName   string          `db:"unit_name"`
	ReleasedAt time.Time       `db:"effective_at"`
	FirstAt    time.Time       `db:"first_at"` // of the first edition that still counts
	Noticed    bool            `db:"noticed"`  // of a page: it is out of force
	SealedM    []byte          `db:"sealed_manifest"`
	SealedD    []byte          `db:"sealed_draft"`
	SealedBody []byte          `db:"sealed_body"`
	Wrapped    []byte          `db:"wrapped"`

	Manifest disclosure.Manifest
	Draft    disclosure.Draft // where the files are; not in lists
	Body     []byte           // of a page
	Earlier  []Edition        // of a page: what it took the place of, newest first
}

// Edition is what stood under a number before its correction took effect.
type Edition struct {
	Edition    int
	ReleasedAt time.Time
	Correction string // what the edition itself said that it corrects
	Type       disclosure.CorrectionType
	Hash       disclosure.Hash
	Readable   bool // no later edition has closed it
	of         Public
}

// shown is what could be public by the grant g alone: an index knows it, the predicate
// decides. It must hold everything that is_public holds.
const shown = `g.revoked_at IS NULL AND g.armed_at IS NOT NULL AND g.release_at <= now()`

// onlyPublic is the one way to anything public: every page, feed and file reads by it.
const onlyPublic = shown + ` AND is_public(g)`

// publicColumns of what publicTables join to the grant g.
const (
	publicColumns = `g.disclosure_id, d.number, d.edition, g.version, g.manifest_hash, u.name AS unit_name, effective_at(g) AS effective_at,
	       v.sealed_manifest, k.wrapped`
	publicTables = `
	  JOIN disclosures d ON d.id = g.disclosure_id
	  JOIN units u ON u.id = g.unit_id
	  JOIN versions v ON v.manifest_hash = g.manifest_hash
	  JOIN item_keys k ON k.disclosure_id = g.disclosure_id`
)

// openPublic opens r and refuses what does not have the hash that was approved.
func (s *Store) openPublic(r *Public) error {
	key, err := s.vault.Unwrap(r.Wrapped)
	if err != nil {
		return fmt.Errorf("key of %s: %w", r.ID, err)
	}
	canonical, err := key.Open(manifestContext(r.ID, r.Version), r.SealedM)
	if err != nil {
		return fmt.Errorf("manifest of %s: %w", r.ID, err)
	}
	if disclosure.HashOf(canonical) != r.Hash {
		return fmt.Errorf("manifest of %s does not have its hash", r.ID)
	}
	if err := json.Unmarshal(canonical, &r.Manifest); err != nil {
		return fmt.Errorf("manifest of %s: %w", r.ID, err)
	}
	if r.SealedD == nil {
		return nil
	}
	if err := openJSON(key, frozenContext(r.ID, r.Version), r.SealedD, &r.Draft); err != nil {
		return err
	}
	if r.SealedBody == nil {
		return nil
	}
	if r.Body, err = key.Open(blobContext(r.ID, bodyBlob(r.Draft)), r.SealedBody); err != nil {
		return fmt.Errorf("body of %s: %w", r.ID, err)
	}
	return asApproved(r.Number, r.Manifest.Body, r.Body)
}

func bodyBlob(d disclosure.Draft) string {
	if d.Body == nil {
		return ""
	}
	return d.Body.Blob
}

// asApproved refuses bytes that are not those of the manifest.
func asApproved(number string, content disclosure.Content, data []byte) error {
	if disclosure.Sum(content.Type, data) != content {
		return fmt.Errorf("%s: stored bytes are not the approved ones", number)
	}
	return nil
}

// PublicItem finds one public disclosure by its number. Missing and unreleased are
// the same: not found.
func (s *Store) PublicItem(ctx context.Context, number string) (Public, error) {
	var rows []Public
	if err := s.db.SelectContext(ctx, &rows, `SELECT `+publicColumns+`, effective_at(g) AS first_at, v.sealed_draft
		FROM grants g`+publicTables+` WHERE g.number = $1 AND `+onlyPublic, number); err != nil {
		return Public{}, fmt.Errorf("public item: %w", err)
	}
	if len(rows) == 0 {
		return Public{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	return rows[0], s.openPublic(&rows[0])
}

// PublicPage is PublicItem with its body and its history, all in one query. What is
// not there costs the same, whether it never was, is not yet, or is no longer.
func (s *Store) PublicPage(ctx context.Context, number string) (Public, error) {
	var rows []Public
	if err := s.db.SelectContext(ctx, &rows, `WITH live AS MATERIALIZED (
			SELECT g.id FROM grants g WHERE g.number = $1 AND `+onlyPublic+` LIMIT 1)
		SELECT `+publicColumns+`, first_public_at(g) AS first_at, v.sealed_draft, b.sealed AS sealed_body,
		       EXISTS (SELECT FROM withdrawals w WHERE w.disclosure_id = g.disclosure_id AND w.restored_at IS NULL) AS noticed
		  FROM live l JOIN grants g ON g.id = l.id`+publicTables+`
		  LEFT JOIN blobs b ON b.disclosure_id = g.disclosure_id AND b.id = v.body_blob
		UNION ALL
		SELECT g.disclosure_id, d.number, d.edition, g.version, g.manifest_hash, u.name, effective_at(g), v.sealed_manifest, k.wrapped,
		       effective_at(g), v.sealed_draft, NULL, false
		  FROM live l JOIN grants now ON now.id = l.id JOIN disclosures new ON new.id = now.disclosure_id
		  JOIN disclosures old ON old.number = new.number AND old.edition < new.edition
		  JOIN grants g ON g.disclosure_id = old.id AND g.revoked_at IS NULL`+publicTables+`
		 WHERE took_effect(g)
		 ORDER BY edition DESC`, number); err != nil {
		return Public{}, fmt.Errorf("public page: %w", err)
	}
	if len(rows) == 0 {
		return Public{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	page := rows[0]
	if err := s.openPublic(&page); err != nil {
		return Public{}, err
	}
	if page.SealedBody == nil { // frozen before the body had its place in the row
		var err error
		if page.Body, _, err = s.PublicBytes(ctx, page, ""); err != nil {
			return Public{}, err
		}
	}
	page.Earlier = s.earlier(page, rows[1:])
	return page, nil
}

// PublicBytes opens the body ("") or an attachment of a public disclosure and
// checks it against the manifest once more: what is not as approved does not go out.
func (s *Store) PublicBytes(ctx context.Context, p Public, attachment string) ([]byte, disclosure.Content, error) {
	content := p.Manifest.Body
	file := p.Draft.Body
	if attachment != "" {
		i := slices.IndexFunc(p.Draft.Attachments, func(f disclosure.File) bool { return f.Name == attachment })
		j := slices.IndexFunc(p.Manifest.Attachments, func(n disclosure.Named) bool { return n.Name == attachment })
		if i < 0 || j < 0 {
			return nil, content, disclosure.Refuse(disclosure.NotFound, "")
		}
		file, content = &p.Draft.Attachments[i], p.Manifest.Attachments[j].Content
	}
	data, err := s.Blob(ctx, p.ID, file.Blob)
	if err != nil {
		return nil, content, err
	}
	if err := asApproved(p.Number, content, data); err != nil {
		return nil, content, err
	}
	return data, content, nil
}

// NextRelease is the next instant at which something could become public, zero if
// nothing is planned, and what the database clock said when it was asked: no cache may
// outlive the instant, by the clock that rules.
func (s *Store) NextRelease(ctx context.Context) (next, now time.Time, err error) {
	var row struct {
		Now  time.Time  `db:"now"`
		Next *time.Time `db:"next"`
	}
	err = s.db.GetContext(ctx, &row, `SELECT clock_timestamp() AS now,
		least((SELECT min(release_at) FROM grants WHERE revoked_at IS NULL AND release_at > now()),
		      (SELECT min(public_until) FROM grants WHERE revoked_at IS NULL AND public_until > now())) AS next`)
	if err != nil {
		return next, now, fmt.Errorf("next release: %w", err)
	}
	if row.Next != nil {
		next = *row.Next
	}
	return next, row.Now, nil
}
