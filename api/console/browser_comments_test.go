package console

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"shenfa/internal/testkit/chromium"
)

// TestBrowserAPassageIsChosenByHandAndByKeys selects words, and then without a mouse goes
// from the number of a paragraph to the form.
func TestBrowserAPassageIsChosenByHandAndByKeys(t *testing.T) {
	t.Parallel()

	site := httptest.NewServer(visitor(t, "leader", remarked))
	t.Cleanup(site.Close)
	run, cancel := context.WithTimeout(chromium.Start(t), time.Minute)
	defer cancel()
	// From within a mark to the words behind it.
	const across = `(function () {
		var line = document.getElementById("p-2").querySelector(".tx"), mark = line.querySelector("a").firstChild, range = document.createRange();
		range.setStart(mark, 2); range.setEnd(line.lastChild, 3);
		getSelection().removeAllRanges(); getSelection().addRange(range);
		document.dispatchEvent(new MouseEvent("mouseup", {bubbles: true}));
		var f = document.getElementById("new").elements; return [f.quote.value, f.at.value, f.part.value];
	}())`
	var taken, lines [3]string
	var focused, offered string
	var wide bool
	require.NoError(t, chromedp.Run(run, chromedp.Navigate(site.URL+"/console/items/d1/comments"),
		chromedp.Evaluate(across, &taken),
		chromedp.Evaluate(`(function () {
			var a = document.getElementById("p-1").querySelector(".tx").firstChild, b = document.getElementById("p-2").querySelector(".tx").firstChild, range = document.createRange();
			range.setStart(a, 7); range.setEnd(b, 2);
			getSelection().removeAllRanges(); getSelection().addRange(range);
			document.dispatchEvent(new MouseEvent("mouseup", {bubbles: true}));
			var f = document.getElementById("new").elements; return [f.quote.value, f.at.value, f.part.value];
		}())`, &lines),
		chromedp.Evaluate(`document.querySelector("#p-2 > a.np").focus(); document.activeElement.getAttribute("aria-label")`, &focused),
		chromedp.KeyEvent("\r"), chromedp.WaitVisible("#p-2.on"), chromedp.Value("#comment-quote", &offered),
		chromedp.EmulateViewport(360, 740), chromedp.Evaluate(`document.documentElement.scrollWidth > 360`, &wide)))
	require.Equal(t, [3]string{"对象为辖区", "16", "0"}, taken)
	require.Equal(t, "三月。\n\n二、", lines[0], "an empty line between paragraphs belongs to the text")
	require.Equal(t, [2]string{"7", "0"}, [2]string{lines[1], lines[2]})
	require.Equal(t, "批注第 2 段", focused)
	require.Equal(t, "二、检查对象为辖区企业。", offered)
	require.False(t, wide, "a phone needs no scrolling to the side")
}
