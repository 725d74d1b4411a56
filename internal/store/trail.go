package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"shenfa/internal/ledger"
)

// The sorts of rows in a trail. Every row is one of the last three.
const (
	TrailAll     = ""
	TrailActs    = "act"     // somebody did something
	TrailReads   = "read"    // somebody looked
	TrailRefused = "refused" // somebody was not let
)

// TrailEntry is one row of the ledger about a disclosure.
type TrailEntry struct {
	ledger.Entry
	Sort         string
	ActorName    string
	OnBehalfName string
	Placed       bool   // has its place in the ledger
	Digest       string // hash of the ledger's leaf, hexadecimal; empty before it has its place
}

const (
	readAction   = `(a.action LIKE 'read%' OR a.action = 'clocks')`
	refused      = `a.action LIKE 'denied:%'`
	trailSort    = `CASE WHEN ` + refused + ` THEN 'refused' WHEN ` + readAction + ` THEN 'read' ELSE 'act' END`
	selectTrails = `SELECT a.id, a.at, a.actor, a.on_behalf, a.action, a.object, a.unit, a.outcome, a.detail, a.seq, ` + trailSort + ` AS sort,
		coalesce(p.name, '') AS actor_name, coalesce(b.name, '') AS on_behalf_name
		FROM audit a LEFT JOIN people p ON p.id::text = a.actor LEFT JOIN people b ON b.id::text = a.on_behalf WHERE a.object = $1`
)

// Trail lists what the ledger holds about a disclosure, oldest first, and how many rows of
// each sort there are. What has no place yet comes last.
func (s *Store) Trail(ctx context.Context, id, sort string, offset, limit int) (entries []TrailEntry, counts map[string]int, err error) {
	var rows []struct {
		auditRow
		Sort         string `db:"sort"`
		ActorName    string `db:"actor_name"`
		OnBehalfName string `db:"on_behalf_name"`
	}
	if err := s.db.SelectContext(ctx, &rows, selectTrails+` AND ($2 = '' OR `+trailSort+` = $2)
		ORDER BY a.seq NULLS LAST, a.at, a.id OFFSET $3 LIMIT $4`, id, sort, offset, limit); err != nil {
		return nil, nil, fmt.Errorf("trail: %w", err)
	}
	for _, r := range rows {
		e, err := r.entry()
		if err != nil {
			return nil, nil, err
		}
		t := TrailEntry{Entry: e, Sort: r.Sort, ActorName: r.ActorName, OnBehalfName: r.OnBehalfName, Placed: r.Seq != nil}
		if t.Placed {
			leaf, err := e.Leaf()
			if err != nil {
				return nil, nil, fmt.Errorf("leaf of %s: %w", r.ID, err)
			}
			hash := tlog.RecordHash(leaf)
			t.Digest = hex.EncodeToString(hash[:])
		}
		entries = append(entries, t)
	}
	var sums []struct {
		Sort string `db:"sort"`
		N    int    `db:"n"`
	}
	if err := s.db.SelectContext(ctx, &sums, `SELECT `+trailSort+` AS sort, count(*) AS n FROM audit a WHERE a.object = $1 GROUP BY 1`, id); err != nil {
		return nil, nil, fmt.Errorf("trail: %w", err)
	}
	counts = map[string]int{}
	for _, c := range sums {
		counts[c.Sort] = c.N
	}
	return entries, counts, nil
}

// Head is the newest signed checkpoint: how many rows the ledger had, and when it was
// signed. Size is 0 before the first.
type Head struct {
	Size int64     `db:"size"`
	At   time.Time `db:"at"`
}

// Head returns the newest checkpoint.
func (s *Store) Head(ctx context.Context) (Head, error) {
	var all []Head
	if err := s.db.SelectContext(ctx, &all, `SELECT size, at FROM ledger_checkpoints ORDER BY size DESC LIMIT 1`); err != nil {
		return Head{}, fmt.Errorf("head: %w", err)
	}
	if len(all) == 0 {
		return Head{}, nil
	}
	return all[0], nil
}
