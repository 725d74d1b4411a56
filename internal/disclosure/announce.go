package disclosure

import (
	"strings"
	"time"
)

// Precision says how exactly an announcement (发布预告) tells when something comes out.
type Precision string

// A month or a day is provisional; an instant is confirmed; what is cancelled has no time.
const (
	ByMonth   Precision = "month"
	ByDay     Precision = "day"
	ByInstant Precision = "instant"
	ByNoMeans Precision = "cancelled"
)

const (
	yearMonth  = "2006-01"
	minuteForm = "2006-01-02 15:04"
)

// Planned is when something is announced to come out. From is the first moment of the month or
// day, Until the first one after it; of an instant both are the instant. Both are zero for what
// is cancelled.
type Planned struct {
	Precision   Precision
	From, Until time.Time
}

// ParsePlanned reads a month (2026-12), a day (2026-12-08), an instant with its zone (RFC 3339)
// or a wall time of the office (2026-12-08 09:00). It refuses anything else under the field
// "planned".
func ParsePlanned(text string) (Planned, error) {
	text = strings.TrimSpace(text)
	zone := officeZone()
	if text == "" {
		return Planned{}, Refuse(Required, "planned")
	}
	if t, err := time.ParseInLocation(yearMonth, text, zone); err == nil {
		return Planned{Precision: ByMonth, From: t, Until: t.AddDate(0, 1, 0)}, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return Planned{Precision: ByDay, From: t, Until: t.AddDate(0, 0, 1)}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	for _, layout := range []string{minuteForm, "2006-01-02T15:04", time.DateTime} {
		if err != nil {
			t, err = time.ParseInLocation(layout, text, zone)
		}
	}
	if err != nil || t.Nanosecond() != 0 {
		return Planned{}, Refuse(WrongType, "planned", "why", "2026-12 / 2026-12-08 / 2026-12-08 09:00")
	}
	return Planned{Precision: ByInstant, From: t, Until: t}, nil
}

// String writes what ParsePlanned reads; empty for what is cancelled.
func (p Planned) String() string {
	from := p.From.In(officeZone())
	switch p.Precision {
	case ByMonth:
		return from.Format(yearMonth)
	case ByDay:
		return from.Format(time.DateOnly)
	case ByInstant:
		if from.Second() != 0 {
			return from.Format(time.DateTime)
		}
		return from.Format(minuteForm)
	}
	return ""
}

// officeZone is where the bureaus are, also on a machine without a zone database.
func officeZone() *time.Location {
	if zone, err := time.LoadLocation(DefaultZone); err == nil {
		return zone
	}
	return time.FixedZone(DefaultZone, 8*60*60)
}

// Announce refuses to announce a time that has passed, and a line that says nothing new.
func Announce(next Planned, title string, before *Planned, was string, now time.Time) error {
	switch {
	case next.Precision != ByNoMeans && !next.Until.After(now):
		return Refuse(AnnouncedPast, "planned", "planned", next.String())
	case before != nil && before.Precision == ByNoMeans:
		return Refuse(AnnouncedOver, "")
	case before == nil && next.Precision == ByNoMeans:
		return Refuse(AnnouncedUntold, "cancelled")
	case before != nil && title == was && before.Precision == next.Precision && before.From.Equal(next.From):
		return Refuse(AnnouncedSame, "")
	}
	return nil
}
