package console

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"rsc.io/qr"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// mePage is one's own account.
type mePage struct {
	Frame
	Tokens  []desk.Token
	Fresh   *desk.Token // just made: the only time its secret is seen
	Typed   tokenForm
	Choices []disclosure.Permission // what a token may be narrowed to
	App     *desk.CodeApp           // offered now, to be bound by a code
}

type tokenForm struct {
	Name, Expires string
	Scope         []string
}

// Chosen says whether a permission was ticked.
func (p mePage) Chosen(perm disclosure.Permission) bool {
	return slices.Contains(p.Typed.Scope, string(perm))
}

func (c *Console) me(v *visit) error { return c.showMe(v, http.StatusOK, mePage{}) }

// meRefused shows the page with what was typed and what is wrong in form.
func (c *Console) meRefused(v *visit, form string, p mePage, err error) error {
	f, broken := c.frame(v, "me.title", "me")
	if broken != nil {
		return broken
	}
	if !f.put(form, err) {
		return err
	}
	p.Frame = f
	return c.showMe(v, status(disclosure.CodeOf(err)), p)
}

func (c *Console) showMe(v *visit, code int, p mePage) (err error) {
	if p.Problem.Form == "" {
		if p.Frame, err = c.frame(v, "me.title", "me"); err != nil {
			return err
		}
	}
	p.Here = base + "/me"
	for _, r := range p.Me.Roles {
		for _, perm := range r.May {
			if !slices.Contains(p.Choices, perm) {
				p.Choices = append(p.Choices, perm)
			}
		}
	}
	if p.Tokens, err = c.desk.Tokens(v.ctx(), v.who); err != nil {
		return err
	}
	return c.show(v, code, "me", p)
}

// renewOwn changes one's own password; the session goes on under a new secret.
func (c *Console) renewOwn(v *visit) error {
	form := v.Request().PostForm
	if form.Get("new_password") == "" {
		return c.meRefused(v, "password", mePage{}, disclosure.Refuse(disclosure.Required, "new_password"))
	}
	s, err := c.desk.Login(v.ctx(), desk.Credentials{
		Login: v.who.Login, Password: form.Get("password"), Code: v.typed("code"), NewPassword: form.Get("new_password"), Remote: v.RealIP(),
	})
	if err != nil {
		return c.meRefused(v, "password", mePage{}, err)
	}
	v.SetCookie(c.cookie(s.Secret, s.Expires))
	return v.Redirect(http.StatusSeeOther, base+"/me?done=password")
}

func (c *Console) addToken(v *visit) error {
	t := tokenForm{Name: v.typed("name"), Expires: v.typed("expires"), Scope: v.Request().PostForm["scope"]}
	in := desk.TokenInput{Name: t.Name, Scope: t.Scope}
	if t.Expires != "" {
		day, err := time.ParseInLocation(time.DateOnly, t.Expires, c.zone)
		if err != nil {
			return c.meRefused(v, "newtoken", mePage{Typed: t}, disclosure.Refuse(disclosure.WrongType, "expires", "why", "YYYY-MM-DD"))
		}
		in.Expires = day.AddDate(0, 0, 1).UTC() // to the end of that day
	}
	made, err := c.desk.AddToken(v.ctx(), v.who, v.key, in)
	if err != nil {
		return c.meRefused(v, "newtoken", mePage{Typed: t}, err)
	}
	return c.showMe(v, http.StatusCreated, mePage{Fresh: &made})
}

func (c *Console) revokeToken(v *visit) error {
	if err := c.desk.RevokeToken(v.ctx(), v.who, v.Param("id"), v.typed("reason")); err != nil {
		return err
	}
	to := base + "/me"
	if person := v.typed("person"); person != "" {
		to = accountsPath + "/" + url.PathEscape(person)
	}
	return v.Redirect(http.StatusSeeOther, to+"?done=revoke")
}

// offerCodeApp shows the secret for an app once, as text and as a QR code.
func (c *Console) offerCodeApp(v *visit) error {
	app, err := c.desk.OfferCodeApp(v.ctx(), v.who)
	if err != nil {
		return c.meRefused(v, "codeapp", mePage{}, err)
	}
	return c.showMe(v, http.StatusOK, mePage{App: &app})
}

func (c *Console) bindCodeApp(v *visit) error {
	if err := c.desk.BindCodeApp(v.ctx(), v.who, v.typed("code")); err != nil {
		// The secret is the person's own: shown again beside a wrong code, it is no secret more.
		app := desk.CodeApp{Secret: v.typed("secret"), URI: v.typed("uri")}
		return c.meRefused(v, "bind", mePage{App: &app}, err)
	}
	return v.Redirect(http.StatusSeeOther, base+"/me?done=bound")
}

func (c *Console) unbindCodeApp(v *visit) error {
	if err := c.desk.UnbindCodeApp(v.ctx(), v.who); err != nil {
		return c.meRefused(v, "codeapp", mePage{}, err)
	}
	return v.Redirect(http.StatusSeeOther, base+"/me?done=unbound")
}

// QR draws text as a QR code with the quiet zone of four modules around it.
func (f Frame) QR(text, label string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("qr code: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
			}
		}
	}
	return template.HTML(fmt.Sprintf(`<svg class="qr" viewBox="-4 -4 %d %d" role="img" aria-label="%s"><rect x="-4" y="-4" width="100%%" height="100%%" fill="#fff"/><path d="%s" fill="#000"/></svg>`,
		code.Size+8, code.Size+8, template.HTMLEscapeString(label), path.String())), nil
}

// LastOf is the last moment before an end: what ends with a day is good for that day.
func (p mePage) LastOf(end time.Time) time.Time { return end.Add(-time.Second) }
