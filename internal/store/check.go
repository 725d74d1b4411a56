package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"shenfa/internal/check"
	"shenfa/internal/detect"
	"shenfa/internal/disclosure"
)

// Found is a finding of one file of a version.
type Found struct {
	detect.Finding
	File string // "body", or an attachment's name
}

// Finding is a stored finding with what was done about it.
type Finding struct {
	ID          string                  `db:"id"`
	Version     int                     `db:"version"`
	Sealed      []byte                  `db:"sealed"`
	Disposition *disclosure.Disposition `db:"disposition"`
	By          *string                 `db:"person_id"`
	ByName      *string                 `db:"by_name"`
	Opinion     *string                 `db:"opinion_id"`
	SealedWhy   []byte                  `db:"sealed_why"`
	At          *time.Time              `db:"at"`
	Found       Found
	Why         string
}

// Open says whether a person still has to do something about it.
func (f Finding) Open() bool { return f.Disposition == nil && f.Found.Class != detect.Info }

// CheckDone says whether this version was checked on that rule set already, and
// whether it was quarantined.
func (s *Store) CheckDone(ctx context.Context, id string, version int, ruleSet string) (done, quarantine bool, err error) {
	err = s.db.GetContext(ctx, &quarantine, `SELECT quarantine FROM checks WHERE disclosure_id = $1 AND version = $2 AND rule_set = $3`, id, version, ruleSet)
	if errors.Is(err, sql.ErrNoRows) {
		return false, false, nil
	}
	return err == nil, quarantine, err
}

// SaveCheck keeps the findings of a version. A finding that was disposed of in an
// earlier version of the same disclosure stays disposed of: same rule, same words,
// same file.
func (s *Store) SaveCheck(ctx context.Context, id string, version int, ruleSet string, found []Found) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO checks (disclosure_id, version, rule_set, quarantine) VALUES ($1, $2, $3, false) ON CONFLICT DO NOTHING`,
			id, version, ruleSet)
		if err != nil {
			return fmt.Errorf("save check: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		key, err := s.key(ctx, tx, id)
		if err != nil {
			return err
		}
		var last int
		if err := tx.GetContext(ctx, &last, `SELECT coalesce(max(n), 0) FROM findings WHERE disclosure_id = $1 AND version = $2`, id, version); err != nil {
			return err
		}
		for i, f := range found {
			finding := Derive("finding", id, fmt.Sprint(version), ruleSet, fmt.Sprint(i))
			sealed, err := sealJSON(key, findingContext(id, finding), f)
			if err != nil {
				return err
			}
			print := key.MAC("finding", []byte(f.File+"\x00"+f.Rule+"\x00"+f.Part+"\x00"+f.Excerpt+"\x00"+f.Context))
			if _, err := tx.ExecContext(ctx, `INSERT INTO findings (id, disclosure_id, version, n, class, rule, rule_set, fingerprint, sealed)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
				finding, id, version, last+i+1, f.Class, f.Rule, ruleSet, print, sealed); err != nil {
				return fmt.Errorf("save finding: %w", err)
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO dispositions (finding_id, disposition, person_id, opinion_id, act_id, at)
				SELECT $1, x.disposition, x.person_id, x.opinion_id, x.act_id, x.at
				  FROM findings f JOIN dispositions x ON x.finding_id = f.id
				 WHERE f.disclosure_id = $2 AND f.version < $3 AND f.fingerprint = $4 ORDER BY f.version DESC LIMIT 1`,
				finding, id, version, print); err != nil {
				return fmt.Errorf("carry disposition: %w", err)
			}
		}
		return nil
	})
}

// Progress is how far a check is.
type Progress struct {
	Done  int `db:"done"` // files read
	Files int `db:"files"`
	Page  int `db:"page"` // of the file that is being read; 0 where it has none
	Pages int `db:"pages"`
}

// SaveProgress keeps how far the check of a version is.
func (s *Store) SaveProgress(ctx context.Context, id string, version int, p Progress) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO check_progress (disclosure_id, version, done, files, page, pages)
		SELECT $1::uuid, $2::int, $3::int, $4::int, $5::int, $6::int FROM `+lazily+`
		ON CONFLICT (disclosure_id) DO UPDATE SET version = excluded.version, done = excluded.done, files = excluded.files, page = excluded.page, pages = excluded.pages`,
		id, version, p.Done, p.Files, p.Page, p.Pages)
	if err != nil {
		return fmt.Errorf("save progress: %w", err)
	}
	return nil
}

// CheckProgress returns how far the check of a version is, or nil if nothing was said.
func (s *Store) CheckProgress(ctx context.Context, id string, version int) (*Progress, error) {
	var p Progress
	err := s.db.GetContext(ctx, &p, `SELECT done, files, page, pages FROM check_progress WHERE disclosure_id = $1 AND version = $2`, id, version)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("progress: %w", err)
	}
	return &p, nil
}

// Checked returns what was found in a file before. print says which file, and on which
// rules it was read.
func (s *Store) Checked(ctx context.Context, id, print string) (r check.Report, done bool, err error) {
	key, err := s.key(ctx, s.db, id)
	if err != nil {
		return r, false, err
	}
	var sealed []byte
	err = s.db.GetContext(ctx, &sealed, `SELECT sealed FROM checked_files WHERE disclosure_id = $1 AND print = $2`, id, key.MAC("checked-file", []byte(print)))
	if errors.Is(err, sql.ErrNoRows) {
		return r, false, nil
	}
	if err == nil {
		err = openJSON(key, checkedContext(id), sealed, &r)
	}
	return r, err == nil, err
}

// SaveChecked keeps what was found in a file.
func (s *Store) SaveChecked(ctx context.Context, id, print string, r check.Report) error {
	key, err := s.key(ctx, s.db, id)
	if err != nil {
		return err
	}
	sealed, err := sealJSON(key, checkedContext(id), r)
	if err != nil {
		return err
	}
	if _, err := s.db.ExecContext(ctx, `INSERT INTO checked_files (disclosure_id, print, sealed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		id, key.MAC("checked-file", []byte(print)), sealed); err != nil {
		return fmt.Errorf("save what was found: %w", err)
	}
	return nil
}

// Findings lists the findings of a version in reading order.
func (s *Store) Findings(ctx context.Context, id string, version int) ([]Finding, error) {
	key, err := s.key(ctx, s.db, id)
	if err != nil {
		return nil, err
	}
	var rows []Finding
	if err := s.db.SelectContext(ctx, &rows, `
		SELECT f.id, f.version, f.sealed, x.disposition, x.person_id, p.name AS by_name, x.opinion_id, o.sealed AS sealed_why, x.at
		  FROM findings f
		  LEFT JOIN dispositions x ON x.finding_id = f.id
		  LEFT JOIN people p ON p.id = x.person_id
		  LEFT JOIN opinions o ON o.id = x.opinion_id
		 WHERE f.disclosure_id = $1 AND f.version = $2 ORDER BY f.n`, id, version); err != nil {
		return nil, fmt.Errorf("findings: %w", err)
	}
	readable := rows[:0]
	for _, r := range rows {
		if err := openJSON(key, findingContext(id, r.ID), r.Sealed, &r.Found); err != nil {
			continue // erased with the version it was found in
		}
		if r.Opinion != nil {
			why, err := key.Open(opinionContext(id, *r.Opinion), r.SealedWhy)
			if err != nil {
				return nil, fmt.Errorf("reason: %w", err)
			}
			r.Why = string(why)
		}
		readable = append(readable, r)
	}
	return readable, nil
}

// OpenFindings counts what still waits for a disposition in a version.
func (s *Store) OpenFindings(ctx context.Context, id string, version int) (n int, err error) {
	err = s.db.GetContext(ctx, &n, `SELECT count(*) FROM findings f
		WHERE f.disclosure_id = $1 AND f.version = $2 AND f.class <> 'INFO'
		  AND NOT EXISTS (SELECT FROM dispositions x WHERE x.finding_id = f.id)`, id, version)
	return n, err
}

// Dispose writes what was done about a finding and says how many still wait. A
// finding that must be removed cannot be argued away.
func (s *Store) Dispose(ctx context.Context, id string, version int, a disclosure.Act) (open int, err error) {
	if !isUUID(a.Finding) {
		return 0, disclosure.Refuse(disclosure.FindingUnknown, "")
	}
	var class string
	err = s.db.GetContext(ctx, &class, `SELECT class FROM findings WHERE id = $1 AND disclosure_id = $2 AND version = $3`, a.Finding, id, version)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, disclosure.Refuse(disclosure.FindingUnknown, "")
	case err != nil:
		return 0, fmt.Errorf("finding: %w", err)
	case class == string(detect.Block):
		return 0, disclosure.Refuse(disclosure.FindingBlocks, "")
	}
	if _, err := s.db.ExecContext(ctx, `INSERT INTO dispositions (finding_id, disposition, person_id, opinion_id, act_id)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`, a.Finding, a.Disposition, a.By.ID, a.Opinion, a.ID); err != nil {
		return 0, fmt.Errorf("dispose: %w", err)
	}
	return s.OpenFindings(ctx, id, version)
}

// Quarantine destroys everything of the item but the hash and the one line: the
// item's key is replaced, so nothing sealed before can be opened again, here or in
// any copy. What was typed into the form survives, unless the mark stood there.
func (s *Store) Quarantine(ctx context.Context, id string, version int, ruleSet, line string, fileSum []byte, markInForm bool) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO checks (disclosure_id, version, rule_set, quarantine) VALUES ($1, $2, $3, true) ON CONFLICT DO NOTHING`,
			id, version, ruleSet)
		if err != nil {
			return fmt.Errorf("quarantine: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		old, err := s.key(ctx, tx, id)
		if err != nil {
			return err
		}
		var sealed []byte
		if err := tx.GetContext(ctx, &sealed, `SELECT sealed FROM drafts WHERE disclosure_id = $1 FOR UPDATE`, id); err != nil {
			return err
		}
		var d disclosure.Draft
		if err := openJSON(old, draftContext(id), sealed, &d); err != nil {
			return err
		}
		d.Body, d.Source, d.Attachments = nil, nil, nil
		if markInForm {
			d = disclosure.Draft{Metadata: disclosure.Metadata{Kind: d.Kind, FormedOn: d.FormedOn}}
		}
		wrapped, key, err := s.vault.NewItemKey()
		if err != nil {
			return err
		}
		if sealed, err = sealJSON(key, draftContext(id), d); err != nil {
			return err
		}
		incident := uuid.NewString()
		for _, q := range []struct {
			query string
			args  []any
		}{
			{`UPDATE item_keys SET wrapped = $2 WHERE disclosure_id = $1`, []any{id, wrapped}},
			{`DELETE FROM blobs WHERE disclosure_id = $1`, []any{id}},
			{`DELETE FROM checked_files WHERE disclosure_id = $1`, []any{id}},
			{`DELETE FROM traces WHERE disclosure_id = $1`, []any{id}},
			// Answers kept for repeated requests show the form.
			{`DELETE FROM idempotency WHERE person_id IN (SELECT person_id FROM contributors WHERE disclosure_id = $1)`, []any{id}},
			{`UPDATE drafts SET sealed = $2, revision = revision + 1 WHERE disclosure_id = $1`, []any{id, sealed}},
			{`INSERT INTO incidents (id, disclosure_id, type, file_mac, sealed_line, due_at)
				VALUES ($1, $2, 'quarantine', $3, $4, clock_timestamp() + $5 * interval '1 second')`, []any{
				incident, id, s.vault.MAC("quarantined-file", fileSum),
				key.Seal(incidentContext(id, incident), []byte(line)), incidentLimit.Seconds(),
			}},
		} {
			if _, err := tx.ExecContext(ctx, q.query, q.args...); err != nil {
				return fmt.Errorf("quarantine: %w", err)
			}
		}
		return insertAudit(ctx, tx, Audit{Actor: "system:check", Action: "quarantine", Object: id, Outcome: "ok", Detail: map[string]string{
			"version": fmt.Sprint(version), "rule_set": ruleSet, "incident": incident,
		}})
	})
}

// Cleared says whether two people have cleared this very file, by its hash, after
// an earlier quarantine of the same disclosure.
func (s *Store) Cleared(ctx context.Context, id string, fileSum []byte) (cleared bool, err error) {
	err = s.db.GetContext(ctx, &cleared, `SELECT EXISTS (SELECT FROM incidents
		WHERE disclosure_id = $1 AND type = 'quarantine' AND outcome = 'false_alarm' AND file_mac = $2)`, id, s.vault.MAC("quarantined-file", fileSum))
	return cleared, err
}
