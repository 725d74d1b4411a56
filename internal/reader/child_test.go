//go:build linux

package reader

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"shenfa/internal/document"
	"shenfa/internal/treatment"
)

// TestMain lets the test binary be its own child, with kinds of questions that no
// honest reader answers, and their parent.
func TestMain(m *testing.M) {
	switch arg := append(os.Args, "")[1]; arg {
	case "read":
		if err := run(context.Background(), os.Args[2:], os.Stdin, os.Stdout, hostile); err != nil {
			fmt.Fprintln(os.Stderr, "shenfa:", err)
			os.Exit(1)
		}
	case "hog":
		hog(1 << 40)
	case "parent":
		parent()
	default:
		p, err := Start(context.Background(), Config{Size: 1, Cache: cached()}) // so that the engine is compiled once
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		<-p.warmed
		code := m.Run()
		if err := p.Close(); err != nil {
			fmt.Println(err)
			code = 1
		}
		os.Exit(code)
	}
}

// hostile adds what a child does that was taken over by a file.
func hostile(t treatment.Tools) map[string]handler {
	all := kinds(t)
	maps.Copy(all, map[string]handler{
		"echo": handle(func(_ context.Context, s string, data []byte) (string, []byte, error) { return s, data, nil }),
		"spin": handle(func(context.Context, none, []byte) (none, []byte, error) {
			for {
				runtime.Gosched()
			}
		}),
		"hog":      handle(func(_ context.Context, n int, _ []byte) (none, []byte, error) { hog(n); return none{}, nil, nil }),
		"overflow": handle(func(context.Context, none, []byte) (int, []byte, error) { return overflow(0), nil, nil }),
		"lie": handle(func(context.Context, none, []byte) (none, []byte, error) {
			_, err := os.Stdout.WriteString("A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF")
			return none{}, nil, err
		}),
		"babble": handle(func(ctx context.Context, n int, _ []byte) (none, []byte, error) {
			for i := range n {
				document.Report(ctx, document.Progress{Page: i + 1, Pages: n})
				time.Sleep(20 * time.Millisecond)
			}
			return none{}, nil, nil
		}),
		"program": handle(func(ctx context.Context, args []string, _ []byte) (none, []byte, error) {
			out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput() //nolint:gosec // a test's
			if err != nil {
				err = fmt.Errorf("%w: %s", err, out)
			}
			return none{}, nil, err
		}),
		"orphan": handle(func(context.Context, none, []byte) (none, []byte, error) {
			return none{}, nil, exec.Command("sh", "-c", "sleep 100 & sleep 100 &").Run()
		}),
		"try": handle(func(_ context.Context, q attempt, _ []byte) (string, []byte, error) { return try(q), nil, nil }),
	})
	return all
}

// attempt is something forbidden.
type attempt struct{ What, On string }

// try does it and says what it got.
func try(q attempt) string {
	var err error
	got := "done"
	switch q.What {
	case "dial":
		network, address, _ := strings.Cut(q.On, " ")
		_, err = net.DialTimeout(network, address, time.Second)
	case "listen":
		var l net.Listener
		if l, err = net.Listen("unix", q.On); err == nil {
			err = l.Close()
		}
	case "socket":
		var fd int
		if fd, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0); err == nil {
			_ = syscall.Close(fd)
		}
	case "write":
		err = os.WriteFile(q.On, []byte("x"), 0o600)
	case "read":
		_, err = os.ReadFile(q.On)
	case "kill":
		var pid int
		_, _ = fmt.Sscan(q.On, &pid)
		err = syscall.Kill(pid, 0)
	case "call":
		err = call(q.On)
	case "environment":
		got = strings.Join(os.Environ(), "\n")
	case "descriptors":
		got = descriptors()
	case "status":
		b, e := os.ReadFile("/proc/self/status")
		got, err = string(b), e
	case "limits":
		b, e := os.ReadFile("/proc/self/limits")
		got, err = string(b), e
	case "link":
		got, err = os.Readlink(q.On)
	case "processes":
		var all []*exec.Cmd
		for err == nil && len(all) < 4*tasks {
			c := exec.Command("sleep", "100")
			if err = c.Start(); err == nil {
				all = append(all, c)
			}
		}
		got = fmt.Sprint(len(all))
		for _, c := range all {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
		err = nil
	}
	if err != nil {
		var errno syscall.Errno
		if errors.As(err, &errno) {
			return errno.Error()
		}
		return err.Error()
	}
	return got
}

// call makes a system call that the filter refuses, with arguments that a kernel
// would otherwise find fault with in another way.
func call(name string) error {
	bad := ^uintptr(0)
	calls := map[string][4]uintptr{
		"ptrace": {unix.SYS_PTRACE, bad}, "mount": {unix.SYS_MOUNT, 0, 0, 0}, "bpf": {unix.SYS_BPF, bad}, "unshare": {unix.SYS_UNSHARE, 0},
		"io_uring": {unix.SYS_IO_URING_SETUP, 1, 0}, "keyctl": {unix.SYS_KEYCTL, bad}, "perf": {unix.SYS_PERF_EVENT_OPEN, 0},
		"process_vm_readv": {unix.SYS_PROCESS_VM_READV, 0, 0, 0}, "setpgid": {unix.SYS_SETPGID, 0, bad}, "clone3": {unix.SYS_CLONE3, 0, 0},
		"clone with a user namespace": {unix.SYS_CLONE, unix.CLONE_NEWUSER | unix.CLONE_SIGHAND, 0},
	}
	c, known := calls[name]
	if !known {
		return errors.New("no such attempt")
	}
	_, _, errno := unix.RawSyscall(c[0], c[1], c[2], c[3])
	if errno == 0 {
		return nil
	}
	return errno
}

func descriptors() string {
	var open []string
	for fd := range 64 {
		target, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		if err != nil {
			continue
		}
		kind, _, _ := strings.Cut(target, ":")
		if strings.HasPrefix(target, "/") {
			kind = filepath.Base(target)
		}
		open = append(open, kind)
	}
	return strings.Join(open, " ")
}

// hog takes n bytes and writes to all of them, as fast as a file could.
func hog(n int) {
	var all [][]byte
	for taken := 0; taken < n; taken += 1 << 20 {
		b := make([]byte, 1<<20)
		for i := 0; i < len(b); i += 512 {
			b[i] = 1
		}
		all = append(all, b)
		time.Sleep(time.Millisecond)
	}
	runtime.KeepAlive(all)
}

func overflow(n int) int {
	if n < 0 {
		return 0
	}
	return overflow(n+1) + n
}

// parent is a server that is killed while a child reads: it says the child's pid.
func parent() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	p, err := Start(ctx, Config{Cache: os.Args[2]})
	if err != nil {
		fmt.Println(err)
		return
	}
	p.mu.Lock()
	pid, temp := p.idle[0].pid, p.idle[0].temp.Name()
	p.mu.Unlock()
	go func() { _, _, _ = Do[none](ctx, p, "program", time.Minute, []string{"sleep", "50"}, nil) }()
	for ctx.Err() == nil {
		if all := tree(pid); len(all) > 1 {
			_ = json.NewEncoder(os.Stdout).Encode(map[string]any{"Pids": all, "Temp": temp})
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	<-ctx.Done()
}
