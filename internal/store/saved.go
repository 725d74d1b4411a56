package store

import (
	"context"
	"encoding/json"
	"fmt"

	"shenfa/internal/disclosure"
)

// SavedView is a choice of the workbench that a person keeps.
type SavedView struct {
	ID    string `json:"-"`
	Name  string `json:"name"`
	Query string `json:"query"` // as it stands in an address
}

// MostSaved is how many views a person may keep.
const MostSaved = 20

func savedContext(person, id string) string { return "saved-view/" + person + "/" + id }

// SavedViews lists what a person keeps, the oldest first.
func (s *Store) SavedViews(ctx context.Context, person string) ([]SavedView, error) {
	var rows []struct {
		ID     string `db:"id"`
		Sealed []byte `db:"sealed"`
	}
	if err := s.db.SelectContext(ctx, &rows, `SELECT id, sealed FROM saved_views WHERE person_id = $1 ORDER BY at, id`, person); err != nil {
		return nil, fmt.Errorf("saved views: %w", err)
	}
	out := make([]SavedView, len(rows))
	for i, r := range rows {
		plain, err := s.vault.Open(savedContext(person, r.ID), r.Sealed)
		if err != nil {
			return nil, fmt.Errorf("open saved view: %w", err)
		}
		if err := json.Unmarshal(plain, &out[i]); err != nil {
			return nil, fmt.Errorf("read saved view: %w", err)
		}
		out[i].ID = r.ID
	}
	return out, nil
}

// SaveView keeps a view under id. The same id again changes nothing; one too many is
// refused.
func (s *Store) SaveView(ctx context.Context, person string, v SavedView) error {
	plain, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var row struct {
		Kept  bool `db:"kept"`
		Known bool `db:"known"`
	}
	if err := s.db.GetContext(ctx, &row, `WITH n AS (SELECT count(*) AS n, bool_or(id = $1) AS known FROM saved_views WHERE person_id = $2),
			i AS (INSERT INTO saved_views (id, person_id, sealed) SELECT $1, $2, $3 FROM n WHERE n.n < $4 ON CONFLICT DO NOTHING RETURNING id)
		SELECT EXISTS (SELECT FROM i) AS kept, coalesce((SELECT known FROM n), false) AS known`,
		v.ID, person, s.vault.Seal(savedContext(person, v.ID), plain), MostSaved); err != nil {
		return fmt.Errorf("save view: %w", err)
	}
	if !row.Kept && !row.Known {
		return disclosure.Refuse(disclosure.TooLong, "view", "max", fmt.Sprint(MostSaved))
	}
	return nil
}

// DropView forgets a view. One that is not there, or not theirs, is as it should be.
func (s *Store) DropView(ctx context.Context, person, id string) error {
	if !isUUID(id) {
		return nil
	}
	_, err := s.db.ExecContext(ctx, `DELETE FROM saved_views WHERE person_id = $1 AND id = $2`, person, id)
	return wrap("drop view", err)
}
