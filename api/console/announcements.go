package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// Announcements is what the pages of announcements (发布预告) ask of the desk.
type Announcements interface {
	Announcements(ctx context.Context, who desk.Actor, cursor string, limit int) (desk.Page[desk.Announcement], error)
	Announcement(ctx context.Context, who desk.Actor, id string) (desk.Announcement, error)
	Announce(ctx context.Context, who desk.Actor, key string, in desk.AnnouncementInput) (desk.Announcement, error)
	ChangeAnnouncement(ctx context.Context, who desk.Actor, id string, in desk.AnnouncementInput) (desk.Announcement, error)
	SettleAnnouncement(ctx context.Context, who desk.Actor, id string, line int, confirm bool) (desk.Announcement, error)
	WithdrawAnnouncement(ctx context.Context, who desk.Actor, id, reason string) (desk.Announcement, error)
}

const (
	announcementsPath   = base + "/announcements"
	announcementsListed = 40
)

// announcementsPage is every announcement of the unit, with the form for another.
type announcementsPage struct {
	Frame
	All   []desk.Announcement
	Next  string // where the next page begins
	Typed desk.AnnouncementInput
}

// announcementPage is one, with every line and the form for the next.
type announcementPage struct {
	Frame
	A     desk.Announcement
	Typed desk.AnnouncementInput
}

// Can says whether one may do that with it.
func (p announcementPage) Can(act string) bool { return slices.Contains(p.A.Can, act) }

// Waiting is the line that waits for a second person, or may be taken back.
func (p announcementPage) Waiting() desk.AnnouncementLine { return p.A.Lines[0] }

func typedAnnouncement(v *visit) desk.AnnouncementInput {
	return desk.AnnouncementInput{Title: v.typed("title"), Planned: v.typed("planned"), Cancelled: v.typed("cancelled") != "", Reason: v.typed("reason"), Item: v.typed("item")}
}

func (c *Console) announcements(v *visit) error {
	return c.showAnnouncements(v, http.StatusOK, desk.AnnouncementInput{Item: v.QueryParam("item")}, nil)
}

func (c *Console) showAnnouncements(v *visit, code int, t desk.AnnouncementInput, refused error) error {
	frame, err := c.frame(v, "announce.title", "calendar")
	if err != nil {
		return err
	}
	frame.Here = announcementsPath
	if refused != nil && !frame.put("announce", refused) {
		return refused
	}
	p := announcementsPage{Frame: frame, Typed: t}
	page, err := c.desk.Announcements(v.ctx(), v.who, v.QueryParam("cursor"), announcementsListed)
	if err != nil {
		return err
	}
	p.All, p.Next = page.Items, page.Next
	return c.show(v, code, "announcements", p)
}

func (c *Console) announce(v *visit) error {
	in := typedAnnouncement(v)
	a, err := c.desk.Announce(v.ctx(), v.who, v.key, in)
	if err != nil {
		return c.showAnnouncements(v, status(disclosure.CodeOf(err)), in, err)
	}
	return v.Redirect(http.StatusSeeOther, announcementPath(a.ID)+"?done=announced")
}

func announcementPath(id string) string { return announcementsPath + "/" + id }

func (c *Console) announcement(v *visit) error {
	return c.showAnnouncement(v, http.StatusOK, nil, "", nil)
}

// showAnnouncement shows one with what was typed for its next line, or else with what stands.
func (c *Console) showAnnouncement(v *visit, code int, t *desk.AnnouncementInput, form string, refused error) error {
	frame, err := c.frame(v, "announce.title", "calendar")
	if err != nil {
		return err
	}
	p := announcementPage{}
	if p.A, err = c.desk.Announcement(v.ctx(), v.who, v.Param("id")); err != nil {
		return err
	}
	frame.Here = announcementPath(p.A.ID)
	if refused != nil && !frame.put(form, refused) {
		return refused
	}
	p.Frame = frame
	p.Typed = desk.AnnouncementInput{Title: p.A.Title, Planned: p.A.Planned}
	if p.A.Item != nil {
		p.Typed.Item = p.A.Item.Name
	}
	if t != nil {
		p.Typed = *t
	}
	return c.show(v, code, "announcement", p)
}

func (c *Console) changeAnnouncement(v *visit) error {
	in := typedAnnouncement(v)
	if _, err := c.desk.ChangeAnnouncement(v.ctx(), v.who, v.Param("id"), in); err != nil {
		return c.showAnnouncement(v, status(disclosure.CodeOf(err)), &in, "announce", err)
	}
	return v.Redirect(http.StatusSeeOther, announcementPath(v.Param("id"))+"?done=announced")
}

func (c *Console) confirmAnnouncement(v *visit) error {
	return c.settleAnnouncement(v, true, "confirm", "announceok")
}

func (c *Console) refuseAnnouncement(v *visit) error {
	return c.settleAnnouncement(v, false, "refuse", "announceno")
}

func (c *Console) settleAnnouncement(v *visit, confirm bool, form, done string) error {
	line, _ := strconv.Atoi(v.Param("line")) // what is no number is no line
	if _, err := c.desk.SettleAnnouncement(v.ctx(), v.who, v.Param("id"), line, confirm); err != nil {
		return c.showAnnouncement(v, status(disclosure.CodeOf(err)), nil, form, err)
	}
	return v.Redirect(http.StatusSeeOther, announcementPath(v.Param("id"))+"?done="+done)
}

func (c *Console) withdrawAnnouncement(v *visit) error {
	if _, err := c.desk.WithdrawAnnouncement(v.ctx(), v.who, v.Param("id"), v.typed("reason")); err != nil {
		return c.showAnnouncement(v, status(disclosure.CodeOf(err)), nil, "withdraw", err)
	}
	return v.Redirect(http.StatusSeeOther, announcementPath(v.Param("id"))+"?done=announcegone")
}
