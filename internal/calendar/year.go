package calendar

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync/atomic"
	"time"
)

// Year is the arrangement of holidays of one year, as the State Council published it. A
// notice may reach back: the New Year holiday can begin in December of the year before.
type Year struct {
	Year    int     `json:"year"`
	Source  string  `json:"source"` // the notice, or where it stands
	Version int     `json:"version,omitempty"`
	Status  string  `json:"status,omitempty"` // confirmed: published; assumed: not yet
	Off     []Break `json:"off"`
	Working []Date  `json:"working"` // weekends worked in exchange
}

// Break is a stretch of days off, both ends in it.
type Break struct {
	From Date   `json:"from"`
	To   Date   `json:"to"`
	Zh   string `json:"zh"`
	En   string `json:"en"`
}

// Fault is why a year does not stand, with the field that it is about: "off[2].to".
type Fault struct {
	Field string
	Zh    string
	En    string
}

func (f *Fault) Error() string { return f.Field + ": " + f.En }

func fault(field, zh, en string, args ...any) error {
	return &Fault{Field: field, Zh: fmt.Sprintf(zh, args...), En: fmt.Sprintf(en, args...)}
}

// maxYear is how long the text of a year may be, in bytes.
const maxYear = 64 << 10

// ParseYear reads a published year from JSON. Version and status may be left out: the one is
// given by who keeps the years, the other is confirmed. What is not JSON, or has a field that
// is not known, is a Fault that names the place.
func ParseYear(raw []byte) (Year, error) {
	if len(raw) > maxYear {
		return Year{}, fault("year", "超过 %d 字节", "is longer than %d bytes", maxYear)
	}
	var y Year
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	err := dec.Decode(&y)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is something after the end")
		}
	}
	if err != nil {
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			line := 1 + bytes.Count(raw[:min(syntax.Offset, int64(len(raw)))], []byte("\n"))
			return Year{}, fault("year", "第 %d 行读不懂（%v）", "line %d cannot be read (%v)", line, err)
		}
		return Year{}, fault("year", "读不懂（%v）", "it cannot be read (%v)", err)
	}
	return y.Published(1)
}

// Published returns a year as a version of a published arrangement. One that says that it is
// not published is a Fault.
func (y Year) Published(version int) (Year, error) {
	if y.Status != "" && y.Status != confirmed {
		return Year{}, fault("status", "只能导入已公布的安排", "only a published arrangement is imported")
	}
	y.Status, y.Version = confirmed, version
	return y, nil
}

// addYear takes a year into the calendar. A day that another year names already is the fault
// of the one that is added.
func (c *Calendar) addYear(y Year) error {
	switch {
	case y.Year < 2000 || y.Year > 2200:
		return fault("year", "“%d”不是年份", "%d is no year", y.Year)
	case y.Source == "":
		return fault("source", "未写明依据的通知", "the notice is not named")
	case y.Version < 1:
		return fault("version", "没有版本号", "there is no version")
	case y.Status != confirmed && y.Status != assumed:
		return fault("status", "“%s”既非已公布也非推定", "%q is neither confirmed nor assumed", y.Status)
	case y.Status == confirmed && len(y.Off) == 0:
		return fault("off", "没有任何放假日", "there are no holidays")
	}
	within := func(d Date) bool {
		return d.Year == y.Year || d.Year == y.Year-1 && d.Month == time.December
	}
	for i, h := range y.Off {
		at := fmt.Sprintf("off[%d]", i)
		switch {
		case h.Zh == "" || h.En == "":
			return fault(at, "自 %s 起的假期没有中英文名称", "the holiday from %s has no name in Chinese and English", h.From)
		case !within(h.From):
			return fault(at+".from", "%s 不在 %d 年", "%s is not in %d", h.From, y.Year)
		case !within(h.To):
			return fault(at+".to", "%s 不在 %d 年", "%s is not in %d", h.To, y.Year)
		case h.To.Compare(h.From) < 0:
			return fault(at+".to", "假期止于 %s，早于起日 %s", "the holiday ends on %s, before it begins on %s", h.To, h.From)
		}
		for d := h.From; d.Compare(h.To) <= 0; d = d.AddDays(1) {
			if other, twice := c.named[d]; twice {
				return fault(at, "%s 已因“%s”放假，重复", "%s is off already, for %s", d, other.Zh)
			}
			if c.working[d] {
				return fault(at, "%s 已列为调休上班日", "%s is listed as worked already", d)
			}
			c.named[d] = Name{Zh: h.Zh, En: h.En}
		}
	}
	for i, d := range y.Working {
		at := fmt.Sprintf("working[%d]", i)
		switch {
		case !within(d):
			return fault(at, "%s 不在 %d 年", "%s is not in %d", d, y.Year)
		case !d.weekend():
			return fault(at, "%s 不是周末，本来就上班", "%s is not a weekend: it is worked anyway", d)
		case c.working[d]:
			return fault(at, "%s 列了两次", "%s is listed twice", d)
		}
		if name, off := c.named[d]; off {
			return fault(at, "%s 因“%s”放假，不能又上班", "%s is off for %s and cannot be worked", d, name.Zh)
		}
		c.working[d] = true
	}
	c.years[y.Year] = y
	return nil
}

// whole refuses a year between which and the others there is a gap, and a published one that
// lacks a holiday whose date never changes.
func (c *Calendar) whole(y Year) error {
	first, last := c.Span()
	for n := first; n <= last; n++ {
		if _, ok := c.years[n]; !ok {
			return fault("year", "缺少 %d 年，须先导入", "the year %d is missing: import it first", n)
		}
	}
	for _, f := range c.fixed {
		if y.Status != confirmed || y.Year < f.FromYear {
			continue
		}
		d, err := ParseDate(fmt.Sprintf("%04d-%s", y.Year, f.Day))
		if err != nil {
			return fmt.Errorf("fixed day: %w", err)
		}
		if _, off := c.named[d]; !off {
			return fault("off", "缺少 %s（%s），依法应放假", "%s (%s) is missing, which is off by law", d, f.Zh)
		}
	}
	return nil
}

// Span is the first and the last year that the calendar holds.
func (c *Calendar) Span() (first, last int) {
	all := slices.Collect(maps.Keys(c.years))
	if len(all) == 0 {
		return 0, 0
	}
	return slices.Min(all), slices.Max(all)
}

// Years lists the years that the calendar holds, in order.
func (c *Calendar) Years() []Year {
	return slices.SortedFunc(maps.Values(c.years), func(a, b Year) int { return a.Year - b.Year })
}

// With returns the calendar with other years in the place of its own, or behind them. One of
// an older version than its own is left out. A year that contradicts another is a Fault.
func (c *Calendar) With(years ...Year) (*Calendar, error) {
	next := *c
	next.years, next.named, next.working = map[int]Year{}, map[Date]Name{}, map[Date]bool{}
	mine := maps.Clone(c.years)
	sum := sha256.New()
	fmt.Fprint(sum, c.version)
	var taken []Year
	for _, y := range years {
		if y.Version < mine[y.Year].Version {
			continue
		}
		delete(mine, y.Year)
		taken = append(taken, y)
		raw, err := json.Marshal(y)
		if err != nil {
			return nil, fmt.Errorf("calendar %d: %w", y.Year, err)
		}
		sum.Write(raw)
	}
	if len(taken) == 0 {
		return c, nil
	}
	for _, y := range slices.Concat(slices.Collect(maps.Values(mine)), taken) {
		if err := next.addYear(y); err != nil {
			return nil, err
		}
	}
	for _, y := range taken {
		if err := next.whole(y); err != nil {
			return nil, err
		}
	}
	first, last := next.Span()
	next.version = fmt.Sprintf("%d-%d.%s", first, last, hex.EncodeToString(sum.Sum(nil)[:4]))
	return &next, nil
}

// Balance counts the weekdays that a year's notice makes free less the weekends it has worked
// in exchange, and how many the law makes free (全国年节及纪念日放假办法 2 and 6). They
// differ where a day was forgotten, or the State Council gave one more.
func (c *Calendar) Balance(y Year) (free, law int) {
	for _, h := range y.Off {
		for d := h.From; d.Compare(h.To) <= 0; d = d.AddDays(1) {
			if !d.weekend() {
				free++
			}
		}
	}
	from := 0
	for _, n := range c.counted {
		if n.FromYear <= y.Year && n.FromYear > from {
			from, law = n.FromYear, n.N
		}
	}
	return free - len(y.Working), law
}

// DayChange is a day that another calendar looks at otherwise.
type DayChange struct {
	Date Date `json:"date"`
	From Day  `json:"from"`
	To   Day  `json:"to"`
}

// Changes lists the days of a year, and of the December before, that are something else in
// next than in c.
func (c *Calendar) Changes(next *Calendar, year int) []DayChange {
	out := []DayChange{}
	for d := (Date{Year: year - 1, Month: time.December, Day: 1}); d.Year <= year; d = d.AddDays(1) {
		if a, b := c.look(d), next.look(d); a != b {
			out = append(out, DayChange{Date: d, From: a, To: b})
		}
	}
	return out
}

// Holder has the calendar in force. Whoever counts asks it each time: the calendar itself
// never changes. It is safe for concurrent use.
type Holder struct {
	own *Calendar
	now atomic.Pointer[Calendar]
}

// Hold begins with the program's own calendar.
func Hold(own *Calendar) *Holder {
	h := &Holder{own: own}
	h.now.Store(own)
	return h
}

// Get returns the calendar in force.
func (h *Holder) Get() *Calendar { return h.now.Load() }

// Own returns the calendar that is part of the program.
func (h *Holder) Own() *Calendar { return h.own }

// Take puts the years in force that two people confirmed, in the order they did. If they
// contradict the program's own, what was in force stays.
func (h *Holder) Take(years []Year) error {
	next, err := h.own.With(years...)
	if err != nil {
		return err
	}
	h.now.Store(next)
	return nil
}
