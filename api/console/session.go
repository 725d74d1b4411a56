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
	Code  bool // an app is bound: its code comes with the password

	Action string // of the form that waits for its sender to sign in again
	Kept   []keptField
	Files  bool
}

func (c *Console) loginForm(v *visit) error {
	return c.show(v, http.StatusOK, "login", loginPage{Frame: c.bare(v, "login.title"), Next: within(v.QueryParam("next"))})
}

// login keeps the name that was typed, never the password.
func (c *Console) login(v *visit) error {
	page := loginPage{Frame: c.bare(v, "login.title"), Login: v.typed("login"), Next: within(v.typed("next"))}
	if action := within(v.typed("action")); action != base {
		page.Action, page.Kept, page.Files = action, kept(v.Request().PostForm, keptPrefix), v.typed("files") != ""
	}
	in := desk.Credentials{
		Login: page.Login, Password: v.Request().PostFormValue("password"), Code: v.typed("code"),
		NewPassword: v.Request().PostFormValue("new_password"), Remote: v.RealIP(),
	}
	s, err := c.enter(v, in)
	if err == nil && page.Action != "" {
		v.who, v.secret = s.Actor, s.Secret
		return c.resumed(v, page.Action, page.Kept, page.Files)
	}
	if err == nil {
		return v.Redirect(http.StatusSeeOther, page.Next)
	}
	if !page.put("login", err) {
		return err
	}
	page.Renew = in.NewPassword != "" || disclosure.CodeOf(err) == disclosure.PasswordMustChange
	page.Code = in.Code != "" || disclosure.CodeOf(err) == disclosure.ProofRequired
	return c.show(v, status(disclosure.CodeOf(err)), "login", page)
}

func (c *Console) enter(v *visit, in desk.Credentials) (desk.Session, error) {
	switch {
	case in.Login == "":
		return desk.Session{}, disclosure.Refuse(disclosure.Required, "login")
	case in.Password == "":
		return desk.Session{}, disclosure.Refuse(disclosure.Required, "password")
	case len(in.Login) > 200 || len(in.Password) > 1000 || len(in.NewPassword) > 1000:
		return desk.Session{}, disclosure.Refuse(disclosure.BadLogin, "password")
	}
	s, err := c.desk.Login(v.ctx(), in)
	if err != nil {
		return s, err
	}
	v.SetCookie(c.cookie(s.Secret, s.Expires))
	return s, nil
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
