package desk

import (
	"cmp"
	"context"
	"time"

	"shenfa/internal/check"
	"shenfa/internal/disclosure"
)

// Bounds of looking over past items while somebody waits.
const (
	changeItems = 200
	changeTime  = 10 * time.Second
)

// Change is what another list, or another rule set, would find in what is out already.
type Change struct {
	Looked int           `json:"looked"` // items looked at, newest first
	More   bool          `json:"more"`   // there are older ones
	Items  []ChangedItem `json:"items"`  // those in which something would change
}

// ChangedItem is one public disclosure that would be judged otherwise.
type ChangedItem struct {
	Number string        `json:"number"`
	Title  string        `json:"title"`
	Gone   []ChangedSpot `json:"gone"`
	Added  []ChangedSpot `json:"added"`
}

// ChangedSpot is a finding that only one of the two would make.
type ChangedSpot struct {
	File    string `json:"file"` // "body", or an attachment's name
	Part    string `json:"part"`
	Line    int    `json:"line"`
	Rule    string `json:"rule"`
	Class   string `json:"class"`
	Excerpt string `json:"excerpt"` // public already
	Reason  string `json:"reason"`
}

// RulesAt tells what the rules that will be in force at an instant would change over
// past items.
func (d *Desk) RulesAt(ctx context.Context, who Actor, at time.Time) (Change, error) {
	if err := d.needs(ctx, who, disclosure.MayCurate, "preview_rules", who.Unit); err != nil {
		return Change{}, err
	}
	c, err := d.wouldChange(ctx, who, func(check.Checker) (check.Checker, error) { return check.For(ctx, d.store, who.Unit, at) })
	if err != nil {
		return Change{}, err
	}
	return *c, nil
}

// wouldChange compares the checker in force with another one over the unit's public items.
func (d *Desk) wouldChange(ctx context.Context, who Actor, other func(check.Checker) (check.Checker, error)) (*Change, error) {
	now, err := d.store.Now(ctx)
	if err != nil {
		return nil, err
	}
	present, err := check.For(ctx, d.store, who.Unit, now)
	if err != nil {
		return nil, err
	}
	present = present.Through(d.open)
	next, err := other(present)
	if err != nil {
		return nil, err
	}
	enough, cancel := context.WithTimeout(ctx, changeTime)
	defer cancel()
	items, err := d.store.PublicItems(ctx, time.Time{}, "", changeItems+1)
	if err != nil {
		return nil, err
	}
	out := &Change{Items: []ChangedItem{}}
	for i, p := range items {
		if i == changeItems || enough.Err() != nil {
			out.More = true
			break
		}
		if p.Manifest.Unit != who.Unit {
			continue
		}
		out.Looked++
		item := ChangedItem{Number: p.Number, Title: p.Manifest.Metadata.Title, Gone: []ChangedSpot{}, Added: []ChangedSpot{}}
		for _, name := range publicFiles(p.Manifest) {
			data, _, err := d.store.PublicBytes(ctx, p, name)
			if err != nil {
				return nil, err
			}
			doc, before, err := present.File(ctx, cmp.Or(name, "body.html"), data, p.Manifest.Metadata.Kind)
			if err != nil {
				return nil, err
			}
			if len(doc.Parts) == 0 {
				continue // no rules read it
			}
			gone, added := check.Differ(before, next.Document(doc, p.Manifest.Metadata.Kind))
			item.Gone = append(item.Gone, spots(name, gone)...)
			item.Added = append(item.Added, spots(name, added)...)
		}
		if len(item.Gone)+len(item.Added) > 0 {
			out.Items = append(out.Items, item)
		}
	}
	return out, nil
}

// publicFiles are the names under which the store gives out what is public.
func publicFiles(m disclosure.Manifest) []string {
	names := []string{""}
	for _, a := range m.Attachments {
		names = append(names, a.Name)
	}
	return names
}

func spots(file string, found []check.Finding) (out []ChangedSpot) {
	for _, f := range found {
		out = append(out, ChangedSpot{File: cmp.Or(file, "body"), Part: f.Part, Line: f.Line, Rule: f.Rule, Class: string(f.Class), Excerpt: f.Excerpt, Reason: f.Reason})
	}
	return out
}
