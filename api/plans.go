package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func (s *Server) plan(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	p, err := s.desk.Plan(c.Request().Context(), actor(c), item)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, p)
}

func (s *Server) blackouts(c echo.Context) error {
	all, err := s.desk.Blackouts(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func (s *Server) addBlackout(c echo.Context) error {
	var in desk.BlackoutInput
	if err := decode(c, &in); err != nil {
		return err
	}
	k, err := key(c)
	if err != nil {
		return err
	}
	if err := length("reason", in.Reason, disclosure.MaxReason); err != nil {
		return err
	}
	b, err := s.desk.AddBlackout(c.Request().Context(), actor(c), k, in)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", base+"/blackouts/"+b.ID)
	return s.json(c, http.StatusCreated, b)
}

func (s *Server) liftBlackout(c echo.Context) error {
	order, err := id(c, "id")
	if err != nil {
		return err
	}
	if err := s.desk.LiftBlackout(c.Request().Context(), actor(c), order); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
