-- A shortened sign-off is judged afterwards by somebody who had no part in it (追认). What it
-- led to is in force meanwhile; that it waits is seen until somebody has said yes or no.

-- +goose Up

CREATE TABLE ratifications (
    bypass_id     text PRIMARY KEY REFERENCES decisions, -- the act that shortened the sign-off
    disclosure_id uuid NOT NULL,
    version       int NOT NULL,
    opened_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at        timestamptz NOT NULL,
    outcome       text CHECK (outcome IN ('ratified', 'objected')),
    person_id     uuid REFERENCES people,
    opinion_id    uuid REFERENCES opinions,
    at            timestamptz,
    FOREIGN KEY (disclosure_id, version) REFERENCES versions,
    CONSTRAINT ratifications_whole CHECK (num_nulls(outcome, person_id, opinion_id, at) IN (0, 4))
);
CREATE INDEX ratifications_of ON ratifications (disclosure_id, version);
CREATE INDEX ratifications_open ON ratifications (due_at) WHERE outcome IS NULL;

-- Who had a part in a version: contributed to the item, decided on it, shortened its sign-off
-- or moved its release.
-- +goose StatementBegin
CREATE FUNCTION parties(item uuid, n int) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT c.person_id FROM contributors c WHERE c.disclosure_id = item
    UNION SELECT x.person_id FROM decisions x WHERE x.disclosure_id = item AND x.version = n
    UNION SELECT x.on_behalf FROM decisions x WHERE x.disclosure_id = item AND x.version = n AND x.on_behalf IS NOT NULL
    UNION SELECT a.actor FROM acts a WHERE a.disclosure_id = item AND a.version = n AND a.actor IS NOT NULL AND a.type IN ('reschedule', 'repair', 'restore')
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION guard_ratification() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.outcome IS NOT NULL OR NOT EXISTS (
                SELECT FROM decisions x WHERE x.act_id = NEW.bypass_id AND x.disclosure_id = NEW.disclosure_id AND x.version = NEW.version AND x.step = 'bypass' AND x.counts) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'ratifications_of_bypass', MESSAGE = 'what is ratified is a bypass that counts';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.outcome IS NOT NULL OR NEW.outcome IS NULL OR to_jsonb(NEW) - '{outcome,person_id,opinion_id,at}'::text[] <> to_jsonb(OLD) - '{outcome,person_id,opinion_id,at}'::text[] THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'ratifications_once', MESSAGE = 'a bypass is judged once';
    END IF;
    IF NEW.person_id IN (SELECT parties(NEW.disclosure_id, NEW.version)) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'ratifications_by_party', MESSAGE = 'whoever had a part in it may not ratify';
    END IF;
    IF NOT EXISTS (SELECT FROM people p JOIN disclosures d ON d.unit_id = p.unit_id JOIN person_roles r ON r.person_id = p.id
                    WHERE d.id = NEW.disclosure_id AND p.id = NEW.person_id AND p.disabled_at IS NULL
                      AND r.role IN ('principal_leader', 'deputy_leader', 'duty_leader', 'disclosure_officer')) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'ratifications_role_held', MESSAGE = 'only a leader or the disclosure office of the unit ratifies';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_ratification BEFORE INSERT OR UPDATE ON ratifications FOR EACH ROW EXECUTE FUNCTION guard_ratification();
CREATE TRIGGER append_only BEFORE DELETE ON ratifications FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- No grant rests on a bypass that nobody is asked to judge.
-- +goose StatementBegin
CREATE FUNCTION guard_bypassed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM decisions x WHERE x.disclosure_id = NEW.disclosure_id AND x.version = NEW.version AND x.step = 'bypass' AND x.counts
                  AND NOT EXISTS (SELECT FROM ratifications r WHERE r.bypass_id = x.act_id)) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'grants_bypass_judged', MESSAGE = 'a bypass has to wait to be ratified';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER guard_bypassed AFTER INSERT ON grants DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard_bypassed();

ALTER TABLE incidents DROP CONSTRAINT incidents_type_check;
ALTER TABLE incidents ADD CONSTRAINT incidents_type_check CHECK (type IN ('quarantine', 'recall', 'drift', 'objection'));

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT ON ratifications TO shenfa_app;
        GRANT UPDATE (outcome, person_id, opinion_id, at) ON ratifications TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DELETE FROM incidents WHERE type = 'objection';
ALTER TABLE incidents DROP CONSTRAINT incidents_type_check;
ALTER TABLE incidents ADD CONSTRAINT incidents_type_check CHECK (type IN ('quarantine', 'recall', 'drift'));
DROP TRIGGER guard_bypassed ON grants;
DROP FUNCTION guard_bypassed();
DROP TABLE ratifications;
DROP FUNCTION guard_ratification();
DROP FUNCTION parties(uuid, int);
