package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
)

func TestAdministratorsActOnAccounts(t *testing.T) {
	t.Parallel()

	for _, one := range []struct {
		as, path string
		form     []string
		code     int
		call     string
	}{
		{"sysadmin", "/console/accounts", []string{"login", "wang", "name", "王柏", "section", "s1", "reason", "调入"}, http.StatusCreated, "AddAccount {Login:wang Name:王柏 Section:s1 Reason:调入}"},
		{"sysadmin", "/console/accounts/sections", []string{"id", "rescue", "name", "救援科", "reason", "改革"}, http.StatusSeeOther, "AddSection rescue 救援科 改革"},
		{"sysadmin", "/console/accounts/p1/change", []string{"name", "王柏", "section", "s2", "reason", "轮岗"}, http.StatusSeeOther, "ChangeAccount p1 {Login: Name:王柏 Section:s2 Reason:轮岗}"},
		{"secadmin", "/console/accounts/p1/roles", []string{"roles", "drafter", "roles", "section_head", "reason", "任命"}, http.StatusSeeOther, "GrantRoles p1 [drafter section_head] 任命"},
		{"sysadmin", "/console/accounts/p1/disable", []string{"reason", "离职"}, http.StatusSeeOther, "DisableAccount p1 离职"},
		{"sysadmin", "/console/accounts/p1/enable", []string{"reason", "返岗"}, http.StatusSeeOther, "EnableAccount p1 返岗"},
		{"sysadmin", "/console/accounts/p1/reset", []string{"reason", "忘记"}, http.StatusOK, "ResetPassword p1 忘记"},
		{"leader", "/console/tokens", []string{"name", "同步", "scope", "read", "expires", "2027-01-31"}, http.StatusCreated, "AddToken {Name:同步 Scope:[read] Expires:2027-01-31 16:00:00 +0000 UTC}"},
		{"leader", "/console/tokens/t1/revoke", nil, http.StatusSeeOther, "RevokeToken t1 "},
		{"leader", "/console/me/password", []string{"password", "right", "new_password", "a new long one"}, http.StatusSeeOther, "Renew p2 a new long one"},
	} {
		b := setup(t, plain())
		w := b.post(t, one.as, one.path, one.form...)
		require.Equal(t, one.code, w.Code, one.path)
		require.Equal(t, []string{strings.TrimSpace(one.call)}, b.desk.calls, one.path)
	}
}

func TestASecretIsSeenOnceAndARefusalKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	form := []string{"login", "wang", "name", "王柏", "section", "s1", "reason", "调入"}
	require.Contains(t, b.post(t, "sysadmin", "/console/accounts", form...).Body.String(), "once-only")
	require.NotContains(t, b.get(t, "sysadmin", "/console/accounts").Body.String(), "once-only")
	require.Contains(t, b.post(t, "leader", "/console/tokens", "name", "同步", "expires", "2027-01-31").Body.String(), "secret-of-the-token")
	require.NotContains(t, b.get(t, "leader", "/console/me").Body.String(), "secret-of-the-token")

	b.desk.fail["AddAccount"] = disclosure.Refuse(disclosure.LoginTaken, "login")
	w := b.post(t, "sysadmin", "/console/accounts", form...)
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	for _, kept := range []string{`value="wang"`, `value="王柏"`, `value="调入"`, `aria-invalid="true" aria-describedby="account-login-e"`} {
		require.Contains(t, w.Body.String(), kept)
	}
	sound(t, "refused account", w.Body.Bytes())
}

func TestAOneTimePasswordAsksForANewOne(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	require.NotContains(t, b.get(t, "", "/console/login").Body.String(), "new_password")
	b.desk.fail["Login"] = disclosure.Refuse(disclosure.PasswordMustChange, "new_password")
	w := b.post(t, "", "/console/login", "login", "p1", "password", "right")
	require.Equal(t, http.StatusUnauthorized, w.Code)
	require.Contains(t, w.Body.String(), `name="new_password"`)
	delete(b.desk.fail, "Login")
	w = b.post(t, "", "/console/login", "login", "p1", "password", "right", "new_password", "a new long one")
	require.Equal(t, http.StatusSeeOther, w.Code)
	require.Equal(t, []string{"Renew p1 a new long one"}, b.desk.calls)
}
