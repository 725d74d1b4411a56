package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// remarked is a reviewer's comment on two passages: the drafter answers, mends one and cuts
// the other. The first goes on with the next version, the second is gone and says so; both
// stand beside the signature, and nothing of it is public.
func remarked(t *testing.T, s *server, _ *hook) {
	const words = "是否包括个体工商户"
	p, head := s.as("zhouheng"), s.as("linlan")
	d := p.submitted(p.draft(notice("冬季安全检查通知", plain)))
	path := "/api/v1/disclosures/" + d.ID + "/comments"
	say := func(by *person, quote string) reply {
		return by.do(http.MethodPost, path, map[string]any{"manifest_hash": d.ManifestHash, "file": "body", "quote": quote, "comment": words})
	}
	kept := decode[desk.Thread](t, say(head, "十二月底前"))
	cut := decode[desk.Thread](t, say(head, "各街道办事处"))
	require.Equal(t, disclosure.PassageUnclear, say(head, "没有这句话").code())
	require.Equal(t, disclosure.PassageUnclear, say(head, "各").code(), "it stands there more than once")
	require.Equal(t, "十二月底前", string([]rune(plain)[kept.Start:kept.Start+5]))
	decode[desk.Thread](t, p.do(http.MethodPost, path+"/"+kept.ID+"/reply", map[string]any{"comment": "包括"}))
	told := func(by *person) bool {
		return slices.ContainsFunc(decode[desk.Page[desk.Notice]](t, by.do(http.MethodGet, "/api/v1/notices", nil)).Items, func(n desk.Notice) bool {
			return n.Disclosure == d.ID && n.Kind == "comment"
		})
	}
	require.True(t, told(p), "the drafter")
	require.True(t, told(head), "who began the thread")

	d = decode[desk.Disclosure](t, head.decide(d, "section", disclosure.ReturnToEarlier, "return_to", "drafter"))
	next := "全区：\n" + strings.Replace(plain, "、各街道办事处", "", 1)
	d = p.submitted(p.putBody(d, "body.txt", []byte(next)))
	require.Equal(t, disclosure.ManifestChanged, head.do(http.MethodPost, path, map[string]any{"manifest_hash": kept.Manifest, "file": "body", "quote": "十二月", "comment": words}).code())
	all := decode[desk.Page[desk.Thread]](t, head.do(http.MethodGet, path, nil)).Items
	require.Equal(t, []any{kept.ID, false, "十二月底前"}, []any{all[0].ID, all[0].Gone, string([]rune(next)[all[0].Start : all[0].Start+5])}, "it went on with its words")
	require.Equal(t, []any{cut.ID, "各街道办事处", true}, []any{all[1].ID, all[1].Quote, all[1].Gone})

	d = decode[desk.Disclosure](t, head.decide(d, "section", disclosure.Disclose))
	require.Equal(t, 2, d.Decisions[len(d.Decisions)-1].OpenComments, "whoever signed did so with these open")
	require.Equal(t, disclosure.Forbidden, s.as("guning").do(http.MethodPost, path+"/"+kept.ID+"/resolve", map[string]any{}).code(), "it is not the leader's turn")
	code, out, errs := s.cli("linlan", "comment", "resolve", d.ID, kept.ID)
	require.Zero(t, code, errs)
	require.Contains(t, out, "已解决")
	d = decode[desk.Disclosure](t, s.as("shenyan").decide(d, "confidentiality", disclosure.Disclose))
	require.Equal(t, 1, d.Decisions[len(d.Decisions)-1].OpenComments)
	d = decode[desk.Disclosure](t, s.as("guning").decide(d, "leader", disclosure.Disclose))
	d = p.awaitState(d.ID, disclosure.Released)
	require.True(t, s.online(d))
	require.NotContains(t, string(s.public("/items/"+d.Number).body), words)
	raw := p.do(http.MethodGet, "/api/v1/disclosures/"+d.ID, nil)
	require.NotContains(t, string(raw.body), words, "no manifest and no draft has it")
}
