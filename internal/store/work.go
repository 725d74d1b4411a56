package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"

	"shenfa/internal/disclosure"
)

// Tabs of the workbench.
const (
	WorkTasks   = "tasks"   // wait for the person
	WorkOverdue = "overdue" // those whose time is over
	WorkMine    = "mine"    // the person drafts them
	WorkReady   = "ready"   // approved, and wait for their instant
	WorkDone    = "done"    // the person acted on them
	WorkAll     = "all"     // all that the person may see
)

// workTab is where the rows of a tab come from: an id, an instant that orders them, and of
// a task its row.
type workTab struct {
	from string
	down bool // the newest first
}

var workTabs = map[string]workTab{
	WorkTasks:   {from: myTasks("")},
	WorkOverdue: {from: myTasks(" AND t.due_at < clock_timestamp()")},
	WorkMine:    {from: `SELECT m.id AS item, m.updated_at AS at, 0 AS task FROM disclosures m WHERE m.drafter_id = $1`, down: true},
	WorkReady: {from: `SELECT m.id AS item, m.release_at AS at, 0 AS task FROM disclosures m
		WHERE m.unit_id = $2 AND m.state IN ('approved', 'armed', 'held') AND m.release_at IS NOT NULL`},
	WorkDone: {from: `SELECT a.disclosure_id AS item, max(a.at) AS at, 0 AS task FROM acts a
		WHERE a.actor = $1 AND a.type NOT IN ('submit', 'dispose') GROUP BY a.disclosure_id`, down: true},
	WorkAll: {from: `SELECT m.id AS item, m.updated_at AS at, 0 AS task FROM disclosures m WHERE m.unit_id = $2`, down: true},
}

// myTasks are the seats that the person may fill, one an item.
func myTasks(and string) string {
	return `SELECT DISTINCT ON (t.disclosure_id) t.disclosure_id AS item, t.due_at AS at, t.id AS task FROM tasks t JOIN disclosures d ON d.id = t.disclosure_id
		WHERE t.closed_at IS NULL AND ` + mySeat + and + ` ORDER BY t.disclosure_id, t.due_at, t.id`
}

// WorkQuery narrows the workbench. Zero values do not narrow. The cursor is the instant,
// the task and the item of the last row looked at.
type WorkQuery struct {
	Tab                 string
	Kind, Section, Step string
	State               disclosure.State
	Open                *bool     // whether findings wait
	From, Until         time.Time // bounds of the instant that orders the tab
	Terms               []string  // all of them stand in its words: see Searched
	AfterAt             time.Time
	AfterTask           int64
	AfterItem           string
	Limit               int
	searched            pq.Int64Array
}

// Worked is one row of the workbench.
type Worked struct {
	Item   string     `db:"item"`
	At     time.Time  `db:"at"`
	Task   int64      `db:"task"`
	Step   *string    `db:"task_step"`
	Role   *string    `db:"task_role"`
	Opened *time.Time `db:"opened_at"`
	Now    time.Time  `db:"now"`
	Holder *string    `db:"holder"` // name of who claimed the task
	InBody bool       // the words were found in the body
	Row    Row
}

// WorkPage is what a look at the workbench found.
type WorkPage struct {
	Rows []Worked
	More bool
	// Last is the cursor to go on from if there are more, though Rows may be few: a search
	// looks at no more than so many candidates.
	Last Worked
}

// Searched are the terms of what a person typed.
func Searched(question string) []string { return searched(question) }

// Bounds of one look for words: how many candidates are opened at once, and at all.
const (
	lookAt  = 200
	lookMax = 2000
)

// Work lists one tab of the person's workbench, the most urgent first.
func (s *Store) Work(ctx context.Context, p disclosure.Person, q WorkQuery) (WorkPage, error) {
	var page WorkPage
	found := 0
	if len(q.Terms) > 0 {
		q.searched = s.marks(p.Unit, asked(q.Terms))
	}
	for looked := 0; ; {
		batch := q
		batch.Limit = q.Limit - found + 1
		if len(q.Terms) > 0 {
			batch.Limit = lookAt + 1
		}
		rows, err := s.workRows(ctx, p, batch)
		if err != nil {
			return page, err
		}
		more := len(rows) == batch.Limit
		if more {
			rows = rows[:len(rows)-1]
		}
		words, err := s.words(ctx, rows, q.Terms)
		if err != nil {
			return page, err
		}
		for i, r := range rows {
			var hit bool
			if hit, r.InBody = words[r.Item].has(q.Terms); !hit {
				page.Last = r
				continue
			}
			if found == q.Limit {
				page.More = true
				return page, s.openWork(ctx, p, &page)
			}
			page.Rows, page.Last = append(page.Rows, r), rows[i]
			found++
		}
		looked += len(rows)
		if !more || found == q.Limit || looked >= lookMax {
			page.More = more
			return page, s.openWork(ctx, p, &page)
		}
		q.AfterAt, q.AfterTask, q.AfterItem = page.Last.At, page.Last.Task, page.Last.Item
	}
}

// workRows reads candidates.
func (s *Store) workRows(ctx context.Context, p disclosure.Person, q WorkQuery) ([]Worked, error) {
	var rows []Worked
	where, args := q.where(p)
	order, beyond := "w.at, w.task, w.item", ">"
	if workTabs[q.Tab].down {
		order, beyond = "w.at DESC, w.task DESC, w.item DESC", "<"
	}
	args = append(args, nullTime(q.AfterAt), q.AfterTask, nullable(q.AfterItem), q.Limit)
	err := s.db.SelectContext(ctx, &rows, `SELECT w.item, w.at, w.task, t.step AS task_step, t.role AS task_role, t.opened_at, clock_timestamp() AS now,
		  (SELECT n.name FROM people n WHERE n.id = t.holder_id) AS holder
		  FROM (`+workTabs[q.Tab].from+`) w JOIN disclosures d ON d.id = w.item LEFT JOIN tasks t ON t.id = w.task
		 WHERE `+where+` AND ($12::timestamptz IS NULL OR (w.at, w.task, w.item) `+beyond+` ($12, $13, $14::uuid))
		 ORDER BY `+order+` LIMIT $15`, args...)
	if err != nil {
		return nil, fmt.Errorf("workbench: %w", err)
	}
	return rows, nil
}

// where are the conditions of a query, on w, d and the task t, with the first eleven
// arguments.
func (q WorkQuery) where(p disclosure.Person) (string, []any) {
	var b strings.Builder
	b.WriteString(visible)
	b.WriteString(` AND ($5 = '' OR d.kind = $5) AND ($6 = '' OR d.section_id = $6) AND ($7 = '' OR d.step = $7) AND ($8 = '' OR d.state = $8)
		AND ($9::timestamptz IS NULL OR w.at >= $9) AND ($10::timestamptz IS NULL OR w.at < $10)`)
	if q.Open != nil && *q.Open {
		b.WriteString(` AND d.open_findings > 0`)
	} else if q.Open != nil {
		b.WriteString(` AND d.open_findings = 0`)
	}
	if q.searched == nil {
		b.WriteString(` AND $11::int[] IS NULL`)
	} else {
		b.WriteString(` AND d.state <> 'quarantined' AND EXISTS (SELECT FROM item_words x WHERE x.disclosure_id = d.id AND x.marks @> $11::int[])`)
	}
	return b.String(), append(viewer(p), q.Kind, q.Section, q.Step, string(q.State), nullTime(q.From), nullTime(q.Until), q.searched)
}

// words opens what the candidates are found by; nothing where nothing is looked for.
func (s *Store) words(ctx context.Context, rows []Worked, terms []string) (map[string]ItemWords, error) {
	out := map[string]ItemWords{}
	if len(terms) == 0 || len(rows) == 0 {
		return out, nil
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.Item
	}
	var sealed []struct {
		ID      string `db:"disclosure_id"`
		Sealed  []byte `db:"sealed"`
		Wrapped []byte `db:"wrapped"`
	}
	if err := s.db.SelectContext(ctx, &sealed, `SELECT x.disclosure_id, x.sealed, k.wrapped FROM item_words x JOIN item_keys k USING (disclosure_id)
		WHERE x.disclosure_id = ANY ($1)`, pq.Array(ids)); err != nil {
		return nil, fmt.Errorf("words: %w", err)
	}
	for _, r := range sealed {
		key, err := s.vault.Unwrap(r.Wrapped)
		if err != nil {
			return nil, fmt.Errorf("key of %s: %w", r.ID, err)
		}
		var w ItemWords
		if err := openJSON(key, wordsContext(r.ID), r.Sealed, &w); err != nil {
			return nil, err
		}
		out[r.ID] = w
	}
	return out, nil
}

// openWork reads and opens the items of a page.
func (s *Store) openWork(ctx context.Context, p disclosure.Person, page *WorkPage) error {
	ids := make([]string, len(page.Rows))
	for i, r := range page.Rows {
		ids[i] = r.Item
	}
	var rows []Row
	if err := s.db.SelectContext(ctx, &rows, selectRow+` WHERE `+visible+` AND d.id = ANY ($5)`, append(viewer(p), pq.Array(ids))...); err != nil {
		return fmt.Errorf("workbench: %w", err)
	}
	rows, err := s.open(rows)
	if err != nil {
		return err
	}
	of := map[string]Row{}
	for _, r := range rows {
		of[r.ID] = r
	}
	kept := page.Rows[:0]
	for _, w := range page.Rows {
		if row, ok := of[w.Item]; ok { // seen a moment ago, and it may be no more
			w.Row = row
			kept = append(kept, w)
		}
	}
	page.Rows = kept
	return nil
}

// MostCounted is where the counts of the workbench end.
const MostCounted = 1000

// WorkCounts counts the tabs of a person's workbench, each up to MostCounted.
func (s *Store) WorkCounts(ctx context.Context, p disclosure.Person) (map[string]int, error) {
	out := map[string]int{}
	for _, tab := range []string{WorkTasks, WorkOverdue, WorkMine, WorkReady, WorkDone} {
		var n int
		if err := s.db.GetContext(ctx, &n, `SELECT count(*) FROM (SELECT FROM (`+workTabs[tab].from+`) w JOIN disclosures d ON d.id = w.item
			WHERE `+visible+` LIMIT $5) c`, append(viewer(p), MostCounted)...); err != nil {
			return nil, fmt.Errorf("count %s: %w", tab, err)
		}
		out[tab] = n
	}
	return out, nil
}

// Sections lists the sections of a unit.
func (s *Store) Sections(ctx context.Context, unit string) ([]Named, error) {
	var rows []Named
	if err := s.db.SelectContext(ctx, &rows, `SELECT id, name FROM sections WHERE unit_id = $1 ORDER BY name, id`, unit); err != nil {
		return nil, fmt.Errorf("sections: %w", err)
	}
	return rows, nil
}
