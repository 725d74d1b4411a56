package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// The calendar as it is shown without bounds, and at most.
const (
	daysBack   = 1
	daysShown  = 31
	maxDaysFor = 366
)

func (s *Server) releases(c echo.Context) error {
	now := s.options.Now()
	q := queryOf(c, "from", "to")
	from := q.instant("from", now.AddDate(0, 0, -daysBack))
	to := q.instant("to", from.AddDate(0, 0, daysShown))
	if q.fault != nil {
		return q.fault
	}
	if to.Before(from) || to.After(from.AddDate(0, 0, maxDaysFor)) {
		return badValue("to", to.Format(time.RFC3339), from.Format(time.RFC3339)+" – "+from.AddDate(0, 0, maxDaysFor).Format(time.RFC3339))
	}
	all, err := s.desk.Releases(c.Request().Context(), actor(c), from, to)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func (s *Server) freezes(c echo.Context) error {
	all, err := s.desk.Freezes(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func (s *Server) freeze(c echo.Context) error {
	var in desk.FreezeInput
	if err := decode(c, &in); err != nil {
		return err
	}
	k, err := key(c)
	if err != nil {
		return err
	}
	if in.Scope == "" {
		return disclosure.Refuse(disclosure.Required, "scope")
	}
	if err := length("value", in.Value, disclosure.MaxShortText); err != nil {
		return err
	}
	if err := length("reason", in.Reason, disclosure.MaxReason); err != nil {
		return err
	}
	f, err := s.desk.Freeze(c.Request().Context(), actor(c), k, in)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", base+"/freeze/"+f.ID)
	return s.json(c, http.StatusCreated, f)
}

func (s *Server) unfreeze(c echo.Context) error {
	order, err := id(c, "id")
	if err != nil {
		return err
	}
	return s.lift(c, order)
}

// unfreezeOnly lifts the one freeze that stands. Which of several is meant is not
// ours to guess.
func (s *Server) unfreezeOnly(c echo.Context) error {
	all, err := s.desk.Freezes(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	var standing []string
	for _, f := range all {
		if f.LiftedAt == nil {
			standing = append(standing, f.ID)
		}
	}
	switch len(standing) {
	case 0:
		return disclosure.Refuse(disclosure.NotFound, "")
	case 1:
		return s.lift(c, standing[0])
	}
	return disclosure.Refuse(disclosure.Required, "id")
}

func (s *Server) lift(c echo.Context, order string) error {
	if err := s.desk.Unfreeze(c.Request().Context(), actor(c), order); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
