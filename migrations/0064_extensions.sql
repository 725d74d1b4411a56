-- A step gets more time once, from somebody whom it does not wait for, before its time has
-- run out (data/extensions.json).

-- +goose Up

CREATE TABLE extensions (
    disclosure_id uuid NOT NULL,
    version       int NOT NULL,
    step          text NOT NULL,
    n             int NOT NULL CHECK (n > 0), -- in the unit of the step's limit
    person_id     uuid NOT NULL REFERENCES people,
    opinion_id    uuid NOT NULL REFERENCES opinions,
    was_at        timestamptz NOT NULL,
    due_at        timestamptz NOT NULL,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (disclosure_id, version, step),
    FOREIGN KEY (disclosure_id, version) REFERENCES versions,
    CONSTRAINT extensions_longer CHECK (due_at > was_at)
);

-- +goose StatementBegin
CREATE FUNCTION guard_extension() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.was_at < clock_timestamp() THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'extension_expired', MESSAGE = 'the time has run out';
    END IF;
    IF NOT EXISTS (SELECT FROM people p JOIN disclosures d ON d.unit_id = p.unit_id JOIN person_roles r ON r.person_id = p.id
                    WHERE d.id = NEW.disclosure_id AND p.id = NEW.person_id AND p.disabled_at IS NULL
                      AND r.role IN ('disclosure_officer', 'deputy_leader', 'principal_leader', 'duty_leader')) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'extensions_role_held', MESSAGE = 'only a leader or the disclosure office of the unit extends';
    END IF;
    IF NOT EXISTS (SELECT FROM tasks t WHERE t.disclosure_id = NEW.disclosure_id AND t.version = NEW.version AND t.step = NEW.step AND t.closed_at IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'nothing_to_extend', MESSAGE = 'the step does not wait';
    END IF;
    IF EXISTS (SELECT FROM tasks t WHERE t.disclosure_id = NEW.disclosure_id AND t.version = NEW.version AND t.step = NEW.step AND t.closed_at IS NULL
                  AND (NEW.person_id IN (t.named_id, t.holder_id)
                       OR t.named_id IS NULL AND EXISTS (SELECT FROM person_roles r WHERE r.person_id = NEW.person_id AND r.role = t.role))) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'extension_by_holder', MESSAGE = 'nobody extends their own time';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_extension BEFORE INSERT ON extensions FOR EACH ROW EXECUTE FUNCTION guard_extension();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON extensions FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT ON extensions TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE extensions;
DROP FUNCTION guard_extension();
