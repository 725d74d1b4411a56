//go:build linux

// Package reader opens files in processes without rights: children of the same
// program that have no network, write nothing but their own temporary directory, see
// no secret, and are killed when a file takes too much time or memory. A hostile file
// can bring down its reader, and the answer is then that it cannot be read.
package reader

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"shenfa/internal/document"
)

// Config is how a pool works. Its zero value is good.
type Config struct {
	// Cache is the directory for the compiled PDF engine (21 MB), which is made if
	// need be. Empty means one of the user's, or a temporary one if there is none.
	Cache string
	// Size is how many files are read at once. Zero means one a core, at most 8.
	Size int
	// Memory is the most that a child may hold, in bytes. Zero means 300 MB.
	Memory int64
	// Programs is the most that LibreOffice or tesseract may hold that read for a
	// child, all together, in bytes. Zero means 1 GB.
	Programs int64
	// Files is after how many files a child is replaced. Zero means 200.
	Files int
	Log   *slog.Logger
	// Command is the hidden subcommand of this program that calls [Run]. Empty means "read".
	Command string

	program string // empty means this one
	shared  bool   // do without namespaces of their own
}

// What a child may take beyond the limits of a file.
const (
	startPatience = 30 * time.Second
	grace         = 2 * time.Second  // to say by itself that it was too slow
	life          = 20 * time.Minute // of processor time, after which the system kills it
	watchEvery    = 100 * time.Millisecond
)

// Pool is a number of children. It may be used by many goroutines at once.
type Pool struct {
	config    Config
	log       *slog.Logger
	flags     uintptr // namespaces of their own
	seats     chan struct{}
	state     *os.File      // in the cache, says whether it is filled; locked while we live
	cacheTemp bool          // remove the cache at the end
	warmed    chan struct{} // closed when the state is known

	ctx    context.Context //nolint:containedctx // the life of the pool
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu   sync.Mutex
	idle []*child
}

// ErrClosed is the answer of a pool that was closed.
var ErrClosed = errors.New("the readers are stopped")

// Start starts a first child, which tells what this system cannot restrict, and has
// the PDF engine compiled meanwhile. ctx bounds the start only.
func Start(ctx context.Context, c Config) (*Pool, error) {
	if c.Size <= 0 {
		c.Size = min(runtime.NumCPU(), 8)
	}
	if c.Memory <= 0 {
		c.Memory = 300 << 20
	}
	if c.Programs <= 0 {
		c.Programs = 1 << 30
	}
	if c.Files <= 0 {
		c.Files = 200
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Command == "" {
		c.Command = "read"
	}
	if c.program == "" {
		c.program = "/proc/self/exe" // the very file we run, also when another took its name
	}
	p := &Pool{config: c, log: c.Log, seats: make(chan struct{}, c.Size), warmed: make(chan struct{})}
	if err := p.cache(); err != nil {
		return nil, err
	}
	p.ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	first, missing, err := p.first(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start a reader: %w", err), p.Close())
	}
	for _, m := range missing {
		p.log.Warn("readers of files are not confined by everything", "lacking", m.Restriction, "reason", m.Why)
	}
	p.idle = []*child{first}
	p.wg.Go(p.warm)
	return p, nil
}

// first finds out which namespaces may be had.
func (p *Pool) first(ctx context.Context) (*child, []lacking, error) {
	p.flags = syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC
	if os.Geteuid() != 0 {
		p.flags |= syscall.CLONE_NEWUSER
	}
	c, missing, err := (*child)(nil), []lacking(nil), errors.New("not wanted")
	if !p.config.shared {
		c, missing, err = p.start(ctx, false)
	}
	if err == nil {
		return c, missing, nil
	}
	without := err
	p.flags = 0
	c, missing, err = p.start(ctx, false)
	return c, append(missing, lacking{"network and processes of its own (namespaces)", without.Error()}), err
}

// cache makes the directory of the compiled engine, empty of the word that it is ready.
func (p *Pool) cache() (err error) {
	if p.config.Cache == "" {
		if home, herr := os.UserCacheDir(); herr == nil {
			p.config.Cache = filepath.Join(home, "shenfa", "reader")
		} else if p.config.Cache, err = os.MkdirTemp("", "shenfa-cache-"); err != nil {
			return fmt.Errorf("cache: %w", err)
		} else {
			p.cacheTemp = true
		}
	}
	if err := os.MkdirAll(p.config.Cache, 0o700); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	if p.state, err = os.CreateTemp(p.config.Cache, stateFile); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	if err := errors.Join(p.state.Chmod(0o644), os.Chmod(p.config.Cache, 0o755), syscall.Flock(int(p.state.Fd()), syscall.LOCK_EX)); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	info, err := p.state.Stat()
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	sweep(filepath.Join(p.config.Cache, stateFile), info.ModTime())
	sweep(filepath.Join(os.TempDir(), temporary), info.ModTime())
	return nil
}

// How the state file of a pool and the directories of children are named.
const (
	stateFile = "state-*"
	temporary = "shenfa-read-*"
)

// sweep removes what pools left behind that are gone: they would hold the locks. What
// was made just before now may be about to be locked.
func sweep(pattern string, now time.Time) {
	old, _ := filepath.Glob(pattern) // fails on a bad pattern only
	for _, path := range old {
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		info, err := f.Stat()
		if err == nil && now.Sub(info.ModTime()) > time.Minute && syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(path) // the next start tries again
		}
		_ = f.Close()
	}
}

// warm fills the cache by a child that reads no file and may take what compiling
// takes, and then makes it readable for children of any user.
func (p *Pool) warm() {
	defer close(p.warmed)
	err := p.compile()
	if err == nil {
		err = filepath.WalkDir(p.config.Cache, func(path string, d os.DirEntry, err error) error {
			switch {
			case errors.Is(err, os.ErrNotExist): // of another pool
				return nil
			case err != nil:
				return err
			case strings.HasSuffix(path, ".tmp"): // being written by another
				return nil
			case d.IsDir():
				return os.Chmod(path, 0o755)
			}
			if err := os.Chmod(path, 0o644); !errors.Is(err, os.ErrNotExist) {
				return err
			}
			return nil
		})
	}
	if p.ctx.Err() != nil {
		return
	}
	word := ready
	if err != nil {
		word = failed
		p.log.Error("no PDF can be read", "error", err)
	}
	if _, err := p.state.WriteString(word); err != nil {
		p.log.Error("no PDF can be read", "error", err)
	}
}

// compilePatience is long for a machine that does much else while it starts.
const compilePatience = 3 * time.Minute

func (p *Pool) compile() error {
	ctx, cancel := context.WithTimeout(p.ctx, compilePatience)
	defer cancel()
	c, err := p.spawn(true)
	if err != nil {
		return err
	}
	defer c.remove()
	select {
	case <-c.dead:
	case <-ctx.Done():
		c.kill()
		return fmt.Errorf("compile the pdf engine: %w", ctx.Err())
	}
	if !c.state.Success() {
		return fmt.Errorf("compile the pdf engine: %s: %s", c.state, c.stderr.fault())
	}
	return nil
}

// Close kills the children. Who waits for one gets [ErrClosed].
func (p *Pool) Close() error {
	p.cancel()
	p.wg.Wait()
	for range p.config.Size {
		p.seats <- struct{}{} // wait for those that are asked
	}
	for _, c := range p.idle {
		c.kill()
		c.remove()
	}
	p.idle = nil
	for range p.config.Size {
		<-p.seats
	}
	err := errors.Join(os.Remove(p.state.Name()), p.state.Close())
	if p.cacheTemp {
		err = errors.Join(err, os.RemoveAll(p.config.Cache))
	}
	return err
}

// take waits for a child. It must be given back.
func (p *Pool) take(ctx context.Context) (*child, error) {
	select {
	case p.seats <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a reader: %w", ctx.Err())
	case <-p.ctx.Done():
		return nil, ErrClosed
	}
	if p.ctx.Err() != nil {
		<-p.seats
		return nil, ErrClosed
	}
	for {
		p.mu.Lock()
		var c *child
		if n := len(p.idle); n > 0 {
			c, p.idle = p.idle[n-1], p.idle[:n-1]
		}
		p.mu.Unlock()
		if c == nil {
			break
		}
		if c.alive() {
			return c, nil
		}
		c.remove()
	}
	c, _, err := p.start(ctx, false)
	if err != nil {
		<-p.seats
		return nil, fmt.Errorf("start a reader: %w", err)
	}
	return c, nil
}

// give takes a child back. One that had enough is replaced before its seat is free.
func (p *Pool) give(c *child, fit bool) {
	if fit && c.alive() && p.ctx.Err() == nil {
		p.keep(c)
		return
	}
	if p.ctx.Err() != nil {
		c.kill()
		c.remove()
		<-p.seats
		return
	}
	p.wg.Go(func() {
		c.kill()
		c.remove()
		fresh, _, err := p.start(p.ctx, false)
		if err != nil { // whoever comes next will hear of it
			<-p.seats
			return
		}
		p.keep(fresh)
	})
}

func (p *Pool) keep(c *child) {
	p.mu.Lock()
	p.idle = append(p.idle, c)
	p.mu.Unlock()
	<-p.seats
}

// ask has a child answer. A file that had to wait until the PDF engine was compiled
// was not slow by its own fault, and is read again.
func (p *Pool) ask(ctx context.Context, q asked, data []byte) (json.RawMessage, []byte, error) {
	cold := true
	select {
	case <-p.warmed:
		cold = false
	default:
	}
	got, out, err := p.once(ctx, q, data)
	if bad := (*document.Unreadable)(nil); cold && errors.As(err, &bad) && bad.Reason == "too_slow" {
		select {
		case <-p.warmed:
		case <-ctx.Done():
			return nil, nil, fmt.Errorf("wait for the pdf engine: %w", ctx.Err())
		}
		got, out, err = p.once(ctx, q, data)
	}
	return got, out, err
}

// once asks one child. One that died before it had all of the question was not
// killed by it: then another is asked.
func (p *Pool) once(ctx context.Context, q asked, data []byte) (json.RawMessage, []byte, error) {
	for last := false; ; last = true {
		c, err := p.take(ctx)
		if err != nil {
			return nil, nil, err
		}
		got, out, err := c.ask(ctx, q, data)
		own, _ := resident(c.pid)
		p.give(c, err == nil && !got.Left && c.files < p.config.Files && own < p.config.Memory/2 && c.cpu() < life/2)
		switch {
		case errors.Is(err, errUnasked) && !last:
			continue
		case p.ctx.Err() != nil && err != nil:
			return nil, nil, ErrClosed
		case err != nil:
			return nil, nil, err
		case got.Reason != "":
			return nil, nil, &document.Unreadable{Reason: strings.ToValidUTF8(got.Reason, ""), Detail: strings.ToValidUTF8(got.Detail, "")}
		case got.Error != "":
			return nil, nil, fmt.Errorf("reader: %s", got.Error)
		}
		return got.Value, out, nil
	}
}
