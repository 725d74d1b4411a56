package console

import (
	"net/http"
	"net/url"
	"time"

	"shenfa/internal/desk"
)

// shownEvents is how many of the last events stand on an item's own page.
const shownEvents = 5

// day is a day of events.
type day struct {
	At     time.Time
	Events []desk.Event
}

// trailPage is all that the ledger holds about an item.
type trailPage struct {
	Frame
	D     desk.Disclosure
	Trail desk.Trail
	Sort  string
	All   bool
	Days  []trailDay
	Total int
}

type trailDay struct {
	At      time.Time
	Entries []desk.TrailEntry
}

// Sorts are the choices of the filter; "" is all.
func (p trailPage) Sorts() []string { return []string{"", "act", "read", "refused"} }

// Count is how many rows a choice has.
func (p trailPage) Count(sort string) int {
	if sort == "" {
		return p.Total
	}
	return p.Trail.Counts[sort]
}

// Address is where a choice is shown.
func (p trailPage) Address(sort, cursor string, all bool) string {
	q := url.Values{}
	for name, value := range map[string]string{"sort": sort, "cursor": cursor} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if all {
		q.Set("all", "1")
	}
	if len(q) == 0 {
		return itemPath(p.D.ID) + "/trail"
	}
	return itemPath(p.D.ID) + "/trail?" + q.Encode()
}

// Short is the first and the last of a hash; the whole is in the evidence.
func (p trailPage) Short(digest string) string {
	if len(digest) < 8 {
		return ""
	}
	return digest[:4] + "…" + digest[len(digest)-4:]
}

func (c *Console) trail(v *visit) error {
	frame, err := c.frame(v, "trail.title", "")
	if err != nil {
		return err
	}
	page := trailPage{Frame: frame, Sort: v.QueryParam("sort"), All: v.QueryParam("all") != ""}
	if page.D, err = c.desk.Get(v.ctx(), v.who, v.Param("id")); err != nil {
		return err
	}
	if page.Trail, err = c.desk.Trail(v.ctx(), v.who, page.D.ID, desk.TrailQuery{Sort: page.Sort, Cursor: v.QueryParam("cursor"), All: page.All}); err != nil {
		return err
	}
	for _, n := range page.Trail.Counts {
		page.Total += n
	}
	for _, e := range page.Trail.Items {
		if n := len(page.Days); n == 0 || page.local(page.Days[n-1].At).Format(time.DateOnly) != page.local(e.At).Format(time.DateOnly) {
			page.Days = append(page.Days, trailDay{At: e.At})
		}
		last := &page.Days[len(page.Days)-1]
		last.Entries = append(last.Entries, e)
	}
	page.Frame.Here = page.Address(page.Sort, v.QueryParam("cursor"), page.All)
	return c.show(v, http.StatusOK, "trail", page)
}

// gatherTimeline puts the last events on an item's page.
func (c *Console) gatherTimeline(v *visit, p *itemPage) error {
	events, err := c.desk.Timeline(v.ctx(), v.who, p.D.ID)
	p.Entries = len(events)
	for _, e := range events[max(0, len(events)-shownEvents):] {
		if n := len(p.Days); n == 0 || p.local(p.Days[n-1].At).Format(time.DateOnly) != p.local(e.At).Format(time.DateOnly) {
			p.Days = append(p.Days, day{At: e.At})
		}
		last := &p.Days[len(p.Days)-1]
		last.Events = append(last.Events, e)
	}
	return err
}

// reviewForm sends the form of the confidentiality review as a paper.
func (c *Console) reviewForm(v *visit) error {
	f, err := c.desk.ReviewForm(v.ctx(), v.who, v.Param("id"), v.Param("as"))
	if err != nil {
		return err
	}
	return c.download(v, f)
}
