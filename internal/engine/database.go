package engine

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"

	"shenfa/internal/vault"
)

// role is a login of the private cluster.
type role string

const (
	superuser    role = "postgres"     // of the cluster, used here alone
	temporalRole role = "temporal"     // owns Temporal's two schemas
	ownerRole    role = "shenfa_owner" // owns the product's schema; migrations run as it
	appRole      role = "shenfa_app"   // what the product works as; owns nothing

	database         = "shenfa"
	appSchema        = "shenfa"
	mainSchema       = "temporal"
	visibilitySchema = "temporal_visibility"
)

type passwords map[role]string

func loadPasswords(keys string) (passwords, error) {
	p := passwords{}
	for _, r := range []role{superuser, temporalRole, ownerRole, appRole} {
		secret, err := vault.LoadOrCreate(filepath.Join(keys, string(r)+".password"), vault.NewPassword)
		if err != nil {
			return nil, err
		}
		p[r] = string(secret)
	}
	return p, nil
}

// prepareDatabase makes what is missing of roles, database and schemas.
//
// Each role owns its schemas and can look into no other's, so that a fault in
// Temporal cannot touch the product's tables or the reverse. The application owns
// nothing at all: triggers and append-only grants have to bind it.
func prepareDatabase(ctx context.Context, c *postgres, p passwords) error {
	if err := prepareCluster(ctx, c, p); err != nil {
		return err
	}
	db, err := c.open(database)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, fmt.Sprintf(`
		REVOKE ALL ON DATABASE %[1]s FROM PUBLIC;
		REVOKE ALL ON SCHEMA public FROM PUBLIC;
		GRANT CONNECT ON DATABASE %[1]s TO %[2]s, %[3]s, %[4]s;

		CREATE SCHEMA IF NOT EXISTS %[5]s AUTHORIZATION %[2]s;
		CREATE SCHEMA IF NOT EXISTS %[6]s AUTHORIZATION %[2]s;
		CREATE EXTENSION IF NOT EXISTS btree_gin SCHEMA %[6]s;

		CREATE SCHEMA IF NOT EXISTS %[7]s AUTHORIZATION %[3]s;
		GRANT USAGE ON SCHEMA %[7]s TO %[4]s;
		-- Trusted extensions, which a migration may want, ask for this right.
		GRANT CREATE ON DATABASE %[1]s TO %[3]s;

		ALTER ROLE %[3]s IN DATABASE %[1]s SET search_path = %[7]s;
		ALTER ROLE %[4]s IN DATABASE %[1]s SET search_path = %[7]s;
		-- A transaction that was forgotten open holds back vacuum and locks.
		ALTER ROLE %[4]s IN DATABASE %[1]s SET idle_in_transaction_session_timeout = '60s'`,
		database, temporalRole, ownerRole, appRole, mainSchema, visibilitySchema, appSchema))
	return err
}

func prepareCluster(ctx context.Context, c *postgres, p passwords) error {
	root, err := c.open("postgres")
	if err != nil {
		return err
	}
	defer root.Close()
	for _, r := range []role{temporalRole, ownerRole, appRole} {
		found, err := exists(ctx, root, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", string(r))
		if err != nil {
			return err
		}
		verb := "CREATE"
		if found {
			verb = "ALTER" // the files rule: they may have been replaced after a leak
		}
		// A password is hexadecimal, hence the plain quotes; statements are not logged.
		if _, err := root.ExecContext(ctx, fmt.Sprintf("%s ROLE %s LOGIN PASSWORD '%s'", verb, r, p[r])); err != nil {
			return err
		}
	}
	found, err := exists(ctx, root, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", database)
	if err != nil || found {
		return err
	}
	_, err = root.ExecContext(ctx, "CREATE DATABASE "+database)
	return err
}

func exists(ctx context.Context, db *sql.DB, query, name string) (found bool, err error) {
	err = db.QueryRowContext(ctx, query, name).Scan(&found)
	return found, err
}
