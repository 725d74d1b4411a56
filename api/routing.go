package api

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

type settleInput struct {
	Confirm bool `json:"confirm"`
}

func (s *Server) allRoutes(c echo.Context) error {
	all, err := s.desk.Routes(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

// routeRef reads which version of which route the path names.
func routeRef(c echo.Context) (disclosure.RouteRef, error) {
	name, err := id(c, "id")
	if err != nil {
		return disclosure.RouteRef{}, err
	}
	version, err := strconv.Atoi(param(c, "version"))
	if err != nil {
		return disclosure.RouteRef{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	return disclosure.RouteRef{ID: name, Version: version}, nil
}

func (s *Server) route(c echo.Context) error {
	ref, err := routeRef(c)
	if err != nil {
		return err
	}
	v, err := s.desk.Route(c.Request().Context(), actor(c), ref)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(v))
}

func (s *Server) proposeRoute(c echo.Context) error {
	var in desk.RouteInput
	if err := decode(c, &in); err != nil {
		return err
	}
	v, err := s.desk.ProposeRoute(c.Request().Context(), actor(c), in)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", base+"/routes/"+v.Route.ID+"/"+strconv.Itoa(v.Route.Version))
	return s.json(c, http.StatusCreated, whole(v))
}

func (s *Server) settleRoute(c echo.Context) error {
	ref, err := routeRef(c)
	if err != nil {
		return err
	}
	var in settleInput
	if err := decode(c, &in); err != nil {
		return err
	}
	v, err := s.desk.SettleRoute(c.Request().Context(), actor(c), ref, in.Confirm)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(v))
}

func (s *Server) simulateRoute(c echo.Context) error {
	var in desk.SimulationInput
	if err := decode(c, &in); err != nil {
		return err
	}
	v, err := s.desk.Simulate(c.Request().Context(), actor(c), in)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(v))
}
