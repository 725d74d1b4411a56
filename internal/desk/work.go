package desk

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// Tabs of the workbench.
const (
	WorkTasks   = store.WorkTasks
	WorkOverdue = store.WorkOverdue
	WorkMine    = store.WorkMine
	WorkReady   = store.WorkReady
	WorkDone    = store.WorkDone
	WorkAll     = store.WorkAll
)

// WorkQuery narrows the workbench. Zero values do not narrow.
type WorkQuery struct {
	Tab      string // default: WorkTasks
	Kind     string
	Section  string
	Step     string
	State    disclosure.State
	Findings string    // open, none
	From     time.Time // bounds of what orders the tab: due, release or last change
	Until    time.Time
	Words    string // all of them stand in the item
	Cursor   string
	Limit    int
}

// WorkItem is one row of the workbench.
type WorkItem struct {
	Summary
	At     time.Time // due, release or last change, as the tab says
	Task   *WorkTask
	StepZh string // of the task, or where the item is in its route
	StepEn string
	InBody bool   // what was looked for stands in the body
	Verb   string // what the person can do about it: decide, dispose, edit, view
}

// WorkTask is the clock of a task.
type WorkTask struct {
	OpenedAt time.Time
	DueAt    time.Time
	Overdue  bool
	Left     time.Duration // working time until it is due, or since; less than a day of the clock is told as it is
	FullDay  time.Duration // working time of a day
	Spent    int           // percent of the time that there was
	Holder   string        // who claimed it
}

// Work is a look at the workbench.
type Work struct {
	Items   []WorkItem
	Next    string
	Pending bool // drafts that changed are still being taken up: what was looked for may be in one of them
}

// WorkFrame is what stands around the list: it does not depend on the filters.
type WorkFrame struct {
	Counts   map[string]int // by tab; up to MostCounted
	Sections []Ref
	Returned []Summary // the person's own items that wait for them
	Saved    []SavedView
	Hours    []string // of today's work, "08:30–12:00"; none on a day off
}

// SavedView is a choice of the workbench that a person keeps.
type SavedView struct{ ID, Name, Query string }

const (
	// MostCounted is where counts end.
	MostCounted = store.MostCounted
	maxWords    = 200   // characters of a question
	maxView     = 1000  // characters of a view's address
	maxViewName = 40    // characters of its name
	maxExport   = 10000 // rows of an export
	// takenUp is how many changed drafts one search makes findable before it answers; the
	// watchdog takes up the others.
	takenUp = 200
)

var workStates = map[string]bool{WorkTasks: true, WorkOverdue: true, WorkMine: true, WorkReady: true, WorkDone: true, WorkAll: true}

// Work lists one tab of the workbench, the most urgent first.
func (d *Desk) Work(ctx context.Context, who Actor, q WorkQuery) (Work, error) {
	out := Work{Items: []WorkItem{}}
	if err := d.needs(ctx, who, disclosure.MayRead, "work", ""); err != nil {
		return out, err
	}
	sq, err := workQuery(q)
	if err != nil {
		return out, err
	}
	if who, err = d.standing(ctx, who); err != nil {
		return out, err
	}
	if len(sq.Terms) > 0 {
		took, err := d.store.TakeUpWords(ctx, who.Unit, takenUp)
		if err != nil {
			return out, err
		}
		out.Pending = took == takenUp
	}
	page, err := d.store.Work(ctx, who.Person, sq)
	if err != nil {
		return out, err
	}
	if len(sq.Terms) > 0 && q.Cursor == "" {
		d.note(ctx, who, "search", "", "ok", nil)
	}
	for _, w := range page.Rows {
		out.Items = append(out.Items, d.workItem(who, w))
	}
	if page.More {
		out.Next = workCursor(page.Last)
	}
	return out, nil
}

func workQuery(q WorkQuery) (store.WorkQuery, error) {
	sq := store.WorkQuery{
		Tab: q.Tab, Kind: q.Kind, Section: q.Section, Step: q.Step, State: q.State, From: q.From, Until: q.Until, Limit: pageSize(q.Limit),
		Terms: store.Searched(q.Words),
	}
	if sq.Tab == "" {
		sq.Tab = WorkTasks
	}
	switch {
	case !workStates[sq.Tab]:
		return sq, disclosure.Refuse(disclosure.WrongType, "tab", "why", "tasks, overdue, mine, ready, done, all")
	case utf8.RuneCountInString(q.Words) > maxWords:
		return sq, disclosure.Refuse(disclosure.TooLong, "q", "max", strconv.Itoa(maxWords))
	case q.Findings == "open" || q.Findings == "none":
		open := q.Findings == "open"
		sq.Open = &open
	case q.Findings != "":
		return sq, disclosure.Refuse(disclosure.WrongType, "findings", "why", "open, none")
	}
	if q.Cursor != "" {
		var err error
		if sq.AfterAt, sq.AfterTask, sq.AfterItem, err = readWorkCursor(q.Cursor); err != nil {
			return sq, err
		}
	}
	return sq, nil
}

func workCursor(w store.Worked) string {
	return cursor(w.At, strconv.FormatInt(w.Task, 36)+" "+w.Item)
}

func readWorkCursor(s string) (at time.Time, task int64, item string, err error) {
	at, rest, err := readCursor(s)
	if err != nil {
		return at, 0, "", err
	}
	number, item, _ := strings.Cut(rest, " ")
	if task, err = strconv.ParseInt(number, 36, 64); err != nil || uuid.Validate(item) != nil {
		return at, 0, "", disclosure.Refuse(disclosure.WrongType, "cursor", "why", "next")
	}
	return at, task, item, nil
}

func (d *Desk) workItem(who Actor, w store.Worked) WorkItem {
	item := WorkItem{Summary: summary(w.Row), At: w.At, InBody: w.InBody, Verb: workVerb(who, w.Row)}
	if item.State == disclosure.InQuarantine {
		item.Title = ""
	}
	step := item.Step
	if w.Step != nil {
		step, item.Task = *w.Step, d.workTask(who.Unit, *w.Opened, w.At, w.Now)
		item.Task.Holder = deref(w.Holder)
	}
	if step != "" {
		item.StepZh, item.StepEn = stepName(w.Row.Case, step)
	}
	return item
}

// workVerb is what somebody would open an item for.
func workVerb(who Actor, row store.Row) string {
	switch s := row.Case.State; {
	case mayDecide(who, row.Case):
		return "decide"
	case s == disclosure.SelfReview && canEdit(who, row):
		return "dispose"
	case s.Editable() && canEdit(who, row):
		return "edit"
	}
	return "view"
}

func (d *Desk) workTask(unit string, opened, due, now time.Time) *WorkTask {
	t := WorkTask{OpenedAt: opened, DueAt: due, Overdue: now.After(due), FullDay: d.calendar.Get().FullDay(unit, d.calendar.Get().DateOf(now))}
	from, until := now, due
	if t.Overdue {
		from, until = due, now
	}
	// What was given in minutes or hours runs at night too.
	if due.Sub(opened) < 24*time.Hour {
		t.Left, t.FullDay = until.Sub(from), 24*time.Hour
		t.Spent = percent(now.Sub(opened), due.Sub(opened))
		return &t
	}
	t.Left = d.calendar.Get().Worked(unit, from, until)
	t.Spent = percent(d.calendar.Get().Worked(unit, opened, now), d.calendar.Get().Worked(unit, opened, due))
	return &t
}

func percent(part, whole time.Duration) int {
	if whole <= 0 {
		return 100
	}
	return int(min(max(part*100/whole, 0), 100))
}

// WorkFrame counts the tabs and finds what the aside of the workbench shows.
func (d *Desk) WorkFrame(ctx context.Context, who Actor) (WorkFrame, error) {
	out := WorkFrame{Returned: []Summary{}}
	if err := d.needs(ctx, who, disclosure.MayRead, "work", ""); err != nil {
		return out, err
	}
	var err error
	if out.Counts, err = d.store.WorkCounts(ctx, who.Person); err != nil {
		return out, err
	}
	sections, err := d.store.Sections(ctx, who.Unit)
	if err != nil {
		return out, err
	}
	for _, s := range sections {
		out.Sections = append(out.Sections, Ref(s))
	}
	saved, err := d.store.SavedViews(ctx, who.ID)
	if err != nil {
		return out, err
	}
	for _, v := range saved {
		out.Saved = append(out.Saved, SavedView(v))
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return out, err
	}
	today := d.calendar.Get().DateOf(now)
	if worked, _ := d.calendar.Get().IsWorkingDay(today); worked {
		office, _ := d.calendar.Get().OfficeOf(who.Unit, today)
		for _, s := range office.Spans {
			out.Hours = append(out.Hours, s.Open+"–"+s.Close)
		}
	}
	for _, s := range []disclosure.State{disclosure.Returned, disclosure.SelfReview, disclosure.Held} {
		page, err := d.store.Work(ctx, who.Person, store.WorkQuery{Tab: WorkMine, State: s, Limit: 5})
		if err != nil {
			return out, err
		}
		for _, w := range page.Rows {
			out.Returned = append(out.Returned, summary(w.Row))
		}
	}
	return out, nil
}

// ExportWork hands the rows of one tab to row, as many as an export may have, and enters
// in the ledger that they left and how many.
func (d *Desk) ExportWork(ctx context.Context, who Actor, q WorkQuery, row func(WorkItem) error) error {
	if q.Tab == "" {
		q.Tab = WorkTasks
	}
	n := 0
	for q.Limit = maxPage; n < maxExport; {
		page, err := d.Work(ctx, who, q)
		if err != nil {
			return err
		}
		for _, item := range page.Items {
			if err := row(item); err != nil {
				return fmt.Errorf("export: %w", err)
			}
			n++
		}
		if page.Next == "" {
			break
		}
		q.Cursor = page.Next
	}
	d.note(ctx, who, "export", "work/"+q.Tab, "ok", map[string]string{"rows": strconv.Itoa(n)})
	return nil
}

// SaveView keeps a choice of the workbench under a name. The same key keeps it once.
func (d *Desk) SaveView(ctx context.Context, who Actor, key, name, query string) error {
	if err := d.needs(ctx, who, disclosure.MayRead, "save_view", ""); err != nil {
		return err
	}
	switch {
	case name == "":
		return disclosure.Refuse(disclosure.Required, "view")
	case utf8.RuneCountInString(name) > maxViewName:
		return disclosure.Refuse(disclosure.TooLong, "view", "max", strconv.Itoa(maxViewName))
	case !disclosure.PlainText(name):
		return disclosure.Refuse(disclosure.WrongType, "view", "why", "U+0000–U+001F")
	case len(query) > maxView:
		return disclosure.Refuse(disclosure.TooLong, "view", "max", strconv.Itoa(maxView))
	}
	return d.store.SaveView(ctx, who.ID, store.SavedView{ID: store.Derive("saved-view", who.ID, key), Name: name, Query: query})
}

// DropView forgets it.
func (d *Desk) DropView(ctx context.Context, who Actor, id string) error {
	return d.store.DropView(ctx, who.ID, id)
}
