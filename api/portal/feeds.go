package portal

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
)

const (
	feedSize = 50
	// mapSize bounds what one visitor can make the desk open. Older items are found
	// by the links of the list.
	mapSize = 2000
	mapStep = 100
)

// feed is the newest items as any feed tells them.
type feed struct {
	base    string
	site    string
	items   []desk.PublicItem
	updated moment
}

func (p *Portal) feed(c echo.Context) (feed, time.Time, error) {
	ctx := c.Request().Context()
	release, err := p.next(ctx)
	if err != nil {
		return feed{}, time.Time{}, err
	}
	items, _, err := p.desk.PublicList(ctx, "", feedSize)
	if err != nil {
		return feed{}, time.Time{}, err
	}
	f := feed{base: p.base(c), site: strings.TrimSpace(p.options.Site + " 政府信息公开"), items: items, updated: moment{time.Unix(0, 0).In(p.zone)}}
	for _, i := range items {
		if at := changed(i); at.After(f.updated.Time) {
			f.updated = p.moment(at)
		}
	}
	return f, release, nil
}

// base is where the portal is, for those who read its addresses elsewhere. Headers
// that anyone could send are not believed: the answer is kept by caches.
func (p *Portal) base(c echo.Context) string {
	if p.options.BaseURL != "" {
		return p.options.BaseURL
	}
	scheme := "http"
	if c.IsTLS() {
		scheme = "https"
	}
	return scheme + "://" + c.Request().Host
}

// released is when i became public; a feed needs a time even where none is known.
func (f feed) released(p *Portal, i desk.PublicItem) string {
	if i.ReleasedAt.IsZero() {
		return f.updated.Machine()
	}
	return p.moment(i.ReleasedAt).Machine()
}

func summary(i desk.PublicItem) string {
	if s := strings.TrimSpace(i.Manifest.Metadata.Summary); s != "" {
		return s
	}
	return titleOf(i)
}

type atomFeed struct {
	XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Language string      `xml:"xml:lang,attr"`
	ID       string      `xml:"id"`
	Title    string      `xml:"title"`
	Updated  string      `xml:"updated"`
	Author   atomAuthor  `xml:"author"`
	Links    []atomLink  `xml:"link"`
	Entries  []atomEntry `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type atomCategory struct {
	Term  string `xml:"term,attr"`
	Label string `xml:"label,attr"`
}

type atomEntry struct {
	ID        string       `xml:"id"`
	Title     string       `xml:"title"`
	Published string       `xml:"published"`
	Updated   string       `xml:"updated"`
	Author    atomAuthor   `xml:"author"`
	Category  atomCategory `xml:"category"`
	Link      atomLink     `xml:"link"`
	Summary   string       `xml:"summary"`
}

// atom answers with the newest items (RFC 4287).
func (p *Portal) atom(c echo.Context) error {
	f, release, err := p.feed(c)
	if err != nil {
		return err
	}
	out := atomFeed{
		Language: "zh-CN", ID: f.base + "/feed.atom", Title: f.site, Updated: f.updated.Machine(), Author: atomAuthor{f.site},
		Links: []atomLink{
			{"self", "application/atom+xml", f.base + "/feed.atom"},
			{"alternate", "text/html", f.base + "/"},
		},
	}
	for _, i := range f.items {
		at, kind := f.released(p, i), kindOf(i.Manifest.Metadata.Kind)
		address := f.base + itemPath(i.Number)
		author := i.Unit
		if author == "" {
			author = f.site
		}
		updated := at
		if i.Successor != nil {
			updated = p.moment(changed(i)).Machine()
		}
		out.Entries = append(out.Entries, atomEntry{
			ID: address, Title: marked(i), Published: at, Updated: updated, Author: atomAuthor{author},
			Category: atomCategory{kind.ID, kind.Name}, Link: atomLink{"alternate", "text/html", address}, Summary: summary(i),
		})
	}
	return p.sendXML(c, "application/atom+xml; charset=utf-8", release, out)
}

func (p *Portal) sendXML(c echo.Context, mediaType string, release time.Time, v any) error {
	raw, err := xml.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode xml: %w", err)
	}
	return p.send(c, answer{mediaType: mediaType, policy: filePolicy, next: release, bytes: append([]byte(xml.Header), raw...)})
}

type jsonFeed struct {
	Version     string     `json:"version"`
	Title       string     `json:"title"`
	HomePageURL string     `json:"home_page_url"`
	FeedURL     string     `json:"feed_url"`
	Language    string     `json:"language"`
	Items       []jsonItem `json:"items"`
}

type jsonItem struct {
	ID        string       `json:"id"`
	URL       string       `json:"url"`
	Title     string       `json:"title"`
	Text      string       `json:"content_text"`
	Published string       `json:"date_published"`
	Authors   []jsonAuthor `json:"authors,omitempty"`
	Tags      []string     `json:"tags"`
}

type jsonAuthor struct {
	Name string `json:"name"`
}

// jsonFeed answers with the newest items (JSON Feed 1.1).
func (p *Portal) jsonFeed(c echo.Context) error {
	f, release, err := p.feed(c)
	if err != nil {
		return err
	}
	out := jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: f.site, HomePageURL: f.base + "/", FeedURL: f.base + "/feed.json",
		Language: "zh-CN", Items: []jsonItem{},
	}
	for _, i := range f.items {
		address := f.base + itemPath(i.Number)
		item := jsonItem{
			ID: address, URL: address, Title: marked(i), Text: summary(i), Published: f.released(p, i),
			Tags: append([]string{kindOf(i.Manifest.Metadata.Kind).Name}, i.Manifest.Metadata.Keywords...),
		}
		if i.Unit != "" {
			item.Authors = []jsonAuthor{{i.Unit}}
		}
		out.Items = append(out.Items, item)
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("encode json: %w", err)
	}
	return p.send(c, answer{mediaType: "application/feed+json; charset=utf-8", policy: filePolicy, next: release, bytes: raw})
}

type siteMap struct {
	XMLName xml.Name  `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []siteURL `xml:"url"`
}

type siteURL struct {
	Loc     string `xml:"loc"`
	Changed string `xml:"lastmod,omitempty"`
}

// sitemap answers with the addresses of the newest items (sitemaps.org 0.9).
func (p *Portal) sitemap(c echo.Context) error {
	ctx := c.Request().Context()
	release, err := p.next(ctx)
	if err != nil {
		return err
	}
	items, err := p.newest(ctx, mapSize)
	if err != nil {
		return err
	}
	base := p.base(c)
	out := siteMap{URLs: []siteURL{{Loc: base + "/"}}}
	for _, i := range items {
		out.URLs = append(out.URLs, siteURL{base + itemPath(i.Number), p.moment(changed(i)).Machine()})
	}
	return p.sendXML(c, "application/xml; charset=utf-8", release, out)
}

func (p *Portal) newest(ctx context.Context, most int) ([]desk.PublicItem, error) {
	var items []desk.PublicItem
	for before := ""; len(items) < most; {
		page, next, err := p.desk.PublicList(ctx, before, mapStep)
		if err != nil {
			return nil, err
		}
		items = append(items, page...)
		if next == "" {
			break
		}
		before = next
	}
	return items, nil
}
