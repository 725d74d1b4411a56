package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
)

// diff tells what changed from one version to another.
func (s *Server) diff(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	q := queryOf(c, "from", "to")
	ask := desk.CompareQuery{From: q.number("from", 0, 0, 1<<30), To: q.number("to", 0, 0, 1<<30), Files: true}
	if q.fault != nil {
		return q.fault
	}
	out, err := s.desk.Compare(c.Request().Context(), actor(c), item, ask)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(out))
}
