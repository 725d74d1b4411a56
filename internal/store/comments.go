package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"shenfa/internal/disclosure"
	"shenfa/internal/notice"
)

// Comment is one thing said about a passage of a version (批注), or a reply to it. The first
// of a thread has the passage, and says whether the thread is resolved.
type Comment struct {
	ID           string          `db:"id"`
	Thread       string          `db:"thread_id"`
	Version      int             `db:"version"`
	Manifest     disclosure.Hash `db:"manifest_hash"`
	By           string          `db:"author_id"`
	ByName       string          `db:"name"`
	At           time.Time       `db:"at"`
	ResolvedAt   *time.Time      `db:"resolved_at"`
	ResolvedBy   *string         `db:"resolved_by"`
	ResolvedName *string         `db:"resolved_name"`
	WordsID      string          `db:"words_id"`
	PassageID    *string         `db:"passage_id"`
	Sealed       []byte          `db:"sealed"`
	SealedPlace  []byte          `db:"sealed_place"`
	Words        string
	Passage      disclosure.Passage
}

// The acts on comments as the ledger names them.
const (
	commented = "comment"
	resolved  = "resolve_comment"
	reopened  = "reopen_comment"
)

// AddComment keeps what somebody says about a passage of a version, or in a thread, and tells
// the drafter and those who said something there. The same id keeps it once.
func (s *Store) AddComment(ctx context.Context, id string, c Comment, by disclosure.Person) error {
	words, err := s.AddOpinion(ctx, id, commented+"/"+c.ID, c.Words)
	if err != nil {
		return err
	}
	place := ""
	if c.Thread == c.ID {
		raw, err := json.Marshal(c.Passage)
		if err != nil {
			return err
		}
		if place, err = s.AddOpinion(ctx, id, "passage/"+c.ID, string(raw)); err != nil {
			return err
		}
	}
	return refusal(s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO comments (id, disclosure_id, thread_id, version, manifest_hash, passage_id, words_id, author_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING`, c.ID, id, c.Thread, c.Version, c.Manifest, nullable(place), words, by.ID)
		if err != nil {
			return fmt.Errorf("comment: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if err := insertAudit(ctx, tx, Audit{
			ID: Derive(commented, id, c.ID), Actor: by.ID, Action: commented, Object: id, Unit: by.Unit, Outcome: "ok",
			Detail: map[string]string{"comment": c.ID, "thread": c.Thread, "version": fmt.Sprint(c.Version), "manifest": string(c.Manifest), "opinion": words},
		}); err != nil {
			return err
		}
		var told []string
		if err := tx.SelectContext(ctx, &told, `SELECT drafter_id FROM disclosures WHERE id = $1 UNION SELECT author_id FROM comments WHERE thread_id = $2`, id, c.Thread); err != nil {
			return fmt.Errorf("whom a comment concerns: %w", err)
		}
		for _, person := range told {
			if err := tell(ctx, tx, telling{
				Kind: notice.Comment, Event: "comment:" + c.ID, Unit: by.Unit, Disclosure: id, About: by.ID, But: by.ID, To: notice.Audience{Person: person},
			}); err != nil {
				return err
			}
		}
		return nil
	}))
}

// ResolveComment ends a thread, or with open opens it again. What is so already stays so.
func (s *Store) ResolveComment(ctx context.Context, id, thread, key string, by disclosure.Person, open bool) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		// One at a time with decisions, which count what is open.
		var at *time.Time
		err := tx.GetContext(ctx, &at, `SELECT c.resolved_at FROM comments c JOIN disclosures d ON d.id = c.disclosure_id
			WHERE c.id = $1 AND c.disclosure_id = $2 AND c.thread_id = c.id FOR UPDATE OF d, c`, thread, id)
		if errors.Is(err, sql.ErrNoRows) {
			return disclosure.Refuse(disclosure.NotFound, "comment")
		}
		if err != nil || (at == nil) == open {
			return wrap("comment", err)
		}
		action, set := resolved, `UPDATE comments SET resolved_at = clock_timestamp(), resolved_by = $2 WHERE id = $1`
		args := []any{thread, by.ID}
		if open {
			action, set, args = reopened, `UPDATE comments SET resolved_at = NULL, resolved_by = NULL WHERE id = $1`, args[:1]
		}
		if _, err := tx.ExecContext(ctx, set, args...); err != nil {
			return fmt.Errorf("%s: %w", action, err)
		}
		return insertAudit(ctx, tx, Audit{
			ID: Derive(action, thread, by.ID, key), Actor: by.ID, Action: action, Object: id, Unit: by.Unit, Outcome: "ok", Detail: map[string]string{"comment": thread},
		})
	})
}

// Comments lists what was said about passages of a disclosure, the oldest first, without what
// was erased.
func (s *Store) Comments(ctx context.Context, id string) ([]Comment, error) {
	key, err := s.key(ctx, s.db, id)
	if err != nil {
		return nil, err
	}
	var rows []Comment
	if err := s.db.SelectContext(ctx, &rows, `SELECT c.id, c.thread_id, c.version, c.manifest_hash, c.author_id, p.name, c.at, c.resolved_at, c.resolved_by,
		       r.name AS resolved_name, c.words_id, c.passage_id, w.sealed, q.sealed AS sealed_place
		  FROM comments c JOIN people p ON p.id = c.author_id JOIN opinions w ON w.id = c.words_id
		  LEFT JOIN opinions q ON q.id = c.passage_id LEFT JOIN people r ON r.id = c.resolved_by
		 WHERE c.disclosure_id = $1 ORDER BY c.at, c.id`, id); err != nil {
		return nil, fmt.Errorf("comments: %w", err)
	}
	kept := rows[:0]
	for _, c := range rows {
		words, err := key.Open(opinionContext(id, c.WordsID), c.Sealed)
		if err != nil {
			continue
		}
		c.Words = string(words)
		if c.PassageID != nil {
			place, err := key.Open(opinionContext(id, *c.PassageID), c.SealedPlace)
			if err != nil || json.Unmarshal(place, &c.Passage) != nil {
				continue
			}
		}
		kept = append(kept, c)
	}
	return kept, nil
}

// OpenComments counts the threads of a disclosure that nobody resolved.
func (s *Store) OpenComments(ctx context.Context, id string) (n int, err error) {
	err = s.db.GetContext(ctx, &n, openComments, id)
	return n, wrap("open comments", err)
}

const openComments = `SELECT count(*) FROM comments WHERE disclosure_id = $1 AND thread_id = id AND resolved_at IS NULL`

// commented counts for the ledger what is open while somebody decides.
func (r *recorder) commented(ctx context.Context, detail map[string]string) error {
	if r.Act.Type != disclosure.Decide && r.Act.Type != disclosure.Bypass {
		return nil
	}
	var n int
	if err := r.tx.GetContext(ctx, &n, openComments, r.ID); err != nil {
		return fmt.Errorf("open comments: %w", err)
	}
	if n > 0 {
		detail["open_comments"] = fmt.Sprint(n)
	}
	return nil
}
