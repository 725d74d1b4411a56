package desk

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"shenfa/internal/check"
	"shenfa/internal/disclosure"
)

// MaxLexicon is how large an imported list may be, in bytes.
const MaxLexicon = 16 << 20

// LexiconVersion is one imported version of the unit's own list.
type LexiconVersion struct {
	Version int       `json:"version"`
	Digest  string    `json:"digest"` // as findings and manifests name it
	Terms   int       `json:"terms"`
	From    time.Time `json:"effective_from"`
	By      Ref       `json:"by"`
}

// LexiconImport tells what an import changes, or would change.
type LexiconImport struct {
	Version int     `json:"version"` // in force now; of a trial: before
	Digest  string  `json:"digest"`
	Terms   int     `json:"terms"`
	Added   int     `json:"added"`
	Removed int     `json:"removed"`
	Changed int     `json:"changed"` // same term, other class, reason or conditions
	Over    *Change `json:"over"`    // of a trial: what it would change over past items
}

// Lexicons lists the versions of the unit's list, newest first.
func (d *Desk) Lexicons(ctx context.Context, who Actor) ([]LexiconVersion, error) {
	if err := d.needs(ctx, who, disclosure.MayCurate, "read_lexicon", who.Unit); err != nil {
		return nil, err
	}
	rows, err := d.store.Lexicons(ctx, who.Unit)
	if err != nil {
		return nil, err
	}
	all := []LexiconVersion{}
	for _, r := range rows {
		all = append(all, LexiconVersion{Version: r.Version, Digest: r.Digest, Terms: r.Terms, From: r.From, By: Ref{ID: r.By, Name: r.ByName}})
	}
	return all, nil
}

// Lexicon opens one version as CSV. What a list names is itself not public: reading it
// is written down.
func (d *Desk) Lexicon(ctx context.Context, who Actor, version int) (FileData, error) {
	if err := d.needs(ctx, who, disclosure.MayCurate, "read_lexicon", who.Unit); err != nil {
		return FileData{}, err
	}
	rows, err := d.store.LexiconRows(ctx, who.Unit, version)
	if err != nil {
		return FileData{}, err
	}
	d.note(ctx, who, "read_lexicon", who.Unit, "ok", map[string]string{"version": strconv.Itoa(version)})
	const csv = "text/csv; charset=utf-8"
	return FileData{Name: fmt.Sprintf("lexicon-%d.csv", version), Content: disclosure.Sum(csv, rows), Data: rows}, nil
}

// ImportLexicon makes a CSV file or workbook the unit's list from now on. With try it
// only tells what would change.
func (d *Desk) ImportLexicon(ctx context.Context, who Actor, u Upload, try bool) (LexiconImport, error) {
	if err := d.needs(ctx, who, disclosure.MayCurate, "import_lexicon", who.Unit); err != nil {
		return LexiconImport{}, err
	}
	if err := checkUpload(&u, "file", MaxLexicon); err != nil {
		return LexiconImport{}, err
	}
	next, rows, err := check.ReadList(u.Name, u.Data)
	if err != nil {
		return LexiconImport{}, disclosure.Refuse(disclosure.BadFile, "file", "name", u.Name, "why", err.Error())
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return LexiconImport{}, err
	}
	before, err := d.store.Lexicon(ctx, who.Unit, now)
	if err != nil {
		return LexiconImport{}, err
	}
	out := LexiconImport{Digest: next.Version, Terms: len(next.Terms)}
	out.Added, out.Removed, out.Changed = before.Compare(next)
	if try {
		all, err := d.store.Lexicons(ctx, who.Unit)
		if err != nil {
			return LexiconImport{}, err
		}
		if len(all) > 0 {
			out.Version = all[0].Version
		}
		out.Over, err = d.wouldChange(ctx, who, func(in check.Checker) (check.Checker, error) { return in.WithLexicon(next.At(now)), nil })
		return out, err
	}
	out.Version, err = d.store.ImportLexicon(ctx, who.Person, next, rows)
	return out, err
}
