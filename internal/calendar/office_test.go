package calendar_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"shenfa/internal/calendar"
)

// The office works 08:30–12:00 and 13:30–17:30: seven and a half hours.
func TestOnlyWorkingHoursCount(t *testing.T) {
	t.Parallel()

	c, err := calendar.Default()
	require.NoError(t, err)
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, mustZone(t))
		require.NoError(t, err)
		return v
	}
	for name, x := range map[string]struct {
		from, until string
		want        time.Duration
	}{
		"WithinAMorning":           {"2026-11-23 08:42", "2026-11-23 11:42", 3 * time.Hour},
		"LunchIsNotWorked":         {"2026-11-23 11:00", "2026-11-23 14:30", 2 * time.Hour},
		"FromBeforeTheDoorsOpen":   {"2026-11-23 06:00", "2026-11-23 09:00", 30 * time.Minute},
		"ToMidnightIsToClosing":    {"2026-11-23 16:30", "2026-11-23 23:59", time.Hour},
		"OverAWeekend":             {"2026-11-20 16:30", "2026-11-23 09:30", 2 * time.Hour},
		"AWeekendWorkedInExchange": {"2026-02-14 00:00", "2026-02-15 00:00", 450 * time.Minute},
		"TheSpringFestivalIsOff":   {"2026-02-17 00:00", "2026-02-19 00:00", 0},
		"NotBackwards":             {"2026-11-23 11:00", "2026-11-23 10:00", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, x.want, c.Worked("AA", at(x.from), at(x.until)))
		})
	}
	require.Equal(t, 450*time.Minute, c.FullDay("AA", c.DateOf(at("2026-11-23 00:00"))))
}

func TestAGaugeTellsWhatCountingTells(t *testing.T) {
	t.Parallel()

	c, err := calendar.Default()
	require.NoError(t, err)
	first, last := time.Date(2026, 1, 30, 3, 0, 0, 0, time.UTC), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	g := c.Gauge("AA", first, last)
	rapid.Check(t, func(r *rapid.T) {
		minutes := int(last.Sub(first) / time.Minute)
		from := first.Add(time.Duration(rapid.IntRange(0, minutes).Draw(r, "from")) * time.Minute)
		until := first.Add(time.Duration(rapid.IntRange(0, minutes).Draw(r, "until")) * time.Minute)
		require.Equal(t, c.Worked("AA", from, until), g.Between(from, until))
	})
}

func mustZone(t *testing.T) *time.Location {
	zone, err := time.LoadLocation(calendar.Zone)
	require.NoError(t, err)
	return zone
}
