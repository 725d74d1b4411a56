package portal

import (
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

const (
	pageSize    = 50
	maxQuestion = 100 // characters
)

type listPage struct {
	Frame
	Heading  string
	Sections []section
	Next     string // the address of the older page, "" on the last
	First    string // the address of the first page, "" on it
	Search   bool   // this is an answer to a question, and not for search engines
	Kind     string // that the question is kept to
}

type section struct {
	column
	Items []line
	More  string // the address of all of this kind
}

type line struct {
	Title, Href, Document string
	Released              moment
	Mark                  string // that a later warning took its place
}

// home shows the newest items, by kind.
func (p *Portal) home(c echo.Context) error {
	f := p.frame(c, "")
	return p.listed(c, f, "/", desk.PublicQuery{}, answer{}, func(page *listPage, items []desk.PublicItem) error {
		page.Heading = f.Say("list.newest")
		if page.First != "" {
			page.Heading = f.Say("list.older")
		}
		page.Sections = p.sorted(f, items)
		return nil
	})
}

// byKind shows one kind.
func (p *Portal) byKind(c echo.Context) error {
	id, err := address(c, "kind")
	if err != nil {
		return err
	}
	if _, ok := disclosure.KindByID(id); !ok {
		return nothing()
	}
	kind := kindOf(p.language(c), id)
	f := p.frame(c, kind.Name)
	return p.listed(c, f, "/kinds/"+url.PathEscape(id), desk.PublicQuery{Kind: id}, answer{}, func(page *listPage, items []desk.PublicItem) error {
		page.Heading = kind.Name
		page.Sections = p.one(f, items)
		return nil
	})
}

// byTopic shows one topic (主题分类). One without anything public is not there.
func (p *Portal) byTopic(c echo.Context) error {
	topic, err := address(c, "topic")
	if err != nil {
		return err
	}
	f := p.frame(c, topic)
	return p.listed(c, f, "/topics/"+url.PathEscape(topic), desk.PublicQuery{Topic: topic}, answer{age: foundAge}, func(page *listPage, items []desk.PublicItem) error {
		if len(items) == 0 {
			return nothing()
		}
		page.Heading = f.Say("topic.one", "topic", topic)
		page.Sections = p.one(f, items)
		return nil
	})
}

// search finds words in title, numbers, topic, keywords and summary.
func (p *Portal) search(c echo.Context) error {
	f := p.frame(c, say(p.language(c), "search"))
	f.Query = question(c.QueryParam("q"))
	kind := c.QueryParam("kind")
	if _, ok := disclosure.KindByID(kind); kind != "" && !ok {
		return nothing()
	}
	if f.Query == "" {
		until, err := p.next(c.Request().Context())
		if err != nil {
			return err
		}
		return p.sendPage(c, f, "list.html", listPage{Frame: f, Heading: f.Say("search"), Search: true}, answer{until: until})
	}
	path := "/search?" + url.Values{"q": {f.Query}}.Encode()
	if kind != "" {
		path += "&kind=" + url.QueryEscape(kind)
	}
	return p.listed(c, f, path, desk.PublicQuery{Words: f.Query, Kind: kind}, answer{age: foundAge}, func(page *listPage, items []desk.PublicItem) error {
		page.Heading, page.Search, page.Kind = f.Say("search.for", "words", f.Query), true, kind
		page.Sections = p.one(f, items)
		return nil
	})
}

// question is what of q can be searched for and shown.
func question(q string) string {
	q = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(q, " "), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	runes := []rune(q)
	return string(runes[:min(len(runes), maxQuestion)])
}

// listed reads one page of the list at path and has it filled.
func (p *Portal) listed(c echo.Context, f Frame, path string, q desk.PublicQuery, a answer, fill func(*listPage, []desk.PublicItem) error) error {
	ctx := c.Request().Context()
	var err error
	if a.until, err = p.next(ctx); err != nil {
		return err
	}
	q.Before, q.Limit = c.QueryParam("before"), pageSize
	items, next, err := p.desk.PublicList(ctx, q)
	if err != nil {
		return err
	}
	page := listPage{Frame: f}
	if q.Before != "" {
		page.First = f.To(path)
	}
	page.Next = f.following(path, next)
	if err := fill(&page, items); err != nil {
		return err
	}
	return p.sendPage(c, f, "list.html", page, a)
}

// following is the address of the page behind path that starts at next.
func (f Frame) following(path, next string) string {
	if next == "" {
		return ""
	}
	sign := "?"
	if strings.Contains(path, "?") {
		sign = "&"
	}
	return f.To(path + sign + url.Values{"before": {next}}.Encode())
}

// sorted puts items by kind, in the order of the kinds; within one they stay in the
// order of the desk. What has a kind we do not know comes last.
func (p *Portal) sorted(f Frame, items []desk.PublicItem) []section {
	byKind := map[string][]line{}
	for _, i := range items {
		id := kindOf(f.Lang, i.Manifest.Metadata.Kind).ID
		byKind[id] = append(byKind[id], p.line(f, i))
	}
	var all []section
	for _, k := range f.Kinds {
		if lines := byKind[k.ID]; len(lines) > 0 {
			all = append(all, section{column: k, Items: lines, More: f.To("/kinds/" + url.PathEscape(k.ID))})
		}
	}
	return all
}

// one is a list that needs no headings within.
func (p *Portal) one(f Frame, items []desk.PublicItem) []section {
	if len(items) == 0 {
		return nil
	}
	s := section{}
	for _, i := range items {
		s.Items = append(s.Items, p.line(f, i))
	}
	return []section{s}
}

func (p *Portal) line(f Frame, i desk.PublicItem) line {
	return line{Title: titleOf(i), Href: f.To(itemPath(i.Number)), Document: i.Manifest.Metadata.DocumentNumber, Released: p.moment(i.ReleasedAt), Mark: markOf(f.Lang, i)}
}

type topicsPage struct {
	Frame
	Topics []link
}

type link struct {
	Name, Href string
}

// topics lists the topics of what is public.
func (p *Portal) topics(c echo.Context) error {
	f := p.frame(c, say(p.language(c), "topics"))
	until, err := p.next(c.Request().Context())
	if err != nil {
		return err
	}
	names, err := p.desk.PublicTopics(c.Request().Context())
	if err != nil {
		return err
	}
	page := topicsPage{Frame: f}
	for _, name := range names {
		if disclosure.PlainText(name) && len(name) <= maxAddress {
			page.Topics = append(page.Topics, link{name, f.To("/topics/" + url.PathEscape(name))})
		}
	}
	return p.sendPage(c, f, "topics.html", page, answer{until: until, age: foundAge})
}

type guidePage struct {
	Frame
	Office Office
}

// guide is 公开指南: 《中华人民共和国政府信息公开条例》第十二条 asks for how information is
// sorted and arranged, how to get it, and whom to ask.
func (p *Portal) guide(c echo.Context) error {
	f := p.frame(c, say(p.language(c), "guide"))
	return p.sendPage(c, f, "guide.html", guidePage{Frame: f, Office: p.options.Office}, answer{age: time.Hour})
}
