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
func (c Checker) Version() string { return c.rules.Version + "+" + c.lexicon.Version }

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
	parts := make([]detect.Part, len(doc.Parts))
	for i, p := range doc.Parts {
		parts[i] = detect.Part(p)
	}
	return doc, c.rules.Check(parts, c.lexicon, kind), nil
}

// Text checks what was typed into one field of a form.
func (c Checker) Text(field, text, kind string) []detect.Finding {
	return c.rules.Check([]detect.Part{{Name: field, Text: text}}, c.lexicon, kind)
}
