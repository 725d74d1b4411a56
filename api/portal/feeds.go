package portal

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
)

const feedSize = 50

// feed is a page of the newest items as any feed tells them (RFC 5005, section 3).
type feed struct {
	base    string
	site    string
	path    string // of this page, with its query
	items   []desk.PublicItem
	next    string               // where the older page starts, "" on the last
	ended   []desk.PublicAddress // on the first page
	updated moment
	until   deadline
}

func (p *Portal) feed(c echo.Context, path string) (feed, error) {
	ctx := c.Request().Context()
	until, err := p.next(ctx)
	if err != nil {
		return feed{}, err
	}
	before := c.QueryParam("before")
	items, next, err := p.desk.PublicList(ctx, desk.PublicQuery{Before: before, Limit: feedSize})
	if err != nil {
		return feed{}, err
	}
	f := feed{
		base: p.base(c), site: strings.TrimSpace(p.options.Site + " " + say(chinese, "name")), path: path, items: items, next: next,
		updated: moment{time.Unix(0, 0).In(p.zone)}, until: until,
	}
	if before != "" {
		f.path += "?" + url.Values{"before": {before}}.Encode()
	} else if f.ended, err = p.desk.PublicEnded(ctx); err != nil {
		return feed{}, err
	}
	for _, i := range items {
		if at := changed(i); at.After(f.updated.Time) {
			f.updated = p.moment(at)
		}
	}
	for _, e := range f.ended {
		if e.At.After(f.updated.Time) {
			f.updated = p.moment(e.At)
		}
	}
	return f, nil
}

// older is the address of the next page of f, "" on the last.
func (f feed) older(path string) string {
	if f.next == "" {
		return ""
	}
	return f.base + path + "?" + url.Values{"before": {f.next}}.Encode()
}

// sendFeed sends a feed. Whoever wants to hear of changes is told by whom and of what
// (WebSub, section 4).
func (p *Portal) sendFeed(c echo.Context, mediaType string, f feed, raw []byte) error {
	a := answer{mediaType: mediaType, policy: filePolicy, until: f.until, bytes: raw}
	if f.updated.Unix() > 0 {
		a.modified = f.updated.Time
	}
	if p.options.Hub != "" {
		a.links = []string{"<" + p.options.Hub + `>; rel="hub"`, "<" + f.base + f.path + `>; rel="self"`}
	}
	return p.send(c, a)
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

// told is when i first became public and when it was last corrected; a feed needs a
// time even where none is known.
func (f feed) told(p *Portal, i desk.PublicItem) (published, updated string) {
	if i.ReleasedAt.IsZero() {
		return f.updated.Machine(), f.updated.Machine()
	}
	first := i.FirstAt
	if first.IsZero() {
		first = i.ReleasedAt
	}
	return p.moment(first).Machine(), p.moment(changed(i)).Machine()
}

func summary(i desk.PublicItem) string {
	if s := strings.TrimSpace(i.Manifest.Metadata.Summary); s != "" {
		return s
	}
	return titleOf(i)
}

type atomFeed struct {
	XMLName  xml.Name      `xml:"http://www.w3.org/2005/Atom feed"`
	Language string        `xml:"xml:lang,attr"`
	ID       string        `xml:"id"`
	Title    string        `xml:"title"`
	Updated  string        `xml:"updated"`
	Author   atomAuthor    `xml:"author"`
	Links    []atomLink    `xml:"link"`
	Deleted  []atomDeleted `xml:"http://purl.org/atompub/tombstones/1.0 deleted-entry"`
	Entries  []atomEntry   `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomCategory struct {
	Term  string `xml:"term,attr"`
	Label string `xml:"label,attr"`
}

// atomDeleted says that an entry is no more (RFC 6721).
type atomDeleted struct {
	Ref  string `xml:"ref,attr"`
	When string `xml:"when,attr"`
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

const (
	atomPath = "/feed.atom"
	jsonPath = "/feed.json"
	atomType = "application/atom+xml"
)

// atom answers with the newest items, or an older page of them (RFC 4287).
func (p *Portal) atom(c echo.Context) error {
	f, err := p.feed(c, atomPath)
	if err != nil {
		return err
	}
	out := atomFeed{
		Language: tags[chinese], ID: f.base + atomPath, Title: f.site, Updated: f.updated.Machine(), Author: atomAuthor{f.site},
		Links: []atomLink{{"self", atomType, f.base + f.path}, {"first", atomType, f.base + atomPath}, {"alternate", "text/html", f.base + "/"}},
	}
	if older := f.older(atomPath); older != "" {
		out.Links = append(out.Links, atomLink{"next", atomType, older})
	}
	if p.options.Hub != "" {
		out.Links = append(out.Links, atomLink{Rel: "hub", Href: p.options.Hub})
	}
	for _, e := range f.ended {
		out.Deleted = append(out.Deleted, atomDeleted{Ref: f.base + itemPath(e.Number), When: p.moment(e.At).Machine()})
	}
	for _, i := range f.items {
		kind := kindOf(chinese, i.Manifest.Metadata.Kind)
		address := f.base + itemPath(i.Number)
		author := i.Unit
		if author == "" {
			author = f.site
		}
		published, updated := f.told(p, i)
		out.Entries = append(out.Entries, atomEntry{
			ID: address, Title: marked(i), Published: published, Updated: updated, Author: atomAuthor{author},
			Category: atomCategory{kind.ID, kind.Name}, Link: atomLink{"alternate", "text/html", address}, Summary: summary(i),
		})
	}
	raw, err := encodeXML(out)
	if err != nil {
		return err
	}
	return p.sendFeed(c, atomType+"; charset=utf-8", f, raw)
}

func encodeXML(v any) ([]byte, error) {
	raw, err := xml.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode xml: %w", err)
	}
	return append([]byte(xml.Header), raw...), nil
}

type jsonFeed struct {
	Version     string     `json:"version"`
	Title       string     `json:"title"`
	HomePageURL string     `json:"home_page_url"`
	FeedURL     string     `json:"feed_url"`
	NextURL     string     `json:"next_url,omitempty"`
	Language    string     `json:"language"`
	Hubs        []jsonHub  `json:"hubs,omitempty"`
	Items       []jsonItem `json:"items"`
}

type jsonHub struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

type jsonItem struct {
	ID        string       `json:"id"`
	URL       string       `json:"url"`
	Title     string       `json:"title"`
	Text      string       `json:"content_text"`
	Published string       `json:"date_published"`
	Modified  string       `json:"date_modified"`
	Authors   []jsonAuthor `json:"authors,omitempty"`
	Tags      []string     `json:"tags"`
}

type jsonAuthor struct {
	Name string `json:"name"`
}

// jsonFeed answers with the newest items, or an older page of them (JSON Feed 1.1).
func (p *Portal) jsonFeed(c echo.Context) error {
	f, err := p.feed(c, jsonPath)
	if err != nil {
		return err
	}
	out := jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: f.site, HomePageURL: f.base + "/", FeedURL: f.base + jsonPath, NextURL: f.older(jsonPath),
		Language: tags[chinese], Items: []jsonItem{},
	}
	if p.options.Hub != "" {
		out.Hubs = []jsonHub{{"WebSub", p.options.Hub}}
	}
	for _, i := range f.items {
		address := f.base + itemPath(i.Number)
		published, updated := f.told(p, i)
		item := jsonItem{
			ID: address, URL: address, Title: marked(i), Text: summary(i), Published: published, Modified: updated,
			Tags: append([]string{kindOf(chinese, i.Manifest.Metadata.Kind).Name}, i.Manifest.Metadata.Keywords...),
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
	return p.sendFeed(c, "application/feed+json; charset=utf-8", f, raw)
}
