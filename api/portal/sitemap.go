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

const partSuffix = ".xml"

// sitemap answers with every address, or, where one map has no room for them, with the
// addresses of the maps that do (sitemaps.org 0.9).
func (p *Portal) sitemap(c echo.Context) error { return p.mapped(c, 0, true) }

// sitemapPart answers with one of those maps.
func (p *Portal) sitemapPart(c echo.Context) error {
	name, err := address(c, "part")
	if err != nil {
		return err
	}
	digits, ok := strings.CutSuffix(name, partSuffix)
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 1 || strconv.Itoa(n) != digits || n > 50_000 { // as many as an index may hold
		return nothing()
	}
	return p.mapped(c, n-1, false)
}

func (p *Portal) mapped(c echo.Context, part int, whole bool) error {
	ctx := c.Request().Context()
	until, err := p.next(ctx)
	if err != nil {
		return err
	}
	items, parts, err := p.desk.PublicAddresses(ctx, part)
	if err != nil {
		return err
	}
	base := p.base(c)
	var out any
	switch {
	case whole && parts > 1:
		index := siteIndex{}
		for n := range parts {
			index.Maps = append(index.Maps, siteURL{Loc: base + "/sitemaps/" + strconv.Itoa(n+1) + partSuffix})
		}
		out = index
	case !whole && part >= max(parts, 1):
		return nothing()
	default:
		urls := siteMap{}
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
		out = urls
	}
	raw, err := encodeXML(out)
	if err != nil {
		return err
	}
	return p.send(c, answer{mediaType: "application/xml; charset=utf-8", policy: filePolicy, until: until, bytes: raw})
}
