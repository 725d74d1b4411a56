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
	Version    int             `db:"version"`
	Hash       disclosure.Hash `db:"manifest_hash"`
	UnitName   string          `db:"unit_name"`
	ReleasedAt time.Time       `db:"effective_at"`
	SealedM    []byte          `db:"sealed_manifest"`
	SealedD    []byte          `db:"sealed_draft"`
	Wrapped    []byte          `db:"wrapped"`

	Manifest disclosure.Manifest
	Draft    disclosure.Draft
}

// selectPublic reads what is public and nothing else: every public page, feed and
// file goes through it.
const selectPublic = `
	SELECT g.disclosure_id, d.number, g.version, g.manifest_hash, u.name AS unit_name, effective_at(g) AS effective_at,
	       v.sealed_manifest, v.sealed_draft, k.wrapped
	  FROM grants g
	  JOIN disclosures d ON d.id = g.disclosure_id
	  JOIN units u ON u.id = g.unit_id
	  JOIN versions v ON v.manifest_hash = g.manifest_hash
	  JOIN item_keys k ON k.disclosure_id = g.disclosure_id
	 WHERE is_public(g)`

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
	return openJSON(key, frozenContext(r.ID, r.Version), r.SealedD, &r.Draft)
}

// PublicItems lists what is public, newest first, before an instant and number. An
// item that cannot be opened is left out and does not take the others with it: that
// it is not online shows when its channel is read back.
func (s *Store) PublicItems(ctx context.Context, before time.Time, number string, limit int) ([]Public, error) {
	var items []Public
	for {
		var rows []Public
		if err := s.db.SelectContext(ctx, &rows, selectPublic+`
			AND ($1::timestamptz IS NULL OR (effective_at(g), d.number) < ($1, $2)) ORDER BY effective_at(g) DESC, d.number DESC LIMIT $3`,
			nullTime(before), number, limit-len(items)); err != nil {
			return nil, fmt.Errorf("public items: %w", err)
		}
		whole := len(items)+len(rows) == limit
		for i := range rows {
			if s.openPublic(&rows[i]) == nil {
				items = append(items, rows[i])
			}
		}
		if len(items) == limit || !whole {
			return items, nil
		}
		before, number = rows[len(rows)-1].ReleasedAt, rows[len(rows)-1].Number
	}
}

// PublicItem finds one public disclosure by its number. Missing and unreleased are
// the same: not found.
func (s *Store) PublicItem(ctx context.Context, number string) (Public, error) {
	var rows []Public
	if err := s.db.SelectContext(ctx, &rows, selectPublic+` AND d.number = $1`, number); err != nil {
		return Public{}, fmt.Errorf("public item: %w", err)
	}
	if len(rows) == 0 {
		return Public{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	return rows[0], s.openPublic(&rows[0])
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
	if disclosure.Sum(content.Type, data) != content {
		return nil, content, fmt.Errorf("%s: stored bytes are not the approved ones", p.Number)
	}
	return data, content, nil
}

// NextRelease is the next instant at which something could become public, and zero
// if nothing is planned: no cache may outlive it.
func (s *Store) NextRelease(ctx context.Context) (time.Time, error) {
	var at *time.Time
	err := s.db.GetContext(ctx, &at, `SELECT min(release_at) FROM grants WHERE revoked_at IS NULL AND release_at > clock_timestamp()`)
	if err != nil || at == nil {
		return time.Time{}, err
	}
	return *at, nil
}
