package portal

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A link shows the version to its reader, named on it, and leaves no copy anywhere.
func TestALinkNamesItsReaderAndIsKeptNowhere(t *testing.T) {
	t.Parallel()

	b := setup(t)
	for _, lang := range []string{"zh", "en"} {
		rec := b.get("/preview/right", "Accept-Language", lang)
		require.Equal(t, http.StatusOK, rec.Code)
		checkPage(t, rec)
		page := rec.Body.String()
		require.Contains(t, page, "尚未公开")
		require.Equal(t, 2, strings.Count(page, "韩玥"))
		require.Contains(t, page, "2026-11-20 12:00")
		require.Contains(t, page, `href="/preview/right/files/1"`)
		require.NotContains(t, page, "/items/")
		require.Less(t, len(page), 30_000)
	}
	for path, saved := range map[string]bool{"/preview/right": false, "/preview/right/files/1": true} {
		h := b.ok(path).Header()
		require.Equal(t, "no-store", h.Get("Cache-Control"), path)
		require.Equal(t, "noindex, nofollow, noarchive", h.Get("X-Robots-Tag"), path)
		require.Equal(t, "no-referrer", h.Get("Referrer-Policy"), path)
		require.Equal(t, saved, strings.HasPrefix(h.Get("Content-Disposition"), "attachment"), path)
		require.Empty(t, h.Get("ETag"))
	}
	b.now = noon.Add(2 * time.Minute)
	rec := b.get("/preview/right")
	require.Equal(t, http.StatusSeeOther, rec.Code)
	require.Equal(t, "/items/SF-2026-000002", rec.Header().Get("Location"))
	require.Equal(t, "no-store", rec.Header().Get("Cache-Control"))
}

// Whoever has no right secret learns nothing: not that there was one, nor by trying many.
func TestAWrongSecretIsLikeAMissingPage(t *testing.T) {
	t.Parallel()

	b := setup(t)
	never := b.get("/items/SF-1999-000001")
	for _, path := range []string{"/preview/wrong", "/preview/closed", "/preview/wrong/files/1", "/preview/right/files/2", "/preview/right/files/01", "/preview/" + strings.Repeat("a", 65), "/preview/a.b"} {
		rec := b.get(path)
		require.Equal(t, never.Code, rec.Code, path)
		require.Equal(t, never.Body.String(), rec.Body.String(), path)
		require.Equal(t, never.Header(), rec.Header(), path)
	}

	for range 3 * guessCount {
		b.get("/preview/closed")
	}
	b.ok("/preview/right")
	tried := b.tried
	for range 3 * guessCount {
		b.get("/preview/wrong")
	}
	require.LessOrEqual(t, b.tried-tried, guessCount, "after that none is looked at")
	require.Equal(t, http.StatusNotFound, b.get("/preview/right").Code)
	b.now = b.now.Add(probeWindow)
	b.ok("/preview/right")
}
