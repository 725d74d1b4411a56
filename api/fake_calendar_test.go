package api

import (
	"context"
	"time"

	"shenfa/internal/calendar"
	"shenfa/internal/desk"
)

// yearInput is a year as a client sends it.
const yearInput = `{"year":{"year":2027,"source":"示例通知","off":[{"from":"2027-01-01","to":"2027-01-03","zh":"元旦","en":"New Year"}],"working":[]},"reason":"国务院办公厅通知"}`

func calendarYear() desk.CalendarYear {
	at := noon
	day := calendar.Date{Year: 2027, Month: time.January, Day: 1}
	return desk.CalendarYear{
		Year: calendar.Year{
			Year: 2027, Source: "示例通知", Version: 1, Status: "confirmed", Working: []calendar.Date{day.AddDays(8)},
			Off: []calendar.Break{{From: day, To: day.AddDays(2), Zh: "元旦", En: "New Year"}},
		},
		Status: "proposed", Reason: "国务院办公厅通知", ProposedBy: desk.Ref{ID: "p7", Name: "周静"}, ProposedAt: &at, Free: 13, Law: 13,
		Changes: []desk.CalendarDay{{Date: "2027-01-02", Before: "weekend", After: "holiday", Name: calendar.Name{Zh: "元旦", En: "New Year"}}},
		Moves:   []desk.DeadlineMove{{Kind: desk.MoveQuestion, Disclosure: "d1", Number: "SF-2026-000001", From: noon, To: noon.Add(48 * time.Hour), Stands: true}},
		Can:     []string{"refuse", "confirm"},
	}
}

func (f *fake) CalendarYears(ctx context.Context, _ desk.Actor) ([]desk.CalendarYear, error) {
	return []desk.CalendarYear{calendarYear()}, f.called(ctx, "calendar years")
}

func (f *fake) CalendarYear(ctx context.Context, _ desk.Actor, year, version int) (desk.CalendarYear, error) {
	return calendarYear(), f.called(ctx, "calendar year %d %d", year, version)
}

func (f *fake) ProposeCalendarYear(ctx context.Context, _ desk.Actor, in desk.CalendarInput) (desk.CalendarYear, error) {
	return calendarYear(), f.called(ctx, "propose calendar year %s", in.Reason)
}

func (f *fake) SettleCalendarYear(ctx context.Context, _ desk.Actor, year, version int, confirm bool) (desk.CalendarYear, error) {
	return calendarYear(), f.called(ctx, "settle calendar year %d %d %v", year, version, confirm)
}
