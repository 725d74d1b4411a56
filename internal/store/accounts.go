package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"shenfa/internal/disclosure"
)

// Token is what a program signs in with; its secret is not kept.
type Token struct {
	ID        string         `db:"id"`
	Name      string         `db:"name"`
	Scope     pq.StringArray `db:"scope"` // permissions it is narrowed to; nil: all
	CreatedAt time.Time      `db:"created_at"`
	ExpiresAt time.Time      `db:"expires_at"`
}

// AccountState is what an administrator changes about a person.
type AccountState struct {
	Login    string            `json:"login,omitempty"`
	Name     string            `json:"name,omitempty"`
	Section  string            `json:"section,omitempty"`
	Roles    []disclosure.Role `json:"roles,omitempty"`
	Disabled bool              `json:"disabled,omitempty"`
	Token    string            `json:"token,omitempty"` // its name
	CodeApp  bool              `json:"code_app,omitempty"`
}

// Change is one act of administration. Person is empty for a section, By for what was
// done at the machine itself.
type Change struct {
	ID         int64           `db:"id"`
	At         time.Time       `db:"at"`
	By         string          `db:"by_person"`
	ByName     string          `db:"by_name"`
	Unit       string          `db:"unit_id"`
	Person     string          `db:"person_id"`
	PersonName string          `db:"person_name"`
	What       string          `db:"what"`
	Before     json.RawMessage `db:"before"`
	After      json.RawMessage `db:"after"`
	Reason     string          `db:"reason"`
}

// Kinds of changes.
const (
	ChangeAdd     = "add"
	ChangeFacts   = "change"
	ChangeRoles   = "roles"
	ChangeDisable = "disable"
	ChangeEnable  = "enable"
	ChangeReset   = "reset"
	ChangeToken   = "token"
	ChangeRevoke  = "revoke"
	ChangeSection = "section"
	ChangeBind    = "bind"   // an app for one-time codes
	ChangeUnbind  = "unbind" // the same
)

// State is the account as a change shows it.
func (a Account) State() AccountState {
	return AccountState{Login: a.Login, Name: a.Name, Section: a.Section, Roles: a.Roles, Disabled: a.DisabledAt != nil, CodeApp: a.CodeApp}
}

// Accounts lists the people of a unit by section and name, the disabled last.
func (s *Store) Accounts(ctx context.Context, unit string) ([]Account, error) {
	var all []Account
	if err := s.db.SelectContext(ctx, &all, selectAccount+` WHERE p.unit_id = $1 ORDER BY p.disabled_at IS NOT NULL, s.name, p.name, p.id`, unit); err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	for i := range all {
		all[i].named()
	}
	return all, nil
}

// AddUnit makes a unit with its first section and people, on a house that has none yet.
func (s *Store) AddUnit(ctx context.Context, b Bureau, reason string) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `LOCK TABLE people IN EXCLUSIVE MODE`); err != nil {
			return err
		}
		var some bool
		if err := tx.GetContext(ctx, &some, `SELECT EXISTS (SELECT FROM people)`); err != nil {
			return err
		}
		if some {
			return disclosure.Refuse(disclosure.HouseFounded, "")
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO units VALUES ($1, $2, $3)`, b.ID, b.Name, b.Code); err != nil {
			return fmt.Errorf("unit: %w", err)
		}
		for _, sec := range b.Sections {
			if _, err := tx.ExecContext(ctx, `INSERT INTO sections VALUES ($1, $2, $3)`, sec.ID, b.ID, sec.Name); err != nil {
				return fmt.Errorf("section: %w", err)
			}
		}
		for _, p := range b.People {
			p.Unit = b.ID
			if err := addAccount(ctx, tx, "", p, reason); err != nil {
				return err
			}
		}
		return nil
	})
}

// AddAccount makes an account. Only at the machine itself may it hold roles at once:
// otherwise somebody else grants them.
func (s *Store) AddAccount(ctx context.Context, by disclosure.Person, a Account, reason string) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error { return addAccount(ctx, tx, by.ID, a, reason) })
}

func addAccount(ctx context.Context, tx *sqlx.Tx, by string, a Account, reason string) error {
	res, err := tx.ExecContext(ctx, `INSERT INTO people (id, login, name, unit_id, section_id, password_hash, one_time_until)
		SELECT $1, $2, $3, x.unit_id, x.id, $6, $7 FROM sections x WHERE x.unit_id = $4 AND x.id = $5`,
		a.ID, a.Login, a.Name, a.Unit, a.Section, a.PasswordHash, a.OneTimeUntil)
	if err != nil {
		return refusal(fmt.Errorf("add account: %w", err))
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(disclosure.Refuse(disclosure.BadValue, "section", "value", a.Section, "allowed", "section"), err)
	}
	for _, r := range a.Roles {
		if _, err := tx.ExecContext(ctx, `INSERT INTO person_roles VALUES ($1, $2)`, a.ID, r); err != nil {
			return refusal(fmt.Errorf("role: %w", err))
		}
	}
	return noteChange(ctx, tx, Change{By: by, Unit: a.Unit, Person: a.ID, What: ChangeAdd, Reason: reason}, AccountState{}, a.State())
}

// AddSection makes a section of the person's unit.
func (s *Store) AddSection(ctx context.Context, by disclosure.Person, id, name, reason string) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO sections VALUES ($1, $2, $3)`, id, by.Unit, name); err != nil {
			return refusal(fmt.Errorf("section: %w", err))
		}
		return noteChange(ctx, tx, Change{By: by.ID, Unit: by.Unit, What: ChangeSection, Reason: reason}, AccountState{}, AccountState{Section: id, Name: name})
	})
}

// ChangeAccount brings an account of the person's unit to another state, and writes down
// both. Who is disabled, or has a new password, is signed out everywhere.
func (s *Store) ChangeAccount(ctx context.Context, by disclosure.Person, id, what, reason string, change func(*Account) error) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		var a Account
		if err := tx.GetContext(ctx, &a, selectAccount+` WHERE p.id = $1 AND p.unit_id = $2 FOR UPDATE OF p`, id, by.Unit); err != nil {
			return refusal(fmt.Errorf("account: %w", err))
		}
		a.named()
		before, hash := a.State(), a.PasswordHash
		if err := change(&a); err != nil {
			return err
		}
		var now time.Time
		if err := tx.GetContext(ctx, &now, `UPDATE people SET name = $2, section_id = (SELECT x.id FROM sections x WHERE x.id = $3 AND x.unit_id = people.unit_id),
			       disabled_at = $4, password_hash = $5, one_time_until = $6 WHERE id = $1 RETURNING clock_timestamp()`,
			a.ID, a.Name, a.Section, a.DisabledAt, a.PasswordHash, a.OneTimeUntil); err != nil {
			return refusal(fmt.Errorf("change account: %w", err))
		}
		if what == ChangeRoles {
			if err := setRoles(ctx, tx, a.ID, a.Roles); err != nil {
				return err
			}
		}
		if a.DisabledAt != nil || a.PasswordHash != hash {
			if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE person_id = $1 AND ($2 OR kind = 'session')`, a.ID, a.DisabledAt != nil); err != nil {
				return fmt.Errorf("sign out: %w", err)
			}
		}
		return noteChange(ctx, tx, Change{By: by.ID, Unit: by.Unit, Person: a.ID, What: what, Reason: reason}, before, a.State())
	})
}

func setRoles(ctx context.Context, tx *sqlx.Tx, person string, roles []disclosure.Role) error {
	all := pq.Array(append([]disclosure.Role{}, roles...)) // none is not NULL
	if _, err := tx.ExecContext(ctx, `DELETE FROM person_roles WHERE person_id = $1 AND NOT role = ANY ($2)`, person, all); err != nil {
		return refusal(fmt.Errorf("take roles: %w", err))
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO person_roles SELECT $1, r FROM unnest($2::text[]) r ON CONFLICT DO NOTHING`, person, all); err != nil {
		return refusal(fmt.Errorf("give roles: %w", err))
	}
	return nil
}

func noteChange(ctx context.Context, tx *sqlx.Tx, c Change, before, after AccountState) error {
	was, err := json.Marshal(before)
	if err != nil {
		return err
	}
	is, err := json.Marshal(after)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO account_changes (by_person, unit_id, person_id, what, before, after, reason)
		VALUES (NULLIF($1, '')::uuid, $2, NULLIF($3, '')::uuid, $4, $5, $6, $7)`, c.By, c.Unit, c.Person, c.What, was, is, c.Reason); err != nil {
		return refusal(fmt.Errorf("note change: %w", err))
	}
	if err := tellAccount(ctx, tx, c); err != nil {
		return err
	}
	actor, object := c.By, c.Person
	if actor == "" {
		actor = "system:machine"
	}
	if object == "" {
		object = after.Section
	}
	return insertAudit(ctx, tx, Audit{
		Actor: actor, Action: "account:" + c.What, Object: object, Unit: c.Unit, Outcome: "ok",
		Detail: map[string]string{"before": string(was), "after": string(is)},
	})
}

// SetPassword replaces one's own password; other sessions end.
func (s *Store) SetPassword(ctx context.Context, person, hash string) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE people SET password_hash = $2, one_time_until = NULL WHERE id = $1`, person, hash); err != nil {
			return fmt.Errorf("set password: %w", err)
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE person_id = $1 AND kind = 'session'`, person)
		return err
	})
}

// Changes lists what was changed in a unit, or about one person of it, the newest first.
// Before is the id after which an earlier page ended; 0 begins.
func (s *Store) Changes(ctx context.Context, unit, person string, before int64, limit int) ([]Change, error) {
	var all []Change
	err := s.db.SelectContext(ctx, &all, `SELECT c.id, c.at, coalesce(c.by_person::text, '') AS by_person, coalesce(b.name, '') AS by_name, c.unit_id,
		       coalesce(c.person_id::text, '') AS person_id, coalesce(p.name, '') AS person_name, c.what, c.before, c.after, c.reason
		  FROM account_changes c LEFT JOIN people b ON b.id = c.by_person LEFT JOIN people p ON p.id = c.person_id
		 WHERE c.unit_id = $1 AND ($2 = '' OR c.person_id::text = $2) AND ($3 = 0 OR c.id < $3) ORDER BY c.id DESC LIMIT $4`, unit, person, before, limit)
	if err != nil {
		return nil, fmt.Errorf("account changes: %w", err)
	}
	return all, nil
}

// Tokens lists a person's tokens that are good.
func (s *Store) Tokens(ctx context.Context, person string) (all []Token, err error) {
	err = s.db.SelectContext(ctx, &all, `SELECT id, name, scope, created_at, expires_at FROM sessions
		WHERE person_id = $1 AND kind = 'token' AND expires_at > clock_timestamp() ORDER BY created_at, id`, person)
	return all, err
}

// AddToken keeps a token of the person's own. The secret is shown to nobody again.
func (s *Store) AddToken(ctx context.Context, by disclosure.Person, t Token, secret string) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO sessions (id, secret_hash, person_id, kind, name, scope, expires_at) VALUES ($1, $2, $3, 'token', $4, $5, $6)`,
			t.ID, secretHash(secret), by.ID, t.Name, t.Scope, t.ExpiresAt); err != nil {
			return fmt.Errorf("add token: %w", err)
		}
		return noteChange(ctx, tx, Change{By: by.ID, Unit: by.Unit, Person: by.ID, What: ChangeToken}, AccountState{}, AccountState{Token: t.Name})
	})
}

// RevokeToken ends a token of somebody of the person's unit; unless anybodys, only their own.
func (s *Store) RevokeToken(ctx context.Context, by disclosure.Person, id string, anybodys bool, reason string) error {
	if !isUUID(id) {
		return disclosure.Refuse(disclosure.NotFound, "")
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		var gone struct {
			Person string `db:"person_id"`
			Name   string `db:"name"`
		}
		if err := tx.GetContext(ctx, &gone, `DELETE FROM sessions x USING people p WHERE x.id = $1 AND x.kind = 'token' AND p.id = x.person_id AND p.unit_id = $2
			AND (p.id = $3 OR $4) RETURNING x.person_id, x.name`, id, by.Unit, by.ID, anybodys); err != nil {
			return refusal(fmt.Errorf("revoke token: %w", err))
		}
		return noteChange(ctx, tx, Change{By: by.ID, Unit: by.Unit, Person: gone.Person, What: ChangeRevoke, Reason: reason}, AccountState{Token: gone.Name}, AccountState{})
	})
}
