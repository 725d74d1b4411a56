package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"shenfa/internal/check"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// Treatment changes files so that they may be published. What cannot be treated comes
// back as an [Untreatable].
type Treatment interface {
	// Clean makes what looks the same to a reader and holds nothing else.
	Clean(ctx context.Context, name string, data []byte) (Cleaned, error)
	// Mask replaces values wherever they stand in a file. missed are those that do not
	// stand in it.
	Mask(ctx context.Context, name string, data []byte, masks []Mask) (masked []byte, missed []Mask, err error)
}

// Mask is a value and what is to stand in its place; With is empty to remove it.
type Mask struct{ Excerpt, With string }

// Cleaned is what may be published in place of a file.
type Cleaned struct {
	Name, MediaType string
	Data            []byte
	Removed         []disclosure.Removed
}

// Untreatable says why a file stays as it is, by a code.
type Untreatable struct{ Reason string }

func (e *Untreatable) Error() string { return "cannot be treated: " + e.Reason }

// attachment makes what would be public of an uploaded file, and keeps the file itself
// beside it. A file that cannot be treated goes out as it is if the reviewers want it:
// the check says so.
func (d *Desk) attachment(ctx context.Context, u Upload) (func(put func([]byte) (string, error)) (disclosure.File, error), error) {
	clean, err := d.treatment.Clean(ctx, u.Name, u.Data)
	if no := (*Untreatable)(nil); errors.As(err, &no) {
		return func(put func([]byte) (string, error)) (disclosure.File, error) {
			f, err := file(u.Name, mediaType(u.Name), u.Data, put)
			f.Untreated = no.Reason
			return f, err
		}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("clean %s: %w", "attachment", err)
	}
	return func(put func([]byte) (string, error)) (disclosure.File, error) {
		f, err := file(clean.Name, clean.MediaType, clean.Data, put)
		if err != nil || bytes.Equal(clean.Data, u.Data) && clean.Name == u.Name {
			return f, err
		}
		original, err := file(u.Name, mediaType(u.Name), u.Data, put)
		f.Original = &disclosure.Original{Blob: original.Blob, Named: original.Named, Removed: clean.Removed}
		return f, err
	}, nil
}

// bodyOf makes the page that would be public of an uploaded body, and the file's media type.
func (d *Desk) bodyOf(ctx context.Context, u Upload) (page []byte, mediaType string, err error) {
	now, err := d.store.Now(ctx)
	if err != nil {
		return nil, "", err
	}
	checker, err := check.At(now)
	if err != nil {
		return nil, "", err
	}
	doc, found, err := checker.Through(d.open).File(ctx, u.Name, u.Data, "")
	if err != nil {
		return nil, "", err
	}
	if len(doc.Parts) == 0 {
		return nil, "", disclosure.Refuse(disclosure.BadFile, "body", "name", u.Name, "why", found[0].Reason)
	}
	page = []byte(doc.HTML())
	switch empty := len(strings.TrimSpace(string(page))) == 0; {
	case empty && doc.Kind == "pdf":
		return nil, "", disclosure.Refuse(disclosure.BodyPictured, "body", "name", u.Name)
	case empty:
		return nil, "", disclosure.Refuse(disclosure.EmptyBody, "body")
	}
	return page, doc.MediaType, nil
}

// Treat applies what was suggested for findings of the current version to the draft at
// revision: values are masked in the files themselves, hidden content is removed. The
// drafter submits it again; a new check sees whether it helped.
func (d *Desk) Treat(ctx context.Context, who Actor, id string, revision int64, findings []string) (Disclosure, error) {
	if err := d.editable(ctx, who, id, "treat"); err != nil {
		return Disclosure{}, err
	}
	row, err := d.row(ctx, who, id, "treat")
	if err != nil {
		return Disclosure{}, err
	}
	if row.DraftRevision != revision {
		return Disclosure{}, disclosure.Refuse(disclosure.PreconditionFailed, "")
	}
	chosen, err := d.chosen(ctx, row, findings)
	if err != nil {
		return Disclosure{}, err
	}
	var changes []change
	for _, name := range chosen.files() {
		c, err := d.treatFile(ctx, row, name, chosen[name])
		if err != nil {
			return Disclosure{}, err
		}
		changes = append(changes, c)
	}
	return d.edit(ctx, who, id, revision, "treat", func(draft *disclosure.Draft, put func([]byte) (string, error)) error {
		for _, c := range changes {
			if err := c(draft, put); err != nil {
				return err
			}
		}
		return draft.Validate(d.channels)
	})
}

// change is what one file's treatment does to the draft.
type change func(draft *disclosure.Draft, put func([]byte) (string, error)) error

// treatments are the findings to treat by file.
type treatments map[string][]store.Found

func (t treatments) files() []string {
	var names []string
	for name := range t {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// chosen finds the findings and refuses those that no machine can treat.
func (d *Desk) chosen(ctx context.Context, row store.Row, findings []string) (treatments, error) {
	all, err := d.store.Findings(ctx, row.ID, row.Version)
	if err != nil {
		return nil, err
	}
	byFile := treatments{}
	for i, id := range findings {
		field := fmt.Sprintf("findings[%d]", i)
		at := slices.IndexFunc(all, func(f store.Finding) bool { return f.ID == id })
		if at < 0 {
			return nil, disclosure.Refuse(disclosure.FindingUnknown, field)
		}
		f := all[at].Found
		if f.Treatment != "mask" && f.Treatment != "remove" {
			return nil, disclosure.Refuse(disclosure.NotTreatable, field, "why", "treatment: "+f.Treatment)
		}
		byFile[f.File] = append(byFile[f.File], f)
	}
	if len(byFile) == 0 {
		return nil, disclosure.Refuse(disclosure.Required, "findings")
	}
	return byFile, nil
}

// masksOf are the values to replace, longest first, for one may stand in another; whole
// says whether hidden content is to go as such.
func masksOf(found []store.Found) (masks []Mask, whole bool) {
	for _, f := range found {
		if f.Hidden && f.Treatment == "remove" {
			whole = true
			continue
		}
		m := Mask{Excerpt: f.Excerpt, With: f.Mask}
		if f.Treatment == "remove" {
			m.With = ""
		}
		if m.Excerpt != "" && !slices.Contains(masks, m) {
			masks = append(masks, m)
		}
	}
	slices.SortStableFunc(masks, func(a, b Mask) int { return len(b.Excerpt) - len(a.Excerpt) })
	return masks, whole
}

func (d *Desk) treatFile(ctx context.Context, row store.Row, name string, found []store.Found) (change, error) {
	masks, whole := masksOf(found)
	if name == FormFile {
		return func(draft *disclosure.Draft, _ func([]byte) (string, error)) error {
			draft.Replace(func(text string) string {
				for _, m := range masks {
					text = strings.ReplaceAll(text, m.Excerpt, m.With)
				}
				return text
			})
			return nil
		}, nil
	}
	if name == "body" {
		return d.treatBody(ctx, row, masks, whole)
	}
	i := slices.IndexFunc(row.Draft.Attachments, func(f disclosure.File) bool { return f.Name == name })
	if i < 0 {
		return nil, disclosure.Refuse(disclosure.NotTreatable, "findings", "why", name)
	}
	f := row.Draft.Attachments[i]
	data, err := d.store.Blob(ctx, row.ID, f.Blob)
	if err != nil {
		return nil, err
	}
	masked, _, err := d.treated(ctx, f.Name, data, masks, whole)
	if err != nil {
		return nil, err
	}
	return func(draft *disclosure.Draft, put func([]byte) (string, error)) error {
		made, err := file(f.Name, f.Type, masked, put)
		if err != nil {
			return err
		}
		if made.Original, made.Untreated = f.Original, ""; made.Original == nil {
			made.Original = &disclosure.Original{Blob: f.Blob, Named: f.Named, Removed: []disclosure.Removed{}}
		}
		draft.Attachments = slices.Clone(draft.Attachments)
		draft.Attachments[i] = made
		return nil
	}, nil
}

// treatBody treats the uploaded file; the page is made from it anew.
func (d *Desk) treatBody(ctx context.Context, row store.Row, masks []Mask, whole bool) (change, error) {
	if row.Draft.Source == nil {
		return nil, disclosure.Refuse(disclosure.NotTreatable, "findings", "why", "body")
	}
	data, err := d.store.Blob(ctx, row.ID, row.Draft.Source.Blob)
	if err != nil {
		return nil, err
	}
	source, name, err := d.treated(ctx, row.Draft.Source.Name, data, masks, whole)
	if err != nil {
		return nil, err
	}
	page, kind, err := d.bodyOf(ctx, Upload{Name: name, Data: source})
	if err != nil {
		return nil, err
	}
	return func(draft *disclosure.Draft, put func([]byte) (string, error)) error {
		return setBody(draft, name, kind, source, page, put)
	}, nil
}

// treated removes what is hidden, if asked to, and masks values. It refuses to return a
// file in which nothing changed.
func (d *Desk) treated(ctx context.Context, name string, data []byte, masks []Mask, whole bool) ([]byte, string, error) {
	refused := func(err error) error {
		if no := (*Untreatable)(nil); errors.As(err, &no) {
			return disclosure.Refuse(disclosure.NotTreatable, "findings", "why", name+": "+no.Reason)
		}
		return fmt.Errorf("treat file: %w", err)
	}
	if whole {
		clean, err := d.treatment.Clean(ctx, name, data)
		if err != nil {
			return nil, "", refused(err)
		}
		data, name = clean.Data, clean.Name
	}
	if len(masks) == 0 {
		return data, name, nil
	}
	masked, missed, err := d.treatment.Mask(ctx, name, data, masks)
	switch {
	case err != nil:
		return nil, "", refused(err)
	case len(missed) == len(masks) && !whole:
		return nil, "", disclosure.Refuse(disclosure.NotTreatable, "findings", "why", name)
	}
	return masked, name, nil
}
