package console

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
)

// The link is shown on the page that answers and nowhere else; whoever has an account gets none.
func TestALinkIsSeenOnlyOnce(t *testing.T) {
	t.Parallel()

	const one = "/console/items/d1/previews"
	b := setup(t, plain())
	w := b.post(t, "drafter", one, "manifest_hash", "aa", "reader", "韩玥", "hours", "24", "proof", "p")
	require.Equal(t, http.StatusCreated, w.Code)
	require.Contains(t, w.Body.String(), "://example.com/preview/geheim")
	require.NotContains(t, b.get(t, "drafter", one).Body.String(), "geheim")
	w = b.post(t, "officer", one, "manifest_hash", "aa", "person", "p2", "embargo", "1", "proof", "p")
	require.Equal(t, one+"?done=preview", w.Header().Get("Location"))
	w = b.post(t, "drafter", one+"/v1/revoke")
	require.Equal(t, one+"?done=unpreview", w.Header().Get("Location"))
	require.Equal(t, []string{
		"AddPreview d1 KEY1 " + one + " aa 韩玥 24 false", "Get d1", "Get d1", "AddPreview d1 KEY1 " + one + " aa p2 0 true", "RevokePreview d1 v1",
	}, b.desk.calls)

	w = b.post(t, "drafter", one, "reader", "韩玥", "hours", "viel")
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Contains(t, w.Body.String(), `value="韩玥"`)
	require.Contains(t, w.Body.String(), `value="viel"`)
	b.desk.fail["AddPreview"] = disclosure.Refuse(disclosure.Required, "reader")
	require.Contains(t, b.post(t, "drafter", one, "manifest_hash", "aa").Body.String(), `id="preview-reader"`)
}

// Who reads by their account reads on the console until it is out, and then where everybody does.
func TestWhoReadsAheadByAccountGoesToThePublicPageInTheEnd(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	page := b.get(t, "leader", "/console/previews/v2").Body.String()
	require.Contains(t, page, "检查时间为三月")
	require.Contains(t, page, "仅供顾宁本人阅读")
	require.Contains(t, page, `href="/console/previews/v2/files/1"`)
	require.Contains(t, b.get(t, "leader", "/console/previews/v2/files/1").Header().Get("Content-Disposition"), "attachment")
	require.Equal(t, "/items/SF-2026-000001", b.get(t, "leader", "/console/previews/out").Header().Get("Location"))
	require.Equal(t, http.StatusForbidden, b.get(t, "secadmin", "/console/previews/v2").Code)
}
