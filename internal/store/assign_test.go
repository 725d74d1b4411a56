package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

// delegate makes a delegation from now on for an hour.
func delegate(t *testing.T, b bundle, giver, to disclosure.Person, change func(*disclosure.Delegation)) (*disclosure.Mandate, error) {
	t.Helper()
	now, err := b.Now(t.Context())
	require.NoError(t, err)
	d := disclosure.Delegation{ID: newID(), Giver: giver.ID, Delegate: to.ID, From: now, Until: now.Add(time.Hour)}
	if change != nil {
		change(&d)
	}
	return &disclosure.Mandate{Delegation: d, Of: giver}, b.AddDelegation(t.Context(), giver, d, "外出")
}

// TestTheDatabaseHoldsDelegationsToTheirTerms takes the rules' own checks away: what is
// written goes past the domain.
func TestTheDatabaseHoldsDelegationsToTheirTerms(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.InReview(t, b.Stored, b.Bureau)
	m, err := delegate(t, b, b.Head, b.Deputy, func(d *disclosure.Delegation) { d.Steps = []string{"section"} })
	require.NoError(t, err)
	for name, c := range map[string]struct {
		giver, to disclosure.Person
		change    func(*disclosure.Delegation)
		want      disclosure.Code
	}{
		"overlaps":    {b.Head, b.Principal, nil, disclosure.DelegationOverlaps},
		"a chain":     {b.Deputy, b.Principal, nil, disclosure.DelegationChain},
		"a loop":      {b.Deputy, b.Head, nil, disclosure.DelegationChain},
		"in the past": {b.Principal, b.Confidentiality, func(d *disclosure.Delegation) { d.From = d.From.Add(-time.Hour) }, disclosure.DelegationPast},
	} {
		_, err := delegate(t, b, c.giver, c.to, c.change)
		require.Equal(t, c.want, disclosure.CodeOf(err), name)
	}

	decide := func(by, giver disclosure.Person, delegation any, step string) string {
		act := newID()
		return try(t, b.owner, `WITH a AS (INSERT INTO acts (id, disclosure_id, revision, type, from_state, to_state, version, audit_id)
				VALUES ($1, $2, (SELECT 1000 + count(*) FROM acts), 'decide', 'in_review', 'in_review', 1, gen_random_uuid()))
			INSERT INTO decisions (act_id, disclosure_id, version, manifest_hash, step, seat, person_id, role, outcome, counts, on_behalf, delegation_id)
			VALUES ($1, $2, 1, $3, $4, 7, $5, $6, 'disclose', true, $7, $8)`,
			act, i.ID, i.Case.Manifest, step, by.ID, giver.RoleFor(disclosure.MayDecide), giver.ID, delegation)
	}
	require.Equal(t, "decisions_mandate", decide(b.Deputy, b.Head, nil, "section"))
	require.Equal(t, "decisions_mandate", decide(b.Principal, b.Head, m.ID, "section"), "another person's")
	require.Equal(t, "decisions_mandate", decide(b.Deputy, b.Head, m.ID, "leader"), "another step")
	require.Equal(t, "decisions_not_by_contributor", decide(b.Drafter, b.Head, m.ID, "section"))

	a := i.Decision(t, b.Deputy, disclosure.Disclose)
	a.Mandate = m
	i.Must(t, a)
	require.Equal(t, b.Head.ID, cell[string](t, b, `SELECT on_behalf::text FROM decisions WHERE act_id = '`+a.ID+`'`))
	require.Equal(t, "decisions_one_per_person", decide(b.Deputy, b.Head, m.ID, "section"))

	require.NoError(t, b.RevokeDelegation(t.Context(), m.ID, b.Head))
	left, err := b.Mandates(t.Context(), b.Deputy, time.Now())
	require.NoError(t, err)
	require.Empty(t, left)
	require.Equal(t, "delegations_fixed", try(t, b.owner, `UPDATE delegations SET revoked_at = NULL WHERE id = $1`, m.ID))
}

func TestAGrantNeedsEverySignerThatWasAdded(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.InReview(t, b.Stored, b.Bureau)
	add := act(t, i, disclosure.AddSigner, b.Head)
	add.Step, add.Where, add.Target = "section", disclosure.SignAfter, &b.Principal
	i.Must(t, add)
	require.Equal(t, "nothing", try(t, b.owner, `SELECT FROM signers WHERE disclosure_id = $1`, i.ID))
	require.Equal(t, "signers_not_contributor", try(t, b.owner,
		`INSERT INTO signers (disclosure_id, step, seat, person_id, added_by, essential) VALUES ($1, 'x', 0, $2, $3, false)`, i.ID, b.Drafter.ID, b.Head.ID))
	i.Must(t, i.Decision(t, b.Head, disclosure.Disclose))
	require.Equal(t, b.Principal.ID, cell[string](t, b, `SELECT named_id::text FROM tasks WHERE closed_at IS NULL AND disclosure_id = '`+i.ID+`'`))
	page, err := b.Inbox(t.Context(), b.Principal, time.Time{}, 0, 10)
	require.NoError(t, err)
	require.Len(t, page, 1)
	i.Must(t, i.Decision(t, b.Principal, disclosure.Disclose))
	i.Must(t, i.Decision(t, b.Confidentiality, disclosure.Disclose))
	// Behind the rules' back the added signature is gone: no grant comes of it.
	_, err = b.owner.Exec(`UPDATE decisions SET counts = false WHERE disclosure_id = $1 AND person_id = $2`, i.ID, b.Principal.ID)
	require.NoError(t, err)
	require.ErrorContains(t, i.Take(t.Context(), i.Decision(t, b.Deputy, disclosure.Disclose)), "an added signature is lacking")
}

func TestAClaimIsKeptWithItsTask(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.InReview(t, b.Stored, b.Bureau)
	claim := act(t, i, disclosure.Claim, b.Head)
	claim.Step = "section"
	i.Must(t, claim)
	tasks, err := b.OpenTasks(t.Context(), i.ID)
	require.NoError(t, err)
	require.Equal(t, b.Head.ID, *tasks[0].HolderID)
	held, err := b.Held(t.Context(), b.Head.ID)
	require.NoError(t, err)
	require.Equal(t, []string{i.ID}, held)
	require.Equal(t, "tasks_holder", try(t, b.owner, `UPDATE tasks SET holder_id = $2 WHERE disclosure_id = $1 AND closed_at IS NULL`, i.ID, b.Drafter.ID))
	i.Must(t, i.Decision(t, b.Head, disclosure.Disclose))

	back := act(t, i, disclosure.Retract, b.Head)
	i.Must(t, back)
	require.Equal(t, 0, cell[int](t, b, `SELECT count(*) FROM decisions WHERE counts AND disclosure_id = '`+i.ID+`'`))
	require.Equal(t, "section", cell[string](t, b, `SELECT step FROM tasks WHERE closed_at IS NULL AND disclosure_id = '`+i.ID+`'`))
}
