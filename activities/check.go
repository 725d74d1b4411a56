package activities

import (
	"context"
	"crypto/sha256"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"shenfa/internal/check"
	"shenfa/internal/detect"
	"shenfa/internal/disclosure"
	"shenfa/internal/document"
	"shenfa/internal/store"
)

// CheckInput names the version to check, and the instant whose rules it has to meet
// if that is later than now: those in force when it becomes public.
type CheckInput struct {
	ID      string
	Version int
	At      time.Time `json:",omitzero"`
}

// CheckResult says what the road needs to know of a check: never what was found.
type CheckResult struct {
	Open       int               // findings that wait for a disposition
	Flags      []disclosure.Flag // what the findings raise
	Quarantine bool
}

// CheckProgress is how far a check is. It travels with every heartbeat, and says
// nothing of what is in the files.
type CheckProgress store.Progress

// Check looks at every part of every file of a version on the rules in force,
// and at what was typed into the form. It runs before the reviews, and again before
// the release if the rules change until then.
func (a *Activities) Check(ctx context.Context, in CheckInput) (CheckResult, error) {
	var at atomic.Pointer[CheckProgress]
	at.Store(&CheckProgress{})
	defer beat(ctx, func() []any {
		p := *at.Load()
		_ = a.Store.SaveProgress(ctx, in.ID, in.Version, store.Progress(p)) // for who looks; the check does not need it
		return []any{p}
	})()
	now, err := a.Store.Now(ctx)
	if err != nil {
		return CheckResult{}, fmt.Errorf("database clock: %w", err)
	}
	if in.At.After(now) {
		now = in.At
	}
	c, err := a.Store.Case(ctx, in.ID)
	if err != nil {
		return CheckResult{}, err
	}
	checker, err := check.For(ctx, a.Store, c.Unit, now)
	if err != nil {
		return CheckResult{}, err
	}
	checker = checker.Through(a.Open)
	done, quarantine, err := a.Store.CheckDone(ctx, in.ID, in.Version, checker.Version())
	if err != nil {
		return CheckResult{}, err
	}
	if !done {
		if quarantine, err = a.check(ctx, in, c.Unit, checker, at.Store); err != nil {
			return CheckResult{}, err
		}
	}
	if quarantine {
		return CheckResult{Quarantine: true}, nil
	}
	open, err := a.Store.OpenFindings(ctx, in.ID, in.Version)
	if err != nil {
		return CheckResult{}, err
	}
	rules, err := a.Store.RulesFound(ctx, in.ID, in.Version)
	return CheckResult{Open: open, Flags: disclosure.FlagsFound(rules)}, err
}

func (a *Activities) check(ctx context.Context, in CheckInput, unit string, checker check.Checker, progress func(*CheckProgress)) (quarantine bool, err error) {
	v, err := a.Store.Version(ctx, in.ID, in.Version)
	if err != nil {
		return false, fmt.Errorf("version: %w", err)
	}
	d := v.Draft
	var found []store.Found
	for _, field := range d.Texts() {
		found = append(found, of("form", checker.Text(field.Name, field.Text, d.Kind))...)
	}
	if mark := firstMark(found); mark != nil {
		return true, a.Store.Quarantine(ctx, in.ID, in.Version, checker.Version(), mark.Context, nil, true)
	}
	var traces []check.Trace
	files := append([]disclosure.File{*d.Source}, d.Attachments...)
	for i, f := range files {
		name := f.Name
		if i == 0 {
			name = "body"
		}
		progress(&CheckProgress{Done: i, Files: len(files)})
		reading := document.WithProgress(ctx, func(p document.Progress) {
			progress(&CheckProgress{Done: i, Files: len(files), Page: p.Page, Pages: p.Pages})
		})
		r, mark, err := a.checkBoth(reading, in, f, d.Kind, checker)
		switch {
		case err != nil:
			return false, fmt.Errorf("check file %d: %w", i, err)
		case mark != nil:
			return true, a.Store.Quarantine(ctx, in.ID, in.Version, checker.Version(), mark.line, mark.sum, false)
		}
		prompts, err := checker.Prompts(r.Traces, func(t check.Trace) ([]check.Known, error) { return a.Store.Known(ctx, in.ID, unit, t) })
		if err != nil {
			return false, err
		}
		found = append(found, of(name, append(r.Found, prompts...))...)
		traces = append(traces, r.Traces...)
	}
	if err := a.Store.SaveTraces(ctx, in.ID, unit, in.Version, traces); err != nil {
		return false, err
	}
	return false, a.Store.SaveCheck(ctx, in.ID, in.Version, checker.Version(), found)
}

// seenMark is a state-secret mark that nobody has cleared.
type seenMark struct {
	line string
	sum  []byte // of the file, SHA-256
}

// checkBoth checks what would be public of a file, and the file it was made from: what
// stands in that only is told for the record, but a mark there counts.
func (a *Activities) checkBoth(ctx context.Context, in CheckInput, f disclosure.File, kind string, checker check.Checker) (check.Report, *seenMark, error) {
	r, mark, err := a.checkFile(ctx, in, f, kind, checker)
	if err != nil || mark != nil {
		return r, mark, err
	}
	if f.Untreated != "" && !r.Unread {
		r.Found = append(r.Found, checker.Untreated(f.Name, f.Untreated))
	}
	if f.Original == nil {
		return r, nil, nil
	}
	original, mark, err := a.checkFile(ctx, in, disclosure.File{Blob: f.Original.Blob, Named: f.Original.Named}, kind, checker)
	if err != nil || mark != nil {
		return r, mark, err
	}
	r.Found = append(r.Found, check.Removed(original.Found, r.Found)...)
	return r, nil, nil
}

// checkFile reads one file, unless the same program has read it before on the same rules.
func (a *Activities) checkFile(ctx context.Context, in CheckInput, f disclosure.File, kind string, checker check.Checker) (check.Report, *seenMark, error) {
	print := strings.Join([]string{f.Blob, f.Name, kind, checker.Version(), program()}, "\x00")
	r, done, err := a.Store.Checked(ctx, in.ID, print)
	if err != nil || done {
		return r, nil, err
	}
	data, err := a.Store.Blob(ctx, in.ID, f.Blob)
	if err != nil {
		return r, nil, err
	}
	if r, err = checker.Report(ctx, f.Name, data, kind); err != nil {
		return r, nil, err
	}
	marked := of("", r.Found)
	if mark := firstMark(marked); mark != nil {
		sum := sha256.Sum256(data)
		cleared, err := a.Store.Cleared(ctx, in.ID, sum[:])
		if err != nil {
			return r, nil, err
		}
		if !cleared {
			return r, &seenMark{mark.Context, sum[:]}, nil
		}
		release(r.Found)
	}
	return r, nil, a.Store.SaveChecked(ctx, in.ID, print, r)
}

// program names this very build, so that what an older one did not see is looked for.
var program = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	id := info.Main.Version
	for _, s := range info.Settings {
		if strings.HasPrefix(s.Key, "vcs.") {
			id += " " + s.Value
		}
	}
	return id
})

// of says in which file something was found.
func of(file string, found []check.Finding) []store.Found {
	all := make([]store.Found, len(found))
	for i, f := range found {
		all[i] = store.Found{Finding: f, File: file}
	}
	return all
}

func firstMark(found []store.Found) *check.Finding {
	for i := range found {
		if found[i].Quarantine {
			return &found[i].Finding
		}
	}
	return nil
}

// release lowers the marks of a file that two people have cleared to findings that
// a person disposes of like any other.
func release(found []check.Finding) {
	for i := range found {
		if found[i].Quarantine {
			found[i].Quarantine, found[i].Class = false, detect.Hold
		}
	}
}
