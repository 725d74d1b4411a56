package reader

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"shenfa/internal/document"
	"shenfa/internal/document/pdf"
	"shenfa/internal/treatment"
)

// orders are what a child is told at its start, as its one argument.
type orders struct {
	Temp     string    // the only directory it may write to
	State    string    // file in the cache that says whether that is filled
	Warm     bool      // only compile the PDF engine into the cache, then go
	Memory   int64     // bytes it should stay under
	CPU      uint64    // seconds of its life
	Shared   bool      // /tmp is everybody's
	Confined bool      // the restrictions are on
	Lacking  []lacking // the ones that are not
}

// The descriptor of the cache of the PDF engine, the only one a child inherits
// besides its pipes. Nothing above it can be reached by it.
const cacheFD = 3

// What the state file of a pool says of the engine; nothing as long as it is compiled.
const (
	ready  = "ready"
	failed = "failed"
)

// Run is a child: it confines itself, starts anew under the restrictions, and answers
// questions on in and out until in ends. args are those the pool started it with.
func Run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	return run(ctx, args, in, out, kinds)
}

func run(ctx context.Context, args []string, in io.Reader, out io.Writer, table func(treatment.Tools) map[string]handler) error {
	var o orders
	if len(args) != 1 || json.Unmarshal([]byte(args[0]), &o) != nil {
		return errors.New("shenfa starts this by itself, to read files in a process without rights")
	}
	if !o.Confined {
		return confine(o) // does not return but with an error
	}
	settle(o)
	if o.Warm {
		return warm()
	}
	if err := send(out, hello, o.Lacking, nil); err != nil {
		return err
	}
	questions := make(chan message)
	go listen(in, questions)
	s := server{out: out, temp: o.Temp, kinds: table(installed(ctx, o.State))}
	for m := range questions {
		if err := s.serve(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// settle arranges what a process can only arrange from inside.
func settle(o orders) {
	debug.SetMemoryLimit(o.Memory / 2)
	debug.SetGCPercent(50)
	debug.SetMaxStack(64 << 20)
	runtime.GOMAXPROCS(min(2, runtime.GOMAXPROCS(0)))
	undumpable()
	forget()
}

// listen ends the process when nobody is left to ask: also in the middle of a file.
func listen(in io.Reader, to chan<- message) {
	for {
		m, err := receive(in)
		if err != nil {
			os.Exit(0)
		}
		to <- m
	}
}

// installed are the tools of this machine, with the PDF engine out of the cache.
func installed(ctx context.Context, state string) treatment.Tools {
	engine, ready := engine(), func(ctx context.Context) error { return await(ctx, filepath.Join(cache(), state)) }
	t := treatment.Tools{Tools: document.Installed(ctx)}
	t.PDF = func(ctx context.Context, data []byte, limits pdf.Limits) (pdf.Document, error) {
		if err := ready(ctx); err != nil {
			return pdf.Document{}, err
		}
		return engine.Open(ctx, data, limits) //nolint:wrapcheck // an Unreadable
	}
	t.CleanPDF = func(ctx context.Context, data []byte) ([]byte, []treatment.Removed, error) {
		if err := ready(ctx); err != nil {
			return nil, nil, err
		}
		return treatment.CleanPDF(ctx, engine, data)
	}
	t.MaskPDF = func(ctx context.Context, data []byte, masks []treatment.Mask) ([]byte, []treatment.Mask, error) {
		if err := ready(ctx); err != nil {
			return nil, nil, err
		}
		return treatment.MaskPDF(ctx, engine, data, masks)
	}
	return t
}

// await waits until the engine is compiled, which takes more memory than a child has.
func await(ctx context.Context, state string) error {
	for {
		switch word, err := os.ReadFile(state); {
		case err != nil:
			return fmt.Errorf("wait for the pdf engine: %w", err)
		case string(word) == ready:
			return nil
		case string(word) == failed:
			return errors.New("the pdf engine is not there")
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the pdf engine: %w", ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

type server struct {
	out   io.Writer
	temp  string
	kinds map[string]handler
}

// reportEvery is the least time between two reports.
const reportEvery = 100 * time.Millisecond

func (s *server) serve(ctx context.Context, m message) error {
	var q asked
	if err := json.Unmarshal(m.value, &q); err != nil || m.what != question {
		return errMessage
	}
	do, known := s.kinds[q.Kind]
	if !known {
		return send(s.out, answer, answered{Error: fmt.Sprintf("a question of unknown kind %q", q.Kind)}, nil)
	}
	if err := send(s.out, taken, none{}, nil); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(q.Time))
	defer cancel()
	pause := time.NewTimer(reportEvery)
	defer pause.Stop()
	var lost error
	value, data, err := do(document.WithProgress(ctx, func(p document.Progress) {
		select {
		case <-pause.C:
			lost = errors.Join(lost, send(s.out, report, p, nil))
			pause.Reset(reportEvery)
		default:
		}
	}), q.Value, m.data)
	if lost != nil {
		return lost
	}
	a := answered{Left: s.tidy()}
	bad := (*document.Unreadable)(nil)
	switch {
	case errors.As(err, &bad):
		a.Reason, a.Detail, data = bad.Reason, bad.Detail, nil
	case err == nil:
		a.Value, err = json.Marshal(value)
	}
	if err != nil && bad == nil {
		a.Error, data = err.Error(), nil
	}
	return send(s.out, answer, a, data)
}

// tidy removes what an answer left behind in the temporary directory, and says
// whether programs were left behind too: only another child is free of those.
func (s *server) tidy() (left bool) {
	if entries, err := os.ReadDir(s.temp); err == nil {
		for _, e := range entries {
			left = os.RemoveAll(filepath.Join(s.temp, e.Name())) != nil || left
		}
	}
	for {
		// The child is the parent of all orphans among its descendants.
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if pid <= 0 {
			return left || err == nil
		}
	}
}

// warm compiles the PDF engine into the cache by reading a page without anything.
func warm() error {
	return engine().Warm() //nolint:wrapcheck // says what it is
}

func engine() *pdf.Reader {
	return pdf.NewReader(pdf.Options{Cache: cache()})
}

func cache() string { return fmt.Sprintf("/proc/self/fd/%d", cacheFD) }

// programs are the tools that a child may start, where they are installed.
func programs() (found []string) {
	for _, name := range []string{"tesseract", "soffice", "libreoffice"} {
		if path, err := exec.LookPath(name); err == nil {
			if real, err := filepath.EvalSymlinks(path); err == nil {
				found = append(found, real)
			}
		}
	}
	return found
}
