-- Accounts are kept by three administrators (三员): one makes them, another grants their
-- roles, the third reads what both did.

-- +goose Up

ALTER TABLE people ADD one_time_until timestamptz; -- the password is for one login, before this

ALTER TABLE sessions ADD id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE;
ALTER TABLE sessions ADD name text NOT NULL DEFAULT '';
ALTER TABLE sessions ADD scope text[]; -- permissions it is narrowed to; null: all of the person's
CREATE INDEX sessions_person ON sessions (person_id) WHERE kind = 'token';

-- What was changed about people and sections, as it was and as it is. No secret is in it.
CREATE TABLE account_changes (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    by_person uuid REFERENCES people, -- null: somebody at the machine itself
    unit_id   text NOT NULL REFERENCES units,
    person_id uuid REFERENCES people, -- null: a section
    what      text NOT NULL CHECK (what IN ('add', 'change', 'roles', 'disable', 'enable', 'reset', 'token', 'revoke', 'section')),
    before    jsonb NOT NULL,
    after     jsonb NOT NULL,
    reason    text NOT NULL,
    -- Nobody administers their own account; one's own tokens are one's own.
    CONSTRAINT nobody_administers_themselves CHECK (by_person IS DISTINCT FROM person_id OR what IN ('token', 'revoke'))
);
CREATE INDEX account_changes_unit ON account_changes (unit_id, id);
CREATE INDEX account_changes_person ON account_changes (person_id, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON account_changes FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Nobody can lock everyone out: the last of each administrator stays.
-- +goose StatementBegin
CREATE FUNCTION keep_administrators() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lost text;
BEGIN
    IF TG_TABLE_NAME = 'people' THEN
        IF NEW.disabled_at IS NULL OR OLD.disabled_at IS NOT NULL THEN
            RETURN NULL;
        END IF;
        SELECT r.role INTO lost FROM person_roles r WHERE r.person_id = NEW.id AND r.role IN ('system_admin', 'security_admin', 'auditor');
    ELSIF OLD.role IN ('system_admin', 'security_admin', 'auditor') THEN
        lost := OLD.role;
    END IF;
    IF lost IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(1397244237); -- two who leave at once count each other
        IF NOT EXISTS (SELECT FROM person_roles r JOIN people p ON p.id = r.person_id WHERE r.role = lost AND p.disabled_at IS NULL) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'last_administrator', MESSAGE = 'the last administrator of a kind stays';
        END IF;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER keep_administrators AFTER UPDATE ON people DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION keep_administrators();
CREATE CONSTRAINT TRIGGER keep_administrators AFTER DELETE ON person_roles DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION keep_administrators();

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT ON account_changes TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER keep_administrators ON people;
DROP TRIGGER keep_administrators ON person_roles;
DROP FUNCTION keep_administrators();
DROP TABLE account_changes;
ALTER TABLE sessions DROP id, DROP name, DROP scope;
ALTER TABLE people DROP one_time_until;
