//go:build linux

// Package testkit gives a test a real, migrated PostgreSQL database of its own, a
// store on it, a bureau full of synthetic people, and disclosures that have come as
// far along the road as the test needs them.
package testkit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jmoiron/sqlx"

	"shenfa/internal/store"
	"shenfa/internal/vault"
	"shenfa/migrations"
)

const (
	superuser = "postgres"
	ownerRole = "shenfa_owner" // owns the schema; migrations run as it
	appRole   = "shenfa_app"   // what the program works as; owns nothing
	template  = "shenfa_template"
)

// server is the one cluster of this test binary, started by the first test that
// asks for a database and stopped by Main.
var server struct {
	once    sync.Once
	inMain  atomic.Bool
	cluster *cluster
	err     error
	last    atomic.Int64 // number of the newest database
}

// Main runs the tests and then stops the database server, if one was started. A
// package that uses Database calls it from TestMain.
func Main(m *testing.M) {
	server.inMain.Store(true)
	code := m.Run()
	if server.cluster != nil {
		if err := server.cluster.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "testkit:", err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// DSNs of one database, by role.
type DSNs struct {
	App       string // least privilege: what the program works as
	Owner     string // owns the tables; triggers bind it until it drops them
	Superuser string
}

// Database makes a fresh, migrated database. It goes with the whole server, for to
// drop it costs more than the test.
func Database(t testing.TB) DSNs {
	t.Helper()
	if !server.inMain.Load() {
		t.Fatal("TestMain of this package must call testkit.Main")
	}
	server.once.Do(func() { server.cluster, server.err = prepare() })
	if server.err != nil {
		t.Fatalf("database server for tests: %v", server.err)
	}
	c := server.cluster
	name := fmt.Sprintf("test_%d", server.last.Add(1))
	if err := c.exec(`CREATE DATABASE ` + name + ` TEMPLATE ` + template); err != nil {
		t.Fatal(err)
	}
	// The rights on a database are not copied with it.
	if err := c.exec(fmt.Sprintf(`REVOKE ALL ON DATABASE %[1]s FROM PUBLIC; GRANT CONNECT ON DATABASE %[1]s TO %[2]s, %[3]s`,
		name, ownerRole, appRole)); err != nil {
		t.Fatal(err)
	}
	return DSNs{App: c.dsn(appRole, name), Owner: c.dsn(ownerRole, name), Superuser: c.dsn(superuser, name) + " search_path=shenfa"}
}

// prepare starts the server and migrates the template. Roles stand to each other as
// internal/engine makes them.
func prepare() (*cluster, error) {
	c, err := startCluster()
	if err != nil {
		return nil, err
	}
	err = c.exec(`CREATE DATABASE ` + template)
	for _, role := range []string{ownerRole, appRole} {
		if err == nil {
			err = c.exec(fmt.Sprintf(`CREATE ROLE %[1]s LOGIN; ALTER ROLE %[1]s SET search_path = shenfa`, role))
		}
	}
	if err == nil {
		err = c.in(superuser, func(db *sql.DB) error {
			_, err := db.Exec(fmt.Sprintf(`REVOKE ALL ON SCHEMA public FROM PUBLIC; CREATE SCHEMA shenfa AUTHORIZATION %s; GRANT USAGE ON SCHEMA shenfa TO %s`,
				ownerRole, appRole))
			return err
		})
	}
	if err == nil {
		err = c.in(ownerRole, func(db *sql.DB) error { return migrations.Up(context.Background(), db) })
	}
	if err != nil {
		return nil, fmt.Errorf("%w (stop: %v)", err, c.stop())
	}
	return c, nil
}

// exec runs statements outside of any test's database.
func (c *cluster) exec(query string) error {
	if _, err := c.admin.Exec(query); err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	return nil
}

// in works in the template.
func (c *cluster) in(role string, f func(*sql.DB) error) error {
	db, err := open(c.dsn(role, template))
	if err != nil {
		return err
	}
	defer db.Close()
	return f(db)
}

func open(dsn string) (*sql.DB, error) { return sql.Open("postgres", dsn) }

// Open connects to a database until the end of the test.
func Open(t testing.TB, dsn string) *sqlx.DB {
	t.Helper()
	db, err := sqlx.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Stored is a store on a database and a vault of its own, with the routes in force.
type Stored struct {
	*store.Store
	DSNs
	Vault *vault.Vault
}

// Store opens one as the program does.
func Store(t testing.TB) Stored {
	t.Helper()
	keys, err := vault.Open(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	return On(t, Database(t), keys)
}

// On opens another store on the same database and vault, as a second process would.
func On(t testing.TB, dsns DSNs, keys *vault.Vault) Stored {
	t.Helper()
	s, err := store.Open(t.Context(), dsns.App, keys, 8)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	owner, err := store.Open(t.Context(), dsns.Owner, keys, 1) // as shenfa migrate does
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(owner.SyncRoutes(t.Context(), routes()), owner.Close()); err != nil {
		t.Fatal(err)
	}
	return Stored{Store: s, DSNs: dsns, Vault: keys}
}
