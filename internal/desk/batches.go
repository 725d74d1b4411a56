package desk

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// Batch is what becomes public together or not at all (同批发布).
type Batch struct {
	ID        string      `json:"id"`
	Title     string      `json:"title"`
	At        time.Time   `json:"at"`
	By        Ref         `json:"by"`
	CreatedAt time.Time   `json:"created_at"`
	Items     []BatchItem `json:"items"`  // those I may see
	Hidden    int         `json:"hidden"` // how many more there are
	Ready     bool        `json:"ready"`  // all are approved for that instant
}

// BatchItem is one of its disclosures. Lacking says why it keeps the others back: a code,
// empty if it does not.
type BatchItem struct {
	Disclosure Summary `json:"disclosure"`
	Lacking    string  `json:"lacking"`
}

// BatchInput makes a batch.
type BatchInput struct {
	Title string    `json:"title"`
	At    time.Time `json:"at"`
}

// BatchOutcome is what an act on a batch did to one of its items; Code is empty if it
// was done.
type BatchOutcome struct {
	ID      string          `json:"id"`
	Number  string          `json:"number"`
	Code    disclosure.Code `json:"code"`
	Message string          `json:"message"` // in Chinese
}

const maxBatches = 100

// AddBatch makes an empty batch for an instant.
func (d *Desk) AddBatch(ctx context.Context, who Actor, key string, in BatchInput) (Batch, error) {
	if err := d.needs(ctx, who, disclosure.MayCreate, "create_batch", ""); err != nil {
		return Batch{}, err
	}
	in.Title = strings.TrimSpace(in.Title)
	now, err := d.store.Now(ctx)
	switch {
	case err != nil:
		return Batch{}, err
	case in.Title == "":
		return Batch{}, disclosure.Refuse(disclosure.Required, "title")
	case in.At.IsZero():
		return Batch{}, disclosure.Refuse(disclosure.Required, "at")
	case !in.At.After(now):
		return Batch{}, disclosure.Refuse(disclosure.ReleaseInPast, "at", "at", disclosure.ShowInstant(in.At, disclosure.DefaultZone))
	}
	id := store.Derive("batch", who.ID, key)
	if err := d.store.AddBatch(ctx, id, who.Person, in.Title, in.At.UTC()); err != nil {
		return Batch{}, err
	}
	return d.Batch(ctx, who, id)
}

// Batches lists the batches of the unit that are to come or are not older than 30 days.
func (d *Desk) Batches(ctx context.Context, who Actor) ([]Batch, error) {
	if err := d.needs(ctx, who, disclosure.MayRead, "list_batches", ""); err != nil {
		return nil, err
	}
	rows, err := d.store.Batches(ctx, who.Unit, maxBatches)
	if err != nil {
		return nil, err
	}
	out := make([]Batch, len(rows))
	for i, b := range rows {
		if out[i], err = d.batch(ctx, who, b); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Batch shows a batch of the unit.
func (d *Desk) Batch(ctx context.Context, who Actor, id string) (Batch, error) {
	if err := d.needs(ctx, who, disclosure.MayRead, "read_batch", id); err != nil {
		return Batch{}, err
	}
	b, err := d.store.Batch(ctx, who.Unit, id)
	if err != nil {
		return Batch{}, err
	}
	return d.batch(ctx, who, b)
}

func (d *Desk) batch(ctx context.Context, who Actor, b store.Batch) (Batch, error) {
	rows, err := d.store.BatchItems(ctx, b.ID)
	if err != nil {
		return Batch{}, err
	}
	out := Batch{ID: b.ID, Title: b.Title, At: b.At, By: Ref{ID: b.By, Name: b.ByName}, CreatedAt: b.CreatedAt, Items: []BatchItem{}, Ready: len(rows) > 0}
	for _, row := range rows {
		why := lacking(row, b.At)
		out.Ready = out.Ready && why == ""
		switch _, err := d.store.Disclosure(ctx, who.Person, row.ID); {
		case disclosure.CodeOf(err) == disclosure.NotFound:
			out.Hidden++
		case err != nil:
			return Batch{}, err
		default:
			out.Items = append(out.Items, BatchItem{Disclosure: summary(row), Lacking: why})
		}
	}
	return out, nil
}

// lacking says why an item would keep its batch back at at.
func lacking(row store.Row, at time.Time) string {
	switch s := row.Case.State; {
	case s == disclosure.Approved, s == disclosure.Armed:
		if !row.Case.ReleaseAt.Equal(at) {
			return "another_instant"
		}
		return ""
	case isPublic(s):
		return ""
	case s == disclosure.Held:
		return "held"
	case s.Final(), s == disclosure.Withdrawn:
		return "ended"
	}
	return "not_approved"
}

// fitsBatch refuses an item that is not planned for the instant of its batch.
func (d *Desk) fitsBatch(ctx context.Context, who Actor, id string, draft disclosure.Draft) error {
	if draft.Batch == "" {
		return nil
	}
	in, err := d.store.BatchOf(ctx, id)
	if err != nil {
		return err
	}
	if in != draft.Batch {
		return disclosure.Refuse(disclosure.BatchUnknown, "batch")
	}
	b, err := d.store.Batch(ctx, who.Unit, draft.Batch)
	if err != nil {
		return err
	}
	if draft.Release.Undated() || !draft.Release.At.Equal(b.At) {
		return disclosure.Refuse(disclosure.BatchInstant, "release.at", "at", disclosure.ShowInstant(b.At, disclosure.DefaultZone))
	}
	return nil
}

// RescheduleBatch moves the whole batch. Nothing moves unless all that are approved may.
func (d *Desk) RescheduleBatch(ctx context.Context, who Actor, id, key string, at time.Time, reason string) (Batch, error) {
	b, rows, err := d.mine(ctx, who, id, "reschedule_batch")
	if err != nil {
		return Batch{}, err
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return Batch{}, err
	}
	at = at.UTC()
	act := disclosure.Act{Type: disclosure.Reschedule, By: who.Person, At: now, ReleaseAt: at, Batch: b.ID, Opinion: "-"}
	rows = slices.DeleteFunc(rows, func(r store.Row) bool { return len(r.Case.State.Leads(disclosure.Reschedule)) == 0 })
	for _, r := range rows {
		if r.Case.ReleaseAt.Equal(at) && r.Case.State != disclosure.Held {
			continue
		}
		if err := r.Case.Check(act); err != nil {
			return Batch{}, err
		}
		if err := d.admitMove(ctx, who, r.ID, act); err != nil {
			return Batch{}, err
		}
	}
	if !at.After(now) {
		return Batch{}, disclosure.Refuse(disclosure.ReleaseInPast, "at", "at", disclosure.ShowInstant(at, disclosure.DefaultZone))
	}
	if err := d.store.MoveBatch(ctx, b.ID, who.Person, at); err != nil {
		return Batch{}, err
	}
	// Until the last has moved, no two agree on an instant, and none is public.
	for _, r := range rows {
		if r.Case.ReleaseAt.Equal(at) && r.Case.State != disclosure.Held {
			continue
		}
		move := disclosure.Act{Type: disclosure.Reschedule, ReleaseAt: at, Batch: b.ID}
		if _, err := d.takeWith(ctx, who, r.ID, key+" "+r.ID, "reason", reason, move); err != nil {
			return Batch{}, err
		}
	}
	return d.Batch(ctx, who, id)
}

// RecallBatch recalls every item of the batch that is out, all at once, and says what
// became of each.
func (d *Desk) RecallBatch(ctx context.Context, who Actor, id, key, reason string) ([]BatchOutcome, error) {
	_, rows, err := d.mine(ctx, who, id, "recall_batch")
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(reason) == "" {
		return nil, disclosure.Refuse(disclosure.ReasonRequired, "reason")
	}
	var out []BatchOutcome
	err = d.proven(ctx, who, func(who Actor) (err error) {
		out, err = d.recallAll(ctx, who, rows, key, reason)
		return err
	})
	return out, err
}

func (d *Desk) recallAll(ctx context.Context, who Actor, rows []store.Row, key, reason string) ([]BatchOutcome, error) {
	out := make([]BatchOutcome, len(rows))
	errs := make([]error, len(rows))
	var wg sync.WaitGroup
	slots := make(chan struct{}, 8)
	for i, r := range rows {
		out[i] = BatchOutcome{ID: r.ID, Number: r.Number}
		if r.Case.State == disclosure.Recalled {
			continue
		}
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			_, errs[i] = d.Recall(ctx, who, r.ID, key+" "+r.ID, reason)
		})
	}
	wg.Wait()
	for i, err := range errs {
		if err == nil {
			continue
		}
		var r *disclosure.Refusal
		if !errors.As(err, &r) {
			return nil, err // some are recalled: the same request again recalls the rest
		}
		out[i].Code, out[i].Message = r.Code, r.Sentence("zh")
	}
	return out, nil
}

// LeaveBatch takes an item out of a batch, with a reason. It needs new approvals; the
// others no longer wait for it.
func (d *Desk) LeaveBatch(ctx context.Context, who Actor, id, key, item, reason string) (Batch, error) {
	b, rows, err := d.mine(ctx, who, id, "leave_batch")
	if err != nil {
		return Batch{}, err
	}
	if strings.TrimSpace(reason) == "" {
		return Batch{}, disclosure.Refuse(disclosure.ReasonRequired, "reason")
	}
	if !slices.ContainsFunc(rows, func(r store.Row) bool { return r.ID == item }) {
		return Batch{}, disclosure.Refuse(disclosure.NotFound, "disclosure")
	}
	opinion, err := d.words(ctx, item, actID(who, key), "reason", reason)
	if err != nil {
		return Batch{}, err
	}
	if err := d.store.LeaveBatch(ctx, b.ID, item, who.Person, opinion); err != nil {
		return Batch{}, err
	}
	return d.Batch(ctx, who, id)
}

// mine finds a batch for somebody who may release.
func (d *Desk) mine(ctx context.Context, who Actor, id, action string) (store.Batch, []store.Row, error) {
	if err := d.needs(ctx, who, disclosure.MayRelease, action, id); err != nil {
		return store.Batch{}, nil, err
	}
	b, err := d.store.Batch(ctx, who.Unit, id)
	if err != nil {
		return store.Batch{}, nil, err
	}
	rows, err := d.store.BatchItems(ctx, id)
	return b, rows, err
}

// viewBatch adds what an item is released with.
func (d *Desk) viewBatch(ctx context.Context, who Actor, row store.Row, v *Disclosure) error {
	id, err := d.store.BatchOf(ctx, row.ID)
	if err != nil || id == "" {
		return err
	}
	b, err := d.Batch(ctx, who, id)
	if err != nil {
		return err
	}
	v.Batch = &b
	return nil
}
