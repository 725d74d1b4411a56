package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

type leaveInput struct {
	Disclosure string `json:"disclosure"`
	Reason     string `json:"reason"`
}

func (s *Server) batches(c echo.Context) error {
	all, err := s.desk.Batches(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func (s *Server) batch(c echo.Context) error {
	id, err := id(c, "id")
	if err != nil {
		return err
	}
	b, err := s.desk.Batch(c.Request().Context(), actor(c), id)
	return s.batched(c, b, err)
}

func (s *Server) batched(c echo.Context, b desk.Batch, err error) error {
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, b)
}

func (s *Server) addBatch(c echo.Context) error {
	var in desk.BatchInput
	if err := decode(c, &in); err != nil {
		return err
	}
	k, err := key(c)
	if err != nil {
		return err
	}
	if err := length("title", in.Title, disclosure.MaxTitle); err != nil {
		return err
	}
	b, err := s.desk.AddBatch(c.Request().Context(), actor(c), k, in)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", base+"/batches/"+b.ID)
	return s.json(c, http.StatusCreated, b)
}

func (s *Server) rescheduleBatch(c echo.Context) error {
	var in rescheduleInput
	batch, k, err := act(c, &in)
	if err != nil {
		return err
	}
	if in.At == nil {
		return disclosure.Refuse(disclosure.Required, "at")
	}
	if err := length("reason", in.Reason, disclosure.MaxReason); err != nil {
		return err
	}
	b, err := s.desk.RescheduleBatch(c.Request().Context(), actor(c), batch, k, *in.At, in.Reason)
	return s.batched(c, b, err)
}

func (s *Server) recallBatch(c echo.Context) error {
	var in reasonInput
	batch, k, err := act(c, &in)
	if err != nil {
		return err
	}
	if err := length("reason", in.Reason, disclosure.MaxReason); err != nil {
		return err
	}
	out, err := s.desk.RecallBatch(c.Request().Context(), actor(c), batch, k, in.Reason)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(out))
}

func (s *Server) leaveBatch(c echo.Context) error {
	var in leaveInput
	batch, k, err := act(c, &in)
	if err != nil {
		return err
	}
	if err := length("disclosure", in.Disclosure, maxID); err != nil {
		return err
	}
	if err := length("reason", in.Reason, disclosure.MaxReason); err != nil {
		return err
	}
	b, err := s.desk.LeaveBatch(c.Request().Context(), actor(c), batch, k, in.Disclosure, in.Reason)
	return s.batched(c, b, err)
}
