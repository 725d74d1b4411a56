package desk

import (
	"context"
	"io"
	"slices"
	"time"

	"shenfa/internal/channel"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// view gathers all that the page of a disclosure shows this person.
func (d *Desk) view(ctx context.Context, who Actor, id string) (Disclosure, error) {
	row, err := d.store.Disclosure(ctx, who.Person, id)
	if err != nil {
		return Disclosure{}, err
	}
	v := Disclosure{
		Summary: summary(row), Draft: row.Draft, DraftRevision: row.DraftRevision, ManifestHash: row.Case.Manifest, ShortCode: row.Case.Manifest.Short(),
		Contributors: []Ref{}, Decisions: []Decision{}, Tasks: []TaskView{}, ReturnTargets: []string{}, Effects: []Effect{},
		Corrects: deref(row.Corrects), CorrectedBy: deref(row.CorrectedBy), Cause: row.Cause, CreatedAt: row.CreatedAt,
	}
	if v.CorrectedBy != "" {
		if v.Superseded, err = d.store.Superseded(ctx, id); err != nil {
			return Disclosure{}, err
		}
	}
	if who, err = d.standing(ctx, who); err != nil {
		return Disclosure{}, err
	}
	v.Can = can(who, row)
	for _, gather := range []func(context.Context, Actor, store.Row, *Disclosure) error{
		d.viewVersion, d.viewPeople, d.viewEvents, d.viewTasks, d.viewAssign, d.viewRelease, d.viewProgress, d.viewWithdrawal, d.viewBatch, d.viewTies, d.viewRehearsal, d.viewRatification, d.viewReevaluations,
	} {
		if err := gather(ctx, who, row, &v); err != nil {
			return Disclosure{}, err
		}
	}
	if v.Trouble, err = d.store.TroubleOf(ctx, id); err != nil {
		return Disclosure{}, err
	}
	if v.Superseded {
		v.Can = slices.DeleteFunc(v.Can, func(act string) bool { return act == "recall" || act == "take_down" })
	}
	return v, nil
}

func (d *Desk) viewVersion(ctx context.Context, _ Actor, row store.Row, v *Disclosure) error {
	var err error
	if v.Lawful, err = d.lawful(row.Draft); err != nil || row.Version == 0 {
		return err
	}
	route := row.Case.Route
	route.Steps = row.Case.Asked()
	v.Route = &route
	if row.Case.State == disclosure.InReview {
		v.ReturnTargets = row.Case.ReturnTargets()
	}
	versions, err := d.store.Versions(ctx, row.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(versions, func(f store.Frozen) bool { return f.Version == row.Version })
	if i >= 0 && versions[i].Readable {
		v.Manifest, v.RuleSet = &versions[i].Manifest, versions[i].RuleSet
		// What is in review is what was frozen, not what the draft says meanwhile.
		if !row.Case.State.Editable() {
			v.Draft, v.Title = versions[i].Draft, versions[i].Draft.Title
		}
	}
	return nil
}

func (d *Desk) viewPeople(ctx context.Context, _ Actor, row store.Row, v *Disclosure) error {
	people, err := d.store.Contributors(ctx, row.ID)
	for _, p := range people {
		v.Contributors = append(v.Contributors, Ref(p))
	}
	return err
}

func (d *Desk) viewEvents(ctx context.Context, _ Actor, row store.Row, v *Disclosure) error {
	events, err := d.store.Events(ctx, row.ID)
	if err != nil {
		return err
	}
	for _, e := range events {
		if e.Type != string(disclosure.Decide) && e.Type != string(disclosure.Bypass) {
			continue
		}
		x := Decision{
			Act: e.ID, Version: e.Version, Step: e.Step, Person: Ref{ID: deref(e.Actor), Name: deref(e.ActorName)}, Role: disclosure.Role(deref(e.Role)),
			Outcome: disclosure.Outcome(e.Outcome), Basis: e.Basis, Opinion: e.Words, Manifest: disclosure.Hash(deref(e.Manifest)), At: e.At,
			Counts: e.Counts != nil && *e.Counts, OpenComments: deref(e.OpenComments),
		}
		x.StepZh, x.StepEn = stepName(row.Case, e.Step)
		if e.OnBehalf != nil {
			x.OnBehalf = &Ref{ID: *e.OnBehalf, Name: deref(e.OnBehalfName)}
		}
		if e.Type == string(disclosure.Bypass) {
			x.Step, x.Outcome = disclosure.BypassStep, disclosure.BypassStep
			x.StepZh, x.StepEn = disclosure.Bypass.Name("zh"), disclosure.Bypass.Name("en")
		}
		v.Decisions = append(v.Decisions, x)
	}
	return nil
}

func stepName(c disclosure.Case, id string) (zh, en string) {
	if id == disclosure.IncidentStep {
		return "事件处置", "Incident"
	}
	if id == disclosure.CompanionStep {
		return "解读与政策不同步", "Policy and interpretation apart"
	}
	if id == disclosure.RatifyStep {
		return "应急放行追认", "Ratification of a bypass"
	}
	if id == disclosure.ReevaluateStep {
		return "不予公开事项评估", "Re-evaluation"
	}
	if id == disclosure.RehearsalStep {
		return "演练未通过", "Not ready"
	}
	if id == disclosure.ReReviewStep {
		return "专项复核", "Re-review"
	}
	if id == disclosure.HeldStep {
		return "暂停待改期", "Held: reschedule or withdraw"
	}
	for _, s := range c.Route.Steps {
		if s.ID == id {
			return s.Zh, s.En
		}
	}
	if s, ok := c.CurrentStep(); ok && s.ID == id {
		return s.Zh, s.En
	}
	return id, id
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func (d *Desk) viewTasks(ctx context.Context, who Actor, row store.Row, v *Disclosure) error {
	tasks, err := d.store.OpenTasks(ctx, row.ID)
	for _, t := range tasks {
		v.Tasks = append(v.Tasks, taskView(t, row.Case, v.Summary, who))
	}
	return err
}

func taskView(t store.Task, c disclosure.Case, s Summary, who Actor) TaskView {
	view := TaskView{
		Disclosure: s, Step: t.TaskStep, Role: disclosure.Role(t.Role), OpenedAt: t.OpenedAt, DueAt: t.DueAt, Overdue: t.Now.After(t.DueAt),
		Mine: mayDecide(who, c), UrgedAt: t.UrgedAt, Candidates: []Ref{},
	}
	if t.NamedID != nil {
		view.Named = &Ref{ID: *t.NamedID, Name: deref(t.NamedName)}
	}
	if t.HolderID != nil {
		view.Holder = &Ref{ID: *t.HolderID, Name: deref(t.HolderName)}
	}
	view.StepZh, view.StepEn = stepName(c, t.TaskStep)
	return view
}

// mayDecide asks the rules themselves, with a decision that is right in all but who
// takes it.
func mayDecide(who Actor, c disclosure.Case) bool {
	return mayDecideSelf(who, c) || slices.ContainsFunc(who.mandates, func(m disclosure.Mandate) bool { return mayDecideFor(who, c, m) })
}

func (d *Desk) viewProgress(ctx context.Context, _ Actor, row store.Row, v *Disclosure) error {
	if row.Case.State != disclosure.Checking {
		return nil
	}
	p, err := d.store.CheckProgress(ctx, row.ID, row.Version)
	if p != nil {
		v.Progress = &Progress{Done: p.Done, Files: p.Files, Page: p.Page, Pages: p.Pages}
	}
	return err
}

func (d *Desk) viewRelease(ctx context.Context, who Actor, row store.Row, v *Disclosure) error {
	effects, err := d.store.Effects(ctx, row.ID, row.Version)
	if err != nil {
		return err
	}
	for _, e := range effects {
		v.Effects = append(v.Effects, Effect{Channel: e.Channel, State: e.State, URL: e.URL, SentAt: e.SentAt, SeenAt: e.ConfirmedAt, Cause: e.Cause})
		if e.Channel == channel.PortalName && (row.Case.State == disclosure.Releasing || row.Case.State == disclosure.Released || row.Case.State == disclosure.Failed || row.Case.State == disclosure.OutOfForce) {
			v.PublicURL = "/items/" + row.Number
		}
	}
	incident, err := d.store.Incident(ctx, row.ID)
	if err != nil || incident == nil {
		return err
	}
	v.Incident = &Incident{
		ID: incident.ID, Type: incident.Type, OpenedAt: incident.OpenedAt, DueAt: incident.DueAt, ClosedAt: incident.ClosedAt, Cleared: []Ref{}, Done: incident.Done,
	}
	if incident.ClosedBy != nil {
		v.Incident.Outcome, v.Incident.By = *incident.Outcome, &Ref{ID: *incident.ClosedBy, Name: *incident.ByName}
	}
	if who.May(disclosure.MayClear) && !slices.Contains(row.Case.Contributors, who.ID) {
		v.Incident.Line = incident.Line
	}
	if incident.ClosedAt == nil && (incident.Type != incidentQuarantine && mayCloseRecall(who, row.Case) ||
		row.Case.Check(disclosure.Act{Type: disclosure.Uphold, By: who.Person, Opinion: "-"}) == nil) {
		v.Can = append(v.Can, "close_incident")
	}
	for _, id := range row.Case.ClearedBy {
		if a, err := d.store.AccountByID(ctx, id); err == nil {
			v.Incident.Cleared = append(v.Incident.Cleared, Ref{ID: a.ID, Name: a.Name})
		}
	}
	return nil
}

// can asks the rules which acts this person could take now.
func can(who Actor, row store.Row) []string {
	c := row.Case
	at := row.UpdatedAt
	out := []string{}
	if c.State.Editable() && canEdit(who, row) {
		out = append(out, "edit", "submit")
	}
	if mayDecide(who, c) {
		out = append(out, "decide")
	}
	if mayAsk(who, row) {
		out = append(out, string(disclosure.AskQuestion))
	}
	if c.State == disclosure.Released && canEdit(who, row) && row.CorrectedBy == nil {
		out = append(out, "correct")
	}
	for _, a := range []disclosure.Act{
		{Type: disclosure.Dispose, Disposition: disclosure.FalseAlarm},
		{Type: disclosure.Withdraw},
		{Type: disclosure.Reschedule, ReleaseAt: c.Latest},
		{Type: disclosure.Recall},
		{Type: disclosure.TakeDown, Withdrawal: "error", Document: "-"},
		{Type: disclosure.Restore},
		{Type: disclosure.Repair},
		{Type: disclosure.Clear},
		{Type: disclosure.Bypass, Manifest: c.Manifest},
	} {
		a.By, a.At, a.Opinion = who.Person, at, "-"
		if a.Type == disclosure.Bypass && mayDecide(who, c) {
			continue // whoever can sign has nothing to go past
		}
		if c.Check(a) == nil {
			out = append(out, string(a.Type))
		}
	}
	return out
}

// Findings lists the findings of the current version, unmasked: who may see the item
// works on it or reviews it. Looking at them is written down.
func (d *Desk) Findings(ctx context.Context, who Actor, id string) ([]Finding, error) {
	row, err := d.reading(ctx, who, id, "read_findings")
	if err != nil {
		return nil, err
	}
	return d.findings(ctx, id, row.Version)
}

// findings are those of a version; a draft has none.
func (d *Desk) findings(ctx context.Context, id string, version int) ([]Finding, error) {
	out := []Finding{}
	if version == 0 {
		return out, nil
	}
	rows, err := d.store.Findings(ctx, id, version)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		f := r.Found
		x := Finding{
			ID: r.ID, Version: r.Version, File: f.File, Part: f.Part, Hidden: f.Hidden, Line: f.Line, Start: f.Start, End: f.End, Class: string(f.Class),
			Rule: f.Rule, RuleSet: f.RuleSet, Excerpt: f.Excerpt, Context: f.Context, Reason: f.Reason, ReasonEn: f.ReasonEN, Basis: f.Basis,
			Treatment: f.Treatment, Mask: f.Mask, Disposition: deref(r.Disposition), Why: r.Why, At: r.At,
		}
		if r.By != nil {
			x.By = &Ref{ID: *r.By, Name: deref(r.ByName)}
		}
		out = append(out, x)
	}
	return out, nil
}

// Timeline lists every act with its place in the ledger.
func (d *Desk) Timeline(ctx context.Context, who Actor, id string) ([]Event, error) {
	out, _, err := d.timeline(ctx, who, id)
	return out, err
}

func (d *Desk) timeline(ctx context.Context, who Actor, id string) ([]Event, store.Row, error) {
	row, err := d.reading(ctx, who, id, "read_timeline")
	if err != nil {
		return nil, row, err
	}
	events, err := d.store.Events(ctx, row.ID)
	if err != nil {
		return nil, row, err
	}
	out := make([]Event, len(events))
	for i, e := range events {
		act := disclosure.ActType(e.Type)
		out[i] = Event{
			At: e.At, Actor: Ref{ID: deref(e.Actor), Name: deref(e.ActorName)}, Act: e.Type, ActZh: act.Name("zh"), ActEn: act.Name("en"),
			From: disclosure.State(e.From), To: disclosure.State(e.To), Version: e.Version, Manifest: disclosure.Hash(deref(e.Manifest)),
			Step: e.Step, Outcome: disclosure.Outcome(e.Outcome), Role: disclosure.Role(deref(e.Role)), Opinion: e.Words, Cause: e.Cause, Seq: e.Seq, audit: e.Audit,
		}
		if e.OnBehalf != nil {
			out[i].OnBehalf = &Ref{ID: *e.OnBehalf, Name: deref(e.OnBehalfName)}
		}
		if e.Target != nil {
			out[i].Target = &Ref{ID: *e.Target, Name: deref(e.TargetName)}
		}
		if out[i].Actor.ID == "" {
			out[i].Actor.ID = "system"
		}
	}
	return out, row, nil
}

// Inbox lists what waits for this person, by due time.
func (d *Desk) Inbox(ctx context.Context, who Actor, after string, limit int) (Page[TaskView], error) {
	page := Page[TaskView]{Items: []TaskView{}}
	if err := d.needs(ctx, who, disclosure.MayRead, "inbox", ""); err != nil {
		return page, err
	}
	var due time.Time
	var last int64
	if after != "" {
		var id string
		var err error
		if due, id, err = readCursor(after); err != nil {
			return page, err
		}
		if last, err = parseID(id); err != nil {
			return page, err
		}
	}
	who, err := d.standing(ctx, who)
	if err != nil {
		return page, err
	}
	limit = pageSize(limit)
	rows, err := d.store.Inbox(ctx, who.Person, due, last, limit+1)
	if err != nil {
		return page, err
	}
	for i, t := range rows {
		if i == limit {
			page.Next = cursor(rows[i-1].DueAt, formatID(rows[i-1].TaskID))
			break
		}
		page.Items = append(page.Items, taskView(t, t.Case, summary(t.Row), who))
	}
	return page, nil
}

// Releases lists what was or is to be released between two instants.
func (d *Desk) Releases(ctx context.Context, who Actor, from, to time.Time) ([]ReleaseView, error) {
	if err := d.needs(ctx, who, disclosure.MayRead, "releases", ""); err != nil {
		return nil, err
	}
	if !to.After(from) {
		return nil, disclosure.Refuse(disclosure.WrongType, "to", "why", "to > from")
	}
	rows, err := d.store.Releases(ctx, who.Person, from, to)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	frozen, err := d.store.FrozenNow(ctx, ids)
	if err != nil {
		return nil, err
	}
	rehearsals, err := d.store.Rehearsals(ctx, ids...)
	if err != nil {
		return nil, err
	}
	effects, err := d.store.EffectsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]ReleaseView, len(rows))
	for i, r := range rows {
		out[i] = ReleaseView{Disclosure: summary(r), At: *r.ReleaseAt, Channels: r.Case.Channels, Frozen: frozen[r.ID] && !isPublic(r.Case.State), Effects: []Effect{}}
		if end := r.Case.ApprovalEnds(); !end.IsZero() && !isPublic(r.Case.State) {
			out[i].Expires = &end
		}
		if r.Case.State == disclosure.Approved {
			out[i].Rehearsal = rehearsalView(rehearsals, r.ID)
		}
		for _, e := range effects[r.ID] {
			out[i].Effects = append(out[i].Effects, Effect{Channel: e.Channel, State: e.State, URL: e.URL, SentAt: e.SentAt, SeenAt: e.ConfirmedAt, Cause: e.Cause})
		}
	}
	return out, nil
}

func isPublic(s disclosure.State) bool {
	return s == disclosure.Releasing || s == disclosure.Released || s == disclosure.Failed || s == disclosure.Recalled || s == disclosure.TakenDown || s == disclosure.OutOfForce
}

// Checkpoint is the newest signed head of the ledger.
func (d *Desk) Checkpoint(ctx context.Context, who Actor) ([]byte, error) {
	if !who.May(disclosure.MayAudit) && !who.May(disclosure.MayRead) {
		return nil, d.needs(ctx, who, disclosure.MayAudit, "checkpoint", "")
	}
	return d.store.Checkpoint(ctx)
}

// ExportLog writes the ledger as one file for offline verification.
func (d *Desk) ExportLog(ctx context.Context, who Actor, w io.Writer) error {
	if err := d.needs(ctx, who, disclosure.MayAudit, "export_log", ""); err != nil {
		return err
	}
	d.note(ctx, who, "export_log", "", "ok", nil)
	return d.store.Export(ctx, w, d.origin)
}
