package store

import (
	"time"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
)

// StepDue is when a task of c is due that was opened at an instant: the steps that still stand
// before the release share what is left until its statutory limit. What is on no route keeps
// its own limit.
func StepDue(cal *calendar.Calendar, c disclosure.Case, t disclosure.Task, opened time.Time) (calendar.Paced, error) {
	end, ahead := time.Time{}, c.Ahead()
	if len(ahead) > 0 && ahead[0].ID == t.Step {
		end, ahead = c.Lawful, ahead[1:]
	}
	var then []calendar.Limit
	for _, s := range ahead {
		then = append(then, limit(s.Limit))
	}
	return cal.Pace(c.Unit, opened, end, limit(t.Limit), then...)
}

func limit(l disclosure.Limit) calendar.Limit {
	return calendar.Limit{N: l.N, Unit: calendar.Unit(l.Unit)}
}
