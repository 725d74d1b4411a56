package desk

import (
	"context"
	"strconv"
	"strings"
	"time"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

const (
	trailPage  = 50
	trailPrint = 2000 // rows at most on paper
)

// TrailQuery asks for a part of a trail: rows of one sort, or of all where it is empty, a
// page after another, or All of them at once.
type TrailQuery struct {
	Sort   string
	Cursor string
	All    bool
}

// Trail is everything the ledger holds about an item, oldest first.
type Trail struct {
	Items  []TrailEntry   `json:"items"`
	Next   string         `json:"next"`
	Counts map[string]int `json:"counts"`  // rows of each sort
	Head   *Head          `json:"head"`    // newest signed checkpoint
	Sealed bool           `json:"sealed"`  // every act is under it
	Formed string         `json:"formed"`  // day on which the information was formed
	Taken  *int           `json:"taken"`   // working days from then until it was public
	Limit  *Lawful        `json:"limit"`   // of the law for that
	Agrees bool           `json:"agrees"`  // every channel was seen to show what was signed
	People []TrailPerson  `json:"persons"` // who had a hand in it
}

// Head is a signed checkpoint of the ledger: how many rows it had, and when.
type Head struct {
	Size int64     `json:"size"`
	At   time.Time `json:"at"`
}

// TrailPerson is who had a hand in an item, by their last part in it.
type TrailPerson struct {
	Ref
	Role     disclosure.Role `json:"role"` // "" for a contributor
	OnBehalf *Ref            `json:"on_behalf"`
}

// TrailEntry is one row of the ledger, with the act that it records where there is one.
type TrailEntry struct {
	At       time.Time `json:"at"`
	Actor    Ref       `json:"actor"` // id "system" for what the machine did
	OnBehalf *Ref      `json:"on_behalf"`
	Action   string    `json:"action"`
	Sort     string    `json:"sort"`    // act, read or refused
	Outcome  string    `json:"outcome"` // ok, or the code of the refusal
	Version  int       `json:"version"` // it was about; 0: none in particular
	Seq      *int64    `json:"log_seq"`
	Digest   string    `json:"digest"` // SHA-256 of the row as the ledger hashes it
	Act      *Event    `json:"act"`
}

// Trail tells what happened to an item, who looked at it and who was not let.
func (d *Desk) Trail(ctx context.Context, who Actor, id string, q TrailQuery) (Trail, error) {
	out := Trail{Items: []TrailEntry{}, People: []TrailPerson{}}
	offset, limit := 0, trailPage
	switch q.Sort {
	case store.TrailAll, store.TrailActs, store.TrailReads, store.TrailRefused:
	default:
		return out, disclosure.Refuse(disclosure.BadValue, "sort", "value", q.Sort, "allowed", "act, read, refused")
	}
	if q.All {
		limit = trailPrint
	} else if q.Cursor != "" {
		n, err := strconv.Atoi(q.Cursor)
		if err != nil || n < 1 {
			return out, disclosure.Refuse(disclosure.BadValue, "cursor", "value", q.Cursor, "allowed", "next")
		}
		offset = n
	}
	events, row, err := d.timeline(ctx, who, id)
	if err != nil {
		return out, err
	}
	acts := map[string]*Event{}
	for i := range events {
		acts[events[i].audit] = &events[i]
	}
	rows, counts, err := d.store.Trail(ctx, id, q.Sort, offset, limit+1)
	if err != nil {
		return out, err
	}
	if len(rows) > limit {
		rows, out.Next = rows[:limit], strconv.Itoa(offset+limit)
	}
	out.Counts = counts
	for _, r := range rows {
		out.Items = append(out.Items, trailEntry(r, acts[r.ID]))
	}
	if err := d.nameReaders(ctx, id, out.Items); err != nil {
		return out, err
	}
	if head, err := d.store.Head(ctx); err != nil {
		return out, err
	} else if head.Size > 0 {
		out.Head = (*Head)(&head)
	}
	if out.Sealed, err = d.store.Sealed(ctx, id); err != nil {
		return out, err
	}
	return out, d.sumUp(ctx, who, row, &out)
}

func trailEntry(r store.TrailEntry, act *Event) TrailEntry {
	e := TrailEntry{
		At: r.At, Actor: Ref{ID: r.Actor, Name: r.ActorName}, Action: strings.TrimPrefix(r.Action, "denied:"), Sort: r.Sort, Outcome: r.Outcome,
		Digest: r.Digest, Act: act,
	}
	e.Version, _ = strconv.Atoi(r.Detail["version"])
	if strings.HasPrefix(r.Actor, "system") {
		e.Actor = Ref{ID: "system"}
	}
	if r.Placed {
		e.Seq = new(r.Seq)
	}
	switch {
	case act != nil:
		e.OnBehalf, e.Version = act.OnBehalf, act.Version
	case r.OnBehalf != "":
		e.OnBehalf = &Ref{ID: r.OnBehalf, Name: r.OnBehalfName}
	}
	return e
}

// sumUp says how long it took, who had a hand in it, and whether what is out is what was
// signed.
func (d *Desk) sumUp(ctx context.Context, who Actor, row store.Row, out *Trail) error {
	v := Disclosure{Summary: Summary{ID: row.ID}}
	if err := d.viewEvents(ctx, who, row, &v); err != nil {
		return err
	}
	if err := d.viewPeople(ctx, who, row, &v); err != nil {
		return err
	}
	for _, p := range v.Contributors {
		out.People = append(out.People, TrailPerson{Ref: p})
	}
	for _, x := range v.Decisions {
		if !x.Void() {
			out.People = append(out.People, TrailPerson{Ref: x.Person, Role: x.Role, OnBehalf: x.OnBehalf})
		}
	}
	effects, err := d.store.Effects(ctx, row.ID, row.Version)
	if err != nil {
		return err
	}
	seen := false
	out.Agrees = len(effects) > 0
	for _, e := range effects {
		seen = seen || e.ConfirmedAt != nil
		out.Agrees = out.Agrees && e.ConfirmedAt != nil
	}
	formed, err := calendar.ParseDate(row.Draft.FormedOn)
	if err != nil {
		return nil
	}
	out.Formed = row.Draft.FormedOn
	if due, ok := d.calendar.Get().Statutory(row.Draft.Kind, formed); ok {
		out.Limit = &Lawful{Latest: due.At, Law: due.Limit.Law, Calendar: due.Explanation.Calendar, Provisional: due.Explanation.Provisional}
	}
	if seen && row.ReleaseAt != nil {
		out.Taken = new(0)
		for day := formed.AddDays(1); day.Compare(d.calendar.Get().DateOf(*row.ReleaseAt)) <= 0; day = day.AddDays(1) {
			if worked, _ := d.calendar.Get().IsWorkingDay(day); worked {
				*out.Taken++
			}
		}
	}
	return nil
}
