package console

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/paper"
)

// Reports is what the figures ask of the desk.
type Reports interface {
	Report(ctx context.Context, who desk.Actor, from, until time.Time) (desk.Report, error)
	ExportedReport(ctx context.Context, who desk.Actor)
}

type reportPage struct {
	Frame
	From, Until string // days, both counted
	Periods     []namedPeriod
	Charts      []chart
}

// namedPeriod is a period that one click chooses.
type namedPeriod struct{ ID, From, Until string }

// chart is a table with a drawing in each of its rows.
type chart struct {
	ID    string
	Head  []string
	Rows  []chartRow
	Drawn bool
}

type chartRow struct {
	Label, Link string
	Cells       []string
	Bars        []bar
}

// bar is a part of a row's drawing, in hundredths of its width.
type bar struct {
	X, W  int
	Style string
}

// bars draws parts of a whole that is the widest of its chart, one after the other.
func bars(whole int, parts ...part) []bar {
	var out []bar
	sum := 0
	for _, p := range parts {
		from := share(sum, whole)
		sum += p.n
		if w := share(sum, whole) - from; w > 0 {
			out = append(out, bar{from, w, p.style})
		}
	}
	return out
}

type part struct {
	n     int
	style string
}

func share(n, whole int) int {
	if whole <= 0 {
		return 0
	}
	return n * 100 / whole
}

func (c *Console) reports(v *visit) error {
	frame, err := c.frame(v, "report.title", "reports")
	if err != nil {
		return err
	}
	frame.Here = base + "/reports"
	page := reportPage{Frame: frame, Periods: c.periods()}
	r, err := c.figures(v, &page)
	code := http.StatusOK
	if err != nil {
		if !page.put("period", err) {
			return err
		}
		code = status(disclosure.CodeOf(err))
	} else {
		page.Charts = page.charts(r)
	}
	return c.show(v, code, "reports", page)
}

// figures counts the period that the address names, or this month.
func (c *Console) figures(v *visit, page *reportPage) (desk.Report, error) {
	page.From, page.Until = v.QueryParam("from"), v.QueryParam("until")
	if page.From == "" && page.Until == "" {
		page.From, page.Until = page.Periods[0].From, page.Periods[0].Until
	}
	var bounds [2]time.Time
	for i, x := range []struct{ field, typed string }{{"from", page.From}, {"until", page.Until}} {
		at, err := time.ParseInLocation(time.DateOnly, x.typed, c.zone)
		if err != nil {
			return desk.Report{}, disclosure.Refuse(disclosure.WrongType, x.field, "why", "YYYY-MM-DD")
		}
		bounds[i] = at.AddDate(0, 0, i)
	}
	return c.desk.Report(v.ctx(), v.who, bounds[0], bounds[1])
}

// periods are those that one click chooses, the first by itself.
func (c *Console) periods() []namedPeriod {
	now := c.options.Now().In(c.zone)
	y, m, _ := now.Date()
	day := func(y int, m time.Month, d int) string {
		return time.Date(y, m, d, 0, 0, 0, 0, c.zone).Format(time.DateOnly)
	}
	quarter := (m-1)/3*3 + 1
	return []namedPeriod{
		{"month", day(y, m, 1), day(y, m+1, 0)},
		{"before", day(y, m-1, 1), day(y, m, 0)},
		{"quarter", day(y, quarter, 1), day(y, quarter+3, 0)},
		{"year", day(y, 1, 1), day(y, 12, 31)},
	}
}

// charts lays a report out.
func (p *reportPage) charts(r desk.Report) []chart {
	return []chart{p.backlog(r), p.times(r), p.decisions(r), p.classes(r), p.rules(r), p.lines("punctual", desk.Punctuality[:], r.Channels), p.lines("limits", desk.Limits[:], r.Limits), p.bypasses(r)}
}

func (p *reportPage) head(keys ...string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = p.Name("column", k)
	}
	return out
}

func (p *reportPage) backlog(r desk.Report) chart {
	c := chart{ID: "backlog", Drawn: true, Head: p.head("section", "open", "overdue", "age0", "age1", "age2", "age3", "oldest")}
	widest := 0
	for _, b := range r.Backlog {
		widest = max(widest, b.N)
	}
	styles := []string{"ok", "warn", "hold", "late"}
	for _, b := range r.Backlog {
		row := chartRow{Label: b.Section.Name, Cells: []string{strconv.Itoa(b.N), strconv.Itoa(b.Overdue)}}
		var parts []part
		for i, n := range b.Ages {
			row.Cells, parts = append(row.Cells, strconv.Itoa(n)), append(parts, part{n, styles[i]})
		}
		row.Cells, row.Bars = append(row.Cells, p.span(b.Oldest, r.FullDay)), bars(widest, parts...)
		c.Rows = append(c.Rows, row)
	}
	return c
}

func (p *reportPage) times(r desk.Report) chart {
	c := chart{ID: "steps", Drawn: true, Head: p.head("step", "n", "median", "ninety", "late")}
	widest := time.Duration(0)
	for _, s := range r.Steps {
		widest = max(widest, s.Ninety)
	}
	for _, s := range r.Steps {
		minutes := func(d time.Duration) int { return int(d / time.Minute) }
		c.Rows = append(c.Rows, chartRow{
			Label: p.pick(s.Zh, s.En), Cells: []string{strconv.Itoa(s.N), p.span(s.Median, r.FullDay), p.span(s.Ninety, r.FullDay), strconv.Itoa(s.Late)},
			Bars: bars(minutes(widest), part{minutes(s.Median), ""}, part{minutes(s.Ninety - s.Median), "rest"}),
		})
	}
	return c
}

func (p *reportPage) decisions(r desk.Report) chart {
	c := chart{ID: "outcomes", Drawn: true, Head: p.head("step", "outcome", "n")}
	widest := 0
	for _, o := range r.Outcomes {
		widest = max(widest, o.N)
	}
	for _, o := range r.Outcomes {
		style := "hold"
		if o.Outcome == disclosure.Disclose {
			style = "ok"
		}
		c.Rows = append(c.Rows, chartRow{Label: p.pick(o.Zh, o.En), Cells: []string{p.Outcome(o.Outcome), strconv.Itoa(o.N)}, Bars: bars(widest, part{o.N, style})})
	}
	return c
}

var classStyle = map[string]string{"BLOCK": "block", "HOLD": "hold", "WARN": "warn", "INFO": "info"}

func (p *reportPage) classes(r desk.Report) chart {
	c := chart{ID: "classes", Drawn: true, Head: p.head("class", "found", "undone", "mended", "false", "lawful")}
	widest := 0
	for _, x := range r.Classes {
		widest = max(widest, x.N)
	}
	for _, x := range r.Classes {
		style := classStyle[x.Class]
		c.Rows = append(c.Rows, chartRow{
			Label: p.Name("class", style), Cells: []string{strconv.Itoa(x.N), strconv.Itoa(x.Open), strconv.Itoa(x.Changed), strconv.Itoa(x.FalseAlarms), strconv.Itoa(x.Lawful)},
			Bars: bars(widest, part{x.Open, style}, part{x.Changed + x.FalseAlarms + x.Lawful, "rest"}),
		})
	}
	return c
}

func (p *reportPage) rules(r desk.Report) chart {
	c := chart{ID: "rules", Drawn: true, Head: p.head("rule", "class", "found", "false")}
	for _, x := range r.Rules {
		style := classStyle[x.Class]
		c.Rows = append(c.Rows, chartRow{
			Label: x.Rule, Cells: []string{p.Name("class", style), strconv.Itoa(x.N), strconv.Itoa(x.FalseAlarms)},
			Bars: bars(r.Rules[0].N, part{x.N - x.FalseAlarms, style}, part{x.FalseAlarms, "rest"}),
		})
	}
	return c
}

// lines shows counts by name, all of them, in order.
func (p *reportPage) lines(id string, names []string, counts map[string]int) chart {
	c := chart{ID: id, Drawn: true, Head: p.head(id, "n")}
	styles := map[string]string{"1s": "ok", "10s": "ok", "60s": "warn", "later": "hold", "never": "late", "met": "ok", "missed": "late", "waiting": "late", "none": "info"}
	sum := 0
	for _, n := range counts {
		sum += n
	}
	for _, name := range names {
		n := counts[name]
		if sum > 0 {
			c.Rows = append(c.Rows, chartRow{Label: p.Name("line", name), Cells: []string{strconv.Itoa(n)}, Bars: bars(sum, part{n, styles[name]})})
		}
	}
	return c
}

func (p *reportPage) bypasses(r desk.Report) chart {
	c := chart{ID: "bypasses", Head: p.head("number", "by", "at", "judged")}
	for _, b := range r.Bypasses {
		judged := "—"
		if b.Judged != "" {
			judged = p.Name("ratify", b.Judged)
		}
		c.Rows = append(c.Rows, chartRow{Label: b.Number, Link: itemPath(b.ID), Cells: []string{b.By, p.local(b.At).Format(time.DateTime), judged}})
	}
	return c
}

// span writes working time.
func (f Frame) span(d, day time.Duration) string {
	if day > 0 && d >= day {
		return f.T("span.days", "n", strconv.FormatFloat(float64(d)/float64(day), 'f', 1, 64))
	}
	return f.T("span.hours", "h", int(d/time.Hour), "m", int(d%time.Hour/time.Minute))
}

// exportReport sends all tables of a report as one.
func (c *Console) exportReport(v *visit) error {
	page := reportPage{Frame: c.bare(v, "report.title"), Periods: c.periods()}
	r, err := c.figures(v, &page)
	if err != nil {
		return err
	}
	s := paper.NewCSV()
	if err := s.Row(page.T("report.title"), page.From, page.Until); err != nil {
		return err
	}
	for _, one := range page.charts(r) {
		for _, cells := range [][]string{{}, {page.Name("chart", one.ID)}, one.Head} {
			if err := s.Row(cells...); err != nil {
				return err
			}
		}
		for _, row := range one.Rows {
			if err := s.Row(append([]string{row.Label}, row.Cells...)...); err != nil {
				return err
			}
		}
	}
	c.desk.ExportedReport(v.ctx(), v.who)
	return sendCSV(v, s, page.T("report.title")+" "+page.From+" "+page.Until+".csv")
}
