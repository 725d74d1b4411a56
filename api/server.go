package api

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
)

// Options are what a server needs besides the desk. The zero value of each field
// is usable.
type Options struct {
	Logger   *slog.Logger
	Insecure bool             // plain HTTP, for development: the cookie is sent without TLS
	Now      func() time.Time // default: the system clock
	Trace    func() string    // names a request in the records; default: random
	Timeout  time.Duration    // for one request; default: 30 s. An export may take ten minutes, a scan two
	ScanWait time.Duration    // how long a scan waits while others run; default: 10 s
	WeChat   http.Handler     // answers WeChat's callbacks; nil: there are none

	Collectors []prometheus.Collector // what others count in this process, for the metrics
}

// Server is the HTTP API.
type Server struct {
	desk    Desk
	options Options
	access  map[string]bool // "METHOD /pattern" that stated who may call it
	foreign *http.CrossOriginProtection
	scans   turnstile
}

const exportTimeout = 10 * time.Minute

// fileTimeout leaves the readers of files the minute that one may take, and a minute to wait for one.
const fileTimeout = 2 * time.Minute

// New makes a server; Register gives it its routes.
func New(d Desk, o Options) *Server {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Trace == nil {
		o.Trace = func() string { return rand.Text()[:12] }
	}
	if o.ScanWait == 0 {
		o.ScanWait = 10 * time.Second
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	return &Server{desk: d, options: o, access: map[string]bool{}, foreign: http.NewCrossOriginProtection(), scans: newTurnstile(o.ScanWait)}
}

// Register puts the API on e, beside whatever pages stand there. For every route
// of e, ours or not, it adds the trace number, the access log, the recovery from
// panics and the headers that hold everywhere; errors of other routes go to the
// error handler e had before.
func (s *Server) Register(e *echo.Echo) {
	e.IPExtractor = echo.ExtractIPDirect()
	pages := e.HTTPErrorHandler
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		if ours(c.Request().URL.Path) {
			s.fail(c, err)
			return
		}
		pages(err, c)
	}
	e.Use(s.observe)
	s.routes(e)
}

// Echo is a new Echo with the API on it.
func (s *Server) Echo() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	s.Register(e)
	return e
}
