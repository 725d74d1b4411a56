package disclosure

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhenSomethingIsAnnouncedToComeOut(t *testing.T) {
	t.Parallel()

	at := func(text string) time.Time {
		x, err := time.ParseInLocation(time.DateTime, text, officeZone())
		require.NoError(t, err)
		return x
	}
	for _, x := range []struct {
		text        string
		precision   Precision
		from, until string
		shown       string
	}{
		{"2026-12", ByMonth, "2026-12-01 00:00:00", "2027-01-01 00:00:00", "2026-12"},
		{" 2026-12-31 ", ByDay, "2026-12-31 00:00:00", "2027-01-01 00:00:00", "2026-12-31"},
		{"2026-12-08 09:00", ByInstant, "2026-12-08 09:00:00", "2026-12-08 09:00:00", "2026-12-08 09:00"},
		{"2026-12-08T09:00", ByInstant, "2026-12-08 09:00:00", "2026-12-08 09:00:00", "2026-12-08 09:00"},
		{"2026-12-08 09:00:30", ByInstant, "2026-12-08 09:00:30", "2026-12-08 09:00:30", "2026-12-08 09:00:30"},
		{"2026-12-08T01:00:00Z", ByInstant, "2026-12-08 09:00:00", "2026-12-08 09:00:00", "2026-12-08 09:00"},
	} {
		p, err := ParsePlanned(x.text)
		require.NoError(t, err, x.text)
		require.Equal(t, x.precision, p.Precision, x.text)
		require.True(t, p.From.Equal(at(x.from)) && p.Until.Equal(at(x.until)), "%s: %s to %s", x.text, p.From, p.Until)
		require.Equal(t, x.shown, p.String())
		again, err := ParsePlanned(p.String())
		require.NoError(t, err)
		require.True(t, again.From.Equal(p.From) && again.Until.Equal(p.Until))
	}
	for text, code := range map[string]Code{"": Required, "2026": WrongType, "2026-13": WrongType, "2026-02-30": WrongType, "2026-12-08 25:00": WrongType, "soon": WrongType, "2026-12-08T01:00:00.5Z": WrongType} {
		_, err := ParsePlanned(text)
		require.Equal(t, code, CodeOf(err), text)
	}
}

func TestWhatIsAnnouncedIsToComeAndNew(t *testing.T) {
	t.Parallel()

	planned := func(text string) Planned {
		p, err := ParsePlanned(text)
		require.NoError(t, err)
		return p
	}
	december, day, gone := planned("2026-12"), planned("2026-12-08"), Planned{Precision: ByNoMeans}
	now := planned("2026-12-08 09:00").From
	for name, x := range map[string]struct {
		next   Planned
		title  string
		before *Planned
		code   Code
	}{
		"the first":               {december, "一", nil, ""},
		"this very day":           {day, "一", nil, ""},
		"a past month":            {planned("2026-11"), "一", nil, AnnouncedPast},
		"this very instant":       {planned("2026-12-08 09:00"), "一", nil, AnnouncedPast},
		"the month made a day":    {day, "一", &december, ""},
		"another title":           {december, "二", &december, ""},
		"nothing new":             {december, "一", &december, AnnouncedSame},
		"cancelled":               {gone, "一", &december, ""},
		"cancelled before":        {gone, "一", nil, AnnouncedUntold},
		"changed when it is over": {december, "一", &gone, AnnouncedOver},
	} {
		require.Equal(t, x.code, CodeOf(Announce(x.next, x.title, x.before, "一", now)), name)
	}
}
