package scan

import (
	"slices"
)

// Shift is what another rule set makes of one finding. Exactly one of the two is
// nil for a finding that only one of them has.
type Shift struct {
	Old *Finding `json:"old"`
	New *Finding `json:"new"`
}

// Shifts are the differences of one file.
type Shifts struct {
	File   string  `json:"file"`
	Error  string  `json:"error,omitempty"` // why it could not be read
	Shifts []Shift `json:"shifts"`
}

// spot is what a finding is the same by.
type spot struct {
	rule, part string
	start, end int
}

// shifts compares what two rule sets find: what is new, gone, or of another class
// or treatment. Two findings of a rule at one place are the same.
func shifts(older, newer []Finding) []Shift {
	out := []Shift{}
	at := func(f Finding) spot { return spot{f.Rule, f.Part, f.Start, f.End} }
	before := map[spot][]Finding{}
	for _, f := range older {
		before[at(f)] = append(before[at(f)], f)
	}
	for _, f := range newer {
		same := before[at(f)]
		if len(same) == 0 {
			out = append(out, Shift{New: &f})
			continue
		}
		before[at(f)] = same[1:]
		if old := same[0]; old.Class != f.Class || old.Treatment != f.Treatment || old.Quarantine != f.Quarantine {
			out = append(out, Shift{Old: &old, New: &f})
		}
	}
	for _, f := range older {
		if gone := before[at(f)]; len(gone) > 0 {
			before[at(f)] = gone[1:]
			out = append(out, Shift{Old: &f})
		}
	}
	return out
}

// Shifts is what Options.Against would change in a file that was checked.
func (f File) Shifts() Shifts {
	return Shifts{File: f.File, Error: f.Error, Shifts: f.shifts}
}

// maskShifts masks the findings of shifts as it does those of the file.
func (s *Scanner) maskShifts(f *File, found []Finding) {
	var all []*Finding
	for i := range f.shifts {
		for _, p := range []*Finding{f.shifts[i].Old, f.shifts[i].New} {
			if p != nil {
				all = append(all, p)
			}
		}
	}
	both := File{Status: f.Status, Findings: slices.Clone(found)} // what is found masks what is gone, too
	for _, p := range all {
		if p.Quarantine {
			both.Status = Quarantine
		}
		both.Findings = append(both.Findings, *p)
	}
	s.mask(&both)
	for i, p := range all {
		*p = both.Findings[len(found)+i]
	}
}
