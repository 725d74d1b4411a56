//go:build linux

package reader

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"shenfa/internal/document"
)

// child is a process that reads, as its parent sees it.
type child struct {
	pool   *Pool
	pid    int
	temp   *os.File // its directory, locked while we live
	to     *os.File
	from   *bufio.Reader
	pipe   *os.File // behind from
	stderr *faults
	files  int

	dead  chan struct{} // closed when it has ended
	state *os.ProcessState
}

// start starts a child and waits until it is ready.
func (p *Pool) start(ctx context.Context, warm bool) (*child, []lacking, error) {
	c, err := p.spawn(warm)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	stop := context.AfterFunc(ctx, c.kill)
	m, err := receive(c.from)
	if !stop() || err != nil || m.what != hello {
		c.kill()
		c.remove()
		return nil, nil, errors.Join(fmt.Errorf("no word from it: %s: %s", c.state, c.stderr.fault()), err, ctx.Err())
	}
	var missing []lacking
	if err := json.Unmarshal(m.value, &missing); err != nil {
		c.kill()
		c.remove()
		return nil, nil, fmt.Errorf("its first word: %w", err)
	}
	return c, missing, nil
}

// spawn starts the process with its directory and pipes.
func (p *Pool) spawn(warm bool) (_ *child, err error) {
	c := &child{pool: p, stderr: &faults{}, dead: make(chan struct{})}
	var theirs []*os.File
	defer func() {
		for _, f := range theirs {
			_ = f.Close()
		}
		if err != nil {
			c.remove()
		}
	}()
	var who *syscall.Credential
	if !warm { // what fills the cache keeps its user, so that no reader can change it
		if who, err = nobody(); err != nil {
			return nil, err
		}
	}
	path, err := os.MkdirTemp("", temporary)
	if err != nil {
		return nil, fmt.Errorf("temporary directory: %w", err)
	}
	if c.temp, err = os.Open(path); err != nil {
		return nil, fmt.Errorf("temporary directory: %w", err)
	}
	if err := syscall.Flock(int(c.temp.Fd()), syscall.LOCK_EX); err != nil {
		return nil, fmt.Errorf("lock temporary directory: %w", err)
	}
	if who != nil {
		if err := os.Chown(path, int(who.Uid), int(who.Gid)); err != nil {
			return nil, fmt.Errorf("temporary directory: %w", err)
		}
	}
	in, to, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	theirs, c.to = append(theirs, in), to
	from, out, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	theirs, c.pipe, c.from = append(theirs, out), from, bufio.NewReader(from)
	cache, err := os.Open(p.config.Cache)
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	theirs = append(theirs, cache)
	arg, err := json.Marshal(orders{Temp: path, State: filepath.Base(p.state.Name()), Warm: warm, Memory: p.config.Memory, CPU: uint64(life / time.Second)})
	if err != nil {
		return nil, fmt.Errorf("orders: %w", err)
	}
	cmd := exec.Command(p.config.program, p.config.Command, string(arg))
	cmd.Args[0] = "shenfa"
	cmd.Dir = path
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = in, out, c.stderr, []*os.File{cache}
	cmd.WaitDelay = time.Second // a program that it started may hold stderr
	cmd.SysProcAttr = p.attributes(who)
	return c, c.run(cmd)
}

// attributes: a session of its own, so that a Ctrl-C in our terminal is not for it
// and all that it starts is one group; and it dies with us.
func (p *Pool) attributes(who *syscall.Credential) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL, Credential: who, Cloneflags: p.flags}
	if p.flags != 0 && (who != nil || p.flags&syscall.CLONE_NEWUSER != 0) {
		a.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN} // until it has a /tmp of its own, before it meets a file
	}
	if p.flags&syscall.CLONE_NEWUSER != 0 {
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
	}
	return a
}

// run starts the process and notes its end.
func (c *child) run(cmd *exec.Cmd) error {
	started := make(chan error)
	go func() {
		// Linux ties the parent death signal to the thread that forked. This
		// goroutine keeps its thread until the child has gone (golang/go#27505).
		runtime.LockOSThread()
		err := cmd.Start()
		if err == nil {
			c.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			_ = cmd.Wait() // the state says it
			c.state = cmd.ProcessState
			close(c.dead)
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start: %w", err)
	}
	return nil
}

// nobody is the user without rights whom a child runs as if we are root. Not that of
// PostgreSQL, which may read the database.
func nobody() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		return nil, fmt.Errorf("running as root: %w", err)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
}

func (c *child) alive() bool {
	select {
	case <-c.dead:
		return false
	default:
		return true
	}
}

// kill ends the child with everything that it started, and returns when it is gone.
func (c *child) kill() {
	if c.pid == 0 {
		return
	}
	if c.alive() {
		// Its group cannot be left by what it starts; where there is no such
		// rule, the tree finds who left it.
		for _, pid := range tree(c.pid) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		_ = syscall.Kill(-c.pid, syscall.SIGKILL)
	}
	<-c.dead
}

// remove frees what belongs to a child that is gone.
func (c *child) remove() {
	for _, f := range []*os.File{c.to, c.pipe} {
		if f != nil {
			_ = f.Close()
		}
	}
	if c.temp != nil {
		_ = os.RemoveAll(c.temp.Name()) // the next start tries again
		_ = c.temp.Close()
	}
}

// cpu is the processor time that it has taken.
func (c *child) cpu() time.Duration {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(c.pid) + "/stat")
	if err != nil {
		return 0
	}
	const before, user = ") ", 11 // fields between the name and utime, proc(5)
	_, rest, _ := bytes.Cut(stat, []byte(before))
	fields := strings.Fields(string(rest))
	if len(fields) < user+2 {
		return 0
	}
	const tick = 10 * time.Millisecond // USER_HZ is 100 wherever Linux runs us
	u, _ := strconv.ParseInt(fields[user], 10, 64)
	s, _ := strconv.ParseInt(fields[user+1], 10, 64)
	return time.Duration(u+s) * tick
}

// errUnasked says that a child died before it had the question.
var errUnasked = errors.New("the reader was gone")

// ask puts one question and waits for the answer under watch.
func (c *child) ask(ctx context.Context, q asked, data []byte) (answered, []byte, error) {
	c.files++
	done := make(chan struct{})
	verdict := make(chan error, 1)
	go func() { verdict <- c.watch(ctx, time.Duration(q.Time)+grace, done) }()
	a, out, err := c.exchange(ctx, q, data)
	close(done)
	if why := <-verdict; why != nil {
		return answered{}, nil, why
	}
	if err == nil || errors.Is(err, errUnasked) {
		return a, out, err
	}
	c.kill()
	c.pool.log.Warn("a reader of files crashed", "exit", c.state.String(), "fault", c.stderr.fault())
	if c.stderr.memory() {
		return answered{}, nil, &document.Unreadable{Reason: "too_large", Detail: "memory of the reader"}
	}
	return answered{}, nil, &document.Unreadable{Reason: "damaged", Detail: "reader crashed"}
}

// exchange speaks with the child. An error means that it cannot be asked again.
func (c *child) exchange(ctx context.Context, q asked, data []byte) (a answered, out []byte, err error) {
	if err := send(c.to, question, q, data); err != nil {
		return a, nil, errors.Join(errUnasked, err)
	}
	for begun := false; ; {
		m, err := receive(c.from)
		switch {
		case err != nil && !begun:
			return a, nil, errors.Join(errUnasked, err)
		case err != nil:
			return a, nil, err
		}
		switch m.what {
		case taken:
			begun = true
		case report:
			var p document.Progress
			if err := json.Unmarshal(m.value, &p); err != nil {
				return a, nil, errMessage
			}
			document.Report(ctx, p)
		case answer:
			if err := json.Unmarshal(m.value, &a); err != nil {
				return a, nil, errMessage
			}
			return a, m.data, nil
		default:
			return a, nil, errMessage
		}
	}
}

// watch kills the child when it takes too much, or nobody waits for it any more, and
// says why; nil if it was not needed.
func (c *child) watch(ctx context.Context, within time.Duration, done <-chan struct{}) error {
	late := time.NewTimer(within)
	defer late.Stop()
	look := time.NewTicker(watchEvery)
	defer look.Stop()
	for {
		select {
		case <-done:
			return nil
		case <-c.dead:
			return nil
		case <-ctx.Done():
			c.kill()
			return fmt.Errorf("read file: %w", ctx.Err())
		case <-c.pool.ctx.Done():
			c.kill()
			return ErrClosed
		case <-late.C:
			c.kill()
			return &document.Unreadable{Reason: "too_slow", Detail: "reader"}
		case <-look.C:
			switch own, programs := resident(c.pid); {
			case own > c.pool.config.Memory:
				c.kill()
				return &document.Unreadable{Reason: "too_large", Detail: "memory of the reader"}
			case programs > c.pool.config.Programs:
				c.kill()
				return &document.Unreadable{Reason: "too_large", Detail: "memory of a converter"}
			}
		}
	}
}

// faults keeps the beginning of what a child says before it dies.
type faults struct {
	mu   sync.Mutex
	text []byte
}

// mostFault is how much of it is kept, in bytes.
const mostFault = 16 << 10

func (f *faults) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.text = append(f.text, b[:min(len(b), mostFault-len(f.text))]...)
	return len(b), nil
}

// fault is the line in which the program itself says what happened. No other may be
// logged: it may hold words of the file.
func (f *faults) fault() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	for line := range strings.Lines(string(f.text)) {
		for _, known := range []string{"fatal error: ", "panic: runtime error: ", "runtime: ", "shenfa: "} {
			if strings.HasPrefix(line, known) {
				return strings.TrimSpace(line)
			}
		}
	}
	return ""
}

// memory says whether it died because it got no more memory.
func (f *faults) memory() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return bytes.Contains(f.text, []byte("out of memory")) || bytes.Contains(f.text, []byte("cannot allocate memory"))
}
