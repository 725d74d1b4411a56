package keeper

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"shenfa/internal/store"
	"shenfa/internal/testkit"
	"shenfa/workflows"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const patience = 20 * time.Second

// woken is a Temporal that only notes who was signalled.
type woken struct {
	client.Client
	mu     sync.Mutex
	ids    []string
	answer error
}

func (w *woken) SignalWorkflow(_ context.Context, id, _, signal string, _ any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids = append(w.ids, id+" "+signal)
	return w.answer
}

// buffer is a log that several loops write.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) count(s string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Count(b.b.String(), s)
}

func setup(t *testing.T, s testkit.Stored) (*Keeper, *woken, *buffer) {
	t.Helper()
	far, log := &woken{}, &buffer{}
	return &Keeper{Store: s.Store, Temporal: far, Origin: "shenfa.test/log", Log: slog.New(slog.NewTextHandler(log, nil))}, far, log
}

// start runs the keeper until the end of the test.
func start(t *testing.T, k *Keeper) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); k.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
}

func TestSequencerPlacesWhatIsNotedAndSomebodyIsAlive(t *testing.T) {
	t.Parallel()

	s := testkit.Store(t)
	k, _, _ := setup(t, s)
	start(t, k)
	root := testkit.Open(t, s.Superuser)
	for range 3 {
		require.NoError(t, s.Note(t.Context(), store.Audit{Actor: "system:test", Action: "read", Object: "x", Outcome: "ok"}))
	}
	require.Eventually(t, func() bool {
		var placed int
		err := root.GetContext(t.Context(), &placed, `SELECT count(seq) FROM audit`)
		return err == nil && placed == 3
	}, patience, 50*time.Millisecond)
	note, err := s.Checkpoint(t.Context())
	require.NoError(t, err)
	require.Contains(t, string(note), k.Origin)
	require.Eventually(t, func() bool {
		var runs int
		var alive bool
		err := root.QueryRowContext(t.Context(), `SELECT count(*), bool_and(last_beat > started_at + interval '1 second') FROM uptime`).Scan(&runs, &alive)
		return err == nil && runs == 1 && alive
	}, patience, 50*time.Millisecond)
}

func TestLoopsSurviveADatabaseThatGoesAway(t *testing.T) {
	t.Parallel()

	s := testkit.Store(t)
	k, _, log := setup(t, s)
	root := testkit.Open(t, s.Superuser)
	connections := func(limit string) { // a limit does not bind a superuser
		_, err := root.ExecContext(t.Context(), `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT `+limit+`', current_database()); END $$`)
		require.NoError(t, err)
	}
	start(t, k)
	connections("0")
	_, err := root.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename <> current_user`)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return log.count("loop failed") >= 2 }, patience, 50*time.Millisecond)
	time.Sleep(time.Second) // many rounds of the sequencer
	require.Equal(t, 1, log.count("loop=sequencer"), "a failure that lasts is told once")

	connections("-1")
	require.Eventually(t, func() bool { return log.count("loop works again") >= 2 }, patience, 50*time.Millisecond)
	require.NoError(t, s.Note(t.Context(), store.Audit{Actor: "system:test", Action: "read", Object: "x", Outcome: "ok"}))
	require.Eventually(t, func() bool {
		age, err := s.Waiting(t.Context())
		return err == nil && age == 0
	}, patience, 50*time.Millisecond)
	require.Eventually(t, func() bool {
		var runs int
		err := root.GetContext(t.Context(), &runs, `SELECT count(*) FROM uptime`)
		return err == nil && runs >= 1
	}, patience, 50*time.Millisecond)
}

// later moves the clock of the store's database, as workflows' tests do, by hiding
// PostgreSQL's own behind one of ours.
func later(t *testing.T, s testkit.Stored) (testkit.Stored, func(time.Duration)) {
	t.Helper()
	root := testkit.Open(t, s.Superuser)
	for _, q := range []string{
		`CREATE SEQUENCE shenfa.test_shift MINVALUE 0 START 0`,
		`GRANT SELECT ON SEQUENCE shenfa.test_shift TO PUBLIC`,
		`CREATE FUNCTION shenfa.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
			$$ SELECT pg_catalog.clock_timestamp() + last_value * interval '1 second' FROM shenfa.test_shift $$`,
	} {
		_, err := root.ExecContext(t.Context(), q)
		require.NoError(t, err)
	}
	s.App += " search_path='shenfa,pg_catalog'"
	return testkit.On(t, s.DSNs, s.Vault), func(d time.Duration) {
		_, err := root.ExecContext(t.Context(), `SELECT setval('shenfa.test_shift', $1)`, int64(d/time.Second))
		require.NoError(t, err)
	}
}

func TestWatchdogWakesWhatIsOverdueOnceAMinute(t *testing.T) {
	t.Parallel()

	s := testkit.Store(t)
	b := testkit.AddBureau(t, s, "KB")
	i := testkit.Approved(t, s, b, testkit.ReleaseIn(time.Hour))
	testkit.Approved(t, s, b, testkit.ReleaseIn(3*time.Hour)) // not due: never woken
	shifted, shift := later(t, s)
	k, far, _ := setup(t, shifted)
	var alerts []int
	k.Alert = func(n int) { alerts = append(alerts, n) }
	watch := k.watcher()
	at := func(d time.Duration, signals int) {
		t.Helper()
		shift(d)
		require.NoError(t, watch(t.Context()))
		require.Len(t, far.ids, signals)
	}
	at(time.Hour+5*time.Second, 0) // normal work has its chance
	at(time.Hour+30*time.Second, 1)
	at(time.Hour+60*time.Second, 1)
	at(time.Hour+95*time.Second, 2)
	require.Equal(t, workflows.DisclosureID(i.ID)+" "+workflows.Wake, far.ids[0])
	require.Equal(t, []int{0, 1, 1, 1}, alerts)

	shift(2 * time.Hour)
	far.answer = errors.New("no connection")
	require.Error(t, watch(t.Context()))
	far.answer = serviceerror.NewNotFound("workflow not found")
	require.NoError(t, watch(t.Context()), "who is gone cannot be woken, and the others still can")
}
