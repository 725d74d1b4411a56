package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
)

// notices is what the API asks of the desk about telling people, and why something is due when it is.
type notices interface {
	Clocks(ctx context.Context, who desk.Actor, id string) ([]desk.Clock, error)
	Notices(ctx context.Context, who desk.Actor, all bool, cursor string) (desk.Page[desk.Notice], error)
	DismissNotice(ctx context.Context, who desk.Actor, id string) error
	DismissNotices(ctx context.Context, who desk.Actor, upTo string) error
	NoticeSettings(ctx context.Context, who desk.Actor) (desk.NoticeSettings, error)
	SetNoticeSettings(ctx context.Context, who desk.Actor, s desk.MailSettings) (desk.NoticeSettings, error)
}

type dismissInput struct {
	UpTo string `json:"up_to"`
}

func (s *Server) notices(c echo.Context) error {
	q := queryOf(c, "all", "cursor")
	all, cursor := q.truth("all"), q.text("cursor", maxCursor)
	if q.fault != nil {
		return q.fault
	}
	page, err := s.desk.Notices(c.Request().Context(), actor(c), all, cursor)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(page))
}

func (s *Server) dismissNotice(c echo.Context) error {
	n, err := id(c, "id")
	if err != nil {
		return err
	}
	if err := s.desk.DismissNotice(c.Request().Context(), actor(c), n); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) dismissNotices(c echo.Context) error {
	var in dismissInput
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := s.desk.DismissNotices(c.Request().Context(), actor(c), in.UpTo); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) noticeSettings(c echo.Context) error {
	n, err := s.desk.NoticeSettings(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(n))
}

func (s *Server) setNoticeSettings(c echo.Context) error {
	var in desk.MailSettings
	if err := decode(c, &in); err != nil {
		return err
	}
	n, err := s.desk.SetNoticeSettings(c.Request().Context(), actor(c), in)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(n))
}

func (s *Server) clocks(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	all, err := s.desk.Clocks(c.Request().Context(), actor(c), item)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}
