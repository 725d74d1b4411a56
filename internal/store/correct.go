package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"shenfa/internal/disclosure"
	"shenfa/internal/vault"
)

// Correct makes a draft that corrects a released disclosure: the next edition under
// the same number, with the released content to begin with. Who contributed to what
// is corrected has contributed to the correction. Making the same id again changes
// nothing.
func (s *Store) Correct(ctx context.Context, id, of string, by disclosure.Person) error {
	wrapped, key, err := s.vault.NewItemKey()
	if err != nil {
		return fmt.Errorf("item key: %w", err)
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		var exists bool
		if err := tx.GetContext(ctx, &exists, `SELECT EXISTS (SELECT FROM disclosures WHERE id = $1)`, id); err != nil || exists {
			return err
		}
		var row struct {
			Number  string `db:"number"`
			Section string `db:"section_id"`
			Kind    string `db:"kind"`
			Version int    `db:"version"`
			Next    int    `db:"next"`
		}
		if err := tx.GetContext(ctx, &row, `SELECT d.number, d.section_id, d.kind, d.version, (SELECT max(o.edition) FROM disclosures o WHERE o.number = d.number) + 1 AS next
			FROM disclosures d WHERE d.id = $1`, of); err != nil {
			return fmt.Errorf("correct: %w", err)
		}
		c, err := json.Marshal(disclosure.NewCase(id, by.Unit, row.Section, by.ID))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO item_keys VALUES ($1, $2)`, id, wrapped); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO disclosures (id, number, edition, corrects, unit_id, section_id, drafter_id, kind, state, state_of_case)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, id, row.Number, row.Next, of, by.Unit, row.Section, by.ID, row.Kind, disclosure.Drafting, c); err != nil {
			return fmt.Errorf("correct: %w", err)
		}
		draft, err := s.copyContent(ctx, tx, of, row.Version, id, key)
		if err != nil {
			return err
		}
		sealed, err := sealJSON(key, draftContext(id), draft)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO drafts (disclosure_id, revision, sealed, updated_by) VALUES ($1, 1, $2, $3)`, id, sealed, by.ID); err != nil {
			return fmt.Errorf("draft: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO contributors (disclosure_id, person_id, at) SELECT $1, person_id, at FROM contributors WHERE disclosure_id = $2`, id, of); err != nil {
			return fmt.Errorf("contributors: %w", err)
		}
		if err := addContributor(ctx, tx, id, by.ID); err != nil {
			return err
		}
		return insertAudit(ctx, tx, Audit{
			Actor: by.ID, Action: "correct", Object: id, Unit: by.Unit, Outcome: "ok", Detail: map[string]string{"corrects": of, "edition": fmt.Sprint(row.Next)},
		})
	})
}

// copyContent seals the files of a version under another item's key and returns its
// draft, without a plan: when it is to be released is for the correction to say.
func (s *Store) copyContent(ctx context.Context, tx *sqlx.Tx, from string, version int, to string, key vault.ItemKey) (disclosure.Draft, error) {
	f, err := s.frozen(ctx, tx, from, version)
	if err != nil {
		return disclosure.Draft{}, err
	}
	d := f.Draft
	d.Release = disclosure.Plan{Zone: d.Release.Zone, Late: d.Release.Late}
	copied := func(file *disclosure.File) error {
		data, err := s.Blob(ctx, from, file.Blob)
		if err != nil {
			return err
		}
		file.Blob = blobID(key, data)
		_, err = tx.ExecContext(ctx, `INSERT INTO blobs (disclosure_id, id, length, sealed) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
			to, file.Blob, len(data), key.Seal(blobContext(to, file.Blob), data))
		return err
	}
	body, source := *d.Body, *d.Source
	d.Body, d.Source = &body, &source
	files := []*disclosure.File{d.Body, d.Source}
	for i := range d.Attachments {
		files = append(files, &d.Attachments[i])
	}
	for _, file := range files {
		if err := copied(file); err != nil {
			return disclosure.Draft{}, fmt.Errorf("copy content: %w", err)
		}
	}
	return d, nil
}

// Superseded says whether a later edition has taken the place of a disclosure.
func (s *Store) Superseded(ctx context.Context, id string) (superseded bool, err error) {
	err = s.db.GetContext(ctx, &superseded, `SELECT coalesce((SELECT bool_or(superseded(g)) FROM grants g WHERE g.disclosure_id = $1), false)`, id)
	if err != nil {
		return false, fmt.Errorf("superseded: %w", err)
	}
	return superseded, nil
}
