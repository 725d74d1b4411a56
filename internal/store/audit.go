package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"golang.org/x/mod/sumdb/tlog"

	"shenfa/internal/ledger"
)

// Audit is one thing that happened, before it has its place in the ledger.
type Audit struct {
	ID       string
	Actor    string // a person's id, or "system:…"
	OnBehalf string
	Action   string
	Object   string
	Unit     string
	Outcome  string // ledger.OK, or the code of the refusal
	Detail   map[string]string
}

func insertAudit(ctx context.Context, q queryer, a Audit) error {
	detail, err := json.Marshal(a.Detail)
	if err != nil {
		return err
	}
	if a.Detail == nil {
		detail = []byte("{}")
	}
	if a.ID == "" {
		a.ID = uuid.NewString()
	}
	_, err = q.ExecContext(ctx, `INSERT INTO audit (id, actor, on_behalf, action, object, unit, outcome, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		a.ID, a.Actor, a.OnBehalf, a.Action, a.Object, a.Unit, a.Outcome, detail)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

// Note writes an audit row on its own: reads, denials, logins.
func (s *Store) Note(ctx context.Context, a Audit) error { return insertAudit(ctx, s.db, a) }

const (
	sequencerLock  = 0x5348454e // one sequencer at a time, whichever process
	sequencerBatch = 2000
)

// Sequence gives the waiting audit rows their places, extends the tree and signs a
// checkpoint, all in one transaction. It returns how many it placed; 0 also when
// another process holds the turn.
func (s *Store) Sequence(ctx context.Context, origin string) (placed int, err error) {
	var waiting bool
	if err := s.db.GetContext(ctx, &waiting, `SELECT EXISTS (SELECT FROM audit WHERE seq IS NULL)`); err != nil || !waiting {
		return 0, err // most looks, in a house at rest
	}
	signer, err := s.vault.LogSigner(origin)
	if err != nil {
		return 0, fmt.Errorf("log signer: %w", err)
	}
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		var mine bool
		if err := tx.GetContext(ctx, &mine, `SELECT pg_try_advisory_xact_lock($1)`, sequencerLock); err != nil || !mine {
			return err
		}
		var size int64
		if err := tx.GetContext(ctx, &size, `SELECT coalesce(max(size), 0) FROM ledger_checkpoints`); err != nil {
			return err
		}
		var rows []auditRow
		if err := tx.SelectContext(ctx, &rows, selectAudit+` WHERE seq IS NULL ORDER BY at, id LIMIT $1`, sequencerBatch); err != nil || len(rows) == 0 {
			return err
		}
		leaves := make([][]byte, len(rows))
		for i, r := range rows {
			entry, err := r.entry()
			if err != nil {
				return err
			}
			if leaves[i], err = entry.Leaf(); err != nil {
				return fmt.Errorf("leaf of %s: %w", r.ID, err)
			}
		}
		first := tlog.StoredHashCount(size)
		hashes, root, err := ledger.Append(size, hashReader(ctx, tx), leaves)
		if err != nil {
			return fmt.Errorf("append: %w", err)
		}
		if err := writeHashes(ctx, tx, first, hashes); err != nil {
			return err
		}
		ids := make([]string, len(rows))
		for i, r := range rows {
			ids[i] = r.ID
		}
		if _, err := tx.ExecContext(ctx, `UPDATE audit a SET seq = $1 + p.ordinality - 1
			  FROM unnest($2::uuid[]) WITH ORDINALITY AS p (id, ordinality) WHERE a.id = p.id`, size, pq.Array(ids)); err != nil {
			return fmt.Errorf("place: %w", err)
		}
		var now time.Time
		if err := tx.GetContext(ctx, &now, `SELECT clock_timestamp()`); err != nil {
			return err
		}
		size += int64(len(rows))
		note, err := ledger.Sign(origin, size, root, now, signer)
		if err != nil {
			return fmt.Errorf("sign checkpoint: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO ledger_checkpoints (size, at, note) VALUES ($1, $2, $3)`, size, now, note); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
		placed = len(rows)
		return nil
	})
	return placed, err
}

func hashReader(ctx context.Context, q queryer) tlog.HashReaderFunc {
	return func(indexes []int64) ([]tlog.Hash, error) {
		var rows []struct {
			N    int64  `db:"n"`
			Hash []byte `db:"hash"`
		}
		if err := q.SelectContext(ctx, &rows, `SELECT n, hash FROM ledger_hashes WHERE n = ANY ($1)`, pq.Array(indexes)); err != nil {
			return nil, fmt.Errorf("ledger hashes: %w", err)
		}
		found := make(map[int64]tlog.Hash, len(rows))
		for _, r := range rows {
			found[r.N] = tlog.Hash(r.Hash)
		}
		out := make([]tlog.Hash, len(indexes))
		for i, n := range indexes {
			h, ok := found[n]
			if !ok {
				return nil, fmt.Errorf("ledger hash %d is missing", n)
			}
			out[i] = h
		}
		return out, nil
	}
}

func writeHashes(ctx context.Context, tx *sqlx.Tx, first int64, hashes []tlog.Hash) error {
	raw := make([][]byte, len(hashes))
	for i, h := range hashes {
		raw[i] = h[:]
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO ledger_hashes (n, hash)
		SELECT $1 + ordinality - 1, hash FROM unnest($2::bytea[]) WITH ORDINALITY AS h (hash, ordinality)`, first, pq.Array(raw))
	if err != nil {
		return fmt.Errorf("ledger hashes: %w", err)
	}
	return nil
}

type auditRow struct {
	ID       string    `db:"id"`
	At       time.Time `db:"at"`
	Actor    string    `db:"actor"`
	OnBehalf string    `db:"on_behalf"`
	Action   string    `db:"action"`
	Object   string    `db:"object"`
	Unit     string    `db:"unit"`
	Outcome  string    `db:"outcome"`
	Detail   []byte    `db:"detail"`
	Seq      *int64    `db:"seq"`
}

const selectAudit = `SELECT id, at, actor, on_behalf, action, object, unit, outcome, detail, seq FROM audit`

func (r auditRow) entry() (ledger.Entry, error) {
	e := ledger.Entry{
		ID: r.ID, At: r.At.UTC(), Actor: r.Actor, OnBehalf: r.OnBehalf, Action: r.Action,
		Object: r.Object, Unit: r.Unit, Outcome: r.Outcome,
	}
	if r.Seq != nil {
		e.Seq = *r.Seq
	}
	if err := json.Unmarshal(r.Detail, &e.Detail); err != nil {
		return ledger.Entry{}, fmt.Errorf("detail of %s: %w", r.ID, err)
	}
	return e, nil
}

// Waiting is the age of the oldest audit row without a place.
func (s *Store) Waiting(ctx context.Context) (age time.Duration, err error) {
	var seconds float64
	err = s.db.GetContext(ctx, &seconds, `SELECT coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0)::float8 FROM audit WHERE seq IS NULL`)
	return time.Duration(seconds * float64(time.Second)), err
}

// Sealed says whether every act on a disclosure is under a signed checkpoint.
func (s *Store) Sealed(ctx context.Context, id string) (sealed bool, err error) {
	err = s.db.GetContext(ctx, &sealed, `SELECT NOT EXISTS (SELECT FROM acts a JOIN audit l ON l.id = a.audit_id WHERE a.disclosure_id = $1 AND l.seq IS NULL)`, id)
	return sealed, err
}

// Checkpoint returns the newest signed checkpoint, or an empty slice before the first.
func (s *Store) Checkpoint(ctx context.Context) (note []byte, err error) {
	err = s.db.GetContext(ctx, &note, `SELECT coalesce((SELECT note FROM ledger_checkpoints ORDER BY size DESC LIMIT 1), '')`)
	return note, err
}

// Export writes the whole ledger as one file that can be verified offline.
func (s *Store) Export(ctx context.Context, w io.Writer, origin string) error {
	key, err := s.vault.LogVerifierKey(origin)
	if err != nil {
		return fmt.Errorf("log key: %w", err)
	}
	// One snapshot, or the newest checkpoint could speak of rows not exported.
	tx, err := s.db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	err = ledger.WriteExport(w, ledger.Export{
		Origin: origin, Keys: []string{key},
		Leaves: pages(func(after int64) ([][]byte, int64, error) {
			var rows []auditRow
			if err := tx.SelectContext(ctx, &rows, selectAudit+` WHERE seq > $1 ORDER BY seq LIMIT $2`, after, sequencerBatch); err != nil {
				return nil, 0, err
			}
			leaves := make([][]byte, len(rows))
			for i, r := range rows {
				e, err := r.entry()
				if err != nil {
					return nil, 0, err
				}
				if leaves[i], err = e.Leaf(); err != nil {
					return nil, 0, err
				}
				after = *r.Seq
			}
			return leaves, after, nil
		}),
		Checkpoints: pages(func(after int64) ([][]byte, int64, error) {
			var rows []struct {
				Size int64  `db:"size"`
				Note []byte `db:"note"`
			}
			if err := tx.SelectContext(ctx, &rows, `SELECT size, note FROM ledger_checkpoints WHERE size > $1 ORDER BY size LIMIT $2`, after, sequencerBatch); err != nil {
				return nil, 0, err
			}
			notes := make([][]byte, len(rows))
			for i, r := range rows {
				notes[i], after = r.Note, r.Size
			}
			return notes, after, nil
		}),
	})
	return errors.Join(err, rollback(tx))
}

// pages turns a query by page into a sequence. next gets the last position seen,
// -1 at first, and returns rows with the new position; no rows is the end.
func pages(next func(after int64) ([][]byte, int64, error)) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for after := int64(-1); ; {
			rows, last, err := next(after)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(rows) == 0 {
				return
			}
			for _, r := range rows {
				if !yield(r, nil) {
					return
				}
			}
			after = last
		}
	}
}
