package console

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/testkit/chromium"
)

// drop lets go of files of the named sizes over the attachments, as a hand would.
const drop = `(sizes => {
	const data = new DataTransfer(), room = document.getElementById("files");
	for (const [name, size] of Object.entries(sizes)) data.items.add(new File([new Uint8Array(size)], name));
	room.dispatchEvent(new DragEvent("dragover", {bubbles: true, cancelable: true, dataTransfer: data}));
	return !room.dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: data}));
})`

func TestBrowserADraftIsSavedAsItIsTypedAndNothingIsLost(t *testing.T) {
	t.Parallel()

	ctx := chromium.Start(t)
	visit := func(path string, change func(*fake), actions ...chromedp.Action) *fake {
		var desk *fake
		site := httptest.NewServer(visitor(t, "drafter", func(f *fake) {
			desk = f
			if change != nil {
				change(f)
			}
		}))
		defer site.Close()
		run, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		require.NoError(t, chromedp.Run(run, append([]chromedp.Action{chromedp.Navigate(site.URL + path)}, actions...)...))
		return desk
	}
	const draft = "/console/items/d1/edit"
	var said, typed, address string
	var done bool

	f := visit(draft, nil, chromedp.SendKeys("#draft-summary", "加一句"), chromedp.WaitVisible(`//span[@id="saved"][contains(.,"已自动保存")]`), chromedp.Value("#draft-summary", &typed))
	require.Contains(t, f.calls, "Edit d1 7")
	require.Contains(t, typed, "加一句")

	visit(draft, func(f *fake) { f.fail["Edit"] = disclosure.Refuse(disclosure.PreconditionFailed, "") },
		chromedp.SendKeys("#draft-summary", "我的改动"), chromedp.WaitVisible(`#saved.hold`), chromedp.Text("#saved", &said), chromedp.Value("#draft-summary", &typed),
		chromedp.Click("#draft button.pri"), chromedp.WaitVisible("#changed"))
	require.Contains(t, said, "刚被别人改过")
	require.Contains(t, typed, "我的改动")
	var kept string
	visit(draft, func(f *fake) { f.fail["Edit"] = disclosure.Refuse(disclosure.PreconditionFailed, "") },
		chromedp.SendKeys("#draft-summary", "我的改动"), chromedp.Click("#draft button.pri"), chromedp.WaitVisible("#changed"), chromedp.Value("#draft-summary", &kept))
	require.Contains(t, kept, "我的改动", "what differs is shown beside what was typed")

	visit("/console/items/new", nil, chromedp.SendKeys("#draft-title", "新的一份"), chromedp.WaitVisible(`//span[@id="saved"][contains(.,"已自动保存")]`), chromedp.Location(&address))
	require.Contains(t, address, "/console/items/d1/edit", "it is a draft from the first words on")

	visit(draft, nil, chromedp.Evaluate(`document.querySelector("#draft details:has(#draft-text)").open = true`, &done),
		chromedp.SendKeys("#draft-text", "# 甲"), chromedp.Click("#look"), chromedp.WaitVisible("#looked"), chromedp.Text("#looked", &said),
		chromedp.WaitVisible(`//span[@id="saved"][contains(.,"已自动保存")]`)) // or it would ask whether to leave
	require.Contains(t, said, "甲")

	visit(draft, func(f *fake) { f.others = []desk.Ref{{ID: "p2", Name: "林岚"}} }, chromedp.WaitVisible("#others"), chromedp.Text("#others", &said))
	require.Contains(t, said, "林岚 也打开着这一份")
}

func TestBrowserFilesAreDroppedAndWhatIsTooLargeIsNeverSent(t *testing.T) {
	t.Parallel()

	ctx := chromium.Start(t)
	var desk *fake
	site := httptest.NewServer(visitor(t, "drafter", func(f *fake) { desk = f }))
	defer site.Close()
	run, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var said string
	var taken bool
	require.NoError(t, chromedp.Run(run, chromedp.Navigate(site.URL+"/console/items/d1/edit"),
		chromedp.Evaluate(drop+`({"名单.txt": 10, "录像.zip": 33 * 1048576, "附图.txt": 20})`, &taken),
		chromedp.WaitVisible(`//ul[@id="sending"]/li[contains(.,"已上传 附图.txt")]`), chromedp.Text("#sending", &said)))
	require.True(t, taken)
	require.Contains(t, said, "录像.zip：超过 32 MB，没有上传。")
	require.Contains(t, said, "已上传 名单.txt")
	var names []string
	for _, u := range desk.uploads {
		names = append(names, u.Name)
	}
	require.Equal(t, []string{"名单.txt", "附图.txt"}, names)

	var hash string
	require.NoError(t, chromedp.Run(run, chromedp.Navigate(site.URL+"/console/items/d1/edit"),
		chromedp.Evaluate(drop+`({"名单.txt": 10})`, &taken), chromedp.WaitVisible("#draft"),
		chromedp.Poll(`location.hash === "#files" && document.readyState === "complete" && !document.querySelector("#sending li")`, nil), chromedp.Evaluate(`location.hash`, &hash)))
	require.Equal(t, "#files", hash, "the list of attachments is drawn anew")
}
