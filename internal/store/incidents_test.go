package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
)

func TestARecallWaitsForTheDisclosureOfficeUntilItIsDealtWith(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := dueNow(t, b)
	i.Must(t, disclosure.Act{ID: newID(), Type: disclosure.Due})
	i.Must(t, disclosure.Act{ID: newID(), Type: disclosure.Recall, By: b.Officer, At: time.Now(), Opinion: i.Words(t, "recall", "有误")})

	inbox, err := b.Inbox(t.Context(), b.Officer, time.Time{}, 0, 10)
	require.NoError(t, err)
	require.Len(t, inbox, 1)
	require.Equal(t, disclosure.IncidentStep, inbox[0].TaskStep)
	require.WithinDuration(t, time.Now().Add(24*time.Hour), inbox[0].DueAt, time.Minute)
	m, err := b.Metrics(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int{1, 0}, []int{m.Incidents, m.LateIncidents})

	require.NoError(t, b.CloseIncident(t.Context(), i.ID, b.Officer, i.Words(t, "done", "已报告，缓存已清")))
	closed, err := b.Incident(t.Context(), i.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"handled", "已报告，缓存已清"}, []string{*closed.Outcome, closed.Done})
	inbox, err = b.Inbox(t.Context(), b.Officer, time.Time{}, 0, 10)
	require.NoError(t, err)
	require.Empty(t, inbox)
	require.Equal(t, disclosure.IncidentClosed, disclosure.CodeOf(b.CloseIncident(t.Context(), i.ID, b.Officer, i.Words(t, "again", "再次"))))
}
