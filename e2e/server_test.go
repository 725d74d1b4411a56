// Package e2e drives the real binary as its users do: over HTTP, by the command
// line and in a browser, with kill -9 in the middle.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var showDemo = flag.Bool("demo", false, "print the story step by step")

// binary is built before the first test, so that the tests always drive this tree.
var binary = sync.OnceValues(func() (string, error) {
	path, err := filepath.Abs("../bin/shenfa")
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-o", path, "../cmd/shenfa").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return path, nil
})

// process is one running shenfa.
type process struct {
	t    testing.TB
	args []string
	cmd  *exec.Cmd
	out  *bytes.Buffer
	log  *os.File
	done chan error
}

// spawn starts the binary; the test's end stops it.
func spawn(t testing.TB, args ...string) *process {
	t.Helper()
	p := &process{t: t, args: args}
	log, err := os.CreateTemp("", "shenfa-e2e-*.log")
	require.NoError(t, err)
	p.log = log
	p.run()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			raw, _ := os.ReadFile(log.Name())
			t.Logf("log of shenfa %s:\n%s", args[0], tail(raw, 6000))
		}
		_ = errors.Join(log.Close(), os.Remove(log.Name()))
	})
	return p
}

func tail(b []byte, n int) []byte {
	if len(b) > n {
		return b[len(b)-n:]
	}
	return b
}

func (p *process) run() {
	p.t.Helper()
	path, err := binary()
	require.NoError(p.t, err)
	p.cmd, p.out, p.done = exec.Command(path, p.args...), &bytes.Buffer{}, make(chan error, 1)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.log
	require.NoError(p.t, p.cmd.Start())
	cmd, done := p.cmd, p.done
	go func() { done <- cmd.Wait() }()
}

// kill is kill -9.
func (p *process) kill() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	<-p.done
	p.cmd = nil
}

// interrupt is Ctrl-C; it returns how the process ended.
func (p *process) interrupt() error {
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGINT))
	select {
	case err := <-p.done:
		p.cmd = nil
		return err
	case <-time.After(time.Minute):
		p.t.Fatal("Ctrl-C did not end the process within a minute")
		return nil
	}
}

func (p *process) logged() string {
	raw, err := os.ReadFile(p.log.Name())
	require.NoError(p.t, err)
	return string(raw)
}

// account is a line of demo-accounts.json.
type account struct {
	Login, Name, Role, Section, Password, Token string
}

// server is a shenfa that serves, with its demo bureau.
type server struct {
	*process
	dir      string
	base     string
	accounts map[string]account
}

// dataDir is a directory that uid postgres can pass through.
func dataDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "shenfa-e2e-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o711))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "data")
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// serve starts everything embedded and waits until it is ready.
func serve(t testing.TB, extra ...string) *server {
	t.Helper()
	s := &server{dir: dataDir(t)}
	addr := freePort(t)
	s.base = "http://" + addr
	s.process = spawn(t, append([]string{"serve", "--data", s.dir, "--listen", addr, "--demo"}, extra...)...)
	s.awaitReady(90 * time.Second)
	s.accounts = readAccounts(t, s.dir)
	return s
}

func readAccounts(t testing.TB, dir string) map[string]account {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "demo-accounts.json"))
	require.NoError(t, err)
	var list []account
	require.NoError(t, json.Unmarshal(raw, &list))
	accounts := map[string]account{}
	for _, a := range list {
		accounts[a.Login] = a
	}
	return accounts
}

// awaitReady waits for /readyz and returns how long that took.
func (s *server) awaitReady(patience time.Duration) time.Duration {
	s.t.Helper()
	begin := time.Now()
	for time.Since(begin) < patience {
		select {
		case err := <-s.done:
			s.done <- err
			s.t.Fatalf("shenfa ended before it was ready: %v", err)
		default:
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/readyz", nil)
		require.NoError(s.t, err)
		res, err := http.DefaultClient.Do(req)
		cancel()
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return time.Since(begin)
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.t.Fatalf("not ready after %s", patience)
	return 0
}

// restart is kill -9 and start again on the same directory and address.
func (s *server) restart() time.Duration {
	s.t.Helper()
	s.kill()
	s.run()
	return s.awaitReady(60 * time.Second)
}

// cli runs a command of the binary as a person would and returns exit code, output
// and errors.
func (s *server) cli(login string, args ...string) (int, string, string) {
	s.t.Helper()
	return command(s.t, []string{"SHENFA_SERVER=" + s.base, "SHENFA_TOKEN=" + s.accounts[login].Token, "SHENFA_PROOF=" + s.accounts[login].Password}, args...)
}

func command(t testing.TB, env []string, args ...string) (int, string, string) {
	t.Helper()
	path, err := binary()
	require.NoError(t, err)
	cmd := exec.Command(path, args...)
	cmd.Env = append(append(os.Environ(), "LANG=zh_CN.UTF-8", "LC_ALL="), env...)
	var out, errOut strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errOut.String()
}
