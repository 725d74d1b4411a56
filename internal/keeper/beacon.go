package keeper

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"shenfa/internal/store"
)

// Beacon tells two addresses outside how the house stands: one every minute in which the
// watchdog went round, so that silence is an alarm; the other when something is late, and
// once more when nothing is any longer. Numbers only.
type Beacon struct {
	Post      func(ctx context.Context, to string, body []byte) error // an error unless it was taken
	Heartbeat string                                                  // address; empty: none
	Alert     string                                                  // address; empty: none

	raised Alarm     // what was told last
	beat   time.Time // of the last heartbeat that arrived, by the database clock
	turns  int64     // of the watchdog until then
}

// Alarm is what is told of how the house stands.
type Alarm struct {
	Overdue       int `json:"overdue"`        // disclosures that should have been armed or released
	Unsent        int `json:"unsent"`         // effects whose instant has passed
	LateIncidents int `json:"late_incidents"` // past their 24 hours
	Drifted       int `json:"drifted"`        // items that a channel does not show as approved
	Silent        int `json:"silent"`         // channels that do not answer
	Unarmed       int `json:"unarmed"`        // disclosures near their instant that would not come out
	Unrehearsed   int `json:"unrehearsed"`    // those that missed a rehearsal
	Stuck         int `json:"stuck"`          // channels' answers and checks that do not come to an end
}

// tell looks and tells. What does not arrive is told again the next time. turns is how
// often the watchdog has gone round without a fault: where it stands still, no heartbeat
// goes out.
func (b *Beacon) tell(ctx context.Context, s *store.Store, turns int64) error {
	now, err := look(ctx, s)
	if err != nil {
		return err
	}
	at, err := s.Now(ctx)
	if err != nil {
		return err
	}
	var errs []error
	body, err := json.Marshal(now)
	if err != nil {
		return err
	}
	if b.Alert != "" && now != b.raised {
		if err := b.Post(ctx, b.Alert, body); err != nil {
			errs = append(errs, fmt.Errorf("alert: %w", err))
		} else {
			b.raised = now
		}
	}
	if b.Heartbeat != "" && turns > b.turns && at.Sub(b.beat).Abs() >= heartbeatEvery {
		if err := b.Post(ctx, b.Heartbeat, body); err != nil {
			errs = append(errs, fmt.Errorf("heartbeat: %w", err))
		} else {
			b.beat, b.turns = at, turns
		}
	}
	return errors.Join(errs...)
}

func look(ctx context.Context, s *store.Store) (Alarm, error) {
	late, err := s.Overdue(ctx, overdue)
	if err != nil {
		return Alarm{}, err
	}
	m, err := s.Metrics(ctx)
	if err != nil {
		return Alarm{}, err
	}
	channels, err := s.Health(ctx)
	if err != nil {
		return Alarm{}, err
	}
	a := Alarm{
		Overdue: len(late), Unsent: m.Unsent, LateIncidents: m.LateIncidents,
		Unarmed: m.Troubles[store.TroubleUnarmed], Unrehearsed: m.Troubles[store.TroubleUnrehearsed], Stuck: m.Troubles[store.TroubleEffect] + m.Troubles[store.TroubleCheck],
	}
	for _, c := range channels {
		a.Drifted += c.Drifted
		if !c.Ready {
			a.Silent++
		}
	}
	return a, nil
}
