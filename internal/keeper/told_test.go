package keeper

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
	"shenfa/internal/notice"
	"shenfa/internal/testkit"
)

// told lists the kinds of what a person is told, the oldest first.
func told(t *testing.T, s testkit.Stored, p disclosure.Person) string {
	t.Helper()
	rows, err := s.Notices(t.Context(), p.ID, true, 0, 100)
	require.NoError(t, err)
	var kinds []string
	for _, r := range rows {
		kinds = append([]string{string(r.Kind)}, kinds...)
	}
	return strings.Join(kinds, " ")
}

func TestEachRungIsToldOnceAndAfterAnOutageOnlyTheHighest(t *testing.T) {
	t.Parallel()

	s := testkit.Store(t)
	b := testkit.AddBureau(t, s, "u1")
	root := testkit.Open(t, s.Superuser)
	k, _, _ := setup(t, s)
	days, err := calendar.Default()
	require.NoError(t, err)
	k.Calendar = calendar.Hold(days)
	i := testkit.InReview(t, s, b)
	require.Equal(t, "task", told(t, s, b.Head))
	require.Empty(t, told(t, s, b.OtherHead), "the seat is of another section")
	require.Empty(t, told(t, s, b.Drafter))

	// As if it had been opened long ago and were due long since, with nobody here to tell.
	shift := func(opened, due string) {
		_, err := root.ExecContext(t.Context(), `UPDATE tasks SET opened_at = clock_timestamp() + $1::interval, due_at = clock_timestamp() + $2::interval, remind_at = NULL`, opened, due)
		require.NoError(t, err)
	}
	shift("-30 days", "-1 minute")
	for range 3 { // three keepers, or one that starts again
		require.NoError(t, k.remind(t.Context()))
	}
	require.Equal(t, "task overdue", told(t, s, b.Head), "one notice for all that was missed")
	var silent int
	require.NoError(t, root.GetContext(t.Context(), &silent, `SELECT count(*) FROM reminders WHERE NOT told AND rung IN ('t5', 't3', 't1', 'due')`))
	require.Equal(t, 4, silent, "what nobody was told is on record")

	shift("-60 days", "-30 days")
	require.NoError(t, k.remind(t.Context()))
	require.NoError(t, k.remind(t.Context()))
	require.Equal(t, "task overdue overdue", told(t, s, b.Head))
	require.Equal(t, "overdue", told(t, s, b.Deputy))
	require.Equal(t, "overdue", told(t, s, b.Principal))

	i.Must(t, i.Decision(t, b.Head, disclosure.ReturnToEarlier))
	require.Equal(t, "returned", told(t, s, b.Drafter))
	shift("-90 days", "-60 days")
	require.NoError(t, k.remind(t.Context()))
	require.Equal(t, "task overdue overdue", told(t, s, b.Head), "nobody is reminded of what is done")
}

func TestMailIsSentTriedAgainAndItsFailureIsTold(t *testing.T) {
	t.Parallel()

	s := testkit.Store(t)
	b := testkit.AddBureau(t, s, "u1")
	root := testkit.Open(t, s.Superuser)
	k, _, _ := setup(t, s)
	box := testkit.NewPostbox(t)
	m, err := notice.NewMailer(box.URL, "shenfa@example.gov.cn", func() time.Time { return time.Unix(0, 0) })
	require.NoError(t, err)
	rules, err := notice.Load()
	require.NoError(t, err)
	k.Post = &Post{Rules: rules, Send: m.Send, Site: "https://console.example.gov.cn/", Zone: time.UTC}
	settings := notice.Settings{Email: "head@example.gov.cn", Language: "zh", Kinds: []notice.Kind{notice.Task}}
	require.NoError(t, s.SaveNoticeSettings(t.Context(), b.Head.ID, settings))
	require.Error(t, s.SaveNoticeSettings(t.Context(), b.Head.ID, notice.Settings{Email: "x", Language: "zh"}))

	box.Refuse(451)
	i := testkit.InReview(t, s, b, testkit.Title("不得外传的标题"))
	require.NoError(t, k.post(t.Context()))
	require.Empty(t, box.Letters())
	box.Refuse(0)
	require.NoError(t, k.post(t.Context()))
	require.Empty(t, box.Letters(), "it waits a while")
	soon := func() {
		_, err := root.ExecContext(t.Context(), `UPDATE notices SET mail_at = clock_timestamp() WHERE mail_at IS NOT NULL`)
		require.NoError(t, err)
	}
	soon()
	require.NoError(t, k.post(t.Context()))
	require.NoError(t, k.post(t.Context()))
	letters := box.Letters()
	require.Len(t, letters, 1)
	require.Equal(t, "head@example.gov.cn", letters[0].To)
	require.Equal(t, "审发：1 条通知", letters[0].Subject)
	require.Contains(t, letters[0].Text, "有新的待办  "+i.Number)
	require.Contains(t, letters[0].Text, "https://console.example.gov.cn/console/items/"+i.ID)
	require.NotContains(t, letters[0].Text, "不得外传")

	box.Refuse(550)
	testkit.InReview(t, s, b)
	require.NoError(t, k.post(t.Context()))
	require.NoError(t, k.post(t.Context()))
	require.Equal(t, "mail_failed", told(t, s, b.SystemAdmin))
	require.Equal(t, "task task mail_failed", told(t, s, b.Head), "the head of the section is told too")
	rows, err := s.Notices(t.Context(), b.SystemAdmin.ID, false, 0, 1)
	require.NoError(t, err)
	require.Equal(t, b.Head.ID, *rows[0].About)

	require.NoError(t, s.Dismiss(t.Context(), b.SystemAdmin.ID, rows[0].ID, 0))
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(s.Dismiss(t.Context(), b.Head.ID, rows[0].ID, 0)), "it is somebody else's")
	n, err := s.Unread(t.Context(), b.SystemAdmin.ID, 100)
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestTheDisclosureOfficeIsAskedAgainAYearAfterSomethingWasWithheld(t *testing.T) {
	t.Parallel()

	s := testkit.Store(t)
	b := testkit.AddBureau(t, s, "u1")
	k, _, _ := setup(t, s)
	days, err := calendar.Default()
	require.NoError(t, err)
	k.Calendar = calendar.Hold(days)
	i := testkit.InReview(t, s, b)
	i.Must(t, i.Decision(t, b.Head, disclosure.Disclose))
	i.Must(t, i.Decision(t, b.Confidentiality, disclosure.DoNotDisclose))
	require.NoError(t, k.reevaluate(t.Context()))
	require.Empty(t, told(t, s, b.Officer))
	_, err = testkit.Open(t, s.Superuser).ExecContext(t.Context(), `UPDATE disclosures SET updated_at = updated_at - interval '366 days'`)
	require.NoError(t, err)
	require.NoError(t, k.reevaluate(t.Context()))
	require.NoError(t, k.reevaluate(t.Context()))
	require.Equal(t, "task", told(t, s, b.Officer))
}
