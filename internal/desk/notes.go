package desk

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"shenfa/internal/disclosure"
)

// Note is an internal note on a disclosure.
type Note struct {
	ID    string
	By    Ref
	At    time.Time
	Words string
}

// Notes lists the internal notes on a disclosure for who may see it.
func (d *Desk) Notes(ctx context.Context, who Actor, id string) ([]Note, error) {
	row, err := d.reading(ctx, who, id, "read_notes")
	if err != nil {
		return nil, err
	}
	rows, err := d.store.Remarks(ctx, row.ID)
	out := make([]Note, len(rows))
	for i, r := range rows {
		out[i] = Note{ID: r.ID, By: Ref{ID: r.By, Name: r.ByName}, At: r.At, Words: r.Words}
	}
	return out, err
}

// AddNote adds one. It changes nothing of the disclosure: who notes something has no part
// in its content. On a quarantined item nothing is noted, for it might be what was erased.
func (d *Desk) AddNote(ctx context.Context, who Actor, id, key, words string) error {
	row, err := d.row(ctx, who, id, "note")
	if err != nil {
		return err
	}
	words = strings.TrimSpace(words)
	switch {
	case row.Case.State == disclosure.InQuarantine:
		state, _ := disclosure.StateByID(row.Case.State)
		return disclosure.Refuse(disclosure.WrongState, "", "state", state.Zh, "state_en", state.En, "act", "备注", "act_en", "annotate")
	case words == "":
		return disclosure.Refuse(disclosure.Required, "note")
	case utf8.RuneCountInString(words) > disclosure.MaxReason:
		return disclosure.Refuse(disclosure.TooLong, "note", "max", strconv.Itoa(disclosure.MaxReason))
	}
	return d.store.AddRemark(ctx, row.ID, who.Person, key, words)
}
