package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"shenfa/internal/disclosure"
)

// Announced is one line of an announcement (发布预告), with the announcement that it is of.
type Announced struct {
	ID           string               `db:"announcement_id"`
	Unit         string               `db:"unit_id"`
	UnitName     string               `db:"unit_name"`
	WithdrawnAt  *time.Time           `db:"withdrawn_at"`
	WithdrawnBy  *string              `db:"withdrawn_by"`
	Withdrawer   *string              `db:"withdrawer"`
	Withdrawal   *string              `db:"withdrawn_reason"`
	Line         int                  `db:"line"`
	Title        string               `db:"title"`
	Precision    disclosure.Precision `db:"granularity"`
	From         *time.Time           `db:"planned_from"`
	Until        *time.Time           `db:"planned_until"`
	Reason       string               `db:"reason"`
	Disclosure   *string              `db:"disclosure_id"`
	Number       *string              `db:"number"` // of the item
	ProposedBy   string               `db:"proposed_by"`
	ProposedName string               `db:"proposed_name"`
	ProposedAt   time.Time            `db:"proposed_at"`
	SettledBy    *string              `db:"settled_by"`
	SettledName  *string              `db:"settled_name"`
	SettledAt    *time.Time           `db:"settled_at"`
	Confirmed    *bool                `db:"confirmed"` // nil: waits for the second person
	Otherwise    bool                 `db:"otherwise"` // the plan of the item is another
	Passed       bool                 `db:"passed"`    // its time is over
	ReleasedAt   *time.Time           `db:"released_at"`
}

// Planned is when the line says that it comes out.
func (a Announced) Planned() disclosure.Planned {
	p := disclosure.Planned{Precision: a.Precision}
	if a.From != nil {
		p.From, p.Until = *a.From, *a.Until
	}
	return p
}

// Announcements returns every line of at most limit announcements of a unit: the last changed
// first, from before the one that was changed then, and the lines of one from the last to the first.
func (s *Store) Announcements(ctx context.Context, unit string, before time.Time, id string, limit int) ([]Announced, error) {
	where, args := ``, []any{unit, limit}
	if id != "" {
		if !isUUID(id) {
			return nil, disclosure.Refuse(disclosure.WrongType, "cursor", "why", "next")
		}
		where, args = `HAVING (max(x.proposed_at), h.id) < ($3, $4::uuid)`, append(args, before, id)
	}
	return s.announced(ctx, `a.id IN (SELECT h.id FROM announcements h JOIN announcement_lines x ON x.announcement_id = h.id
		WHERE h.unit_id = $1 GROUP BY h.id `+where+` ORDER BY max(x.proposed_at) DESC, h.id DESC LIMIT $2)`, args...)
}

// Announcement returns the lines of one, from the last to the first.
func (s *Store) Announcement(ctx context.Context, unit, id string) ([]Announced, error) {
	if !isUUID(id) {
		return nil, disclosure.Refuse(disclosure.NotFound, "")
	}
	rows, err := s.announced(ctx, `a.unit_id = $1 AND a.id = $2`, unit, id)
	if err == nil && len(rows) == 0 {
		err = disclosure.Refuse(disclosure.NotFound, "")
	}
	return rows, err
}

// firstOut is since when the item d is public, whichever edition of it is now; null if none is.
const firstOut = `(SELECT first_public_at(g) FROM grants g WHERE g.number = d.number AND ` + onlyPublic + ` LIMIT 1)`

func (s *Store) announced(ctx context.Context, which string, args ...any) ([]Announced, error) {
	var rows []Announced
	if err := s.db.SelectContext(ctx, &rows, `
		SELECT l.*, a.unit_id, u.name AS unit_name, a.withdrawn_at, a.withdrawn_by, a.withdrawn_reason, w.name AS withdrawer, d.number, p.name AS proposed_name, q.name AS settled_name,
		       coalesce(told_otherwise(l.granularity, l.planned_from, l.planned_until, d), false) AS otherwise, coalesce(l.planned_until <= clock_timestamp(), false) AS passed,
		       `+firstOut+` AS released_at
		  FROM announcements a JOIN announcement_lines l ON l.announcement_id = a.id JOIN units u ON u.id = a.unit_id JOIN people p ON p.id = l.proposed_by
		  LEFT JOIN people q ON q.id = l.settled_by LEFT JOIN people w ON w.id = a.withdrawn_by LEFT JOIN disclosures d ON d.id = l.disclosure_id
		 WHERE `+which+`
		 ORDER BY max(l.proposed_at) OVER (PARTITION BY a.id) DESC, a.id DESC, l.line DESC`, args...); err != nil {
		return nil, fmt.Errorf("announcements: %w", err)
	}
	return rows, nil
}

// Announce keeps a line that waits for a second person; the first of an announcement begins
// it. PostgreSQL refuses what disclosure.Announce does, and whoever may not.
func (s *Store) Announce(ctx context.Context, by disclosure.Person, a Announced) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if a.Line == 1 {
			if _, err := tx.ExecContext(ctx, `INSERT INTO announcements (id, unit_id) VALUES ($1, $2)`, a.ID, by.Unit); err != nil {
				return fmt.Errorf("announce: %w", err)
			}
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO announcement_lines (announcement_id, line, title, granularity, planned_from, planned_until, reason, disclosure_id, proposed_by)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, a.ID, a.Line, a.Title, a.Precision, a.From, a.Until, a.Reason, a.Disclosure, by.ID); err != nil {
			return fmt.Errorf("announce: %w", err)
		}
		return auditAnnouncement(ctx, tx, by, "announce_propose", a)
	})
}

// SettleAnnouncement confirms or refuses a line that waits. A confirmed one is public at once.
func (s *Store) SettleAnnouncement(ctx context.Context, by disclosure.Person, a Announced, confirm bool) error {
	action := "announce_refuse"
	if confirm {
		action = "announce_confirm"
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE announcement_lines SET confirmed = $3, settled_by = $4, settled_at = clock_timestamp() WHERE announcement_id = $1 AND line = $2`,
			a.ID, a.Line, confirm, by.ID)
		if err != nil {
			return fmt.Errorf("settle announcement: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(disclosure.Refuse(disclosure.NotFound, ""), err)
		}
		return auditAnnouncement(ctx, tx, by, action, a)
	})
}

// WithdrawAnnouncement hides an announcement whose words should not have been told.
func (s *Store) WithdrawAnnouncement(ctx context.Context, by disclosure.Person, id, reason string) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE announcements SET withdrawn_at = clock_timestamp(), withdrawn_by = $3, withdrawn_reason = $4 WHERE id = $1 AND unit_id = $2 AND withdrawn_at IS NULL`, id, by.Unit, by.ID, reason)
		if err != nil {
			return fmt.Errorf("withdraw announcement: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(disclosure.Refuse(disclosure.AnnouncedOver, ""), err)
		}
		return insertAudit(ctx, tx, Audit{Actor: by.ID, Action: "announce_withdraw", Object: id, Unit: by.Unit, Outcome: "ok"})
	})
}

// Numbered finds the last edition of what has that number in a unit; empty if nothing has.
func (s *Store) Numbered(ctx context.Context, unit, number string) (id string, err error) {
	err = s.db.GetContext(ctx, &id, `SELECT coalesce((SELECT id::text FROM disclosures WHERE unit_id = $1 AND number = $2 ORDER BY edition DESC LIMIT 1), '')`, unit, number)
	return id, wrap("number", err)
}

// auditAnnouncement keeps the hash of the words, so that the ledger proves what was announced
// without telling it.
func auditAnnouncement(ctx context.Context, tx *sqlx.Tx, by disclosure.Person, action string, a Announced) error {
	item := ""
	if a.Disclosure != nil {
		item = *a.Disclosure
	}
	sum := sha256.Sum256([]byte(a.Title + "\n" + a.Reason))
	return insertAudit(ctx, tx, Audit{
		Actor: by.ID, Action: action, Object: a.ID, Unit: by.Unit, Outcome: "ok",
		Detail: map[string]string{"line": strconv.Itoa(a.Line), "precision": string(a.Precision), "planned": a.Planned().String(), "words": hex.EncodeToString(sum[:]), "item": item},
	})
}

// selectAnnounced is what anybody may know of the line l: no person, and its item only while
// that is public.
const selectAnnounced = `
	SELECT l.announcement_id, u.name AS unit_name, l.line, l.title, l.granularity, l.planned_from, l.planned_until, l.reason, l.settled_at,
	       coalesce(l.planned_until <= now(), false) AS passed, o.number, o.released_at
	  FROM announced n JOIN announcement_lines l ON l.announcement_id = n.announcement_id AND l.confirmed JOIN units u ON u.id = n.unit_id
	  LEFT JOIN LATERAL (SELECT d.number, ` + firstOut + ` AS released_at FROM disclosures d WHERE d.id = n.disclosure_id AND n.granularity <> 'cancelled') o ON o.released_at IS NOT NULL`

// PublicAnnouncements returns the line in force of each announcement that anybody may see: what
// is to come, the soonest first, then what was to come within keep, the latest first.
func (s *Store) PublicAnnouncements(ctx context.Context, keep time.Duration, limit int) ([]Announced, error) {
	var rows []Announced
	if err := s.db.SelectContext(ctx, &rows, selectAnnounced+`
		 WHERE l.line = n.line AND (l.planned_until > now() - $1 * interval '1 second' OR l.planned_until IS NULL AND l.settled_at > now() - $1 * interval '1 second')
		 ORDER BY (l.planned_until > now() AND o.number IS NULL) DESC NULLS LAST, CASE WHEN l.planned_until > now() THEN l.planned_from END, coalesce(l.planned_from, l.settled_at) DESC, l.announcement_id
		 LIMIT $2`, keep.Seconds(), limit); err != nil {
		return nil, fmt.Errorf("public announcements: %w", err)
	}
	return rows, nil
}

// PublicAnnouncement returns all lines of one that were ever in force, from the last to the
// first. One that is withdrawn, or was never confirmed, is not found.
func (s *Store) PublicAnnouncement(ctx context.Context, id string) ([]Announced, error) {
	if !isUUID(id) {
		return nil, disclosure.Refuse(disclosure.NotFound, "")
	}
	var rows []Announced
	if err := s.db.SelectContext(ctx, &rows, selectAnnounced+` WHERE n.announcement_id = $1 ORDER BY l.line DESC`, id); err != nil {
		return nil, fmt.Errorf("public announcement: %w", err)
	}
	if len(rows) == 0 {
		return nil, disclosure.Refuse(disclosure.NotFound, "")
	}
	return rows, nil
}
