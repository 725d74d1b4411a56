package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/lib/pq"
)

// PublicQuery says which public items, in which stretch of the list.
type PublicQuery struct {
	Kind   string // "" for all
	Topic  string // 主题分类, "" for all
	Words  string // all of them have to be found; "" for all
	Before time.Time
	Number string // of the item at Before; the list goes on behind it
	Limit  int
	files  bool // also where the files are
}

// PublicItems lists what is public, newest first, before an instant and number.
func (s *Store) PublicItems(ctx context.Context, before time.Time, number string, limit int) ([]Public, error) {
	return s.PublicFind(ctx, PublicQuery{Before: before, Number: number, Limit: limit, files: true})
}

// PublicFind lists what is public and fits q, newest first, in one query. An item that
// cannot be opened is left out and does not take the others with it: that it is not
// online shows when its channel is read back.
//
// Without topic and words the list is exact at every instant. By topic or words an
// item is found a moment after it became public, and no more from the instant on at
// which it ceased to be.
func (s *Store) PublicFind(ctx context.Context, q PublicQuery) ([]Public, error) {
	var items []Public
	for {
		rows, err := s.publicRows(ctx, q, q.Limit-len(items))
		if err != nil {
			return nil, err
		}
		whole := len(items)+len(rows) == q.Limit
		for i := range rows {
			if s.openPublic(&rows[i]) == nil {
				items = append(items, rows[i])
			}
		}
		if len(items) == q.Limit || !whole || len(rows) == 0 {
			return items, nil
		}
		q.Before, q.Number = rows[len(rows)-1].ReleasedAt, rows[len(rows)-1].Number
	}
}

// publicRows reads sealed rows. The predicate is asked of one row after the other in
// the order of the list, until there are enough.
func (s *Store) publicRows(ctx context.Context, q PublicQuery, limit int) ([]Public, error) {
	args := []any{limit}
	arg := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	found := `SELECT g.id FROM grants g WHERE ` + onlyPublic
	if q.Kind != "" {
		found += ` AND g.kind = ` + arg(q.Kind)
	}
	order := ` ORDER BY effective_at(g) DESC, g.number DESC LIMIT $1`
	if q.Topic == "" && q.Words == "" {
		if !q.Before.IsZero() {
			found += ` AND (effective_at(g), g.number) < (` + arg(q.Before) + `, ` + arg(q.Number) + `)`
		}
	} else {
		words := `SELECT w.grant_id, w.at, w.number FROM public_words w WHERE true`
		if q.Topic != "" {
			words += ` AND w.topic = ` + arg(q.Topic)
		}
		if q.Words != "" {
			terms := searched(q.Words)
			if len(terms) == 0 {
				return nil, nil
			}
			words += ` AND w.grams @> ` + arg(pq.StringArray(asked(terms)))
			for _, term := range terms {
				words += ` AND strpos(w.text, ` + arg(term) + `) > 0`
			}
		}
		if !q.Before.IsZero() {
			words += ` AND (w.at, w.number) < (` + arg(q.Before) + `, ` + arg(q.Number) + `)`
		}
		found = `SELECT w.grant_id AS id FROM (` + words + ` ORDER BY w.at DESC, w.number DESC OFFSET 0) w
			WHERE EXISTS (` + found + ` AND g.id = w.grant_id OFFSET 0)`
		order = ` ORDER BY w.at DESC, w.number DESC LIMIT $1`
	}
	columns := publicColumns + `, first_public_at(g) AS first_at`
	if q.files {
		columns += `, v.sealed_draft`
	}
	var rows []Public
	if err := s.db.SelectContext(ctx, &rows, `SELECT `+columns+` FROM (`+found+order+`) f JOIN grants g ON g.id = f.id`+publicTables+`
		ORDER BY effective_at(g) DESC, g.number DESC`, args...); err != nil {
		return nil, fmt.Errorf("public items: %w", err)
	}
	return rows, nil
}

// PublicTopics lists the topics of what is public.
func (s *Store) PublicTopics(ctx context.Context) ([]string, error) {
	var topics []string
	err := s.db.SelectContext(ctx, &topics, `SELECT t.topic FROM (SELECT DISTINCT topic FROM public_words WHERE topic <> '') t
		WHERE EXISTS (SELECT FROM (SELECT w.grant_id FROM public_words w WHERE w.topic = t.topic ORDER BY w.at DESC OFFSET 0) w
			WHERE EXISTS (SELECT FROM grants g WHERE g.id = w.grant_id AND `+onlyPublic+` OFFSET 0))
		ORDER BY t.topic COLLATE "C"`)
	if err != nil {
		return nil, fmt.Errorf("public topics: %w", err)
	}
	return topics, nil
}

// Address is where something public is, without what it says.
type Address struct {
	Number string    `db:"number"`
	At     time.Time `db:"at"`
}

// PublicAddresses lists part n, from 0, of what is public, oldest first. Parts are
// counted in what could be public, size in each, so that a recall moves nothing from one
// to another; a part may hold less.
func (s *Store) PublicAddresses(ctx context.Context, n, size int) ([]Address, error) {
	list := []Address{}
	if err := s.db.SelectContext(ctx, &list, `
		SELECT s.number, s.at FROM (SELECT g.id, g.number, effective_at(g) AS at FROM grants g WHERE `+shown+`
			ORDER BY effective_at(g), g.number OFFSET $1 LIMIT $2) s
		 WHERE (SELECT is_public(g) FROM grants g WHERE g.id = s.id)
		 ORDER BY s.at, s.number`, n*size, size); err != nil {
		return nil, fmt.Errorf("public addresses: %w", err)
	}
	return list, nil
}

// PublicParts says of each part when the newest item in it became public; of one in
// which nothing is, nothing: the zero time.
func (s *Store) PublicParts(ctx context.Context, size int) ([]time.Time, error) {
	var newest []sql.NullTime
	if err := s.db.SelectContext(ctx, &newest, `
		SELECT (SELECT s.at FROM (SELECT s.id, s.at FROM (SELECT g.id, effective_at(g) AS at, g.number FROM grants g WHERE `+shown+`
				ORDER BY effective_at(g), g.number OFFSET p * $1 LIMIT $1) s ORDER BY s.at DESC OFFSET 0) s
			 WHERE (SELECT is_public(g) FROM grants g WHERE g.id = s.id) LIMIT 1)
		  FROM (SELECT count(*) AS of FROM grants g WHERE `+shown+`) n, generate_series(0, (n.of - 1) / $1) p
		 WHERE n.of > 0 ORDER BY p`, size); err != nil {
		return nil, fmt.Errorf("public parts: %w", err)
	}
	parts := make([]time.Time, len(newest))
	for i, at := range newest {
		parts[i] = at.Time
	}
	return parts, nil
}

// PublicEnded lists, newest first, what was public, ceased to be since then, and of
// which that may be told.
func (s *Store) PublicEnded(ctx context.Context, since time.Duration, limit int) ([]Address, error) {
	var list []Address
	if err := s.db.SelectContext(ctx, &list, `SELECT g.number, g.revoked_at AS at FROM grants g
		 WHERE g.revoked_at IS NOT NULL AND g.armed_at IS NOT NULL AND g.revoked_at > now() - $1 * interval '1 second' AND withdrawal_told(g)
		 ORDER BY g.revoked_at DESC, g.number DESC LIMIT $2`, since.Seconds(), limit); err != nil {
		return nil, fmt.Errorf("ended: %w", err)
	}
	return list, nil
}
