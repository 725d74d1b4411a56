package desk

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

func TestAWorkflowThatIsBehindTheDatabaseIsAskedAgain(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	i := testkit.InReview(t, p.Stored, p.Bureau)
	refused := disclosure.Refuse(disclosure.WrongState, "") // by a workflow that has not caught up
	first := i.Decision(t, p.Head, disclosure.Disclose)
	require.Equal(t, disclosure.Busy, disclosure.CodeOf(p.outcome(t.Context(), i.ID, first, refused)), "the database would take it: in a moment it will be taken")

	i.Must(t, disclosure.Act{ID: uuid.NewString(), Type: disclosure.Withdraw, By: p.Drafter, Opinion: i.Words(t, "reason", "不再公开")})
	require.Equal(t, disclosure.WrongState, disclosure.CodeOf(p.outcome(t.Context(), i.ID, first, refused)), "neither would")
}
