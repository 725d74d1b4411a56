package api

import (
	"cmp"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// headerProof carries the token that prove gave, for one act.
const headerProof = "Shenfa-Proof"

type proofInput struct {
	Password string `json:"password"`
	Code     string `json:"code"`
}

type codeInput struct {
	Code string `json:"code"`
}

// proof is what came with a request to show who somebody is. The idempotency key names the
// act; one without a key is an act of its own.
func proof(c echo.Context) desk.Proof {
	h := c.Request().Header
	return desk.Proof{Token: h.Get(headerProof), Key: cmp.Or(h.Get(headerKey), uuid.NewString())}
}

// prove takes the password or the code before the act itself is asked for.
func (s *Server) prove(c echo.Context) error {
	var in proofInput
	if err := decode(c, &in); err != nil {
		return err
	}
	typed := cmp.Or(in.Code, in.Password)
	if typed == "" {
		return disclosure.Refuse(disclosure.Required, "password")
	}
	if err := length("password", typed, 1000); err != nil {
		return err
	}
	given, err := s.desk.Prove(c.Request().Context(), actor(c), typed)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(given))
}

func (s *Server) offerCodeApp(c echo.Context) error {
	app, err := s.desk.OfferCodeApp(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, whole(app))
}

func (s *Server) bindCodeApp(c echo.Context) error {
	var in codeInput
	if err := decode(c, &in); err != nil {
		return err
	}
	if err := s.desk.BindCodeApp(c.Request().Context(), actor(c), in.Code); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) unbindCodeApp(c echo.Context) error {
	if err := s.desk.UnbindCodeApp(c.Request().Context(), actor(c)); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) resetCodeApp(c echo.Context) error {
	return s.withReason(c, s.desk.ResetCodeApp)
}
