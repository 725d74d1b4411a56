package desk

import (
	"context"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// Evidence is what was kept of a recall: what was known in the moment, what each channel
// showed before it was taken off and after, and the hash of each part as the ledger has it.
type Evidence struct {
	store.Evidence
	Sightings []store.Sighting  `json:"sightings"`
	SHA256    map[string]string `json:"sha256"` // by part
}

// Evidence opens what was kept of the recall of a disclosure. Who reads it is written down.
func (d *Desk) Evidence(ctx context.Context, who Actor, id string) (Evidence, error) {
	if !who.May(disclosure.MayRelease) && !who.May(disclosure.MayClear) {
		return Evidence{}, d.needs(ctx, who, disclosure.MayClear, "read_evidence", object(id))
	}
	if _, err := d.row(ctx, who, id, "read_evidence"); err != nil {
		return Evidence{}, err
	}
	e, err := d.store.Evidence(ctx, id)
	if err != nil {
		return Evidence{}, err
	}
	if e == nil {
		return Evidence{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	d.note(ctx, who, "read_evidence", id, "ok", nil)
	return Evidence{Evidence: e.Moment, Sightings: e.Sightings, SHA256: e.SHA256}, nil
}
