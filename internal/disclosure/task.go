package disclosure

// Task is one seat of a step that waits for a person.
type Task struct {
	Step    string `json:"step"`
	Seat    int    `json:"seat"`
	Role    Role   `json:"role"`
	Section string `json:"section"` // empty: any section of the unit
	Limit   Limit  `json:"limit"`
	Person  string `json:"person,omitempty"` // only this one; empty: anybody whom it fits
	Holder  string `json:"holder,omitempty"` // who claimed it
	// Extended is by how much its time was made longer, in the unit of its limit.
	Extended int `json:"extended,omitempty"`
}

// IncidentLimit is how long an incident may take: 《保密法实施条例》 art. 61, report
// within 24 hours.
var IncidentLimit = Limit{N: 24, Unit: "hour"}

// Tasks lists the seats that wait for a person now. An incident waits for whose duty it
// is: the confidentiality reviewer's, or after a recall the disclosure office's.
func (c Case) Tasks() []Task {
	switch c.State {
	case InQuarantine:
		return []Task{{Step: IncidentStep, Role: Confidentiality, Limit: IncidentLimit}}
	case Recalled:
		return []Task{{Step: IncidentStep, Role: DisclosureOfficer, Limit: IncidentLimit}}
	case Held:
		if c.Cause == CauseBlackout || c.Cause == CauseExpired {
			return []Task{{Step: HeldStep, Role: DisclosureOfficer, Limit: HeldLimit}}
		}
	}
	step, ok := c.CurrentStep()
	if !ok {
		return nil
	}
	var tasks []Task
	for i, seat := range step.Seats {
		if !c.waits(step, i) {
			continue
		}
		t := Task{Step: step.ID, Seat: i, Role: seat.Role, Limit: step.Limit, Person: seat.Person, Holder: c.Holder(step.ID, i)}
		if seat.SameSection {
			t.Section = c.Section
		}
		tasks = append(tasks, t)
	}
	return tasks
}
