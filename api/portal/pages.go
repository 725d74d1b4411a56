package portal

import (
	"bytes"
	"cmp"
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

// moment is an instant for people and for programs, zero if it is not known.
type moment struct {
	time.Time
}

// Date is the day in the zone of the portal.
func (m moment) Date() string { return m.format(time.DateOnly) }

// Minute is the day and the time.
func (m moment) Minute() string { return m.format("2006-01-02 15:04") }

// Long is the time as documents write it, by the layout of the language.
func (m moment) Long(layout string) string { return m.format(layout) }

// Machine is RFC 3339.
func (m moment) Machine() string { return m.format(time.RFC3339) }

func (m moment) format(layout string) string {
	if m.IsZero() {
		return ""
	}
	return m.Format(layout)
}

type problemPage struct {
	Frame
	Sentence string
}

func render(name string, data any) ([]byte, error) {
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, data); err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return out.Bytes(), nil
}

// sendPage renders and sends a page in the language of f.
func (p *Portal) sendPage(c echo.Context, f Frame, name string, data any, a answer) error {
	page, err := render(name, data)
	if err != nil {
		return err
	}
	a.mediaType, a.policy, a.language, a.bytes = htmlType, pagePolicy, f.Lang, page
	if a.etag != "" {
		a.etag += "-" + sum(page)
	}
	return p.send(c, a)
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
func (p *Portal) problem(lang string, status int) problemPage {
	key := "problem.missing"
	switch {
	case status >= http.StatusInternalServerError:
		key = "problem.fault"
	case status != http.StatusNotFound:
		key = "problem.request"
	}
	return problemPage{
		Frame:    Frame{Title: say(lang, key), Site: p.options.Site, Stylesheet: stylesheet(), Lang: lang, Kinds: columns(lang)},
		Sentence: say(lang, key+".why"),
	}
}

func (p *Portal) moment(t time.Time) moment {
	if t.IsZero() {
		return moment{}
	}
	return moment{t.In(p.zone)}
}

// kindOf names a kind; one that we do not know is filed under the last.
func kindOf(lang, id string) column {
	k, ok := disclosure.KindByID(id)
	if !ok {
		kinds := disclosure.Kinds()
		k = kinds[len(kinds)-1]
	}
	if lang == english {
		return column{k.ID, k.En}
	}
	return column{k.ID, k.Zh}
}

// columns are all kinds, in their order.
func columns(lang string) []column {
	var all []column
	for _, k := range disclosure.Kinds() {
		all = append(all, kindOf(lang, k.ID))
	}
	return all
}

func attributeOf(lang, attribute string) string {
	switch attribute {
	case disclosure.Proactive, disclosure.OnRequest, disclosure.Withheld:
		return say(lang, "attribute."+attribute)
	}
	return ""
}

func titleOf(i desk.PublicItem) string {
	if t := strings.TrimSpace(i.Manifest.Metadata.Title); t != "" {
		return t
	}
	return cmp.Or(i.Number, "—")
}

func itemPath(number string) string { return "/items/" + url.PathEscape(number) }

func longDate(lang, day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format(say(lang, "layout.day"))
}

// form says what a reader gets: "PDF，186 KB".
func form(lang string, a disclosure.Named) string {
	kind := strings.ToUpper(strings.TrimPrefix(path.Ext(a.Name), "."))
	if kind == "" {
		kind = a.Type
	}
	size := size(a.Length)
	if kind == "" {
		return size
	}
	return kind + say(lang, "comma") + size
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
