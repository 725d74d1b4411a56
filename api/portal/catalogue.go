package portal

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
)

// catalogueStep is how many items are read at once for the whole catalogue.
const catalogueStep = 500

type cataloguePage struct {
	Frame
	Rows  []catalogueRow
	Next  string
	First string
	File  string
}

// catalogueRow holds what 《中华人民共和国政府信息公开条例》第十二条 asks of the 公开目录:
// index number, name, summary and date of generation; and where it is.
type catalogueRow struct {
	Index, Title, Summary, FormedOn, Href, Number string
	Released                                      moment
}

func (p *Portal) catalogueRow(f Frame, i desk.PublicItem) catalogueRow {
	m := i.Manifest.Metadata
	index := m.IndexNumber
	if index == "" {
		index = i.Number
	}
	return catalogueRow{
		Index: index, Title: titleOf(i), Summary: summary(i), FormedOn: m.FormedOn, Href: f.To(itemPath(i.Number)), Number: i.Number, Released: p.moment(i.ReleasedAt),
	}
}

// catalogue is 公开目录, a page at a time.
func (p *Portal) catalogue(c echo.Context) error {
	ctx := c.Request().Context()
	f := p.frame(c, say(p.language(c), "catalogue"))
	until, err := p.next(ctx)
	if err != nil {
		return err
	}
	before := c.QueryParam("before")
	items, next, err := p.desk.PublicList(ctx, desk.PublicQuery{Before: before, Limit: pageSize})
	if err != nil {
		return err
	}
	page := cataloguePage{Frame: f, Next: f.following("/catalogue", next), File: f.To("/catalogue.csv")}
	if before != "" {
		page.First = f.To("/catalogue")
	}
	for _, i := range items {
		page.Rows = append(page.Rows, p.catalogueRow(f, i))
	}
	return p.sendPage(c, f, "catalogue.html", page, answer{until: until})
}

// catalogueFile is the whole catalogue for a spreadsheet (RFC 4180, with the mark by
// which spreadsheets know UTF-8).
func (p *Portal) catalogueFile(c echo.Context) error {
	ctx := c.Request().Context()
	f := p.frame(c, "")
	until, err := p.next(ctx)
	if err != nil {
		return err
	}
	base := p.base(c)
	out := bytes.NewBufferString("\ufeff")
	w := csv.NewWriter(out)
	w.UseCRLF = true
	write := func(fields ...string) error {
		for n := range fields {
			fields[n] = cell(fields[n])
		}
		return w.Write(fields)
	}
	err = write(f.Say("item.index"), f.Say("catalogue.title"), f.Say("catalogue.summary"), f.Say("catalogue.formed"), f.Say("item.released"), f.Say("catalogue.address"))
	for before := ""; err == nil; {
		items, next, failed := p.desk.PublicList(ctx, desk.PublicQuery{Before: before, Limit: catalogueStep})
		if failed != nil {
			return failed
		}
		for _, i := range items {
			r := p.catalogueRow(f, i)
			if err = write(r.Index, r.Title, r.Summary, r.FormedOn, r.Released.Minute(), base+itemPath(r.Number)); err != nil {
				break
			}
		}
		if next == "" {
			break
		}
		before = next
	}
	w.Flush()
	if err == nil {
		err = w.Error()
	}
	if err != nil {
		return fmt.Errorf("catalogue: %w", err)
	}
	return p.send(c, answer{mediaType: "text/csv; charset=utf-8; header=present", policy: filePolicy, until: until, language: f.Lang, attach: "catalogue.csv", bytes: out.Bytes()})
}

// cell writes text that no spreadsheet takes for a formula.
func cell(s string) string {
	if strings.HasPrefix(strings.TrimLeft(s, " "), "=") || s != "" && strings.ContainsRune("+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
