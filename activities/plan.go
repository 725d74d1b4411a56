package activities

import (
	"context"
	"errors"
	"time"

	"shenfa/internal/disclosure"
)

// ObstacleInput is an approved case.
type ObstacleInput struct {
	Case disclosure.Case
}

// Obstacle says why the case cannot be released as it is planned: an approval that will be
// too old, or a blackout. An empty cause is none.
func (a *Activities) Obstacle(ctx context.Context, in ObstacleInput) (cause string, err error) {
	return a.keepsPlan(ctx, in.Case)
}

func (a *Activities) keepsPlan(ctx context.Context, c disclosure.Case) (cause string, err error) {
	terms, err := a.Store.Terms(ctx, c.Unit)
	if err != nil {
		return "", err
	}
	at := c.ReleaseAt
	if at.Before(terms.Now) {
		at = terms.Now // it would take effect when it is armed
	}
	if c.Expired(at) {
		return CauseExpired, nil
	}
	if _, covered := terms.Blackout(c.Kind, c.Channels, at); covered {
		return CauseBlackout, nil
	}
	return "", nil
}

// NextWindowInput is a case that missed its instant.
type NextWindowInput struct {
	Case disclosure.Case
}

// NextWindow is when the next working day opens on which the unit may publish the case.
func (a *Activities) NextWindow(ctx context.Context, in NextWindowInput) (time.Time, error) {
	terms, err := a.Store.Terms(ctx, in.Case.Unit)
	if err != nil {
		return time.Time{}, err
	}
	hours, ok := a.Calendar.Get().HoursOf(in.Case.Unit, a.Calendar.Get().DateOf(terms.Now))
	if !ok {
		return time.Time{}, errors.New("no publishing hours are laid down")
	}
	for from := terms.Now; ; {
		at, err := a.Calendar.Get().NextWindow(from, hours.Open)
		if err != nil {
			return time.Time{}, err
		}
		b, covered := terms.Blackout(in.Case.Kind, in.Case.Channels, at)
		if !covered {
			return at, nil
		}
		from = b.Until
	}
}
