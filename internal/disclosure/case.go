package disclosure

import (
	"slices"
	"strings"
	"time"
)

// Case is everything the rules need to know about one disclosure. It holds ids,
// hashes and instants, never content, for it travels through workflow histories.
type Case struct {
	ID       string `json:"id"`
	Unit     string `json:"unit"`
	Section  string `json:"section"`
	Drafter  string `json:"drafter"`
	State    State  `json:"state"`
	Revision int64  `json:"revision"` // of the row in the database: fences every write

	Version      int        `json:"version"`
	Manifest     Hash       `json:"manifest"`
	Route        Route      `json:"route"`
	Step         int        `json:"step"` // index into Route.Steps while InReview or Reported
	Contributors []string   `json:"contributors"`
	Decisions    []Decision `json:"decisions"` // those that count
	OpenFindings int        `json:"open_findings"`
	ClearedBy    []string   `json:"cleared_by"`

	Channels   []string   `json:"channels"`
	NotBefore  time.Time  `json:"not_before"`
	Latest     time.Time  `json:"latest"`
	Lawful     time.Time  `json:"lawful"` // statutory limit; zero if none
	OnApproval bool       `json:"on_approval"`
	Late       LatePolicy `json:"late"`
	ReleaseAt  time.Time  `json:"release_at"`
	Cause      string     `json:"cause"`      // why it is held or failed: a code
	Generation int        `json:"generation"` // of ReleaseAt: an old timer or sender knows it is old

	Kind       string    `json:"kind,omitempty"`
	Flags      []Flag    `json:"flags,omitempty"`       // of the draft, and after the check of what it found
	Until      time.Time `json:"until,omitzero"`        // when it ceases to be public; zero: never
	PublicDays int       `json:"public_days,omitempty"` // or how long after its release it does
	Batch      string    `json:"batch,omitempty"`       // with which it is released, or not at all
	NextWindow bool      `json:"next_window,omitempty"` // it takes the first of Windows after its approval
	Windows    []Window  `json:"windows,omitempty"`
	ClearDays  int       `json:"clear_days,omitempty"` // for how long an approval is good; 0: for ever
	ApprovedAt time.Time `json:"approved_at,omitzero"`
	Withdrawal string    `json:"withdrawal,omitempty"` // the type of the one in force

	Holdings []Holding `json:"holdings,omitempty"` // seats of the current step that somebody claimed
	Urgings  []Urging  `json:"urgings,omitempty"`

	Questions []Question `json:"questions,omitempty"`

	Origin RouteRef `json:"origin,omitzero"` // the route it was submitted on, while it is on another
}

// Decision is a passing decision that counts towards the grant; at BypassStep, the
// one that shortened the sign-off.
type Decision struct {
	Act    string `json:"act"`
	Step   string `json:"step"`
	Seat   int    `json:"seat"`
	Person string `json:"person"`
	// OnBehalf is in whose name it was taken, if in another's.
	OnBehalf string `json:"on_behalf,omitempty"`
}

// Act is one thing done to a disclosure, by a person or by the system. ID is
// unique: the same act twice is the same act.
type Act struct {
	ID   string    `json:"id"`
	Type ActType   `json:"type"`
	By   Person    `json:"by"` // ID empty: the system
	At   time.Time `json:"at"`

	// Submit.
	Kind         string     `json:"kind,omitempty"`
	Version      int        `json:"version,omitempty"`
	Manifest     Hash       `json:"manifest,omitempty"` // also Decide and Bypass: what the person saw
	Route        *Route     `json:"route,omitempty"`
	Contributors []string   `json:"contributors,omitempty"`
	Channels     []string   `json:"channels,omitempty"`
	NotBefore    time.Time  `json:"not_before,omitzero"`
	Latest       time.Time  `json:"latest,omitzero"`
	Lawful       time.Time  `json:"lawful,omitzero"`
	OnApproval   bool       `json:"on_approval,omitempty"`
	Late         LatePolicy `json:"late,omitempty"`
	Until        time.Time  `json:"until,omitzero"`
	PublicDays   int        `json:"public_days,omitempty"`
	NextWindow   bool       `json:"next_window,omitempty"`
	Windows      []Window   `json:"windows,omitempty"`
	ClearDays    int        `json:"clear_days,omitempty"`
	Batch        string     `json:"batch,omitempty"` // also Reschedule: the whole of it moves
	Flags        []Flag     `json:"flags,omitempty"` // also Checked: what the findings raise

	// Checked and Dispose: how many findings still wait, and whether a mark was found.
	OpenFindings int         `json:"open_findings,omitempty"`
	Quarantine   bool        `json:"quarantine,omitempty"`
	Finding      string      `json:"finding,omitempty"`
	Disposition  Disposition `json:"disposition,omitempty"`

	// Decide. Opinion is the id of the sealed words; Basis is an article, not words.
	Step     string  `json:"step,omitempty"`
	Outcome  Outcome `json:"outcome,omitempty"`
	ReturnTo string  `json:"return_to,omitempty"`
	Opinion  string  `json:"opinion,omitempty"` // also the reason of Withdraw, Recall, Reschedule, Clear, Dispose, Bypass
	Basis    string  `json:"basis,omitempty"`

	// Decide: in whose name, if in another's.
	Mandate *Mandate `json:"mandate,omitempty"`

	// Transfer, AddSigner, Vacate: the person meant, as they stand. Where says where a
	// signer is added.
	Target *Person `json:"target,omitempty"`
	Where  string  `json:"where,omitempty"`

	Inquiry *Inquiry `json:"inquiry,omitempty"` // of every act on a question

	// TakeDown. Document is the id of the sealed name of a document.
	Withdrawal string `json:"withdrawal,omitempty"`
	Successor  string `json:"successor,omitempty"` // number of another item
	Document   string `json:"document,omitempty"`

	// TakeDown and Recall: the campaign whose review led to it.
	Campaign string `json:"campaign,omitempty"`

	// Reschedule and Missed: the new instant. Cause says why the system acted.
	ReleaseAt time.Time `json:"release_at,omitzero"`
	Cause     string    `json:"cause,omitempty"`
}

// Disposition is what was done about a finding.
type Disposition string

const (
	FalseAlarm Disposition = "false_alarm" // 误报
	LawfulHere Disposition = "lawful"      // 依法可公开
)

// NewCase is a disclosure that was never submitted.
func NewCase(id, unit, section, drafter string) Case {
	return Case{ID: id, Unit: unit, Section: section, Drafter: drafter, State: Drafting}
}

// Check says whether act may be taken now. It changes nothing. What is not
// expressly allowed is refused.
func (c Case) Check(a Act) error {
	if len(moves[c.State][a.Type]) == 0 {
		if a.Type == Withdraw && (c.State == Releasing || c.State == Released) {
			return Refuse(ReleaseTooLate, "", "act", actNames[a.Type].Zh)
		}
		return c.refuseState(a.Type)
	}
	switch a.Type {
	case Submit:
		return c.checkSubmit(a)
	case Dispose:
		return c.checkDispose(a)
	case Decide:
		return c.afterAnswers(a, c.checkDecide(a))
	case AskQuestion, SendQuestion, ReceiveQuestion, AnswerQuestion, NotifyQuestion, OverrideQuestion, CloseQuestion, QuestionSilent:
		return c.checkQuestion(a)
	case Withdraw:
		if a.By.ID != c.Drafter {
			return Refuse(NotYours, "")
		}
		if a.Opinion == "" {
			return Refuse(ReasonRequired, "reason")
		}
		// Past its instant an armed item is public by predicate, whatever the
		// workflow has noticed yet.
		if c.State == Armed && !a.At.Before(c.ReleaseAt) {
			return Refuse(ReleaseTooLate, "", "act", actNames[a.Type].Zh)
		}
	case Reschedule:
		return c.checkReschedule(a)
	case Recall:
		if !c.mayTakeOff(a) {
			return Refuse(Forbidden, "")
		}
		if a.Opinion == "" {
			return Refuse(ReasonRequired, "reason")
		}
		// Until its instant nothing is out that could be recalled.
		if c.State == Armed && a.At.Before(c.ReleaseAt) {
			return c.refuseState(a.Type)
		}
	case TakeDown:
		return c.checkTakeDown(a)
	case Restore, Repair:
		if !a.By.May(MayRelease) || a.By.Unit != c.Unit {
			return Refuse(Forbidden, "")
		}
		if a.Opinion == "" {
			return Refuse(ReasonRequired, "reason")
		}
	case Expire:
		if c.Until.IsZero() || a.At.Before(c.Until) {
			return c.refuseState(a.Type)
		}
	case Clear, Uphold:
		return c.checkClear(a)
	case Bypass:
		return c.afterAnswers(a, c.checkBypass(a))
	case Claim, Unclaim, Vacate, Transfer, Urge:
		return c.checkAssign(a)
	case Retract:
		return c.checkRetract(a)
	case AddSigner:
		return c.checkAddSigner(a)
	case DropSigner:
		return c.checkDropSigner(a)
	case Reroute:
		return c.checkReroute(a)
	case Checked:
		// Before arming, newer rules may still find a mark; anything less holds the item.
		if c.State == Approved && !a.Quarantine {
			return c.refuseState(a.Type)
		}
	case NotReady:
		// Past its instant it is out: then only a recall takes it back.
		if c.State == Armed && !a.At.Before(c.ReleaseAt) {
			return Refuse(ReleaseTooLate, "", "act", actNames[a.Type].Zh)
		}
	case Missed:
		if a.ReleaseAt.IsZero() {
			return nil
		}
		return c.checkWindow(a.ReleaseAt)
	}
	return nil
}

func (c Case) refuseState(act ActType) *Refusal {
	s, _ := StateByID(c.State)
	if c.State == InQuarantine {
		return Refuse(Quarantined, "")
	}
	return Refuse(WrongState, "", "state", s.Zh, "state_en", s.En, "act", actNames[act].Zh, "act_en", actNames[act].En)
}

func (c Case) checkSubmit(a Act) error {
	switch {
	case !slices.Contains(a.Contributors, a.By.ID) || !a.By.May(MayCreate) || a.By.Unit != c.Unit:
		return Refuse(NotYours, "")
	case a.Version <= c.Version || a.Manifest == "" || a.Route == nil || len(a.Channels) == 0:
		return Refuse(BadRequest, "", "why", "incomplete submission")
	case a.Latest.Before(a.NotBefore):
		return Refuse(ReleaseBadWindow, "release.latest")
	case !a.Until.IsZero() && !a.Until.After(a.Latest):
		return Refuse(ReleaseBadPeriod, "release.until")
	case a.NextWindow && Case{Windows: a.Windows, Latest: a.Latest}.opening(a.NotBefore).IsZero():
		return Refuse(ReleaseNoWindow, "release.latest", "latest", ShowInstant(a.Latest, DefaultZone))
	case !a.Lawful.IsZero() && a.Latest.After(a.Lawful):
		return Refuse(ReleasePastLimit, "release.at", "latest", ShowInstant(a.Lawful, DefaultZone), "law", "")
	}
	return nil
}

func (c Case) checkDispose(a Act) error {
	switch {
	case !slices.Contains(c.Contributors, a.By.ID):
		return Refuse(NotYours, "")
	case a.Opinion == "":
		return Refuse(ReasonRequired, "reason")
	case a.Disposition != FalseAlarm && a.Disposition != LawfulHere:
		return badValue("disposition", string(a.Disposition), string(FalseAlarm), string(LawfulHere))
	}
	return nil
}

func (c Case) checkDecide(a Act) error {
	if a.Manifest != c.Manifest {
		return Refuse(ManifestChanged, "manifest_hash", "seen", a.Manifest.Short(), "current", c.Manifest.Short())
	}
	step := c.current()
	switch {
	case a.Step != step.ID:
		return Refuse(WrongStep, "step", "current", step.ID, "step", a.Step)
	case slices.ContainsFunc(a.parties(), func(p Person) bool { return slices.Contains(c.Contributors, p.ID) }):
		return Refuse(ContributorDecides, "")
	}
	if err := c.checkDistinct(a.parties()...); err != nil {
		return err
	}
	if err := c.checkMandate(a); err != nil {
		return err
	}
	seat := c.openSeat(a.SeatOf())
	if seat < 0 {
		return Refuse(NotYourTask, "", "step", step.Zh, "who", step.who())
	}
	if holder := c.Holder(step.ID, seat); holder != "" && holder != a.SeatOf().ID {
		return Refuse(TaskHeld, "")
	}
	info, known := OutcomeByID(a.Outcome)
	switch {
	case !known || !slices.Contains(step.Outcomes, a.Outcome):
		return Refuse(UnknownOutcome, "outcome", "value", string(a.Outcome), "allowed", step.outcomeList())
	case info.NeedsReason && a.Opinion == "":
		return Refuse(ReasonRequired, "opinion")
	case info.NeedsBasis && strings.TrimSpace(a.Basis) == "":
		return Refuse(BasisRequired, "basis")
	case a.Outcome == ReturnToEarlier && !slices.Contains(c.ReturnTargets(), a.ReturnTo):
		return Refuse(ReturnTarget, "return_to", "value", a.ReturnTo, "allowed", strings.Join(c.ReturnTargets(), ", "))
	case a.Outcome == Disclose:
		return c.checkApproval(a.At)
	}
	return nil
}

func (c Case) checkReschedule(a Act) error {
	if a.By.ID != c.Drafter && !(a.By.May(MayRelease) && a.By.Unit == c.Unit) {
		return Refuse(Forbidden, "")
	}
	if c.State == Armed && !a.At.Before(c.ReleaseAt) {
		return Refuse(ReleaseTooLate, "", "act", actNames[a.Type].Zh)
	}
	if a.Batch != c.Batch {
		return Refuse(BatchTogether, "")
	}
	if a.ReleaseAt.Before(a.At) {
		return Refuse(ReleaseInPast, "at", "at", ShowInstant(a.ReleaseAt, DefaultZone))
	}
	if err := c.checkWindow(a.ReleaseAt); err != nil {
		return err
	}
	return c.CheckExpiry(a.ReleaseAt, "at")
}

// checkWindow refuses an instant that nobody approved. No window reaches beyond what
// the law allows.
func (c Case) checkWindow(at time.Time) error {
	if at.Before(c.NotBefore) || at.After(c.Latest) {
		return Refuse(ReleaseOutOfWindow, "at",
			"earliest", ShowInstant(c.NotBefore, DefaultZone), "latest", ShowInstant(c.Latest, DefaultZone))
	}
	return nil
}

// checkClear lets somebody with no part in the item say what a mark is: two agree on a
// false alarm, one is enough to uphold it. The reason of the latter is what was done.
func (c Case) checkClear(a Act) error {
	switch {
	case !a.By.May(MayClear) || a.By.Unit != c.Unit:
		return Refuse(Forbidden, "")
	case slices.Contains(c.Contributors, a.By.ID):
		return Refuse(ContributorDecides, "")
	case a.Type == Clear && slices.Contains(c.ClearedBy, a.By.ID):
		return Refuse(QuarantineBySame, "")
	case a.Opinion == "":
		return Refuse(ReasonRequired, "reason")
	}
	return nil
}

// checkDistinct refuses who has decided already: the deciders are different people, and
// so are those in whose name they decide.
func (c Case) checkDistinct(people ...Person) error {
	for _, d := range c.Decisions {
		for _, p := range people {
			if d.Person == p.ID || d.OnBehalf == p.ID {
				return Refuse(AlreadyDecided, "", "step", d.Step)
			}
		}
	}
	return nil
}

// current is the step that waits. While a question is reported up, it is a step
// of its own that the disclosure office closes with the ruling it got.
func (c Case) current() Step {
	if c.State == Reported {
		return reportStep
	}
	if c.State != InReview || c.Step >= len(c.Route.Steps) {
		return Step{}
	}
	return c.Route.Steps[c.Step]
}

// reportStep is not versioned: it carries no approval, only the ruling of others.
var reportStep = Step{
	ID: ReportStep, Zh: "报审裁定", En: "Ruling of the competent department", Rule: AnyOf,
	Seats:    []Seat{{Role: DisclosureOfficer}, {Role: Confidentiality}},
	Limit:    Limit{N: 10, Unit: "working_day"}, // 《保密法实施条例》 art. 25
	Outcomes: []Outcome{Disclose, DoNotDisclose, DiscloseOnAsk},
}

// CurrentStep returns the step that waits for a person, if one does.
func (c Case) CurrentStep() (Step, bool) {
	s := c.current()
	return s, s.ID != ""
}

// openSeat finds the seat of the current step that waits and p fits, or -1.
func (c Case) openSeat(p Person) int { return c.seatFor(p) }

// Seat names the seat and role in which p would decide now: -1 if none.
func (c Case) Seat(p Person) (int, Role) {
	i := c.openSeat(p)
	if i < 0 {
		return -1, ""
	}
	return i, c.current().Seats[i].Role
}

func (c Case) filled(step string, seat int) bool {
	return slices.ContainsFunc(c.Decisions, func(d Decision) bool { return d.Step == step && d.Seat == seat })
}

// Facts is what the conditions of the route look at. Before the check is done, what it
// would find is not among it.
func (c Case) Facts() Facts {
	return Facts{Kind: c.Kind, Unit: c.Unit, Channels: c.Channels, Flags: c.Flags}
}

func (c Case) asked(s Step) bool { return s.asked(c.Facts()) }

// Asked lists the steps of the route that are asked for.
func (c Case) Asked() []Step {
	return slices.DeleteFunc(slices.Clone(c.Route.Steps), func(s Step) bool { return !c.asked(s) })
}

// ReturnTargets lists where a decision of the current step may send the item.
func (c Case) ReturnTargets() []string {
	targets := []string{DrafterStep}
	for _, s := range c.Route.Steps[:min(c.Step, len(c.Route.Steps))] {
		if c.asked(s) {
			targets = append(targets, s.ID)
		}
	}
	return targets
}

// Complete says whether every step has its quorum of distinct people who did not
// contribute; after a bypass, every essential one. It repeats nothing of Take: tests
// and the release compare the two.
func (c Case) Complete() bool {
	seen := map[string]bool{}
	for _, d := range c.Decisions {
		for _, person := range []string{d.Person, d.OnBehalf} {
			if person != "" && (seen[person] || slices.Contains(c.Contributors, person)) {
				return false
			}
			seen[person] = true
		}
	}
	for _, s := range c.Route.Steps {
		if !c.passed(s) && c.asked(s) && (s.Essential || !c.Bypassed()) {
			return false
		}
	}
	return len(c.Route.Steps) > 0
}
