package api

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func (s *Server) calendarYears(c echo.Context) error {
	all, err := s.desk.CalendarYears(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

// yearVersion reads which version of which year the path names. What is no number is none.
func yearVersion(c echo.Context) (year, version int, err error) {
	if year, err = strconv.Atoi(param(c, "year")); err == nil {
		version, err = strconv.Atoi(param(c, "version"))
	}
	if err != nil {
		return 0, 0, disclosure.Refuse(disclosure.NotFound, "")
	}
	return year, version, nil
}

func (s *Server) calendarYear(c echo.Context) error {
	year, version, err := yearVersion(c)
	if err != nil {
		return err
	}
	v, err := s.desk.CalendarYear(c.Request().Context(), actor(c), year, version)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(v))
}

func (s *Server) proposeCalendarYear(c echo.Context) error {
	var in desk.CalendarInput
	if err := decode(c, &in); err != nil {
		return err
	}
	v, err := s.desk.ProposeCalendarYear(c.Request().Context(), actor(c), in)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", base+"/calendar-years/"+strconv.Itoa(v.Year.Year)+"/"+strconv.Itoa(v.Year.Version))
	return s.json(c, http.StatusCreated, whole(v))
}

func (s *Server) settleCalendarYear(c echo.Context) error {
	year, version, err := yearVersion(c)
	if err != nil {
		return err
	}
	var in settleInput
	if err := decode(c, &in); err != nil {
		return err
	}
	v, err := s.desk.SettleCalendarYear(c.Request().Context(), actor(c), year, version, in.Confirm)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(v))
}
