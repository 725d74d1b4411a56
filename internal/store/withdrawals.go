package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"shenfa/internal/disclosure"
)

// Withdrawal is how a disclosure was taken down. Reason is in the words of whoever did,
// empty at the end of a publicity period; Document names what approved of it.
type Withdrawal struct {
	ID             string           `db:"disclosure_id"`
	Type           string           `db:"type"`
	Trail          disclosure.Trail `db:"trail"`
	By             *string          `db:"person_id"`
	ByName         *string          `db:"by_name"`
	OpinionID      *string          `db:"opinion_id"`
	SealedReason   []byte           `db:"sealed_reason"`
	DocumentID     *string          `db:"document_id"`
	SealedDocument []byte           `db:"sealed_document"`
	Successor      string           `db:"successor"`
	At             time.Time        `db:"at"`
	Reason         string
	Document       string
}

const selectWithdrawal = `SELECT w.disclosure_id, w.type, w.trail, w.person_id, p.name AS by_name, w.opinion_id, o.sealed AS sealed_reason,
		w.document_id, x.sealed AS sealed_document, w.successor, w.at
	  FROM withdrawals w LEFT JOIN people p ON p.id = w.person_id LEFT JOIN opinions o ON o.id = w.opinion_id LEFT JOIN opinions x ON x.id = w.document_id`

// Withdrawal is the one that stands over a disclosure, or nil.
func (s *Store) Withdrawal(ctx context.Context, id string) (*Withdrawal, error) {
	return s.withdrawal(ctx, selectWithdrawal+` WHERE w.disclosure_id = $1 AND w.restored_at IS NULL`, id)
}

// PublicNotice is what the public may know of the item that was under number and is not
// any more, or is out of force; nil if there is nothing to know. Of a number it is the
// newest edition that counts. Where nothing was ever taken down it takes as long as where
// nothing ever was.
func (s *Store) PublicNotice(ctx context.Context, number string) (*Withdrawal, error) {
	return s.withdrawal(ctx, selectWithdrawal+` WHERE w.number = $1 AND w.restored_at IS NULL AND w.trail <> 'gone'
		  AND NOT EXISTS (SELECT FROM grants g WHERE g.disclosure_id = w.disclosure_id AND superseded(g))
		ORDER BY w.id DESC LIMIT 1`, number)
}

func (s *Store) withdrawal(ctx context.Context, query string, arg string) (*Withdrawal, error) {
	var w Withdrawal
	err := s.db.GetContext(ctx, &w, query, arg)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("withdrawal: %w", err)
	}
	key, err := s.key(ctx, s.db, w.ID)
	if err != nil {
		return nil, err
	}
	for _, part := range []struct {
		id     *string
		sealed []byte
		to     *string
	}{{w.OpinionID, w.SealedReason, &w.Reason}, {w.DocumentID, w.SealedDocument, &w.Document}} {
		if part.id == nil {
			continue
		}
		words, err := key.Open(opinionContext(w.ID, *part.id), part.sealed)
		if err != nil {
			return nil, fmt.Errorf("words of a withdrawal: %w", err)
		}
		*part.to = string(words)
	}
	return &w, nil
}

// withdrawal writes down how the item was taken down, or that it was restored.
func (r *recorder) withdrawal(ctx context.Context) error {
	switch r.Act.Type {
	case disclosure.Restore, disclosure.Recall:
		return r.exec(ctx, "restore", restored, r.After.ID)
	case disclosure.TakeDown, disclosure.Expire:
	default:
		return nil
	}
	if err := r.exec(ctx, "end of an earlier withdrawal", restored, r.After.ID); err != nil {
		return err
	}
	t, _ := disclosure.WithdrawalByID(r.After.Withdrawal)
	return r.exec(ctx, "withdrawal", `INSERT INTO withdrawals (disclosure_id, number, type, trail, person_id, opinion_id, document_id, successor)
		SELECT id, number, $2, $3, $4, $5, $6, $7 FROM disclosures WHERE id = $1`,
		r.After.ID, t.ID, t.Public, nullable(r.Act.By.ID), nullable(r.Act.Opinion), nullable(r.Act.Document), r.Act.Successor)
}

const restored = `UPDATE withdrawals SET restored_at = clock_timestamp() WHERE disclosure_id = $1 AND restored_at IS NULL`
