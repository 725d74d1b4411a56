package check

import (
	"slices"

	"shenfa/internal/detect"
	"shenfa/internal/document"
)

// Of returns a checker of these rules and this lexicon, whatever is in force.
// The terms of the lexicon are taken as they are; files are opened without tools.
func Of(rules detect.RuleSet, lexicon detect.Lexicon) Checker {
	return Checker{rules: rules, lexicon: lexicon, limits: document.DefaultLimits()}.With(document.Tools{})
}

// Rules lists the rules findings rest on.
func (c Checker) Rules() []detect.Rule { return slices.Clone(c.rules.Rules) }

// MaxBytes is the size of the largest file that is read.
func (c Checker) MaxBytes() int { return c.limits.Bytes }

// Document checks a file of a disclosure of that kind that was opened before.
func (c Checker) Document(doc document.Document, kind string) []detect.Finding {
	return c.rules.Check(partsOf(doc), c.lexicon, kind)
}

func partsOf(doc document.Document) []detect.Part {
	parts := make([]detect.Part, len(doc.Parts))
	for i, p := range doc.Parts {
		parts[i] = detect.Part(p)
	}
	return parts
}

// RuleSets lists the shipped versions of the rules, oldest first.
func RuleSets() ([]detect.RuleSet, error) { return detect.Shipped() }
