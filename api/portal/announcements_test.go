package portal

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnnouncementsAreAsExactAsTheyAreAndKeepTheirChanges(t *testing.T) {
	t.Parallel()

	b := setup(t)
	for lang, x := range map[string]struct{ list, one []string }{
		"zh": {[]string{"2026年12月8日 09:00", "已定", "已取消", `href="/items/SF-2026-000002`, `href="/announcements/a1`}, []string{"2026年12月8日 09:00", "2026年12月<", "日期已定", "统计公报"}},
		"en": {[]string{"8 December 2026 09:00", "Confirmed", "Cancelled"}, []string{"December 2026<", "日期已定"}},
	} {
		for path, want := range map[string][]string{"/announcements": x.list, "/announcements/a1": x.one} {
			rec := b.get(path, "Accept-Language", lang)
			require.Equal(t, http.StatusOK, rec.Code)
			checkPage(t, rec)
			require.Contains(t, rec.Header().Get("Cache-Control"), "max-age=", path)
			for _, words := range want {
				require.Contains(t, rec.Body.String(), words, path)
			}
			require.Less(t, rec.Body.Len(), 30_000)
		}
	}
	require.Equal(t, http.StatusNotFound, b.get("/announcements/a9").Code)
}
