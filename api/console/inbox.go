package console

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// Tabs of the workbench.
const (
	tabTasks = "tasks"
	tabMine  = "mine"
	tabReady = "ready"
)

const listed = 100 // rows a page asks for

type inboxPage struct {
	Frame
	Tab    string
	Tabs   []tab
	Groups []group
	Back   []desk.Summary // the viewer's own items that wait for them
	Next   string         // cursor of the next page
}

// tab counts what stands under it; Count says "100+" rather than guess.
type tab struct {
	ID    string
	Count string
	Late  int
}

// group is a part of the list, by urgency.
type group struct {
	ID   string // overdue, today, later, all
	Rows []inboxRow
}

type inboxRow struct {
	desk.Summary
	Step string
	At   time.Time // due, or the release
	Late bool
	Soon bool
	Verb string
}

func (c *Console) inbox(v *visit) error {
	page := inboxPage{Tab: v.QueryParam("tab")}
	if page.Tab != tabMine && page.Tab != tabReady {
		page.Tab = tabTasks
	}
	var err error
	if page.Frame, err = c.frame(v, "inbox.title", "inbox"); err != nil {
		return err
	}
	cursor := v.QueryParam("after")
	of := func(name string) string {
		if page.Tab == name {
			return cursor
		}
		return ""
	}
	tasks, err := c.desk.Inbox(v.ctx(), v.who, of(tabTasks), listed)
	if err != nil {
		return err
	}
	mine, err := c.desk.List(v.ctx(), v.who, desk.ListQuery{Mine: true, Cursor: of(tabMine), Limit: listed})
	if err != nil {
		return err
	}
	ready, more, err := c.ready(v)
	if err != nil {
		return err
	}
	overdue := 0
	for _, t := range tasks.Items {
		if t.Overdue {
			overdue++
		}
	}
	page.Tabs = []tab{
		{ID: tabTasks, Count: count(len(tasks.Items), tasks.Next != ""), Late: overdue},
		{ID: tabMine, Count: count(len(mine.Items), mine.Next != "")},
		{ID: tabReady, Count: count(len(ready), more)},
	}
	switch page.Tab {
	case tabMine:
		page.Groups, page.Next = []group{{ID: "all", Rows: rowsOf(mine.Items, mineVerb)}}, mine.Next
	case tabReady:
		page.Groups = []group{{ID: "all", Rows: rowsOf(ready, func(desk.Summary) string { return "view" })}}
	default:
		page.Groups, page.Next = page.byDue(tasks.Items), tasks.Next
	}
	for _, s := range mine.Items {
		if s.State == disclosure.Returned || s.State == disclosure.SelfReview || s.State == disclosure.Held {
			page.Back = append(page.Back, s)
		}
	}
	return c.show(v, http.StatusOK, "inbox", page)
}

// ready lists what is approved and waits for its instant, earliest first.
func (c *Console) ready(v *visit) (items []desk.Summary, more bool, err error) {
	for _, state := range []disclosure.State{disclosure.Approved, disclosure.Armed, disclosure.Held} {
		p, err := c.desk.List(v.ctx(), v.who, desk.ListQuery{State: state, Limit: listed})
		if err != nil {
			return nil, false, err
		}
		items, more = append(items, p.Items...), more || p.Next != ""
	}
	slices.SortStableFunc(items, func(a, b desk.Summary) int { return instant(a.ReleaseAt).Compare(instant(b.ReleaseAt)) })
	return items, more, nil
}

func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func count(n int, more bool) string {
	if more {
		return strconv.Itoa(n) + "+"
	}
	return strconv.Itoa(n)
}

func rowsOf(items []desk.Summary, verb func(desk.Summary) string) []inboxRow {
	rows := make([]inboxRow, len(items))
	for i, s := range items {
		rows[i] = inboxRow{Summary: s, At: instant(s.ReleaseAt), Verb: verb(s)}
	}
	return rows
}

func mineVerb(s desk.Summary) string {
	switch {
	case s.State == disclosure.SelfReview:
		return "dispose"
	case s.State.Editable():
		return "edit"
	}
	return "view"
}

// byDue groups tasks into overdue, due today and later, and drops empty groups.
func (p *inboxPage) byDue(tasks []desk.TaskView) []group {
	groups := []group{{ID: "overdue"}, {ID: "today"}, {ID: "later"}}
	for _, t := range tasks {
		row := inboxRow{Summary: t.Disclosure, Step: p.pick(t.StepZh, t.StepEn), At: t.DueAt, Late: t.Overdue, Verb: "view"}
		if t.Mine {
			row.Verb = "decide"
		}
		i := 2
		switch {
		case t.Overdue:
			i = 0
		case p.today(t.DueAt):
			i, row.Soon = 1, true
		}
		groups[i].Rows = append(groups[i].Rows, row)
	}
	return slices.DeleteFunc(groups, func(g group) bool { return len(g.Rows) == 0 })
}
