package console

import (
	"cmp"
	"context"
	"html/template"
	"net/http"
	"net/url"
	"strconv"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// Previews is what the pages about reading ahead (预览) ask of the desk.
type Previews interface {
	Previews(ctx context.Context, who desk.Actor, id string) ([]desk.Preview, error)
	AddPreview(ctx context.Context, who desk.Actor, id, key string, in desk.PreviewInput) (desk.Preview, error)
	RevokePreview(ctx context.Context, who desk.Actor, id, preview string) (desk.Preview, error)
	MyPreviews(ctx context.Context, who desk.Actor) ([]desk.Preview, error)
	MyAhead(ctx context.Context, who desk.Actor, preview string) (desk.Ahead, error)
	MyAheadFile(ctx context.Context, who desk.Actor, preview string, n int) (desk.FileData, error)
}

const aheadPath = base + "/previews"

// previewsPage is who may read an item ahead.
type previewsPage struct {
	Frame
	D          desk.Disclosure
	All        []desk.Preview
	Colleagues []desk.Colleague
	Typed      desk.PreviewInput
	Hours      string
	Link       string // just made: the only time it is seen
	For        string
}

// Style is the shape of a preview's state.
func (p previewsPage) Style(state string) string {
	switch state {
	case "open":
		return "ok"
	case "waiting":
		return "hold"
	}
	return ""
}

// Rules bound how long.
func (p previewsPage) Rules() disclosure.PreviewRules { return disclosure.Previewing() }

func (c *Console) previews(v *visit) error {
	return c.showPreviews(v, http.StatusOK, previewsPage{}, nil)
}

// addPreview shows the link on the page that answers, for it is seen only once.
func (c *Console) addPreview(v *visit) error {
	p := previewsPage{Hours: v.typed("hours"), Typed: desk.PreviewInput{
		Manifest: disclosure.Hash(v.typed("manifest_hash")), Reader: v.typed("reader"), Person: v.typed("person"), Embargo: v.typed("embargo") != "",
	}}
	if p.Hours != "" {
		n, err := strconv.Atoi(p.Hours)
		if err != nil {
			return c.showPreviews(v, http.StatusUnprocessableEntity, p, disclosure.Refuse(disclosure.WrongType, "hours", "why", "1, 2, 3 …"))
		}
		p.Typed.Hours = cmp.Or(n, -1)
	}
	made, err := c.desk.AddPreview(v.ctx(), v.who, v.Param("id"), v.key, p.Typed)
	if err != nil {
		return c.showPreviews(v, status(disclosure.CodeOf(err)), p, err)
	}
	if made.Path == "" {
		return v.Redirect(http.StatusSeeOther, itemPath(v.Param("id"))+"/previews?done=preview")
	}
	return c.showPreviews(v, http.StatusCreated, previewsPage{Link: v.Scheme() + "://" + v.Request().Host + made.Path, For: made.Reader}, nil)
}

func (c *Console) revokePreview(v *visit) error {
	if _, err := c.desk.RevokePreview(v.ctx(), v.who, v.Param("id"), v.Param("preview")); err != nil {
		return err
	}
	return v.Redirect(http.StatusSeeOther, itemPath(v.Param("id"))+"/previews?done=unpreview")
}

func (c *Console) showPreviews(v *visit, code int, page previewsPage, refusal error) error {
	var err error
	if page.Frame, err = c.frame(v, "previews.title", "inbox"); err != nil {
		return err
	}
	if page.D, err = c.desk.Get(v.ctx(), v.who, v.Param("id")); err != nil {
		return err
	}
	if page.All, err = c.desk.Previews(v.ctx(), v.who, page.D.ID); err != nil {
		return err
	}
	if v.who.May(disclosure.MayDecide) {
		if page.Colleagues, err = c.desk.Colleagues(v.ctx(), v.who); err != nil {
			return err
		}
	}
	page.Here = itemPath(page.D.ID) + "/previews"
	if refusal != nil && !page.put("preview", refusal) {
		return refusal
	}
	return c.show(v, code, "previews", page)
}

// Answers says whether the viewer is one of those who may show the item ahead.
func (p itemPage) Answers() bool {
	who := disclosure.Person{ID: p.Me.ID, Unit: p.Me.Unit.ID, Section: p.Me.Section.ID}
	for _, r := range p.Me.Roles {
		who.Roles = append(who.Roles, r.ID)
	}
	return disclosure.Case{Unit: who.Unit, Section: p.D.Section.ID, Drafter: p.D.Drafter.ID}.AnswersFor(who)
}

// aheadPage is what the viewer may read ahead: a list, or one version.
type aheadPage struct {
	Frame
	All   []desk.Preview
	Ahead *desk.Ahead
	Body  template.HTML
}

// FilePath is where attachment i, from 0, is saved from.
func (p aheadPage) FilePath(i int) string {
	return aheadPath + "/" + url.PathEscape(p.Ahead.ID) + "/files/" + strconv.Itoa(i+1)
}

func (c *Console) myPreviews(v *visit) error {
	page := aheadPage{}
	var err error
	if page.Frame, err = c.frame(v, "ahead.title", "inbox"); err != nil {
		return err
	}
	if page.All, err = c.desk.MyPreviews(v.ctx(), v.who); err != nil {
		return err
	}
	page.Here = aheadPath
	return c.show(v, http.StatusOK, "ahead", page)
}

// ahead shows a version to somebody named; once it is public, they go there.
func (c *Console) ahead(v *visit) error {
	a, err := c.desk.MyAhead(v.ctx(), v.who, v.Param("preview"))
	if err != nil {
		return err
	}
	if a.Public {
		return v.Redirect(http.StatusSeeOther, "/items/"+url.PathEscape(a.Item.Number))
	}
	page := aheadPage{Ahead: &a}
	if page.Frame, err = c.frame(v, "ahead.title", "inbox"); err != nil {
		return err
	}
	if page.Body, err = body(a.Item.HTML); err != nil {
		return err
	}
	page.Here = aheadPath + "/" + url.PathEscape(a.ID)
	return c.show(v, http.StatusOK, "ahead", page)
}

func (c *Console) aheadFile(v *visit) error {
	n, err := strconv.Atoi(v.Param("n"))
	if err != nil {
		return disclosure.Refuse(disclosure.NotFound, "name")
	}
	f, err := c.desk.MyAheadFile(v.ctx(), v.who, v.Param("preview"), n)
	if err != nil {
		return err
	}
	return c.download(v, f)
}
