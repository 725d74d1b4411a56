package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/testkit/chromium"
)

// TestBrowserReleaseDesk is the disclosure office at its desk: a batch, a blackout, a
// rehearsal on the page of an item, taking down what is out, and what the public finds.
func TestBrowserReleaseDesk(t *testing.T) {
	s := serve(t)
	p := s.as("zhouheng")
	later := time.Now().Add(26 * time.Hour)
	i := notice("关于开展冬季安全检查的通知", plain)
	out := s.approve(p.submitted(p.draft(i)))
	i.title, i.at, i.latest = "关于元旦期间值班安排的通知", later, later.Add(48*time.Hour)
	planned := s.approve(p.submitted(p.draft(i)))
	p.awaitState(out.ID, disclosure.Released)

	office := open(t, s, "hezhou", 1440, 900)
	wall := func(at time.Time) string { return at.In(time.FixedZone("", 8*3600)).Format("2006-01-02T15:04") }
	set := func(selector, value string) chromedp.Action {
		return chromedp.SetValue(selector, value, chromedp.ByQuery)
	}
	office.run(chromedp.Navigate(s.base+"/console/batches"), chromedp.SendKeys(`#batch input[name=title]`, "办法和解读"), set(`#batch input[name=at]`, wall(later)))
	office.press("#batch")
	require.Contains(t, office.text(), "办法和解读")
	require.Contains(t, office.text(), "未齐备")
	office.shot("batches")
	batch := decode[desk.Page[desk.Batch]](t, p.do(http.MethodGet, "/api/v1/batches", nil)).Items
	require.Len(t, batch, 1)

	require.Eventually(t, func() bool { d := p.get(planned.ID); return d.Rehearsal != nil && d.Rehearsal.Ready }, 30*time.Second, 200*time.Millisecond)
	office.run(chromedp.Navigate(s.base + "/console/items/" + planned.ID))
	require.Contains(t, office.text(), "可以发布")
	office.shot("rehearsed")
	for _, page := range []string{"blackouts", "campaigns", "calendar"} {
		office.run(chromedp.Navigate(s.base + "/console/" + page))
		office.shot(page)
	}

	office.run(chromedp.Navigate(s.base+"/console/items/"+out.ID), chromedp.Click(`#takedown summary`),
		set(`#takedown select[name=type]`, "error"), chromedp.SendKeys(`#takedown textarea[name=reason]`, "第三段的日期有误，更正后重新发布。"))
	office.run(chromedp.SendKeys(`#takedown input[name=proof]`, s.accounts["hezhou"].Password))
	office.shot("takedown")
	office.press(`#takedown form`)
	require.Contains(t, office.text(), "已下线")
	office.shot("taken-down")
	require.Empty(t, office.foreign)

	for name, width := range map[string]int64{"": 1280, "-phone": 360} {
		reader := &window{t: t, ctx: chromium.Start(t), base: s.base}
		reader.run(network.Enable(), emulation.SetDeviceMetricsOverride(width, 900, 1, width < 500))
		for page, x := range map[string][2]string{
			"portal-home": {"/", "政府信息公开"}, "portal-guide": {"/guide", "公开指南"}, "portal-catalogue": {"/catalogue", "目录"},
			"portal-search": {"/search?q=安全", "搜索"}, "portal-gone": {"/items/" + out.Number, "第三段的日期有误"},
		} {
			var all string
			reader.run(chromedp.Navigate(s.base+x[0]), chromedp.Text("body", &all))
			require.Contains(t, all, x[1], page)
			reader.shot(page + name)
		}
	}
	gone := s.public("/items/" + out.Number)
	require.Equal(t, http.StatusGone, gone.status)
	require.Contains(t, string(gone.body), "第三段的日期有误")
}
