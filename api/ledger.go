package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

func (s *Server) checkpoint(c echo.Context) error {
	note, err := s.desk.Checkpoint(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", note)
}

// export streams the ledger. Once it has begun, a fault can only be told by
// cutting the connection: half an export must not look like a whole one.
func (s *Server) export(c echo.Context) error {
	h := c.Response().Header()
	h.Set("Content-Type", "application/x-ndjson")
	h.Set("Content-Disposition", `attachment; filename="shenfa-ledger.jsonl"`)
	err := s.desk.ExportLog(c.Request().Context(), actor(c), c.Response())
	if err == nil {
		return nil
	}
	if !c.Response().Committed {
		h.Del("Content-Disposition")
		return err
	}
	s.report(c, "export broke off", err)
	panic(http.ErrAbortHandler)
}
