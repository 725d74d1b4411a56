package console

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// morning is a Wednesday, 08:30 in Beijing.
var morning = time.Date(2026, 11, 25, 0, 30, 0, 0, time.UTC)

// fake is a desk that shows one item, says yes unless told to fail, and remembers
// what it was asked.
type fake struct {
	asked     []desk.Question
	threads   []desk.Thread
	text      []desk.TextPart // of what is commented on
	announced int             // how many more announcements
	codeApp   bool            // everybody has bound one
	trail     desk.Trail
	reason    string     // of rules
	dead      []string   // links in the text
	others    []desk.Ref // who have the draft open
	previews  []desk.Preview

	batches  []desk.Batch
	drift    []desk.Sighting
	newcomer string // what administrators typed about people
	mark     string // what people typed
	report   desk.Report
	next     string // where the workbench goes on
	item     desk.Disclosure
	body     string
	findings []desk.Finding
	readings map[string]desk.Reading // by file
	tasks    []desk.TaskView
	list     []desk.Summary
	versions []desk.Version
	diff     desk.Comparison
	events   []desk.Event
	planned  []desk.ReleaseView
	freezes  []desk.Freeze
	fail     map[string]error // by method
	refuse   map[string]error // by finding
	calls    []string
	denials  []string
	uploads  []desk.Upload
	patches  []desk.Patch
	decided  []desk.DecisionInput
}

var people = map[string]desk.Actor{
	"drafter":  person("p1", "周衡", disclosure.Drafter),
	"leader":   person("p2", "顾宁", disclosure.DeputyLeader),
	"officer":  person("p3", "何舟", disclosure.DisclosureOfficer),
	"sysadmin": person("p6", "孙岚", disclosure.SystemAdmin),
	"secadmin": person("p7", "许棠", disclosure.SecurityAdmin),
	"auditor":  person("p4", "吴桐", disclosure.Auditor),
	"reviewer": person("p8", "沈砚", disclosure.Confidentiality),
	"nobody":   person("p5", "何琪"),
}

func person(id, name string, roles ...disclosure.Role) desk.Actor {
	return desk.Actor{Person: disclosure.Person{ID: id, Unit: "u1", Section: "s1", Roles: roles}, Login: id, Name: name}
}

func (f *fake) called(method, format string, args ...any) error {
	f.calls = append(f.calls, strings.TrimSpace(method+" "+fmt.Sprintf(format, args...)))
	return f.fail[method]
}

func (f *fake) seen(method, format string, args ...any) (desk.Disclosure, error) {
	if err := f.called(method, format, args...); err != nil {
		return desk.Disclosure{}, err
	}
	return f.item, nil
}

func (f *fake) Login(_ context.Context, in desk.Credentials) (desk.Session, error) {
	if in.NewPassword != "" {
		if err := f.called("Renew", "%s %s", in.Login, in.NewPassword); err != nil {
			return desk.Session{}, err
		}
	}
	if err := f.fail["Login"]; err != nil {
		return desk.Session{}, err
	}
	if in.Password != "right" {
		return desk.Session{}, disclosure.Refuse(disclosure.BadLogin, "")
	}
	return desk.Session{Secret: in.Login, Actor: people[in.Login], Expires: morning.Add(time.Hour)}, nil
}

func (f *fake) Authenticate(_ context.Context, secret, _ string) (desk.Actor, error) {
	who, ok := people[secret]
	if !ok {
		return desk.Actor{}, disclosure.Refuse(disclosure.Unauthenticated, "")
	}
	return who, nil
}

func (f *fake) Logout(_ context.Context, secret string) error {
	return f.called("Logout", "%s", secret)
}

func (f *fake) Me(_ context.Context, who desk.Actor) (desk.Me, error) {
	me := desk.Me{CodeApp: f.codeApp, ID: who.ID, Login: who.Login, Name: who.Name, Unit: desk.Ref{ID: "u1", Name: "云川市栖岭区应急管理局"}}
	for _, id := range who.Roles {
		info, _ := disclosure.RoleByID(id)
		me.Roles = append(me.Roles, info)
	}
	return me, nil
}

func (f *fake) Create(_ context.Context, _ desk.Actor, key string, p desk.Patch) (desk.Disclosure, error) {
	f.patches = append(f.patches, p)
	return f.seen("Create", "%s", key)
}

func (f *fake) Work(_ context.Context, _ desk.Actor, q desk.WorkQuery) (desk.Work, error) {
	var w desk.Work
	if q.Tab == desk.WorkTasks || q.Tab == desk.WorkOverdue {
		for _, t := range f.tasks {
			item := desk.WorkItem{Summary: t.Disclosure, At: t.DueAt, StepZh: t.StepZh, StepEn: t.StepEn, Verb: "view"}
			item.Task = &desk.WorkTask{OpenedAt: t.OpenedAt, DueAt: t.DueAt, Overdue: t.Overdue, Left: t.DueAt.Sub(morning).Abs() / 3, FullDay: 450 * time.Minute, Spent: 82}
			if t.Mine {
				item.Verb = "decide"
			}
			w.Items = append(w.Items, item)
		}
	}
	for _, s := range f.list {
		if item := (desk.WorkItem{Summary: s, At: s.UpdatedAt, Verb: "view", InBody: q.Words != ""}); q.Tab != desk.WorkTasks && q.Tab != desk.WorkOverdue {
			w.Items = append(w.Items, item)
		}
	}
	w.Next, w.Pending = f.next, q.Words != ""
	return w, f.called("Work", "%s %s %s %s", q.Tab, q.Kind, q.Words, q.Cursor)
}

func (f *fake) WorkFrame(context.Context, desk.Actor) (desk.WorkFrame, error) {
	return desk.WorkFrame{
		Counts:   map[string]int{desk.WorkTasks: 7, desk.WorkOverdue: 1, desk.WorkMine: 3, desk.WorkReady: 4, desk.WorkDone: desk.MostCounted},
		Sections: []desk.Ref{{ID: "s1", Name: "示例" + f.mark}}, Returned: f.list, Hours: []string{"08:30–12:00", "13:30–17:30"},
		Saved: []desk.SavedView{{ID: "v1", Name: "示例" + f.mark, Query: "tab=all&q=%E5%8D%B1"}},
	}, f.called("WorkFrame", "")
}

func (f *fake) ExportWork(_ context.Context, _ desk.Actor, q desk.WorkQuery, row func(desk.WorkItem) error) error {
	for _, s := range f.list {
		if err := row(desk.WorkItem{Summary: s, At: morning}); err != nil {
			return err
		}
	}
	return f.called("ExportWork", "%s %s", q.Tab, q.Words)
}

func (f *fake) SaveView(_ context.Context, _ desk.Actor, key, name, query string) error {
	return f.called("SaveView", "%s %s %s", key, name, query)
}

func (f *fake) DropView(_ context.Context, _ desk.Actor, id string) error {
	return f.called("DropView", "%s", id)
}

func (f *fake) Report(_ context.Context, _ desk.Actor, from, until time.Time) (desk.Report, error) {
	return f.report, f.called("Report", "%s %s", from.Format(time.DateOnly), until.Format(time.DateOnly))
}

func (f *fake) ExportedReport(context.Context, desk.Actor) {
	f.calls = append(f.calls, "ExportedReport")
}

func (f *fake) Notes(_ context.Context, _ desk.Actor, id string) ([]desk.Note, error) {
	return []desk.Note{{ID: "n1", By: desk.Ref{Name: "示例" + f.mark}, At: morning, Words: "示例" + f.mark}}, f.called("Notes", "%s", id)
}

func (f *fake) AddNote(_ context.Context, _ desk.Actor, id, key, words string) error {
	return f.called("AddNote", "%s %s %s", id, key, words)
}

func (f *fake) MayMove(_ context.Context, _ desk.Actor, id string, at time.Time) error {
	return f.called("MayMove", "%s %s", id, at.Format(time.RFC3339))
}

func (f *fake) DaysOff(from, to time.Time) map[string]bool {
	return map[string]bool{"2026-11-28": true, "2026-11-29": true}
}

func (f *fake) Agenda(_ context.Context, _ desk.Actor, from, to time.Time) ([]desk.Planned, error) {
	var out []desk.Planned
	for _, r := range f.planned {
		if !r.At.Before(from) && r.At.Before(to) {
			out = append(out, desk.Planned{ID: r.Disclosure.ID, State: r.Disclosure.State, At: r.At, Frozen: r.Frozen})
		}
	}
	return out, f.called("Agenda", "")
}

func (f *fake) Get(_ context.Context, _ desk.Actor, id string) (desk.Disclosure, error) {
	return f.seen("Get", "%s", id)
}

func (f *fake) Edit(_ context.Context, _ desk.Actor, id string, revision int64, p desk.Patch) (desk.Disclosure, error) {
	f.patches = append(f.patches, p)
	return f.seen("Edit", "%s %d", id, revision)
}

func (f *fake) PutBody(_ context.Context, _ desk.Actor, id string, revision int64, u desk.Upload) (desk.Disclosure, error) {
	f.uploads = append(f.uploads, u)
	return f.seen("PutBody", "%s %d %s", id, revision, u.Name)
}

func (f *fake) AddAttachment(_ context.Context, _ desk.Actor, id, key string, revision int64, u desk.Upload) (desk.Disclosure, error) {
	f.uploads = append(f.uploads, u)
	return f.seen("AddAttachment", "%s %s %d %s", id, key, revision, u.Name)
}

func (f *fake) RemoveAttachment(_ context.Context, _ desk.Actor, id string, revision int64, name string) (desk.Disclosure, error) {
	return f.seen("RemoveAttachment", "%s %d %s", id, revision, name)
}

func (f *fake) File(_ context.Context, _ desk.Actor, id string, version int, name string) (desk.FileData, error) {
	if err := f.called("File", "%s %d %s", id, version, name); err != nil {
		return desk.FileData{}, err
	}
	if name == "body" && f.body == "" {
		return desk.FileData{}, disclosure.Refuse(disclosure.NotFound, "name")
	}
	return desk.FileData{Name: name, Content: disclosure.Sum("text/html; charset=utf-8", []byte(f.body)), Data: []byte(f.body)}, nil
}

func (f *fake) Versions(context.Context, desk.Actor, string) ([]desk.Version, error) {
	return f.versions, f.called("Versions", "")
}

func (f *fake) Compare(_ context.Context, _ desk.Actor, id string, q desk.CompareQuery) (desk.Comparison, error) {
	d := f.diff
	d.Files = slices.Clone(d.Files)
	for i := range d.Files {
		if d.Files[i].Name != "body" && !q.Files {
			d.Files[i].Paragraphs = nil
		}
	}
	return d, f.called("Compare", "%s %+v", id, q)
}

func (f *fake) Findings(context.Context, desk.Actor, string) ([]desk.Finding, error) {
	return f.findings, f.called("Findings", "")
}

func (f *fake) Reading(_ context.Context, _ desk.Actor, id string, version int, file string) (desk.Reading, error) {
	if err := f.called("Reading", "%s %d %s", id, version, file); err != nil {
		return desk.Reading{}, err
	}
	return f.readings[file], nil
}

func (f *fake) Treat(_ context.Context, _ desk.Actor, id string, revision int64, findings []string) (desk.Disclosure, error) {
	item, err := f.seen("Treat", "%s %d %s", id, revision, strings.Join(findings, " "))
	for _, r := range f.readings {
		for i := range r.Findings {
			x := &r.Findings[i]
			x.Gone = x.Gone || err == nil && slices.Contains(findings, x.ID) && f.refuse[x.ID] == nil
		}
	}
	return item, err
}

func (f *fake) Timeline(context.Context, desk.Actor, string) ([]desk.Event, error) {
	return f.events, f.called("Timeline", "")
}

func (f *fake) Submit(_ context.Context, _ desk.Actor, id, key string, revision int64) (desk.Disclosure, error) {
	return f.seen("Submit", "%s %s %d", id, key, revision)
}

func (f *fake) Dispose(_ context.Context, _ desk.Actor, id, finding, key string, d disclosure.Disposition, reason string) (desk.Disclosure, error) {
	item, err := f.seen("Dispose", "%s %s %s %s %s", id, finding, key, d, reason)
	if refusal := f.refuse[finding]; refusal != nil {
		err = refusal
	}
	return item, err
}

func (f *fake) Decide(_ context.Context, _ desk.Actor, id, key string, in desk.DecisionInput) (desk.Disclosure, error) {
	f.decided = append(f.decided, in)
	return f.seen("Decide", "%s %s %s", id, key, in.Outcome)
}

func (f *fake) Withdraw(_ context.Context, _ desk.Actor, id, key, reason string) (desk.Disclosure, error) {
	return f.seen("Withdraw", "%s %s %s", id, key, reason)
}

func (f *fake) Reschedule(_ context.Context, _ desk.Actor, id, key string, at time.Time, reason string) (desk.Disclosure, error) {
	return f.seen("Reschedule", "%s %s %s %s", id, key, at.Format(time.RFC3339), reason)
}

func (f *fake) Batches(context.Context, desk.Actor) ([]desk.Batch, error) {
	return f.batches, f.called("Batches", "")
}

func (f *fake) AddBatch(_ context.Context, _ desk.Actor, key string, in desk.BatchInput) (desk.Batch, error) {
	return desk.Batch{ID: "b2"}, f.called("AddBatch", "%s %s %s", key, in.Title, in.At.Format(time.RFC3339))
}

func (f *fake) RescheduleBatch(_ context.Context, _ desk.Actor, id, key string, at time.Time, reason string) (desk.Batch, error) {
	return desk.Batch{}, f.called("RescheduleBatch", "%s %s %s %s", id, key, at.Format(time.RFC3339), reason)
}

func (f *fake) RecallBatch(_ context.Context, _ desk.Actor, id, key, reason string) ([]desk.BatchOutcome, error) {
	return []desk.BatchOutcome{{ID: "d1", Number: "2026-0038", Code: disclosure.WrongState, Message: "还没有发布。"}}, f.called("RecallBatch", "%s %s %s", id, key, reason)
}

func (f *fake) Drift(context.Context, desk.Actor) ([]desk.Sighting, error) {
	return f.drift, f.called("Drift", "")
}

func (f *fake) TakeDown(_ context.Context, _ desk.Actor, id, key string, in desk.WithdrawalInput) (desk.Disclosure, error) {
	return f.seen("TakeDown", "%s %s %s %s", id, key, in.Type, in.Reason)
}

func (f *fake) SettleCompanion(_ context.Context, _ desk.Actor, id, key, reason string) (desk.Disclosure, error) {
	return f.seen("SettleCompanion", "%s %s %s", id, key, reason)
}

func (f *fake) Restore(_ context.Context, _ desk.Actor, id, key, reason string) (desk.Disclosure, error) {
	return f.seen("Restore", "%s %s %s", id, key, reason)
}

func (f *fake) Recall(_ context.Context, _ desk.Actor, id, key, reason string) (desk.Disclosure, error) {
	return f.seen("Recall", "%s %s %s", id, key, reason)
}

func (f *fake) Correct(_ context.Context, _ desk.Actor, id, key string) (desk.Disclosure, error) {
	d, err := f.seen("Correct", "%s %s", id, key)
	d.ID = "d2"
	return d, err
}

func (f *fake) Bypass(_ context.Context, _ desk.Actor, id, key string, seen disclosure.Hash, reason string) (desk.Disclosure, error) {
	return f.seen("Bypass", "%s %s %s %s", id, key, seen, reason)
}

func (f *fake) Assign(_ context.Context, _ desk.Actor, id, key string, act disclosure.ActType, in desk.AssignInput) (desk.Disclosure, error) {
	return f.seen("Assign", "%s %s %s %s %s %s %s", act, id, key, in.Step, in.Person, in.Where, in.Reason)
}

func (f *fake) Follow(_ context.Context, _ desk.Actor, id string, follow bool) (desk.Disclosure, error) {
	return f.seen("Follow", "%s %t", id, follow)
}

func (f *fake) Colleagues(_ context.Context, _ desk.Actor) ([]desk.Colleague, error) {
	return []desk.Colleague{
		{Ref: desk.Ref{ID: "p2", Name: "顾宁"}, Section: "示例", Roles: []disclosure.Role{disclosure.DeputyLeader}},
		{Ref: desk.Ref{ID: "p8", Name: "孙洁"}, Section: "示例", Roles: []disclosure.Role{disclosure.Legal}},
	}, f.called("Colleagues", "")
}

func (f *fake) Delegations(_ context.Context, _ desk.Actor) ([]desk.Delegation, error) {
	return []desk.Delegation{{
		ID: "g1", Giver: desk.Ref{ID: "p2", Name: "顾宁"}, Delegate: desk.Ref{ID: "p8", Name: "孙洁"}, Kinds: []string{"notice"}, Steps: []string{},
		From: morning, Until: morning.Add(72 * time.Hour), Reason: "示例", MadeBy: desk.Ref{ID: "p2", Name: "顾宁"}, MadeAt: morning, Standing: true,
	}}, f.called("Delegations", "")
}

func (f *fake) AddDelegation(_ context.Context, _ desk.Actor, key string, in desk.DelegationInput) (desk.Delegation, error) {
	return desk.Delegation{}, f.called("AddDelegation", "%s %s %s %v %v %s %s %s", key, in.Giver, in.Delegate, in.Kinds, in.Steps, in.From.Format(time.RFC3339), in.Until.Format(time.RFC3339), in.Reason)
}

func (f *fake) RevokeDelegation(_ context.Context, _ desk.Actor, id string) error {
	return f.called("RevokeDelegation", "%s", id)
}

func (f *fake) CloseIncident(_ context.Context, _ desk.Actor, id, key, done string) (desk.Disclosure, error) {
	return f.seen("CloseIncident", "%s %s %s", id, key, done)
}

func (f *fake) ClearQuarantine(_ context.Context, _ desk.Actor, id, key, reason string) (desk.Disclosure, error) {
	return f.seen("ClearQuarantine", "%s %s %s", id, key, reason)
}

func (f *fake) Releases(_ context.Context, _ desk.Actor, from, to time.Time) ([]desk.ReleaseView, error) {
	return f.planned, f.called("Releases", "%s %s", from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339))
}

func (f *fake) Plan(context.Context, desk.Actor, string) (desk.Plan, error) {
	c := disclosure.Case{Late: disclosure.LateHold, NotBefore: morning, Latest: morning.Add(24 * time.Hour), ReleaseAt: morning, Lawful: morning.Add(48 * time.Hour)}
	return desk.Plan{
		Outlook: c.Outlook(disclosure.Terms{Now: morning.Add(-time.Hour), Blackouts: []disclosure.Blackout{f.blackout().Blackout}}, f.item.Title),
		Refused: &desk.PlanRefusal{Code: disclosure.ReleaseBlackout, Zh: f.item.Title, En: f.item.Title},
	}, nil
}

func (f *fake) blackout() desk.Blackout {
	return desk.Blackout{
		Blackout: disclosure.Blackout{ID: "b1", Window: disclosure.Window{From: morning, Until: morning.Add(time.Hour)}, Channels: []string{"portal"}, Exempt: []string{"warning"}},
		Reason:   f.item.Title, By: desk.Ref{Name: f.item.Title}, At: morning, Covers: []desk.Summary{f.item.Summary}, Hidden: 2,
	}
}

func (f *fake) Blackouts(context.Context, desk.Actor) ([]desk.Blackout, error) {
	return []desk.Blackout{f.blackout()}, nil
}

func (f *fake) AddBlackout(_ context.Context, _ desk.Actor, key string, in desk.BlackoutInput) (desk.Blackout, error) {
	return desk.Blackout{}, f.called("AddBlackout", "%s %s %s %v %v %v %s", key, in.From.UTC().Format(time.RFC3339), in.Until.UTC().Format(time.RFC3339), in.Kinds, in.Channels, in.Exempt, in.Reason)
}

func (f *fake) LiftBlackout(_ context.Context, _ desk.Actor, id string) error {
	return f.called("LiftBlackout", "%s", id)
}

func (f *fake) Freezes(context.Context, desk.Actor) ([]desk.Freeze, error) { return f.freezes, nil }

func (f *fake) Freeze(_ context.Context, _ desk.Actor, key string, in desk.FreezeInput) (desk.Freeze, error) {
	return desk.Freeze{}, f.called("Freeze", "%s %s %s %s", key, in.Scope, in.Value, in.Reason)
}

func (f *fake) Unfreeze(_ context.Context, _ desk.Actor, id string) error {
	return f.called("Unfreeze", "%s", id)
}

func (f *fake) Channels() []string { return []string{"portal", "wechat"} }

func (f *fake) Denied(_ context.Context, who desk.Actor, action, object string, code disclosure.Code) {
	f.denials = append(f.denials, strings.Join([]string{who.ID, action, object, string(code)}, " | "))
}
