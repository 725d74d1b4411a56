package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"shenfa/internal/disclosure"
)

// AddProof keeps a proof that a person gave, good for one act within life.
func (s *Store) AddProof(ctx context.Context, person, secret string, life time.Duration) (expires time.Time, err error) {
	err = s.db.GetContext(ctx, &expires, `INSERT INTO proofs (person_id, hash, expires_at)
		VALUES ($1, $2, clock_timestamp() + $3 * interval '1 second') RETURNING expires_at`, person, secretHash(secret), life.Seconds())
	if err != nil {
		return expires, fmt.Errorf("add proof: %w", err)
	}
	return expires, nil
}

// UseProof gives a proof to the act under key, and says whether it was free or that
// act's own.
func (s *Store) UseProof(ctx context.Context, person, secret, key string) (bool, error) {
	return s.used(ctx, `UPDATE proofs SET used_for = $3
		WHERE person_id = $1 AND hash = $2 AND expires_at > clock_timestamp() AND (used_for IS NULL OR used_for = $3)`, person, secretHash(secret), key)
}

// SpendCode gives a one-time code to the act under key; nobody can use it again within life.
func (s *Store) SpendCode(ctx context.Context, person, code, key string, life time.Duration) (bool, error) {
	return s.used(ctx, `INSERT INTO proofs AS p (person_id, hash, used_for, expires_at) VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 second')
		ON CONFLICT (person_id, hash) DO UPDATE SET used_for = excluded.used_for WHERE p.used_for IS NULL OR p.used_for = excluded.used_for`,
		person, secretHash(code), key, life.Seconds())
}

func (s *Store) used(ctx context.Context, query string, args ...any) (bool, error) {
	res, err := s.db.ExecContext(ctx, query, args...)
	if err != nil {
		return false, fmt.Errorf("use proof: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// FreeProof gives back what the act under key had taken: it was refused.
func (s *Store) FreeProof(ctx context.Context, person, key string) error {
	if _, err := s.db.ExecContext(ctx, `UPDATE proofs SET used_for = NULL WHERE person_id = $1 AND used_for = $2`, person, key); err != nil {
		return fmt.Errorf("free proof: %w", err)
	}
	return nil
}

// CodeApp is the secret that a person's app for one-time codes shares. Since is nil until
// a code has confirmed it; Secret is empty if there is none.
type CodeApp struct {
	Secret string
	Since  *time.Time
}

func codeAppContext(person string) string { return "totp/" + person }

// CodeApp finds the app bound to an account, or about to be.
func (s *Store) CodeApp(ctx context.Context, person string) (CodeApp, error) {
	var row struct {
		Sealed []byte     `db:"totp"`
		Since  *time.Time `db:"totp_since"`
	}
	err := s.db.GetContext(ctx, &row, `SELECT totp, totp_since FROM people WHERE id = $1`, person)
	if err != nil {
		return CodeApp{}, refusal(fmt.Errorf("code app: %w", err))
	}
	if row.Sealed == nil {
		return CodeApp{}, nil
	}
	secret, err := s.vault.Open(codeAppContext(person), row.Sealed)
	return CodeApp{Secret: string(secret), Since: row.Since}, err
}

// OfferCodeApp keeps the secret for an app that is to be bound; one that is bound stays.
func (s *Store) OfferCodeApp(ctx context.Context, person, secret string) error {
	var id string
	err := s.db.GetContext(ctx, &id, `UPDATE people SET totp = $2 WHERE id = $1 AND totp_since IS NULL RETURNING id`,
		person, s.vault.Seal(codeAppContext(person), []byte(secret)))
	if errors.Is(err, sql.ErrNoRows) {
		return disclosure.Refuse(disclosure.CodeAppBound, "")
	}
	if err != nil {
		return fmt.Errorf("offer code app: %w", err)
	}
	return nil
}

// BindCodeApp binds the app that was offered.
func (s *Store) BindCodeApp(ctx context.Context, by disclosure.Person) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		var id string
		err := tx.GetContext(ctx, &id, `UPDATE people SET totp_since = clock_timestamp() WHERE id = $1 AND totp IS NOT NULL AND totp_since IS NULL RETURNING id`, by.ID)
		if errors.Is(err, sql.ErrNoRows) {
			return disclosure.Refuse(disclosure.CodeAppBound, "")
		}
		if err != nil {
			return fmt.Errorf("bind code app: %w", err)
		}
		return noteChange(ctx, tx, Change{By: by.ID, Unit: by.Unit, Person: id, What: ChangeBind}, AccountState{}, AccountState{CodeApp: true})
	})
}

// UnbindCodeApp ends the binding of somebody of the person's unit.
func (s *Store) UnbindCodeApp(ctx context.Context, by disclosure.Person, person, reason string) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		var id string
		if err := tx.GetContext(ctx, &id, `UPDATE people SET totp = NULL, totp_since = NULL
			WHERE id = $1 AND unit_id = $2 AND totp_since IS NOT NULL RETURNING id`, person, by.Unit); err != nil {
			return refusal(fmt.Errorf("unbind code app: %w", err))
		}
		return noteChange(ctx, tx, Change{By: by.ID, Unit: by.Unit, Person: id, What: ChangeUnbind, Reason: reason}, AccountState{CodeApp: true}, AccountState{})
	})
}
