package desk

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// nearLimit is how many working days before the limit of the law a drafter is warned.
const nearLimit = 3

// submittable asks everything that a draft is asked when it is submitted, in the order in
// which people mend it.
func (d *Desk) submittable(ctx context.Context, who Actor, id, number string, edition int, draft disclosure.Draft, now time.Time) (*Lawful, disclosure.Terms, error) {
	if err := d.fitsCorrection(ctx, id, edition, draft, now); err != nil {
		return nil, disclosure.Terms{}, err
	}
	lawful, err := d.complete(draft, now)
	if err != nil {
		return nil, disclosure.Terms{}, err
	}
	terms, err := d.admit(ctx, who, draft)
	if err != nil {
		return nil, disclosure.Terms{}, err
	}
	if err := d.fitsBatch(ctx, who, id, draft); err != nil {
		return nil, disclosure.Terms{}, err
	}
	return lawful, terms, d.fitsTies(ctx, who, id, number, draft)
}

// Checklist looks a draft through before it is submitted: while an error is not done, its
// submission is refused; a warning keeps nobody from it.
func (d *Desk) Checklist(ctx context.Context, who Actor, id string) ([]disclosure.Point, error) {
	row, err := d.row(ctx, who, id, "checklist")
	if err != nil {
		return nil, err
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return nil, err
	}
	around := disclosure.Around{Now: now, Correction: row.Edition > 1}
	if formed, err := calendar.ParseDate(row.Draft.FormedOn); err == nil && row.Draft.Kind != "" {
		if due, ok := d.calendar.Get().Statutory(row.Draft.Kind, formed); ok {
			near, _ := d.calendar.Get().AddWorkingDays(d.calendar.Get().DateOf(due.At), -nearLimit)
			around.Limit, around.Near = due.At, d.calendar.Get().End(near)
		}
	}
	ties, err := d.store.Ties(ctx, id)
	if err != nil {
		return nil, err
	}
	around.Interpreted = slices.ContainsFunc(ties, func(t store.Tied) bool { return t.Relation == "interpretation" })
	said, err := d.store.Comments(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, c := range said {
		if c.ID == c.Thread && c.ResolvedAt == nil {
			around.OpenComments++
		}
	}
	if body := row.Draft.Body; body != nil {
		page, err := d.store.Blob(ctx, id, body.Blob)
		if err != nil {
			return nil, err
		}
		around.DeadLinks = deadLinks(page)
	}
	points := row.Draft.Checklist(around)
	var refused *disclosure.Refusal
	if _, _, err := d.submittable(ctx, who, id, row.Number, row.Edition, row.Draft, now); errors.As(err, &refused) {
		return refusedFor(points, refused), nil
	} else if err != nil {
		return nil, err
	}
	return points, nil
}

// refusedFor marks the point that a submission would be refused for.
func refusedFor(points []disclosure.Point, r *disclosure.Refusal) []disclosure.Point {
	p := disclosure.Point{ID: r.Field, Field: r.Field, Error: true, Code: r.Code, Zh: r.Sentence("zh"), En: r.Sentence("en")}
	if i := slices.IndexFunc(points, func(o disclosure.Point) bool { return o.Error && o.Field == r.Field }); i >= 0 {
		points[i] = p
		return points
	}
	last := slices.IndexFunc(points, func(o disclosure.Point) bool { return !o.Error })
	if last < 0 {
		last = len(points)
	}
	return slices.Insert(points, last, p)
}

// deadLinks are links of a page that nobody outside can open: to a file of somebody's
// machine, a machine inside, or a place that the page does not have.
func deadLinks(page []byte) []string {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return nil
	}
	var links []string
	places := map[string]bool{}
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			switch {
			case a.Key == "id" || n.Data == "a" && a.Key == "name":
				places[a.Val] = true
			case n.Data == "a" && a.Key == "href":
				links = append(links, strings.TrimSpace(a.Val))
			}
		}
	}
	return slices.DeleteFunc(links, func(link string) bool {
		if place, inside := strings.CutPrefix(link, "#"); inside {
			return place == "" || places[place]
		}
		return opensOutside(link)
	})
}

func opensOutside(link string) bool {
	u, err := url.Parse(link)
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "mailto", "tel":
		return true
	case "http", "https":
	default:
		return false
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); ip != nil {
		return !ip.IsPrivate() && !ip.IsLoopback() && !ip.IsLinkLocalUnicast() && !ip.IsUnspecified()
	}
	return strings.Contains(host, ".") && !strings.HasSuffix(host, ".local") && !strings.HasSuffix(host, ".lan") && !strings.HasSuffix(host, ".internal")
}

// Preview shows a text as the portal would: nothing of it is kept.
func (d *Desk) Preview(ctx context.Context, who Actor, u Upload) ([]byte, error) {
	if err := d.needs(ctx, who, disclosure.MayCreate, "preview", ""); err != nil {
		return nil, err
	}
	if err := checkUpload(&u, "body", disclosure.MaxBody); err != nil {
		return nil, err
	}
	page, _, err := d.bodyOf(ctx, u)
	return page, err
}

// RollBack gives the draft at revision the content of an earlier version. What it was is a
// version or is lost, as with any edit; who contributed stays.
func (d *Desk) RollBack(ctx context.Context, who Actor, id string, revision int64, version int) (Disclosure, error) {
	if err := d.editable(ctx, who, id, "roll_back"); err != nil {
		return Disclosure{}, err
	}
	was, err := d.store.Version(ctx, id, version)
	if err != nil {
		return Disclosure{}, err
	}
	if !was.Readable {
		return Disclosure{}, disclosure.Refuse(disclosure.NotFound, "version")
	}
	return d.edit(ctx, who, id, revision, "roll_back", func(draft *disclosure.Draft, _ func([]byte) (string, error)) error {
		*draft = was.Draft
		return draft.Validate(d.channels)
	})
}

// Present says that the person has the draft open, and who else has.
func (d *Desk) Present(ctx context.Context, who Actor, id string) ([]Ref, error) {
	if err := d.editable(ctx, who, id, "present"); err != nil {
		return nil, err
	}
	rows, err := d.store.Present(ctx, id, who.ID)
	out := make([]Ref, len(rows))
	for i, r := range rows {
		out[i] = Ref(r)
	}
	return out, err
}
