package workflows_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
	"pgregory.net/rapid"

	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
	"shenfa/workflows"
)

// move is one thing that somebody tries, or that happens, after a wait.
type move struct {
	Wait int // in minutes
	Do   string
	Who  string
	N    int // what it means depends on Do
}

// journey is everything that happens to one disclosure.
type journey struct {
	Late  disclosure.LatePolicy
	In    time.Duration // from the submission to the instant; 0: on approval
	Push  bool          // to the webhook as well
	Moves []move
}

const window = 20 * time.Hour

// journeys are mostly such as get somewhere: what is tried is random, but people
// rather try what is theirs to do.
func journeys() *rapid.Generator[journey] {
	moves := rapid.Custom(func(t *rapid.T) move {
		m := move{Wait: rapid.SampledFrom([]int{0, 0, 0, 1, 29, 240}).Draw(t, "wait"), N: rapid.IntRange(0, 9).Draw(t, "n")}
		m.Do = rapid.SampledFrom([]string{
			"next", "next", "next", "next", "next", "decide", "bypass", "edit", "submit", "withdraw", "reschedule", "recall",
			"freeze", "lift", "watch", "outage", "instant", "instant", "again",
		}).Draw(t, "do")
		m.Who = rapid.SampledFrom([]string{
			"drafter", "drafter", "officer", "colleague", "head", "confidentiality", "second_reviewer", "deputy", "principal", "other_head",
		}).Draw(t, "who")
		return m
	})
	return rapid.Custom(func(t *rapid.T) journey {
		return journey{
			Late:  rapid.SampledFrom([]disclosure.LatePolicy{disclosure.LateNow, disclosure.LateWindow, disclosure.LateHold}).Draw(t, "late"),
			In:    rapid.SampledFrom([]time.Duration{0, time.Minute, time.Hour, 3 * time.Hour}).Draw(t, "in"),
			Push:  rapid.Bool().Draw(t, "push"),
			Moves: rapid.SliceOfN(moves, 3, 16).Draw(t, "moves"),
		}
	})
}

// traveller walks a journey in a world and in the model at once.
type traveller struct {
	*world
	journey
	m      model
	people map[string]disclosure.Person
	bodies map[int]string // by version
	last   disclosure.Act
	lift   func()
}

// newRoadWorld also makes the colleague a head of section, so that somebody could
// decide on what they wrote.
func newRoadWorld(t testing.TB) *world {
	w := newWorld(t)
	_, err := w.root.ExecContext(t.Context(), `INSERT INTO person_roles VALUES ($1, $2)`, w.Colleague.ID, disclosure.SectionHead)
	require.NoError(t, err)
	w.Colleague.Roles = append(w.Colleague.Roles, disclosure.SectionHead)
	return w
}

// walk returns the first thing that is not as promised.
func walk(w *world, j journey) (wrong error) {
	// The journeys before took place at the same time, which happens nowhere else: they
	// would be a crowd around the same instants.
	err := unguarded(w, `DELETE FROM freezes; DELETE FROM uptime; UPDATE grants SET revoked_at = now() WHERE revoked_at IS NULL`)
	require.NoError(w.t, err)
	// People act at one second past a multiple of five, windows open at full
	// minutes, and instants are three seconds past: no two things happen at once.
	w.set(func() { w.at, w.outage, w.over = monday().Add(time.Second), time.Time{}, true })
	w.tick()
	options := []testkit.Option{testkit.Late(j.Late), testkit.Window(window), testkit.ReleaseIn(0)}
	if j.In > 0 {
		j.In += 2 * time.Second
		options = append(options, testkit.ReleaseIn(j.In))
	}
	if j.Push {
		options = append(options, both())
	}
	w.draft(options...)
	w.hook.reset()
	tr := &traveller{world: w, journey: j, people: w.Everyone(), bodies: map[int]string{}}
	tr.m = model{late: j.Late, onApproval: j.In == 0, lead: workflows.ArmLead(w.item.ID, 1), now: w.now(), state: disclosure.Drafting, contributors: []string{"drafter"}}
	quiet := func(env *testsuite.TestWorkflowEnvironment) { env.SetTestTimeout(20 * time.Second) }
	err = w.play(workflows.DisclosureInput{Case: w.item.Case}, quiet, func() {
		j.Moves = append([]move{{Do: "submit", Who: "drafter"}}, j.Moves...)
		j.Moves = append(j.Moves, move{Do: "lift"}, move{Do: "watch"}, move{Do: "wait", Wait: 24 * 60})
		for i, mv := range j.Moves {
			if wrong = tr.try(mv); wrong == nil {
				wrong = tr.compare()
			}
			if wrong != nil {
				wrong = fmt.Errorf("after move %d %+v at %s: %w", i, mv, w.now().UTC().Format(time.TimeOnly), wrong)
				return
			}
		}
	})
	if wrong == nil && !w.over && err == nil {
		return fmt.Errorf("the workflow ended in state %s", w.state())
	}
	return wrong
}

// try does one move on both sides and compares whether it was let.
func (tr *traveller) try(mv move) error {
	tr.pass(time.Duration(mv.Wait) * time.Minute)
	may, a := false, disclosure.Act{}
	switch mv.Do {
	case "next": // what a person with a task in their inbox does
		if tasks := tr.item.Case.Tasks(); len(tasks) > 0 {
			return tr.try(move{Do: "decide", Who: tr.seat(tasks[0]), N: 9})
		}
		if tr.m.editable() {
			return tr.try(move{Do: "submit", Who: "drafter"})
		}
		return tr.try(move{Do: "instant"})
	case "submit":
		who := writer(mv)
		if tr.m.editable() {
			a = tr.submission(tr.people[who])
			tr.bodies[a.Version] = tr.item.Body
		} else {
			route := tr.item.Case.Route
			a = disclosure.Act{
				Type: disclosure.Submit, By: tr.people[who], Version: 99, Manifest: "00", Route: &route,
				Channels: []string{"portal"}, Contributors: []string{tr.people[who].ID},
			}
		}
		may = tr.m.submit(who, tr.In, window)
	case "decide":
		outcome := []disclosure.Outcome{disclosure.ReturnToEarlier, disclosure.ReturnToEarlier, disclosure.DoNotDisclose}[min(mv.N, 2)]
		if mv.N > 2 {
			outcome = disclosure.Disclose
		}
		a = tr.decision(tr.people[mv.Who], outcome)
		if mv.N == 1 && len(tr.item.Case.Route.Steps) > 0 {
			a.ReturnTo = tr.item.Case.Route.Steps[0].ID
		}
		if mv.N == 3 {
			a.Manifest = disclosure.HashOf([]byte("what was shown before"))
		}
		may = tr.m.decide(mv.Who, outcome, mv.N == 0, mv.N == 3)
	case "bypass":
		a = tr.reasoned(disclosure.Bypass, tr.people[mv.Who])
		a.Manifest = tr.item.Case.Manifest
		may = tr.m.bypass(mv.Who)
	case "withdraw":
		a, may = tr.reasoned(disclosure.Withdraw, tr.people[mv.Who]), tr.m.withdraw(mv.Who)
	case "reschedule":
		at := tr.m.first.Add(time.Duration(mv.N-2)*2*time.Hour + 2*time.Second*time.Duration(b2i(tr.In == 0)))
		a, may = tr.world.reschedule(tr.people[mv.Who], at), tr.m.reschedule(mv.Who, at)
	case "recall":
		a, may = tr.reasoned(disclosure.Recall, tr.people[mv.Who]), tr.m.recall(mv.Who)
	case "again":
		if tr.last.ID == "" || tr.over {
			return nil
		}
		a, may = tr.last, true
	default:
		tr.happen(mv)
		return nil
	}
	return tr.compareAct(a, may)
}

// writer is who edits or submits in a move.
func writer(mv move) string {
	if mv.N < 5 {
		return "drafter"
	}
	return "colleague"
}

func (tr *traveller) seat(task disclosure.Task) string {
	return map[disclosure.Role]string{
		disclosure.SectionHead: "head", disclosure.Confidentiality: "confidentiality", disclosure.DeputyLeader: "deputy",
	}[task.Role]
}

// happen does what nobody can refuse.
func (tr *traveller) happen(mv move) {
	switch mv.Do {
	case "edit":
		if who := writer(mv); tr.m.editable() {
			tr.item.Body = "<p>第 " + strconv.Itoa(mv.N) + " 稿</p>"
			tr.write(tr.people[who], tr.item.Body)
			tr.m.contribute(who)
		}
	case "freeze":
		if tr.lift == nil {
			tr.lift = tr.freeze()
			tr.m.freezes = append(tr.m.freezes, span{from: tr.now()})
		}
	case "lift":
		if tr.lift != nil {
			tr.lift()
			tr.lift = nil
			tr.m.freezes[len(tr.m.freezes)-1].to = tr.now()
		}
	case "watch":
		tr.m.watch()
		tr.watchdog()
		tr.m.pass(settle)
	case "outage":
		d := time.Duration(mv.N+1) * 20 * time.Minute
		tr.m.outages = append(tr.m.outages, span{tr.now(), tr.now().Add(d)})
		tr.blackout(d)
		tr.m.pass(d + settle)
	case "instant": // to a few seconds around it
		if d := tr.m.at.Sub(tr.now()); !tr.m.at.IsZero() && d > -settle {
			tr.pass(max(d+time.Duration(mv.N-5)*settle, 0))
		}
	}
}

// pass lets time pass on both sides.
func (tr *traveller) pass(d time.Duration) {
	if d = d.Truncate(settle); d > 0 {
		tr.sleep(d)
		tr.m.pass(d)
	}
}

func (tr *traveller) compareAct(a disclosure.Act, may bool) error {
	_, err := tr.send(a)
	tr.m.pass(settle)
	if err == nil {
		tr.last = a
	}
	if (err == nil) != may {
		return fmt.Errorf("%s by %v: the model says %t, the road says %v", a.Type, a.By.Roles, may, err)
	}
	return nil
}

// compare holds both sides, and the promises, against each other.
func (tr *traveller) compare() error {
	if tr.over {
		tr.m.pass(tr.now().Sub(tr.m.now))
	}
	if got := tr.state(); got != tr.m.state {
		effects, err := tr.Effects(tr.t.Context(), tr.item.ID, tr.item.Case.Version)
		return errors.Join(fmt.Errorf("state is %s (%s), the model says %s; effects %+v", got, tr.item.Case.Cause, tr.m.state, effects), err)
	}
	hash, there := tr.public()
	if there != tr.m.public() {
		return fmt.Errorf("public is %t, the model says %t", there, tr.m.public())
	}
	if there {
		if err := tr.lawful(hash); err != nil {
			return err
		}
	}
	return tr.effects()
}

// lawful is what must be true of anything the public can see, whatever any model
// says: asked of the database, in words of its own.
func (tr *traveller) lawful(hash string) error {
	v := tr.item.Case.Version
	if want := disclosure.Sum("", []byte(tr.bodies[v])).SHA256; hash != want {
		return fmt.Errorf("other bytes are public than version %d has", v)
	}
	approvals := func(outcome, step string) int {
		return tr.count(`SELECT count(DISTINCT d.person_id) FROM decisions d JOIN grants g USING (disclosure_id, manifest_hash)
			WHERE d.disclosure_id = $1 AND g.revoked_at IS NULL AND d.outcome = $2 AND d.step LIKE $3 AND d.counts
			  AND d.person_id NOT IN (SELECT person_id FROM contributors c WHERE c.disclosure_id = d.disclosure_id)`, tr.item.ID, outcome, step)
	}
	if approvals("disclose", "%") != len(seats) && approvals("bypass", "bypass") != 1 || approvals("disclose", "confidentiality") != 1 {
		return fmt.Errorf("public without a quorum of people who did not contribute")
	}
	frozen, err := tr.Version(tr.t.Context(), tr.item.ID, v)
	if err != nil {
		return err
	}
	if notBefore, _, err := frozen.Manifest.Release.Window(); err != nil || notBefore.After(tr.now()) {
		return fmt.Errorf("public before %s (%v)", notBefore, err)
	}
	return nil
}

// effects are at most one a channel, never early, and all of them confirmed once
// the item counts as released.
func (tr *traveller) effects() error {
	for v := range tr.bodies {
		posts, online := tr.hook.of(disclosure.EffectKey(tr.item.ID, v, "webhook"))
		current := v == tr.item.Case.Version
		out := current && (tr.m.state == disclosure.Released || tr.m.state == disclosure.Recalled)
		if len(posts) > b2i(out && tr.Push) {
			return fmt.Errorf("version %d was posted %d times", v, len(posts))
		}
		if len(posts) > 0 && posts[0].Before(tr.m.outAt) {
			return fmt.Errorf("posted at %s, before %s", posts[0], tr.m.outAt)
		}
		if online != (out && tr.Push && tr.m.state == disclosure.Released) {
			return fmt.Errorf("version %d at the receiver: %t in state %s", v, online, tr.m.state)
		}
	}
	want := 0
	if tr.m.state == disclosure.Released {
		want = 1 + b2i(tr.Push)
	}
	if n := tr.count(`SELECT count(*) FROM effects WHERE disclosure_id = $1 AND state = 'confirmed'`, tr.item.ID); n != want {
		return fmt.Errorf("%d effects are confirmed, not %d", n, want)
	}
	return nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestR4_Road walks random journeys beside the model. SHENFA_SOAK=1 walks 10,000.
func TestR4_Road(t *testing.T) {
	lanes, each := 2, 40
	if os.Getenv("SHENFA_SOAK") != "" {
		each = 5000
	}
	require.NoError(t, flag.Set("rapid.checks", strconv.Itoa(each))) // of each lane
	for lane := range lanes {
		t.Run(strconv.Itoa(lane), func(t *testing.T) {
			t.Parallel()
			w := newRoadWorld(t)
			rapid.Check(t, func(rt *rapid.T) {
				if err := walk(w, journeys().Draw(rt, "journey")); err != nil {
					rt.Fatal(err)
				}
			})
		})
	}
}
