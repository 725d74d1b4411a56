package store

import (
	"context"
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
	var row struct {
		Number  string `db:"number"`
		Section string `db:"section_id"`
		Version int    `db:"version"`
	}
	if err := s.db.GetContext(ctx, &row, `SELECT number, section_id, version FROM disclosures WHERE id = $1`, of); err != nil {
		return refusal(fmt.Errorf("correct: %w", err))
	}
	wrapped, key, err := s.vault.NewItemKey()
	if err != nil {
		return fmt.Errorf("item key: %w", err)
	}
	draft, files, err := s.contentFor(ctx, of, row.Version, key)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		f := fresh{ID: id, Number: row.Number, Corrects: of, Section: row.Section, Draft: draft}
		if err := tx.GetContext(ctx, &f.Edition, `SELECT max(edition) + 1 FROM disclosures WHERE number = $1`, f.Number); err != nil {
			return fmt.Errorf("edition: %w", err)
		}
		as := Audit{Action: "correct", Detail: map[string]string{"corrects": of, "edition": fmt.Sprint(f.Edition)}}
		if made, err := f.insert(ctx, tx, by, key, wrapped, as); err != nil || !made {
			return err
		}
		for blob, data := range files {
			if err := putBlob(ctx, tx, id, blob, key, data); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO contributors (disclosure_id, person_id, at) SELECT $1, person_id, at FROM contributors WHERE disclosure_id = $2
			ON CONFLICT DO NOTHING`, id, of)
		if err != nil {
			return fmt.Errorf("contributors: %w", err)
		}
		return nil
	})
}

// contentFor reads a version for another item, whose key names the files: its draft
// without a plan, for when it is to be released is not for it to say, and the files.
func (s *Store) contentFor(ctx context.Context, id string, version int, key vault.ItemKey) (disclosure.Draft, map[string][]byte, error) {
	v, err := s.Version(ctx, id, version)
	if err != nil {
		return disclosure.Draft{}, nil, err
	}
	d, files := v.Draft, map[string][]byte{}
	d.Batch = ""                                                   // it is released by itself
	d.Correction, d.CorrectionType, d.CloseEarlier = "", "", false // what the edition before said of the one before it
	d.Release = disclosure.Plan{Zone: d.Release.Zone, Late: d.Release.Late}
	all := []*disclosure.File{d.Body, d.Source}
	for i := range d.Attachments {
		all = append(all, &d.Attachments[i])
	}
	for _, f := range all {
		blobs := []*string{&f.Blob}
		if f.Original != nil {
			blobs = append(blobs, &f.Original.Blob)
		}
		for _, blob := range blobs {
			data, err := s.Blob(ctx, id, *blob)
			if err != nil {
				return disclosure.Draft{}, nil, fmt.Errorf("content of %s: %w", id, err)
			}
			*blob = blobID(key, data)
			files[*blob] = data
		}
	}
	return d, files, nil
}

// Superseded says whether a later edition has taken the place of a disclosure.
func (s *Store) Superseded(ctx context.Context, id string) (superseded bool, err error) {
	err = s.db.GetContext(ctx, &superseded, `SELECT coalesce((SELECT bool_or(superseded(g)) FROM grants g WHERE g.disclosure_id = $1), false)`, id)
	if err != nil {
		return false, fmt.Errorf("superseded: %w", err)
	}
	return superseded, nil
}

// Corrected is the frozen draft of what a disclosure corrects, as it was approved.
func (s *Store) Corrected(ctx context.Context, id string) (row struct {
	ID    string
	Draft disclosure.Draft
}, err error,
) {
	var of struct {
		ID      string `db:"id"`
		Version int    `db:"version"`
	}
	if err := s.db.GetContext(ctx, &of, `SELECT o.id, o.version FROM disclosures d JOIN disclosures o ON o.id = d.corrects WHERE d.id = $1`, id); err != nil {
		return row, refusal(fmt.Errorf("corrected: %w", err))
	}
	v, err := s.Version(ctx, of.ID, of.Version)
	row.ID, row.Draft = of.ID, v.Draft
	return row, err
}
