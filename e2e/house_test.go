package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// TestHouse tells the stories that can share one server.
func TestHouse(t *testing.T) {
	h := newHook(t)
	s := serve(t, h.flags()...)
	for _, story := range []struct {
		name string
		tell func(*testing.T, *server, *hook)
	}{
		{"BadInputIsNamedAndChangesNothing", badInput},
		{"TwoPeopleSaveAtOnce", twoPeopleSave},
		{"TheSameRequestTwiceHappensOnce", sameRequestTwice},
		{"FindingsAreDisposedOfBeforeReview", findings},
		{"AMarkIsQuarantinedAndTwoPeopleClearIt", quarantine},
		{"AReturnVoidsAllApprovals", returned},
		{"F9_OnlyApprovedBytesGoOut", approvedBytesOnly},
		{"FreezeStopsAnArmedRelease", freeze},
		{"WebhookGetsEachItemOnce", webhook},
		{"S3_UnreleasedLooksLikeMissing", unreleasedLooksMissing},
		{"FastLaneForWarnings", fastLane},
		{"ABypassIsFlaggedAndNeverSkipsTheReview", bypassed},
		{"WhatWasNotMadePublicMayBeAfterAll", judgedAgain},
		{"ACorrectionTakesThePlaceOfWhatIsPublicAndNotBefore", corrected},
		{"TheCommandLineTellsTheSameStory", commandLine},
		{"AScanBeforeDraftingKeepsNothing", scanned},
		{"WhatIsHiddenInAFileIsNotPublishedAndValuesAreMaskedInIt", treated},
		{"AMarkThatIsUpheldIsClosedWithWhatWasDone", upheld},
		{"TheBureausOwnListCounts", ownList},
		{"WhatWasPublishedIsReadAgainCorrectedAndRecalled", afterwards},
		{"ABatchComesOutWholeOrNotAtAll", batched},
		{"WhatIsTakenDownLeavesTheTrailOfItsTypeAndAPeriodEndsByItself", takenDown},
		{"SomebodySignsInAnothersPlaceAndASignatureMoreIsAskedFor", standIns},
		{"SilenceOverNationalDayIsNoConsent", silentOverNationalDay},
		{"WhatIsSaidAboutAPassageGoesOnWithItAndWarnsWhoeverSigns", remarked},
		{"ALongerRouteAndBackAndMoreTime", rerouted},
		{"APolicyWaitsForItsInterpretationOrSaysWhyItNeedsNone", waitsForItsOther},
		{"F15_NamedPeopleReadAheadUntilTheActualReleaseAndNobodyElse", shownAhead},
		{"AnAnnouncementIsTwoPeoplesAndLeadsToTheItemOnceItIsPublic", announced},
	} {
		t.Run(story.name, func(t *testing.T) {
			here := *s
			p := *s.process
			p.t = t
			here.process = &p
			story.tell(t, &here, h)
		})
	}
}

func notice(title, text string) item {
	return item{title: title, fileName: "notice.txt", body: []byte(text), late: "now"}
}

const plain = "关于组织开展冬季安全检查的通知\n\n各镇人民政府、各街道办事处：\n\n请于十二月底前完成检查。\n"

func badInput(t *testing.T, s *server, _ *hook) {
	p := s.as("zhouheng")
	past := notice("过去的时间", plain)
	past.at = time.Now().Add(-time.Hour)
	late := notice("超过法定期限", plain)
	late.at = time.Now().AddDate(0, 6, 0)
	empty := decode[desk.Disclosure](t, p.do(http.MethodPost, "/api/v1/disclosures", notice("还没有正文", "").patch()))
	ready := p.draft(notice("好的", plain))
	unsubmitted := ready
	unsubmitted.ManifestHash = disclosure.Hash(strings.Repeat("ab", 32))
	full := notice("", "").patch()
	with := func(k string, v any) map[string]any {
		m := map[string]any{}
		for a, b := range full {
			m[a] = b
		}
		m[k] = v
		return m
	}
	body := "/api/v1/disclosures/" + ready.ID + "/body?name="
	for _, c := range []struct {
		name  string
		reply reply
		code  disclosure.Code
		field string
	}{
		{"unknown field", p.do(http.MethodPost, "/api/v1/disclosures", with("titel", "x")), disclosure.UnknownField, "titel"},
		{"wrong type", p.do(http.MethodPost, "/api/v1/disclosures", with("title", 7)), disclosure.WrongType, "title"},
		{"unknown kind", p.do(http.MethodPost, "/api/v1/disclosures", with("kind", "poem")), disclosure.BadValue, "kind"},
		{"unknown channel", p.do(http.MethodPost, "/api/v1/disclosures", with("channels", []string{"portal", "pigeon"})), disclosure.UnknownChannel, "channels[1]"},
		{"too long", p.do(http.MethodPost, "/api/v1/disclosures", with("title", strings.Repeat("长", 201))), disclosure.TooLong, "title"},
		{"empty body", p.do(http.MethodPut, body+"a.txt", []byte("  \n "), "If-Match", etag(ready)), disclosure.EmptyBody, "body"},
		{"too large", p.do(http.MethodPut, body+"a.txt", make([]byte, disclosure.MaxBody+1), "If-Match", etag(ready)), disclosure.TooLarge, "body"},
		{"broken file", p.do(http.MethodPut, body+"a.docx", []byte("PK\x03\x04 broken"), "If-Match", etag(ready)), disclosure.BadFile, "body"},
		{"encrypted file", p.do(http.MethodPut, body+"a.docx", append([]byte{0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1}, make([]byte, 4096)...), "If-Match", etag(ready)), disclosure.BadFile, "body"},
		{"no If-Match", p.do(http.MethodPut, body+"a.txt", []byte(plain)), disclosure.PreconditionMissing, "If-Match"},
		{"in the past", p.submit(p.draft(past)), disclosure.ReleaseInPast, "release.at"},
		{"past the statutory limit", p.submit(p.draft(late)), disclosure.ReleasePastLimit, "release.at"},
		{"without a body", p.submit(empty), disclosure.Required, "body"},
		{"decision before submission", s.as("shenyan").decide(unsubmitted, "section", disclosure.Disclose), disclosure.NotFound, ""},
		{"not there", p.do(http.MethodGet, "/api/v1/disclosures/"+uuid.NewString(), nil), disclosure.NotFound, ""},
		{"wrong role", s.as("auditor").do(http.MethodGet, "/api/v1/disclosures", nil), disclosure.Forbidden, ""},
		{"another section", s.as("mengzhi").do(http.MethodGet, "/api/v1/disclosures/"+ready.ID, nil), disclosure.NotFound, ""},
		{"nobody", (&person{t: t, base: s.base}).do(http.MethodGet, "/api/v1/disclosures", nil), disclosure.Unauthenticated, ""},
	} {
		require.Equal(t, c.code, c.reply.code(), "%s: %d %s", c.name, c.reply.status, c.reply.body)
		var zh refusal
		require.NoError(t, json.Unmarshal(c.reply.body, &zh))
		require.Equal(t, c.field, zh.Field, c.name)
		require.NotContains(t, zh.Message, "{", c.name)
	}
	require.Equal(t, etag(ready), etag(p.get(ready.ID)), "refused requests change nothing")
	english := p.do(http.MethodPost, "/api/v1/disclosures", with("kind", "poem"), "Accept-Language", "en")
	require.Contains(t, string(english.body), "cannot be")

	// The drafter may see it; a reviewer may not decide on a hash they did not see.
	d := p.submitted(ready)
	stale := d
	stale.ManifestHash = disclosure.Hash(strings.Repeat("ab", 32))
	r := s.as("linlan").decide(stale, "section", disclosure.Disclose)
	require.Equal(t, disclosure.ManifestChanged, r.code())
	require.Equal(t, http.StatusConflict, r.status)
	for _, c := range []struct {
		login, step string
		outcome     disclosure.Outcome
		more        []string
		code        disclosure.Code
	}{
		{"guning", "section", disclosure.Disclose, nil, disclosure.NotYourTask},
		{"fanyu", "section", disclosure.Disclose, nil, disclosure.NotFound}, // head of another section
		{"linlan", "leader", disclosure.Disclose, nil, disclosure.WrongStep},
		{"linlan", "section", "maybe", nil, disclosure.UnknownOutcome},
		{"linlan", "section", disclosure.ReturnToEarlier, []string{"return_to", "leader"}, disclosure.ReturnTarget},
		{"linlan", "section", disclosure.DisclosePart, nil, disclosure.BasisRequired},
		{"linlan", "section", disclosure.ReturnToEarlier, []string{"return_to", "drafter", "opinion", " "}, disclosure.ReasonRequired},
	} {
		r := s.as(c.login).decide(d, c.step, c.outcome, c.more...)
		require.Equal(t, c.code, r.code(), "%v: %s", c, r.body)
	}
	require.Empty(t, p.get(d.ID).Decisions)
	d = s.approve(d)
	r = s.as("guning").decide(d, "leader", disclosure.Disclose)
	require.Equal(t, disclosure.WrongState, r.code(), "after the fact: %s", r.body)
}

func twoPeopleSave(t *testing.T, s *server, _ *hook) {
	a, b := s.as("zhouheng"), s.as("linlan") // same section
	d := a.draft(notice("两人同时改", plain))
	first := b.do(http.MethodPatch, "/api/v1/disclosures/"+d.ID, map[string]any{"summary": "林岚写的摘要"}, "If-Match", etag(d))
	require.Equal(t, http.StatusOK, first.status, "%s", first.body)
	second := a.do(http.MethodPatch, "/api/v1/disclosures/"+d.ID, map[string]any{"summary": "周衡写的摘要"}, "If-Match", etag(d))
	require.Equal(t, http.StatusPreconditionFailed, second.status)
	require.Equal(t, "林岚写的摘要", a.get(d.ID).Draft.Summary)
	// Having edited, the section head is a contributor and may no longer decide.
	d = a.submitted(a.get(d.ID))
	require.Equal(t, disclosure.ContributorDecides, b.decide(d, "section", disclosure.Disclose).code())
}

func sameRequestTwice(t *testing.T, s *server, _ *hook) {
	p := s.as("zhouheng")
	p.key = "create-" + uuid.NewString()
	one := p.do(http.MethodPost, "/api/v1/disclosures", notice("只建一份", "").patch())
	two := p.do(http.MethodPost, "/api/v1/disclosures", notice("只建一份", "").patch())
	require.Equal(t, one.body, two.body)
	require.Equal(t, "true", two.header.Get("Idempotency-Replayed"))
	other := p.do(http.MethodPost, "/api/v1/disclosures", notice("另一份", "").patch())
	require.Equal(t, disclosure.IdempotencyReused, other.code())

	d := s.as("zhouheng").submitted(s.as("zhouheng").draft(notice("并发同一决定", plain)))
	head := s.as("linlan")
	head.key = "same-" + uuid.NewString()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { head.decide(d, "section", disclosure.Disclose) })
	}
	wg.Wait()
	got := s.as("zhouheng").get(d.ID)
	require.Len(t, got.Decisions, 1)
	require.Equal(t, "confidentiality", got.Step)
}

func findings(t *testing.T, s *server, _ *hook) {
	p := s.as("zhouheng")
	d := p.submitted(p.draft(notice("含个人信息", plain+"联系人：张某，手机13812345678，身份证号310114199003070010。\n")))
	require.Equal(t, disclosure.SelfReview, d.State)
	require.Equal(t, disclosure.WrongState, s.as("linlan").decide(d, "section", disclosure.Disclose).code(), "nobody decides before self-review is done")
	list := decode[desk.Page[desk.Finding]](t, p.do(http.MethodGet, "/api/v1/disclosures/"+d.ID+"/findings", nil)).Items
	require.GreaterOrEqual(t, len(list), 2)
	for i, f := range list {
		require.Contains(t, []string{"13812345678", "310114199003070010"}, f.Excerpt)
		require.Equal(t, 6, f.Line, "exact place")
		require.NotEmpty(t, f.Reason)
		require.NotEmpty(t, f.Basis)
		path := "/api/v1/disclosures/" + d.ID + "/findings/" + f.ID + "/disposition"
		require.Equal(t, disclosure.ReasonRequired, p.do(http.MethodPost, path, map[string]any{"disposition": "lawful", "reason": ""}).code())
		require.Equal(t, disclosure.NotYours, s.as("linlan").do(http.MethodPost, path, map[string]any{"disposition": "lawful", "reason": "代为处置"}).code())
		d = decode[desk.Disclosure](t, p.do(http.MethodPost, path, map[string]any{"disposition": "lawful", "reason": "测试用虚构信息，依法可公开。"}))
		require.Equal(t, len(list)-1-i, d.OpenFindings)
	}
	require.Equal(t, disclosure.InReview, d.State)
	// What was disposed of once stays so in the next version of the same text.
	d = decode[desk.Disclosure](t, s.as("linlan").decide(d, "section", disclosure.ReturnToEarlier, "return_to", "drafter"))
	d = p.submitted(p.get(d.ID))
	require.Equal(t, disclosure.InReview, d.State)
	require.Equal(t, 2, d.Version)
}

func quarantine(t *testing.T, s *server, _ *hook) {
	p := s.as("zhouheng")
	const line = "机密★10年"
	text := []byte("关于示例的报告\n" + line + "\n合成的示例文本。\n")
	d := p.submitted(p.draft(item{title: "示例报告", fileName: "marked.txt", body: text, late: "now"}))
	require.Equal(t, disclosure.InQuarantine, d.State)
	require.Nil(t, d.Draft.Body)
	require.Nil(t, d.Manifest)
	require.NotNil(t, d.Incident)
	require.Empty(t, d.Incident.Line, "the drafter is not shown the line")
	require.Equal(t, disclosure.NotFound, p.do(http.MethodGet, "/api/v1/disclosures/"+d.ID+"/files/body?version=1", nil).code())
	require.Equal(t, disclosure.Quarantined, p.do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/withdraw", map[string]any{"reason": "算了"}).code())

	clear := func(login string) reply {
		return s.as(login).do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/clear", map[string]any{"reason": "是培训示例，不是国家秘密标志。"})
	}
	require.Equal(t, line, s.as("shenyan").get(d.ID).Incident.Line)
	require.Equal(t, disclosure.Forbidden, clear("zhouheng").code())
	require.Equal(t, disclosure.InQuarantine, decode[desk.Disclosure](t, clear("shenyan")).State)
	require.Equal(t, disclosure.QuarantineBySame, clear("shenyan").code())
	got := decode[desk.Disclosure](t, clear("hezhou"))
	require.Equal(t, disclosure.Returned, got.State)

	// The same file, by its hash, may come back; a person still disposes of the mark.
	d = p.submitted(p.putBody(p.get(d.ID), "marked.txt", text))
	require.Equal(t, disclosure.SelfReview, d.State)
	// Another file with the mark may not.
	other := p.draft(item{title: "另一份", fileName: "marked.txt", body: append(text, "再加一句。"...), late: "now"})
	require.Equal(t, disclosure.InQuarantine, p.submitted(other).State)
}

func returned(t *testing.T, s *server, _ *hook) {
	p := s.as("zhouheng")
	d := p.submitted(p.draft(notice("退回再来", plain)))
	d = decode[desk.Disclosure](t, s.as("linlan").decide(d, "section", disclosure.Disclose))
	d = decode[desk.Disclosure](t, s.as("shenyan").decide(d, "confidentiality", disclosure.Disclose))
	// To an earlier step: that step and later ones are open again, earlier ones stand.
	d = decode[desk.Disclosure](t, s.as("guning").decide(d, "leader", disclosure.ReturnToEarlier, "return_to", "confidentiality"))
	require.Equal(t, "confidentiality", d.Step)
	require.True(t, d.Decisions[0].Counts)
	require.False(t, d.Decisions[1].Counts)
	d = decode[desk.Disclosure](t, s.as("shenyan").decide(d, "confidentiality", disclosure.Disclose))
	// To the drafter: a new version, a new hash, and all approvals are void.
	d = decode[desk.Disclosure](t, s.as("guning").decide(d, "leader", disclosure.ReturnToEarlier, "return_to", "drafter"))
	require.Equal(t, disclosure.Returned, d.State)
	seen := d.ManifestHash
	d = p.submitted(p.putBody(p.get(d.ID), "notice.txt", []byte(plain+"补充一句。\n")))
	require.Equal(t, 2, d.Version)
	for _, x := range d.Decisions {
		require.False(t, x.Counts)
	}
	stale := d
	stale.ManifestHash = seen
	r := s.as("linlan").decide(stale, "section", disclosure.Disclose)
	var e refusal
	require.NoError(t, json.Unmarshal(r.body, &e))
	require.Equal(t, disclosure.ManifestChanged, e.Code)
	require.Contains(t, e.Details["changed"], "body", "a stale decision is told what changed")
	versions := decode[desk.Page[desk.Version]](t, p.do(http.MethodGet, "/api/v1/disclosures/"+d.ID+"/versions", nil)).Items
	require.Equal(t, []string{"body"}, without(versions[1].Changed, "release"))
	c := decode[desk.Comparison](t, s.as("linlan").do(http.MethodGet, "/api/v1/disclosures/"+d.ID+"/diff", nil))
	require.Equal(t, []any{1, 2, desk.SinceApproved}, []any{c.From, c.To, c.Why})
	code, out, _ := s.cli("linlan", "diff", d.ID)
	require.Zero(t, code)
	require.Contains(t, out, "{+补充一句。+}")
}

func without(list []string, x string) []string {
	out := []string{}
	for _, s := range list {
		if s != x {
			out = append(out, s)
		}
	}
	return out
}

func approvedBytesOnly(t *testing.T, s *server, _ *hook) {
	p := s.as("zhouheng")
	i := notice("批准后想改", plain)
	i.at = time.Now().Add(6 * time.Second)
	d := s.approve(p.submitted(p.draft(i)))
	for _, change := range []map[string]any{
		{"title": "改了标题"},
		{"formed_on": "2026-01-01"},
		{"document_number": "栖应急〔2026〕1号"},
		{"kind": "policy"},
		{"important": true},
		{"attribute": "on_request"},
		{"channels": []string{"webhook"}},
		{"release": map[string]any{"at": time.Now().Add(time.Second).Format(time.RFC3339Nano), "late": "now"}},
	} {
		r := p.do(http.MethodPatch, "/api/v1/disclosures/"+d.ID, change, "If-Match", etag(p.get(d.ID)))
		require.Equal(t, disclosure.WrongState, r.code(), "S4: %v: %s", change, r.body)
	}
	r := p.do(http.MethodPut, "/api/v1/disclosures/"+d.ID+"/body?name=x.txt", []byte("换掉正文"), "If-Match", etag(d))
	require.Equal(t, disclosure.WrongState, r.code())
	early := p.do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/reschedule", map[string]any{"at": time.Now().Add(time.Second).Format(time.RFC3339Nano), "reason": "提前"})
	require.Equal(t, disclosure.ReleaseOutOfWindow, early.code(), "never earlier than approved: %s", early.body)
	d = p.awaitState(d.ID, disclosure.Released)
	require.True(t, s.online(d))
	// Once out, the way back is the recall.
	require.Equal(t, disclosure.ReleaseTooLate, p.do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/withdraw", map[string]any{"reason": "晚了"}).code())
}

func freeze(t *testing.T, s *server, _ *hook) {
	p := s.as("zhouheng")
	i := notice("冻结住", plain)
	i.at = time.Now().Add(8 * time.Second)
	d := s.approve(p.submitted(p.draft(i)))
	p.awaitState(d.ID, disclosure.Armed)
	require.Equal(t, disclosure.Forbidden, p.do(http.MethodPost, "/api/v1/freeze", map[string]any{"scope": "all", "reason": "我也想冻"}).code())
	officer := s.as("hezhou")
	f := decode[desk.Freeze](t, officer.do(http.MethodPost, "/api/v1/freeze", map[string]any{"scope": "kind", "value": "notice", "reason": "核实一处数据"}))
	d = p.awaitState(d.ID, disclosure.Held)
	require.Equal(t, "frozen", d.Cause)
	require.False(t, s.online(d))
	require.Equal(t, http.StatusNoContent, officer.do(http.MethodDelete, "/api/v1/freeze/"+f.ID, nil).status)
	d = p.awaitState(d.ID, disclosure.Released) // its late policy is "now"
	require.True(t, s.online(d))
}

func webhook(t *testing.T, s *server, h *hook) {
	p := s.as("zhouheng")
	at := time.Now().Add(8 * time.Second)
	lost := map[string]bool{}
	h.mu.Lock()
	h.answer = func(key string, try int) int {
		if lost[key] || try > 1 {
			return http.StatusOK
		}
		lost[key] = true
		return 0 // the receiver hangs up: it may or may not have it
	}
	h.mu.Unlock()
	var items []desk.Disclosure
	for n := range 3 {
		i := notice(fmt.Sprintf("推送 %d", n), plain+strings.Repeat("，", n))
		i.at, i.channels = at, []string{"portal", "webhook"}
		items = append(items, s.approve(p.submitted(p.draft(i))))
	}
	for _, d := range items {
		key := disclosure.EffectKey(d.ID, d.Version, "webhook")
		p.awaitState(d.ID, disclosure.Released)
		require.True(t, h.has(key))
		require.Len(t, h.sent(key), 2, "hung up once, read back as absent, sent again under the same key")
		require.False(t, h.sent(key)[0].Before(at), "never early")
	}
	d := items[0]
	decode[desk.Disclosure](t, s.as("hezhou").do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/recall", map[string]any{"reason": "召回推送"}))
	require.Eventually(t, func() bool { return !h.has(disclosure.EffectKey(d.ID, d.Version, "webhook")) }, 20*time.Second, 100*time.Millisecond)
	require.False(t, s.online(d))
}

func unreleasedLooksMissing(t *testing.T, s *server, _ *hook) {
	p := s.as("zhouheng")
	i := notice("没到时间", plain)
	i.at = time.Now().Add(time.Hour)
	d := p.draft(i)
	d = decode[desk.Disclosure](t, p.do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/attachments?name=fujian.txt", []byte("附件"), "If-Match", etag(d)))
	d = s.approve(p.submitted(d))
	prefix := d.Number[:len(d.Number)-6]
	for _, tail := range []string{"", "/body", "/files/fujian.txt", "/files/x"} {
		unreleased, missing := s.public("/items/"+d.Number+tail), s.public("/items/"+prefix+"999999"+tail)
		require.Equal(t, http.StatusNotFound, unreleased.status)
		require.Equal(t, missing.status, unreleased.status)
		require.Equal(t, string(missing.body), string(unreleased.body))
		for _, r := range []reply{missing, unreleased} {
			r.header.Del("Date")
			r.header.Del("X-Trace")
		}
		require.Equal(t, missing.header, unreleased.header)
	}
	for _, page := range []string{"/", "/feed.atom", "/feed.json", "/sitemap.xml"} {
		require.NotContains(t, string(s.public(page).body), d.Number)
	}
}

func commandLine(t *testing.T, s *server, _ *hook) {
	text, _ := origin(t)
	file := filepath.Join(t.TempDir(), "要点.txt")
	require.NoError(t, os.WriteFile(file, text, 0o600))
	code, out, errOut := command(t, nil, "scan", file)
	require.Zero(t, code, out+errOut)

	code, out, errOut = s.cli("zhouheng", "submit", file, "--title", "命令行提交", "--kind", "notice", "--formed-on", today(),
		"--channels", "portal", "--on-approval", "--wait", "--json")
	require.Zero(t, code, out+errOut)
	all := lines(out)
	var d desk.Disclosure
	require.NoError(t, json.Unmarshal([]byte(all[len(all)-1]), &d), out)
	for _, x := range signers {
		code, out, errOut = s.cli(x.login, "inbox")
		require.Zero(t, code, errOut)
		require.Contains(t, out, d.ID)
		code, out, errOut = s.cli(x.login, "decide", d.ID, "--step", x.step, "--outcome", "disclose", "--opinion", "同意", "--yes")
		require.Zero(t, code, out+errOut)
	}
	s.as("zhouheng").awaitState(d.ID, disclosure.Released)
	code, out, _ = s.cli("zhouheng", "status", d.ID)
	require.Zero(t, code)
	require.Contains(t, out, "已发布")
	code, _, errOut = s.cli("zhouheng", "recall", d.ID, "--reason", "我没有这个权")
	require.Equal(t, 1, code)
	require.Contains(t, errOut, "forbidden")
	code, _, _ = s.cli("hezhou", "recall", d.ID, "--reason", "命令行召回")
	require.Zero(t, code)

	marked := filepath.Join(t.TempDir(), "m.txt")
	require.NoError(t, os.WriteFile(marked, []byte("秘密★1年\n合成示例\n"), 0o600))
	broken := filepath.Join(t.TempDir(), "b.docx")
	require.NoError(t, os.WriteFile(broken, []byte("PK\x03\x04"), 0o600))
	hits := filepath.Join(t.TempDir(), "h.txt")
	require.NoError(t, os.WriteFile(hits, []byte("手机13812345678\n"), 0o600))
	for want, name := range map[int]string{1: hits, 2: broken, 3: marked} {
		code, out, _ = command(t, nil, "scan", name)
		require.Equal(t, want, code, out)
		require.NotContains(t, out, "13812345678", "excerpts are masked by default")
	}
}
