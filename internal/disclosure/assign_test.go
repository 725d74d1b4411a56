package disclosure

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// onTask is an act on the step that waits, well-formed in all but who does it.
func onTask(c Case, by Person, act ActType, to ...Person) Act {
	step, _ := c.CurrentStep()
	a := Act{ID: string(act) + by.ID, Type: act, By: by, At: monday, Step: step.ID, Opinion: "words", Where: SignAfter}
	if len(to) > 0 {
		a.Target = &to[0]
	}
	return a
}

func TestWhoHoldsATask(t *testing.T) {
	t.Parallel()

	second := someone("head2", "safety", SectionHead)
	c := inReview(t, "ordinary")
	silent := func(a Act) Act { a.Opinion = ""; return a }

	claimed := take(t, c, silent(onTask(c, head, Claim)))
	require.Equal(t, head.ID, claimed.Tasks()[0].Holder)
	refused(t, claimed.Check(onTask(claimed, head, Claim)), TaskHeld)
	refused(t, claimed.Check(passes(claimed, second)), TaskHeld)
	refused(t, claimed.Check(silent(onTask(claimed, second, Claim))), ReasonRequired)
	refused(t, claimed.Check(onTask(claimed, second, Unclaim)), NotYours)
	refused(t, c.Check(onTask(c, author, Claim)), ContributorDecides)
	refused(t, c.Check(onTask(c, deputy, Claim)), NotYourTask)

	taken := take(t, claimed, onTask(claimed, second, Claim))
	require.Equal(t, second.ID, taken.Tasks()[0].Holder)
	require.Empty(t, take(t, taken, onTask(taken, second, Unclaim)).Tasks()[0].Holder)
	passed := take(t, taken, passes(taken, second))
	require.Empty(t, passed.Holdings, "what is done is held by nobody")

	given := take(t, c, onTask(c, head, Transfer, second))
	require.Equal(t, second.ID, given.Tasks()[0].Holder)
	refused(t, given.Check(onTask(given, head, Transfer, second)), TaskHeld)
	refused(t, c.Check(silent(onTask(c, head, Transfer, second))), ReasonRequired)
	for name, to := range map[string]Person{"oneself": head, "a contributor": editor, "another section": otherHead, "another role": deputy} {
		refused(t, c.Check(onTask(c, head, Transfer, to)), NotEligible)
		require.NotEmpty(t, name)
	}

	gone := onTask(given, Person{}, Vacate, second)
	require.Empty(t, take(t, given, gone).Holdings)
	gone.By = head
	refused(t, given.Check(gone), Forbidden)
}

func TestUrgingOnceAnHourAndPerson(t *testing.T) {
	t.Parallel()

	c := inReview(t, "ordinary")
	urge := onTask(c, author, Urge)
	c = take(t, c, urge)
	urge.At = monday.Add(59 * time.Minute)
	refused(t, c.Check(urge), UrgedAlready)
	other := urge
	other.By = reviewer
	c = take(t, c, other)
	urge.At = monday.Add(time.Hour)
	c = take(t, c, urge)
	require.Len(t, c.Urgings, 2)
	other.By.Unit = "XX"
	refused(t, c.Check(other), Forbidden)
}

func TestTakingBackOnesOwnDecision(t *testing.T) {
	t.Parallel()

	start := inReview(t, "double_publicity")
	c := pass(t, start, head)
	back := take(t, c, onTask(c, head, Retract))
	require.Equal(t, 0, back.Step)
	require.Empty(t, back.Decisions)
	require.Equal(t, pass(t, back, head).Step, c.Step, "it can be taken anew")

	refused(t, c.Check(onTask(c, reviewer, Retract)), NotRetractable)
	claimed := take(t, c, onTask(c, reviewer, Claim))
	refused(t, claimed.Check(onTask(claimed, head, Retract)), NotRetractable)
	half := pass(t, c, reviewer)
	refused(t, half.Check(onTask(half, head, Retract)), NotRetractable)
	half = take(t, half, onTask(half, reviewer, Retract))
	require.Equal(t, c.Decisions, half.Decisions, "one of two seats is empty again")
	silent := onTask(c, head, Retract)
	silent.Opinion = ""
	refused(t, c.Check(silent), ReasonRequired)
}

func TestASignerMoreNeverASignerLess(t *testing.T) {
	t.Parallel()

	add := func(c Case, by Person, where string, to Person) Act {
		a := onTask(c, by, AddSigner, to)
		a.Where = where
		return a
	}
	c := inReview(t, "ordinary")

	after := take(t, c, add(c, head, SignAfter, lawyer))
	after = pass(t, after, head)
	step, _ := after.CurrentStep()
	require.Equal(t, addedStep+"1", step.ID)
	refused(t, after.Check(passes(after, someone("lawyer2", "office", Legal))), NotYourTask)
	require.Equal(t, Approved, pass(t, after, lawyer, reviewer, deputy).State)

	before := take(t, c, add(c, head, SignBefore, lawyer))
	step, _ = before.CurrentStep()
	require.Equal(t, addedStep+"1", step.ID)
	refused(t, before.Check(passes(before, head)), NotYourTask)
	require.Equal(t, Approved, pass(t, before, lawyer, head, reviewer, deputy).State)

	beside := take(t, c, add(c, head, SignBeside, lawyer))
	require.Len(t, beside.Tasks(), 2)
	for _, order := range [][]Person{{head, lawyer}, {lawyer, head}} {
		one := pass(t, beside, order[0])
		require.Equal(t, 0, one.Step, "both are asked, whatever the rule of the step")
		require.Len(t, one.Tasks(), 1)
		require.Equal(t, 1, pass(t, one, order[1]).Step)
	}

	for _, x := range []struct {
		name string
		act  Act
		want Code
	}{
		{"by who may not decide here", add(c, deputy, SignAfter, lawyer), NotYourTask},
		{"by a contributor", add(c, author, SignAfter, lawyer), ContributorDecides},
		{"a contributor", add(c, head, SignAfter, editor), NotEligible},
		{"oneself", add(c, head, SignAfter, head), NotEligible},
		{"who may not decide at all", add(c, head, SignAfter, someone("clerk", "safety", Drafter)), NotEligible},
		{"nowhere", add(c, head, "beneath", lawyer), BadValue},
	} {
		refused(t, c.Check(x.act), x.want)
	}

	back := take(t, after, decides(after, lawyer, ReturnToEarlier))
	again := submission(t, back, "ordinary")
	again.Contributors = append(again.Contributors, lawyer.ID)
	require.Equal(t, c.Route, take(t, back, again).Route, "whoever helped to mend it cannot sign it")

	drop := Act{Type: DropSigner, By: head, Step: addedStep + "1", Opinion: "words"}
	added := take(t, c, add(c, head, SignAfter, lawyer))
	require.Equal(t, c.Route, take(t, added, drop).Route)
	drop.By = reviewer
	refused(t, added.Check(drop), SignerFixed)
	drop.By = head
	refused(t, after.Check(drop), SignerFixed) // it has opened
	drop.Step = "confidentiality"
	refused(t, added.Check(drop), SignerFixed)
}
