package calendar

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Limit is a statutory period. Kinds are the kinds of disclosure whose public
// release it binds, "*" for all that have no limit of their own; a limit without
// kinds is only asked for by its ID.
type Limit struct {
	ID    string   `json:"id"`
	N     int      `json:"n"`
	Unit  Unit     `json:"unit"`
	Kinds []string `json:"kinds,omitempty"`
	Law   string   `json:"law"`
	From  Date     `json:"effective_from"`
	Until Date     `json:"effective_until,omitzero"` // first day it no longer holds; zero if it still does
}

func (l Limit) holds(on Date) bool {
	return l.From.Compare(on) <= 0 && (l.Until == Date{} || on.Compare(l.Until) < 0)
}

// Due is a limit applied to one day.
type Due struct {
	Limit       Limit       `json:"limit"`
	At          time.Time   `json:"at"` // last instant within the limit
	Explanation Explanation `json:"explanation"`
}

func (c *Calendar) addLimits(raw string) error {
	var file struct {
		Version int     `json:"version"`
		Limits  []Limit `json:"limits"`
	}
	if err := decode(raw, &file); err != nil {
		return err
	}
	for _, l := range file.Limits {
		switch {
		case l.ID == "" || l.Law == "" || l.From == Date{}:
			return fmt.Errorf("limit %q has no id, law or first day", l.ID)
		case l.N < 1 || l.N > 3660:
			return fmt.Errorf("limit %s of %d", l.ID, l.N)
		case !slices.Contains([]Unit{WorkingDay, NaturalDay, Hour, Minute}, l.Unit):
			return fmt.Errorf("limit %s: unknown unit %q", l.ID, l.Unit)
		case len(l.Kinds) > 0 && l.Unit != WorkingDay && l.Unit != NaturalDay:
			return fmt.Errorf("limit %s: release is limited in days, not in %q", l.ID, l.Unit)
		case l.Until != Date{} && l.Until.Compare(l.From) <= 0:
			return fmt.Errorf("limit %s ends before it begins", l.ID)
		}
	}
	if file.Version < 1 {
		return errors.New("no version")
	}
	c.limits = file.Limits
	return nil
}

// Limit returns the limit of that ID as it holds on a day.
func (c *Calendar) Limit(id string, on Date) (Limit, bool) {
	for _, l := range slices.Backward(c.limits) {
		if l.ID == id && l.holds(on) {
			return l, true
		}
	}
	return Limit{}, false
}

// Statutory returns by when information of a kind, formed or changed on a day,
// must be public. A limit that names the kind goes before the general one
// (政府信息公开条例 26); of several, the earliest binds.
func (c *Calendar) Statutory(kind string, formed Date) (Due, bool) {
	for _, wanted := range []string{kind, "*"} {
		var best Due
		for _, l := range c.limits {
			if !l.holds(formed) || !slices.Contains(l.Kinds, wanted) {
				continue
			}
			at, x, err := c.Deadline(formed.midnight(c.zone), l)
			if err == nil && (best.At.IsZero() || at.Before(best.At)) {
				best = Due{Limit: l, At: at, Explanation: x}
			}
		}
		if !best.At.IsZero() {
			return best, true
		}
	}
	return Due{}, false
}
