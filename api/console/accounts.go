package console

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

const accountsPath = base + "/accounts"

// accountsPage is everybody in the unit, and the form for somebody new.
type accountsPage struct {
	Frame
	People   []desk.Account
	Sections []desk.Ref
	Typed    accountForm
	Fresh    *desk.NewAccount // just made: the only time its password is seen
}

// accountPage is one person.
type accountPage struct {
	Frame
	Who      desk.Account
	Sections []desk.Ref
	All      []disclosure.RoleInfo
	Changes  []changeRow
	Typed    accountForm
	Fresh    *desk.NewAccount
}

type accountForm struct {
	Login, Name, Section, Reason, ID string
	Roles                            []string
}

// changesPage is what the administrators changed.
type changesPage struct {
	Frame
	Changes []changeRow
	Next    string
}

// changeRow is one change with what differs.
type changeRow struct {
	desk.AccountChange
	Lines []changedLine
}

// changedLine is one fact before and after.
type changedLine struct{ Fact, Before, After string }

// rolesPage is who may do what.
type rolesPage struct {
	Frame
	All         []disclosure.RoleInfo
	Permissions []disclosure.Permission
}

// Grants says whether a role allows something.
func (p rolesPage) Grants(r disclosure.RoleInfo, perm disclosure.Permission) bool {
	return slices.Contains(r.May, perm)
}

// Holds says whether a role is among those chosen.
func (p accountPage) Holds(r disclosure.Role) bool {
	if p.Problem.Form == "roles" {
		return slices.Contains(p.Typed.Roles, string(r))
	}
	return slices.Contains(p.Who.Roles, r)
}

// Own says whether it is the viewer's own account.
func (p accountPage) Own() bool { return p.Who.ID == p.Me.ID }

func (c *Console) accounts(v *visit) error {
	return c.showAccounts(v, http.StatusOK, accountForm{}, nil, nil, "")
}

func (c *Console) showAccounts(v *visit, code int, t accountForm, fresh *desk.NewAccount, refused error, form string) error {
	f, err := c.frame(v, "accounts.title", "accounts")
	if err != nil {
		return err
	}
	if refused != nil && !f.put(form, refused) {
		return refused
	}
	p := accountsPage{Frame: f, Typed: t, Fresh: fresh}
	if p.People, err = c.desk.Accounts(v.ctx(), v.who); err != nil {
		return err
	}
	if p.Sections, err = c.desk.Sections(v.ctx(), v.who); err != nil {
		return err
	}
	return c.show(v, code, "accounts", p)
}

// addAccount shows the one-time password on the page it answers with, and nowhere else.
func (c *Console) addAccount(v *visit) error {
	t := accountForm{Login: v.typed("login"), Name: v.typed("name"), Section: v.typed("section"), Reason: v.typed("reason")}
	made, err := c.desk.AddAccount(v.ctx(), v.who, v.key, desk.AccountInput{Login: t.Login, Name: t.Name, Section: t.Section, Reason: t.Reason})
	if err != nil {
		return c.showAccounts(v, status(disclosure.CodeOf(err)), t, nil, err, "account")
	}
	return c.showAccounts(v, http.StatusCreated, accountForm{}, &made, nil, "")
}

func (c *Console) addSection(v *visit) error {
	t := accountForm{ID: v.typed("id"), Name: v.typed("name"), Reason: v.typed("reason")}
	if _, err := c.desk.AddSection(v.ctx(), v.who, t.ID, t.Name, t.Reason); err != nil {
		return c.showAccounts(v, status(disclosure.CodeOf(err)), t, nil, err, "section")
	}
	return v.Redirect(http.StatusSeeOther, accountsPath+"?done=section")
}

func (c *Console) account(v *visit) error {
	return c.showAccount(v, http.StatusOK, accountForm{}, nil, nil, "")
}

func (c *Console) showAccount(v *visit, code int, t accountForm, fresh *desk.NewAccount, refused error, form string) error {
	f, err := c.frame(v, "accounts.title", "accounts")
	if err != nil {
		return err
	}
	if refused != nil && !f.put(form, refused) {
		return refused
	}
	p := accountPage{Frame: f, Typed: t, Fresh: fresh, All: disclosure.Roles()}
	if p.Who, err = c.desk.Account(v.ctx(), v.who, v.Param("id")); err != nil {
		return err
	}
	if p.Sections, err = c.desk.Sections(v.ctx(), v.who); err != nil {
		return err
	}
	page, err := c.desk.AccountChanges(v.ctx(), v.who, p.Who.ID, "")
	if err != nil {
		return err
	}
	p.Changes = f.changes(page.Items)
	return c.show(v, code, "account", p)
}

func (c *Console) changeAccount(v *visit) error {
	t := accountForm{Name: v.typed("name"), Section: v.typed("section"), Reason: v.typed("reason")}
	_, err := c.desk.ChangeAccount(v.ctx(), v.who, v.Param("id"), desk.AccountInput{Name: t.Name, Section: t.Section, Reason: t.Reason})
	return c.administered(v, "change", t, nil, err)
}

func (c *Console) grantRoles(v *visit) error {
	t := accountForm{Roles: v.Request().PostForm["roles"], Reason: v.typed("reason")}
	roles := []disclosure.Role{}
	for _, r := range t.Roles {
		roles = append(roles, disclosure.Role(r))
	}
	_, err := c.desk.GrantRoles(v.ctx(), v.who, v.Param("id"), roles, t.Reason)
	return c.administered(v, "roles", t, nil, err)
}

func (c *Console) disableAccount(v *visit) error {
	t := accountForm{Reason: v.typed("reason")}
	_, err := c.desk.DisableAccount(v.ctx(), v.who, v.Param("id"), t.Reason)
	return c.administered(v, "disable", t, nil, err)
}

func (c *Console) enableAccount(v *visit) error {
	t := accountForm{Reason: v.typed("reason")}
	_, err := c.desk.EnableAccount(v.ctx(), v.who, v.Param("id"), t.Reason)
	return c.administered(v, "enable", t, nil, err)
}

func (c *Console) resetPassword(v *visit) error {
	t := accountForm{Reason: v.typed("reason")}
	made, err := c.desk.ResetPassword(v.ctx(), v.who, v.Param("id"), t.Reason)
	return c.administered(v, "reset", t, &made, err)
}

func (c *Console) resetCodeApp(v *visit) error {
	t := accountForm{Reason: v.typed("reason")}
	_, err := c.desk.ResetCodeApp(v.ctx(), v.who, v.Param("id"), t.Reason)
	return c.administered(v, "codeapp", t, nil, err)
}

// administered shows the person as they are now, or the form again with what was typed.
func (c *Console) administered(v *visit, form string, t accountForm, fresh *desk.NewAccount, err error) error {
	switch {
	case err != nil:
		return c.showAccount(v, status(disclosure.CodeOf(err)), t, nil, err, form)
	case fresh != nil:
		return c.showAccount(v, http.StatusOK, accountForm{}, fresh, nil, "")
	}
	return v.Redirect(http.StatusSeeOther, accountsPath+"/"+url.PathEscape(v.Param("id"))+"?done=account")
}

func (c *Console) accountChanges(v *visit) error {
	f, err := c.frame(v, "changes.title", "accounts")
	if err != nil {
		return err
	}
	page, err := c.desk.AccountChanges(v.ctx(), v.who, "", v.QueryParam("after"))
	if err != nil {
		return err
	}
	return c.show(v, http.StatusOK, "changes", changesPage{Frame: f, Changes: f.changes(page.Items), Next: page.Next})
}

// accountStanding is whether an account is in use.
type accountStanding struct {
	Frame
	Who desk.Account
}

// Standing says whether an account is in use.
func (f Frame) Standing(who desk.Account) accountStanding { return accountStanding{f, who} }

// changes puts before and after side by side.
func (f Frame) changes(all []desk.AccountChange) []changeRow {
	rows := make([]changeRow, len(all))
	for i, x := range all {
		rows[i].AccountChange = x
		was, is := f.facts(x.Before), f.facts(x.After)
		both := maps.Clone(was)
		maps.Copy(both, is)
		for _, fact := range slices.Sorted(maps.Keys(both)) {
			if was[fact] != is[fact] {
				rows[i].Lines = append(rows[i].Lines, changedLine{Fact: f.T("fact." + fact), Before: was[fact], After: is[fact]})
			}
		}
	}
	return rows
}

// facts are the facts of an account in words.
func (f Frame) facts(raw []byte) map[string]string {
	var state map[string]any
	if json.Unmarshal(raw, &state) != nil {
		return nil
	}
	out := map[string]string{}
	for fact, value := range state {
		switch x := value.(type) {
		case string:
			out[fact] = x
		case bool:
			out[fact] = f.T("yes")
		case []any:
			var names []string
			for _, one := range x {
				id, _ := one.(string)
				names = append(names, f.Role(disclosure.Role(id)))
			}
			out[fact] = strings.Join(names, f.T("comma"))
		}
	}
	return out
}

func (c *Console) roles(v *visit) error {
	f, err := c.frame(v, "roles.title", "accounts")
	if err != nil {
		return err
	}
	p := rolesPage{Frame: f, All: disclosure.Roles()}
	for _, r := range p.All {
		for _, perm := range r.May {
			if !slices.Contains(p.Permissions, perm) {
				p.Permissions = append(p.Permissions, perm)
			}
		}
	}
	return c.show(v, http.StatusOK, "roles", p)
}
