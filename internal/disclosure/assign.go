package disclosure

import (
	"slices"
	"time"
)

// Acts on a task rather than on the text: who does it, and how soon.
const (
	Claim    ActType = "claim"    // 认领: also taking it over from another, with a reason
	Unclaim  ActType = "unclaim"  // 放回
	Vacate   ActType = "vacate"   // by the system: whoever held it is gone
	Transfer ActType = "transfer" // 转办
	Urge     ActType = "urge"     // 催办
	Retract  ActType = "retract"  // 撤回签批
)

// Holding says who took a seat upon themselves. Others see it and may take it over.
type Holding struct {
	Step   string `json:"step"`
	Seat   int    `json:"seat"`
	Person string `json:"person"`
}

// Urging is one reminder sent by a person.
type Urging struct {
	Person string    `json:"person"`
	At     time.Time `json:"at"`
}

// urgePause is how long a person waits before they may urge again: a reminder a minute is
// no reminder.
const urgePause = time.Hour

// Holder says who holds a seat of the current step, or "".
func (c Case) Holder(step string, seat int) string {
	for _, h := range c.Holdings {
		if h.Step == step && h.Seat == seat {
			return h.Person
		}
	}
	return ""
}

// held is the seat of the current step that the person holds, or -1.
func (c Case) held(person string) int {
	step := c.current().ID
	for _, h := range c.Holdings {
		if h.Step == step && h.Person == person {
			return h.Seat
		}
	}
	return -1
}

// waits says whether a seat of a step still wants somebody: it is empty, and the step is
// not content with the others. What was added to a step is wanted in any case.
func (c Case) waits(step Step, seat int) bool {
	return !c.filled(step.ID, seat) && (step.Seats[seat].AddedBy != "" || c.short(step) > 0)
}

// short is how many of the seats that the route itself gives a step are lacking.
func (c Case) short(step Step) int {
	have := 0
	for _, d := range c.Decisions {
		if d.Step == step.ID && d.Seat < len(step.Seats) && step.Seats[d.Seat].AddedBy == "" {
			have++
		}
	}
	return step.ownQuorum() - have
}

// passed says whether a step has all it asks for, and all that was added to it.
func (c Case) passed(step Step) bool {
	for i := range step.Seats {
		if c.waits(step, i) && step.Seats[i].AddedBy != "" {
			return false
		}
	}
	return c.short(step) <= 0
}

// seatFor finds the seat of the current step in which p would act: the one they hold, else
// one that nobody holds, else one that another holds; -1 if none fits.
func (c Case) seatFor(p Person) int {
	step, taken := c.current(), -1
	if i := c.held(p.ID); i >= 0 && c.waits(step, i) && step.Seats[i].fits(p, c.Unit, c.Section) {
		return i
	}
	for i, seat := range step.Seats {
		if !seat.fits(p, c.Unit, c.Section) || !c.waits(step, i) {
			continue
		}
		if c.Holder(step.ID, i) == "" {
			return i
		}
		if taken < 0 {
			taken = i
		}
	}
	return taken
}

// mayTake refuses who may have no seat of the current step: who contributed, who decided,
// and whom no open seat fits. It returns the seat otherwise.
func (c Case) mayTake(p Person, field string) (int, error) {
	if slices.Contains(c.Contributors, p.ID) {
		return -1, Refuse(ContributorDecides, field)
	}
	if err := c.checkDistinct(p); err != nil {
		return -1, err
	}
	i := c.seatFor(p)
	if step := c.current(); i < 0 {
		return -1, Refuse(NotYourTask, field, "step", step.Zh, "who", step.who())
	}
	return i, nil
}

func (c Case) checkAssign(a Act) error {
	step := c.current()
	if a.Step != step.ID {
		return Refuse(WrongStep, "step", "current", step.ID, "step", a.Step)
	}
	switch a.Type {
	case Claim:
		i, err := c.mayTake(a.By, "")
		if err != nil {
			return err
		}
		switch holder := c.Holder(step.ID, i); {
		case holder == a.By.ID:
			return Refuse(TaskHeld, "")
		case holder != "" && a.Opinion == "":
			return Refuse(ReasonRequired, "reason")
		}
	case Unclaim:
		if c.held(a.By.ID) < 0 {
			return Refuse(NotYours, "")
		}
	case Vacate:
		if a.By.ID != "" || a.Target == nil || c.held(a.Target.ID) < 0 {
			return Refuse(Forbidden, "")
		}
	case Transfer:
		return c.checkTransfer(a)
	case Urge:
		return c.checkUrge(a)
	}
	return nil
}

// checkTransfer lets whoever could decide now, and nobody else holds it, give the task to a
// named person who could decide as well.
func (c Case) checkTransfer(a Act) error {
	step := c.current()
	i, err := c.mayTake(a.By, "")
	switch {
	case err != nil:
		return err
	case c.Holder(step.ID, i) != "" && c.Holder(step.ID, i) != a.By.ID:
		return Refuse(TaskHeld, "")
	case a.Target == nil:
		return Refuse(Required, "person")
	case a.Opinion == "":
		return Refuse(ReasonRequired, "reason")
	case a.Target.ID == a.By.ID || !step.Seats[i].fits(*a.Target, c.Unit, c.Section):
		return Refuse(NotEligible, "person")
	}
	return c.mayNot(*a.Target)
}

// mayNot refuses a named person who could not decide on this item at any step.
func (c Case) mayNot(p Person) error {
	if p.Unit != c.Unit || !p.May(MayDecide) || slices.Contains(c.Contributors, p.ID) || c.checkDistinct(p) != nil {
		return Refuse(NotEligible, "person")
	}
	return nil
}

func (c Case) checkUrge(a Act) error {
	if a.By.Unit != c.Unit || !a.By.May(MayRead) {
		return Refuse(Forbidden, "")
	}
	for _, u := range c.Urgings {
		if next := u.At.Add(urgePause); u.Person == a.By.ID && a.At.Before(next) {
			return Refuse(UrgedAlready, "", "at", ShowInstant(next, DefaultZone))
		}
	}
	return nil
}

func (c *Case) assign(a Act) {
	step := c.current()
	free := func(person string, seat int) {
		c.Holdings = slices.DeleteFunc(slices.Clone(c.Holdings), func(h Holding) bool { return h.Person == person || h.Seat == seat })
	}
	switch a.Type {
	case Claim:
		i := c.seatFor(a.By)
		free(a.By.ID, i)
		c.Holdings = append(c.Holdings, Holding{Step: step.ID, Seat: i, Person: a.By.ID})
	case Unclaim:
		free(a.By.ID, -1)
	case Vacate:
		free(a.Target.ID, -1)
	case Transfer:
		i := c.seatFor(a.By)
		free(a.By.ID, i)
		free(a.Target.ID, i)
		c.Holdings = append(c.Holdings, Holding{Step: step.ID, Seat: i, Person: a.Target.ID})
	case Urge:
		c.Urgings = slices.DeleteFunc(slices.Clone(c.Urgings), func(u Urging) bool { return u.Person == a.By.ID || !a.At.Before(u.At.Add(urgePause)) })
		c.Urgings = append(c.Urgings, Urging{Person: a.By.ID, At: a.At})
	}
}

// release drops what is held of seats that wait no longer, and by who may not fill them.
func (c *Case) release() {
	if len(c.Holdings) == 0 {
		return
	}
	step := c.current()
	c.Holdings = slices.DeleteFunc(slices.Clone(c.Holdings), func(h Holding) bool {
		return h.Step != step.ID || h.Seat >= len(step.Seats) || !c.waits(step, h.Seat) || c.checkDistinct(Person{ID: h.Person}) != nil
	})
	if len(c.Holdings) == 0 {
		c.Holdings = nil
	}
}

// retractable finds the decision that the person may still take back: their own, or one in
// their name, as long as nobody decided after it or took up the next step.
func (c Case) retractable(person string) int {
	i := slices.IndexFunc(c.Decisions, func(d Decision) bool {
		return d.Step != BypassStep && (d.Person == person || d.OnBehalf == person)
	})
	if i < 0 || c.State != InReview {
		return -1
	}
	step := c.Decisions[i].Step
	for _, later := range c.Decisions[i+1:] {
		if later.Step != step {
			return -1
		}
	}
	if step != c.current().ID && len(c.Holdings) > 0 {
		return -1
	}
	return i
}

func (c Case) checkRetract(a Act) error {
	switch {
	case a.Opinion == "":
		return Refuse(ReasonRequired, "reason")
	case c.retractable(a.By.ID) < 0:
		return Refuse(NotRetractable, "")
	}
	return nil
}

func (c *Case) retract(a Act) {
	i := c.retractable(a.By.ID)
	c.Step = c.Route.index(c.Decisions[i].Step)
	c.Decisions = slices.Delete(c.Decisions, i, i+1)
}

// Ahead lists the steps that still stand before the release, the current one first.
func (c Case) Ahead() []Step {
	steps, current := c.Asked(), c.current().ID
	i := slices.IndexFunc(steps, func(s Step) bool { return s.ID == current })
	if i < 0 {
		return nil
	}
	return slices.DeleteFunc(steps[i:], func(s Step) bool { return s.ID != current && c.passed(s) })
}
