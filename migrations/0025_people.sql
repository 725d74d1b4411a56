-- What people do with a task: who holds it, who decides in whose place, whom a decider
-- asked to sign as well, and who follows an item.

-- +goose Up

-- A mandate to decide in another's place (代理), for a time and a scope.
CREATE TABLE delegations (
    id            uuid PRIMARY KEY,
    unit_id       text NOT NULL REFERENCES units,
    giver_id      uuid NOT NULL REFERENCES people,
    delegate_id   uuid NOT NULL REFERENCES people CHECK (delegate_id <> giver_id),
    kinds         text[] NOT NULL,              -- empty: all
    steps         text[] NOT NULL,              -- empty: all
    item_id       uuid REFERENCES disclosures,  -- null: all
    starts_at     timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL CHECK (ends_at > starts_at), -- the first instant after it
    sealed_reason bytea NOT NULL,
    made_by       uuid NOT NULL REFERENCES people,
    made_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at    timestamptz,
    revoked_by    uuid REFERENCES people
);
CREATE INDEX delegations_of_delegate ON delegations (delegate_id, ends_at) WHERE revoked_at IS NULL;
CREATE INDEX delegations_of_giver ON delegations (giver_id, ends_at) WHERE revoked_at IS NULL;

-- +goose StatementBegin
CREATE FUNCTION guard_delegation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - '{revoked_at,revoked_by}'::text[] <> to_jsonb(OLD) - '{revoked_at,revoked_by}'::text[] OR OLD.revoked_at IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'delegations_fixed', MESSAGE = 'a delegation can only be revoked, once';
        END IF;
        RETURN NEW;
    END IF;
    -- Two that are made at once see each other.
    PERFORM pg_advisory_xact_lock(hashtext('delegations'), hashtext(NEW.unit_id));
    IF NEW.starts_at < clock_timestamp() - interval '1 minute' THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'delegations_not_past', MESSAGE = 'a delegation does not start in the past';
    END IF;
    IF EXISTS (SELECT FROM people p WHERE p.id IN (NEW.giver_id, NEW.delegate_id) AND (p.unit_id <> NEW.unit_id OR p.disabled_at IS NOT NULL))
       OR EXISTS (SELECT FROM person_roles r WHERE r.person_id IN (NEW.giver_id, NEW.delegate_id) AND r.role IN ('system_admin', 'security_admin', 'auditor')) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'delegations_eligible', MESSAGE = 'not between these people';
    END IF;
    IF EXISTS (SELECT FROM delegations o WHERE o.revoked_at IS NULL AND o.starts_at < NEW.ends_at AND NEW.starts_at < o.ends_at
                  AND (o.giver_id = NEW.delegate_id OR o.delegate_id = NEW.giver_id)) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'delegations_no_chain', MESSAGE = 'what was delegated is not delegated again';
    END IF;
    IF EXISTS (SELECT FROM delegations o WHERE o.revoked_at IS NULL AND o.giver_id = NEW.giver_id AND o.starts_at < NEW.ends_at AND NEW.starts_at < o.ends_at
                  AND (o.kinds = '{}' OR NEW.kinds = '{}' OR o.kinds && NEW.kinds) AND (o.steps = '{}' OR NEW.steps = '{}' OR o.steps && NEW.steps)
                  AND (o.item_id IS NULL OR NEW.item_id IS NULL OR o.item_id = NEW.item_id)) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'delegations_overlap', MESSAGE = 'two delegates for the same';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_delegation BEFORE INSERT OR UPDATE ON delegations FOR EACH ROW EXECUTE FUNCTION guard_delegation();
CREATE TRIGGER append_only BEFORE DELETE ON delegations FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Whom a decider asked to sign as well (加签): a seat on a step of the route, or a step of its own.
CREATE TABLE signers (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    step          text NOT NULL,
    seat          int NOT NULL,
    person_id     uuid NOT NULL REFERENCES people,
    added_by      uuid NOT NULL REFERENCES people CHECK (added_by <> person_id),
    essential     boolean NOT NULL, -- no bypass goes past it
    added_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    dropped_at    timestamptz
);
CREATE UNIQUE INDEX signers_standing ON signers (disclosure_id, step, seat) WHERE dropped_at IS NULL;

-- +goose StatementBegin
CREATE FUNCTION guard_signer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'dropped_at' <> to_jsonb(OLD) - 'dropped_at' OR OLD.dropped_at IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'signers_fixed', MESSAGE = 'an added signer can only be dropped, once';
        END IF;
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT FROM contributors c WHERE c.disclosure_id = NEW.disclosure_id AND c.person_id = NEW.person_id) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'signers_not_contributor', MESSAGE = 'a contributor may not decide';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_signer BEFORE INSERT OR UPDATE ON signers FOR EACH ROW EXECUTE FUNCTION guard_signer();
CREATE TRIGGER append_only BEFORE DELETE ON signers FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE decisions ADD COLUMN on_behalf uuid REFERENCES people, ADD COLUMN delegation_id uuid REFERENCES delegations,
    ADD CONSTRAINT decisions_mandate CHECK ((on_behalf IS NULL) = (delegation_id IS NULL) AND on_behalf IS DISTINCT FROM person_id);
ALTER TABLE acts ADD COLUMN target uuid REFERENCES people; -- of a transfer, an added signer: who is meant
ALTER TABLE tasks ADD COLUMN named_id uuid REFERENCES people,  -- only this person
    ADD COLUMN holder_id uuid REFERENCES people,               -- who claimed it
    ADD COLUMN urged_at timestamptz;
CREATE INDEX tasks_held ON tasks (holder_id) WHERE closed_at IS NULL AND holder_id IS NOT NULL;
CREATE INDEX tasks_named ON tasks (named_id) WHERE closed_at IS NULL AND named_id IS NOT NULL;

CREATE TABLE followers (
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    person_id     uuid NOT NULL REFERENCES people,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (disclosure_id, person_id)
);
CREATE INDEX followers_of ON followers (person_id);

-- A delegate counts, and so does who is decided for: neither may have a part in the text,
-- and neither may sign twice.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NOT OLD.counts OR NEW.counts OR to_jsonb(NEW) - 'counts' <> to_jsonb(OLD) - 'counts' THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_only_void', MESSAGE = 'a decision can only be made void';
        END IF;
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT FROM contributors c WHERE c.disclosure_id = NEW.disclosure_id AND c.person_id IN (NEW.person_id, NEW.on_behalf)) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_not_by_contributor', MESSAGE = 'a contributor may not decide';
    END IF;
    IF NEW.on_behalf IS NOT NULL AND NOT EXISTS (
            SELECT FROM delegations g JOIN disclosures d ON d.id = NEW.disclosure_id
             WHERE g.id = NEW.delegation_id AND g.giver_id = NEW.on_behalf AND g.delegate_id = NEW.person_id AND g.unit_id = d.unit_id
               AND g.revoked_at IS NULL AND g.starts_at <= clock_timestamp() AND g.ends_at > clock_timestamp()
               AND (g.kinds = '{}' OR d.kind = ANY (g.kinds)) AND (g.steps = '{}' OR NEW.step = ANY (g.steps))
               AND (g.item_id IS NULL OR g.item_id = d.id)) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_mandate', MESSAGE = 'no delegation covers this decision';
    END IF;
    IF NOT EXISTS (SELECT FROM versions v JOIN disclosures d ON d.id = v.disclosure_id AND d.version = v.version
                    WHERE v.disclosure_id = NEW.disclosure_id AND v.version = NEW.version AND v.manifest_hash = NEW.manifest_hash) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_on_this_manifest', MESSAGE = 'the decision is on another manifest';
    END IF;
    IF NOT EXISTS (SELECT FROM person_roles r WHERE r.person_id = coalesce(NEW.on_behalf, NEW.person_id) AND r.role = NEW.role) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_role_held', MESSAGE = 'the person does not hold the role';
    END IF;
    IF NEW.step = 'bypass' OR NEW.outcome = 'bypass' THEN
        IF NEW.step <> NEW.outcome OR NOT NEW.counts OR NEW.role NOT IN ('deputy_leader', 'principal_leader', 'duty_leader') THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_bypass', MESSAGE = 'only a leader may shorten the sign-off';
        END IF;
    ELSIF NEW.counts AND (NEW.outcome <> 'disclose' OR NOT EXISTS (
            SELECT FROM disclosures d JOIN route_steps s ON s.route = d.route AND s.version = d.route_version
             WHERE d.id = NEW.disclosure_id AND s.step = NEW.step)
        AND NOT EXISTS (SELECT FROM signers g WHERE g.disclosure_id = NEW.disclosure_id AND g.step = NEW.step AND g.dropped_at IS NULL)) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_counts_on_route', MESSAGE = 'only a passing decision on the route counts';
    END IF;
    IF NEW.counts AND EXISTS (SELECT FROM decisions x WHERE x.disclosure_id = NEW.disclosure_id AND x.version = NEW.version AND x.counts
            AND (x.person_id IN (NEW.person_id, NEW.on_behalf) OR x.on_behalf IN (NEW.person_id, NEW.on_behalf))) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_one_per_person', MESSAGE = 'the deciders and those they decide for are different people';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- Everybody who was added signed in person or by their delegate, and signed for nobody
-- whom the route itself asks for.
-- +goose StatementBegin
CREATE FUNCTION guard_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM signers g
                WHERE g.disclosure_id = NEW.disclosure_id AND g.dropped_at IS NULL
                  AND NOT EXISTS (SELECT FROM disclosures d JOIN route_steps s ON s.route = d.route AND s.version = d.route_version AND s.step = g.step
                                   WHERE d.id = g.disclosure_id AND NOT asked_for(s, d, NEW.channels))
                  AND (g.essential OR NOT EXISTS (SELECT FROM decisions x WHERE x.disclosure_id = g.disclosure_id AND x.version = NEW.version AND x.step = 'bypass' AND x.counts))
                  AND NOT EXISTS (SELECT FROM decisions x
                                   WHERE x.disclosure_id = g.disclosure_id AND x.version = NEW.version AND x.manifest_hash = NEW.manifest_hash AND x.counts
                                     AND x.outcome = 'disclose' AND x.step = g.step AND x.seat = g.seat AND coalesce(x.on_behalf, x.person_id) = g.person_id))
       OR EXISTS (SELECT FROM signers g JOIN disclosures d ON d.id = g.disclosure_id
                    JOIN route_steps s ON s.route = d.route AND s.version = d.route_version AND s.step = g.step
                   WHERE g.disclosure_id = NEW.disclosure_id AND g.dropped_at IS NULL AND asked_for(s, d, NEW.channels)
                     AND (s.essential OR NOT EXISTS (SELECT FROM decisions x WHERE x.disclosure_id = g.disclosure_id AND x.version = NEW.version AND x.step = 'bypass' AND x.counts))
                     AND s.quorum > (SELECT count(*) FROM decisions x
                                      WHERE x.disclosure_id = g.disclosure_id AND x.version = NEW.version AND x.counts AND x.outcome = 'disclose' AND x.step = g.step
                                        AND NOT EXISTS (SELECT FROM signers o WHERE o.disclosure_id = g.disclosure_id AND o.step = g.step AND o.seat = x.seat AND o.dropped_at IS NULL))) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'grants_complete', MESSAGE = 'an added signature is lacking';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_signed BEFORE INSERT ON grants FOR EACH ROW EXECUTE FUNCTION guard_signed();

-- A task is held by nobody who may not decide on the item.
-- +goose StatementBegin
CREATE FUNCTION guard_holder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.holder_id IS NOT NULL AND NEW.closed_at IS NULL AND (
            EXISTS (SELECT FROM contributors c WHERE c.disclosure_id = NEW.disclosure_id AND c.person_id = NEW.holder_id)
            OR NOT EXISTS (SELECT FROM people p WHERE p.id = NEW.holder_id AND p.unit_id = NEW.unit_id AND p.disabled_at IS NULL)) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'tasks_holder', MESSAGE = 'the person may not hold this task';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_holder BEFORE INSERT OR UPDATE OF holder_id ON tasks FOR EACH ROW EXECUTE FUNCTION guard_holder();

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT ON delegations, signers, followers TO shenfa_app;
        GRANT UPDATE (revoked_at, revoked_by) ON delegations TO shenfa_app;
        GRANT UPDATE (dropped_at) ON signers TO shenfa_app;
        GRANT DELETE ON followers TO shenfa_app;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA shenfa TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER guard_holder ON tasks;
DROP TRIGGER guard_signed ON grants;
DROP FUNCTION guard_holder(), guard_signed();
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NOT OLD.counts OR NEW.counts OR to_jsonb(NEW) - 'counts' <> to_jsonb(OLD) - 'counts' THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_only_void', MESSAGE = 'a decision can only be made void';
        END IF;
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT FROM contributors c WHERE c.disclosure_id = NEW.disclosure_id AND c.person_id = NEW.person_id) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_not_by_contributor', MESSAGE = 'a contributor may not decide';
    END IF;
    IF NOT EXISTS (SELECT FROM versions v JOIN disclosures d ON d.id = v.disclosure_id AND d.version = v.version
                    WHERE v.disclosure_id = NEW.disclosure_id AND v.version = NEW.version AND v.manifest_hash = NEW.manifest_hash) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_on_this_manifest', MESSAGE = 'the decision is on another manifest';
    END IF;
    IF NOT EXISTS (SELECT FROM person_roles r WHERE r.person_id = NEW.person_id AND r.role = NEW.role) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_role_held', MESSAGE = 'the person does not hold the role';
    END IF;
    IF NEW.step = 'bypass' OR NEW.outcome = 'bypass' THEN
        IF NEW.step <> NEW.outcome OR NOT NEW.counts OR NEW.role NOT IN ('deputy_leader', 'principal_leader', 'duty_leader') THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_bypass', MESSAGE = 'only a leader may shorten the sign-off';
        END IF;
    ELSIF NEW.counts AND (NEW.outcome <> 'disclose' OR NOT EXISTS (
            SELECT FROM disclosures d JOIN route_steps s ON s.route = d.route AND s.version = d.route_version
             WHERE d.id = NEW.disclosure_id AND s.step = NEW.step)) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_counts_on_route', MESSAGE = 'only a passing decision on the route counts';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
DROP TABLE followers, signers;
ALTER TABLE tasks DROP COLUMN named_id, DROP COLUMN holder_id, DROP COLUMN urged_at;
ALTER TABLE acts DROP COLUMN target;
ALTER TABLE decisions DROP CONSTRAINT decisions_mandate, DROP COLUMN on_behalf, DROP COLUMN delegation_id;
DROP TABLE delegations;
DROP FUNCTION guard_signer(), guard_delegation();
