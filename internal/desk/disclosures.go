package desk

import (
	"context"
	"encoding/base64"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

const maxPage = 100

// Create makes a draft. The same key makes the same draft.
func (d *Desk) Create(ctx context.Context, who Actor, key string, p Patch) (Disclosure, error) {
	if err := d.needs(ctx, who, disclosure.MayCreate, "create", ""); err != nil {
		return Disclosure{}, err
	}
	draft := disclosure.Draft{
		Attribute: disclosure.Proactive, Channels: []string{d.channels[0]}, Attachments: []disclosure.File{},
		Release: disclosure.Plan{Zone: disclosure.DefaultZone, Late: disclosure.LateHold},
	}
	p.apply(&draft)
	if err := draft.Validate(d.channels); err != nil {
		return Disclosure{}, err
	}
	id := store.Derive("disclosure", who.ID, key)
	if err := d.store.CreateDisclosure(ctx, id, who.Person, draft); err != nil {
		return Disclosure{}, err
	}
	return d.view(ctx, who, id)
}

func (p Patch) apply(d *disclosure.Draft) {
	set(&d.Title, p.Title)
	set(&d.Kind, p.Kind)
	set(&d.DocumentNumber, p.DocumentNumber)
	set(&d.IndexNumber, p.IndexNumber)
	set(&d.FormedOn, p.FormedOn)
	set(&d.Topic, p.Topic)
	set(&d.Keywords, p.Keywords)
	set(&d.Summary, p.Summary)
	set(&d.Important, p.Important)
	set(&d.Correction, p.Correction)
	set(&d.CorrectionType, p.CorrectionType)
	set(&d.CloseEarlier, p.CloseEarlier)
	set(&d.Attribute, p.Attribute)
	set(&d.Basis, p.Basis)
	set(&d.Reason, p.Reason)
	set(&d.Channels, p.Channels)
	set(&d.Release, p.Release)
	set(&d.Batch, p.Batch)
	set(&d.Interprets, p.Interprets)
	set(&d.NoInterpretation, p.NoInterpretation)
	set(&d.Continues, p.Continues)
	if d.Release.Zone == "" {
		d.Release.Zone = disclosure.DefaultZone
	}
	if d.Release.Late == "" {
		d.Release.Late = disclosure.LateHold
	}
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// needs refuses and audits where the person's roles do not allow it.
func (d *Desk) needs(ctx context.Context, who Actor, perm disclosure.Permission, action, object string) error {
	if who.May(perm) {
		return nil
	}
	d.Denied(ctx, who, action, object, disclosure.Forbidden)
	return disclosure.Refuse(disclosure.Forbidden, "")
}

// row finds what the person may see, and audits looking for what they may not.
func (d *Desk) row(ctx context.Context, who Actor, id, action string) (store.Row, error) {
	if err := d.needs(ctx, who, disclosure.MayRead, action, id); err != nil {
		return store.Row{}, err
	}
	row, err := d.store.Disclosure(ctx, who.Person, id)
	if disclosure.CodeOf(err) == disclosure.NotFound {
		d.Denied(ctx, who, action, object(id), disclosure.NotFound)
	}
	return row, err
}

// reading finds what the person may see and writes down that they looked.
func (d *Desk) reading(ctx context.Context, who Actor, id, action string) (store.Row, error) {
	row, err := d.row(ctx, who, id, action)
	if err == nil {
		d.note(ctx, who, action, id, "ok", nil)
	}
	return row, err
}

// object keeps what a stranger typed as an id out of the ledger.
func object(id string) string {
	if len(id) != 36 {
		return "?"
	}
	return id
}

// editable finds a draft that the person may work on: their own or their section's.
func (d *Desk) editable(ctx context.Context, who Actor, id, action string) error {
	row, err := d.row(ctx, who, id, action)
	if err != nil {
		return err
	}
	if !canEdit(who, row) {
		d.Denied(ctx, who, action, id, disclosure.NotYours)
		return disclosure.Refuse(disclosure.NotYours, "")
	}
	return nil
}

func canEdit(who Actor, row store.Row) bool {
	return who.May(disclosure.MayCreate) && (row.Drafter == who.ID || row.Section == who.Section)
}

// Edit changes the draft at revision.
func (d *Desk) Edit(ctx context.Context, who Actor, id string, revision int64, p Patch) (Disclosure, error) {
	return d.edit(ctx, who, id, revision, "edit", func(draft *disclosure.Draft, _ func([]byte) (string, error)) error {
		p.apply(draft)
		return draft.Validate(d.channels)
	})
}

func (d *Desk) edit(ctx context.Context, who Actor, id string, revision int64, action string,
	change func(*disclosure.Draft, func([]byte) (string, error)) error,
) (Disclosure, error) {
	if err := d.editable(ctx, who, id, action); err != nil {
		return Disclosure{}, err
	}
	if err := d.store.EditDraft(ctx, id, revision, who.Person, action, change); err != nil {
		return Disclosure{}, err
	}
	return d.view(ctx, who, id)
}

// PutBody replaces the body. What would be public is its sanitised HTML, made here
// and hashed as it is; the uploaded file is kept beside it, sealed, and checked.
func (d *Desk) PutBody(ctx context.Context, who Actor, id string, revision int64, u Upload) (Disclosure, error) {
	if err := checkUpload(&u, "body", disclosure.MaxBody); err != nil {
		return Disclosure{}, err
	}
	page, kind, err := d.bodyOf(ctx, u)
	if err != nil {
		return Disclosure{}, err
	}
	return d.edit(ctx, who, id, revision, "put_body", func(draft *disclosure.Draft, put func([]byte) (string, error)) error {
		return setBody(draft, u.Name, kind, u.Data, page, put)
	})
}

func setBody(draft *disclosure.Draft, name, mediaType string, data, page []byte, put func([]byte) (string, error)) error {
	body, err := file("body.html", "text/html; charset=utf-8", page, put)
	if err != nil {
		return err
	}
	source, err := file(name, mediaType, data, put)
	if err != nil {
		return err
	}
	draft.Body, draft.Source = &body, &source
	return nil
}

func file(name, mediaType string, data []byte, put func([]byte) (string, error)) (disclosure.File, error) {
	blob, err := put(data)
	if err != nil {
		return disclosure.File{}, fmt.Errorf("store file: %w", err)
	}
	return disclosure.File{Blob: blob, Named: disclosure.Named{Name: name, Content: disclosure.Sum(mediaType, data)}}, nil
}

// checkUpload refuses what cannot be a file, and reduces its name to a name.
func checkUpload(u *Upload, field string, limit int) error {
	u.Name = path.Base(strings.ReplaceAll(u.Name, `\`, "/"))
	switch {
	case len(u.Data) == 0:
		return disclosure.Refuse(disclosure.EmptyBody, field)
	case len(u.Data) > limit:
		return disclosure.Refuse(disclosure.TooLarge, field, "max", strconv.Itoa(limit>>20)+" MiB")
	case u.Name == "" || u.Name == "." || u.Name == "/":
		return disclosure.Refuse(disclosure.Required, "name")
	case utf8.RuneCountInString(u.Name) > disclosure.MaxShortText:
		return disclosure.Refuse(disclosure.TooLong, "name", "max", strconv.Itoa(disclosure.MaxShortText))
	case !disclosure.PlainText(u.Name):
		return disclosure.Refuse(disclosure.WrongType, "name", "why", "U+0000–U+001F")
	}
	return nil
}

// AddAttachment adds a file under its name.
func (d *Desk) AddAttachment(ctx context.Context, who Actor, id, key string, revision int64, u Upload) (Disclosure, error) {
	if err := checkUpload(&u, "file", disclosure.MaxAttachment); err != nil {
		return Disclosure{}, err
	}
	publish, err := d.attachment(ctx, u)
	if err != nil {
		return Disclosure{}, err
	}
	return d.edit(ctx, who, id, revision, "add_attachment", func(draft *disclosure.Draft, put func([]byte) (string, error)) error {
		if len(draft.Attachments) >= disclosure.MaxAttachments {
			return disclosure.Refuse(disclosure.TooLong, "attachments", "max", strconv.Itoa(disclosure.MaxAttachments))
		}
		f, err := publish(put)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(draft.Attachments, func(o disclosure.File) bool { return o.Name == f.Name || o.Uploaded().Name == u.Name }) {
			return disclosure.Refuse(disclosure.DuplicateName, "name", "name", u.Name)
		}
		draft.Attachments = append(draft.Attachments, f)
		return nil
	})
}

// mediaTypes of what the check can open. Anything else is sent as bytes, which no
// browser runs.
var mediaTypes = map[string]string{
	".txt": "text/plain; charset=utf-8", ".md": "text/markdown; charset=utf-8", ".html": "text/html; charset=utf-8", ".htm": "text/html; charset=utf-8",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

func mediaType(name string) string {
	if t, ok := mediaTypes[strings.ToLower(path.Ext(name))]; ok {
		return t
	}
	return "application/octet-stream"
}

// RemoveAttachment removes a file by its name.
func (d *Desk) RemoveAttachment(ctx context.Context, who Actor, id string, revision int64, name string) (Disclosure, error) {
	return d.edit(ctx, who, id, revision, "remove_attachment", func(draft *disclosure.Draft, _ func([]byte) (string, error)) error {
		i := slices.IndexFunc(draft.Attachments, func(f disclosure.File) bool { return f.Name == name })
		if i < 0 {
			return disclosure.Refuse(disclosure.NotFound, "name")
		}
		draft.Attachments = slices.Delete(draft.Attachments, i, i+1)
		return nil
	})
}

// OriginalOf names the file that was uploaded, where [Desk.File] would open what was made
// from it.
const OriginalOf = "original:"

// File opens a stored file of a version, or of the draft if version is 0. Who reads
// what is not public is written down.
func (d *Desk) File(ctx context.Context, who Actor, id string, version int, name string) (FileData, error) {
	row, err := d.row(ctx, who, id, "read_file")
	if err != nil {
		return FileData{}, err
	}
	draft := row.Draft
	if version > 0 {
		v, err := d.store.Version(ctx, id, version)
		if err != nil {
			return FileData{}, err
		}
		draft = v.Draft
	}
	var f *disclosure.File
	switch name {
	case "body":
		f = draft.Body
	case "source":
		f = draft.Source
	default:
		name, original := strings.CutPrefix(name, OriginalOf)
		if i := slices.IndexFunc(draft.Attachments, func(f disclosure.File) bool { return f.Name == name }); i >= 0 {
			f = &draft.Attachments[i]
			if o := f.Original; original && o != nil {
				f = &disclosure.File{Blob: o.Blob, Named: o.Named}
			}
		}
	}
	if f == nil {
		return FileData{}, disclosure.Refuse(disclosure.NotFound, "name")
	}
	data, err := d.store.Blob(ctx, id, f.Blob)
	if err != nil {
		return FileData{}, err
	}
	d.note(ctx, who, "read_file", id, "ok", map[string]string{"version": strconv.Itoa(version)})
	return FileData{Name: f.Name, Content: f.Content, Data: data}, nil
}

// List shows what the person may see, last changed first.
func (d *Desk) List(ctx context.Context, who Actor, q ListQuery) (Page[Summary], error) {
	if err := d.needs(ctx, who, disclosure.MayRead, "list", ""); err != nil {
		return Page[Summary]{}, err
	}
	l := store.List{State: string(q.State), Kind: q.Kind, Limit: pageSize(q.Limit) + 1}
	if q.Mine {
		l.Drafter = who.ID
	}
	if q.Cursor != "" {
		var err error
		if l.Before, l.BeforeID, err = readCursor(q.Cursor); err != nil {
			return Page[Summary]{}, err
		}
	}
	rows, err := d.store.Disclosures(ctx, who.Person, l)
	if err != nil {
		return Page[Summary]{}, err
	}
	page := Page[Summary]{Items: []Summary{}}
	for i, r := range rows {
		if i == l.Limit-1 {
			page.Next = cursor(rows[i-1].UpdatedAt, rows[i-1].ID)
			break
		}
		page.Items = append(page.Items, summary(r))
	}
	return page, nil
}

func pageSize(n int) int {
	if n <= 0 || n > maxPage {
		return maxPage
	}
	return n
}

func cursor(at time.Time, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(at.UTC().Format(time.RFC3339Nano) + " " + id))
}

func readCursor(s string) (time.Time, string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		if at, id, ok := strings.Cut(string(raw), " "); ok {
			if t, err := time.Parse(time.RFC3339Nano, at); err == nil && utf8.ValidString(id) {
				return t, id, nil
			}
		}
	}
	return time.Time{}, "", disclosure.Refuse(disclosure.WrongType, "cursor", "why", "next")
}

func summary(r store.Row) Summary {
	return Summary{
		ID: r.ID, Number: r.Number, Edition: r.Edition, Title: r.Draft.Title, Kind: r.Kind, State: disclosure.State(r.State), Step: r.Step, Version: r.Version,
		Drafter: Ref{ID: r.Drafter, Name: r.DrafterName}, Section: Ref{ID: r.Section, Name: r.SectionName},
		ReleaseAt: r.ReleaseAt, OpenFindings: r.OpenFindings, Bypassed: r.Case.Bypassed(), UpdatedAt: r.UpdatedAt,
	}
}

// Get shows one disclosure. Who reads what is not public is written down.
func (d *Desk) Get(ctx context.Context, who Actor, id string) (Disclosure, error) {
	if err := d.needs(ctx, who, disclosure.MayRead, "read", id); err != nil {
		return Disclosure{}, err
	}
	v, err := d.view(ctx, who, id)
	switch {
	case disclosure.CodeOf(err) == disclosure.NotFound:
		d.Denied(ctx, who, "read", object(id), disclosure.NotFound)
	case err == nil:
		d.note(ctx, who, "read", id, "ok", nil)
	}
	return v, err
}

// Versions lists the frozen states and what changed from each to the next.
func (d *Desk) Versions(ctx context.Context, who Actor, id string) ([]Version, error) {
	if _, err := d.reading(ctx, who, id, "read_versions"); err != nil {
		return nil, err
	}
	rows, err := d.store.Versions(ctx, id)
	if err != nil {
		return nil, err
	}
	out := make([]Version, len(rows))
	for i, r := range rows {
		out[i] = Version{N: r.Version, ManifestHash: r.Hash, ShortCode: r.Hash.Short(), By: Ref{ID: r.By, Name: r.ByName}, At: r.At, Changed: []string{}}
		if !r.Readable {
			continue
		}
		m := r.Manifest
		out[i].Manifest = &m
		if i > 0 && rows[i-1].Readable {
			out[i].Changed = append(out[i].Changed, disclosure.Changes(rows[i-1].Manifest, m)...)
		}
	}
	return out, nil
}

// lawful finds the statutory limit that binds the release of a draft.
func (d *Desk) lawful(draft disclosure.Draft) (*Lawful, error) {
	if draft.FormedOn == "" || draft.Kind == "" {
		return nil, nil
	}
	formed, err := calendar.ParseDate(draft.FormedOn)
	if err != nil {
		return nil, disclosure.Refuse(disclosure.WrongType, "formed_on", "why", "YYYY-MM-DD")
	}
	due, ok := d.calendar.Get().Statutory(draft.Kind, formed)
	if !ok {
		return nil, nil
	}
	return &Lawful{Latest: due.At, Law: due.Limit.Law, Calendar: d.calendar.Get().Version(), Provisional: due.Explanation.Provisional}, nil
}
