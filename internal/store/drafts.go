package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"shenfa/internal/disclosure"
	"shenfa/internal/vault"
)

// Row is a disclosure as the database has it, with the draft opened.
type Row struct {
	ID            string     `db:"id"`
	Number        string     `db:"number"`
	Edition       int        `db:"edition"`
	Corrects      *string    `db:"corrects"`     // the disclosure whose place it is to take
	CorrectedBy   *string    `db:"corrected_by"` // the one that is to take its place, or has
	Unit          string     `db:"unit_id"`
	Section       string     `db:"section_id"`
	SectionName   string     `db:"section_name"`
	Drafter       string     `db:"drafter_id"`
	DrafterName   string     `db:"drafter_name"`
	Kind          string     `db:"kind"`
	State         string     `db:"state"`
	Step          string     `db:"step"`
	Version       int        `db:"version"`
	OpenFindings  int        `db:"open_findings"`
	ReleaseAt     *time.Time `db:"release_at"`
	Cause         string     `db:"cause"`
	CreatedAt     time.Time  `db:"created_at"`
	UpdatedAt     time.Time  `db:"updated_at"`
	DraftRevision int64      `db:"draft_revision"`
	SealedDraft   []byte     `db:"sealed_draft"`
	StateOfCase   []byte     `db:"state_of_case"`
	Wrapped       []byte     `db:"wrapped"`

	Draft disclosure.Draft
	Case  disclosure.Case
}

const selectRow = `
	SELECT d.id, d.number, d.edition, d.corrects,
	       (SELECT n.id FROM disclosures n WHERE n.corrects = d.id AND n.state NOT IN ('withheld', 'on_request')) AS corrected_by, d.unit_id, d.section_id, s.name AS section_name, d.drafter_id, p.name AS drafter_name, d.kind, d.state, d.step,
	       d.version, d.open_findings, d.release_at, d.cause, d.created_at, d.updated_at, d.state_of_case,
	       f.revision AS draft_revision, f.sealed AS sealed_draft, k.wrapped
	  FROM disclosures d
	  JOIN sections s ON s.id = d.section_id
	  JOIN people p ON p.id = d.drafter_id
	  JOIN drafts f ON f.disclosure_id = d.id
	  JOIN item_keys k ON k.disclosure_id = d.id`

// visible is who may see a disclosure at all, in one place: those who work on it,
// the section it comes from, and, once it was submitted, those whose role reviews,
// signs or releases in the unit. $1 is the viewer, $2 their unit, $3 their section,
// $4 their roles. The administrators and auditors see none.
const visible = `
	d.unit_id = $2 AND (
		d.drafter_id = $1
		OR EXISTS (SELECT FROM contributors c WHERE c.disclosure_id = d.id AND c.person_id = $1)
		OR d.section_id = $3 AND $4::text[] && '{section_head,drafter}'
		OR EXISTS (SELECT FROM tasks t WHERE t.disclosure_id = d.id AND t.closed_at IS NULL AND (t.named_id = $1 OR ` + inPlace + `))
		OR EXISTS (SELECT FROM questions q WHERE q.disclosure_id = d.id AND q.asked_id = $1 AND q.state <> 'withdrawn')
		OR d.version > 0 AND $4::text[] && '{confidentiality_reviewer,legal_reviewer,deputy_leader,principal_leader,disclosure_officer,duty_officer,duty_leader}')`

func viewer(p disclosure.Person) []any {
	roles := make([]string, len(p.Roles))
	for i, r := range p.Roles {
		roles[i] = string(r)
	}
	return []any{p.ID, p.Unit, p.Section, pq.Array(roles)}
}

func (s *Store) open(rows []Row) ([]Row, error) {
	for i := range rows {
		r := &rows[i]
		key, err := s.vault.Unwrap(r.Wrapped)
		if err != nil {
			return nil, fmt.Errorf("key of %s: %w", r.ID, err)
		}
		if err := openJSON(key, draftContext(r.ID), r.SealedDraft, &r.Draft); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(r.StateOfCase, &r.Case); err != nil {
			return nil, fmt.Errorf("case of %s: %w", r.ID, err)
		}
	}
	return rows, nil
}

// Disclosure finds one that the viewer may see; otherwise it is not found.
func (s *Store) Disclosure(ctx context.Context, p disclosure.Person, id string) (Row, error) {
	if !isUUID(id) {
		return Row{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	var rows []Row
	if err := s.db.SelectContext(ctx, &rows, selectRow+` WHERE `+visible+` AND d.id = $5`, append(viewer(p), id)...); err != nil {
		return Row{}, fmt.Errorf("disclosure: %w", err)
	}
	if len(rows) == 0 {
		return Row{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	rows, err := s.open(rows)
	if err != nil {
		return Row{}, err
	}
	return rows[0], nil
}

// List narrows Disclosures. The cursor is the last row's update time and id.
type List struct {
	State, Kind, Drafter string
	Before               time.Time
	BeforeID             string
	Limit                int
}

// Disclosures lists what the viewer may see, last changed first.
func (s *Store) Disclosures(ctx context.Context, p disclosure.Person, l List) ([]Row, error) {
	var rows []Row
	err := s.db.SelectContext(ctx, &rows, selectRow+` WHERE `+visible+`
		  AND ($5 = '' OR d.state = $5) AND ($6 = '' OR d.kind = $6) AND ($7::uuid IS NULL OR d.drafter_id = $7)
		  AND ($8::timestamptz IS NULL OR (d.updated_at, d.id) < ($8, $9::uuid))
		ORDER BY d.updated_at DESC, d.id DESC LIMIT $10`,
		append(viewer(p), l.State, l.Kind, nullable(l.Drafter), nullTime(l.Before), nullable(l.BeforeID), l.Limit)...)
	if err != nil {
		return nil, fmt.Errorf("list disclosures: %w", err)
	}
	return s.open(rows)
}

func nullTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// CreateDisclosure makes a disclosure with its own key and number. Making the same
// id again changes nothing.
func (s *Store) CreateDisclosure(ctx context.Context, id string, by disclosure.Person, d disclosure.Draft) error {
	var exists bool
	if err := s.db.GetContext(ctx, &exists, `SELECT EXISTS (SELECT FROM disclosures WHERE id = $1)`, id); err != nil || exists {
		return err
	}
	number, err := s.number(ctx, by.Unit)
	if err != nil {
		return err
	}
	wrapped, key, err := s.vault.NewItemKey()
	if err != nil {
		return fmt.Errorf("item key: %w", err)
	}
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		_, err := fresh{ID: id, Number: number, Edition: 1, Section: by.Section, Draft: d}.insert(ctx, tx, by, key, wrapped, Audit{Action: "create"})
		return err
	})
}

// fresh is a disclosure about to be made.
type fresh struct {
	ID, Number string
	Edition    int
	Corrects   string // id, or empty
	Section    string
	Draft      disclosure.Draft
}

// insert makes the rows of a disclosure, with whoever makes it as its drafter and
// first contributor. One that is there already is left alone, and made is false.
func (f fresh) insert(ctx context.Context, tx *sqlx.Tx, by disclosure.Person, key vault.ItemKey, wrapped []byte, as Audit) (made bool, err error) {
	res, err := tx.ExecContext(ctx, `INSERT INTO item_keys VALUES ($1, $2) ON CONFLICT DO NOTHING`, f.ID, wrapped)
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return false, err // the same creation was quicker on another way
	}
	c, err := json.Marshal(disclosure.NewCase(f.ID, by.Unit, f.Section, by.ID))
	if err != nil {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO disclosures (id, number, edition, corrects, unit_id, section_id, drafter_id, kind, state, state_of_case)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		f.ID, f.Number, f.Edition, nullable(f.Corrects), by.Unit, f.Section, by.ID, f.Draft.Kind, disclosure.Drafting, c); err != nil {
		return false, fmt.Errorf("%s: %w", as.Action, err)
	}
	sealed, err := sealJSON(key, draftContext(f.ID), f.Draft)
	if err != nil {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO drafts (disclosure_id, revision, sealed, updated_by) VALUES ($1, 1, $2, $3)`, f.ID, sealed, by.ID); err != nil {
		return false, fmt.Errorf("draft: %w", err)
	}
	if err := joinBatch(ctx, tx, f.ID, by.Unit, "", f.Draft.Batch); err != nil {
		return false, err
	}
	if err := tie(ctx, tx, f.ID, disclosure.Draft{}, f.Draft); err != nil {
		return false, err
	}
	if err := addContributor(ctx, tx, f.ID, by.ID); err != nil {
		return false, err
	}
	if as.Actor == "" {
		as.Actor = by.ID
	}
	as.Object, as.Unit, as.Outcome = f.ID, by.Unit, "ok"
	return true, insertAudit(ctx, tx, as)
}

// number gives out the next of the unit's numbers of this year. It does so on its own,
// or whoever creates would wait for all others to end. Creation that fails leaves a gap.
func (s *Store) number(ctx context.Context, unit string) (number string, err error) {
	err = s.db.GetContext(ctx, &number, `
		WITH y AS (SELECT extract(year FROM clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::int AS year),
		     n AS (INSERT INTO number_series SELECT $1, year, 1 FROM y
		           ON CONFLICT (unit_id, year) DO UPDATE SET last = number_series.last + 1 RETURNING last)
		SELECT u.code || '-' || y.year || '-' || lpad(n.last::text, 6, '0') FROM y, n, units u WHERE u.id = $1`, unit)
	if err != nil {
		return "", fmt.Errorf("number: %w", err)
	}
	return number, nil
}

func addContributor(ctx context.Context, tx *sqlx.Tx, id, person string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO contributors (disclosure_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, id, person)
	return err
}

// blobID names content by its keyed hash, so that the name says nothing to who has
// not the key.
func blobID(key vault.ItemKey, data []byte) string {
	return hex.EncodeToString(key.MAC("blob", data))
}

func putBlob(ctx context.Context, tx *sqlx.Tx, id, blob string, key vault.ItemKey, data []byte) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO blobs (disclosure_id, id, length, sealed) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		id, blob, len(data), key.Seal(blobContext(id, blob), data))
	if err != nil {
		return fmt.Errorf("file: %w", err)
	}
	return nil
}

// EditDraft changes the draft at revision, and makes by a contributor. edit gets
// the draft and a function that stores a file's bytes and names them. Every edit is
// audited as action.
func (s *Store) EditDraft(ctx context.Context, id string, revision int64, by disclosure.Person, action string,
	edit func(d *disclosure.Draft, put func([]byte) (string, error)) error,
) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		var row struct {
			Revision int64  `db:"revision"`
			Sealed   []byte `db:"sealed"`
			State    string `db:"state"`
		}
		if err := tx.GetContext(ctx, &row, `SELECT f.revision, f.sealed, d.state FROM drafts f JOIN disclosures d ON d.id = f.disclosure_id
			WHERE f.disclosure_id = $1 FOR UPDATE OF f`, id); err != nil {
			return fmt.Errorf("draft: %w", err)
		}
		if row.Revision != revision {
			return disclosure.Refuse(disclosure.PreconditionFailed, "")
		}
		state, _ := disclosure.StateByID(disclosure.State(row.State))
		if !state.ID.Editable() {
			return disclosure.Refuse(disclosure.WrongState, "", "state", state.Zh, "state_en", state.En, "act", "修改", "act_en", "edit")
		}
		key, err := s.key(ctx, tx, id)
		if err != nil {
			return err
		}
		var d disclosure.Draft
		if err := openJSON(key, draftContext(id), row.Sealed, &d); err != nil {
			return err
		}
		put := func(data []byte) (string, error) {
			blob := blobID(key, data)
			return blob, putBlob(ctx, tx, id, blob, key, data)
		}
		before := d
		if err := edit(&d, put); err != nil {
			return err
		}
		if err := joinBatch(ctx, tx, id, by.Unit, before.Batch, d.Batch); err != nil {
			return err
		}
		if err := tie(ctx, tx, id, before, d); err != nil {
			return err
		}
		sealed, err := sealJSON(key, draftContext(id), d)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE drafts SET revision = revision + 1, sealed = $2, updated_by = $3, updated_at = clock_timestamp()
			WHERE disclosure_id = $1`, id, sealed, by.ID); err != nil {
			return fmt.Errorf("save draft: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE disclosures SET updated_at = clock_timestamp(), kind = CASE WHEN version = 0 THEN $2 ELSE kind END
			WHERE id = $1`, id, d.Kind); err != nil {
			return err
		}
		if err := addContributor(ctx, tx, id, by.ID); err != nil {
			return err
		}
		return insertAudit(ctx, tx, Audit{Actor: by.ID, Action: action, Object: id, Unit: by.Unit, Outcome: "ok"})
	})
}

// Blob opens one stored file.
func (s *Store) Blob(ctx context.Context, id, blob string) ([]byte, error) {
	var row struct {
		Sealed  []byte `db:"sealed"`
		Wrapped []byte `db:"wrapped"`
	}
	if err := s.db.GetContext(ctx, &row, `SELECT b.sealed, k.wrapped FROM blobs b JOIN item_keys k USING (disclosure_id)
		WHERE b.disclosure_id = $1 AND b.id = $2`, id, blob); err != nil {
		return nil, refusal(fmt.Errorf("blob: %w", err))
	}
	key, err := s.vault.Unwrap(row.Wrapped)
	if err != nil {
		return nil, err
	}
	return key.Open(blobContext(id, blob), row.Sealed)
}

// AddOpinion seals words and returns the id they travel under. The same name in
// the same disclosure is the same opinion.
func (s *Store) AddOpinion(ctx context.Context, id, name, words string) (string, error) {
	if words == "" {
		return "", nil
	}
	key, err := s.key(ctx, s.db, id)
	if err != nil {
		return "", err
	}
	opinion := Derive("opinion", id, name)
	_, err = s.db.ExecContext(ctx, `INSERT INTO opinions (id, disclosure_id, sealed) SELECT $1::uuid, $2::uuid, $3::bytea FROM `+lazily+` ON CONFLICT DO NOTHING`,
		opinion, id, key.Seal(opinionContext(id, opinion), []byte(words)))
	if err != nil {
		return "", fmt.Errorf("add opinion: %w", err)
	}
	return opinion, nil
}

// Case is the rules' own view of a disclosure, whoever asks.
func (s *Store) Case(ctx context.Context, id string) (disclosure.Case, error) {
	var raw []byte
	if err := s.db.GetContext(ctx, &raw, `SELECT state_of_case FROM disclosures WHERE id = $1`, id); err != nil {
		return disclosure.Case{}, refusal(fmt.Errorf("case: %w", err))
	}
	var c disclosure.Case
	return c, json.Unmarshal(raw, &c)
}

// ActDone says whether that act was recorded already.
func (s *Store) ActDone(ctx context.Context, act string) (done bool, err error) {
	err = s.db.GetContext(ctx, &done, `SELECT EXISTS (SELECT FROM acts WHERE id = $1)`, act)
	return done, err
}
