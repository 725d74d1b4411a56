package store

import (
	"time"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
)

// StepDue is when a task of c is due that was opened at an instant: the steps that still stand
// before the release share what is left until its statutory limit, and a step that may not do
// without an answer stands still until it is there, or ought to be. What is on no route keeps
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
	stops, err := stops(cal, c, t.Step)
	if err != nil {
		return calendar.Paced{}, err
	}
	k := calendar.Clock{Limit: limit(t.Limit), From: opened, Stops: stops}
	if t.Extended > 0 {
		k.Extended = []calendar.Extended{{N: t.Extended, At: opened}}
	}
	return cal.Pace(c.Unit, k, end, then...)
}

// stops gives a stretch that is still open the end that it has if all goes well.
func stops(cal *calendar.Calendar, c disclosure.Case, step string) ([]calendar.Stop, error) {
	var out []calendar.Stop
	for _, x := range c.StandsStill(step) {
		if x.To.IsZero() {
			q, _ := c.Question(x.Question)
			end, _, err := cal.Deadline(x.From, limit(q.Terms().Limit))
			if err != nil {
				return nil, err
			}
			x.To = end
		}
		out = append(out, calendar.Stop{From: x.From, To: x.To, Basis: x.Basis})
	}
	return out, nil
}

func limit(l disclosure.Limit) calendar.Limit {
	return calendar.Limit{N: l.N, Unit: calendar.Unit(l.Unit)}
}
