//go:build linux

package reader

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/document"
)

// cached is the compiled PDF engine of all tests, so that it is compiled once. As in
// a directory of data, nobody else gets to it by its path.
func cached() string { return filepath.Join(os.TempDir(), "shenfa-test-reader", "cache") }

func pool(t testing.TB, c Config) *Pool {
	t.Helper()
	c.Cache = cached()
	p, err := Start(t.Context(), c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

// reason is why a file counts as unreadable.
func reason(t testing.TB, err error) string {
	t.Helper()
	var bad *document.Unreadable
	require.ErrorAs(t, err, &bad)
	return bad.Reason + ": " + bad.Detail
}

// works says that the pool still answers.
func works(t testing.TB, p *Pool) {
	t.Helper()
	d, err := p.Open(t.Context(), "一.txt", []byte("正文"), document.DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, "正文", d.Parts[0].Text)
}

// TestAReaderThatFailsIsTheFilesFault: whatever a file does to its reader, it is
// unreadable, and the next file gets a fresh one.
func TestAReaderThatFailsIsTheFilesFault(t *testing.T) {
	t.Parallel()
	p := pool(t, Config{Size: 1, Memory: 200 << 20, Programs: 100 << 20})
	<-p.warmed // until then, who is slow is given more time
	for _, c := range []struct {
		name, kind string
		q          any
		within     time.Duration
		want       string
	}{
		{"takes all time", "spin", none{}, time.Second, "too_slow: reader"},
		{"takes all memory", "hog", 1 << 40, time.Minute, "too_large: memory of the reader"},
		{"has a program take all memory", "program", []string{"/proc/self/exe", "hog"}, time.Minute, "too_large: memory of a converter"},
		{"overflows the stack", "overflow", none{}, time.Minute, "damaged: reader crashed"},
		{"lies about its answer", "lie", none{}, time.Minute, "damaged: reader crashed"},
	} {
		begin := time.Now()
		_, _, err := Do[none](t.Context(), p, c.kind, c.within, c.q, nil)
		require.Equal(t, c.want, reason(t, err), c.name)
		require.Less(t, time.Since(begin), 20*time.Second, c.name)
		works(t, p)
	}
}

// TestAKilledReaderIsReplaced: in the middle of a file that file is unreadable, in
// between nobody notices.
func TestAKilledReaderIsReplaced(t *testing.T) {
	t.Parallel()
	p := pool(t, Config{Size: 1})
	works(t, p)
	p.mu.Lock()
	first := p.idle[0]
	p.mu.Unlock()
	time.AfterFunc(200*time.Millisecond, func() { _ = syscall.Kill(first.pid, syscall.SIGKILL) })
	_, _, err := Do[none](t.Context(), p, "program", 10*time.Second, []string{"sleep", "30"}, nil)
	require.Equal(t, "damaged: reader crashed", reason(t, err))
	works(t, p)
	require.NoDirExists(t, first.temp.Name())
	p.mu.Lock()
	second := p.idle[0]
	p.mu.Unlock()
	require.NotEqual(t, first.pid, second.pid)
	require.NoError(t, syscall.Kill(second.pid, syscall.SIGKILL))
	works(t, p)
}

// TestReadersAreReplacedInTime: after so many files, when grown, and when a program
// of theirs stays behind, which is ended too.
func TestReadersAreReplacedInTime(t *testing.T) {
	t.Parallel()
	p := pool(t, Config{Size: 1, Files: 3})
	now := func() int {
		p.seats <- struct{}{} // given back whole
		defer func() { <-p.seats }()
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.idle[0].pid
	}
	pids := []int{now()}
	for range 6 {
		works(t, p)
		pids = append(pids, now())
	}
	slices.Sort(pids)
	require.Len(t, slices.Compact(pids), 3)

	before := now()
	_, _, err := Do[none](t.Context(), p, "hog", 10*time.Second, 180<<20, nil)
	require.NoError(t, err)
	grown := now()
	require.NotEqual(t, before, grown, "grown")

	_, _, err = Do[none](t.Context(), p, "orphan", 10*time.Second, none{}, nil)
	require.NoError(t, err)
	require.NotEqual(t, grown, now(), "left a program behind")
	require.Equal(t, []int{grown}, tree(grown), "the program is gone")
}

// TestWhoStopsWaitingStopsTheReader: the end of a caller's context is told as such.
func TestWhoStopsWaitingStopsTheReader(t *testing.T) {
	t.Parallel()
	p := pool(t, Config{Size: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, _, err := Do[none](ctx, p, "spin", time.Minute, none{}, nil)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotErrorIs(t, err, document.ErrUnreadable)
	works(t, p)
}

// TestEightAtOnceOnTwoReaders: everybody gets their own answer, and there are never
// more than two.
func TestEightAtOnceOnTwoReaders(t *testing.T) {
	t.Parallel()
	p := pool(t, Config{Size: 2})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 5 {
				data := bytes.Repeat([]byte{byte(i)}, 1+n*3<<20)
				got, out, err := Do[string](t.Context(), p, "echo", time.Minute, strconv.Itoa(i), data)
				if err != nil || got != strconv.Itoa(i) || !bytes.Equal(out, data) {
					t.Errorf("%d.%d: %q, %d bytes, %v", i, n, got, len(out), err)
				}
			}
		})
	}
	wg.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	require.LessOrEqual(t, len(p.idle), 2)
}

// TestProgressArrives: while a long file is read, not after it.
func TestProgressArrives(t *testing.T) {
	t.Parallel()
	p := pool(t, Config{Size: 1})
	var got []document.Progress
	ctx := document.WithProgress(t.Context(), func(d document.Progress) { got = append(got, d) })
	_, _, err := Do[none](ctx, p, "babble", time.Minute, 30, nil)
	require.NoError(t, err)
	require.Greater(t, len(got), 2)
	require.Less(t, len(got), 10, "not more often than anybody can look")
	require.True(t, slices.IsSortedFunc(got, func(a, b document.Progress) int { return a.Page - b.Page }))
	require.Equal(t, 30, got[0].Pages)
}

// TestClosedPoolsAnswer: and leave nothing behind.
func TestClosedPoolsAnswer(t *testing.T) {
	t.Parallel()
	p, err := Start(t.Context(), Config{Size: 1, Cache: cached()})
	require.NoError(t, err)
	p.mu.Lock()
	c := p.idle[0]
	p.mu.Unlock()
	asked := make(chan error)
	go func() {
		_, _, err := Do[none](t.Context(), p, "spin", time.Minute, none{}, nil)
		asked <- err
	}()
	time.Sleep(100 * time.Millisecond)
	require.NoError(t, p.Close())
	require.ErrorIs(t, <-asked, ErrClosed)
	_, err = p.Open(t.Context(), "a.txt", []byte("x"), document.DefaultLimits())
	require.ErrorIs(t, err, ErrClosed)
	require.ErrorIs(t, syscall.Kill(c.pid, 0), syscall.ESRCH)
	require.NoDirExists(t, c.temp.Name())
}

// TestChildrenDieWithTheirParent: also with what they started, when the parent is
// killed without a chance to say goodbye.
func TestChildrenDieWithTheirParent(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("/proc/self/exe", "parent", cached())
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var said struct {
		Pids []int
		Temp string
	}
	require.NoError(t, json.NewDecoder(out).Decode(&said))
	pids, temp := said.Pids, said.Temp
	require.Len(t, pids, 2)
	require.DirExists(t, temp)
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	for _, pid := range pids {
		require.Eventually(t, func() bool { return rss(pid) == 0 }, 5*time.Second, 10*time.Millisecond, "process %d lives on", pid)
	}
	info, err := os.Stat(temp)
	require.NoError(t, err)
	sweep(temp, info.ModTime().Add(time.Minute))
	require.DirExists(t, temp, "it might be one that is just being made")
	require.Eventually(t, func() bool { // a process that ends gives up its memory before its locks
		sweep(temp, info.ModTime().Add(time.Hour))
		_, err := os.Stat(temp)
		return errors.Is(err, os.ErrNotExist)
	}, 5*time.Second, 10*time.Millisecond, "content of files does not stay")
}

// TestAReaderHasNoRights tries what a file could have a reader do that it has taken
// over.
func TestAReaderHasNoRights(t *testing.T) {
	t.Setenv("SHENFA_DATABASE_URL", "postgres://u:secret@h/d")
	t.Run("with namespaces", func(t *testing.T) { noRights(t, Config{Size: 1}) })
	t.Run("without", func(t *testing.T) { noRights(t, Config{Size: 1, shared: true}) })
}

func noRights(t *testing.T, c Config) {
	stray, err := syscall.Open("/etc/hosts", syscall.O_RDONLY, 0) // not closed by exec
	require.NoError(t, err)
	defer func() { require.NoError(t, syscall.Close(stray)) }()
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)
	t.Cleanup(func() {
		after, err := os.ReadFile("/proc/self/mountinfo")
		require.NoError(t, err)
		require.Equal(t, string(mounts), string(after), "what a child mounts is for nobody else")
	})
	var said bytes.Buffer
	c.Log = slog.New(slog.NewTextHandler(&said, nil))
	p := pool(t, c)
	try := func(what, on string) string {
		got, _, err := Do[string](t.Context(), p, "try", 20*time.Second, attempt{what, on}, nil)
		require.NoError(t, err, "%s %s", what, on)
		return got
	}
	lacks := func(what string) bool { return strings.Contains(said.String(), what) }
	t.Log(said.String())
	p.mu.Lock()
	own := p.idle[0].temp.Name()
	p.mu.Unlock()
	temp := "/tmp"
	if lacks("mount") {
		temp = own
	}

	t.Run("environment", func(t *testing.T) {
		require.Equal(t, []string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "HOME=" + temp, "TMPDIR=" + temp}, strings.Split(try("environment", ""), "\n"))
	})
	t.Run("descriptors", func(t *testing.T) {
		got := strings.Fields(try("descriptors", ""))
		require.Equal(t, []string{"pipe", "pipe", "pipe", filepath.Base(p.config.Cache)}, got[:4])
		for _, other := range got[4:] {
			require.Equal(t, "anon_inode", other, "what the runtime waits on: %v", got)
		}
	})
	t.Run("user and privileges", func(t *testing.T) {
		status := try("status", "")
		require.Contains(t, status, "\nNoNewPrivs:\t1\n")
		for _, of := range []string{"CapPrm", "CapEff", "CapInh", "CapAmb"} {
			require.Contains(t, status, "\n"+of+":\t0000000000000000\n")
		}
		if os.Geteuid() == 0 {
			require.NotContains(t, status, "\nUid:\t0\t")
			require.Contains(t, status, "\nGroups:\t \n")
		}
	})
	t.Run("limits", func(t *testing.T) {
		limits := try("limits", "")
		for name, most := range map[string]string{
			"Max cpu time": "1200", "Max file size": strconv.Itoa(fileSize), "Max data size": strconv.Itoa(memory), "Max core file size": "1", "Max open files": strconv.Itoa(openFiles),
		} {
			_, line, found := strings.Cut(limits, name)
			require.True(t, found, name)
			require.Equal(t, []string{most, most}, strings.Fields(line)[:2], name)
		}
		n, err := strconv.Atoi(try("processes", ""))
		require.NoError(t, err)
		require.Less(t, n, 2*tasks, "a reader may not start without end")
		require.Positive(t, n)
	})

	// Nothing but the restriction may be in the way.
	open, err := os.MkdirTemp("/var/tmp", "open-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(open)) })
	require.NoError(t, os.Chmod(open, 0o777))
	secret := filepath.Join(open, "secret")
	require.NoError(t, os.WriteFile(secret, []byte("x"), 0o666))
	require.NoError(t, os.Chmod(secret, 0o666))
	refused := []string{syscall.EACCES.Error(), syscall.EPERM.Error()}
	t.Run("files", func(t *testing.T) {
		require.Equal(t, "done", try("write", filepath.Join(temp, "a")))
		left, err := os.ReadDir(own)
		require.NoError(t, err)
		require.Empty(t, left, "gone with the answer")
		if lacks("Landlock") {
			t.Skip("no Landlock here")
		}
		for _, path := range []string{filepath.Join(open, "new"), secret, "/var/tmp/new", filepath.Dir(own) + "/../var/tmp/new", "/proc/self/fd/3/new", "/dev/shm/new"} {
			require.Contains(t, refused, try("write", path), "write %s", path)
		}
		for _, path := range []string{secret, "/etc/hosts", "/proc/1/status", "/dev/kmsg"} {
			require.Contains(t, refused, try("read", path), "read %s", path)
		}
	})
	t.Run("network", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer l.Close()
		path := filepath.Join(open, "s")
		u, err := net.Listen("unix", path)
		require.NoError(t, err)
		defer u.Close()
		require.NoError(t, os.Chmod(path, 0o777))
		if !lacks("namespaces") {
			ours, err := os.Readlink("/proc/self/ns/net")
			require.NoError(t, err)
			require.NotEqual(t, ours, try("link", "/proc/self/ns/net"))
		}
		if lacks("seccomp") {
			t.Skip("no seccomp here")
		}
		require.Equal(t, "done", try("listen", filepath.Join(temp, "s")), "which LibreOffice does")
		for _, to := range []string{"tcp " + l.Addr().String(), "udp 127.0.0.1:53", "unix " + path, "unixgram " + path} {
			require.Contains(t, refused, try("dial", to), to)
		}
		require.Contains(t, refused, try("socket", ""))
	})
	t.Run("other processes", func(t *testing.T) {
		if lacks("Landlock") && lacks("namespaces") {
			t.Skip("neither here")
		}
		require.Contains(t, append(refused, syscall.ESRCH.Error()), try("kill", strconv.Itoa(os.Getpid())))
		require.Contains(t, append(refused, os.ErrNotExist.Error()), try("read", fmt.Sprintf("/proc/%d/environ", os.Getpid())))
	})
	t.Run("system calls", func(t *testing.T) {
		if lacks("seccomp") {
			t.Skip("no seccomp here")
		}
		for _, name := range []string{
			"ptrace", "mount", "bpf", "unshare", "io_uring", "keyctl", "perf", "process_vm_readv", "setpgid", "clone with a user namespace",
		} {
			require.Equal(t, syscall.EPERM.Error(), try("call", name), name)
		}
		require.Equal(t, syscall.ENOSYS.Error(), try("call", "clone3"), "so that clone is used, whose flags can be seen")
	})
}

// TestEveryKindOfFileIsReadAsHere: the reader's answer is that of this process, also
// where there are no namespaces and LibreOffice meets the common /tmp.
func TestEveryKindOfFileIsReadAsHere(t *testing.T) {
	t.Parallel()
	p, bare := pool(t, Config{Size: 1}), pool(t, Config{Size: 1, shared: true})
	var docx bytes.Buffer
	require.NoError(t, document.WriteDOCX(&docx, []string{"第一段", "第二段"}))
	var picture bytes.Buffer
	require.NoError(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 200, 60))))
	tools := document.Installed(t.Context())
	<-p.warmed
	for name, data := range map[string][]byte{
		"a.txt": []byte("正文"), "a.docx": docx.Bytes(), "a.html": []byte("<p>可见<p hidden>隐藏"), "a.pdf": []byte(blankPage),
		"a.zip": zipped(t, "b.docx", docx.String(), "c.txt", "x"), "a.png": picture.Bytes(), "a.bin": []byte("\x00\x01\x02\x03"), "a.rtf": []byte(`{\rtf1 \u27491?\u25991?}`),
		"bomb.zip": bomb(t), "deep.zip": deep(t), "laughs.xml": []byte(`<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]><l>&b;</l>`),
		"cut.docx": docx.Bytes()[:docx.Len()/2], "tags.html": []byte("<html>" + strings.Repeat("<b><table><a href=x>", 40_000)),
	} {
		want, wantErr := document.OpenWith(t.Context(), tools, name, data, document.DefaultLimits())
		got, err := p.Open(t.Context(), name, data, document.DefaultLimits())
		if wantErr != nil {
			var here, there *document.Unreadable
			require.ErrorAs(t, wantErr, &here, name)
			require.ErrorAs(t, err, &there, name)
			require.Equal(t, here, there, name)
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
		got, err = bare.Open(t.Context(), name, data, document.DefaultLimits())
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
	}
}

func zipped(t testing.TB, pairs ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		f, err := z.Create(pairs[i])
		require.NoError(t, err)
		_, err = io.WriteString(f, pairs[i+1])
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

func bomb(t testing.TB) []byte {
	t.Helper()
	zeros := string(zipped(t, "zeros", strings.Repeat("\x00", 64<<20)))
	var all []string
	for i := range 20 {
		all = append(all, strconv.Itoa(i)+".zip", zeros)
	}
	return zipped(t, all...)
}

func deep(t testing.TB) []byte {
	t.Helper()
	b := zipped(t, "a.txt", "x")
	for range 300 {
		b = zipped(t, "a.zip", string(b))
	}
	return b
}

// blankPage is the smallest file with a page.
const blankPage = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
