package console

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// draftPage makes a draft or changes it. Number is empty for a new one.
type draftPage struct {
	Frame
	ID          string
	Number      string
	Revision    int64
	Form        draftForm
	Kinds       []disclosure.Kind
	Channels    []string
	Source      *disclosure.File
	Attachments []disclosure.File
	Points      []disclosure.Point
	Missing     int
	Others      []desk.Ref // who have it open too
	Versions    []int      // that it can go back to, the newest first
	Most        int        // bytes of the text, and of an attachment
	MostFile    int
	Differences []difference
	Lawful      *desk.Lawful
	Edition     int
	Batches     []desk.Batch // that it may join, or belongs to
}

func (c *Console) draftPage(v *visit, d desk.Disclosure) (draftPage, error) {
	frame, err := c.frame(v, "draft.new", "new")
	page := draftPage{
		Frame: frame, Form: c.formOf(d.Draft), Kinds: disclosure.Kinds(), Channels: c.desk.Channels(), Most: disclosure.MaxBody, MostFile: disclosure.MaxAttachment,
	}
	if err != nil {
		return page, err
	}
	all, err := c.desk.Batches(v.ctx(), v.who)
	if err != nil {
		return page, err
	}
	page.Batches = openBatches(all, d.Draft.Batch, c.options.Now())
	if d.ID == "" {
		return page, nil
	}
	page.ID, page.Number, page.Edition, page.Revision, page.Lawful = d.ID, d.Number, d.Edition, d.DraftRevision, d.Lawful
	page.Title, page.Here = d.Number, itemPath(d.ID)+"/edit"
	page.Source, page.Attachments = d.Draft.Source, d.Draft.Attachments
	for n := d.Version; n > max(0, d.Version-shownVersions); n-- {
		page.Versions = append(page.Versions, n)
	}
	return page, c.gatherDraft(v, d, &page)
}

// gatherDraft asks for what stands beside a draft.
func (c *Console) gatherDraft(v *visit, d desk.Disclosure, page *draftPage) (err error) {
	if page.Points, err = c.desk.Checklist(v.ctx(), v.who, d.ID); err != nil {
		return err
	}
	for _, p := range page.Points {
		if p.Error && !p.Done {
			page.Missing++
		}
	}
	if !slices.Contains(d.Can, "edit") {
		return nil
	}
	if page.Form.Text, err = c.typedText(v, d); err != nil {
		return err
	}
	page.Others, err = c.desk.Present(v.ctx(), v.who, d.ID)
	return err
}

func (c *Console) newDraft(v *visit) error {
	page, err := c.draftPage(v, desk.Disclosure{})
	if err != nil {
		return err
	}
	page.Form.Attribute = disclosure.Proactive
	return c.showDraft(v, http.StatusOK, page)
}

// create makes the draft and puts the file into it. Sent twice, it makes one draft.
func (c *Console) create(v *visit) error {
	form := typedDraft(v)
	d, err := c.make(v, form)
	if scripted(v) {
		return c.answer(v, d, err)
	}
	if err != nil {
		return c.draftRefused(v, d, form, "draft", err)
	}
	return v.Redirect(http.StatusSeeOther, itemPath(d.ID)+"/edit?done=create")
}

func (c *Console) make(v *visit, form draftForm) (desk.Disclosure, error) {
	file, sent, err := textOf(v, form)
	if err != nil {
		return desk.Disclosure{}, err
	}
	p, err := c.patch(form)
	if err != nil {
		return desk.Disclosure{}, err
	}
	d, err := c.desk.Create(v.ctx(), v.who, v.key, p)
	if err != nil || !sent || holds(d, file) {
		return d, err
	}
	put, err := c.desk.PutBody(v.ctx(), v.who, d.ID, d.DraftRevision, file)
	if err != nil {
		return d, err
	}
	return put, nil
}

func (c *Console) editDraft(v *visit) error {
	d, err := c.desk.Get(v.ctx(), v.who, v.Param("id"))
	if err != nil {
		return err
	}
	if !slices.Contains(d.Can, "edit") {
		return v.Redirect(http.StatusSeeOther, itemPath(d.ID))
	}
	page, err := c.draftPage(v, d)
	if err != nil {
		return err
	}
	return c.showDraft(v, http.StatusOK, page)
}

// saveDraft changes the fields and, if a file came with them, the body. The
// revision says what the person saw. If somebody changed the draft meanwhile the
// page says how; if the same form came before, the work is done.
func (c *Console) saveDraft(v *visit) error {
	id, form := v.Param("id"), typedDraft(v)
	file, sent, err := textOf(v, form)
	if err == nil {
		err = c.save(v, id, form, file, sent)
	}
	if scripted(v) {
		return c.answered(v, id, err)
	}
	if err == nil {
		return v.Redirect(http.StatusSeeOther, itemPath(id)+"/edit?done=save")
	}
	d, gone := c.desk.Get(v.ctx(), v.who, id)
	if gone != nil {
		return gone
	}
	stale := disclosure.CodeOf(err) == disclosure.PreconditionFailed
	if stale && len(form.against(c.formOf(d.Draft))) == 0 && (!sent || holds(d, file)) {
		return v.Redirect(http.StatusSeeOther, itemPath(id)+"/edit?done=save")
	}
	return c.draftRefused(v, d, form, "draft", err)
}

func (c *Console) save(v *visit, id string, form draftForm, file desk.Upload, sent bool) error {
	seen, err := c.desk.Get(v.ctx(), v.who, id)
	if err != nil {
		return err
	}
	form.latest = seen.Draft.Release.Latest
	p, err := c.patch(form)
	if err != nil {
		return err
	}
	d, err := c.desk.Edit(v.ctx(), v.who, id, v.revision(), p)
	if err != nil || !sent || holds(d, file) {
		return err
	}
	_, err = c.desk.PutBody(v.ctx(), v.who, id, d.DraftRevision, file)
	return err
}

// draftRefused shows the form again as it was typed.
func (c *Console) draftRefused(v *visit, d desk.Disclosure, form draftForm, name string, err error) error {
	page, broken := c.draftPage(v, d)
	if broken != nil {
		return broken
	}
	at := name
	if name == "submit" { // what is missing is missing in the fields of the draft
		at = "draft"
	}
	if !page.put(at, err) {
		return err
	}
	if d.ID == "" {
		page.Here = base + "/items/new"
	}
	if name == "draft" {
		if page.Problem.Stale {
			page.Differences = form.against(page.Form)
		}
		page.Form = form
	}
	return c.showDraft(v, status(disclosure.CodeOf(err)), page)
}

func (c *Console) attach(v *visit) error {
	id := v.Param("id")
	files, err := uploads(v, "file")
	if err == nil && len(files) == 0 {
		err = disclosure.Refuse(disclosure.Required, "file")
	}
	revision := v.revision()
	for i := 0; err == nil && i < len(files); i++ {
		var d desk.Disclosure
		d, err = c.desk.AddAttachment(v.ctx(), v.who, id, v.key, revision, files[i])
		revision = d.DraftRevision
	}
	if scripted(v) {
		return c.answered(v, id, err)
	}
	return c.draftChanged(v, id, "attach", err, func(d desk.Disclosure) bool {
		return !slices.ContainsFunc(files, func(file desk.Upload) bool {
			return !slices.ContainsFunc(d.Draft.Attachments, func(f disclosure.File) bool {
				return f.Uploaded().Name == file.Name && f.Uploaded().SHA256 == sum(file.Data)
			})
		})
	})
}

func (c *Console) detach(v *visit) error {
	id, name := v.Param("id"), v.Request().PostFormValue("name")
	_, err := c.desk.RemoveAttachment(v.ctx(), v.who, id, v.revision(), name)
	return c.draftChanged(v, id, "detach", err, func(d desk.Disclosure) bool {
		return !slices.ContainsFunc(d.Draft.Attachments, func(f disclosure.File) bool { return f.Name == name })
	})
}

// draftChanged goes back to the draft, or shows why it did not change. A form that
// was sent twice finds its work done.
func (c *Console) draftChanged(v *visit, id, form string, err error, done func(desk.Disclosure) bool) error {
	if err != nil {
		d, gone := c.desk.Get(v.ctx(), v.who, id)
		if gone != nil {
			return gone
		}
		switch code := disclosure.CodeOf(err); {
		case (code == disclosure.PreconditionFailed || code == disclosure.NotFound || code == disclosure.DuplicateName) && done(d):
		default:
			return c.draftRefused(v, d, draftForm{}, form, err)
		}
	}
	return v.Redirect(http.StatusSeeOther, itemPath(id)+"/edit?done="+form+"#files")
}

func (c *Console) submit(v *visit) error {
	id := v.Param("id")
	if _, err := c.desk.Submit(v.ctx(), v.who, id, v.key, v.revision()); err != nil {
		d, gone := c.desk.Get(v.ctx(), v.who, id)
		if gone != nil {
			return gone
		}
		if slices.Contains(d.Can, "edit") {
			return c.draftRefused(v, d, draftForm{}, "submit", err)
		}
		return c.refused(v, id, typed{form: "submit"}, err)
	}
	return c.toItem(v, id, "submit")
}

// revision is the one whose content the person saw.
func (v *visit) revision() int64 {
	n, err := strconv.ParseInt(v.typed("revision"), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// uploads reads the files of a form.
func uploads(v *visit, field string) ([]desk.Upload, error) {
	form := v.Request().MultipartForm
	if form == nil {
		return nil, nil
	}
	var all []desk.Upload
	for _, header := range form.File[field] {
		if header.Filename == "" {
			continue
		}
		f, err := header.Open()
		if err != nil {
			return nil, disclosure.Refuse(disclosure.BadRequest, field, "why", "form")
		}
		data, err := io.ReadAll(f)
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("read upload: %w", err)
		}
		all = append(all, desk.Upload{Name: header.Filename, Data: data})
	}
	return all, nil
}

// uploaded reads the file of a form, if one was chosen.
func uploaded(v *visit, field string) (desk.Upload, bool, error) {
	all, err := uploads(v, field)
	if err != nil || len(all) == 0 {
		return desk.Upload{}, false, err
	}
	return all[0], true, nil
}

// holds says whether d's body came from this very file.
func holds(d desk.Disclosure, u desk.Upload) bool {
	return d.Draft.Source != nil && d.Draft.Source.SHA256 == sum(u.Data)
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}
