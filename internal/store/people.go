package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"shenfa/internal/disclosure"
)

// Account is a person as the database knows them.
type Account struct {
	ID           string            `db:"id"`
	Login        string            `db:"login"`
	Name         string            `db:"name"`
	Unit         string            `db:"unit_id"`
	UnitName     string            `db:"unit_name"`
	Section      string            `db:"section_id"`
	SectionName  string            `db:"section_name"`
	PasswordHash string            `db:"password_hash"`
	DisabledAt   *time.Time        `db:"disabled_at"`
	OneTimeUntil *time.Time        `db:"one_time_until"` // the password is for one login, before this
	CodeApp      bool              `db:"code_app"`       // an app for one-time codes is bound
	Scope        pq.StringArray    `db:"scope"`          // of the token they came with; nil: everything
	Roles        []disclosure.Role `db:"-"`
	RoleNames    pq.StringArray    `db:"roles"`
}

// Person is the account as the rules see it.
func (a Account) Person() disclosure.Person {
	return disclosure.Person{ID: a.ID, Unit: a.Unit, Section: a.Section, Roles: a.Roles}
}

const selectAccount = selectPerson + fromPerson

const selectPerson = `
	SELECT p.id, p.login, p.name, p.unit_id, u.name AS unit_name, p.section_id, s.name AS section_name, p.password_hash, p.disabled_at, p.one_time_until,
	       p.totp_since IS NOT NULL AS code_app,
	       coalesce((SELECT array_agg(r.role ORDER BY r.role) FROM person_roles r WHERE r.person_id = p.id), '{}') AS roles`

const fromPerson = `
	  FROM people p JOIN units u ON u.id = p.unit_id JOIN sections s ON s.id = p.section_id`

func (s *Store) account(ctx context.Context, where string, arg any) (Account, error) {
	return s.accountOf(ctx, selectAccount+where, arg)
}

func (s *Store) accountOf(ctx context.Context, query string, arg any) (Account, error) {
	var a Account
	if err := s.db.GetContext(ctx, &a, query, arg); err != nil {
		return Account{}, refusal(fmt.Errorf("account: %w", err))
	}
	a.named()
	return a, nil
}

func (a *Account) named() {
	a.Roles = make([]disclosure.Role, len(a.RoleNames))
	for i, r := range a.RoleNames {
		a.Roles[i] = disclosure.Role(r)
	}
}

// AccountByLogin finds an account, disabled or not.
func (s *Store) AccountByLogin(ctx context.Context, login string) (Account, error) {
	return s.account(ctx, ` WHERE p.login = $1`, login)
}

// AccountByID finds an account, disabled or not.
func (s *Store) AccountByID(ctx context.Context, id string) (Account, error) {
	return s.account(ctx, ` WHERE p.id = $1`, id)
}

// AccountBySecret finds the enabled account behind a session or token that has not
// expired.
func (s *Store) AccountBySecret(ctx context.Context, secret string) (Account, error) {
	return s.accountOf(ctx, selectPerson+`, x.scope`+fromPerson+` JOIN sessions x ON x.person_id = p.id
		WHERE x.secret_hash = $1 AND x.expires_at > clock_timestamp() AND p.disabled_at IS NULL`, secretHash(secret))
}

func secretHash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// AddSession keeps the hash of a session's or token's secret.
func (s *Store) AddSession(ctx context.Context, person, kind, secret string, expires time.Time) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO sessions (secret_hash, person_id, kind, expires_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (secret_hash) DO UPDATE SET expires_at = excluded.expires_at`, secretHash(secret), person, kind, expires)
	if err != nil {
		return fmt.Errorf("add session: %w", err)
	}
	return nil
}

// DropSession ends a session at once.
func (s *Store) DropSession(ctx context.Context, secret string) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM sessions WHERE secret_hash = $1`, secretHash(secret))
	return err
}

// LoginFailures counts the failures for login within the last window.
func (s *Store) LoginFailures(ctx context.Context, login string, window time.Duration) (n int, err error) {
	err = s.db.GetContext(ctx, &n, `SELECT count(*) FROM login_failures WHERE login = $1 AND at > clock_timestamp() - $2 * interval '1 second'`,
		login, window.Seconds())
	return n, err
}

// AddLoginFailure notes one.
func (s *Store) AddLoginFailure(ctx context.Context, login string) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO login_failures (login) VALUES ($1)`, login)
	return err
}

// Bureau is a unit with its people, as a first start or a test makes it.
type Bureau struct {
	ID, Name, Code string
	Sections       []struct{ ID, Name string }
	People         []Account
}

// EnsureBureau makes what is missing of b and sets the passwords anew.
func (s *Store) EnsureBureau(ctx context.Context, b Bureau) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO units VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, b.ID, b.Name, b.Code); err != nil {
			return fmt.Errorf("unit: %w", err)
		}
		for _, sec := range b.Sections {
			if _, err := tx.ExecContext(ctx, `INSERT INTO sections VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, sec.ID, b.ID, sec.Name); err != nil {
				return fmt.Errorf("section: %w", err)
			}
		}
		for _, p := range b.People {
			if _, err := tx.ExecContext(ctx, `INSERT INTO people (id, login, name, unit_id, section_id, password_hash) VALUES ($1, $2, $3, $4, $5, $6)
				ON CONFLICT (id) DO UPDATE SET password_hash = excluded.password_hash`, p.ID, p.Login, p.Name, b.ID, p.Section, p.PasswordHash); err != nil {
				return fmt.Errorf("person: %w", err)
			}
			for _, r := range p.Roles {
				if _, err := tx.ExecContext(ctx, `INSERT INTO person_roles VALUES ($1, $2) ON CONFLICT DO NOTHING`, p.ID, r); err != nil {
					return fmt.Errorf("role: %w", err)
				}
			}
		}
		return nil
	})
}

// Answer is what was answered under an idempotency key. Status 0: not yet.
type Answer struct {
	Fingerprint []byte    `db:"fingerprint"`
	Status      int       `db:"status"`
	Header      []byte    `db:"header"`
	SealedBody  []byte    `db:"sealed_body"`
	BegunAt     time.Time `db:"begun_at"`
	Body        []byte
	Headers     map[string]string
	Fresh       bool // the key is new, or its first holder has been gone for long
}

// BeginAnswer takes the key, or returns what is known under it. A key that was
// taken longer than stale ago and never answered is taken over: the acts behind
// it are idempotent themselves.
func (s *Store) BeginAnswer(ctx context.Context, person, key string, fingerprint []byte, stale time.Duration) (Answer, error) {
	res, err := s.db.ExecContext(ctx, `INSERT INTO idempotency (person_id, key, fingerprint) SELECT $1::uuid, $2, $3::bytea FROM `+lazily+`
		ON CONFLICT (person_id, key) DO UPDATE SET begun_at = clock_timestamp()
		  WHERE idempotency.status = 0 AND idempotency.fingerprint = excluded.fingerprint
		    AND idempotency.begun_at < clock_timestamp() - $4 * interval '1 second'`, person, key, fingerprint, stale.Seconds())
	if err != nil {
		return Answer{}, fmt.Errorf("begin answer: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return Answer{Fresh: true}, err
	}
	var a Answer
	err = s.db.GetContext(ctx, &a, `SELECT fingerprint, status, header, sealed_body, begun_at FROM idempotency WHERE person_id = $1 AND key = $2`, person, key)
	if errors.Is(err, sql.ErrNoRows) { // given up in between
		return Answer{Status: 0, Fingerprint: fingerprint}, nil
	}
	if err != nil || a.Status == 0 {
		return a, err
	}
	if err := json.Unmarshal(a.Header, &a.Headers); err != nil {
		return Answer{}, err
	}
	a.Body, err = s.vault.Open("answer/"+person+"/"+key, a.SealedBody)
	return a, err
}

// FinishAnswer keeps what was answered. Status 0 gives the key up instead, so that
// the client may try again.
func (s *Store) FinishAnswer(ctx context.Context, person, key string, status int, header map[string]string, body []byte) error {
	if status == 0 {
		_, err := s.db.ExecContext(ctx, `DELETE FROM idempotency WHERE person_id = $1 AND key = $2 AND status = 0`, person, key)
		return err
	}
	head, err := json.Marshal(header)
	if err != nil {
		return err
	}
	_, err = s.db.ExecContext(ctx, `UPDATE idempotency SET status = $3, header = $4, sealed_body = $5 FROM `+lazily+` WHERE person_id = $1 AND key = $2`,
		person, key, status, head, s.vault.Seal("answer/"+person+"/"+key, body))
	return err
}

// Sweep drops what has expired: sessions, proofs, failures and answers older than keep.
func (s *Store) Sweep(ctx context.Context, keep time.Duration) error {
	for _, q := range []string{
		`DELETE FROM sessions WHERE expires_at < clock_timestamp() - $1 * interval '1 second'`,
		`DELETE FROM proofs WHERE expires_at < clock_timestamp() - $1 * interval '1 second'`,
		`DELETE FROM login_failures WHERE at < clock_timestamp() - $1 * interval '1 second'`,
		`DELETE FROM idempotency WHERE begun_at < clock_timestamp() - $1 * interval '1 second'`,
	} {
		if _, err := s.db.ExecContext(ctx, q, keep.Seconds()); err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
	}
	return nil
}
