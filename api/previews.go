package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// previews is what the API asks of the desk about who reads ahead.
type previews interface {
	Previews(ctx context.Context, who desk.Actor, id string) ([]desk.Preview, error)
	AddPreview(ctx context.Context, who desk.Actor, id, key string, in desk.PreviewInput) (desk.Preview, error)
	RevokePreview(ctx context.Context, who desk.Actor, id, preview string) (desk.Preview, error)
}

func (s *Server) previews(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	all, err := s.desk.Previews(c.Request().Context(), actor(c), item)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func (s *Server) addPreview(c echo.Context) error {
	var in desk.PreviewInput
	item, k, err := act(c, &in)
	if err != nil {
		return err
	}
	for _, f := range []struct{ name, value string }{{"manifest_hash", string(in.Manifest)}, {"reader", in.Reader}, {"person", in.Person}} {
		if err := length(f.name, f.value, disclosure.MaxShortText); err != nil {
			return err
		}
	}
	p, err := s.desk.AddPreview(c.Request().Context(), actor(c), item, k, in)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusCreated, p)
}

func (s *Server) revokePreview(c echo.Context) error {
	item, err := id(c, "id")
	if err != nil {
		return err
	}
	preview, err := id(c, "preview")
	if err != nil {
		return err
	}
	p, err := s.desk.RevokePreview(c.Request().Context(), actor(c), item, preview)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, p)
}
