package portal

import (
	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// announcementsPage lists releases to come (发布预告) and what became of earlier ones.
type announcementsPage struct {
	Frame
	Sections []announcedSection
}

// announcedSection is what is to come, or what is over.
type announcedSection struct {
	ID, Heading string
	Rows        []announcement
}

// announcementPage is one with all that was announced of it.
type announcementPage struct {
	Frame
	announcement
	Lines []announcementLine
}

type announcement struct {
	Href, Name, Unit string
	State            string // named
	When             string
	Number, Item     string // and where it is, once it is public
	Released         moment
}

type announcementLine struct {
	Name, When, Reason string
	At                 moment
}

func (p *Portal) announcements(c echo.Context) error {
	f := p.frame(c, say(p.language(c), "announce"))
	until, err := p.next(c.Request().Context())
	if err != nil {
		return err
	}
	all, err := p.desk.PublicAnnouncements(c.Request().Context())
	if err != nil {
		return err
	}
	coming, over := announcedSection{ID: "coming", Heading: f.Say("announce.coming")}, announcedSection{ID: "over", Heading: f.Say("announce.over")}
	for _, a := range all {
		to := &over
		if a.State == "provisional" || a.State == "confirmed" {
			to = &coming
		}
		to.Rows = append(to.Rows, p.announced(f, a))
	}
	page := announcementsPage{Frame: f, Sections: []announcedSection{coming}}
	if over.Rows != nil {
		page.Sections = append(page.Sections, over)
	}
	return p.sendPage(c, f, "announcements.html", page, answer{until: until, age: foundAge})
}

func (p *Portal) announcement(c echo.Context) error {
	id, err := address(c, "id")
	if err != nil {
		return err
	}
	until, err := p.next(c.Request().Context())
	if err != nil {
		return err
	}
	a, err := p.desk.PublicAnnouncement(c.Request().Context(), id)
	if err != nil {
		return err
	}
	f := p.frame(c, a.Title)
	page := announcementPage{Frame: f, announcement: p.announced(f, a)}
	for _, l := range a.Lines {
		page.Lines = append(page.Lines, announcementLine{Name: l.Title, When: p.planned(f, l.Planned), Reason: l.Reason, At: p.moment(l.At)})
	}
	return p.sendPage(c, f, "announcement.html", page, answer{until: until, age: foundAge})
}

func (p *Portal) announced(f Frame, a desk.PublicAnnouncement) announcement {
	out := announcement{
		Href: f.To("/announcements/" + a.ID), Name: a.Title, Unit: a.Unit, State: f.Say("announce." + a.State), When: p.planned(f, a.Planned), Number: a.Number, Released: p.moment(a.ReleasedAt),
	}
	if a.Planned.Precision == disclosure.ByNoMeans {
		out.When = "—" // its state says so
	}
	if a.Number != "" {
		out.Item = f.To(itemPath(a.Number))
	}
	return out
}

// planned writes a month, a day or an instant as exactly as it was announced.
func (p *Portal) planned(f Frame, at disclosure.Planned) string {
	from := p.moment(at.From)
	switch at.Precision {
	case disclosure.ByMonth:
		return from.Long(f.Say("layout.month"))
	case disclosure.ByDay:
		return from.Long(f.Say("layout.day"))
	case disclosure.ByInstant:
		return from.Long(f.Say("layout.minute"))
	}
	return f.Say("announce.cancelled")
}
