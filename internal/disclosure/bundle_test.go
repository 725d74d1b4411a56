package disclosure

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The people of a small bureau. Only author and head sit in the drafter's section.
var (
	author      = someone("author", "safety", Drafter)
	editor      = someone("editor", "safety", SectionHead)
	head        = someone("head", "safety", SectionHead)
	otherHead   = someone("other_head", "rescue", SectionHead)
	reviewer    = someone("reviewer", "office", Confidentiality)
	reviewer2   = someone("reviewer2", "office", Confidentiality)
	lawyer      = someone("lawyer", "office", Legal)
	deputy      = someone("deputy", "office", DeputyLeader)
	principal   = someone("principal", "office", PrincipalLeader)
	officer     = someone("officer", "office", DisclosureOfficer)
	dutyOfficer = someone("duty_officer", "duty", DutyOfficer)
	dutyLeader  = someone("duty_leader", "duty", DutyLeader)
	allRounder  = someone("all_rounder", "safety", SectionHead, Confidentiality, Legal, DeputyLeader, PrincipalLeader, DisclosureOfficer)
	everyone    = []Person{author, editor, head, otherHead, reviewer, reviewer2, lawyer, deputy, principal, officer, dutyOfficer, dutyLeader, allRounder}

	monday   = time.Date(2026, 1, 5, 1, 0, 0, 0, time.UTC)
	plannedA = monday.Add(24 * time.Hour) // when it is to be released
	plannedZ = plannedA.Add(DefaultWindow)
)

func someone(id, section string, roles ...Role) Person {
	return Person{ID: id, Unit: "SF", Section: section, Roles: roles}
}

func routeByID(t require.TestingT, id string) Route {
	for _, r := range Routes() {
		if r.ID == id {
			return r
		}
	}
	require.FailNow(t, "no route "+id)
	return Route{}
}

// take takes an act that must be allowed.
func take(t require.TestingT, c Case, acts ...Act) Case {
	for _, a := range acts {
		after, err := c.Take(a)
		require.NoError(t, err, "%s in %s", a.Type, c.State)
		c = after
	}
	return c
}

// submission is the next version, by author.
func submission(t require.TestingT, c Case, route string) Act {
	r := routeByID(t, route)
	return Act{
		ID: fmt.Sprintf("submit-%d", c.Version+1), Type: Submit, By: author, At: monday, Kind: "notice", Version: c.Version + 1,
		Manifest: HashOf(fmt.Appendf(nil, "version %d", c.Version+1)), Route: &r, Contributors: []string{author.ID, editor.ID},
		Channels: []string{"portal"}, NotBefore: plannedA, Latest: plannedZ, Late: LateNow, PublicDays: 30,
	}
}

// inReview waits at the first step.
func inReview(t require.TestingT, route string) Case {
	c := NewCase("one", "SF", "safety", author.ID)
	return take(t, c, submission(t, c, route), Act{Type: Checked})
}

// decides is by's decision at the step that waits, with words and an article.
func decides(c Case, by Person, outcome Outcome) Act {
	step, _ := c.CurrentStep()
	return Act{
		ID: fmt.Sprintf("%s-%s-%d", by.ID, step.ID, c.Version), Type: Decide, By: by, At: monday, Manifest: c.Manifest, Step: step.ID,
		Outcome: outcome, ReturnTo: DrafterStep, Opinion: "words", Basis: "第三十五条",
	}
}

func passes(c Case, by Person) Act { return decides(c, by, Disclose) }

// pass lets each of them pass the step that waits, one after the other.
func pass(t require.TestingT, c Case, by ...Person) Case {
	for _, p := range by {
		c = take(t, c, passes(c, p))
	}
	return c
}

func approved(t require.TestingT) Case {
	return pass(t, inReview(t, "ordinary"), head, reviewer, deputy)
}

// refused checks that err is a refusal whose sentences can be shown to a person.
func refused(t testing.TB, err error, code Code) {
	t.Helper()
	require.Equal(t, code, CodeOf(err), "%v", err)
	presentable(t, err)
}

func presentable(t testing.TB, err error) {
	t.Helper()
	var r *Refusal
	require.ErrorAs(t, err, &r)
	zh, en := r.Sentence("zh"), r.Sentence("en")
	require.NotEqual(t, zh, en)
	for _, s := range []string{zh, en} {
		require.NotContains(t, s, "…", "a word was left out: %s", r.Code)
		require.False(t, strings.ContainsAny(s, "{}"), s)
		require.True(t, strings.HasSuffix(s, "。") || strings.HasSuffix(s, "."), s)
	}
}

func who(ds []Decision) []string {
	var ids []string
	for _, d := range ds {
		ids = append(ids, d.Person)
	}
	slices.Sort(ids)
	return ids
}
