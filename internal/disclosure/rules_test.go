package disclosure

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhoMayNotDecide(t *testing.T) {
	t.Parallel()

	foreign := head
	foreign.Unit = "XX"
	for _, c := range []struct {
		name string
		at   func(t *testing.T) Case
		act  func(Case) Act
		want Code
	}{
		{"the author", func(t *testing.T) Case { return inReview(t, "ordinary") }, func(c Case) Act {
			p := author
			p.Roles = append([]Role{SectionHead}, p.Roles...)
			return passes(c, p)
		}, ContributorDecides},
		{"an editor, though head of the section", func(t *testing.T) Case { return inReview(t, "ordinary") }, func(c Case) Act {
			return passes(c, editor)
		}, ContributorDecides},
		{"who uploaded a file of an earlier version", func(t *testing.T) Case {
			c := NewCase("one", "SF", "safety", author.ID)
			first := submission(t, c, "ordinary")
			first.Contributors = append(first.Contributors, reviewer.ID)
			c = take(t, c, first, Act{Type: Checked})
			c = take(t, c, decides(c, head, ReturnToEarlier))
			c = take(t, c, submission(t, c, "ordinary"), Act{Type: Checked}) // names only author and editor
			return pass(t, c, head)
		}, func(c Case) Act { return passes(c, reviewer) }, ContributorDecides},
		{"who passed an earlier step", func(t *testing.T) Case { return pass(t, inReview(t, "ordinary"), allRounder) }, func(c Case) Act {
			return passes(c, allRounder)
		}, AlreadyDecided},
		{"who has filled one seat of two", func(t *testing.T) Case {
			return pass(t, inReview(t, "double_publicity"), head, allRounder)
		}, func(c Case) Act { return passes(c, allRounder) }, AlreadyDecided},
		{"the head of another section", func(t *testing.T) Case { return inReview(t, "ordinary") }, func(c Case) Act { return passes(c, otherHead) }, NotYourTask},
		{"the head of another unit", func(t *testing.T) Case { return inReview(t, "ordinary") }, func(c Case) Act { return passes(c, foreign) }, NotYourTask},
		{"a role that does not stand at this step", func(t *testing.T) Case { return inReview(t, "ordinary") }, func(c Case) Act { return passes(c, deputy) }, NotYourTask},
		{"a second lawyer where the seat is filled", func(t *testing.T) Case {
			return pass(t, inReview(t, "double_publicity"), head, lawyer)
		}, func(c Case) Act { return passes(c, someone("lawyer2", "office", Legal)) }, NotYourTask},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			at := c.at(t)
			err := at.Check(c.act(at))
			refused(t, err, c.want)
		})
	}
}

func TestWhatADecisionMustSay(t *testing.T) {
	t.Parallel()

	at := pass(t, inReview(t, "ordinary"), head) // the confidentiality step, which knows every outcome
	earlier := at.Manifest
	returned := take(t, at, decides(at, reviewer, ReturnToEarlier))
	resubmitted := pass(t, take(t, returned, submission(t, returned, "ordinary"), Act{Type: Checked}), head)

	for _, c := range []struct {
		name   string
		at     Case
		change func(*Act)
		want   Code
	}{
		{"on the hash of an earlier version", resubmitted, func(a *Act) { a.Manifest = earlier }, ManifestChanged},
		{"on no hash", at, func(a *Act) { a.Manifest = "" }, ManifestChanged},
		{"at a step that has passed", at, func(a *Act) { a.Step = "section" }, WrongStep},
		{"at a step to come", at, func(a *Act) { a.Step = "leader" }, WrongStep},
		{"at no step", at, func(a *Act) { a.Step = "" }, WrongStep},
		{"an outcome nobody knows", at, func(a *Act) { a.Outcome = "maybe" }, UnknownOutcome},
		{"no outcome", at, func(a *Act) { a.Outcome = "" }, UnknownOutcome},
		{"withhold without its article", at, func(a *Act) { a.Outcome, a.Basis = DoNotDisclose, " " }, BasisRequired},
		{"withhold without a reason", at, func(a *Act) { a.Outcome, a.Opinion = DoNotDisclose, "" }, ReasonRequired},
		{"on request without its article", at, func(a *Act) { a.Outcome, a.Basis = DiscloseOnAsk, "" }, BasisRequired},
		{"partial without its article", at, func(a *Act) { a.Outcome, a.Basis = DisclosePart, "" }, BasisRequired},
		{"return without a reason", at, func(a *Act) { a.Outcome, a.Opinion = ReturnToEarlier, "" }, ReasonRequired},
		{"report up without a reason", at, func(a *Act) { a.Outcome, a.Opinion = ReportUp, "" }, ReasonRequired},
		{"return to nowhere", at, func(a *Act) { a.Outcome, a.ReturnTo = ReturnToEarlier, "" }, ReturnTarget},
		{"return to itself", at, func(a *Act) { a.Outcome, a.ReturnTo = ReturnToEarlier, "confidentiality" }, ReturnTarget},
		{"return to a later step", at, func(a *Act) { a.Outcome, a.ReturnTo = ReturnToEarlier, "leader" }, ReturnTarget},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			a := passes(c.at, reviewer)
			require.NoError(t, c.at.Check(a))
			c.change(&a)
			refused(t, c.at.Check(a), c.want)
		})
	}

	t.Run("AnOutcomeTheStepDoesNotOffer", func(t *testing.T) {
		t.Parallel()

		c := inReview(t, "ordinary")
		refused(t, c.Check(decides(c, head, DoNotDisclose)), UnknownOutcome)
	})
}

func TestAnyOfNeedsOneAndAllOfNeedsBoth(t *testing.T) {
	t.Parallel()

	c := inReview(t, "double_publicity")
	require.Len(t, c.Tasks(), 1)
	c = pass(t, c, head)
	require.Len(t, c.Tasks(), 2)

	for _, order := range [][]Person{{reviewer, lawyer}, {lawyer, reviewer}} {
		c := pass(t, c, order[0])
		step, _ := c.CurrentStep()
		require.Equal(t, "joint_review", step.ID, "one of two is not enough")
		require.Len(t, c.Tasks(), 1)
		require.True(t, order[1].Has(c.Tasks()[0].Role))
		c = pass(t, c, order[1])
		step, _ = c.CurrentStep()
		require.Equal(t, "leader", step.ID)
	}

	// Who could sit on both seats fills one, and somebody else the other.
	c = pass(t, c, allRounder)
	require.Equal(t, []Task{{Step: "joint_review", Seat: 1, Role: Legal, Limit: Limit{1, "working_day"}}}, c.Tasks())
	c = pass(t, c, lawyer, deputy)
	require.Equal(t, Approved, c.State)
	require.True(t, c.Complete())
}

func TestTheFastLaneNeedsOnlyThoseOnDuty(t *testing.T) {
	t.Parallel()

	c := inReview(t, "fast")
	require.Equal(t, Limit{15, "minute"}, c.Tasks()[0].Limit)
	c = pass(t, c, dutyLeader)
	require.Equal(t, InReview, c.State)
	require.False(t, c.Complete())
	c = pass(t, c, dutyOfficer)
	require.Equal(t, Approved, c.State)
}

func TestWhatAReturnVoids(t *testing.T) {
	t.Parallel()

	atPrincipal := pass(t, inReview(t, "important"), head, reviewer, deputy)
	returnTo := func(step string) Case {
		a := decides(atPrincipal, principal, ReturnToEarlier)
		a.ReturnTo = step
		return take(t, atPrincipal, a)
	}

	t.Run("ToAnEarlierStepOnlyWhatComesAfter", func(t *testing.T) {
		t.Parallel()

		c := returnTo("confidentiality")
		require.Equal(t, InReview, c.State)
		require.Equal(t, []string{"head"}, who(c.Decisions))
		require.Equal(t, atPrincipal.Manifest, c.Manifest)
		require.Equal(t, []string{DrafterStep, "section"}, c.ReturnTargets())
		// Whose decision is void may decide again.
		c = pass(t, c, reviewer, deputy, principal)
		require.Equal(t, Approved, c.State)
		require.True(t, c.Complete())
	})
	t.Run("ToTheFirstStepAll", func(t *testing.T) {
		t.Parallel()

		require.Empty(t, returnTo("section").Decisions)
	})
	t.Run("ToTheDrafterAll", func(t *testing.T) {
		t.Parallel()

		c := returnTo(DrafterStep)
		require.Equal(t, Returned, c.State)
		require.Empty(t, c.Decisions)
		again := take(t, c, submission(t, c, "important"), Act{Type: Checked})
		require.NotEqual(t, c.Manifest, again.Manifest)
		require.Empty(t, again.Decisions)
		require.Equal(t, 0, again.Step)
	})
	t.Run("PartialAll", func(t *testing.T) {
		t.Parallel()

		c := take(t, atPrincipal, decides(atPrincipal, principal, DisclosePart))
		require.Equal(t, Returned, c.State)
		require.Empty(t, c.Decisions)
	})
	t.Run("WithdrawingAndSubmittingAgainAll", func(t *testing.T) {
		t.Parallel()

		c := take(t, approved(t), Act{Type: Withdraw, By: author, At: monday, Opinion: "words"})
		c = take(t, c, submission(t, c, "ordinary"), Act{Type: Checked})
		require.Empty(t, c.Decisions)
		require.False(t, c.Complete())
	})
}

func TestReportingUpAndTheRuling(t *testing.T) {
	t.Parallel()

	c := pass(t, inReview(t, "ordinary"), head)
	reported := take(t, c, decides(c, reviewer, ReportUp))
	step, ok := reported.CurrentStep()
	require.True(t, ok)
	require.Equal(t, ReportStep, step.ID)
	require.Len(t, reported.Tasks(), 2)
	refused(t, reported.Check(passes(reported, deputy)), NotYourTask)
	refused(t, reported.Check(decides(reported, officer, ReturnToEarlier)), UnknownOutcome)
	refused(t, reported.Check(passes(reported, editor)), ContributorDecides)

	back := take(t, reported, passes(reported, officer))
	require.Equal(t, InReview, back.State)
	require.Equal(t, c.Step, back.Step, "the step that asked goes on")
	require.Equal(t, []string{"head"}, who(back.Decisions), "a ruling is no approval")
	require.Equal(t, Approved, pass(t, back, reviewer, deputy).State)

	require.Equal(t, NotReleased, take(t, reported, decides(reported, reviewer2, DoNotDisclose)).State)
	require.Equal(t, OnAsk, take(t, reported, decides(reported, officer, DiscloseOnAsk)).State)
}

func TestReschedule(t *testing.T) {
	t.Parallel()

	now := plannedA.Add(-time.Hour)
	foreign := officer
	foreign.Unit = "XX"
	ready := approved(t)
	armed := take(t, ready, Act{Type: Arm})
	for _, c := range []struct {
		name string
		at   Case
		by   Person
		now  time.Time
		to   time.Time
		want Code
	}{
		{"by the drafter", ready, author, now, plannedA.Add(time.Hour), ""},
		{"by the disclosure office", ready, officer, now, plannedA.Add(time.Hour), ""},
		{"by a leader, armed already", armed, deputy, now, plannedA.Add(time.Hour), ""},
		{"to the first instant", ready, author, now, plannedA, ""},
		{"to the last instant", ready, author, now, plannedZ, ""},
		{"before the window", ready, author, now, plannedA.Add(-time.Nanosecond), ReleaseOutOfWindow},
		{"after the window", ready, author, now, plannedZ.Add(time.Nanosecond), ReleaseOutOfWindow},
		{"into the past", ready, author, plannedA.Add(time.Hour), plannedA.Add(time.Minute), ReleaseInPast},
		{"by another drafter", ready, someone("other", "safety", Drafter), now, plannedA.Add(time.Hour), Forbidden},
		{"by the reviewer", ready, reviewer, now, plannedA.Add(time.Hour), Forbidden},
		{"by another unit's office", ready, foreign, now, plannedA.Add(time.Hour), Forbidden},
		{"armed, a moment before", armed, officer, plannedA.Add(-time.Nanosecond), plannedA.Add(time.Hour), ""},
		{"armed, at the instant", armed, officer, plannedA, plannedA.Add(time.Hour), ReleaseTooLate},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			after, err := c.at.Take(Act{Type: Reschedule, By: c.by, At: c.now, ReleaseAt: c.to, Opinion: "words"})
			if c.want != "" {
				refused(t, err, c.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, Approved, after.State, "it is armed anew")
			require.Equal(t, c.to, after.ReleaseAt)
			require.Greater(t, after.Generation, c.at.Generation)
			require.Equal(t, c.at.Decisions, after.Decisions)
		})
	}
}

func TestMissedStaysInTheApprovedWindow(t *testing.T) {
	t.Parallel()

	c := take(t, approved(t), Act{Type: Arm})
	for _, at := range []time.Time{plannedA.Add(-time.Second), plannedZ.Add(time.Second)} {
		refused(t, c.Check(Act{Type: Missed, ReleaseAt: at}), ReleaseOutOfWindow)
	}
	held := take(t, c, Act{Type: Missed, Cause: "missed"})
	require.Equal(t, Held, held.State)
	require.Equal(t, "missed", held.Cause)
	require.Greater(t, held.Generation, c.Generation, "whoever was to send it knows that it is old")
	require.Empty(t, take(t, held, Act{Type: Missed, ReleaseAt: plannedZ}).Cause)
}

func TestWithdrawAndRecallMeetAtTheInstant(t *testing.T) {
	t.Parallel()

	withdraw := func(by Person, at time.Time, reason string) Act {
		return Act{Type: Withdraw, By: by, At: at, Opinion: reason}
	}
	recall := func(by Person, at time.Time, reason string) Act {
		return Act{Type: Recall, By: by, At: at, Opinion: reason}
	}
	foreign := officer
	foreign.Unit = "XX"
	armed := take(t, approved(t), Act{Type: Arm})
	releasing := take(t, armed, Act{Type: Due})
	before, instant := plannedA.Add(-time.Nanosecond), plannedA

	require.NoError(t, armed.Check(withdraw(author, before, "words")))
	refused(t, armed.Check(recall(officer, before, "words")), WrongState)
	// F20: from the instant on it is public, whatever the workflow has noticed.
	refused(t, armed.Check(withdraw(author, instant, "words")), ReleaseTooLate)
	require.NoError(t, armed.Check(recall(officer, instant, "words")))
	for name, c := range map[string]Case{
		"releasing": releasing, "released": take(t, releasing, Act{Type: Confirm}), "failed": take(t, releasing, Act{Type: Fail}),
	} {
		require.NoError(t, c.Check(recall(dutyLeader, instant, "words")), name)
		require.Error(t, c.Check(withdraw(author, instant, "words")), name)
	}
	refused(t, releasing.Check(withdraw(author, instant, "words")), ReleaseTooLate)

	refused(t, armed.Check(withdraw(editor, before, "words")), NotYours)
	refused(t, armed.Check(withdraw(officer, before, "words")), NotYours)
	refused(t, armed.Check(withdraw(author, before, "")), ReasonRequired)
	refused(t, releasing.Check(recall(author, instant, "words")), Forbidden)
	refused(t, releasing.Check(recall(foreign, instant, "words")), Forbidden)
	refused(t, releasing.Check(recall(officer, instant, "")), ReasonRequired)
}

func TestTwoPeopleClearAQuarantine(t *testing.T) {
	t.Parallel()

	clear := func(by Person) Act { return Act{Type: Clear, By: by, Opinion: "words"} }
	fresh := NewCase("one", "SF", "safety", author.ID)
	submitted := submission(t, fresh, "ordinary")
	submitted.Contributors = append(submitted.Contributors, officer.ID)
	c := take(t, fresh, submitted, Act{Type: Checked, Quarantine: true})

	refused(t, c.Check(clear(author)), Forbidden)
	refused(t, c.Check(clear(head)), Forbidden)
	refused(t, c.Check(clear(officer)), ContributorDecides)
	refused(t, c.Check(Act{Type: Clear, By: reviewer}), ReasonRequired)
	foreign := reviewer
	foreign.Unit = "XX"
	refused(t, c.Check(clear(foreign)), Forbidden)
	refused(t, c.Check(Act{Type: Withdraw, By: author, Opinion: "words"}), Quarantined)

	c = take(t, c, clear(reviewer))
	require.Equal(t, InQuarantine, c.State)
	refused(t, c.Check(clear(reviewer)), QuarantineBySame)
	c = take(t, c, clear(deputy))
	require.Equal(t, Returned, c.State)

	c = take(t, c, submission(t, c, "ordinary"), Act{Type: Checked, Quarantine: true})
	require.Empty(t, c.ClearedBy, "another quarantine is cleared anew")
}

func TestOneOutsiderUpholdsAMarkAndThatIsTheEnd(t *testing.T) {
	t.Parallel()

	fresh := NewCase("one", "SF", "safety", author.ID)
	c := take(t, fresh, submission(t, fresh, "ordinary"), Act{Type: Checked, Quarantine: true}, Act{Type: Clear, By: deputy, Opinion: "words"})
	uphold := func(by Person, done string) Act { return Act{Type: Uphold, By: by, Opinion: done} }
	refused(t, c.Check(uphold(author, "reported")), Forbidden)
	refused(t, c.Check(uphold(head, "reported")), Forbidden)
	refused(t, c.Check(uphold(reviewer, "")), ReasonRequired)
	for _, by := range []Person{reviewer, deputy} { // also who took it for a false alarm at first
		upheld := take(t, c, uphold(by, "reported"))
		require.Equal(t, NotReleased, upheld.State)
		require.True(t, upheld.State.Final())
	}
}

func TestFindingsAreDisposedOfByContributorsWithReasons(t *testing.T) {
	t.Parallel()

	fresh := NewCase("one", "SF", "safety", author.ID)
	c := take(t, fresh, submission(t, fresh, "ordinary"), Act{Type: Checked, OpenFindings: 2})
	a := Act{Type: Dispose, By: editor, Opinion: "words", Disposition: LawfulHere, OpenFindings: 1}
	c = take(t, c, a)
	require.Equal(t, SelfReview, c.State)
	a.By = head
	refused(t, c.Check(a), NotYours)
	a.By, a.Opinion = author, ""
	refused(t, c.Check(a), ReasonRequired)
	a.Opinion, a.Disposition = "words", "ignored"
	refused(t, c.Check(a), BadValue)
	a.Disposition, a.OpenFindings = FalseAlarm, 0
	require.Equal(t, InReview, take(t, c, a).State)
}

func TestWhatASubmissionMustBe(t *testing.T) {
	t.Parallel()

	fresh := NewCase("one", "SF", "safety", author.ID)
	returned := take(t, inReview(t, "ordinary"), decides(inReview(t, "ordinary"), head, ReturnToEarlier))
	for _, c := range []struct {
		name   string
		at     Case
		change func(*Act)
		want   Code
	}{
		{"by somebody who contributed nothing", fresh, func(a *Act) { a.By = someone("x", "safety", Drafter) }, NotYours},
		{"by a contributor who may not create", fresh, func(a *Act) { a.By.Roles = []Role{Legal} }, NotYours},
		{"by another unit", fresh, func(a *Act) { a.By.Unit = "XX" }, NotYours},
		{"of the same version again", returned, func(a *Act) { a.Version = 1 }, BadRequest},
		{"without a hash", fresh, func(a *Act) { a.Manifest = "" }, BadRequest},
		{"without a route", fresh, func(a *Act) { a.Route = nil }, BadRequest},
		{"for no channel", fresh, func(a *Act) { a.Channels = nil }, BadRequest},
		{"with a window that ends before it begins", fresh, func(a *Act) { a.Latest = a.NotBefore.Add(-1) }, ReleaseBadWindow},
		{"to be released after the statutory limit", fresh, func(a *Act) { a.Lawful = a.NotBefore.Add(-1) }, ReleasePastLimit},
		{"with a window beyond the statutory limit", fresh, func(a *Act) { a.Lawful = a.Latest.Add(-1) }, ReleasePastLimit},
		{"up to the statutory limit", fresh, func(a *Act) { a.Lawful = a.Latest }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			a := submission(t, c.at, "ordinary")
			c.change(&a)
			if err := c.at.Check(a); c.want == "" {
				require.NoError(t, err)
			} else {
				require.Equal(t, c.want, CodeOf(err))
			}
		})
	}
}

func TestOnApprovalTheInstantIsTheLastDecision(t *testing.T) {
	t.Parallel()

	fresh := NewCase("one", "SF", "safety", author.ID)
	s := submission(t, fresh, "fast")
	s.OnApproval, s.NotBefore = true, monday
	c := take(t, fresh, s, Act{Type: Checked})
	c = pass(t, c, dutyOfficer)
	last := passes(c, dutyLeader)
	last.At = monday.Add(10 * time.Minute)
	require.Equal(t, last.At, take(t, c, last).ReleaseAt)

	// A clock that is behind does not make it earlier, and a week is a week.
	early, late := last, last
	early.At, late.At = monday.Add(-time.Second), plannedZ.Add(time.Second)
	require.Equal(t, monday, take(t, c, early).ReleaseAt)
	refused(t, c.Check(late), ReleaseOutOfWindow)
}

// Complete is the second pair of eyes: it believes nothing that the state says.
func TestCompleteIsFalseForAnyLackingOrWrongDecision(t *testing.T) {
	t.Parallel()

	good := approved(t)
	require.True(t, good.Complete())
	for name, spoil := range map[string]func(*Case){
		"a decision is lacking":            func(c *Case) { c.Decisions = c.Decisions[1:] },
		"one person decided twice":         func(c *Case) { c.Decisions[2].Person = c.Decisions[0].Person },
		"a contributor decided":            func(c *Case) { c.Decisions[1].Person = editor.ID },
		"a decider became a contributor":   func(c *Case) { c.Contributors = append(c.Contributors, deputy.ID) },
		"two at one step, none at one":     func(c *Case) { c.Decisions[2].Step = c.Decisions[1].Step },
		"there is no route":                func(c *Case) { c.Route = Route{} },
		"the route asks for one step more": func(c *Case) { c.Route = routeByID(t, "important") },
	} {
		c := good
		c.Decisions = append([]Decision(nil), good.Decisions...)
		c.Contributors = append([]string(nil), good.Contributors...)
		spoil(&c)
		require.False(t, c.Complete(), name)
	}
}
