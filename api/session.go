package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

type session struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
	Me      desk.Me   `json:"me"`
}

// login answers with a token for programs and sets it as the cookie of browsers. With a
// new password it replaces the old one first.
func (s *Server) login(c echo.Context) error {
	var in desk.Credentials
	if err := decode(c, &in); err != nil {
		return err
	}
	switch {
	case in.Login == "":
		return disclosure.Refuse(disclosure.Required, "login")
	case in.Password == "":
		return disclosure.Refuse(disclosure.Required, "password")
	}
	if err := length("login", in.Login, 200); err != nil {
		return err
	}
	if err := length("password", in.Password, 1000); err != nil {
		return err
	}
	if err := length("new_password", in.NewPassword, 1000); err != nil {
		return err
	}
	if err := length("code", in.Code, 20); err != nil {
		return err
	}
	in.Remote = c.RealIP()
	ctx := c.Request().Context()
	opened, err := s.desk.Login(ctx, in)
	if err != nil {
		return err
	}
	me, err := s.desk.Me(ctx, opened.Actor)
	if err != nil {
		return err
	}
	c.SetCookie(s.cookie(opened.Secret, opened.Expires))
	return s.json(c, http.StatusOK, whole(session{opened.Secret, opened.Expires, me}))
}

func (s *Server) logout(c echo.Context) error {
	secret, _ := c.Get(keySecret).(string)
	if err := s.desk.Logout(c.Request().Context(), secret); err != nil {
		return err
	}
	gone := s.cookie("", time.Unix(0, 0))
	gone.MaxAge = -1
	c.SetCookie(gone)
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) me(c echo.Context) error {
	me, err := s.desk.Me(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(me))
}

// cookieName has the prefix with which a browser refuses a cookie that another
// host or a plain connection tries to set.
func (s *Server) cookieName() string {
	if s.options.Insecure {
		return "shenfa"
	}
	return "__Host-shenfa"
}

func (s *Server) cookie(secret string, expires time.Time) *http.Cookie {
	return &http.Cookie{
		Name: s.cookieName(), Value: secret, Path: "/", Expires: expires,
		Secure: !s.options.Insecure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}
