package store_test

import (
	"database/sql"
	"testing"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

func TestAStatementIsPreparedOnceASessionAndAgainWhenItsTableChanged(t *testing.T) {
	t.Parallel()

	connector, err := store.NewPreparer(testkit.Database(t).Superuser)
	require.NoError(t, err)
	db := sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(t.Context(), `CREATE TABLE tried (n int); INSERT INTO tried VALUES (7)`)
	require.NoError(t, err)
	ask := func() error {
		return db.QueryRowContext(t.Context(), `SELECT * FROM tried WHERE n = $1`, 7).Scan(new(any))
	}
	for range 3 {
		require.NoError(t, ask())
	}
	var prepared int
	require.NoError(t, db.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%tried%'`).Scan(&prepared))
	require.Equal(t, 1, prepared)

	_, err = db.ExecContext(t.Context(), `ALTER TABLE tried ALTER n TYPE bigint`)
	require.NoError(t, err)
	require.NotNil(t, pq.As(ask()), "its plan is outdated")
	require.NoError(t, ask())
}
