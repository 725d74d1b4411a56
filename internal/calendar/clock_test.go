package calendar_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"shenfa/internal/calendar"
)

func reply(t testing.TB) calendar.Limit {
	t.Helper()
	l, ok := open(t).Limit("T-FOI-REPLY", date(t, "2026-03-02"))
	require.True(t, ok)
	return l
}

func TestAClockStandsStillIsCountedAnewAndIsExtended(t *testing.T) {
	t.Parallel()

	c, limit := open(t), reply(t)
	from := at(t, "2026-03-02T09:00:00+08:00") // 20 working days end on 2026-03-30
	stop := calendar.Stop{From: at(t, "2026-03-04T15:00:00+08:00"), To: at(t, "2026-03-11T10:00:00+08:00"), Basis: "条例 33"}
	open := calendar.Stop{From: stop.From, Basis: stop.Basis}
	for name, v := range map[string]struct {
		clock    calendar.Clock
		now      string
		consumed int
		due      string
		since    string
		stopped  string
	}{
		"it runs from the day after":          {calendar.Clock{}, "2026-03-02T20:00:00+08:00", 0, "2026-03-30", "2026-03-02T09:00:00+08:00", ""},
		"a day is consumed when it has ended": {calendar.Clock{}, "2026-03-04T23:59:59+08:00", 1, "2026-03-30", "2026-03-02T09:00:00+08:00", ""},
		"nothing more than all is consumed":   {calendar.Clock{}, "2026-05-20T09:00:00+08:00", 20, "2026-03-30", "2026-03-02T09:00:00+08:00", ""},
		"a question sent takes no day of its own": {
			calendar.Clock{Stops: []calendar.Stop{stop}}, "2026-03-12T09:00:00+08:00", 2, "2026-04-07", "2026-03-11T10:00:00+08:00", "",
		},
		"while it waits the end moves on": {
			calendar.Clock{Stops: []calendar.Stop{open}}, "2026-03-10T09:00:00+08:00", 2, "2026-04-03", "", "条例 33",
		},
		"what stops it twice stops it once": {
			calendar.Clock{Stops: []calendar.Stop{stop, stop}}, "2026-03-12T09:00:00+08:00", 2, "2026-04-07", "2026-03-11T10:00:00+08:00", "",
		},
		"a corrected request counts anew": {
			calendar.Clock{Restarts: []time.Time{at(t, "2026-03-09T09:00:00+08:00")}}, "2026-03-11T09:00:00+08:00", 1, "2026-04-07", "2026-03-09T09:00:00+08:00", "",
		},
		"extended by ten": {
			calendar.Clock{Extended: []calendar.Extended{{N: 10}}}, "2026-03-04T09:00:00+08:00", 1, "2026-04-14", "2026-03-02T09:00:00+08:00", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v.clock.Limit, v.clock.From = limit, from
			r, err := c.Read(v.clock, at(t, v.now))
			require.NoError(t, err)
			since := ""
			if !r.Since.IsZero() {
				since = r.Since.Format(time.RFC3339)
			}
			require.Equal(t, []any{v.consumed, v.due, since, v.stopped}, []any{r.Consumed, c.DateOf(r.Due).String(), since, r.Stopped})
			require.Equal(t, r.Budget, r.Consumed+r.Left())
		})
	}

	hours, err := c.Read(calendar.Clock{
		Limit: calendar.Limit{N: 24, Unit: calendar.Hour}, From: from, Stops: []calendar.Stop{{From: from.Add(time.Hour), To: from.Add(3 * time.Hour)}},
	}, from.Add(4*time.Hour))
	require.NoError(t, err)
	require.Equal(t, []any{2, from.Add(26 * time.Hour)}, []any{hours.Consumed, hours.Due})

	_, err = c.Read(calendar.Clock{Limit: calendar.Limit{N: 6, Unit: calendar.Month}, From: from}, from)
	require.Error(t, err)
	_, err = c.Read(calendar.Clock{Limit: limit, From: from, Stops: []calendar.Stop{{From: stop.To, To: stop.From}}}, stop.To)
	require.Error(t, err)
}

func TestAnExtensionIsBoundedOnceAndInTime(t *testing.T) {
	t.Parallel()

	c := open(t)
	k := calendar.Clock{Limit: reply(t), From: at(t, "2026-03-02T09:00:00+08:00")}
	last := at(t, "2026-03-30T23:59:59+08:00")

	once, err := c.Extend(k, 20, last)
	require.NoError(t, err)
	r, err := c.Read(once, last)
	require.NoError(t, err)
	require.Equal(t, 40, r.Budget)
	require.Contains(t, r.Explanation.Text("en"), "of which by extension: 20 working days")

	for name, v := range map[string]struct {
		clock calendar.Clock
		n     int
		at    time.Time
		want  error
	}{
		"twice":           {once, 1, last, calendar.ErrExtendedAgain},
		"too far":         {k, 21, last, calendar.ErrExtendedFar},
		"by nothing":      {k, 0, last, calendar.ErrExtendedFar},
		"after expiry":    {k, 5, last.Add(time.Second), calendar.ErrExpired},
		"without any law": {calendar.Clock{Limit: calendar.Limit{N: 3, Unit: calendar.WorkingDay}, From: k.From}, 1, last, calendar.ErrNotExtendable},
	} {
		same, err := c.Extend(v.clock, v.n, v.at)
		require.ErrorIs(t, err, v.want, name)
		require.Equal(t, v.clock, same, name)
	}
}

func TestWhateverHappensToAClockItsCountHolds(t *testing.T) {
	t.Parallel()

	c, limit := open(t), reply(t)
	rapid.Check(t, func(t *rapid.T) {
		hour := func(label string, lo, hi int) time.Time {
			return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(lo, hi).Draw(t, label)) * time.Hour)
		}
		k := calendar.Clock{Limit: limit, From: hour("from", 0, 5000)}
		k.Limit.Unit = rapid.SampledFrom([]calendar.Unit{calendar.WorkingDay, calendar.NaturalDay, calendar.Hour}).Draw(t, "unit")
		for range rapid.IntRange(0, 3).Draw(t, "stops") {
			s := calendar.Stop{From: hour("stop", 0, 6000), Basis: "b"}
			if rapid.Bool().Draw(t, "closed") {
				s.To = s.From.Add(time.Duration(rapid.IntRange(0, 900).Draw(t, "for")) * time.Hour)
			}
			k.Stops = append(k.Stops, s)
		}
		now := hour("now", 0, 8000)
		first, err := c.Read(k, now)
		if err != nil {
			t.Fatal(err)
		}
		later, err := c.Read(k, now.Add(time.Duration(rapid.IntRange(0, 900).Draw(t, "later"))*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if first.Consumed < 0 || first.Consumed > first.Budget || later.Consumed < first.Consumed {
			t.Fatalf("consumed %d, then %d, of %d", first.Consumed, later.Consumed, first.Budget)
		}
		if later.Due.Before(first.Due) {
			t.Fatalf("due %s, then %s", first.Due, later.Due)
		}
		if k.Limit.Unit != calendar.Hour && counted(first.Explanation) != first.Budget {
			t.Fatalf("%d of %d days counted", counted(first.Explanation), first.Budget)
		}
		longer, err := c.Extend(k, 20, k.From)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Extend(longer, 1, k.From); err == nil {
			t.Fatal("extended twice")
		}
	})
}

func TestToStopAClockIsToShiftIt(t *testing.T) {
	t.Parallel()

	c, limit := open(t), reply(t)
	rapid.Check(t, func(t *rapid.T) {
		from := time.Date(2025, 1, 1, 4, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 300).Draw(t, "from"))
		k := calendar.Clock{Limit: limit, From: from}
		now := from.AddDate(2, 0, 0)
		plain, err := c.Read(k, now)
		if err != nil {
			t.Fatal(err)
		}
		s := calendar.Stop{From: from.AddDate(0, 0, rapid.IntRange(0, 60).Draw(t, "after")), Basis: "b"}
		s.To = s.From.AddDate(0, 0, rapid.IntRange(0, 60).Draw(t, "for"))
		k.Stops = []calendar.Stop{s}
		stopped, err := c.Read(k, now)
		if err != nil {
			t.Fatal(err)
		}
		shift := 0
		if s.From.Before(plain.Due) && c.DateOf(s.From) != c.DateOf(plain.Due) {
			for d := c.DateOf(s.From).AddDays(1); d.Compare(c.DateOf(s.To)) <= 0; d = d.AddDays(1) {
				if worked, _ := c.IsWorkingDay(d); worked {
					shift++
				}
			}
		}
		want, _ := c.AddWorkingDays(c.DateOf(plain.Due), shift)
		if got := c.DateOf(stopped.Due); got != want {
			t.Fatalf("due %s, want %s", got, want)
		}
	})
}

func counted(x calendar.Explanation) int {
	n := 0
	for _, d := range x.Days {
		if d.Counted {
			n++
		}
	}
	return n
}
