package disclosure

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func mandate(c Case, giver, delegate Person) *Mandate {
	return &Mandate{Of: giver, Delegation: Delegation{ID: "g", Giver: giver.ID, Delegate: delegate.ID, From: monday.Add(-time.Hour), Until: monday.Add(time.Hour)}}
}

func TestDecidingInAnothersPlace(t *testing.T) {
	t.Parallel()

	stand := someone("stand", "office", Legal)
	c := inReview(t, "ordinary")
	inPlace := func(c Case, giver, delegate Person, change func(*Act)) Act {
		a := passes(c, delegate)
		a.At, a.Mandate = monday, mandate(c, giver, delegate)
		if change != nil {
			change(&a)
		}
		return a
	}

	done := take(t, c, inPlace(c, head, stand, nil))
	require.Equal(t, Decision{Act: done.Decisions[0].Act, Step: "section", Person: stand.ID, OnBehalf: head.ID}, done.Decisions[0])
	require.False(t, Case{Decisions: done.Decisions, Route: c.Route, Contributors: []string{head.ID}}.Complete())

	edited := c
	edited.Contributors = append([]string{head.ID}, c.Contributors...)
	decidedOnce := pass(t, c, head)
	for _, x := range []struct {
		name string
		at   Case
		act  func(Case) Act
		want Code
	}{
		{"the delegate contributed", c, func(c Case) Act { return inPlace(c, head, editor, nil) }, ContributorDecides},
		{"the giver contributed", edited, func(c Case) Act { return inPlace(c, head, stand, nil) }, ContributorDecides},
		{"the giver decided before", decidedOnce, func(c Case) Act {
			both := head
			both.Roles = append([]Role{Confidentiality}, head.Roles...)
			return inPlace(c, both, stand, nil)
		}, AlreadyDecided},
		{"the delegate decided for another before", done, func(c Case) Act { return inPlace(c, reviewer, stand, nil) }, AlreadyDecided},
		{"the giver was decided for, and decides themselves", done, func(c Case) Act {
			both := head
			both.Roles = append([]Role{Confidentiality}, head.Roles...)
			return passes(c, both)
		}, AlreadyDecided},
		{"it has not begun", c, func(c Case) Act { return inPlace(c, head, stand, func(a *Act) { a.Mandate.From = monday.Add(1) }) }, NoMandate},
		{"it has ended", c, func(c Case) Act { return inPlace(c, head, stand, func(a *Act) { a.Mandate.Until = monday }) }, NoMandate},
		{"another kind", c, func(c Case) Act { return inPlace(c, head, stand, func(a *Act) { a.Mandate.Kinds = []string{"other"} }) }, NoMandate},
		{"another step", c, func(c Case) Act {
			return inPlace(c, head, stand, func(a *Act) { a.Mandate.Steps = []string{"leader"} })
		}, NoMandate},
		{"another item", c, func(c Case) Act { return inPlace(c, head, stand, func(a *Act) { a.Mandate.Item = "two" }) }, NoMandate},
		{"somebody else's", c, func(c Case) Act { return inPlace(c, head, stand, func(a *Act) { a.Mandate.Delegate = deputy.ID }) }, NoMandate},
		{"who may not decide", c, func(c Case) Act { return inPlace(c, head, someone("clerk", "safety", Drafter), nil) }, NoMandate},
		{"a seat the giver has not", c, func(c Case) Act { return inPlace(c, deputy, stand, nil) }, NotYourTask},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()

			refused(t, x.at.Check(x.act(x.at)), x.want)
		})
	}
}

func TestMakingADelegation(t *testing.T) {
	t.Parallel()

	admin := someone("admin", "office", SecurityAdmin)
	foreign := deputy
	foreign.Unit = "XX"
	right := Delegation{ID: "new", Giver: head.ID, Delegate: deputy.ID, From: monday, Until: monday.Add(48 * time.Hour)}
	require.NoError(t, CheckDelegation(right, head, deputy, head, nil, monday))
	require.NoError(t, CheckDelegation(right, head, deputy, admin, nil, monday))
	for _, x := range []struct {
		name                string
		change              func(*Delegation)
		giver, delegate, by Person
		standing            Delegation
		want                Code
	}{
		{name: "by somebody else", by: reviewer, want: Forbidden},
		{name: "to oneself", change: func(d *Delegation) { d.Delegate = head.ID }, delegate: head, want: DelegationSelf},
		{name: "to who may not decide", change: func(d *Delegation) { d.Delegate = author.ID }, delegate: author, want: NotEligible},
		{name: "to another unit", delegate: foreign, want: NotEligible},
		{name: "from who may not decide", change: func(d *Delegation) { d.Giver = author.ID }, giver: author, by: author, want: NotEligible},
		{name: "from the past", change: func(d *Delegation) { d.From = monday.Add(-1) }, want: DelegationPast},
		{name: "ends before it starts", change: func(d *Delegation) { d.Until = d.From }, want: DelegationPeriod},
		{name: "for longer than a year", change: func(d *Delegation) { d.Until = d.From.AddDate(2, 0, 0) }, want: DelegationPeriod},
		{name: "twice for the same", standing: Delegation{Giver: head.ID, Delegate: lawyer.ID, From: monday, Until: monday.Add(time.Hour)}, want: DelegationOverlaps},
		{name: "twice for an item", standing: Delegation{Giver: head.ID, Delegate: lawyer.ID, Item: "one", From: monday, Until: monday.Add(time.Hour)}, want: DelegationOverlaps},
		{name: "the delegate has one", standing: Delegation{Giver: deputy.ID, Delegate: lawyer.ID, From: monday, Until: monday.Add(time.Hour)}, want: DelegationChain},
		{name: "the giver is one", standing: Delegation{Giver: lawyer.ID, Delegate: head.ID, From: monday, Until: monday.Add(time.Hour)}, want: DelegationChain},
		{name: "each for the other", standing: Delegation{Giver: deputy.ID, Delegate: head.ID, From: monday, Until: monday.Add(time.Hour)}, want: DelegationChain},
		{name: "after the other has ended", standing: Delegation{Giver: deputy.ID, Delegate: head.ID, From: monday.Add(-time.Hour), Until: monday}},
		{
			name: "beside one for other steps", change: func(d *Delegation) { d.Steps = []string{"section"} },
			standing: Delegation{Giver: head.ID, Delegate: lawyer.ID, Steps: []string{"leader"}, From: monday, Until: monday.Add(time.Hour)},
		},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()

			d := right
			if x.change != nil {
				x.change(&d)
			}
			or := func(p, q Person) Person {
				if p.ID == "" {
					return q
				}
				return p
			}
			x.standing.ID = "old"
			err := CheckDelegation(d, or(x.giver, head), or(x.delegate, deputy), or(x.by, head), []Delegation{x.standing}, monday)
			if x.want == "" {
				require.NoError(t, err)
				return
			}
			refused(t, err, x.want)
		})
	}
}
