package notice_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
	"shenfa/internal/notice"
)

func rules(t testing.TB) (*notice.Rules, *calendar.Calendar, *time.Location) {
	t.Helper()
	r, err := notice.Load()
	require.NoError(t, err)
	c, err := calendar.Default()
	require.NoError(t, err)
	zone, err := time.LoadLocation(calendar.Zone)
	require.NoError(t, err)
	return r, c, zone
}

func at(t testing.TB, s string, zone *time.Location) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
	require.NoError(t, err)
	return v
}

func TestTheLadderIsCountedInWorkingDays(t *testing.T) {
	t.Parallel()

	r, c, zone := rules(t)
	for _, one := range []struct {
		why, began, due, now string
		climbed, next        string
	}{
		{"before the first rung", "2026-09-01 10:00", "2026-09-29 23:59", "2026-09-21 08:59", "", "2026-09-21 09:00"},
		{"over National Day: five working days back from 10-10", "2026-09-18 10:00", "2026-10-10 23:59", "2026-09-28 09:00", "t5", "2026-09-30 09:00"},
		{"the worked Saturday is the due day", "2026-09-18 10:00", "2026-10-10 23:59", "2026-10-10 09:00", "t5 t3 t1 due", "2026-10-10 23:59"},
		{"late at once", "2026-09-18 10:00", "2026-10-10 23:59", "2026-10-10 23:59", "t5 t3 t1 due overdue", "2026-10-13 09:00"},
		{"all of it", "2026-09-18 10:00", "2026-10-10 23:59", "2026-11-10 09:00", "t5 t3 t1 due overdue overdue2 overdue5", ""},
		{"a step of two days has no rung before it began", "2026-11-23 10:00", "2026-11-25 23:59", "2026-11-24 09:00", "t1", "2026-11-25 09:00"},
		{"a quarter of an hour at night", "2026-11-23 02:00", "2026-11-23 02:15", "2026-11-23 02:14", "", "2026-11-23 02:15"},
	} {
		climbed, next := r.Ladder().Climbed(c, at(t, one.began, zone), at(t, one.due, zone), at(t, one.now, zone))
		var ids []string
		for _, x := range climbed {
			ids = append(ids, x.ID)
		}
		got := strings.Join(ids, " ")
		require.Equal(t, one.climbed, got, one.why)
		if one.next == "" {
			require.True(t, next.IsZero(), one.why)
		} else {
			require.WithinDuration(t, at(t, one.next, zone), next, 0, one.why)
		}
	}
}

func TestEveryRungComesOnceWheneverOneLooks(t *testing.T) {
	t.Parallel()

	r, c, zone := rules(t)
	rapid.Check(t, func(t *rapid.T) {
		began := time.Date(2026, 1, 1, 0, 0, 0, 0, zone).Add(time.Duration(rapid.IntRange(0, 300*24*60).Draw(t, "began")) * time.Minute)
		due := began.Add(time.Duration(rapid.IntRange(1, 40*24*60).Draw(t, "minutes")) * time.Minute)
		seen := 0
		now := began
		for looks := 0; looks < 40; looks++ {
			climbed, next := r.Ladder().Climbed(c, began, due, now)
			if len(climbed) < seen {
				t.Fatalf("a rung was taken back")
			}
			seen = len(climbed)
			if next.IsZero() {
				if climbed[len(climbed)-1].ID != "overdue5" {
					t.Fatalf("ends at %s", climbed[len(climbed)-1].ID)
				}
				return
			}
			if !next.After(now) {
				t.Fatalf("the next rung has come")
			}
			now = next.Add(time.Duration(rapid.IntRange(0, 20*24*60).Draw(t, "pause")) * time.Minute)
		}
		t.Fatalf("never ends")
	})
}

func TestMailLeavesAtOnceInTheDigestOrAfterQuietHours(t *testing.T) {
	t.Parallel()

	_, _, zone := rules(t)
	night := notice.Settings{QuietFrom: "21:00", QuietUntil: "07:30"}
	daily := notice.Settings{Digest: "17:00"}
	both := notice.Settings{Digest: "22:00", QuietFrom: "21:00", QuietUntil: "07:30"}
	for _, one := range []struct {
		why             string
		s               notice.Settings
		urgent          bool
		then, now, want string
	}{
		{"nothing chosen", notice.Settings{}, false, "2026-11-23 03:00", "2026-11-23 03:01", "2026-11-23 03:01"},
		{"quiet before midnight", night, true, "2026-11-23 21:00", "2026-11-23 21:00", "2026-11-24 07:30"},
		{"quiet after midnight", night, false, "2026-11-23 22:00", "2026-11-24 07:29", "2026-11-24 07:30"},
		{"quiet is over", night, false, "2026-11-23 22:00", "2026-11-24 07:30", "2026-11-24 07:30"},
		{"not yet quiet", night, false, "2026-11-23 20:59", "2026-11-23 20:59", "2026-11-23 20:59"},
		{"waits for the digest", daily, false, "2026-11-23 09:00", "2026-11-23 09:01", "2026-11-23 17:00"},
		{"at the digest", daily, false, "2026-11-23 09:00", "2026-11-23 17:00", "2026-11-23 17:00"},
		{"after an outage at the digest", daily, false, "2026-11-20 09:00", "2026-11-23 10:00", "2026-11-23 10:00"},
		{"urgent does not wait for it", daily, true, "2026-11-23 09:00", "2026-11-23 09:01", "2026-11-23 09:01"},
		{"a digest in quiet hours", both, false, "2026-11-23 09:00", "2026-11-23 22:00", "2026-11-24 07:30"},
	} {
		require.WithinDuration(t, at(t, one.want, zone), one.s.Leaves(one.urgent, at(t, one.then, zone), at(t, one.now, zone), zone), 0, one.why)
	}
}

func TestSettingsThatCannotBeKeptNameTheirField(t *testing.T) {
	t.Parallel()

	r, _, _ := rules(t)
	require.NoError(t, r.Check(notice.Settings{Email: "a@example.gov.cn", Language: "zh", Kinds: []notice.Kind{notice.Task}, Digest: "17:00", QuietFrom: "21:00", QuietUntil: "07:30"}))
	for field, s := range map[string]notice.Settings{
		"email":       {Email: "A <a@example.gov.cn>", Language: "zh"},
		"language":    {Language: "fr"},
		"kinds":       {Language: "zh", Kinds: []notice.Kind{notice.MailFailed}},
		"digest":      {Language: "zh", Digest: "7:00"},
		"quiet_from":  {Language: "zh", QuietUntil: "07:00"},
		"quiet_until": {Language: "zh", QuietFrom: "07:00", QuietUntil: "07:00"},
	} {
		var refused *disclosure.Refusal
		require.ErrorAs(t, r.Check(s), &refused, field)
		require.Equal(t, field, refused.Field)
	}
}
