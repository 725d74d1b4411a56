package disclosure

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhoMayJudgeAgainWhatWasNotMadePublic(t *testing.T) {
	t.Parallel()

	const unit = "SF"
	officer := Person{ID: "officer", Unit: unit, Roles: []Role{DisclosureOfficer}}
	stranger, wrote := officer, officer
	stranger.Unit, wrote.ID = "other", author.ID
	for name, c := range map[string]struct {
		by      Person
		outcome ReevaluateOutcome
		opinion string
		want    Code
	}{
		"the office, it stays":        {officer, StaysClosed, "w", ""},
		"the office, it may be open":  {officer, MayBeOpen, "w", ""},
		"the office of another unit":  {stranger, StaysClosed, "w", Forbidden},
		"a leader":                    {principal, StaysClosed, "w", Forbidden},
		"of the office, and wrote it": {wrote, StaysClosed, "w", ReevaluateOwn},
		"without words":               {officer, MayBeOpen, " ", ReasonRequired},
		"with neither":                {officer, "perhaps", "w", BadValue},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			err := CheckReevaluation(c.by, unit, []string{author.ID}, c.outcome, c.opinion)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			refused(t, err, c.want)
		})
	}
	require.Positive(t, Reevaluation().EveryYears)
	for _, task := range ReevaluateTasks() {
		_, known := RoleByID(task.Role)
		require.True(t, known && task.Limit.N > 0, "%+v", task)
	}
}
