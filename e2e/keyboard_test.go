package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/testkit/chromium"
)

// focus is where the focus is: whether that is what was sought, and whether it can be seen.
type focus struct {
	There bool   `json:"there"`
	Seen  bool   `json:"seen"`
	What  string `json:"what"`
}

const focusOn = `(sought => {
	const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
	// A radio or a checkbox shows its focus on the label that it stands in.
	const shown = [e, e.closest("label")].filter(Boolean).map(x => getComputedStyle(x)).some(s => s.outlineStyle != "none" && parseFloat(s.outlineWidth) > 0);
	return {there: e.matches(sought), seen: shown && box.width > 0 && box.bottom > 0 && box.top < innerHeight, what: (shown ? "" : "(no outline) ") + Math.round(box.top) + ".." + Math.round(box.bottom) + " " + e.tagName + "#" + e.id + "[" + (e.name || "") + "] " + (e.getAttribute("href") || e.textContent.trim().slice(0, 20))};
})(%q)`

// reach moves the focus to what is sought, by Tab alone. Whatever it stops at on the way shows
// that it has the focus (WCAG 2.4.7).
func (w *window) reach(sought string) {
	w.t.Helper()
	var on focus
	for range 200 {
		w.run(chromedp.KeyEvent(kb.Tab), chromedp.Evaluate(fmt.Sprintf(focusOn, sought), &on))
		if strings.Contains(on.What, " BODY#") { // the end: the next one is the first
			continue
		}
		require.True(w.t, on.Seen, "the focus is not seen on %s", on.What)
		if on.There {
			return
		}
	}
	require.FailNow(w.t, "not reached", "%s; the last was %s", sought, on.What)
}

func (w *window) keys(keys string) {
	w.t.Helper()
	w.run(chromedp.KeyEvent(keys))
}

// typeInto reaches a field and fills it.
func (w *window) typeInto(field, words string) {
	w.t.Helper()
	w.reach(field)
	w.keys(words)
}

// enter presses what is sought and waits for the page that follows.
func (w *window) enter(sought string) {
	w.t.Helper()
	w.reach(sought)
	w.follow()
}

func (w *window) follow() {
	w.t.Helper()
	w.run(chromedp.Evaluate(`window.stale = true`, nil))
	w.keys(kb.Enter)
	require.Eventually(w.t, func() bool {
		var fresh bool
		err := chromedp.Run(w.ctx, chromedp.Evaluate(`!window.stale && document.readyState === "complete"`, &fresh))
		return err == nil && fresh
	}, 60*time.Second, 50*time.Millisecond, "the page that follows")
}

// choose moves to a radio of a group by its arrows.
func (w *window) choose(group, value string) {
	w.t.Helper()
	w.reach(`input[name="` + group + `"]`)
	w.keys(" ")
	for range 8 {
		var at string
		w.run(chromedp.Evaluate(`document.activeElement.checked ? document.activeElement.value : ""`, &at))
		if at == value {
			return
		}
		w.keys(kb.ArrowDown)
	}
	require.FailNow(w.t, "not there", "%s=%s", group, value)
}

// TestBrowserStoryByKeys is the road by keyboard alone: nobody touches a mouse from signing in
// to the recall.
func TestBrowserStoryByKeys(t *testing.T) {
	s := serve(t)
	signIn := func(login string) *window {
		w := window{t: t, ctx: chromium.Start(t), base: s.base}
		w.run(emulation.SetDeviceMetricsOverride(1280, 900, 1, false), chromedp.Navigate(s.base+"/console"))
		w.typeInto(`input[name=login]`, s.accounts[login].Login)
		w.typeInto(`input[name=password]`, s.accounts[login].Password)
		w.enter(`form[action="/console/login"] button`)
		return &w
	}
	const title = "关于开展冬季用电安全检查的通知"
	drafter := signIn("zhouheng")
	drafter.enter(`a[href="/console/items/new"]`)
	drafter.typeInto(`input[name=title]`, title)
	drafter.typeInto(`select[name=kind]`, "通知")
	// In which order the parts of a date are typed is the browser's language.
	var formed string
	day := strings.Split(today(), "-")
	for _, keys := range []string{day[1] + day[2] + day[0], day[0] + kb.ArrowRight + day[1] + day[2]} {
		if formed != today() {
			drafter.typeInto(`input[name=formed_on]`, keys)
			drafter.run(chromedp.Value(`input[name=formed_on]`, &formed))
		}
	}
	drafter.reach(`#draft summary`)
	drafter.keys(kb.Enter)
	drafter.typeInto(`textarea[name=text]`, "各镇人民政府：\n\n请组织检查用电安全。联系人：张某，手机13812345678。")
	drafter.reach(`input[name=channels][value=portal]`)
	drafter.keys(" ")
	drafter.choose("on_approval", "yes")
	drafter.enter(`#draft button.pri`)
	var address, chosen string
	drafter.run(chromedp.Location(&address), chromedp.Value(`select[name=kind]`, &chosen), chromedp.Value(`input[name=formed_on]`, &formed))
	require.Equal(t, []string{"notice", today()}, []string{chosen, formed})
	id := strings.Split(strings.Split(strings.TrimPrefix(address, s.base+"/console/items/"), "?")[0], "/")[0]
	drafter.enter(`form[action$="/submit"] button`)
	s.as("zhouheng").await(id, 30*time.Second, func(d desk.Disclosure) bool { return d.State == disclosure.SelfReview })

	drafter.enter(`a[href="/console"]`)
	drafter.enter(`main a[href*="` + id + `"]`)
	drafter.enter(`a[href*="/findings"]`)
	drafter.typeInto(`form[action$="/findings"] [name=reason]`, "虚构的示例号码，可以公开。")
	drafter.enter(`button[name=disposition][value=lawful]`)
	s.as("zhouheng").awaitState(id, disclosure.InReview)

	for _, x := range signers {
		w := signIn(x.login)
		w.enter(`main a[href*="` + id + `"]`)
		w.choose("outcome", "disclose")
		w.typeInto(`textarea[name=opinion]`, "同意公开。")
		w.typeInto(`#decide input[name=proof]`, s.accounts[x.login].Password)
		w.enter(`#decide button.pri`)
	}
	s.as("zhouheng").awaitState(id, disclosure.Released)

	officer := signIn("hezhou")
	officer.typeInto(`#q`, title)
	officer.follow()
	officer.enter(`main a[href*="` + id + `"]`)
	officer.reach(`details:has(form[action$="/recall"]) > summary`)
	officer.keys(kb.Enter)
	officer.typeInto(`form[action$="/recall"] textarea[name=reason]`, "用键盘召回。")
	officer.typeInto(`form[action$="/recall"] input[name=proof]`, s.accounts["hezhou"].Password)
	officer.enter(`form[action$="/recall"] button`)
	require.Equal(t, disclosure.Recalled, s.as("hezhou").get(id).State)
}
