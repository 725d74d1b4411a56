package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/paper"
)

// Workbench is what the workbench asks of the desk.
type Workbench interface {
	Work(ctx context.Context, who desk.Actor, q desk.WorkQuery) (desk.Work, error)
	WorkFrame(ctx context.Context, who desk.Actor) (desk.WorkFrame, error)
	ExportWork(ctx context.Context, who desk.Actor, q desk.WorkQuery, row func(desk.WorkItem) error) error
	SaveView(ctx context.Context, who desk.Actor, key, name, query string) error
	DropView(ctx context.Context, who desk.Actor, id string) error
	Agenda(ctx context.Context, who desk.Actor, from, to time.Time) ([]desk.Planned, error)
}

const listed = 15 // rows of a page: it stays below 30 kB

type inboxPage struct {
	Frame
	Form     workForm
	Query    string // as it stands in the address, without the place in the list
	Tabs     []tab
	Groups   []group
	Back     []desk.Summary // the viewer's own items that wait for them
	Today    []slot         // releases
	Saved    []desk.SavedView
	Next     string // address of the next page
	Typed    string // the name of a view
	Hours    []string
	Kinds    []disclosure.Kind
	Sections []desk.Ref
	States   []disclosure.StateInfo
	Steps    []stepChoice
	Pending  bool // a search is not complete yet
	Outside  []desk.Question
	More     bool // one of the filters behind the fold is set
}

// Whole says whether all of the list is on this page.
func (p inboxPage) Whole() bool { return p.Next == "" && p.Form.After == "" }

// workForm is what the address of the workbench says.
type workForm struct{ Tab, Q, Kind, Section, Step, State, Findings, From, Until, After string }

// fields of the address, in the order in which they are written.
var workFields = []struct {
	name string
	of   func(*workForm) *string
}{
	{"tab", func(f *workForm) *string { return &f.Tab }},
	{"q", func(f *workForm) *string { return &f.Q }},
	{"kind", func(f *workForm) *string { return &f.Kind }},
	{"section", func(f *workForm) *string { return &f.Section }},
	{"step", func(f *workForm) *string { return &f.Step }},
	{"state", func(f *workForm) *string { return &f.State }},
	{"findings", func(f *workForm) *string { return &f.Findings }},
	{"from", func(f *workForm) *string { return &f.From }},
	{"until", func(f *workForm) *string { return &f.Until }},
}

func readWork(q url.Values) workForm {
	f := workForm{After: q.Get("after")}
	for _, x := range workFields {
		*x.of(&f) = q.Get(x.name)
	}
	if f.Tab == "" {
		f.Tab = desk.WorkTasks
	}
	return f
}

// query writes the form as it stands in an address.
func (f workForm) query() string {
	q := url.Values{}
	for _, x := range workFields {
		if v := *x.of(&f); v != "" {
			q.Set(x.name, v)
		}
	}
	return q.Encode()
}

// tab counts what stands under it.
type tab struct {
	ID    string
	Count string
	Late  bool
}

// group is a part of the list, by urgency.
type group struct {
	ID   string // overdue, today, later, all
	Rows []inboxRow
}

type inboxRow struct {
	desk.WorkItem
	Soon bool
	Left string // in words
}

// slot is what becomes public at one time of today, in one state.
type slot struct {
	At          time.Time
	Style, Icon string
	N           int
}

// stepChoice is a step of some route.
type stepChoice struct{ ID, Zh, En string }

// home is the workbench of who works on items, and the first page of who keeps the house.
func (c *Console) home(v *visit) error {
	switch {
	case v.who.May(disclosure.MayRead):
		return c.inbox(v)
	case v.who.May(disclosure.MayAccount), v.who.May(disclosure.MayManage), v.who.May(disclosure.MayAudit):
		return v.Redirect(http.StatusSeeOther, base+"/accounts")
	}
	return v.Redirect(http.StatusSeeOther, base+"/me")
}

func (c *Console) inbox(v *visit) error {
	return c.showInbox(v, http.StatusOK, readWork(v.QueryParams()), "", nil)
}

func (c *Console) showInbox(v *visit, code int, f workForm, name string, refusal error) error {
	page := inboxPage{Form: f, Typed: name, Kinds: disclosure.Kinds(), States: disclosure.States(), Steps: steps()}
	var err error
	if page.Frame, err = c.frame(v, "inbox.title", "inbox"); err != nil {
		return err
	}
	page.Here, page.Query = base, f.query()
	page.More = f.Step != "" || f.State != "" || f.Findings != "" || f.From != "" || f.Until != ""
	if refusal != nil && !page.put("view", refusal) {
		return refusal
	}
	around, err := c.desk.WorkFrame(v.ctx(), v.who)
	if err != nil {
		return err
	}
	page.Sections, page.Saved, page.Back, page.Hours = around.Sections, around.Saved, around.Returned, around.Hours
	for _, id := range []string{desk.WorkTasks, desk.WorkOverdue, desk.WorkMine, desk.WorkReady, desk.WorkDone} {
		n := around.Counts[id]
		page.Tabs = append(page.Tabs, tab{ID: id, Count: count(n), Late: id == desk.WorkOverdue && n > 0})
	}
	if f.Tab == desk.WorkAll {
		page.Tabs = append(page.Tabs, tab{ID: f.Tab})
	}
	if err = c.waitingOutside(v, &page); err != nil {
		return err
	}
	if page.Today, err = c.today(v, page.Frame); err != nil {
		return err
	}
	query, err := c.workQuery(f)
	var found desk.Work
	if err == nil {
		found, err = c.desk.Work(v.ctx(), v.who, query)
	}
	if err != nil {
		if !page.put("filter", err) {
			return err
		}
		code = status(disclosure.CodeOf(err))
	}
	page.Pending = found.Pending
	page.Groups = page.byDue(found.Items)
	if found.Next != "" {
		page.Next = "?" + page.Query + "&after=" + url.QueryEscape(found.Next)
	}
	v.Response().Header().Set("Content-Security-Policy", scriptPolicy)
	return c.show(v, code, "inbox", page)
}

// workQuery is what a form asks the desk.
func (c *Console) workQuery(f workForm) (desk.WorkQuery, error) {
	q := desk.WorkQuery{
		Tab: f.Tab, Kind: f.Kind, Section: f.Section, Step: f.Step, State: disclosure.State(f.State), Findings: f.Findings, Words: f.Q, Cursor: f.After, Limit: listed,
	}
	for _, x := range []struct {
		field, typed string
		days         int
		to           *time.Time
	}{{"from", f.From, 0, &q.From}, {"until", f.Until, 1, &q.Until}} {
		if x.typed == "" {
			continue
		}
		at, err := time.ParseInLocation(time.DateOnly, x.typed, c.zone)
		if err != nil {
			return q, disclosure.Refuse(disclosure.WrongType, x.field, "why", "YYYY-MM-DD")
		}
		*x.to = at.AddDate(0, 0, x.days)
	}
	return q, nil
}

func count(n int) string {
	if n >= desk.MostCounted {
		return strconv.Itoa(desk.MostCounted-1) + "+"
	}
	return strconv.Itoa(n)
}

// steps are those of all routes, once each.
func steps() []stepChoice {
	var all []stepChoice
	for _, r := range disclosure.Routes() {
		for _, s := range r.Steps {
			if !slices.ContainsFunc(all, func(o stepChoice) bool { return o.ID == s.ID }) {
				all = append(all, stepChoice{s.ID, s.Zh, s.En})
			}
		}
	}
	return all
}

// byDue groups tasks into overdue, due today and later, and drops empty groups.
func (p *inboxPage) byDue(items []desk.WorkItem) []group {
	groups := []group{{ID: "overdue"}, {ID: "today"}, {ID: "later"}, {ID: "all"}}
	for _, w := range items {
		row, i := inboxRow{WorkItem: w}, 3
		if t := w.Task; t != nil {
			row.Left = p.left(*t)
			switch i = 2; {
			case t.Overdue:
				i = 0
			case p.today(t.DueAt):
				i, row.Soon = 1, true
			}
		}
		groups[i].Rows = append(groups[i].Rows, row)
	}
	return slices.DeleteFunc(groups, func(g group) bool { return len(g.Rows) == 0 })
}

// left writes the working time that is left, or has passed since.
func (f Frame) left(t desk.WorkTask) string {
	key := "remains."
	if t.Overdue {
		key = "over."
	}
	hours, minutes := int(t.Left/time.Hour), int(t.Left%time.Hour/time.Minute)
	switch {
	case t.FullDay > 0 && t.Left >= t.FullDay:
		return f.T(key+"days", "n", int(t.Left/t.FullDay))
	case hours > 0:
		return f.T(key+"hours", "h", hours, "m", minutes)
	}
	return f.T(key+"minutes", "m", minutes)
}

// today gathers the releases of the day by time and state.
func (c *Console) today(v *visit, f Frame) ([]slot, error) {
	now := f.local(f.now)
	morning := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, c.zone)
	planned, err := c.desk.Agenda(v.ctx(), v.who, morning, morning.AddDate(0, 0, 1))
	if err != nil {
		return nil, err
	}
	var out []slot
	for _, p := range planned {
		s := c.styleOf(p.State, p.Frozen, p.At)
		at := p.At.Truncate(time.Minute)
		i := slices.IndexFunc(out, func(o slot) bool { return o.At.Equal(at) && o.Style == s })
		if i < 0 {
			out, i = append(out, slot{At: at, Style: s, Icon: iconOf(s)}), len(out)
		}
		out[i].N++
	}
	return out[:min(len(out), 12)], nil
}

// exportWork sends what the workbench shows as a table.
func (c *Console) exportWork(v *visit) error {
	f := readWork(v.QueryParams())
	frame := c.bare(v, "inbox.title")
	q, err := c.workQuery(f)
	if err != nil {
		return err
	}
	q.Cursor = ""
	s := paper.NewCSV()
	head := []string{}
	for _, key := range []string{"number", "title", "kind", "section", "drafter", "state", "step", "at", "left", "findings", "version"} {
		head = append(head, frame.T("sheet."+key))
	}
	if err := s.Row(head...); err != nil {
		return err
	}
	if err := c.desk.ExportWork(v.ctx(), v.who, q, func(w desk.WorkItem) error {
		left := ""
		if w.Task != nil {
			left = frame.left(*w.Task)
		}
		return s.Row(w.Number, w.Title, frame.Kind(w.Kind), w.Section.Name, w.Drafter.Name, frame.State(w.State), frame.pick(w.StepZh, w.StepEn),
			frame.local(w.At).Format(time.DateTime), left, strconv.Itoa(w.OpenFindings), strconv.Itoa(w.Version))
	}); err != nil {
		return err
	}
	return sendCSV(v, s, frame.Name("tab", f.Tab)+" "+frame.local(frame.now).Format(time.DateOnly)+".csv")
}

// saveView keeps what the workbench shows under a name.
func (c *Console) saveView(v *visit) error {
	q, err := url.ParseQuery(v.typed("query"))
	if err != nil {
		return disclosure.Refuse(disclosure.BadRequest, "", "why", "query")
	}
	f := readWork(q)
	f.After = ""
	if err := c.desk.SaveView(v.ctx(), v.who, v.key, v.typed("view"), f.query()); err != nil {
		return c.showInbox(v, status(disclosure.CodeOf(err)), f, v.typed("view"), err)
	}
	return v.Redirect(http.StatusSeeOther, base+"?"+f.query()+"&done=view")
}

func (c *Console) dropView(v *visit) error {
	if err := c.desk.DropView(v.ctx(), v.who, v.Param("id")); err != nil {
		return err
	}
	return v.Redirect(http.StatusSeeOther, base+"?done=noview")
}
