package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
)

func TestAViewOfTheCalendarAsksForItsPeriod(t *testing.T) {
	t.Parallel()

	for path, want := range map[string]string{
		"":                         "Releases 2026-11-22T16:00:00Z 2026-11-29T16:00:00Z",
		"?on=2026-11-29":           "Releases 2026-11-22T16:00:00Z 2026-11-29T16:00:00Z",
		"?view=list":               "Releases 2026-11-24T16:00:00Z 2026-12-25T16:00:00Z",
		"?view=month&on=2026-02-0": "Agenda",
		"?view=nowhere&on=9999":    "Releases 2026-11-22T16:00:00Z 2026-11-29T16:00:00Z",
	} {
		b := setup(t, plain())
		require.Equal(t, http.StatusOK, b.get(t, "officer", "/console/calendar"+path).Code)
		require.Contains(t, strings.Join(b.desk.calls, "\n"), want, path)
	}
	page := setup(t, plain()).get(t, "officer", "/console/calendar?view=month&on=2026-11-25").Body.String()
	require.Contains(t, page, "on=2026-10-01")
	require.Contains(t, page, "on=2026-12-01")
	require.Equal(t, 7, strings.Count(page, "<tr>"), "six weeks and the names of their days")
	require.Equal(t, 2, strings.Count(page, ">休</small>"))

	f := plain()
	manyReleases(f)
	b := setup(t, f)
	page = b.get(t, "officer", "/console/calendar").Body.String()
	require.Equal(t, 7, strings.Count(page, "另有 17 条"), "nothing is left out in silence")
	page = b.get(t, "officer", "/console/calendar?view=list&on=2026-11-23&after=270").Body.String()
	require.Equal(t, 10, strings.Count(page, `class="btn move"`))
	require.NotContains(t, page, "after=", "the last page")
}

func TestAReleaseIsMovedWhereTheRulesAllowIt(t *testing.T) {
	t.Parallel()

	page := setup(t, plain()).get(t, "officer", "/console/calendar").Body.String()
	require.Equal(t, 2, strings.Count(page, `data-time="`), "what is out, failed or in review is not moved")
	require.NotContains(t, setup(t, plain()).get(t, "leader", "/console/calendar").Body.String(), `href="/console/calendar/move/d7"`)

	b := setup(t, plain())
	w := b.get(t, "officer", "/console/calendar/move/d1?at=2026-11-27T09:00")
	require.Equal(t, http.StatusOK, w.Code)
	require.Contains(t, b.desk.calls, "MayMove d1 2026-11-27T01:00:00Z")
	require.Contains(t, w.Body.String(), `value="2026-11-27T09:00"`)

	b.desk.fail["MayMove"] = disclosure.Refuse(disclosure.ReleaseOutOfWindow, "at", "earliest", "a", "latest", "b")
	w = b.get(t, "officer", "/console/calendar/move/d1?at=2026-12-27T09:00")
	require.Equal(t, http.StatusUnprocessableEntity, w.Code, "whoever drags is told at once")
	require.Contains(t, w.Body.String(), `role="alert"`)

	w = b.post(t, "officer", "/console/calendar/move/d1", "at", "2026-11-27T09:00", "reason", "让")
	require.Equal(t, "/console/calendar?on=2026-11-27&done=reschedule", w.Header().Get("Location"))
	require.Contains(t, b.desk.calls, "Reschedule d1 KEY1 /console/calendar/move/d1 2026-11-27T01:00:00Z 让")
	w = b.post(t, "officer", "/console/calendar/move/d1", "at", "明天", "reason", "留着")
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Contains(t, w.Body.String(), "留着")
	require.Equal(t, http.StatusForbidden, b.get(t, "auditor", "/console/calendar/move/d1").Code)
}
