package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// announcements is what the API asks of the desk about announcements (发布预告).
type announcements interface {
	Announcements(ctx context.Context, who desk.Actor, cursor string, limit int) (desk.Page[desk.Announcement], error)
	Announcement(ctx context.Context, who desk.Actor, id string) (desk.Announcement, error)
	Announce(ctx context.Context, who desk.Actor, key string, in desk.AnnouncementInput) (desk.Announcement, error)
	ChangeAnnouncement(ctx context.Context, who desk.Actor, id string, in desk.AnnouncementInput) (desk.Announcement, error)
	SettleAnnouncement(ctx context.Context, who desk.Actor, id string, line int, confirm bool) (desk.Announcement, error)
	WithdrawAnnouncement(ctx context.Context, who desk.Actor, id, reason string) (desk.Announcement, error)
}

func (s *Server) announcements(c echo.Context) error {
	q := queryOf(c, "cursor", "limit")
	cursor, limit := q.text("cursor", maxCursor), q.number("limit", defaultPage, 1, maxPage)
	if q.fault != nil {
		return q.fault
	}
	page, err := s.desk.Announcements(c.Request().Context(), actor(c), cursor, limit)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(page))
}

func (s *Server) announcement(c echo.Context) error {
	which, err := id(c, "id")
	if err != nil {
		return err
	}
	a, err := s.desk.Announcement(c.Request().Context(), actor(c), which)
	return s.announced(c, http.StatusOK, a, err)
}

func (s *Server) announced(c echo.Context, status int, a desk.Announcement, err error) error {
	if err != nil {
		return err
	}
	return s.json(c, status, whole(a))
}

func (s *Server) announce(c echo.Context) error {
	var in desk.AnnouncementInput
	k, err := key(c)
	if err != nil {
		return err
	}
	if err := decode(c, &in); err != nil {
		return err
	}
	a, err := s.desk.Announce(c.Request().Context(), actor(c), k, in)
	if err == nil {
		c.Response().Header().Set("Location", base+"/announcements/"+a.ID)
	}
	return s.announced(c, http.StatusCreated, a, err)
}

func (s *Server) changeAnnouncement(c echo.Context) error {
	var in desk.AnnouncementInput
	which, _, err := act(c, &in)
	if err != nil {
		return err
	}
	a, err := s.desk.ChangeAnnouncement(c.Request().Context(), actor(c), which, in)
	return s.announced(c, http.StatusCreated, a, err)
}

func (s *Server) settleAnnouncement(c echo.Context) error {
	var in settleInput
	which, _, err := act(c, &in)
	if err != nil {
		return err
	}
	line, err := strconv.Atoi(param(c, "line"))
	if err != nil {
		return disclosure.Refuse(disclosure.NotFound, "")
	}
	a, err := s.desk.SettleAnnouncement(c.Request().Context(), actor(c), which, line, in.Confirm)
	return s.announced(c, http.StatusOK, a, err)
}

func (s *Server) withdrawAnnouncement(c echo.Context) error {
	var in reasonInput
	which, _, err := act(c, &in)
	if err != nil {
		return err
	}
	a, err := s.desk.WithdrawAnnouncement(c.Request().Context(), actor(c), which, in.Reason)
	return s.announced(c, http.StatusOK, a, err)
}
