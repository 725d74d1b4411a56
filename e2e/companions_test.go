package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// waitsForItsOther walks a policy to its last sign-off without its interpretation, is refused
// with the reason, walks the interpretation and passes; another says why it needs none.
func waitsForItsOther(t *testing.T, s *server, _ *hook) {
	p := s.as("zhouheng")
	i := notice("冬季用火管理办法", plain)
	i.kind = "policy"
	policy := p.submitted(p.draft(i))
	last := func(d desk.Disclosure) desk.Disclosure {
		t.Helper()
		for _, x := range signers[:2] {
			d = decode[desk.Disclosure](t, s.as(x.login).decide(d, x.step, disclosure.Disclose))
		}
		return d
	}
	policy = last(policy)
	leader := s.as("guning")
	require.False(t, policy.Companion.Approved)
	refused := leader.decide(policy, "leader", disclosure.Disclose)
	require.Equal(t, disclosure.CompanionMissing, refused.code(), "%s", refused.body)
	require.Contains(t, string(refused.body), "配套解读尚未获批")
	require.Equal(t, "leader", p.get(policy.ID).Step, "and it stands where it stood")

	i = notice("《冬季用火管理办法》解读", plain)
	i.kind, i.at = "interpretation", time.Now().Add(time.Hour)
	draft := p.draft(i)
	draft = decode[desk.Disclosure](t, p.do("PATCH", "/api/v1/disclosures/"+draft.ID, map[string]any{"interprets": policy.Number}, "If-Match", etag(draft)))
	explains := p.submitted(draft)
	require.Equal(t, disclosure.CompanionMissing, leader.decide(policy, "leader", disclosure.Disclose).code(), "in review is not approved")
	s.approve(explains)
	require.True(t, p.get(policy.ID).Companion.Approved)
	decode[desk.Disclosure](t, leader.decide(policy, "leader", disclosure.Disclose))
	policy = p.awaitState(policy.ID, disclosure.Released)
	require.True(t, s.online(policy))

	i = notice("调整两处附件编号的办法", plain)
	i.kind = "policy"
	draft = p.draft(i)
	draft = decode[desk.Disclosure](t, p.do("PATCH", "/api/v1/disclosures/"+draft.ID, map[string]any{"no_interpretation": "仅调整附件编号，内容不变。"}, "If-Match", etag(draft)))
	alone := last(p.submitted(draft))
	require.Equal(t, "仅调整附件编号，内容不变。", alone.Companion.Waiver)
	decode[desk.Disclosure](t, leader.decide(alone, "leader", disclosure.Disclose))
	p.awaitState(alone.ID, disclosure.Released)
}
