package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

func TestTheStepsThatStillStandShareWhatIsLeft(t *testing.T) {
	t.Parallel()

	cal, err := calendar.Default()
	require.NoError(t, err)
	step := func(id string, role disclosure.Role, n int) disclosure.Step {
		return disclosure.Step{ID: id, Rule: disclosure.AllOf, Seats: []disclosure.Seat{{Role: role}}, Limit: disclosure.Limit{N: n, Unit: "working_day"}}
	}
	steps := []disclosure.Step{step("section", disclosure.SectionHead, 2), step("confidentiality", disclosure.Confidentiality, 2), step("leader", disclosure.DeputyLeader, 1)}
	monday := time.Date(2026, 3, 2, 0, 30, 0, 0, time.UTC) // 08:30 in Beijing
	thursday := cal.End(cal.DateOf(monday.AddDate(0, 0, 3)))
	c := disclosure.Case{Unit: "AA", State: disclosure.InReview, Route: disclosure.Route{Steps: steps}}
	due := func(c disclosure.Case, id string) string {
		for _, s := range append(steps, step(disclosure.HeldStep, disclosure.DisclosureOfficer, 2)) {
			if s.ID == id {
				p, err := store.StepDue(cal, c, disclosure.Task{Step: id, Limit: s.Limit}, monday)
				require.NoError(t, err)
				return p.Due.UTC().Format("01-02 15:04")
			}
		}
		return ""
	}
	require.Equal(t, "03-04 15:59", due(c, "section"), "no law, no hurry")

	c.Lawful = thursday
	require.Equal(t, "03-03 09:30", due(c, "section"), "three days of the six that all would take: half of the four that are left")
	c.Step = 2
	require.Equal(t, "03-03 15:59", due(c, "leader"), "nothing follows it, and it has time enough")
	require.Equal(t, "03-04 15:59", due(c, disclosure.HeldStep), "what is on no route has its own time")
}
