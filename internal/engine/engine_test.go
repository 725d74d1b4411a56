package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.temporal.io/server/common/config"

	"shenfa/internal/vault"
)

const queue = "reviews"

func TestMain(m *testing.M) {
	// Replay from the start at each step, so that every payload is decoded again.
	worker.SetStickyWorkflowCacheSize(0)
	if dir := os.Getenv(victimDir); dir != "" {
		victim(dir)
	}
	os.Exit(m.Run())
}

// review has all that the product uses: an Update with a validator, a timer, an
// activity that fails once, one that fails for good, and the markers which the
// SDK encodes by itself (GetVersion, SideEffect).
func review(ctx workflow.Context, draft string) (string, error) {
	workflow.GetVersion(ctx, "first-change", workflow.DefaultVersion, 1)
	var nonce int
	if err := workflow.SideEffect(ctx, func(workflow.Context) any { return rand.Int() }).Get(&nonce); err != nil {
		return "", err
	}
	var comment string
	if err := workflow.SetUpdateHandlerWithOptions(ctx, "approve",
		func(_ workflow.Context, c string) (string, error) { comment = c; return "seen " + c, nil },
		workflow.UpdateHandlerOptions{Validator: func(c string) error {
			if c == "" {
				return errors.New("an approval needs a comment")
			}
			return nil
		}}); err != nil {
		return "", err
	}
	if err := workflow.Await(ctx, func() bool { return comment != "" }); err != nil {
		return "", err
	}
	if err := workflow.NewTimer(ctx, time.Second).Get(ctx, nil); err != nil {
		return "", err
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 10 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, MaximumAttempts: 3},
	})
	if err := workflow.ExecuteActivity(ctx, "reject", draft).Get(ctx, nil); err == nil {
		return "", errors.New("reject has not failed")
	}
	var published string
	err := workflow.ExecuteActivity(ctx, "publish", draft).Get(ctx, &published)
	return published + " after " + comment, err
}

func publish(ctx context.Context, draft string) (string, error) {
	if activity.GetInfo(ctx).Attempt == 1 {
		return "", fmt.Errorf("cannot publish %s yet", draft)
	}
	return "published " + draft, nil
}

func reject(_ context.Context, draft string) error {
	return temporal.NewNonRetryableApplicationError("rejected "+draft, "Rejected", nil, "details of "+draft)
}

// newDir stands in for t.TempDir, which the postgres user cannot reach.
func newDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "engine")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o711))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

func start(t testing.TB, o Options) *Engine {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	begin := time.Now()
	o.Logger = slog.New(slog.DiscardHandler)
	if o.SDKLog == nil {
		o.SDKLog = io.Discard
	}
	e, err := Start(ctx, o)
	require.NoError(t, err)
	t.Logf("started in %v", time.Since(begin).Round(time.Millisecond))
	return e
}

func stop(t testing.TB, e *Engine) {
	t.Helper()
	require.NoError(t, e.Stop())
}

func dial(t testing.TB, e *Engine) client.Client {
	t.Helper()
	c, err := e.Dial()
	require.NoError(t, err)
	return c
}

func newWorker(c client.Client) worker.Worker {
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflow(review)
	w.RegisterActivityWithOptions(publish, activity.RegisterOptions{Name: "publish"})
	w.RegisterActivityWithOptions(reject, activity.RegisterOptions{Name: "reject"})
	return w
}

// work dials, starts a worker and returns the client with an end to both.
func work(t testing.TB, c client.Client) (client.Client, func()) {
	t.Helper()
	w := newWorker(c)
	require.NoError(t, w.Start())
	return c, func() { w.Stop(); c.Close() }
}

func submit(t testing.TB, c client.Client, id, draft string) {
	t.Helper()
	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: queue}, review, draft)
	require.NoError(t, err)
}

func update(ctx context.Context, c client.Client, id, comment string) (seen string, err error) {
	h, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: id, UpdateName: "approve", Args: []any{comment}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return "", err
	}
	return seen, h.Get(ctx, &seen)
}

// requireApproval sends the Update to a workflow and waits for its end.
func requireApproval(t testing.TB, c client.Client, id, draft, comment string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	_, err := update(ctx, c, id, comment)
	require.NoError(t, err)
	var result string
	require.NoError(t, c.GetWorkflow(ctx, id, "").Get(ctx, &result))
	require.Equal(t, "published "+draft+" after "+comment, result)
}

func TestWorkSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	e := start(t, Options{Dir: dir})
	_, err := Start(t.Context(), Options{Dir: dir})
	require.ErrorContains(t, err, "in use by another engine")
	for part, err := range e.Healthy(t.Context()) {
		require.NoError(t, err, part)
	}

	c, end := work(t, dial(t, e))
	submit(t, c, "one", "draft")
	submit(t, c, "two", "draft")
	requireApproval(t, c, "one", "draft", "fine")
	_, err = update(t.Context(), c, "two", "")
	require.ErrorContains(t, err, "needs a comment")
	postmaster, addr := e.postgres.process.Pid, e.FrontendAddr()
	end()
	stop(t, e)
	require.False(t, alive(postmaster), "postgres is alive after Stop")
	stop(t, e) // again, which tells the same

	e = start(t, Options{Dir: dir, FrontendPort: int(netip.MustParseAddrPort(addr).Port())})
	require.Equal(t, addr, e.FrontendAddr())
	c, end = work(t, dial(t, e))
	requireApproval(t, c, "two", "draft", "later")
	require.Contains(t, history(t, c, "two"), `principal:{type:"mtls" name:"shenfa-app"}`,
		"a history says who did what by certificate")
	end()
	stop(t, e)
}

func history(t testing.TB, c client.Client, id string) string {
	t.Helper()
	var b strings.Builder
	for it := c.GetWorkflowHistory(t.Context(), id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
		event, err := it.Next()
		require.NoError(t, err)
		b.WriteString(strings.ReplaceAll(event.String(), "  ", " ")) // String varies its spacing on purpose
	}
	return b.String()
}

func TestAnotherProcessWorksWithItsOwnCertificate(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	v, err := vault.Open(filepath.Join(dir, "vault"))
	require.NoError(t, err)
	e := start(t, Options{Dir: filepath.Join(dir, "engine"), Namespace: "bureau", Vault: v})
	defer stop(t, e)
	remote, err := e.WriteClientCredentials(filepath.Join(dir, "remote"))
	require.NoError(t, err)
	foreign, err := loadPKI(filepath.Join(dir, "remote"))
	require.NoError(t, err)
	forged, err := foreign.issueApp()
	require.NoError(t, err)
	forgedCert, forgedKey := filepath.Join(dir, "forged.pem"), filepath.Join(dir, "forged-key.pem")
	require.NoError(t, os.WriteFile(forgedCert, forged.cert, 0o600))
	require.NoError(t, os.WriteFile(forgedKey, forged.key, 0o600))

	for name, spoil := range map[string]func(r *Remote){
		"no certificate":       func(r *Remote) { r.CertFile = "" },
		"key of another":       func(r *Remote) { r.KeyFile = forgedKey },
		"certificate unknown":  func(r *Remote) { r.CertFile, r.KeyFile = forgedCert, forgedKey },
		"server unknown":       func(r *Remote) { r.CAFile = filepath.Join(dir, "remote", "app-ca.pem") },
		"system's authorities": func(r *Remote) { r.CAFile = "" },
		"authority is a key":   func(r *Remote) { r.CAFile = forgedKey },
		"server name differs":  func(r *Remote) { r.ServerName = "temporal.example" },
	} {
		spoiled := remote
		spoil(&spoiled)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		_, err := DialRemote(ctx, spoiled, v, io.Discard)
		cancel()
		require.Error(t, err, name)
	}

	c, err := DialRemote(t.Context(), remote, v, io.Discard)
	require.NoError(t, err)
	c, end := work(t, c)
	defer end()
	submit(t, c, "remote", "draft")
	local := dial(t, e)
	defer local.Close()
	requireApproval(t, local, "remote", "draft", "fine")
}

// TestR3_StoreFaultsChangeNoResult lets every tenth write of workflow state fail.
func TestR3_StoreFaultsChangeNoResult(t *testing.T) {
	t.Parallel()
	var armed atomic.Bool
	var calls, failed atomic.Int64
	e := start(t, Options{Dir: newDir(t), Faults: func(target config.FaultInjectionTarget) error {
		if !armed.Load() || target.Store != config.ExecutionStoreName || target.Method != "UpdateWorkflowExecution" {
			return nil
		}
		if calls.Add(1)%10 != 0 {
			return nil
		}
		failed.Add(1)
		return serviceerror.NewUnavailable("injected")
	}})
	defer stop(t, e)
	c, end := work(t, dial(t, e))
	defer end()
	armed.Store(true)
	for i := range 3 {
		id := fmt.Sprint("faulty-", i)
		submit(t, c, id, "draft")
		requireApproval(t, c, id, "draft", "fine")
	}
	require.NotZero(t, failed.Load(), "of %d calls", calls.Load())
}

func TestStartRefusesWhatItCannotRun(t *testing.T) {
	t.Setenv("PATH", "") // hence not parallel
	dir := newDir(t)
	_, err := findBinaries(dir, filepath.Join(dir, "*/bin"))
	require.ErrorContains(t, err, "Debian package postgresql")
	require.ErrorContains(t, err, "scripts/install-deps")

	data := filepath.Join(dir, "postgres")
	require.NoError(t, os.Mkdir(data, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte("9\n"), 0o600))
	_, err = findBinaries(data, debianBinaries)
	require.ErrorContains(t, err, "Debian package postgresql-9")

	_, err = Start(t.Context(), Options{Dir: dir})
	require.ErrorContains(t, err, "restore them from the backup of the keys")
	require.NoFileExists(t, filepath.Join(dir, "keys", "master-1.key"))

	_, err = Start(t.Context(), Options{Dir: filepath.Join(dir, strings.Repeat("long", 30))})
	require.ErrorContains(t, err, "too long for a unix socket")
}

func TestServerErrorsCountOnlyWhileItRuns(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	l := newServerLog(slog.New(slog.NewTextHandler(&text, nil)))
	l.Error("while starting")
	l.settle(true)
	l.Warn("noise")
	l.With().Error("while running")
	l.SLog().Warn("noise of a library")
	l.SLog().With(slog.Int("shard", 7)).Error("error of a library")
	l.settle(false)
	l.With().Error("while stopping")
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	require.Len(t, lines, 2, text.String())
	require.Contains(t, lines[0], `level=ERROR msg="while running" part=temporal`)
	require.Contains(t, lines[1], `msg="error of a library" part=temporal shard=7`)
}
