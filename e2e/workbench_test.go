package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// TestBrowserWorkbench follows one item through the workbench, the calendar and the
// figures of those who work on it.
func TestBrowserWorkbench(t *testing.T) {
	s := serve(t)
	const title = "关于开展尾矿库安全检查的通知"
	at := time.Now().Add(2 * time.Hour).Truncate(time.Minute)
	p := s.as("zhouheng")
	i := notice(title, "关于开展尾矿库安全检查的通知\n\n请各镇组织排查回采作业面，十二月底前报送情况。\n")
	i.at, i.latest = at, at.AddDate(0, 0, 3)
	d := p.submitted(p.draft(i))

	head := open(t, s, "linlan", 1280, 900)
	require.Contains(t, head.text(), title)
	require.Regexp(t, `剩 \d`, head.text(), "how much working time is left")
	search := func(w *window, words string) string {
		w.run(chromedp.Navigate(s.base+"/console"), chromedp.SetValue(`#q`, words))
		w.run(chromedp.Evaluate(`window.stale = true; document.querySelector("form.find").submit()`, nil))
		require.Eventually(t, func() bool {
			var fresh bool
			err := chromedp.Run(w.ctx, chromedp.Evaluate(`!window.stale && document.readyState === "complete"`, &fresh))
			return err == nil && fresh
		}, 30*time.Second, 50*time.Millisecond)
		return w.text()
	}
	require.Contains(t, search(head, "回采作业面"), "正文中找到")
	head.shot("workbench-found")
	require.Contains(t, search(head, "回采天空"), "没有符合条件的事项")
	other := open(t, s, "mengzhi", 1280, 900) // a drafter of another section
	require.NotContains(t, search(other, "回采作业面"), title)

	var csv string
	head.run(chromedp.Navigate(s.base+"/console/calendar"), // a page that may fetch
		chromedp.Evaluate(`fetch("/console/work.csv?tab=tasks").then(r => r.text())`, &csv,
			func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	require.Contains(t, csv, d.Number+","+title)

	d = s.approve(d)
	officer := open(t, s, "hezhou", 1280, 900)
	require.Contains(t, officer.text(), "待发布")
	officer.run(chromedp.Navigate(s.base + "/console/calendar?view=list"))
	require.Contains(t, officer.text(), title)
	local := at.In(time.FixedZone("", 8*3600))
	officer.run(chromedp.Navigate(s.base + "/console/calendar/move/" + d.ID + "?at=" + local.AddDate(0, 0, 9).Format("2006-01-02T15:04")))
	require.Contains(t, officer.text(), "批准", "outside of what was approved")
	officer.run(chromedp.Navigate(s.base+"/console/calendar/move/"+d.ID+"?at="+local.AddDate(0, 0, 1).Format("2006-01-02T15:04")),
		chromedp.SendKeys(`textarea[name=reason]`, "与上级通报错开。"))
	officer.press(`form[action*="/calendar/move/"]`)
	officer.shot("calendar-moved")
	require.Contains(t, officer.text(), title)
	require.WithinDuration(t, at.AddDate(0, 0, 1), *p.get(d.ID).ReleaseAt, time.Second)

	officer.run(chromedp.Navigate(s.base + "/console/reports"))
	require.Contains(t, officer.text(), "科室审核")
	officer.shot("reports")
	require.Empty(t, officer.foreign)
}
