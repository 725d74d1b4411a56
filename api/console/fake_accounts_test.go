package console

import (
	"context"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func (f *fake) OfferCodeApp(context.Context, desk.Actor) (desk.CodeApp, error) {
	return desk.CodeApp{Secret: "JBSWY3DPEHPK3PXP", URI: "otpauth://totp/Shenfa:zhouheng?secret=JBSWY3DPEHPK3PXP&issuer=Shenfa"}, f.called("OfferCodeApp", "")
}

func (f *fake) BindCodeApp(_ context.Context, _ desk.Actor, code string) error {
	return f.called("BindCodeApp", "%s", code)
}

func (f *fake) UnbindCodeApp(_ context.Context, who desk.Actor) error {
	return f.called("UnbindCodeApp", "%s", who.Proof.Typed)
}

func (f *fake) ResetCodeApp(_ context.Context, _ desk.Actor, id, reason string) (desk.Account, error) {
	return f.account(), f.called("ResetCodeApp", "%s %s", id, reason)
}

func (f *fake) account() desk.Account {
	return desk.Account{CodeApp: f.codeApp, ID: "p1", Login: "zhouheng", Name: f.newcomer, Section: desk.Ref{ID: "s1", Name: f.newcomer}, Roles: []disclosure.Role{disclosure.Drafter}, Tokens: []desk.Token{f.token()}}
}

func (f *fake) token() desk.Token {
	return desk.Token{ID: "t1", Name: f.newcomer, Scope: []string{"read"}, Made: morning, Expires: time.Date(2027, 1, 31, 16, 0, 0, 0, time.UTC)}
}

func (f *fake) Accounts(context.Context, desk.Actor) ([]desk.Account, error) {
	waiting, gone := f.account(), f.account()
	waiting.ID, waiting.OneTime, waiting.Roles = "p8", true, nil
	gone.ID, gone.Disabled = "p9", true
	return []desk.Account{f.account(), waiting, gone}, f.fail["Accounts"]
}

func (f *fake) Account(_ context.Context, _ desk.Actor, id string) (desk.Account, error) {
	a := f.account()
	a.ID = id
	return a, f.fail["Account"]
}

func (f *fake) AddAccount(_ context.Context, _ desk.Actor, key string, in desk.AccountInput) (desk.NewAccount, error) {
	return desk.NewAccount{Account: f.account(), Password: "once-only", Until: morning}, f.called("AddAccount", "%+v", in)
}

func (f *fake) ChangeAccount(_ context.Context, _ desk.Actor, id string, in desk.AccountInput) (desk.Account, error) {
	return f.account(), f.called("ChangeAccount", "%s %+v", id, in)
}

func (f *fake) GrantRoles(_ context.Context, _ desk.Actor, id string, roles []disclosure.Role, reason string) (desk.Account, error) {
	return f.account(), f.called("GrantRoles", "%s %v %s", id, roles, reason)
}

func (f *fake) DisableAccount(_ context.Context, _ desk.Actor, id, reason string) (desk.Account, error) {
	return f.account(), f.called("DisableAccount", "%s %s", id, reason)
}

func (f *fake) EnableAccount(_ context.Context, _ desk.Actor, id, reason string) (desk.Account, error) {
	return f.account(), f.called("EnableAccount", "%s %s", id, reason)
}

func (f *fake) ResetPassword(_ context.Context, _ desk.Actor, id, reason string) (desk.NewAccount, error) {
	return desk.NewAccount{Account: f.account(), Password: "once-only", Until: morning}, f.called("ResetPassword", "%s %s", id, reason)
}

func (f *fake) Sections(context.Context, desk.Actor) ([]desk.Ref, error) {
	return []desk.Ref{{ID: "s1", Name: f.newcomer}}, f.fail["Sections"]
}

func (f *fake) AddSection(_ context.Context, _ desk.Actor, id, name, reason string) (desk.Ref, error) {
	return desk.Ref{ID: id, Name: name}, f.called("AddSection", "%s %s %s", id, name, reason)
}

func (f *fake) AccountChanges(context.Context, desk.Actor, string, string) (desk.Page[desk.AccountChange], error) {
	was, is := `{"section":"s1","roles":["drafter"]}`, `{"section":"s2","roles":["drafter","section_head"],"disabled":true}`
	one := desk.AccountChange{ID: "1", At: morning, By: desk.Ref{ID: "p6", Name: f.newcomer}, Person: desk.Ref{ID: "p1", Name: f.newcomer}, What: "roles", Before: []byte(was), After: []byte(is), Reason: f.newcomer}
	return desk.Page[desk.AccountChange]{Items: []desk.AccountChange{one}}, f.fail["AccountChanges"]
}

func (f *fake) Tokens(context.Context, desk.Actor) ([]desk.Token, error) {
	return []desk.Token{f.token()}, f.fail["Tokens"]
}

func (f *fake) AddToken(_ context.Context, _ desk.Actor, key string, in desk.TokenInput) (desk.Token, error) {
	t := f.token()
	t.Secret = "secret-of-the-token"
	return t, f.called("AddToken", "%+v", in)
}

func (f *fake) RevokeToken(_ context.Context, _ desk.Actor, id, reason string) error {
	return f.called("RevokeToken", "%s %s", id, reason)
}
