package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"shenfa/internal/disclosure"
)

// Opinion is one decision as the records of an office keep it.
type Opinion struct {
	Item       string           `db:"disclosure_id"`
	Number     string           `db:"number"`
	Version    int              `db:"version"`
	Section    string           `db:"section"`
	Drafter    string           `db:"drafter"`
	Kind       string           `db:"kind"`
	State      disclosure.State `db:"state"`
	Step       string           `db:"step"`
	Role       disclosure.Role  `db:"role"`
	Person     string           `db:"person_id"`
	PersonName string           `db:"person"`
	OnBehalf   string           `db:"on_behalf"` // whose place it was taken in; "" for one's own
	Outcome    string           `db:"outcome"`
	Basis      string           `db:"basis"`
	Counts     bool             `db:"counts"`
	At         time.Time        `db:"at"`
	OpinionID  *string          `db:"opinion_id"`
	Sealed     []byte           `db:"sealed"`

	Words string            // "" once it was erased
	Draft disclosure.Draft  // of the version that was decided on; empty once it was erased
	Steps []disclosure.Step // of the road it took
}

// OpinionQuery asks for the decisions of a unit in a period: of a person, or of those who
// decide as Role; of all where both are empty.
type OpinionQuery struct {
	Unit   string
	Person string
	Role   disclosure.Role
	Period
	Limit int
}

// Opinions lists decisions in the order in which they were taken, with their words opened.
func (s *Store) Opinions(ctx context.Context, q OpinionQuery) ([]Opinion, error) {
	var rows []Opinion
	if err := s.db.SelectContext(ctx, &rows, `
		SELECT x.disclosure_id, d.number, x.version, sec.name AS section, dr.name AS drafter, d.kind, d.state, x.step, x.role, x.person_id, p.name AS person,
		       coalesce(b.name, '') AS on_behalf, x.outcome, a.basis, x.counts, x.at, a.opinion_id, o.sealed
		  FROM decisions x
		  JOIN disclosures d ON d.id = x.disclosure_id
		  JOIN sections sec ON sec.id = d.section_id
		  JOIN people dr ON dr.id = d.drafter_id
		  JOIN people p ON p.id = x.person_id
		  JOIN acts a ON a.id = x.act_id
		  LEFT JOIN people b ON b.id = x.on_behalf
		  LEFT JOIN opinions o ON o.id = a.opinion_id
		 WHERE d.unit_id = $1 AND x.at >= $2 AND x.at < $3 AND ($4 = '' OR x.person_id::text = $4) AND ($5 = '' OR x.role = $5)
		 ORDER BY x.at, x.act_id LIMIT $6`, q.Unit, q.From, q.Until, q.Person, q.Role, q.Limit); err != nil {
		return nil, fmt.Errorf("opinions: %w", err)
	}
	for i := range rows {
		if err := s.openOpinion(ctx, &rows[i]); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func (s *Store) openOpinion(ctx context.Context, r *Opinion) error {
	key, err := s.key(ctx, s.db, r.Item)
	if err != nil {
		return err
	}
	if r.OpinionID != nil {
		if words, err := key.Open(opinionContext(r.Item, *r.OpinionID), r.Sealed); err == nil {
			r.Words = string(words)
		}
	}
	versions, err := s.Versions(ctx, r.Item)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(versions, func(f Frozen) bool { return f.Version == r.Version && f.Readable }); i >= 0 {
		r.Draft = versions[i].Draft
	}
	c, err := s.Case(ctx, r.Item)
	if err != nil {
		return err
	}
	r.Steps = c.Route.Steps
	return nil
}
