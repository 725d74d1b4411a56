package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

const finishTimeout = 5 * time.Second

// lasting are the headers that belong to a saved answer.
var lasting = []string{"Content-Type", "Content-Language", "ETag", "Location", "Vary"}

// once lets an act happen once under its idempotency key and gives the same
// answer to whoever repeats it.
func (s *Server) once(h echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		k, err := key(c)
		if err != nil {
			return err
		}
		seen, err := fingerprint(c)
		if err != nil {
			return err
		}
		ctx, who := c.Request().Context(), actor(c)
		saved, err := s.desk.Begin(ctx, who, k, seen)
		if err != nil {
			return err
		}
		if saved != nil {
			return replay(c, *saved)
		}
		finish := func(done desk.Saved) {
			// What was done is done, whether or not the client still listens.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTimeout)
			defer cancel()
			if err := s.desk.Finish(ctx, who, k, done); err != nil {
				s.report(c, "answer was not saved", err)
			}
		}
		kept := false
		defer func() {
			if !kept { // also after a panic: the key is free for another try
				finish(desk.Saved{})
			}
		}()
		done, err := s.apart(c, h)
		if err != nil {
			return err
		}
		kept = true
		finish(done)
		return write(c, done)
	}
}

// apart runs h and keeps its answer from the client. The error is one that must
// not be kept.
func (s *Server) apart(c echo.Context, h echo.HandlerFunc) (desk.Saved, error) {
	client := c.Response()
	a := &answer{header: client.Header().Clone()}
	c.SetResponse(echo.NewResponse(a, c.Echo()))
	defer c.SetResponse(client)

	switch err := h(c); {
	case passing(err):
		return desk.Saved{}, err
	case err != nil:
		s.fail(c, err)
	}
	return a.saved(), nil
}

// passing says whether the same request may end otherwise the next time, so that
// its answer must not be kept.
func passing(err error) bool {
	code := disclosure.CodeOf(err)
	return err != nil && (code == "" || Status(code) >= http.StatusInternalServerError ||
		code == disclosure.Busy || code == disclosure.ProofRequired || code == disclosure.ProofWrong || code == disclosure.TooManyRequests)
}

// fingerprint tells one request from another. The boundary of a form is chosen at
// random and says nothing about what is asked.
func fingerprint(c echo.Context) ([]byte, error) {
	raw, err := readAll(c)
	if err != nil {
		return nil, err
	}
	r := c.Request()
	if _, params, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && params["boundary"] != "" {
		raw = bytes.ReplaceAll(raw, []byte(params["boundary"]), nil)
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%q\n%q\n", r.Method, r.URL.RequestURI(), r.Header.Get("Content-Disposition"), r.Header.Get("If-Match"))
	_, _ = h.Write(raw) // a hash never fails
	return h.Sum(nil), nil
}

func replay(c echo.Context, s desk.Saved) error {
	c.Response().Header().Set(headerReplayed, "true")
	return write(c, s)
}

func write(c echo.Context, s desk.Saved) error {
	for k, v := range s.Header {
		c.Response().Header().Set(k, v)
	}
	c.Response().WriteHeader(s.Status)
	_, err := io.Copy(c.Response(), bytes.NewReader(s.Body))
	return err
}

// answer collects what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(n int)           { a.status = n }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

func (a *answer) saved() desk.Saved {
	s := desk.Saved{Status: a.status, Header: map[string]string{}, Body: a.body.Bytes()}
	for _, k := range lasting {
		if v := a.header.Get(k); v != "" {
			s.Header[k] = v
		}
	}
	return s
}
