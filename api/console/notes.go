package console

import (
	"context"
	"net/http"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// Notes is what the internal notes on an item ask of the desk.
type Notes interface {
	Notes(ctx context.Context, who desk.Actor, id string) ([]desk.Note, error)
	AddNote(ctx context.Context, who desk.Actor, id, key, words string) error
}

type notesPage struct {
	Frame
	ID, Typed string
	Notes     []desk.Note
}

func (c *Console) notes(v *visit) error { return c.showNotes(v, http.StatusOK, "", nil) }

func (c *Console) addNote(v *visit) error {
	words := v.typed("note")
	if err := c.desk.AddNote(v.ctx(), v.who, v.Param("id"), v.key, words); err != nil {
		return c.showNotes(v, status(disclosure.CodeOf(err)), words, err)
	}
	return v.Redirect(http.StatusSeeOther, itemPath(v.Param("id"))+"/notes?done=note")
}

func (c *Console) showNotes(v *visit, code int, typed string, refusal error) error {
	page := notesPage{ID: v.Param("id"), Typed: typed}
	var err error
	if page.Frame, err = c.frame(v, "notes.title", "inbox"); err != nil {
		return err
	}
	if page.Notes, err = c.desk.Notes(v.ctx(), v.who, page.ID); err != nil {
		return err
	}
	page.Here = itemPath(page.ID) + "/notes"
	if refusal != nil && !page.put("note", refusal) {
		return refusal
	}
	return c.show(v, code, "notes", page)
}
