package desk

import (
	"context"
	"slices"
	"strings"
	"time"

	"shenfa/internal/check"
	"shenfa/internal/disclosure"
	"shenfa/internal/scan"
	"shenfa/internal/store"
)

// Announcement (发布预告) tells the public of a release to come. State is proposed (nothing was
// told yet), provisional (a month or a day), confirmed (an instant), cancelled, released,
// passed (its time is over and nothing that it names is public), withdrawn or refused.
type Announcement struct {
	ID          string             `json:"id"`
	State       string             `json:"state"`
	Title       string             `json:"title"` // of the line in force, or of the first proposed
	Planned     string             `json:"planned"`
	Unit        string             `json:"unit"`
	Item        *Ref               `json:"item"`        // what is to be released, for whoever plans releases; Name is its number
	Otherwise   bool               `json:"otherwise"`   // the plan of the item is another
	ReleasedAt  *time.Time         `json:"released_at"` // of the item
	Lines       []AnnouncementLine `json:"lines"`       // the last first
	WithdrawnAt *time.Time         `json:"withdrawn_at"`
	WithdrawnBy *Ref               `json:"withdrawn_by"`
	Withdrawal  string             `json:"withdrawal"` // why; not public
	Can         []string           `json:"can"`        // change, confirm, refuse, withdraw: what I may do
}

// AnnouncementLine is one thing that was announced, or is proposed. State is proposed, refused,
// in_force or replaced.
type AnnouncementLine struct {
	Line       int                  `json:"line"`
	State      string               `json:"state"`
	Title      string               `json:"title"`
	Precision  disclosure.Precision `json:"precision"`
	Planned    string               `json:"planned"` // 2026-12, 2026-12-08 or 2026-12-08 09:00; empty when cancelled
	Reason     string               `json:"reason"`
	ProposedBy Ref                  `json:"proposed_by"`
	ProposedAt time.Time            `json:"proposed_at"`
	SettledBy  Ref                  `json:"settled_by"`
	SettledAt  *time.Time           `json:"settled_at"`
}

// AnnouncementInput proposes the first line of an announcement, or its next.
type AnnouncementInput struct {
	Title     string `json:"title"`
	Planned   string `json:"planned"`   // a month, a day or an instant
	Cancelled bool   `json:"cancelled"` // instead of planned
	Reason    string `json:"reason"`    // public; may be empty in the first line
	Item      string `json:"item"`      // id or number of what is to be released; empty: as before, or none yet
}

// PublicAnnouncement is what anybody may know of one.
type PublicAnnouncement struct {
	ID         string
	Unit       string
	State      string // provisional, confirmed, cancelled, released or passed
	Title      string
	Planned    disclosure.Planned
	Number     string // of the item, once that is public
	ReleasedAt time.Time
	Lines      []PublicAnnouncementLine // the last first; empty in lists
}

// PublicAnnouncementLine is something that was announced, with the reason for the change.
type PublicAnnouncementLine struct {
	Title   string
	Planned disclosure.Planned
	Reason  string
	At      time.Time // since when
}

const (
	announcedFor   = 365 * 24 * time.Hour // how long the public list keeps what is over
	announcedCount = 200
)

// Announcements lists those of the unit, the last changed first, a page at a time.
func (d *Desk) Announcements(ctx context.Context, who Actor, after string, limit int) (Page[Announcement], error) {
	page := Page[Announcement]{Items: []Announcement{}}
	if err := d.needs(ctx, who, disclosure.MayRead, "announcements", ""); err != nil {
		return page, err
	}
	var before time.Time
	var id string
	if after != "" {
		var err error
		if before, id, err = readCursor(after); err != nil {
			return page, err
		}
	}
	limit = pageSize(limit)
	rows, err := d.store.Announcements(ctx, who.Unit, before, id, limit+1)
	if err != nil {
		return page, err
	}
	for from := 0; from < len(rows); {
		to := from + 1
		for to < len(rows) && rows[to].ID == rows[from].ID {
			to++
		}
		if len(page.Items) == limit {
			last := page.Items[limit-1]
			page.Next = cursor(last.Lines[0].ProposedAt, last.ID)
			break
		}
		page.Items = append(page.Items, announcementOf(who, rows[from:to]))
		from = to
	}
	return page, nil
}

// Announcement is one of the unit.
func (d *Desk) Announcement(ctx context.Context, who Actor, id string) (Announcement, error) {
	rows, err := d.announcement(ctx, who, id)
	if err != nil {
		return Announcement{}, err
	}
	return announcementOf(who, rows), nil
}

func (d *Desk) announcement(ctx context.Context, who Actor, id string) ([]store.Announced, error) {
	if err := d.needs(ctx, who, disclosure.MayRead, "announcement", object(id)); err != nil {
		return nil, err
	}
	return d.store.Announcement(ctx, who.Unit, id)
}

// inForce is the line that holds, nil before the first is confirmed.
func inForce(lines []store.Announced) *store.Announced {
	for i := range lines {
		if c := lines[i].Confirmed; c != nil && *c {
			return &lines[i]
		}
	}
	return nil
}

func announcementOf(who Actor, lines []store.Announced) Announcement {
	last, now := &lines[0], inForce(lines)
	shown := now
	if shown == nil {
		shown = last
	}
	a := Announcement{
		ID: last.ID, Title: shown.Title, Planned: shown.Planned().String(), Unit: last.UnitName, ReleasedAt: shown.ReleasedAt, Lines: []AnnouncementLine{}, WithdrawnAt: last.WithdrawnAt, Withdrawal: deref(last.Withdrawal), Can: []string{},
	}
	if shown.Disclosure != nil && who.May(disclosure.MayRelease) {
		a.Item, a.Otherwise = &Ref{ID: *shown.Disclosure, Name: deref(shown.Number)}, now != nil && now.Otherwise
	}
	if last.WithdrawnBy != nil {
		a.WithdrawnBy = &Ref{ID: *last.WithdrawnBy, Name: deref(last.Withdrawer)}
	}
	waits := last.Confirmed == nil
	switch {
	case last.WithdrawnAt != nil:
		a.State = "withdrawn"
	case now != nil:
		a.State = announcedState(*now)
	case waits:
		a.State = "proposed"
	default:
		a.State = "refused"
	}
	for i := range lines {
		l := &lines[i]
		line := AnnouncementLine{
			Line: l.Line, State: "replaced", Title: l.Title, Precision: l.Precision, Planned: l.Planned().String(), Reason: l.Reason,
			ProposedBy: Ref{ID: l.ProposedBy, Name: l.ProposedName}, ProposedAt: l.ProposedAt, SettledBy: Ref{ID: deref(l.SettledBy), Name: deref(l.SettledName)}, SettledAt: l.SettledAt,
		}
		switch {
		case l.Confirmed == nil:
			line.State = "proposed"
		case !*l.Confirmed:
			line.State = "refused"
		case l == now:
			line.State = "in_force"
		}
		a.Lines = append(a.Lines, line)
	}
	over := last.WithdrawnAt != nil || now != nil && now.Precision == disclosure.ByNoMeans
	if waits && !over {
		if who.May(disclosure.MayRelease) && who.ID != last.ProposedBy {
			a.Can = append(a.Can, "confirm")
		}
		if who.May(disclosure.MayRelease) || who.ID == last.ProposedBy {
			a.Can = append(a.Can, "refuse")
		}
	}
	if !waits && !over && mayAnnounce(who) {
		a.Can = append(a.Can, "change")
	}
	if last.WithdrawnAt == nil && now != nil && who.May(disclosure.MayRelease) {
		a.Can = append(a.Can, "withdraw")
	}
	return a
}

func announcedState(l store.Announced) string {
	switch {
	case l.Precision == disclosure.ByNoMeans:
		return "cancelled"
	case l.ReleasedAt != nil:
		return "released"
	case l.Passed:
		return "passed"
	case l.Precision == disclosure.ByInstant:
		return "confirmed"
	}
	return "provisional"
}

func mayAnnounce(who Actor) bool {
	return who.May(disclosure.MayCreate) || who.May(disclosure.MayRelease)
}

// Announce proposes an announcement. Nobody is told before another person confirms it.
func (d *Desk) Announce(ctx context.Context, who Actor, key string, in AnnouncementInput) (Announcement, error) {
	if err := d.administers(ctx, who, "announce", "", disclosure.MayCreate, disclosure.MayRelease); err != nil {
		return Announcement{}, err
	}
	return d.announce(ctx, who, store.Derive("announcement", who.ID, key), nil, in)
}

// ChangeAnnouncement proposes another line of an announcement, with a reason that is public.
func (d *Desk) ChangeAnnouncement(ctx context.Context, who Actor, id string, in AnnouncementInput) (Announcement, error) {
	if err := d.administers(ctx, who, "announce", object(id), disclosure.MayCreate, disclosure.MayRelease); err != nil {
		return Announcement{}, err
	}
	lines, err := d.announcement(ctx, who, id)
	if err != nil {
		return Announcement{}, err
	}
	if lines[0].WithdrawnAt != nil {
		return Announcement{}, disclosure.Refuse(disclosure.AnnouncedOver, "")
	}
	return d.announce(ctx, who, id, lines, in)
}

func (d *Desk) announce(ctx context.Context, who Actor, id string, lines []store.Announced, in AnnouncementInput) (Announcement, error) {
	if err := oneLine("title", &in.Title); err != nil {
		return Announcement{}, err
	}
	now, before := inForce(lines), (*disclosure.Planned)(nil)
	var was string
	if now != nil {
		p := now.Planned()
		before, was = &p, now.Title
	}
	if in.Reason = strings.TrimSpace(in.Reason); len(lines) > 0 || in.Reason != "" {
		if err := reasoned(&in.Reason); err != nil {
			return Announcement{}, err
		}
	}
	planned := disclosure.Planned{Precision: disclosure.ByNoMeans}
	if !in.Cancelled {
		var err error
		if planned, err = disclosure.ParsePlanned(in.Planned); err != nil {
			return Announcement{}, err
		}
	}
	clock, err := d.store.Now(ctx)
	if err != nil {
		return Announcement{}, err
	}
	if err := disclosure.Announce(planned, in.Title, before, was, clock); err != nil {
		return Announcement{}, err
	}
	line := store.Announced{ID: id, Line: len(lines) + 1, Title: in.Title, Precision: planned.Precision, Reason: in.Reason}
	if planned.Precision != disclosure.ByNoMeans {
		line.From, line.Until = &planned.From, &planned.Until
	}
	if now != nil {
		line.Disclosure = now.Disclosure
	}
	if in.Item != "" {
		if len(in.Item) < 36 {
			if in.Item, err = d.store.Numbered(ctx, who.Unit, in.Item); err != nil {
				return Announcement{}, err
			}
		}
		row, err := d.row(ctx, who, in.Item, "announce")
		if err != nil {
			return Announcement{}, at(err, disclosure.NotFound, "item")
		}
		line.Disclosure = &row.ID
	}
	if err := d.publishable(ctx, who, in.Title, in.Reason, clock); err != nil {
		return Announcement{}, err
	}
	if err := d.store.Announce(ctx, who.Person, line); err != nil {
		return Announcement{}, err
	}
	return d.Announcement(ctx, who, id)
}

func oneLine(field string, text *string) error {
	if err := typed(field, text, disclosure.MaxShortText); err != nil {
		return err
	}
	if !disclosure.PlainText(*text) || strings.ContainsAny(*text, "\n\t") {
		return disclosure.Refuse(disclosure.WrongType, field, "why", "U+0000–U+001F")
	}
	return nil
}

// publishable refuses words that the check would hold: they go to the public without a route.
func (d *Desk) publishable(ctx context.Context, who Actor, title, reason string, now time.Time) error {
	checker, err := check.For(ctx, d.store, who.Unit, now)
	if err != nil {
		return err
	}
	s := scan.New(scan.Options{Checker: checker.Through(d.open)})
	for _, words := range []struct{ field, text string }{{"title", title}, {"reason", reason}} {
		if words.text == "" {
			continue
		}
		f, err := s.Check(ctx, words.field+".txt", []byte(words.text))
		if err != nil {
			return err
		}
		if f.Status == scan.Clean {
			continue
		}
		worst := 0
		for _, found := range f.Findings {
			worst = max(worst, found.Class.Rank())
		}
		var rules []string
		for _, found := range f.Findings {
			if found.Class.Rank() == worst && !slices.Contains(rules, found.Rule) {
				rules = append(rules, found.Rule)
			}
		}
		d.Denied(ctx, who, "announce", "", disclosure.AnnouncedFound)
		return disclosure.Refuse(disclosure.AnnouncedFound, words.field, "rules", strings.Join(rules, ", "))
	}
	return nil
}

// SettleAnnouncement confirms or refuses a proposed line. Who proposed it may take it back,
// but not confirm it. What is confirmed is public at once.
func (d *Desk) SettleAnnouncement(ctx context.Context, who Actor, id string, line int, confirm bool) (Announcement, error) {
	perms := []disclosure.Permission{disclosure.MayRelease}
	if !confirm {
		perms = append(perms, disclosure.MayCreate)
	}
	if err := d.administers(ctx, who, "announce_settle", object(id), perms...); err != nil {
		return Announcement{}, err
	}
	lines, err := d.announcement(ctx, who, id)
	if err != nil {
		return Announcement{}, err
	}
	l := lines[0]
	deny := func(code disclosure.Code) (Announcement, error) {
		d.Denied(ctx, who, "announce_settle", id, code)
		return Announcement{}, disclosure.Refuse(code, "")
	}
	switch {
	case line < 1 || line > l.Line:
		return Announcement{}, disclosure.Refuse(disclosure.NotFound, "")
	case l.Line != line || l.Confirmed != nil:
		return Announcement{}, disclosure.Refuse(disclosure.AnnouncedSettled, "")
	case confirm && l.ProposedBy == who.ID:
		return deny(disclosure.AnnouncedSecond)
	case !confirm && l.ProposedBy != who.ID && !who.May(disclosure.MayRelease):
		return deny(disclosure.Forbidden)
	}
	if confirm {
		if l.Passed {
			return Announcement{}, disclosure.Refuse(disclosure.AnnouncedPast, "", "planned", l.Planned().String())
		}
		clock, err := d.store.Now(ctx)
		if err != nil {
			return Announcement{}, err
		}
		if err := d.publishable(ctx, who, l.Title, l.Reason, clock); err != nil { // the lists may have changed since
			return Announcement{}, err
		}
	}
	if err := d.proven(ctx, who, func(who Actor) error { return d.store.SettleAnnouncement(ctx, who.Person, l, confirm) }); err != nil {
		return Announcement{}, err
	}
	return d.Announcement(ctx, who, id)
}

// WithdrawAnnouncement hides an announcement whose words should not have been told, at once
// and for good. A release that will not take place is cancelled instead, visibly.
func (d *Desk) WithdrawAnnouncement(ctx context.Context, who Actor, id, reason string) (Announcement, error) {
	if err := d.needs(ctx, who, disclosure.MayRelease, "announce_withdraw", object(id)); err != nil {
		return Announcement{}, err
	}
	if err := reasoned(&reason); err != nil {
		return Announcement{}, err
	}
	lines, err := d.announcement(ctx, who, id)
	if err != nil {
		return Announcement{}, err
	}
	if inForce(lines) == nil {
		return Announcement{}, disclosure.Refuse(disclosure.AnnouncedUntold, "")
	}
	if err := d.proven(ctx, who, func(who Actor) error { return d.store.WithdrawAnnouncement(ctx, who.Person, id, reason) }); err != nil {
		return Announcement{}, err
	}
	return d.Announcement(ctx, who, id)
}

// PublicAnnouncements lists what is announced: what is to come, the soonest first, then what
// was, for a year.
func (d *Desk) PublicAnnouncements(ctx context.Context) ([]PublicAnnouncement, error) {
	rows, err := d.store.PublicAnnouncements(ctx, announcedFor, announcedCount)
	out := make([]PublicAnnouncement, len(rows))
	for i, r := range rows {
		out[i] = publicAnnouncement(r)
	}
	return out, err
}

// PublicAnnouncement is one with all that was ever announced of it.
func (d *Desk) PublicAnnouncement(ctx context.Context, id string) (PublicAnnouncement, error) {
	rows, err := d.store.PublicAnnouncement(ctx, id)
	if err != nil {
		return PublicAnnouncement{}, err
	}
	out := publicAnnouncement(rows[0])
	for _, r := range rows {
		out.Lines = append(out.Lines, PublicAnnouncementLine{Title: r.Title, Planned: r.Planned(), Reason: r.Reason, At: deref(r.SettledAt)})
	}
	return out, nil
}

func publicAnnouncement(r store.Announced) PublicAnnouncement {
	return PublicAnnouncement{
		ID: r.ID, Unit: r.UnitName, State: announcedState(r), Title: r.Title, Planned: r.Planned(), Number: deref(r.Number), ReleasedAt: deref(r.ReleasedAt),
	}
}
