package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// maxCampaignReport is how long the report that closes a campaign may be, in characters.
const maxCampaignReport = 10000

type trialInput struct {
	Query  desk.CampaignQuery `json:"query"`
	Cursor string             `json:"cursor"`
}

type reportInput struct {
	Report string `json:"report"`
}

func (s *Server) evidence(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	e, err := s.desk.Evidence(c.Request().Context(), actor(c), item)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(e))
}

func (s *Server) campaigns(c echo.Context) error {
	all, err := s.desk.Campaigns(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func (s *Server) tryCampaign(c echo.Context) error {
	var in trialInput
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := length("cursor", in.Cursor, maxCursor); err != nil {
		return err
	}
	found, err := s.desk.TryCampaign(c.Request().Context(), actor(c), in.Query, in.Cursor)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(found))
}

func (s *Server) openCampaign(c echo.Context) error {
	var in desk.CampaignInput
	if err := decode(c, &in); err != nil {
		return err
	}
	k, err := key(c)
	if err != nil {
		return err
	}
	if err := length("reason", in.Reason, disclosure.MaxReason); err != nil {
		return err
	}
	made, err := s.desk.OpenCampaign(c.Request().Context(), actor(c), k, in)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", base+"/campaigns/"+made.ID)
	return s.json(c, http.StatusCreated, whole(made))
}

// campaigned answers with the campaign as it now is.
func (s *Server) campaigned(c echo.Context, as desk.Campaign, err error) error {
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(as))
}

func (s *Server) campaign(c echo.Context) error {
	which, err := id(c, "id")
	if err != nil {
		return err
	}
	got, err := s.desk.Campaign(c.Request().Context(), actor(c), which)
	return s.campaigned(c, got, err)
}

func (s *Server) lookOn(c echo.Context) error {
	which, err := id(c, "id")
	if err != nil {
		return err
	}
	got, err := s.desk.LookOn(c.Request().Context(), actor(c), which)
	return s.campaigned(c, got, err)
}

func (s *Server) reviewAgain(c echo.Context) error {
	var in desk.ReviewInput
	which, k, err := act(c, &in)
	if err != nil {
		return err
	}
	item, err := id(c, "item")
	if err != nil {
		return err
	}
	if in.Outcome == "" {
		return disclosure.Refuse(disclosure.Required, "outcome")
	}
	for _, f := range []struct {
		name, value string
		most        int
	}{
		{"outcome", string(in.Outcome), maxID},
		{"type", in.Type, maxID},
		{"reason", in.Reason, disclosure.MaxReason},
		{"successor", in.Successor, maxID},
		{"document", in.Document, disclosure.MaxShortText},
	} {
		if err := length(f.name, f.value, f.most); err != nil {
			return err
		}
	}
	got, err := s.desk.Review(c.Request().Context(), actor(c), which, item, k, in)
	return s.campaigned(c, got, err)
}

func (s *Server) closeCampaign(c echo.Context) error {
	var in reportInput
	which, _, err := act(c, &in)
	if err != nil {
		return err
	}
	if err := length("report", in.Report, maxCampaignReport); err != nil {
		return err
	}
	got, err := s.desk.CloseCampaign(c.Request().Context(), actor(c), which, in.Report)
	return s.campaigned(c, got, err)
}
