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
	batches  []desk.Batch
	item     desk.Disclosure
	body     string
	findings []desk.Finding
	readings map[string]desk.Reading // by file
	tasks    []desk.TaskView
	list     []desk.Summary
	versions []desk.Version
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
	"drafter": person("p1", "周衡", disclosure.Drafter),
	"leader":  person("p2", "顾宁", disclosure.DeputyLeader),
	"officer": person("p3", "何舟", disclosure.DisclosureOfficer),
	"auditor": person("p4", "吴桐", disclosure.Auditor),
	"nobody":  person("p5", "何琪"),
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

func (f *fake) Login(_ context.Context, login, password, _ string) (desk.Session, error) {
	if err := f.fail["Login"]; err != nil {
		return desk.Session{}, err
	}
	if password != "right" {
		return desk.Session{}, disclosure.Refuse(disclosure.BadLogin, "")
	}
	return desk.Session{Secret: login, Actor: people[login], Expires: morning.Add(time.Hour)}, nil
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
	me := desk.Me{ID: who.ID, Login: who.Login, Name: who.Name, Unit: desk.Ref{ID: "u1", Name: "云川市栖岭区应急管理局"}}
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

func (f *fake) List(_ context.Context, _ desk.Actor, q desk.ListQuery) (desk.Page[desk.Summary], error) {
	p := desk.Page[desk.Summary]{}
	for _, s := range f.list {
		if q.State == "" || s.State == q.State {
			p.Items = append(p.Items, s)
		}
	}
	return p, f.called("List", "%s %s", q.State, q.Cursor)
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

func (f *fake) CloseIncident(_ context.Context, _ desk.Actor, id, key, done string) (desk.Disclosure, error) {
	return f.seen("CloseIncident", "%s %s %s", id, key, done)
}

func (f *fake) ClearQuarantine(_ context.Context, _ desk.Actor, id, key, reason string) (desk.Disclosure, error) {
	return f.seen("ClearQuarantine", "%s %s %s", id, key, reason)
}

func (f *fake) Inbox(_ context.Context, _ desk.Actor, cursor string, limit int) (desk.Page[desk.TaskView], error) {
	return desk.Page[desk.TaskView]{Items: f.tasks}, f.called("Inbox", "%s %d", cursor, limit)
}

func (f *fake) Releases(_ context.Context, _ desk.Actor, from, to time.Time) ([]desk.ReleaseView, error) {
	return f.planned, f.called("Releases", "%s %s", from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339))
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
