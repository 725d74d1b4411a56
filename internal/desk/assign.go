package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// AssignInput is what an act on a task needs. Which of it, the act says.
type AssignInput struct {
	Step   string `json:"step"`
	Person string `json:"person"` // transfer, add_signer: to whom
	Where  string `json:"where"`  // add_signer: before, beside or after the step
	Reason string `json:"reason"`
}

// DelegationInput orders a delegation. An empty giver is who asks; a zero start is now.
type DelegationInput struct {
	Giver      string    `json:"giver"`
	Delegate   string    `json:"delegate"`
	Kinds      []string  `json:"kinds"`
	Steps      []string  `json:"steps"`
	Disclosure string    `json:"disclosure"` // only this item (委派)
	From       time.Time `json:"from"`
	Until      time.Time `json:"until"`
	Reason     string    `json:"reason"`
}

// Delegation is a mandate to decide in another's place. Empty kinds and steps mean all.
type Delegation struct {
	ID         string    `json:"id"`
	Giver      Ref       `json:"giver"`
	Delegate   Ref       `json:"delegate"`
	Kinds      []string  `json:"kinds"`
	Steps      []string  `json:"steps"`
	Disclosure string    `json:"disclosure"`
	From       time.Time `json:"from"`
	Until      time.Time `json:"until"`
	Reason     string    `json:"reason"`
	MadeBy     Ref       `json:"made_by"`
	MadeAt     time.Time `json:"made_at"`
	Standing   bool      `json:"standing"` // it has begun
}

// Colleague is somebody of the unit who may decide.
type Colleague struct {
	Ref
	Section string            `json:"section"`
	Roles   []disclosure.Role `json:"roles"`
}

// Assign acts on the task that waits: claim, unclaim, transfer, urge, retract, add_signer
// and drop_signer.
func (d *Desk) Assign(ctx context.Context, who Actor, id, key string, act disclosure.ActType, in AssignInput) (Disclosure, error) {
	a := disclosure.Act{Type: act, Step: in.Step, Where: in.Where}
	if in.Person != "" {
		target, err := d.colleague(ctx, who, in.Person, "person")
		if err != nil {
			return Disclosure{}, err
		}
		a.Target = &target
	}
	return d.takeWith(ctx, who, id, key, "reason", in.Reason, a)
}

// colleague finds an enabled person of the unit.
func (d *Desk) colleague(ctx context.Context, who Actor, id, field string) (disclosure.Person, error) {
	account, err := d.store.AccountByID(ctx, id)
	switch {
	case disclosure.CodeOf(err) == disclosure.NotFound:
		return disclosure.Person{}, disclosure.Refuse(disclosure.NotEligible, field)
	case err != nil:
		return disclosure.Person{}, err
	case account.DisabledAt != nil || account.Unit != who.Unit:
		return disclosure.Person{}, disclosure.Refuse(disclosure.NotEligible, field)
	}
	return account.Person(), nil
}

// Follow has the person follow a disclosure, or no longer.
func (d *Desk) Follow(ctx context.Context, who Actor, id string, follow bool) (Disclosure, error) {
	if _, err := d.row(ctx, who, id, "follow"); err != nil {
		return Disclosure{}, err
	}
	return d.answer(ctx, who, id, d.store.Follow(ctx, id, who.ID, follow))
}

// Colleagues lists who of the unit may decide.
func (d *Desk) Colleagues(ctx context.Context, who Actor) ([]Colleague, error) {
	if !who.May(disclosure.MayManage) {
		if err := d.needs(ctx, who, disclosure.MayDecide, "colleagues", ""); err != nil {
			return nil, err
		}
	}
	all, err := d.store.Accounts(ctx, who.Unit)
	if err != nil {
		return nil, err
	}
	out := []Colleague{}
	for _, a := range all {
		if a.DisabledAt == nil && a.Person().May(disclosure.MayDecide) {
			out = append(out, Colleague{Ref: Ref{ID: a.ID, Name: a.Name}, Section: a.SectionName, Roles: a.Roles})
		}
	}
	return out, nil
}

// mayDelegate is for those who decide, of their own, and for who manages everybody's.
func (d *Desk) mayDelegate(ctx context.Context, who Actor, action, object string) error {
	if who.May(disclosure.MayManage) {
		return nil
	}
	return d.needs(ctx, who, disclosure.MayDecide, action, object)
}

// Delegations lists what stands or is to come in the unit: everybody sees who decides for whom.
func (d *Desk) Delegations(ctx context.Context, who Actor) ([]Delegation, error) {
	if err := d.mayDelegate(ctx, who, "delegations", ""); err != nil {
		return nil, err
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := d.store.Delegations(ctx, who.Unit)
	if err != nil {
		return nil, err
	}
	out := make([]Delegation, len(rows))
	for i, r := range rows {
		out[i] = Delegation{
			ID: r.ID, Giver: Ref{ID: r.Giver, Name: r.GiverName}, Delegate: Ref{ID: r.Delegate, Name: r.DelegateName}, Kinds: listed(r.Kinds), Steps: listed(r.Steps),
			Disclosure: r.Item, From: r.From, Until: r.Until, Reason: r.Reason, MadeBy: Ref{ID: r.MadeBy, Name: r.MadeByName}, MadeAt: r.MadeAt, Standing: !now.Before(r.From),
		}
	}
	return out, nil
}

// AddDelegation makes a delegation, of one's own seats or, as the security administrator,
// of another's.
func (d *Desk) AddDelegation(ctx context.Context, who Actor, key string, in DelegationInput) (Delegation, error) {
	if err := d.mayDelegate(ctx, who, "delegate", ""); err != nil {
		return Delegation{}, err
	}
	g, err := d.delegation(ctx, who, key, &in)
	if err != nil {
		return Delegation{}, err
	}
	giver, err := d.colleague(ctx, who, g.Giver, "giver")
	if err != nil {
		return Delegation{}, err
	}
	delegate, err := d.colleague(ctx, who, g.Delegate, "delegate")
	if err != nil {
		return Delegation{}, err
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return Delegation{}, err
	}
	if g.From.IsZero() {
		g.From = now.UTC()
	}
	rows, err := d.store.Delegations(ctx, who.Unit)
	if err != nil {
		return Delegation{}, err
	}
	standing := make([]disclosure.Delegation, len(rows))
	for i, r := range rows {
		standing[i] = r.Delegation
	}
	known := slices.ContainsFunc(standing, func(s disclosure.Delegation) bool { return s.ID == g.ID })
	if !known {
		if err := disclosure.CheckDelegation(g, giver, delegate, who.Person, standing, now); err != nil {
			d.Denied(ctx, who, "delegate", g.Giver, disclosure.CodeOf(err))
			return Delegation{}, err
		}
		if err := d.store.AddDelegation(ctx, who.Person, g, in.Reason); err != nil {
			return Delegation{}, err
		}
	}
	all, err := d.Delegations(ctx, who)
	if err != nil {
		return Delegation{}, err
	}
	if i := slices.IndexFunc(all, func(o Delegation) bool { return o.ID == g.ID }); i >= 0 {
		return all[i], nil
	}
	return Delegation{}, disclosure.Refuse(disclosure.NotFound, "") // revoked meanwhile
}

// delegation reads what was typed.
func (d *Desk) delegation(ctx context.Context, who Actor, key string, in *DelegationInput) (disclosure.Delegation, error) {
	in.Reason = strings.TrimSpace(in.Reason)
	if in.Giver == "" {
		in.Giver = who.ID
	}
	switch {
	case in.Delegate == "":
		return disclosure.Delegation{}, disclosure.Refuse(disclosure.Required, "delegate")
	case in.Until.IsZero():
		return disclosure.Delegation{}, disclosure.Refuse(disclosure.Required, "until")
	case in.Reason == "":
		return disclosure.Delegation{}, disclosure.Refuse(disclosure.ReasonRequired, "reason")
	case utf8.RuneCountInString(in.Reason) > disclosure.MaxReason:
		return disclosure.Delegation{}, disclosure.Refuse(disclosure.TooLong, "reason", "max", fmt.Sprint(disclosure.MaxReason))
	}
	for _, k := range in.Kinds {
		if _, ok := disclosure.KindByID(k); !ok {
			return disclosure.Delegation{}, disclosure.Refuse(disclosure.BadValue, "kinds", "value", k, "allowed", "kind")
		}
	}
	for _, s := range in.Steps {
		known := slices.ContainsFunc(disclosure.Routes(), func(r disclosure.Route) bool {
			return slices.ContainsFunc(r.Steps, func(step disclosure.Step) bool { return step.ID == s })
		})
		if !known {
			return disclosure.Delegation{}, disclosure.Refuse(disclosure.BadValue, "steps", "value", s, "allowed", "step")
		}
	}
	if in.Disclosure != "" {
		if _, err := d.row(ctx, who, in.Disclosure, "delegate"); err != nil {
			return disclosure.Delegation{}, disclosure.Refuse(disclosure.NotFound, "disclosure")
		}
	}
	return disclosure.Delegation{
		ID: store.Derive("delegation", who.ID, key), Giver: in.Giver, Delegate: in.Delegate, Kinds: listed(in.Kinds), Steps: listed(in.Steps), Item: in.Disclosure,
		From: in.From.UTC(), Until: in.Until.UTC(),
	}, nil
}

// RevokeDelegation ends a delegation at once: its giver, its delegate, or who manages
// everybody's may do so.
func (d *Desk) RevokeDelegation(ctx context.Context, who Actor, id string) error {
	all, err := d.Delegations(ctx, who)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(g Delegation) bool { return g.ID == id })
	switch {
	case i < 0:
		return disclosure.Refuse(disclosure.NotFound, "")
	case who.ID != all[i].Giver.ID && who.ID != all[i].Delegate.ID && !who.May(disclosure.MayManage):
		d.Denied(ctx, who, "revoke_delegation", id, disclosure.Forbidden)
		return disclosure.Refuse(disclosure.Forbidden, "")
	}
	return d.store.RevokeDelegation(ctx, id, who.Person)
}

// standing adds in whose place the person may decide now.
func (d *Desk) standing(ctx context.Context, who Actor) (Actor, error) {
	if !who.May(disclosure.MayDecide) {
		return who, nil
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return who, err
	}
	who.mandates, err = d.store.Mandates(ctx, who.Person, now)
	return who, err
}

// mandate chooses in whose name a decision is taken: one's own if it can be, else that of a
// giver whose seat waits. A name that was asked for is that or none.
func (d *Desk) mandate(ctx context.Context, who Actor, id string, in DecisionInput) (*disclosure.Mandate, error) {
	c, err := d.store.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	if in.OnBehalf == "" && mayDecideSelf(who, c) {
		return nil, nil
	}
	if who, err = d.standing(ctx, who); err != nil {
		return nil, err
	}
	for _, m := range who.mandates {
		if (in.OnBehalf == "" || in.OnBehalf == m.Giver) && mayDecideFor(who, c, m) {
			return &m, nil
		}
	}
	// A name that gives no right is refused by the rules, with their reason.
	for _, m := range who.mandates {
		if in.OnBehalf == m.Giver {
			return &m, nil
		}
	}
	if in.OnBehalf != "" {
		d.Denied(ctx, who, string(disclosure.Decide), id, disclosure.NoMandate)
		return nil, disclosure.Refuse(disclosure.NoMandate, "on_behalf")
	}
	return nil, nil
}

// decision is one that is right in all but who takes it.
func decision(who Actor, c disclosure.Case) (disclosure.Act, bool) {
	step, ok := c.CurrentStep()
	return disclosure.Act{Type: disclosure.Decide, By: who.Person, Manifest: c.Manifest, Step: step.ID, Outcome: disclosure.Disclose}, ok
}

func mayDecideSelf(who Actor, c disclosure.Case) bool {
	a, ok := decision(who, c)
	return ok && seated(c.Check(a))
}

// seated says whether only an open question stands between a decider and the signature:
// whoever sits there may still decide otherwise.
func seated(err error) bool { return err == nil || disclosure.CodeOf(err) == disclosure.QuestionOpen }

func mayDecideFor(who Actor, c disclosure.Case, m disclosure.Mandate) bool {
	a, ok := decision(who, c)
	a.Mandate, a.At = &m, m.From // it stands: the time was looked at
	return ok && seated(c.Check(a))
}

// vacate gives back what a disabled person holds. What cannot be reached now is taken over
// by hand: others see who holds it.
func (d *Desk) vacate(ctx context.Context, person string) error {
	ids, err := d.store.Held(ctx, person)
	if err != nil {
		return err
	}
	for _, id := range ids {
		c, err := d.store.Case(ctx, id)
		if err != nil {
			return err
		}
		step, ok := c.CurrentStep()
		if !ok {
			continue
		}
		a := disclosure.Act{
			ID: store.Derive("vacate", id, person, fmt.Sprint(c.Revision)), Type: disclosure.Vacate, Step: step.ID, Target: &disclosure.Person{ID: person, Unit: c.Unit},
		}
		if err := d.update(ctx, id, a); err != nil && disclosure.CodeOf(err) == "" {
			return err
		}
	}
	return nil
}

// viewAssign shows who holds what, who could, and who follows.
func (d *Desk) viewAssign(ctx context.Context, who Actor, row store.Row, v *Disclosure) error {
	followers, err := d.store.Followers(ctx, row.ID)
	if err != nil {
		return err
	}
	v.Followers = []Ref{}
	for _, f := range followers {
		v.Followers = append(v.Followers, Ref(f))
	}
	if len(v.Tasks) == 0 {
		return nil
	}
	eligible, err := d.store.Eligible(ctx, row.ID)
	if err != nil {
		return err
	}
	tasks, err := d.store.OpenTasks(ctx, row.ID)
	if err != nil {
		return err
	}
	for i := range v.Tasks {
		if i < len(tasks) {
			for _, p := range eligible[tasks[i].TaskID] {
				v.Tasks[i].Candidates = append(v.Tasks[i].Candidates, Ref(p))
			}
		}
	}
	if _, ok := row.Case.CurrentStep(); !ok {
		return nil
	}
	if v.Stranded, err = d.store.StrandedAt(ctx, row.ID); err != nil {
		return err
	}
	now, err := d.store.Now(ctx)
	v.Can = append(v.Can, canAssign(who, row.Case, now)...)
	return err
}

// canAssign asks the rules which acts on the task the person could take.
func canAssign(who Actor, c disclosure.Case, now time.Time) (out []string) {
	step, _ := c.CurrentStep()
	for _, a := range []disclosure.Act{
		{Type: disclosure.Claim}, {Type: disclosure.Unclaim}, {Type: disclosure.Retract}, {Type: disclosure.Urge},
	} {
		a.By, a.Step, a.Opinion, a.At = who.Person, step.ID, "-", now
		if c.Check(a) == nil {
			out = append(out, string(a.Type))
		}
	}
	if mayDecideSelf(who, c) {
		out = append(out, string(disclosure.Transfer), string(disclosure.AddSigner))
	}
	// All that is lacking is which route.
	if disclosure.CodeOf(c.Check(disclosure.Act{Type: disclosure.Reroute, By: who.Person, Opinion: "-"})) == disclosure.Required {
		out = append(out, string(disclosure.Reroute))
	}
	for _, s := range c.Route.Signers() {
		if c.Check(disclosure.Act{Type: disclosure.DropSigner, By: who.Person, Step: s.Step, Opinion: "-"}) == nil {
			out = append(out, string(disclosure.DropSigner))
			break
		}
	}
	return out
}
