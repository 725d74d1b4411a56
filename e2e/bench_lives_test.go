package e2e

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"

	"shenfa/internal/desk"
	"shenfa/workflows"
)

const (
	lifeUpdates = 4  // submit and three decisions
	lifeRounds  = 3  // ours and the baseline take turns, so that both get the same weather
	livesEach   = 12 // for each of those who live at once, at least
	p1Goal      = 0.7
	p6Goal      = 1.5
	deciders    = 50
)

// benchLives is P1, beside two baselines: one that does every step through the
// server, and one that keeps as many of them in the worker as we do. It returns how
// many lives a second there were at the most.
func benchLives(t *testing.T, r *report, b *bureau, plain *bare) (rate float64) {
	ordinary, local, tasks := scheduled(t, b, workflows.DisclosureID(b.life("预热")))
	baselines := []struct {
		in   bareInput
		what string
	}{
		{bareInput{Updates: lifeUpdates, Activities: ordinary + local}, fmt.Sprintf("%d updates, %d activities", lifeUpdates, ordinary+local)},
		{bareInput{Updates: lifeUpdates, Activities: ordinary + local, Local: local}, fmt.Sprintf("%d updates, %d activities, %d local ones", lifeUpdates, ordinary, local)},
	}
	for _, x := range baselines {
		_, _, bare := scheduled(t, b, plain.life(x.in))
		r.note("A life has %d activities, %d local ones and %d workflow tasks, driven by 7 requests over HTTP; a bare workflow of %s has %d workflow tasks.",
			ordinary, local, tasks, x.what, bare)
	}
	for _, atOnce := range []int{8, 32} {
		n := max(livesEach*8/lifeRounds, 2*atOnce)
		var ours time.Duration
		var each []time.Duration
		var cost usage
		theirs, eachBare, costBare := make([]time.Duration, len(baselines)), make([][]time.Duration, len(baselines)), make([]usage, len(baselines))
		for round := range lifeRounds {
			before := b.usage()
			took, all := together(n, atOnce, func(i int) { b.life(fmt.Sprintf("第%d轮第%d件", round+1, i+1)) })
			cost = cost.plus(b.usage().minus(before))
			ours, each = ours+all, append(each, took...)

			for i, x := range baselines {
				before = b.usage()
				took, all = together(n, atOnce, func(int) { plain.life(x.in) })
				costBare[i] = costBare[i].plus(b.usage().minus(before))
				theirs[i], eachBare[i] = theirs[i]+all, append(eachBare[i], took...)
			}
		}
		total := float64(n * lifeRounds)
		mine := total / ours.Seconds()
		rate = max(rate, mine)
		r.note("CPU for one life, %d at once: ours %s.", atOnce, cost.each(total))
		for i, x := range baselines {
			bare := total / theirs[i].Seconds()
			r.add(row{
				code: "P1", what: fmt.Sprintf("whole lives a second, %d at once", atOnce),
				ours:     fmt.Sprintf("%.1f/s (one: %s)", mine, spreadOf(each)),
				baseline: fmt.Sprintf("bare workflow, %s: %.1f/s (one: %s)", x.what, bare, spreadOf(eachBare[i])),
				ratio:    mine / bare, goal: fmt.Sprintf("≥ %.1f", p1Goal), met: met(mine/bare >= p1Goal),
			})
			r.note("CPU for one bare workflow, %s, %d at once: %s.", x.what, atOnce, costBare[i].each(total))
		}
	}
	r.note("%d of these decisions were refused as too quick, after the database showed the task and before the workflow knew, and were taken again.", b.clickedAgain.Load())
	return rate
}

// scheduled counts the activities, the local ones and the completed workflow tasks of
// a workflow.
func scheduled(t testing.TB, b *bureau, id string) (ordinary, local, tasks int) {
	t.Helper()
	events := b.client.GetWorkflowHistory(t.Context(), id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		require.NoError(t, err)
		switch e.GetEventType() {
		case enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
			ordinary++
		case enums.EVENT_TYPE_MARKER_RECORDED:
			local++
		case enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
			tasks++
		}
	}
	return ordinary, local, tasks
}

// benchDecisions is P6, on disclosures that wait for their first decision.
func benchDecisions(t *testing.T, r *report, b *bureau, plain *bare, waiting []desk.Disclosure) {
	roads := make([]string, min(len(waiting), 200))
	together(len(roads), deciders, func(i int) { roads[i] = plain.start(bareInput{Updates: 1 << 20}) })
	var bare, ours []time.Duration
	for _, s := range signers {
		each, _ := together(len(roads), deciders, func(i int) { plain.act(roads[i]) })
		bare = append(bare, each...)
		each, _ = together(len(waiting), deciders, func(i int) {
			waiting[i] = b.decided(waiting[i], s.login, s.step)
		})
		ours = append(ours, each...)
	}
	var wg sync.WaitGroup
	for _, id := range roads {
		wg.Go(func() { _ = b.client.TerminateWorkflow(context.Background(), id, "", "measured") })
	}
	wg.Wait()
	x, y := spreadOf(ours), spreadOf(bare)
	quotient := ratio(x.at(0.99), y.at(0.99))
	r.add(row{
		code: "P6", what: fmt.Sprintf("decision, request to answer, %d at once (%d decisions)", deciders, len(ours)),
		ours: x.String(), baseline: fmt.Sprintf("bare Update with one activity (%d): %s", len(bare), y),
		ratio: quotient, goal: fmt.Sprintf("p99 ≤ %.1f ×", p6Goal), met: met(quotient <= p6Goal),
	})
}
