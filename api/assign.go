package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// assign does one kind of act on the task that waits. What the act does not need, it does
// not look at.
func (s *Server) assign(act disclosure.ActType) echo.HandlerFunc {
	return func(c echo.Context) error {
		var in desk.AssignInput
		item, k, err := actOf(c, &in)
		if err != nil {
			return err
		}
		d, err := s.desk.Assign(c.Request().Context(), actor(c), item, k, act, in)
		return s.disclosed(c, http.StatusOK, d, err)
	}
}

func actOf(c echo.Context, in *desk.AssignInput) (item, k string, err error) {
	if item, k, err = act(c, in); err != nil {
		return "", "", err
	}
	for _, f := range []struct {
		name, value string
		most        int
	}{{"step", in.Step, maxID}, {"person", in.Person, maxID}, {"where", in.Where, maxID}, {"reason", in.Reason, disclosure.MaxReason}} {
		if err := length(f.name, f.value, f.most); err != nil {
			return "", "", err
		}
	}
	return item, k, nil
}

func (s *Server) follow(c echo.Context) error   { return s.following(c, true) }
func (s *Server) unfollow(c echo.Context) error { return s.following(c, false) }

func (s *Server) following(c echo.Context, follow bool) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	d, err := s.desk.Follow(c.Request().Context(), actor(c), item, follow)
	return s.disclosed(c, http.StatusOK, d, err)
}

func (s *Server) colleagues(c echo.Context) error {
	all, err := s.desk.Colleagues(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func (s *Server) delegations(c echo.Context) error {
	all, err := s.desk.Delegations(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func (s *Server) addDelegation(c echo.Context) error {
	var in desk.DelegationInput
	if err := decode(c, &in); err != nil {
		return err
	}
	k, err := key(c)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name, value string
		most        int
	}{{"giver", in.Giver, maxID}, {"delegate", in.Delegate, maxID}, {"disclosure", in.Disclosure, maxID}, {"reason", in.Reason, disclosure.MaxReason}} {
		if err := length(f.name, f.value, f.most); err != nil {
			return err
		}
	}
	g, err := s.desk.AddDelegation(c.Request().Context(), actor(c), k, in)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", base+"/delegations/"+g.ID)
	return s.json(c, http.StatusCreated, g)
}

func (s *Server) revokeDelegation(c echo.Context) error {
	g, err := id(c, "id")
	if err != nil {
		return err
	}
	if err := s.desk.RevokeDelegation(c.Request().Context(), actor(c), g); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
