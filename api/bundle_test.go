package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
)

type bundle struct {
	desk   *fake
	server *Server
	echo   *echo.Echo
	log    *bytes.Buffer
}

func setup(t *testing.T, change ...func(*Options)) bundle {
	t.Helper()
	b := bundle{desk: &fake{}, log: &bytes.Buffer{}}
	o := Options{
		Logger: slog.New(slog.NewJSONHandler(b.log, nil)),
		Now:    func() time.Time { return noon },
		Trace:  func() string { return "TRACE1234567" },
	}
	for _, f := range change {
		f(&o)
	}
	b.server = New(b.desk, o)
	b.echo = b.server.Echo()
	return b
}

// realClock is for tests over a socket, whose deadlines are real.
func realClock(o *Options) { o.Now = time.Now }

// call is one request. Its zero value asks nothing of anyone.
type call struct {
	method, path, as, body string
	header                 map[string]string
}

// good fills in what every well-behaved client sends.
func (c call) good() call {
	h := map[string]string{}
	if c.body != "" && strings.HasPrefix(c.body, "{") {
		h["Content-Type"] = "application/json"
	}
	if c.method == http.MethodPost {
		h["Idempotency-Key"] = "k1"
	}
	for k, v := range c.header {
		if h[k] = v; v == "" {
			delete(h, k)
		}
	}
	c.header = h
	return c
}

// do sends c and holds the answer, and the request too if it was accepted, against
// openapi.yaml.
func (b bundle) do(t *testing.T, c call) *httptest.ResponseRecorder {
	t.Helper()
	request := func() *http.Request {
		r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
		for k, v := range c.header {
			r.Header.Set(k, v)
		}
		if c.as != "" {
			r.Header.Set("Authorization", "Bearer "+c.as)
		}
		return r
	}
	w := httptest.NewRecorder()
	b.echo.ServeHTTP(w, request())

	route, params, err := specRouter(t).FindRoute(request())
	if err != nil {
		return w // not a route of ours: its test says what must come
	}
	in := &openapi3filter.RequestValidationInput{
		Request: request(), Route: route, PathParams: params,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
	}
	if w.Code < 300 {
		require.NoError(t, openapi3filter.ValidateRequest(t.Context(), in))
	}
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: w.Code, Header: w.Header(), Options: in.Options,
	}
	require.NoError(t, openapi3filter.ValidateResponse(t.Context(), out.SetBodyBytes(w.Body.Bytes())), "%s %s %d\n%s", c.method, c.path, w.Code, w.Body)
	return w
}

// problemOf reads a refusal.
func problemOf(t *testing.T, w *httptest.ResponseRecorder) problem {
	t.Helper()
	var p problem
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p), w.Body.String())
	return p
}

var specOnce = sync.OnceValues(func() (*openapi3.T, error) { return loadSpec(context.Background()) })

func spec(t *testing.T) *openapi3.T {
	t.Helper()
	s, err := specOnce()
	require.NoError(t, err)
	return s
}

var routerOnce = sync.OnceValues(func() (routers.Router, error) {
	s, err := specOnce()
	if err != nil {
		return nil, err
	}
	for _, kind := range []string{"application/x-ndjson", "text/css", "application/yaml", "text/html"} {
		openapi3filter.RegisterBodyDecoder(kind, func(r io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
			raw, err := io.ReadAll(r)
			return string(raw), err
		})
	}
	return gorillamux.NewRouter(s)
})

func specRouter(t *testing.T) routers.Router {
	t.Helper()
	r, err := routerOnce()
	require.NoError(t, err)
	return r
}
