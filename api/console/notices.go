package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// Notices is what the pages ask of the desk about telling people.
type Notices interface {
	Clocks(ctx context.Context, who desk.Actor, id string) ([]desk.Clock, error)
	Notices(ctx context.Context, who desk.Actor, all bool, cursor string) (desk.Page[desk.Notice], error)
	DismissNotice(ctx context.Context, who desk.Actor, id string) error
	DismissNotices(ctx context.Context, who desk.Actor, upTo string) error
	NoticeSettings(ctx context.Context, who desk.Actor) (desk.NoticeSettings, error)
	SetNoticeSettings(ctx context.Context, who desk.Actor, s desk.MailSettings) (desk.NoticeSettings, error)
}

const noticesPath = base + "/notices"

// noticesPage is what a person is told, and how they want to be told by mail.
type noticesPage struct {
	Frame
	All      bool
	Rows     []desk.Notice
	Next     string
	Settings desk.NoticeSettings
}

// Newest is the newest notice on the page.
func (p noticesPage) Newest() string {
	if len(p.Rows) == 0 {
		return ""
	}
	return p.Rows[0].ID
}

// Mailed says whether a kind goes by mail.
func (p noticesPage) Mailed(k desk.NoticeKind) bool { return slices.Contains(p.Settings.Kinds, k) }

func (c *Console) notices(v *visit) error { return c.showNotices(v, http.StatusOK, nil, nil) }

func (c *Console) showNotices(v *visit, code int, typed *desk.MailSettings, refused error) error {
	f, err := c.frame(v, "notices.title", "notices")
	if err != nil {
		return err
	}
	f.Here = noticesPath
	if refused != nil && !f.put("mail", refused) {
		return refused
	}
	p := noticesPage{Frame: f, All: v.QueryParam("all") != ""}
	page, err := c.desk.Notices(v.ctx(), v.who, p.All, v.QueryParam("after"))
	if err != nil {
		return err
	}
	p.Rows = page.Items
	if page.Next != "" {
		q := url.Values{"after": {page.Next}}
		if p.All {
			q.Set("all", "1")
		}
		p.Next = noticesPath + "?" + q.Encode()
	}
	if p.Settings, err = c.desk.NoticeSettings(v.ctx(), v.who); err != nil {
		return err
	}
	if typed != nil {
		p.Settings.MailSettings = *typed
	}
	return c.show(v, code, "notices", p)
}

func (c *Console) dismissNotice(v *visit) error {
	if err := c.desk.DismissNotice(v.ctx(), v.who, v.Param("id")); err != nil {
		return err
	}
	return v.Redirect(http.StatusSeeOther, noticesPath)
}

func (c *Console) dismissNotices(v *visit) error {
	if err := c.desk.DismissNotices(v.ctx(), v.who, v.typed("up_to")); err != nil {
		return err
	}
	return v.Redirect(http.StatusSeeOther, noticesPath+"?done=dismissed")
}

func (c *Console) setNoticeSettings(v *visit) error {
	s := desk.MailSettings{
		Email: v.typed("email"), Language: v.typed("language"), Digest: v.typed("digest"), QuietFrom: v.typed("quiet_from"), QuietUntil: v.typed("quiet_until"),
	}
	for _, k := range v.Request().PostForm["kinds"] {
		s.Kinds = append(s.Kinds, desk.NoticeKind(k))
	}
	if _, err := c.desk.SetNoticeSettings(v.ctx(), v.who, s); err != nil {
		return c.showNotices(v, status(disclosure.CodeOf(err)), &s, err)
	}
	return v.Redirect(http.StatusSeeOther, noticesPath+"?done=mail")
}

// Step names a step of any route by its newest version.
func (f Frame) Step(id string) string {
	for _, r := range slices.Backward(disclosure.Routes()) {
		for _, s := range r.Steps {
			if s.ID == id {
				return f.pick(s.Zh, s.En)
			}
		}
	}
	return id
}
