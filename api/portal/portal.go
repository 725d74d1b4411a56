// Package portal is the public site: what has been released, to anyone, and nothing
// else, but for the page that a named person reads ahead by a link. What is not public answers exactly like what never was, and no copy of a
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
	PublicList(ctx context.Context, q desk.PublicQuery) ([]desk.PublicItem, string, error)
	PublicItem(ctx context.Context, number string) (desk.PublicItem, error)
	// PublicEarlier shows an earlier edition of what is public.
	PublicEarlier(ctx context.Context, number string, edition int) (desk.PublicItem, error)
	// PublicFile opens an attachment and says since when it is public.
	PublicFile(ctx context.Context, number, name string) (desk.FileData, time.Time, error)
	// PublicNotice is what may be known of an item that is not public any more; nil if
	// there is nothing to know.
	PublicNotice(ctx context.Context, number string) (*desk.Withdrawal, error)
	PublicTopics(ctx context.Context) ([]string, error)
	// PublicAddresses lists one part, from 0, of all that is public, oldest first.
	PublicAddresses(ctx context.Context, part int) ([]desk.PublicAddress, error)
	// PublicParts says of each part when the newest item in it became public, zero if
	// nothing is in it.
	PublicParts(ctx context.Context) ([]time.Time, error)
	// PublicEnded lists what lately ceased to be public and of which that may be told.
	PublicEnded(ctx context.Context) ([]desk.PublicAddress, error)
	// PublicAnnouncements lists what is announced: what is to come, then what was. The lines
	// of one are only with PublicAnnouncement.
	PublicAnnouncements(ctx context.Context) ([]desk.PublicAnnouncement, error)
	PublicAnnouncement(ctx context.Context, id string) (desk.PublicAnnouncement, error)
	// Ahead shows what the secret of a link opens to its reader before it is public. A secret
	// that is none is not_found, one that is closed preview_closed.
	Ahead(ctx context.Context, secret string) (desk.Ahead, error)
	// AheadFile opens its attachment n, from 1.
	AheadFile(ctx context.Context, secret string, n int) (desk.FileData, error)
	// NextRelease is the next instant at which something could become public, zero
	// if nothing is planned, and the time by the clock that rules.
	NextRelease(ctx context.Context) (next, now time.Time, err error)
}

// Options are what a portal needs besides the desk. The zero value of each field is
// usable.
type Options struct {
	Logger  *slog.Logger
	Now     func() time.Time // default: the system clock
	BaseURL string           // scheme and host for feeds and the sitemap; default: as requested. Set it behind a proxy that ends TLS
	Site    string           // whose site it is, in the band; default: none
	Hub     string           // URL of the WebSub hub that is told of changes; default: none
	Office  Office           // whom to ask, on the page 公开指南
}

// Office is who answers for disclosure (公开工作机构): 《中华人民共和国政府信息公开条例》
// 第十二条 has the guide name it. Empty fields are not shown.
type Office struct {
	Name     string `json:"name"`
	Address  string `json:"address"`
	Hours    string `json:"hours"`
	Phone    string `json:"phone"`
	Fax      string `json:"fax"`
	Postcode string `json:"postcode"`
	Email    string `json:"email"`
}

// Portal is the public site.
type Portal struct {
	desk     Desk
	options  Options
	zone     *time.Location
	horizon  horizon
	probing  probing
	guessing probing       // at the secrets of links
	heavy    chan struct{} // a seat for each answer that asks for all there is
}

// heavySeats bounds how many ask for all there is at the same time: they wait for each
// other, and nobody else waits for them.
const heavySeats = 2

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
	return &Portal{desk: d, options: o, zone: zone, heavy: make(chan struct{}, heavySeats)}
}

// Register puts the portal on e. Every path that belongs to neither the API nor the
// console is the portal's, also when nothing is there.
func (p *Portal) Register(e *echo.Echo) {
	if e.IPExtractor == nil {
		e.IPExtractor = echo.ExtractIPDirect() // headers of strangers do not say who asks
	}
	others := e.HTTPErrorHandler
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		if path := c.Request().URL.Path; under(path, "/api") || under(path, "/console") {
			others(err, c)
			return
		}
		p.fail(c, err)
	}
	for path, h := range map[string]echo.HandlerFunc{
		"/":                          p.home,
		"/kinds/:kind":               p.byKind,
		"/topics":                    p.topics,
		"/topics/:topic":             p.byTopic,
		"/search":                    p.search,
		"/guide":                     p.guide,
		"/announcements":             p.announcements,
		"/announcements/:id":         p.announcement,
		"/catalogue":                 p.catalogue,
		"/catalogue.csv":             p.seated(p.catalogueFile),
		"/items/:number":             p.item,
		"/items/:number/print":       p.print,
		"/items/:number/body":        p.body,
		"/items/:number/editions/:n": p.earlier,
		"/items/:number/files/:name": p.file,
		"/feed.atom":                 p.atom,
		"/feed.json":                 p.jsonFeed,
		"/sitemap.xml":               p.seated(p.sitemap),
		"/sitemaps/:part":            p.seated(p.sitemapPart),
		"/preview/:secret":           p.preview,
		"/preview/:secret/files/:n":  p.previewFile,
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

// seated lets h work when one of the few seats is free.
func (p *Portal) seated(h echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		select {
		case p.heavy <- struct{}{}:
			defer func() { <-p.heavy }()
			return h(c)
		case <-c.Request().Context().Done():
			return c.Request().Context().Err()
		}
	}
}
