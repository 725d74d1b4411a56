//go:build linux

package testkit

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/google/uuid"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// RuleSet is the rule set that the factory's versions say they were checked on.
const RuleSet = "test/1"

// Recipe is what a disclosure is made from. Options change it.
type Recipe struct {
	Draft       disclosure.Draft
	Body        string            // HTML
	Attachments map[string]string // by name
	In          time.Duration     // until its release by the database clock; 0 is "on approval"
	At          time.Time         // of its release, instead of In
	Window      time.Duration     // from the release to the latest instant; 0 is the default
}

// Option changes a recipe.
type Option func(*Recipe)

// ReleaseIn plans the release so long from now; 0 makes it "on approval".
func ReleaseIn(d time.Duration) Option { return func(r *Recipe) { r.In = d } }

// Window ends the approved window so long after its start.
func Window(d time.Duration) Option { return func(r *Recipe) { r.Window = d } }

// Batch makes it belong to a batch, planned for its instant.
func Batch(id string, at time.Time) Option {
	return func(r *Recipe) { r.Draft.Batch, r.At = id, at }
}

// Interprets makes it explain the policy of that number.
func Interprets(number string) Option {
	return func(r *Recipe) { r.Draft.Kind, r.Draft.Interprets = "interpretation", number }
}

// Continues makes it a warning that continues that of that number.
func Continues(number, as string) Option {
	return func(r *Recipe) {
		r.Draft.Kind, r.Draft.Continues = "warning", disclosure.Continuation{Number: number, As: as}
	}
}

// Late sets what to do when the instant was missed.
func Late(p disclosure.LatePolicy) Option { return func(r *Recipe) { r.Draft.Release.Late = p } }

// Kind sets the kind, and so the route. A policy says why it needs no interpretation.
func Kind(id string) Option {
	return func(r *Recipe) {
		r.Draft.Kind = id
		if _, asked := disclosure.CompanionLawFor(id, time.Now()); asked {
			r.Draft.NoInterpretation = "仅调整附件编号"
		}
	}
}

// Explained makes it a policy that needs its interpretation.
func Explained() Option {
	return func(r *Recipe) { r.Draft.Kind, r.Draft.NoInterpretation = "policy", "" }
}

// Channels replaces the portal.
func Channels(names ...string) Option { return func(r *Recipe) { r.Draft.Channels = names } }

// Title sets the title.
func Title(s string) Option { return func(r *Recipe) { r.Draft.Title = s } }

// Attach adds an attachment.
func Attach(name, content string) Option { return func(r *Recipe) { r.Attachments[name] = content } }

// Item is one disclosure in a store, with the case as its last act left it.
type Item struct {
	Stored
	Bureau
	Recipe
	ID     string
	Number string
	Case   disclosure.Case
}

// Draft makes a complete draft by the bureau's drafter that nobody has submitted.
func Draft(t testing.TB, s Stored, b Bureau, options ...Option) *Item {
	t.Helper()
	r := Recipe{
		Body:        "<p>关于开展安全生产检查的通知</p>",
		Attachments: map[string]string{},
		In:          time.Hour,
		Draft: disclosure.Draft{
			Metadata: disclosure.Metadata{
				Title: "安全生产检查通知", Kind: "notice", DocumentNumber: "示应急〔2026〕1号", IndexNumber: "000000/2026-00001",
				FormedOn: "2026-01-05", Topic: "安全生产", Keywords: []string{"检查"}, Summary: "例行检查",
			},
			Attribute: disclosure.Proactive, Basis: "《政府信息公开条例》第二十条", Channels: []string{"portal"},
			Release: disclosure.Plan{Zone: disclosure.DefaultZone, Late: disclosure.LateNow},
		},
	}
	for _, o := range options {
		o(&r)
	}
	i := &Item{Stored: s, Bureau: b, Recipe: r, ID: uuid.NewString()}
	must(t, s.CreateDisclosure(t.Context(), i.ID, b.Drafter, r.Draft))
	i.Edit(t, b.Drafter, func(d *disclosure.Draft, put func([]byte) (string, error)) error {
		file := func(name, mediaType, content string) (disclosure.File, error) {
			blob, err := put([]byte(content))
			return disclosure.File{Blob: blob, Named: disclosure.Named{Name: name, Content: disclosure.Sum(mediaType, []byte(content))}}, err
		}
		body, err := file("body.html", "text/html; charset=utf-8", r.Body)
		if err != nil {
			return err
		}
		d.Body, d.Source = &body, &body
		for name, content := range r.Attachments {
			f, err := file(name, "application/octet-stream", content)
			if err != nil {
				return err
			}
			d.Attachments = append(d.Attachments, f)
		}
		return nil
	})
	i.Reload(t)
	row, err := s.Disclosure(t.Context(), b.Drafter, i.ID)
	must(t, err)
	i.Number = row.Number
	return i
}

// Submitted is a draft that the drafter submitted and that waits for its check.
func Submitted(t testing.TB, s Stored, b Bureau, options ...Option) *Item {
	t.Helper()
	i := Draft(t, s, b, options...)
	i.Submit(t, b.Drafter)
	return i
}

// InReview is a submission without findings at the first step of its route.
func InReview(t testing.TB, s Stored, b Bureau, options ...Option) *Item {
	t.Helper()
	i := Submitted(t, s, b, options...)
	i.Must(t, disclosure.Act{Type: disclosure.Checked})
	return i
}

// Approved has every decision that its route asks for, and so a grant.
func Approved(t testing.TB, s Stored, b Bureau, options ...Option) *Item {
	t.Helper()
	i := InReview(t, s, b, options...)
	i.Approve(t)
	return i
}

// Armed needs nothing more but its instant.
func Armed(t testing.TB, s Stored, b Bureau, options ...Option) *Item {
	t.Helper()
	i := Approved(t, s, b, options...)
	i.Must(t, disclosure.Act{Type: disclosure.Arm})
	return i
}

// Edit changes the draft as by.
func (i *Item) Edit(t testing.TB, by disclosure.Person, edit func(*disclosure.Draft, func([]byte) (string, error)) error) {
	t.Helper()
	must(t, i.EditDraft(t.Context(), i.ID, i.DraftRevision(t), by, "edit", edit))
}

// DraftRevision is the revision an editor of the draft would send.
func (i *Item) DraftRevision(t testing.TB) int64 {
	t.Helper()
	row, err := i.Disclosure(t.Context(), i.Drafter, i.ID)
	must(t, err)
	return row.DraftRevision
}

// Reload takes the case as the database has it.
func (i *Item) Reload(t testing.TB) {
	t.Helper()
	c, err := i.Stored.Case(t.Context(), i.ID)
	must(t, err)
	i.Case = c
}

// Frozen freezes the draft as the next version without submitting it.
func (i *Item) Frozen(t testing.TB, by disclosure.Person) store.Frozen {
	t.Helper()
	now, err := i.Now(t.Context())
	must(t, err)
	f, err := i.FreezeVersion(t.Context(), i.ID, i.DraftRevision(t), by, RuleSet,
		func(number string, edition, version int, d disclosure.Draft) (disclosure.Manifest, error) {
			return i.manifest(number, version, d, now)
		})
	must(t, err)
	return f
}

func (i *Item) manifest(number string, version int, d disclosure.Draft, now time.Time) (disclosure.Manifest, error) {
	plan := d.Release
	plan.At, plan.OnApproval = now.Add(i.In), i.In == 0
	if !i.At.IsZero() {
		plan.At, plan.OnApproval = i.At, false
	}
	if i.Window > 0 {
		plan.Latest = plan.At.Add(i.Window)
	}
	release, err := disclosure.NewRelease(plan, now)
	if err != nil {
		return disclosure.Manifest{}, err
	}
	chosen, err := disclosure.Routes().For(d.Facts(i.Unit), now)
	if err != nil {
		return disclosure.Manifest{}, err
	}
	m := disclosure.Manifest{
		Format: disclosure.ManifestFormat, Salt: rand.Text(), Disclosure: i.ID, Number: number, Version: version, Unit: i.Unit,
		Metadata: d.Metadata, Body: d.Body.Content, Source: d.Source.Content, Attachments: []disclosure.Named{},
		Attribute: d.Attribute, Basis: d.Basis, Reason: d.Reason, Channels: d.Channels, Release: release, Batch: d.Batch,
		Interprets: d.Interprets, NoInterpretation: d.NoInterpretation, Continues: d.Continues,
		Route: chosen.Route.ID, RouteNo: chosen.Route.Version, RuleSet: RuleSet,
	}
	for _, f := range d.Attachments {
		m.Attachments = append(m.Attachments, f.Named)
	}
	return m, nil
}

// Submit freezes the draft and submits it as by.
func (i *Item) Submit(t testing.TB, by disclosure.Person) {
	t.Helper()
	f := i.Frozen(t, by)
	notBefore, latest, err := f.Manifest.Release.Window()
	must(t, err)
	now, err := i.Now(t.Context())
	must(t, err)
	chosen, err := disclosure.Routes().For(f.Draft.Facts(i.Unit), now)
	must(t, err)
	i.Must(t, disclosure.Act{
		Type: disclosure.Submit, By: by, Kind: f.Draft.Kind, Version: f.Version, Manifest: f.Hash, Route: &chosen.Route, Flags: f.Draft.Facts(i.Unit).Flags,
		Contributors: f.Contributors,
		Channels:     f.Draft.Channels, NotBefore: notBefore, Latest: latest, OnApproval: f.Manifest.Release.OnApproval, Late: f.Draft.Release.Late,
		Batch: f.Draft.Batch,
	})
}

// Approve takes every decision that waits, each by the person of that seat.
func (i *Item) Approve(t testing.TB) {
	t.Helper()
	for i.Case.State == disclosure.InReview {
		i.Must(t, i.Decision(t, i.For(i.Case.Tasks()[0]), disclosure.Disclose))
	}
}

// Decision is by's decision at the step that waits. What needs words and an article
// has them.
func (i *Item) Decision(t testing.TB, by disclosure.Person, outcome disclosure.Outcome) disclosure.Act {
	t.Helper()
	step, _ := i.Case.CurrentStep()
	a := disclosure.Act{
		ID: uuid.NewString(), Type: disclosure.Decide, By: by, Manifest: i.Case.Manifest, Step: step.ID, Outcome: outcome, ReturnTo: disclosure.DrafterStep,
		Basis: "第三十五条",
	}
	a.Opinion = i.Words(t, a.ID, "意见")
	return a
}

// Words stores sealed words and returns the id they travel under.
func (i *Item) Words(t testing.TB, name, words string) string {
	t.Helper()
	opinion, err := i.AddOpinion(t.Context(), i.ID, name, words)
	must(t, err)
	return opinion
}

// Transition takes an act by the rules and says what is to be recorded. Tasks are due
// a day later.
func (i *Item) Transition(ctx context.Context, a disclosure.Act) (store.Transition, error) {
	if a.At.IsZero() {
		now, err := i.Now(ctx)
		if err != nil {
			return store.Transition{}, err
		}
		a.At = now
	}
	if a.ID == "" {
		a.ID = uuid.NewString()
	}
	after, err := i.Case.Take(a)
	return store.Transition{
		ID: i.ID, Revision: i.Case.Revision, Act: a, After: after.Digest(),
		Due: func(now time.Time, _ disclosure.Case, _ disclosure.Task) (time.Time, error) {
			return now.Add(24 * time.Hour), nil
		},
	}, err
}

// Take takes an act, records it, and only then believes it.
func (i *Item) Take(ctx context.Context, a disclosure.Act) error {
	tr, err := i.Transition(ctx, a)
	if err != nil {
		return err
	}
	got, err := i.Record(ctx, tr)
	if err != nil {
		return err
	}
	i.Case, err = i.Case.Take(tr.Act)
	i.Case.Revision = got.Revision
	return err
}

// Must is Take of an act that is to succeed.
func (i *Item) Must(t testing.TB, a disclosure.Act) {
	t.Helper()
	must(t, i.Take(t.Context(), a))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
