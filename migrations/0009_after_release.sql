-- What becomes of an item after its release: how long it is public, and how it was
-- taken down.

-- +goose Up

-- Set when the grant is armed: the end of the publicity period (公示期).
ALTER TABLE grants ADD COLUMN public_until timestamptz;
CREATE INDEX grants_ending ON grants (public_until) WHERE revoked_at IS NULL AND public_until IS NOT NULL;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION guard_grant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lacking text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - '{release_at,generation,armed_at,revoked_at,public_until}'::text[] <> to_jsonb(OLD) - '{release_at,generation,armed_at,revoked_at,public_until}'::text[]
           OR OLD.revoked_at IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'grants_fixed', MESSAGE = 'a grant cannot be changed';
        END IF;
        IF NEW.generation < OLD.generation OR NEW.release_at <> OLD.release_at AND (NEW.generation = OLD.generation OR NEW.armed_at IS NOT NULL) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'grants_rearm', MESSAGE = 'another instant needs another generation, armed anew';
        END IF;
        IF NEW.public_until IS DISTINCT FROM OLD.public_until AND (OLD.armed_at IS NOT NULL OR NEW.armed_at IS NULL) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'grants_period', MESSAGE = 'the end of the publicity period is set when a grant is armed';
        END IF;
        RETURN NEW;
    END IF;
    SELECT string_agg(s.step, ', ') INTO lacking
      FROM disclosures d
      JOIN route_steps s ON s.route = d.route AND s.version = d.route_version
     WHERE d.id = NEW.disclosure_id
       AND (s.essential OR NOT EXISTS (SELECT FROM decisions x
                                        WHERE x.disclosure_id = NEW.disclosure_id AND x.version = NEW.version AND x.manifest_hash = NEW.manifest_hash
                                          AND x.step = 'bypass' AND x.counts))
       AND s.quorum > (SELECT count(DISTINCT x.person_id) FROM decisions x
                        WHERE x.disclosure_id = NEW.disclosure_id AND x.version = NEW.version AND x.manifest_hash = NEW.manifest_hash
                          AND x.step = s.step AND x.counts AND x.outcome = 'disclose');
    IF lacking IS NOT NULL OR NOT EXISTS (
            SELECT FROM disclosures d JOIN route_steps s ON s.route = d.route AND s.version = d.route_version
             WHERE d.id = NEW.disclosure_id AND d.version = NEW.version AND d.manifest_hash = NEW.manifest_hash) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'grants_complete', MESSAGE = 'approvals are lacking: ' || coalesce(lacking, 'no route');
    END IF;
    IF EXISTS (SELECT FROM decisions x JOIN contributors c USING (disclosure_id, person_id)
                WHERE x.disclosure_id = NEW.disclosure_id AND x.version = NEW.version AND x.counts) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'grants_separated', MESSAGE = 'a contributor decided';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- The one predicate for everything public: it has no memory and needs no work at
-- the instant of release, nor at the end of the publicity period.
CREATE OR REPLACE FUNCTION is_public(g grants) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT g.revoked_at IS NULL AND took_effect(g) AND (g.public_until IS NULL OR g.public_until > now()) AND NOT superseded(g)
$$;

-- How an item was taken down. The reason is public where the type leaves a notice.
CREATE TABLE withdrawals (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    type          text NOT NULL,
    trail         text NOT NULL CHECK (trail IN ('gone', 'notice', 'visible')),
    person_id     uuid REFERENCES people,   -- null: the end of the period
    opinion_id    uuid REFERENCES opinions, -- the reason
    document_id   uuid REFERENCES opinions, -- which document approved, if one had to
    successor     text NOT NULL DEFAULT '',
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    restored_at   timestamptz
);
CREATE UNIQUE INDEX withdrawals_standing ON withdrawals (disclosure_id) WHERE restored_at IS NULL;

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT ON withdrawals TO shenfa_app;
        GRANT UPDATE (restored_at) ON withdrawals TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE withdrawals;
CREATE OR REPLACE FUNCTION is_public(g grants) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT g.revoked_at IS NULL AND took_effect(g) AND NOT superseded(g)
$$;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION guard_grant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lacking text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - '{release_at,generation,armed_at,revoked_at}'::text[] <> to_jsonb(OLD) - '{release_at,generation,armed_at,revoked_at}'::text[]
           OR OLD.revoked_at IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'grants_fixed', MESSAGE = 'a grant cannot be changed';
        END IF;
        IF NEW.generation < OLD.generation OR NEW.release_at <> OLD.release_at AND (NEW.generation = OLD.generation OR NEW.armed_at IS NOT NULL) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'grants_rearm', MESSAGE = 'another instant needs another generation, armed anew';
        END IF;
        RETURN NEW;
    END IF;
    SELECT string_agg(s.step, ', ') INTO lacking
      FROM disclosures d
      JOIN route_steps s ON s.route = d.route AND s.version = d.route_version
     WHERE d.id = NEW.disclosure_id
       AND (s.essential OR NOT EXISTS (SELECT FROM decisions x
                                        WHERE x.disclosure_id = NEW.disclosure_id AND x.version = NEW.version AND x.manifest_hash = NEW.manifest_hash
                                          AND x.step = 'bypass' AND x.counts))
       AND s.quorum > (SELECT count(DISTINCT x.person_id) FROM decisions x
                        WHERE x.disclosure_id = NEW.disclosure_id AND x.version = NEW.version AND x.manifest_hash = NEW.manifest_hash
                          AND x.step = s.step AND x.counts AND x.outcome = 'disclose');
    IF lacking IS NOT NULL OR NOT EXISTS (
            SELECT FROM disclosures d JOIN route_steps s ON s.route = d.route AND s.version = d.route_version
             WHERE d.id = NEW.disclosure_id AND d.version = NEW.version AND d.manifest_hash = NEW.manifest_hash) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'grants_complete', MESSAGE = 'approvals are lacking: ' || coalesce(lacking, 'no route');
    END IF;
    IF EXISTS (SELECT FROM decisions x JOIN contributors c USING (disclosure_id, person_id)
                WHERE x.disclosure_id = NEW.disclosure_id AND x.version = NEW.version AND x.counts) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'grants_separated', MESSAGE = 'a contributor decided';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
ALTER TABLE grants DROP COLUMN public_until;
