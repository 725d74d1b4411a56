// Package notice says who is told what, when they are reminded, and when a mail may leave.
// A notice carries plain facts and never content: its kind, the number of the item, a step
// and an instant.
package notice

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"shenfa/internal/disclosure"
)

// Kind is what a notice tells of.
type Kind string

// Kinds of notices. Their words are data.
const (
	Task         Kind = "task"
	Reminder     Kind = "reminder"
	Overdue      Kind = "overdue"
	Urged        Kind = "urged"
	Returned     Kind = "returned"
	NotDisclosed Kind = "not_disclosed"
	Approved     Kind = "approved"
	Released     Kind = "released"
	Held         Kind = "held"
	Failed       Kind = "failed"
	NotReady     Kind = "not_ready"
	Quarantined  Kind = "quarantined"
	Recalled     Kind = "recalled"
	Comment      Kind = "comment"
	Delegation   Kind = "delegation"
	Account      Kind = "account"
	Clock        Kind = "clock"
	Asked        Kind = "asked"
	Answered     Kind = "answered"
	Silent       Kind = "silent"
	Trouble      Kind = "trouble"
	Stranded     Kind = "stranded"
	Reopened     Kind = "reopened"    // what was not made public may be: a draft waits for who wrote it
	MailFailed   Kind = "mail_failed" // never by mail: that is what failed
)

// Info names a kind. An urgent one does not wait for a digest.
type Info struct {
	ID     Kind   `json:"id"`
	Zh     string `json:"zh"`
	En     string `json:"en"`
	Urgent bool   `json:"urgent"`
}

// Audience is whom a notice is for: one person, or whoever holds a role, in a section if
// one is named.
type Audience struct {
	Person  string
	Role    disclosure.Role
	Section string
}

// Those who a data file names by their part in an item.
const (
	drafterPart = "drafter"
	holderPart  = "holder"
)

type reached struct {
	State disclosure.State `json:"state"`
	Kind  Kind             `json:"kind"`
	To    []string         `json:"to"`
}

//go:embed data
var files embed.FS

// Rules are who is told what, and the ladder of reminders. They are safe for concurrent use.
type Rules struct {
	kinds   []Info
	reached []reached
	ladder  Ladder
}

// Load reads the rules that are part of the program, and refuses data that contradicts
// itself.
func Load() (*Rules, error) {
	r := &Rules{}
	for name, into := range map[string]any{"kinds": &r.kinds, "reached": &r.reached, "ladder": &r.ladder} {
		raw, err := files.ReadFile("data/" + name + ".json")
		if err == nil {
			err = json.Unmarshal(raw, into)
		}
		if err != nil {
			return nil, fmt.Errorf("notices: %s: %w", name, err)
		}
	}
	for _, x := range r.reached {
		if _, ok := r.Info(x.Kind); !ok || len(x.To) == 0 {
			return nil, fmt.Errorf("notices: state %s has no kind or nobody to tell", x.State)
		}
		if _, ok := disclosure.StateByID(x.State); !ok {
			return nil, fmt.Errorf("notices: no state %q", x.State)
		}
	}
	return r, r.ladder.check(r)
}

// Kinds lists every kind.
func (r *Rules) Kinds() []Info { return slices.Clone(r.kinds) }

// Ladder is the ladder of reminders.
func (r *Rules) Ladder() Ladder { return r.ladder }

// Info finds a kind.
func (r *Rules) Info(k Kind) (Info, bool) {
	i := slices.IndexFunc(r.kinds, func(x Info) bool { return x.ID == k })
	if i < 0 {
		return Info{}, false
	}
	return r.kinds[i], true
}

// Telling is a kind and those who are told.
type Telling struct {
	Kind Kind
	To   []Audience
}

// Reached says who is told that an item came into its state. Drafter and section are those
// of the item.
func (r *Rules) Reached(s disclosure.State, drafter, section string) (Telling, bool) {
	i := slices.IndexFunc(r.reached, func(x reached) bool { return x.State == s })
	if i < 0 {
		return Telling{}, false
	}
	t := Telling{Kind: r.reached[i].Kind}
	for _, part := range r.reached[i].To {
		t.To = append(t.To, audience(part, drafter, section, Audience{}))
	}
	return t, true
}

func audience(part, drafter, section string, holder Audience) Audience {
	switch part {
	case drafterPart:
		return Audience{Person: drafter}
	case holderPart:
		return holder
	case string(disclosure.SectionHead):
		return Audience{Role: disclosure.SectionHead, Section: section}
	}
	return Audience{Role: disclosure.Role(part)}
}

// Settings are how a person wants to be told by mail. All notices stand in the console,
// whatever the settings.
type Settings struct {
	Email      string `json:"email"` // empty: no mail
	Language   string `json:"language"`
	Kinds      []Kind `json:"kinds"`       // that go by mail
	Digest     string `json:"digest"`      // "17:00": once a day, all together; empty: each at once
	QuietFrom  string `json:"quiet_from"`  // "21:00": no mail from then
	QuietUntil string `json:"quiet_until"` // until then; both or none
}

const maxEmail = 200

// Check refuses settings that cannot be kept, and names the field.
func (r *Rules) Check(s Settings) error {
	if a, err := mail.ParseAddress(s.Email); s.Email != "" && (err != nil || a.Address != s.Email || len(s.Email) > maxEmail) {
		return disclosure.Refuse(disclosure.BadValue, "email", "value", s.Email, "allowed", "name@example.gov.cn")
	}
	if s.Language != "zh" && s.Language != "en" {
		return disclosure.Refuse(disclosure.BadValue, "language", "value", s.Language, "allowed", "zh, en")
	}
	for _, k := range s.Kinds {
		if _, ok := r.Info(k); !ok || k == MailFailed {
			return disclosure.Refuse(disclosure.BadValue, "kinds", "value", string(k), "allowed", r.ids())
		}
	}
	for _, f := range []struct{ name, clock string }{{"digest", s.Digest}, {"quiet_from", s.QuietFrom}, {"quiet_until", s.QuietUntil}} {
		if _, err := clock(f.clock); f.clock != "" && err != nil {
			return disclosure.Refuse(disclosure.BadValue, f.name, "value", f.clock, "allowed", "HH:MM")
		}
	}
	switch {
	case s.QuietFrom == "" && s.QuietUntil != "":
		return disclosure.Refuse(disclosure.Required, "quiet_from")
	case s.QuietFrom != "" && (s.QuietUntil == "" || s.QuietUntil == s.QuietFrom):
		return disclosure.Refuse(disclosure.Required, "quiet_until")
	}
	return nil
}

func (r *Rules) ids() string {
	var all []string
	for _, k := range r.kinds {
		if k.ID != MailFailed {
			all = append(all, string(k.ID))
		}
	}
	return strings.Join(all, ", ")
}

// Leaves is the first instant, not before now, at which a notice of then may leave by mail.
// The clocks of the settings are read in zone.
func (s Settings) Leaves(urgent bool, then, now time.Time, zone *time.Location) time.Time {
	at := then
	if s.Digest != "" && !urgent {
		at = next(s.Digest, then, zone)
	}
	if at.Before(now) {
		at = now
	}
	if s.QuietFrom == "" {
		return at
	}
	if end := next(s.QuietUntil, at, zone); end.Sub(at) <= quiet(s) {
		return end
	}
	return at
}

// quiet is how long the quiet hours last.
func quiet(s Settings) time.Duration {
	from, _ := clock(s.QuietFrom)
	until, _ := clock(s.QuietUntil)
	if until <= from {
		until += 24 * time.Hour
	}
	return until - from
}

// next is the first instant after t at which a clock in zone shows hhmm.
func next(hhmm string, t time.Time, zone *time.Location) time.Time {
	of, _ := clock(hhmm)
	y, m, d := t.In(zone).Date()
	for day := 0; ; day++ {
		at := time.Date(y, m, d+day, int(of/time.Hour), int(of%time.Hour/time.Minute), 0, 0, zone)
		if at.After(t) {
			return at
		}
	}
}

func clock(hhmm string) (time.Duration, error) {
	t, err := time.Parse("15:04", hhmm)
	if err != nil || len(hhmm) != len("15:04") {
		return 0, errors.Join(errors.New("no time of day"), err)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}
