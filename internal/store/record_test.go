package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

func newID() string { return uuid.NewString() }

// everything is a print of all that Record writes, to compare before and after.
func everything(t *testing.T, b bundle) string {
	t.Helper()
	var out strings.Builder
	for _, table := range []string{"disclosures", "acts", "decisions", "grants", "effects", "tasks", "incidents", "audit"} {
		fmt.Fprintln(&out, table, cell[string](t, b, `SELECT coalesce(md5(string_agg(x::text, '|' ORDER BY x::text)), '') FROM `+table+` x`))
	}
	return out.String()
}

// TestF7 breaks every statement of every act in turn. The schedule and everything
// else is as it was, and the same act works once the fault is gone.
func TestF7_AFailureAtAnyStatementLeavesAllAsItWas(t *testing.T) {
	t.Parallel()

	b := setup(t)
	_, err := b.owner.Exec(`CREATE FUNCTION sabotage() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'sabotage'; END $$`)
	require.NoError(t, err)
	both := testkit.Channels("portal", "webhook")
	for _, c := range []struct {
		name   string
		item   func() *testkit.Item
		act    func(*testkit.Item) disclosure.Act
		tables []string
	}{
		{
			"last decision", func() *testkit.Item {
				i := testkit.InReview(t, b.Stored, b.Bureau)
				i.Must(t, i.Decision(t, b.Head, disclosure.Disclose))
				i.Must(t, i.Decision(t, b.Confidentiality, disclosure.Disclose))
				return i
			}, func(i *testkit.Item) disclosure.Act { return i.Decision(t, b.Deputy, disclosure.Disclose) },
			[]string{"disclosures", "acts", "audit", "decisions", "grants", "tasks"},
		},
		{
			"return", func() *testkit.Item {
				i := testkit.InReview(t, b.Stored, b.Bureau)
				i.Must(t, i.Decision(t, b.Head, disclosure.Disclose))
				return i
			}, func(i *testkit.Item) disclosure.Act {
				return i.Decision(t, b.Confidentiality, disclosure.ReturnToEarlier)
			},
			[]string{"disclosures", "acts", "audit", "decisions", "tasks"},
		},
		{
			"arm", func() *testkit.Item { return testkit.Approved(t, b.Stored, b.Bureau, both) },
			func(i *testkit.Item) disclosure.Act { return disclosure.Act{ID: newID(), Type: disclosure.Arm} },
			[]string{"disclosures", "acts", "audit", "grants", "effects"},
		},
		{
			"reschedule", func() *testkit.Item { return testkit.Armed(t, b.Stored, b.Bureau, both) },
			func(i *testkit.Item) disclosure.Act {
				a := act(t, i, disclosure.Reschedule, b.Officer)
				a.ReleaseAt = i.Case.Latest
				return a
			},
			[]string{"disclosures", "acts", "audit", "grants"},
		},
		{
			"missed", func() *testkit.Item { return testkit.Armed(t, b.Stored, b.Bureau, both) },
			func(i *testkit.Item) disclosure.Act {
				return disclosure.Act{ID: newID(), Type: disclosure.Missed, Cause: "missed"}
			},
			[]string{"disclosures", "acts", "audit", "grants"},
		},
		{
			"withdraw", func() *testkit.Item { return testkit.Armed(t, b.Stored, b.Bureau, both) },
			func(i *testkit.Item) disclosure.Act { return act(t, i, disclosure.Withdraw, b.Drafter) },
			[]string{"disclosures", "acts", "audit", "grants"},
		},
		{
			"recall", func() *testkit.Item {
				i := testkit.Armed(t, b.Stored, b.Bureau, both, testkit.ReleaseIn(0))
				i.Must(t, disclosure.Act{Type: disclosure.Due})
				return i
			}, func(i *testkit.Item) disclosure.Act { return act(t, i, disclosure.Recall, b.Officer) },
			[]string{"disclosures", "acts", "audit", "grants", "effects", "incidents"},
		},
	} {
		i := c.item()
		a := c.act(i)
		before := everything(t, b)
		for _, table := range c.tables {
			_, err := b.owner.Exec(`CREATE TRIGGER zz_sabotage BEFORE INSERT OR UPDATE ON ` + table + ` FOR EACH ROW EXECUTE FUNCTION sabotage()`)
			require.NoError(t, err)
			require.ErrorContains(t, i.Take(t.Context(), a), "sabotage", "%s at %s", c.name, table)
			_, err = b.owner.Exec(`DROP TRIGGER zz_sabotage ON ` + table)
			require.NoError(t, err)
			require.Equal(t, before, everything(t, b), "%s at %s", c.name, table)
		}
		i.Must(t, a)
		require.NotEqual(t, before, everything(t, b))
		stored, err := b.Case(t.Context(), i.ID)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(utc(i.Case)), fmt.Sprint(utc(stored)), "what is believed is what is stored")
	}
}

// utc drops what is not the instant: zone and the clock's own reading.
func utc(c disclosure.Case) disclosure.Case {
	for _, at := range []*time.Time{&c.NotBefore, &c.Latest, &c.ReleaseAt, &c.Lawful} {
		*at = at.UTC()
	}
	return c
}

func TestF7_AConnectionLostInTheMiddleLeavesAllAsItWas(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.Approved(t, b.Stored, b.Bureau)
	_, err := b.owner.Exec(`CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN NEW; END $$;
		CREATE TRIGGER zz_dawdle BEFORE INSERT ON effects FOR EACH ROW EXECUTE FUNCTION dawdle()`)
	require.NoError(t, err)
	before := everything(t, b)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	a := disclosure.Act{ID: newID(), Type: disclosure.Arm}
	require.Error(t, i.Take(ctx, a))
	_, err = b.owner.Exec(`DROP TRIGGER zz_dawdle ON effects`) // waits until the lost transaction is gone
	require.NoError(t, err)
	require.Equal(t, before, everything(t, b))
	i.Must(t, a)
}

// Not every failure is PostgreSQL's own: what we find ourselves rolls back too.
func TestF7_AFaultOfOursLeavesAllAsItWas(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.Submitted(t, b.Stored, b.Bureau)
	tr, err := i.Transition(t.Context(), disclosure.Act{Type: disclosure.Checked})
	require.NoError(t, err)
	tr.Due = func(time.Time, disclosure.Case, disclosure.Task) (time.Time, error) {
		return time.Time{}, errors.New("no due time")
	}
	before := everything(t, b)
	_, err = b.Record(t.Context(), tr)
	require.ErrorContains(t, err, "no due time")
	require.Equal(t, before, everything(t, b))

	i = dueNow(t, b)
	withdrawal := act(t, i, disclosure.Withdraw, b.Drafter)
	withdrawal.At = i.Case.ReleaseAt.Add(-time.Second)
	before = everything(t, b)
	code(t, disclosure.ReleaseTooLate, i.Take(t.Context(), withdrawal))
	require.Equal(t, before, everything(t, b))
}

func TestTheSameActAgainChangesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.InReview(t, b.Stored, b.Bureau)
	tr, err := i.Transition(t.Context(), i.Decision(t, b.Head, disclosure.Disclose))
	require.NoError(t, err)
	first, err := b.Record(t.Context(), tr)
	require.NoError(t, err)
	require.Equal(t, store.Recorded{Revision: tr.Revision + 1}, first)
	before := everything(t, b)
	again, err := b.Record(t.Context(), tr)
	require.NoError(t, err)
	require.Equal(t, first.Revision, again.Revision)
	require.Equal(t, before, everything(t, b))

	i.Reload(t)
	require.Equal(t, i.Case, *again.Case)
	i.Must(t, i.Decision(t, b.Confidentiality, disclosure.Disclose))
	late, err := b.Record(t.Context(), tr)
	require.NoError(t, err)
	require.Equal(t, first.Revision, late.Revision, "also when the road has gone on since")
	i.Reload(t)
	require.Equal(t, i.Case, *late.Case, "and where it stands now is told")

	done, err := b.ActDone(t.Context(), tr.Act.ID)
	require.NoError(t, err)
	require.True(t, done)
}

// An activity may time out and be tried again while its first try still works.
func TestTheSameActManyTimesAtOnceIsOneAct(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.InReview(t, b.Stored, b.Bureau)
	tr, err := i.Transition(t.Context(), i.Decision(t, b.Head, disclosure.Disclose))
	require.NoError(t, err)
	// All of them have looked and found nothing before the first may go on.
	gate, err := b.root.BeginTxx(t.Context(), nil)
	require.NoError(t, err)
	_, err = gate.Exec(`SELECT FROM disclosures WHERE id = $1 FOR UPDATE`, i.ID)
	require.NoError(t, err)
	var wg sync.WaitGroup
	errs := make([]error, 6)
	got := make([]store.Recorded, len(errs))
	for n := range errs {
		wg.Go(func() { got[n], errs[n] = b.Record(t.Context(), tr) })
	}
	require.Eventually(t, func() bool {
		var waiting int
		err := b.root.Get(&waiting, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
		return err == nil && waiting == len(errs)
	}, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, gate.Rollback())
	wg.Wait()
	for n := range errs {
		require.NoError(t, errs[n])
		require.Equal(t, tr.Revision+1, got[n].Revision)
	}
	require.Equal(t, 1, cell[int](t, b, `SELECT count(*) FROM decisions`))
	require.Equal(t, 1, cell[int](t, b, `SELECT count(*) FROM audit WHERE action = 'decide'`))
}

func TestOfManyWritersOneIsQuicker(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.InReview(t, b.Stored, b.Bureau)
	transitions := make([]store.Transition, 12)
	for n := range transitions {
		a := i.Decision(t, b.Head, disclosure.Disclose)
		if n%2 == 1 {
			a = act(t, i, disclosure.Withdraw, b.Drafter)
			a.ID = newID()
		}
		var err error
		transitions[n], err = i.Transition(t.Context(), a)
		require.NoError(t, err)
	}
	var wg sync.WaitGroup
	errs := make([]error, len(transitions))
	for n, tr := range transitions {
		wg.Go(func() { _, errs[n] = b.Record(t.Context(), tr) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		require.ErrorIs(t, err, store.ErrFenced)
	}
	require.Equal(t, 1, won)
	require.Equal(t, i.Case.Revision+1, cell[int64](t, b, `SELECT revision FROM disclosures WHERE id = $1`, i.ID))
}

// What the rules let through by mistake, the database refuses in the same words.
func TestADatabaseRefusalIsARefusalOfTheRules(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.InReview(t, b.Stored, b.Bureau)
	b.surgery(t, `UPDATE disclosures SET state_of_case = jsonb_set(state_of_case, '{contributors}', 'null') WHERE id = $1`, i.ID) // a bug in the rules
	i.Reload(t)
	drafter := b.Drafter
	drafter.Roles = []disclosure.Role{disclosure.SectionHead}
	err := i.Take(t.Context(), i.Decision(t, drafter, disclosure.Disclose))
	code(t, disclosure.ContributorDecides, err)
	stranger := b.Stranger
	stranger.Roles, stranger.Section = []disclosure.Role{disclosure.SectionHead}, b.Section
	code(t, disclosure.NotYourTask, i.Take(t.Context(), i.Decision(t, stranger, disclosure.Disclose)))
	require.Equal(t, 0, cell[int](t, b, `SELECT count(*) FROM decisions`))
}

// A writer whose rules lead elsewhere is of another make than the one that records.
func TestTheRulesAreAskedAgain(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.InReview(t, b.Stored, b.Bureau)
	tr, err := i.Transition(t.Context(), i.Decision(t, b.Head, disclosure.Disclose))
	require.NoError(t, err)
	wrong := tr
	wrong.After = i.Case.Digest()
	_, err = b.Record(t.Context(), wrong)
	require.ErrorContains(t, err, "the rules lead elsewhere")
	wrong = tr
	wrong.Act.By = b.Drafter
	_, err = b.Record(t.Context(), wrong)
	code(t, disclosure.ContributorDecides, err)
	_, err = b.Record(t.Context(), tr)
	require.NoError(t, err)
}

func TestAReturnVoidsInTheDatabaseToo(t *testing.T) {
	t.Parallel()

	b := setup(t)
	counting := func(i *testkit.Item) []string {
		var people []string
		require.NoError(t, b.root.Select(&people, `SELECT step FROM decisions WHERE disclosure_id = $1 AND counts ORDER BY at`, i.ID))
		return people
	}
	i := testkit.InReview(t, b.Stored, b.Bureau, testkit.Kind("decision_catalogue"))
	for i.Case.Step < 3 {
		i.Must(t, i.Decision(t, b.For(i.Case.Tasks()[0]), disclosure.Disclose))
	}
	back := i.Decision(t, b.Principal, disclosure.ReturnToEarlier)
	back.ReturnTo = "confidentiality"
	i.Must(t, back)
	require.Equal(t, []string{"section"}, counting(i))
	require.Equal(t, "confidentiality", cell[string](t, b, `SELECT step FROM tasks WHERE disclosure_id = $1 AND closed_at IS NULL`, i.ID))
	i.Approve(t) // those whose decision is void decide again
	require.Equal(t, []string{"section", "confidentiality", "leader", "principal"}, counting(i))

	i.Must(t, act(t, i, disclosure.Withdraw, b.Drafter))
	i.Submit(t, b.Drafter)
	require.Empty(t, counting(i))
	require.Equal(t, 0, cell[int](t, b, `SELECT count(*) FROM tasks WHERE disclosure_id = $1 AND closed_at IS NULL`, i.ID))
}

func TestTheAnswerUnderAKeyIsGivenAgain(t *testing.T) {
	t.Parallel()

	b := setup(t)
	begin := func(print string, stale time.Duration) store.Answer {
		a, err := b.BeginAnswer(t.Context(), b.Drafter.ID, "key", []byte(print), stale)
		require.NoError(t, err)
		return a
	}
	require.True(t, begin("one", time.Minute).Fresh)
	require.False(t, begin("one", time.Minute).Fresh, "it is still being made")
	require.Equal(t, []byte("one"), begin("two", 0).Fingerprint, "another request under the key sees whose it is")
	require.True(t, begin("one", 0).Fresh, "its first holder has been gone for long")

	require.NoError(t, b.FinishAnswer(t.Context(), b.Drafter.ID, "key", 0, nil, nil))
	require.True(t, begin("one", time.Minute).Fresh, "given up, so it may be tried again")
	require.NoError(t, b.FinishAnswer(t.Context(), b.Drafter.ID, "key", 201, map[string]string{"ETag": "7"}, []byte("正文")))
	got := begin("one", 0)
	require.False(t, got.Fresh)
	require.Equal(t, 201, got.Status)
	require.Equal(t, "正文", string(got.Body))
	require.Equal(t, map[string]string{"ETag": "7"}, got.Headers)
	require.NoError(t, b.FinishAnswer(t.Context(), b.Drafter.ID, "key", 0, nil, nil))
	require.Equal(t, 201, begin("one", 0).Status, "an answer that was given is not given up")
	require.NotContains(t, cell[string](t, b, `SELECT sealed_body::text FROM idempotency`), fmt.Sprintf("%x", "正文"))

	other, err := b.BeginAnswer(t.Context(), b.Head.ID, "key", []byte("one"), time.Minute)
	require.NoError(t, err)
	require.True(t, other.Fresh, "keys are a person's own")
}
