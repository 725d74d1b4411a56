package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// bundle is a store on a database of its own with one bureau, and the database as
// three roles see it.
type bundle struct {
	testkit.Stored
	testkit.Bureau
	app, owner, root *sqlx.DB
}

func setup(t *testing.T) bundle {
	t.Helper()
	s := testkit.Store(t)
	return bundle{
		Stored: s, Bureau: testkit.AddBureau(t, s, "AA"),
		app: testkit.Open(t, s.App), owner: testkit.Open(t, s.Owner), root: testkit.Open(t, s.Superuser),
	}
}

// surgery changes rows as nobody but a superuser can: triggers and foreign keys sleep.
func (b bundle) surgery(t *testing.T, query string, args ...any) {
	t.Helper()
	tx, err := b.root.BeginTxx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.Exec(`SET LOCAL session_replication_role = replica`)
	require.NoError(t, err)
	_, err = tx.Exec(query, args...)
	require.NoError(t, err)
	require.NoError(t, tx.Commit())
}

// cell reads one value as the superuser.
func cell[T any](t *testing.T, b bundle, query string, args ...any) (v T) {
	t.Helper()
	require.NoError(t, b.root.GetContext(t.Context(), &v, query, args...))
	return v
}

// stopped says what stopped a statement: the name of a constraint, or "denied" for a
// right that the role does not have.
func stopped(err error) string {
	var pqErr *pq.Error
	switch {
	case err == nil:
		return "nothing"
	case !errors.As(err, &pqErr):
		return err.Error()
	case pqErr.Code == "42501":
		return "denied"
	case pqErr.Constraint != "":
		return pqErr.Constraint
	}
	return pqErr.Error()
}

// try runs a statement that must leave no trace, whether it works or not.
func try(t *testing.T, db *sqlx.DB, query string, args ...any) string {
	t.Helper()
	tx, err := db.BeginTxx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.Exec(query, args...)
	require.NoError(t, tx.Rollback())
	return stopped(err)
}

func code(t *testing.T, want disclosure.Code, err error) {
	t.Helper()
	require.Equal(t, want, disclosure.CodeOf(err), "%v", err)
}

// decision is the statement that records a decision as Record does, with its act.
const decision = `WITH a AS (
		INSERT INTO acts (id, disclosure_id, revision, type, from_state, to_state, version, audit_id)
		VALUES (gen_random_uuid(), $1, (SELECT 1000 + count(*) FROM acts), 'decide', '', '', $2, gen_random_uuid()) RETURNING id)
	INSERT INTO decisions (act_id, disclosure_id, version, manifest_hash, step, seat, person_id, role, outcome, counts)
	SELECT id, $1, $2, $3, $4, $5, $6, $7, $8, $9 FROM a`

const grant = `INSERT INTO grants (id, disclosure_id, version, manifest_hash, unit_id, kind, channels, not_before, latest, late, release_at, generation)
	VALUES (gen_random_uuid(), $1, $2, $3, 'AA', 'notice', '{portal}', now() - interval '1 hour', now() + interval '1 hour', 'now', now(), 100)`

// act is the next act of that type by that person, with words.
func act(t *testing.T, i *testkit.Item, kind disclosure.ActType, by disclosure.Person) disclosure.Act {
	t.Helper()
	id := fmt.Sprintf("%s/%s/%d", i.ID, kind, i.Case.Revision)
	return disclosure.Act{ID: id, Type: kind, By: by, Opinion: i.Words(t, id, "原因")}
}

func run(ctx context.Context, b bundle, query string, args ...any) error {
	_, err := b.app.ExecContext(ctx, query, args...)
	return err
}
