// Package calendar counts the law's time: working days as the State Council
// arranges them, deadlines with the reason for every day, and the statutory
// limits themselves. All of it is data with a version; nothing is fetched.
package calendar

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a machine without zone data must not change a deadline
)

// Zone is where all clocks are read: Beijing time.
const Zone = "Asia/Shanghai"

//go:embed data
var embedded embed.FS

// Calendar knows which days are worked. It is safe for concurrent use.
type Calendar struct {
	zone    *time.Location
	version string
	years   map[int]Year
	named   map[Date]Name // days off by arrangement
	working map[Date]bool // weekends worked in exchange
	fixed   []fixedDay
	counted []counted // how many days are off by law
	limits  []Limit
	hours   []Hours
	office  []Office
}

// Name is what people call a holiday.
type Name struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

type fixedDay struct {
	Day      string `json:"day"` // "01-02"
	FromYear int    `json:"from_year"`
	Name
}

// counted is how many holidays all citizens have in a year, from a year on.
type counted struct {
	FromYear int `json:"from_year"`
	N        int `json:"n"`
}

// The states of a year's data. Only an arrangement that the State Council has
// published is confirmed.
const (
	confirmed = "confirmed"
	assumed   = "assumed"
)

// Default returns the calendar that is part of the program.
func Default() (*Calendar, error) {
	data, err := fs.Sub(embedded, "data")
	if err != nil {
		return nil, fmt.Errorf("open calendar: %w", err)
	}
	return Load(data)
}

// Load reads a calendar from the root of data: NNNN.json for each year without
// a gap, fixed.json and limits.json. It refuses data that contradicts itself.
func Load(data fs.FS) (*Calendar, error) {
	zone, err := time.LoadLocation(Zone)
	if err != nil {
		return nil, fmt.Errorf("load calendar: %w", err)
	}
	c := &Calendar{zone: zone, years: map[int]Year{}, named: map[Date]Name{}, working: map[Date]bool{}}
	sum := sha256.New()
	files, err := fs.Glob(data, "*.json") // sorted, so years come in order
	if err != nil {
		return nil, fmt.Errorf("load calendar: %w", err)
	}
	for _, name := range files {
		raw, err := fs.ReadFile(data, name)
		if err != nil {
			return nil, fmt.Errorf("load calendar: %w", err)
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(raw), raw)
		if err := c.add(name, string(raw)); err != nil {
			return nil, fmt.Errorf("calendar %s: %w", name, err)
		}
	}
	first, last, err := c.check()
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	c.version = fmt.Sprintf("%d-%d.%s", first, last, hex.EncodeToString(sum.Sum(nil)[:4]))
	return c, nil
}

func (c *Calendar) add(name, raw string) error {
	switch name {
	case "fixed.json":
		var file struct {
			Source   string     `json:"source"`
			Version  int        `json:"version"`
			Days     []fixedDay `json:"days"`
			Holidays []counted  `json:"holidays"`
		}
		if err := decode(raw, &file); err != nil {
			return err
		}
		c.fixed, c.counted = file.Days, file.Holidays
		for _, d := range file.Days {
			if _, err := time.Parse("01-02", d.Day); err != nil {
				return fmt.Errorf("fixed day: %w", err)
			}
		}
		return nil
	case "limits.json":
		return c.addLimits(raw)
	case "hours.json":
		return c.addHours(raw)
	case "office.json":
		return c.addOffice(raw)
	}
	var y Year
	if err := decode(raw, &y); err != nil {
		return err
	}
	if name != fmt.Sprintf("%04d.json", y.Year) {
		return fmt.Errorf("holds the year %d", y.Year)
	}
	return c.addYear(y)
}

// check looks at what no single file shows.
func (c *Calendar) check() (first, last int, err error) {
	if len(c.years) == 0 || len(c.fixed) == 0 || len(c.limits) == 0 {
		return 0, 0, errors.New("years, fixed days or limits are missing")
	}
	for _, y := range c.years {
		if err := c.whole(y); err != nil {
			return 0, 0, fmt.Errorf("%d: %w", y.Year, err)
		}
	}
	slices.SortFunc(c.limits, func(a, b Limit) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), a.From.Compare(b.From))
	})
	for i, l := range c.limits {
		if i > 0 && l.ID == c.limits[i-1].ID && l.From == c.limits[i-1].From {
			return 0, 0, fmt.Errorf("limit %s is listed twice", l.ID)
		}
	}
	first, last = c.Span()
	return first, last, nil
}

func decode(raw string, out any) error {
	dec := json.NewDecoder(strings.NewReader(raw))
	dec.DisallowUnknownFields()
	return dec.Decode(out)
}

// Version names the data: the years it holds and a hash of every file. Keep it
// with each deadline that was computed.
func (c *Calendar) Version() string { return c.version }

// DateOf returns the day of an instant in Zone.
func (c *Calendar) DateOf(t time.Time) Date { return dateOf(t.In(c.zone)) }

// End returns the last microsecond of a day in Zone, the finest instant the
// database keeps. A period ends at 24:00 of its last day (民法典 203).
func (c *Calendar) End(d Date) time.Time {
	return d.AddDays(1).midnight(c.zone).Add(-time.Microsecond)
}

// IsWorkingDay tells whether d is worked. It is provisional when the arrangement
// of the year is not published: then Monday to Friday count, except the holidays
// whose date never changes.
func (c *Calendar) IsWorkingDay(d Date) (working, provisional bool) {
	day := c.look(d)
	return day.Why.Worked(), c.years[d.Year].Status != confirmed
}

func (c *Calendar) look(d Date) Day {
	if c.working[d] {
		return Day{Date: d, Why: WorkingWeekend}
	}
	if name, off := c.named[d]; off {
		return Day{Date: d, Why: Holiday, Name: name}
	}
	if c.years[d.Year].Status != confirmed {
		month := d.midnight(time.UTC).Format("01-02")
		for _, f := range c.fixed {
			if f.Day == month && d.Year >= f.FromYear {
				return Day{Date: d, Why: Holiday, Name: f.Name}
			}
		}
	}
	if d.weekend() {
		return Day{Date: d, Why: Weekend}
	}
	return Day{Date: d, Why: Weekday}
}
