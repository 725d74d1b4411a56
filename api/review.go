package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

type reasonInput struct {
	Reason string `json:"reason"`
}

type bypassInput struct {
	ManifestHash disclosure.Hash `json:"manifest_hash"`
	Reason       string          `json:"reason"`
}

type rescheduleInput struct {
	At     *time.Time `json:"at"`
	Reason string     `json:"reason"`
}

type dispositionInput struct {
	Disposition disclosure.Disposition `json:"disposition"`
	Reason      string                 `json:"reason"`
}

func (s *Server) submit(c echo.Context) error {
	item, rev, err := draft(c)
	if err != nil {
		return err
	}
	k, err := key(c)
	if err != nil {
		return err
	}
	d, err := s.desk.Submit(c.Request().Context(), actor(c), item, k, rev)
	return s.disclosed(c, http.StatusOK, d, err)
}

func (s *Server) findings(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	all, err := s.desk.Findings(c.Request().Context(), actor(c), item)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func (s *Server) dispose(c echo.Context) error {
	var in dispositionInput
	item, k, err := act(c, &in)
	if err != nil {
		return err
	}
	finding, err := id(c, "fid")
	if err != nil {
		return disclosure.Refuse(disclosure.FindingUnknown, "")
	}
	allowed := []string{string(disclosure.FalseAlarm), string(disclosure.LawfulHere)}
	switch {
	case in.Disposition == "":
		return disclosure.Refuse(disclosure.Required, "disposition")
	case in.Disposition != disclosure.FalseAlarm && in.Disposition != disclosure.LawfulHere:
		return badValue("disposition", string(in.Disposition), allowed...)
	}
	if err := length("reason", in.Reason, disclosure.MaxReason); err != nil {
		return err
	}
	d, err := s.desk.Dispose(c.Request().Context(), actor(c), item, finding, k, in.Disposition, in.Reason)
	return s.disclosed(c, http.StatusOK, d, err)
}

type treatInput struct {
	Findings []string `json:"findings"`
}

func (s *Server) treat(c echo.Context) error {
	item, rev, err := draft(c)
	if err != nil {
		return err
	}
	var in treatInput
	if err := decode(c, &in); err != nil {
		return err
	}
	for i, f := range in.Findings {
		if err := length("findings["+strconv.Itoa(i)+"]", f, maxID); err != nil {
			return err
		}
	}
	d, err := s.desk.Treat(c.Request().Context(), actor(c), item, rev, in.Findings)
	return s.disclosed(c, http.StatusOK, d, err)
}

func (s *Server) decide(c echo.Context) error {
	var in desk.DecisionInput
	item, k, err := act(c, &in)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name, value string
		must        bool
		most        int
	}{
		{"step", in.Step, true, maxID},
		{"outcome", string(in.Outcome), true, maxID},
		{"manifest_hash", string(in.ManifestHash), true, maxID},
		{"opinion", in.Opinion, false, disclosure.MaxReason},
		{"basis", in.Basis, false, disclosure.MaxShortText},
		{"return_to", in.ReturnTo, false, maxID},
	} {
		if f.must && f.value == "" {
			return disclosure.Refuse(disclosure.Required, f.name)
		}
		if err := length(f.name, f.value, f.most); err != nil {
			return err
		}
	}
	d, err := s.desk.Decide(c.Request().Context(), actor(c), item, k, in)
	return s.disclosed(c, http.StatusOK, d, err)
}

func (s *Server) withdraw(c echo.Context) error { return s.reasoned(c, s.desk.Withdraw) }
func (s *Server) restore(c echo.Context) error  { return s.reasoned(c, s.desk.Restore) }
func (s *Server) recall(c echo.Context) error   { return s.reasoned(c, s.desk.Recall) }
func (s *Server) clear(c echo.Context) error    { return s.reasoned(c, s.desk.ClearQuarantine) }

// takeDown asks for more than a reason.
func (s *Server) takeDown(c echo.Context) error {
	var in desk.WithdrawalInput
	item, k, err := act(c, &in)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name, value string
		most        int
	}{
		{"type", in.Type, maxID},
		{"reason", in.Reason, disclosure.MaxReason},
		{"successor", in.Successor, maxID},
		{"document", in.Document, disclosure.MaxShortText},
	} {
		if err := length(f.name, f.value, f.most); err != nil {
			return err
		}
	}
	d, err := s.desk.TakeDown(c.Request().Context(), actor(c), item, k, in)
	return s.disclosed(c, http.StatusOK, d, err)
}

// closeIncident takes what was done as its reason.
func (s *Server) closeIncident(c echo.Context) error { return s.reasoned(c, s.desk.CloseIncident) }

// reasoned does an act that needs nothing but a reason.
func (s *Server) reasoned(c echo.Context, do func(ctx context.Context, who desk.Actor, id, key, reason string) (desk.Disclosure, error)) error {
	var in reasonInput
	item, k, err := act(c, &in)
	if err != nil {
		return err
	}
	if err := length("reason", in.Reason, disclosure.MaxReason); err != nil {
		return err
	}
	d, err := do(c.Request().Context(), actor(c), item, k, in.Reason)
	return s.disclosed(c, http.StatusOK, d, err)
}

func (s *Server) bypass(c echo.Context) error {
	var in bypassInput
	item, k, err := act(c, &in)
	if err != nil {
		return err
	}
	if in.ManifestHash == "" {
		return disclosure.Refuse(disclosure.Required, "manifest_hash")
	}
	if err := length("manifest_hash", string(in.ManifestHash), maxID); err != nil {
		return err
	}
	if err := length("reason", in.Reason, disclosure.MaxReason); err != nil {
		return err
	}
	d, err := s.desk.Bypass(c.Request().Context(), actor(c), item, k, in.ManifestHash, in.Reason)
	return s.disclosed(c, http.StatusOK, d, err)
}

// ratify judges a bypass afterwards.
func (s *Server) ratify(c echo.Context) error {
	var in desk.RatifyInput
	item, k, err := act(c, &in)
	if err != nil {
		return err
	}
	if in.Bypass == "" {
		return disclosure.Refuse(disclosure.Required, "bypass")
	}
	for _, f := range []struct {
		name, value string
		most        int
	}{{"bypass", in.Bypass, maxID}, {"outcome", string(in.Outcome), maxID}, {"reason", in.Reason, disclosure.MaxReason}} {
		if err := length(f.name, f.value, f.most); err != nil {
			return err
		}
	}
	d, err := s.desk.Ratify(c.Request().Context(), actor(c), item, k, in)
	return s.disclosed(c, http.StatusOK, d, err)
}

// reevaluate judges again what was not made public.
func (s *Server) reevaluate(c echo.Context) error {
	var in desk.ReevaluateInput
	item, k, err := act(c, &in)
	if err != nil {
		return err
	}
	if err := errors.Join(length("outcome", string(in.Outcome), maxID), length("reason", in.Reason, disclosure.MaxReason)); err != nil {
		return err
	}
	d, err := s.desk.Reevaluate(c.Request().Context(), actor(c), item, k, in)
	return s.disclosed(c, http.StatusOK, d, err)
}

type rerouteInput struct {
	Route  disclosure.RouteRef `json:"route"`
	Reason string              `json:"reason"`
}

func (s *Server) reroutes(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	all, err := s.desk.Reroutes(c.Request().Context(), actor(c), item)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, desk.Page[desk.RerouteOption]{Items: all})
}

// reroute puts an item in review on another route.
func (s *Server) reroute(c echo.Context) error {
	var in rerouteInput
	item, k, err := act(c, &in)
	if err != nil {
		return err
	}
	if in.Route.ID == "" {
		return disclosure.Refuse(disclosure.Required, "route")
	}
	if err := length("route", in.Route.ID, maxID); err != nil {
		return err
	}
	if err := length("reason", in.Reason, disclosure.MaxReason); err != nil {
		return err
	}
	d, err := s.desk.Reroute(c.Request().Context(), actor(c), item, k, in.Route, in.Reason)
	return s.disclosed(c, http.StatusOK, d, err)
}

// extend gives a step more time.
func (s *Server) extend(c echo.Context) error {
	var in desk.ExtendInput
	item, k, err := act(c, &in)
	if err != nil {
		return err
	}
	if in.Step == "" {
		return disclosure.Refuse(disclosure.Required, "step")
	}
	if err := length("step", in.Step, maxID); err != nil {
		return err
	}
	if err := length("reason", in.Reason, disclosure.MaxReason); err != nil {
		return err
	}
	d, err := s.desk.Extend(c.Request().Context(), actor(c), item, k, in)
	return s.disclosed(c, http.StatusOK, d, err)
}

func (s *Server) reschedule(c echo.Context) error {
	var in rescheduleInput
	item, k, err := act(c, &in)
	if err != nil {
		return err
	}
	if in.At == nil {
		return disclosure.Refuse(disclosure.Required, "at")
	}
	if err := length("reason", in.Reason, disclosure.MaxReason); err != nil {
		return err
	}
	d, err := s.desk.Reschedule(c.Request().Context(), actor(c), item, k, *in.At, in.Reason)
	return s.disclosed(c, http.StatusOK, d, err)
}

// act reads what every act on a disclosure has: its id, the key and its input.
func act(c echo.Context, in any) (item, k string, err error) {
	if item, err = id(c, "id"); err != nil {
		return "", "", err
	}
	if k, err = key(c); err != nil {
		return "", "", err
	}
	return item, k, decode(c, in)
}

func (s *Server) inbox(c echo.Context) error {
	q := queryOf(c, "cursor", "limit")
	cursor, limit := q.text("cursor", maxCursor), q.number("limit", defaultPage, 1, maxPage)
	if q.fault != nil {
		return q.fault
	}
	page, err := s.desk.Inbox(c.Request().Context(), actor(c), cursor, limit)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(page))
}
