package calendar

import (
	"fmt"
	"time"
)

// Date is a day on the wall calendar, without a time zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads "2006-01-02".
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("read date: %w", err)
	}
	return dateOf(t), nil
}

func dateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

func (d Date) midnight(zone *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, zone)
}

// AddDays returns the day n days after d, before it if n is negative.
func (d Date) AddDays(n int) Date {
	d.Day += n
	return dateOf(d.midnight(time.UTC))
}

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.midnight(time.UTC).Weekday() }

// Compare returns -1, 0 or 1 for d before, on or after other.
func (d Date) Compare(other Date) int {
	return d.midnight(time.UTC).Compare(other.midnight(time.UTC))
}

// String returns "2006-01-02".
func (d Date) String() string { return d.midnight(time.UTC).Format(time.DateOnly) }

// MarshalText writes String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDate reads.
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

func (d Date) weekend() bool {
	w := d.Weekday()
	return w == time.Saturday || w == time.Sunday
}
