package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"shenfa/internal/disclosure"
	"shenfa/internal/notice"
)

// Post is what one person is to be mailed.
type Post struct {
	Person   string
	Settings notice.Settings
	Facts    []PostFact
	Now      time.Time
}

// PostFact is one notice that waits to be mailed.
type PostFact struct {
	ID   int64
	At   time.Time
	Item string // id; empty: about none
	notice.Fact
}

// postLease is how long whoever claimed mails has to send them before somebody else does.
const postLease = 5 * time.Minute

// postTogether bounds one letter.
const postTogether = 100

// ClaimPost takes what waits to be mailed to one person, the longest waiting first, out of
// the hands of others for a while. ok is false if nothing waits.
func (s *Store) ClaimPost(ctx context.Context) (p Post, ok bool, err error) {
	var rows []struct {
		ID     int64       `db:"id"`
		Person string      `db:"person_id"`
		Kind   notice.Kind `db:"kind"`
		Item   *string     `db:"disclosure_id"`
		Number *string     `db:"number"`
		Due    *time.Time  `db:"due_at"`
		Was    *time.Time  `db:"was_at"`
		At     time.Time   `db:"at"`
		Now    time.Time   `db:"now"`
	}
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		if err := tx.SelectContext(ctx, &rows, `WITH first AS (
				SELECT person_id FROM notices WHERE mail_at <= clock_timestamp() ORDER BY mail_at LIMIT 1 FOR UPDATE SKIP LOCKED
			), mine AS (
				SELECT id FROM notices WHERE person_id = (SELECT person_id FROM first) AND mail_at <= clock_timestamp() ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
			), taken AS (
				UPDATE notices n SET mail_at = clock_timestamp() + $1 * interval '1 second' FROM mine WHERE n.id = mine.id RETURNING n.*
			)
			SELECT t.id, t.person_id, t.kind, t.disclosure_id, d.number, t.due_at, t.was_at, t.at, clock_timestamp() AS now
			  FROM taken t LEFT JOIN disclosures d ON d.id = t.disclosure_id ORDER BY t.id`, postLease.Seconds(), postTogether); err != nil {
			return fmt.Errorf("claim post: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		var set settingsRow
		err := tx.GetContext(ctx, &set, `SELECT email, language, kinds, digest, quiet_from, quiet_until FROM notice_settings WHERE person_id = $1`, rows[0].Person)
		p.Settings = set.settings()
		return wrap("settings of post", err)
	})
	if err != nil || len(rows) == 0 {
		return Post{}, false, err
	}
	p.Person, p.Now = rows[0].Person, rows[0].Now
	for _, r := range rows {
		f := PostFact{ID: r.ID, At: r.At, Fact: notice.Fact{Kind: r.Kind}}
		if r.Item != nil {
			f.Item = *r.Item
		}
		if r.Number != nil {
			f.Number = *r.Number
		}
		if r.Due != nil {
			f.Due = *r.Due
		}
		if r.Was != nil {
			f.Was = *r.Was
		}
		p.Facts = append(p.Facts, f)
	}
	return p, true, nil
}

// Posted says that notices were mailed.
func (s *Store) Posted(ctx context.Context, ids []int64) error {
	_, err := s.db.ExecContext(ctx, `UPDATE notices SET mailed_at = clock_timestamp(), mail_at = NULL WHERE id = ANY ($1)`, pq.Array(ids))
	return wrap("posted", err)
}

// PostLater puts the mailing of notices off; tried says that it failed this time.
func (s *Store) PostLater(ctx context.Context, ids []int64, at time.Time, tried bool) error {
	_, err := s.db.ExecContext(ctx, `UPDATE notices SET mail_at = $2, mail_tries = mail_tries + $3::boolean::int WHERE id = ANY ($1)`, pq.Array(ids), at, tried)
	return wrap("post later", err)
}

// PostTries is how often the mailing of notices failed, at most.
func (s *Store) PostTries(ctx context.Context, ids []int64) (n int, err error) {
	err = s.db.GetContext(ctx, &n, `SELECT coalesce(max(mail_tries), 0) FROM notices WHERE id = ANY ($1)`, pq.Array(ids))
	return n, wrap("tries of post", err)
}

// PostLost gives the mailing of notices up. They stay in the console, and the section head
// and the system administrators are told whom no mail reaches.
func (s *Store) PostLost(ctx context.Context, person string, ids []int64) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE notices SET mail_lost_at = clock_timestamp(), mail_at = NULL WHERE id = ANY ($1)`, pq.Array(ids)); err != nil {
			return fmt.Errorf("lost post: %w", err)
		}
		var of struct {
			Unit    string `db:"unit_id"`
			Section string `db:"section_id"`
		}
		if err := tx.GetContext(ctx, &of, `SELECT unit_id, section_id FROM people WHERE id = $1`, person); err != nil {
			return fmt.Errorf("whom no mail reaches: %w", err)
		}
		t := telling{Kind: notice.MailFailed, Event: fmt.Sprintf("mail:%d", ids[0]), Unit: of.Unit, About: person}
		for _, to := range []notice.Audience{{Role: disclosure.SectionHead, Section: of.Section}, {Role: disclosure.SystemAdmin}} {
			t.To = to
			if err := tell(ctx, tx, t); err != nil {
				return err
			}
		}
		return nil
	})
}
