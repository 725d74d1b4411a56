package portal

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func TestAWarningThatIsOverStaysReadableAndSaysSo(t *testing.T) {
	t.Parallel()

	b := setup(t)
	const earlier, later = "SF-2026-000101", "SF-2026-000102"
	cancel, _ := disclosure.ChainStepByID("cancel")
	at := noon.Add(-time.Hour)
	b.add(t, earlier, noon.Add(-2*time.Hour), func(i *desk.PublicItem) { i.Manifest.Metadata.Title = "大风黄色预警" })
	before := b.ok("/items/" + earlier)
	require.NotContains(t, before.Body.String(), "已解除")

	for n := range b.items {
		if b.items[n].Number == earlier {
			b.items[n].Successor = &desk.Successor{Number: later, Step: cancel, At: at}
		}
	}
	b.add(t, later, at, func(i *desk.PublicItem) {
		i.Manifest.Metadata.Title = "解除大风黄色预警"
		i.Manifest.Continues = disclosure.Continuation{Number: earlier, As: "cancel"}
	})
	page := b.ok("/items/" + earlier)
	for _, want := range []string{"已解除", `datetime="2026-11-20T11:00:00&#43;08:00"`, `href="/items/` + later + `"`, "不再生效", "大风黄色预警"} {
		require.Contains(t, page.Body.String(), want)
	}
	require.NotEqual(t, before.Header().Get("ETag"), page.Header().Get("ETag"), "who has the page gets the mark")
	require.Contains(t, b.ok("/items/"+later).Body.String(), `href="/items/`+earlier+`"`)
	require.Contains(t, b.ok("/").Body.String(), "大风黄色预警</a><span class=\"sm\">已解除</span>")
	atom := b.ok("/feed.atom").Body.String()
	require.Contains(t, atom, "<title>【已解除】大风黄色预警</title>")
	require.Contains(t, atom, "<published>2026-11-20T10:00:00+08:00</published><updated>2026-11-20T11:00:00+08:00</updated>")
	require.Contains(t, b.ok("/feed.json").Body.String(), "【已解除】大风黄色预警")
}
