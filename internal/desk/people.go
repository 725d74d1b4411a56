package desk

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

const (
	sessionLife   = 12 * time.Hour
	loginFailures = 5 // within the window, then the login waits
	loginWindow   = 5 * time.Minute
)

// Login opens a session. It takes as long for a login that does not exist as for a
// wrong password. Where an app is bound it takes its code too. A new password replaces the
// old one first; a one-time password is good for that alone.
func (d *Desk) Login(ctx context.Context, in Credentials) (Session, error) {
	account, err := d.verify(ctx, in)
	if err != nil {
		return Session{}, err
	}
	if in.NewPassword != "" {
		if err := d.renew(ctx, account, in); err != nil {
			return Session{}, err
		}
	} else if account.OneTimeUntil != nil {
		return Session{}, disclosure.Refuse(disclosure.PasswordMustChange, "new_password")
	}
	return d.session(ctx, actor(account, in.Remote))
}

// renew replaces the password of somebody who was verified.
func (d *Desk) renew(ctx context.Context, account store.Account, in Credentials) error {
	if utf8.RuneCountInString(in.NewPassword) < minPassword || in.NewPassword == in.Login || in.NewPassword == in.Password {
		return disclosure.Refuse(disclosure.PasswordWeak, "new_password", "min", strconv.Itoa(minPassword))
	}
	hash, err := HashPassword(in.NewPassword)
	if err != nil {
		return err
	}
	if err := d.store.SetPassword(ctx, account.ID, hash); err != nil {
		return err
	}
	d.note(ctx, actor(account, in.Remote), "password", account.ID, "ok", nil)
	return nil
}

// verify finds whose login, password and code these are.
func (d *Desk) verify(ctx context.Context, in Credentials) (store.Account, error) {
	failures, err := d.store.LoginFailures(ctx, in.Login, loginWindow)
	if err != nil {
		return store.Account{}, err
	}
	who := Actor{Login: in.Login, Remote: in.Remote}
	if failures >= loginFailures {
		d.Denied(ctx, who, "login", "", disclosure.TooManyRequests)
		return store.Account{}, disclosure.Refuse(disclosure.TooManyRequests, "", "seconds", strconv.Itoa(int(loginWindow.Seconds())))
	}
	account, err := d.store.AccountByLogin(ctx, in.Login)
	unknown := disclosure.CodeOf(err) == disclosure.NotFound
	if err != nil && !unknown {
		return store.Account{}, err
	}
	stored := account.PasswordHash
	if unknown {
		stored = nobody
	}
	right, err := d.passwordIs(ctx, stored, in.Password)
	if err != nil {
		return store.Account{}, err
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return store.Account{}, err
	}
	stale := account.OneTimeUntil != nil && !now.Before(*account.OneTimeUntil)
	if unknown || !right || stale || account.DisabledAt != nil {
		if err := d.store.AddLoginFailure(ctx, in.Login); err != nil {
			return store.Account{}, err
		}
		who.ID = account.ID
		d.Denied(ctx, who, "login", "", disclosure.BadLogin)
		return store.Account{}, disclosure.Refuse(disclosure.BadLogin, "")
	}
	if !account.CodeApp {
		return account, nil
	}
	if in.Code == "" {
		return store.Account{}, disclosure.Refuse(disclosure.ProofRequired, "code")
	}
	act, err := NewSecret()
	if err != nil {
		return store.Account{}, err
	}
	if right, err = d.codeIs(ctx, account.ID, in.Code, act); err != nil || right {
		return account, err
	}
	if err := d.store.AddLoginFailure(ctx, in.Login); err != nil {
		return store.Account{}, err
	}
	who.ID = account.ID
	d.Denied(ctx, who, "login", "", disclosure.ProofWrong)
	return store.Account{}, disclosure.Refuse(disclosure.ProofWrong, "code")
}

// session opens one for somebody who was verified.
func (d *Desk) session(ctx context.Context, who Actor) (Session, error) {
	secret, err := NewSecret()
	if err != nil {
		return Session{}, err
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return Session{}, err
	}
	expires := now.Add(sessionLife)
	if err := d.store.AddSession(ctx, who.ID, "session", secret, expires); err != nil {
		return Session{}, err
	}
	d.note(ctx, who, "login", "", "ok", nil)
	return Session{Secret: secret, Actor: who, Expires: expires}, nil
}

func actor(a store.Account, remote string) Actor {
	who := Actor{Person: a.Person(), Login: a.Login, Name: a.Name, Remote: remote}
	for _, p := range a.Scope {
		who.Scope = append(who.Scope, disclosure.Permission(p))
	}
	return who
}

// Authenticate finds who holds a session or a token.
func (d *Desk) Authenticate(ctx context.Context, secret, remote string) (Actor, error) {
	if secret == "" {
		return Actor{}, disclosure.Refuse(disclosure.Unauthenticated, "")
	}
	account, err := d.store.AccountBySecret(ctx, secret)
	if disclosure.CodeOf(err) == disclosure.NotFound {
		return Actor{}, disclosure.Refuse(disclosure.Unauthenticated, "")
	}
	if err != nil {
		return Actor{}, err
	}
	return actor(account, remote), nil
}

// Logout ends a session at once.
func (d *Desk) Logout(ctx context.Context, secret string) error {
	return d.store.DropSession(ctx, secret)
}

// Me is the person's own account.
func (d *Desk) Me(ctx context.Context, who Actor) (Me, error) {
	a, err := d.store.AccountByID(ctx, who.ID)
	if err != nil {
		return Me{}, err
	}
	me := Me{
		ID: a.ID, Login: a.Login, Name: a.Name, Unit: Ref{ID: a.Unit, Name: a.UnitName}, Section: Ref{ID: a.Section, Name: a.SectionName}, CodeApp: a.CodeApp,
	}
	for _, r := range a.Roles {
		if info, ok := disclosure.RoleByID(r); ok {
			me.Roles = append(me.Roles, info)
		}
	}
	me.Notices, err = d.store.Unread(ctx, who.ID, mostUnread)
	return me, err
}

// Begin takes an idempotency key, or returns what was answered under it. Nil means
// that the request is new.
func (d *Desk) Begin(ctx context.Context, who Actor, key string, fingerprint []byte) (*Saved, error) {
	a, err := d.store.BeginAnswer(ctx, who.ID, key, fingerprint, time.Minute)
	switch {
	case err != nil:
		return nil, err
	case a.Fresh:
		return nil, nil
	case subtle.ConstantTimeCompare(a.Fingerprint, fingerprint) != 1:
		return nil, disclosure.Refuse(disclosure.IdempotencyReused, "")
	case a.Status == 0:
		return nil, disclosure.Refuse(disclosure.Busy, "")
	}
	return &Saved{Status: a.Status, Header: a.Headers, Body: a.Body}, nil
}

// Finish keeps an answer. Status 0 gives the key up, so that the client may try again.
func (d *Desk) Finish(ctx context.Context, who Actor, key string, s Saved) error {
	return d.store.FinishAnswer(ctx, who.ID, key, s.Status, s.Header, s.Body)
}

// NewSecret makes the secret of a session or token: 256 random bits.
func NewSecret() (string, error) {
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// argon2id as OWASP ASVS 5.0 asks for at the least: 19 MiB, two passes.
const (
	argonTime   = 2
	argonMemory = 19 << 10 // KiB
	argonKey    = 32
)

// nobody is the hash that a login without account is compared with: the time to
// find out must not tell which logins exist.
var nobody = encodePassword(make([]byte, 16), make([]byte, argonKey))

// HashPassword hashes a password for storage.
func HashPassword(password string) (string, error) {
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	return encodePassword(salt, argon2.IDKey([]byte(password), salt, argonTime, argonMemory, 1, argonKey)), nil
}

func encodePassword(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, argonMemory, argonTime,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// passwordIs compares. No more hash at once than there are cores: a flood of logins
// must not take all memory.
func (d *Desk) passwordIs(ctx context.Context, stored, password string) (bool, error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errors.New("stored password hash cannot be read")
	}
	var memory, passes uint32
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=1", &memory, &passes); err != nil {
		return false, fmt.Errorf("stored password hash: %w", err)
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("stored password hash: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, fmt.Errorf("stored password hash: %w", err)
	}
	select {
	case d.hashing <- struct{}{}:
		defer func() { <-d.hashing }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, 1, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}
