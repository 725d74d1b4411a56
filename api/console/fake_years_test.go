package console

import (
	"context"
	"time"

	"shenfa/internal/calendar"
	"shenfa/internal/desk"
)

func (f *fake) year() desk.CalendarYear {
	day := calendar.Date{Year: 2027, Month: time.January, Day: 1}
	return desk.CalendarYear{
		Year: calendar.Year{
			Year: 2027, Source: "示例通知〔2026〕1号", Version: 1, Status: "confirmed", Working: []calendar.Date{day.AddDays(8)},
			Off: []calendar.Break{{From: day, To: day.AddDays(2), Zh: "元旦", En: "New Year"}},
		},
		Status: "proposed", Reason: f.reason, ProposedBy: desk.Ref{ID: "p7", Name: people["secadmin"].Name}, ProposedAt: new(morning), Free: 13, Law: 13,
		Changes: []desk.CalendarDay{{Date: "2027-01-02", Before: "weekend", After: "holiday", Name: calendar.Name{Zh: "元旦", En: "New Year"}}},
		Moves: []desk.DeadlineMove{
			{Kind: desk.MoveTask, Disclosure: "d1", Number: "2026-0031", Step: "section", From: morning, To: morning.Add(48 * time.Hour)},
			{Kind: desk.MoveQuestion, Disclosure: "d1", Number: "2026-0031", From: morning, To: morning.Add(48 * time.Hour), Stands: true},
		},
		Can: []string{"refuse", "confirm"},
	}
}

func (f *fake) CalendarYears(context.Context, desk.Actor) ([]desk.CalendarYear, error) {
	old := f.year()
	old.Year.Year, old.Status, old.Can = 2026, "in_force", []string{}
	return []desk.CalendarYear{f.year(), old}, f.fail["CalendarYears"]
}

func (f *fake) CalendarYear(context.Context, desk.Actor, int, int) (desk.CalendarYear, error) {
	return f.year(), f.fail["CalendarYear"]
}

func (f *fake) ProposeCalendarYear(_ context.Context, _ desk.Actor, in desk.CalendarInput) (desk.CalendarYear, error) {
	return f.year(), f.called("ProposeCalendarYear", "%d %v %v %s %s", in.Year.Year, in.Year.Off, in.Year.Working, in.Year.Source, in.Reason)
}

func (f *fake) SettleCalendarYear(_ context.Context, _ desk.Actor, year, version int, confirm bool) (desk.CalendarYear, error) {
	return f.year(), f.called("SettleCalendarYear", "%d %d %t", year, version, confirm)
}
