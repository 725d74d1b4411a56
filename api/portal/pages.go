package portal

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed portal.css
var css []byte

// templates are read-only once the program runs.
var templates = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

const pageSize = 50

// Frame is what surrounds every page.
type Frame struct {
	Title      string // of the page; "" on the first
	Site       string
	Stylesheet string
	Columns    []column
}

// column is a kind of which the page shows something.
type column struct {
	ID, Name string
}

type listPage struct {
	Frame
	Sections []section
	Next     string // the address of the older page, "" on the last
	Older    bool   // this is not the first page
}

type section struct {
	column
	Items []line
}

type line struct {
	Title, Href, Document string
	Released              moment
	Mark                  string // that a later warning took its place
}

// moment is an instant for people and for programs, zero if it is not known.
type moment struct {
	time.Time
}

// Date is the day in the zone of the portal.
func (m moment) Date() string { return m.format(time.DateOnly) }

// Minute is the day and the time.
func (m moment) Minute() string { return m.format("2006-01-02 15:04") }

// Long is the time as documents write it.
func (m moment) Long() string { return m.format("2006年1月2日 15:04") }

// Machine is RFC 3339.
func (m moment) Machine() string { return m.format(time.RFC3339) }

func (m moment) format(layout string) string {
	if m.IsZero() {
		return ""
	}
	return m.Format(layout)
}

type itemPage struct {
	Frame
	Kind        column
	Number      string
	Unit        string
	Index       string // 索引号
	Topic       string // 主题分类
	Document    string // 发文字号
	FormedOn    string // 成文日期
	Released    moment // 发布日期
	Attribute   string // 公开方式
	Keywords    []string
	Summary     string
	Edition     int
	Correction  string // 更正说明
	Successor   *successor
	Continues   string // address of the earlier warning
	Interprets  string // address of the policy
	Body        template.HTML
	Attachments []attachment
	Code, Hash  string
}

type attachment struct {
	Name, Href, Form string
}

type problemPage struct {
	Frame
	Status   int
	Sentence string
}

func (p *Portal) frame(title string) Frame {
	return Frame{Title: title, Site: p.options.Site, Stylesheet: stylesheet()}
}

func render(name string, data any) ([]byte, error) {
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, data); err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return out.Bytes(), nil
}

func (p *Portal) list(c echo.Context) error {
	ctx := c.Request().Context()
	release, err := p.next(ctx)
	if err != nil {
		return err
	}
	before := c.QueryParam("before")
	items, next, err := p.desk.PublicList(ctx, before, pageSize)
	if err != nil {
		return err
	}
	page, err := render("list.html", p.listPage(items, before, next))
	if err != nil {
		return err
	}
	return p.send(c, answer{mediaType: htmlType, policy: pagePolicy, next: release, bytes: page})
}

// listPage sorts items by kind, in the order of the kinds; within one they stay in
// the order of the desk. What has a kind we do not know comes last.
func (p *Portal) listPage(items []desk.PublicItem, before, next string) listPage {
	page := listPage{Frame: p.frame(""), Older: before != ""}
	if next != "" {
		page.Next = "/?" + url.Values{"before": {next}}.Encode()
	}
	byKind := map[string][]line{}
	for _, i := range items {
		m := i.Manifest.Metadata
		id := kindOf(m.Kind).ID
		byKind[id] = append(byKind[id], line{
			Title: titleOf(i), Href: itemPath(i.Number), Document: m.DocumentNumber, Released: p.moment(i.ReleasedAt), Mark: markOf(i),
		})
	}
	for _, k := range disclosure.Kinds() {
		if lines := byKind[k.ID]; len(lines) > 0 {
			col := kindOf(k.ID)
			page.Columns = append(page.Columns, col)
			page.Sections = append(page.Sections, section{col, lines})
		}
	}
	return page
}

func (p *Portal) item(c echo.Context) error {
	item, release, err := p.open(c)
	if err != nil {
		return err
	}
	page, err := render("item.html", p.itemPage(item))
	if err != nil {
		return err
	}
	// The page holds more than the manifest: the name of the unit, our own layout.
	return p.send(c, answer{
		mediaType: htmlType, policy: pagePolicy, next: release, etag: string(item.Hash) + "-" + sum(page), bytes: page,
	})
}

// open reads the item that the address names, and the release that ends its copies.
func (p *Portal) open(c echo.Context) (desk.PublicItem, time.Time, error) {
	number, err := address(c, "number")
	if err != nil {
		return desk.PublicItem{}, time.Time{}, err
	}
	release, err := p.next(c.Request().Context())
	if err != nil {
		return desk.PublicItem{}, time.Time{}, err
	}
	item, err := p.desk.PublicItem(c.Request().Context(), number)
	return item, release, err
}

func (p *Portal) itemPage(i desk.PublicItem) itemPage {
	m := i.Manifest.Metadata
	page := itemPage{
		Frame: p.frame(titleOf(i)), Kind: kindOf(m.Kind), Number: i.Number, Unit: i.Unit,
		Index: m.IndexNumber, Topic: m.Topic, Document: m.DocumentNumber, FormedOn: longDate(m.FormedOn),
		Released: p.moment(i.ReleasedAt), Attribute: attributeOf(i.Manifest.Attribute), Keywords: m.Keywords, Summary: m.Summary,
		Edition: i.Manifest.Edition, Correction: i.Manifest.Correction,
		Body: template.HTML(i.HTML), //nolint:gosec // sanitised at write; these bytes were approved and must stay as they are
		Code: i.Hash.Short(), Hash: string(i.Hash),
	}
	p.ties(&page, i)
	for _, a := range i.Attachments {
		page.Attachments = append(page.Attachments, attachment{
			Name: a.Name, Href: itemPath(i.Number) + "/files/" + url.PathEscape(a.Name), Form: form(a),
		})
	}
	return page
}

// body is what the release is read back from: the approved bytes and nothing else.
func (p *Portal) body(c echo.Context) error {
	item, release, err := p.open(c)
	if err != nil {
		return err
	}
	return p.send(c, answer{mediaType: htmlType, policy: filePolicy, next: release, etag: string(item.Hash), bytes: item.HTML})
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
	release, err := p.next(ctx)
	if err != nil {
		return err
	}
	f, err := p.desk.PublicFile(ctx, number, name)
	if err != nil {
		return err
	}
	// The sum in the manifest: a correction elsewhere leaves the copies of this file good.
	return p.send(c, answer{
		mediaType: mediaType(f.Type), policy: filePolicy, next: release, etag: f.SHA256, attach: f.Name, bytes: f.Data,
	})
}

func (p *Portal) style(c echo.Context) error {
	return p.send(c, answer{
		mediaType: "text/css; charset=utf-8", policy: filePolicy, forever: true, bytes: css,
	})
}

// stylesheet is the address of the style sheet. It changes with every change of its
// text, so that it may be kept for ever.
func stylesheet() string {
	s := sha256.Sum256(css)
	return "/assets/" + hex.EncodeToString(s[:8]) + "/portal.css"
}

// problem says the same for every address at which nothing is.
func (p *Portal) problem(status int) problemPage {
	title, sentence := "没有找到这个页面", "地址可能有误，或者内容没有公开。"
	switch {
	case status >= http.StatusInternalServerError:
		title, sentence = "暂时无法打开", "服务出现故障，请过几分钟再试。"
	case status != http.StatusNotFound:
		title, sentence = "无法处理这个请求", "本站只供阅读，请从首页重新打开。"
	}
	return problemPage{Frame: p.frame(title), Status: status, Sentence: sentence}
}

func (p *Portal) moment(t time.Time) moment {
	if t.IsZero() {
		return moment{}
	}
	return moment{t.In(p.zone)}
}

// kindOf names a kind; one that we do not know is filed under the last.
func kindOf(id string) column {
	k, ok := disclosure.KindByID(id)
	if !ok {
		kinds := disclosure.Kinds()
		k = kinds[len(kinds)-1]
	}
	return column{k.ID, k.Zh}
}

func attributeOf(attribute string) string {
	switch attribute {
	case disclosure.Proactive:
		return "主动公开"
	case disclosure.OnRequest:
		return "依申请公开"
	case disclosure.Withheld:
		return "不予公开"
	}
	return ""
}

func titleOf(i desk.PublicItem) string {
	if t := strings.TrimSpace(i.Manifest.Metadata.Title); t != "" {
		return t
	}
	return i.Number
}

func itemPath(number string) string { return "/items/" + url.PathEscape(number) }

func longDate(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("2006年1月2日")
}

// form says what a reader gets: "PDF，186 KB".
func form(a disclosure.Named) string {
	kind := strings.ToUpper(strings.TrimPrefix(path.Ext(a.Name), "."))
	if kind == "" {
		kind = a.Type
	}
	size := size(a.Length)
	if kind == "" {
		return size
	}
	return kind + "，" + size
}

// size writes a number of bytes with the unit people know it by.
func size(n int64) string {
	const kilo, mega = 1 << 10, 1 << 20
	switch {
	case n >= mega:
		return strconv.FormatFloat(float64(n)/mega, 'f', 1, 64) + " MB"
	case n >= kilo:
		return strconv.FormatInt((n+kilo/2)/kilo, 10) + " KB"
	}
	return strconv.FormatInt(n, 10) + " B"
}
