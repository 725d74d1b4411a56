//go:build linux

package testkit

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// cluster is a PostgreSQL server that belongs to this test binary alone. It listens
// on a unix socket in a directory of its own, trusts whoever can reach that, and
// keeps nothing: durability is switched off.
type cluster struct {
	dir     string // holds the data and the socket
	bin     string
	cred    *syscall.Credential // nil unless we are root, which postgres refuses to be
	process *os.Process
	admin   *sql.DB // the superuser's, in no test's database
	exited  chan struct{}
	err     error // why it exited, once exited is closed
	log     bytes.Buffer
}

const (
	startPatience = 30 * time.Second
	stopPatience  = 10 * time.Second
)

func startCluster() (*cluster, error) {
	c := &cluster{exited: make(chan struct{})}
	var err error
	if c.bin, err = binaries(); err != nil {
		return nil, err
	}
	if c.cred, err = unprivileged(); err != nil {
		return nil, err
	}
	if c.dir, err = os.MkdirTemp("", "shenfa-test-"); err != nil {
		return nil, err
	}
	if err := c.start(); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

// binaries finds the directory of initdb and postgres: on PATH or, newest first,
// where Debian keeps them.
func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // fails on a bad pattern only
	slices.Reverse(found)
	if p, err := exec.LookPath("initdb"); err == nil {
		found = append([]string{filepath.Dir(p)}, found...)
	}
	for _, dir := range found {
		_, err := os.Stat(filepath.Join(dir, "postgres"))
		_, err2 := os.Stat(filepath.Join(dir, "initdb"))
		if err == nil && err2 == nil {
			return dir, nil
		}
	}
	return "", errors.New("these tests need a PostgreSQL server: neither PATH nor /usr/lib/postgresql/*/bin has initdb and postgres")
}

func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
	}
	return nil, errors.New("running as root, and neither user postgres nor nobody exists")
}

func (c *cluster) start() error {
	if c.cred != nil {
		if err := os.Chown(c.dir, int(c.cred.Uid), int(c.cred.Gid)); err != nil {
			return err
		}
	}
	data := filepath.Join(c.dir, "data")
	out, err := c.command("initdb", "-D", data, "-U", superuser, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync").CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	args := []string{"-D", data}
	for _, setting := range []string{
		"listen_addresses=", "unix_socket_directories=" + c.dir, "max_connections=400", "shared_buffers=64MB",
		"fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "max_wal_size=8GB",
		"autovacuum=off", "jit=off", "timezone=UTC", "log_min_messages=fatal",
	} {
		args = append(args, "-c", setting)
	}
	cmd := c.command("postgres", args...)
	cmd.Stdout, cmd.Stderr = &c.log, &c.log
	started := make(chan error)
	go func() {
		// Linux ties the parent death signal to the thread that forked
		// (golang/go#27505), so this thread stays until postgres has gone.
		runtime.LockOSThread()
		err := cmd.Start()
		c.process = cmd.Process
		started <- err
		if err == nil {
			c.err = cmd.Wait()
			close(c.exited)
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	return c.awaitReady()
}

// command runs as the unprivileged user and dies with the test binary, however that
// dies.
func (c *cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=" + c.bin + ":/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.cred, Setsid: true, Pdeathsig: syscall.SIGQUIT}
	return cmd
}

func (c *cluster) awaitReady() error {
	var err error
	if c.admin, err = open(c.dsn(superuser, "postgres")); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startPatience)
	defer cancel()
	for {
		err := c.admin.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-c.exited:
			return fmt.Errorf("postgres exited: %w: %s", c.err, c.log.Bytes())
		case <-ctx.Done():
			return fmt.Errorf("postgres is not ready: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// stop ends the server at once and removes everything.
func (c *cluster) stop() error {
	if c.admin != nil {
		if err := c.admin.Close(); err != nil {
			return err
		}
	}
	if c.process != nil {
		if err := c.process.Signal(syscall.SIGQUIT); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		select {
		case <-c.exited:
		case <-time.After(stopPatience):
			return errors.New("postgres does not stop")
		}
	}
	return os.RemoveAll(c.dir)
}

func (c *cluster) dsn(role, database string) string {
	return fmt.Sprintf("host=%s user=%s dbname=%s sslmode=disable", c.dir, role, database)
}
