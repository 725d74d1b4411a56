package console

import (
	"net/http"
	"slices"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// batchesPage lists what is released together.
type batchesPage struct {
	Frame
	Batches []desk.Batch
	Typed   batchForm
	Form    string // the one that was refused: batch, or the id of a batch
	Left    []desk.BatchOutcome
}

type batchForm struct{ Title, At, Reason string }

func (c *Console) batches(v *visit) error {
	return c.showBatches(v, http.StatusOK, batchesPage{}, nil)
}

func (c *Console) showBatches(v *visit, code int, page batchesPage, refusal error) error {
	frame, err := c.frame(v, "batch.title", "batches")
	if err != nil {
		return err
	}
	frame.Here = base + "/batches"
	if refusal != nil && !frame.put(page.Form, refusal) {
		return refusal
	}
	page.Frame = frame
	if page.Batches, err = c.desk.Batches(v.ctx(), v.who); err != nil {
		return err
	}
	return c.show(v, code, "batches", page)
}

func (c *Console) batchRefused(v *visit, page batchesPage, err error) error {
	if _, ok := shown(err); !ok {
		return err
	}
	return c.showBatches(v, status(disclosure.CodeOf(err)), page, err)
}

func (c *Console) addBatch(v *visit) error {
	page := batchesPage{Form: "batch", Typed: batchForm{Title: v.typed("title"), At: v.typed("at")}}
	at, err := c.wall(page.Typed.At)
	if err != nil {
		return c.batchRefused(v, page, err)
	}
	b, err := c.desk.AddBatch(v.ctx(), v.who, v.key, desk.BatchInput{Title: page.Typed.Title, At: at})
	if err != nil {
		return c.batchRefused(v, page, err)
	}
	return v.Redirect(http.StatusSeeOther, base+"/batches?done=batch#b-"+b.ID)
}

func (c *Console) moveBatch(v *visit) error {
	id := v.Param("id")
	page := batchesPage{Form: id, Typed: batchForm{At: v.typed("at"), Reason: v.typed("reason")}}
	at, err := c.wall(page.Typed.At)
	if err == nil {
		_, err = c.desk.RescheduleBatch(v.ctx(), v.who, id, v.key, at, page.Typed.Reason)
	}
	if err != nil {
		return c.batchRefused(v, page, err)
	}
	return v.Redirect(http.StatusSeeOther, base+"/batches?done=reschedule#b-"+id)
}

// recallBatch tells which of its items were not out.
func (c *Console) recallBatch(v *visit) error {
	id := v.Param("id")
	page := batchesPage{Form: id, Typed: batchForm{Reason: v.typed("reason")}}
	outcomes, err := c.desk.RecallBatch(v.ctx(), v.who, id, v.key, page.Typed.Reason)
	if err != nil {
		return c.batchRefused(v, page, err)
	}
	for _, o := range outcomes {
		if o.Code != "" {
			page.Left = append(page.Left, o)
		}
	}
	if len(page.Left) > 0 {
		return c.showBatches(v, http.StatusOK, page, nil)
	}
	return v.Redirect(http.StatusSeeOther, base+"/batches?done=recall#b-"+id)
}

// wall reads a date and time that was typed, meant in Beijing time.
func (c *Console) wall(typed string) (time.Time, error) {
	if typed == "" {
		return time.Time{}, disclosure.Refuse(disclosure.Required, "at")
	}
	at, err := time.ParseInLocation(wallClock, typed, c.zone)
	if err != nil {
		return time.Time{}, disclosure.Refuse(disclosure.WrongType, "at", "why", "YYYY-MM-DD HH:MM")
	}
	return at.UTC(), nil
}

// openBatches are the batches that an item may still join, and the one it belongs to.
func openBatches(all []desk.Batch, mine string, now time.Time) []desk.Batch {
	var open []desk.Batch
	for _, b := range all {
		closed := !b.At.After(now) || slices.ContainsFunc(b.Items, func(i desk.BatchItem) bool { return i.Lacking == "" })
		if !closed || b.ID == mine {
			open = append(open, b)
		}
	}
	return open
}
