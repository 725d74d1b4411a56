package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lib/pq"
)

// ChannelMemory is what one channel knows beyond a process: small values by key, sealed.
type ChannelMemory struct {
	store   *Store
	channel string
}

// ChannelMemory is that of a channel, or of one account of it.
func (s *Store) ChannelMemory(channel string) ChannelMemory { return ChannelMemory{s, channel} }

func (m ChannelMemory) context(key string) string { return "channel/" + m.channel + "/" + key }

// Get returns what is remembered under key and its revision, or nothing and 0.
func (m ChannelMemory) Get(ctx context.Context, key string) (value []byte, revision int64, err error) {
	var row struct {
		Sealed   []byte `db:"sealed"`
		Revision int64  `db:"revision"`
	}
	err = m.store.db.GetContext(ctx, &row, `SELECT sealed, revision FROM channel_memory WHERE channel = $1 AND key = $2`, m.channel, key)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("channel memory: %w", err)
	}
	value, err = m.store.vault.Open(m.context(key), row.Sealed)
	return value, row.Revision, err
}

// Put remembers value if what is there still has that revision (0: nothing is there), and
// says whether it had. The revision is the next one then.
func (m ChannelMemory) Put(ctx context.Context, key string, value []byte, revision int64) (bool, error) {
	sealed := m.store.vault.Seal(m.context(key), value)
	query := `UPDATE channel_memory SET sealed = $3, revision = revision + 1, at = clock_timestamp() WHERE channel = $1 AND key = $2 AND revision = $4`
	if revision == 0 {
		query = `INSERT INTO channel_memory (channel, key, sealed, revision) SELECT $1, $2, $3, $4::bigint + 1 ON CONFLICT DO NOTHING`
	}
	res, err := m.store.db.ExecContext(ctx, query, m.channel, key, sealed, revision)
	if err != nil {
		return false, fmt.Errorf("channel memory: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// Revoked says which of these effects will never be sent, for their release was revoked.
func (s *Store) Revoked(ctx context.Context, keys ...string) (revoked []string, err error) {
	err = s.db.SelectContext(ctx, &revoked, `SELECT e.key FROM effects e
		 WHERE e.key = ANY ($1) AND e.state = 'pending'
		   AND NOT EXISTS (SELECT FROM grants g WHERE g.disclosure_id = e.disclosure_id AND g.version = e.version AND g.revoked_at IS NULL)`, pq.Array(keys))
	if err != nil {
		return nil, fmt.Errorf("revoked effects: %w", err)
	}
	return revoked, nil
}
