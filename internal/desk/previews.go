package desk

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// Preview is a named person who may read a version before it is public: by a secret link or
// by their account, until an instant, or as one of an embargo list until it is out.
type Preview struct {
	ID         string          `json:"id"`
	Reader     string          `json:"reader"` // their name
	Person     *Ref            `json:"person"` // their account, if they read by it
	Version    int             `json:"version"`
	Manifest   disclosure.Hash `json:"manifest_hash"`
	Embargo    bool            `json:"embargo"`
	Hours      int             `json:"hours"`    // of an embargo: how long before the release it opens; else 0
	OpensAt    *time.Time      `json:"opens_at"` // of an embargo, once it is approved
	Expires    *time.Time      `json:"expires"`  // null for an embargo, which ends with the release
	State      string          `json:"state"`    // open, waiting, expired, revoked, newer_version, stopped, frozen, released
	By         Ref             `json:"by"`
	At         time.Time       `json:"at"`
	RevokedAt  *time.Time      `json:"revoked_at"`
	RevokedBy  *Ref            `json:"revoked_by"`
	Reads      int             `json:"reads"`
	LastReadAt *time.Time      `json:"last_read_at"`
	Path       string          `json:"path,omitempty"` // of the page on the portal, with the secret; told once
}

// PreviewInput asks for a preview. Either Reader or Person names who reads.
type PreviewInput struct {
	Manifest disclosure.Hash `json:"manifest_hash"` // of the version that is shown
	Reader   string          `json:"reader"`        // name of somebody who gets a link
	Person   string          `json:"person"`        // id of an account
	Hours    int             `json:"hours"`         // 0: the default
	Embargo  bool            `json:"embargo"`
}

// Ahead is a version as somebody reads it before it is public. Once it is public, nothing but
// Number and Public is set: the reader goes to the public page.
type Ahead struct {
	ID      string
	Public  bool
	Reader  string
	At      time.Time // of this read, by the database clock
	Expires *time.Time
	Release *time.Time // as planned; nil if it is not approved
	Embargo bool
	Item    PublicItem
}

// PreviewPath is where the portal shows what a secret opens.
const PreviewPath = "/preview/"

func previewOf(r store.Preview) Preview {
	p := Preview{
		ID: r.ID, Reader: r.Reader, Version: r.Version, Manifest: r.Manifest, Embargo: r.LeadHours != nil, Hours: deref(r.LeadHours), OpensAt: r.OpensAt,
		Expires: r.ExpiresAt, State: r.State, By: Ref{ID: r.By, Name: r.ByName}, At: r.At, RevokedAt: r.RevokedAt, Reads: r.Reads, LastReadAt: r.LastReadAt,
	}
	if r.Person != nil {
		p.Person = &Ref{ID: *r.Person, Name: deref(r.PersonName)}
	}
	if r.RevokedBy != nil {
		p.RevokedBy = &Ref{ID: *r.RevokedBy, Name: deref(r.RevokedName)}
	}
	return p
}

// answering finds an item for one of those who answer for it.
func (d *Desk) answering(ctx context.Context, who Actor, id, action string) (store.Row, error) {
	row, err := d.row(ctx, who, id, action)
	if err == nil && !row.Case.AnswersFor(who.Person) {
		d.Denied(ctx, who, action, id, disclosure.NotYours)
		err = disclosure.Refuse(disclosure.NotYours, "")
	}
	return row, err
}

// Previews lists who may read versions of an item ahead, or could, the newest first.
func (d *Desk) Previews(ctx context.Context, who Actor, id string) ([]Preview, error) {
	if _, err := d.answering(ctx, who, id, "read_previews"); err != nil {
		return nil, err
	}
	d.note(ctx, who, "read_previews", id, "ok", nil)
	rows, err := d.store.Previews(ctx, id)
	return previewsOf(rows), err
}

func previewsOf(rows []store.Preview) []Preview {
	all := make([]Preview, len(rows))
	for i, r := range rows {
		all[i] = previewOf(r)
	}
	return all
}

// AddPreview lets a named person read the version that stands, if its check has passed and all
// findings are disposed of. The path with the secret is told only here.
func (d *Desk) AddPreview(ctx context.Context, who Actor, id, key string, in PreviewInput) (Preview, error) {
	row, err := d.answering(ctx, who, id, "add_preview")
	if err != nil {
		return Preview{}, err
	}
	if in.Person == "" {
		if err := typed("reader", &in.Reader, disclosure.MaxShortText); err != nil {
			return Preview{}, err
		}
		if !disclosure.PlainText(in.Reader) || strings.ContainsAny(in.Reader, "\n\t") {
			return Preview{}, disclosure.Refuse(disclosure.WrongType, "reader", "why", "U+0000–U+001F")
		}
	} else if in.Reader != "" {
		return Preview{}, disclosure.Refuse(disclosure.BadValue, "person", "value", in.Person, "allowed", "reader / person")
	}
	hours, err := disclosure.Previewing().Hours(in.Hours, in.Embargo)
	if err != nil {
		return Preview{}, err
	}
	if err := row.Case.Previewable(); err != nil {
		d.Denied(ctx, who, "add_preview", id, disclosure.CodeOf(err))
		return Preview{}, err
	}
	if in.Manifest != row.Case.Manifest {
		return Preview{}, d.whatChanged(ctx, id, in.Manifest, disclosure.Refuse(disclosure.ManifestChanged, "manifest_hash"))
	}
	secret, err := NewSecret()
	if err != nil {
		return Preview{}, err
	}
	p := store.Preview{
		ID: store.Derive("preview", who.ID, id, key), Disclosure: id, Version: row.Version, Manifest: row.Case.Manifest, Channels: row.Case.Channels, Reader: in.Reader,
	}
	if in.Person != "" {
		p.Person = &in.Person
	}
	if err := d.proven(ctx, who, func(who Actor) error { return d.store.AddPreview(ctx, p, who.Person, hours, in.Embargo, secret) }); err != nil {
		return Preview{}, at(err, disclosure.NotEligible, "person")
	}
	out, err := d.preview(ctx, id, p.ID)
	if in.Person == "" {
		out.Path = PreviewPath + secret
	}
	return out, err
}

func (d *Desk) preview(ctx context.Context, id, preview string) (Preview, error) {
	rows, err := d.store.Previews(ctx, id)
	if err != nil {
		return Preview{}, err
	}
	i := slices.IndexFunc(rows, func(r store.Preview) bool { return r.ID == preview })
	if i < 0 {
		return Preview{}, disclosure.Refuse(disclosure.NotFound, "preview")
	}
	return previewOf(rows[i]), nil
}

// RevokePreview ends a preview at once.
func (d *Desk) RevokePreview(ctx context.Context, who Actor, id, preview string) (Preview, error) {
	if _, err := d.answering(ctx, who, id, "revoke_preview"); err != nil {
		return Preview{}, err
	}
	if err := d.store.RevokePreview(ctx, id, preview, who.Person); err != nil {
		return Preview{}, err
	}
	return d.preview(ctx, id, preview)
}

// What is read of a version, as the ledger names it.
const readBody = "body"

// Ahead shows what the secret of a link opens. One that is none is not found; one that is
// closed is refused preview_closed, which nobody outside is to tell apart.
func (d *Desk) Ahead(ctx context.Context, secret string) (Ahead, error) {
	r, err := d.store.ReadBySecret(ctx, secret, readBody)
	if err != nil {
		return Ahead{}, err
	}
	return d.ahead(ctx, r)
}

func (d *Desk) ahead(ctx context.Context, r store.ReadAhead) (Ahead, error) {
	out := Ahead{ID: r.ID, Public: r.Public, Item: PublicItem{Number: r.Number}}
	if r.Public {
		return out, nil
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return Ahead{}, err
	}
	out.At, out.Reader, out.Expires, out.Release, out.Embargo = now, r.Reader, r.ExpiresAt, r.ReleaseAt, r.LeadHours != nil
	out.Item = publicItem(r.Content)
	out.Item.Unit = r.UnitName
	out.Item.HTML, _, err = d.store.PublicBytes(ctx, r.Content, "")
	return out, err
}

// AheadFile opens attachment n, from 1, of what the secret of a link opens.
func (d *Desk) AheadFile(ctx context.Context, secret string, n int) (FileData, error) {
	r, err := d.store.ReadBySecret(ctx, secret, "attachment "+strconv.Itoa(n))
	if err != nil {
		return FileData{}, err
	}
	return d.aheadFile(ctx, r, n)
}

func (d *Desk) aheadFile(ctx context.Context, r store.ReadAhead, n int) (FileData, error) {
	all := r.Content.Manifest.Attachments
	if n < 1 || n > len(all) {
		return FileData{}, disclosure.Refuse(disclosure.PreviewClosed, "")
	}
	data, content, err := d.store.PublicBytes(ctx, r.Content, all[n-1].Name)
	return FileData{Name: all[n-1].Name, Content: content, Data: data}, err
}
