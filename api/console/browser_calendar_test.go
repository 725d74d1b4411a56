package console

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/testkit/chromium"
)

// drag drops the first release that can be moved on a day, as a hand would.
const drag = `(day => {
	const card = document.querySelector(".ev[data-time]"), to = document.querySelector("[data-day='" + day + "']"), data = new DataTransfer();
	const send = (at, type) => at.dispatchEvent(new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer: data}));
	send(card, "dragstart");
	const welcome = !send(to, "dragover");
	if (welcome) send(to, "drop");
	send(card, "dragend");
	return welcome;
})`

func TestBrowserAReleaseIsDraggedOrStaysWithTheReason(t *testing.T) {
	t.Parallel()

	ctx := chromium.Start(t)
	visit := func(change func(*fake), actions ...chromedp.Action) {
		site := httptest.NewServer(visitor(t, "officer", change))
		defer site.Close()
		run, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		require.NoError(t, chromedp.Run(run, append([]chromedp.Action{chromedp.Navigate(site.URL + "/console/calendar?on=2026-11-25")}, actions...)...))
	}
	var welcome bool
	var at, address string
	var said string

	visit(nil,
		chromedp.Evaluate(drag+`("2026-11-27")`, &welcome),
		chromedp.WaitVisible("#move-at"), chromedp.Value("#move-at", &at), chromedp.Location(&address))
	require.True(t, welcome)
	require.Equal(t, "2026-11-27T09:00", at, "the same time of another day")
	require.Contains(t, address, "/console/calendar/move/d5?at=")

	visit(func(f *fake) { f.fail["MayMove"] = disclosure.Refuse(disclosure.ReleaseBlackout, "at") },
		chromedp.Evaluate(drag+`("2026-11-27")`, &welcome),
		chromedp.WaitVisible("#moved"), chromedp.Text("#moved", &said), chromedp.Location(&address))
	require.Contains(t, said, disclosure.Refuse(disclosure.ReleaseBlackout, "").Sentence(chinese)[:9])
	require.NotContains(t, address, "move", "it went back")

	visit(nil, chromedp.Evaluate(drag+`("2026-11-26")`, &welcome))
	require.False(t, welcome, "it is on that day already")

	visit(nil, chromedp.KeyEvent("]"), chromedp.WaitVisible(`[data-day="2026-11-30"]`), chromedp.KeyEvent("["), chromedp.WaitVisible(`[data-day="2026-11-23"]`))
	visit(nil, chromedp.Focus(".ev[data-time] .t"), chromedp.KeyEvent("m"), chromedp.WaitVisible("#move-at"))
	visit(nil, chromedp.Focus("#freeze-reason"), chromedp.KeyEvent("m]"), chromedp.Value("#freeze-reason", &said), chromedp.Location(&address))
	require.Equal(t, "m]", said, "words are words")
	require.Contains(t, address, "on=2026-11-25")
	visit(nil, chromedp.Evaluate(`document.querySelector("#keys input").click(); true`, &welcome), chromedp.KeyEvent("]"), chromedp.Sleep(300*time.Millisecond), chromedp.Location(&address))
	require.Contains(t, address, "on=2026-11-25", "who switched keys off has none")
}
