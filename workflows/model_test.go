package workflows_test

import (
	"slices"
	"time"

	"shenfa/internal/disclosure"
)

// span is a stretch of time; a zero end is open.
type span struct{ from, to time.Time }

func (s span) over(at time.Time) bool {
	return !s.from.After(at) && (s.to.IsZero() || s.to.After(at))
}

// model is what the road is to be, written a second time, from the promises and not
// from the code: one item on the route of three steps, one person each.
type model struct {
	late       disclosure.LatePolicy
	onApproval bool
	lead       time.Duration // how long before its instant this item is armed

	now          time.Time
	state        disclosure.State
	contributors []string
	step         int
	decided      []string // who passed a step so far, or shortened the sign-off
	bypassed     bool

	first, latest time.Time // the approved window
	at            time.Time // the instant
	planned       time.Time // when that instant was fixed
	armed, outAt  time.Time
	frozenHold    bool

	freezes, outages []span
}

var seats = [][]string{{"head", "colleague"}, {"confidentiality", "second_reviewer"}, {"deputy"}}

const review = 1 // the seat no emergency goes past

var leaders = map[string]bool{"deputy": true, "principal": true}

var releasers = map[string]bool{"officer": true, "deputy": true, "principal": true}

func (m *model) editable() bool {
	return slices.Contains([]disclosure.State{disclosure.Drafting, disclosure.Returned, disclosure.Withdrawn}, m.state)
}

func (m *model) contribute(who string) { m.contributors = append(m.contributors, who) }

func (m *model) submit(who string, in, window time.Duration) bool {
	if !m.editable() {
		return false
	}
	m.contribute(who)
	m.decided, m.step, m.bypassed, m.state = nil, 0, false, disclosure.InReview
	m.first = m.now.Add(in)
	m.latest = m.first.Add(window)
	return true
}

// decide passes, returns to the drafter, returns to the first step, or withholds.
func (m *model) decide(who string, outcome disclosure.Outcome, toDrafter, stale bool) bool {
	step := m.step
	if m.state != disclosure.InReview || stale || slices.Contains(m.contributors, who) || slices.Contains(m.decided, who) ||
		!slices.Contains(seats[step], who) {
		return false
	}
	switch outcome {
	case disclosure.Disclose:
		if m.onApproval && m.now.After(m.latest) {
			return false // no instant is left that it could be released at
		}
		m.decided = append(m.decided, who)
		m.onward(step + 1)
	case disclosure.DoNotDisclose:
		if step == 0 {
			return false
		}
		m.state = disclosure.NotReleased
	default:
		if !toDrafter && step == 0 {
			return false
		}
		m.decided, m.step, m.bypassed = nil, 0, false
		if toDrafter {
			m.state = disclosure.Returned
		}
	}
	return true
}

// bypass leaves only the review.
func (m *model) bypass(who string) bool {
	if m.state != disclosure.InReview || slices.Contains(m.contributors, who) || slices.Contains(m.decided, who) || !leaders[who] || m.bypassed ||
		m.onApproval && m.now.After(m.latest) {
		return false
	}
	m.decided, m.bypassed = append(m.decided, who), true
	m.onward(m.step)
	return true
}

func (m *model) onward(step int) {
	if m.bypassed && step < review {
		step = review
	}
	if m.bypassed && step > review {
		step = len(seats)
	}
	if m.step = step; step == len(seats) {
		m.plan(m.first)
		if m.onApproval {
			m.plan(m.now)
		}
	}
}

func (m *model) plan(at time.Time) {
	m.state, m.at, m.planned, m.armed, m.frozenHold = disclosure.Approved, at, m.now, time.Time{}, false
}

func (m *model) waiting() bool {
	return m.state == disclosure.Approved || m.state == disclosure.Held || m.state == disclosure.Armed && m.now.Before(m.at)
}

func (m *model) withdraw(who string) bool {
	if who != "drafter" || !m.waiting() && m.state != disclosure.InReview && m.state != disclosure.Returned {
		return false
	}
	m.state, m.armed = disclosure.Withdrawn, time.Time{}
	return true
}

func (m *model) reschedule(who string, at time.Time) bool {
	if who != "drafter" && !releasers[who] || !m.waiting() || at.Before(m.now) || at.Before(m.first) || at.After(m.latest) {
		return false
	}
	m.plan(at)
	return true
}

func (m *model) recall(who string) bool {
	if !releasers[who] || m.state != disclosure.Released {
		return false
	}
	m.state = disclosure.Recalled
	return true
}

func (m *model) effective() time.Time {
	if m.armed.After(m.at) {
		return m.armed
	}
	return m.at
}

func (m *model) frozen(at time.Time) bool {
	return slices.ContainsFunc(m.freezes, func(s span) bool { return s.over(at) })
}

// attended allows the five seconds between the last beat and the end.
func (m *model) attended(at time.Time) bool {
	return !slices.ContainsFunc(m.outages, func(s span) bool { return s.from.Add(5*time.Second).Before(at) && s.to.After(at) })
}

// public says whether the public can see the item at m.now.
func (m *model) public() bool {
	shown := m.state == disclosure.Armed || m.state == disclosure.Released
	return shown && !m.at.After(m.now) && !m.frozen(m.effective()) && (m.late == disclosure.LateNow || m.attended(m.effective()))
}

// awake is when the machine gets to what is due at an instant.
func (m *model) awake(due time.Time) time.Time {
	for _, s := range m.outages {
		if s.over(due) {
			return s.to
		}
	}
	return due
}

// pass lets time pass, and the machine do what becomes due.
func (m *model) pass(d time.Duration) {
	end := m.now.Add(d)
	for {
		due := end.Add(1)
		switch m.state {
		case disclosure.Approved:
			if due = m.at.Add(-m.lead); due.Before(m.planned) {
				due = m.planned
			}
		case disclosure.Armed:
			due = m.effective()
		}
		if due = m.awake(due); due.After(end) {
			m.now = end
			return
		}
		m.now = due
		m.act()
	}
}

func (m *model) act() {
	switch {
	case m.state == disclosure.Approved && m.now.After(m.latest): // nobody approved of that
		m.state, m.frozenHold = disclosure.Held, false
	case m.state == disclosure.Approved && !m.now.Before(m.at) && !m.onApproval && m.late != disclosure.LateNow:
		m.miss()
	case m.state == disclosure.Approved:
		m.state, m.armed = disclosure.Armed, m.now
	case m.frozen(m.effective()):
		m.state, m.armed, m.frozenHold = disclosure.Held, time.Time{}, true
	case m.late != disclosure.LateNow && !m.attended(m.effective()):
		m.miss()
	default:
		m.state, m.outAt = disclosure.Released, m.now
	}
}

func (m *model) miss() {
	at := map[disclosure.LatePolicy]time.Time{disclosure.LateNow: m.now, disclosure.LateWindow: nextWindow(m.now)}[m.late]
	if at.Before(m.first) || at.After(m.latest) {
		m.state, m.armed, m.frozenHold = disclosure.Held, time.Time{}, false
		return
	}
	m.plan(at)
}

// watch is the watchdog's look at what a freeze held that stands no more.
func (m *model) watch() {
	if m.state == disclosure.Held && m.frozenHold && m.late != disclosure.LateHold && !m.frozen(m.now) {
		m.miss()
	}
}
