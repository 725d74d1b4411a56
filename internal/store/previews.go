package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"shenfa/internal/disclosure"
)

// States of a preview as preview_state says them. Only an open one shows anything.
const (
	PreviewOpen     = "open"
	PreviewWaiting  = "waiting"  // an embargo whose hours have not come
	PreviewReleased = "released" // it is out, or was
)

// Preview is somebody who may read a version before it is public.
type Preview struct {
	ID          string          `db:"id"`
	Disclosure  string          `db:"disclosure_id"`
	Number      string          `db:"number"`
	Version     int             `db:"version"`
	Manifest    disclosure.Hash `db:"manifest_hash"`
	Unit        string          `db:"unit_id"`
	Channels    []string        `db:"-"`
	Person      *string         `db:"person_id"` // their account, or a secret that is theirs
	PersonName  *string         `db:"person_name"`
	ReaderID    *string         `db:"reader_id"`
	SealedName  []byte          `db:"sealed_name"`
	ExpiresAt   *time.Time      `db:"expires_at"`
	LeadHours   *int            `db:"lead_hours"` // of an embargo: how long before the release it opens
	OpensAt     *time.Time      `db:"opens_at"`   // of an embargo, once there is a grant
	By          string          `db:"created_by"`
	ByName      string          `db:"by_name"`
	At          time.Time       `db:"created_at"`
	RevokedAt   *time.Time      `db:"revoked_at"`
	RevokedBy   *string         `db:"revoked_by"`
	RevokedName *string         `db:"revoked_name"`
	Reads       int             `db:"reads"`
	LastReadAt  *time.Time      `db:"last_read_at"`
	State       string          `db:"state"`

	Reader string // a name; empty if it was erased
}

const selectPreview = `SELECT p.id, p.disclosure_id, d.number, p.version, p.manifest_hash, p.unit_id, p.person_id, a.name AS person_name, p.reader_id, o.sealed AS sealed_name,
	       p.expires_at, p.lead_hours, g.release_at - p.lead_hours * interval '1 hour' AS opens_at, p.created_by, c.name AS by_name, p.created_at,
	       p.revoked_at, p.revoked_by, r.name AS revoked_name, p.reads, p.last_read_at, preview_state(p) AS state
	  FROM previews p JOIN disclosures d ON d.id = p.disclosure_id JOIN people c ON c.id = p.created_by
	  LEFT JOIN people a ON a.id = p.person_id LEFT JOIN people r ON r.id = p.revoked_by LEFT JOIN opinions o ON o.id = p.reader_id
	  LEFT JOIN grants g ON g.disclosure_id = p.disclosure_id AND g.manifest_hash = p.manifest_hash AND g.revoked_at IS NULL`

// AddPreview lets somebody read a version ahead for hours, or with embargo from that many hours
// before its release. secret is what a reader without an account shows. PostgreSQL refuses
// preview_closed for a version that nobody may be shown, and not_yours for whoever does not
// answer for the item.
func (s *Store) AddPreview(ctx context.Context, p Preview, by disclosure.Person, hours int, embargo bool, secret string) error {
	var reader, hash any
	if p.Person == nil {
		name, err := s.AddOpinion(ctx, p.Disclosure, "preview/"+p.ID, p.Reader)
		if err != nil {
			return err
		}
		reader, hash = name, secretHash(secret)
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO previews (id, disclosure_id, version, manifest_hash, unit_id, kind, channels, reader_id, person_id, secret_hash, created_by, expires_at, lead_hours)
			SELECT $1, d.id, $3, $4, d.unit_id, d.kind, $5, $6, $7, $8, $9, CASE WHEN NOT $11 THEN clock_timestamp() + $10 * interval '1 hour' END, CASE WHEN $11 THEN $10 END
			  FROM disclosures d WHERE d.id = $2`,
			p.ID, p.Disclosure, p.Version, p.Manifest, pq.Array(p.Channels), reader, p.Person, hash, by.ID, hours, embargo)
		if err != nil {
			return fmt.Errorf("preview: %w", err)
		}
		detail := map[string]string{"preview": p.ID, "version": strconv.Itoa(p.Version), "manifest": string(p.Manifest), "hours": strconv.Itoa(hours), "embargo": strconv.FormatBool(embargo)}
		if p.Person != nil {
			detail["reader"] = *p.Person
		}
		return insertAudit(ctx, tx, Audit{Actor: by.ID, Action: "add_preview", Object: p.Disclosure, Unit: by.Unit, Outcome: "ok", Detail: detail})
	})
}

// Previews lists who may read versions of a disclosure ahead, or might, the newest first.
func (s *Store) Previews(ctx context.Context, id string) ([]Preview, error) {
	var rows []Preview
	if err := s.db.SelectContext(ctx, &rows, selectPreview+` WHERE p.disclosure_id = $1 ORDER BY p.created_at DESC, p.id`, id); err != nil {
		return nil, fmt.Errorf("previews: %w", err)
	}
	return rows, s.nameReaders(ctx, rows)
}

// PreviewsFor lists what somebody may read ahead by their account, now or in time.
func (s *Store) PreviewsFor(ctx context.Context, person string) ([]Preview, error) {
	var rows []Preview
	if err := s.db.SelectContext(ctx, &rows, selectPreview+` WHERE p.person_id = $1 AND p.revoked_at IS NULL AND preview_state(p) IN ('open', 'waiting')
		ORDER BY opens_at NULLS LAST, p.created_at`, person); err != nil {
		return nil, fmt.Errorf("previews: %w", err)
	}
	return rows, s.nameReaders(ctx, rows)
}

func (s *Store) nameReaders(ctx context.Context, rows []Preview) error {
	for i := range rows {
		p := &rows[i]
		if p.PersonName != nil {
			p.Reader = *p.PersonName
		}
		if p.ReaderID == nil {
			continue
		}
		key, err := s.key(ctx, s.db, p.Disclosure)
		if err != nil {
			return err
		}
		if name, err := key.Open(opinionContext(p.Disclosure, *p.ReaderID), p.SealedName); err == nil {
			p.Reader = string(name)
		}
	}
	return nil
}

// RevokePreview ends a preview of a disclosure. One that is revoked stays so.
func (s *Store) RevokePreview(ctx context.Context, id, preview string, by disclosure.Person) error {
	if !isUUID(preview) {
		return disclosure.Refuse(disclosure.NotFound, "preview")
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		var over bool
		err := tx.GetContext(ctx, &over, `SELECT revoked_at IS NOT NULL FROM previews WHERE id = $1 AND disclosure_id = $2 FOR UPDATE`, preview, id)
		if errors.Is(err, sql.ErrNoRows) {
			return disclosure.Refuse(disclosure.NotFound, "preview")
		}
		if err != nil || over {
			return wrap("preview", err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE previews SET revoked_at = clock_timestamp(), revoked_by = $2 WHERE id = $1`, preview, by.ID); err != nil {
			return fmt.Errorf("revoke preview: %w", err)
		}
		return insertAudit(ctx, tx, Audit{Actor: by.ID, Action: "revoke_preview", Object: id, Unit: by.Unit, Outcome: "ok", Detail: map[string]string{"preview": preview}})
	})
}

// ReadAhead is a version that somebody may read before it is public.
type ReadAhead struct {
	Preview
	UnitName  string
	Content   Public     // without what the public page adds
	ReleaseAt *time.Time // as planned, if it is approved
	Public    bool       // it is public: who comes now goes to the public page
}

// ReadBySecret opens what the secret of a link shows; what is which file is read, for the
// ledger. A secret that is none is not found; one that shows nothing any more, or not yet, is
// refused preview_closed. The read is counted and in the ledger before anything is told.
func (s *Store) ReadBySecret(ctx context.Context, secret, what string) (ReadAhead, error) {
	return s.readAhead(ctx, `p.secret_hash = $1`, []any{secretHash(secret)}, what)
}

// ReadByAccount opens what somebody may read ahead by their account, as ReadBySecret does.
func (s *Store) ReadByAccount(ctx context.Context, person, preview, what string) (ReadAhead, error) {
	if !isUUID(preview) {
		return ReadAhead{}, disclosure.Refuse(disclosure.NotFound, "preview")
	}
	return s.readAhead(ctx, `p.id = $1 AND p.person_id = $2`, []any{preview, person}, what)
}

func (s *Store) readAhead(ctx context.Context, which string, args []any, what string) (ReadAhead, error) {
	var out ReadAhead
	var sealed struct {
		SealedM  []byte     `db:"sealed_manifest"`
		SealedD  []byte     `db:"sealed_draft"`
		Wrapped  []byte     `db:"wrapped"`
		UnitName string     `db:"unit_name"`
		Release  *time.Time `db:"release_at"`
	}
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		var rows []Preview
		if err := tx.SelectContext(ctx, &rows, selectPreview+` WHERE `+which+` FOR UPDATE OF p`, args...); err != nil {
			return fmt.Errorf("preview: %w", err)
		}
		if len(rows) == 0 {
			return disclosure.Refuse(disclosure.NotFound, "preview")
		}
		out.Preview = rows[0]
		if out.State == PreviewReleased {
			return tx.GetContext(ctx, &out.Public, `SELECT EXISTS (SELECT FROM grants g WHERE g.disclosure_id = $1 AND `+onlyPublic+`)`, out.Disclosure)
		}
		if out.State != PreviewOpen {
			return disclosure.Refuse(disclosure.PreviewClosed, "")
		}
		if _, err := tx.ExecContext(ctx, `UPDATE previews SET reads = reads + 1, last_read_at = clock_timestamp() WHERE id = $1`, out.ID); err != nil {
			return fmt.Errorf("count a read: %w", err)
		}
		actor := "preview:" + out.ID
		if out.Person != nil {
			actor = *out.Person
		}
		if err := insertAudit(ctx, tx, Audit{
			Actor: actor, Action: "read_preview", Object: out.Disclosure, Unit: out.Unit, Outcome: "ok",
			Detail: map[string]string{"preview": out.ID, "version": strconv.Itoa(out.Version), "what": what},
		}); err != nil {
			return err
		}
		return tx.GetContext(ctx, &sealed, `SELECT v.sealed_manifest, v.sealed_draft, k.wrapped, u.name AS unit_name,
			       (SELECT g.release_at FROM grants g WHERE g.disclosure_id = d.id AND g.manifest_hash = v.manifest_hash AND g.revoked_at IS NULL) AS release_at
			  FROM versions v JOIN disclosures d ON d.id = v.disclosure_id JOIN units u ON u.id = d.unit_id JOIN item_keys k ON k.disclosure_id = d.id
			 WHERE v.disclosure_id = $1 AND v.version = $2`, out.Disclosure, out.Version)
	})
	if err != nil {
		return ReadAhead{}, err
	}
	if out.State != PreviewOpen {
		if !out.Public {
			return ReadAhead{}, disclosure.Refuse(disclosure.PreviewClosed, "")
		}
		return out, nil
	}
	out.UnitName, out.ReleaseAt = sealed.UnitName, sealed.Release
	out.Content = Public{ID: out.Disclosure, Number: out.Number, Version: out.Version, Hash: out.Manifest, SealedM: sealed.SealedM, SealedD: sealed.SealedD, Wrapped: sealed.Wrapped}
	if err := s.openPublic(&out.Content); err != nil {
		return ReadAhead{}, err
	}
	named := []Preview{out.Preview}
	err = s.nameReaders(ctx, named)
	out.Preview = named[0]
	return out, err
}
