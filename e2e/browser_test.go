package e2e

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
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

var shots = flag.String("shots", "", "write the browser's screenshots into this folder")

// window is one person's browser window.
type window struct {
	t       *testing.T
	ctx     context.Context
	base    string
	foreign []string // requests that left our own host
}

func open(t *testing.T, s *server, login string, width, height int64) *window {
	t.Helper()
	ctx := chromium.Start(t)
	w := &window{t: t, ctx: ctx, base: s.base}
	chromedp.ListenTarget(ctx, func(ev any) {
		if r, ok := ev.(*network.EventRequestWillBeSent); ok && !strings.HasPrefix(r.Request.URL, s.base) && !strings.HasPrefix(r.Request.URL, "data:") {
			w.foreign = append(w.foreign, r.Request.URL)
		}
	})
	w.run(network.Enable(), emulation.SetDeviceMetricsOverride(width, height, 1, width < 500))
	a := s.accounts[login]
	w.run(
		chromedp.Navigate(s.base+"/console"),
		chromedp.SendKeys(`input[name=login]`, a.Login), chromedp.SendKeys(`input[name=password]`, a.Password),
	)
	w.press(`form[action="/console/login"]`)
	return w
}

func (w *window) run(actions ...chromedp.Action) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, 60*time.Second)
	defer cancel()
	require.NoError(w.t, chromedp.Run(ctx, actions...))
}

func (w *window) text() (s string) {
	w.t.Helper()
	w.run(chromedp.Text(`main`, &s))
	return s
}

// shot keeps a picture if somebody asked for it.
func (w *window) shot(name string) {
	w.t.Helper()
	if *shots == "" {
		return
	}
	var jpeg []byte
	w.run(chromedp.Evaluate(`scrollTo(0, 0)`, nil), chromedp.FullScreenshot(&jpeg, 60))
	require.NoError(w.t, os.MkdirAll(*shots, 0o755))
	require.NoError(w.t, os.WriteFile(filepath.Join(*shots, name+".jpg"), jpeg, 0o644))
}

// press clicks the button of a form and waits for the page that follows.
func (w *window) press(form string) {
	w.t.Helper()
	w.run(chromedp.Evaluate(`window.stale = true`, nil), chromedp.Click(form+` button:not([type=button])`))
	require.Eventually(w.t, func() bool {
		var fresh bool
		// A page that is just being left cannot be asked: that is no answer yet.
		err := chromedp.Run(w.ctx, chromedp.Evaluate(`!window.stale && document.readyState === "complete"`, &fresh))
		return err == nil && fresh
	}, 60*time.Second, 50*time.Millisecond, "the page that follows %s", form)
}

// TestBrowserStory is the road in a real browser, in both languages: the drafter's form and
// file, a finding disposed of, three people who sign, one of them on a phone, the public
// page, and a recall.
func TestBrowserStory(t *testing.T) {
	s := serve(t)
	for lang, released := range map[string]string{"zh": "已发布", "en": "Released"} {
		t.Run(lang, func(t *testing.T) { browserStory(t, s, lang, released) })
	}
}

func browserStory(t *testing.T, s *server, lang, released string) {
	title := "关于组织开展冬季安全检查的通知（" + lang + "）"
	file := filepath.Join(t.TempDir(), "通知.txt")
	require.NoError(t, os.WriteFile(file, []byte(plain+"联系人：张某，手机13812345678。\n"), 0o600))
	enter := func(login string, width, height int64) *window {
		w := open(t, s, login, width, height)
		w.run(chromedp.Navigate(s.base + "/console?lang=" + lang))
		return w
	}

	drafter := enter("zhouheng", 1280, 900)
	drafter.shot("1-workbench-" + lang)
	drafter.run(
		chromedp.Navigate(s.base+"/console/items/new"),
		chromedp.SendKeys(`input[name=title]`, title),
		chromedp.SetValue(`select[name=kind]`, "notice"),
		chromedp.SetValue(`input[name=formed_on]`, today()),
		chromedp.SetUploadFiles(`input[type=file]`, []string{file}),
		chromedp.Click(`input[name=channels][value=portal]`),
		chromedp.Click(`input[name=on_approval][value=yes]`),
	)
	drafter.shot("2-draft-" + lang)
	drafter.press(`main form[enctype]`)
	drafter.press(`form[action$="/submit"]`)
	var address string
	drafter.run(chromedp.Location(&address))
	id := strings.Split(strings.TrimPrefix(address, s.base+"/console/items/"), "?")[0]
	id = strings.Split(id, "/")[0]
	d := s.as("zhouheng").await(id, 30*time.Second, func(d desk.Disclosure) bool { return d.State == disclosure.SelfReview })
	page := s.base + "/console/items/" + id
	drafter.run(chromedp.Navigate(page))
	require.Contains(t, drafter.text(), "13812345678")
	drafter.run(
		chromedp.Evaluate(`document.querySelectorAll("details").forEach(d => d.open = true)`, nil),
		chromedp.Click(`form[action*="/findings/"] input[value=lawful]`),
		chromedp.SendKeys(`form[action*="/findings/"] input[name=reason]`, "虚构的示例号码，可以公开。"),
	)
	drafter.shot("3-finding-" + lang)
	drafter.press(`form[action*="/findings/"]`)

	for i, x := range signers {
		width, height := int64(1280), int64(900)
		if i == len(signers)-1 { // the leader signs on a phone
			width, height = 360, 740
		}
		w := enter(x.login, width, height)
		require.Contains(t, w.text(), title, "it waits in the inbox")
		w.run(chromedp.Navigate(page))
		require.Contains(t, w.text(), s.as(x.login).get(id).ShortCode)
		w.run(
			chromedp.Click(`form[action$="/decision"] input[value=disclose]`),
			chromedp.SendKeys(`form[action$="/decision"] textarea[name=opinion]`, "同意公开。"),
		)
		if i == 0 { // somebody else at the machine
			w.run(chromedp.SendKeys(`form[action$="/decision"] input[name=proof]`, "not theirs"))
			w.press(`form[action$="/decision"]`)
			require.Equal(t, disclosure.InReview, s.as(x.login).get(id).State)
			var opinion, proof string
			w.run(chromedp.Value(`form[action$="/decision"] textarea[name=opinion]`, &opinion), chromedp.Value(`form[action$="/decision"] input[name=proof]`, &proof))
			require.Equal(t, []string{"同意公开。", ""}, []string{opinion, proof}, "what was typed stays, the password does not")
			w.shot("4-unproven-" + lang)
		}
		w.run(chromedp.SendKeys(`form[action$="/decision"] input[name=proof]`, s.accounts[x.login].Password))
		w.shot("4-sign-" + x.step + "-" + lang)
		w.press(`form[action$="/decision"]`)
		require.Empty(t, w.foreign, "no request to anybody else")
	}
	s.as("zhouheng").awaitState(id, disclosure.Released)
	drafter.run(chromedp.Navigate(page))
	require.Contains(t, drafter.text(), released)
	drafter.shot("5-released-" + lang)
	drafter.run(chromedp.Navigate(s.base + "/items/" + d.Number + "?lang=" + lang))
	require.Contains(t, drafter.text(), "各镇人民政府")
	drafter.shot("6-portal-item-" + lang)
	drafter.run(chromedp.Navigate(s.base + "/"))
	drafter.shot("6-portal-" + lang)

	officer := enter("hezhou", 1280, 900)
	officer.run(chromedp.Navigate(s.base + "/console/calendar"))
	officer.shot("7-calendar-" + lang)
	officer.run(chromedp.Navigate(page),
		chromedp.Evaluate(`document.querySelectorAll("details").forEach(d => d.open = true)`, nil),
		chromedp.SendKeys(`form[action$="/recall"] textarea[name=reason]`, "浏览器里召回。"),
		chromedp.SendKeys(`form[action$="/recall"] input[name=proof]`, s.accounts["hezhou"].Password))
	officer.press(`form[action$="/recall"]`)
	require.Equal(t, disclosure.Recalled, s.as("hezhou").get(id).State)
	officer.shot("8-recalled-" + lang)
	require.False(t, s.online(d))
	require.Empty(t, officer.foreign)
	require.Empty(t, drafter.foreign)
}
