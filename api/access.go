package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// route is what the table says about one route besides its path.
type route struct {
	stated   bool // who may call it; without, nobody may
	public   bool
	any      []disclosure.Permission // one of them is enough; none: anyone signed in
	limit    int64                   // bytes of a request
	timeout  time.Duration
	harmless bool // may be repeated at will, and its answer must not be kept
}

type option func(*route)

// public opens a route to everyone.
func public() option { return func(r *route) { r.stated, r.public = true, true } }

// signedIn opens a route to everyone with an account.
func signedIn() option { return func(r *route) { r.stated = true } }

// needs opens a route to whoever has one of the permissions.
func needs(one ...disclosure.Permission) option {
	return func(r *route) { r.stated, r.any = len(one) > 0, one }
}

// file lets a route take an upload of max bytes, and the lines of a form around it.
func file(maxBytes int64) option { return func(r *route) { r.limit = maxBytes + formOverhead } }

// changesNothing frees a POST from the idempotency key: it is an act of nobody, or its answer
// must not be kept.
func changesNothing() option { return func(r *route) { r.harmless = true } }

func within(d time.Duration) option { return func(r *route) { r.timeout = d } }

const (
	keyActor  = "shenfa.actor"
	keySecret = "shenfa.secret"
	keyLimit  = "shenfa.limit"
)

// guard lets a request through to h if the route's line in the table allows it.
func (s *Server) guard(r route, h echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		request := c.Request()
		ctx, cancel := context.WithTimeout(request.Context(), r.timeout)
		defer func() {
			// Why it failed must be known after the context is gone.
			if err != nil && ctx.Err() != nil {
				err = errors.Join(err, ctx.Err())
			}
			cancel()
			c.SetRequest(request)
		}()
		// A slow sender or reader is cut off by its connection; not every writer has one.
		stream := http.NewResponseController(c.Response().Writer)
		_ = stream.SetReadDeadline(s.options.Now().Add(r.timeout))
		_ = stream.SetWriteDeadline(s.options.Now().Add(r.timeout + time.Second))

		c.SetRequest(request.WithContext(ctx))
		c.Set(keyLimit, r.limit)
		s.secure(c)
		if err := s.admit(c, r); err != nil {
			return err
		}
		return h(c)
	}
}

func (s *Server) admit(c echo.Context, r route) error {
	var who desk.Actor
	secret, byHeader := s.secret(c)
	if !r.public {
		if secret == "" {
			return disclosure.Refuse(disclosure.Unauthenticated, "")
		}
		var err error
		if who, err = s.desk.Authenticate(c.Request().Context(), secret, c.RealIP()); err != nil {
			return err
		}
		who.Proof = proof(c)
		c.Set(keyActor, who)
		c.Set(keySecret, secret)
	}
	// A browser adds the cookie to what another site makes it send; it never adds
	// the header by itself.
	if !byHeader {
		if err := s.foreign.Check(c.Request()); err != nil {
			return s.deny(c, who, "why", "cross-origin")
		}
	}
	if !r.stated || !r.public && len(r.any) > 0 && !slices.ContainsFunc(r.any, who.May) {
		return s.deny(c, who)
	}
	return nil
}

func (s *Server) deny(c echo.Context, who desk.Actor, why ...string) error {
	if who.ID != "" {
		s.desk.Denied(c.Request().Context(), who, c.Request().Method+" "+c.Path(), param(c, "id"), disclosure.Forbidden)
	}
	return disclosure.Refuse(disclosure.Forbidden, "", why...)
}

// secret finds the token, and whether it came in the header.
func (s *Server) secret(c echo.Context) (secret string, byHeader bool) {
	if h := c.Request().Header.Get(echo.HeaderAuthorization); h != "" {
		scheme, token, _ := strings.Cut(h, " ")
		if !strings.EqualFold(scheme, "bearer") {
			return "", true
		}
		return strings.TrimSpace(token), true
	}
	if cookie, err := c.Cookie(s.cookieName()); err == nil {
		return cookie.Value, false
	}
	return "", false
}

// actor is who guard let through.
func actor(c echo.Context) desk.Actor {
	who, _ := c.Get(keyActor).(desk.Actor)
	return who
}

// secure sets the headers of an answer that must not be kept, framed or run.
func (s *Server) secure(c echo.Context) {
	h := c.Response().Header()
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}
