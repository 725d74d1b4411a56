package portal

import (
	"html/template"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// itemPage shows the elements that 《政府信息公开平台设置规范》（国办公开办函〔2019〕61号）
// asks for with every piece of information, and the content.
type itemPage struct {
	Frame
	Kind        column
	Number      string
	Unit        string
	Index       string // 索引号
	Topic       string // 主题分类
	TopicHref   string
	Document    string // 发文字号
	FormedOn    string // 成文日期
	Released    moment // 发布日期
	Attribute   string // 公开方式
	Keywords    []string
	Summary     string
	Edition     int
	Correction  string // 更正说明
	Editions    []edition
	Successor   *successor
	Continues   string // address of the earlier warning
	Interprets  string // address of the policy
	Body        template.HTML
	Attachments []attachment
	Code, Hash  string
	Print       string  // the address of the page for paper
	Notice      *notice // that it is out of force
}

type attachment struct {
	Name, Href, Form string
}

// edition is one line of the history of a corrected item, newest first.
type edition struct {
	Number     int
	Released   moment
	Correction string
	Type       string // 文字更正 or 实质更正
	Href       string // where it can be read, "" if it cannot
	Current    bool
}

// editionPage is what stood under a number before it was corrected.
type editionPage struct {
	Frame
	Number, Href string // of what stands there now
	Edition      int
	Released     moment
	Body         template.HTML
	Code, Hash   string
}

// earlier shows an edition that was corrected. Nobody should come upon it by a search.
func (p *Portal) earlier(c echo.Context) error {
	number, err := address(c, "number")
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(c.Param("n"))
	if err != nil || n < 1 || strconv.Itoa(n) != c.Param("n") {
		return nothing()
	}
	ctx := c.Request().Context()
	until, err := p.next(ctx)
	if err != nil {
		return err
	}
	item, err := p.desk.PublicEarlier(ctx, number, n)
	if err != nil {
		return err
	}
	f := p.frame(c, titleOf(item))
	page := editionPage{
		Frame: f, Number: item.Number, Href: f.To(itemPath(item.Number)), Edition: max(1, item.Manifest.Edition), Released: p.moment(item.ReleasedAt),
		Body: template.HTML(item.HTML), //nolint:gosec // sanitised at write; these bytes were approved and must stay as they are
		Code: item.Hash.Short(), Hash: string(item.Hash),
	}
	return p.sendPage(c, f, "edition.html", page, answer{until: until, etag: string(item.Hash), modified: item.ReleasedAt})
}

// item shows one item.
func (p *Portal) item(c echo.Context) error { return p.sheet(c, "item.html") }

// print shows it without anything to click on.
func (p *Portal) print(c echo.Context) error { return p.sheet(c, "print.html") }

func (p *Portal) sheet(c echo.Context, template string) error {
	item, until, err := p.open(c)
	if err != nil {
		return p.gone(c, err)
	}
	page := p.itemPage(p.frame(c, titleOf(item)), item)
	// The page holds more than the manifest: the name of the unit, our own layout.
	return p.sendPage(c, page.Frame, template, page, answer{until: until, etag: string(item.Hash), modified: item.ReleasedAt})
}

// open reads the item that the address names, and the release that ends its copies.
func (p *Portal) open(c echo.Context) (desk.PublicItem, deadline, error) {
	number, err := address(c, "number")
	if err != nil {
		return desk.PublicItem{}, deadline{}, err
	}
	until, err := p.next(c.Request().Context())
	if err != nil {
		return desk.PublicItem{}, deadline{}, err
	}
	item, err := p.desk.PublicItem(c.Request().Context(), number)
	return item, until, err
}

func (p *Portal) itemPage(f Frame, i desk.PublicItem) itemPage {
	m := i.Manifest.Metadata
	page := itemPage{
		Frame: f, Kind: kindOf(f.Lang, m.Kind), Number: i.Number, Unit: i.Unit,
		Index: m.IndexNumber, Topic: m.Topic, Document: m.DocumentNumber, FormedOn: longDate(f.Lang, m.FormedOn),
		Released: p.moment(i.ReleasedAt), Attribute: attributeOf(f.Lang, i.Manifest.Attribute), Keywords: m.Keywords, Summary: m.Summary,
		Edition: i.Manifest.Edition, Correction: i.Manifest.Correction, Editions: p.editions(f, i),
		Body: template.HTML(i.HTML), //nolint:gosec // sanitised at write; these bytes were approved and must stay as they are
		Code: i.Hash.Short(), Hash: string(i.Hash), Print: f.To(itemPath(i.Number) + "/print"), Notice: p.notice(f, i.Notice),
	}
	if m.Topic != "" {
		page.TopicHref = f.To("/topics/" + url.PathEscape(m.Topic))
	}
	p.ties(f, &page, i)
	for _, a := range i.Attachments {
		page.Attachments = append(page.Attachments, attachment{
			Name: a.Name, Href: itemPath(i.Number) + "/files/" + url.PathEscape(a.Name), Form: form(f.Lang, a),
		})
	}
	return page
}

// editions is the public history of i, none if there is only one.
func (p *Portal) editions(f Frame, i desk.PublicItem) []edition {
	if len(i.Earlier) == 0 {
		return nil
	}
	all := []edition{{Number: max(1, i.Manifest.Edition), Released: p.moment(i.ReleasedAt), Correction: i.Manifest.Correction, Type: correctionOf(f, i.Manifest.CorrectionType), Current: true}}
	for _, e := range i.Earlier {
		old := edition{Number: e.Edition, Released: p.moment(e.ReleasedAt), Correction: e.Correction, Type: correctionOf(f, e.Type)}
		if e.Readable {
			old.Href = f.To(itemPath(i.Number) + "/editions/" + strconv.Itoa(max(1, e.Edition)))
		}
		all = append(all, old)
	}
	return all
}

// correctionOf names a type of correction.
func correctionOf(f Frame, t disclosure.CorrectionType) string {
	if t == "" {
		return ""
	}
	return f.Say("correction." + string(t))
}

// body is what the release is read back from: the approved bytes and nothing else.
func (p *Portal) body(c echo.Context) error {
	item, until, err := p.open(c)
	if err != nil {
		return err
	}
	return p.send(c, answer{
		mediaType: htmlType, policy: filePolicy, until: until, etag: string(item.Hash), modified: item.ReleasedAt, approved: true, bytes: item.HTML,
	})
}

func (p *Portal) file(c echo.Context) error {
	number, err := address(c, "number")
	if err != nil {
		return err
	}
	name, err := address(c, "name")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	until, err := p.next(ctx)
	if err != nil {
		return err
	}
	f, since, err := p.desk.PublicFile(ctx, number, name)
	if err != nil {
		return err
	}
	// The sum in the manifest: a correction elsewhere leaves the copies of this file good.
	return p.send(c, answer{
		mediaType: mediaType(f.Type), policy: filePolicy, until: until, etag: f.SHA256, attach: f.Name, modified: since, approved: true, bytes: f.Data,
	})
}
