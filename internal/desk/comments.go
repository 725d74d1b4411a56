package desk

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"shenfa/internal/check"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// Comment is one thing said in a thread about a passage (批注).
type Comment struct {
	ID    string    `json:"id"`
	By    Ref       `json:"by"`
	At    time.Time `json:"at"`
	Words string    `json:"words"`
}

// Thread is what was said about one passage of a version. It goes on with the next version
// where the passage is found there again.
type Thread struct {
	ID         string          `json:"id"`
	File       string          `json:"file"` // "body" or an attachment's name
	Part       string          `json:"part"`
	Quote      string          `json:"quote"`
	Version    int             `json:"version"` // about which it was said
	Manifest   disclosure.Hash `json:"manifest_hash"`
	Start      int             `json:"start"` // characters of the part before it, in the current version; of its own if it is gone
	Gone       bool            `json:"gone"`  // it stands in the current version no more, or not in one place
	ResolvedAt *time.Time      `json:"resolved_at"`
	ResolvedBy *Ref            `json:"resolved_by"`
	Said       []Comment       `json:"said"` // oldest first
	Can        []string        `json:"can"`  // of: reply resolve reopen
}

// CommentInput is what a comment needs. Of a reply only the words count.
type CommentInput struct {
	Manifest disclosure.Hash `json:"manifest_hash"` // of the version that was read
	File     string          `json:"file"`
	Part     string          `json:"part"` // may be empty where only one has the quote
	Quote    string          `json:"quote"`
	At       *int            `json:"at"` // characters of the part before it; without it the quote has to stand there once
	Words    string          `json:"comment"`
}

// Commentary is the text of one file of the current version with what was said about it.
type Commentary struct {
	Version  int
	Manifest disclosure.Hash
	Files    []string // "body" and the attachments' names; without a body it is missing
	File     string
	Parts    []TextPart
	Threads  []Thread // of all files
}

// TextPart is all the text of a file under one name.
type TextPart struct {
	Name   string
	Hidden bool
	Text   string
}

// textOf joins the parts that have one name, in their order.
func textOf(parts []part) (out []TextPart) {
	for _, p := range parts {
		if p.Text == "" {
			continue
		}
		i := slices.IndexFunc(out, func(t TextPart) bool { return t.Name == p.Name })
		if i < 0 {
			out = append(out, TextPart{Name: p.Name, Hidden: p.Hidden, Text: p.Text})
			continue
		}
		out[i].Text += "\n" + p.Text
	}
	return out
}

// commented finds the item and the version that comments are about now.
func (d *Desk) commented(ctx context.Context, who Actor, id, action string) (store.Row, disclosure.Draft, error) {
	row, err := d.reading(ctx, who, id, action)
	if err != nil {
		return row, disclosure.Draft{}, err
	}
	if row.Case.State == disclosure.InQuarantine || row.Version == 0 {
		state, _ := disclosure.StateByID(row.Case.State)
		return row, disclosure.Draft{}, disclosure.Refuse(disclosure.WrongState, "", "state", state.Zh, "state_en", state.En, "act", "批注", "act_en", "comment")
	}
	v, err := d.store.Version(ctx, id, row.Version)
	return row, v.Draft, err
}

// texts opens files of one version, each once.
type texts struct {
	reader reader
	draft  disclosure.Draft
	opened map[string][]TextPart
}

func (d *Desk) texts(ctx context.Context, who Actor, id string, draft disclosure.Draft) (*texts, error) {
	now, err := d.store.Now(ctx)
	if err != nil {
		return nil, err
	}
	checker, err := check.For(ctx, d.store, who.Unit, now)
	if err != nil {
		return nil, err
	}
	return &texts{reader{desk: d, checker: checker.Through(d.open), id: id}, draft, map[string][]TextPart{}}, nil
}

func (t *texts) of(ctx context.Context, file string) ([]TextPart, error) {
	if parts, ok := t.opened[file]; ok {
		return parts, nil
	}
	if file == FormFile || fileOf(t.draft, file) == nil {
		return nil, nil
	}
	o, err := t.reader.open(ctx, t.draft, file)
	if err != nil {
		return nil, err
	}
	t.opened[file] = textOf(o.parts)
	return t.opened[file], nil
}

// Threads lists what was said about passages of an item, each where it stands in the
// current version.
func (d *Desk) Threads(ctx context.Context, who Actor, id string) ([]Thread, error) {
	row, draft, err := d.commented(ctx, who, id, "read_comments")
	if disclosure.CodeOf(err) == disclosure.WrongState {
		return []Thread{}, nil
	}
	if err != nil {
		return nil, err
	}
	texts, err := d.texts(ctx, who, id, draft)
	if err != nil {
		return nil, err
	}
	return d.threads(ctx, who, row, texts)
}

// OpenThreads lists those that nobody resolved, as they were said: no file is opened.
func (d *Desk) OpenThreads(ctx context.Context, who Actor, id string) ([]Thread, error) {
	row, err := d.row(ctx, who, id, "read_comments")
	if err != nil || row.Case.State == disclosure.InQuarantine {
		return nil, err
	}
	all, err := d.threads(ctx, who, row, nil)
	return slices.DeleteFunc(all, func(t Thread) bool { return t.ResolvedAt != nil }), err
}

// threads gathers them; without texts none is looked for in the current version.
func (d *Desk) threads(ctx context.Context, who Actor, row store.Row, texts *texts) ([]Thread, error) {
	who, err := d.standing(ctx, who)
	if err != nil {
		return nil, err
	}
	rows, err := d.store.Comments(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	out := []Thread{}
	for _, r := range rows {
		said := Comment{ID: r.ID, By: Ref{ID: r.By, Name: r.ByName}, At: r.At, Words: r.Words}
		if i := slices.IndexFunc(out, func(t Thread) bool { return t.ID == r.Thread }); i >= 0 {
			out[i].Said = append(out[i].Said, said)
			continue
		}
		if r.ID != r.Thread {
			continue // what it answers was erased
		}
		t := Thread{
			ID: r.ID, File: r.Passage.File, Part: r.Passage.Part, Quote: r.Passage.Quote, Version: r.Version, Manifest: r.Manifest, Start: r.Passage.Start,
			ResolvedAt: r.ResolvedAt, Said: []Comment{said}, Can: []string{"reply"},
		}
		if r.ResolvedBy != nil {
			t.ResolvedBy = &Ref{ID: *r.ResolvedBy, Name: deref(r.ResolvedName)}
		}
		if mayEnd(who, row, r.By) {
			t.Can = append(t.Can, map[bool]string{true: "resolve", false: "reopen"}[r.ResolvedAt == nil])
		}
		if texts != nil && r.Version != row.Version {
			if err := t.carry(ctx, r.Passage, texts); err != nil {
				return nil, err
			}
		}
		out = append(out, t)
	}
	return out, nil
}

// carry looks for the passage in the current version.
func (t *Thread) carry(ctx context.Context, p disclosure.Passage, texts *texts) error {
	parts, err := texts.of(ctx, p.File)
	if err != nil {
		return err
	}
	t.Gone = true
	for _, part := range parts {
		if part.Name != p.Part {
			continue
		}
		if at, ok := p.Find(part.Text); ok {
			t.Start, t.Gone = at, false
		}
	}
	return nil
}

// mayEnd says who ends a thread, or opens it again: who began it, the drafter, and
// whoever has the task.
func mayEnd(who Actor, row store.Row, author string) bool {
	return who.ID == author || who.ID == row.Drafter || mayDecide(who, row.Case)
}

// Commentary shows a file of the current version with what was said. file is "body", an
// attachment's name, or empty for the first there is.
func (d *Desk) Commentary(ctx context.Context, who Actor, id, file string) (Commentary, error) {
	row, draft, err := d.commented(ctx, who, id, "read_comments")
	if err != nil {
		return Commentary{}, err
	}
	out := Commentary{Version: row.Version, Manifest: row.Case.Manifest, File: file}
	if draft.Source != nil {
		out.Files = append(out.Files, "body")
	}
	for _, f := range draft.Attachments {
		out.Files = append(out.Files, f.Name)
	}
	if out.File == "" && len(out.Files) > 0 {
		out.File = out.Files[0]
	}
	if !slices.Contains(out.Files, out.File) {
		return Commentary{}, disclosure.Refuse(disclosure.NotFound, "file")
	}
	texts, err := d.texts(ctx, who, id, draft)
	if err != nil {
		return Commentary{}, err
	}
	if out.Parts, err = texts.of(ctx, out.File); err != nil {
		return Commentary{}, err
	}
	out.Threads, err = d.threads(ctx, who, row, texts)
	return out, err
}

// AddComment says something about a passage of the current version. It changes nothing of
// the item: who comments has no part in its content.
func (d *Desk) AddComment(ctx context.Context, who Actor, id, key string, in CommentInput) (Thread, error) {
	row, draft, err := d.commented(ctx, who, id, "comment")
	if err != nil {
		return Thread{}, err
	}
	if err := said(&in); err != nil {
		return Thread{}, err
	}
	thread := store.Derive("comment", who.ID, id, key)
	if in.Manifest != row.Case.Manifest {
		return Thread{}, d.whatChanged(ctx, id, in.Manifest, disclosure.Refuse(disclosure.ManifestChanged, "manifest_hash"))
	}
	texts, err := d.texts(ctx, who, id, draft)
	if err != nil {
		return Thread{}, err
	}
	parts, err := texts.of(ctx, in.File)
	if err != nil {
		return Thread{}, err
	}
	if len(parts) == 0 {
		return Thread{}, disclosure.Refuse(disclosure.NotFound, "file")
	}
	passage, err := in.passage(parts)
	if err != nil {
		return Thread{}, err
	}
	c := store.Comment{ID: thread, Thread: thread, Version: row.Version, Manifest: row.Case.Manifest, Words: in.Words, Passage: passage}
	if err := d.store.AddComment(ctx, id, c, who.Person); err != nil {
		return Thread{}, err
	}
	return d.thread(ctx, who, row, texts, thread)
}

// passage finds what is quoted: in the part that is named, or else in the only one that has it.
func (in CommentInput) passage(parts []TextPart) (disclosure.Passage, error) {
	parts = slices.DeleteFunc(slices.Clone(parts), func(p TextPart) bool {
		return in.Part != "" && p.Name != in.Part || in.Part == "" && !strings.Contains(p.Text, strings.TrimSpace(in.Quote))
	})
	switch {
	case len(parts) == 0 && in.Part != "":
		return disclosure.Passage{}, disclosure.Refuse(disclosure.NotFound, "part")
	case len(parts) != 1 && strings.TrimSpace(in.Quote) != "":
		return disclosure.Passage{}, disclosure.Refuse(disclosure.PassageUnclear, "quote")
	case len(parts) == 0:
		return disclosure.Passage{}, disclosure.Refuse(disclosure.Required, "quote")
	}
	from := -1
	if in.At != nil {
		from = max(*in.At, 0)
	}
	return disclosure.NewPassage(in.File, parts[0].Name, parts[0].Text, in.Quote, from)
}

// ReplyComment answers in a thread.
func (d *Desk) ReplyComment(ctx context.Context, who Actor, id, thread, key string, in CommentInput) (Thread, error) {
	row, draft, err := d.commented(ctx, who, id, "comment")
	if err != nil {
		return Thread{}, err
	}
	if err := said(&in); err != nil {
		return Thread{}, err
	}
	texts, err := d.texts(ctx, who, id, draft)
	if err != nil {
		return Thread{}, err
	}
	if _, err := d.thread(ctx, who, row, texts, thread); err != nil {
		return Thread{}, err
	}
	c := store.Comment{ID: store.Derive("comment", who.ID, id, key), Thread: thread, Version: row.Version, Manifest: row.Case.Manifest, Words: in.Words}
	if err := d.store.AddComment(ctx, id, c, who.Person); err != nil {
		return Thread{}, err
	}
	return d.thread(ctx, who, row, texts, thread)
}

// ResolveComment ends a thread, or with open opens it again.
func (d *Desk) ResolveComment(ctx context.Context, who Actor, id, thread, key string, open bool) (Thread, error) {
	row, draft, err := d.commented(ctx, who, id, "resolve_comment")
	if err != nil {
		return Thread{}, err
	}
	texts, err := d.texts(ctx, who, id, draft)
	if err != nil {
		return Thread{}, err
	}
	t, err := d.thread(ctx, who, row, texts, thread)
	if err != nil {
		return Thread{}, err
	}
	if len(t.Can) < 2 {
		d.Denied(ctx, who, "resolve_comment", id, disclosure.Forbidden)
		return Thread{}, disclosure.Refuse(disclosure.Forbidden, "")
	}
	if err := d.store.ResolveComment(ctx, id, thread, key, who.Person, open); err != nil {
		return Thread{}, err
	}
	return d.thread(ctx, who, row, texts, thread)
}

func (d *Desk) thread(ctx context.Context, who Actor, row store.Row, texts *texts, id string) (Thread, error) {
	all, err := d.threads(ctx, who, row, texts)
	if err != nil {
		return Thread{}, err
	}
	i := slices.IndexFunc(all, func(t Thread) bool { return t.ID == id })
	if i < 0 {
		return Thread{}, disclosure.Refuse(disclosure.NotFound, "comment")
	}
	return all[i], nil
}

// said checks the words of a comment.
func said(in *CommentInput) error {
	in.Words = strings.TrimSpace(in.Words)
	switch {
	case in.Words == "":
		return disclosure.Refuse(disclosure.Required, "comment")
	case utf8.RuneCountInString(in.Words) > disclosure.MaxReason:
		return disclosure.Refuse(disclosure.TooLong, "comment", "max", strconv.Itoa(disclosure.MaxReason))
	}
	return nil
}
