package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

const healthTimeout = 5 * time.Second

type health struct {
	Status string            `json:"status"`
	Parts  map[string]string `json:"parts"`
}

// health says which part does not work; why is in the log.
func (s *Server) health(c echo.Context) error { return s.state(c, func(string) bool { return true }) }

// ready says whether all of it works. A release that is late does not make it unready:
// taking the server away would mend nothing.
func (s *Server) ready(c echo.Context) error {
	return s.state(c, func(part string) bool { return part != "releases" })
}

func (s *Server) state(c echo.Context, counts func(part string) bool) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), healthTimeout)
	defer cancel()

	answer, n := health{Status: "ok", Parts: map[string]string{}}, http.StatusOK
	for part, err := range s.desk.Health(ctx) {
		if !counts(part) {
			continue
		}
		answer.Parts[part] = "ok"
		if err != nil {
			answer.Parts[part], answer.Status, n = "failing", "failing", http.StatusServiceUnavailable
			s.options.Logger.LogAttrs(ctx, slog.LevelWarn, "part is failing", slog.String("part", part),
				slog.String("error_type", fmt.Sprintf("%T", err)), slog.String("error", err.Error()))
		}
	}
	return s.json(c, n, answer)
}
