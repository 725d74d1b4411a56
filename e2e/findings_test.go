package e2e

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// TestBrowserFindings is a drafter who sees what the check found in its place, has it
// masked by one button, and submits again; and a reviewer who upholds a mark.
func TestBrowserFindings(t *testing.T) {
	s := serve(t)
	p := s.as("zhouheng")
	d := p.draft(notice("关于开展冬季安全检查的通知", plain+"联系人手机13812345678。\n"))
	for _, name := range []string{"物资清单.xlsx", "公告.pdf"} {
		d = decode[desk.Disclosure](t, p.do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/attachments?name="+url.QueryEscape(name), sample(t, name), "If-Match", etag(d)))
	}
	d = p.submitted(d)
	require.Equal(t, disclosure.SelfReview, d.State)
	page := s.base + "/console/items/" + d.ID

	drafter := open(t, s, "zhouheng", 1440, 900)
	drafter.run(chromedp.Navigate(page + "/edit"))
	require.Contains(t, drafter.text(), "去除隐藏内容")
	drafter.shot("findings-draft")
	drafter.run(chromedp.Navigate(page + "/findings"))
	var marked string
	drafter.run(chromedp.Text(`article.doc a.f`, &marked))
	require.Contains(t, marked, "13812345678", "the finding is marked in the text")
	drafter.shot("findings-body")
	drafter.press(`#changed form[action$="/treat"]`) // treats everything and submits again
	d = p.await(d.ID, 30*time.Second, func(d desk.Disclosure) bool { return d.Version == 2 && d.State != disclosure.Checking })
	for _, f := range decode[desk.Page[desk.Finding]](t, p.do(http.MethodGet, "/api/v1/disclosures/"+d.ID+"/findings", nil)).Items {
		require.NotEqual(t, "body", f.File)
	}
	drafter.run(chromedp.Navigate(page+"/findings"), chromedp.Text(`article.doc`, &marked))
	require.Contains(t, marked, "138****5678")
	drafter.shot("findings-treated")
	require.Empty(t, drafter.foreign)

	marked2 := p.submitted(p.draft(item{title: "有标志", fileName: "marked.txt", body: []byte("关于示例的报告\n机密★10年\n"), late: "now"}))
	require.Equal(t, disclosure.InQuarantine, marked2.State)
	duty := open(t, s, "shenyan", 360, 740)
	require.Contains(t, duty.text(), "事件处置")
	duty.run(chromedp.Navigate(s.base + "/console/items/" + marked2.ID))
	duty.shot("quarantine-phone")
	duty.run(chromedp.SendKeys(`form[action$="/incident"] textarea[name=reason]`, "已报告，介质已封存。"))
	duty.press(`form[action$="/incident"]`)
	require.Contains(t, duty.text(), "已报告，介质已封存。")
	duty.shot("incident-closed-phone")
	require.Equal(t, disclosure.NotReleased, s.as("shenyan").get(marked2.ID).State)
}
