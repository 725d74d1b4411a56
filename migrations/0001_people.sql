-- Who works where, and what each may do.

-- +goose Up
CREATE TABLE units (
    id   text PRIMARY KEY,
    name text NOT NULL,
    code text NOT NULL UNIQUE -- first part of every number
);

CREATE TABLE sections (
    id      text PRIMARY KEY,
    unit_id text NOT NULL REFERENCES units,
    name    text NOT NULL
);

CREATE TABLE people (
    id            uuid PRIMARY KEY,
    login         text NOT NULL UNIQUE,
    name          text NOT NULL,
    unit_id       text NOT NULL REFERENCES units,
    section_id    text NOT NULL REFERENCES sections,
    password_hash text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    disabled_at   timestamptz
);

CREATE TABLE person_roles (
    person_id uuid NOT NULL REFERENCES people,
    role      text NOT NULL,
    PRIMARY KEY (person_id, role)
);

-- The three administrators hold no business role, and neither the system nor the
-- security administrator audits.
-- +goose StatementBegin
CREATE FUNCTION separate_roles() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    admins int;
    others int;
BEGIN
    SELECT count(*) FILTER (WHERE role IN ('system_admin', 'security_admin', 'auditor')),
           count(*) FILTER (WHERE role NOT IN ('system_admin', 'security_admin', 'auditor'))
      INTO admins, others
      FROM person_roles WHERE person_id = NEW.person_id;
    IF admins > 0 AND others > 0 OR admins > 1 THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'roles_separated', MESSAGE = 'administrators hold no other role';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER roles_separated AFTER INSERT OR UPDATE ON person_roles
    FOR EACH ROW EXECUTE FUNCTION separate_roles();

-- Secrets are kept as SHA-256: they are random, so nothing slower is needed.
CREATE TABLE sessions (
    secret_hash bytea PRIMARY KEY,
    person_id   uuid NOT NULL REFERENCES people,
    kind        text NOT NULL CHECK (kind IN ('session', 'token')),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at  timestamptz NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE login_failures (
    login text NOT NULL,
    at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX login_failures_recent ON login_failures (login, at);

-- An answer given under a key is given again. status 0 means: still being made.
CREATE TABLE idempotency (
    person_id   uuid NOT NULL REFERENCES people,
    key         text NOT NULL,
    fingerprint bytea NOT NULL,
    status      int NOT NULL DEFAULT 0,
    header      jsonb,
    sealed_body bytea,
    begun_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (person_id, key)
);
CREATE INDEX idempotency_age ON idempotency (begun_at);

-- +goose Down
DROP TABLE idempotency, login_failures, sessions, person_roles, people, sections, units;
DROP FUNCTION separate_roles();
