package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"shenfa/internal/check"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

const (
	maxSpots   = 20 // places told of one item
	unreadable = "unread"
)

// look goes over what is public, newest first from cursor on, for as many items and as long
// as one request may. next is where to go on, "" at the end.
func (d *Desk) look(ctx context.Context, who Actor, q store.CampaignQuery, from string) (found []store.CampaignFound, looked int, next string, err error) {
	var before time.Time
	var id string
	if from != "" {
		if before, id, err = readCursor(from); err != nil {
			return nil, 0, "", err
		}
		if uuid.Validate(id) != nil {
			return nil, 0, "", disclosure.Refuse(disclosure.WrongType, "cursor", "why", "next")
		}
	}
	first, last, err := days(q)
	if err != nil {
		return nil, 0, "", err
	}
	all, err := d.store.Candidates(ctx, who.Unit, q, first, last, before, id, changeItems+1)
	if err != nil {
		return nil, 0, "", err
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return nil, 0, "", err
	}
	checker, err := check.For(ctx, d.store, who.Unit, now)
	if err != nil {
		return nil, 0, "", err
	}
	look := looker{desk: d, checker: checker.Through(d.open), query: q, phrase: plain(q.Phrase)}
	enough, cancel := context.WithTimeout(ctx, changeTime)
	defer cancel()
	for i, c := range all {
		if i == changeItems || i > 0 && enough.Err() != nil {
			return found, looked, cursor(all[i-1].At, all[i-1].ID), nil
		}
		spots, hit, err := look.at(ctx, c)
		if err != nil && ctx.Err() != nil {
			return nil, 0, "", err
		}
		if err != nil { // damaged, and no reason not to look at the others
			spots, hit = []ChangedSpot{{Reason: unreadable}}, true
		}
		looked++
		if !hit {
			continue
		}
		raw, err := json.Marshal(spots)
		if err != nil {
			return nil, 0, "", err
		}
		found = append(found, store.CampaignFound{Candidate: c, Found: raw})
	}
	return found, looked, "", nil
}

// looker reads what is public of an item.
type looker struct {
	desk    *Desk
	checker check.Checker
	query   store.CampaignQuery
	phrase  string // as plain has it
}

// at says whether an item is meant, and where. What cannot be read is meant: nobody knows
// what it says.
func (l looker) at(ctx context.Context, c store.Candidate) (spots []ChangedSpot, hit bool, err error) {
	spots = []ChangedSpot{}
	if l.phrase == "" && !l.query.Rules {
		return spots, true, nil
	}
	v, err := l.desk.store.Version(ctx, c.ID, c.Version)
	if err != nil {
		return nil, false, err
	}
	known := map[ChangedSpot]bool{}
	if l.query.Rules {
		before, err := l.desk.store.Findings(ctx, c.ID, c.Version)
		if err != nil {
			return nil, false, err
		}
		for _, f := range before {
			known[ChangedSpot{File: f.Found.File, Rule: f.Found.Rule, Excerpt: f.Found.Excerpt}] = true
		}
	}
	said, judged := l.phrase == "", !l.query.Rules
	visit := func(file, part, text string) {
		if line, ok := l.phraseIn(text); ok {
			said = true
			spots = append(spots, ChangedSpot{File: file, Part: part, Line: line, Excerpt: l.query.Phrase})
		}
	}
	judge := func(file string, findings []check.Finding) {
		for _, f := range findings {
			if l.query.Rules && (f.Class == "HOLD" || f.Class == "BLOCK") && !known[ChangedSpot{File: file, Rule: f.Rule, Excerpt: f.Excerpt}] {
				judged = true
				spots = append(spots, ChangedSpot{
					File: file, Part: f.Part, Line: f.Line, Rule: f.Rule, Class: string(f.Class), Excerpt: f.Excerpt, Reason: f.Reason,
				})
			}
		}
	}
	for _, field := range v.Draft.Texts() {
		if field.Text != "" {
			visit(FormFile, field.Name, field.Text)
			judge(FormFile, l.checker.Text(field.Name, field.Text, v.Draft.Kind))
		}
	}
	files := append([]disclosure.File{*v.Draft.Body}, v.Draft.Attachments...)
	for i, f := range files {
		name := f.Name
		if i == 0 {
			name = "body"
		}
		data, err := l.desk.store.Blob(ctx, c.ID, f.Blob)
		if err != nil {
			return nil, false, err
		}
		doc, findings, err := l.checker.File(ctx, cmp.Or(f.Name, "body.html"), data, v.Draft.Kind)
		if err != nil {
			return nil, false, err
		}
		unread := len(doc.Parts) == 0
		for _, p := range doc.Parts {
			unread = unread || p.Unread != ""
			visit(name, p.Name, p.Text)
		}
		if unread && l.phrase != "" {
			said = true
			spots = append(spots, ChangedSpot{File: name, Reason: unreadable})
		}
		judge(name, findings)
	}
	return spots[:min(len(spots), maxSpots)], said && judged, nil
}

// phraseIn finds the phrase, however it is spaced, wide or written in capitals. The line
// is 0 where it runs over several.
func (l looker) phraseIn(text string) (line int, ok bool) {
	if l.phrase == "" || !strings.Contains(plain(text), l.phrase) {
		return 0, false
	}
	n := 0
	for one := range strings.SplitSeq(text, "\n") {
		n++
		if strings.Contains(plain(one), l.phrase) {
			return n, true
		}
	}
	return 0, true
}

// plain is text without what only makes it look different.
func plain(text string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(text))), "")
}
