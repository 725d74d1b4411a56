package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"shenfa/internal/disclosure"
	"shenfa/internal/notice"
)

// telling is one thing that people are told, each once for one event. It is written in the
// transaction of what caused it.
type telling struct {
	Kind       notice.Kind
	Event      string // names what caused it
	Unit       string
	Disclosure string // empty: about no item
	Step       string
	About      string // a person; empty: nobody
	Due        time.Time
	Was        time.Time // what Due was before it moved
	To         notice.Audience
	But        string // who did it, and need not be told
}

// tell writes a notice for everybody in an audience. A task is not told to those who
// contributed to the item or have decided on its version: it is none of theirs.
func tell(ctx context.Context, q queryer, t telling) error {
	if _, err := q.ExecContext(ctx, `INSERT INTO notices (person_id, event, kind, disclosure_id, step, about_id, due_at, was_at, mail_at)
		SELECT p.id, $1, $2, NULLIF($3, '')::uuid, $4, NULLIF($5, '')::uuid, $6, $13,
		       CASE WHEN EXISTS (SELECT FROM notice_settings s WHERE s.person_id = p.id AND s.email <> '' AND $2 = ANY (s.kinds)) THEN clock_timestamp() END
		  FROM people p
		 WHERE p.unit_id = $7 AND p.disabled_at IS NULL AND p.id::text <> $8
		   AND (p.id::text = $9 OR ($11 = '' OR p.section_id = $11) AND EXISTS (SELECT FROM person_roles r WHERE r.person_id = p.id AND r.role = $10))
		   AND ($12 = '' OR NOT EXISTS (SELECT FROM contributors c WHERE c.disclosure_id = NULLIF($3, '')::uuid AND c.person_id = p.id)
		     AND NOT EXISTS (SELECT FROM decisions x JOIN disclosures d ON d.id = x.disclosure_id AND d.version = x.version
		                      WHERE x.disclosure_id = NULLIF($3, '')::uuid AND x.person_id = p.id AND x.counts))
		ON CONFLICT ON CONSTRAINT notices_once DO NOTHING`,
		t.Event, t.Kind, t.Disclosure, t.Step, t.About, nullTime(t.Due), t.Unit, t.But, t.To.Person, t.To.Role, t.To.Section, seated(t), nullTime(t.Was)); err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	return nil
}

// seated is not empty for a notice to those who may sit on a seat.
func seated(t telling) string {
	if t.To.Role == "" || !slices.Contains([]notice.Kind{notice.Task, notice.Reminder, notice.Clock}, t.Kind) {
		return ""
	}
	return string(t.To.Role)
}

// tell writes what an act means to people: seats that wait, and the state it led to.
func (r *recorder) tell(ctx context.Context) error {
	one := telling{Event: "act:" + r.Act.ID, Unit: r.After.Unit, Disclosure: r.ID, But: r.Act.By.ID}
	before := r.Before.Tasks()
	for _, t := range r.After.Tasks() {
		if r.Before.Version == r.After.Version && slices.Contains(before, t) {
			continue
		}
		task := one
		task.Kind, task.Step, task.To, task.Event = notice.Task, t.Step, notice.Audience{Role: t.Role, Section: t.Section}, fmt.Sprintf("%s/%s/%d", one.Event, t.Step, t.Seat)
		if err := r.tx.GetContext(ctx, &task.Due, `SELECT due_at FROM tasks WHERE disclosure_id = $1 AND step = $2 AND seat = $3 AND closed_at IS NULL`, r.ID, t.Step, t.Seat); err != nil {
			return fmt.Errorf("task to tell of: %w", err)
		}
		if err := tell(ctx, r.tx, task); err != nil {
			return err
		}
	}
	if r.Before.State == r.After.State {
		return nil
	}
	told, any := r.store.told.Reached(r.After.State, r.After.Drafter, r.After.Section)
	if !any {
		return nil
	}
	one.Kind = told.Kind
	for _, to := range told.To {
		one.To = to
		if err := tell(ctx, r.tx, one); err != nil {
			return err
		}
	}
	return nil
}

// tellNotReady tells the drafter and the disclosure office that a rehearsal failed.
func (s *Store) tellNotReady(ctx context.Context, tx *sqlx.Tx, r Rehearsal) error {
	var row struct {
		Unit    string     `db:"unit_id"`
		Drafter string     `db:"drafter_id"`
		Release *time.Time `db:"release_at"`
	}
	if err := tx.GetContext(ctx, &row, `SELECT unit_id, drafter_id, release_at FROM disclosures WHERE id = $1`, r.ID); err != nil {
		return fmt.Errorf("item of a rehearsal: %w", err)
	}
	t := telling{Kind: notice.NotReady, Event: fmt.Sprintf("rehearsal:%s/%d/%s", r.ID, r.Generation, r.Rung), Unit: row.Unit, Disclosure: r.ID}
	if row.Release != nil {
		t.Due = *row.Release
	}
	for _, to := range []notice.Audience{{Person: row.Drafter}, {Role: disclosure.DisclosureOfficer}} {
		t.To = to
		if err := tell(ctx, tx, t); err != nil {
			return err
		}
	}
	return nil
}

// tellAccount tells a person that somebody else changed their account.
func tellAccount(ctx context.Context, tx *sqlx.Tx, c Change) error {
	if c.Person == "" || c.Person == c.By || c.By == "" {
		return nil
	}
	var event string
	if err := tx.GetContext(ctx, &event, `SELECT 'account:' || max(id) FROM account_changes WHERE person_id = $1`, c.Person); err != nil {
		return fmt.Errorf("change to tell of: %w", err)
	}
	return tell(ctx, tx, telling{Kind: notice.Account, Event: event, Unit: c.Unit, To: notice.Audience{Person: c.Person}})
}

// Notice is one thing a person is told.
type Notice struct {
	ID         int64       `db:"id"`
	Kind       notice.Kind `db:"kind"`
	Disclosure *string     `db:"disclosure_id"`
	Number     *string     `db:"number"`
	Step       string      `db:"step"`
	About      *string     `db:"about_id"`
	AboutName  *string     `db:"about_name"`
	Due        *time.Time  `db:"due_at"`
	Was        *time.Time  `db:"was_at"`
	At         time.Time   `db:"at"`
	Dismissed  bool        `db:"dismissed"`
	MailLost   bool        `db:"mail_lost"`
}

// Notices lists what a person is told, the newest first; without all, only what they have
// not dismissed. Before is the id after which an earlier page ended; 0 begins.
func (s *Store) Notices(ctx context.Context, person string, all bool, before int64, limit int) ([]Notice, error) {
	var rows []Notice
	if err := s.db.SelectContext(ctx, &rows, `SELECT n.id, n.kind, n.disclosure_id, d.number, n.step, n.about_id, a.name AS about_name, n.due_at, n.was_at, n.at,
		       n.dismissed_at IS NOT NULL AS dismissed, n.mail_lost_at IS NOT NULL AS mail_lost
		  FROM notices n LEFT JOIN disclosures d ON d.id = n.disclosure_id LEFT JOIN people a ON a.id = n.about_id
		 WHERE n.person_id = $1 AND ($2 OR n.dismissed_at IS NULL) AND ($3 = 0 OR n.id < $3) ORDER BY n.id DESC LIMIT $4`,
		person, all, before, limit); err != nil {
		return nil, fmt.Errorf("notices: %w", err)
	}
	return rows, nil
}

// Unread counts what a person has not dismissed, up to most.
func (s *Store) Unread(ctx context.Context, person string, most int) (n int, err error) {
	err = s.db.GetContext(ctx, &n, `SELECT count(*) FROM (SELECT FROM notices WHERE person_id = $1 AND dismissed_at IS NULL LIMIT $2) x`, person, most)
	return n, wrap("unread notices", err)
}

// Dismiss puts one of a person's notices away, or with 0 all up to and with the newest they
// have seen. It is refused if it is not theirs; once more does nothing.
func (s *Store) Dismiss(ctx context.Context, person string, id, upTo int64) error {
	res, err := s.db.ExecContext(ctx, `UPDATE notices SET dismissed_at = coalesce(dismissed_at, clock_timestamp())
		WHERE person_id = $1 AND (id = $2 OR $2 = 0 AND id <= $3 AND dismissed_at IS NULL)`, person, id, upTo)
	if err != nil {
		return fmt.Errorf("dismiss: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 && id != 0 {
		return errors.Join(disclosure.Refuse(disclosure.NotFound, ""), err)
	}
	return nil
}

// NoticeSettings are how a person wants to be told by mail.
func (s *Store) NoticeSettings(ctx context.Context, person string) (notice.Settings, error) {
	var row settingsRow
	err := s.db.GetContext(ctx, &row, `SELECT email, language, kinds, digest, quiet_from, quiet_until FROM notice_settings WHERE person_id = $1`, person)
	if errors.Is(err, sql.ErrNoRows) {
		return notice.Settings{Language: "zh", Kinds: []notice.Kind{}}, nil
	}
	return row.settings(), wrap("notice settings", err)
}

type settingsRow struct {
	Email      string         `db:"email"`
	Language   string         `db:"language"`
	Kinds      pq.StringArray `db:"kinds"`
	Digest     string         `db:"digest"`
	QuietFrom  string         `db:"quiet_from"`
	QuietUntil string         `db:"quiet_until"`
}

func (r settingsRow) settings() notice.Settings {
	s := notice.Settings{Email: r.Email, Language: r.Language, Kinds: []notice.Kind{}, Digest: r.Digest, QuietFrom: r.QuietFrom, QuietUntil: r.QuietUntil}
	for _, k := range r.Kinds {
		s.Kinds = append(s.Kinds, notice.Kind(k))
	}
	return s
}

// SaveNoticeSettings keeps them. They count for what happens from now on; what waits to be
// mailed goes to the new address at the new times.
func (s *Store) SaveNoticeSettings(ctx context.Context, person string, n notice.Settings) error {
	if err := s.told.Check(n); err != nil {
		return err
	}
	_, err := s.db.ExecContext(ctx, `INSERT INTO notice_settings (person_id, email, language, kinds, digest, quiet_from, quiet_until) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (person_id) DO UPDATE SET email = excluded.email, language = excluded.language, kinds = excluded.kinds,
			digest = excluded.digest, quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until`,
		person, n.Email, n.Language, pq.Array(append([]notice.Kind{}, n.Kinds...)), n.Digest, n.QuietFrom, n.QuietUntil)
	return wrap("keep notice settings", err)
}
