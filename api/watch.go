package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// rehearse asks for a rehearsal; its result shows on the item a moment later.
func (s *Server) rehearse(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	d, err := s.desk.Rehearse(c.Request().Context(), actor(c), item)
	return s.disclosed(c, http.StatusAccepted, d, err)
}

func (s *Server) repair(c echo.Context) error { return s.reasoned(c, s.desk.Repair) }

func (s *Server) settleCompanion(c echo.Context) error {
	return s.reasoned(c, s.desk.SettleCompanion)
}

func (s *Server) channelHealth(c echo.Context) error {
	all, err := s.desk.ChannelHealth(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func (s *Server) drift(c echo.Context) error {
	all, err := s.desk.Drift(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}
