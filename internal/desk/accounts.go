package desk

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

const (
	minPassword = 10 // characters
	// oneTimeLife is how long a password that an administrator saw may wait for its person.
	oneTimeLife = 72 * time.Hour
	maxToken    = 366 * 24 * time.Hour
	changesPage = 50
)

// Account is a person as the administrators see them.
type Account struct {
	ID       string            `json:"id"`
	Login    string            `json:"login"`
	Name     string            `json:"name"`
	Section  Ref               `json:"section"`
	Roles    []disclosure.Role `json:"roles"`
	Disabled bool              `json:"disabled"`
	OneTime  bool              `json:"one_time"` // waits for its first login
	CodeApp  bool              `json:"code_app"` // an app for one-time codes is bound
	Tokens   []Token           `json:"tokens"`
}

// NewAccount is an account with the one-time password that is shown once.
type NewAccount struct {
	Account
	Password string    `json:"password"`
	Until    time.Time `json:"until"` // for how long the password is good
}

// AccountInput makes an account, or changes what is not empty of it.
type AccountInput struct {
	Login   string `json:"login"`
	Name    string `json:"name"`
	Section string `json:"section"`
	Reason  string `json:"reason"`
}

// AccountChange is one act of administration, with what it was before and after. By and
// Person are empty for the machine itself and for a section.
type AccountChange struct {
	ID     string          `json:"id"`
	At     time.Time       `json:"at"`
	By     Ref             `json:"by"`
	Person Ref             `json:"person"`
	What   string          `json:"what"`
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
	Reason string          `json:"reason"`
}

// Token is what a program signs in with.
type Token struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Scope   []string  `json:"scope"` // permissions; empty: all that its person has
	Made    time.Time `json:"made_at"`
	Expires time.Time `json:"expires"`
	Secret  string    `json:"secret,omitempty"` // shown once
}

// TokenInput asks for a token of one's own.
type TokenInput struct {
	Name    string    `json:"name"`
	Scope   []string  `json:"scope"`
	Expires time.Time `json:"expires"`
}

// May says whether the person's roles grant perm and the token they came with covers it.
func (a Actor) May(perm disclosure.Permission) bool {
	return (a.Scope == nil || slices.Contains(a.Scope, perm)) && a.Person.May(perm)
}

// administers refuses whoever has none of the permissions, and audits it.
func (d *Desk) administers(ctx context.Context, who Actor, action, object string, one ...disclosure.Permission) error {
	if slices.ContainsFunc(one, who.May) {
		return nil
	}
	return d.needs(ctx, who, one[0], action, object)
}

// Accounts lists the people of the unit.
func (d *Desk) Accounts(ctx context.Context, who Actor) ([]Account, error) {
	if err := d.administers(ctx, who, "accounts", "", disclosure.MayAccount, disclosure.MayManage, disclosure.MayAudit); err != nil {
		return nil, err
	}
	rows, err := d.store.Accounts(ctx, who.Unit)
	if err != nil {
		return nil, err
	}
	out := make([]Account, len(rows))
	for i, a := range rows {
		out[i] = accountView(a)
	}
	return out, nil
}

func accountView(a store.Account) Account {
	return Account{
		ID: a.ID, Login: a.Login, Name: a.Name, Section: Ref{ID: a.Section, Name: a.SectionName}, Roles: a.Roles,
		Disabled: a.DisabledAt != nil, OneTime: a.OneTimeUntil != nil, CodeApp: a.CodeApp, Tokens: []Token{},
	}
}

// Account is one person of the unit, with their tokens.
func (d *Desk) Account(ctx context.Context, who Actor, id string) (Account, error) {
	all, err := d.Accounts(ctx, who)
	if err != nil {
		return Account{}, err
	}
	i := slices.IndexFunc(all, func(a Account) bool { return a.ID == id })
	if i < 0 {
		return Account{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	all[i].Tokens, err = d.tokens(ctx, id)
	return all[i], err
}

// Sections lists the sections of the unit.
func (d *Desk) Sections(ctx context.Context, who Actor) ([]Ref, error) {
	if err := d.administers(ctx, who, "sections", "", disclosure.MayAccount, disclosure.MayManage, disclosure.MayAudit, disclosure.MayRead); err != nil {
		return nil, err
	}
	rows, err := d.store.Sections(ctx, who.Unit)
	out := make([]Ref, len(rows))
	for i, s := range rows {
		out[i] = Ref(s)
	}
	return out, err
}

// AddSection makes a section of the unit.
func (d *Desk) AddSection(ctx context.Context, who Actor, id, name, reason string) (Ref, error) {
	if err := d.needs(ctx, who, disclosure.MayAccount, "account:section", ""); err != nil {
		return Ref{}, err
	}
	if err := typed("id", &id, 40); err != nil {
		return Ref{}, err
	}
	if err := typed("name", &name, 100); err != nil {
		return Ref{}, err
	}
	if err := reasoned(&reason); err != nil {
		return Ref{}, err
	}
	return Ref{ID: id, Name: name}, d.store.AddSection(ctx, who.Person, id, name, reason)
}

// AddAccount makes an account without roles: the security administrator grants them. The
// same key again makes no second one, and shows no password.
func (d *Desk) AddAccount(ctx context.Context, who Actor, key string, in AccountInput) (NewAccount, error) {
	if err := d.needs(ctx, who, disclosure.MayAccount, "account:add", ""); err != nil {
		return NewAccount{}, err
	}
	for _, f := range []struct {
		name string
		text *string
		max  int
	}{{"login", &in.Login, 40}, {"name", &in.Name, 40}, {"section", &in.Section, 40}} {
		if err := typed(f.name, f.text, f.max); err != nil {
			return NewAccount{}, err
		}
	}
	if i := strings.IndexFunc(in.Login, func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789._-", r) }); i >= 0 {
		return NewAccount{}, disclosure.Refuse(disclosure.BadValue, "login", "value", in.Login, "allowed", "a–z 0–9 . _ -")
	}
	if err := reasoned(&in.Reason); err != nil {
		return NewAccount{}, err
	}
	password, hash, until, err := d.oneTime(ctx)
	if err != nil {
		return NewAccount{}, err
	}
	id := store.Derive("account", who.ID, key)
	if err := d.store.AddAccount(ctx, who.Person, store.Account{
		ID: id, Login: in.Login, Name: in.Name, Unit: who.Unit, Section: in.Section, PasswordHash: hash, OneTimeUntil: &until,
	}, in.Reason); err != nil {
		return NewAccount{}, at(err, disclosure.LoginTaken, "login")
	}
	a, err := d.Account(ctx, who, id)
	return NewAccount{Account: a, Password: password, Until: until}, err
}

// oneTime makes a password that is good once, for some days.
func (d *Desk) oneTime(ctx context.Context) (password, hash string, until time.Time, err error) {
	if password, err = NewSecret(); err != nil {
		return "", "", until, err
	}
	password = password[:16]
	if hash, err = HashPassword(password); err != nil {
		return "", "", until, err
	}
	now, err := d.store.Now(ctx)
	return password, hash, now.Add(oneTimeLife), err
}

// ChangeAccount changes the name or the section.
func (d *Desk) ChangeAccount(ctx context.Context, who Actor, id string, in AccountInput) (Account, error) {
	for _, f := range []struct {
		name string
		text *string
	}{{"name", &in.Name}, {"section", &in.Section}} {
		if *f.text == "" {
			continue
		}
		if err := typed(f.name, f.text, 40); err != nil {
			return Account{}, err
		}
	}
	sections, err := d.store.Sections(ctx, who.Unit)
	if err != nil {
		return Account{}, err
	}
	if in.Section != "" && !slices.ContainsFunc(sections, func(s store.Named) bool { return s.ID == in.Section }) {
		return Account{}, disclosure.Refuse(disclosure.BadValue, "section", "value", in.Section, "allowed", "section")
	}
	return d.administer(ctx, who, id, store.ChangeFacts, disclosure.MayAccount, in.Reason, func(a *store.Account) error {
		if in.Name != "" {
			a.Name = in.Name
		}
		if in.Section != "" {
			a.Section = in.Section
		}
		return nil
	})
}

// GrantRoles gives a person these roles and no others.
func (d *Desk) GrantRoles(ctx context.Context, who Actor, id string, roles []disclosure.Role, reason string) (Account, error) {
	if err := disclosure.CheckRoles(roles); err != nil {
		return Account{}, err
	}
	return d.administer(ctx, who, id, store.ChangeRoles, disclosure.MayManage, reason, func(a *store.Account) error {
		a.Roles = slices.Compact(slices.Sorted(slices.Values(roles)))
		return nil
	})
}

// DisableAccount signs a person out everywhere and lets them in no more.
func (d *Desk) DisableAccount(ctx context.Context, who Actor, id, reason string) (Account, error) {
	now, err := d.store.Now(ctx)
	if err != nil {
		return Account{}, err
	}
	account, err := d.administer(ctx, who, id, store.ChangeDisable, disclosure.MayAccount, reason, func(a *store.Account) error {
		a.DisabledAt = &now
		return nil
	})
	if err != nil {
		return Account{}, err
	}
	return account, d.vacate(ctx, id)
}

// EnableAccount lets a person in again.
func (d *Desk) EnableAccount(ctx context.Context, who Actor, id, reason string) (Account, error) {
	return d.administer(ctx, who, id, store.ChangeEnable, disclosure.MayAccount, reason, func(a *store.Account) error {
		a.DisabledAt = nil
		return nil
	})
}

// ResetPassword gives a person who lost theirs a one-time password.
func (d *Desk) ResetPassword(ctx context.Context, who Actor, id, reason string) (NewAccount, error) {
	password, hash, until, err := d.oneTime(ctx)
	if err != nil {
		return NewAccount{}, err
	}
	a, err := d.administer(ctx, who, id, store.ChangeReset, disclosure.MayAccount, reason, func(a *store.Account) error {
		a.PasswordHash, a.OneTimeUntil = hash, &until
		return nil
	})
	if err != nil {
		return NewAccount{}, err
	}
	return NewAccount{Account: a, Password: password, Until: until}, nil
}

// administer is one change of one account by somebody else.
func (d *Desk) administer(ctx context.Context, who Actor, id, what string, perm disclosure.Permission, reason string, change func(*store.Account) error) (Account, error) {
	if err := d.another(ctx, who, id, what, perm, &reason); err != nil {
		return Account{}, err
	}
	do := func(who Actor) error { return d.store.ChangeAccount(ctx, who.Person, id, what, reason, change) }
	if what == store.ChangeRoles || what == store.ChangeReset { // either could make somebody another person
		plain := do
		do = func(who Actor) error { return d.proven(ctx, who, plain) }
	}
	if err := do(who); err != nil {
		if code := disclosure.CodeOf(err); code != "" {
			d.Denied(ctx, who, "account:"+what, id, code)
		}
		return Account{}, err
	}
	return d.Account(ctx, who, id)
}

// another refuses whoever may not change accounts, gives no reason, or would change their own.
func (d *Desk) another(ctx context.Context, who Actor, id, what string, perm disclosure.Permission, reason *string) error {
	if err := d.needs(ctx, who, perm, "account:"+what, object(id)); err != nil {
		return err
	}
	if err := reasoned(reason); err != nil {
		return err
	}
	switch {
	case uuid.Validate(id) != nil:
		return disclosure.Refuse(disclosure.NotFound, "")
	case id == who.ID:
		d.Denied(ctx, who, "account:"+what, id, disclosure.OwnAccount)
		return disclosure.Refuse(disclosure.OwnAccount, "")
	}
	return nil
}

// AccountChanges lists what the administrators changed, the newest first; person narrows it.
func (d *Desk) AccountChanges(ctx context.Context, who Actor, person, cursor string) (Page[AccountChange], error) {
	if err := d.administers(ctx, who, "account_changes", "", disclosure.MayAudit, disclosure.MayAccount, disclosure.MayManage); err != nil {
		return Page[AccountChange]{}, err
	}
	before := int64(0)
	if cursor != "" {
		n, err := strconv.ParseInt(cursor, 10, 64)
		if err != nil || n < 1 {
			return Page[AccountChange]{}, disclosure.Refuse(disclosure.BadValue, "cursor", "value", cursor, "allowed", "next")
		}
		before = n
	}
	rows, err := d.store.Changes(ctx, who.Unit, person, before, changesPage+1)
	if err != nil {
		return Page[AccountChange]{}, err
	}
	p := Page[AccountChange]{Items: []AccountChange{}}
	for i, c := range rows {
		if i == changesPage {
			p.Next = p.Items[i-1].ID
			break
		}
		p.Items = append(p.Items, AccountChange{
			ID: strconv.FormatInt(c.ID, 10), At: c.At, By: Ref{ID: c.By, Name: c.ByName}, Person: Ref{ID: c.Person, Name: c.PersonName},
			What: c.What, Before: c.Before, After: c.After, Reason: c.Reason,
		})
	}
	return p, nil
}

// Tokens lists one's own tokens.
func (d *Desk) Tokens(ctx context.Context, who Actor) ([]Token, error) { return d.tokens(ctx, who.ID) }

func (d *Desk) tokens(ctx context.Context, person string) ([]Token, error) {
	rows, err := d.store.Tokens(ctx, person)
	out := make([]Token, len(rows))
	for i, t := range rows {
		out[i] = Token{ID: t.ID, Name: t.Name, Scope: append([]string{}, t.Scope...), Made: t.CreatedAt, Expires: t.ExpiresAt}
	}
	return out, err
}

// AddToken makes a token of one's own. It may never do more than its person, nor outlive
// the longest life; who came with a token makes no wider one.
func (d *Desk) AddToken(ctx context.Context, who Actor, key string, in TokenInput) (Token, error) {
	if err := typed("name", &in.Name, 100); err != nil {
		return Token{}, err
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return Token{}, err
	}
	if in.Expires.IsZero() {
		return Token{}, disclosure.Refuse(disclosure.Required, "expires")
	}
	if !in.Expires.After(now) || in.Expires.Sub(now) > maxToken {
		return Token{}, disclosure.Refuse(disclosure.BadValue, "expires", "value", disclosure.ShowInstant(in.Expires, disclosure.DefaultZone), "allowed", "≤ 366 d")
	}
	if len(in.Scope) == 0 && who.Scope != nil {
		for _, p := range who.Scope {
			in.Scope = append(in.Scope, string(p))
		}
	}
	for _, p := range in.Scope {
		if !who.May(disclosure.Permission(p)) {
			return Token{}, disclosure.Refuse(disclosure.BadValue, "scope", "value", p, "allowed", strings.Join(permissions(who), ", "))
		}
	}
	secret, err := NewSecret()
	if err != nil {
		return Token{}, err
	}
	t := store.Token{ID: store.Derive("token", who.ID, key), Name: in.Name, ExpiresAt: in.Expires}
	if len(in.Scope) > 0 {
		t.Scope = listed(in.Scope)
	}
	if err := d.proven(ctx, who, func(who Actor) error { return d.store.AddToken(ctx, who.Person, t, secret) }); err != nil {
		return Token{}, err
	}
	return Token{ID: t.ID, Name: t.Name, Scope: append([]string{}, t.Scope...), Made: now, Expires: t.ExpiresAt, Secret: secret}, nil
}

// permissions are what somebody may here.
func permissions(who Actor) (all []string) {
	for _, r := range disclosure.Roles() {
		for _, p := range r.May {
			if who.May(p) && !slices.Contains(all, string(p)) {
				all = append(all, string(p))
			}
		}
	}
	return all
}

// RevokeToken ends a token of one's own, or for those who keep accounts, of anybody.
func (d *Desk) RevokeToken(ctx context.Context, who Actor, id, reason string) error {
	return d.store.RevokeToken(ctx, who.Person, id, who.May(disclosure.MayAccount), strings.TrimSpace(reason))
}

// typed trims what was typed and refuses nothing and too much.
func typed(field string, text *string, most int) error {
	*text = strings.TrimSpace(*text)
	switch {
	case *text == "":
		return disclosure.Refuse(disclosure.Required, field)
	case utf8.RuneCountInString(*text) > most:
		return disclosure.Refuse(disclosure.TooLong, field, "max", strconv.Itoa(most))
	}
	return nil
}

func reasoned(reason *string) error {
	if err := typed("reason", reason, disclosure.MaxReason); err != nil {
		if disclosure.CodeOf(err) == disclosure.Required {
			return disclosure.Refuse(disclosure.ReasonRequired, "reason")
		}
		return err
	}
	return nil
}

// at names the field that a refusal by the database is about.
func at(err error, code disclosure.Code, field string) error {
	if disclosure.CodeOf(err) == code {
		return disclosure.Refuse(code, field)
	}
	return err
}
