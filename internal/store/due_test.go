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

func TestAStepThatWaitsForAnAnswerStandsStill(t *testing.T) {
	t.Parallel()

	cal, err := calendar.Default()
	require.NoError(t, err)
	limit := disclosure.Limit{N: 2, Unit: "working_day"}
	steps := []disclosure.Step{
		{ID: "section", Rule: disclosure.AllOf, Seats: []disclosure.Seat{{Role: disclosure.SectionHead}}, Limit: limit},
		{ID: "leader", Rule: disclosure.AllOf, Seats: []disclosure.Seat{{Role: disclosure.DeputyLeader}}, Limit: limit},
	}
	at := func(s string) time.Time {
		v, err := time.Parse("2006-01-02 15:04 -07", s+" +08")
		require.NoError(t, err)
		return v
	}
	asked := disclosure.Question{ID: "q", Kind: "third_party", From: "2019-05-15", State: disclosure.QuestionSent, AskedAt: at("2026-03-02 09:00"), SentOn: at("2026-03-03 00:00")}
	served, answered, silent := asked, asked, asked
	served.State, served.ReceivedOn, served.Due = disclosure.QuestionReceived, at("2026-03-05 00:00"), cal.End(cal.DateOf(at("2026-03-26 00:00")))
	answered.State, answered.EndedAt = disclosure.QuestionAnswered, at("2026-03-06 10:00")
	silent.State, silent.EndedAt = disclosure.QuestionUnanswered, served.Due
	drafted := asked
	drafted.State, drafted.SentOn = disclosure.QuestionDrafted, time.Time{}
	legal := disclosure.Question{ID: "l", Kind: "legal", From: "2019-05-15", State: disclosure.QuestionReceived, Asked: "p", AskedAt: at("2026-03-03 09:00"), ReceivedOn: at("2026-03-03 09:00"), Due: cal.End(cal.DateOf(at("2026-03-06 00:00")))}
	opinion := legal
	opinion.Kind = "consult"

	for name, x := range map[string]struct {
		step      string
		questions []disclosure.Question
		due       string
	}{
		"nothing asked":                    {"leader", nil, "2026-03-04"},
		"the letter is not out":            {"leader", []disclosure.Question{drafted}, "2026-03-04"},
		"nobody knows when it is served":   {"leader", []disclosure.Question{asked}, "2026-03-25"},
		"until the time to answer is over": {"leader", []disclosure.Question{served}, "2026-03-27"},
		"answered":                         {"leader", []disclosure.Question{answered}, "2026-03-09"},
		"silent":                           {"leader", []disclosure.Question{silent}, "2026-03-27"},
		"a step that need not wait":        {"section", []disclosure.Question{served}, "2026-03-04"},
		"a colleague":                      {"leader", []disclosure.Question{legal}, "2026-03-09"},
		"both at once":                     {"leader", []disclosure.Question{answered, legal}, "2026-03-09"},
		"what binds nobody":                {"leader", []disclosure.Question{opinion}, "2026-03-04"},
	} {
		c := disclosure.Case{Unit: "AA", State: disclosure.InReview, Route: disclosure.Route{Steps: steps}, Step: 1, Questions: x.questions}
		p, err := store.StepDue(cal, c, disclosure.Task{Step: x.step, Limit: limit}, at("2026-03-02 10:00"))
		require.NoError(t, err)
		require.Equal(t, x.due, cal.DateOf(p.Due).String(), name)
	}
}
