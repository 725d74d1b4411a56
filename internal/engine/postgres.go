//go:build linux

package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "github.com/lib/pq" // registers the driver

	"shenfa/internal/vault"
)

const (
	pgPort = "5432" // only names the socket file: nothing listens on TCP

	// debianBinaries is where Debian puts the server of each major version.
	debianBinaries = "/usr/lib/postgresql/*/bin"

	stopPatience = 30 * time.Second

	// sparedConnections are for the superuser, health checks and an operator's psql.
	sparedConnections = 12
)

// postgres is a PostgreSQL server that belongs to this process alone.
type postgres struct {
	bin, data, socket string
	password          string // of the superuser
	maxConnections    int
	cred              *syscall.Credential // nil unless we are root

	process *os.Process
	done    chan struct{} // closed when postgres has exited
	err     error         // why, once done is closed
}

// startPostgres makes the cluster under dir if need be and runs it. The caller
// must hold the lock on dir.
func startPostgres(ctx context.Context, dir, password string, connections int) (*postgres, error) {
	c := &postgres{
		data:           filepath.Join(dir, "postgres"),
		socket:         filepath.Join(dir, "run"),
		password:       password,
		maxConnections: connections + sparedConnections,
		done:           make(chan struct{}),
	}
	if n := len(filepath.Join(c.socket, ".s.PGSQL."+pgPort)); n > 107 {
		return nil, fmt.Errorf("directory name too long for a unix socket (%d > 107 bytes): %s", n, dir)
	}
	var err error
	if c.cred, err = unprivileged(); err != nil {
		return nil, err
	}
	if c.bin, err = findBinaries(c.data, debianBinaries); err != nil {
		return nil, err
	}
	if err := c.ownedDir(c.socket); err != nil {
		return nil, err
	}
	if err := c.init(ctx); err != nil {
		return nil, fmt.Errorf("initdb: %w", err)
	}
	if err := c.clearOrphan(ctx); err != nil {
		return nil, fmt.Errorf("earlier postgres: %w", err)
	}
	if err := c.run(filepath.Join(dir, "postgres.log")); err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	if err := c.awaitReady(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("postgres is not ready, see %s/postgres.log: %w", dir, err), c.stop())
	}
	return c, nil
}

// unprivileged names the user to run PostgreSQL as, which refuses to be root.
// An own "postgres" user is better than "nobody", which other daemons share.
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

// findBinaries returns the directory of initdb and postgres, on PATH or, newest
// first, where pattern leads. An existing cluster can be opened by its own major
// version only.
func findBinaries(data, pattern string) (string, error) {
	var dirs []string
	if p, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(p))
	}
	installed, _ := filepath.Glob(pattern) // fails on a bad pattern only
	slices.SortFunc(installed, func(a, b string) int { return major(b) - major(a) })
	dirs = append(dirs, installed...)

	version, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	want := strings.TrimSpace(string(version))
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
			continue // a client-only installation
		}
		out, runErr := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
		if runErr != nil {
			continue
		}
		if err != nil || strings.Contains(string(out), " "+want+".") {
			return dir, nil
		}
	}
	if err != nil {
		return "", errors.New("no PostgreSQL server on PATH or in /usr/lib/postgresql: " +
			"install the Debian package postgresql, which scripts/install-deps does")
	}
	return "", fmt.Errorf("%s was made by PostgreSQL %s, whose server is not here: install the Debian package postgresql-%s",
		data, want, want)
}

func major(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return n
}

// init runs initdb in a directory of another name, so that a crash half way
// leaves rubbish to sweep up and never a broken cluster.
func (c *postgres) init(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(c.data, "PG_VERSION")); err == nil {
		return nil
	}
	fresh := c.data + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := c.ownedDir(fresh); err != nil {
		return err
	}
	// The password travels in a file: arguments are visible to every user.
	pwfile := filepath.Join(c.socket, "initdb.password")
	defer os.Remove(pwfile)
	if err := os.WriteFile(pwfile, []byte(c.password), 0o600); err != nil {
		return err
	}
	if c.cred != nil {
		if err := os.Chown(pwfile, int(c.cred.Uid), int(c.cred.Gid)); err != nil {
			return err
		}
	}
	// Locale C: an upgrade of the C library must not silently reorder indexes.
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, "initdb"), "-D", fresh, "-U", string(superuser), "--pwfile", pwfile,
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums")
	cmd.WaitDelay = time.Second // initdb has children of its own, which may keep the pipe open
	c.confine(cmd, syscall.SIGKILL)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	if err := os.Rename(fresh, c.data); err != nil {
		return err
	}
	return vault.SyncDir(filepath.Dir(c.data))
}

func (c *postgres) ownedDir(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	if c.cred == nil {
		return nil
	}
	return os.Chown(path, int(c.cred.Uid), int(c.cred.Gid))
}

// confine gives a child its own user, session and environment.
//
// The session of its own keeps a Ctrl-C in the terminal from stopping postgres
// under the feet of Temporal. The environment is bare because PGDATA, PGPORT and
// their like would change what the child does.
func (c *postgres) confine(cmd *exec.Cmd, onParentDeath syscall.Signal) {
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + c.bin + ":/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.cred, Setsid: true, Pdeathsig: onParentDeath}
}

func (c *postgres) run(logPath string) error {
	// A file and not a pipe: with a pipe, Wait blocks until the last of the
	// server's children has closed it, and a reader that dies kills the server.
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()

	args := []string{"-D", c.data}
	for _, setting := range []string{
		"listen_addresses=", // no TCP at all
		"port=" + pgPort,
		"unix_socket_directories=" + c.socket,
		"unix_socket_permissions=0700",
		"max_connections=" + strconv.Itoa(c.maxConnections),
		"shared_buffers=64MB",
		"max_wal_size=256MB",
		"jit=off",
		"timezone=UTC",
		// Statements and row values are confidential, also in a log.
		"log_error_verbosity=terse",
		"log_min_error_statement=panic",
		// A ring of seven files. Without the collector the log never rotates.
		"logging_collector=on",
		"log_directory=log",
		"log_filename=%a.log",
		"log_rotation_age=1d",
		"log_rotation_size=0",
		"log_truncate_on_rotation=on",
	} {
		args = append(args, "-c", setting)
	}
	cmd := exec.Command(filepath.Join(c.bin, "postgres"), args...)
	cmd.Stdout, cmd.Stderr = log, log
	// SIGINT is the fast shutdown: if we are killed, the database still closes
	// its files in order and the next start needs no recovery.
	c.confine(cmd, syscall.SIGINT)

	started := make(chan error)
	go func() {
		// Linux ties the parent death signal to the thread that forked. This
		// goroutine keeps its thread until postgres has gone (golang/go#27505).
		runtime.LockOSThread()
		err := cmd.Start()
		c.process = cmd.Process
		started <- err
		if err == nil {
			c.err = cmd.Wait()
			close(c.done)
		}
	}()
	return <-started
}

func (c *postgres) awaitReady(ctx context.Context) error {
	db, err := c.open("postgres")
	if err != nil {
		return err
	}
	defer db.Close()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-c.done:
			return fmt.Errorf("exited: %w", c.err)
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// open connects as the superuser.
func (c *postgres) open(name string) (*sql.DB, error) {
	return sql.Open("postgres", c.url(superuser, c.password, name))
}

func (c *postgres) url(user role, password, name string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(string(user), password), Path: "/" + name,
		RawQuery: url.Values{"host": {c.socket}, "port": {pgPort}, "sslmode": {"disable"}}.Encode(),
	}
	return u.String()
}

// stop asks for a fast shutdown and, failing that, for an immediate one. It never
// kills: a killed postmaster leaves shared memory and, for a while, its children.
func (c *postgres) stop() error {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT} {
		if err := c.process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		select {
		case <-c.done:
			return c.err
		case <-time.After(stopPatience):
		}
	}
	return errors.New("postgres does not stop")
}

// clearOrphan stops a postgres that outlived an earlier engine, and removes a
// postmaster.pid that no longer speaks of one.
//
// PostgreSQL itself is satisfied if any process of its user has the pid in that
// file, and then refuses to start. After a reboot or in a container small pids
// come again soon, so we look at what the process is: postgres and all of its
// children live in the data directory.
func (c *postgres) clearOrphan(ctx context.Context) error {
	pidFile := filepath.Join(c.data, "postmaster.pid")
	content, err := os.ReadFile(pidFile)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	line, _, _ := strings.Cut(string(content), "\n")
	postmaster, _ := strconv.Atoi(line)

	deadline := time.Now().Add(stopPatience)
	signal := syscall.SIGINT
	for signalled := false; ; {
		living, err := processesIn(c.data)
		if err != nil {
			return err
		}
		if len(living) == 0 {
			if err := os.Remove(pidFile); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
			return nil
		}
		if time.Now().After(deadline) {
			if signal == syscall.SIGQUIT {
				return fmt.Errorf("processes %v do not leave %s", living, c.data)
			}
			signal, signalled, deadline = syscall.SIGQUIT, false, time.Now().Add(stopPatience)
		}
		if !signalled && slices.Contains(living, postmaster) {
			// It may be on its way out already; a second request does no harm.
			if err := syscall.Kill(postmaster, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
				return err
			}
			signalled = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// processesIn lists the processes whose working directory is dir.
func processesIn(dir string) ([]int, error) {
	want, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, link := range links {
		// Other users' processes cannot be read, and are not ours.
		if have, err := os.Stat(link); err == nil && os.SameFile(want, have) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(link)))
			pids = append(pids, pid)
		}
	}
	return pids, nil
}
