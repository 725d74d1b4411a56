package engine

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
)

// victimDir makes this test binary an engine to be killed.
const victimDir = "ENGINE_TEST_VICTIM_DIR"

// victim starts an engine and one workflow, says so in a file, and waits for death.
func victim(dir string) {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	e, err := Start(context.Background(), Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	fail(err)
	c, err := e.Dial()
	fail(err)
	fail(newWorker(c).Start())
	_, err = c.ExecuteWorkflow(context.Background(), client.StartWorkflowOptions{ID: "survivor", TaskQueue: queue}, review, "draft")
	fail(err)
	fail(os.WriteFile(filepath.Join(dir, "ready"), nil, 0o600))
	select {}
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func living(t testing.TB, data string) []int {
	t.Helper()
	pids, err := processesIn(data)
	require.NoError(t, err)
	return pids
}

// TestR1_KilledEngineLosesNothing is about the engine alone; the whole program is
// killed at random points elsewhere.
func TestR1_KilledEngineLosesNothing(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	data, ready := filepath.Join(dir, "postgres"), filepath.Join(dir, "ready")
	for _, patient := range []bool{true, false} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), victimDir+"="+dir)
		cmd.Stderr = t.Output()
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		require.NoError(t, cmd.Start())
		require.Eventually(t, func() bool { return os.Remove(ready) == nil }, time.Minute, 10*time.Millisecond)
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
		if patient {
			require.Eventually(t, func() bool { return len(living(t, data)) == 0 }, 10*time.Second, 10*time.Millisecond,
				"postgres does not follow its parent")
		}
		// Who is not patient meets a dying postgres.
		e := start(t, Options{Dir: dir})
		c, end := work(t, dial(t, e))
		requireApproval(t, c, "survivor", "draft", "after the kill")
		end()
		stop(t, e)
	}
}

func TestDeathOfTheDatabaseIsTold(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	e := start(t, Options{Dir: dir})
	require.NoError(t, e.postgres.process.Kill())
	select {
	case <-e.Done():
	case <-time.After(10 * time.Second):
		require.Fail(t, "Done is silent")
	}
	for part, err := range e.Healthy(t.Context()) {
		require.Error(t, err, part)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- e.Stop() }()
	select {
	case err := <-stopped:
		require.ErrorContains(t, err, "killed")
	case <-time.After(30 * time.Second):
		require.Fail(t, "Stop hangs without a database")
	}
	stop(t, start(t, Options{Dir: dir}))
}

// TestOrphansAndStalePidFilesAreCleared meets a postgres that nobody told to die,
// and then a postmaster.pid whose pid has gone to another process of the same user.
func TestOrphansAndStalePidFilesAreCleared(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	data, socket := filepath.Join(dir, "postgres"), filepath.Join(dir, "run")
	pidFile := filepath.Join(data, "postmaster.pid")
	stop(t, start(t, Options{Dir: dir}))

	cred, err := unprivileged()
	require.NoError(t, err)
	bin, err := findBinaries(data, debianBinaries)
	require.NoError(t, err)
	spawn := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(name, args...)
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: cred, Setsid: true}
		require.NoError(t, cmd.Start())
		return cmd
	}
	orphan := spawn(bin+"/postgres", "-D", data, "-c", "listen_addresses=", "-c", "unix_socket_directories="+socket)
	require.Eventually(t, func() bool {
		b, err := os.ReadFile(pidFile)
		return err == nil && strings.Contains(string(b), "ready")
	}, 10*time.Second, 10*time.Millisecond)
	reaped := make(chan error, 1)
	go func() { reaped <- orphan.Wait() }()
	e := start(t, Options{Dir: dir})
	require.NoError(t, <-reaped, "the orphan did not end in order")
	stop(t, e)

	stranger := spawn("sleep", "60")
	defer func() { require.NoError(t, stranger.Process.Kill()); require.Error(t, stranger.Wait()) }()
	stale := fmt.Sprintf("%d\n%s\n1\n5432\n%s\n\n0 0\nready\n", stranger.Process.Pid, data, socket)
	require.NoError(t, os.WriteFile(pidFile, []byte(stale), 0o600))
	if cred != nil {
		require.NoError(t, os.Chown(pidFile, int(cred.Uid), int(cred.Gid)))
	}
	stop(t, start(t, Options{Dir: dir}))
	require.True(t, alive(stranger.Process.Pid), "the stranger was harmed")
}
