package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"shenfa/webhook"
)

// webhookSchema is at an address that stands in every event.
func (s *Server) webhookSchema(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "public, max-age=300")
	return c.Blob(http.StatusOK, "application/schema+json", webhook.Schema())
}
