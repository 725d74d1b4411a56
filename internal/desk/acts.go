package desk

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"shenfa/internal/check"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// Submit freezes the draft at revision as the next version and puts it on the road.
func (d *Desk) Submit(ctx context.Context, who Actor, id, key string, revision int64) (Disclosure, error) {
	if err := d.editable(ctx, who, id, "submit"); err != nil {
		return Disclosure{}, err
	}
	act := actID(who, key)
	if done, err := d.store.ActDone(ctx, act); err != nil || done {
		return d.answer(ctx, who, id, err)
	}
	a, err := d.freeze(ctx, who, id, revision)
	if err != nil {
		return Disclosure{}, err
	}
	a.ID = act
	return d.answer(ctx, who, id, d.act(ctx, who, id, a))
}

// answer shows the disclosure after an act.
func (d *Desk) answer(ctx context.Context, who Actor, id string, err error) (Disclosure, error) {
	if err != nil {
		return Disclosure{}, err
	}
	return d.view(ctx, who, id)
}

// freeze makes the version that is submitted, after everything that can be known
// beforehand was looked at.
func (d *Desk) freeze(ctx context.Context, who Actor, id string, revision int64) (disclosure.Act, error) {
	now, err := d.store.Now(ctx)
	if err != nil {
		return disclosure.Act{}, err
	}
	c, err := d.store.Case(ctx, id)
	if err != nil {
		return disclosure.Act{}, err
	}
	if !c.State.Editable() {
		err := c.Check(disclosure.Act{Type: disclosure.Submit})
		return disclosure.Act{}, err
	}
	checker, err := check.For(ctx, d.store, who.Unit, now)
	if err != nil {
		return disclosure.Act{}, err
	}
	book, err := d.store.Routes(ctx)
	if err != nil {
		return disclosure.Act{}, err
	}
	choose := func(draft disclosure.Draft) (disclosure.Route, error) {
		chosen, err := book.For(draft.Facts(c.Unit), now)
		if c.Route.ID == chosen.Route.ID && err == nil { // in flight, an item keeps the route it started with
			return c.Route, nil
		}
		return chosen.Route, err
	}
	var route disclosure.Route
	var lawful *Lawful
	var terms disclosure.Terms
	frozen, err := d.store.FreezeVersion(ctx, id, revision, who.Person, checker.Version(),
		func(number string, edition, version int, draft disclosure.Draft) (m disclosure.Manifest, err error) {
			if lawful, terms, err = d.submittable(ctx, who, id, number, edition, draft, now); err != nil {
				return m, err
			}
			if route, err = choose(draft); err != nil {
				return m, err
			}
			plan := d.bounded(draft, who.Unit, lawful, now)
			if m, err = manifest(id, number, version, who.Unit, draft, plan, route, checker.Version(), now); edition > 1 {
				m.Edition, m.Correction, m.CorrectionType, m.CloseEarlier = edition, draft.Correction, cmp.Or(draft.CorrectionType, disclosure.SubstantiveCorrection), draft.CloseEarlier
			}
			return m, err
		})
	if err != nil {
		return disclosure.Act{}, err
	}
	if route.ID == "" { // frozen by an earlier try: choose as then
		if route, err = choose(frozen.Draft); err != nil {
			return disclosure.Act{}, err
		}
		if lawful, err = d.lawful(frozen.Draft); err != nil {
			return disclosure.Act{}, err
		}
		if lawful != nil && frozen.Draft.Release.Undated() && now.After(lawful.Latest) {
			lawful = nil // late already: as in complete
		}
	}
	notBefore, latest, err := frozen.Manifest.Release.Window()
	if err != nil {
		return disclosure.Act{}, err
	}
	a := disclosure.Act{
		Type: disclosure.Submit, By: who.Person, Kind: frozen.Draft.Kind, Version: frozen.Version, Manifest: frozen.Hash, Route: &route,
		Flags: frozen.Draft.Facts(c.Unit).Flags, Contributors: frozen.Contributors, Channels: frozen.Draft.Channels, NotBefore: notBefore, Latest: latest,
		OnApproval: frozen.Draft.Release.OnApproval, Late: frozen.Draft.Release.Late,
		Batch: frozen.Draft.Batch, Until: frozen.Draft.Release.Until, PublicDays: frozen.Draft.Release.PublicDays,
	}
	if lawful != nil {
		a.Lawful = lawful.Latest
	}
	return d.underTerms(ctx, who, a, frozen.Draft, terms)
}

// complete refuses a draft that lacks something, or a plan the law does not allow.
// Information whose statutory limit has passed already may still be released, but
// only at once on approval: lateness is not mended by waiting.
func (d *Desk) complete(draft disclosure.Draft, now time.Time) (*Lawful, error) {
	if err := draft.Validate(d.channels); err != nil {
		return nil, err
	}
	if err := draft.Complete(now); err != nil {
		return nil, err
	}
	lawful, err := d.lawful(draft)
	if err != nil || lawful == nil {
		return nil, err
	}
	past := func(field string, at time.Time) error {
		if at.IsZero() || !at.After(lawful.Latest) {
			return nil
		}
		return disclosure.Refuse(disclosure.ReleasePastLimit, field, "latest", disclosure.ShowInstant(lawful.Latest, draft.Release.Zone), "law", lawful.Law)
	}
	if draft.Release.Undated() {
		if now.After(lawful.Latest) {
			return nil, nil
		}
		return lawful, past("release.latest", draft.Release.Latest)
	}
	if err := past("release.at", draft.Release.At); err != nil {
		return nil, err
	}
	return lawful, past("release.latest", draft.Release.Latest)
}

func manifest(id, number string, version int, unit string, draft disclosure.Draft, plan disclosure.Plan, route disclosure.Route, rules string, now time.Time) (disclosure.Manifest, error) {
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return disclosure.Manifest{}, err
	}
	release, err := disclosure.NewRelease(plan, now)
	if err != nil {
		return disclosure.Manifest{}, err
	}
	m := disclosure.Manifest{
		Format: disclosure.ManifestFormat, Salt: hex.EncodeToString(salt), Disclosure: id, Number: number, Version: version, Unit: unit,
		Metadata: draft.Metadata, Body: draft.Body.Content, Source: draft.Source.Content, Attachments: []disclosure.Named{},
		Attribute: draft.Attribute, Basis: draft.Basis, Reason: draft.Reason, Channels: draft.Channels, Release: release, Batch: draft.Batch,
		Interprets: draft.Interprets, NoInterpretation: draft.NoInterpretation, Continues: draft.Continues,
		Route: route.ID, RouteNo: route.Version, RuleSet: rules,
	}
	for _, f := range draft.Attachments {
		m.Attachments = append(m.Attachments, f.Named)
	}
	return m, nil
}

// words checks what a person wrote with an act and stores it sealed; only its id
// travels on.
func (d *Desk) words(ctx context.Context, id, act, field, text string) (string, error) {
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) > disclosure.MaxReason {
		return "", disclosure.Refuse(disclosure.TooLong, field, "max", fmt.Sprint(disclosure.MaxReason))
	}
	return d.store.AddOpinion(ctx, id, act, text)
}

// takeWith does what all acts with words have in common.
func (d *Desk) takeWith(ctx context.Context, who Actor, id, key, field, text string, a disclosure.Act) (Disclosure, error) {
	if _, err := d.row(ctx, who, id, string(a.Type)); err != nil {
		return Disclosure{}, err
	}
	a.ID, a.By = actID(who, key), who.Person
	var err error
	if a.Opinion, err = d.words(ctx, id, a.ID, field, text); err != nil {
		return Disclosure{}, err
	}
	return d.answer(ctx, who, id, d.act(ctx, who, id, a))
}

// Dispose says what was done about a finding, and why.
func (d *Desk) Dispose(ctx context.Context, who Actor, id, finding, key string, disposition disclosure.Disposition, reason string) (Disclosure, error) {
	return d.takeWith(ctx, who, id, key, "reason", reason, disclosure.Act{Type: disclosure.Dispose, Finding: finding, Disposition: disposition})
}

// Decide takes a decision on the manifest the person saw. On a stale one the
// refusal says which fields changed since.
func (d *Desk) Decide(ctx context.Context, who Actor, id, key string, in DecisionInput) (Disclosure, error) {
	if utf8.RuneCountInString(in.Basis) > disclosure.MaxShortText {
		return Disclosure{}, disclosure.Refuse(disclosure.TooLong, "basis", "max", fmt.Sprint(disclosure.MaxShortText))
	}
	if _, err := d.row(ctx, who, id, string(disclosure.Decide)); err != nil {
		return Disclosure{}, err
	}
	mandate, err := d.mandate(ctx, who, id, in)
	if err != nil {
		return Disclosure{}, err
	}
	v, err := d.takeWith(ctx, who, id, key, "opinion", in.Opinion, disclosure.Act{
		Type: disclosure.Decide, Mandate: mandate, Step: in.Step, Outcome: in.Outcome, Manifest: in.ManifestHash, Basis: strings.TrimSpace(in.Basis), ReturnTo: in.ReturnTo,
	})
	d.heed(ctx, v)
	return v, d.whatChanged(ctx, id, in.ManifestHash, err)
}

// Bypass shortens the sign-off in an emergency, on the manifest the person saw: only
// the essential steps are left.
func (d *Desk) Bypass(ctx context.Context, who Actor, id, key string, seen disclosure.Hash, reason string) (Disclosure, error) {
	v, err := d.takeWith(ctx, who, id, key, "reason", reason, disclosure.Act{Type: disclosure.Bypass, Manifest: seen})
	d.heed(ctx, v)
	return v, d.whatChanged(ctx, id, seen, err)
}

// whatChanged adds to the refusal of a stale manifest what changed since.
func (d *Desk) whatChanged(ctx context.Context, id string, seen disclosure.Hash, refused error) error {
	if disclosure.CodeOf(refused) != disclosure.ManifestChanged {
		return refused
	}
	rows, err := d.store.Versions(ctx, id)
	if err != nil || len(rows) == 0 {
		return refused
	}
	c, err := d.store.Case(ctx, id)
	if err != nil {
		return refused
	}
	var before, now *disclosure.Manifest
	for i := range rows {
		if rows[i].Hash == seen && rows[i].Readable {
			before = &rows[i].Manifest
		}
		if rows[i].Hash == c.Manifest && rows[i].Readable {
			now = &rows[i].Manifest
		}
	}
	changed := "?"
	if before != nil && now != nil {
		changed = strings.Join(disclosure.Changes(*before, *now), ",")
	}
	return disclosure.Refuse(disclosure.ManifestChanged, "manifest_hash",
		"seen", seen.Short(), "current", c.Manifest.Short(), "manifest_hash", string(c.Manifest), "changed", changed)
}

// Withdraw takes the disclosure back to the drafter, before its release.
func (d *Desk) Withdraw(ctx context.Context, who Actor, id, key, reason string) (Disclosure, error) {
	return d.takeWith(ctx, who, id, key, "reason", reason, disclosure.Act{Type: disclosure.Withdraw})
}

// Reschedule moves the release within the approved window.
func (d *Desk) Reschedule(ctx context.Context, who Actor, id, key string, at time.Time, reason string) (Disclosure, error) {
	if at.IsZero() {
		return Disclosure{}, disclosure.Refuse(disclosure.Required, "at")
	}
	act := disclosure.Act{ID: actID(who, key), Type: disclosure.Reschedule, By: who.Person, ReleaseAt: at.UTC()}
	if err := d.admitMove(ctx, who, id, act); err != nil {
		return Disclosure{}, err
	}
	return d.takeWith(ctx, who, id, key, "reason", reason, act)
}

// Recall takes a released disclosure off every channel and opens an incident.
func (d *Desk) Recall(ctx context.Context, who Actor, id, key, reason string) (Disclosure, error) {
	if err := d.current(ctx, who, id, "recall"); err != nil {
		return Disclosure{}, err
	}
	return d.takeWith(ctx, who, id, key, "reason", reason, disclosure.Act{Type: disclosure.Recall})
}

// current refuses where a later edition has taken the place of the disclosure.
func (d *Desk) current(ctx context.Context, who Actor, id, action string) error {
	if _, err := d.row(ctx, who, id, action); err != nil {
		return err
	}
	superseded, err := d.store.Superseded(ctx, id)
	if err == nil && superseded {
		d.Denied(ctx, who, action, id, disclosure.Superseded)
		err = disclosure.Refuse(disclosure.Superseded, "")
	}
	return err
}

// Correct begins the correction of what is public: the next edition under the same
// number, with the released content to begin with. It has a road of its own; what is
// public stays as it is until the correction is released.
func (d *Desk) Correct(ctx context.Context, who Actor, id, key string) (Disclosure, error) {
	if err := d.editable(ctx, who, id, "correct"); err != nil {
		return Disclosure{}, err
	}
	correction := store.Derive("correction", who.ID, id, key)
	c, err := d.store.Case(ctx, id)
	if err != nil {
		return Disclosure{}, err
	}
	if c.State != disclosure.Released {
		state, _ := disclosure.StateByID(c.State)
		return Disclosure{}, disclosure.Refuse(disclosure.WrongState, "", "state", state.Zh, "state_en", state.En, "act", "更正", "act_en", "correct")
	}
	if err := d.current(ctx, who, id, "correct"); err != nil {
		return Disclosure{}, err
	}
	if err := d.store.Correct(ctx, correction, id, who.Person); err != nil {
		return Disclosure{}, err
	}
	return d.view(ctx, who, correction)
}

// CloseIncident ends the open incident of a disclosure, with what was done: after a
// recall or a drift, or by upholding the mark that was found, which ends the disclosure too.
func (d *Desk) CloseIncident(ctx context.Context, who Actor, id, key, done string) (Disclosure, error) {
	row, err := d.row(ctx, who, id, "close_incident")
	if err != nil {
		return Disclosure{}, err
	}
	incident, err := d.store.Incident(ctx, id)
	if err != nil {
		return Disclosure{}, err
	}
	if incident == nil || incident.Type == incidentQuarantine {
		return d.takeWith(ctx, who, id, key, "reason", done, disclosure.Act{Type: disclosure.Uphold})
	}
	switch {
	case !mayCloseRecall(who, row.Case):
		d.Denied(ctx, who, "close_incident", id, disclosure.Forbidden)
		return Disclosure{}, disclosure.Refuse(disclosure.Forbidden, "")
	case strings.TrimSpace(done) == "":
		return Disclosure{}, disclosure.Refuse(disclosure.ReasonRequired, "reason")
	}
	opinion, err := d.words(ctx, id, actID(who, key), "reason", done)
	if err != nil {
		return Disclosure{}, err
	}
	return d.answer(ctx, who, id, d.store.CloseIncident(ctx, id, who.Person, opinion))
}

// incidentQuarantine is the incident that only an act on the mark ends.
const incidentQuarantine = "quarantine"

func mayCloseRecall(who Actor, c disclosure.Case) bool {
	return who.May(disclosure.MayRelease) && who.Unit == c.Unit
}

// ClearQuarantine confirms that a mark was a false alarm. It takes two people.
func (d *Desk) ClearQuarantine(ctx context.Context, who Actor, id, key, reason string) (Disclosure, error) {
	return d.takeWith(ctx, who, id, key, "reason", reason, disclosure.Act{Type: disclosure.Clear})
}
