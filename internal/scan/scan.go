// Package scan looks at files without a server and without keeping anything:
// it checks them, masks what must not be repeated, and tells the outcome as a
// colleague would, as JSON or as SARIF.
//
// Masked, nothing that a finding asks to mask or remove is repeated: not in its
// excerpt, nor in the context, reason or part of any finding of the file. The
// path of a file is told as it is, or nobody could find the file.
package scan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"shenfa/internal/check"
	"shenfa/internal/detect"
	"shenfa/internal/document"
)

// Finding is one place the check points at.
type Finding = detect.Finding

// Status is the outcome for one file.
type Status string

// The outcomes, from the one that wins down.
const (
	Quarantine Status = "quarantine" // it bears what looks like a state-secret mark
	Unreadable Status = "unreadable" // it, or all of its content, could not be read
	Found      Status = "found"      // a finding is HOLD or above
	Clean      Status = "clean"      // no finding is; there may be lesser ones
	Empty      Status = "empty"      // a folder named on the command line in which there is no file
)

// Code is the exit code of a scan whose worst file has this status.
func (s Status) Code() int {
	switch s {
	case Clean, Empty:
		return 0
	case Found:
		return 1
	case Quarantine:
		return 3
	}
	return 2
}

// Why a file could not be read. A file that was opened and whose content could
// not be read has Unread, and a finding that says more.
const (
	NotFound     = "not_found"
	NoPermission = "no_permission"
	Faulty       = "io_error"
	Unread       = "unread"
	Broken       = "internal" // a fault of ours
)

// File is the outcome for one file. Its JSON is part of the command line and of
// the API, and only grows.
type File struct {
	File     string    `json:"file"` // as it was named, or its path below a named folder
	Status   Status    `json:"status"`
	Error    string    `json:"error,omitempty"` // why it could not be read
	Type     string    `json:"type,omitempty"`  // media type of its bytes; none if not read
	Size     int64     `json:"size"`            // bytes
	SHA256   string    `json:"sha256,omitempty"`
	Version  string    `json:"version"` // of rule set and lexicon, joined by +
	Findings []Finding `json:"findings"`

	shifts  []Shift   // from what Options.Against finds
	regions []*region // of the findings, in the bytes of a text file; else nil
}

// Programs are those that read what a checker alone cannot, and Tools finds them.
type (
	Programs = document.Tools
	Tools    = func(context.Context) Programs
)

// Options say how to check.
type Options struct {
	Checker check.Checker
	Kind    string // of disclosure; none is allowed
	Show    bool   // unmasked
	// Tools is asked at most once, for the first file that needs one. May be nil.
	Tools Tools
	// Against is another checker, whose findings those of Checker are compared
	// with. May be nil.
	Against *check.Checker
}

// Scanner checks files. It may be used by many at once.
type Scanner struct {
	options Options
	rules   map[string]detect.Rule // by id

	mu     sync.Mutex
	tooled *check.Checker // with tools, once they were asked for
}

// New makes a scanner.
func New(o Options) *Scanner {
	s := &Scanner{options: o, rules: map[string]detect.Rule{}}
	all := o.Checker.Rules()
	if o.Against != nil {
		all = slices.Concat(o.Against.Rules(), all)
	}
	for _, r := range all {
		s.rules[r.ID] = r
	}
	return s
}

// Check checks one file. The error is that ctx has ended.
func (s *Scanner) Check(ctx context.Context, name string, data []byte) (out File, err error) {
	sum := sha256.Sum256(data)
	out = s.file(name)
	out.Size, out.SHA256 = int64(len(data)), hex.EncodeToString(sum[:])
	// A hostile file must not keep the others from being looked at.
	defer func() {
		if fault := recover(); fault != nil {
			out, err = s.refused(name, Broken), nil
		}
	}()
	doc, found, err := s.open(ctx, filepath.Base(name), data)
	if ctx.Err() != nil {
		return out, fmt.Errorf("scan: %w", ctx.Err())
	}
	if err != nil {
		out.Status, out.Error = Unreadable, Broken
		return out, nil
	}
	out.Type, out.Findings = doc.MediaType, append(out.Findings, found...)
	if len(doc.Parts) == 0 {
		out.Status, out.Error = Unreadable, Unread
	}
	for _, f := range found {
		if f.Quarantine {
			out.Status = Quarantine
			break
		}
		if out.Status == Clean && f.Class.Rank() >= detect.Hold.Rank() {
			out.Status = Found
		}
	}
	if s.options.Against == nil {
		out.regions = regions(doc, found)
	}
	if a := s.options.Against; a != nil && len(doc.Parts) > 0 { // what cannot be read is so under any rules
		out.shifts = shifts(a.Document(doc, s.options.Kind), found)
		if !s.options.Show {
			s.maskShifts(&out, found)
		}
	}
	if !s.options.Show {
		s.mask(&out)
	}
	return out, nil
}

// file is a file of which nothing is known yet.
func (s *Scanner) file(name string) File {
	return File{File: name, Status: Clean, Version: s.options.Checker.Version(), Findings: []Finding{}}
}

// refused is a file that could not be read for the reason given.
func (s *Scanner) refused(name, why string) File {
	f := s.file(name)
	f.Status, f.Error = Unreadable, why
	return f
}

// open checks a file without tools first: finding them costs more than most
// files. Only what would remain unread is opened again with them.
func (s *Scanner) open(ctx context.Context, name string, data []byte) (document.Document, []Finding, error) {
	if c := s.withTools(ctx, false); c != nil {
		return c.File(ctx, name, data, s.options.Kind)
	}
	doc, found, err := s.options.Checker.File(ctx, name, data, s.options.Kind)
	if err != nil || s.options.Tools == nil || len(data) > s.options.Checker.MaxBytes() {
		return doc, found, err
	}
	unread := func(p document.Part) bool { return p.Unread != "" }
	if len(doc.Parts) > 0 && !slices.ContainsFunc(doc.Parts, unread) {
		return doc, found, nil
	}
	return s.withTools(ctx, true).File(ctx, name, data, s.options.Kind)
}

// withTools is the checker that has them, or nil if they were not asked for and
// need not be.
func (s *Scanner) withTools(ctx context.Context, ask bool) *check.Checker {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tooled == nil && ask {
		c := s.options.Checker.With(s.options.Tools(ctx))
		s.tooled = &c
	}
	return s.tooled
}

// whole says whether a finding is about a whole part or file, not a place in it.
func (s *Scanner) whole(f Finding) bool {
	return slices.Contains([]string{"hidden_part", "unread_part", "unread_file"}, s.rules[f.Rule].Detector)
}
