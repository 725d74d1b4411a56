package api

import (
	"context"
	"encoding/json"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func (f *fake) OfferCodeApp(ctx context.Context, who desk.Actor) (desk.CodeApp, error) {
	return desk.CodeApp{Secret: "JBSWY3DPEHPK3PXP", URI: "otpauth://totp/Shenfa:li.wen"}, f.called(ctx, "offer code app %s", who.Proof.Token)
}

func (f *fake) BindCodeApp(ctx context.Context, _ desk.Actor, code string) error {
	return f.called(ctx, "bind code app %s", code)
}

func (f *fake) UnbindCodeApp(ctx context.Context, who desk.Actor) error {
	return f.called(ctx, "unbind code app %s", who.Proof.Token)
}

func (f *fake) ResetCodeApp(ctx context.Context, _ desk.Actor, id, reason string) (desk.Account, error) {
	return account(), f.called(ctx, "reset code app %s %s", id, reason)
}

func account() desk.Account {
	return desk.Account{ID: "p1", Login: "li.wen", Name: "李文", Section: desk.Ref{ID: "s1"}, Roles: []disclosure.Role{disclosure.Drafter}, Tokens: []desk.Token{oneToken()}}
}

func oneToken() desk.Token {
	return desk.Token{ID: "t1", Name: "同步", Scope: []string{"read"}, Made: noon, Expires: noon}
}

func (f *fake) Accounts(ctx context.Context, _ desk.Actor) ([]desk.Account, error) {
	return []desk.Account{account()}, f.called(ctx, "accounts")
}

func (f *fake) Account(ctx context.Context, _ desk.Actor, id string) (desk.Account, error) {
	return account(), f.called(ctx, "account %s", id)
}

func (f *fake) AddAccount(ctx context.Context, _ desk.Actor, key string, in desk.AccountInput) (desk.NewAccount, error) {
	return desk.NewAccount{Account: account(), Password: "once", Until: noon}, f.called(ctx, "add account %s %+v", key, in)
}

func (f *fake) ChangeAccount(ctx context.Context, _ desk.Actor, id string, in desk.AccountInput) (desk.Account, error) {
	return account(), f.called(ctx, "change account %s %+v", id, in)
}

func (f *fake) GrantRoles(ctx context.Context, _ desk.Actor, id string, roles []disclosure.Role, reason string) (desk.Account, error) {
	return account(), f.called(ctx, "grant %s %v %s", id, roles, reason)
}

func (f *fake) DisableAccount(ctx context.Context, _ desk.Actor, id, reason string) (desk.Account, error) {
	return account(), f.called(ctx, "disable %s %s", id, reason)
}

func (f *fake) EnableAccount(ctx context.Context, _ desk.Actor, id, reason string) (desk.Account, error) {
	return account(), f.called(ctx, "enable %s %s", id, reason)
}

func (f *fake) ResetPassword(ctx context.Context, _ desk.Actor, id, reason string) (desk.NewAccount, error) {
	return desk.NewAccount{Account: account(), Password: "once", Until: noon}, f.called(ctx, "reset %s %s", id, reason)
}

func (f *fake) Sections(ctx context.Context, _ desk.Actor) ([]desk.Ref, error) {
	return []desk.Ref{{ID: "s1", Name: "预案科"}}, f.called(ctx, "sections")
}

func (f *fake) AddSection(ctx context.Context, _ desk.Actor, id, name, reason string) (desk.Ref, error) {
	return desk.Ref{ID: id, Name: name}, f.called(ctx, "add section %s %s %s", id, name, reason)
}

func (f *fake) AccountChanges(ctx context.Context, _ desk.Actor, person, cursor string) (desk.Page[desk.AccountChange], error) {
	one := desk.AccountChange{ID: "1", At: noon, What: "roles", Before: json.RawMessage(`{}`), After: json.RawMessage(`{"roles":["drafter"]}`), Reason: "任命"}
	return desk.Page[desk.AccountChange]{Items: []desk.AccountChange{one}}, f.called(ctx, "account changes %s %s", person, cursor)
}

func (f *fake) Tokens(ctx context.Context, _ desk.Actor) ([]desk.Token, error) {
	return []desk.Token{oneToken()}, f.called(ctx, "tokens")
}

func (f *fake) AddToken(ctx context.Context, _ desk.Actor, key string, in desk.TokenInput) (desk.Token, error) {
	t := oneToken()
	t.Secret = "secret"
	return t, f.called(ctx, "add token %s %+v", key, in)
}

func (f *fake) RevokeToken(ctx context.Context, _ desk.Actor, id, reason string) error {
	return f.called(ctx, "revoke %s %s", id, reason)
}
