package console

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func TestEveryActReachesTheDeskUnderTheKeyOfItsFormAndAnswersWithARedirect(t *testing.T) {
	t.Parallel()

	for _, act := range []struct {
		as, path string
		form     []string
		asked    string
		to       string
	}{
		{"drafter", "/console/items/d1/submit", []string{"revision", "7"}, "Submit d1 KEY1 7", "/console/items/d1?done=submit"},
		{"drafter", "/console/items/d1/findings/f1", []string{"disposition", "false_alarm", "reason", "编号"}, "Dispose d1 f1 KEY1 false_alarm 编号", "/console/items/d1?done=dispose"},
		{"leader", "/console/items/d1/decision", []string{"step", "leader", "outcome", "disclose", "manifest_hash", "aa"}, "Decide d1 KEY1 disclose", "/console/items/d1?done=decide"},
		{"drafter", "/console/items/d1/withdraw", []string{"reason", "错"}, "Withdraw d1 KEY1 错", "/console/items/d1?done=withdraw"},
		{"officer", "/console/items/d1/reschedule", []string{"at", "2026-11-27T09:00", "reason", "让"}, "Reschedule d1 KEY1 2026-11-27T01:00:00Z 让", "/console/items/d1?done=reschedule"},
		{"officer", "/console/items/d1/recall", []string{"reason", "错"}, "Recall d1 KEY1 错", "/console/items/d1?done=recall"},
		{"drafter", "/console/items/d1/correct", nil, "Correct d1 KEY1", "/console/items/d2/edit?done=correct"},
		{"leader", "/console/items/d1/bypass", []string{"reason", "汛情", "manifest_hash", "abc"}, "Bypass d1 KEY1 abc 汛情", "/console/items/d1?done=bypass"},
		{
			"officer", "/console/calendar-years",
			[]string{"year", "2027", "source", "通知", "off", "2027-01-01 2027-01-03 元旦 New Year\n\n", "working", "2027-01-09 2027-02-06\n", "reason", "公布"},
			"ProposeCalendarYear 2027 [{2027-01-01 2027-01-03 元旦 New Year}] [2027-01-09 2027-02-06] 通知 公布", "/console/calendar-years/2027/1?done=yeared",
		},
		{"drafter", "/console/announcements", []string{"title", "公报", "planned", "2026-12", "item", "2026-0031"}, "Announce 公报 2026-12  2026-0031", "/console/announcements/a1?done=announced"},
		{"officer", "/console/announcements/a1/lines", []string{"title", "公报", "planned", "", "cancelled", "1", "reason", "复核"}, "ChangeAnnouncement a1 公报  true 复核", "/console/announcements/a1?done=announced"},
		{"officer", "/console/announcements/a1/lines/2/confirm", nil, "SettleAnnouncement a1 2 true", "/console/announcements/a1?done=announceok"},
		{"officer", "/console/announcements/a1/lines/2/refuse", nil, "SettleAnnouncement a1 2 false", "/console/announcements/a1?done=announceno"},
		{"leader", "/console/announcements/a1/withdraw", []string{"reason", "写错"}, "WithdrawAnnouncement a1 写错", "/console/announcements/a1?done=announcegone"},
		{"secadmin", "/console/calendar-years/2027/1/confirm", nil, "SettleCalendarYear 2027 1 true", "/console/calendar-years/2027/1?done=yearok"},
		{"secadmin", "/console/calendar-years/2027/1/refuse", nil, "SettleCalendarYear 2027 1 false", "/console/calendar-years/2027/1?done=yearno"},
		{"leader", "/console/items/d1/reroute", []string{"route", "important/1", "reason", "重大"}, "Reroute d1 KEY1 important/1 重大", "/console/items/d1?done=reroute"},
		{"leader", "/console/items/d1/extend", []string{"step", "leader", "n", "2", "reason", "出差"}, "Extend d1 KEY1 leader 2 出差", "/console/items/d1/clocks?done=extend"},
		{"leader", "/console/items/d1/ratify", []string{"reason", "得当", "bypass", "b1", "outcome", "ratified"}, "Ratify d1 KEY1 b1 ratified 得当", "/console/items/d1?done=ratify"},
		{"officer", "/console/items/d1/reevaluate", []string{"reason", "未变", "outcome", "stays"}, "Reevaluate d1 KEY1 stays 未变", "/console/items/d1?done=reevaluate"},
		{"officer", "/console/items/d1/incident", []string{"reason", "已报"}, "CloseIncident d1 KEY1 已报", "/console/items/d1?done=incident"},
		{"officer", "/console/items/d1/clear", []string{"reason", "误"}, "ClearQuarantine d1 KEY1 误", "/console/items/d1?done=clear"},
		{"leader", "/console/items/d1/claim", []string{"step", "leader"}, "Assign claim d1 KEY1 leader", "/console/items/d1?done=claim"},
		{"leader", "/console/items/d1/transfer", []string{"step", "leader", "person", "p8", "reason", "出差"}, "Assign transfer d1 KEY1 leader p8  出差", "/console/items/d1?done=transfer"},
		{"leader", "/console/items/d1/signers", []string{"step", "leader", "person", "p8", "where", "after", "reason", "财务"}, "Assign add_signer d1 KEY1 leader p8 after 财务", "/console/items/d1?done=add_signer"},
		{"drafter", "/console/items/d1/follow", nil, "Follow d1 true", "/console/items/d1?done=follow"},
		{
			"leader", "/console/delegations",
			[]string{"delegate", "p8", "until", "2026-11-27T09:00", "steps", "leader", "reason", "出差"},
			"AddDelegation KEY1  p8 [] [leader] 0001-01-01T00:00:00Z 2026-11-27T01:00:00Z 出差", "/console/delegations?done=delegate",
		},
		{"leader", "/console/delegations/g1/revoke", nil, "RevokeDelegation g1", "/console/delegations?done=undelegate"},
		{"officer", "/console/freezes", []string{"scope", "channel", "channel", "wechat", "kind", "policy", "reason", "停"}, "Freeze KEY1 channel wechat 停", "/console/calendar?done=freeze"},
		{"officer", "/console/freezes/z1/lift", nil, "Unfreeze z1", "/console/calendar?done=unfreeze"},
		{"drafter", "/console/items/d1/attachments/remove", []string{"revision", "7", "name", "甲.pdf"}, "RemoveAttachment d1 7 甲.pdf", "/console/items/d1/edit?done=detach#files"},
		{"leader", "/console/me/codeapp/bind", []string{"code", "492039"}, "BindCodeApp 492039", "/console/me?done=bound"},
		{"leader", "/console/me/codeapp/unbind", []string{"proof", "492039"}, "UnbindCodeApp 492039", "/console/me?done=unbound"},
		{"secadmin", "/console/accounts/p1/codeapp", []string{"reason", "手机遗失"}, "ResetCodeApp p1 手机遗失", "/console/accounts/p1?done=account"},
		{"leader", "/console/logout", nil, "Logout leader", "/console/login"},
	} {
		b := setup(t, plain())
		w := b.post(t, act.as, act.path, act.form...)
		require.Equal(t, http.StatusSeeOther, w.Code, "%s\n%s", act.path, w.Body)
		require.Equal(t, act.to, w.Header().Get("Location"))
		// The key is the form's: its token, and the address that tells the forms of a page apart.
		require.Equal(t, strings.ReplaceAll(act.asked, "KEY1", "KEY1 "+act.path), b.desk.calls[len(b.desk.calls)-1])
	}
}

func TestADecisionNamesExactlyWhatWasShown(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	page := b.get(t, "leader", "/console/items/d1").Body.String()
	require.Contains(t, page, `name="manifest_hash" value="`+string(b.desk.item.ManifestHash)+`"`)
	b.post(t, "leader", "/console/items/d1/decision", "step", "leader", "outcome", "return", "manifest_hash", "seen", "opinion", " 再核 ", "basis", "第十四条", "return_to", "section")
	require.Equal(t, []desk.DecisionInput{{
		Step: "leader", Outcome: disclosure.ReturnToEarlier, ManifestHash: "seen", Opinion: "再核", Basis: "第十四条", ReturnTo: "section",
	}}, b.desk.decided)
}

func TestAStaleDecisionShowsWhatHappenedKeepsTheOpinionAndAsksAgain(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	b.desk.fail["Decide"] = disclosure.Refuse(disclosure.ManifestChanged, "manifest_hash", "seen", "7F3K-92QD", "current", "4QM8-K7TD")
	w := b.post(t, "leader", "/console/items/d1/decision", "step", "leader", "outcome", "disclose", "manifest_hash", "old", "opinion", "同意公开<b>")
	page := w.Body.String()
	require.Equal(t, http.StatusConflict, w.Code)
	require.Contains(t, page, "没有签署：内容改过，您看到的是 7F3K-92QD，现在是 4QM8-K7TD。")
	require.Contains(t, page, "同意公开&lt;b&gt;</textarea>")
	require.Contains(t, page, string(b.desk.item.ManifestHash))
	require.NotContains(t, page, `value="disclose" id="decide-outcome" checked`)
	sound(t, "stale", w.Body.Bytes())
	require.Contains(t, b.desk.calls, "Compare d1 {From:0 To:0 Files:false}", "what they had before them is no version any more")
	b.post(t, "leader", "/console/items/d1/decision", "step", "leader", "outcome", "disclose", "manifest_hash", "seen", "opinion", "同意")
	require.Contains(t, b.desk.calls, "Compare d1 {From:3 To:0 Files:false}", "the difference to what they had before them")

	b.desk.item.Can = nil // nobody asks any more: the words are still there
	page = b.post(t, "leader", "/console/items/d1/decision", "outcome", "disclose", "opinion", "同意公开<b>").Body.String()
	require.Contains(t, page, "同意公开&lt;b&gt;</p>")
}

func TestARefusalStandsAtItsFieldWithWhatWasTyped(t *testing.T) {
	t.Parallel()

	for _, one := range []struct {
		as, path, method string
		refusal          *disclosure.Refusal
		form             []string
		status           int
		id, kept         string
	}{
		{"leader", "decision", "Decide", disclosure.Refuse(disclosure.ReasonRequired, "opinion"), []string{"outcome", "return", "basis", "留着"}, 422, "decide-opinion", "留着"},
		{"leader", "decision", "Decide", disclosure.Refuse(disclosure.ContributorDecides, ""), []string{"outcome", "disclose", "opinion", "留着"}, 403, "", "留着"},
		{"drafter", "findings/f1", "Dispose", disclosure.Refuse(disclosure.BadValue, "disposition", "value", "x"), []string{"reason", "留着"}, 422, "dispose-f1-disposition", "留着"},
		{"drafter", "withdraw", "Withdraw", disclosure.Refuse(disclosure.TooLong, "reason", "max", "2000"), []string{"reason", "留着"}, 422, "withdraw-reason", "留着"},
		{"officer", "recall", "Recall", disclosure.Refuse(disclosure.ReasonRequired, "reason"), nil, 422, "recall-reason", ""},
		{"officer", "recall", "Recall", disclosure.Refuse(disclosure.ProofWrong, "proof"), []string{"reason", "留着", "proof", "口令"}, 422, "recall-proof", "留着"},
		{"leader", "decision", "Decide", disclosure.Refuse(disclosure.ProofRequired, "proof"), []string{"outcome", "return", "opinion", "留着"}, 422, "decide-proof", "留着"},
		{"leader", "decision", "Decide", disclosure.Refuse(disclosure.TooManyRequests, "proof", "seconds", "300"), []string{"outcome", "return", "opinion", "留着"}, 429, "decide-proof", "留着"},
		{"officer", "reschedule", "Reschedule", disclosure.Refuse(disclosure.ReleaseOutOfWindow, "at", "earliest", "a", "latest", "b"), []string{"at", "2026-12-27T09:00", "reason", "留着"}, 422, "reschedule-at", "留着"},
		{"officer", "reschedule", "", nil, []string{"at", "明天", "reason", "留着"}, 422, "reschedule-at", "留着"},
		{"leader", "decision", "", nil, []string{"opinion", "留着"}, 422, "decide-outcome", "留着"},
	} {
		b := setup(t, plain())
		if one.refusal != nil {
			b.desk.fail[one.method] = one.refusal
		}
		w := b.post(t, one.as, "/console/items/d1/"+one.path, one.form...)
		page := w.Body.String()
		require.Equal(t, one.status, w.Code, one.path)
		require.Contains(t, page, `role="alert"`)
		if one.id != "" {
			require.Contains(t, page, `id="`+one.id+`-e"`, one.path)
			require.Contains(t, page, `href="#`+one.id+`"`, one.path)
		}
		require.Contains(t, page, one.kept)
		require.NotContains(t, page, "2026-0038 · 审发 · ", "nothing else in the bar")
		sound(t, one.path, w.Body.Bytes())
	}
}

func TestADraftIsMadeWithItsFileAndMadeOnce(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	w := b.upload(t, "drafter", "/console/items", "body", "通知.md", "# 通知", "title", "关于演练的通知", "kind", "notice", "formed_on", "2026-11-20",
		"keywords", "演练、 应急", "attribute", "proactive", "channels", "portal", "on_approval", "no", "at", "2026-11-26T09:00", "late", "hold")
	require.Equal(t, http.StatusSeeOther, w.Code)
	require.Equal(t, "/console/items/d1/edit?done=create", w.Header().Get("Location"))
	require.Equal(t, []string{"Create KEY1 /console/items", "PutBody d1 7 通知.md"}, b.desk.calls)
	p := b.desk.patches[0]
	require.Equal(t, []string{"演练", "应急"}, *p.Keywords)
	require.Equal(t, disclosure.Plan{At: time.Date(2026, 11, 26, 1, 0, 0, 0, time.UTC), Zone: disclosure.DefaultZone, Late: disclosure.LateHold}, *p.Release)

	// Sent again, the desk answers with the draft that has the file already.
	b.desk.item.Draft.Source = &disclosure.File{Named: disclosure.Named{Content: disclosure.Sum("", []byte("# 通知"))}}
	b.desk.calls = nil
	w = b.upload(t, "drafter", "/console/items", "body", "通知.md", "# 通知", "title", "关于演练的通知")
	require.Equal(t, http.StatusSeeOther, w.Code)
	require.Equal(t, []string{"Create KEY1 /console/items"}, b.desk.calls)
}

func TestAFileThatIsRefusedLeavesTheDraftAndSaysWhy(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	b.desk.fail["PutBody"] = disclosure.Refuse(disclosure.BadFile, "body", "name", "a.exe", "why", "exe")
	w := b.upload(t, "drafter", "/console/items", "body", "a.exe", "MZ", "title", "留着标题")
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Contains(t, w.Body.String(), `id="draft-body-e"`)
	require.Contains(t, w.Body.String(), "留着标题")
	require.Contains(t, w.Body.String(), `action="/console/items/d1/draft"`, "the draft is there: from here on it is changed, not made again")

	w = b.upload(t, "drafter", "/console/items/d1/attachments", "file", "big.pdf", strings.Repeat("x", disclosure.MaxAttachment+maxForm), "revision", "7")
	require.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
}

func TestADraftChangedByAnotherIsShownBesideWhatWasTyped(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	b.desk.fail["Edit"] = disclosure.Refuse(disclosure.PreconditionFailed, "")
	w := b.post(t, "drafter", "/console/items/d1/draft", "revision", "6", "title", "我的标题")
	require.Equal(t, http.StatusConflict, w.Code)
	require.Contains(t, w.Body.String(), `value="我的标题"`)
	require.Contains(t, w.Body.String(), "<dd>关于2026年11月危险化学品经营企业安全检查情况的通报</dd>")
	require.Contains(t, w.Body.String(), `name="revision" value="7"`, "saving again is a choice that can be made")
	sound(t, "stale draft", w.Body.Bytes())

	// The same form sent twice finds its own change, and is content.
	f := b.console.formOf(b.desk.item.Draft)
	w = b.post(t, "drafter", "/console/items/d1/draft", "revision", "6", "title", f.Title, "kind", f.Kind, "document_number", f.DocumentNumber, "index_number", f.IndexNumber,
		"formed_on", f.FormedOn, "topic", f.Topic, "keywords", f.Keywords, "summary", f.Summary, "important", "yes", "attribute", f.Attribute, "basis", f.Basis,
		"channels", "portal", "channels", "wechat", "on_approval", "no", "at", f.At, "late", f.Late)
	require.Equal(t, http.StatusSeeOther, w.Code, w.Body.String())
}

func TestOfAQuarantinedItemNothingIsAskedForAndNothingShown(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	quarantined(b.desk)
	b.desk.item.Can = nil
	b.desk.item.Incident.Line = "" // the desk gives it only to those who may clear
	page := b.get(t, "leader", "/console/items/d1").Body.String()
	require.Equal(t, []string{"Get d1"}, b.desk.calls)
	require.NotContains(t, page, "危险化学品")
	require.NotContains(t, page, "<form class=\"box\"")
	require.Contains(t, page, "24 小时")
	require.Equal(t, http.StatusNotFound, b.get(t, "leader", "/console/items/d1/attachments/1").Code)

	b = setup(t, plain())
	quarantined(b.desk)
	require.Contains(t, b.get(t, "officer", "/console/items/d1").Body.String(), "可疑的一行")
}

func TestNoTitleThatIsNotPublicStandsInTheBarOrAnAddress(t *testing.T) {
	t.Parallel()

	for _, path := range []string{"/console/items/d1", "/console/items/d1/edit", "/console", "/console/calendar"} {
		b := setup(t, plain())
		page := b.get(t, "drafter", path).Body.String()
		_, rest, _ := strings.Cut(page, "<title>")
		title, _, _ := strings.Cut(rest, "</title>")
		require.NotContains(t, title, "危险化学品", path)
		for _, part := range strings.Split(page, `href="`)[1:] {
			address, _, _ := strings.Cut(part, `"`)
			plain, err := url.PathUnescape(address)
			require.NoError(t, err)
			require.NotContains(t, plain, "危险", path)
			require.NotContains(t, plain, "检查问题", path)
		}
	}
}

func TestAttachmentsAreSavedNeverOpenedHere(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	w := b.get(t, "leader", "/console/items/d1/attachments/1")
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, `attachment; filename="______.xlsx"; filename*=UTF-8''%E6%A3%80%E6%9F%A5%E9%97%AE%E9%A2%98%E6%B8%85%E5%8D%95.xlsx`, w.Header().Get("Content-Disposition"))
	require.Contains(t, w.Header().Get("Content-Security-Policy"), "sandbox")
	require.Contains(t, b.desk.calls, "File d1 4 检查问题清单.xlsx")
}

func TestSigningIn(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	w := b.post(t, "", "/console/login", "login", "leader", "password", "wrong", "next", "/console/calendar")
	require.Equal(t, http.StatusUnauthorized, w.Code)
	require.Contains(t, w.Body.String(), "账号或密码不对。")
	require.Contains(t, w.Body.String(), `value="leader"`)
	require.NotContains(t, w.Body.String(), "wrong")

	for next, to := range map[string]string{
		"/console/items/d1?lang=en": "/console/items/d1?lang=en", "": base, "https://evil.example/console": base, "//evil.example/console/": base,
		"/console/../api": base, `/console/\evil`: base, "/consolex": base, "/console//evil.example": base,
	} {
		w = b.post(t, "", "/console/login", "login", "leader", "password", "right", "next", next)
		require.Equal(t, http.StatusSeeOther, w.Code)
		require.Equal(t, to, w.Header().Get("Location"), next)
	}
	require.Equal(t, "__Host-shenfa=leader; Path=/; Expires=Wed, 25 Nov 2026 01:30:00 GMT; HttpOnly; Secure; SameSite=Lax", w.Header().Get("Set-Cookie"))
}

func TestWhatIsNotARefusalIsLoggedAndHidden(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	b.desk.fail["Get"] = errors.New("pq: secret detail")
	w := b.get(t, "leader", "/console/items/d1")
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.NotContains(t, w.Body.String(), "secret detail")
	var line map[string]any
	require.NoError(t, json.Unmarshal(b.log.Bytes(), &line))
	require.Equal(t, "pq: secret detail", line["error"])

	b.desk.fail["Get"] = disclosure.Refuse(disclosure.NotFound, "")
	require.Equal(t, http.StatusNotFound, b.get(t, "leader", "/console/items/d1").Code)
	require.Equal(t, http.StatusNotFound, b.get(t, "leader", "/console/nowhere").Code)
}

func TestTheLanguageIsTheOneChosenThenTheBrowsers(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	w := b.get(t, "leader", "/console?lang=en")
	require.Contains(t, w.Body.String(), `<html lang="en">`)
	require.Contains(t, w.Header().Get("Set-Cookie"), "shenfa-lang=en")
	require.Contains(t, b.get(t, "leader", "/console?lang=xx").Body.String(), `<html lang="zh-CN">`)
}

func TestADocumentCannotPassForOurPage(t *testing.T) {
	t.Parallel()

	out, err := body([]byte(`</div></section><h1 id="main" class="note">一</h1><h2>二</h2><p style="x" onclick="y">三`))
	require.NoError(t, err)
	require.Equal(t, `<h3>一</h3><h4>二</h4><p>三</p>`, string(out))
}

func TestACodeAppIsOfferedOnceAndBoundByItsFirstCode(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	w := b.post(t, "leader", "/console/me/codeapp", "proof", "口令")
	sound(t, "me", w.Body.Bytes())
	page := w.Body.String()
	require.Contains(t, page, "JBSWY3DPEHPK3PXP</p>")
	require.Contains(t, page, `<svg class="qr" viewBox="-4 -4`)
	require.Less(t, len(page), nextLoad)

	b.desk.fail["BindCodeApp"] = disclosure.Refuse(disclosure.ProofWrong, "code")
	page = b.post(t, "leader", "/console/me/codeapp/bind", "code", "000000", "secret", "JBSWY3DPEHPK3PXP", "uri", "otpauth://totp/Shenfa:zhouheng?secret=JBSWY3DPEHPK3PXP").Body.String()
	require.Contains(t, page, `aria-describedby="bind-code-e"`)
	require.Contains(t, page, `<svg class="qr"`, "a slip of the finger starts nothing over")
}
