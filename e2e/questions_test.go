package e2e

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// silentOverNationalDay is a third party that was asked before the holidays of 2026 and never
// answered: that is no consent. Somebody decides, the third party is told in writing, and then
// it is signed. A colleague's opinion stands beside it and holds nothing.
func silentOverNationalDay(t *testing.T, s *server, _ *hook) {
	p, reviewer, leader := s.as("zhouheng"), s.as("shenyan"), s.as("guning")
	d := p.submitted(p.draft(notice("整改情况公示", plain)))
	path := "/api/v1/disclosures/" + d.ID + "/questions"
	ask := func(by *person, in map[string]any) reply { return by.do(http.MethodPost, path, in) }
	third := map[string]any{"kind": "third_party", "addressee": "示例化工有限公司", "ask": "附件二所列整改情况是否同意公开"}
	require.Equal(t, disclosure.Forbidden, ask(p, third).code())
	require.Equal(t, disclosure.NotYourTask, ask(leader, third).code())
	require.Equal(t, disclosure.BadValue, ask(reviewer, map[string]any{"kind": "rumour", "ask": "x"}).code())
	q := decode[desk.Question](t, ask(reviewer, third))
	pursue := func(by *person, what string, in map[string]any) reply {
		return by.do(http.MethodPost, path+"/"+q.ID+"/"+what, in)
	}
	require.Equal(t, disclosure.QuestionDay, pursue(reviewer, "send", map[string]any{"on": time.Now().AddDate(0, 0, 2).Format(time.DateOnly)}).code())

	q = decode[desk.Question](t, pursue(reviewer, "send", map[string]any{"on": "2026-09-17"}))
	letter := reviewer.do(http.MethodGet, path+"/"+q.ID+"/files/ask", nil)
	text := unpacked(t, letter.body)
	for _, part := range []string{"示例化工有限公司：", "“整改情况公示”", "附件二所列整改情况是否同意公开", "十五个工作日", "2026年9月17日", q.Letters[0].Number, d.Number} {
		require.Contains(t, text, part)
	}
	require.Equal(t, disclosure.QuestionDay, pursue(reviewer, "receive", map[string]any{"on": "2026-09-16", "how": "专递"}).code())
	q = decode[desk.Question](t, pursue(reviewer, "receive", map[string]any{"on": "2026-09-18", "how": "邮政特快专递签收"}))
	require.Equal(t, "2026-10-15T15:59:59.999999Z", q.Due.UTC().Format(time.RFC3339Nano), "15 working days around two holidays: %s", q.DueZh)

	// The clock ran out long ago: the question's workflow says so by itself.
	q = s.awaitSilence(t, d)
	require.Equal(t, q.Due, q.EndedAt)
	require.True(t, slices.ContainsFunc(decode[desk.Page[desk.Notice]](t, reviewer.do(http.MethodGet, "/api/v1/notices", nil)).Items, func(n desk.Notice) bool {
		return n.Disclosure == d.ID && n.Kind == "silent"
	}), "who asked is told")

	said := decode[desk.Question](t, ask(s.as("linlan"), map[string]any{"kind": "consult", "person": s.idOf(t, "hezhou"), "ask": "是否需要一并解读"}))
	said = decode[desk.Question](t, s.as("hezhou").do(http.MethodPost, path+"/"+said.ID+"/answer", map[string]any{"reply": "opinion", "words": "建议同步解读"}))
	require.Equal(t, []any{"建议同步解读", false}, []any{said.Words, said.Holds})

	for _, x := range signers[:2] {
		d = decode[desk.Disclosure](t, s.as(x.login).decide(d, x.step, disclosure.Disclose))
	}
	require.Equal(t, disclosure.QuestionOpen, leader.decide(d, "leader", disclosure.Disclose).code())
	over := map[string]any{"ground": "public_interest", "reason": "涉及周边居民安全，公众有必要知道。"}
	require.Equal(t, disclosure.QuestionUntold, pursue(reviewer, "override", over).code())
	decode[desk.Question](t, pursue(reviewer, "notify", over))
	text = unpacked(t, reviewer.do(http.MethodGet, path+"/"+q.ID+"/files/notice", nil).body)
	require.Contains(t, text, "涉及周边居民安全")
	require.Contains(t, text, q.Letters[0].Number, "it names the letter before")
	require.Equal(t, disclosure.QuestionOpen, leader.decide(d, "leader", disclosure.Disclose).code(), "told is not yet decided")

	code, out, errs := s.cli("shenyan", "question", "open")
	require.Zero(t, code, errs)
	require.Contains(t, out, q.ID)
	code, out, errs = s.cli("shenyan", "question", "override", d.ID, q.ID, "--ground", "public_interest", "--reason", "涉及周边居民安全")
	require.Zero(t, code, errs)
	require.Contains(t, out, "overridden")
	require.Equal(t, letter.body, reviewer.do(http.MethodGet, path+"/"+q.ID+"/files/ask", nil).body, "what went out stays as it was")
	require.Equal(t, http.StatusConflict, pursue(reviewer, "send", map[string]any{}).status, "and is not sent again")

	d = decode[desk.Disclosure](t, leader.decide(d, "leader", disclosure.Disclose))
	p.awaitState(d.ID, disclosure.Released)
	require.True(t, s.online(p.get(d.ID)))
}

// idOf is the id of somebody at the server.
func (s *server) idOf(t *testing.T, login string) string {
	t.Helper()
	return decode[desk.Me](t, s.as(login).do(http.MethodGet, "/api/v1/me", nil)).ID
}

// silent asks a third party that never answered over the holidays.
func (s *server) silent(t *testing.T, d desk.Disclosure) desk.Question {
	t.Helper()
	reviewer, path := s.as("shenyan"), "/api/v1/disclosures/"+d.ID+"/questions"
	q := decode[desk.Question](t, reviewer.do(http.MethodPost, path, map[string]any{"kind": "third_party", "addressee": "示例化工有限公司", "ask": "是否同意公开"}))
	decode[desk.Question](t, reviewer.do(http.MethodPost, path+"/"+q.ID+"/send", map[string]any{"on": "2026-09-17"}))
	decode[desk.Question](t, reviewer.do(http.MethodPost, path+"/"+q.ID+"/receive", map[string]any{"on": "2026-09-18", "how": "签收"}))
	return s.awaitSilence(t, d)
}

// awaitSilence waits until the first question about d has run out.
func (s *server) awaitSilence(t *testing.T, d desk.Disclosure) (q desk.Question) {
	t.Helper()
	reviewer := s.as("shenyan")
	require.Eventually(t, func() bool {
		q = decode[desk.Page[desk.Question]](t, reviewer.do(http.MethodGet, "/api/v1/disclosures/"+d.ID+"/questions", nil)).Items[0]
		return q.State == disclosure.QuestionUnanswered
	}, 30*time.Second, 100*time.Millisecond)
	return q
}

// askWith asks a third party with words in every place that takes some, until it consents.
func (s *server) askWith(t *testing.T, d desk.Disclosure, words string) {
	t.Helper()
	reviewer, path := s.as("shenyan"), "/api/v1/disclosures/"+d.ID+"/questions"
	q := decode[desk.Question](t, reviewer.do(http.MethodPost, path, map[string]any{"kind": "third_party", "addressee": "公司" + words, "ask": "内容" + words}))
	path += "/" + q.ID
	pursue := func(what string, in map[string]any) reply { return reviewer.do(http.MethodPost, path+"/"+what, in) }
	decode[desk.Question](t, pursue("send", map[string]any{}))
	decode[desk.Question](t, pursue("receive", map[string]any{"how": "送达" + words}))
	require.Equal(t, disclosure.BadValue, pursue("answer", map[string]any{"reply": words, "words": words}).code())
	kept := decode[desk.ScanKept](t, reviewer.do(http.MethodPut, path+"/scan?name="+url.QueryEscape(words+".pdf"), []byte("扫描件"+words)))
	q = decode[desk.Question](t, pursue("answer", map[string]any{"reply": "consent", "words": "同意" + words, "scan": kept.Scan}))
	require.Equal(t, "同意"+words, q.Words)
	require.Contains(t, string(reviewer.do(http.MethodGet, path+"/files/scan", nil).body), words)
}
