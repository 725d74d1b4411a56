package desk

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

func TestThreeAdministratorsKeepTheAccountsBetweenThem(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	ctx := t.Context()
	sys, sec, auditor := p.as(p.SystemAdmin), p.as(p.SecurityAdmin), p.as(p.Auditor)
	in := AccountInput{Login: "newcomer", Name: "新来的", Section: p.Section, Reason: "调入"}

	for name, tc := range map[string]struct {
		who   Actor
		field string
		want  disclosure.Code
		in    func(AccountInput) AccountInput
	}{
		"OnlyTheSystemAdministratorMakesOne": {sec, "", disclosure.Forbidden, nil},
		"NotEvenALeader":                     {p.as(p.Principal), "", disclosure.Forbidden, nil},
		"NoLogin":                            {sys, "login", disclosure.Required, func(i AccountInput) AccountInput { i.Login = " "; return i }},
		"ALoginIsPlain":                      {sys, "login", disclosure.BadValue, func(i AccountInput) AccountInput { i.Login = "a b"; return i }},
		"NoReason":                           {sys, "reason", disclosure.ReasonRequired, func(i AccountInput) AccountInput { i.Reason = ""; return i }},
		"NoSuchSection":                      {sys, "section", disclosure.BadValue, func(i AccountInput) AccountInput { i.Section = "none"; return i }},
	} {
		it := in
		if tc.in != nil {
			it = tc.in(in)
		}
		_, err := p.AddAccount(ctx, tc.who, uuid.NewString(), it)
		var refusal *disclosure.Refusal
		require.ErrorAs(t, err, &refusal, name)
		require.Equal(t, []string{string(tc.want), tc.field}, []string{string(refusal.Code), refusal.Field}, name)
	}

	made, err := p.AddAccount(ctx, sys, uuid.NewString(), in)
	require.NoError(t, err)
	require.Empty(t, made.Roles, "somebody else grants them")
	_, err = p.AddAccount(ctx, sys, uuid.NewString(), in)
	require.Equal(t, disclosure.LoginTaken, disclosure.CodeOf(err))

	_, err = p.GrantRoles(ctx, sys, made.ID, []disclosure.Role{disclosure.Drafter}, "x")
	require.Equal(t, disclosure.Forbidden, disclosure.CodeOf(err), "the system administrator grants none")
	_, err = p.GrantRoles(ctx, sec, p.SecurityAdmin.ID, []disclosure.Role{disclosure.Drafter}, "x")
	require.Equal(t, disclosure.OwnAccount, disclosure.CodeOf(err))
	_, err = p.GrantRoles(ctx, sec, made.ID, []disclosure.Role{disclosure.Drafter, disclosure.Auditor}, "x")
	require.Equal(t, disclosure.RolesMixed, disclosure.CodeOf(err))
	granted, err := p.GrantRoles(ctx, sec, made.ID, []disclosure.Role{disclosure.Drafter, disclosure.SectionHead}, "任科长")
	require.NoError(t, err)
	require.Equal(t, []disclosure.Role{disclosure.Drafter, disclosure.SectionHead}, granted.Roles)

	_, err = p.DisableAccount(ctx, sys, p.Auditor.ID, "离职")
	require.Equal(t, disclosure.LastAdministrator, disclosure.CodeOf(err), "the last auditor stays")
	_, err = p.GrantRoles(ctx, sys, p.Auditor.ID, nil, "x")
	require.Equal(t, disclosure.Forbidden, disclosure.CodeOf(err))
	_, err = p.GrantRoles(ctx, sec, p.SystemAdmin.ID, nil, "x")
	require.Equal(t, disclosure.LastAdministrator, disclosure.CodeOf(err), "and the last system administrator")

	page, err := p.AccountChanges(ctx, auditor, made.ID, "")
	require.NoError(t, err)
	require.Len(t, page.Items, 2, "what was refused changed nothing")
	require.Equal(t, []string{"roles", "任科长", p.SecurityAdmin.ID}, []string{page.Items[0].What, page.Items[0].Reason, page.Items[0].By.ID})
	require.JSONEq(t, `{"login":"newcomer","name":"新来的","section":"`+p.Section+`"}`, string(page.Items[0].Before))
	require.JSONEq(t, `{"login":"newcomer","name":"新来的","section":"`+p.Section+`","roles":["drafter","section_head"]}`, string(page.Items[0].After))
	_, err = p.AccountChanges(ctx, p.as(p.Drafter), "", "")
	require.Equal(t, disclosure.Forbidden, disclosure.CodeOf(err))
}

func TestAOneTimePasswordIsGoodForANewOneAndNothingElse(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	ctx := t.Context()
	sys := p.as(p.SystemAdmin)
	made, err := p.AddAccount(ctx, sys, uuid.NewString(), AccountInput{Login: "first", Name: "甲", Section: p.Section, Reason: "调入"})
	require.NoError(t, err)

	_, err = p.Login(ctx, Credentials{Login: "first", Password: made.Password})
	require.Equal(t, disclosure.PasswordMustChange, disclosure.CodeOf(err))
	for _, weak := range []string{"short", "first", made.Password} {
		_, err = p.Login(ctx, Credentials{Login: "first", Password: made.Password, NewPassword: weak})
		require.Equal(t, disclosure.PasswordWeak, disclosure.CodeOf(err), weak)
	}
	_, err = p.Login(ctx, Credentials{Login: "first", Password: "wrong", NewPassword: "a long new password"})
	require.Equal(t, disclosure.BadLogin, disclosure.CodeOf(err))
	opened, err := p.Login(ctx, Credentials{Login: "first", Password: made.Password, NewPassword: "a long new password"})
	require.NoError(t, err)
	_, err = p.Authenticate(ctx, opened.Secret, "")
	require.NoError(t, err)
	_, err = p.Login(ctx, Credentials{Login: "first", Password: made.Password})
	require.Equal(t, disclosure.BadLogin, disclosure.CodeOf(err))
	_, err = p.Login(ctx, Credentials{Login: "first", Password: "a long new password"})
	require.NoError(t, err)

	reset, err := p.ResetPassword(ctx, sys, made.ID, "忘记密码")
	require.NoError(t, err)
	_, err = p.Authenticate(ctx, opened.Secret, "")
	require.Equal(t, disclosure.Unauthenticated, disclosure.CodeOf(err), "signed out everywhere")
	_, err = testkit.Open(t, p.Superuser).ExecContext(ctx, `UPDATE people SET one_time_until = clock_timestamp() - interval '1 second' WHERE id = $1`, made.ID)
	require.NoError(t, err)
	_, err = p.Login(ctx, Credentials{Login: "first", Password: reset.Password, NewPassword: "another long one"})
	require.Equal(t, disclosure.BadLogin, disclosure.CodeOf(err), "it waited too long")

	_, err = p.DisableAccount(ctx, sys, made.ID, "离职")
	require.NoError(t, err)
	back, err := p.EnableAccount(ctx, sys, made.ID, "返岗")
	require.NoError(t, err)
	require.False(t, back.Disabled)
}

func TestATokenDoesWhatItWasMadeForAndNoMore(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	ctx := t.Context()
	officer := p.as(p.Officer)
	ask := TokenInput{Name: "日历同步", Scope: []string{"read"}, Expires: p.now.Add(24 * time.Hour)}

	wide := ask
	wide.Scope = []string{"read", "bypass"}
	_, err := p.AddToken(ctx, officer, "k0", wide)
	require.Equal(t, disclosure.BadValue, disclosure.CodeOf(err), "more than its person may")
	late := ask
	late.Expires = p.now.Add(400 * 24 * time.Hour)
	_, err = p.AddToken(ctx, officer, "k0", late)
	require.Equal(t, disclosure.BadValue, disclosure.CodeOf(err))

	made, err := p.AddToken(ctx, officer, "k1", ask)
	require.NoError(t, err)
	machine, err := p.Authenticate(ctx, made.Secret, "")
	machine.proved = true
	require.NoError(t, err)
	require.True(t, machine.May(disclosure.MayRead))
	require.False(t, machine.May(disclosure.MayRelease), "its person may, it may not")
	_, err = p.AddBlackout(ctx, machine, "k2", BlackoutInput{From: p.now, Until: p.now.Add(time.Hour), Reason: "x"})
	require.Equal(t, disclosure.Forbidden, disclosure.CodeOf(err))
	same, err := p.AddToken(ctx, machine, "k3", TokenInput{Name: "更宽", Expires: ask.Expires})
	require.NoError(t, err)
	require.Equal(t, []string{"read"}, same.Scope, "a token makes no wider one")

	listed, err := p.Tokens(ctx, officer)
	require.NoError(t, err)
	require.Len(t, listed, 2)
	require.Empty(t, listed[0].Secret, "shown once")

	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(p.RevokeToken(ctx, p.as(p.Drafter), made.ID, "")))
	require.NoError(t, p.RevokeToken(ctx, p.as(p.SystemAdmin), made.ID, "泄露"))
	_, err = p.Authenticate(ctx, made.Secret, "")
	require.Equal(t, disclosure.Unauthenticated, disclosure.CodeOf(err))
}
