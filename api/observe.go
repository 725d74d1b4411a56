package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/labstack/echo/v4"
)

const keyTrace = "shenfa.trace"

// observe surrounds every request: it names it, survives its panics, answers its
// error and logs it. The log holds the route's pattern, never the address, for ids
// and names in it are not the log's business.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start, trace := s.options.Now(), s.options.Trace()
		c.Set(keyTrace, trace)
		h := c.Response().Header()
		h.Set("X-Trace", trace)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")

		if err := s.survive(next, c); err != nil {
			c.Error(err)
		}
		s.options.Logger.LogAttrs(c.Request().Context(), slog.LevelInfo, "request",
			slog.String("method", known(c.Request().Method)),
			slog.String("route", c.Path()),
			slog.Int("status", c.Response().Status),
			slog.Duration("took", s.options.Now().Sub(start)),
			slog.String("trace", trace))
		return nil
	}
}

// panicked is an error that was a panic; its text stays in the log.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

func (s *Server) survive(next echo.HandlerFunc, c echo.Context) (err error) {
	defer func() {
		switch r := recover(); {
		case r == nil:
		case isAbort(r):
			panic(r)
		default:
			err = &panicked{r, debug.Stack()}
		}
	}()
	return next(c)
}

// isAbort recognises the panic with which a handler cuts its connection.
func isAbort(r any) bool {
	err, ok := r.(error)
	return ok && errors.Is(err, http.ErrAbortHandler)
}

// known keeps a stranger's own words out of the log.
func known(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}
