package calendar

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Limit is a period that a law or the unit sets: a row of the catalogue. Kinds are the kinds
// of disclosure whose public release it binds, "*" for all that have no limit of their own;
// a limit without kinds is only asked for by its ID.
type Limit struct {
	ID         string     `json:"id"`
	N          int        `json:"n,omitempty"`
	Unit       Unit       `json:"unit,omitempty"`
	Shape      Shape      `json:"shape,omitempty"`
	Day        string     `json:"day,omitempty"` // of a yearly limit: "01-31"
	Trigger    Name       `json:"trigger"`
	Stop       Name       `json:"stop"`
	Kinds      []string   `json:"kinds,omitempty"`
	Pauses     []string   `json:"pauses,omitempty"`   // kinds of questions while which it stands still
	Restarts   []string   `json:"restarts,omitempty"` // events from which it is counted anew
	Extension  *Extension `json:"extension,omitempty"`
	OnExpiry   Expiry     `json:"on_expiry"`
	Law        string     `json:"law"`
	Confidence Confidence `json:"confidence"` // how the row was checked against its source
	From       Date       `json:"effective_from"`
	Until      Date       `json:"effective_until,omitzero"` // first day it no longer holds; zero if it still does
}

// Extension is by how much a limit may be made longer, in its own unit, how many times, and
// by whom: a role.
type Extension struct {
	N        int    `json:"n"`
	Times    int    `json:"times"`
	Approver string `json:"approver"`
	Law      string `json:"law"`
}

// Shape is how a limit binds.
type Shape string

// Shapes of limits.
const (
	Within Shape = ""       // no later than N from the trigger
	Least  Shape = "least"  // no sooner than N from the trigger
	Yearly Shape = "yearly" // by Day of every year
	Set    Shape = "set"    // the law gives no number; the unit sets one
)

// Expiry is what follows when a limit has run out.
type Expiry string

// What follows.
const (
	Overdue       Expiry = "overdue"        // it is still owed, and late
	Abandoned     Expiry = "abandoned"      // the request counts as given up
	Consented     Expiry = "consent"        // silence is consent
	AgencyDecides Expiry = "agency_decides" // the agency decides without the answer
	Lapsed        Expiry = "lapsed"         // the right is lost
	Nothing       Expiry = "none"           // a period that must pass
)

// Confidence is how a row was checked.
type Confidence string

// How a row was checked.
const (
	Verified  Confidence = "verified"  // against the text of the law
	Secondary Confidence = "secondary" // against a report of it
	Unchecked Confidence = "unchecked"
)

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
		if err := l.validate(); err != nil {
			return fmt.Errorf("limit %q: %w", l.ID, err)
		}
	}
	if file.Version < 1 {
		return errors.New("no version")
	}
	c.limits = file.Limits
	return nil
}

func (l Limit) validate() error {
	switch {
	case l.ID == "" || l.Law == "" || l.From == Date{}:
		return errors.New("no id, law or first day")
	case l.Trigger.Zh == "" || l.Trigger.En == "" || l.Stop.Zh == "" || l.Stop.En == "":
		return errors.New("it does not say what starts and what stops it")
	case !slices.Contains([]Expiry{Overdue, Abandoned, Consented, AgencyDecides, Lapsed, Nothing}, l.OnExpiry):
		return fmt.Errorf("unknown expiry %q", l.OnExpiry)
	case !slices.Contains([]Confidence{Verified, Secondary, Unchecked}, l.Confidence):
		return fmt.Errorf("unknown confidence %q", l.Confidence)
	case l.Until != Date{} && l.Until.Compare(l.From) <= 0:
		return errors.New("it ends before it begins")
	}
	switch l.Shape {
	case Within, Least:
		return l.validatePeriod()
	case Yearly:
		if _, err := time.Parse("01-02", l.Day); err != nil {
			return fmt.Errorf("day of the year: %w", err)
		}
	case Set:
	default:
		return fmt.Errorf("unknown shape %q", l.Shape)
	}
	if l.N != 0 || l.Unit != "" || len(l.Kinds) > 0 || len(l.Pauses) > 0 || l.Extension != nil {
		return fmt.Errorf("a limit of shape %q has no number, and nothing that needs one", l.Shape)
	}
	return nil
}

func (l Limit) validatePeriod() error {
	days := l.Unit == WorkingDay || l.Unit == NaturalDay
	switch x := l.Extension; {
	case l.N < 1 || l.N > 3660:
		return fmt.Errorf("of %d", l.N)
	case !slices.Contains([]Unit{WorkingDay, NaturalDay, Month, YearLong, Hour, Minute}, l.Unit):
		return fmt.Errorf("unknown unit %q", l.Unit)
	case l.Day != "":
		return errors.New("only a yearly limit has a day")
	case len(l.Kinds) > 0 && (!days || l.Shape != Within):
		return fmt.Errorf("release is limited in days, not in %q", l.Unit)
	case (len(l.Pauses) > 0 || x != nil) && (l.Unit == Month || l.Unit == YearLong || l.Shape != Within):
		return errors.New("only days, hours and minutes stand still or are extended")
	case x != nil && (x.N < 1 || x.N > l.N || x.Times < 1 || x.Approver == "" || x.Law == ""):
		return errors.New("its extension has no number, approver or law, or is longer than itself")
	}
	return nil
}

// Limits returns the catalogue, by ID and first day.
func (c *Calendar) Limits() []Limit { return slices.Clone(c.limits) }

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
