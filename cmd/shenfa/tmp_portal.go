package main

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
)

func tmpPortal(e *echo.Echo, d *desk.Desk) {
	e.GET("/items/:number/body", func(c echo.Context) error {
		i, err := d.PublicItem(c.Request().Context(), c.Param("number"))
		if err != nil {
			return c.NoContent(404)
		}
		return c.Blob(http.StatusOK, "text/html", i.HTML)
	})
}
