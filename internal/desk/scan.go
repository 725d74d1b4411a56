package desk

import (
	"context"

	"shenfa/internal/check"
	"shenfa/internal/disclosure"
	"shenfa/internal/scan"
)

// ScanInput are files to look at before anything is made of them.
type ScanInput struct {
	Kind  string // of disclosure; may be empty
	Files []Upload
}

// ScanReport is what was found in them, masked.
type ScanReport struct {
	Quarantine bool        `json:"quarantine"` // a file bears what looks like a state-secret mark
	Status     scan.Status `json:"status"`     // of the worst file
	Files      []ScanFile  `json:"files"`      // in the order sent
}

// ScanFile is the outcome for one file, and ScanFinding one place in it.
type (
	ScanFile    = scan.File
	ScanFinding = scan.Finding
)

// Scan checks files as of now and keeps nothing of them. Only that there was a
// mark is written down, with the hash of the file.
func (d *Desk) Scan(ctx context.Context, who Actor, in ScanInput) (ScanReport, error) {
	if err := d.needs(ctx, who, disclosure.MayCreate, "scan", ""); err != nil {
		return ScanReport{}, err
	}
	for i := range in.Files {
		if err := checkUpload(&in.Files[i], "file", disclosure.MaxAttachment); err != nil {
			return ScanReport{}, err
		}
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return ScanReport{}, err
	}
	checker, err := check.For(ctx, d.store, who.Unit, now)
	if err != nil {
		return ScanReport{}, err
	}
	s := scan.New(scan.Options{Checker: checker.Through(d.open), Kind: in.Kind})
	var sum scan.Summary
	out := ScanReport{Files: make([]ScanFile, len(in.Files))}
	for i, u := range in.Files {
		f, err := s.Check(ctx, u.Name, u.Data)
		if err != nil {
			return ScanReport{}, err
		}
		if f.Status == scan.Quarantine {
			out.Quarantine = true
			d.note(ctx, who, "scan", "sha256:"+f.SHA256, string(f.Status), nil)
		}
		sum.Add(f)
		out.Files[i] = f
	}
	out.Status = sum.Worst
	return out, nil
}
