package disclosure

import (
	"slices"
	"strconv"
	"time"
)

// Trail is what the public finds where an item was.
type Trail string

const (
	TrailGone    Trail = "gone"    // as if it never was
	TrailNotice  Trail = "notice"  // a notice with type, date and reason
	TrailVisible Trail = "visible" // the item itself, under a notice
)

// PeriodEnded is the withdrawal that the end of the publicity period (公示期) makes by itself.
const PeriodEnded = "period_ended"

// WithdrawalType is a way of taking down (下线) what is public. A leak is none of them:
// it is recalled.
type WithdrawalType struct {
	ID        string `json:"id"`
	Zh        string `json:"zh"`
	En        string `json:"en"`
	Public    Trail  `json:"public"`
	Successor bool   `json:"successor"` // names the item that it became part of
}

var withdrawalTypes = mustLoad[[]WithdrawalType]("data/withdrawals.json")

// WithdrawalTypes returns all types in the order a form shows them.
func WithdrawalTypes() []WithdrawalType { return slices.Clone(withdrawalTypes) }

// WithdrawalByID finds a type.
func WithdrawalByID(id string) (WithdrawalType, bool) {
	i := slices.IndexFunc(withdrawalTypes, func(t WithdrawalType) bool { return t.ID == id })
	if i < 0 {
		return WithdrawalType{}, false
	}
	return withdrawalTypes[i], true
}

// WithdrawalLaw is what a law asks of whoever takes down an item of a kind.
type WithdrawalLaw struct {
	Kind          string   `json:"kind"`
	Types         []string `json:"types"`
	EffectiveFrom string   `json:"effective_from"` // YYYY-MM-DD
	Limit         Limit    `json:"limit"`          // from the event on; zero if none
	Approval      bool     `json:"approval"`       // somebody else has to approve, in a document
	Basis         string   `json:"basis"`
	Zh            string   `json:"zh"`
	En            string   `json:"en"`
}

var withdrawalLaws = mustLoad[[]WithdrawalLaw]("data/withdrawal_laws.json")

// WithdrawalLawFor is the law in force at at for taking down an item of kind as typ.
func WithdrawalLawFor(kind, typ string, at time.Time) (law WithdrawalLaw, ok bool) {
	day := at.In(time.FixedZone(DefaultZone, 8*60*60)).Format(time.DateOnly)
	for _, l := range withdrawalLaws {
		if l.Kind == kind && slices.Contains(l.Types, typ) && l.EffectiveFrom <= day && l.EffectiveFrom > law.EffectiveFrom {
			law, ok = l, true
		}
	}
	return law, ok
}

// checkTakeDown lets who may release take down what is public, in a way that is known.
func (c Case) checkTakeDown(a Act) error {
	if !c.mayTakeOff(a) {
		return Refuse(Forbidden, "")
	}
	t, ok := WithdrawalByID(a.Withdrawal)
	if !ok {
		ids := make([]string, len(withdrawalTypes))
		for i, w := range withdrawalTypes {
			ids[i] = w.ID
		}
		return badValue("type", a.Withdrawal, ids...)
	}
	law, bound := WithdrawalLawFor(c.Kind, t.ID, a.At)
	switch {
	case a.Opinion == "":
		return Refuse(ReasonRequired, "reason")
	case t.Successor != (a.Successor != ""):
		if t.Successor {
			return Refuse(Required, "successor")
		}
		return badValue("successor", a.Successor, "")
	case bound && law.Approval && a.Document == "":
		return Refuse(ApprovalRequired, "document", "basis", law.Basis)
	case t.Public == TrailVisible && c.State == OutOfForce:
		return c.refuseState(a.Type)
	}
	return nil
}

// takeDown ends the public life of the item, or leaves it to be read.
func (c *Case) takeDown(a Act) {
	t, _ := WithdrawalByID(a.Withdrawal)
	c.Withdrawal = t.ID
	if t.Public == TrailVisible {
		c.State = OutOfForce
		return
	}
	c.State = TakenDown
	c.Generation++
}

// MaxPublicDays bounds a publicity period, in days.
const MaxPublicDays = 3650

// validatePeriod checks how long the item is to be public.
func (p Plan) validatePeriod() error {
	switch {
	case p.PublicDays < 0 || p.PublicDays > MaxPublicDays:
		return badValue("release.public_days", strconv.Itoa(p.PublicDays), "1–"+strconv.Itoa(MaxPublicDays))
	case p.PublicDays > 0 && !p.Until.IsZero():
		return Refuse(ReleaseBadPeriod, "release.until")
	case !p.Until.IsZero() && (!p.Until.After(p.At) || !p.Until.After(p.Latest)):
		return Refuse(ReleaseBadPeriod, "release.until")
	}
	return nil
}

// EndOfPeriod is when an item that is released at at ceases to be public: at until, or when
// the last of its days ends in the zone of the bureau, the day of release not counted.
func EndOfPeriod(at, until time.Time, days int) time.Time {
	if days <= 0 {
		return until
	}
	local := at.In(time.FixedZone(DefaultZone, 8*60*60))
	return time.Date(local.Year(), local.Month(), local.Day()+days+1, 0, 0, 0, 0, local.Location()).UTC()
}
