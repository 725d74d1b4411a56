package e2e

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// rerouted gives the section more time, puts the item on a longer route, goes back, goes on it
// again, and sees that nothing comes out before the signature that was added.
func rerouted(t *testing.T, s *server, _ *hook) {
	p, officer := s.as("zhouheng"), s.as("hezhou")
	d := p.submitted(p.draft(notice("涉及面广的通知", plain)))
	path := "/api/v1/disclosures/" + d.ID

	more := map[string]any{"step": "section", "n": 1, "reason": "科室负责人出差"}
	require.Equal(t, disclosure.Forbidden, s.as("linlan").do(http.MethodPost, path+"/extensions", more).code(), "not one's own")
	before := d.Tasks[0].DueAt
	d = decode[desk.Disclosure](t, officer.do(http.MethodPost, path+"/extensions", more))
	require.True(t, d.Tasks[0].DueAt.After(before))
	require.Equal(t, disclosure.ExtendedAlready, officer.do(http.MethodPost, path+"/extensions", more).code())

	d = decode[desk.Disclosure](t, s.as("linlan").decide(d, "section", disclosure.Disclose))
	options := decode[desk.Page[desk.RerouteOption]](t, officer.do(http.MethodGet, path+"/reroutes", nil)).Items
	require.Len(t, options, 1)
	require.Equal(t, []any{"important", []string{"section"}, false}, []any{options[0].Route.ID, options[0].Stands, options[0].Nobody})
	to := func(id string) map[string]any {
		return map[string]any{"route": map[string]any{"id": id, "version": 1}, "reason": "涉及面广，报主要领导审签"}
	}
	require.Equal(t, disclosure.RerouteShorter, officer.do(http.MethodPost, path+"/reroute", to("fast")).code())
	require.Equal(t, disclosure.Forbidden, p.do(http.MethodPost, path+"/reroute", to("important")).code())
	d = decode[desk.Disclosure](t, officer.do(http.MethodPost, path+"/reroute", to("important")))
	require.Equal(t, []any{"important", "confidentiality"}, []any{d.Route.ID, d.Step})
	d = decode[desk.Disclosure](t, s.as("shenyan").do(http.MethodPost, path+"/reroute", to("ordinary")))
	require.Equal(t, []any{"ordinary", "confidentiality"}, []any{d.Route.ID, d.Step})
	code, out, errOut := s.cli("hezhou", "reroute", d.ID, "--to", "important/1", "--reason", "仍报主要领导")
	require.Zero(t, code, out+errOut)

	for _, x := range signers[1:] {
		d = decode[desk.Disclosure](t, s.as(x.login).decide(p.get(d.ID), x.step, disclosure.Disclose))
	}
	require.Equal(t, []any{disclosure.InReview, "principal"}, []any{d.State, d.Step})
	require.Equal(t, disclosure.RerouteNothingLeft, officer.do(http.MethodPost, path+"/reroute", to("ordinary")).code(), "nobody approves by that")
	require.False(t, s.online(d))
	decode[desk.Disclosure](t, s.as("lusong").decide(d, "principal", disclosure.Disclose))
	require.True(t, s.online(p.awaitState(d.ID, disclosure.Released)))
}
