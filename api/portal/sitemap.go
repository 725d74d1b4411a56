package portal

import (
	"encoding/xml"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"shenfa/internal/disclosure"
)

type siteMap struct {
	XMLName xml.Name  `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []siteURL `xml:"url"`
}

type siteIndex struct {
	XMLName xml.Name  `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
	Maps    []siteURL `xml:"sitemap"`
}

type siteURL struct {
	Loc     string `xml:"loc"`
	Changed string `xml:"lastmod,omitempty"`
}

const (
	partSuffix = ".xml"
	maxMaps    = 50_000 // that an index may name
)

// sitemap answers with every address, or, where one map has no room for them, with the
// addresses of the maps that do (sitemaps.org 0.9).
func (p *Portal) sitemap(c echo.Context) error {
	ctx := c.Request().Context()
	until, err := p.next(ctx)
	if err != nil {
		return err
	}
	parts, err := p.desk.PublicParts(ctx)
	if err != nil {
		return err
	}
	if len(parts) <= 1 {
		return p.mapped(c, until, 0)
	}
	index, base := siteIndex{}, p.base(c)
	for n, newest := range parts {
		if !newest.IsZero() || n == 0 {
			index.Maps = append(index.Maps, siteURL{base + "/sitemaps/" + strconv.Itoa(n+1) + partSuffix, p.moment(newest).Machine()})
		}
	}
	return p.sendMap(c, until, index)
}

// sitemapPart answers with one of those maps.
func (p *Portal) sitemapPart(c echo.Context) error {
	name, err := address(c, "part")
	if err != nil {
		return err
	}
	digits, ok := strings.CutSuffix(name, partSuffix)
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 1 || strconv.Itoa(n) != digits || n > maxMaps {
		return nothing()
	}
	until, err := p.next(c.Request().Context())
	if err != nil {
		return err
	}
	return p.mapped(c, until, n-1)
}

// mapped sends one part of all addresses; the first holds our own pages too.
func (p *Portal) mapped(c echo.Context, until deadline, part int) error {
	items, err := p.desk.PublicAddresses(c.Request().Context(), part)
	if err != nil {
		return err
	}
	if part > 0 && len(items) == 0 {
		return nothing()
	}
	urls, base := siteMap{}, p.base(c)
	if part == 0 {
		for _, path := range []string{"/", "/guide", "/catalogue", "/topics"} {
			urls.URLs = append(urls.URLs, siteURL{Loc: base + path})
		}
		for _, k := range disclosure.Kinds() {
			urls.URLs = append(urls.URLs, siteURL{Loc: base + "/kinds/" + url.PathEscape(k.ID)})
		}
	}
	for _, i := range items {
		urls.URLs = append(urls.URLs, siteURL{base + itemPath(i.Number), p.moment(i.At).Machine()})
	}
	return p.sendMap(c, until, urls)
}

func (p *Portal) sendMap(c echo.Context, until deadline, v any) error {
	raw, err := encodeXML(v)
	if err != nil {
		return err
	}
	return p.send(c, answer{mediaType: "application/xml; charset=utf-8", policy: filePolicy, until: until, bytes: raw})
}
