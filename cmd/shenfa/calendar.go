package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"shenfa/internal/calendar"
	"shenfa/internal/store"
)

// calendarEvery is how soon a process counts with a year that was confirmed in another.
const calendarEvery = 2 * time.Second

// openCalendar returns the calendar in force: the program's own with the years that people
// confirmed. It keeps up with them until it is closed.
func openCalendar(ctx context.Context, s *store.Store, log *slog.Logger) (*calendar.Holder, func() error, error) {
	own, err := calendar.Default()
	if err != nil {
		return nil, nil, err
	}
	h := calendar.Hold(own)
	known, err := takeYears(ctx, s, h, 0)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() {
		for failing := false; ; {
			select {
			case <-ctx.Done():
				return
			case <-time.After(calendarEvery):
			}
			mark, err := takeYears(ctx, s, h, known)
			if err != nil && !failing && ctx.Err() == nil {
				log.ErrorContext(ctx, "calendar not taken up", slog.Any("error", err))
			}
			if failing = err != nil; !failing {
				known = mark
			}
		}
	})
	return h, func() error {
		cancel()
		wg.Wait()
		return nil
	}, nil
}

// takeYears puts in force what was confirmed, if that is more than what is known.
func takeYears(ctx context.Context, s *store.Store, h *calendar.Holder, known int) (mark int, err error) {
	if mark, err = s.CalendarMark(ctx); err != nil || mark == known {
		return mark, err
	}
	years, err := s.ConfirmedYears(ctx)
	if err != nil {
		return known, err
	}
	if err := h.Take(years); err != nil {
		return known, fmt.Errorf("confirmed years: %w", err)
	}
	return mark, nil
}
