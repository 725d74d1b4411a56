package calendar_test

import (
	"io/fs"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/calendar"
)

func TestPublishingWindowsStandOnWorkingDays(t *testing.T) {
	t.Parallel()

	c := open(t)
	beijing := time.FixedZone("", 8*60*60)
	show := func(from, until string, n int) (out []string) {
		for _, o := range c.Openings("any", at(t, from), at(t, until), n) {
			out = append(out, o.From.In(beijing).Format("2006-01-02T15:04")+"–"+o.Until.In(beijing).Format("15:04"))
		}
		return out
	}
	for name, tc := range map[string]struct {
		from, until string
		n           int
		want        []string
	}{
		"BeforeItOpens":             {"2026-03-02T08:00:00+08:00", "2026-03-02T23:00:00+08:00", 9, []string{"2026-03-02T09:00–17:30"}},
		"WhatIsLeftOfTheDay":        {"2026-03-02T16:00:00+08:00", "2026-03-03T08:00:00+08:00", 9, []string{"2026-03-02T16:00–17:30"}},
		"TheLastMomentIsNotInIt":    {"2026-03-02T17:30:00+08:00", "2026-03-03T09:00:00+08:00", 9, []string{"2026-03-03T09:00–17:30"}},
		"TheDayIsThatOfTheZone":     {"2026-03-01T16:30:00Z", "2026-03-02T10:00:00+08:00", 9, []string{"2026-03-02T09:00–17:30"}},
		"NotOnAHolidayNorAWeekend":  {"2026-09-30T18:00:00+08:00", "2026-10-08T12:00:00+08:00", 9, []string{"2026-10-08T09:00–17:30"}},
		"OnAWeekendThatIsWorked":    {"2026-10-09T18:00:00+08:00", "2026-10-10T12:00:00+08:00", 9, []string{"2026-10-10T09:00–17:30"}},
		"NoMoreThanWereAskedFor":    {"2026-03-02T08:00:00+08:00", "2026-03-30T08:00:00+08:00", 2, []string{"2026-03-02T09:00–17:30", "2026-03-03T09:00–17:30"}},
		"NoneIfTheWindowIsOverSoon": {"2026-03-02T18:00:00+08:00", "2026-03-03T08:59:00+08:00", 9, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, show(tc.from, tc.until, tc.n))
		})
	}
}

func TestHoursAreThoseInForceForTheUnit(t *testing.T) {
	t.Parallel()

	c, err := calendar.Load(with(t, "hours.json", `{"version": 2, "hours": [
		{"unit": "*", "open": "09:00", "close": "17:30", "effective_from": "2020-01-01", "source": "a"},
		{"unit": "*", "open": "08:30", "close": "17:00", "effective_from": "2026-04-01", "source": "b"},
		{"unit": "u1", "open": "10:00", "close": "11:00", "effective_from": "2026-03-10", "source": "c"}]}`))
	require.NoError(t, err)
	for _, tc := range []struct{ unit, day, open string }{
		{"u2", "2026-03-31", "09:00"},
		{"u2", "2026-04-01", "08:30"},
		{"u1", "2026-03-09", "09:00"},
		{"u1", "2026-05-01", "10:00"},
	} {
		day, err := calendar.ParseDate(tc.day)
		require.NoError(t, err)
		h, ok := c.HoursOf(tc.unit, day)
		require.True(t, ok)
		require.Equal(t, tc.open, h.Open, tc)
	}
	day, err := calendar.ParseDate("2019-12-31")
	require.NoError(t, err)
	_, ok := c.HoursOf("u1", day)
	require.False(t, ok, "nothing was laid down yet")

	for _, bad := range []string{
		`{"version": 1, "hours": [{"unit": "*", "open": "17:30", "close": "09:00", "effective_from": "2020-01-01", "source": "a"}]}`,
		`{"version": 1, "hours": [{"unit": "*", "open": "9 am", "close": "17:30", "effective_from": "2020-01-01", "source": "a"}]}`,
		`{"version": 1, "hours": [{"unit": "*", "open": "09:00", "close": "17:30", "effective_from": "2020-01-01"}]}`,
		`{"version": 0, "hours": []}`,
	} {
		_, err := calendar.Load(with(t, "hours.json", bad))
		require.Error(t, err, bad)
	}
}

// with is the data of the program with one file replaced.
func with(t *testing.T, name, content string) fs.FS {
	t.Helper()
	data := fstest.MapFS{}
	files, err := fs.Glob(os.DirFS("data"), "*.json")
	require.NoError(t, err)
	for _, f := range files {
		raw, err := os.ReadFile("data/" + f)
		require.NoError(t, err)
		data[f] = &fstest.MapFile{Data: raw}
	}
	data[name] = &fstest.MapFile{Data: []byte(content)}
	return data
}
