package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

type rolesInput struct {
	Roles  []disclosure.Role `json:"roles"`
	Reason string            `json:"reason"`
}

type sectionInput struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

func (s *Server) accounts(c echo.Context) error {
	all, err := s.desk.Accounts(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func (s *Server) account(c echo.Context) error {
	return s.ofPerson(c, s.desk.Account)
}

// ofPerson answers with what happens to the person of the path.
func (s *Server) ofPerson(c echo.Context, do func(ctx context.Context, who desk.Actor, person string) (desk.Account, error)) error {
	person, err := id(c, "id")
	if err != nil {
		return err
	}
	a, err := do(c.Request().Context(), actor(c), person)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(a))
}

func (s *Server) addAccount(c echo.Context) error {
	in, err := accountInput(c)
	if err != nil {
		return err
	}
	k, err := key(c)
	if err != nil {
		return err
	}
	a, err := s.desk.AddAccount(c.Request().Context(), actor(c), k, in)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", base+"/people/"+a.ID)
	return s.json(c, http.StatusCreated, whole(a))
}

func accountInput(c echo.Context) (desk.AccountInput, error) {
	var in desk.AccountInput
	if err := decode(c, &in); err != nil {
		return in, err
	}
	return in, length("reason", in.Reason, disclosure.MaxReason)
}

func (s *Server) changeAccount(c echo.Context) error {
	in, err := accountInput(c)
	if err != nil {
		return err
	}
	return s.ofPerson(c, func(ctx context.Context, who desk.Actor, person string) (desk.Account, error) {
		return s.desk.ChangeAccount(ctx, who, person, in)
	})
}

func (s *Server) grantRoles(c echo.Context) error {
	var in rolesInput
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := length("reason", in.Reason, disclosure.MaxReason); err != nil {
		return err
	}
	return s.ofPerson(c, func(ctx context.Context, who desk.Actor, person string) (desk.Account, error) {
		return s.desk.GrantRoles(ctx, who, person, in.Roles, in.Reason)
	})
}

func (s *Server) disableAccount(c echo.Context) error { return s.withReason(c, s.desk.DisableAccount) }

func (s *Server) enableAccount(c echo.Context) error { return s.withReason(c, s.desk.EnableAccount) }

func (s *Server) withReason(c echo.Context, do func(ctx context.Context, who desk.Actor, person, reason string) (desk.Account, error)) error {
	in, err := accountInput(c)
	if err != nil {
		return err
	}
	return s.ofPerson(c, func(ctx context.Context, who desk.Actor, person string) (desk.Account, error) {
		return do(ctx, who, person, in.Reason)
	})
}

func (s *Server) resetPassword(c echo.Context) error {
	in, err := accountInput(c)
	if err != nil {
		return err
	}
	person, err := id(c, "id")
	if err != nil {
		return err
	}
	a, err := s.desk.ResetPassword(c.Request().Context(), actor(c), person, in.Reason)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(a))
}

func (s *Server) sections(c echo.Context) error {
	all, err := s.desk.Sections(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func (s *Server) addSection(c echo.Context) error {
	var in sectionInput
	if err := decode(c, &in); err != nil {
		return err
	}
	made, err := s.desk.AddSection(c.Request().Context(), actor(c), in.ID, in.Name, in.Reason)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusCreated, made)
}

func (s *Server) accountChanges(c echo.Context) error {
	person, cursor := c.QueryParam("person"), c.QueryParam("cursor")
	for name, value := range map[string]string{"person": person, "cursor": cursor} {
		if err := length(name, value, maxCursor); err != nil {
			return err
		}
	}
	page, err := s.desk.AccountChanges(c.Request().Context(), actor(c), person, cursor)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(page))
}

func (s *Server) tokens(c echo.Context) error {
	all, err := s.desk.Tokens(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func (s *Server) addToken(c echo.Context) error {
	var in desk.TokenInput
	if err := decode(c, &in); err != nil {
		return err
	}
	k, err := key(c)
	if err != nil {
		return err
	}
	t, err := s.desk.AddToken(c.Request().Context(), actor(c), k, in)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusCreated, whole(t))
}

func (s *Server) revokeToken(c echo.Context) error {
	token, err := id(c, "id")
	if err != nil {
		return err
	}
	reason := c.QueryParam("reason")
	if err := length("reason", reason, disclosure.MaxReason); err != nil {
		return err
	}
	if err := s.desk.RevokeToken(c.Request().Context(), actor(c), token, reason); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
