package e2e

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// standIns is what people do with a task: it is claimed, urged and taken back, somebody is
// asked to sign as well, and the leader's delegate signs in the leader's place.
func standIns(t *testing.T, s *server, _ *hook) {
	p := s.as("zhouheng")
	d := p.submitted(p.draft(notice("分管领导外出期间的公开", plain)))
	path := "/api/v1/disclosures/" + d.ID
	head, leader := s.as("linlan"), s.as("guning")
	post := func(who *person, act string, in map[string]any) reply {
		return who.do(http.MethodPost, path+"/"+act, in)
	}

	d = decode[desk.Disclosure](t, post(head, "claim", map[string]any{"step": "section"}))
	require.NotNil(t, d.Tasks[0].Holder)
	require.Equal(t, disclosure.TaskHeld, post(head, "claim", map[string]any{"step": "section"}).code())
	require.Equal(t, disclosure.Forbidden, post(p, "claim", map[string]any{"step": "section"}).code())
	decode[desk.Disclosure](t, post(p, "urge", map[string]any{"step": "section"}))
	require.Equal(t, disclosure.UrgedAlready, post(p, "urge", map[string]any{"step": "section"}).code())

	people := decode[desk.Page[desk.Colleague]](t, leader.do(http.MethodGet, "/api/v1/colleagues", nil)).Items
	with := func(role disclosure.Role) desk.Colleague {
		i := slices.IndexFunc(people, func(c desk.Colleague) bool { return slices.Contains(c.Roles, role) })
		require.GreaterOrEqual(t, i, 0, role)
		return people[i]
	}
	lawyer, principal := with(disclosure.Legal), with(disclosure.PrincipalLeader)
	d = decode[desk.Disclosure](t, post(head, "signers", map[string]any{"step": "section", "person": lawyer.ID, "where": "after", "reason": "涉及处罚依据。"}))
	d = decode[desk.Disclosure](t, head.decide(d, "section", disclosure.Disclose))
	require.Equal(t, "added-1", d.Step)
	d = decode[desk.Disclosure](t, post(head, "retract", map[string]any{"reason": "附件看漏。"}))
	require.Equal(t, "section", d.Step)
	decode[desk.Disclosure](t, post(head, "signers/drop", map[string]any{"step": "added-1", "reason": "另行征求意见。"}))
	d = decode[desk.Disclosure](t, head.decide(d, "section", disclosure.Disclose))
	d = decode[desk.Disclosure](t, s.as("shenyan").decide(d, "confidentiality", disclosure.Disclose))

	order := map[string]any{"delegate": principal.ID, "disclosure": d.ID, "until": time.Now().Add(time.Hour), "reason": "外出。"}
	g := decode[desk.Delegation](t, leader.do(http.MethodPost, "/api/v1/delegations", order))
	require.Equal(t, disclosure.DelegationOverlaps, leader.do(http.MethodPost, "/api/v1/delegations", order).code())
	d = decode[desk.Disclosure](t, s.as("lusong").decide(d, "leader", disclosure.Disclose))
	last := d.Decisions[len(d.Decisions)-1]
	require.Equal(t, principal.ID, last.Person.ID)
	require.Equal(t, g.Giver, *last.OnBehalf)
	require.Less(t, leader.do(http.MethodDelete, "/api/v1/delegations/"+g.ID, nil).status, 300)
	require.True(t, s.online(p.awaitState(d.ID, disclosure.Released)))
}
