package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"shenfa/internal/compare"
	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

var noon = time.Date(2025, 5, 6, 12, 0, 0, 0, time.UTC)

// fake is a desk that says yes, unless told to fail, and remembers what it was asked.
type fake struct {
	mu       sync.Mutex
	fail     error
	block    func(ctx context.Context) error
	calls    []string
	denials  []string
	uploads  []desk.Upload
	patches  []desk.Patch
	keys     map[string]fakeKey
	freezes  []desk.Freeze
	sick     map[string]error
	exported string
}

var oneBatch = desk.Batch{ID: "b1", Title: "同批", At: noon, By: desk.Ref{ID: "p1"}, Items: []desk.BatchItem{}}

type fakeKey struct {
	print string
	saved *desk.Saved
}

// people by token. Each has one role, so that a permission is one token's alone.
var people = map[string]desk.Actor{
	"drafter":  person("p1", "li.wen", disclosure.Drafter),
	"reviewer": person("p2", "zhao.min", disclosure.Confidentiality),
	"officer":  person("p3", "sun.jie", disclosure.DisclosureOfficer),
	"leader":   person("p6", "gu.ning", disclosure.DeputyLeader),
	"auditor":  person("p4", "wu.tong", disclosure.Auditor),
	"security": person("p7", "bai.lu", disclosure.SecurityAdmin),
	"admin":    person("p5", "he.qi", disclosure.SystemAdmin),
}

func person(id, login string, role disclosure.Role) desk.Actor {
	return desk.Actor{Person: disclosure.Person{ID: id, Unit: "u1", Section: "s1", Roles: []disclosure.Role{role}}, Login: login, Name: login}
}

func (f *fake) called(ctx context.Context, format string, args ...any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, fmt.Sprintf(format, args...))
	if f.block != nil {
		return f.block(ctx)
	}
	return f.fail
}

func item() desk.Disclosure {
	manifest := disclosure.Manifest{Format: disclosure.ManifestFormat, Version: 1}
	hash, _ := manifest.Hash()
	route := disclosure.Routes()[0]
	summary := desk.Summary{ID: "d1", Number: "2025-0001", Title: "关于开展防汛演练的通知", State: disclosure.InReview, Version: 1, UpdatedAt: noon}
	return desk.Disclosure{
		Summary:       summary,
		DraftRevision: 7, ManifestHash: hash, ShortCode: hash.Short(), Manifest: &manifest, Route: &route,
		Tasks:        []desk.TaskView{{Disclosure: summary, Step: "section", Role: disclosure.SectionHead, OpenedAt: noon, DueAt: noon}},
		Decisions:    []desk.Decision{{Outcome: disclosure.Disclose, At: noon, Manifest: hash}},
		Lawful:       &desk.Lawful{Latest: noon, Law: "《政府信息公开条例》第二十六条"},
		Effects:      []desk.Effect{{Channel: "portal", State: "pending"}},
		Ratification: &desk.Ratification{Bypass: "b1", Version: 1, OpenedAt: noon, DueAt: noon},
		Incident:     &desk.Incident{ID: "i1", Type: "recall", OpenedAt: noon, DueAt: noon},
		CreatedAt:    noon,
	}
}

func (f *fake) disclosed(ctx context.Context, format string, args ...any) (desk.Disclosure, error) {
	if err := f.called(ctx, format, args...); err != nil {
		return desk.Disclosure{}, err
	}
	return item(), nil
}

func (f *fake) Login(ctx context.Context, in desk.Credentials) (desk.Session, error) {
	if in.Password != "right" {
		return desk.Session{}, disclosure.Refuse(disclosure.TooManyRequests, "", "seconds", "30")
	}
	opened := desk.Session{Secret: in.Login, Actor: people[in.Login], Expires: noon.Add(time.Hour)}
	if in.NewPassword == "" {
		return opened, nil
	}
	return opened, f.called(ctx, "renew %s %s", in.Login, in.NewPassword)
}

func (f *fake) Prove(ctx context.Context, _ desk.Actor, typed string) (desk.ProofToken, error) {
	return desk.ProofToken{Token: "proof", Expires: noon}, f.called(ctx, "prove %s", typed)
}

func (f *fake) Authenticate(_ context.Context, secret, remote string) (desk.Actor, error) {
	who, ok := people[secret]
	if !ok {
		return desk.Actor{}, disclosure.Refuse(disclosure.Unauthenticated, "")
	}
	who.Remote = remote
	return who, nil
}

func (f *fake) Logout(ctx context.Context, secret string) error {
	return f.called(ctx, "logout %s", secret)
}

func (f *fake) Me(ctx context.Context, who desk.Actor) (desk.Me, error) {
	return desk.Me{ID: who.ID, Login: who.Login, Name: who.Name, Roles: disclosure.Roles()[:1]}, f.called(ctx, "me")
}

func (f *fake) Create(ctx context.Context, _ desk.Actor, key string, p desk.Patch) (desk.Disclosure, error) {
	f.patches = append(f.patches, p)
	return f.disclosed(ctx, "create %s", key)
}

func (f *fake) List(ctx context.Context, _ desk.Actor, q desk.ListQuery) (desk.Page[desk.Summary], error) {
	return desk.Page[desk.Summary]{Items: []desk.Summary{item().Summary}, Next: "c2"}, f.called(ctx, "list %+v", q)
}

func (f *fake) Get(ctx context.Context, _ desk.Actor, id string) (desk.Disclosure, error) {
	return f.disclosed(ctx, "get %s", id)
}

func (f *fake) Edit(ctx context.Context, _ desk.Actor, id string, revision int64, p desk.Patch) (desk.Disclosure, error) {
	f.patches = append(f.patches, p)
	return f.disclosed(ctx, "edit %s %d", id, revision)
}

func (f *fake) PutBody(ctx context.Context, _ desk.Actor, id string, revision int64, u desk.Upload) (desk.Disclosure, error) {
	f.uploads = append(f.uploads, u)
	return f.disclosed(ctx, "body %s %d %s", id, revision, u.Name)
}

func (f *fake) AddAttachment(ctx context.Context, _ desk.Actor, id, key string, revision int64, u desk.Upload) (desk.Disclosure, error) {
	f.uploads = append(f.uploads, u)
	return f.disclosed(ctx, "attach %s %s %d %s", id, key, revision, u.Name)
}

func (f *fake) RemoveAttachment(ctx context.Context, _ desk.Actor, id string, revision int64, name string) (desk.Disclosure, error) {
	return f.disclosed(ctx, "detach %s %d %s", id, revision, name)
}

func (f *fake) File(ctx context.Context, _ desk.Actor, id string, version int, name string) (desk.FileData, error) {
	data := []byte("<script>alert(1)</script>")
	return desk.FileData{Name: "附件 1.html", Content: disclosure.Sum("text/html", data), Data: data}, f.called(ctx, "file %s %d %s", id, version, name)
}

func (f *fake) Versions(ctx context.Context, _ desk.Actor, id string) ([]desk.Version, error) {
	d := item()
	return []desk.Version{{N: 1, ManifestHash: d.ManifestHash, Manifest: d.Manifest, At: noon}, {N: 2, At: noon}}, f.called(ctx, "versions %s", id)
}

func (f *fake) Compare(ctx context.Context, _ desk.Actor, id string, q desk.CompareQuery) (desk.Comparison, error) {
	spans := []compare.Span{{Kind: compare.Same, Text: "检查"}, {Kind: compare.Added, Text: "33"}}
	return desk.Comparison{
		From: 1, To: 2, Why: desk.SinceApproved, By: &desk.Ref{ID: "p2", Name: "顾宁"}, Unchanged: []string{"kind"},
		Fields: []desk.FieldChange{{Field: "title", Before: "检查", After: "检查33", Spans: spans}},
		Files:  []desk.FileChange{{Name: "body", What: desk.FileChanged, Paragraphs: []compare.Paragraph{{Kind: compare.Changed, Old: 1, New: 1, Spans: spans}}}},
	}, f.called(ctx, "compare %s %+v", id, q)
}

func (f *fake) Timeline(ctx context.Context, _ desk.Actor, id string) ([]desk.Event, error) {
	return []desk.Event{{At: noon, Act: "submit", To: disclosure.Checking}}, f.called(ctx, "timeline %s", id)
}

func (f *fake) Submit(ctx context.Context, _ desk.Actor, id, key string, revision int64) (desk.Disclosure, error) {
	return f.disclosed(ctx, "submit %s %s %d", id, key, revision)
}

func (f *fake) Findings(ctx context.Context, _ desk.Actor, id string) ([]desk.Finding, error) {
	return []desk.Finding{{ID: "f1", Class: "HOLD", File: "body"}}, f.called(ctx, "findings %s", id)
}

func (f *fake) Dispose(ctx context.Context, _ desk.Actor, id, finding, key string, d disclosure.Disposition, reason string) (desk.Disclosure, error) {
	return f.disclosed(ctx, "dispose %s %s %s %s %s", id, finding, key, d, reason)
}

func (f *fake) Treat(ctx context.Context, _ desk.Actor, id string, revision int64, findings []string) (desk.Disclosure, error) {
	return f.disclosed(ctx, "treat %s %d %s", id, revision, findings)
}

func (f *fake) Decide(ctx context.Context, _ desk.Actor, id, key string, in desk.DecisionInput) (desk.Disclosure, error) {
	return f.disclosed(ctx, "decide %s %s %s", id, key, in.Outcome)
}

func (f *fake) Withdraw(ctx context.Context, _ desk.Actor, id, key, reason string) (desk.Disclosure, error) {
	return f.disclosed(ctx, "withdraw %s %s %s", id, key, reason)
}

func (f *fake) Reschedule(ctx context.Context, _ desk.Actor, id, key string, at time.Time, _ string) (desk.Disclosure, error) {
	return f.disclosed(ctx, "reschedule %s %s %s", id, key, at.UTC().Format(time.RFC3339))
}

func (f *fake) Rehearse(ctx context.Context, _ desk.Actor, id string) (desk.Disclosure, error) {
	return f.disclosed(ctx, "rehearse %s", id)
}

func (f *fake) Repair(ctx context.Context, _ desk.Actor, id, key, reason string) (desk.Disclosure, error) {
	return f.disclosed(ctx, "repair %s %s %s", id, key, reason)
}

func (f *fake) ChannelHealth(context.Context, desk.Actor) ([]desk.ChannelHealth, error) {
	return []desk.ChannelHealth{{Name: "portal", Ready: true, Since: noon, CheckedAt: noon}}, nil
}

func (f *fake) Drift(context.Context, desk.Actor) ([]desk.Sighting, error) {
	return []desk.Sighting{{ID: "d1", Number: "SF-2026-000001", Channel: "webhook", Seen: "gone", At: noon}}, nil
}

func (f *fake) Batches(context.Context, desk.Actor) ([]desk.Batch, error) {
	return []desk.Batch{oneBatch}, nil
}

func (f *fake) Batch(context.Context, desk.Actor, string) (desk.Batch, error) { return oneBatch, nil }

func (f *fake) AddBatch(context.Context, desk.Actor, string, desk.BatchInput) (desk.Batch, error) {
	return oneBatch, nil
}

func (f *fake) RescheduleBatch(context.Context, desk.Actor, string, string, time.Time, string) (desk.Batch, error) {
	return oneBatch, nil
}

func (f *fake) RecallBatch(context.Context, desk.Actor, string, string, string) ([]desk.BatchOutcome, error) {
	return []desk.BatchOutcome{{ID: "d1", Number: "SF-2026-000001"}}, nil
}

func (f *fake) LeaveBatch(context.Context, desk.Actor, string, string, string, string) (desk.Batch, error) {
	return oneBatch, nil
}

func (f *fake) TakeDown(ctx context.Context, _ desk.Actor, id, key string, in desk.WithdrawalInput) (desk.Disclosure, error) {
	return f.disclosed(ctx, "take down %s %s %s", id, key, in.Type)
}

func (f *fake) SettleCompanion(ctx context.Context, _ desk.Actor, id, key, _ string) (desk.Disclosure, error) {
	return f.disclosed(ctx, "settle companion %s %s", id, key)
}

func (f *fake) Restore(ctx context.Context, _ desk.Actor, id, key, reason string) (desk.Disclosure, error) {
	return f.disclosed(ctx, "restore %s %s %s", id, key, reason)
}

func (f *fake) Recall(ctx context.Context, _ desk.Actor, id, key, reason string) (desk.Disclosure, error) {
	return f.disclosed(ctx, "recall %s %s %s", id, key, reason)
}

func (f *fake) Correct(ctx context.Context, _ desk.Actor, id, key string) (desk.Disclosure, error) {
	return f.disclosed(ctx, "correct %s %s", id, key)
}

func (f *fake) Bypass(ctx context.Context, _ desk.Actor, id, key string, seen disclosure.Hash, reason string) (desk.Disclosure, error) {
	return f.disclosed(ctx, "bypass %s %s %s %s", id, key, seen, reason)
}

func (f *fake) Assign(ctx context.Context, _ desk.Actor, id, key string, act disclosure.ActType, in desk.AssignInput) (desk.Disclosure, error) {
	return f.disclosed(ctx, "%s %s %s %s %s %s", act, id, key, in.Step, in.Person, in.Where)
}

func (f *fake) Follow(ctx context.Context, _ desk.Actor, id string, follow bool) (desk.Disclosure, error) {
	return f.disclosed(ctx, "follow %s %t", id, follow)
}

func (f *fake) Colleagues(ctx context.Context, _ desk.Actor) ([]desk.Colleague, error) {
	return []desk.Colleague{{Ref: desk.Ref{ID: "p2", Name: "王"}, Section: "办公室", Roles: []disclosure.Role{disclosure.Legal}}}, f.called(ctx, "colleagues")
}

func delegated() desk.Delegation {
	return desk.Delegation{
		ID: "g1", Giver: desk.Ref{ID: "p1", Name: "李"}, Delegate: desk.Ref{ID: "p2", Name: "王"}, Kinds: []string{}, Steps: []string{"leader"},
		From: noon, Until: noon, Reason: "出差", MadeBy: desk.Ref{ID: "p1", Name: "李"}, MadeAt: noon,
	}
}

func (f *fake) Delegations(ctx context.Context, _ desk.Actor) ([]desk.Delegation, error) {
	return []desk.Delegation{delegated()}, f.called(ctx, "delegations")
}

func (f *fake) AddDelegation(ctx context.Context, _ desk.Actor, key string, in desk.DelegationInput) (desk.Delegation, error) {
	return delegated(), f.called(ctx, "delegate %s %s %s", key, in.Giver, in.Delegate)
}

func (f *fake) RevokeDelegation(ctx context.Context, _ desk.Actor, id string) error {
	return f.called(ctx, "revoke delegation %s", id)
}

func (f *fake) ClearQuarantine(ctx context.Context, _ desk.Actor, id, key, reason string) (desk.Disclosure, error) {
	return f.disclosed(ctx, "clear %s %s %s", id, key, reason)
}

func (f *fake) CloseIncident(ctx context.Context, _ desk.Actor, id, key, done string) (desk.Disclosure, error) {
	return f.disclosed(ctx, "close incident %s %s %s", id, key, done)
}

func (f *fake) Inbox(ctx context.Context, _ desk.Actor, cursor string, limit int) (desk.Page[desk.TaskView], error) {
	return desk.Page[desk.TaskView]{Items: []desk.TaskView{{Disclosure: item().Summary, DueAt: noon}}}, f.called(ctx, "inbox %q %d", cursor, limit)
}

func (f *fake) Releases(ctx context.Context, _ desk.Actor, from, to time.Time) ([]desk.ReleaseView, error) {
	return []desk.ReleaseView{{Disclosure: item().Summary, At: noon}}, f.called(ctx, "releases %s %s", from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339))
}

func (f *fake) Plan(ctx context.Context, _ desk.Actor, id string) (desk.Plan, error) {
	return desk.Plan{
		Outlook: disclosure.Case{Late: disclosure.LateHold, NotBefore: noon, Latest: noon.Add(time.Hour), ReleaseAt: noon}.Outlook(disclosure.Terms{Now: noon}, ""),
		Refused: &desk.PlanRefusal{Code: disclosure.ReleaseTooSoon},
	}, f.called(ctx, "plan %s", id)
}

func blackout() desk.Blackout {
	return desk.Blackout{
		Blackout: disclosure.Blackout{ID: "b1", Window: disclosure.Window{From: noon, Until: noon.Add(time.Hour)}, Kinds: []string{}, Channels: []string{}, Exempt: []string{"warning"}},
		At:       noon, Covers: []desk.Summary{item().Summary},
	}
}

func version() desk.RouteVersion {
	at := noon
	return desk.RouteVersion{
		Route: disclosure.Routes()[0], Status: "in_force", ProposedAt: noon, SettledAt: &at, Can: []string{"confirm"},
		Changes: disclosure.Routes()[0].ChangesFrom(disclosure.Routes()[1]),
	}
}

// proposal is a route as a client sends it.
func proposal() string {
	raw, err := json.Marshal(desk.RouteInput{Route: disclosure.Routes()[0], Reason: "机构调整"})
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

func (f *fake) Scan(ctx context.Context, _ desk.Actor, in desk.ScanInput) (desk.ScanReport, error) {
	out := desk.ScanReport{Status: "found"}
	for _, u := range in.Files {
		f.uploads = append(f.uploads, u)
		out.Files = append(out.Files, desk.ScanFile{File: u.Name, Status: "found", Version: "2026.1", Findings: []desk.ScanFinding{{Rule: "mobile", Class: "HOLD", Treatment: "mask", Excerpt: "138****5678"}}})
	}
	return out, f.called(ctx, "scan %q %d", in.Kind, len(in.Files))
}

func (f *fake) Channels() []string { return []string{"portal", "wechat"} }

func (f *fake) Lexicons(ctx context.Context, _ desk.Actor) ([]desk.LexiconVersion, error) {
	return []desk.LexiconVersion{{Version: 1, From: noon}}, f.called(ctx, "lexicons")
}

func (f *fake) Lexicon(ctx context.Context, _ desk.Actor, version int) (desk.FileData, error) {
	return desk.FileData{Name: "lexicon-1.csv", Content: disclosure.Sum("text/csv; charset=utf-8", []byte("term")), Data: []byte("term")}, f.called(ctx, "lexicon %d", version)
}

func (f *fake) ImportLexicon(ctx context.Context, _ desk.Actor, u desk.Upload, try bool) (desk.LexiconImport, error) {
	return desk.LexiconImport{Version: 1, Over: &desk.Change{Items: []desk.ChangedItem{}}}, f.called(ctx, "import lexicon %s %q %t", u.Name, u.Data, try)
}

func (f *fake) RulesAt(ctx context.Context, _ desk.Actor, at time.Time) (desk.Change, error) {
	spot := []desk.ChangedSpot{{File: "body", Rule: "mobile", Class: "HOLD"}}
	return desk.Change{Items: []desk.ChangedItem{{Number: "n", Gone: []desk.ChangedSpot{}, Added: spot}}}, f.called(ctx, "rules at %s", at.UTC().Format(time.RFC3339))
}

func campaign() desk.Campaign {
	return desk.Campaign{
		ID: "c1", Query: desk.CampaignQuery{Phrase: "示例"}, Due: noon, OpenedAt: noon, Progress: desk.CampaignProgress{Items: 1, Waiting: 1},
		Items: []desk.CampaignItem{{Disclosure: item().Summary, Found: []desk.ChangedSpot{{File: "body", Line: 1}}, Mine: true}},
	}
}

func (f *fake) TryCampaign(ctx context.Context, _ desk.Actor, q desk.CampaignQuery, cursor string) (desk.CampaignTrial, error) {
	return desk.CampaignTrial{Items: campaign().Items, Looked: 1, Next: "n"}, f.called(ctx, "try %+v %s", q, cursor)
}

func (f *fake) OpenCampaign(ctx context.Context, _ desk.Actor, key string, in desk.CampaignInput) (desk.Campaign, error) {
	return campaign(), f.called(ctx, "open %s %+v", key, in)
}

func (f *fake) LookOn(ctx context.Context, _ desk.Actor, id string) (desk.Campaign, error) {
	return campaign(), f.called(ctx, "look %s", id)
}

func (f *fake) Campaigns(ctx context.Context, _ desk.Actor) ([]desk.Campaign, error) {
	return []desk.Campaign{campaign()}, f.called(ctx, "campaigns")
}

func (f *fake) Campaign(ctx context.Context, _ desk.Actor, id string) (desk.Campaign, error) {
	return campaign(), f.called(ctx, "campaign %s", id)
}

func (f *fake) Review(ctx context.Context, _ desk.Actor, campaignID, id, key string, in desk.ReviewInput) (desk.Campaign, error) {
	return campaign(), f.called(ctx, "review %s %s %s %+v", campaignID, id, key, in)
}

func (f *fake) CloseCampaign(ctx context.Context, _ desk.Actor, id, report string) (desk.Campaign, error) {
	return campaign(), f.called(ctx, "close %s %s", id, report)
}

func (f *fake) Evidence(ctx context.Context, _ desk.Actor, id string) (desk.Evidence, error) {
	return desk.Evidence{
		Evidence: store.Evidence{At: noon, State: disclosure.Released, Effects: []store.EvidenceEffect{{Channel: "portal"}}}, SHA256: map[string]string{"moment": "00"},
		Sightings: []store.Sighting{{Channel: "portal", When: "after", At: noon}},
	}, f.called(ctx, "evidence %s", id)
}

func (f *fake) Checkpoint(ctx context.Context, _ desk.Actor) ([]byte, error) {
	return []byte("shenfa.example/log\n1\n"), f.called(ctx, "checkpoint")
}

func (f *fake) ExportLog(ctx context.Context, _ desk.Actor, w io.Writer) error {
	if _, err := io.Copy(w, strings.NewReader(f.exported)); err != nil {
		return err
	}
	return f.called(ctx, "export")
}

func (f *fake) Metrics(ctx context.Context, _ desk.Actor) (desk.Metrics, error) {
	return desk.Metrics{
		Metrics: store.Metrics{States: map[string]int{"armed": 3}, Unsent: 1, LedgerWaiting: time.Second}, Overdue: 2, OldestOverdue: 90 * time.Second,
	}, f.called(ctx, "metrics")
}

func (f *fake) Health(context.Context) map[string]error {
	parts := map[string]error{"database": nil, "temporal": nil, "workers": nil, "ledger": nil, "schema": nil}
	for part, err := range f.sick {
		parts[part] = err
	}
	return parts
}

func (f *fake) Denied(_ context.Context, who desk.Actor, action, object string, code disclosure.Code) {
	f.denials = append(f.denials, strings.Join([]string{who.ID, action, object, string(code)}, " | "))
}

func (f *fake) Begin(_ context.Context, who desk.Actor, key string, fingerprint []byte) (*desk.Saved, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.keys == nil {
		f.keys = map[string]fakeKey{}
	}
	k, ok := f.keys[who.ID+key]
	switch {
	case !ok:
		f.keys[who.ID+key] = fakeKey{print: string(fingerprint)}
		return nil, nil //nolint:nilnil // the contract of Begin
	case k.print != string(fingerprint):
		return nil, disclosure.Refuse(disclosure.IdempotencyReused, headerKey)
	case k.saved == nil:
		return nil, disclosure.Refuse(disclosure.Busy, "")
	}
	return k.saved, nil
}

func (f *fake) Finish(_ context.Context, who desk.Actor, key string, s desk.Saved) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.Status == 0 {
		delete(f.keys, who.ID+key)
		return nil
	}
	k := f.keys[who.ID+key]
	k.saved = &s
	f.keys[who.ID+key] = k
	return nil
}
