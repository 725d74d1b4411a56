// Package portal is the public site: what has been released, to anyone, and nothing
// else. What is not public answers exactly like what never was, and no copy of a
// page in any cache outlives the instant at which the next item becomes public.
package portal

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// Desk is what the portal asks for. It has no actor: everything it tells may be
// told to anyone. A refusal means that there is nothing to show.
type Desk interface {
	// PublicList lists what is public, newest first, without bodies, and where the
	// next page starts; "" on the last one.
	PublicList(ctx context.Context, before string, limit int) ([]desk.PublicItem, string, error)
	PublicItem(ctx context.Context, number string) (desk.PublicItem, error)
	PublicFile(ctx context.Context, number, name string) (desk.FileData, error)
	// NextRelease is the next instant at which something could become public, zero
	// if nothing is planned.
	NextRelease(ctx context.Context) (time.Time, error)
}

// Options are what a portal needs besides the desk. The zero value of each field is
// usable.
type Options struct {
	Logger  *slog.Logger
	Now     func() time.Time // default: the system clock
	BaseURL string           // scheme and host for feeds and the sitemap; default: as requested. Set it behind a proxy that ends TLS
	Site    string           // whose site it is, in the band; default: none
}

// Portal is the public site.
type Portal struct {
	desk    Desk
	options Options
	zone    *time.Location
}

// New makes a portal; Register gives it its routes.
func New(d Desk, o Options) *Portal {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.BaseURL = strings.TrimRight(o.BaseURL, "/")
	zone, err := time.LoadLocation(disclosure.DefaultZone)
	if err != nil { // a machine without a zone database
		zone = time.FixedZone(disclosure.DefaultZone, 8*60*60)
	}
	return &Portal{desk: d, options: o, zone: zone}
}

// Register puts the portal on e. Every path that belongs to neither the API nor the
// console is the portal's, also when nothing is there.
func (p *Portal) Register(e *echo.Echo) {
	others := e.HTTPErrorHandler
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		if path := c.Request().URL.Path; under(path, "/api") || under(path, "/console") {
			others(err, c)
			return
		}
		p.fail(c, err)
	}
	for path, h := range map[string]echo.HandlerFunc{
		"/":                          p.list,
		"/items/:number":             p.item,
		"/items/:number/body":        p.body,
		"/items/:number/files/:name": p.file,
		"/feed.atom":                 p.atom,
		"/feed.json":                 p.jsonFeed,
		"/sitemap.xml":               p.sitemap,
		stylesheet():                 p.style,
	} {
		e.Match([]string{http.MethodGet, http.MethodHead}, path, p.guard(h))
	}
}

func under(path, prefix string) bool {
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

// guard answers a handler's error here, so that it reads the same under whichever
// error handler the server ends up with.
func (p *Portal) guard(h echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := h(c); err != nil {
			p.fail(c, err)
		}
		return nil
	}
}
