package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// The stories that leave the ordinary road.

func fastLane(t *testing.T, s *server, _ *hook) {
	p := s.as("zhouheng")
	i := notice("台风蓝色预警信号", plain)
	i.kind = "warning"
	d := p.submitted(p.draft(i))
	require.Equal(t, "duty", d.Step)
	require.Len(t, d.Tasks, 2, "two seats side by side")
	d = decode[desk.Disclosure](t, s.as("tangyi").decide(d, "duty", disclosure.Disclose))
	require.Equal(t, disclosure.InReview, d.State, "one is not enough")
	begin := time.Now()
	d = decode[desk.Disclosure](t, s.as("qinfeng").decide(d, "duty", disclosure.Disclose))
	d = p.awaitState(d.ID, disclosure.Released)
	require.Less(t, time.Since(begin), 30*time.Second)
	require.True(t, s.online(d))
}

func bypassed(t *testing.T, s *server, _ *hook) {
	p := s.as("zhouheng")
	d := p.submitted(p.draft(notice("汛情紧急，先行发布", plain)))
	require.Equal(t, "section", d.Step)
	path := "/api/v1/disclosures/" + d.ID + "/bypass"
	in := map[string]any{"manifest_hash": d.ManifestHash, "reason": "汛情紧急，科室负责人在途。"}

	r := s.as("linlan").do(http.MethodPost, path, in)
	require.Equal(t, disclosure.Forbidden, r.code())
	r = s.as("lusong").do(http.MethodPost, path, map[string]any{"manifest_hash": d.ManifestHash, "reason": ""})
	require.Equal(t, disclosure.ReasonRequired, r.code())
	d = decode[desk.Disclosure](t, s.as("lusong").do(http.MethodPost, path, in))
	require.Equal(t, disclosure.InReview, d.State)
	require.Equal(t, "confidentiality", d.Step, "which no emergency skips")
	require.True(t, d.Bypassed)
	require.False(t, s.online(d))
	require.Equal(t, disclosure.NothingToBypass, s.as("guning").do(http.MethodPost, path, in).code())

	d = decode[desk.Disclosure](t, s.as("shenyan").decide(d, "confidentiality", disclosure.Disclose))
	d = p.awaitState(d.ID, disclosure.Released)
	require.True(t, s.online(d))
	require.True(t, d.Bypassed)
	require.Equal(t, "汛情紧急，科室负责人在途。", d.Decisions[0].Opinion)
	require.Equal(t, disclosure.Outcome(disclosure.BypassStep), d.Decisions[0].Outcome)

	ratify := "/api/v1/disclosures/" + d.ID + "/ratify"
	judged := map[string]any{"bypass": d.Ratification.Bypass, "outcome": disclosure.Ratified, "reason": "情况属实，处置得当。"}
	require.Equal(t, disclosure.RatifyByParty, s.as("lusong").do(http.MethodPost, ratify, judged).code(), "not by who did it")
	code, out, errOut := s.cli("guning", "ratify", d.ID, "--reason", "情况属实，处置得当。", "--json")
	require.Zero(t, code, out+errOut)
	d = p.get(d.ID)
	require.Equal(t, []any{disclosure.Ratified, "顾宁", "情况属实，处置得当。"}, []any{d.Ratification.Outcome, d.Ratification.By.Name, d.Ratification.Opinion})
	require.Equal(t, disclosure.NothingToRatify, s.as("hezhou").do(http.MethodPost, ratify, judged).code(), "only once")

	d = p.submitted(p.draft(notice("命令行也能应急放行", plain)))
	code, out, errOut = s.cli("lusong", "bypass", d.ID, "--hash", d.ShortCode, "--reason", "汛情紧急。", "--json")
	require.Zero(t, code, out+errOut)
	require.Contains(t, out, `"bypassed":true`)
}

// judgedAgain keeps an item from the public, has the disclosure office say twice what becomes of
// it, and takes the new draft to the public.
func judgedAgain(t *testing.T, s *server, _ *hook) {
	p := s.as("zhouheng")
	d := p.submitted(p.draft(notice("还在研究的方案", plain)))
	for _, x := range signers[:2] {
		outcome := disclosure.Disclose
		if x.step == "confidentiality" {
			outcome = disclosure.DoNotDisclose
		}
		d = decode[desk.Disclosure](t, s.as(x.login).decide(d, x.step, outcome, "basis", "《政府信息公开条例》第十六条"))
	}
	require.Equal(t, disclosure.NotReleased, d.State)
	path := "/api/v1/disclosures/" + d.ID + "/reevaluate"
	stays := map[string]any{"outcome": disclosure.StaysClosed, "reason": "方案还在研究。"}
	require.Equal(t, disclosure.Forbidden, s.as("lusong").do(http.MethodPost, path, stays).code())
	require.Equal(t, disclosure.ReasonRequired, s.as("hezhou").do(http.MethodPost, path, map[string]any{"outcome": disclosure.StaysClosed, "reason": ""}).code())
	d = decode[desk.Disclosure](t, s.as("hezhou").do(http.MethodPost, path, stays))
	require.Equal(t, disclosure.StaysClosed, d.Reevaluations[0].Outcome)
	require.Contains(t, d.Can, "reevaluate")

	code, out, errOut := s.cli("hezhou", "reevaluate", d.ID, "--disclose", "--reason", "方案已经定稿。", "--json")
	require.Zero(t, code, out+errOut)
	d = s.as("hezhou").get(d.ID)
	require.NotContains(t, d.Can, "reevaluate", "it is on its way")
	require.Equal(t, []any{"何舟", "方案已经定稿。"}, []any{d.Reevaluations[0].By.Name, d.Reevaluations[0].Opinion})
	require.Equal(t, disclosure.NotReevaluated, s.as("hezhou").do(http.MethodPost, path, stays).code())

	next := p.get(d.Reevaluations[0].Successor.ID)
	require.Equal(t, []any{disclosure.Drafting, d.Title}, []any{next.State, next.Title})
	next = decode[desk.Disclosure](t, p.do(http.MethodPatch, "/api/v1/disclosures/"+next.ID, map[string]any{"release": map[string]any{"on_approval": true, "late": "now"}}, "If-Match", etag(next)))
	next = s.approve(p.submitted(next))
	next = p.awaitState(next.ID, disclosure.Released)
	require.True(t, s.online(next))
	require.False(t, s.online(d))
}

// mended corrects a wrong word: section head and reviewer are enough, and what stood there
// before is closed by nobody.
func mended(t *testing.T, s *server, p *person, d desk.Disclosure) desk.Disclosure {
	t.Helper()
	body := strings.Replace(strings.Replace(plain, "十二月底", "十一月底", 1), "组织开展", "组织展开", 1)
	require.NotEqual(t, strings.Replace(plain, "十二月底", "十一月底", 1), body)
	c := decode[desk.Disclosure](t, p.do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/corrections", nil))
	c = p.putBody(c, "n.txt", []byte(body))
	c = decode[desk.Disclosure](t, p.do(http.MethodPatch, "/api/v1/disclosures/"+c.ID, map[string]any{
		"correction": "改正错字。", "correction_type": "minor", "release": map[string]any{"on_approval": true, "late": "now"},
	}, "If-Match", etag(c)))
	c = p.submitted(c)
	for _, x := range signers[:2] {
		c = decode[desk.Disclosure](t, s.as(x.login).decide(c, x.step, disclosure.Disclose))
	}
	require.Equal(t, "minor_correction", c.Route.ID)
	require.Len(t, c.Decisions, 2)
	c = p.awaitState(c.ID, disclosure.Released)
	page := string(s.public("/items/" + c.Number).body)
	require.Contains(t, page, "文字更正")
	for _, edition := range []string{"1", "2"} {
		require.Equal(t, http.StatusOK, s.public("/items/"+c.Number+"/editions/"+edition).status, edition)
	}
	return c
}

// shut corrects what does harm: from then on nothing that stood there before can be read.
func shut(t *testing.T, s *server, p *person, d desk.Disclosure) desk.Disclosure {
	t.Helper()
	c := decode[desk.Disclosure](t, p.do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/corrections", nil))
	c = p.putBody(c, "n.txt", []byte("关于组织开展冬季安全检查的通知\n\n请完成检查。\n"))
	c = decode[desk.Disclosure](t, p.do(http.MethodPatch, "/api/v1/disclosures/"+c.ID, map[string]any{
		"correction": "误载个人信息。", "close_earlier": true, "release": map[string]any{"on_approval": true, "late": "now"},
	}, "If-Match", etag(c)))
	c = s.approve(p.submitted(c))
	require.Equal(t, http.StatusOK, s.public("/items/"+c.Number+"/editions/1").status, "until the correction is out")
	c = p.awaitState(c.ID, disclosure.Released)
	missing := s.public("/items/QLYJ-1999-000001/editions/1")
	for _, edition := range []string{"1", "2", "3"} {
		old := s.public("/items/" + c.Number + "/editions/" + edition)
		require.Equal(t, []any{http.StatusNotFound, string(missing.body)}, []any{old.status, string(old.body)}, edition)
	}
	require.NotContains(t, string(s.public("/items/"+c.Number).body), "/editions/")
	return c
}

func corrected(t *testing.T, s *server, _ *hook) {
	p := s.as("zhouheng")
	first := s.approve(p.submitted(p.draft(notice("数字写错了", plain))))
	path := "/api/v1/disclosures/" + first.ID + "/corrections"
	require.Equal(t, disclosure.WrongState, p.do(http.MethodPost, path, nil).code(), "what is not public yet is withdrawn instead")
	first = p.awaitState(first.ID, disclosure.Released)
	require.Contains(t, first.Can, "correct")
	require.Equal(t, disclosure.NotFound, s.as("mengzhi").do(http.MethodPost, path, nil).code(), "another section's")

	d := decode[desk.Disclosure](t, p.do(http.MethodPost, path, nil))
	require.Equal(t, []any{first.Number, 2, first.ID, disclosure.Drafting}, []any{d.Number, d.Edition, d.Corrects, d.State})
	require.Equal(t, first.Draft.Body.Content, d.Draft.Body.Content, "it begins with what is public")
	require.Equal(t, disclosure.CorrectionOpen, p.do(http.MethodPost, path, nil).code())

	d = p.putBody(d, "n.txt", []byte(strings.Replace(plain, "十二月底", "十一月底", 1)))
	onApproval := map[string]any{"on_approval": true, "late": "now"}
	d = decode[desk.Disclosure](t, p.do(http.MethodPatch, "/api/v1/disclosures/"+d.ID, map[string]any{"release": onApproval}, "If-Match", etag(d)))
	r := p.submit(d)
	require.Equal(t, disclosure.Required, r.code())
	require.Contains(t, string(r.body), "correction")
	d = decode[desk.Disclosure](t, p.do(http.MethodPatch, "/api/v1/disclosures/"+d.ID, map[string]any{"correction": "完成时限应为十一月底。", "correction_type": "minor"}, "If-Match", etag(d)))
	r = p.submit(d)
	require.Equal(t, disclosure.NotMinor, r.code(), "a date is no wording")
	require.Contains(t, string(r.body), "figures")
	d = decode[desk.Disclosure](t, p.do(http.MethodPatch, "/api/v1/disclosures/"+d.ID, map[string]any{"correction_type": "substantive"}, "If-Match", etag(d)))
	d = p.submitted(d)
	require.True(t, s.online(first), "what is public stays as it is while its correction is looked at")

	d = s.approve(d)
	d = p.awaitState(d.ID, disclosure.Released)
	require.True(t, s.online(d))
	page := string(s.public("/items/" + d.Number).body)
	require.Contains(t, page, "完成时限应为十一月底。")
	require.Equal(t, 1, strings.Count(string(s.public("/sitemap.xml").body), d.Number+"<"), "one edition under one number")
	old := s.public("/items/" + d.Number + "/editions/1")
	require.Equal(t, http.StatusOK, old.status, "what it said before can be read, as what it said before")
	require.Contains(t, string(old.body), "十二月底")
	require.Contains(t, page, "/editions/1")
	d = mended(t, s, p, d)
	d = shut(t, s, p, d)
	first = p.get(first.ID)
	require.True(t, first.Superseded)
	require.NotContains(t, first.Can, "recall")
	recall := func(id string) reply {
		return s.as("hezhou").do(http.MethodPost, "/api/v1/disclosures/"+id+"/recall", map[string]any{"reason": "召回"})
	}
	require.Equal(t, disclosure.Superseded, recall(first.ID).code())
	decode[desk.Disclosure](t, recall(d.ID))
	require.Equal(t, http.StatusNotFound, s.public("/items/"+d.Number).status, "what was corrected does not come back by itself")
}
