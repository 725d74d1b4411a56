package api

import (
	"encoding/base64"
	"encoding/hex"
	"mime"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func (s *Server) lexicons(c echo.Context) error {
	all, err := s.desk.Lexicons(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func (s *Server) ruleSets(c echo.Context) error {
	all, err := s.desk.RuleSets(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, listOf(all))
}

func (s *Server) lexicon(c echo.Context) error {
	version, err := strconv.Atoi(param(c, "version"))
	if err != nil || version < 1 {
		return disclosure.Refuse(disclosure.NotFound, "version")
	}
	f, err := s.desk.Lexicon(c.Request().Context(), actor(c), version)
	if err != nil {
		return err
	}
	return download(c, f)
}

func (s *Server) importLexicon(c echo.Context) error {
	q := queryOf(c, "name", "try")
	try := q.truth("try")
	if q.fault != nil {
		return q.fault
	}
	u, err := upload(c, desk.MaxLexicon, "try")
	if err != nil {
		return err
	}
	done, err := s.desk.ImportLexicon(c.Request().Context(), actor(c), u, try)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, done)
}

func (s *Server) rulesPreview(c echo.Context) error {
	q := queryOf(c, "at")
	at := q.instant("at", s.options.Now())
	if q.fault != nil {
		return q.fault
	}
	change, err := s.desk.RulesAt(c.Request().Context(), actor(c), at)
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, change)
}

// download answers with the bytes of a file, to be saved and never to be shown: what a
// stranger wrote must not run as a page of ours.
func download(c echo.Context, f desk.FileData) error {
	h := c.Response().Header()
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	if sum, err := hex.DecodeString(f.SHA256); err == nil && len(sum) > 0 {
		h.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum)+":")
	}
	return c.Blob(http.StatusOK, f.Type, f.Data)
}
