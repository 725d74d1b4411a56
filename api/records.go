package api

import (
	"cmp"
	"context"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
)

// opinionRecord sends what a person said on every item of some days.
func (s *Server) opinionRecord(c echo.Context) error { return s.record(c, s.desk.OpinionRecord) }

// reviewRecord sends the summary of the confidentiality reviews of some days.
func (s *Server) reviewRecord(c echo.Context) error { return s.record(c, s.desk.ReviewRecord) }

func (s *Server) record(c echo.Context, of func(ctx context.Context, who desk.Actor, q desk.RecordQuery) (desk.FileData, error)) error {
	q := desk.RecordQuery{Person: c.QueryParam("person"), From: c.QueryParam("from"), Until: c.QueryParam("until"), As: cmp.Or(c.QueryParam("as"), desk.AsPDF)}
	for name, value := range map[string]string{"person": q.Person, "from": q.From, "until": q.Until, "as": q.As} {
		if err := length(name, value, maxCursor); err != nil {
			return err
		}
	}
	f, err := of(c.Request().Context(), actor(c), q)
	if err != nil {
		return err
	}
	return download(c, f)
}
