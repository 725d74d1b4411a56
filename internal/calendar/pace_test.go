package calendar_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"shenfa/internal/calendar"
)

// A working day has seven and a half hours: 08:30 to 12:00 and 13:30 to 17:30.
func TestTooLittleTimeIsShared(t *testing.T) {
	t.Parallel()

	c := open(t)
	days := func(n int) calendar.Limit { return calendar.Limit{N: n, Unit: calendar.WorkingDay} }
	for name, v := range map[string]struct {
		from, end string
		first     calendar.Limit
		then      []calendar.Limit
		due       string
		stop      string // from until
		extended  []calendar.Extended
	}{
		"enough for all":                  {"2026-03-02 08:30", "2026-03-06 23:59", days(1), []calendar.Limit{days(2)}, "2026-03-03 23:59", "", nil},
		"no end":                          {"2026-03-02 08:30", "", days(1), []calendar.Limit{days(20)}, "2026-03-03 23:59", "", nil},
		"half of what is left":            {"2026-03-02 08:30", "2026-03-03 23:59", days(1), []calendar.Limit{days(2)}, "2026-03-02 17:30", "", nil},
		"not over lunch":                  {"2026-03-02 08:30", "2026-03-03 12:00", days(1), []calendar.Limit{days(2)}, "2026-03-02 15:30", "", nil},
		"never less than the least":       {"2026-03-02 08:30", "2026-03-02 09:30", days(1), []calendar.Limit{days(2)}, "2026-03-02 10:30", "", nil},
		"nor when it is over already":     {"2026-03-02 08:30", "2026-03-01 09:30", days(1), nil, "2026-03-02 10:30", "", nil},
		"a limit in hours is short":       {"2026-03-02 08:30", "2026-03-02 09:00", calendar.Limit{N: 2, Unit: calendar.Hour}, nil, "2026-03-02 10:30", "", nil},
		"into the next working day":       {"2026-03-06 17:00", "2026-03-09 17:30", days(3), nil, "2026-03-09 17:30", "", nil},
		"it stands still":                 {"2026-03-02 08:30", "", days(2), nil, "2026-03-06 23:59", "2026-03-03 10:00 2026-03-05 09:00", nil},
		"it will stand still":             {"2026-03-02 08:30", "", days(1), nil, "2026-03-10 23:59", "2026-03-02 10:00 2026-03-09 09:00", nil},
		"what is left is shared after it": {"2026-03-02 08:30", "2026-03-06 17:30", days(2), []calendar.Limit{days(2)}, "2026-03-06 13:45", "2026-03-03 10:00 2026-03-06 08:30", nil},
		"it was made longer":              {"2026-03-02 08:30", "", days(2), nil, "2026-03-05 23:59", "", []calendar.Extended{{N: 1}}},
		"but no longer than the law":      {"2026-03-02 08:30", "2026-03-04 17:30", days(2), []calendar.Limit{days(3)}, "2026-03-03 15:21", "", []calendar.Extended{{N: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := func(s string) time.Time {
				if s == "" {
					return time.Time{}
				}
				v, err := time.ParseInLocation("2006-01-02 15:04", s, mustZone(t))
				require.NoError(t, err)
				return v
			}
			p, err := c.Pace("AA", calendar.Clock{Limit: v.first, From: at(v.from), Stops: stops(at, v.stop), Extended: v.extended}, at(v.end), v.then...)
			require.NoError(t, err)
			require.Equal(t, v.due, p.Due.In(mustZone(t)).Format("2006-01-02 15:04"))
			require.Equal(t, p.Due.Before(p.Full), p.Shortened())
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 6000).Draw(t, "from")) * time.Hour)
		end := from.Add(time.Duration(rapid.IntRange(-100, 1500).Draw(t, "left")) * time.Hour)
		p, err := c.Pace("AA", calendar.Clock{Limit: days(rapid.IntRange(1, 9).Draw(t, "first")), From: from}, end, days(rapid.IntRange(1, 9).Draw(t, "then")))
		if err != nil {
			t.Fatal(err)
		}
		if p.Due.After(p.Full) || p.Due.Before(from) || c.Worked("AA", from, p.Due) < min(2*time.Hour-time.Minute, c.Worked("AA", from, p.Full)) {
			t.Fatalf("from %s until %s: due %s of %s", from, end, p.Due, p.Full)
		}
		more, err := c.Pace("AA", calendar.Clock{Limit: days(1), From: from}, end.Add(time.Hour), days(1))
		less, err2 := c.Pace("AA", calendar.Clock{Limit: days(1), From: from}, end, days(1))
		if err != nil || err2 != nil || more.Due.Before(less.Due) {
			t.Fatalf("more time: %s, less time: %s", more.Due, less.Due)
		}
	})
}

func stops(at func(string) time.Time, s string) []calendar.Stop {
	if s == "" {
		return nil
	}
	return []calendar.Stop{{From: at(s[:16]), To: at(s[17:]), Basis: "asked"}}
}
