package api

import (
	"github.com/labstack/echo/v4"

	"shenfa/internal/disclosure"
)

// weChat hands a callback to the channel's receiver, which answers in WeChat's own way.
func (s *Server) weChat(c echo.Context) error {
	if s.options.WeChat == nil {
		return disclosure.Refuse(disclosure.NotFound, "")
	}
	s.options.WeChat.ServeHTTP(c.Response(), c.Request())
	return nil
}
