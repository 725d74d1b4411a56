package disclosure

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhoMayJudgeABypass(t *testing.T) {
	t.Parallel()

	const unit = "SF"
	stranger := deputy
	stranger.Unit = "other"
	for _, c := range []struct {
		name    string
		by      Person
		outcome RatifyOutcome
		opinion string
		want    Code
	}{
		{"a leader with no part in it", deputy, Ratified, "w", ""},
		{"who objects", deputy, Objected, "w", ""},
		{"a leader of another unit", stranger, Ratified, "w", Forbidden},
		{"the head of a section", head, Ratified, "w", Forbidden},
		{"who shortened it", principal, Ratified, "w", RatifyByParty},
		{"without words", deputy, Ratified, "", ReasonRequired},
		{"with neither yes nor no", deputy, "perhaps", "w", BadValue},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			err := CheckRatification(c.by, unit, []string{author.ID, reviewer.ID, principal.ID}, c.outcome, c.opinion)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			refused(t, err, c.want)
		})
	}
	for _, task := range RatifyTasks() {
		_, known := RoleByID(task.Role)
		require.True(t, known && task.Step == RatifyStep && task.Limit.N > 0, "%+v", task)
	}
}
