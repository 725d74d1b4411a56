package desk

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

func TestAStepGetsMoreTimeOnceFromSomebodyWhomItDoesNotWaitFor(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	own := p.calendar.Own()
	i := testkit.InReview(t, p.Stored, p.Bureau)
	task := i.Case.Tasks()[0]
	now, err := p.store.Now(t.Context())
	require.NoError(t, err)
	plain, err := store.StepDue(own, i.Case, task, now)
	require.NoError(t, err)
	set := func(opened, due time.Time) {
		testkit.Exec(t, p.Stored, `UPDATE tasks SET opened_at = $2, due_at = $3, remind_at = 'infinity', calendar = $4 WHERE disclosure_id = $1`, i.ID, opened, due, own.Version())
	}
	stands := func() time.Time {
		tasks, err := p.store.OpenTasks(t.Context(), i.ID)
		require.NoError(t, err)
		return tasks[0].DueAt.UTC()
	}
	set(now, plain.Due)
	in := ExtendInput{Step: task.Step, N: 1, Reason: "科室负责人出差"}
	try := func(who disclosure.Person, key string, in ExtendInput) disclosure.Code {
		_, err := p.Extend(t.Context(), p.as(who), i.ID, key, in)
		return disclosure.CodeOf(err)
	}
	require.Equal(t, disclosure.Forbidden, try(p.Head, "k1", in), "whoever is to decide")
	require.Equal(t, disclosure.ReasonRequired, try(p.Officer, "k2", ExtendInput{Step: task.Step, N: 1}))
	require.Equal(t, disclosure.ExtensionTooLong, try(p.Officer, "k3", ExtendInput{Step: task.Step, N: task.Limit.N + 1, Reason: "久"}))
	require.Equal(t, disclosure.ExtensionTooLong, try(p.Officer, "k4", ExtendInput{Step: task.Step, N: 0, Reason: "无"}))
	require.Equal(t, disclosure.NothingToExtend, try(p.Officer, "k5", ExtendInput{Step: "leader", N: 1, Reason: "还没到"}))
	set(now.Add(-time.Hour), now.Add(-time.Minute))
	require.Equal(t, disclosure.ExtensionExpired, try(p.Officer, "k6", in))
	set(now, plain.Due)
	require.Equal(t, plain.Due.UTC(), stands(), "nobody has moved it yet")

	clocks, err := p.Clocks(t.Context(), p.as(p.Officer), i.ID)
	require.NoError(t, err)
	require.Equal(t, task.Limit.N, clocks[len(clocks)-1].Extendable)
	require.Empty(t, try(p.Officer, "k7", in))
	require.Empty(t, try(p.Officer, "k7", in), "the same once more is the same")
	task.Extended = 1
	longer, err := store.StepDue(own, i.Case, task, now)
	require.NoError(t, err)
	require.True(t, longer.Due.After(plain.Due))
	require.Equal(t, longer.Due.UTC(), stands())
	require.Equal(t, disclosure.ExtendedAlready, try(p.Principal, "k8", in))
	told := testkit.Cell[int](t, p.Stored, `SELECT count(*) FROM notices WHERE kind = 'clock' AND was_at = $1 AND person_id = $2`, plain.Due, p.Head.ID)
	require.Equal(t, 1, told, "whose task it is")

	clocks, err = p.Clocks(t.Context(), p.as(p.Officer), i.ID)
	require.NoError(t, err)
	last := clocks[len(clocks)-1]
	require.Nil(t, last.Counted, "what stands is what is counted")
	require.Zero(t, last.Extendable)
	require.Equal(t, []any{1, p.Officer.ID, "科室负责人出差"}, []any{last.Extension.N, last.Extension.By.ID, last.Extension.Reason})
	testkit.Exec(t, p.Stored, `UPDATE tasks SET calendar = NULL WHERE disclosure_id = $1`, i.ID)
	_, err = p.store.Recount(t.Context(), own, 100)
	require.NoError(t, err)
	require.Equal(t, longer.Due.UTC(), stands(), "counting anew takes nothing back")

	require.NoError(t, p.store.Quarantine(t.Context(), i.ID, 1, "newer rules", "机密★1年", nil, false))
	given, err := p.store.Extensions(t.Context(), i.ID, 1)
	require.NoError(t, err, "an erasure shuts the words and nothing else")
	require.Equal(t, []any{1, ""}, []any{given[0].N, given[0].Words})
}
