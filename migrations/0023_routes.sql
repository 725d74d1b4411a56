-- Routes as data: every version as it was proposed and confirmed, in force from a day, and
-- never changed. What a version asks for is worked out here from its definition, so that no
-- program can count otherwise than what two people agreed on.

-- +goose Up

CREATE TABLE routes (
    id             text NOT NULL,
    version        int NOT NULL CHECK (version > 0),
    effective_from date NOT NULL,
    definition     jsonb NOT NULL,
    reason         text NOT NULL DEFAULT '',
    proposed_by    uuid REFERENCES people, -- null: shipped with the program
    proposed_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_by     uuid REFERENCES people,
    settled_at     timestamptz,
    confirmed      boolean, -- null: waits for the second person
    PRIMARY KEY (id, version),
    CONSTRAINT routes_definition CHECK (definition ->> 'id' = id AND (definition ->> 'version')::int = version
        AND definition ->> 'effective_from' = to_char(effective_from, 'YYYY-MM-DD')),
    CONSTRAINT routes_second_person CHECK (proposed_by <> settled_by),
    CONSTRAINT routes_settled CHECK ((confirmed IS NULL) = (settled_at IS NULL)
        AND (proposed_by IS NULL OR (confirmed IS NULL) = (settled_by IS NULL)))
);
-- One proposal at a time, so that the diff that is confirmed is the one that was shown.
CREATE UNIQUE INDEX routes_one_proposal ON routes (id) WHERE confirmed IS NULL;

-- What the check finds that a condition of a step can look at.
CREATE TABLE flag_rules (
    flag text NOT NULL,
    rule text NOT NULL,
    PRIMARY KEY (flag, rule)
);

ALTER TABLE route_steps ADD condition jsonb; -- null: always asked for
ALTER TABLE route_steps ADD CONSTRAINT route_steps_essential CHECK (NOT essential OR condition IS NULL);
ALTER TABLE disclosures ADD flags text[] NOT NULL DEFAULT '{}';

-- +goose StatementBegin
CREATE FUNCTION guard_route_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    keeper uuid;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.proposed_by IS NULL THEN
            IF current_user <> (SELECT tableowner FROM pg_tables WHERE schemaname = TG_TABLE_SCHEMA AND tablename = TG_TABLE_NAME) THEN
                RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'routes_shipped', MESSAGE = 'only the owner ships a route';
            END IF;
        ELSIF NEW.confirmed IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'routes_second_person', MESSAGE = 'a proposal waits for the second person';
        END IF;
    ELSIF OLD.confirmed IS NOT NULL OR NEW.confirmed IS NULL
          OR to_jsonb(NEW) - '{settled_by,settled_at,confirmed}'::text[] <> to_jsonb(OLD) - '{settled_by,settled_at,confirmed}'::text[] THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'routes_append_only', MESSAGE = 'a version of a route never changes';
    END IF;
    keeper := CASE TG_OP WHEN 'INSERT' THEN NEW.proposed_by ELSE NEW.settled_by END;
    IF keeper IS NOT NULL AND NOT EXISTS (
            SELECT FROM people p JOIN person_roles r ON r.person_id = p.id
             WHERE p.id = keeper AND p.disabled_at IS NULL AND r.role IN ('security_admin', 'principal_leader')) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'routes_role_held', MESSAGE = 'the person does not keep routes';
    END IF;
    IF NOT jsonb_path_exists(NEW.definition, '$.steps[*] ? (@.essential == true)')
       OR jsonb_path_exists(NEW.definition, '$.steps[*] ? (@.essential == true && exists (@.when))')
       OR jsonb_path_exists(NEW.definition, '$.steps[*] ? (!(@.essential == true)).seats[*] ? (@.role == "confidentiality_reviewer")') THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'routes_essential', MESSAGE = 'the essential steps are asked for always';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_route_version BEFORE INSERT OR UPDATE ON routes FOR EACH ROW EXECUTE FUNCTION guard_route_version();
CREATE TRIGGER append_only BEFORE DELETE ON routes FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The steps are written by the owner from what was confirmed: the program may not.
-- +goose StatementBegin
CREATE FUNCTION write_route_steps() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.confirmed THEN
        INSERT INTO route_steps (route, version, step, quorum, essential, condition)
        SELECT NEW.id, NEW.version, s ->> 'id',
               CASE s ->> 'rule' WHEN 'any' THEN 1 WHEN 'all' THEN jsonb_array_length(s -> 'seats') WHEN 'some' THEN (s ->> 'need')::int END,
               coalesce((s ->> 'essential')::boolean, false), s -> 'when'
          FROM jsonb_array_elements(NEW.definition -> 'steps') AS s
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER write_route_steps AFTER INSERT OR UPDATE ON routes FOR EACH ROW EXECUTE FUNCTION write_route_steps();

-- Each list that the condition gives must have something in common with the item.
-- +goose StatementBegin
CREATE FUNCTION asked_for(s route_steps, d disclosures, channels text[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT s.condition IS NULL OR (
        (s.condition -> 'kinds' IS NULL OR s.condition -> 'kinds' ? d.kind)
        AND (s.condition -> 'units' IS NULL OR s.condition -> 'units' ? d.unit_id)
        AND (s.condition -> 'channels' IS NULL OR s.condition -> 'channels' ?| channels)
        AND (s.condition -> 'flags' IS NULL OR s.condition -> 'flags' ?| d.flags))
$$;
-- +goose StatementEnd

-- An item in review keeps its route, and what it is: flags come with a version and with the
-- end of its check, and none that the check found is left out.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION guard_route() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.route IS NOT NULL AND (NEW.route, NEW.route_version) IS DISTINCT FROM (OLD.route, OLD.route_version) AND NEW.version <= OLD.version THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'disclosures_keep_route', MESSAGE = 'an item in review keeps its route';
    END IF;
    IF NEW.version <= OLD.version AND (
           OLD.version > 0 AND NEW.kind <> OLD.kind
           OR OLD.state <> 'checking' AND NEW.flags <> OLD.flags
           OR NOT NEW.flags @> OLD.flags
           OR OLD.state = 'checking' AND NEW.state IN ('self_review', 'in_review') AND EXISTS (
                SELECT FROM findings f JOIN flag_rules r ON r.rule = f.rule
                 WHERE f.disclosure_id = NEW.id AND f.version = NEW.version AND NOT NEW.flags @> ARRAY[r.flag])) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'disclosures_flags', MESSAGE = 'what the route depends on is settled by the check';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

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
       AND asked_for(s, d, NEW.channels)
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

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT ON flag_rules TO shenfa_app;
        GRANT SELECT, INSERT ON routes TO shenfa_app;
        GRANT UPDATE (settled_by, settled_at, confirmed) ON routes TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
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
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION guard_route() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.route IS NOT NULL AND (NEW.route, NEW.route_version) IS DISTINCT FROM (OLD.route, OLD.route_version) AND NEW.version <= OLD.version THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'disclosures_keep_route', MESSAGE = 'an item in review keeps its route';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
DROP TABLE routes, flag_rules;
DROP FUNCTION asked_for(route_steps, disclosures, text[]), write_route_steps(), guard_route_version();
ALTER TABLE disclosures DROP flags;
ALTER TABLE route_steps DROP CONSTRAINT route_steps_essential, DROP condition;
