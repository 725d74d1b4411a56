package console

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

const (
	maxForm = 256 << 10 // bytes of a form without a file
	timeout = 30 * time.Second
	// fileTimeout leaves the readers of files the minute that one may take, and more to wait for one.
	fileTimeout = 2 * time.Minute

	pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

	// scriptPolicy is for pages that have a script of ours.
	scriptPolicy = pagePolicy + "; script-src 'self'"
)

// route is what the table says about one route besides its path.
type route struct {
	stated bool // who may call it; without, nobody may
	open   bool
	any    []disclosure.Permission // one of them is enough; none: anyone signed in
	limit  int64                   // bytes of a request
	files  bool                    // it waits for files to be read
}

type option func(*route)

// open lets everyone in.
func open() option { return func(r *route) { r.stated, r.open = true, true } }

// signedIn lets in everyone with an account.
func signedIn() option { return func(r *route) { r.stated = true } }

// needs lets in whoever has one of the permissions.
func needs(one ...disclosure.Permission) option {
	return func(r *route) { r.stated, r.any = len(one) > 0, one }
}

// upload lets a form carry a file of max bytes.
func upload(max int64) option { return func(r *route) { r.limit, r.files = max+maxForm, true } }

// reads gives a page that has files read the time for it.
func reads() option { return func(r *route) { r.files = true } }

// visit is one request of one person.
type visit struct {
	echo.Context
	who    desk.Actor
	secret string
	lang   string
	key    string // of the form that was sent: the act's idempotency key
}

func (v *visit) ctx() context.Context { return v.Request().Context() }

// typed is what stands in a field, without the blanks around it.
func (v *visit) typed(field string) string {
	return strings.TrimSpace(v.Request().PostFormValue(field))
}

// guard lets a request through to h if the route's line in the table allows it, and
// answers whatever error comes back: no error of a page reaches anybody else.
func (c *Console) guard(r route, h handler) echo.HandlerFunc {
	return func(e echo.Context) error {
		limit := timeout
		if r.files {
			limit = fileTimeout
		}
		ctx, cancel := context.WithTimeout(e.Request().Context(), limit)
		defer cancel()
		e.SetRequest(e.Request().WithContext(ctx))
		secure(e)
		v := &visit{Context: e, lang: c.language(e)}
		err := c.admit(v, r)
		if err == nil {
			err = h(v)
		}
		if disclosure.CodeOf(err) == disclosure.Unauthenticated {
			if offered, err := c.keep(v, r.limit); offered {
				return err
			}
		}
		if err != nil {
			return c.fail(v, err)
		}
		return nil
	}
}

func (c *Console) admit(v *visit, r route) error {
	var who desk.Actor
	if cookie, err := v.Cookie(c.cookieName()); err == nil && !r.open {
		v.secret = cookie.Value
		if who, err = c.desk.Authenticate(v.ctx(), v.secret, v.RealIP()); err != nil {
			return err
		}
		v.who = who
	}
	if !r.open && v.secret == "" {
		return disclosure.Refuse(disclosure.Unauthenticated, "")
	}
	if err := c.foreign.Check(v.Request()); err != nil {
		return c.deny(v)
	}
	if !r.stated || len(r.any) > 0 && !slices.ContainsFunc(r.any, who.May) {
		return c.deny(v)
	}
	if v.Request().Method != http.MethodPost {
		return nil
	}
	if err := readForm(v, r.limit); err != nil {
		return err
	}
	if r.open {
		return nil
	}
	var ours bool
	if v.key, ours = c.opened(v.secret, v.typed("token")); !ours {
		return c.deny(v)
	}
	// All forms of a page carry its one token: the address tells their acts apart.
	v.key += " " + v.Request().URL.Path
	v.who.Proof = desk.Proof{Typed: v.Request().PostFormValue("proof"), Key: v.key}
	return nil
}

func (c *Console) deny(v *visit) error {
	if v.who.ID != "" {
		c.desk.Denied(v.ctx(), v.who, v.Request().Method+" "+v.Path(), v.Param("id"), disclosure.Forbidden)
	}
	return disclosure.Refuse(disclosure.Forbidden, "")
}

// readForm keeps all of a form in memory: what is not public yet must not be written
// to a temporary file in clear.
func readForm(v *visit, limit int64) error {
	r := v.Request()
	r.Body = http.MaxBytesReader(v.Response(), r.Body, limit)
	err := r.ParseMultipartForm(limit)
	if errors.Is(err, http.ErrNotMultipart) {
		err = r.ParseForm()
	}
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return disclosure.Refuse(disclosure.TooLarge, "file", "max", fmt.Sprintf("%d MiB", max(limit>>20, 1)))
	}
	if err != nil {
		return disclosure.Refuse(disclosure.BadRequest, "", "why", "form")
	}
	return nil
}

// sealed makes a token for one form of one session: another site cannot make it, and
// what it names is the key under which the act happens once.
func (c *Console) sealed(secret string) string {
	key := c.options.Random()
	return key + "." + seal(secret, key)
}

func (c *Console) opened(secret, token string) (key string, ours bool) {
	key, mark, _ := strings.Cut(token, ".")
	return key, key != "" && hmac.Equal([]byte(mark), []byte(seal(secret, key)))
}

func seal(secret, key string) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte("shenfa form " + key))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// secure sets the headers of a page that must not be kept, framed or scripted. The
// referrer stays on this site: without one, browsers send forms with no origin.
func secure(e echo.Context) {
	h := e.Response().Header()
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}
