package console

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// typed is what was typed into one of the forms of an item's page, kept while a
// refusal is shown. Form says which.
type typed struct {
	form        string
	Reason      string
	At          string
	Outcome     string
	Basis       string
	ReturnTo    string
	Disposition string
	Kind        string // of a withdrawal
	Successor   string
	Document    string
	Person      string // to whom
	Where       string // a signer is added
	Same        bool   // others of the same value too
	seen        disclosure.Hash
	partly      string // what was done of it, if not all was
}

type itemPage struct {
	Frame
	D        desk.Disclosure
	Body     template.HTML
	HasBody  bool
	Findings []findingRow
	Open     int
	Counts   []classCount
	Diff     *diffView // what changed since what the viewer knows; nil before the first version
	Steps    []stepMark
	Plan     *desk.Plan // of what is not out yet
	Opinions []desk.Decision
	Due      *desk.TaskView
	Decision decisionForm
	Typed    typed
	Days     []day
	Entries  int
	Evidence *desk.Evidence // of its recall

	Colleagues []desk.Colleague // to whom a task may be given
	Asked      []desk.Question
	Threads    []desk.Thread // that nobody resolved
}

type findingRow struct {
	desk.Finding
	N       int
	Form    string // name of its form; "" if there is nothing to do
	Blocked bool   // can only be removed from the file
	Opened  bool
	Typed   typed
}

type classCount struct {
	Class string // block, hold, warn, info
	N     int
}

// stepMark is one station of the route as drawn.
type stepMark struct {
	Name string
	Mark string // ok, now, nx, back
	Who  []string
	At   time.Time
}

// decisionForm asks for the decision of the step that waits.
type decisionForm struct {
	Show     bool
	Step     string
	Name     string
	Outcomes []disclosure.OutcomeInfo
	Targets  []target
}

type target struct{ ID, Name string }

// Can says whether the viewer may take an act.
func (p itemPage) Can(act string) bool { return slices.Contains(p.D.Can, act) }

// Lost is an opinion that has no form any more to stand in.
func (p itemPage) Lost() string {
	if p.Decision.Show {
		return ""
	}
	if p.Problem.Form == "decide" {
		return p.Typed.Reason
	}
	return ""
}

// TypedIn is what was typed into a form, if it was this one.
func (p itemPage) TypedIn(form string) typed {
	if p.Typed.form == form {
		return p.Typed
	}
	return typed{}
}

func (c *Console) item(v *visit) error {
	return c.showItem(v, v.Param("id"), http.StatusOK, typed{}, nil)
}

// acted goes back to the item after an act, or shows why nothing was done.
func (c *Console) acted(v *visit, done string, t typed, err error) error {
	if err == nil {
		return c.toItem(v, v.Param("id"), done)
	}
	return c.refused(v, v.Param("id"), t, err)
}

func (c *Console) refused(v *visit, id string, t typed, err error) error {
	if _, ok := shown(err); !ok {
		return err
	}
	return c.showItem(v, id, status(disclosure.CodeOf(err)), t, err)
}

// showItem shows the page as it is now, with a refusal at the form it came from.
func (c *Console) showItem(v *visit, id string, code int, t typed, refusal error) error {
	d, err := c.desk.Get(v.ctx(), v.who, id)
	if err != nil {
		return err
	}
	frame, err := c.frame(v, "item.title", "")
	if err != nil {
		return err
	}
	frame.Title, frame.Here = d.Number, itemPath(id)
	if refusal != nil && !frame.put(t.form, refusal) {
		return refusal
	}
	page := itemPage{Frame: frame, D: d, Typed: t}
	// Of what is quarantined nothing is asked for, so that nothing can be shown.
	if d.State == disclosure.InQuarantine {
		return c.show(v, code, "quarantine", page)
	}
	for _, gather := range []func(*visit, *itemPage) error{c.gatherBody, c.gatherFindings, c.gatherDiff, c.gatherTimeline, c.gatherEvidence, c.gatherPlan, c.gatherColleagues, c.gatherQuestions, c.gatherThreads} {
		if err := gather(v, &page); err != nil {
			return err
		}
	}
	page.Opinions = slices.Clone(d.Decisions)
	slices.Reverse(page.Opinions)
	page.Steps = page.route()
	page.Decision = page.decision()
	for i, task := range d.Tasks {
		if page.Due == nil || task.Mine {
			page.Due = &d.Tasks[i]
		}
	}
	return c.show(v, code, "item", page)
}

func (c *Console) gatherBody(v *visit, p *itemPage) error {
	version := p.D.Version
	if p.D.State.Editable() {
		version = 0
	}
	f, err := c.desk.File(v.ctx(), v.who, p.D.ID, version, "body")
	if disclosure.CodeOf(err) == disclosure.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	p.HasBody = true
	if p.Body, err = body(f.Data); err != nil {
		return fmt.Errorf("body of %s: %w", p.D.ID, err)
	}
	return nil
}

func (c *Console) gatherFindings(v *visit, p *itemPage) error {
	found, err := c.desk.Findings(v.ctx(), v.who, p.D.ID)
	if err != nil {
		return err
	}
	counts := map[string]int{}
	for i, f := range found {
		row := findingRow{Finding: f, N: i + 1, Blocked: f.Class == "BLOCK"}
		counts[class(f.Class)]++
		if waits(f) {
			p.Open++
			if p.Can("dispose") && !row.Blocked {
				row.Form = "dispose-" + f.ID
				row.Typed = p.TypedIn(row.Form)
				row.Opened = row.Typed.form != "" || p.Open == 1 // the first is the next thing to do
			}
		}
		p.Findings = append(p.Findings, row)
	}
	for _, name := range classes {
		if counts[name] > 0 {
			p.Counts = append(p.Counts, classCount{name, counts[name]})
		}
	}
	// Open ones first, each kind in the order of the text.
	slices.SortStableFunc(p.Findings, func(a, b findingRow) int { return rank(a) - rank(b) })
	return nil
}

func rank(f findingRow) int {
	switch {
	case f.Disposition != "":
		return 2
	case f.Class == "INFO":
		return 1
	}
	return 0
}

// classes are the styles of the classes, the gravest first.
var classes = []string{"block", "hold", "warn", "info"}

// class is the style of a finding's class.
func class(c string) string {
	switch c {
	case "BLOCK":
		return "block"
	case "HOLD":
		return "hold"
	case "WARN":
		return "warn"
	}
	return "info"
}

// Style is the style of the finding's class.
func (f findingRow) Style() string { return class(f.Class) }

// route draws where the item stands: the drafter, every step, the release.
func (p itemPage) route() []stepMark {
	if p.D.Route == nil {
		return nil
	}
	at := p.position()
	mark := func(i int) string {
		switch {
		case i == at && p.D.State == disclosure.Returned:
			return "back"
		case i == at:
			return "now"
		case i < at:
			return "ok"
		}
		return "nx"
	}
	steps := []stepMark{{Name: p.T("route.drafter"), Mark: mark(0), Who: []string{p.D.Drafter.Name}}}
	for i, s := range p.D.Route.Steps {
		m := stepMark{Name: p.pick(s.Zh, s.En), Mark: mark(i + 1)}
		for _, d := range p.D.Decisions {
			if d.Step == s.ID && d.Counts && d.Version == p.D.Version {
				m.Who, m.At = append(m.Who, d.Person.Name), d.At
			}
		}
		switch {
		case len(m.Who) == 0 && m.Mark == "ok" && p.D.Bypassed:
			m.Mark, m.Who = "warn", []string{p.T("bypass.passed")}
		case len(m.Who) == 0:
			for _, seat := range s.Seats {
				m.Who = append(m.Who, p.Role(seat.Role))
			}
		}
		steps = append(steps, m)
	}
	release := stepMark{Name: p.T("route.release"), Mark: mark(len(steps))}
	ended := p.D.State == disclosure.NotReleased || p.D.State == disclosure.OnAsk || p.D.State == disclosure.Withdrawn
	if at := p.Instant(); at != nil && !ended {
		release.At = *at
	}
	return append(steps, release)
}

// Instant is when it is released, nil where that follows from an approval that is yet to come or
// never came.
func (p itemPage) Instant() *time.Time {
	plan := p.D.Draft.Release
	approved := slices.Contains([]disclosure.State{
		disclosure.Approved, disclosure.Armed, disclosure.Releasing, disclosure.Released, disclosure.Held, disclosure.Failed,
		disclosure.Recalled, disclosure.TakenDown, disclosure.OutOfForce,
	}, p.D.State)
	if !approved && (plan.OnApproval || plan.NextWindow) {
		return nil
	}
	return p.D.ReleaseAt
}

// position is the index in the drawn route: 0 is the drafter, the last the release.
func (p itemPage) position() int {
	last := len(p.D.Route.Steps) + 1
	switch p.D.State {
	case disclosure.InReview, disclosure.Reported:
		for i, s := range p.D.Route.Steps {
			if s.ID == p.D.Step {
				return i + 1
			}
		}
		return 1
	case disclosure.Approved, disclosure.Armed, disclosure.Releasing, disclosure.Held, disclosure.Failed:
		return last
	case disclosure.Released, disclosure.Recalled:
		return last + 1
	case disclosure.NotReleased, disclosure.OnAsk: // it ended where the last person decided
		if n := len(p.D.Decisions); n > 0 {
			for i, s := range p.D.Route.Steps {
				if s.ID == p.D.Decisions[n-1].Step {
					return i + 1
				}
			}
		}
	}
	return 0
}

// decision asks the rules for the step that waits and what it can conclude.
func (p itemPage) decision() decisionForm {
	if !p.Can("decide") || p.D.Route == nil {
		return decisionForm{}
	}
	kase := disclosure.Case{State: p.D.State, Route: *p.D.Route}
	kase.Step = slices.IndexFunc(kase.Route.Steps, func(s disclosure.Step) bool { return s.ID == p.D.Step })
	if kase.Step < 0 && kase.State != disclosure.Reported {
		return decisionForm{}
	}
	step, ok := kase.CurrentStep()
	if !ok {
		return decisionForm{}
	}
	f := decisionForm{Show: true, Step: step.ID, Name: p.pick(step.Zh, step.En)}
	for _, id := range step.Outcomes {
		if info, ok := disclosure.OutcomeByID(id); ok {
			f.Outcomes = append(f.Outcomes, info)
		}
	}
	for _, id := range p.D.ReturnTargets {
		name := p.T("route.drafter")
		for _, s := range p.D.Route.Steps {
			if s.ID == id {
				name = p.pick(s.Zh, s.En)
			}
		}
		f.Targets = append(f.Targets, target{id, name})
	}
	return f
}

// attachment sends an attachment by its place, for a name in an address would tell
// what the item is about.
func (c *Console) attachment(v *visit) error {
	d, err := c.desk.Get(v.ctx(), v.who, v.Param("id"))
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(v.Param("n"))
	if err != nil || n < 1 || n > len(d.Draft.Attachments) || d.State == disclosure.InQuarantine {
		return disclosure.Refuse(disclosure.NotFound, "")
	}
	version := d.Version
	if d.State.Editable() {
		version = 0
	}
	f, err := c.desk.File(v.ctx(), v.who, d.ID, version, d.Draft.Attachments[n-1].Name)
	if err != nil {
		return err
	}
	return c.download(v, f)
}
