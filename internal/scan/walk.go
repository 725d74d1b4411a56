package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Source is what to scan.
type Source struct {
	Paths []string  // files and folders in the order to tell them; - is Stdin
	Stdin io.Reader // read to its end for the path -
	Name  string    // what Stdin is called
}

// parallel is how many files are looked at at a time.
const parallel = 2

// job is one file on its way; done takes one outcome.
type job struct {
	name string
	in   io.Reader // instead of the file of that name
	done chan File
}

// Run checks every file of src and hands the outcomes to tell one by one: the
// paths as they are given, in a folder by name, hidden files and sub-folders
// included. Links in a folder are not followed. It holds a handful of files at a
// time, however many there are, and returns at once when ctx ends. The count is
// of what was passed over, links and devices; the error is that of ctx or tell.
func (s *Scanner) Run(ctx context.Context, src Source, tell func(File) error) (passed int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	work, order := make(chan job), make(chan job, 2*parallel)
	w := walk{ctx: ctx, s: s, src: src, work: work, order: order}
	go w.all()
	for range parallel {
		go func() {
			for j := range work {
				f, err := s.read(ctx, j)
				if err != nil {
					return
				}
				j.done <- f
			}
		}()
	}
	for j := range order {
		select {
		case f := <-j.done:
			if err := tell(f); err != nil {
				return 0, err
			}
		case <-ctx.Done():
			return 0, fmt.Errorf("scan: %w", ctx.Err())
		}
	}
	if ctx.Err() != nil {
		return 0, fmt.Errorf("scan: %w", ctx.Err())
	}
	return w.passed, nil
}

// walk finds the files.
type walk struct {
	ctx    context.Context //nolint:containedctx // the life of one call
	s      *Scanner
	src    Source
	work   chan<- job
	order  chan<- job
	passed int
}

func (w *walk) all() {
	defer close(w.work)
	defer close(w.order)
	for _, path := range w.src.Paths {
		if w.ctx.Err() != nil {
			return
		}
		if path == "-" {
			w.check(w.src.Name, w.src.Stdin)
			continue
		}
		info, err := os.Stat(path)
		switch {
		case err != nil:
			w.say(w.s.refused(path, why(err)))
		case !info.IsDir():
			w.check(path, nil)
		case !w.folder(path) && w.ctx.Err() == nil:
			f := w.s.file(path)
			f.Status = Empty
			w.say(f)
		}
	}
}

// folder says whether there was anything to tell of.
func (w *walk) folder(path string) (any bool) {
	entries, err := os.ReadDir(path)
	if err != nil {
		w.say(w.s.refused(path, why(err)))
		any = true
	}
	for _, e := range entries {
		name := filepath.Join(path, e.Name())
		switch {
		case w.ctx.Err() != nil:
			return any
		case e.IsDir():
			any = w.folder(name) || any
		case e.Type().IsRegular():
			w.check(name, nil)
			any = true
		default:
			w.passed++
		}
	}
	return any
}

// say puts an outcome in its place among the others.
func (w *walk) say(f File) {
	j := job{done: make(chan File, 1)}
	j.done <- f
	w.send(w.order, j)
}

func (w *walk) check(name string, in io.Reader) {
	j := job{name: name, in: in, done: make(chan File, 1)}
	w.send(w.order, j)
	w.send(w.work, j)
}

func (w *walk) send(to chan<- job, j job) {
	select {
	case to <- j:
	case <-w.ctx.Done():
	}
}

// read reads one file, not much beyond what is checked, and checks it.
func (s *Scanner) read(ctx context.Context, j job) (File, error) {
	in, size := j.in, int64(0)
	if in == nil {
		f, err := os.Open(j.name)
		if err != nil {
			return s.refused(j.name, why(err)), nil
		}
		defer f.Close() //nolint:errcheck // only read
		if info, err := f.Stat(); err == nil {
			size = info.Size()
		}
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, int64(s.options.Checker.MaxBytes())+1))
	if err != nil {
		return s.refused(j.name, why(err)), nil
	}
	out, err := s.Check(ctx, j.name, data)
	if len(data) > s.options.Checker.MaxBytes() { // only its beginning was read
		out.Size, out.SHA256 = max(size, int64(len(data))), ""
	}
	return out, err
}

func why(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return NotFound
	case errors.Is(err, fs.ErrPermission):
		return NoPermission
	}
	return Faulty
}
