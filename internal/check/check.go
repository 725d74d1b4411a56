// Package check is the machine's look at every part of every file: it opens a
// file, searches what is in it, and never calls clean what it could not read.
package check

import (
	"context"
	"errors"
	"fmt"
	"time"

	"shenfa/internal/detect"
	"shenfa/internal/document"
)

// Open opens a file within limits, in this process or in one without rights. The
// error is a [document.Unreadable] if the file is to blame.
type Open func(ctx context.Context, name string, data []byte, limits document.Limits) (document.Document, error)

// Checker is a rule set and a lexicon in force together.
type Checker struct {
	rules   detect.RuleSet
	lexicon detect.Lexicon
	limits  document.Limits
	open    Open
}

// With also has a checker read what takes other programs: text in pictures, old
// office files. That can take a minute a file.
func (c Checker) With(t document.Tools) Checker {
	return c.Through(func(ctx context.Context, name string, data []byte, limits document.Limits) (document.Document, error) {
		return document.OpenWith(ctx, t, name, data, limits)
	})
}

// Through has a checker open files by somebody else; nil leaves it as it is.
func (c Checker) Through(open Open) Checker {
	if open != nil {
		c.open = open
	}
	return c
}

// At returns the checker in force at an instant. It opens files here, without tools.
func At(now time.Time) (Checker, error) {
	rules, err := detect.Current(now)
	if err != nil {
		return Checker{}, fmt.Errorf("rule set: %w", err)
	}
	lexicon, err := detect.DemoLexicon()
	if err != nil {
		return Checker{}, fmt.Errorf("lexicon: %w", err)
	}
	return Checker{rules: rules, lexicon: lexicon.At(now), limits: document.DefaultLimits()}.With(document.Tools{}), nil
}

// Version names what findings rest on: rule set and lexicon.
func (c Checker) Version() string { return c.rules.Name() + "+" + c.lexicon.Version }

// File checks one file of a disclosure of that kind. A file that cannot be read
// gives a finding that says so; doc is then empty.
func (c Checker) File(ctx context.Context, name string, data []byte, kind string) (doc document.Document, found []detect.Finding, err error) {
	doc, err = c.open(ctx, name, data, c.limits)
	if bad := (*document.Unreadable)(nil); errors.As(err, &bad) {
		return document.Document{}, []detect.Finding{c.rules.Unreadable(name, bad.Reason)}, nil
	}
	if err != nil {
		return document.Document{}, nil, fmt.Errorf("open file: %w", err)
	}
	return doc, c.Document(doc, kind), nil
}

// Text checks what was typed into one field of a form.
func (c Checker) Text(field, text, kind string) []detect.Finding {
	return c.rules.Check([]detect.Part{{Name: field, Text: text}}, c.lexicon, kind)
}

// Finding is one place the check points at.
type Finding = detect.Finding

// Differ sets apart what only one of two checks of the same file found.
func Differ(before, after []Finding) (gone, added []Finding) { return detect.Differ(before, after) }

// Report is what was found in one file, and what the file speaks of.
type Report struct {
	Found  []Finding `json:"found"`
	Traces []Trace   `json:"traces"`
	Unread bool      `json:"unread"` // nothing of it could be read, which is what was found
}

// Report checks one file of a disclosure of that kind.
func (c Checker) Report(ctx context.Context, name string, data []byte, kind string) (Report, error) {
	doc, found, err := c.File(ctx, name, data, kind)
	if err != nil {
		return Report{}, err
	}
	return Report{Found: found, Traces: c.rules.Traces(partsOf(doc), found), Unread: len(doc.Parts) == 0}, nil
}

// Untreated is the finding for a file that would be public as it was uploaded.
func (c Checker) Untreated(name, code string) Finding { return c.rules.Untreated(name, code) }

// Removed lowers what was found in a file and is not in what would be public of it.
func Removed(original, public []Finding) []Finding { return detect.Removed(original, public) }

// Prompts asks what a file adds to what is out already, about everything it speaks of.
// known finds the other disclosures that speak of the same.
func (c Checker) Prompts(traces []Trace, known func(Trace) ([]Known, error)) (prompts []Finding, err error) {
	for _, t := range traces {
		others, err := known(t)
		if err != nil {
			return nil, err
		}
		if f, ok := c.rules.Aggregate(t, others); ok {
			prompts = append(prompts, f)
		}
	}
	return prompts, nil
}

// Trace is something a file speaks of, and Known what another disclosure tells of it.
type (
	Trace = detect.Trace
	Known = detect.Known
)
