//go:build linux

package portal

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"shenfa/internal/channel"
	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

// F12: before its instant and after it was taken down, no address that is made of an item
// answers otherwise than one that never was.
func TestF12_NoDerivedAddressAnswersBeforeTheInstantOrAfterwards(t *testing.T) {
	t.Parallel()

	s := testkit.Store(t)
	b := testkit.AddBureau(t, s, "AA")
	e := echo.New()
	New(desk.New(desk.Config{Store: s.Store, Channels: []string{channel.PortalName}, Log: slog.New(slog.DiscardHandler)}), Options{}).Register(e)
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return w
	}
	const secret = "只在公开以后才可以看到"
	armed := func(in time.Duration) (*testkit.Item, []string) {
		i := testkit.Armed(t, s, b, testkit.ReleaseIn(in), testkit.Title(secret), testkit.Attach("名单 1.txt", secret))
		paths := channel.PortalPaths(channel.Item{
			Number: i.Number, Attachments: []channel.Attachment{{Named: disclosure.Named{Name: "名单 1.txt"}}},
		})
		return i, paths
	}
	shut := func(paths []string) {
		for _, path := range paths[:3] {
			w, never := get(path), get("/items/SF-1999-000001")
			require.Equal(t, http.StatusNotFound, w.Code, path)
			require.Equal(t, never.Body.String(), w.Body.String(), path)
		}
		for _, path := range paths[3:] {
			require.NotContains(t, get(path).Body.String(), secret, path)
		}
	}

	i, paths := armed(3 * time.Second)
	shut(paths)
	require.Eventually(t, func() bool { return get(paths[0]).Code == http.StatusOK }, 10*time.Second, 50*time.Millisecond)
	now, err := s.Now(t.Context())
	require.NoError(t, err)
	require.False(t, now.Before(i.Case.ReleaseAt))

	for name, act := range map[string]disclosure.Act{
		"recalled":     {Type: disclosure.Recall, By: b.Officer},
		"period ended": {Type: disclosure.TakeDown, By: b.Officer, Withdrawal: disclosure.PeriodEnded},
	} {
		i, paths := armed(0)
		i.Must(t, disclosure.Act{Type: disclosure.Due})
		open := slices.Concat(paths[:3], []string{"/", "/feed.atom", "/feed.json"})
		for _, path := range open {
			require.Equal(t, http.StatusOK, get(path).Code, "%s %s", name, path)
		}
		act.ID = name + i.ID
		act.Opinion = i.Words(t, act.ID, "原因")
		i.Must(t, act)
		shut(paths[:3])
	}
}
