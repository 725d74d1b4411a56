package activities

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
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
	Open       int // findings that wait for a disposition
	Quarantine bool
}

// CheckProgress is how far a check is. It travels with every heartbeat, and says
// nothing of what is in the files.
type CheckProgress struct {
	Done, Files int
	Page, Pages int `json:",omitzero"` // of the file that is being read, where it has pages
}

// Check looks at every part of every file of a version on the rules in force,
// and at what was typed into the form. It runs before the reviews, and again before
// the release if the rules change until then.
func (a *Activities) Check(ctx context.Context, in CheckInput) (CheckResult, error) {
	var at atomic.Pointer[CheckProgress]
	at.Store(&CheckProgress{})
	defer beat(ctx, func() []any { return []any{*at.Load()} })()
	now, err := a.Store.Now(ctx)
	if err != nil {
		return CheckResult{}, fmt.Errorf("database clock: %w", err)
	}
	if in.At.After(now) {
		now = in.At
	}
	checker, err := check.At(now)
	if err != nil {
		return CheckResult{}, err
	}
	checker = checker.Through(a.Open)
	done, quarantine, err := a.Store.CheckDone(ctx, in.ID, in.Version, checker.Version())
	if err != nil {
		return CheckResult{}, err
	}
	if !done {
		if quarantine, err = a.check(ctx, in, checker, at.Store); err != nil {
			return CheckResult{}, err
		}
	}
	if quarantine {
		return CheckResult{Quarantine: true}, nil
	}
	open, err := a.Store.OpenFindings(ctx, in.ID, in.Version)
	return CheckResult{Open: open}, err
}

func (a *Activities) check(ctx context.Context, in CheckInput, checker check.Checker, progress func(*CheckProgress)) (quarantine bool, err error) {
	v, err := a.Store.Version(ctx, in.ID, in.Version)
	if err != nil {
		return false, fmt.Errorf("version: %w", err)
	}
	d := v.Draft
	var found []store.Found
	for _, field := range []struct{ name, text string }{
		{"title", d.Title},
		{"summary", d.Summary},
		{"document_number", d.DocumentNumber},
		{"topic", d.Topic},
		{"keywords", strings.Join(d.Keywords, "\n")},
		{"reason", d.Reason},
		{"correction", d.Correction},
	} {
		for _, f := range checker.Text(field.name, field.text, d.Kind) {
			found = append(found, store.Found{Finding: f, File: "form"})
		}
	}
	if mark := firstMark(found); mark != nil {
		return true, a.Store.Quarantine(ctx, in.ID, in.Version, checker.Version(), mark.Context, nil, true)
	}
	files := append([]disclosure.File{*d.Source}, d.Attachments...)
	for i, f := range files {
		data, err := a.Store.Blob(ctx, in.ID, f.Blob)
		if err != nil {
			return false, fmt.Errorf("file %d: %w", i, err)
		}
		name := f.Name
		if i == 0 {
			name = "body"
		}
		progress(&CheckProgress{Done: i, Files: len(files)})
		reading := document.WithProgress(ctx, func(p document.Progress) {
			progress(&CheckProgress{Done: i, Files: len(files), Page: p.Page, Pages: p.Pages})
		})
		_, hits, err := checker.File(reading, f.Name, data, d.Kind)
		if err != nil {
			return false, fmt.Errorf("check file %d: %w", i, err)
		}
		marked := make([]store.Found, 0, len(hits))
		for _, h := range hits {
			marked = append(marked, store.Found{Finding: h, File: name})
		}
		if mark := firstMark(marked); mark != nil {
			sum := sha256.Sum256(data)
			cleared, err := a.Store.Cleared(ctx, in.ID, sum[:])
			if err != nil {
				return false, err
			}
			if !cleared {
				return true, a.Store.Quarantine(ctx, in.ID, in.Version, checker.Version(), mark.Context, sum[:], false)
			}
			release(marked)
		}
		found = append(found, marked...)
	}
	return false, a.Store.SaveCheck(ctx, in.ID, in.Version, checker.Version(), found)
}

func firstMark(found []store.Found) *detect.Finding {
	for i := range found {
		if found[i].Quarantine {
			return &found[i].Finding
		}
	}
	return nil
}

// release lowers the marks of a file that two people have cleared to findings that
// a person disposes of like any other.
func release(found []store.Found) {
	for i := range found {
		if found[i].Quarantine {
			found[i].Quarantine, found[i].Class = false, detect.Hold
		}
	}
}
