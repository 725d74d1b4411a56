package disclosure

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Why an item is held that could not keep its plan.
const (
	CauseBlackout = "blackout"         // a blackout that was ordered after its approval
	CauseExpired  = "approval_expired" // its approval is too old
)

// HeldStep is not on any route: what is held for such a reason waits there for a person.
const HeldStep = "held"

// HeldLimit is how long it may wait there.
var HeldLimit = Limit{N: 1, Unit: "working_day"}

// Undated says whether the plan leaves its instant to the approval.
func (p Plan) Undated() bool { return p.OnApproval || p.NextWindow }

// validateKind refuses two plans in one.
func (p Plan) validateKind() error {
	switch {
	case p.NextWindow && p.OnApproval:
		return badValue("release.next_window", "true", "false")
	case p.NextWindow && !p.At.IsZero():
		return badValue("release.at", ShowInstant(p.At, p.Zone), "")
	}
	return nil
}

// Window is a stretch of time: From is in it, Until is not.
type Window struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// Holds says whether t lies in w.
func (w Window) Holds(t time.Time) bool { return !t.Before(w.From) && t.Before(w.Until) }

// Blackout is a time in which a unit releases nothing (静默期). Empty lists of kinds and
// channels mean all; what is exempt comes out all the same.
type Blackout struct {
	ID string `json:"id"`
	Window
	Kinds    []string `json:"kinds"`
	Channels []string `json:"channels"`
	Exempt   []string `json:"exempt"` // kinds
}

// Covers says whether an item of that kind, for those channels, must not be released at
// at. One channel holds the whole item: it comes out as it was approved or not at all.
func (b Blackout) Covers(kind string, channels []string, at time.Time) bool {
	return b.Holds(at) && !slices.Contains(b.Exempt, kind) &&
		(len(b.Kinds) == 0 || slices.Contains(b.Kinds, kind)) &&
		(len(b.Channels) == 0 || slices.ContainsFunc(channels, func(c string) bool { return slices.Contains(b.Channels, c) }))
}

// Terms are what an item is planned under. They are no part of what is approved.
type Terms struct {
	Now       time.Time
	Lead      time.Duration // how long caches may go on to show an old page; 0 if there are none
	Blackouts []Blackout    // of the unit, standing
}

// Blackout finds the blackout that keeps back an item at an instant.
func (t Terms) Blackout(kind string, channels []string, at time.Time) (Blackout, bool) {
	i := slices.IndexFunc(t.Blackouts, func(b Blackout) bool { return b.Covers(kind, channels, at) })
	if i < 0 {
		return Blackout{}, false
	}
	return t.Blackouts[i], true
}

// Next is the first instant from at on at which an item may be released.
func (t Terms) Next(kind string, channels []string, at time.Time) time.Time {
	if soonest := t.Now.Add(t.Lead); t.Lead > 0 && at.Before(soonest) {
		at = soonest
	}
	for {
		b, covered := t.Blackout(kind, channels, at)
		if !covered {
			return at
		}
		at = b.Until
	}
}

// Admit refuses to plan an item for at too soon or in a blackout, and says which instant
// would do. Field is where the instant was typed.
func (t Terms) Admit(kind string, channels []string, at time.Time, field, zone string) error {
	if t.Lead > 0 && at.Before(t.Now.Add(t.Lead)) {
		return Refuse(ReleaseTooSoon, field, "until", showFrom(t.Now.Add(t.Lead), zone), "earliest", showFrom(t.Next(kind, channels, at), zone))
	}
	if b, covered := t.Blackout(kind, channels, at); covered {
		return Refuse(ReleaseBlackout, field, "blackout", b.ID, "from", ShowInstant(b.From, zone), "until", ShowInstant(b.Until, zone),
			"next", showFrom(t.Next(kind, channels, at), zone))
	}
	return nil
}

// Open leaves out the windows, and the parts of them, that a blackout takes.
func (t Terms) Open(windows []Window, kind string, channels []string) []Window {
	var open []Window
	for _, w := range windows {
		for w.From.Before(w.Until) {
			w.From = Terms{Blackouts: t.Blackouts}.Next(kind, channels, w.From)
			end := w.Until
			for _, b := range t.Blackouts {
				if b.From.After(w.From) && b.From.Before(end) && b.Covers(kind, channels, b.From) {
					end = b.From
				}
			}
			if !w.From.Before(end) {
				break
			}
			open = append(open, Window{From: w.From, Until: end})
			w.From = end
		}
	}
	return open
}

// showFrom writes a first instant to the minute, which must not be a minute before it.
func showFrom(t time.Time, zone string) string {
	if up := t.Truncate(time.Minute); up.Before(t) {
		t = up.Add(time.Minute)
	}
	return ShowInstant(t, zone)
}

// opening is the first instant from at on in the windows of c; zero if none is left.
func (c Case) opening(at time.Time) time.Time {
	if at.Before(c.NotBefore) {
		at = c.NotBefore
	}
	for _, w := range c.Windows {
		if w.Until.After(at) {
			if w.From.After(at) {
				at = w.From
			}
			if at.After(c.Latest) {
				break
			}
			return at
		}
	}
	return time.Time{}
}

// settle gives an approved item its instant, if its plan left it to the approval.
func (c *Case) settle(at time.Time) {
	c.State, c.ApprovedAt = Approved, at
	switch {
	case c.NextWindow:
		opening := c.opening(at)
		c.OnApproval = opening.Equal(at) // another instant can be missed
		c.plan(opening)
	case c.OnApproval:
		c.plan(slices.MaxFunc([]time.Time{at, c.NotBefore}, time.Time.Compare))
	}
}

// checkApproval refuses the approval of what has no instant left at which it could be
// released.
func (c Case) checkApproval(at time.Time) error {
	switch {
	case c.NextWindow && c.opening(at).IsZero():
		return Refuse(ReleaseNoWindow, "", "latest", ShowInstant(c.Latest, DefaultZone))
	case c.OnApproval && at.After(c.Latest):
		return c.checkWindow(at)
	}
	return nil
}

// clearance is for how long an approval is good.
type clearance struct {
	Kinds         []string `json:"kinds"` // "*": all without one of their own
	Days          int      `json:"days"`
	EffectiveFrom string   `json:"effective_from"`
	Basis         string   `json:"basis"`
}

var clearances = mustLoad[[]clearance]("data/clearances.json")

// ClearanceDays is for how many days of 24 hours from its last decision on an approval is
// good that an item of this kind gets, by the rule in force at at; 0: for ever.
func ClearanceDays(kind string, at time.Time) int {
	day := at.In(time.FixedZone(DefaultZone, 8*60*60)).Format(time.DateOnly)
	for _, wanted := range []string{kind, "*"} {
		var rule clearance
		for _, r := range clearances {
			if slices.Contains(r.Kinds, wanted) && r.EffectiveFrom <= day && r.EffectiveFrom > rule.EffectiveFrom {
				rule = r
			}
		}
		if rule.EffectiveFrom != "" {
			return rule.Days
		}
	}
	return 0
}

// ApprovalEnds is the last instant at which the approval is good; zero if it has no end,
// or c none.
func (c Case) ApprovalEnds() time.Time {
	if c.ClearDays == 0 || c.ApprovedAt.IsZero() {
		return time.Time{}
	}
	return c.ApprovedAt.Add(time.Duration(c.ClearDays) * 24 * time.Hour)
}

// Last is the last instant at which c may be released as it was approved.
func (c Case) Last() time.Time {
	if end := c.ApprovalEnds(); !end.IsZero() && end.Before(c.Latest) {
		return end
	}
	return c.Latest
}

// Expired says whether the approval is not good any more at an instant.
func (c Case) Expired(at time.Time) bool {
	end := c.ApprovalEnds()
	return !end.IsZero() && at.After(end)
}

// CheckExpiry refuses an instant, typed into field, at which the approval is not good any more.
func (c Case) CheckExpiry(at time.Time, field string) error {
	if !c.Expired(at) {
		return nil
	}
	return Refuse(ApprovalExpires, field, "days", strconv.Itoa(c.ClearDays), "latest", ShowInstant(c.ApprovalEnds(), DefaultZone))
}

// Reason is one bound of a plan. At is zero where the bound is not known yet.
type Reason struct {
	Code  string    `json:"code"`
	At    time.Time `json:"at,omitzero"`
	Binds bool      `json:"binds"` // no other is narrower
	Zh    string    `json:"zh"`
	En    string    `json:"en"`
}

// Outlook explains a plan: when the item may be released, and why then.
type Outlook struct {
	Plan      string     `json:"plan"` // exact, on_approval, next_window
	At        time.Time  `json:"at,omitzero"`
	Earliest  time.Time  `json:"earliest"`
	Latest    time.Time  `json:"latest"`
	Possible  bool       `json:"possible"` // an instant is left between the two
	Reasons   []Reason   `json:"reasons"`
	Blackouts []Blackout `json:"blackouts"` // that concern the item, until its latest instant
	Windows   []Window   `json:"windows"`   // the next ones, for a plan that asks for one
	Late      Reason     `json:"late"`      // what happens if nobody is there at the instant
}

var planSentences = mustLoad[map[string]sentence]("data/plans.json")

func reason(code string, at time.Time, params ...string) Reason {
	s := planSentences[code]
	fill := strings.NewReplacer(append(params, "{at}", ShowInstant(at, DefaultZone))...)
	return Reason{Code: code, At: at, Zh: fill.Replace(s.Zh), En: fill.Replace(s.En)}
}

// Outlook explains the plan of c under terms. law names what c.Lawful stands in.
func (c Case) Outlook(t Terms, law string) Outlook {
	o := Outlook{Plan: "exact", Blackouts: []Blackout{}, Windows: []Window{}, Late: reason("late_"+string(c.Late), time.Time{})}
	if !c.ApprovedAt.IsZero() || !c.NextWindow && !c.OnApproval {
		o.At = c.ReleaseAt
	}
	from := []Reason{reason("now", t.Now)}
	switch {
	case c.NextWindow:
		o.Plan = "next_window"
		for _, w := range c.Windows {
			if w.Until.After(t.Now) {
				o.Windows = append(o.Windows, w)
			}
		}
		if at := c.opening(t.Now); !at.IsZero() {
			from = append(from, reason("window", at))
		}
	case c.OnApproval:
		o.Plan = "on_approval"
	default:
		from = append(from, reason("approved_from", c.NotBefore))
	}
	if t.Lead > 0 && o.Plan == "exact" {
		from = append(from, reason("cache", t.Now.Add(t.Lead), "{lead}", t.Lead.String()))
	}
	to := []Reason{reason("approved_until", c.Latest)}
	if !c.Lawful.IsZero() {
		to = append(to, reason("law", c.Lawful, "{law}", law))
	}
	if end := c.ApprovalEnds(); !end.IsZero() {
		to = append(to, reason("approval_ends", end, "{days}", strconv.Itoa(c.ClearDays)))
	}
	by := func(a, b Reason) int { return a.At.Compare(b.At) }
	o.Earliest, o.Latest = slices.MaxFunc(from, by).At, slices.MinFunc(to, by).At
	for _, b := range t.Blackouts {
		if b.Until.After(t.Now) && !b.From.After(o.Latest) && b.Covers(c.Kind, c.Channels, b.From) {
			o.Blackouts = append(o.Blackouts, b)
		}
	}
	if next := (Terms{Blackouts: t.Blackouts}).Next(c.Kind, c.Channels, o.Earliest); next.After(o.Earliest) {
		from = append(from, reason("blackout", next))
		o.Earliest = next
	}
	for i := range from {
		from[i].Binds = from[i].At.Equal(o.Earliest)
	}
	for i := range to {
		to[i].Binds = to[i].At.Equal(o.Latest)
	}
	o.Reasons = append(from, to...)
	if c.ClearDays > 0 && c.ApprovedAt.IsZero() {
		o.Reasons = append(o.Reasons, reason("approval_lasts", time.Time{}, "{days}", strconv.Itoa(c.ClearDays)))
	}
	o.Possible = !o.Earliest.After(o.Latest)
	if c.NextWindow && c.ApprovedAt.IsZero() {
		o.Possible = o.Possible && !c.opening(t.Now).IsZero()
	}
	return o
}
