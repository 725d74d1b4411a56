package store

import (
	"context"
	"fmt"
	"time"

	"shenfa/internal/disclosure"
)

// Remark is an internal note on a disclosure: words among those who work on it, which are
// never part of it.
type Remark struct {
	ID      string    `db:"id"`
	By      string    `db:"actor"`
	ByName  string    `db:"name"`
	At      time.Time `db:"at"`
	Opinion string    `db:"opinion"`
	Sealed  []byte    `db:"sealed"`
	Words   string
}

const remark = "note"

// AddRemark keeps a note. It is a row of the ledger, so it can be neither changed nor taken
// back; its words are sealed beside the opinions and go with the item's key. The same key
// keeps it once.
func (s *Store) AddRemark(ctx context.Context, id string, by disclosure.Person, key, words string) error {
	name := remark + "/" + by.ID + "/" + key
	opinion, err := s.AddOpinion(ctx, id, name, words)
	if err != nil {
		return err
	}
	err = insertAudit(ctx, s.db, Audit{
		ID: Derive(remark, id, name), Actor: by.ID, Action: remark, Object: id, Unit: by.Unit, Outcome: "ok", Detail: map[string]string{"opinion": opinion},
	})
	if violates(err, "audit_pkey") {
		return nil
	}
	return err
}

// Remarks lists the notes on a disclosure, the oldest first, without those that were erased.
func (s *Store) Remarks(ctx context.Context, id string) ([]Remark, error) {
	key, err := s.key(ctx, s.db, id)
	if err != nil {
		return nil, err
	}
	var rows []Remark
	if err := s.db.SelectContext(ctx, &rows, `SELECT l.id, l.actor, p.name, l.at, o.id AS opinion, o.sealed
		  FROM audit l JOIN opinions o ON o.id = (l.detail->>'opinion')::uuid AND o.disclosure_id = $1::uuid JOIN people p ON p.id::text = l.actor
		 WHERE l.object = $1::text AND l.action = $2 AND l.outcome = 'ok' ORDER BY l.at, l.id`, id, remark); err != nil {
		return nil, fmt.Errorf("notes: %w", err)
	}
	kept := rows[:0]
	for _, r := range rows {
		if words, err := key.Open(opinionContext(id, r.Opinion), r.Sealed); err == nil {
			r.Words = string(words)
			kept = append(kept, r)
		}
	}
	return kept, nil
}
