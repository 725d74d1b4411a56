package console

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

type loginPage struct {
	Frame
	Login string
	Next  string
	Renew bool // the password was for one time: a new one comes with it
}

func (c *Console) loginForm(v *visit) error {
	return c.show(v, http.StatusOK, "login", loginPage{Frame: c.bare(v, "login.title"), Next: within(v.QueryParam("next"))})
}

// login keeps the name that was typed, never the password.
func (c *Console) login(v *visit) error {
	page := loginPage{Frame: c.bare(v, "login.title"), Login: v.typed("login"), Next: within(v.typed("next"))}
	fresh := v.Request().PostFormValue("new_password")
	err := c.enter(v, page.Login, v.Request().PostFormValue("password"), fresh)
	if err == nil {
		return v.Redirect(http.StatusSeeOther, page.Next)
	}
	if !page.put("login", err) {
		return err
	}
	page.Renew = fresh != "" || disclosure.CodeOf(err) == disclosure.PasswordMustChange
	return c.show(v, status(disclosure.CodeOf(err)), "login", page)
}

func (c *Console) enter(v *visit, login, password, fresh string) error {
	switch {
	case login == "":
		return disclosure.Refuse(disclosure.Required, "login")
	case password == "":
		return disclosure.Refuse(disclosure.Required, "password")
	case len(login) > 200 || len(password) > 1000 || len(fresh) > 1000:
		return disclosure.Refuse(disclosure.BadLogin, "password")
	}
	open := func() (desk.Session, error) { return c.desk.Login(v.ctx(), login, password, v.RealIP()) }
	if fresh != "" {
		open = func() (desk.Session, error) { return c.desk.Renew(v.ctx(), login, password, fresh, v.RealIP()) }
	}
	s, err := open()
	if err != nil {
		return err
	}
	v.SetCookie(c.cookie(s.Secret, s.Expires))
	return nil
}

func (c *Console) logout(v *visit) error {
	if err := c.desk.Logout(v.ctx(), v.secret); err != nil {
		return err
	}
	gone := c.cookie("", time.Unix(0, 0))
	gone.MaxAge = -1
	v.SetCookie(gone)
	return v.Redirect(http.StatusSeeOther, base+"/login")
}

// within keeps people inside the console: no address leads elsewhere after sign-in.
func within(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || strings.Contains(next, `\`) || u.Path != base && !strings.HasPrefix(u.Path, base+"/") ||
		strings.Contains(u.Path, "//") || strings.Contains(u.Path, "..") {
		return base
	}
	return u.RequestURI()
}

// cookieName has the prefix with which a browser refuses a cookie that another host
// or a plain connection tries to set. The API's cookie is the same.
func (c *Console) cookieName() string {
	if c.options.Insecure {
		return "shenfa"
	}
	return "__Host-shenfa"
}

func (c *Console) cookie(secret string, expires time.Time) *http.Cookie {
	return &http.Cookie{
		Name: c.cookieName(), Value: secret, Path: "/", Expires: expires,
		Secure: !c.options.Insecure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}
